#include "capi/src/caller.hpp"

#include "core/otp/caller_structs.hpp"

namespace rsp::capi {

Caller::Caller(rsp_self* self) : self_(reinterpret_cast<Process*>(self)) {
  if (self_ == nullptr) {
    result_ = attach(&self_);
    if (result_ == RSP_EALREADY) {
      // A thread that is a process already asks for nobody: its process only waits. In a callback there is
      // nobody who could.
      self_ = current_process();
      result_ = self_ != nullptr && self_ == attached_process() ? RSP_OK : RSP_EWOULDBLOCK;
    } else {
      detaches_ = result_ == RSP_OK;
    }
    if (result_ != RSP_OK) return;
  }
  result_ = begin_call(self_);
}

Caller::~Caller() {
  if (result_ == RSP_OK) end_call(*self_);
  if (detaches_) (void)detach(self_, Term(ATOM_NORMAL));
}

void give(rsp_term* out, Term term) {
  if (out != nullptr) *out = to_public(term.release());
}

rsp_result call_pid(rsp_self* self, rsp_msg** out, rsp_term* reason_out, Pid server, TermBits server_name,
                    Payload payload, uint64_t timeout_ms) {
  if (self == nullptr) return RSP_EINVAL;  // which leaves a native payload with the caller
  Call call(self);
  if (call.refused()) {
    if (payload.ops != nullptr) drop_guarded(payload.ops->drop, payload.native);
    return call.result();
  }
  Envelope* reply = nullptr;
  Term reason;
  const rsp_result result =
      rsp::call(call.self(), server, server_name, std::move(payload), timeout_ms, &reply, &reason);
  if (result == RSP_OK) *out = lend(reply);
  if (result == RSP_EEXITED || result == RSP_ETIMEDOUT || result == RSP_ECALLINGSELF ||
      result == RSP_EOVERLOAD)
    give(reason_out, std::move(reason));
  return result;
}

rsp_result call_pid(rsp_self* self, rsp_msg** out, rsp_term* reason_out, rsp_pid server, Payload payload,
                    uint64_t timeout_ms) {
  const Pid pid = from_public(server);
  const TermBits name = pid.is_none() ? TermBits(ATOM_UNDEFINED) : TermBits(pid);
  return call_pid(self, out, reason_out, pid, name, std::move(payload), timeout_ms);
}

rsp_result read_start_spec(StartSpec** out, const rsp_start_spec* spec) {
  if (spec == nullptr || !is_readable_throughout(*spec)) return RSP_EINVAL;
  const rsp_result made = make_start_spec(out, *spec);
  if (made != RSP_OK && made != RSP_EINVAL) drop_contexts(*spec);
  if (made != RSP_OK || (*out)->function == nullptr) return made;
  unmake(*out);
  return RSP_EINVAL;
}

rsp_result read_start_spec(StartSpec** out, Term* error, const rsp_supervisor_spec* spec) {
  if (spec == nullptr || !is_readable_throughout(*spec)) return RSP_EINVAL;
  const rsp_result made = make_start_spec(out, error, *spec);
  if (made != RSP_OK && made != RSP_EINVAL) drop_contexts(*spec);
  return made;
}

rsp_result start_spec(rsp_self* self, rsp_pid* out, rsp_ref* monitor_out, rsp_term* error_out,
                      StartSpec* spec, const rsp_start_opts& options) {
  rsp_result result = self == nullptr && (options.link || options.monitor) ? RSP_ENOTPROCESS : RSP_OK;
  if (!is_atom(options.via_registry) || !is_term(options.via_key)) result = RSP_EINVAL;
  if (result == RSP_OK) {
    Caller caller(self);
    result = caller.result();
    if (result == RSP_OK) {
      ClientStart start;
      start.link = options.link;
      start.monitor = options.monitor;
      start.timeout_ms = options.timeout_ms;
      start.via = Via{from_public(options.via_registry), Term::share(from_public(options.via_key))};
      Pid pid;
      LocalRef monitor;
      Term error;
      result = start_and_wait(caller.self(), *spec, start, &pid, &monitor, &error);
      if (result == RSP_OK) {
        *out = to_public(pid);
        if (options.monitor) *monitor_out = ref_to_public(monitor);
      }
      if (!error.is_nil()) give(error_out, std::move(error));
    }
  }
  if (result == RSP_EINVAL) {  // no such worker, or options that cannot be: the context is the caller's still
    unmake(spec);
  } else {
    disown(spec);
  }
  return result;
}

rsp_result start_unmonitored(rsp_self* self, rsp_pid* out, rsp_term* error_out, const rsp_start_spec& spec,
                             const rsp_start_opts* start_opts) {
  rsp_start_opts options;
  if (!read_options(start_opts, RSP_START_OPTS_INIT, &options) || options.monitor) return RSP_EINVAL;
  return rsp_server_start(self, out, nullptr, error_out, &spec, &options);
}

}  // namespace rsp::capi
