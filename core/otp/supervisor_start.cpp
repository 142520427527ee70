#include "core/otp/supervisor_report.hpp"
#include "core/otp/supervisor_state.hpp"
#include "core/term/reason.hpp"

namespace rsp {
namespace {

Next on_started(Process& self, Envelope* answer, void* context);

Next start_failed(Process& self, Supervisor& sup) {
  const Term error = sup.wait.error();
  report_child(self, ATOM_START_ERROR, error, *sup.current, ATOM_SHUTDOWN);
  Term detail;
  Term reason;
  rsp_result result = make_tuple(&detail, {TermBits(ATOM_FAILED_TO_START_CHILD), sup.current->id, error});
  if (result == RSP_OK) result = reason_shutdown(&reason, detail);
  return begin_stop(self, sup, sup.current->previous, or_atom(result, std::move(reason), ATOM_SHUTDOWN));
}

Next on_first_start(Process& self, Supervisor& sup) {
  Child* const child = sup.current;
  if (!sup.wait.is_ok() && !sup.wait.is_ignore()) return start_failed(self, sup);
  Child* const next = child->next;
  if (sup.wait.is_ok()) {
    child_is_up(self, sup);
  } else {
    settle_ended(sup, child);
  }
  sup.current = next;
  return start_next(self, sup);
}

}  // namespace

Next after_start(Process& self, Supervisor& sup) {
  if (sup.aborting) {
    sup.current->pid = Pid{};
    return begin_stop(self, sup, sup.children.last, std::move(sup.stop_reason));
  }
  switch (sup.activity) {
    case Activity::STARTING:
      return on_first_start(self, sup);
    case Activity::RESTART:
      return on_restarted(self, sup);
    case Activity::ADD:
      return on_added(self, sup);
    case Activity::RESUME:
      return on_resumed(self, sup);
    default:
      RSP_UNREACHABLE("no child is being started");
  }
}

namespace {

Next on_started(Process& self, Envelope* answer, void* context) {
  Supervisor& sup = *static_cast<Supervisor*>(context);
  if (is_parent_exit(self, answer)) {
    sup.aborting = true;
    sup.stop_reason = Term::share(answer->term);
    sup.wait.abort(self);
    return wait_for_start(self, sup);
  }
  if (!sup.wait.on_answer(self, answer)) return wait_for_start(self, sup);
  if (sup.current->start->function == nullptr) return after_start(self, sup);
  return sup.function.run(self, reinterpret_cast<uint64_t>(sup.current));
}

}  // namespace

Next wait_for_start(Process& self, Supervisor& sup) {
  return await(self, sup.wait.ref(), sup.wait.deadline_ns(), &on_started, &sup,
               sup.aborting ? 0 : overseer(self));
}

Next start_child(Process& self, Supervisor& sup, Child* child, Activity activity) {
  sup.activity = activity;
  sup.current = child;
  sup.wait = StartWait();
  StartOptions options;
  options.link = child->start->function == nullptr;
  options.charge = !options.link;
  options.link_note = reinterpret_cast<uint64_t>(child);
  options.args = child->args;
  options.ancestors = &sup.ancestors;
  options.via = Via{child->via_registry, child->via_key};
  const rsp_result result = sup.wait.begin(self, *child->start, options);
  if (result == RSP_ENOMEM) return out_of_memory(self);
  if (result == RSP_ELIMIT || result == RSP_EINVAL) {
    // As any start that fails: a restart is tried again, and each attempt counts.
    sup.wait.refuse(result == RSP_ELIMIT ? ATOM_SYSTEM_LIMIT : ATOM_INVALID_WORKER);
    return after_start(self, sup);
  }
  if (result != RSP_OK)
    return begin_stop(self, sup, sup.children.last, Term(ATOM_SHUTDOWN));  // the runtime is stopping
  return wait_for_start(self, sup);
}

void child_is_up(Process& self, Supervisor& sup) {
  sup.current->pid = sup.wait.pid();
  sup.current->restarting = false;
  if (sup.current->backoff != nullptr) sup.current->backoff->up(env::now_ns());
  if (sup.current->restart == RSP_RESTART_TEMPORARY) sup.current->args = Term();  // never started again
  if (!is_dynamic(sup)) report_progress(self, *sup.current);
}

Next start_next(Process& self, Supervisor& sup) {
  if (sup.current != nullptr) return start_child(self, sup, sup.current, Activity::STARTING);
  sup.activity = Activity::IDLE;
  init_ack(self, sup.starter, ATOM_OK);
  sup.starter = Starter{};
  return Next::CONTINUE;
}

}  // namespace rsp
