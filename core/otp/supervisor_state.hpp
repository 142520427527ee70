// What a supervisor is in the middle of, and the steps that its files call of each other.
//
//   supervisor.cpp           the behaviour: init, what each message begins
//   supervisor_start.cpp     starting one child, or those of a list one after another
//   supervisor_restart.cpp   a child has ended by itself: the decision, the strategies
//   supervisor_stop.cpp      stopping children one after another
//   supervisor_calls.cpp     requests
//
// Each step returns what the callback it runs in returns. Private to the process of the supervisor.
#pragma once

#include "core/otp/child_spec.hpp"
#include "core/otp/proc_lib.hpp"
#include "core/otp/restart_window.hpp"
#include "core/otp/supervisor_init.hpp"

namespace rsp {

/** What is under way; the diagram is in supervisor.hpp. */
enum class Activity : uint8_t { INIT, STARTING, IDLE, RESTART, CLEARING, ADD, RESUME, TERMINATING, STOPPING };

struct Supervisor {
  StartSpec* spec = nullptr;
  Starter starter{};
  Activity activity = Activity::INIT;
  InitProcess init;  // INIT
  ChildList children;
  rsp_supervisor_opts opts = RSP_SUPERVISOR_OPTS_INIT;
  RestartWindow window;
  Child* current = nullptr;  // being started, or being stopped
  StartWait wait;            // of the child being started
  bool aborting = false;     // when init is over, or `current` is started or stopped, it ends for stop_reason
  Term stop_reason;
  LocalRef request{};                 // of the call being served
  Envelope* lent = nullptr;           // that call, as long as it is answered without a wait
  LocalRef stopping{};                // monitor of the child being stopped
  uint64_t stop_deadline_ns = NEVER;  // when that is killed
  Child* stop_until = nullptr;        // children are stopped back to the one behind this; nullptr: all
  Child* restarted = nullptr;         // CLEARING: the child whose end began it
  Envelope* noted = nullptr;          // CLEARING: the last message of the inbox that was looked at for ends
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
/** The child that was being started is up. */
void child_is_up(Supervisor& sup);

// ---- Stopping ----

/** Stops the children from `from` back to the first; then the supervisor ends for `reason`. */
Next begin_stop(Process& self, Supervisor& sup, Child* from, Term reason);
/** Stops those from `from` back to the one behind `until`; then goes on as `activity` says. */
Next stop_children(Process& self, Supervisor& sup, Activity activity, Child* from, Child* until);

// ---- Restarting ----

Next child_ended(Process& self, Supervisor& sup, Child* child, TermBits reason);
/** A restart that failed is tried again: its message to itself. */
Next retry(Process& self, Supervisor& sup, TermBits id);
/** RESTART: `current` has been started, or not. */
Next on_restarted(Process& self, Supervisor& sup);
/** CLEARING: the others of the group have been stopped. */
Next on_cleared(Process& self, Supervisor& sup);

// ---- Requests ----

Next serve(Process& self, Supervisor& sup, Envelope& call);
/** ADD: the child of start_child has been started, or not. */
Next on_added(Process& self, Supervisor& sup);
/** RESUME: the child of restart_child has been started, or not. */
Next on_resumed(Process& self, Supervisor& sup);
/** TERMINATING: the child of terminate_child has been stopped. */
Next on_terminated(Process& self, Supervisor& sup);

}  // namespace rsp
