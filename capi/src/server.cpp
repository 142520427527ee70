// resprout/server.h over core/otp: start, call, stop.
#include "resprout/server.h"

#include "capi/src/caller.hpp"
#include "core/otp/client.hpp"
#include "core/otp/gen_server.hpp"

using namespace rsp;
using namespace rsp::capi;

extern "C" {

rsp_result rsp_server_start(rsp_self* self, rsp_pid* out, rsp_ref* monitor_out, rsp_term* error_out,
                            const rsp_start_spec* spec, const rsp_start_opts* opts) {
  rsp_start_opts options;
  if (out == nullptr) return RSP_EINVAL;
  if (!read_options(opts, RSP_START_OPTS_INIT, &options)) return RSP_EINVAL;
  if (options.monitor && monitor_out == nullptr) return RSP_EINVAL;
  const AccountVisit visit;
  StartSpec* start = nullptr;
  const rsp_result made = read_start_spec(&start, spec);
  return made != RSP_OK ? made : start_spec(self, out, monitor_out, error_out, start, options);
}

rsp_result rsp_call(rsp_self* self, rsp_msg** out, rsp_term* reason_out, rsp_pid server, rsp_term request,
                    uint64_t timeout_ms) {
  if (out == nullptr || !is_local(server) || !is_term(request)) return RSP_EINVAL;
  const Pid pid = from_public(server);
  return call_pid(self, out, reason_out, pid, pid, payload_of(request), timeout_ms);
}

rsp_result rsp_call_native(rsp_self* self, rsp_msg** out, rsp_term* reason_out, rsp_pid server, void* payload,
                           const rsp_native_ops* ops, uint64_t timeout_ms) {
  if (out == nullptr || !is_local(server) || !is_native_ops(ops)) return RSP_EINVAL;
  const Pid pid = from_public(server);
  return call_pid(self, out, reason_out, pid, pid, payload_of(payload, ops), timeout_ms);
}

rsp_result rsp_call_name(rsp_self* self, rsp_msg** out, rsp_term* reason_out, rsp_atom server,
                         rsp_term request, uint64_t timeout_ms) {
  if (out == nullptr || !is_name(server) || !is_term(request)) return RSP_EINVAL;
  // Nobody has no pid: a call to it fails with noproc, as to any process that does not exist.
  return call_pid(self, out, reason_out, whereis(from_public(server)), from_public(server),
                  payload_of(request), timeout_ms);
}

rsp_result rsp_call_name_native(rsp_self* self, rsp_msg** out, rsp_term* reason_out, rsp_atom server,
                                void* payload, const rsp_native_ops* ops, uint64_t timeout_ms) {
  if (out == nullptr || !is_name(server) || !is_native_ops(ops)) return RSP_EINVAL;
  return call_pid(self, out, reason_out, whereis(from_public(server)), from_public(server),
                  payload_of(payload, ops), timeout_ms);
}

rsp_result rsp_init_ack_later(rsp_self* self) {
  Call call(self);
  return call.refused() ? call.result() : leave_start_open(call.self());
}

rsp_result rsp_init_ack(rsp_self* self) {
  Call call(self);
  return call.refused() ? call.result() : end_start(call.self());
}

rsp_result rsp_stop(rsp_self* self, rsp_term* reason_out, rsp_pid pid, rsp_term reason, uint64_t timeout_ms) {
  if (!is_local(pid) || !is_term(reason)) return RSP_EINVAL;
  Caller caller(self);
  if (caller.refused()) return caller.result();
  Term actual;
  const rsp_result result =
      rsp::stop(caller.self(), from_public(pid), Term::share(from_public(reason)), timeout_ms, &actual);
  if (result == RSP_EEXITED) give(reason_out, std::move(actual));
  return result;
}

}  // extern "C"
