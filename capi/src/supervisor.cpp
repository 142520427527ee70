// resprout/supervisor.h over core/otp.
#include "resprout/supervisor.h"

#include "capi/src/caller.hpp"
#include "core/otp/caller_structs.hpp"
#include "core/otp/child_spec.hpp"
#include "core/otp/client.hpp"

using namespace rsp;
using namespace rsp::capi;

namespace {

/** A request that needs nothing but its name. */
rsp_result ask_for(rsp_self* self, Atom what, rsp_term* out, rsp_pid supervisor, uint64_t timeout_ms) {
  if (out == nullptr || !is_local(supervisor)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  Term answer;
  Term error;
  const rsp_result result =
      ask_supervisor(call.self(), from_public(supervisor), Term(what), timeout_ms, &answer, &error);
  if (result == RSP_OK) give(out, std::move(answer));
  return result;
}

/** A request about one child, {What, Which}. */
rsp_result ask_about(rsp_self* self, Atom what, rsp_pid supervisor, rsp_term which, uint64_t timeout_ms,
                     Term* out, rsp_term* error_out) {
  if (!is_local(supervisor) || !from_public(which).is_well_formed()) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  Term request;
  const rsp_result built = make_tuple(&request, {TermBits(what), from_public(which)});
  if (built != RSP_OK) return built;
  Term error;
  const rsp_result result =
      ask_supervisor(call.self(), from_public(supervisor), std::move(request), timeout_ms, out, &error);
  if (result == RSP_EEXITED) give(error_out, std::move(error));
  return result;
}

/** What the caller wants to know of a child that was started. */
void give_started(rsp_pid* out, rsp_term* info_out, StartedChild started) {
  *out = to_public(started.pid);
  give(info_out, std::move(started.info));
}

/** A request that starts one child. */
rsp_result start_one(rsp_self* self, Atom what, rsp_pid* out, rsp_term* info_out, rsp_term* error_out,
                     rsp_pid supervisor, rsp_term which, uint64_t timeout_ms) {
  if (out == nullptr) return RSP_EINVAL;
  Term answer;
  const rsp_result result = ask_about(self, what, supervisor, which, timeout_ms, &answer, error_out);
  if (result == RSP_OK) give_started(out, info_out, read_started(answer));
  return result;
}

/** A child of the caller's specification: `ask(self, child, &error)` takes it. */
template <class Ask>
rsp_result give_child(rsp_self* self, rsp_term* error_out, rsp_pid supervisor, const rsp_child_spec* child,
                      Ask&& ask) {
  if (child == nullptr || !is_local(supervisor)) return RSP_EINVAL;
  const ChildSpecs children(child, 1);
  if (!is_readable_throughout(children)) return RSP_EINVAL;
  const AccountVisit visit;
  Child* made = nullptr;
  Term error;
  rsp_result result = make_child(&made, &error, children[0]);
  if (result != RSP_OK) {
    if (result == RSP_ESPEC) give(error_out, std::move(error));
    if (result != RSP_EINVAL) drop_contexts(children);
    return result;
  }
  Call call(self);
  if (call.refused()) {
    // RSP_EINVAL leaves what it holds with the caller.
    call.result() == RSP_EINVAL ? unmake(made) : free_child(made);
    return call.result();
  }
  result = ask(call.self(), made, &error);
  if (result == RSP_EEXITED) give(error_out, std::move(error));
  return result;
}

}  // namespace

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
  if (out == nullptr) return RSP_EINVAL;
  if (!read_options(start_opts, RSP_START_OPTS_INIT, &options) || options.monitor) return RSP_EINVAL;
  const AccountVisit visit;
  StartSpec* start = nullptr;
  Term error;
  const rsp_result made = read_start_spec(&start, &error, spec);
  if (made == RSP_ESPEC) give(error_out, std::move(error));
  if (made != RSP_OK) return made;
  return start_spec(self, out, nullptr, error_out, start, options);
}

rsp_result rsp_supervisor_start_child(rsp_self* self, rsp_pid* out, rsp_term* error_out, rsp_pid supervisor,
                                      const rsp_child_spec* child, uint64_t timeout_ms) {
  return rsp_supervisor_start_child_info(self, out, nullptr, error_out, supervisor, child, timeout_ms);
}

rsp_result rsp_supervisor_start_child_info(rsp_self* self, rsp_pid* out, rsp_term* info_out,
                                           rsp_term* error_out, rsp_pid supervisor,
                                           const rsp_child_spec* child, uint64_t timeout_ms) {
  if (out == nullptr) return RSP_EINVAL;
  return give_child(self, error_out, supervisor, child, [&](Process& asker, Child* made, Term* error) {
    StartedChild started;
    const rsp_result result = start_child(asker, from_public(supervisor), made, timeout_ms, &started, error);
    if (result == RSP_OK) give_started(out, info_out, std::move(started));
    return result;
  });
}

rsp_result rsp_supervisor_start_child_request(rsp_self* self, rsp_ref* out, rsp_term* error_out,
                                              rsp_pid supervisor, const rsp_child_spec* child) {
  if (out == nullptr) return RSP_EINVAL;
  return give_child(self, error_out, supervisor, child, [&](Process& asker, Child* made, Term*) {
    LocalRef request;
    const rsp_result result = ask_to_start_child(asker, from_public(supervisor), made, &request);
    if (result == RSP_OK) *out = ref_to_public(request);
    return result;
  });
}

rsp_result rsp_supervisor_start_child_args(rsp_self* self, rsp_pid* out, rsp_term* error_out,
                                           rsp_pid supervisor, rsp_term args, uint64_t timeout_ms) {
  return start_one(self, ATOM_START_CHILD, out, nullptr, error_out, supervisor, args, timeout_ms);
}

rsp_result rsp_supervisor_start_child_args_info(rsp_self* self, rsp_pid* out, rsp_term* info_out,
                                                rsp_term* error_out, rsp_pid supervisor, rsp_term args,
                                                uint64_t timeout_ms) {
  return start_one(self, ATOM_START_CHILD, out, info_out, error_out, supervisor, args, timeout_ms);
}

rsp_result rsp_supervisor_terminate_child(rsp_self* self, rsp_term* error_out, rsp_pid supervisor,
                                          rsp_term id, uint64_t timeout_ms) {
  Term ok;
  return ask_about(self, ATOM_TERMINATE_CHILD, supervisor, id, timeout_ms, &ok, error_out);
}

rsp_result rsp_supervisor_restart_child(rsp_self* self, rsp_pid* out, rsp_term* error_out, rsp_pid supervisor,
                                        rsp_term id, uint64_t timeout_ms) {
  return start_one(self, ATOM_RESTART_CHILD, out, nullptr, error_out, supervisor, id, timeout_ms);
}

rsp_result rsp_supervisor_restart_child_info(rsp_self* self, rsp_pid* out, rsp_term* info_out,
                                             rsp_term* error_out, rsp_pid supervisor, rsp_term id,
                                             uint64_t timeout_ms) {
  return start_one(self, ATOM_RESTART_CHILD, out, info_out, error_out, supervisor, id, timeout_ms);
}

rsp_result rsp_supervisor_delete_child(rsp_self* self, rsp_term* error_out, rsp_pid supervisor, rsp_term id,
                                       uint64_t timeout_ms) {
  Term ok;
  return ask_about(self, ATOM_DELETE_CHILD, supervisor, id, timeout_ms, &ok, error_out);
}

rsp_result rsp_supervisor_get_childspec(rsp_self* self, rsp_term* out, rsp_term* error_out,
                                        rsp_pid supervisor, rsp_term id, uint64_t timeout_ms) {
  if (out == nullptr) return RSP_EINVAL;
  Term spec;
  const rsp_result result = ask_about(self, ATOM_GET_CHILDSPEC, supervisor, id, timeout_ms, &spec, error_out);
  if (result == RSP_OK) give(out, std::move(spec));
  return result;
}

rsp_result rsp_supervisor_which_children(rsp_self* self, rsp_term* out, rsp_pid supervisor,
                                         uint64_t timeout_ms) {
  return ask_for(self, ATOM_WHICH_CHILDREN, out, supervisor, timeout_ms);
}

rsp_result rsp_supervisor_count_children(rsp_self* self, rsp_term* out, rsp_pid supervisor,
                                         uint64_t timeout_ms) {
  return ask_for(self, ATOM_COUNT_CHILDREN, out, supervisor, timeout_ms);
}

rsp_result rsp_supervisor_check_childspecs(rsp_term* error_out, const rsp_child_spec* children,
                                           size_t child_count, rsp_auto_shutdown auto_shutdown) {
  if (children == nullptr && child_count != 0) return RSP_EINVAL;
  if (auto_shutdown < RSP_AUTO_SHUTDOWN_NEVER || auto_shutdown > RSP_AUTO_SHUTDOWN_ALL_SIGNIFICANT)
    return RSP_EINVAL;
  const ChildSpecs specs(children, child_count);
  if (!is_readable_throughout(specs)) return RSP_EINVAL;
  const AccountVisit visit;
  ChildList made;
  Term error;
  rsp_supervisor_opts opts = RSP_SUPERVISOR_OPTS_INIT;
  opts.auto_shutdown = static_cast<uint64_t>(auto_shutdown);
  const rsp_result result = make_children(&made, &error, specs, opts);
  if (result == RSP_ESPEC) give(error_out, std::move(error));
  unmake(made);
  return result;
}

}  // extern "C"
