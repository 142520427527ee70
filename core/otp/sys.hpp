// sys: what can be asked of every behaviour from outside, whatever it serves (docs/semantics.md, S-SYS).
//
// A system message is a call with a payload of ours: it waits in order with all other messages, its answer or the end of who
// is asked comes back by the way of each call, and who is no behaviour finds a call that means nothing to it. A behaviour
// looks for it before anything else it does with a message, answers, and goes on waiting as it did.
//
//   is_system_message   of each message: one flag, which is off
//   answer_system       by the behaviour, with what it shows of itself
//   traced              a flag of the behaviour's: it reports what it takes, and what comes of it
//
// Rejected: an envelope kind of its own, which each behaviour would ignore until it learns of it, where a call is at least
// refused; and a term as the payload, which a program may send as well.
#pragma once

#include <string_view>

#include "core/otp/start_spec.hpp"
#include "core/proc/api.hpp"

namespace rsp {

enum class SystemRequest : uint8_t { GET_STATUS, GET_STATE, TRACE, NO_TRACE };

void drop_system_request(void* request);
size_t describe_system_request(void* request, char* text, size_t capacity);
inline constexpr NativeOps SYSTEM_OPS{sizeof(NativeOps), &drop_system_request, &describe_system_request};

inline bool is_system_message(const Envelope& message) {
  return message.has(envelope_flag::NATIVE) && message.native == &SYSTEM_OPS;
}

/** Words that only answers and reports of this kind have. Where no more atoms can be made: `undefined`. */
Atom system_word(std::string_view text);

/** What a behaviour shows of itself. */
struct SystemView {
  std::string_view behaviour;
  TermBits module;  // the name of its callbacks
  bool* traced;
  /** What its state is, nil: it says nothing; nullptr: never. It may run code of users, and what that leaves behind is
   * cleared away. */
  Term (*state)(Process& self, const void* owner);
  const void* owner;
};

/** What a format_status says; nullptr says nothing. What it raises there is nothing it says. */
Term said_by(Process& self, rsp_term (*format_status)(rsp_self* self, void* state), void* state);

/** Answers a message that is one, with its loan: nothing else may be sent before that ends. A signal may end the process. */
void answer_system(Process& self, Envelope& message, const SystemView& view);

/** Asks: get_status, get_state and trace of OTP's sys. RSP_OK: *out is the answer. Else as call() of client.hpp; RSP_EEXITED
 * also of who answers something else. `dest` none: nobody, which is noproc. */
[[nodiscard]] rsp_result ask_system(Process& self, Pid dest, SystemRequest request, uint64_t timeout_ms,
                                    Term* out, Term* reason);

// ---- Reports of who is traced. Off the path of who is not. ----

/** A message was taken: call, cast, timeout (begin_idle) or info. */
[[gnu::cold]] void trace_message(Process& self, const Envelope& message);
/** An event of a state machine. `what`: which kind. */
[[gnu::cold]] void trace_event(Process& self, std::string_view what, const Envelope& message);
/** The same of {timeout, Name}. */
[[gnu::cold]] void trace_named_timeout(Process& self, TermBits name, const Envelope& message);
/** An answer is about to be sent. */
[[gnu::cold]] void trace_reply(Process& self, uint64_t client, const Payload& answer);
/** A state machine is in another state. */
[[gnu::cold]] void trace_state(Process& self, TermBits before, TermBits after);

}  // namespace rsp
