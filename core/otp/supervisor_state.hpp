// What a supervisor is in the middle of, and the steps that its files call of each other.
//
//   supervisor.cpp           the behaviour: init, what each message begins
//   supervisor_start.cpp     starting one child, or those of a list one after another
//   supervisor_restart.cpp   a child has ended by itself: the decision, the strategies
//   supervisor_backoff.cpp   a restart that is delayed
//   supervisor_stop.cpp      stopping children one after another
//   supervisor_calls.cpp     requests
//   supervisor_dynamic.cpp   what a dynamic one does differently: adding, finding, trying again
//   supervisor_stop_all.cpp  stopping a dynamic one: all children at once
//
// Each step returns what the callback it runs in returns. Private to the process of the supervisor.
#pragma once

#include "core/otp/child_spec.hpp"
#include "core/otp/function_end.hpp"
#include "core/otp/proc_lib.hpp"
#include "core/otp/restart_window.hpp"
#include "core/otp/supervisor_init.hpp"

namespace rsp {

/** What is under way; the diagram is in supervisor.hpp. */
enum class Activity : uint8_t { INIT, STARTING, IDLE, RESTART, CLEARING, ADD, RESUME, TERMINATING, STOPPING };

struct Supervisor;
/** Waits for what comes of the start of `current`. */
Next wait_for_start(Process& self, Supervisor& sup);
/** The start of `current` is over, one way or another. */
Next after_start(Process& self, Supervisor& sup);

struct Supervisor {
  StartSpec* spec = nullptr;
  Starter starter{};
  Activity activity = Activity::INIT;
  InitProcess init;    // INIT
  ChildList children;  // of a dynamic one: but for those in `waiting` and `delayed`
  rsp_supervisor_opts opts = RSP_SUPERVISOR_OPTS_INIT;
  RestartWindow window;
  Child* current = nullptr;  // being started, or being stopped
  StartWait wait;            // of the child being started
  Term ancestors;            // of each child
  // Of that, where a function starts it.
  FunctionEnd<Supervisor, &after_start, &wait_for_start> function{*this};
  bool traced = false;    // sys.hpp
  bool aborting = false;  // when init is over, or `current` is started or stopped, it ends for stop_reason
  Term stop_reason;
  LocalRef request{};                 // of the call being served
  Envelope* lent = nullptr;           // that call, as long as it is answered without a wait
  LocalRef stopping{};                // monitor of the child being stopped
  uint64_t stop_deadline_ns = NEVER;  // when that is killed
  bool is_killed = false;             // it has been
  bool had_ended = false;             // it had ended by itself before it was told to
  Child* stop_until = nullptr;        // children are stopped back to the one behind this; nullptr: all
  Child* restarted = nullptr;         // CLEARING, RESTART: the child whose end began it
  Child* left_out = nullptr;          // RESTART: of its group, the one that is not started
  bool is_delayed = false;            // CLEARING: it is started after its delay
  // CLEARING, and STOPPING of a dynamic one: the last message of the inbox that was looked at for ends.
  Envelope* noted = nullptr;
  // Delays under way: of a dynamic one by the last pid of the child, else by their numbers.
  GrowingTable<Backoff, &Backoff::links> delays;
  // Of a dynamic one alone.
  Child* pattern = nullptr;  // simple_one_for_one: what each child is a copy of
  Term extra_arguments;      // that stand before the args of each child
  // Restarting: each has a message under way that tries it again, or a delay; has its last pid.
  ChildList waiting;
  ChildList delayed;
  uint64_t count = 0;    // of all children
  Pid former{};          // RESTART: the process that `current` had before
  uint64_t told_ns = 0;  // STOPPING: when the last child was told, and the time of each began
};

// ---- What the files share ----

/** No memory for an activity: the supervisor ends; its links end the children. */
Next out_of_memory(Process& self);
/** Whether the parent's EXIT is what came. */
bool is_parent_exit(const Process& self, const Envelope* answer);
void answer_request(Process& self, Supervisor& sup, LocalRef to, Term answer);
/** The child has no process; what that means for its specification: a temporary one is gone, and freed. */
void settle_ended(Supervisor& sup, Child* child);

// ---- Starting ----

/** Starts one child, and goes on as `activity` says. */
Next start_child(Process& self, Supervisor& sup, Child* child, Activity activity);
/** Starts the children from `current` on, and then tells the starter. */
Next start_next(Process& self, Supervisor& sup);
/** The child that was being started is up: what follows, but for telling who has asked for it. */
void child_is_up(Process& self, Supervisor& sup);

// ---- Stopping ----

/** Stops the children from `from` back to the first; then the supervisor ends for `reason`. */
Next begin_stop(Process& self, Supervisor& sup, Child* from, Term reason);
/** Stops those from `from` back to the one behind `until`; then goes on as `activity` says. */
Next stop_children(Process& self, Supervisor& sup, Activity activity, Child* from, Child* until);
/** No child runs any more: the supervisor ends for stop_reason. */
Next finish_stop(Process& self, Supervisor& sup);
/** A child that was told to end has: reported, where it ended for another reason than it may. */
void report_end(Process& self, const Child& child, TermBits reason);
/** When the time of the whole runtime is up for this child: before the end of that, so that who is late is killed and named
 * by its supervisor, in order. A supervisor keeps to it by itself, and so is not held to it. */
uint64_t stop_limit(const Child& child);
/** When a child that was told to end at `told_ns` is killed. */
uint64_t stop_deadline(const Child& child, uint64_t told_ns);
/** Its time is up, its own or that of the whole runtime. Of the latter it is reported now: code that does not return would
 * not let it end before the runtime has. */
[[nodiscard]] rsp_result kill_child(Process& self, Child& child);
/** The parent has said once more that it is time: so does this one to a supervisor of its own. */
[[nodiscard]] rsp_result pass_on(Process& self, const Child& child);

// ---- Of a dynamic one ----

inline bool is_dynamic(const Supervisor& sup) { return is_dynamic(sup.opts); }
inline bool is_simple(const Supervisor& sup) { return sup.opts.strategy == RSP_SIMPLE_ONE_FOR_ONE; }
/** The child with this process, or that had it before its restart failed; nullptr: there is none. */
Child* find_dynamic(const Process& self, const Supervisor& sup, Pid pid);
/** The child that was to be started again is in `waiting`, or `delayed`. */
void wait_for_retry(Supervisor& sup, Child* child);
/** One more of the pattern. */
Next add_of_pattern(Process& self, Supervisor& sup, LocalRef to, TermBits args);
/** One more, which it owns. */
Next add_dynamic(Process& self, Supervisor& sup, LocalRef to, Child* child);
/** One of `children`: it has ended for good. */
void forget_dynamic(Supervisor& sup, Child* child);
Next terminate_dynamic(Process& self, Supervisor& sup, LocalRef to, TermBits key);
/** Stops all children at once; then the supervisor ends for stop_reason. */
Next stop_all(Process& self, Supervisor& sup);
/** What comes meanwhile. */
Next stop_all_message(Process& self, Supervisor& sup, const Envelope& message);

// ---- Restarting ----

/** Whether a child that ends for this reason is started again: its own restart says so. */
bool is_restarted(const Child& child, TermBits reason);
/** When a child has ended whose EXIT this is: when that came, whatever the supervisor was doing; of one whose link has no note,
 * now. */
inline uint64_t end_time(const Envelope& exit) { return exit.aux != 0 ? exit.mark : env::now_ns(); }

Next child_ended(Process& self, Supervisor& sup, Child* child, const Envelope& exit);
/** A restart that failed is tried again: its message to itself, with the child's id. */
Next retry(Process& self, Supervisor& sup, TermBits id);
/** A delay is over: its message to itself. */
Next after_delay(Process& self, Supervisor& sup, TermBits message);
/** RESTART: `current` has been started, or not. */
Next on_restarted(Process& self, Supervisor& sup);
/** CLEARING: the others of the group have been stopped. */
Next on_cleared(Process& self, Supervisor& sup);
/** A call has ended the delay of this child: those that have waited with it, as its group, are started. */
Next start_group_without(Process& self, Supervisor& sup, Child* child);

// ---- Delays ----

/** Starts `restarted` again when its delay is over. */
Next begin_delay(Process& self, Supervisor& sup);
/** The child with the delay that is over, as its message says; nullptr: it was ended. */
Child* take_delayed(Supervisor& sup, TermBits message);
/** Of a dynamic one: the delayed child that had this process; nullptr: there is none. */
Child* find_delayed(const Supervisor& sup, Pid pid);
/** There is none under way any more. */
void end_delay(Process& self, Supervisor& sup, Child& child);

// ---- Requests ----

/** {error, Why} */
Next refuse(Process& self, Supervisor& sup, LocalRef to, TermBits why);

Next serve(Process& self, Supervisor& sup, Envelope& call);
/** What it is: its flags and its children. Nil: memory is short. */
Term state_for_system(Process& self, const void* supervisor);
/** ADD: the child of start_child has been started, or not. */
Next on_added(Process& self, Supervisor& sup);
/** RESUME: the child of restart_child has been started, or not. */
Next on_resumed(Process& self, Supervisor& sup);
/** TERMINATING: the child of terminate_child has been stopped. */
Next on_terminated(Process& self, Supervisor& sup);

}  // namespace rsp
