// What to start, as data: kept by a supervisor for each restart, shared with the processes started from it.
#pragma once

#include "core/base/ids.hpp"
#include "core/otp/caller_structs.hpp"
#include "core/proc/api.hpp"
#include "core/term/term.hpp"

namespace rsp {

struct SupervisorSpec;
struct Starter;
struct StartSpec;
struct TaskTicket;

/** A key of a registry by which a process can be found. */
struct Via {
  Atom registry{};  // `undefined`: there is none
  Term key;
};

/** Which code a start specification runs. Each behaviour has its own, in its file. */
struct StartKind {
  const Behaviour* behaviour;
  /** The state of a new process of this specification, which it shares; nullptr when memory is short. The behaviour's
   * drop frees it. */
  void* (*new_state)(StartSpec& spec, const Starter& starter);
  /** What reports call the code. */
  const char* (*module)(const StartSpec& spec);
};

/** Immutable after it is made, but for the count of its owners. */
struct StartSpec {
  env::Atomic<uint32_t> owners{1};
  const StartKind* kind = nullptr;
  const rsp_server_ops* ops = nullptr;
  char* library = nullptr;
  char* symbol = nullptr;
  rsp_handler handler = nullptr;
  rsp_start_function function = nullptr;
  char* function_name = nullptr;
  SupervisorSpec* supervisor = nullptr;
  Term args;
  void* ctx = nullptr;
  void (*ctx_free)(void*) = nullptr;
  Atom name{};
  Lane* lane = nullptr;  // of the process
  uint64_t worker = 0;   // the same
  uint64_t stall_ms = 0;
  MailboxLimits limits{};        // of the process
  Lane* init_lane = nullptr;     // SUPERVISOR: of the process that runs its init
  TaskTicket* ticket = nullptr;  // of a task that begins when somebody says so (task.hpp)
};

// Public descriptions here are readable throughout (caller_structs.hpp).

/** A copy of a public description: RSP_EINVAL (malformed), RSP_ENOMEM. On RSP_OK ctx belongs to the copy,
 * else it stays the caller's. */
[[nodiscard]] rsp_result make_start_spec(StartSpec** out, const rsp_start_spec& from);

/** The same for a supervisor and all below it. *error names what is malformed in a child (then RSP_ESPEC). */
[[nodiscard]] rsp_result make_start_spec(StartSpec** out, Term* error,
                                         const rsp_supervisor_spec& description);

/** Whether both start the same but for their args, so that one of them can serve instead of the other. What they free is
 * theirs: with that they are not alike. */
bool is_alike(const StartSpec& spec, const StartSpec& other);

StartSpec* share(StartSpec* spec);
void disown(StartSpec* spec);
/** Undoes a make_start_spec: every ctx below is the caller's again. Nobody else shares `spec`. */
void unmake(StartSpec* spec);
/** Frees each ctx of a description that was not used: the caller has promised it to the runtime. */
void drop_contexts(const rsp_start_spec& spec);
void drop_contexts(const rsp_supervisor_spec& spec);
void drop_contexts(const ChildSpecs& children);

/** Whether this is a type of servers or of state machines: which of the two is clear. */
bool is_server_type(const rsp_server_ops& ops);

/** Whether a way to start is given at all. */
bool has_start(const rsp_start_spec& from);

/** Whether what is started gets to see its args. */
bool takes_args(const StartSpec& spec);

/** Args made of two lists; nil is an empty one. */
[[nodiscard]] rsp_result join_args(Term* out, TermBits first, TermBits second);
/** Whether these can be joined with others. */
bool is_args_list(TermBits args);

/** What reports call the code, as an atom where it fits into one. */
Term module_of(const StartSpec& spec);

}  // namespace rsp
