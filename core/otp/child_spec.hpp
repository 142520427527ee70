// Child specifications: checked, with the defaults filled in (docs/semantics.md, S-SUP).
#pragma once

#include "core/otp/backoff.hpp"
#include "core/otp/start_spec.hpp"
#include "core/term/term.hpp"

namespace rsp {

/** One child of a supervisor: its specification, and what is running of it. Owned by the supervisor. There may be a million,
 * so it is two cache lines, and what many have in common is in `start`, which they share. */
struct Child {
  Child* next = nullptr;
  Child* previous = nullptr;
  Term id;
  StartSpec* start = nullptr;
  Term args;     // for init, in place of the specification's; nil: those
  Term via_key;  // in via_registry
  Atom via_registry{};
  rsp_restart restart : 4 = RSP_RESTART_PERMANENT;
  rsp_shutdown shutdown : 4 = RSP_SHUTDOWN_TIMEOUT;
  rsp_child_type type : 4 = RSP_CHILD_WORKER;
  bool significant : 1 = false;
  bool fatal : 1 = false;
  bool restarting : 1 = false;  // its restart failed and will be tried again, or is delayed
  bool is_to_stop : 1 = false;  // it runs, and is among those that are being stopped
  bool has_ended : 1 = false;   // then: by itself, before it was told to, for end_reason
  bool is_down : 1 = false;     // of a dynamic supervisor, then: its DOWN has come, its EXIT will
  bool is_late : 1 = false;     // it was killed as the time of the whole runtime was up: no news any more
  uint64_t shutdown_ms = 5000;
  Backoff* backoff = nullptr;  // it is started again with a delay
  Pid pid{};                   // none: not running
  Term end_reason;
};

static_assert(sizeof(Child) == 128);

/** Children in order of start. */
struct ChildList {
  Child* first = nullptr;
  Child* last = nullptr;

  void append(Child* child);
  void remove(Child* child);
  /** Takes the first out; nullptr when there is none. */
  Child* pop();
  Child* find(TermBits id) const;
  /** By its process; nullptr for 0. */
  Child* find_running(uint64_t pid) const;
  /** Frees all children. */
  void clear();
};

void free_child(Child* child);
/** Frees children that were made and not used: every ctx is the caller's again. */
void unmake(Child* child);
void unmake(ChildList& children);

// Public descriptions here are readable throughout (caller_structs.hpp), and what they are made from is ours.

/** A child from its public description. RSP_ESPEC: *error names the field, as OTP does: missing_start,
 * {invalid_restart_type, V}, ... */
[[nodiscard]] rsp_result make_child(Child** out, Term* error, const rsp_child_spec& from);

/** What a supervisor that is given directly consists of, or the callback that makes it. Immutable. */
struct SupervisorSpec {
  rsp_supervisor_opts opts = RSP_SUPERVISOR_OPTS_INIT;
  ChildList children;
  Term extra_arguments;
  char* module = nullptr;
  rsp_next (*init)(rsp_self*, void*, rsp_term, rsp_supervisor_init*) = nullptr;
  void (*init_done)(void*, rsp_supervisor_init*) = nullptr;
  uint64_t partitions =
      0;  // not 0: of a PartitionSupervisor, and `children` is the one that all are copies of
  bool with_partition = false;
};

/** RSP_ESPEC: *error is {supervisor_data, E}, or as of make_children. */
[[nodiscard]] rsp_result make_supervisor_spec(SupervisorSpec** out, Term* error,
                                              const rsp_supervisor_spec& from);
void free_supervisor_spec(SupervisorSpec* spec);

/** A further child of the same specification, not running; nullptr when memory is short. */
Child* copy_child(const Child& from);
/** A further list of the same children, not running. RSP_ENOMEM: nothing is left of it. */
[[nodiscard]] rsp_result copy_children(ChildList* out, const ChildList& from);

/** Copies children of a supervisor with these options, which are fine; the ids must be unique. RSP_ESPEC: *error is
 * {start_spec, E}, or of a dynamic supervisor that is not given as many as it must be {bad_start_spec, N}. */
[[nodiscard]] rsp_result make_children(ChildList* out, Term* error, const ChildSpecs& from,
                                       const rsp_supervisor_opts& opts);

/** Whether a supervisor with this auto_shutdown takes the child. RSP_ESPEC: *error is {bad_combination, _}. */
[[nodiscard]] rsp_result check_significant(const Child& child, uint64_t auto_shutdown, Term* error);

/** *error is {supervisor_data, E} on RSP_ESPEC. */
[[nodiscard]] rsp_result check_options(const rsp_supervisor_opts& opts, Term* error);

/** RSP_ESPEC with {What, Value}; with {Outer, E} around the E that is there. */
rsp_result malformed(Term* error, Atom what, TermBits value);
rsp_result within(Term* error, Atom outer);

/** Whether children come and go, and have no ids. */
bool is_dynamic(const rsp_supervisor_opts& opts);

}  // namespace rsp
