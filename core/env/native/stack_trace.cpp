#include "core/env/stack_trace.hpp"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

#include "core/env/wait.hpp"

namespace rsp::env {
namespace {

constexpr uint64_t PATIENCE_NS = 10'000'000;
constexpr uint32_t MOST_SKIPPED = 64;  // frames of the handler itself

// What is asked, and answered:
//
//   IDLE -> ASKED          the one who asks
//   ASKED -> IDLE          the same: nobody has begun to answer in time
//   ASKED -> ANSWERING     the handler in the thread that is asked, by CAS
//   ANSWERING -> ANSWERED  the same; it may take long, if the thread does not get to run
//   ANSWERED -> IDLE       the one who asks, in this question or at the next
enum State : uint32_t { IDLE, ASKED, ANSWERING, ANSWERED };

struct Request {
  // Beside the state, of which thread: a late one finds that it is not asked any more (G1).
  Atomic<uint32_t> word{IDLE};
  StackTrace trace;  // the handler's from ANSWERING to ANSWERED
};

constexpr uint32_t STATE_BITS = 2;
uint32_t word_of(State state, uint32_t thread) { return thread << STATE_BITS | state; }
State state_of(uint32_t word) { return static_cast<State>(word & ((1U << STATE_BITS) - 1)); }

constinit Request g_request;
// Written while nobody asks.
constinit int g_signal = 0;          // 0: none
constinit bool g_is_chosen = false;  // by the program

/** What was there before our handler, of each signal that has had it. */
struct Before {
  struct sigaction action;
  bool is_known;
};
Before g_before[NSIG];

// ---- In the thread that is asked ----

struct Walk {
  StackTrace& trace;
  uintptr_t from;  // where the signal found the thread; what is further in is the handler's
  uint32_t skipped;
  bool is_found;
};

_Unwind_Reason_Code step(_Unwind_Context* frame, void* walk_address) {
  Walk& walk = *static_cast<Walk*>(walk_address);
  int is_at_instruction = 0;  // and not behind a call
  const uintptr_t at = static_cast<uintptr_t>(_Unwind_GetIPInfo(frame, &is_at_instruction));
  if (!walk.is_found) {
    walk.is_found = at == walk.from;
    if (!walk.is_found) return ++walk.skipped < MOST_SKIPPED ? _URC_NO_REASON : _URC_END_OF_STACK;
  }
  if (at == 0 || walk.trace.depth == StackTrace::CAPACITY) return _URC_END_OF_STACK;
  walk.trace.frames[walk.trace.depth++] = is_at_instruction != 0 ? at : at - 1;
  return _URC_NO_REASON;
}

uintptr_t place_of(void* context) {
  const ucontext_t* const interrupted = static_cast<const ucontext_t*>(context);
#if defined(__x86_64__)
  return static_cast<uintptr_t>(interrupted->uc_mcontext.gregs[REG_RIP]);
#elif defined(__aarch64__)
  return static_cast<uintptr_t>(interrupted->uc_mcontext.pc);
#else
  (void)interrupted;
  return 0;  // the handler's frames are shown too
#endif
}

void answer(void* context) {
  const uint32_t thread = static_cast<uint32_t>(gettid());
  uint32_t asked = word_of(ASKED, thread);
  // Acquire: pairs with ask_for_stack, which has read what the trace held before.
  if (!g_request.word.compare_exchange_strong(asked, word_of(ANSWERING, thread), ACQUIRE, RELAXED)) return;
  StackTrace& trace = g_request.trace;
  trace.depth = 0;
  const uintptr_t place = place_of(context);
  Walk walk{trace, place, 0, place == 0};
  _Unwind_Backtrace(&step, &walk);
  if (trace.depth == 0)
    trace.frames[trace.depth++] = walk.from;                 // the unwinder does not see past the handler
  g_request.word.store(word_of(ANSWERED, thread), RELEASE);  // pairs with await_answer
  wake_one(g_request.word);
}

/** Somebody else's signal of the same number. */
void pass_on(int number, siginfo_t* info, void* context) {
  const struct sigaction& before = g_before[number].action;
  if ((before.sa_flags & SA_SIGINFO) != 0) {
    before.sa_sigaction(number, info, context);
  } else if (before.sa_handler == SIG_DFL) {
    // As if we were not there: it ends the OS process when this handler returns.
    signal(number, SIG_DFL);
    raise(number);
  } else if (before.sa_handler != SIG_IGN) {
    before.sa_handler(number);
  }
}

void on_signal(int number, siginfo_t* info, void* context) {
  const int error = errno;
  if (info->si_code == SI_QUEUE && info->si_value.sival_ptr == &g_request) {
    answer(context);
  } else {
    pass_on(number, info, context);
  }
  errno = error;
}

// ---- In the thread that asks ----

/** G3. False: somebody else has taken the signal meanwhile. */
bool is_installed() {
  struct sigaction now;
  if (sigaction(g_signal, nullptr, &now) != 0) return false;
  if ((now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == &on_signal) return true;
  if (!g_is_chosen && ((now.sa_flags & SA_SIGINFO) != 0 || now.sa_handler != SIG_DFL)) return false;
  if (g_before[g_signal].is_known) return false;  // it was ours
  g_before[g_signal] = {now, true};
  struct sigaction ours = {};
  ours.sa_sigaction = &on_signal;
  ours.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  sigfillset(&ours.sa_mask);
  return sigaction(g_signal, &ours, nullptr) == 0;
}

/** Of what the kernel says: "running", "-1 <stack> <place>", or "<number> <six arguments> <stack> <place>". */
bool is_in_system_call(uint32_t thread, StackTrace* out) {
  char path[48];
  snprintf(path, sizeof path, "/proc/self/task/%u/syscall", thread);
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return true;  // it has ended, or there is nobody who could say what a signal would do to it
  char text[256];
  const ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  if (length <= 0) return true;
  text[length] = '\0';
  char* rest = text;
  const long number = strtol(text, &rest, 10);
  if (rest == text || number < 0) return false;  // it runs, or waits for a page
  uint64_t words[8] = {};
  for (uint64_t& word : words) word = strtoull(rest, &rest, 16);
  if (number == SYS_sched_yield) return false;
  // Taken up again after the handler, unlike one with a time limit: locks, conditions, joins.
  constexpr uint64_t TIMEOUT = 3;
  if (number == SYS_futex && words[TIMEOUT] == 0) return false;
  out->system_call = static_cast<int32_t>(number);
  out->frames[0] = static_cast<uintptr_t>(words[7]) - 1;
  out->depth = words[7] == 0 ? 0 : 1;
  return true;
}

bool send_request(uint32_t thread) {
  siginfo_t info = {};
  info.si_signo = g_signal;
  info.si_code = SI_QUEUE;
  info.si_pid = getpid();
  info.si_uid = getuid();
  info.si_value.sival_ptr = &g_request;
  return syscall(SYS_rt_tgsigqueueinfo, getpid(), thread, g_signal, &info) == 0;
}

/** Whether the answer is there before the deadline. */
bool await_answer(uint64_t deadline_ns) {
  for (;;) {
    const uint32_t word = g_request.word.load(ACQUIRE);  // pairs with answer
    if (state_of(word) == ANSWERED) return true;
    // Pairs with answer.
    if (!wait(g_request.word, word, deadline_ns)) return state_of(g_request.word.load(ACQUIRE)) == ANSWERED;
  }
}

bool is_blocked_here(int signal) {
  sigset_t mask;
  return pthread_sigmask(SIG_BLOCK, nullptr, &mask) != 0 || sigismember(&mask, signal) != 0;
}

/** From the highest one down: others begin with the lowest. Who blocks a signal waits for it in some thread of his. */
int find_free_signal() {
  for (int signal = SIGRTMAX - 1; signal >= SIGRTMIN; --signal) {
    struct sigaction now;
    if (sigaction(signal, nullptr, &now) != 0 || is_blocked_here(signal)) continue;
    const bool has_info = (now.sa_flags & SA_SIGINFO) != 0;
    if (has_info ? now.sa_sigaction == &on_signal : now.sa_handler == SIG_DFL) return signal;
  }
  return 0;
}

_Unwind_Reason_Code look_once(_Unwind_Context*, void*) { return _URC_END_OF_STACK; }

}  // namespace

bool prepare_stack_traces(int64_t signal) noexcept {
  if (signal != ANY_SIGNAL && signal != NO_SIGNAL && (signal < SIGRTMIN || signal > SIGRTMAX)) return false;
  g_is_chosen = signal > 0;
  g_signal = signal == NO_SIGNAL ? 0 : signal == ANY_SIGNAL ? find_free_signal() : static_cast<int>(signal);
  // What the unwinder and the loader do once, and not in a handler.
  if (g_signal != 0) _Unwind_Backtrace(&look_once, nullptr);
  return true;
}

uint32_t answer_stack_requests() noexcept {
  if (g_signal == 0) return 0;
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, g_signal);
  if (pthread_sigmask(SIG_UNBLOCK, &one, nullptr) != 0) return 0;
  return static_cast<uint32_t>(gettid());
}

bool ask_for_stack(uint32_t thread, StackTrace* out) noexcept {
  *out = StackTrace{};
  if (g_signal == 0 || thread == 0 || !is_installed() || is_in_system_call(thread, out)) return true;
  // Acquire: pairs with answer. One that came too late has written the trace before the next one does.
  if (state_of(g_request.word.load(ACQUIRE)) == ANSWERING) return false;  // still, to an earlier question
  g_request.word.store(word_of(ASKED, thread), RELEASE);                  // pairs with answer
  bool is_answered = send_request(thread) && await_answer(now_ns() + PATIENCE_NS);
  uint32_t asked = word_of(ASKED, thread);
  // Pairs with answer: one of the two comes first.
  if (!is_answered && !g_request.word.compare_exchange_strong(asked, IDLE, ACQ_REL, ACQUIRE))
    is_answered = await_answer(now_ns() + PATIENCE_NS);  // it has begun
  if (!is_answered) return false;
  *out = g_request.trace;
  g_request.word.store(IDLE, RELAXED);
  return true;
}

}  // namespace rsp::env
