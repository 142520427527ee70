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

/** The child is to be started with these args. *takes false: it would not see them. */
rsp_result give_args(Child& child, TermBits first, TermBits second, bool* takes) {
  *takes = takes_args(*child.start);
  return *takes ? join_args(&child.args, first, second) : RSP_OK;
}

Next add(Process& self, Supervisor& sup, LocalRef to, Child* child) {
  sup.children.append(child);
  ++sup.count;
  sup.request = to;
  return start_child(self, sup, child, Activity::ADD);
}

}  // namespace

Child* find_dynamic(const Process& self, const Supervisor& sup, Pid pid) {
  if (Child* const child = reinterpret_cast<Child*>(link_note(self, pid))) return child;
  // It has unlinked itself, or waits for its restart. Both are rare.
  if (Child* const child = sup.waiting.find_running(pid.id)) return child;
  return sup.children.find_running(pid.id);
}

void wait_for_retry(Supervisor& sup, Child* child) {
  sup.children.remove(child);
  child->pid = sup.former;
  sup.waiting.append(child);
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
  bool takes = true;
  const bool has_args = !args.is_nil() && args.size() != 0;
  const rsp_result given = has_args ? give_args(*child, child->start->args, args, &takes) : RSP_OK;
  if (given == RSP_OK && takes) return add(self, sup, to, child);
  free_child(child);
  return takes ? refuse(self, sup, to, ATOM_SYSTEM_LIMIT)
               : refuse_args(self, sup, to, ATOM_INVALID_MFA, args);
}

Next add_dynamic(Process& self, Supervisor& sup, LocalRef to, Child* child) {
  const bool is_full = sup.opts.max_children != 0 && sup.count >= sup.opts.max_children;
  const Atom why = is_simple(sup) ? ATOM_SIMPLE_ONE_FOR_ONE : ATOM_MAX_CHILDREN;
  if (is_simple(sup) || is_full) {
    free_child(child);
    return refuse(self, sup, to, why);
  }
  child->id = Term(ATOM_UNDEFINED);
  const bool has_args = !sup.extra_arguments.is_nil() && sup.extra_arguments.size() != 0;
  bool takes = true;
  rsp_result given = RSP_OK;
  if (has_args) {
    const TermBits own = child->start->args;
    if (!is_args_list(own)) {
      const Next next = refuse_args(self, sup, to, ATOM_INVALID_MFA, own);
      free_child(child);
      return next;
    }
    given = give_args(*child, sup.extra_arguments, own, &takes);
  }
  if (given == RSP_OK && takes) return add(self, sup, to, child);
  free_child(child);
  return takes ? refuse(self, sup, to, ATOM_SYSTEM_LIMIT)
               : refuse_args(self, sup, to, ATOM_INVALID_MFA, sup.extra_arguments);
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
  if (sup.waiting.find_running(child->pid.id) == child) {
    sup.waiting.remove(child);
    --sup.count;
    free_child(child);
    answer_request(self, sup, to, ATOM_OK);
    return Next::CONTINUE;
  }
  sup.request = to;
  return stop_children(self, sup, Activity::TERMINATING, child, child->previous);
}

}  // namespace rsp
