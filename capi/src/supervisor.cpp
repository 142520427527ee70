// resprout/supervisor.h over core/otp.
#include "resprout/supervisor.h"

#include "capi/src/caller.hpp"
#include "core/otp/caller_structs.hpp"
#include "core/otp/child_spec.hpp"
#include "core/otp/client.hpp"

using namespace rsp;
using namespace rsp::capi;

extern "C" {

rsp_result rsp_supervisor_start(rsp_self* self, rsp_pid* out, rsp_term* error_out,
                                const rsp_child_spec* children, size_t child_count,
                                const rsp_supervisor_opts* opts, const rsp_start_opts* start_opts) {
  rsp_supervisor_spec spec = RSP_SUPERVISOR_SPEC_INIT;
  if (opts != nullptr && !is_readable_inside(*opts)) return RSP_EINVAL;  // before the copy: it may be shorter
  if (opts != nullptr) spec.opts = *opts;
  spec.children = children;
  spec.child_count = child_count;
  return rsp_supervisor_start_spec(self, out, error_out, &spec, start_opts);
}

rsp_result rsp_supervisor_start_spec(rsp_self* self, rsp_pid* out, rsp_term* error_out,
                                     const rsp_supervisor_spec* spec, const rsp_start_opts* start_opts) {
  rsp_start_opts options;
  if (out == nullptr || spec == nullptr || !is_readable_throughout(*spec)) return RSP_EINVAL;
  if (!read_options(start_opts, RSP_START_OPTS_INIT, &options) || options.monitor) return RSP_EINVAL;
  const AccountVisit visit;
  StartSpec* start = nullptr;
  Term error;
  const rsp_result made = make_start_spec(&start, &error, *spec);
  if (made != RSP_OK) {
    if (made == RSP_ESPEC) give(error_out, std::move(error));
    if (made != RSP_EINVAL) drop_contexts(*spec);
    return made;
  }
  return start_spec(self, out, nullptr, error_out, start, options);
}

rsp_result rsp_supervisor_start_child(rsp_self* self, rsp_pid* out, rsp_term* error_out, rsp_pid supervisor,
                                      const rsp_child_spec* child, uint64_t timeout_ms) {
  if (out == nullptr || child == nullptr || !is_local(supervisor)) return RSP_EINVAL;
  const ChildSpecs children(child, 1);
  if (!is_readable_throughout(children)) return RSP_EINVAL;
  const AccountVisit visit;
  Child* made = nullptr;
  Term error;
  const rsp_result result = make_child(&made, &error, children[0]);
  if (result != RSP_OK) {
    if (result == RSP_ESPEC) give(error_out, std::move(error));
    if (result != RSP_EINVAL) drop_contexts(children);
    return result;
  }
  Call call(self);
  if (call.refused()) {
    free_child(made);
    return call.result();
  }
  Pid pid;
  const rsp_result started =
      start_child(call.self(), from_public(supervisor), made, timeout_ms, &pid, &error);
  if (started == RSP_OK) *out = to_public(pid);
  if (started == RSP_EEXITED) give(error_out, std::move(error));
  return started;
}

rsp_result rsp_supervisor_which_children(rsp_self* self, rsp_term* out, rsp_pid supervisor,
                                         uint64_t timeout_ms) {
  if (out == nullptr || !is_local(supervisor)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  Term list;
  const rsp_result result = which_children(call.self(), from_public(supervisor), timeout_ms, &list);
  if (result == RSP_OK) give(out, std::move(list));
  return result;
}

}  // extern "C"
