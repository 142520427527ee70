// resprout/ets.h over core/proc/ets.
#include "core/proc/ets.hpp"

#include "capi/src/found.hpp"
#include "resprout/ets.h"

using namespace rsp;
using namespace rsp::capi;

namespace {

static_assert(RSP_ETS_PROTECTED == static_cast<int>(EtsAccess::PROTECTED));
static_assert(RSP_ETS_PUBLIC == static_cast<int>(EtsAccess::PUBLIC));
static_assert(RSP_ETS_PRIVATE == static_cast<int>(EtsAccess::PRIVATE));

bool is_heir(rsp_pid heir, rsp_term data) {
  return (from_public(heir) == Pid{} || is_local(heir)) && is_term(data);
}

bool is_spot(const rsp_ref& table, rsp_term key) { return is_local(table) && is_term(key); }

/** A call by a process, or by nobody: `ask` gets the caller. */
template <class Ask>
rsp_result ask_as(rsp_self* self, const Ask& ask) {
  Call call(self, Foreign::ALLOWED);
  if (call.refused()) return call.result();
  return ask(ets_caller(call.self_or_null()));
}

/** The same with a term for an answer. */
template <class Ask>
rsp_result ask_for_term_as(rsp_self* self, rsp_term* out, const Ask& ask) {
  return ask_as(self, [&](EtsCaller caller) {
    Term answer;
    const rsp_result result = ask(caller, &answer);
    if (result == RSP_OK) give(out, std::move(answer));
    return result;
  });
}

rsp_result walk_on(rsp_self* self, rsp_term* key_out, rsp_term* value_out, const rsp_ref& table,
                   const TermBits* key) {
  return ask_as(self, [&](EtsCaller caller) {
    Term next;
    Term value;
    const rsp_result result = ets_next(caller, from_public(table), key, &next, &value);
    if (result != RSP_OK) return result;
    give(key_out, std::move(next));
    give(value_out, std::move(value));
    return RSP_OK;
  });
}

}  // namespace

extern "C" {

rsp_result rsp_ets_new(rsp_self* self, rsp_ref* out, const rsp_ets_opts* opts) {
  rsp_ets_opts options;
  if (out == nullptr || !read_options(opts, RSP_ETS_OPTS_INIT, &options)) return RSP_EINVAL;
  if (!is_atom(options.name) || static_cast<unsigned>(options.access) > RSP_ETS_PRIVATE ||
      !is_heir(options.heir, options.heir_data))
    return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  Ref table;
  const rsp_result result =
      ets_new(call.self(),
              EtsOptions{from_public(options.name), static_cast<EtsAccess>(options.access),
                         from_public(options.heir), from_public(options.heir_data)},
              &table);
  if (result == RSP_OK) *out = to_public(table);
  return result;
}

rsp_result rsp_ets_whereis(rsp_ref* out, rsp_atom name) {
  if (out == nullptr || !is_name(name)) return RSP_EINVAL;
  return ask_anywhere([&] {
    *out = to_public(ets_whereis(from_public(name)));
    return RSP_OK;
  });
}

rsp_result rsp_ets_delete(rsp_self* self, rsp_ref table) {
  if (!is_local(table)) return RSP_EINVAL;
  return ask_as(self, [&](EtsCaller caller) { return ets_delete(caller, from_public(table)); });
}

rsp_result rsp_ets_give_away(rsp_self* self, rsp_ref table, rsp_pid to, rsp_term data) {
  if (!is_local(table) || !is_local(to) || !is_term(data)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  return ets_give_away(call.self(), from_public(table), from_public(to), from_public(data));
}

rsp_result rsp_ets_set_heir(rsp_self* self, rsp_ref table, rsp_pid heir, rsp_term data) {
  if (!is_local(table) || !is_heir(heir, data)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  return ets_set_heir(call.self(), from_public(table), from_public(heir), from_public(data));
}

rsp_result rsp_ets_insert(rsp_self* self, rsp_ref table, rsp_term key, rsp_term value) {
  if (!is_spot(table, key) || !is_term(value)) return RSP_EINVAL;
  return ask_as(self, [&](EtsCaller caller) {
    return ets_insert(caller, from_public(table), from_public(key), from_public(value));
  });
}

rsp_result rsp_ets_insert_new(rsp_self* self, bool* out, rsp_ref table, rsp_term key, rsp_term value) {
  if (out == nullptr || !is_spot(table, key) || !is_term(value)) return RSP_EINVAL;
  return ask_as(self, [&](EtsCaller caller) {
    bool inserted = false;
    const rsp_result result =
        ets_insert_new(caller, from_public(table), from_public(key), from_public(value), &inserted);
    if (result == RSP_OK) *out = inserted;
    return result;
  });
}

rsp_result rsp_ets_lookup(rsp_self* self, rsp_term* out, rsp_ref table, rsp_term key) {
  if (out == nullptr || !is_spot(table, key)) return RSP_EINVAL;
  return ask_for_term_as(self, out, [&](EtsCaller caller, Term* answer) {
    return ets_lookup(caller, from_public(table), from_public(key), answer);
  });
}

rsp_result rsp_ets_member(rsp_self* self, bool* out, rsp_ref table, rsp_term key) {
  if (out == nullptr || !is_spot(table, key)) return RSP_EINVAL;
  return ask_as(
      self, [&](EtsCaller caller) { return ets_member(caller, from_public(table), from_public(key), out); });
}

rsp_result rsp_ets_take(rsp_self* self, rsp_term* out, rsp_ref table, rsp_term key) {
  if (out == nullptr || !is_spot(table, key)) return RSP_EINVAL;
  return ask_for_term_as(self, out, [&](EtsCaller caller, Term* answer) {
    return ets_take(caller, from_public(table), from_public(key), answer);
  });
}

rsp_result rsp_ets_delete_key(rsp_self* self, rsp_ref table, rsp_term key) {
  if (!is_spot(table, key)) return RSP_EINVAL;
  return ask_as(
      self, [&](EtsCaller caller) { return ets_delete_key(caller, from_public(table), from_public(key)); });
}

rsp_result rsp_ets_update_counter(rsp_self* self, int64_t* out, rsp_ref table, rsp_term key,
                                  int64_t increment, const int64_t* initial) {
  if (out == nullptr || !is_spot(table, key)) return RSP_EINVAL;
  return ask_as(self, [&](EtsCaller caller) {
    return ets_update_counter(caller, from_public(table), from_public(key), increment, initial, out);
  });
}

rsp_result rsp_ets_first(rsp_self* self, rsp_term* key_out, rsp_term* value_out, rsp_ref table) {
  if (key_out == nullptr || !is_local(table)) return RSP_EINVAL;
  return walk_on(self, key_out, value_out, table, nullptr);
}

rsp_result rsp_ets_next(rsp_self* self, rsp_term* key_out, rsp_term* value_out, rsp_ref table, rsp_term key) {
  if (key_out == nullptr || !is_spot(table, key)) return RSP_EINVAL;
  const TermBits behind = from_public(key);
  return walk_on(self, key_out, value_out, table, &behind);
}

rsp_result rsp_ets_tab2list(rsp_self* self, rsp_term* out, rsp_ref table) {
  if (out == nullptr || !is_local(table)) return RSP_EINVAL;
  return ask_for_term_as(self, out, [&](EtsCaller caller, Term* answer) {
    return ets_tab2list(caller, from_public(table), answer);
  });
}

rsp_result rsp_ets_info(rsp_term* out, rsp_ref table) {
  if (out == nullptr || !is_local(table)) return RSP_EINVAL;
  return ask_for_term(out, [&](Term* answer) { return ets_info(from_public(table), answer); });
}

}  // extern "C"
