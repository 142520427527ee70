#include "core/otp/sys.hpp"

#include <algorithm>
#include <cstring>

#include "core/otp/client.hpp"
#include "core/term/reason.hpp"

namespace rsp {
namespace {

/** The payloads: which one it is says what is asked for. */
SystemRequest g_requests[] = {SystemRequest::GET_STATUS, SystemRequest::GET_STATE, SystemRequest::TRACE,
                              SystemRequest::NO_TRACE};

std::string_view text_of(SystemRequest request) {
  switch (request) {
    case SystemRequest::GET_STATUS:
      return "get_status";
    case SystemRequest::GET_STATE:
      return "get_state";
    case SystemRequest::TRACE:
      return "trace";
    case SystemRequest::NO_TRACE:
      return "no_trace";
  }
  RSP_UNREACHABLE("a system request");
}

/** What code of users may have begun and not ended. */
void clear_away(Process& self) {
  drop_exception(self);
  if (!self.has(process_flag::AWAITING)) return;
  if (Envelope* const answer = end_await(self)) retire(self, answer);
}

rsp_result make_status(Term* out, const Process& self, const SystemView& view, const Term& state) {
  return make_map(out, {{ATOM_PID, self.pid()},
                        {system_word("behaviour"), system_word(view.behaviour)},
                        {ATOM_MODULE, view.module},
                        // One that is suspended runs no code, so none that could say so (S-SYS-4).
                        {ATOM_STATUS, ATOM_RUNNING},
                        {ATOM_PARENT, Pid{self.parent, 0, 0}},
                        {ATOM_REGISTERED_NAME, name_of(self)},
                        {system_word("trace"), TermBits::boolean(*view.traced)},
                        {ATOM_STATE, state}});
}

/** {ok, _}, which tells any term from a failure. */
rsp_result make_answer(Term* out, Process& self, SystemRequest request, const SystemView& view) {
  Term answer;
  if (request == SystemRequest::TRACE || request == SystemRequest::NO_TRACE) {
    *view.traced = request == SystemRequest::TRACE;
  } else if (view.state != nullptr) {
    answer = view.state(self, view.owner);
    clear_away(self);
  }
  if (request == SystemRequest::GET_STATUS) {
    const Term state = std::move(answer);
    const rsp_result made = make_status(&answer, self, view, state);
    if (made != RSP_OK) return made;
  }
  return make_tuple(out, {TermBits(ATOM_OK), answer});
}

void report_trace(Process& self, TermBits what, TermBits client, std::span<const TermPair> more) {
  constexpr size_t FIXED = 5;
  TermPair pairs[FIXED + 2] = {{ATOM_PID, self.pid()},
                               {ATOM_REGISTERED_NAME, name_of(self)},
                               {ATOM_PROCESS_LABEL, label_of(self)},
                               {ATOM_EVENT, what},
                               {ATOM_CLIENT, client}};
  RSP_ASSERT(more.size() <= 2);
  std::copy(more.begin(), more.end(), pairs + FIXED);
  report(RSP_REPORT_NOTICE, ATOM_TRACE_REPORT, std::span<const TermPair>(pairs, FIXED + more.size()));
}

/** A word of a program's text is nobody's secret; another term may be made of what it works with. */
TermBits shown_word(TermBits term) {
  const bool is_word = term.kind() == Kind::ATOM || term.kind() == Kind::STRING;
  return is_word || reports_show(RSP_REPORT_STATES) ? term : TermBits(ATOM_ANY);
}

void trace_taken(Process& self, TermBits what, const Envelope& message) {
  if (!is_reported(RSP_REPORT_NOTICE)) return;
  const bool is_call = message.kind == EnvelopeKind::CALL;
  const Term shown = shown_message(message);
  const TermPair content{ATOM_LAST_MESSAGE, shown};
  report_trace(self, what, is_call ? TermBits(Pid{message.from, 0, 0}) : TermBits(ATOM_UNDEFINED),
               {&content, 1});
}

}  // namespace

Atom system_word(std::string_view text) {
  Atom atom{};
  return atom_intern(text, &atom) == RSP_OK ? atom : Atom{};
}

void drop_system_request(void*) {}

size_t describe_system_request(void* request, char* text, size_t capacity) {
  const std::string_view name = text_of(*static_cast<const SystemRequest*>(request));
  std::memcpy(text, name.data(), std::min(name.size(), capacity));
  return name.size();
}

Term said_by(Process& self, rsp_term (*format_status)(rsp_self*, void*), void* state) {
  if (format_status == nullptr) return Term();
  rsp_term said{};
  const Next next = guarded(self, [&] {
    said = format_status(to_public(self), state);
    return Next::CONTINUE;
  });
  drop_exception(self);  // also one that was raised, and not returned
  return next == Next::RAISE ? Term() : take_public(said);
}

void answer_system(Process& self, Envelope& message, const SystemView& view) {
  const SystemRequest request = *reinterpret_cast<const SystemRequest*>(message.term.data());
  const LocalRef to{message.ref, message.ref_owner};
  Term answer;
  const rsp_result made = make_answer(&answer, self, request, view);
  if (self.has(process_flag::CONDEMNED)) return;
  Payload payload{or_atom(made, std::move(answer), ATOM_SYSTEM_LIMIT), nullptr, nullptr};
  // The envelope of the call brings the answer, so memory for it is there.
  (void)reply_with_loan(self, message, to, payload);
}

rsp_result ask_system(Process& self, Pid dest, SystemRequest request, uint64_t timeout_ms, Term* out,
                      Term* reason) {
  Payload payload;
  payload.native = &g_requests[static_cast<size_t>(request)];
  payload.ops = &SYSTEM_OPS;
  const TermBits name = dest.is_none() ? TermBits(ATOM_UNDEFINED) : TermBits(dest);
  const Atom what = system_word(text_of(request));
  const auto give_reason = [&](TermBits why) {
    Term whole;
    const rsp_result built = reason_with_call_info(&whole, why, name, what, timeout_term(timeout_ms));
    *reason = built == RSP_OK ? std::move(whole) : Term::share(why);
  };
  Envelope* reply = nullptr;
  Term failure;
  const rsp_result result = call(self, dest, name, std::move(payload), timeout_ms, &reply, &failure);
  if (result != RSP_OK) {
    // That names a payload, which says nothing: it is to say what was asked for.
    const bool has_call =
        failure.kind() == Kind::TUPLE && failure.size() == 2 && failure.element(1).is_tagged(ATOM_CALL, 4);
    if (!failure.is_nil()) give_reason(has_call ? failure.element(0) : TermBits(failure));
    return result;
  }
  const bool is_term = !reply->has(envelope_flag::NATIVE);
  const Term answer = is_term ? Term::share(reply->term) : Term();
  envelope_free(reply);
  if (answer.is(ATOM_SYSTEM_LIMIT)) return RSP_ENOMEM;
  if (answer.is_tagged(ATOM_OK, 2)) {
    *out = Term::share(answer.element(1));
    return RSP_OK;
  }
  Term wrong;
  give_reason(
      or_atom(reason_tagged(&wrong, ATOM_BAD_RETURN_VALUE, answer), std::move(wrong), ATOM_BAD_RETURN_VALUE));
  return RSP_EEXITED;
}

void trace_message(Process& self, const Envelope& message) {
  const bool is_own = message.kind == EnvelopeKind::MESSAGE && message.from == self.id();
  Atom what = ATOM_INFO;
  if (message.kind == EnvelopeKind::CALL) what = ATOM_CALL;
  if (message.kind == EnvelopeKind::CAST) what = ATOM_CAST;
  if (is_own && !message.has(envelope_flag::NATIVE) && message.term.is(ATOM_TIMEOUT)) what = ATOM_TIMEOUT;
  trace_taken(self, what, message);
}

void trace_event(Process& self, std::string_view what, const Envelope& message) {
  trace_taken(self, system_word(what), message);
}

void trace_named_timeout(Process& self, TermBits name, const Envelope& message) {
  if (!is_reported(RSP_REPORT_NOTICE)) return;
  Term what;
  const rsp_result built = make_tuple(&what, {TermBits(ATOM_TIMEOUT), shown_word(name)});
  trace_taken(self, or_atom(built, std::move(what), ATOM_TIMEOUT), message);
}

void trace_reply(Process& self, uint64_t client, const Payload& answer) {
  if (!is_reported(RSP_REPORT_NOTICE)) return;
  Envelope message{};
  message.kind = EnvelopeKind::CALL_REPLY;
  if (answer.ops != nullptr) {
    message.flags = envelope_flag::NATIVE;
    message.native = answer.ops;
    message.term = TermBits::from_raw(0, reinterpret_cast<uint64_t>(answer.native));
  } else {
    message.term = answer.term;
  }
  const Term shown = shown_message(message);
  const TermPair content{ATOM_LAST_MESSAGE, shown};
  report_trace(self, ATOM_REPLY, Pid{client, 0, 0}, {&content, 1});
}

void trace_state(Process& self, TermBits before, TermBits after) {
  if (!is_reported(RSP_REPORT_NOTICE)) return;
  const TermPair states[] = {{ATOM_FROM, shown_word(before)}, {ATOM_TO, shown_word(after)}};
  report_trace(self, ATOM_STATE_CHANGE, ATOM_UNDEFINED, states);
}

}  // namespace rsp
