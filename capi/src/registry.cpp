// resprout/registry.h over core/otp/registry.
#include "resprout/registry.h"

#include "capi/src/found.hpp"
#include "core/otp/registry.hpp"

using namespace rsp;
using namespace rsp::capi;

namespace {

/** Who has the key. */
auto registered_by(rsp_atom registry, rsp_term key) {
  return [registry, key](Pid* out) { return whereis_key(from_public(registry), from_public(key), out); };
}

}  // namespace

extern "C" {

rsp_result rsp_registry_spec(rsp_start_spec* out, const rsp_registry_opts* opts) {
  rsp_registry_opts options;
  if (out == nullptr || opts == nullptr || !read_struct(&options, *opts)) return RSP_EINVAL;
  return ask_anywhere([&] { return make_registry_spec(out, options); });
}

rsp_result rsp_registry_start(rsp_self* self, rsp_pid* out, rsp_term* error_out,
                              const rsp_registry_opts* opts, const rsp_start_opts* start_opts) {
  rsp_start_opts options;
  if (out == nullptr || !read_options(start_opts, RSP_START_OPTS_INIT, &options) || options.monitor)
    return RSP_EINVAL;
  rsp_start_spec spec;
  rsp_result result = rsp_registry_spec(&spec, opts);
  if (result != RSP_OK) return result;
  result = rsp_server_start(self, out, nullptr, error_out, &spec, &options);
  if (result == RSP_EINVAL) spec.ctx_free(spec.ctx);
  return result;
}

rsp_result rsp_registry_register(rsp_self* self, rsp_pid* holder_out, rsp_atom registry, rsp_term key,
                                 rsp_term value) {
  if (!is_key_of(registry, key) || !is_term(value)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  Pid holder;
  const rsp_result result =
      register_key(call.self(), from_public(registry), from_public(key), from_public(value), &holder);
  if (result == RSP_ENAMETAKEN && holder_out != nullptr) *holder_out = to_public(holder);
  return result;
}

rsp_result rsp_registry_unregister(rsp_self* self, rsp_atom registry, rsp_term key) {
  if (!is_key_of(registry, key)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  return unregister_key(call.self(), from_public(registry), from_public(key));
}

rsp_result rsp_registry_update_value(rsp_self* self, rsp_term* old_out, rsp_atom registry, rsp_term key,
                                     rsp_term value) {
  if (!is_key_of(registry, key) || !is_term(value)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  Term old;
  const rsp_result result =
      update_value(call.self(), from_public(registry), from_public(key), from_public(value), &old);
  if (result == RSP_OK) give(old_out, std::move(old));
  return result;
}

rsp_result rsp_registry_lookup(rsp_term* out, rsp_atom registry, rsp_term key) {
  if (out == nullptr || !is_key_of(registry, key)) return RSP_EINVAL;
  return ask_for_term(
      out, [&](Term* answer) { return lookup_key(from_public(registry), from_public(key), answer); });
}

rsp_result rsp_registry_match(rsp_term* out, rsp_atom registry, rsp_term key, rsp_term pattern) {
  if (out == nullptr || !is_key_of(registry, key) || !is_term(pattern)) return RSP_EINVAL;
  return ask_for_term(out, [&](Term* answer) {
    return match_key(from_public(registry), from_public(key), from_public(pattern), answer);
  });
}

rsp_result rsp_registry_whereis(rsp_pid* out, rsp_atom registry, rsp_term key) {
  if (out == nullptr || !is_key_of(registry, key)) return RSP_EINVAL;
  Pid pid;
  const rsp_result result =
      ask_anywhere([&] { return whereis_key(from_public(registry), from_public(key), &pid); });
  if (result == RSP_OK) *out = to_public(pid);
  return result;
}

rsp_result rsp_registry_keys(rsp_term* out, rsp_atom registry, rsp_pid pid) {
  if (out == nullptr || !is_name(registry) || !is_local(pid)) return RSP_EINVAL;
  return ask_for_term(out,
                      [&](Term* answer) { return keys_of(from_public(registry), from_public(pid), answer); });
}

rsp_result rsp_registry_count(uint64_t* out, rsp_atom registry) {
  if (out == nullptr || !is_name(registry)) return RSP_EINVAL;
  uint64_t count;
  const rsp_result result = ask_anywhere([&] { return count_keys(from_public(registry), &count); });
  if (result == RSP_OK) *out = count;
  return result;
}

rsp_result rsp_registry_meta(rsp_term* out, rsp_atom registry, rsp_term key) {
  if (out == nullptr || !is_key_of(registry, key)) return RSP_EINVAL;
  return ask_for_term(
      out, [&](Term* answer) { return get_meta(from_public(registry), from_public(key), answer); });
}

rsp_result rsp_registry_put_meta(rsp_atom registry, rsp_term key, rsp_term value) {
  if (!is_key_of(registry, key) || !is_term(value)) return RSP_EINVAL;
  return ask_anywhere([&] { return put_meta(from_public(registry), from_public(key), from_public(value)); });
}

rsp_result rsp_registry_delete_meta(rsp_atom registry, rsp_term key) {
  if (!is_key_of(registry, key)) return RSP_EINVAL;
  return ask_anywhere([&] { return delete_meta(from_public(registry), from_public(key)); });
}

rsp_result rsp_send_via(rsp_self* self, rsp_atom registry, rsp_term key, rsp_term term) {
  if (!is_key_of(registry, key)) return RSP_EINVAL;
  return send_to_found(self, registered_by(registry, key), term);
}

rsp_result rsp_cast_via(rsp_self* self, rsp_atom registry, rsp_term key, rsp_term term) {
  if (!is_key_of(registry, key)) return RSP_EINVAL;
  return cast_to_found(self, registered_by(registry, key), term);
}

rsp_result rsp_call_via(rsp_self* self, rsp_msg** out, rsp_term* reason_out, rsp_atom registry, rsp_term key,
                        rsp_term request, uint64_t timeout_ms) {
  if (!is_key_of(registry, key)) return RSP_EINVAL;
  const Term name = via_term(from_public(registry), from_public(key));
  return call_found(self, out, reason_out, registered_by(registry, key), name, request, timeout_ms);
}

}  // extern "C"
