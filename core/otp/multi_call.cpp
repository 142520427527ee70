#include "core/otp/multi_call.hpp"

#include "core/otp/request_set.hpp"

namespace rsp {
namespace {

/** Who has the name on this node; nobody on others, of which none can be reached. */
Pid server_at(Atom node, Atom name) { return node == node_name() ? whereis(name) : Pid{}; }

/** A request to each node where there is somebody, with its place as the label. */
rsp_result send_requests(Process& self, Nodes nodes, Atom name, const Term& request, RequestSet& set) {
  for (size_t i = 0; i < nodes.size(); ++i) {
    const Pid server = server_at(from_public(nodes[i]), name);
    // A process that waits does not answer: there will be no reply of its own.
    if (server.is_none() || server.id == self.id()) continue;
    Payload payload{request, nullptr, nullptr};
    const rsp_result result =
        send_request(self, set, server, payload, Term::integer(static_cast<int64_t>(i)));
    if (result != RSP_OK && result != RSP_EOVERLOAD) return result;
  }
  return RSP_OK;
}

rsp_result collect(Process& self, RequestSet& set, uint64_t deadline_ns, rsp_msg** replies) {
  for (;;) {
    Response response;
    const rsp_result result = receive_response(self, set, true, deadline_ns, &response);
    if (result == RSP_OK) {
      replies[static_cast<size_t>(response.label.as_int())] = to_public(response.answer);
    } else if (result == RSP_EEXITED) {
      envelope_free(response.answer);
    } else {
      return result == RSP_ENOREQUEST || result == RSP_ETIMEDOUT ? RSP_OK : result;
    }
  }
}

}  // namespace

rsp_result multi_call(Process& self, Nodes nodes, Atom name, const Term& request, uint64_t deadline_ns,
                      rsp_msg** replies) {
  if (self.process_class == ProcessClass::HANDLER) return RSP_EWOULDBLOCK;
  for (size_t i = 0; i < nodes.size(); ++i) replies[i] = nullptr;
  RequestSet set(self.pid());
  rsp_result result = send_requests(self, nodes, name, request, set);
  if (result == RSP_OK) result = collect(self, set, deadline_ns, replies);
  if (result == RSP_OK) return RSP_OK;
  if (result != RSP_EXITING) abandon_requests(self, set);
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (replies[i] != nullptr) envelope_free(from_public(replies[i]));
    replies[i] = nullptr;
  }
  return result;
}

void abcast(Process* self, Nodes nodes, Atom name, const Term& request) {
  for (const rsp_atom node : nodes) {
    Payload payload{request, nullptr, nullptr};
    (void)send(self, server_at(from_public(node), name), payload, EnvelopeKind::CAST);
  }
}

}  // namespace rsp
