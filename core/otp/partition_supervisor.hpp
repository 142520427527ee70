// PartitionSupervisor: a supervisor of so many copies of one child, its partitions, each of which serves a part of all keys
// (docs/semantics.md, S-PART). Elixir's.
//
// It is a supervisor like any other, with children that differ in their ids alone, 0 to N-1. Each is started under its id as
// the key in a store that the supervisor has open under its own name (core/proc/keyed.hpp), so that a partition is found by any
// thread, asks nobody, and is not found when it is dead.
//
// The lookups: any thread; RSP_ENONAME where no such supervisor runs.
#pragma once

#include "core/otp/child_spec.hpp"
#include "core/proc/api.hpp"

namespace rsp {

/** Whether a description of a supervisor is that of one. */
inline bool has_partitions(const rsp_supervisor_spec& spec) { return spec.partitions != 0; }

/** Whether its options can be those of one. RSP_ESPEC: *error is {supervisor_data, E}. */
[[nodiscard]] rsp_result check_partitions(const rsp_supervisor_spec& from, Term* error);

/** The one child that all are copies of. RSP_ESPEC: *error is {start_spec, E}, or {bad_start_spec, N} where N are given. */
[[nodiscard]] rsp_result make_partition(ChildList* out, Term* error, const rsp_supervisor_spec& from);

/** In the process of the supervisor, which has this name: its table is there, and of the one child there are as many as there
 * are partitions. RSP_ENAMETAKEN: *holder has a table of this name. RSP_ENOMEM. */
[[nodiscard]] rsp_result open_partitions(Process& self, Atom name, const SupervisorSpec& spec,
                                         ChildList* children, Pid* holder);

/** How many there are. */
[[nodiscard]] rsp_result count_partitions(Atom supervisor, uint64_t* out);

/** The partition that a key belongs to: of an integer its magnitude modulo their number, of any other term its hash. None: it
 * has no process just now. */
[[nodiscard]] rsp_result whereis_partition(Atom supervisor, TermBits key, Pid* out);

}  // namespace rsp
