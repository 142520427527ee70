#include "core/env/controlled/engine.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

#include "core/base/assert.hpp"
#include "core/env/controlled/sanitizer.hpp"

namespace __cxxabiv1 {
struct __cxa_eh_globals;
extern "C" __cxa_eh_globals* __cxa_get_globals() noexcept;
}  // namespace __cxxabiv1

namespace rsp::env::control {

constinit Engine g_engine;
constinit bool g_running = false;
constinit uint32_t g_plain_countdown = 1;

namespace {

constexpr size_t STACK_BYTES = 256 * 1024;
constexpr uint64_t YIELD_ALONE_NS = 1000;
constexpr uint64_t YIELD_ALONE_MOST_NS = 100'000'000;

// A stack with an unmapped page below it, so that an overflow is a fault and not a damaged neighbour.
uint8_t* map_stack() noexcept {
  const size_t guard = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  void* pages = mmap(nullptr, STACK_BYTES + guard, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  RSP_ASSERT(pages != MAP_FAILED);
  RSP_ASSERT(mprotect(pages, guard, PROT_NONE) == 0);
  uint8_t* bottom = static_cast<uint8_t*>(pages) + guard;
  sanitizer_add_stack(bottom, STACK_BYTES);
  return bottom;
}

uint64_t split_mix(uint64_t* state) noexcept {
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

}  // namespace

const char* outcome_name(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::FINISHED:
      return "finished";
    case Outcome::DEADLOCK:
      return "deadlock";
    case Outcome::LIVELOCK:
      return "livelock";
    case Outcome::FAILED:
      return "failed";
    case Outcome::CRASHED:
      return "crashed";
  }
  return "unknown";
}

void point_in_run(Op op, const void* object, Where where) noexcept { g_engine.step(op, object, where); }

#if defined(RSP_ENV_SIM)
void plain_point_in_run(Op op, const void* object, Where where) noexcept {
  g_engine.plain_step(op, object, where);
}
#endif

bool weak_fails_in_run() noexcept { return g_engine.spurious(Op::COMPARE_EXCHANGE); }

// ---- the driver's side ----------------------------------------------------------------------------------

void Engine::begin(Chooser* chooser, const Limits& limits) noexcept {
  RSP_ASSERT(!g_running);
  RSP_ASSERT(current_ == DRIVER);
  for (uint32_t slot = 0; slot < MAX_THREADS && at(slot).stack != nullptr; ++slot) {
    at(slot).state = ThreadState::FREE;
    // What a dropped thread owned would count as leaked once its stack is used again.
    if (UNDER_ASAN && outcome_ != Outcome::FINISHED) at(slot).stack = map_stack();
  }
  outcome_ = Outcome::FINISHED;
  chooser_ = chooser;
  runnable_ = waiting_ = timed_ = unfinished_ = detached_ = 0;
  now_ns_ = limits.start_time_ns;
  steps_ = 0;
  max_steps_ = limits.max_steps;
  switches_ = 0;
  hash_ = 0;
  random_state_ = limits.random_seed;
  cpus_ = limits.cpus;
  failure_ = nullptr;
  g_plain_countdown = chooser->plain_operations_until_choice();
  // Fixed for the OS thread, which all coroutines share.
  exceptions_ = reinterpret_cast<ExceptionGlobals*>(__cxxabiv1::__cxa_get_globals());
  Coroutine& driver = at(DRIVER);
  sanitizer_own_stack(&driver.stack, &driver.stack_bytes);
}

uint32_t Engine::add_thread(const char* name, void (*fn)(void*), void* arg) noexcept {
  uint32_t slot = 0;
  while (slot < MAX_THREADS && at(slot).state != ThreadState::FREE) ++slot;
  if (slot == MAX_THREADS) return NOBODY;
  Coroutine& added = at(slot);
  if (added.stack == nullptr) {
    added.stack = map_stack();
    added.stack_bytes = STACK_BYTES;
  }
  sanitizer_forget_stack(added.stack, added.stack_bytes);
  prepare_context(&added.context, added.stack, added.stack_bytes, thread_main);
  added.exceptions = {};
  added.locals = {};
  added.sanitizer_stack = nullptr;
  added.fn = fn;
  added.arg = arg;
  added.object = nullptr;
  added.locked = 0;
  added.deadline_ns = NO_DEADLINE;
  added.joins = NOBODY;
  added.state = ThreadState::RUNNABLE;
  added.fresh = true;
  added.timed_out = false;
  added.detached = false;
  strncpy(added.name, name, sizeof added.name - 1);
  runnable_ |= only(slot);
  unfinished_ |= only(slot);
  if (chooser_ != nullptr) chooser_->thread_added(slot);
  return slot;
}

Outcome Engine::run() noexcept {
  RSP_ASSERT(current_ == DRIVER);
  RSP_ASSERT(runnable_ != 0);
  g_running = true;
  switch_to(choose(NOBODY, false, Op::BEGIN));
  return outcome_;
}

bool Engine::run_alone(const char* name, void (*fn)(void*), void* arg) noexcept {
  RSP_ASSERT(current_ == DRIVER);
  RSP_ASSERT(!g_running);
  // Threads added for the run to come stay as they are: nobody is asked who is next.
  const uint32_t slot = add_thread(name, fn, arg);
  RSP_ASSERT(slot != NOBODY);
  switch_to(slot);
  return outcome_ == Outcome::FINISHED;
}

// ---- choosing and switching -----------------------------------------------------------------------------

uint64_t Engine::earliest_deadline() const noexcept {
  uint64_t earliest = NO_DEADLINE;
  for (ThreadSet left = timed_; left != 0; left &= left - 1) {
    const uint64_t deadline = slots_[lowest(left)].deadline_ns;
    if (deadline < earliest) earliest = deadline;
  }
  return earliest;
}

void Engine::move_time_to(uint64_t time_ns) noexcept {
  if (time_ns > now_ns_) now_ns_ = time_ns;
  for (ThreadSet left = timed_; left != 0; left &= left - 1) {
    const uint32_t slot = lowest(left);
    if (at(slot).deadline_ns <= now_ns_) make_runnable(slot, true);
  }
  record(Op::TIME, nullptr, {nullptr, 0});
}

void Engine::make_runnable(uint32_t slot, bool timed_out) noexcept {
  Coroutine& woken = at(slot);
  woken.state = ThreadState::RUNNABLE;
  woken.timed_out = timed_out;
  woken.deadline_ns = NO_DEADLINE;
  runnable_ |= only(slot);
  waiting_ &= ~only(slot);
  timed_ &= ~only(slot);
}

uint32_t Engine::choose(uint32_t running, bool yields, Op op) noexcept {
  for (;;) {
    if (runnable_ == 0) {
      if (timed_ == 0) return NOBODY;
      move_time_to(earliest_deadline());
      continue;
    }
    const Choice choice{runnable_, running, yields, timed_ != 0, op};
    const uint32_t chosen = chooser_->next_thread(choice);
    if (chosen != TIME_MOVES) return chosen;
    move_time_to(earliest_deadline());
  }
}

void Engine::switch_to(uint32_t slot) noexcept {
  Coroutine& from = at(current_);
  Coroutine& to = at(slot);
  current_ = slot;
  ++switches_;
  alone_ns_ = YIELD_ALONE_NS;
  from.exceptions = *exceptions_;
  *exceptions_ = to.exceptions;
  sanitizer_leave_stack(dying_ ? nullptr : &from.sanitizer_stack, to.stack, to.stack_bytes);
  switch_context(&from.context, &to.context);
  arrive();
}

// The first thing on the stack that was switched to.
void Engine::arrive() noexcept {
  dying_ = false;
  sanitizer_enter_stack(at(current_).sanitizer_stack);
}

// The current thread cannot go on; somebody else must.
void Engine::leave_and_switch() noexcept {
  const uint32_t next = choose(NOBODY, false, Op::WAIT);
  if (next == NOBODY) finish(Outcome::DEADLOCK);
  if (next != current_) switch_to(next);
}

void Engine::record(Op op, const void* object, Where where) noexcept {
  log_[steps_ % STEPS_KEPT] = Step{object, where, static_cast<uint8_t>(current_), op};
  hash_ = (hash_ ^ (current_ << 8 | static_cast<uint32_t>(op))) * 0x9fb21c651e98df25u;
  hash_ ^= hash_ >> 29;
  if (++steps_ >= max_steps_ && g_running && current_ != DRIVER) finish(Outcome::LIVELOCK);
}

void Engine::finish(Outcome outcome) noexcept {
  outcome_ = outcome;
  g_running = false;
  dying_ = true;
  switch_to(DRIVER);
  RSP_UNREACHABLE("a dropped thread was resumed");
}

void Engine::fail(const char* what, Outcome outcome) noexcept {
  RSP_ASSERT(current_ != DRIVER);
  failure_ = what;
  finish(outcome);
}

// ---- a thread's life ------------------------------------------------------------------------------------

void Engine::thread_main() noexcept {
  Engine& engine = g_engine;
  engine.arrive();
  Coroutine& self = engine.at(engine.current_);
  self.fn(self.arg);
  run_exit_hooks(self.locals);
  engine.end_of_thread();
}

void Engine::end_of_thread() noexcept {
  const uint32_t self = current_;
  if (g_running) record(Op::END, nullptr, {nullptr, 0});
  runnable_ &= ~only(self);
  unfinished_ &= ~only(self);
  const bool detached = (detached_ & only(self)) != 0;
  detached_ &= ~only(self);
  if (!g_running) {  // run_alone
    at(self).state = ThreadState::FREE;
    finish(Outcome::FINISHED);
  }
  at(self).state = ThreadState::FINISHED;
  for (uint32_t slot = 0; slot < MAX_THREADS; ++slot) {
    if (at(slot).stack == nullptr) break;
    if (at(slot).state == ThreadState::JOINING && at(slot).joins == self) make_runnable(slot, false);
  }
  if ((unfinished_ & ~detached_) == 0) finish(Outcome::FINISHED);
  const uint32_t next = choose(NOBODY, false, Op::END);
  if (next == NOBODY) finish(Outcome::DEADLOCK);
  // Its slot may be used again from here on: nobody else runs before the switch.
  if (detached) at(self).state = ThreadState::FREE;
  dying_ = true;
  switch_to(next);
  RSP_UNREACHABLE("a finished thread was resumed");
}

// ---- steps ----------------------------------------------------------------------------------------------

void Engine::step(Op op, const void* object, Where where) noexcept {
  Coroutine& self = at(current_);
  if (self.fresh) {
    self.fresh = false;
  } else if (runnable_ != only(current_) || timed_ != 0) {
    const uint32_t next = choose(current_, false, op);
    if (next != current_) switch_to(next);
  }
  if (is_locked(op)) ++self.locked;
  record(op, object, where);
}

void Engine::plain_step(Op op, const void* object, Where where) noexcept {
  g_plain_countdown = chooser_->plain_operations_until_choice();
  step(op, object, where);
}

void Engine::yield_step(Where where) noexcept {
  if (runnable_ == only(current_)) {
    // Alone: it polls the clock, or a thread that waits for a deadline. Faster and faster, or a deadline that is far away
    // would take as many yields.
    const uint64_t deadline_ns = earliest_deadline();
    move_time_to(deadline_ns - now_ns_ < alone_ns_ ? deadline_ns : now_ns_ + alone_ns_);
    if (alone_ns_ < YIELD_ALONE_MOST_NS) alone_ns_ *= 2;
  }
  if (runnable_ != only(current_)) {
    const uint32_t next = choose(current_, true, Op::YIELD);
    if (next != current_) switch_to(next);
  }
  at(current_).fresh = true;
  record(Op::YIELD, nullptr, where);
}

bool Engine::block(const void* object, uint64_t deadline_ns) noexcept {
  const uint32_t slot = current_;
  Coroutine& self = at(slot);
  self.state = ThreadState::WAITING;
  self.object = object;
  self.deadline_ns = deadline_ns;
  self.timed_out = false;
  runnable_ &= ~only(slot);
  if (object != nullptr) waiting_ |= only(slot);
  if (deadline_ns != NO_DEADLINE) timed_ |= only(slot);
  leave_and_switch();
  self.object = nullptr;
  self.fresh = true;
  return !self.timed_out;
}

void Engine::wake(const void* object, bool all) noexcept {
  ThreadSet waiters = 0;
  for (ThreadSet left = waiting_; left != 0; left &= left - 1) {
    if (at(lowest(left)).object == object) waiters |= only(lowest(left));
  }
  if (waiters == 0) return;
  if (!all) waiters = only(count(waiters) == 1 ? lowest(waiters) : chooser_->thread_to_wake(waiters));
  for (; waiters != 0; waiters &= waiters - 1) make_runnable(lowest(waiters), false);
}

void Engine::join(uint32_t thread) noexcept {
  RSP_ASSERT(thread < MAX_THREADS);
  RSP_ASSERT(thread != current_);
  if (at(thread).state != ThreadState::FINISHED) {
    Coroutine& self = at(current_);
    self.state = ThreadState::JOINING;
    self.joins = thread;
    runnable_ &= ~only(current_);
    leave_and_switch();
    self.joins = NOBODY;
    self.fresh = true;
  }
  RSP_ASSERT(at(thread).state == ThreadState::FINISHED);
  at(thread).state = ThreadState::FREE;
}

void Engine::detach(uint32_t thread) noexcept {
  RSP_ASSERT(thread < MAX_THREADS);
  if (at(thread).state == ThreadState::FINISHED) {
    at(thread).state = ThreadState::FREE;
  } else {
    detached_ |= only(thread);
  }
}

uint64_t Engine::random() noexcept { return split_mix(&random_state_); }

}  // namespace rsp::env::control
