#include "core/otp/server_return.hpp"

#include "core/term/reason.hpp"

namespace rsp {
namespace {

rsp_term keep(TermBits term) { return to_public(Term::share(term).release()); }

}  // namespace

Payload ServerReturn::take_payload() {
  if (raw.reply_ops == nullptr) return Payload{take_reply(), nullptr, nullptr};
  Payload payload{Term(), raw.reply_native, from_public(raw.reply_ops)};
  raw.reply_ops = nullptr;
  return payload;
}

bool ServerReturn::is_wait_sound(bool of_machine) const {
  if (of_machine && (raw.has_continue || raw.wait == RSP_SERVER_WAIT_TIMEOUT)) return false;
  switch (raw.wait) {
    case RSP_SERVER_WAIT_FOREVER:
      return raw.timeout_ms == 0;
    case RSP_SERVER_WAIT_TIMEOUT:
      return !raw.has_continue;
    case RSP_SERVER_WAIT_HIBERNATE:
      return raw.timeout_ms == 0 && !raw.has_continue;
  }
  return false;  // a value outside the enumeration, from C
}

Term ServerReturn::take_misplaced_wait() {
  Term misplaced;
  rsp_result result;
  if (raw.has_continue && (raw.wait != RSP_SERVER_WAIT_FOREVER || raw.timeout_ms == 0)) {
    const Term argument = take_continue();
    result = make_tuple(&misplaced, {ATOM_CONTINUE, argument});
  } else if (raw.timeout_ms != 0) {
    result = make_tuple(&misplaced, {ATOM_TIMEOUT, TermBits::integer(static_cast<int64_t>(raw.timeout_ms))});
  } else {
    result = make_tuple(&misplaced, {ATOM_WAIT, TermBits::integer(static_cast<int64_t>(raw.wait))});
  }
  return or_atom(result, std::move(misplaced), ATOM_WAIT);
}

Term ServerReturn::take_misplaced(bool of_machine) {
  const bool goes_on = raw.action == RSP_SERVER_NOREPLY || raw.action == RSP_SERVER_REPLY;
  if (goes_on && !is_wait_sound(of_machine)) return take_misplaced_wait();
  const Term reason = take_reason();
  const Term reply = take_reply();
  Term misplaced;
  rsp_result result = RSP_OK;
  switch (raw.action) {
    case RSP_SERVER_REPLY:
      result = make_tuple(&misplaced, {ATOM_REPLY, reply});
      break;
    case RSP_SERVER_STOP_REPLY:
      result = make_tuple(&misplaced, {ATOM_STOP, reason, reply});
      break;
    case RSP_SERVER_ERROR:
      result = make_tuple(&misplaced, {ATOM_ERROR, reason});
      break;
    case RSP_SERVER_IGNORE:
      misplaced = Term(ATOM_IGNORE);
      break;
    default:
      misplaced = reason;
  }
  return result == RSP_OK ? misplaced : reason;
}

void ServerReturn::clear() {
  take_reply();
  take_reason();
  take_continue();
  if (raw.reply_ops != nullptr) drop_guarded(raw.reply_ops->drop, raw.reply_native);
  raw = rsp_server_return{};
  raw.size = sizeof(rsp_server_return);
}

void ServerReturn::become(rsp_server_action action, TermBits reason) {
  void* const given = raw.state;
  clear();
  raw.state = given;
  raw.action = action;
  raw.reason = keep(reason);
}

/** False: it is none. */
bool ServerReturn::read_wait(TermBits wait) {
  if (wait.is(ATOM_HIBERNATE)) {
    raw.wait = RSP_SERVER_WAIT_HIBERNATE;
  } else if (wait.kind() == Kind::INT && wait.as_int() >= 0) {
    raw.wait = RSP_SERVER_WAIT_TIMEOUT;
    raw.timeout_ms = static_cast<uint64_t>(wait.as_int());
  } else if (wait.is_tagged(ATOM_CONTINUE, 2)) {
    raw.has_continue = true;
    raw.continue_term = keep(wait.element(1));
  } else {
    return wait.is(ATOM_INFINITY);
  }
  return true;
}

void ServerReturn::read_thrown(TermBits thrown, ServerStage stage) {
  const bool in_init = stage == ServerStage::INIT;
  const bool in_call = stage == ServerStage::CALL;
  if (in_init && thrown.is(ATOM_IGNORE)) {
    become(RSP_SERVER_IGNORE, Term());
  } else if (thrown.is_tagged(ATOM_STOP, in_init ? 2 : 3)) {
    become(RSP_SERVER_STOP, thrown.element(1));
  } else if (in_init && thrown.is_tagged(ATOM_ERROR, 2)) {
    become(RSP_SERVER_ERROR, thrown.element(1));
  } else if (in_call && thrown.is_tagged(ATOM_REPLY, 3)) {
    become(RSP_SERVER_REPLY, Term());
    raw.reply = keep(thrown.element(1));
  } else if (in_call && thrown.is_tagged(ATOM_REPLY, 4)) {
    become(RSP_SERVER_REPLY, Term());
    raw.reply = keep(thrown.element(1));
    if (!read_wait(thrown.element(3))) become(RSP_SERVER_BAD_RETURN, thrown);
  } else if (!in_init && thrown.is_tagged(ATOM_NOREPLY, 2)) {
    become(RSP_SERVER_NOREPLY, Term());
  } else if (!in_init && thrown.is_tagged(ATOM_NOREPLY, 3)) {
    become(RSP_SERVER_NOREPLY, Term());
    if (!read_wait(thrown.element(2))) become(RSP_SERVER_BAD_RETURN, thrown);
  } else if (in_call && thrown.is_tagged(ATOM_STOP, 4)) {
    become(RSP_SERVER_STOP_REPLY, thrown.element(1));
    raw.reply = keep(thrown.element(2));
  } else {
    become(RSP_SERVER_BAD_RETURN, thrown);
  }
}

Term bad_return(TermBits value, Atom tag) {
  Term reason;
  return or_atom(reason_tagged(&reason, tag, value), std::move(reason), tag);
}

}  // namespace rsp
