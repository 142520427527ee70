// The limits of a mailbox (docs/semantics.md, S-MBOX): how many messages may wait in it, how many bytes they
// may occupy, and what happens to the one that is too many.
//
// A process with limits has the bit LIMITED in its mailbox word. Whoever pushes a message sees the bit in the
// word that it has loaded anyway, and reserves room before it pushes: in the *limit* of the slot, which stands
// in a table parallel to that of the processes. Nobody else pays for anything.
//
// What counts: MESSAGE, CALL and CAST that were sent to the process. Never: signals, EXIT, DOWN, what comes
// through an alias (replies), what the process's own timers send, SYSTEM. An envelope that counts carries the
// flag COUNTED and, in `aux`, its units.
//
// A limit is two words, each serial:32 | used:32, and what each may hold:
//
//   messages   one for each message that counts
//   units      UNIT bytes each: MESSAGE_BYTES for the message and what its term occupies (term/size.hpp); 0 for
//              each while there is no limit of bytes
//
// Operations:
//
//   open       the owner of a slot, before its mailbox is opened, or the owner of the process for a mailbox that
//              is not LIMITED
//   change     the owner of the process
//   reserve    any sender
//   give_back  the owner of the process: the message has left mailbox and inbox
//
// Rules:
//   L1  A reservation changes a word only while that holds the sender's serial, in one compare-and-swap: a sender
//       that is late never disturbs the next process of the slot, and needs to be told nothing: its push finds
//       that its receiver is dead.
//   L2  What is reserved when a process ends need not be given back. open() begins at zero.
//   L3  Who reserves does both words or none. Between its two steps another sender may find the mailbox full by
//       the one that is about to be undone.
//   L4  Each COUNTED envelope holds exactly what it has reserved, whatever the limits are by now: so they may be
//       changed at any time, and a full mailbox that is drained takes again exactly what it may hold.
//   L5  open() writes the words before what they may hold and what becomes of the rest, with release; a sender reads
//       that with acquire before it looks at the serial again. So no message is refused or dropped by the limits of
//       another process.
//   L6  Never more than the limit waits; under DROP_OLDEST never more than twice the limit. The oldest is the
//       receiver's own and only it can drop it, which it does at its next checkpoint. For that the one too many is
//       pushed like a signal, which reaches a process also while its thread is elsewhere. Beyond twice the
//       limit the newest is dropped: the receiver computes and comes to no checkpoint.
//   L7  Under EXIT a message that is too many is itself the order to end: no memory is needed for it, so none is
//       dropped while no end is on its way. Of a request the order carries the monitor, too. It is pushed before the
//       mark that there is one is set, with release, and later ones are dropped by who reads the mark, with acquire:
//       what their senders push after that comes behind the order, and no receiver sees the gap. Until the mark is
//       there each sender pushes an order of its own.
//
// Rejected: a count kept by the receiver alone (a sender cannot be refused by it, and a receiver that does not
// run does not count); a counter in the control block (line 0 is full of what every send touches, and nearly no
// process has limits); leases that a dead sender may leak (threads are killed in the middle of a send by
// nothing but the end of the OS process, but a stopped one would hold room for as long as it is stopped).
#pragma once

#include <cstdint>

#include "core/base/limits.hpp"
#include "core/env/atomic.hpp"
#include "core/env/planted_bug.hpp"
#include "core/proc/process.hpp"

namespace rsp {

/** What happens to the message that is too many. */
enum class Overflow : uint8_t { REFUSE, DROP_NEWEST, DROP_OLDEST, EXIT };

inline bool is_overflow(uint32_t value) { return value <= static_cast<uint32_t>(Overflow::EXIT); }

/** The limits that somebody asked for; 0: none. */
struct MailboxLimits {
  uint32_t max_messages = 0;
  uint64_t max_bytes = 0;
  Overflow overflow = Overflow::REFUSE;

  bool any() const { return max_messages != 0 || max_bytes != 0; }
};

/** The limit of one slot. */
class alignas(CACHE_LINE) MailboxLimit {
 public:
  static constexpr uint64_t UNIT = 16;
  static constexpr uint32_t NONE = UINT32_MAX;

  enum class Room { RESERVED, FULL, GONE };

  void open(uint32_t serial, const MailboxLimits& limits) {
    if (!RSP_PLANTED_BUG("limit: opened with what the last one held")) {
      messages_.store(word(serial), env::RELAXED);
      units_.store(word(serial), env::RELAXED);
    }
    change(limits);
  }

  void change(const MailboxLimits& limits) {
    overflow_.store(static_cast<uint32_t>(limits.overflow), env::RELEASE);  // L5
    const uint64_t units = limits.max_bytes / UNIT;
    max_units_.store(limits.max_bytes == 0 || units > NONE ? NONE : static_cast<uint32_t>(units),
                     env::RELEASE);                                                            // L5
    max_messages_.store(limits.max_messages == 0 ? NONE : limits.max_messages, env::RELEASE);  // L5
  }

  /** L1, L3: room for one message of so many units, in a mailbox of `times` the limit. */
  Room reserve(uint32_t serial, uint32_t units, uint32_t times) {
    const Room room = take(messages_, max_messages_, serial, 1, times);
    if (room != Room::RESERVED || units == 0) return room;
    const Room all = take(units_, max_units_, serial, units, times);
    if (all != Room::RESERVED && !RSP_PLANTED_BUG("limit: the message kept whose bytes have no room"))
      undo(messages_, serial, 1);
    return all;
  }

  /** A COUNTED message of so many units has left. The owner, whose serial the words hold. */
  void give_back(uint32_t units) {
    // Relaxed: who reserves the room takes nothing over from who gave it back.
    messages_.fetch_sub(1, env::RELAXED);
    if (units != 0) units_.fetch_sub(units, env::RELAXED);
  }

  /** Whether more is reserved than the limit. The owner. */
  bool is_over() const {
    return used(messages_.load(env::RELAXED)) > max_messages_.load(env::RELAXED) ||
           used(units_.load(env::RELAXED)) > max_units_.load(env::RELAXED);
  }

  /** By a sender for whom there is no room. Whose it is, is_open_for says afterwards (L5). */
  Overflow overflow() const { return static_cast<Overflow>(overflow_.load(env::ACQUIRE)); }
  bool is_open_for(uint32_t serial) const { return messages_.load(env::RELAXED) >> 32 == serial; }
  /** Of one message, or of all: NONE if bytes are not limited. */
  uint32_t max_units() const { return max_units_.load(env::ACQUIRE); }  // pairs with change
  bool counts_units() const { return max_units() != NONE; }

  /** L7: whether this process has its order to end. */
  bool has_order(uint32_t serial) const { return ordered_.load(env::ACQUIRE) == serial; }
  void set_order(uint32_t serial) { ordered_.store(serial, env::RELEASE); }  // pairs with has_order (L7)

  uint32_t messages_for_tests() const { return used(messages_.load(env::RELAXED)); }
  uint32_t units_for_tests() const { return used(units_.load(env::RELAXED)); }

  /** The owner's: a place in the inbox that a wait remembers, and that must not dangle when the oldest message
   * is dropped (receive.cpp). */
  Envelope** place = nullptr;

 private:
  static uint64_t word(uint32_t serial) { return uint64_t{serial} << 32; }
  static uint32_t used(uint64_t word) { return static_cast<uint32_t>(word); }
  static bool is_of(uint64_t word, uint32_t serial) {
    return word >> 32 == serial || RSP_PLANTED_BUG("limit: reserved without the serial");
  }

  static Room take(env::Atomic<uint64_t>& word, const env::Atomic<uint32_t>& max, uint32_t serial,
                   uint32_t amount, uint32_t times) {
    uint64_t seen = word.load(env::RELAXED);
    for (;;) {
      if (!is_of(seen, serial)) return Room::GONE;
      const uint64_t one = max.load(env::ACQUIRE);  // L5
      const uint64_t most = one * times < NONE ? one * times : NONE;
      if (used(seen) + uint64_t{amount} > most)
        return is_of(word.load(env::RELAXED), serial) ? Room::FULL : Room::GONE;
      if (RSP_PLANTED_BUG("limit: reserved by a store")) {
        word.store(seen + amount, env::RELAXED);
        return Room::RESERVED;
      }
      if (word.compare_exchange_weak(seen, seen + amount, env::RELAXED, env::RELAXED)) return Room::RESERVED;
    }
  }

  static void undo(env::Atomic<uint64_t>& word, uint32_t serial, uint32_t amount) {
    uint64_t seen = word.load(env::RELAXED);
    do {
      if (!is_of(seen, serial)) return;  // L2
    } while (!word.compare_exchange_weak(seen, seen - amount, env::RELAXED, env::RELAXED));
  }

  env::Atomic<uint64_t> messages_{0};
  env::Atomic<uint64_t> units_{0};
  env::Atomic<uint32_t> max_messages_{0};
  env::Atomic<uint32_t> max_units_{0};
  env::Atomic<uint32_t> overflow_{0};
  env::Atomic<uint32_t> ordered_{0};  // serial of the process that was last told to end
};

/** What a message counts beside its term. */
inline constexpr uint64_t MESSAGE_BYTES = 128;

/** Whether a message of this kind, sent by send(), counts. */
inline bool counts(EnvelopeKind kind) {
  return kind == EnvelopeKind::MESSAGE || kind == EnvelopeKind::CALL || kind == EnvelopeKind::CAST;
}

/** Gives a process limits before its mailbox is opened. RSP_ENOMEM. The owner of the slot. */
[[nodiscard]] rsp_result open_limit(const Process& process, const MailboxLimits& limits);

/** Gives a process limits, or others, or none. What waits already counts only if it counted when it came.
 * RSP_ENOMEM. The owner. */
[[nodiscard]] rsp_result limit_mailbox(Process& self, const MailboxLimits& limits);

enum class Posted {
  DONE,
  PRESSED,  // done, and the receiver is behind
  REFUSED,  // not done: the envelope is still the caller's
};

/** Pushes a message that was sent, as far as the limits of the receiver let it in; otherwise what they say. Any
 * thread. */
[[nodiscard]] Posted post_message(uint64_t to, Envelope* message);

/** The same for a sender that nobody can refuse: what does not get in is dropped. */
void post_or_drop(uint64_t to, Envelope* message);

/** A COUNTED message has left mailbox and inbox: its room is free. The owner. */
void give_room_back(const Process& self, Envelope* message);

/** A COUNTED message has joined the inbox: drops the oldest ones that are too many. The owner. */
void drop_the_oldest(Process& self);

/** The process's mailbox has overflowed: it ends. The owner. */
void receive_overflow(Process& self, Envelope* signal);

/** While one lives, `*place`, a message in the inbox of `self` or nullptr, follows what is dropped there: it goes
 * back to the message before it. The owner. */
class KeptPlace {
 public:
  KeptPlace(const Process& self, Envelope** place);
  ~KeptPlace();
  KeptPlace(const KeptPlace&) = delete;
  KeptPlace& operator=(const KeptPlace&) = delete;

 private:
  MailboxLimit* const limit_;
};

/** Whether this process is behind, as of its last checkpoint. Any thread. */
bool is_pressed(Pid pid);

/** Messages that were dropped by limits since the last call of forget_dropped(). */
uint64_t dropped_messages();
void forget_dropped();

/** The limit of a slot that ever had one, else nullptr. */
MailboxLimit* limit_at(uint32_t index);

}  // namespace rsp
