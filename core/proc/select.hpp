// Descriptors as messages: select, cancel (docs/semantics.md, S-SEL).
//
// A registration is a record of the process (SELECTED) and, for each direction, a message that is made beforehand and is
// the poller's until the descriptor is ready (core/sched/poller.hpp). The message is received only while the record is
// there, and ends it: so of two directions that are ready one message is received, and after a cancel none is, wherever
// it was.
#pragma once

#include "core/base/ids.hpp"
#include "core/proc/process.hpp"
#include "core/sched/poller.hpp"
#include "resprout/result.h"

namespace rsp {

namespace select_mode {
constexpr uint32_t READ = 1;
constexpr uint32_t WRITE = 2;
constexpr uint32_t BOTH = READ | WRITE;
}  // namespace select_mode

/** Waits for `fd` to be ready in a direction of `mode`, once. The owner of `self`. RSP_EINVAL (no such descriptor, or of a
 * kind that is always ready), RSP_EALREADY (registered for this direction), RSP_ENOMEM, RSP_ELIMIT, RSP_EOS. */
[[nodiscard]] rsp_result select(Process& self, int fd, uint32_t mode, LocalRef* out);

/** From here on no message of the registration is received. *active: it was not ready yet. The owner. */
void cancel_select(Process& self, LocalRef which, bool* active);

/** A SELECT was taken: its record goes, and the message says all that is ready. False: there is no record. The owner. */
[[nodiscard]] bool select_done(Process& self, Envelope* message);

/** Step b of an exit: whoever finds the process dead can register what it had. The owner. */
void drop_registrations(Process& self);

/** For Poller::set_hooks. */
const PollHooks& poll_hooks();

}  // namespace rsp
