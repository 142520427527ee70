#include "core/otp/supervisor.hpp"
#include "core/otp/supervisor_report.hpp"
#include "core/otp/supervisor_state.hpp"
#include "core/otp/sys.hpp"
#include "core/term/compare.hpp"
#include "core/term/reason.hpp"

namespace rsp {

Next refuse(Process& self, Supervisor& sup, LocalRef to, TermBits why) {
  answer_request(self, sup, to, error_outcome(why));
  return Next::CONTINUE;
}

namespace {

Next answer(Process& self, Supervisor& sup, LocalRef to, rsp_result built, Term&& term) {
  answer_request(self, sup, to, or_atom(built, std::move(term), ATOM_SYSTEM_LIMIT));
  return Next::CONTINUE;
}

TermBits process_of(const Child& child) {
  if (child.restarting) return ATOM_RESTARTING;
  return child.pid.is_none() ? TermBits(ATOM_UNDEFINED) : TermBits(child.pid);
}

/** Of a dynamic supervisor's nobody asks whether they live; one that has unlinked itself may be dead. */
bool is_active(const Supervisor& sup, const Child& child) {
  if (child.pid.is_none() || child.restarting) return false;
  return is_dynamic(sup) || !is_known_dead(child.pid);
}

TermBits type_of(const Child& child) {
  return child.type == RSP_CHILD_SUPERVISOR ? ATOM_SUPERVISOR : ATOM_WORKER;
}

/** Calls `look(const Child&)` for each child. */
template <class Look>
void for_each_child(const Supervisor& sup, Look&& look) {
  for (const Child* child = sup.children.first; child != nullptr; child = child->next) look(*child);
  for (const Child* child = sup.waiting.first; child != nullptr; child = child->next) look(*child);
  for (const Child* child = sup.delayed.first; child != nullptr; child = child->next) look(*child);
}

rsp_result list_children(const Supervisor& sup, Term* out) {
  size_t count = 0;
  for_each_child(sup, [&](const Child&) { ++count; });
  TermBits* const rows = static_cast<TermBits*>(mem_alloc(sizeof(TermBits) * (count + 1)));
  rsp_result result = rows == nullptr ? RSP_ENOMEM : RSP_OK;
  size_t made = 0;
  for_each_child(sup, [&](const Child& child) {
    if (result != RSP_OK) return;
    const TermBits id = is_dynamic(sup) ? TermBits(ATOM_UNDEFINED) : TermBits(child.id);
    Term row;
    result = make_tuple(&row, {id, process_of(child), type_of(child), module_of(*child.start)});
    if (result == RSP_OK) rows[made++] = row.release();
  });
  if (result == RSP_OK) result = make_list(out, std::span<const TermBits>(rows, made));
  for (size_t i = 0; i < made; ++i) drop_term(rows[i]);
  mem_free(rows);
  return result;
}

Next which_children(Process& self, Supervisor& sup, LocalRef to) {
  Term list;
  const rsp_result result = list_children(sup, &list);
  return answer(self, sup, to, result, std::move(list));
}

Next count_children(Process& self, Supervisor& sup, LocalRef to) {
  int64_t specs = 0;
  int64_t active = 0;
  int64_t supervisors = 0;
  for_each_child(sup, [&](const Child& child) {
    ++specs;
    if (is_active(sup, child)) ++active;
    if (child.type == RSP_CHILD_SUPERVISOR) ++supervisors;
  });
  // OTP counts the specification of a simple_one_for_one, Elixir each child of a dynamic one.
  const int64_t workers = specs - supervisors;
  if (is_simple(sup)) specs = 1;
  Term counts;
  const rsp_result built = make_map(&counts, {{ATOM_SPECS, TermBits::integer(specs)},
                                              {ATOM_ACTIVE, TermBits::integer(active)},
                                              {ATOM_SUPERVISORS, TermBits::integer(supervisors)},
                                              {ATOM_WORKERS, TermBits::integer(workers)}});
  return answer(self, sup, to, built, std::move(counts));
}

/** The child that is meant, by its id or the pid of its process. */
const Child* find(const Process& self, const Supervisor& sup, TermBits key) {
  const bool is_pid = key.kind() == Kind::PID;
  if (is_dynamic(sup)) {
    const bool is_pattern = is_simple(sup) && equal(sup.pattern->id, key);
    return is_pid ? find_dynamic(self, sup, key.as_pid()) : is_pattern ? sup.pattern : nullptr;
  }
  const Child* const running = is_pid ? sup.children.find_running(key.as_pid().id) : nullptr;
  return running != nullptr ? running : sup.children.find(key);
}

Next get_childspec(Process& self, Supervisor& sup, LocalRef to, TermBits key) {
  const Child* const child = find(self, sup, key);
  if (child == nullptr) return refuse(self, sup, to, ATOM_NOT_FOUND);
  Term start;
  Term spec;
  Term found;
  rsp_result built =
      make_tuple(&start, {module_of(*child->start), child->args.is_nil() ? child->start->args : child->args});
  if (built == RSP_OK) built = describe(&spec, *child, {ATOM_START, start});
  if (built == RSP_OK) built = make_tuple(&found, {TermBits(ATOM_OK), spec});
  return answer(self, sup, to, built, std::move(found));
}

Next add_child(Process& self, Supervisor& sup, Child* child, LocalRef to) {
  Term wrong;
  if (check_significant(*child, sup.opts.auto_shutdown, &wrong) != RSP_OK) {
    free_child(child);
    return refuse(self, sup, to, wrong);
  }
  if (is_dynamic(sup)) return add_dynamic(self, sup, to, child);
  if (const Child* const present = sup.children.find(child->id)) {
    free_child(child);
    if (present->pid.is_none()) return refuse(self, sup, to, ATOM_ALREADY_PRESENT);
    Term why;
    const rsp_result built = make_tuple(&why, {TermBits(ATOM_ALREADY_STARTED), TermBits(present->pid)});
    return refuse(self, sup, to, or_atom(built, std::move(why), ATOM_ALREADY_STARTED));
  }
  sup.children.append(child);
  sup.request = to;
  return start_child(self, sup, child, Activity::ADD);
}

Next terminate_child(Process& self, Supervisor& sup, Child* child, LocalRef to) {
  sup.request = to;
  if (child->backoff != nullptr) child->backoff->reset();
  if (child->backoff != nullptr && child->restarting) {
    end_delay(self, sup, *child);
    child->restarting = false;
    answer_request(self, sup, to, ATOM_OK);
    return start_group_without(self, sup, child);
  }
  return stop_children(self, sup, Activity::TERMINATING, child, child->previous);
}

/** Why a child that is not stopped can neither be started again nor be deleted; nil if it is. */
TermBits why_busy(const Child& child) {
  if (child.restarting) return ATOM_RESTARTING;
  return child.pid.is_none() ? TermBits::nil() : TermBits(ATOM_RUNNING);
}

Next restart_child(Process& self, Supervisor& sup, Child* child, LocalRef to) {
  sup.request = to;
  return start_child(self, sup, child, Activity::RESUME);
}

Next delete_child(Process& self, Supervisor& sup, Child* child, LocalRef to) {
  sup.children.remove(child);
  free_child(child);
  answer_request(self, sup, to, ATOM_OK);
  return Next::CONTINUE;
}

/** {ok, Pid}, {ok, Pid, Info}, {ok, undefined} or {error, E}, of the child that was to be started. */
void answer_start(Process& self, Supervisor& sup) {
  Term outcome;
  rsp_result built;
  if (sup.wait.is_ok() && !sup.wait.info().is_nil()) {
    built = make_tuple(&outcome, {ATOM_OK, sup.wait.pid(), sup.wait.info()});
  } else if (sup.wait.is_ok()) {
    built = make_tuple(&outcome, {TermBits(ATOM_OK), TermBits(sup.wait.pid())});
  } else if (sup.wait.is_ignore() && sup.opts.strategy == RSP_DYNAMIC) {
    outcome = Term(ATOM_IGNORE);  // as Elixir has it
    built = RSP_OK;
  } else if (sup.wait.is_ignore()) {
    built = make_tuple(&outcome, {TermBits(ATOM_OK), TermBits(ATOM_UNDEFINED)});
  } else {
    built = make_tuple(&outcome, {TermBits(ATOM_ERROR), sup.wait.error()});
  }
  answer_request(self, sup, sup.request, or_atom(built, std::move(outcome), ATOM_SYSTEM_LIMIT));
}

/** {Request, Id}: of a child that there is. */
Next serve_about(Process& self, Supervisor& sup, LocalRef to, TermBits request) {
  const bool describes = request.is_tagged(ATOM_GET_CHILDSPEC, 2);
  const bool terminates = request.is_tagged(ATOM_TERMINATE_CHILD, 2);
  const bool restarts = request.is_tagged(ATOM_RESTART_CHILD, 2);
  const bool deletes = request.is_tagged(ATOM_DELETE_CHILD, 2);
  if (!describes && !terminates && !restarts && !deletes) return refuse(self, sup, to, ATOM_BADARG);
  const TermBits id = request.element(1);
  if (describes) return get_childspec(self, sup, to, id);
  if (is_dynamic(sup)) {
    if (terminates) return terminate_dynamic(self, sup, to, id);
    return refuse(self, sup, to, is_simple(sup) ? ATOM_SIMPLE_ONE_FOR_ONE : ATOM_DYNAMIC);
  }
  Child* const child = sup.children.find(id);
  if (child == nullptr) return refuse(self, sup, to, ATOM_NOT_FOUND);
  if (terminates) return terminate_child(self, sup, child, to);
  const TermBits busy = why_busy(*child);
  if (!busy.is_nil()) return refuse(self, sup, to, busy);
  return restarts ? restart_child(self, sup, child, to) : delete_child(self, sup, child, to);
}

Next serve_call(Process& self, Supervisor& sup, Envelope& call) {
  const LocalRef to{call.ref, call.ref_owner};
  if (call.has(envelope_flag::NATIVE)) {
    if (call.native != &child_request_ops()) return refuse(self, sup, to, ATOM_BADARG);
    Child* const child = reinterpret_cast<Child*>(call.term.data());
    call.flags &= static_cast<uint8_t>(~envelope_flag::NATIVE);
    call.term = TermBits::nil();
    return add_child(self, sup, child, to);
  }
  if (call.term.is(ATOM_WHICH_CHILDREN)) return which_children(self, sup, to);
  if (call.term.is(ATOM_COUNT_CHILDREN)) return count_children(self, sup, to);
  if (call.term.is_tagged(ATOM_START_CHILD, 2)) return add_of_pattern(self, sup, to, call.term.element(1));
  return serve_about(self, sup, to, call.term);
}

std::string_view word_of(rsp_strategy strategy) {
  switch (strategy) {
    case RSP_ONE_FOR_ALL:
      return "one_for_all";
    case RSP_REST_FOR_ONE:
      return "rest_for_one";
    case RSP_SIMPLE_ONE_FOR_ONE:
      return "simple_one_for_one";
    case RSP_DYNAMIC:
      return "dynamic";
    default:
      return "one_for_one";
  }
}

std::string_view word_of_shutdown(uint64_t auto_shutdown) {
  if (auto_shutdown == RSP_AUTO_SHUTDOWN_ANY_SIGNIFICANT) return "any_significant";
  return auto_shutdown == RSP_AUTO_SHUTDOWN_ALL_SIGNIFICANT ? "all_significant" : "never";
}

}  // namespace

Term state_for_system(Process&, const void* supervisor) {
  const Supervisor& sup = *static_cast<const Supervisor*>(supervisor);
  Term children;
  if (list_children(sup, &children) != RSP_OK) return Term();
  Term state;
  const rsp_result made =
      make_map(&state, {{system_word("strategy"), system_word(word_of(sup.opts.strategy))},
                        {system_word("intensity"), TermBits::integer(sup.opts.max_restarts)},
                        {system_word("period_ms"), TermBits::integer(sup.opts.period_ms)},
                        {ATOM_AUTO_SHUTDOWN, system_word(word_of_shutdown(sup.opts.auto_shutdown))},
                        {system_word("children"), children}});
  return made == RSP_OK ? state : Term();
}

Next on_added(Process& self, Supervisor& sup) {
  sup.activity = Activity::IDLE;
  Child* const child = sup.current;
  if (sup.wait.is_ok()) child_is_up(self, sup);
  answer_start(self, sup);
  if (sup.wait.is_ok()) return Next::CONTINUE;
  if (sup.wait.is_ignore()) {
    settle_ended(sup, child);
  } else if (is_dynamic(sup)) {
    forget_dynamic(sup, child);
  } else {
    sup.children.remove(child);
    free_child(child);
  }
  return Next::CONTINUE;
}

Next on_resumed(Process& self, Supervisor& sup) {
  sup.activity = Activity::IDLE;
  if (sup.wait.is_ok()) child_is_up(self, sup);
  answer_start(self, sup);
  return Next::CONTINUE;
}

Next on_terminated(Process& self, Supervisor& sup) {
  sup.activity = Activity::IDLE;
  answer_request(self, sup, sup.request, ATOM_OK);
  return Next::CONTINUE;
}

Next serve(Process& self, Supervisor& sup, Envelope& call) {
  sup.lent = &call;
  const Next next = serve_call(self, sup, call);
  sup.lent = nullptr;
  return next;
}

}  // namespace rsp
