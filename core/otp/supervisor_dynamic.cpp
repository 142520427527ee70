#include "core/otp/supervisor_state.hpp"
#include "core/term/reason.hpp"

namespace rsp {
namespace {

/** {What, Args} */
Next refuse_args(Process& self, Supervisor& sup, LocalRef to, Atom what, TermBits args) {
  Term why;
  const rsp_result built = make_tuple(&why, {TermBits(what), args});
  return refuse(self, sup, to, or_atom(built, std::move(why), what));
}

/** Where such a child is between two attempts. */
ChildList& tried_again(Supervisor& sup, const Child& child) {
  return child.backoff != nullptr ? sup.delayed : sup.waiting;
}

bool has_any(TermBits args) { return !args.is_nil() && args.size() != 0; }

/** Children are mostly of one kind, one after another: they share what they are started from, and where their args differ
 * each has its own. A temporary one keeps none of its own once it is up, and so must have the same. */
void share_start(Child& child, const Child& last) {
  const TermBits own = child.start->args;
  const bool has_same_args = own.is_same(last.start->args);
  const bool can_keep_args = child.restart != RSP_RESTART_TEMPORARY && !own.is_nil();
  if (!is_alike(*child.start, *last.start) || (!has_same_args && !can_keep_args)) return;
  if (!has_same_args && child.args.is_nil()) child.args = Term::share(own);
  disown(child.start);
  child.start = share(last.start);
}

/** Starts the child, which it owns, with `first` and `second` for its init; `added` is the one of them that the supervisor
 * adds. */
Next add(Process& self, Supervisor& sup, LocalRef to, Child* child, TermBits first, TermBits second,
         TermBits added) {
  const bool takes = !has_any(added) || takes_args(*child->start);
  if (!takes || (has_any(added) && join_args(&child->args, first, second) != RSP_OK)) {
    free_child(child);
    return takes ? refuse(self, sup, to, ATOM_SYSTEM_LIMIT)
                 : refuse_args(self, sup, to, ATOM_INVALID_MFA, added);
  }
  if (sup.children.last != nullptr) share_start(*child, *sup.children.last);
  sup.children.append(child);
  ++sup.count;
  sup.request = to;
  return start_child(self, sup, child, Activity::ADD);
}

}  // namespace

Child* find_dynamic(const Process& self, const Supervisor& sup, Pid pid) {
  if (Child* const child = reinterpret_cast<Child*>(link_note(self, pid))) return child;
  if (Child* const child = find_delayed(sup, pid)) return child;
  // It has unlinked itself, or is to be tried again at once. Both are rare.
  if (Child* const child = sup.waiting.find_running(pid.id)) return child;
  return sup.children.find_running(pid.id);
}

void wait_for_retry(Supervisor& sup, Child* child) {
  sup.children.remove(child);
  child->pid = sup.former;
  tried_again(sup, *child).append(child);
}

void forget_dynamic(Supervisor& sup, Child* child) {
  sup.children.remove(child);
  --sup.count;
  free_child(child);
}

Next add_of_pattern(Process& self, Supervisor& sup, LocalRef to, TermBits args) {
  if (!is_simple(sup) || !is_args_list(args))
    return refuse_args(self, sup, to, ATOM_INVALID_CHILD_SPEC, args);
  Child* const child = copy_child(*sup.pattern);
  if (child == nullptr) return refuse(self, sup, to, ATOM_SYSTEM_LIMIT);
  return add(self, sup, to, child, child->start->args, args, args);
}

Next add_dynamic(Process& self, Supervisor& sup, LocalRef to, Child* child) {
  const bool is_full = sup.opts.max_children != 0 && sup.count >= sup.opts.max_children;
  if (is_simple(sup) || is_full) {
    free_child(child);
    return refuse(self, sup, to, is_simple(sup) ? ATOM_SIMPLE_ONE_FOR_ONE : ATOM_MAX_CHILDREN);
  }
  const TermBits own = child->start->args;
  if (has_any(sup.extra_arguments) && !is_args_list(own)) {
    const Next next = refuse_args(self, sup, to, ATOM_INVALID_MFA, own);
    free_child(child);
    return next;
  }
  child->id = Term(ATOM_UNDEFINED);
  return add(self, sup, to, child, sup.extra_arguments, own, sup.extra_arguments);
}

Next terminate_dynamic(Process& self, Supervisor& sup, LocalRef to, TermBits key) {
  const bool is_pid = key.kind() == Kind::PID;
  if (!is_pid) return refuse(self, sup, to, is_simple(sup) ? ATOM_SIMPLE_ONE_FOR_ONE : ATOM_NOT_FOUND);
  Child* const child = find_dynamic(self, sup, key.as_pid());
  if (child == nullptr) {
    // As in OTP: a pid that was a child's, perhaps, is no mistake.
    if (!is_simple(sup) || !is_known_dead(key.as_pid())) return refuse(self, sup, to, ATOM_NOT_FOUND);
    answer_request(self, sup, to, ATOM_OK);
    return Next::CONTINUE;
  }
  if (child->restarting) {
    end_delay(self, sup, *child);
    tried_again(sup, *child).remove(child);
    --sup.count;
    free_child(child);
    answer_request(self, sup, to, ATOM_OK);
    return Next::CONTINUE;
  }
  sup.request = to;
  return stop_children(self, sup, Activity::TERMINATING, child, child->previous);
}

}  // namespace rsp
