// A call that waits, also by a thread that is no process: it becomes one for as long as the call takes.
#pragma once

#include "capi/src/call.hpp"
#include "core/otp/client.hpp"
#include "resprout/server.h"

namespace rsp::capi {

class Caller {
 public:
  explicit Caller(rsp_self* self);
  ~Caller();
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  [[nodiscard]] bool refused() const { return result_ != RSP_OK; }
  [[nodiscard]] rsp_result result() const { return result_; }
  Process& self() const { return *self_; }

 private:
  Process* self_ = nullptr;
  bool detaches_ = false;  // a process for this call only
  rsp_result result_;
};

/** Gives a term to the caller, if it wants it. */
void give(rsp_term* out, Term term);

/** A call of `server`, or of nobody: then it fails with noproc. The payload is dropped if the call cannot be made. */
rsp_result call_pid(rsp_self* self, rsp_msg** out, rsp_term* reason_out, Pid server, TermBits server_name,
                    Payload payload, uint64_t timeout_ms);

/** The same of a process by its pid, or of nobody: all zero. */
rsp_result call_pid(rsp_self* self, rsp_msg** out, rsp_term* reason_out, rsp_pid server, Payload payload,
                    uint64_t timeout_ms);

/** Ours, of what a caller wants to start itself; no start function. On failure its context is dropped, but for
 * RSP_EINVAL. */
[[nodiscard]] rsp_result read_start_spec(StartSpec** out, const rsp_start_spec* spec);
/** The same for a supervisor. RSP_ESPEC: *error names the field. */
[[nodiscard]] rsp_result read_start_spec(StartSpec** out, Term* error, const rsp_supervisor_spec* spec);

/** Starts what `spec` says and waits; takes the specification over. */
rsp_result start_spec(rsp_self* self, rsp_pid* out, rsp_ref* monitor_out, rsp_term* error_out,
                      StartSpec* spec, const rsp_start_opts& options);

/** The same of what has no context, as specifications of our own servers are: a monitor is refused. */
rsp_result start_unmonitored(rsp_self* self, rsp_pid* out, rsp_term* error_out, const rsp_start_spec& spec,
                             const rsp_start_opts* start_opts);

}  // namespace rsp::capi
