// Processes: who one is, exit signals, checkpoints, sections that block.
//
// A function that acts for a process takes the one whose code runs on this thread: the callback's, or the one that the thread
// attached (resprout/runtime.hpp). In a callback nothing waits: what would fails with RSP_EWOULDBLOCK. Each is a checkpoint:
// a process that an exit signal has ended gets process_exit from it.
//
// Threads, unless a function says otherwise: any that is a process. Rules: S-PROC, S-EXIT, S-NAT.
#pragma once

#include "resprout/exception.hpp"
#include "resprout/ids.hpp"
#include "resprout/process.h"
#include "resprout/term.hpp"
#include "resprout/timeout.hpp"

namespace resprout {
namespace detail {

/** The process whose code runs here. */
inline result<rsp_self*> current() noexcept {
  rsp_self* const self = rsp_current();
  if (self == nullptr) return Err{RSP_ENOTPROCESS};
  return Ok{self};
}

/** Calls `call(self, out)` for the process whose code runs here, and makes a T of what it writes. */
template <class T, class Raw, class Call>
result<T> ask(Call&& call) {
  const result<rsp_self*> self = current();
  if (!self) return Err{self.error()};
  Raw raw{};
  const rsp_result code = call(*self, &raw);
  if (code != RSP_OK) return Err{code};
  return Ok{T(raw)};
}

/** The same for a term, which the caller of `call` owns. */
template <class Call>
result<term> ask_term(Call&& call) {
  const result<rsp_self*> self = current();
  if (!self) return Err{self.error()};
  rsp_term raw{0, 0};
  const rsp_result code = call(*self, &raw);
  if (code != RSP_OK) return Err{code};
  return Ok{term::adopt(raw)};
}

/** Calls `call(self)` for it. */
template <class Call>
result<void> act(Call&& call) {
  const result<rsp_self*> self = current();
  if (!self) return Err{self.error()};
  return check(call(*self));
}

}  // namespace detail

/** The process whose code runs on this thread; none: the thread is no process. Thread: any. */
inline pid self() noexcept { return pid(rsp_self_pid(rsp_current())); }

/** Sends an exit signal: S-EXIT-8..17. Thread: any; one that is no process sends as the runtime's root. */
inline result<void> try_exit(pid to, const term& reason) {
  return detail::check(rsp_exit_signal(rsp_current(), to.raw(), reason.raw()));
}
inline void exit(pid to, const term& reason) { try_exit(to, reason).value(); }

/** Sets whether exit signals become messages; the former value. */
inline result<bool> try_trap_exit(bool on) {
  return detail::ask<bool, bool>([&](rsp_self* self, bool* out) { return rsp_trap_exit(self, out, on); });
}
inline bool trap_exit(bool on) { return try_trap_exit(on).value(); }

/** A checkpoint for code that computes for long. */
inline result<void> try_checkpoint() { return detail::act(&rsp_checkpoint); }
inline void checkpoint() { try_checkpoint().value(); }

/** Counts work that the runtime does not see, so that the turn ends sooner: 4,000 reductions are a turn. */
inline result<void> try_bump_reductions(uint32_t reductions) {
  return detail::act([&](rsp_self* self) { return rsp_bump_reductions(self, reductions); });
}
inline void bump_reductions(uint32_t reductions) { try_bump_reductions(reductions).value(); }

/** Whether a process lives, after the caller's earlier signals to it. Waits for it to answer. */
inline result<bool> try_is_alive(pid of, timeout within = infinite) {
  return detail::ask<bool, bool>(
      [&](rsp_self* self, bool* out) { return rsp_is_alive(self, out, of.raw(), within.milliseconds()); });
}
inline bool is_alive(pid of, timeout within = infinite) { return try_is_alive(of, within).value(); }

/** What a process says about itself, a map; nil if it is dead. Waits for it to answer. */
inline result<term> try_process_info(pid of, timeout within = infinite) {
  return detail::ask_term([&](rsp_self* self, rsp_term* out) {
    return rsp_process_info(self, out, of.raw(), within.milliseconds());
  });
}
inline term process_info(pid of, timeout within = infinite) { return try_process_info(of, within).value(); }

/** Says what the calling process is, for people who look at it: any term; nil: nothing. */
inline result<void> try_set_label(const term& label) {
  return detail::act([&](rsp_self* self) { return rsp_set_label(self, label.raw()); });
}
inline void set_label(const term& label) { try_set_label(label).value(); }

/** The label of the calling process; nil: it has none. */
inline result<term> try_get_label() { return detail::ask_term(&rsp_get_label); }
inline term get_label() { return try_get_label().value(); }

/** Suspends a process: none of its code runs until it is resumed, and none does when this returns. Waits for a callback
 * that runs. */
inline result<void> try_suspend(pid of, timeout within = infinite) {
  return detail::act([&](rsp_self* self) { return rsp_suspend(self, of.raw(), within.milliseconds()); });
}
inline void suspend(pid of, timeout within = infinite) { try_suspend(of, within).value(); }

/** Takes one suspension back that the caller has made. */
inline result<void> try_resume(pid of) {
  return detail::act([&](rsp_self* self) { return rsp_resume(self, of.raw()); });
}
inline void resume(pid of) { try_resume(of).value(); }

/** A fresh reference. */
inline result<ref> try_make_ref() { return detail::ask<ref, rsp_ref>(&rsp_make_ref); }
inline ref make_ref() { return try_make_ref().value(); }

/** Whether a process is behind: a thousand messages wait for it. Thread: any. */
inline bool is_pressed(pid of) noexcept { return rsp_is_pressed(of.raw()); }

/** A section that blocks, for a scope: another thread runs the other processes meanwhile, and this one may call nothing for
 * its process. Killed in it, the process is dead to all others at once. S-NAT-3. */
class blocking_section {
 public:
  blocking_section(blocking_section&& other) noexcept : self_(std::exchange(other.self_, nullptr)) {}
  blocking_section& operator=(blocking_section&&) = delete;
  /** Ends it; what comes next finds out whether the process was ended meanwhile. */
  ~blocking_section() { detail::ignore(end()); }

  static result<blocking_section> try_begin() {
    const result<rsp_self*> self = detail::current();
    if (!self) return Err{self.error()};
    const rsp_result code = rsp_blocking_begin(*self);
    if (code != RSP_OK) return Err{code};
    return Ok{blocking_section(*self)};
  }
  static blocking_section begin() { return try_begin().value(); }

  /** Ends it early. */
  rsp_result end() noexcept {
    return self_ == nullptr ? RSP_OK : rsp_blocking_end(std::exchange(self_, nullptr));
  }

 private:
  explicit blocking_section(rsp_self* self) noexcept : self_(self) {}
  rsp_self* self_;
};

/** Runs code that blocks, as a blocking section, and gives back what it returns. */
template <class Code>
auto try_blocking(Code&& code) -> result<std::decay_t<std::invoke_result_t<Code>>> {
  using returned = std::decay_t<std::invoke_result_t<Code>>;
  const result<blocking_section> section = blocking_section::try_begin();
  if (!section) return Err{section.error()};
  if constexpr (std::is_void_v<returned>) {
    std::forward<Code>(code)();
    return Ok<>{};
  } else {
    return Ok<returned>{std::forward<Code>(code)()};
  }
}
template <class Code>
auto blocking(Code&& code) {
  return try_blocking(std::forward<Code>(code)).value();
}

}  // namespace resprout
