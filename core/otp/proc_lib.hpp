// The start protocol: a process is started when its init has said so (docs/semantics.md, S-START).
//
// The starter spawns the child monitored (and linked, for start_link) with a reference that is an alias too;
// the child answers through it. Outcomes for the starter:
//   ok           the child runs on
//   anything else (ignore, {error, E}) the child is ending: the starter waits until it is gone
//   DOWN         the child died without an answer: {error, Reason}
//   deadline     the child is killed, and waited for: {error, timeout}
// In every failing case nothing of the child is left in the starter's mailbox, neither EXIT nor DOWN.
//
// Waiting differs between handlers (await) and attached threads (core/otp/client.hpp); StartWait is the part
// that does not.
#pragma once

#include "core/otp/start_spec.hpp"
#include "core/proc/api.hpp"

namespace rsp {

/** Who starts a process, and with what. */
struct Starter {
  LocalRef ref{};       // where the outcome goes; number 0: nobody waits
  Term args;            // of init
  Via via;              // registered like its name
  LocalRef reply_to{};  // of a task: where its value goes; number 0: nowhere
};

struct StartOptions {
  bool link = false;
  bool monitor = false;
  uint64_t deadline_ns = NEVER;
  uint64_t link_note = 0;  // SpawnOptions::link_note
  Term args;               // for init, in place of the specification's; nil: those
  Via via;                 // what it is registered under, beside its name
};

/** Makes a process of this specification: state, ancestors, and what the specification says of it are filled in; `options`
 * says the rest. The results of spawn(). */
[[nodiscard]] rsp_result spawn_started(Process& self, StartSpec& spec, const Starter& starter,
                                       SpawnOptions options, Spawned* out);

/** {already_started, Pid}, as a reason. */
Term already_started(Pid holder);

/** {error, Reason}, as an outcome. */
Term error_outcome(TermBits reason);

/** One start under way. */
class StartWait {
 public:
  /** Spawns the child. RSP_OK: wait for ref() until deadline_ns(), and hand what comes to on_answer. RSP_EINVAL: there is
   * no such worker. */
  [[nodiscard]] rsp_result begin(Process& self, StartSpec& spec, const StartOptions& options);

  /** The answer, or nullptr for the deadline. True: the start is over. False: wait for ref() again. */
  bool on_answer(Process& self, const Envelope* answer);

  /** Where begin() could make no process: the start is over, and failed with `reason`. */
  void refuse(Atom reason) { outcome_ = error_outcome(reason); }

  /** Gives the start up: the child is killed; wait for ref() until deadline_ns() as before, until on_answer says that it is
   * over. */
  void abort(Process& self);

  /** Gives the start up without waiting for its end: the child is killed, and nothing of it comes later. */
  void forsake(Process& self);

  uint64_t ref() const { return ref_.number; }
  uint64_t deadline_ns() const { return deadline_ns_; }
  Pid pid() const { return pid_; }
  /** After the end: `ok`, `ignore`, or {error, E}. */
  const Term& outcome() const { return outcome_; }
  bool is_ok() const { return outcome_.is(ATOM_OK); }
  bool is_ignore() const { return outcome_.is(ATOM_IGNORE); }
  /** The E of {error, E}. */
  Term error() const;
  /** If a monitor was asked for and the start is ok. */
  LocalRef monitor() const { return ref_; }

 private:
  enum class State : uint8_t { STARTING, DYING, KILLED };

  void finish_failed(Process& self);

  State state_ = State::STARTING;
  bool link_ = false;
  bool monitor_ = false;
  Pid pid_{};
  LocalRef ref_{};
  uint64_t deadline_ns_ = NEVER;
  Term outcome_;
};

/** The child tells its starter. `outcome` as above. */
void init_ack(Process& self, const Starter& starter, TermBits outcome);

/** Registers the child under its name and its key, if it has them. False: one is taken, and the starter was told {error,
 * {already_started, Pid}}; or there can be no such key: {error, {noproc, Via}}, {error, {badarg, Via}}. */
bool register_started(Process& self, Atom name, const Starter& starter);

/** Ends the calling behaviour for `reason`: `return end_for(self, reason)`. Says nothing of it in any report.
 * */
Next end_for(Process& self, Term reason);

}  // namespace rsp
