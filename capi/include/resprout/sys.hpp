// What a running behaviour is, has and does, seen from outside: OTP's sys. Of any server, event manager or supervisor, in whatever
// language it is written.
//
//     std::puts(sys::get_state("cache").to_string().c_str());   // what its format_status says
//     sys::trace("cache");                                       // from now on each event that it takes is a trace_report
//
// It answers between two callbacks, in order with its messages; none of them sees the question. Who is no behaviour does not
// answer: call_timeout. Thread: any; not in a callback. Rules: S-SYS.
#pragma once

#include "resprout/call.hpp"
#include "resprout/sys.h"

namespace resprout {
namespace detail {

/** A question that `ask(self, out, reason_out)` asks, from whatever thread. */
template <class Ask>
result<term> ask_behaviour(Ask&& ask) {
  const caller self;
  if (self.code() != RSP_OK) return Err{self.code()};
  held_term answer;
  held_term reason;
  const rsp_result code = ask(self.self(), answer.out(), reason.out());
  if (code != RSP_OK) return Err{failure(failure::of::CALL, code, std::move(reason))};
  return Ok{term::adopt(answer.release())};
}

}  // namespace detail

namespace sys {

/** Whom to ask: a process, or whoever has a name now. */
class behaviour {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): it stands for one
  behaviour(pid process) noexcept : raw_(process.raw()) {}
  // NOLINTNEXTLINE(google-explicit-constructor): the same
  behaviour(const atom& name) noexcept : raw_(rsp_whereis(name.raw())) {}
  // NOLINTNEXTLINE(google-explicit-constructor): the same
  behaviour(const char* name) : behaviour(atom(name)) {}

  rsp_pid raw() const noexcept { return raw_; }

 private:
  rsp_pid raw_;
};

/** What it is and does: a map of pid, behaviour, module, status, parent, registered_name, trace and state (S-SYS-2). */
inline result<term> try_get_status(behaviour of, timeout within = call_time) {
  return detail::ask_behaviour([&](rsp_self* self, rsp_term* out, rsp_term* reason) {
    return rsp_sys_get_status(self, out, reason, of.raw(), within.milliseconds());
  });
}
inline term get_status(behaviour of, timeout within = call_time) {
  return try_get_status(of, within).value();
}

/** What it has in its hands: of a server what its format_status says; of others as S-SYS-3 says. Nil: it says nothing. */
inline result<term> try_get_state(behaviour of, timeout within = call_time) {
  return detail::ask_behaviour([&](rsp_self* self, rsp_term* out, rsp_term* reason) {
    return rsp_sys_get_state(self, out, reason, of.raw(), within.milliseconds());
  });
}
inline term get_state(behaviour of, timeout within = call_time) { return try_get_state(of, within).value(); }

/** Has it report each event that it takes, each answer, and each change of a state machine's state, or no longer. */
inline result<void> try_trace(behaviour of, bool on = true, timeout within = call_time) {
  const result<term> done = detail::ask_behaviour([&](rsp_self* self, rsp_term*, rsp_term* reason) {
    return rsp_sys_trace(self, reason, of.raw(), on, within.milliseconds());
  });
  if (!done) return Err{done.error()};
  return Ok<>{};
}
inline void trace(behaviour of, bool on = true, timeout within = call_time) {
  try_trace(of, on, within).value();
}

}  // namespace sys
}  // namespace resprout
