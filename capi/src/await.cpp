// resprout/await.h over core/otp.
#include "resprout/await.h"

#include "capi/src/caller.hpp"
#include "core/otp/await_start.hpp"
#include "core/otp/caller_structs.hpp"

using namespace rsp;
using namespace rsp::capi;

namespace {

Next badarg(Process& self) { return raise(self, ExceptionClass::ERROR, Term(ATOM_BADARG)); }

Next system_limit(Process& self) { return raise(self, ExceptionClass::EXIT, Term(ATOM_SYSTEM_LIMIT)); }

/** What the caller has given to a start that is not made. */
template <class Spec>
void drop_given(const Spec* spec) {
  if (spec == nullptr || !is_readable_throughout(*spec)) return;
  const AccountVisit visit;
  drop_contexts(*spec);
}

/** Makes the start, of a specification of ours. */
Next start(Process& self, StartSpec* spec, const rsp_start_opts& opts, OutcomeTarget target) {
  rsp_result begun;
  const Via via{from_public(opts.via_registry), Term::share(from_public(opts.via_key))};
  const Next next =
      await_start(self, spec, AwaitStart{opts.link, opts.monitor, opts.timeout_ms, via}, target, &begun);
  disown(spec);
  if (begun == RSP_OK) return next;
  if (begun == RSP_EINVAL) return badarg(self);  // there is no such worker
  return begun == RSP_ENOMEM ? system_limit(self) : await_known(self, begun, Term(), target);
}

/** `read(&spec, &error)` makes ours of theirs, which says what is wrong otherwise. */
template <class Spec, class Read>
rsp_next read_and_start(rsp_self* self, const Spec* theirs, const rsp_start_opts* opts, bool may_monitor,
                        OutcomeTarget target, Read&& read) {
  Call call(self);
  rsp_start_opts options;
  const bool is_sound = !call.refused() && target.continuation != nullptr && can_await(call.self()) &&
                        read_options(opts, RSP_START_OPTS_INIT, &options) && is_atom(options.via_registry) &&
                        is_term(options.via_key) && (may_monitor || !options.monitor);
  StartSpec* ours = nullptr;
  Term error;
  const rsp_result made = is_sound ? read(&ours, &error) : RSP_EINVAL;
  if (made == RSP_EINVAL) drop_given(theirs);
  if (call.refused()) return RSP_NEXT_RAISE;
  Next next;
  if (made == RSP_OK) {
    next = start(call.self(), ours, options, target);
  } else if (made == RSP_EINVAL) {
    next = badarg(call.self());
  } else {
    next = made == RSP_ENOMEM ? system_limit(call.self())
                              : await_known(call.self(), made, std::move(error), target);
  }
  return static_cast<rsp_next>(next);
}

}  // namespace

extern "C" {

rsp_next rsp_await_start(rsp_self* self, const rsp_start_spec* spec, const rsp_start_opts* opts,
                         rsp_outcome_continuation continuation, void* ctx) {
  return read_and_start(self, spec, opts, true, OutcomeTarget{continuation, ctx},
                        [&](StartSpec** out, Term*) { return read_start_spec(out, spec); });
}

rsp_next rsp_await_start_supervisor(rsp_self* self, const rsp_supervisor_spec* spec,
                                    const rsp_start_opts* opts, rsp_outcome_continuation continuation,
                                    void* ctx) {
  return read_and_start(self, spec, opts, false, OutcomeTarget{continuation, ctx},
                        [&](StartSpec** out, Term* error) { return read_start_spec(out, error, spec); });
}

rsp_next rsp_await_stop(rsp_self* self, rsp_pid pid, rsp_term reason, uint64_t timeout_ms,
                        rsp_outcome_continuation continuation, void* ctx) {
  Call call(self);
  if (call.refused()) return RSP_NEXT_RAISE;
  const bool is_sound = continuation != nullptr && is_local(pid) && is_term(reason);
  if (!is_sound || !can_await(call.self())) return static_cast<rsp_next>(badarg(call.self()));
  return static_cast<rsp_next>(await_stop(call.self(), from_public(pid), Term::share(from_public(reason)),
                                          timeout_ms, OutcomeTarget{continuation, ctx}));
}

}  // extern "C"
