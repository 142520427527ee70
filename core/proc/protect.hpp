// A protected body: try ... catch ... after for code whose language has none (docs/semantics.md, S-ERR).
//
// The body and what runs afterwards are user code: a process is in no call while they run, so they may call
// everything, and protect inside protect is nothing special. The exception that was pending before is set
// aside and put back, so that code which cleans up under it may protect itself. Nothing is kept when protect
// returns: a loop around it may turn for ever.
#pragma once

#include "core/proc/exception.hpp"
#include "core/proc/process.hpp"
#include "resprout/result.h"

namespace rsp {

/** User code that may raise: Next::RAISE if an exception leaves it. */
using Body = Next (*)(Process& self, void* context);

/** Runs `body`, then `after` (may be nullptr), whatever became of the body.
 * RSP_OK: nothing was raised, *next is what the body returned. RSP_ERAISED: *caught says what was; an
 * exception of `after` stands in for that of the body. RSP_EXITING: the process is to die; if the body ran,
 * so did `after`. RSP_EWRONGTHREAD, RSP_EFORKED: nothing ran. Called outside every call; `caller` may be
 * any address. */
[[nodiscard]] rsp_result protect(Process* caller, Body body, Body after, void* context, Exception* caught,
                                 Next* next);

}  // namespace rsp
