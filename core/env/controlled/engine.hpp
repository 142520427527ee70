// The engine of the controlled builds: runs threads as coroutines of one OS thread, one at a time, and asks a
// Chooser at each choice point who takes the next step.
//
// Who may call what
//   driver   the code that starts a run (explorer.cpp, sim.cpp, a test): begin, add_thread, run, run_alone.
//   thread   a coroutine of the run, through the env headers: everything under "called by threads".
//
// A thread is
//   FREE -> RUNNABLE -> (WAITING | JOINING) -> RUNNABLE ... -> FINISHED -> FREE
//   FREE      no thread in this slot.
//   RUNNABLE  runs or could.
//   WAITING   on a word (wait) or for a moment (spend); a wake or the deadline makes it RUNNABLE.
//   JOINING   until another thread is FINISHED.
//   FINISHED  its function and exit hook have returned, nobody has joined it yet. A detached one is FREE.
//
// Rules
// 1. A choice comes before the step: a thread announces a step, and takes it when chosen. So a thread that
//    has just been chosen for any other reason (it is new, or was woken) takes its first step without being
//    asked again: nothing happened in between that another thread could see.
// 2. Time moves only when no thread can run, to the earliest deadline; or when the Chooser says so, which
//    stands for threads being slow.
// 3. A run ends when every thread that was not detached has finished; when none can run and no deadline is
//    left (deadlock); after max_steps (livelock); when a thread fails or crashes. Threads that have not
//    finished then are dropped where they stand: their stacks are used again, what they own is leaked.
// 4. The order of everything is the order of slots, never of addresses: the same choices give the same run.
//
// The engine is single-threaded and not reentrant. Function-local statics with initialisers that reach a
// choice point would deadlock on their guard: core has none.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/env/clock.hpp"
#include "core/env/controlled/context.hpp"
#include "core/env/controlled/points.hpp"
#include "core/env/thread_locals.hpp"

namespace rsp::env::control {

// One bit a thread, and one left over for "let time move".
inline constexpr uint32_t MAX_THREADS = 63;
inline constexpr uint32_t TIME_MOVES = 63;
inline constexpr uint32_t NOBODY = 64;

using ThreadSet = uint64_t;
constexpr ThreadSet only(uint32_t thread) noexcept { return ThreadSet{1} << thread; }
constexpr uint32_t lowest(ThreadSet set) noexcept { return static_cast<uint32_t>(__builtin_ctzll(set)); }
constexpr uint32_t count(ThreadSet set) noexcept { return static_cast<uint32_t>(__builtin_popcountll(set)); }

// What a Chooser chooses from. Never empty.
struct Choice {
  ThreadSet runnable;
  uint32_t running;  // the thread that asks and could go on, else NOBODY
  bool yields;       // it would rather not
  bool deadlines;    // some thread waits for a deadline, so TIME_MOVES is allowed
  Op op;             // what it is about to do
};

class Chooser {
 public:
  // One of choice.runnable, or TIME_MOVES.
  virtual uint32_t next_thread(const Choice& choice) noexcept = 0;
  // One of `waiters` (at least two) for wake_one.
  virtual uint32_t thread_to_wake(ThreadSet waiters) noexcept = 0;
  // Shall a wait return without a wake, or a weak compare-exchange fail without need?
  virtual bool spurious(Op op) noexcept = 0;
  // In a simulated build: after how many plain loads and stores one is a choice point again, at least 1.
  virtual uint32_t plain_operations_until_choice() noexcept { return 1; }
  // Called once for each thread of the run as it is added.
  virtual void thread_added(uint32_t) noexcept {}

 protected:
  ~Chooser() = default;
};

enum class Outcome : uint8_t { FINISHED, DEADLOCK, LIVELOCK, FAILED, CRASHED };
[[nodiscard]] const char* outcome_name(Outcome outcome) noexcept;

struct Step {
  const void* object;
  Where where;
  uint8_t thread;
  Op op;
};

struct Limits {
  uint64_t max_steps;
  uint64_t start_time_ns;
  uint64_t random_seed;
  uint32_t cpus;
};

enum class ThreadState : uint8_t { FREE, RUNNABLE, WAITING, JOINING, FINISHED };

// What the C++ runtime keeps per OS thread about exceptions being handled; each coroutine needs its own.
struct ExceptionGlobals {
  void* caught = nullptr;
  unsigned int uncaught = 0;
};

struct Coroutine {
  Context context;
  ExceptionGlobals exceptions;
  ThreadLocals locals;
  uint8_t* stack;  // mapped on first use of the slot, kept for later runs
  size_t stack_bytes;
  void* sanitizer_stack;
  void (*fn)(void*);
  void* arg;
  const void* object;  // the word it waits on
  uint64_t locked;     // operations that is_locked
  uint64_t deadline_ns;
  uint32_t joins;  // whose end it waits for
  ThreadState state;
  bool fresh;  // rule 1
  bool timed_out;
  bool detached;
  char name[16];
};

inline constexpr size_t STEPS_KEPT = 4096;  // a power of two

class Engine {
 public:
  // ---- called by the driver ----
  void begin(Chooser* chooser, const Limits& limits) noexcept;
  // The slot of the new thread, or NOBODY when there are MAX_THREADS already. `arg` outlives the run.
  uint32_t add_thread(const char* name, void (*fn)(void*), void* arg) noexcept;
  // Runs until rule 3 ends it.
  Outcome run() noexcept;
  // Runs fn(arg) as a thread without choice points, between begin() and run() or after run(). False when it
  // failed or crashed.
  bool run_alone(const char* name, void (*fn)(void*), void* arg) noexcept;

  // ---- called by threads ----
  void step(Op op, const void* object, Where where) noexcept;
  void plain_step(Op op, const void* object, Where where) noexcept;
  void yield_step(Where where) noexcept;
  // False: the deadline passed. `object` is null to wait for the deadline alone.
  bool block(const void* object, uint64_t deadline_ns) noexcept;
  void wake(const void* object, bool all) noexcept;
  void join(uint32_t thread) noexcept;
  void detach(uint32_t thread) noexcept;
  [[nodiscard]] bool spurious(Op op) noexcept { return chooser_->spurious(op); }
  // How many operations of the calling thread so far are locked ones (is_locked).
  [[nodiscard]] uint64_t locked_operations() const noexcept { return slots_[current_].locked; }
  // Ends the run as FAILED (or, from the crash handler, CRASHED).
  [[noreturn]] void fail(const char* what) noexcept { fail(what, Outcome::FAILED); }
  [[noreturn]] void fail(const char* what, Outcome outcome) noexcept;

  // ---- anybody ----
  [[nodiscard]] bool on_a_thread() const noexcept { return current_ != NOBODY; }
  [[nodiscard]] ThreadLocals* locals() noexcept { return &at(current_).locals; }
  [[nodiscard]] uint64_t now_ns() const noexcept { return now_ns_; }
  [[nodiscard]] uint32_t cpus() const noexcept { return cpus_; }
  uint64_t random() noexcept;
  [[nodiscard]] uint64_t steps() const noexcept { return steps_; }
  [[nodiscard]] uint64_t switches() const noexcept { return switches_; }
  [[nodiscard]] uint64_t schedule_hash() const noexcept { return hash_; }
  [[nodiscard]] uint32_t current() const noexcept { return current_; }
  [[nodiscard]] Outcome outcome() const noexcept { return outcome_; }
  [[nodiscard]] const char* failure() const noexcept { return failure_; }
  [[nodiscard]] const Coroutine& thread(uint32_t slot) const noexcept { return slots_[slot]; }
  // The step taken as the n-th; only the last STEPS_KEPT are known.
  [[nodiscard]] const Step& step_taken(uint64_t n) const noexcept { return log_[n % STEPS_KEPT]; }

 private:
  Coroutine& at(uint32_t slot) noexcept { return slots_[slot]; }
  [[nodiscard]] uint32_t choose(uint32_t running, bool yields, Op op) noexcept;
  void move_time_to(uint64_t time_ns) noexcept;
  [[nodiscard]] uint64_t earliest_deadline() const noexcept;
  void switch_to(uint32_t slot) noexcept;
  void arrive() noexcept;
  void leave_and_switch() noexcept;
  void make_runnable(uint32_t slot, bool timed_out) noexcept;
  void record(Op op, const void* object, Where where) noexcept;
  [[noreturn]] void finish(Outcome outcome) noexcept;
  [[noreturn]] void end_of_thread() noexcept;
  static void thread_main() noexcept;

  // The driver sits in the slot after the threads.
  static constexpr uint32_t DRIVER = NOBODY;

  Chooser* chooser_ = nullptr;
  uint32_t current_ = DRIVER;
  ThreadSet runnable_ = 0;
  ThreadSet waiting_ = 0;  // on a word
  ThreadSet timed_ = 0;    // waiting with a deadline
  ThreadSet unfinished_ = 0;
  ThreadSet detached_ = 0;
  uint64_t now_ns_ = 1;
  uint64_t alone_ns_ = 0;  // how far time moves at the next yield of a thread that is alone
  uint64_t steps_ = 0;
  uint64_t max_steps_ = 0;
  uint64_t switches_ = 0;
  uint64_t hash_ = 0;
  uint64_t random_state_ = 0;
  uint32_t cpus_ = 1;
  bool dying_ = false;  // the thread that switches away will not come back
  ExceptionGlobals* exceptions_ = nullptr;
  Outcome outcome_ = Outcome::FINISHED;
  const char* failure_ = nullptr;
  Coroutine slots_[NOBODY + 1] = {};
  Step log_[STEPS_KEPT] = {};
};

extern Engine g_engine;

}  // namespace rsp::env::control
