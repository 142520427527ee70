#include "core/otp/internal_server.hpp"

#include "core/otp/server_report.hpp"
#include "core/term/reason.hpp"

namespace rsp {

bool open_store(Process& self, Atom name, bool unique, const Term& listeners, rsp_server_return* ret) {
  self.flags |= process_flag::TRAP_EXIT;
  Pid holder;
  switch (open_keyed(self, name, unique, listeners, &holder)) {
    case RSP_OK:
      return true;
    case RSP_ENAMETAKEN:
      // Another one has the store, though not the name any more: somebody has unregistered that.
      ret->action = RSP_SERVER_ERROR;
      ret->reason = to_public(already_started(holder).release());
      return false;
    default:
      ret->action = RSP_SERVER_STOP;
      ret->reason = to_public(TermBits(ATOM_SYSTEM_LIMIT));
      return false;
  }
}

rsp_next refuse_call(rsp_self*, void*, rsp_msg*, rsp_from, rsp_server_return* ret) {
  Term refusal;
  const rsp_result built = make_tuple(&refusal, {TermBits(ATOM_ERROR), TermBits(ATOM_BADARG)});
  ret->action = RSP_SERVER_REPLY;
  ret->reply = to_public(or_atom(built, std::move(refusal), ATOM_ERROR).release());
  return RSP_NEXT_CONTINUE;
}

rsp_next report_odd_message(rsp_self* raw_self, void*, rsp_msg* raw_message, rsp_server_return*) {
  const Envelope& message = *from_public(raw_message);
  if (message.kind == EnvelopeKind::EXIT) return RSP_NEXT_CONTINUE;
  const InCall call(raw_self);
  if (!call.begun()) return RSP_NEXT_CONTINUE;
  report_unhandled(call.self(), message);
  return RSP_NEXT_CONTINUE;
}

}  // namespace rsp
