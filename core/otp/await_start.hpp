// The side of the behaviours that waits without blocking, for handlers: start and stop as awaits (docs/semantics.md,
// S-START). The blocking side is core/otp/client.hpp.
//
//   begin   what is awaited is sent, and what will be needed is kept: a Pending, a resource of the process
//   wait    await, as often as it takes; a plain process and a callback of a behaviour (CallbackRun) alike
//   end     the Pending is freed, and then the continuation runs, which is user code and may wait anew
//
//   A1  What a wait has begun ends with it. If the process ends in the middle, its resources free the Pending, its charge
//       (core/proc/charge.hpp) ends the child, and its monitors go with it.
//   A2  What cannot be begun is an outcome that is known: the continuation hears of it like of any other.
//   A3  Without memory nothing has begun, or what has is ended, and system_limit is raised.
//
// All calls: the owner of `self`, inside a call; can_await(self) has said yes.
#pragma once

#include "core/otp/proc_lib.hpp"
#include "resprout/await.h"

namespace rsp {

/** What the continuation is and gets. */
struct OutcomeTarget {
  rsp_outcome_continuation continuation;
  void* context;
};

struct AwaitStart {
  bool link = false;
  bool monitor = false;
  uint64_t timeout_ms = NEVER;
  Via via{};  // what it is registered under, beside its name
};

/** Starts what `spec` says, and waits: *begun RSP_OK. Else nothing was begun or raised, and *begun says why: RSP_ENOMEM,
 * RSP_EINVAL (there is no such worker), RSP_ELIMIT, RSP_ESTOPPED. */
[[nodiscard]] Next await_start(Process& self, StartSpec* spec, const AwaitStart& options,
                               OutcomeTarget target, rsp_result* begun);

/** An outcome that is known: the callback goes on with this code, and this E of {error, E}. */
[[nodiscard]] Next await_known(Process& self, rsp_result result, Term error, OutcomeTarget target);

/** gen_server:stop/3. */
[[nodiscard]] Next await_stop(Process& self, Pid pid, Term reason, uint64_t timeout_ms, OutcomeTarget target);

}  // namespace rsp
