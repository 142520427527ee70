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
// Waiting differs between handlers (core/otp/await_start.hpp) and attached threads (core/otp/client.hpp); StartWait is
// the part that does not.
//
// Whoever is not a supervisor has the child in its charge meanwhile (core/proc/charge.hpp): if it ends in the middle,
// nobody knows of the child, which then ends with it.
//
// A child that a function starts (core/otp/start_function.hpp) is started through another process, which is what StartWait
// spawns and waits for. Its outcome may be {ok, Pid} or {ok, Pid, Info} besides; then the supervisor adopts or rejects.
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
  bool charge = false;        // it ends with who starts it, as long as the start lasts
  uint64_t link_note = 0;     // SpawnOptions::link_note
  Term args;                  // for init, in place of the specification's; nil: those
  Via via;                    // what it is registered under, beside its name
  Term* ancestors = nullptr;  // as the last start has left them: siblings share them. nullptr: made anew
};

/** Makes a process of this specification: state, ancestors, and what the specification says of it are filled in; `options`
 * says the rest. `ancestors`: as in StartOptions. The results of spawn(). */
[[nodiscard]] rsp_result spawn_started(Process& self, StartSpec& spec, const Starter& starter,
                                       SpawnOptions options, Term* ancestors, Spawned* out);

/** {already_started, Pid}, as a reason. */
Term already_started(Pid holder);

/** {error, Reason}, as an outcome. */
Term error_outcome(TermBits reason);

/** Whether an outcome is {ok, Pid} or {ok, Pid, Info}. */
inline bool names_process(TermBits outcome) {
  return outcome.is_tagged(ATOM_OK, 2) || outcome.is_tagged(ATOM_OK, 3);
}

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

  /** Of a start function that has named a process: its child is this one, and nothing comes of the starter any more. */
  void adopt(Process& self, Pid child);

  /** The same: that cannot be its child, so the start has failed with `reason`. As abort. */
  void reject(Process& self, TermBits reason);

  uint64_t ref() const { return ref_.number; }
  uint64_t deadline_ns() const { return deadline_ns_; }
  Pid pid() const { return pid_; }
  /** The charge that the process is, if it was asked for. */
  uint64_t charge() const { return charge_; }
  /** After the end: `ok`, `ignore`, or {error, E}; of a start function {ok, Pid} or {ok, Pid, Info}, until adopt. */
  const Term& outcome() const { return outcome_; }
  bool is_ok() const { return outcome_.is(ATOM_OK); }
  bool is_ignore() const { return outcome_.is(ATOM_IGNORE); }
  /** Whether a start function has named a process, which is the second element of the outcome. */
  bool has_named() const { return names_process(outcome_); }
  /** The E of {error, E}. */
  Term error() const;
  /** If a monitor was asked for and the start is ok. */
  LocalRef monitor() const { return ref_; }
  /** What a start function says of its child, for who has asked for it; nil: nothing. */
  const Term& info() const { return info_; }
  /** RSP_OK; RSP_EIGNORE; or what stands for the E of {error, E}: RSP_ENAMETAKEN, RSP_ETIMEDOUT, RSP_ELIBRARY,
   * RSP_EEXITED. */
  rsp_result code() const;

 private:
  enum class State : uint8_t { STARTING, DYING, KILLED };

  void finish_failed(Process& self);
  void end_watch(Process& self);

  State state_ = State::STARTING;
  bool link_ = false;
  bool monitor_ = false;
  bool is_function_ = false;
  uint64_t charge_ = 0;
  Pid pid_{};
  LocalRef ref_{};
  uint64_t deadline_ns_ = NEVER;
  Term outcome_;
  Term info_;
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
