// Blocking sections: a handler declares that its code will block, or compute for long without a call
// (docs/semantics.md, S-NAT-3).
//
// A turn that computes for long without declaring anything is made a section by the watchdog (takeover.hpp); that one
// ends with the next crossing (call.hpp).
//
// Its thread lets go of the worker, and the process is BLOCKED like one whose attached thread is outside every
// call: a worker serves its signals, so what kills it acts at once. Messages wait.
//
//   begin   RUNNING -> BLOCKED by the thread, which gives its worker away before
//   serve   as in attached.hpp: a worker handles the signals, and goes back to BLOCKED, hands the process over, or
//           ends it
//   end     BLOCKED -> RUNNING by the thread; it drives its worker again, or goes on without one to the end of the
//           turn
//
//   B1  A section is over when its turn is: it ends with the callback that began it, however that is left.
//   B2  A process that is ended inside a section keeps its slot, its state and the message it was given until its
//       code has returned: all calls of that code are refused with RSP_EXITING. Its thread is a zombie meanwhile.
//   B3  The code goes on only when the exit is complete, so that nobody else is in the control block.
#pragma once

#include "core/env/thread_locals.hpp"
#include "core/proc/process.hpp"
#include "resprout/result.h"

namespace rsp {

/** Outside every call. RSP_OK, RSP_EALREADY (in one), RSP_EINVAL (it awaits), RSP_EWOULDBLOCK (it runs on a lane),
 * RSP_ELIMIT, RSP_ENOMEM, and what begin_call says. For an attached process there is nothing to do.
 * `caller` may be any address. */
[[nodiscard]] rsp_result begin_blocking(Process* caller);

/** RSP_OK, RSP_EXITING (it was ended, or is to end), RSP_EWRONGTHREAD (this thread is in no section of it). `caller` may be
 * any address. */
[[nodiscard]] rsp_result end_blocking(Process* caller);

/** User code has crossed into the runtime, and its turn is claimed: ends the section, if the watchdog has made one. */
void come_back(Process& self);

/** The end of the section of `self` that the calling thread is in. False: as below. */
bool leave_section(Process& self);

/** User code has returned, or was left by an exception: B1. False: the process was ended in the section, or is to end. */
inline bool leave_blocking(Process& self) {
  return self.crossing.where() != Crossing::IN_SECTION || leave_section(self);
}

/** Code that raises is leaving the section: it may be inside none, and `self` any address. */
void leave_section_of(const Process* self);

/** User code that runs inside the runtime, or outside guarded(): a section that it begins ends with it. */
class SectionLimit {
 public:
  SectionLimit() : before_(env::thread_locals()->section) {}
  ~SectionLimit() {
    const Process* const now = static_cast<const Process*>(env::thread_locals()->section);
    if (now != before_) leave_section_of(now);
  }
  SectionLimit(const SectionLimit&) = delete;
  SectionLimit& operator=(const SectionLimit&) = delete;

 private:
  const void* before_;
};

/** A worker ends a process that is inside a section. */
void end_blocked(Process& self);

/** The code of a process that was ended inside a section has returned: the last of it. */
void end_zombie(Process& self);

}  // namespace rsp
