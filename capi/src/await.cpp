// resprout/await.h over core/otp.
#include "resprout/await.h"

#include "capi/src/caller.hpp"
#include "core/otp/await_start.hpp"

using namespace rsp;
using namespace rsp::capi;

namespace {

rsp_next badarg(Process& self) {
  return static_cast<rsp_next>(raise(self, ExceptionClass::ERROR, Term(ATOM_BADARG)));
}

rsp_next system_limit(Process& self) {
  return static_cast<rsp_next>(raise(self, ExceptionClass::EXIT, Term(ATOM_SYSTEM_LIMIT)));
}

rsp_next go_on_with(Process& self, rsp_result result, Term error, OutcomeTarget target) {
  return static_cast<rsp_next>(await_known(self, result, std::move(error), target));
}

/** The start, or what stands in its place: `made` says what became of the specification. */
rsp_next start(Process& self, StartSpec* spec, rsp_result made, Term error, const rsp_start_opts& opts,
               OutcomeTarget target) {
  if (made == RSP_EINVAL) return badarg(self);
  if (made == RSP_ENOMEM) return system_limit(self);
  if (made != RSP_OK) return go_on_with(self, made, std::move(error), target);
  rsp_result begun;
  const Next next =
      await_start(self, spec, AwaitStart{opts.link, opts.monitor, opts.timeout_ms}, target, &begun);
  if (begun == RSP_EINVAL) {  // no such worker: the context is the caller's still
    unmake(spec);
    return badarg(self);
  }
  disown(spec);
  if (begun == RSP_OK) return static_cast<rsp_next>(next);
  return begun == RSP_ENOMEM ? system_limit(self) : go_on_with(self, begun, Term(), target);
}

}  // namespace

extern "C" {

rsp_next rsp_await_start(rsp_self* self, const rsp_start_spec* spec, const rsp_start_opts* opts,
                         rsp_outcome_continuation continuation, void* ctx) {
  Call call(self);
  if (call.refused()) return RSP_NEXT_RAISE;
  rsp_start_opts options;
  const bool is_sound = continuation != nullptr && read_options(opts, RSP_START_OPTS_INIT, &options);
  if (!is_sound || !can_await(call.self())) return badarg(call.self());
  StartSpec* ours = nullptr;
  const rsp_result made = read_start_spec(&ours, spec);
  return start(call.self(), ours, made, Term(), options, OutcomeTarget{continuation, ctx});
}

rsp_next rsp_await_start_supervisor(rsp_self* self, const rsp_supervisor_spec* spec,
                                    const rsp_start_opts* opts, rsp_outcome_continuation continuation,
                                    void* ctx) {
  Call call(self);
  if (call.refused()) return RSP_NEXT_RAISE;
  rsp_start_opts options;
  const bool is_sound = continuation != nullptr && read_options(opts, RSP_START_OPTS_INIT, &options);
  if (!is_sound || options.monitor || !can_await(call.self())) return badarg(call.self());
  StartSpec* ours = nullptr;
  Term error;
  const rsp_result made = read_start_spec(&ours, &error, spec);
  return start(call.self(), ours, made, std::move(error), options, OutcomeTarget{continuation, ctx});
}

rsp_next rsp_await_stop(rsp_self* self, rsp_pid pid, rsp_term reason, uint64_t timeout_ms,
                        rsp_outcome_continuation continuation, void* ctx) {
  Call call(self);
  if (call.refused()) return RSP_NEXT_RAISE;
  const bool is_sound = continuation != nullptr && is_local(pid) && is_term(reason);
  if (!is_sound || !can_await(call.self())) return badarg(call.self());
  return static_cast<rsp_next>(await_stop(call.self(), from_public(pid), Term::share(from_public(reason)),
                                          timeout_ms, OutcomeTarget{continuation, ctx}));
}

}  // extern "C"
