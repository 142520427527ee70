#include "core/proc/limits.hpp"

#include <new>

#include "core/base/assert.hpp"
#include "core/env/pages.hpp"
#include "core/env/sometimes.hpp"
#include "core/mem/alloc.hpp"
#include "core/proc/belongings.hpp"
#include "core/proc/inbox.hpp"
#include "core/proc/post.hpp"
#include "core/proc/registry.hpp"
#include "core/proc/report.hpp"
#include "core/proc/signal.hpp"
#include "core/proc/table.hpp"
#include "core/term/reason.hpp"
#include "core/term/size.hpp"

namespace rsp {
namespace {

/** Limits by slot, in chunks like those of the table of processes: mapped when the first limit of one is asked
 * for, and never given back. */
struct LimitTable {
  env::Atomic<MailboxLimit*> chunks[ProcessTable::MAX_CHUNKS] = {};
  alignas(CACHE_LINE) env::Atomic<uint64_t> dropped{0};
};

LimitTable& limits() {
  alignas(LimitTable) static unsigned char storage[sizeof(LimitTable)];
  static LimitTable* const one = new (storage) LimitTable;
  return *one;
}

/** The limit of a slot; maps its chunk if that is not there. nullptr: no memory. */
MailboxLimit* make_limit(uint32_t index) {
  env::Atomic<MailboxLimit*>& entry = limits().chunks[index / ProcessTable::CHUNK_LENGTH];
  MailboxLimit* chunk = entry.load(env::ACQUIRE);  // pairs with the CAS below
  if (chunk == nullptr) {
    const size_t bytes = sizeof(MailboxLimit) * ProcessTable::CHUNK_LENGTH;
    MailboxLimit* const mapped = static_cast<MailboxLimit*>(env::map_pages(bytes));
    if (mapped == nullptr) return nullptr;
    // Release: publishes the zeroed chunk to limit_at(). The loser of a race takes the winner's.
    if (entry.compare_exchange_strong(chunk, mapped, env::ACQ_REL, env::ACQUIRE)) {
      chunk = mapped;
    } else {
      env::unmap_pages(mapped, bytes);
    }
  }
  return chunk + index % ProcessTable::CHUNK_LENGTH;
}

/** Of a mailbox that is LIMITED, or was. */
MailboxLimit& limit_of(uint32_t index) {
  MailboxLimit* const limit = limit_at(index);
  RSP_ASSERT(limit != nullptr);
  return *limit;
}

/** By the owner. */
MailboxLimit& limit_of(const Process& self) { return limit_of(self.index); }

/** What a message counts, or more than the limit if it can never get in. */
uint64_t units_of(const Envelope& message, uint32_t max_units) {
  const uint64_t most = uint64_t{max_units} * MailboxLimit::UNIT;
  uint64_t bytes = MESSAGE_BYTES;
  if (!message.has(envelope_flag::NATIVE)) bytes += term_bytes(message.term, most);
  return (bytes + MailboxLimit::UNIT - 1) / MailboxLimit::UNIT;
}

/** Whether `message` is a request, of which the monitor stays; there is none of oneself. */
bool monitors(uint64_t to, const Envelope* message) {
  return message->kind == EnvelopeKind::CALL && message->from != to;
}

Posted drop(uint64_t to, Envelope* message) {
  limits().dropped.fetch_add(1, env::RELAXED);
  if (monitors(to, message)) {
    envelope_drop_payload(message);
    message->kind = EnvelopeKind::MONITOR;
    post(to, message);
  } else {
    envelope_free(message);
  }
  return Posted::DONE;
}

/** L7: what is dropped is the order to end, and carries its monitor. */
Posted order_exit(MailboxLimit& limit, uint64_t to, Envelope* message) {
  limits().dropped.fetch_add(1, env::RELAXED);
  const bool stays = monitors(to, message);
  envelope_drop_payload(message);
  message->kind = EnvelopeKind::OVERFLOW;
  message->flags = stays ? envelope_flag::ACTIVE : 0;
  const uint32_t serial = Pid{to, 0, 0}.serial();
  if (RSP_PLANTED_BUG("limit: marked before the order is pushed")) limit.set_order(serial);
  post(to, message);
  limit.set_order(serial);
  return Posted::DONE;
}

/** The push of a message that has its room. */
Posted push_counted(Process& process, uint64_t to, Envelope* message, uint32_t units, bool like_a_signal) {
  message->flags |= envelope_flag::COUNTED;
  message->aux = units;
  bool pressed;
  const Pushed pushed =
      process.mailbox.push(message, process.serial, Pid{to, 0, 0}.serial(), !like_a_signal, 0, &pressed);
  if (pushed == Pushed::DEAD) {  // L2
    RSP_SOMETIMES("a receiver died between reservation and push");
    message->flags &= static_cast<uint8_t>(~envelope_flag::COUNTED);
    answer_for_the_dead(to, message);
    return Posted::DONE;
  }
  after_push(process, pushed, like_a_signal);
  return pressed ? Posted::PRESSED : Posted::DONE;
}

/** The message that is too many. */
Posted overflow(Process& process, MailboxLimit& limit, uint64_t to, Envelope* message, uint64_t units) {
  const uint32_t serial = Pid{to, 0, 0}.serial();
  const Overflow policy = limit.overflow();
  if (!limit.is_open_for(serial)) {  // L5
    answer_for_the_dead(to, message);
    return Posted::DONE;
  }
  switch (policy) {
    case Overflow::REFUSE:
      return Posted::REFUSED;
    case Overflow::DROP_NEWEST:
      return drop(to, message);
    case Overflow::DROP_OLDEST:
      // L6. What is larger than the limit by itself would drop all others, and then itself.
      if (units > limit.max_units()) return drop(to, message);
      if (limit.reserve(serial, static_cast<uint32_t>(units), 2) != MailboxLimit::Room::RESERVED)
        return drop(to, message);
      return push_counted(process, to, message, static_cast<uint32_t>(units), true);
    case Overflow::EXIT:
      return limit.has_order(serial) ? drop(to, message) : order_exit(limit, to, message);
  }
  RSP_UNREACHABLE("overflow");
}

Posted post_limited(Process& process, uint64_t to, Envelope* message) {
  MailboxLimit& limit = limit_of(Pid{to, 0, 0}.index());  // the slot may be another's by now, or given back
  const uint32_t max_units = limit.max_units();
  const uint64_t units = max_units == MailboxLimit::NONE ? 0 : units_of(*message, max_units);
  if (units <= max_units) {
    switch (limit.reserve(Pid{to, 0, 0}.serial(), static_cast<uint32_t>(units), 1)) {
      case MailboxLimit::Room::RESERVED:
        return push_counted(process, to, message, static_cast<uint32_t>(units), false);
      case MailboxLimit::Room::GONE:
        answer_for_the_dead(to, message);
        return Posted::DONE;
      case MailboxLimit::Room::FULL:
        break;
    }
  }
  return overflow(process, limit, to, message, units);
}

}  // namespace

MailboxLimit* limit_at(uint32_t index) {
  // Acquire: pairs with the release of the thread that mapped the chunk.
  MailboxLimit* const chunk = limits().chunks[index / ProcessTable::CHUNK_LENGTH].load(env::ACQUIRE);
  return chunk == nullptr ? nullptr : chunk + index % ProcessTable::CHUNK_LENGTH;
}

rsp_result open_limit(const Process& process, const MailboxLimits& limits) {
  MailboxLimit* const limit = make_limit(process.index);
  if (limit == nullptr) return RSP_ENOMEM;
  limit->place = nullptr;
  limit->open(process.pid().serial(), limits);
  return RSP_OK;
}

rsp_result limit_mailbox(Process& self, const MailboxLimits& limits) {
  if (self.mailbox.is_limited()) {
    limit_of(self).change(limits);
    return RSP_OK;
  }
  if (!limits.any()) return RSP_OK;
  const rsp_result result = open_limit(self, limits);
  if (result == RSP_OK) self.mailbox.set_limited();
  return result;
}

Posted post_message(uint64_t to, Envelope* message) {
  const Pid pid{to, 0, 0};
  Process* const process = table().at(pid.index());
  if (process != nullptr) {
    message->to_serial = pid.serial();
    const uint64_t stop_at = counts(message->kind) ? Mailbox::LIMITED : 0;
    bool pressed = false;
    const Pushed pushed =
        process->mailbox.push(message, process->serial, pid.serial(), true, stop_at, &pressed);
    if (pushed == Pushed::STOPPED) return post_limited(*process, to, message);
    if (pushed != Pushed::DEAD) {
      after_push(*process, pushed, false);
      return pressed ? Posted::PRESSED : Posted::DONE;
    }
  }
  answer_for_the_dead(to, message);  // a dead receiver is no error
  return Posted::DONE;
}

void post_or_drop(uint64_t to, Envelope* message) {
  if (post_message(to, message) == Posted::REFUSED) drop(to, message);
}

void give_room_back(const Process& self, Envelope* message) {
  message->flags &= static_cast<uint8_t>(~envelope_flag::COUNTED);
  if (RSP_PLANTED_BUG("limit: room not given back")) return;
  limit_of(self).give_back(static_cast<uint32_t>(message->aux));
}

void drop_the_oldest(Process& self) {
  MailboxLimit& limit = limit_of(self);
  if (limit.overflow() != Overflow::DROP_OLDEST) return;
  while (limit.is_over()) {
    Envelope* before = nullptr;
    Envelope* oldest = self.inbox_first;
    while (oldest != nullptr && !oldest->has(envelope_flag::COUNTED)) {
      before = oldest;
      oldest = next_of(oldest);
    }
    if (oldest == nullptr) return;  // what is too many is still in the mailbox, or about to be pushed
    if (limit.place != nullptr && *limit.place == oldest) *limit.place = before;
    take_out_behind(self, before, oldest);
    limits().dropped.fetch_add(1, env::RELAXED);
    retire(self, oldest);
  }
}

void receive_overflow(Process& self, Envelope* signal) {
  if (signal->has(envelope_flag::ACTIVE)) {
    signal->flags = 0;
    signal->kind = EnvelopeKind::WATCHER;
    self.edges.add(signal);
  } else {
    retire(self, signal);
  }
  if (self.has(process_flag::CONDEMNED)) return;
  Term reason;
  const rsp_result result = make_tuple(&reason, {TermBits(ATOM_LIMIT), TermBits(ATOM_MAILBOX)});
  reason = or_atom(result, std::move(reason), ATOM_KILLED);
  report(RSP_REPORT_ERROR, ATOM_PROCESS_ERROR,
         {{ATOM_PID, self.pid()},
          {ATOM_REGISTERED_NAME, name_of(self)},
          {ATOM_PROCESS_LABEL, label_of(self)},
          {ATOM_REASON, reason}});
  condemn(self, std::move(reason));
}

KeptPlace::KeptPlace(const Process& self, Envelope** place)
    : limit_(self.mailbox.is_limited() ? &limit_of(self) : nullptr) {
  if (limit_ != nullptr) limit_->place = place;
}

KeptPlace::~KeptPlace() {
  if (limit_ != nullptr) limit_->place = nullptr;
}

bool is_pressed(Pid pid) {
  const Process* const process = pid.is_local() ? table().at(pid.index()) : nullptr;
  return process != nullptr && process->mailbox.is_pressed(pid.serial());
}

uint64_t dropped_messages() { return limits().dropped.load(env::RELAXED); }

void forget_dropped() { limits().dropped.store(0, env::RELAXED); }

}  // namespace rsp
