#include "core/proc/link.hpp"

#include "core/env/planted_bug.hpp"
#include "core/proc/inbox.hpp"
#include "core/proc/numbers.hpp"
#include "core/proc/post.hpp"
#include "core/proc/signal.hpp"

namespace rsp {
namespace {

/** The link stands, as one of both sides or only as an incidental one: it is one that is asked for from here on. */
rsp_result confirm_link(Process& self, Envelope& record) {
  if (!record.has(envelope_flag::INCIDENTAL)) return RSP_OK;
  Envelope* const signal = envelope_new(EnvelopeKind::LINK);
  if (signal == nullptr) return RSP_ENOMEM;
  record.flags &= static_cast<uint8_t>(~envelope_flag::INCIDENTAL);
  signal->from = self.id();
  if (try_post(record.peer, signal)) return RSP_OK;
  // It is dead: its exit signal is under way; or its UNLINK is, which cannot be crossed any more.
  record.number = UNCROSSED;
  envelope_free(signal);
  return RSP_OK;
}

/** Sends LINK and keeps the own record. *alive false: the peer is dead, and the record is gone or inactive.
 * `flags` are LINK's: none, or INCIDENTAL. */
rsp_result send_link(Process& self, uint64_t peer, uint8_t flags, bool* alive, Envelope** unsent) {
  Envelope* record = self.edges.find_link(peer);
  *alive = true;
  *unsent = nullptr;
  if (record != nullptr && record->has(envelope_flag::ACTIVE)) return confirm_link(self, *record);
  Envelope* const signal = envelope_new(EnvelopeKind::LINK);
  Envelope* const fresh = record == nullptr ? envelope_new(EnvelopeKind::LINKED) : nullptr;
  if (signal == nullptr || (record == nullptr && fresh == nullptr)) {
    envelope_free_blank(signal);
    envelope_free_blank(fresh);
    return RSP_ENOMEM;
  }
  signal->from = self.id();
  signal->flags = flags;
  if (!try_post(peer, signal)) {
    // An inactive record stays for the acknowledgement or the exit signal that is under way.
    envelope_free_blank(fresh);
    *alive = false;
    *unsent = signal;
    return RSP_OK;
  }
  if (record == nullptr) {
    record = fresh;
    record->peer = peer;
    self.edges.add(record);
  }
  record->flags &= static_cast<uint8_t>(~envelope_flag::INCIDENTAL);
  record->flags |= envelope_flag::ACTIVE | flags;
  record->number = 0;
  return RSP_OK;
}

/** The exit signal noproc, as if the link had stood: through the own mailbox, behind what the dead process
 * sent. */
void post_noproc(Process& self, uint64_t peer, Envelope* envelope) {
  envelope->kind = EnvelopeKind::EXIT_SIGNAL;
  envelope->term = Term(ATOM_NOPROC).release();
  envelope->from = peer;
  post(self.id(), envelope);
}

rsp_result link_as(Process& self, Pid peer, uint8_t flags) {
  if (peer.id == self.id()) return RSP_OK;
  bool alive;
  Envelope* unsent;
  const rsp_result result = send_link(self, peer.id, flags, &alive, &unsent);
  if (result != RSP_OK || alive) return result;
  if (self.has(process_flag::TRAP_EXIT)) {
    post_noproc(self, peer.id, unsent);
    return RSP_OK;
  }
  envelope_free(unsent);
  return RSP_ENOPROC;
}

/** `flags` are UNLINK's: none, or INCIDENTAL, which the peer does not follow that has asked for the link. `made`: the blank
 * signal for it, consumed, or nullptr. */
rsp_result unlink_as(Process& self, Pid peer, uint8_t flags, Envelope* made = nullptr) {
  Envelope* const record = self.edges.find_link(peer.id);
  if (record == nullptr || !record->has(envelope_flag::ACTIVE)) {
    envelope_free_blank(made);
    return RSP_OK;
  }
  Envelope* const signal = made != nullptr ? made : envelope_new(EnvelopeKind::UNLINK);
  if (signal == nullptr) return RSP_ENOMEM;
  record->flags &= static_cast<uint8_t>(~(envelope_flag::ACTIVE | envelope_flag::INCIDENTAL));
  record->flags |= flags;
  record->number = next_number();
  signal->from = self.id();
  signal->flags = flags;
  signal->number = record->number;
  if (!try_post(peer.id, signal)) {
    // The peer is dead: nobody will acknowledge. Its exit signal may be under way and finds no record.
    envelope_free(signal);
    if (RSP_PLANTED_BUG("link: given up with the dead, and kept")) return RSP_OK;
    self.edges.remove(record);
    retire(self, record);
  }
  return RSP_OK;
}

}  // namespace

rsp_result link(Process& self, Pid peer) { return link_as(self, peer, 0); }

rsp_result link_living(Process& self, Pid peer, uint64_t note) {
  bool alive;
  Envelope* unsent;
  const rsp_result result = send_link(self, peer.id, 0, &alive, &unsent);
  if (result != RSP_OK) return result;
  if (alive) {
    self.edges.find_link(peer.id)->aux = note;
    return RSP_OK;
  }
  envelope_free(unsent);
  for (Envelope* message = self.inbox_first; message != nullptr; message = next_of(message)) {
    if (message->kind == EnvelopeKind::EXIT && message->from == peer.id) return RSP_OK;
  }
  return RSP_ENOPROC;
}

rsp_result link_incidentally(Process& self, Pid peer) {
  return is_linked(self, peer) ? RSP_OK : link_as(self, peer, envelope_flag::INCIDENTAL);
}

rsp_result unlink_incidental(Process& self, Pid peer) {
  const Envelope* const record = self.edges.find_link(peer.id);
  if (record == nullptr || !record->has(envelope_flag::INCIDENTAL)) return RSP_OK;
  return unlink_as(self, peer, envelope_flag::INCIDENTAL);
}

rsp_result link_async(Process& self, Pid peer) {
  if (peer.id == self.id()) return RSP_OK;
  bool alive;
  Envelope* unsent;
  const rsp_result result = send_link(self, peer.id, 0, &alive, &unsent);
  if (result == RSP_OK && !alive) post_noproc(self, peer.id, unsent);
  return result;
}

rsp_result unlink(Process& self, Pid peer) { return unlink_as(self, peer, 0); }

uint64_t link_note(const Process& self, Pid peer) {
  const Envelope* const record = self.edges.find_link(peer.id);
  return record == nullptr ? 0 : record->aux;
}

void clear_link_note(Process& self, Pid peer) {
  if (Envelope* const record = self.edges.find_link(peer.id)) record->aux = 0;
  for (Envelope* message = self.inbox_first; message != nullptr; message = next_of(message)) {
    if (message->kind == EnvelopeKind::EXIT && message->from == peer.id) message->aux = 0;
  }
}

bool is_linked(const Process& self, Pid peer) {
  const Envelope* const record = self.edges.find_link(peer.id);
  return record != nullptr && record->has(envelope_flag::ACTIVE);
}

Envelope* unlink_new() { return envelope_new(EnvelopeKind::UNLINK); }

bool forget_link(Process& self, Pid peer, Term* reason, Envelope* made) {
  if (is_linked(self, peer)) {
    // It has not fired. Without memory for the unlink an EXIT may still come: one message that nobody asked
    // for, and whose note may name what is gone by then.
    self.edges.find_link(peer.id)->aux = 0;
    (void)unlink_as(self, peer, 0, made);
    return false;
  }
  envelope_free_blank(made);
  // The peer may have sent an EXIT besides: the oldest is taken, and the other says no more.
  clear_link_note(self, peer);
  Envelope* const message = take_message(self, [peer](const Envelope& candidate) {
    return candidate.kind == EnvelopeKind::EXIT && candidate.from == peer.id;
  });
  if (message == nullptr) return false;
  if (reason != nullptr) *reason = Term::share(message->term);
  retire(self, message);
  return true;
}

}  // namespace rsp
