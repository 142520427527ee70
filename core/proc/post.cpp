#include "core/proc/post.hpp"

#include "core/proc/attached.hpp"
#include "core/proc/table.hpp"
#include "core/proc/turn.hpp"
#include "core/term/reason.hpp"

namespace rsp {

bool try_post(uint64_t to, Envelope* envelope) {
  const Pid pid{to, 0, 0};
  Process* const process = table().at(pid.index());
  if (process == nullptr) return false;
  envelope->to_serial = pid.serial();
  const bool can_wait = envelope->can_wait();
  const bool is_message = envelope->is_message();
  const Pushed pushed = process->mailbox.push(envelope, process->serial, pid.serial(), can_wait);
  if (pushed == Pushed::DEAD) return false;
  after_push(*process, pushed, !is_message);
  return true;
}

void post(uint64_t to, Envelope* envelope) {
  if (!try_post(to, envelope)) answer_for_the_dead(to, envelope);
}

void answer_for_the_dead(uint64_t dead, Envelope* envelope) {
  // A loop and not a recursion: the one who asked may be dead too.
  switch (envelope->kind) {
    case EnvelopeKind::MONITOR:
      envelope->kind = EnvelopeKind::MONITOR_DOWN;
      envelope->term = Term(ATOM_NOPROC).release();
      break;
    case EnvelopeKind::LINK:
      envelope->kind = EnvelopeKind::EXIT_LINK;
      envelope->term = Term(ATOM_NOPROC).release();
      break;
    case EnvelopeKind::UNLINK:
      envelope->kind = EnvelopeKind::UNLINK_ACK;
      break;
    case EnvelopeKind::OVERFLOW:
      if (!envelope->has(envelope_flag::ACTIVE)) return envelope_free(envelope);
      envelope->flags = 0;
      [[fallthrough]];
    case EnvelopeKind::CALL:
      envelope_drop_payload(envelope);
      envelope->kind = EnvelopeKind::MONITOR_DOWN;
      envelope->term = Term(ATOM_NOPROC).release();
      break;
    case EnvelopeKind::ALIVE_REQUEST:
      envelope->kind = EnvelopeKind::ALIVE_REPLY;
      envelope->term = TermBits::boolean(false);
      break;
    case EnvelopeKind::INFO_REQUEST:
      envelope->kind = EnvelopeKind::INFO_REPLY;
      envelope->term = TermBits::nil();
      break;
    default:
      return envelope_free(envelope);
  }
  const uint64_t to = envelope->from;
  envelope->from = dead;
  if (!try_post(to, envelope)) envelope_free(envelope);
}

void schedule_woken(Process& process, Pushed how) {
  if (process.process_class == ProcessClass::ATTACHED && how == Pushed::WOKE_IDLE) {
    wake_seat(process);
  } else {
    enqueue(process);
  }
}

}  // namespace rsp
