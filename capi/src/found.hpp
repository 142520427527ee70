// Calls of whoever is found by a key at that moment: in a registry, among partitions. To find somebody asks no process.
#pragma once

#include "capi/src/caller.hpp"

namespace rsp::capi {

/** Whether `name` can be a name, and `key` a key. */
inline bool is_key_of(rsp_atom name, rsp_term key) { return is_name(name) && is_term(key); }

/** A question that no process need ask: `ask` writes what it answers. */
template <class Ask>
rsp_result ask_anywhere(const Ask& ask) {
  if (is_forked()) return RSP_EFORKED;
  const AccountVisit visit;
  return ask();
}

/** The same with a term for an answer. */
template <class Ask>
rsp_result ask_for_term(rsp_term* out, const Ask& ask) {
  return ask_anywhere([&] {
    Term answer;
    const rsp_result result = ask(&answer);
    if (result == RSP_OK) give(out, std::move(answer));
    return result;
  });
}

// Below, `find` writes a pid, or none: nobody. RSP_EINVAL: it could find nobody, whatever the key. RSP_ENONAME: there is nothing
// to look into, which is as nobody.

template <class Find>
rsp_result send_to_found(rsp_self* self, const Find& find, rsp_term term) {
  if (!is_term(term)) return RSP_EINVAL;
  Call call(self, Foreign::ALLOWED);
  if (call.refused()) return call.result();
  Pid to;
  const rsp_result result = find(&to);
  if (result != RSP_OK) return result;
  if (to.is_none()) return RSP_ENONAME;
  Payload payload = payload_of(term);
  return send(call.self_or_null(), to, payload);
}

template <class Find>
rsp_result cast_to_found(rsp_self* self, const Find& find, rsp_term term) {
  if (!is_term(term)) return RSP_EINVAL;
  Call call(self, Foreign::ALLOWED);
  if (call.refused()) return call.result();
  Pid to;
  if (find(&to) == RSP_EINVAL) return RSP_EINVAL;
  if (to.is_none()) return RSP_OK;
  Payload payload = payload_of(term);
  return send(call.self_or_null(), to, payload, EnvelopeKind::CAST);
}

/** `name`: what a failure calls the server. */
template <class Find>
rsp_result call_found(rsp_self* self, rsp_msg** out, rsp_term* reason_out, const Find& find, TermBits name,
                      rsp_term request, uint64_t timeout_ms) {
  if (out == nullptr || !is_term(request)) return RSP_EINVAL;
  if (is_forked()) return RSP_EFORKED;  // in whose copy a lock may be held for ever
  Pid server;
  if (find(&server) == RSP_EINVAL) return RSP_EINVAL;
  // Nobody has no pid, as in rsp_call_name.
  return call_pid(self, out, reason_out, server, name, payload_of(request), timeout_ms);
}

}  // namespace rsp::capi
