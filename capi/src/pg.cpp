// resprout/pg.h over core/otp/pg.
#include "resprout/pg.h"

#include "capi/src/caller.hpp"
#include "capi/src/found.hpp"
#include "core/otp/pg.hpp"
#include "core/proc/registry.hpp"

using namespace rsp;
using namespace rsp::capi;

namespace {

bool is_group(rsp_atom scope, rsp_term group) { return is_name(scope) && is_term(group); }

bool are_local(const rsp_pid* pids, size_t count) {
  if (count != 0 && pids == nullptr) return false;
  for (size_t i = 0; i < count; ++i) {
    if (!is_local(pids[i])) return false;
  }
  return true;
}

/** A request to the scope. RSP_ENOMEM: it had no memory for it. */
rsp_result ask(rsp_self* self, Term* answer, rsp_term* reason_out, rsp_atom scope, rsp_result built,
               Term request) {
  if (built != RSP_OK) return built;
  rsp_msg* message = nullptr;
  const Atom name = from_public(scope);
  const rsp_result result = call_pid(self, &message, reason_out, whereis(name), TermBits(name),
                                     Payload{std::move(request), nullptr, nullptr}, RSP_INFINITE);
  if (result != RSP_OK) return result;
  *answer = Term::share(from_public(rsp_msg_term(message)));
  rsp_msg_free(message);
  return answer->is(ATOM_SYSTEM_LIMIT) ? RSP_ENOMEM : RSP_OK;
}

rsp_result list_pids(Term* out, const rsp_pid* pids, size_t count) {
  TermBits* const all = static_cast<TermBits*>(mem_alloc(sizeof(TermBits) * (count + 1)));
  if (all == nullptr) return RSP_ENOMEM;
  for (size_t i = 0; i < count; ++i) all[i] = TermBits(from_public(pids[i]));
  const rsp_result result = make_list(out, std::span<const TermBits>(all, count));
  mem_free(all);
  return result;
}

/** {Verb, Group, Pids}. RSP_EMISMATCH: not_joined. */
rsp_result change(rsp_self* self, rsp_term* reason_out, Atom verb, rsp_atom scope, rsp_term group,
                  const rsp_pid* pids, size_t count) {
  if (self == nullptr || !is_group(scope, group) || !are_local(pids, count)) return RSP_EINVAL;
  const AccountVisit visit;
  Term list;
  Term request;
  Term answer;
  rsp_result result = list_pids(&list, pids, count);
  if (result == RSP_OK) result = make_tuple(&request, {TermBits(verb), from_public(group), list});
  result = ask(self, &answer, reason_out, scope, result, std::move(request));
  return result == RSP_OK && answer.is(ATOM_NOT_JOINED) ? RSP_EMISMATCH : result;
}

/** A request that is answered with {Ref, What}. */
rsp_result subscribe(rsp_self* self, rsp_ref* out, rsp_term* what_out, rsp_term* reason_out, rsp_atom scope,
                     rsp_result built, Term request) {
  Term answer;
  const rsp_result result = ask(self, &answer, reason_out, scope, built, std::move(request));
  if (result != RSP_OK) return result;
  // Who has the name may be another process.
  if (answer.kind() != Kind::TUPLE || answer.size() != 2 || answer.element(0).kind() != Kind::REF)
    return RSP_EINVAL;
  *out = to_public(answer.element(0).as_ref());
  give(what_out, Term::share(answer.element(1)));
  return RSP_OK;
}

/** A reading of the scope's store. */
template <class Read>
rsp_result read(rsp_term* out, const Read& read) {
  return ask_anywhere([&] {
    Term list;
    const rsp_result result = read(&list);
    if (result == RSP_OK) give(out, std::move(list));
    return result;
  });
}

}  // namespace

extern "C" {

rsp_result rsp_pg_spec(rsp_start_spec* out, rsp_atom scope) {
  if (out == nullptr || !is_name(scope)) return RSP_EINVAL;
  *out = pg_spec(from_public(scope));
  return RSP_OK;
}

rsp_result rsp_pg_start(rsp_self* self, rsp_pid* out, rsp_term* error_out, rsp_atom scope,
                        const rsp_start_opts* start_opts) {
  rsp_start_spec spec;
  const rsp_result result = rsp_pg_spec(&spec, scope);
  return result != RSP_OK ? result : start_unmonitored(self, out, error_out, spec, start_opts);
}

rsp_result rsp_pg_join(rsp_self* self, rsp_term* reason_out, rsp_atom scope, rsp_term group,
                       const rsp_pid* pids, size_t count) {
  return change(self, reason_out, ATOM_JOIN, scope, group, pids, count);
}

rsp_result rsp_pg_leave(rsp_self* self, rsp_term* reason_out, rsp_atom scope, rsp_term group,
                        const rsp_pid* pids, size_t count) {
  return change(self, reason_out, ATOM_LEAVE, scope, group, pids, count);
}

rsp_result rsp_pg_get_members(rsp_term* out, rsp_atom scope, rsp_term group) {
  if (out == nullptr || !is_group(scope, group)) return RSP_EINVAL;
  return read(out, [&](Term* list) { return pg_members(from_public(scope), from_public(group), list); });
}

rsp_result rsp_pg_get_local_members(rsp_term* out, rsp_atom scope, rsp_term group) {
  return rsp_pg_get_members(out, scope, group);  // all of them are
}

rsp_result rsp_pg_which_groups(rsp_term* out, rsp_atom scope) {
  if (out == nullptr || !is_name(scope)) return RSP_EINVAL;
  return read(out, [&](Term* list) { return pg_groups(from_public(scope), list); });
}

rsp_result rsp_pg_monitor(rsp_self* self, rsp_ref* out, rsp_term* members_out, rsp_term* reason_out,
                          rsp_atom scope, rsp_term group) {
  if (self == nullptr || out == nullptr || !is_group(scope, group)) return RSP_EINVAL;
  const AccountVisit visit;
  Term request;
  const rsp_result built = make_tuple(&request, {TermBits(ATOM_MONITOR), from_public(group)});
  return subscribe(self, out, members_out, reason_out, scope, built, std::move(request));
}

rsp_result rsp_pg_monitor_scope(rsp_self* self, rsp_ref* out, rsp_term* groups_out, rsp_term* reason_out,
                                rsp_atom scope) {
  if (self == nullptr || out == nullptr || !is_name(scope)) return RSP_EINVAL;
  const AccountVisit visit;
  return subscribe(self, out, groups_out, reason_out, scope, RSP_OK, Term(ATOM_MONITOR_SCOPE));
}

rsp_result rsp_pg_demonitor(rsp_self* self, rsp_term* reason_out, rsp_atom scope, rsp_ref ref) {
  if (self == nullptr || !is_name(scope) || !is_local(ref)) return RSP_EINVAL;
  const AccountVisit visit;
  Term subscription;
  Term request;
  Term answer;
  rsp_result result = make_ref(&subscription, from_public(ref));
  if (result == RSP_OK) result = make_tuple(&request, {TermBits(ATOM_DEMONITOR), subscription});
  result = ask(self, &answer, reason_out, scope, result, std::move(request));
  if (result != RSP_OK) return result;
  if (!answer.is(ATOM_OK)) return RSP_EMISMATCH;
  Call call(self);
  if (call.refused()) return call.result();
  pg_flush(call.self(), subscription);
  return RSP_OK;
}

}  // extern "C"
