// resprout/task.h over core/otp/task_owner.
#include "resprout/task.h"

#include "capi/src/caller.hpp"
#include "core/otp/caller_structs.hpp"
#include "core/otp/task_stream.hpp"

using namespace rsp;
using namespace rsp::capi;

namespace {

/** What can be a task that somebody waits for: its outcome would not say that a name was taken. */
bool is_task_spec(const rsp_start_spec* spec) {
  if (spec == nullptr || !is_readable_throughout(*spec)) return false;
  return spec->ops != nullptr && is_task(*spec->ops) && spec->name.id == 0;
}

bool is_local_task(const rsp_task& task) { return is_local(task.pid) && is_local(task.ref); }

TaskRef ref_of(const rsp_task& task) { return TaskRef{from_public(task.pid), local_of(task.ref)}; }

rsp_task to_public(const TaskRef& task) {
  return rsp_task{rsp::to_public(task.pid), ref_to_public(task.ref)};
}

bool is_outcome(rsp_result result) { return result == RSP_OK || result == RSP_EEXITED; }

/** Gives an outcome out; nullptr is one, too. */
rsp_result hand_out(rsp_result result, Envelope* answer, rsp_msg** out) {
  if (is_outcome(result)) *out = answer == nullptr ? nullptr : lend(answer);
  return result;
}

/** A temporary child of this specification. *error is written on RSP_ESPEC. */
rsp_result make_task_child(Child** out, Term* error, const rsp_start_spec& spec) {
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  child.start = spec;
  child.restart = RSP_RESTART_TEMPORARY;
  const rsp_result result = make_child(out, error, child);
  if (result != RSP_OK && result != RSP_EINVAL) drop_contexts(spec);
  return result;
}

/** Where the caller is refused. RSP_EINVAL leaves what it holds with the caller. */
rsp_result refuse(Child* child, rsp_result why) {
  why == RSP_EINVAL ? unmake(child) : free_child(child);
  return why;
}

rsp_result start_under(rsp_self* self, rsp_task* out, rsp_term* error_out, rsp_pid supervisor,
                       const rsp_start_spec* spec, bool link) {
  if (out == nullptr || !is_local(supervisor) || !is_task_spec(spec)) return RSP_EINVAL;
  const AccountVisit visit;
  Child* made = nullptr;
  Term error;
  const rsp_result result = make_task_child(&made, &error, *spec);
  if (result == RSP_ESPEC) give(error_out, std::move(error));
  if (result != RSP_OK) return result;
  Call call(self);
  if (call.refused()) return refuse(made, call.result());
  TaskRef task;
  const rsp_result started =
      start_task_under(call.self(), from_public(supervisor), made, link, &task, &error);
  if (started == RSP_OK) *out = to_public(task);
  if (started == RSP_EEXITED) give(error_out, std::move(error));
  return started;
}

bool is_local_stream(const rsp_task_stream& stream) { return is_local(stream.pid) && is_local(stream.owner); }

StreamRef ref_of(const rsp_task_stream& stream) {
  return StreamRef{from_public(stream.pid), from_public(stream.owner)};
}

static_assert(RSP_TASK_STREAM_WANTS == static_cast<int>(StreamEvent::WANTS));
static_assert(RSP_TASK_STREAM_VALUE == static_cast<int>(StreamEvent::VALUE));
static_assert(RSP_TASK_STREAM_EXIT == static_cast<int>(StreamEvent::EXIT));
static_assert(RSP_TASK_STREAM_DONE == static_cast<int>(StreamEvent::DONE));

}  // namespace

extern "C" {

rsp_result rsp_task_async(rsp_self* self, rsp_task* out, const rsp_start_spec* spec) {
  if (out == nullptr || !is_task_spec(spec)) return RSP_EINVAL;
  const AccountVisit visit;
  StartSpec* start = nullptr;
  rsp_result result = make_start_spec(&start, *spec);
  if (result != RSP_OK) {
    if (result != RSP_EINVAL) drop_contexts(*spec);
    return result;
  }
  Call call(self);
  TaskRef task;
  result = call.refused() ? call.result() : start_task(call.self(), *start, &task);
  if (result == RSP_OK) *out = to_public(task);
  result == RSP_EINVAL ? unmake(start) : disown(start);
  return result;
}

rsp_result rsp_task_supervisor_async(rsp_self* self, rsp_task* out, rsp_term* error_out, rsp_pid supervisor,
                                     const rsp_start_spec* spec) {
  return start_under(self, out, error_out, supervisor, spec, true);
}

rsp_result rsp_task_supervisor_async_nolink(rsp_self* self, rsp_task* out, rsp_term* error_out,
                                            rsp_pid supervisor, const rsp_start_spec* spec) {
  return start_under(self, out, error_out, supervisor, spec, false);
}

rsp_result rsp_task_await(rsp_self* self, rsp_msg** out, rsp_term* reason_out, rsp_task task,
                          uint64_t timeout_ms) {
  if (out == nullptr || !is_local_task(task)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  Envelope* answer = nullptr;
  const rsp_result result = await_task(call.self(), ref_of(task), wait_deadline(timeout_ms), &answer);
  if (result == RSP_OK) *out = lend(answer);
  if (result != RSP_EEXITED && result != RSP_ETIMEDOUT) return result;
  if (reason_out != nullptr) {
    const TermBits why = result == RSP_EEXITED ? answer->term : TermBits(ATOM_TIMEOUT);
    give(reason_out, await_failure(why, from_public(task.pid), timeout_ms));
  }
  if (answer != nullptr) envelope_free(answer);
  return result;
}

rsp_result rsp_task_yield(rsp_self* self, rsp_msg** out, rsp_task task, uint64_t timeout_ms) {
  if (out == nullptr || !is_local_task(task)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  Envelope* answer = nullptr;
  const rsp_result result = yield_task(call.self(), ref_of(task), wait_deadline(timeout_ms), &answer);
  return hand_out(result, answer, out);
}

rsp_result rsp_task_shutdown(rsp_self* self, rsp_msg** out, rsp_task task, rsp_shutdown how,
                             uint64_t timeout_ms) {
  constexpr uint64_t DEFAULT_MS = 5000;
  if (out == nullptr || !is_local_task(task)) return RSP_EINVAL;
  if (how < RSP_SHUTDOWN_DEFAULT || how > RSP_SHUTDOWN_INFINITY) return RSP_EINVAL;
  if (how == RSP_SHUTDOWN_DEFAULT) timeout_ms = DEFAULT_MS;
  if (how == RSP_SHUTDOWN_INFINITY) timeout_ms = RSP_INFINITE;
  Call call(self);
  if (call.refused()) return call.result();
  Envelope* answer = nullptr;
  const rsp_result result = shut_task_down(call.self(), ref_of(task), how == RSP_SHUTDOWN_BRUTAL_KILL,
                                           wait_deadline(timeout_ms), &answer);
  return hand_out(result, answer, out);
}

rsp_result rsp_task_ignore(rsp_self* self, rsp_msg** out, rsp_task task) {
  if (out == nullptr || !is_local_task(task)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  Envelope* answer = nullptr;
  const rsp_result result = ignore_task(call.self(), ref_of(task), &answer);
  return hand_out(result, answer, out);
}

rsp_result rsp_task_async_stream(rsp_self* self, rsp_task_stream* out, const rsp_task_stream_opts* opts) {
  rsp_task_stream_opts given;
  if (out == nullptr || !read_options(opts, RSP_TASK_STREAM_OPTS_INIT, &given)) return RSP_EINVAL;
  const bool is_supervised = given.supervisor.id != 0;
  if (is_supervised && !is_local(given.supervisor)) return RSP_EINVAL;
  StreamOptions options;
  options.max_concurrency = given.max_concurrency;
  options.timeout_ms = given.timeout_ms;
  options.ordered = given.ordered;
  options.link = given.link;
  options.kill_task = given.kill_task;
  options.supervisor = from_public(given.supervisor);
  Call call(self);
  if (call.refused()) return call.result();
  StreamRef stream;
  const rsp_result result = start_stream(call.self(), options, &stream);
  if (result == RSP_OK) *out = rsp_task_stream{rsp::to_public(stream.pid), rsp::to_public(stream.owner)};
  return result;
}

rsp_result rsp_task_stream_next(rsp_self* self, rsp_task_stream_event* out, rsp_msg** msg_out,
                                rsp_task_stream stream) {
  if (out == nullptr || msg_out == nullptr || !is_local_stream(stream)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  StreamEvent event{};
  Envelope* answer = nullptr;
  const rsp_result result = next_of_stream(call.self(), ref_of(stream), &event, &answer);
  if (result == RSP_OK) *out = static_cast<rsp_task_stream_event>(event);
  const bool is_word = event == StreamEvent::WANTS || event == StreamEvent::DONE;
  if (result == RSP_OK && is_word) {
    envelope_free(answer);
    answer = nullptr;
  }
  return hand_out(result, answer, msg_out);
}

rsp_result rsp_task_stream_supply(rsp_self* self, rsp_task_stream stream, const rsp_start_spec* spec) {
  if (!is_local_stream(stream) || !is_task_spec(spec)) return RSP_EINVAL;
  const AccountVisit visit;
  Child* child = nullptr;
  Term error;
  const rsp_result result = make_task_child(&child, &error, *spec);
  if (result != RSP_OK) return result;
  Call call(self);
  if (call.refused()) return refuse(child, call.result());
  return supply_stream(call.self(), ref_of(stream), child);
}

rsp_result rsp_task_stream_end_input(rsp_self* self, rsp_task_stream stream) {
  if (!is_local_stream(stream)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  return end_input(call.self(), ref_of(stream));
}

rsp_result rsp_task_stream_halt(rsp_self* self, rsp_task_stream stream) {
  if (!is_local_stream(stream)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  return halt_stream(call.self(), ref_of(stream));
}

}  // extern "C"
