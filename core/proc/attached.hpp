// Attached processes: a foreign thread that made itself a process (docs/semantics.md, S-PROC).
//
// Its process is BLOCKED whenever the thread is outside a call, so its signals are served by a worker and a
// death is immediate. In a waiting call it is IDLE, and to schedule it means to wake its thread. Inside any
// other call the thread owns it.
//
//   attach, detach      the thread, outside every call
//   watch_waits         the same
//   enter, leave_call   the thread, at both ends of a call (call.hpp)
//   wait_until          the thread, inside a call
//   reclaim             the thread of a seat: its own, or that of a blocking section (blocking.hpp)
//   serve_blocked       the worker that runs it
//   wake_seat           whoever is to schedule it
//   let_go_of_seat      whoever ended it, last of all
//   disown              the two owners of a seat, once each
//
// The state of the mailbox:
//
//   enter   BLOCKED -> RUNNING by the thread. If a worker has it, the thread posts RESUME and sleeps until it
//           is handed over.
//   leave   RUNNING -> BLOCKED by the thread, when nothing is untaken.
//   wait    RUNNING -> IDLE by the thread, when nothing is untaken; IDLE -> RUNNING by the push that replaces
//           it, or by the thread at its deadline.
//   serve   a signal made it RUNNING and queued it: a worker handles the signals, then goes back to BLOCKED,
//           hands it over, or ends the process.
//
//   A1  Who has made it RUNNING owns it. Outside a call the thread touches nothing of its process but the
//       seat, its own word of the crossing and, to take the process back, the mailbox.
//   A2  A push that finds it IDLE owes the thread one token. The thread that gives up at its deadline, and
//       finds the process RUNNING, takes that token first: left behind, it would end a later wait.
//   A3  A thread that finds its process with a worker posts RESUME. The envelope is the seat's, so this needs
//       no memory. The worker that has taken it wakes the thread once: it hands the process over, RUNNING, or
//       let_go_of_seat tells of the end. Where RESUME cannot be posted any more the process is dead, and
//       nobody wakes the thread of a call. (Who is in a section is told of the end always: blocking.hpp, B3.)
//   A4  A seat has two owners, the process while it lives and the thread until it detaches. The last one
//       frees slot and seat. So the handle that the thread has stays harmless when its process is dead.
//   A5  The watch is the thread's alone.
#pragma once

#include "core/proc/process.hpp"
#include "core/sync/parker.hpp"
#include "resprout/result.h"

namespace rsp {

class WorkerThread;  // core/sched/worker_thread.hpp

/** What else the thread of an attached process looks for while it waits in a call. */
struct Watch {
  bool (*is_over)(void* context) = nullptr;  // true: this wait ends as at its deadline
  void* context = nullptr;
  uint64_t interval_ms = 0;  // between two questions
};

/** The thread of an attached process, or of a handler inside a blocking section (blocking.hpp). */
struct Seat {
  Parker parker;
  Watch watch;
  Process* process = nullptr;
  Envelope* resume = nullptr;       // A3
  uint64_t id = 0;                  // of the process
  env::Atomic<uint32_t> owners{2};  // A4
  WorkerThread* thread = nullptr;   // of a section
};

/** A blank seat, or nullptr when memory is short. */
Seat* new_seat();

/** A seat that nobody else knows. */
void free_seat(Seat* seat);

/** One of the two owners is done: the last one gives slot and seat back. */
void disown(Seat* seat);

enum class Reclaimed : uint8_t {
  MINE,    // the process is the thread's
  DEAD,    // or is about to be: let_go_of_seat is still to come, or came long ago
  BURIED,  // dead, and let_go_of_seat has told this thread
};

/** The thread of a seat wants its process, which is BLOCKED or in the hands of a worker. */
[[nodiscard]] Reclaimed reclaim(Process& self);

/** Makes the calling thread a process. RSP_EALREADY (it is one, or runs them), RSP_ESTOPPED, RSP_ENOMEM,
 * RSP_ELIMIT. */
[[nodiscard]] rsp_result attach(Process** out);

/** Ends the calling thread's process with `reason`, unless it is dead already, and gives it back. Outside
 * every call. RSP_EWRONGTHREAD: it is not `caller`, which may be any address. */
[[nodiscard]] rsp_result detach(Process* caller, Term reason);

/** The calling thread's process, or nullptr. */
Process* attached_process();

/** The thread takes its process for a call. RSP_EXITING: it is dead. */
[[nodiscard]] rsp_result enter(Process& self);

/** The end of a call. What was condemned meanwhile ends here. */
void leave_call(Process& self);

/** Inside a call: waits until `done(self)` or the deadline; 0 looks once. RSP_OK, RSP_ETIMEDOUT, RSP_EXITING
 * (the process is condemned, and ends when the call does). */
[[nodiscard]] rsp_result wait_until(Process& self, bool (*done)(Process& self, void* context), void* context,
                                    uint64_t deadline_ns);

/** Has the thread's waits watched; is_over nullptr ends that. The thread itself, outside every call.
 * RSP_EWRONGTHREAD: its process is not `caller`, which may be any address. */
[[nodiscard]] rsp_result watch_waits(Process* caller, const Watch& watch);

/** A worker runs the signals of a blocked process. */
void serve_blocked(Process& self);

/** The exit of the process is complete. Whoever ended it calls this last. */
void let_go_of_seat(Process& self);

/** Wakes the thread of a process whose wait is over. */
void wake_seat(Process& process);

}  // namespace rsp
