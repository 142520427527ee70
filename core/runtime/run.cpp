#include "core/runtime/run.hpp"

#include "core/env/service_manager.hpp"
#include "core/env/termination.hpp"
#include "core/env/wait.hpp"
#include "core/mem/account.hpp"
#include "core/otp/proc_lib.hpp"
#include "core/proc/api.hpp"
#include "core/runtime/root.hpp"
#include "core/runtime/runtime.hpp"

namespace rsp {
namespace {

constexpr uint32_t STARTED = 1;
constexpr uint32_t ENDED = 2;
constexpr uint32_t ASKED = 4;
constexpr uint32_t LEFT = 8;

constexpr int FAILURE = 1;
constexpr int BY_SIGNAL = 128;  // plus its number: what a shell says of a program that a signal has ended

/** Of Program::phase. */
constexpr uint32_t FREE = 0;
constexpr uint32_t CLAIMED = 1;
constexpr uint32_t RUNS = 2;  // and can be asked to end

/** What the waiting thread, the master and those who ask share. */
struct Program {
  env::Atomic<uint32_t> phase{FREE};
  env::Atomic<uint32_t> events{0};
  env::Atomic<uint32_t> asked{0};      // 1: somebody has
  env::Atomic<uint32_t> status{0};     // what the first who asked wants it to be
  env::Atomic<uint32_t> signals{0};    // so many have come
  env::Atomic<uint32_t> forced_by{0};  // the latest but the first
  env::ServiceManager manager;
  Term reason;  // before ENDED
  env::Atomic<uint32_t> leavers{0};
  Term left_for;  // before LEFT
  bool has_started = false;
};

constinit Program g_program;

/** Release: pairs with the load of who waits. */
void publish(uint32_t event) {
  g_program.events.fetch_or(event, env::RELEASE);
  env::wake_all(g_program.events);
}

// ---- The master ----

struct Master {
  explicit Master(StartSpec* of) noexcept : top(of) {}

  StartSpec* top;
  StartWait wait{};
  Pid pid{};  // of the top, once it is up
  bool is_told = false;
};

Next master_ends(Master& master, Term reason) {
  g_program.has_started = !master.pid.is_none();
  g_program.reason = std::move(reason);
  publish(ENDED);
  return Next::STOP;
}

/** Shows the service manager that workers run, half of its time before it would give up. */
Next watch(Process& self) {
  if (g_program.manager.watchdog_ns() == 0) return Next::CONTINUE;
  g_program.manager.tell("WATCHDOG=1");
  TimerRef timer;
  const uint64_t next_ns = env::now_ns() + g_program.manager.watchdog_ns() / 2;
  Payload nothing;
  // Without memory for it nothing more is told: the manager restarts what has none left.
  (void)!start_timer(self, next_ns, TimerTarget{self.id(), {}}, nothing, EnvelopeKind::SYSTEM, &timer);
  return Next::CONTINUE;
}

/** The top is to end, in order. False: there is no memory for the signal. */
bool tell_top(Process& self, Master& master, Pid top) {
  if (master.is_told) return true;
  master.is_told = true;
  return exit_signal(&self, top, Term(ATOM_SHUTDOWN)) == RSP_OK;
}

Next on_started(Process& self, Envelope* answer, void* state) {
  Master& master = *static_cast<Master*>(state);
  if (answer != nullptr && answer->kind == EnvelopeKind::EXIT && is_overseer(self, answer->from)) {
    if (!tell_top(self, master, master.wait.pid())) master.wait.abort(self);
  } else if (master.wait.on_answer(self, answer)) {
    if (!master.wait.is_ok())
      return master_ends(master, master.wait.is_ignore() ? Term(ATOM_IGNORE) : master.wait.error());
    master.pid = master.wait.pid();
    publish(STARTED);
    return watch(self);
  }
  return await(self, master.wait.ref(), master.wait.deadline_ns(), &on_started, state,
               master.is_told ? 0 : overseer(self));
}

Next start_top(Process& self, void* state) {
  Master& master = *static_cast<Master*>(state);
  StartOptions options;
  options.link = true;
  if (master.wait.begin(self, *master.top, options) != RSP_OK)
    return master_ends(master, Term(ATOM_SYSTEM_LIMIT));
  return await(self, master.wait.ref(), NEVER, &on_started, state, overseer(self));
}

Next on_message(Process& self, Envelope& message, void* state) {
  Master& master = *static_cast<Master*>(state);
  if (message.kind == EnvelopeKind::SYSTEM) return watch(self);
  if (message.kind != EnvelopeKind::EXIT) return Next::CONTINUE;
  if (message.from == master.pid.id) return master_ends(master, Term::share(message.term));
  // The signal of its link needs no memory: to the top it is its parent's.
  if (is_overseer(self, message.from) && !tell_top(self, master, master.pid))
    return master_ends(master, Term(ATOM_SYSTEM_LIMIT));
  return Next::CONTINUE;
}

void free_master(Master* master) {
  disown(master->top);
  mem_delete(master);
}

void drop_master(void* state) {
  Master* const master = static_cast<Master*>(state);
  const bool is_killed = (g_program.events.load(env::RELAXED) & ENDED) == 0;
  if (is_killed) (void)master_ends(*master, Term(ATOM_KILLED));
  free_master(master);
}

rsp_result start_master(StartSpec* top) {
  static const Behaviour MASTER{&start_top, &on_message, &drop_master};
  const AccountVisit visit;
  Master* const master = mem_new<Master>(top);
  if (master == nullptr) {
    disown(top);
    return RSP_ENOMEM;
  }
  SpawnOptions options;
  options.trap_exit = true;
  Spawned spawned;
  const rsp_result result = spawn(nullptr, options, MASTER, master, &spawned);
  if (result != RSP_OK) free_master(master);
  return result;
}

// ---- The waiting thread ----

void on_signal(int number) {
  if (g_program.signals.fetch_add(1, env::RELAXED) == 0) {
    (void)ask_for_stop(0);
    return;
  }
  g_program.forced_by.store(static_cast<uint32_t>(number), env::RELAXED);
  hurry_stop();
}

/** Until the top has ended, an application without which there is no program has, or somebody asks. */
void wait_for_end() {
  bool is_ready = false;
  for (;;) {
    const uint32_t events = g_program.events.load(env::ACQUIRE);  // pairs with publish
    if ((events & (ENDED | ASKED | LEFT)) != 0) return;
    if ((events & STARTED) != 0 && !is_ready) {
      is_ready = true;
      g_program.manager.tell("READY=1");
    }
    env::wait(g_program.events, events);
  }
}

int status_of(TermBits reason) {
  if (reason.is(ATOM_NORMAL)) return 0;
  if (!reason.is_tagged(ATOM_EXIT_STATUS, 2) || reason.element(1).kind() != Kind::INT) return FAILURE;
  const int64_t status = reason.element(1).as_int();
  return status >= 0 && status <= UINT8_MAX ? static_cast<int>(status) : FAILURE;
}

/** Of a program that was asked to end. */
int asked_status(bool had_time) {
  return had_time && env::now_ns() < stop_deadline_ns()
             ? static_cast<int>(g_program.status.load(env::RELAXED))
             : FAILURE;
}

/** Goes on with the stop that another thread is in, when that is over. */
rsp_result stop_whoever_stops(uint64_t stop_timeout_ms) {
  for (;;) {
    const rsp_result result = stop_runtime(deadline_in_ms(stop_timeout_ms));
    if (result != RSP_EALREADY) return result == RSP_ESTOPPED ? RSP_OK : result;
    wait_for_stopper();
  }
}

rsp_result run_and_stop(StartSpec* top, const RunOptions& options, int* status, Term* reason) {
  rsp_result result = start_master(top);
  if (result != RSP_OK) {
    (void)!stop_whoever_stops(options.stop_timeout_ms);
    return result;
  }
  wait_for_end();
  const uint32_t events = g_program.events.load(env::ACQUIRE);  // pairs with publish
  const bool has_ended = (events & ENDED) != 0;
  const bool has_left = !has_ended && (events & LEFT) != 0;
  g_program.manager.tell("STOPPING=1");
  // A signal that came before there was a stop to hurry.
  const bool is_forced = g_program.forced_by.load(env::RELAXED) != 0;
  result = stop_whoever_stops(is_forced ? 0 : options.stop_timeout_ms);
  if (result == RSP_OK && has_ended) {
    *status = status_of(g_program.reason);
    *reason = std::move(g_program.reason);
    if (!g_program.has_started) result = RSP_EEXITED;
  } else if (result == RSP_OK && has_left) {
    *status = status_of(g_program.left_for);
    *reason = std::move(g_program.left_for);
  } else if (result == RSP_OK) {
    *status = asked_status(options.stop_timeout_ms != 0);
    *reason = Term(ATOM_SHUTDOWN);
  }
  const uint32_t signal = g_program.forced_by.load(env::RELAXED);
  if (signal != 0) *status = BY_SIGNAL + static_cast<int>(signal);
  return result;
}

/** An application ends the program (core/proc/program.hpp). The first says why. */
bool leave(const Term& reason) {
  if (g_program.phase.load(env::ACQUIRE) != RUNS) return false;  // pairs with run
  if (g_program.leavers.exchange(1, env::RELAXED) != 0) return true;
  g_program.left_for = reason;
  publish(LEFT);
  return true;
}

/** A runtime that runs already is the one. */
rsp_result ensure_runtime() {
  const rsp_result result = start_runtime(RuntimeOptions{});
  return result == RSP_EALREADY && phase() == Phase::RUNNING ? RSP_OK : result;
}

/** What belongs to the master: while there is none. */
void clear() {
  g_program.events.fetch_and(ASKED | LEFT, env::RELAXED);
  g_program.has_started = false;
  g_program.reason = Term();
  g_program.manager.close();
}

}  // namespace

rsp_result run(StartSpec* top, const RunOptions& options, int* status, Term* reason) {
  *status = FAILURE;
  rsp_result result = may_stop_here() ? RSP_EALREADY : RSP_EWOULDBLOCK;
  uint32_t seen = FREE;
  if (result == RSP_EALREADY &&
      // Pairs with the end of the run before.
      g_program.phase.compare_exchange_strong(seen, CLAIMED, env::ACQ_REL, env::ACQUIRE)) {
    for (env::Atomic<uint32_t>* word : {&g_program.events, &g_program.asked, &g_program.status,
                                        &g_program.signals, &g_program.forced_by, &g_program.leavers}) {
      word->store(0, env::RELAXED);
    }
    g_program.left_for = Term();
    set_end_program(&leave);
    g_program.phase.store(RUNS, env::RELEASE);  // pairs with the load in ask_for_stop
    const bool may_run = !options.handle_signals || env::take_termination_signals(&on_signal);
    if (may_run) {
      result = ensure_runtime();
      if (result == RSP_OK) {
        clear();  // a master that code that did not return has kept is gone now
        if (options.notify) g_program.manager.open();
        result = run_and_stop(top, options, status, reason);
        top = nullptr;
        if (result != RSP_ETIMEDOUT) {
          clear();
          g_program.left_for = Term();
        }
      }
      if (options.handle_signals) env::give_back_termination_signals();
    }
    g_program.phase.store(FREE, env::RELEASE);  // pairs with the claim of the next
  }
  if (top != nullptr) {
    const AccountVisit visit;
    disown(top);
  }
  return result;
}

bool ask_for_stop(uint8_t status) {
  if (g_program.phase.load(env::ACQUIRE) != RUNS) return false;  // pairs with run
  if (g_program.asked.exchange(1, env::RELAXED) != 0) return true;
  g_program.status.store(status, env::RELAXED);
  publish(ASKED);
  return true;
}

}  // namespace rsp
