// A child that a function starts, as OTP's {Module, Function, Args} does (docs/semantics.md, S-SUP).
//
// A supervisor runs no user code, so the function runs in a short process of its own, the starter (core/proc/charge.hpp):
//
//   supervisor  --charge-->  starter  --charge-->  what the function starts and spawns
//        ^--------------------- link ---------------------'  (of what it starts or spawns linked)
//
//   the function returns {ok, Pid}   the starter tells, and waits. The supervisor makes Pid its child, and tells the
//                                    starter, which lets its charges go and ends; or it cannot, and kills the starter
//   anything else, or it raises      the starter tells, and ends
//   it is ended in the middle        by whoever knows its pid, or by the supervisor that stops, or that is killed itself
//
//   F1  What the starter has made ends with it, until the supervisor has the child. None of this needs memory: a charge
//       is made with its process, and is the kill.
//   F2  Where the start has failed the supervisor waits for the end of the starter. Then it knows by its own links (C3)
//       what that has left, and waits until it is gone, too. So nothing of a failed start is running when anybody hears of
//       the failure, when the next child starts, or when the supervisor ends; but for a process that has unlinked itself,
//       or was not linked when it was made: that has been sent its kill.
//   F3  A child is linked to the supervisor before the starter lets go of it.
//
// A pid that cannot be a child is an answer that means nothing, as any other value: the supervisor's own, its parent's, the
// starter's. One that is a child already is {already_started, Pid}.
#pragma once

#include "core/otp/proc_lib.hpp"

namespace rsp {

const StartKind& start_function_kind();

/** The supervisor, when the starter has named a process: makes it a child, whose link has this note, and lets the starter
 * end. RSP_OK: `wait` is over, and its pid is the child's. RSP_EEXITED: the start has failed, and `wait` goes on until the
 * starter is gone. RSP_ENOMEM. */
[[nodiscard]] rsp_result adopt_started(Process& self, StartWait& wait, uint64_t note);

}  // namespace rsp
