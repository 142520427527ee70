// resprout/process.h over core/proc.
#include "resprout/process.h"

#include "capi/src/call.hpp"
#include "core/mem/alloc.hpp"
#include "core/proc/belongings.hpp"
#include "core/proc/blocking.hpp"
#include "core/proc/limits.hpp"
#include "core/proc/numbers.hpp"
#include "core/proc/receive.hpp"
#include "core/proc/spawn.hpp"
#include "core/proc/suspend.hpp"
#include "core/proc/trampoline.hpp"
#include "core/proc/turn.hpp"

using namespace rsp;
using namespace rsp::capi;

namespace {

/** The code of a process made by rsp_spawn: its Behaviour's state. */
struct Handler {
  rsp_handler message;
  rsp_handler start;
  void* state;
  void (*state_free)(void* state);
};

Next start(Process& self, void* state) {
  const Handler& handler = *static_cast<const Handler*>(state);
  if (handler.start == nullptr) return Next::CONTINUE;
  const UserCode inside(self);
  return from_public(handler.start(to_public(self), nullptr, handler.state));
}

Next message(Process& self, Envelope& envelope, void* state) {
  const Handler& handler = *static_cast<const Handler*>(state);
  const UserCode inside(self);
  return from_public(handler.message(to_public(self), to_public(&envelope), handler.state));
}

void drop(void* state) {
  Handler* const handler = static_cast<Handler*>(state);
  drop_guarded(handler->state_free, handler->state);
  mem_free(handler);
}

constexpr Behaviour HANDLER{&start, &message, &drop};

/** send_query with its guard: the two *_request functions differ in the question only. */
rsp_result request(rsp_self* self, rsp_ref* out, rsp_pid pid, EnvelopeKind question) {
  if (out == nullptr || !is_local(pid)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  LocalRef ref;
  const rsp_result result = send_query(call.self(), from_public(pid), question, &ref);
  if (result == RSP_OK) *out = ref_to_public(ref);
  return result;
}

}  // namespace

extern "C" {

rsp_result rsp_spawn(rsp_self* self, rsp_pid* out, rsp_ref* monitor_out, const rsp_spawn_opts* opts,
                     rsp_handler handler, void* state, void (*state_free)(void* state)) {
  rsp_spawn_opts wanted;
  if (out == nullptr || handler == nullptr || !read_options(opts, RSP_SPAWN_OPTS_INIT, &wanted))
    return RSP_EINVAL;
  if (wanted.monitor && monitor_out == nullptr) return RSP_EINVAL;
  if (!is_alias_mode(wanted.alias) || !is_atom(wanted.tag)) return RSP_EINVAL;
  if (!is_overflow(wanted.overflow)) return RSP_EINVAL;
  if (!wanted.monitor && (wanted.alias != RSP_ALIAS_NONE || wanted.tag.id != 0)) return RSP_EINVAL;
  if ((wanted.stall_ms != 0 || wanted.worker != 0) && wanted.lane != nullptr) return RSP_EINVAL;
  Call call(self, Foreign::ALLOWED);
  if (call.refused()) return call.result();
  Handler* const code = static_cast<Handler*>(mem_alloc(sizeof(Handler)));
  if (code == nullptr) return RSP_ENOMEM;
  *code = Handler{handler, wanted.start, state, state_free};
  SpawnOptions options;
  options.link = wanted.link;
  options.monitor = wanted.monitor;
  options.alias = alias_mode(wanted.alias);
  options.tag = from_public(wanted.tag);
  options.trap_exit = wanted.trap_exit;
  options.lane = reinterpret_cast<Lane*>(wanted.lane);
  options.worker = wanted.worker;
  options.stall_ms = wanted.stall_ms;
  options.limits = {wanted.max_messages, wanted.max_message_bytes, static_cast<Overflow>(wanted.overflow)};
  Spawned spawned;
  const rsp_result result = spawn(call.self_or_null(), options, HANDLER, code, &spawned);
  if (result != RSP_OK) {
    mem_free(code);
    return result;
  }
  *out = to_public(spawned.pid);
  if (wanted.monitor) *monitor_out = ref_to_public(spawned.monitor);
  return RSP_OK;
}

rsp_pid rsp_self_pid(const rsp_self* self) {
  const Process* const process = current_process();
  if (self == nullptr || process != reinterpret_cast<const Process*>(self)) return rsp_pid{0, 0, 0};
  return to_public(process->pid());
}

rsp_self* rsp_current(void) {
  Process* const process = current_process();
  return process == nullptr ? nullptr : to_public(*process);
}

rsp_result rsp_exit_signal(rsp_self* self, rsp_pid to, rsp_term reason) {
  if (!is_local(to) || !is_term(reason)) return RSP_EINVAL;
  Call call(self, Foreign::ALLOWED);
  if (call.refused()) return call.result();
  if (root_pid().is_none()) return RSP_ESTOPPED;
  const rsp_result result =
      exit_signal(call.self_or_null(), from_public(to), Term::share(from_public(reason)));
  if (result != RSP_OK || self == nullptr) return result;
  return checkpoint(call.self()) ? RSP_OK : RSP_EXITING;  // it may have been for the caller itself
}

rsp_result rsp_trap_exit(rsp_self* self, bool* previous_out, bool on) {
  Call call(self);
  if (call.refused()) return call.result();
  const bool previous = trap_exit(call.self(), on);
  if (previous_out != nullptr) *previous_out = previous;
  return RSP_OK;
}

rsp_result rsp_limit_mailbox(rsp_self* self, uint32_t max_messages, uint64_t max_message_bytes,
                             rsp_overflow overflow) {
  if (!is_overflow(overflow)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  return limit_mailbox(call.self(),
                       MailboxLimits{max_messages, max_message_bytes, static_cast<Overflow>(overflow)});
}

bool rsp_is_pressed(rsp_pid pid) { return is_pressed(from_public(pid)); }

rsp_result rsp_checkpoint(rsp_self* self) {
  Call call(self);
  return call.result();
}

rsp_result rsp_bump_reductions(rsp_self* self, uint32_t reductions) {
  Call call(self);
  if (call.refused()) return call.result();
  bump_reductions(call.self(), reductions);
  return RSP_OK;
}

rsp_result rsp_blocking_begin(rsp_self* self) {
  return self == nullptr ? RSP_EINVAL : begin_blocking(reinterpret_cast<Process*>(self));
}

rsp_result rsp_blocking_end(rsp_self* self) {
  return self == nullptr ? RSP_EINVAL : end_blocking(reinterpret_cast<Process*>(self));
}

rsp_result rsp_is_alive(rsp_self* self, bool* out, rsp_pid pid, uint64_t timeout_ms) {
  if (out == nullptr || !is_local(pid)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  return is_alive(call.self(), from_public(pid), wait_deadline(timeout_ms), out);
}

rsp_result rsp_alive_request(rsp_self* self, rsp_ref* out, rsp_pid pid) {
  return request(self, out, pid, EnvelopeKind::ALIVE_REQUEST);
}

rsp_result rsp_process_info(rsp_self* self, rsp_term* out, rsp_pid pid, uint64_t timeout_ms) {
  if (out == nullptr || !is_local(pid)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  Term info;
  const rsp_result result = process_info(call.self(), from_public(pid), wait_deadline(timeout_ms), &info);
  if (result == RSP_OK) *out = to_public(info.release());
  return result;
}

rsp_result rsp_process_info_request(rsp_self* self, rsp_ref* out, rsp_pid pid) {
  return request(self, out, pid, EnvelopeKind::INFO_REQUEST);
}

rsp_result rsp_set_label(rsp_self* self, rsp_term label) {
  if (!is_term(label)) return RSP_EINVAL;
  Call call(self);
  return call.refused() ? call.result() : set_label(call.self(), from_public(label));
}

rsp_result rsp_get_label(rsp_self* self, rsp_term* out) {
  if (out == nullptr) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  *out = to_public(Term::share(label_of(call.self())).release());
  return RSP_OK;
}

rsp_result rsp_suspend(rsp_self* self, rsp_pid pid, uint64_t timeout_ms) {
  if (!is_local(pid)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  return suspend(call.self(), from_public(pid), wait_deadline(timeout_ms));
}

rsp_result rsp_suspend_request(rsp_self* self, rsp_ref* out, rsp_pid pid) {
  if (out == nullptr || !is_local(pid)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  LocalRef ref;
  const rsp_result result = request_suspension(call.self(), from_public(pid), &ref);
  if (result == RSP_OK) *out = ref_to_public(ref);
  return result;
}

rsp_result rsp_resume(rsp_self* self, rsp_pid pid) {
  if (!is_local(pid)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  return resume(call.self(), from_public(pid)) ? RSP_OK : RSP_ENOPROC;
}

rsp_result rsp_make_ref(rsp_self* self, rsp_ref* out) {
  if (out == nullptr) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  *out = ref_to_public(LocalRef{next_number(), call.self().id()});
  return RSP_OK;
}

}  // extern "C"
