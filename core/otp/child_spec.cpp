#include "core/otp/child_spec.hpp"

#include <cstring>

#include "core/otp/partition_supervisor.hpp"
#include "core/otp/task.hpp"
#include "core/term/compare.hpp"
#include "core/term/reason.hpp"

namespace rsp {

rsp_result malformed(Term* error, Atom what, TermBits value) {
  Term tuple;
  *error = or_atom(make_tuple(&tuple, {TermBits(what), value}), std::move(tuple), what);
  return RSP_ESPEC;
}

rsp_result within(Term* error, Atom outer) {
  Term tuple;
  *error = or_atom(make_tuple(&tuple, {TermBits(outer), *error}), std::move(tuple), outer);
  return RSP_ESPEC;
}

namespace {

rsp_result malformed(Term* error, Atom what, int64_t value) {
  return malformed(error, what, TermBits::integer(value));
}

rsp_result malformed(Term* error, Atom what) {
  *error = Term(what);
  return RSP_ESPEC;
}

/** {bad_combination, [{Key, Value}, {Flag, true}]} */
rsp_result bad_combination(Term* error, Atom key, TermBits value, Atom flag) {
  Term first;
  Term second;
  Term both;
  Term combination;
  rsp_result result = make_tuple(&first, {TermBits(key), value});
  if (result == RSP_OK) result = make_tuple(&second, {TermBits(flag), TermBits::boolean(true)});
  if (result == RSP_OK) result = make_list(&both, {first, second});
  if (result == RSP_OK) result = make_tuple(&combination, {TermBits(ATOM_BAD_COMBINATION), both});
  *error = or_atom(result, std::move(combination), ATOM_BAD_COMBINATION);
  return RSP_ESPEC;
}

rsp_result check_restart(rsp_restart restart, rsp_shutdown shutdown, Term* error) {
  if (restart < RSP_RESTART_DEFAULT || restart > RSP_RESTART_TEMPORARY) {
    return malformed(error, ATOM_INVALID_RESTART_TYPE, restart);
  }
  if (shutdown < RSP_SHUTDOWN_DEFAULT || shutdown > RSP_SHUTDOWN_INFINITY) {
    return malformed(error, ATOM_INVALID_SHUTDOWN, shutdown);
  }
  return RSP_OK;
}

rsp_result check_fields(const rsp_child_spec& from, Term* error) {
  if (!from_public(from.id).is_well_formed()) return malformed(error, ATOM_MISSING_ID);
  rsp_result result = check_restart(from.restart, from.shutdown, error);
  const rsp_server_ops* const ops = from.start.ops;
  if (result == RSP_OK && ops != nullptr) result = check_restart(ops->restart, ops->shutdown, error);
  if (result != RSP_OK) return result;
  if (from.type < RSP_CHILD_DEFAULT || from.type > RSP_CHILD_SUPERVISOR) {
    return malformed(error, ATOM_INVALID_CHILD_TYPE, from.type);
  }
  if (from.significant > 1) {
    return malformed(error, ATOM_INVALID_SIGNIFICANT, static_cast<int64_t>(from.significant));
  }
  if (from.fatal > 1) return malformed(error, ATOM_INVALID_FATAL, static_cast<int64_t>(from.fatal));
  if (has_start(from.start) == (from.supervisor != nullptr)) return malformed(error, ATOM_MISSING_START);
  if (!atom_exists(from_public(from.via_registry)) || !from_public(from.via_key).is_well_formed())
    return malformed(error, ATOM_INVALID_VIA);
  return RSP_OK;
}

rsp_result check_fields(const rsp_supervisor_opts& opts, Term* error) {
  if (opts.strategy < RSP_ONE_FOR_ONE || opts.strategy > RSP_DYNAMIC)
    return malformed(error, ATOM_INVALID_STRATEGY, opts.strategy);
  if (opts.max_restarts < 0) return malformed(error, ATOM_INVALID_INTENSITY, opts.max_restarts);
  if (opts.period_ms <= 0) return malformed(error, ATOM_INVALID_PERIOD, opts.period_ms);
  const bool is_given_children_later = opts.strategy == RSP_DYNAMIC;
  const uint64_t last = is_given_children_later ? RSP_AUTO_SHUTDOWN_NEVER : RSP_AUTO_SHUTDOWN_ALL_SIGNIFICANT;
  if (opts.auto_shutdown > last)
    return malformed(error, ATOM_INVALID_AUTO_SHUTDOWN, static_cast<int64_t>(opts.auto_shutdown));
  if (opts.max_children != 0 && !is_given_children_later)
    return malformed(error, ATOM_INVALID_MAX_CHILDREN, static_cast<int64_t>(opts.max_children));
  const TermBits extra = from_public(opts.extra_arguments);
  if (is_given_children_later ? !is_args_list(extra) : !extra.is_nil())
    return malformed(error, ATOM_INVALID_EXTRA_ARGUMENTS, extra);
  return RSP_OK;
}

/** Whether it can be one more of these children of a supervisor with these options. */
rsp_result check_child(const Child& child, const ChildList& others, Term* error,
                       const rsp_supervisor_opts& opts) {
  if (opts.strategy == RSP_SIMPLE_ONE_FOR_ONE && !is_args_list(child.start->args))
    return malformed(error, ATOM_INVALID_MFA, child.start->args);
  if (others.find(child.id) != nullptr) return malformed(error, ATOM_DUPLICATE_CHILD_NAME, child.id);
  return check_significant(child, opts.auto_shutdown, error);
}

/** Whether what it says of its end goes together. */
rsp_result check_combination(const Child& child, Term* error) {
  const bool temporary = child.restart == RSP_RESTART_TEMPORARY;
  if (child.significant && child.restart == RSP_RESTART_PERMANENT)
    return bad_combination(error, ATOM_RESTART, ATOM_PERMANENT, ATOM_SIGNIFICANT);
  if (child.fatal && temporary) return bad_combination(error, ATOM_RESTART, ATOM_TEMPORARY, ATOM_FATAL);
  if (child.backoff != nullptr && temporary)
    return bad_combination(error, ATOM_RESTART, ATOM_TEMPORARY, ATOM_BACKOFF);
  if (child.backoff != nullptr && child.fatal)
    return bad_combination(error, ATOM_FATAL, TermBits::boolean(true), ATOM_BACKOFF);
  return RSP_OK;
}

/** The specification first, then the type, then OTP's defaults. */
void fill_defaults(Child& child, const rsp_child_spec& from) {
  const rsp_server_ops* const ops = from.start.ops;
  child.type = from.type != RSP_CHILD_DEFAULT ? from.type
               : from.supervisor != nullptr   ? RSP_CHILD_SUPERVISOR
                                              : RSP_CHILD_WORKER;
  child.significant = from.significant != 0;
  child.fatal = from.fatal != 0;
  child.restart = from.restart;
  if (child.restart == RSP_RESTART_DEFAULT && ops != nullptr) child.restart = ops->restart;
  if (child.restart == RSP_RESTART_DEFAULT)
    child.restart = ops != nullptr && is_task(*ops) ? RSP_RESTART_TEMPORARY : RSP_RESTART_PERMANENT;
  child.shutdown = from.shutdown;
  child.shutdown_ms = from.shutdown_ms;
  if (child.shutdown == RSP_SHUTDOWN_DEFAULT && ops != nullptr) {
    child.shutdown = ops->shutdown;
    child.shutdown_ms = ops->shutdown_ms;
  }
  if (child.shutdown == RSP_SHUTDOWN_DEFAULT) {
    child.shutdown = child.type == RSP_CHILD_SUPERVISOR ? RSP_SHUTDOWN_INFINITY : RSP_SHUTDOWN_TIMEOUT;
    child.shutdown_ms = 5000;
  }
}

}  // namespace

void ChildList::append(Child* child) {
  child->next = nullptr;
  child->previous = last;
  (last == nullptr ? first : last->next) = child;
  last = child;
}

Child* ChildList::pop() {
  Child* const child = first;
  if (child != nullptr) remove(child);
  return child;
}

void ChildList::remove(Child* child) {
  (child->previous == nullptr ? first : child->previous->next) = child->next;
  (child->next == nullptr ? last : child->next->previous) = child->previous;
  child->next = child->previous = nullptr;
}

Child* ChildList::find(TermBits id) const {
  for (Child* child = first; child != nullptr; child = child->next) {
    if (equal(child->id, id)) return child;
  }
  return nullptr;
}

Child* ChildList::find_running(uint64_t pid) const {
  Child* child = pid == 0 ? nullptr : first;
  while (child != nullptr && child->pid.id != pid) child = child->next;
  return child;
}

void ChildList::clear() {
  while (Child* const child = pop()) free_child(child);
}

void free_child(Child* child) {
  if (child->start != nullptr) disown(child->start);
  mem_delete(child->backoff);
  mem_delete(child);
}

void unmake(Child* child) {
  if (child->start != nullptr) unmake(child->start);
  mem_delete(child->backoff);
  mem_delete(child);
}

void unmake(ChildList& children) {
  while (Child* const child = children.pop()) unmake(child);
}

rsp_result make_child(Child** out, Term* error, const rsp_child_spec& from) {
  rsp_result result = check_fields(from, error);
  if (result != RSP_OK) return result;
  Child* const child = mem_new<Child>();
  if (child == nullptr) {
    RSP_SOMETIMES("no memory for a child");
    return RSP_ENOMEM;
  }
  if (from.supervisor != nullptr) {
    result = make_start_spec(&child->start, error, *from.supervisor);
  } else {
    result = make_start_spec(&child->start, from.start);
    if (result == RSP_EINVAL) result = malformed(error, ATOM_MISSING_START);
  }
  if (result != RSP_OK) {
    free_child(child);
    return result;
  }
  fill_defaults(*child, from);
  if (child->start->function != nullptr && from.via_registry.id != 0) {
    unmake(child);  // it is for the function to say under which key
    return malformed(error, ATOM_INVALID_VIA);
  }
  child->via_registry = from_public(from.via_registry);
  child->via_key = Term::share(from_public(from.via_key));
  child->id = Term::share(from_public(from.id));
  if (child->id.is_nil()) {
    const bool is_nameless = child->start->name.id == 0 && child->start->handler != nullptr;
    if (is_nameless) {
      unmake(child);
      return malformed(error, ATOM_MISSING_ID);
    }
    child->id = child->start->name.id != 0 ? Term(child->start->name) : module_of(*child->start);
  }
  if (from.backoff != nullptr) result = make_backoff(&child->backoff, error, *from.backoff);
  if (result == RSP_OK) result = check_combination(*child, error);
  if (result != RSP_OK) {
    unmake(child);
    return result;
  }
  *out = child;
  return RSP_OK;
}

rsp_result check_significant(const Child& child, uint64_t auto_shutdown, Term* error) {
  const bool is_in_vain = child.significant && auto_shutdown == RSP_AUTO_SHUTDOWN_NEVER;
  return is_in_vain ? bad_combination(error, ATOM_AUTO_SHUTDOWN, ATOM_NEVER, ATOM_SIGNIFICANT) : RSP_OK;
}

bool is_dynamic(const rsp_supervisor_opts& opts) { return opts.strategy >= RSP_SIMPLE_ONE_FOR_ONE; }

rsp_result check_options(const rsp_supervisor_opts& opts, Term* error) {
  if (!atom_exists(from_public(opts.name))) return RSP_EINVAL;
  if (!from_public(opts.extra_arguments).is_well_formed()) return RSP_EINVAL;
  const rsp_result result = check_fields(opts, error);
  return result == RSP_OK ? RSP_OK : within(error, ATOM_SUPERVISOR_DATA);
}

rsp_result make_children(ChildList* out, Term* error, const ChildSpecs& from,
                         const rsp_supervisor_opts& opts) {
  const size_t wanted = opts.strategy == RSP_DYNAMIC ? 0 : 1;
  if (is_dynamic(opts) && from.size() != wanted)
    return malformed(error, ATOM_BAD_START_SPEC, static_cast<int64_t>(from.size()));
  for (size_t i = 0; i < from.size(); ++i) {
    Child* child = nullptr;
    rsp_result result = make_child(&child, error, from[i]);
    if (result == RSP_OK) {
      result = check_child(*child, *out, error, opts);
      if (result != RSP_OK) unmake(child);
    }
    if (result != RSP_OK) {
      unmake(*out);
      return result == RSP_ESPEC ? within(error, ATOM_START_SPEC) : result;
    }
    out->append(child);
  }
  return RSP_OK;
}

rsp_result make_supervisor_spec(SupervisorSpec** out, Term* error, const rsp_supervisor_spec& from) {
  if (!from_public(from.args).is_well_formed()) return RSP_EINVAL;
  rsp_result result = check_options(from.opts, error);
  if (result == RSP_OK && has_partitions(from)) result = check_partitions(from, error);
  if (result != RSP_OK) return result;
  SupervisorSpec* const spec = mem_new<SupervisorSpec>();
  if (spec == nullptr) return RSP_ENOMEM;
  spec->opts = from.opts;
  spec->opts.extra_arguments = rsp_term{};
  spec->init = from.init;
  spec->init_done = from.init_done;
  spec->partitions = from.partitions;
  spec->with_partition = from.with_partition != 0;
  if (from.module != nullptr) {
    const size_t length = std::strlen(from.module) + 1;
    spec->module = static_cast<char*>(mem_alloc(length));
    if (spec->module == nullptr) result = RSP_ENOMEM;
    if (spec->module != nullptr) std::memcpy(spec->module, from.module, length);
  }
  if (result == RSP_OK && has_partitions(from)) {
    result = make_partition(&spec->children, error, from);
  } else if (result == RSP_OK && from.init == nullptr) {
    result = make_children(&spec->children, error, ChildSpecs(from.children, from.child_count), from.opts);
  }
  spec->extra_arguments = Term::share(from_public(from.opts.extra_arguments));
  if (result != RSP_OK) {
    free_supervisor_spec(spec);  // its list is empty: make_children leaves nothing behind
    return result;
  }
  *out = spec;
  return RSP_OK;
}

void free_supervisor_spec(SupervisorSpec* spec) {
  spec->children.clear();
  mem_free(spec->module);
  mem_delete(spec);
}

Child* copy_child(const Child& from) {
  Backoff* const backoff = from.backoff == nullptr ? nullptr : mem_new<Backoff>(from.backoff->options);
  if (backoff == nullptr && from.backoff != nullptr) return nullptr;
  Child* const copy = mem_new<Child>();
  if (copy == nullptr) {
    mem_delete(backoff);
    return nullptr;
  }
  copy->id = from.id;
  copy->start = share(from.start);
  copy->via_registry = from.via_registry;
  copy->via_key = from.via_key;
  copy->restart = from.restart;
  copy->shutdown = from.shutdown;
  copy->shutdown_ms = from.shutdown_ms;
  copy->type = from.type;
  copy->significant = from.significant;
  copy->fatal = from.fatal;
  copy->backoff = backoff;
  return copy;
}

rsp_result copy_children(ChildList* out, const ChildList& from) {
  for (const Child* child = from.first; child != nullptr; child = child->next) {
    Child* const copy = copy_child(*child);
    if (copy == nullptr) {
      out->clear();
      return RSP_ENOMEM;
    }
    out->append(copy);
  }
  return RSP_OK;
}

}  // namespace rsp
