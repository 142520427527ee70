#include "core/otp/partition_supervisor.hpp"

#include "core/otp/registry.hpp"
#include "core/term/compare.hpp"

namespace rsp {
namespace {

/** More copies of one child than anybody means. */
constexpr uint64_t MOST_PARTITIONS = uint64_t{1} << 20;

rsp_result bad_option(Term* error, Atom what, TermBits value) {
  (void)malformed(error, what, value);
  return within(error, ATOM_SUPERVISOR_DATA);
}

rsp_result bad_option(Term* error, Atom what, uint64_t value) {
  return bad_option(error, what, TermBits::integer(static_cast<int64_t>(value)));
}

/** Whether each partition can be started with what it is given. */
rsp_result check_partition(const Child& child, bool with_partition, Term* error) {
  if (child.via_registry.id != 0)
    return malformed(error, ATOM_INVALID_VIA, via_term(child.via_registry, child.via_key));
  if (child.start->function != nullptr)
    return malformed(error, ATOM_BAD_START_SPEC, module_of(*child.start));  // which could not give it its key
  if (!with_partition) return RSP_OK;
  const TermBits args = child.start->args;
  if (!takes_args(*child.start) || !is_args_list(args)) return malformed(error, ATOM_INVALID_MFA, args);
  return RSP_OK;
}

/** The number of partitions, as long as the supervisor runs; 0: there is none. */
uint64_t number_of_partitions(KeyedStore& store) {
  Term meta;
  TermBits number;
  if (meta_of(store, &meta) != RSP_OK || !meta.find(ATOM_PARTITIONS, &number)) return 0;
  return number.kind() == Kind::INT && number.as_int() > 0 ? static_cast<uint64_t>(number.as_int()) : 0;
}

uint64_t magnitude(int64_t number) {
  return number < 0 ? 0 - static_cast<uint64_t>(number) : static_cast<uint64_t>(number);
}

/** Makes the child the partition of this number. */
rsp_result become_partition(Child& child, Atom supervisor, uint64_t number, bool with_partition) {
  const TermBits id = TermBits::integer(static_cast<int64_t>(number));
  child.id = Term::share(id);
  child.via_registry = supervisor;
  child.via_key = Term::share(id);
  if (!with_partition) return RSP_OK;
  Term more;
  const rsp_result result = make_list(&more, std::span<const TermBits>(&id, 1));
  return result == RSP_OK ? join_args(&child.args, child.start->args, more) : result;
}

}  // namespace

rsp_result check_partitions(const rsp_supervisor_spec& from, Term* error) {
  const rsp_supervisor_opts& opts = from.opts;
  if (from.init != nullptr) return RSP_EINVAL;
  if (opts.name.id == 0) return bad_option(error, ATOM_MISSING_NAME, ATOM_UNDEFINED);
  if (from.partitions > MOST_PARTITIONS && from.partitions != RSP_PARTITIONS_AS_WORKERS)
    return bad_option(error, ATOM_INVALID_PARTITIONS, from.partitions);
  if (is_dynamic(opts)) return bad_option(error, ATOM_INVALID_STRATEGY, opts.strategy);
  if (opts.auto_shutdown != RSP_AUTO_SHUTDOWN_NEVER)
    return bad_option(error, ATOM_INVALID_AUTO_SHUTDOWN, opts.auto_shutdown);
  return RSP_OK;
}

rsp_result make_partition(ChildList* out, Term* error, const rsp_supervisor_spec& from) {
  const ChildSpecs children(from.children, from.child_count);
  if (children.size() != 1)
    return malformed(error, ATOM_BAD_START_SPEC, TermBits::integer(static_cast<int64_t>(children.size())));
  rsp_child_spec description = children[0];
  description.id = rsp_term_int(0);
  Child* child = nullptr;
  rsp_result result = make_child(&child, error, description);
  if (result == RSP_OK) {
    result = check_partition(*child, from.with_partition != 0, error);
    if (result == RSP_OK) result = check_significant(*child, RSP_AUTO_SHUTDOWN_NEVER, error);
    if (result != RSP_OK) unmake(child);
  }
  if (result == RSP_ESPEC) return within(error, ATOM_START_SPEC);
  if (result == RSP_OK) out->append(child);
  return result;
}

rsp_result open_partitions(Process& self, Atom name, const SupervisorSpec& spec, ChildList* children,
                           Pid* holder) {
  const uint64_t count = spec.partitions == RSP_PARTITIONS_AS_WORKERS ? worker_count() : spec.partitions;
  rsp_result result = open_keyed(self, name, true, Term::empty(Kind::LIST), holder);
  if (result != RSP_OK) return result;
  Child* const first = children->first;
  for (uint64_t number = 0; number < count && result == RSP_OK; ++number) {
    Child* const child = number == 0 ? first : copy_child(*first);
    if (child == nullptr) return RSP_ENOMEM;
    if (number != 0) children->append(child);
    result = become_partition(*child, name, number, spec.with_partition);
  }
  if (result != RSP_OK) return result;
  return put_meta(name, TermBits(ATOM_PARTITIONS), TermBits::integer(static_cast<int64_t>(count)));
}

rsp_result count_partitions(Atom supervisor, uint64_t* out) {
  KeyedStore* const store = keyed_store(supervisor);
  const uint64_t count = store == nullptr ? 0 : number_of_partitions(*store);
  if (count == 0) return RSP_ENONAME;
  *out = count;
  return RSP_OK;
}

rsp_result whereis_partition(Atom supervisor, TermBits key, Pid* out) {
  KeyedStore* const store = keyed_store(supervisor);
  const uint64_t count = store == nullptr ? 0 : number_of_partitions(*store);
  if (count == 0) return RSP_ENONAME;
  const uint64_t number = (key.kind() == Kind::INT ? magnitude(key.as_int()) : hash(key)) % count;
  return find_owner(*store, TermBits::integer(static_cast<int64_t>(number)), out);
}

}  // namespace rsp
