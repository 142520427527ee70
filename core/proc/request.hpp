// Requests: a question to another process that is answered once, by a reply or by the other's end (docs/semantics.md,
// S-SRV). The first half of every call.
//
// A request is one envelope, CALL: the message that the other process gets, and at the same time the monitor on it. From
// its reception on it is a record of that process (PENDING), so it goes back exactly once: as the reply (CALL_REPLY), or,
// when that process ends, as DOWN. Who asked keeps a record of its own (WATCHING), which is alias and monitor; the first
// answer that is received through it ends it, and all others are dropped at reception.
//
//   asked by    send_request     WATCHING is made, CALL is pushed
//   received    receive_call     PENDING | UNREAD: a record, and in the inbox
//   delivered   begin_loan       UNREAD -> LENT: user code has the message
//   replied     reply            not LENT: CALL itself becomes CALL_REPLY. LENT: its payload may be being read, so a fresh
//                                envelope does
//               reply_with_loan  the callback is over and nothing is sent before the loan ends: CALL becomes CALL_REPLY
//                                then (ANSWERED)
//   given up    DEMONITOR        the deadline, a reply by others, the end of the asker: no longer PENDING
//   the end     call_ended       not a message any more: DOWN at once. UNREAD: when it is taken out of the inbox
//                                (DOOMED). LENT, which only code of a dead process in a blocking section has: a fresh DOWN
//                                at once, or without memory when the loan ends (DOOMED)
//
//   R1  The envelope is freed, or goes elsewhere, when it is neither a message (UNREAD, LENT) nor a record (PENDING).
//   R2  A message that user code keeps (rsp_receive) is no record: part_call puts a WATCHER in its place before.
//   R3  A reply that comes another way (from a third process, through the alias) is answered by DEMONITOR, which ends the
//       record at the process that was asked.
//   R4  A request to oneself is a message only: nobody outlives himself to hear of his end.
//
// The parts are bits of Envelope::number. All of it belongs to the owner of the process that was asked, which is why
// nothing here is atomic.
#pragma once

#include "core/base/ids.hpp"
#include "core/proc/message.hpp"
#include "core/proc/process.hpp"
#include "resprout/result.h"

namespace rsp {

namespace call_part {
constexpr uint64_t PENDING = 1;
constexpr uint64_t UNREAD = 2;
constexpr uint64_t LENT = 4;
constexpr uint64_t ANSWERED = 8;
constexpr uint64_t DOOMED = 16;
}  // namespace call_part

/** Sends CALL to `to`, and watches it. The answer is a message through *out, or its DOWN. On failure the payload stays
 * with the caller. */
[[nodiscard]] rsp_result send_request(Process& self, Pid to, Payload& payload, LocalRef* out);

/** The same to whoever has the name now. A free name: the answer is its DOWN, noproc, whose object is the name. */
[[nodiscard]] rsp_result send_request_name(Process& self, Atom name, Payload& payload, LocalRef* out);

/** Gives a request up: monitor and alias end, and an answer that waits already is taken out. */
void abandon_request(Process& self, LocalRef request);

/** Whether a message that was received is the answer to this request, the reply or the DOWN. With its reception the
 * request was over: monitor and alias are gone. */
inline bool answers(const Envelope& message, LocalRef request) {
  // The reference of a request that waits itself, which a process may have sent to itself, is not its answer's.
  if (message.kind == EnvelopeKind::CALL || message.ref == 0) return false;
  return message.ref == request.number && message.ref_owner == request.owner;
}

/** gen_server:reply/2. `self` nullptr: a foreign thread. As send_alias. */
[[nodiscard]] rsp_result reply(Process* self, LocalRef to, Payload& payload);

/** The reply to `lent`, whose callback is over; nothing else may be sent before the loan ends. */
[[nodiscard]] rsp_result reply_with_loan(Process& self, Envelope& lent, LocalRef to, Payload& payload);

// ---- For the code of reception, turns and exits. The owner. ----

/** CALL was taken: it becomes a record. The message part is the caller's to deliver. */
void receive_call(Process& self, Envelope* call);

/** Who asked is no longer interested; `call` is pending. */
void give_up_call(Process& self, Envelope* call);

/** Whether this message is a request that is a record too, or still goes back. */
inline bool is_request(const Envelope* message) {
  return message->kind == EnvelopeKind::CALL && message->number != 0;
}

/** A message was taken out of the inbox to be lent to user code. */
void begin_loan(Envelope* message);

/** The message part of a request is over: read, or dropped unread. */
void end_message(Process& self, Envelope* call);

/** Before user code may keep a message (R2). False: memory is short, and nothing has changed. */
[[nodiscard]] bool part_call(Process& self, Envelope* call);

/** The process has ended; `call`, which is out of the list of records, goes back as DOWN or waits for its message part. */
void call_ended(Process& self, Envelope* call);

}  // namespace rsp
