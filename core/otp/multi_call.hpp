// One request to the processes of a name on several nodes: gen_server:multi_call, abcast (docs/semantics.md, S-SRV-44, 45).
#pragma once

#include <span>

#include "core/proc/api.hpp"

namespace rsp {

using Nodes = std::span<const rsp_atom>;

/** gen_server:multi_call/4. `replies` has a place for each node: its reply, which is the caller's, or nullptr where the node
 * is bad: it cannot be reached, nobody has the name there, or there was no reply in time. Late ones are dropped. Not RSP_OK:
 * there are no replies. RSP_EWOULDBLOCK, RSP_ENOMEM, RSP_ELIMIT, RSP_EXITING. */
[[nodiscard]] rsp_result multi_call(Process& self, Nodes nodes, Atom name, const Term& request,
                                    uint64_t deadline_ns, rsp_msg** replies);

/** gen_server:abcast/3. Whom it does not reach it does not reach. `self` nullptr: a foreign thread. */
void abcast(Process* self, Nodes nodes, Atom name, const Term& request);

}  // namespace rsp
