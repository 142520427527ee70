// resprout/request.h over core/proc/request and core/otp: one request, collections, several nodes.
#include "resprout/request.h"

#include "capi/src/caller.hpp"
#include "core/otp/multi_call.hpp"
#include "core/otp/request_set.hpp"

using namespace rsp;
using namespace rsp::capi;

namespace {

RequestSet* set_of(rsp_reqids* ids) { return reinterpret_cast<RequestSet*>(ids); }
const RequestSet* set_of(const rsp_reqids* ids) { return reinterpret_cast<const RequestSet*>(ids); }

rsp_result send_request_to_name(rsp_self* self, rsp_ref* out, rsp_atom name, Payload payload) {
  Call call(self);
  if (call.refused()) return call.result();
  LocalRef request;
  const rsp_result result = send_request_name(call.self(), from_public(name), payload, &request);
  if (result == RSP_OK) *out = ref_to_public(request);
  return result;
}

rsp_result cast_to_name(rsp_self* self, rsp_atom name, Payload payload) {
  Call call(self, Foreign::ALLOWED);
  if (call.refused()) return call.result();
  // Nobody has no pid: a cast to it is dropped, as to any process that does not exist.
  return send(call.self_or_null(), whereis(from_public(name)), payload, EnvelopeKind::CAST);
}

bool are_atoms(const rsp_atom* nodes, size_t count) {
  if (nodes == nullptr) return count == 0;
  for (size_t i = 0; i < count; ++i) {
    if (!is_atom(nodes[i])) return false;
  }
  return true;
}

using Wait = rsp_result (*)(Process&, RequestSet&, bool, uint64_t, Response*);

rsp_result wait_for_one(Wait wait, rsp_self* self, rsp_msg** out, rsp_term* label_out, rsp_reqids* ids,
                        bool delete_it, uint64_t timeout_ms) {
  if (out == nullptr || ids == nullptr) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  RequestSet& set = *set_of(ids);
  if (set.owner() != call.self().id()) return RSP_EINVAL;
  Response response;
  const rsp_result result = wait(call.self(), set, delete_it, wait_deadline(timeout_ms), &response);
  if (result != RSP_OK && result != RSP_EEXITED) return result;
  *out = lend(response.answer);
  give(label_out, std::move(response.label));
  return result;
}

}  // namespace

extern "C" {

rsp_result rsp_send_request_name(rsp_self* self, rsp_ref* out, rsp_atom name, rsp_term term) {
  if (out == nullptr || !is_name(name) || !is_term(term)) return RSP_EINVAL;
  return send_request_to_name(self, out, name, payload_of(term));
}

rsp_result rsp_send_request_name_native(rsp_self* self, rsp_ref* out, rsp_atom name, void* payload,
                                        const rsp_native_ops* ops) {
  if (out == nullptr || !is_name(name) || !is_native_ops(ops)) return RSP_EINVAL;
  return send_request_to_name(self, out, name, payload_of(payload, ops));
}

rsp_result rsp_wait_response(rsp_self* self, rsp_msg** out, rsp_ref request, uint64_t timeout_ms) {
  if (out == nullptr || !is_local(request)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  Envelope* answer;
  const rsp_result result = wait_response(call.self(), local_of(request), wait_deadline(timeout_ms), &answer);
  if (result == RSP_OK || result == RSP_EEXITED) *out = lend(answer);
  return result;
}

rsp_result rsp_check_response(const rsp_msg* msg, rsp_ref request) {
  if (msg == nullptr || !is_local(request)) return RSP_EINVAL;
  const Envelope& message = *from_public(msg);
  if (!answers(message, local_of(request))) return RSP_EMISMATCH;
  return message.kind == EnvelopeKind::DOWN ? RSP_EEXITED : RSP_OK;
}

bool rsp_msg_is_reply(const rsp_msg* msg) {
  const Envelope* const message = from_public(msg);
  return message != nullptr && message->kind == EnvelopeKind::MESSAGE && message->alias == AliasMode::REPLY;
}

rsp_result rsp_cast_name(rsp_self* self, rsp_atom name, rsp_term term) {
  if (!is_name(name) || !is_term(term)) return RSP_EINVAL;
  return cast_to_name(self, name, payload_of(term));
}

rsp_result rsp_cast_name_native(rsp_self* self, rsp_atom name, void* payload, const rsp_native_ops* ops) {
  if (!is_name(name) || !is_native_ops(ops)) return RSP_EINVAL;
  return cast_to_name(self, name, payload_of(payload, ops));
}

rsp_result rsp_reqids_new(rsp_self* self, rsp_reqids** out) {
  if (out == nullptr) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  void* const memory = mem_alloc_shared(sizeof(RequestSet));
  if (memory == nullptr) return RSP_ENOMEM;
  *out = reinterpret_cast<rsp_reqids*>(new (memory) RequestSet(call.self().pid()));
  return RSP_OK;
}

void rsp_reqids_free(rsp_self* self, rsp_reqids* ids) {
  if (ids == nullptr) return;
  RequestSet* const set = set_of(ids);
  if (set->size() != 0 && self != nullptr) {
    Call call(self);
    if (!call.refused() && call.self().id() == set->owner()) abandon_requests(call.self(), *set);
  }
  set->~RequestSet();
  mem_free_shared(set);
}

rsp_result rsp_reqids_add(rsp_reqids* ids, rsp_ref request, rsp_term label) {
  if (ids == nullptr || !is_local(request) || !is_term(label)) return RSP_EINVAL;
  RequestSet& set = *set_of(ids);
  const LocalRef ref = local_of(request);
  if (ref.owner != set.owner() || ref.number == 0) return RSP_EINVAL;
  return set.add(ref.number, Term::share(from_public(label)));
}

rsp_result rsp_reqids_send_request(rsp_self* self, rsp_reqids* ids, rsp_pid to, rsp_term term,
                                   rsp_term label) {
  if (ids == nullptr || !is_local(to) || !is_term(term) || !is_term(label)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  RequestSet& set = *set_of(ids);
  if (set.owner() != call.self().id()) return RSP_EINVAL;
  Payload payload = payload_of(term);
  return send_request(call.self(), set, from_public(to), payload, Term::share(from_public(label)));
}

size_t rsp_reqids_size(const rsp_reqids* ids) { return ids == nullptr ? 0 : set_of(ids)->size(); }

void rsp_reqids_to_list(rsp_ref* requests_out, rsp_term* labels_out, size_t capacity, const rsp_reqids* ids) {
  if (ids == nullptr || capacity == 0) return;
  const RequestSet& set = *set_of(ids);
  size_t place = 0;
  set.for_each([&](uint64_t number, TermBits label) {
    if (requests_out != nullptr) requests_out[place] = ref_to_public(LocalRef{number, set.owner()});
    if (labels_out != nullptr) labels_out[place] = to_public(label);
    return ++place < capacity;
  });
}

rsp_result rsp_reqids_get(rsp_term* label_out, rsp_reqids* ids, rsp_ref request, bool delete_it) {
  if (ids == nullptr || !is_local(request)) return RSP_EINVAL;
  RequestSet& set = *set_of(ids);
  const LocalRef ref = local_of(request);
  const TermBits* const found = ref.owner == set.owner() ? set.label_of(ref.number) : nullptr;
  if (found == nullptr) return RSP_EMISMATCH;
  give(label_out, Term::share(*found));
  if (delete_it) set.remove(ref.number);
  return RSP_OK;
}

rsp_result rsp_reqids_receive_response(rsp_self* self, rsp_msg** out, rsp_term* label_out, rsp_reqids* ids,
                                       bool delete_it, uint64_t timeout_ms) {
  return wait_for_one(&receive_response, self, out, label_out, ids, delete_it, timeout_ms);
}

rsp_result rsp_reqids_wait_response(rsp_self* self, rsp_msg** out, rsp_term* label_out, rsp_reqids* ids,
                                    bool delete_it, uint64_t timeout_ms) {
  return wait_for_one(&wait_response, self, out, label_out, ids, delete_it, timeout_ms);
}

rsp_result rsp_reqids_check_response(rsp_term* label_out, rsp_reqids* ids, const rsp_msg* msg,
                                     bool delete_it) {
  if (ids == nullptr || msg == nullptr) return RSP_EINVAL;
  Term label;
  const rsp_result result = check_response(*set_of(ids), delete_it, *from_public(msg), &label);
  if (result == RSP_OK || result == RSP_EEXITED) give(label_out, std::move(label));
  return result;
}

rsp_atom rsp_node(void) { return to_public(node_name()); }

rsp_result rsp_multi_call(rsp_self* self, rsp_msg** replies_out, const rsp_atom* nodes, size_t node_count,
                          rsp_atom name, rsp_term request, uint64_t timeout_ms) {
  if (!are_atoms(nodes, node_count) || (replies_out == nullptr && node_count != 0)) return RSP_EINVAL;
  if (!is_name(name) || !is_term(request)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  const rsp_result result =
      multi_call(call.self(), Nodes(nodes, node_count), from_public(name), Term::share(from_public(request)),
                 wait_deadline(timeout_ms), replies_out);
  if (result != RSP_OK) return result;
  for (size_t i = 0; i < node_count; ++i) {
    if (replies_out[i] != nullptr) (void)lend(from_public(replies_out[i]));
  }
  return RSP_OK;
}

rsp_result rsp_abcast(rsp_self* self, const rsp_atom* nodes, size_t node_count, rsp_atom name,
                      rsp_term request) {
  if (!are_atoms(nodes, node_count) || !is_name(name) || !is_term(request)) return RSP_EINVAL;
  Call call(self, Foreign::ALLOWED);
  if (call.refused()) return call.result();
  abcast(call.self_or_null(), Nodes(nodes, node_count), from_public(name), Term::share(from_public(request)));
  return RSP_OK;
}

}  // extern "C"
