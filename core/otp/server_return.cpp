#include "core/otp/server_return.hpp"

#include "core/term/reason.hpp"

namespace rsp {
namespace {

rsp_term keep(TermBits term) { return to_public(Term::share(term).release()); }

}  // namespace

Term ServerReturn::take(rsp_term& term) {
  const TermBits bits = from_public(term);
  term = rsp_term{0, 0};
  // What a callback puts here may be anything; a kind that does not exist is dropped like nil.
  return bits.is_well_formed() ? Term::adopt(bits) : Term();
}

Term ServerReturn::take_misplaced() {
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
  clear();
  raw.action = action;
  raw.reason = keep(reason);
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
  } else if (!in_init && thrown.is_tagged(ATOM_NOREPLY, 2)) {
    become(RSP_SERVER_NOREPLY, Term());
  } else if (in_call && thrown.is_tagged(ATOM_STOP, 4)) {
    become(RSP_SERVER_STOP_REPLY, thrown.element(1));
    raw.reply = keep(thrown.element(2));
  } else {
    become(RSP_SERVER_BAD_RETURN, thrown);
  }
}

Term bad_return(TermBits value) {
  Term reason;
  return or_atom(reason_tagged(&reason, ATOM_BAD_RETURN_VALUE, value), std::move(reason),
                 ATOM_BAD_RETURN_VALUE);
}

}  // namespace rsp
