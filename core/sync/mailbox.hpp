// The mailbox of a process: one 64-bit word that holds its newest envelope, its run state and the
// generation of its slot. Everything that ever happens to a process is one push onto this word.
//
//   bits 63..48  generation: the low 16 bits of the serial of the process that owns the slot
//   bits 47..4   address of the newest node (16-byte aligned, so the low four bits are free)
//   bit   3      LIMITED: who pushes a message has to reserve room for it first (core/proc/limits.hpp)
//   bit   2      PRESSURE: more messages wait than the process keeps up with
//   bits  1..0   state
//
// States and who may leave them:
//
//   DEAD     0   no process; all-zero memory reads so. Left only by open(), by whoever owns the slot.
//   RUNNING  1   somebody owns the process (a worker runs it, it is queued, or its thread is in a call).
//   IDLE     2   nobody owns it; nothing is untaken. Left by the push that replaces it: that pusher owes
//                the scheduling. Or by the owner's own thread taking it back (a wait that timed out).
//   BLOCKED  3   its own thread is in code that does not look at the mailbox: outside every call of the
//                runtime. A signal replaces it by RUNNING, and that pusher owes the
//                scheduling; a plain message leaves it as it is. The thread takes it back by reclaim().
//
// Operations:
//
//   push      anybody, also threads the runtime has never seen
//   take      the owner (state RUNNING); untaken and reverse_until are its two halves
//   leave     the owner: RUNNING -> IDLE or BLOCKED, only if nothing is untaken
//   reclaim   the process's own thread: IDLE or BLOCKED -> RUNNING
//   close     the owner: -> DEAD; returns what was untaken
//   open      the owner of a free slot
//   press, relieve, set_limited   the owner: the two bits, which everybody else preserves
//
// Rules:
//   M1  The owner remembers the newest node it has taken, *held*. The chain from the word down to held is
//       what is untaken. So a mailbox costs one compare-and-swap to push and one to leave.
//   M2  While the word still shows held, held must not be freed, reused or pushed anywhere: the same address
//       could come back as the newest node, and leave() would succeed over an unread message (ABA).
//       detach() takes the address out of the word; leave() does the same when it is told to.
//   M3  Leaving is a compare-and-swap, never a store: a store would lose what arrived in between.
//   M4  The word is never changed by a plain store while the process lives: every change is a
//       read-modify-write, so each release sequence goes on and the owner's acquire load of the newest
//       push synchronises with all earlier ones too.
//   M5  Private fields of the owner are at rest before leave() and not touched after it succeeds.
//   M6  Whoever compares the word with held compares its address alone: the two bits may change under it.
//
// Why not a queue with a stub node (Vyukov): two pointers and a stub a process; a producer stopped between
// its two steps hides every later message; the run state needs a word of its own. Why not a general
// queue (moodycamel): it keeps order per producer object, not per sender.
#pragma once

#include <cstdint>

#include "core/base/assert.hpp"
#include "core/env/atomic.hpp"
#include "core/env/planted_bug.hpp"

namespace rsp {

/** What a mailbox chains: the base of every envelope. Its address is a multiple of 16. */
struct MailNode {
  MailNode* next;
};

enum class MailState : uint64_t { DEAD = 0, RUNNING = 1, IDLE = 2, BLOCKED = 3 };

/** What a push did. The last two oblige the pusher to get the process scheduled. */
enum class Pushed {
  DEAD,
  STOPPED,  // by the bits that the pusher asked to be stopped at: nothing was pushed
  QUEUED,
  WOKE_IDLE,
  WOKE_BLOCKED
};

class Mailbox {
 public:
  static constexpr uint64_t STATE_MASK = 3;
  static constexpr uint64_t PRESSURE = 4;
  static constexpr uint64_t LIMITED = 8;
  static constexpr uint64_t ADDRESS_MASK = 0x0000'FFFF'FFFF'FFF0;
  static constexpr int GENERATION_SHIFT = 48;
#if defined(RSP_ENV_NATIVE)
  static constexpr uint32_t GENERATION_BITS = 16;
#else
  static constexpr uint32_t GENERATION_BITS = 3;  // wrap happens in every simulated run
#endif

  static constexpr uint64_t generation_of(uint32_t serial) { return serial & ((1U << GENERATION_BITS) - 1); }

  /** Pushes `node` for the process with this serial. `is_message` is false for signals.
   * `serial_now` is the slot's serial word, read between the word and the CAS: the generation alone wraps.
   * STOPPED: the word of that process, alive, has one of the bits `stop_at`. `pressed`, if the push is done: whether
   * it has PRESSURE. */
  Pushed push(MailNode* node, const env::Atomic<uint32_t>& serial_now, uint32_t serial, bool is_message,
              uint64_t stop_at = 0, bool* pressed = nullptr) {
    RSP_DEBUG_ASSERT((address(node) & ~ADDRESS_MASK) == 0);
    // Pairs with open(): a sender that sees the generation sees the slot initialised.
    uint64_t seen = word_.load(env::ACQUIRE);
    for (;;) {
      if (seen >> GENERATION_SHIFT != generation_of(serial) || state(seen) == MailState::DEAD)
        return Pushed::DEAD;
      // Pairs with give_next_serial of core/proc/table.cpp.
      if (serial_now.load(env::ACQUIRE) != serial && !RSP_PLANTED_BUG("mailbox: push without the serial")) {
        return Pushed::DEAD;
      }
      if ((seen & stop_at) != 0) return Pushed::STOPPED;
      node->next = newest(seen);
      const MailState before = state(seen);
      const bool wakes = before == MailState::IDLE || (before == MailState::BLOCKED && !is_message &&
                                                       !RSP_PLANTED_BUG("mailbox: a signal leaves BLOCKED"));
      const MailState after =
          wakes && !RSP_PLANTED_BUG("mailbox: push keeps the state") ? MailState::RUNNING : before;
      const uint64_t kept =
          RSP_PLANTED_BUG("mailbox: push clears the bits") ? ~(PRESSURE | LIMITED) : ~uint64_t{0};
      const uint64_t wanted = with((seen & kept & ~ADDRESS_MASK) | address(node), after);
      // Release: publishes the node to take(). Acquire: the one that wakes an idle process takes over what
      // its last owner wrote before leave(), and hands it on to the worker that runs it.
      if (word_.compare_exchange_weak(seen, wanted, env::ACQ_REL, env::ACQUIRE)) {
        if (pressed != nullptr) *pressed = (seen & PRESSURE) != 0;
        if (!wakes) return Pushed::QUEUED;
        return before == MailState::IDLE ? Pushed::WOKE_IDLE : Pushed::WOKE_BLOCKED;
      }
    }
  }

  /** True when something is untaken. One load of a line the owner holds anyway. */
  // Pairs with push.
  bool has_untaken(const MailNode* held) const { return newest(word_.load(env::ACQUIRE)) != held; }

  /** The newest of what is untaken, or nullptr. By its `next` the chain goes on down to `held`: who takes it makes it held
   * (M1, M2) and turns it round (reverse_until), as take does. */
  MailNode* untaken(const MailNode* held) const {
    MailNode* const node = newest(word_.load(env::ACQUIRE));  // pairs with push
    return node == held ? nullptr : node;
  }

  /** The untaken chain, oldest first, ended by nullptr; nullptr if there is none. `held` becomes the newest.
   * The former held is free for reuse when the result is not nullptr (M2). */
  MailNode* take(MailNode*& held) {
    MailNode* const node = untaken(held);
    if (node == nullptr) return nullptr;
    MailNode* const stop = held;
    held = node;
    return reverse_until(node, stop);
  }

  /** The chain from `node` down to `stop`, oldest first, ended by nullptr. Each node is shown to `seen`, newest first, which
   * may write what is its own there: a long chain does not stay in the cache until it is walked again. */
  template <class Seen>
  static MailNode* reverse_until(MailNode* node, const MailNode* stop, Seen&& seen) {
    MailNode* oldest = nullptr;
    while (node != stop) {
      MailNode* const older = node->next;
      seen(*node);
      node->next = oldest;
      oldest = node;
      node = older;
    }
    return oldest;
  }

  /** RUNNING -> `to`, if nothing is untaken. With `forget`, held leaves the word in the same step and may be
   * freed. */
  bool leave(const MailNode* held, MailState to, bool forget) {
    uint64_t seen = word_.load(env::RELAXED);
    for (;;) {
      if (newest(seen) != held) return false;
      RSP_DEBUG_ASSERT(state(seen) == MailState::RUNNING);
      const bool keeps = !forget || RSP_PLANTED_BUG("mailbox: leave does not forget");
      const uint64_t wanted = with(keeps ? seen : seen & ~ADDRESS_MASK, to);
      if (RSP_PLANTED_BUG("mailbox: leave by store")) {
        word_.store(wanted, env::RELEASE);
        return true;
      }
      // Release: pairs with push and reclaim; hands the owner's private state to whoever wakes the process.
      if (word_.compare_exchange_weak(seen, wanted, env::RELEASE, env::RELAXED)) return true;
    }
  }

  /** Takes the address of held out of the word, so that held may be freed or pushed elsewhere. False:
   * something newer arrived; take() first, and held is free all the same. */
  bool detach(const MailNode* held) {
    uint64_t seen = word_.load(env::RELAXED);
    for (;;) {
      if (newest(seen) != held) return false;
      if (RSP_PLANTED_BUG("mailbox: detach does nothing")) return true;
      // Release keeps the release sequence of earlier leaves and pushes (M4).
      if (word_.compare_exchange_weak(seen, seen & ~ADDRESS_MASK, env::ACQ_REL, env::RELAXED)) return true;
    }
  }

  /** The process's own thread takes it back from `from` (IDLE or BLOCKED). Returns the state found: `from`
   * means the caller owns the process now, RUNNING that somebody else does, DEAD that it has ended. */
  MailState reclaim(MailState from) {
    uint64_t seen = word_.load(env::ACQUIRE);  // pairs with leave
    for (;;) {
      if (state(seen) != from) return state(seen);
      // Acquire: pairs with leave; what a worker wrote while it served the signals of the blocked process.
      if (word_.compare_exchange_weak(seen, with(seen, MailState::RUNNING), env::ACQ_REL, env::ACQUIRE))
        return from;
    }
  }

  /** Ends the process: nothing can be pushed after it. Returns the untaken chain, oldest first. */
  MailNode* close(MailNode* held) {
    uint64_t seen = word_.load(env::RELAXED);
    if (RSP_PLANTED_BUG("mailbox: close by store")) {
      word_.store(generation(seen), env::RELEASE);
      return newest(seen) == held ? nullptr : reverse_until(newest(seen), held);
    }
    // Release: pairs with push, whose acquire finds DEAD. DEAD implies that the names are gone.
    while (!word_.compare_exchange_weak(seen, generation(seen), env::ACQ_REL, env::RELAXED)) {
    }
    return newest(seen) == held ? nullptr : reverse_until(newest(seen), held);
  }

  /** Gives the slot to the process with this serial. Only while DEAD, by the owner of the slot. */
  void open(uint32_t serial, MailState first, bool limited = false) {
    RSP_ASSERT(state(word_.load(env::RELAXED)) == MailState::DEAD);
    const uint64_t bits = limited ? LIMITED : 0;
    // Release: pairs with the first load of push. A plain store is right here: nobody pushes on DEAD (M4).
    word_.store(with(generation_of(serial) << GENERATION_SHIFT | bits, first), env::RELEASE);
  }

  /** PRESSURE on and off. Relaxed: a hint, which publishes nothing and goes on with the release sequence (M4). */
  void press() {
    if (RSP_PLANTED_BUG("mailbox: pressed by store")) {
      word_.store(word_.load(env::RELAXED) | PRESSURE, env::RELAXED);
    } else {
      word_.fetch_or(PRESSURE, env::RELAXED);
    }
  }
  void relieve() {
    // Only the owner sets it, so a load tells; most inboxes that shrink were never that long.
    if ((word_.load(env::RELAXED) & PRESSURE) != 0) word_.fetch_and(~PRESSURE, env::RELAXED);
  }

  /** LIMITED, until the end of the process. Release: pairs with push; who sees it sees the limit. */
  void set_limited() { word_.fetch_or(LIMITED, env::RELEASE); }

  /** By the owner. */
  bool is_limited() const { return (word_.load(env::RELAXED) & LIMITED) != 0; }

  /** Whether the process with this serial is pressed. A hint: of a slot with wrapped generation it may be another's.
   */
  bool is_pressed(uint32_t serial) const {
    const uint64_t seen = word_.load(env::RELAXED);
    return seen >> GENERATION_SHIFT == generation_of(serial) && state(seen) != MailState::DEAD &&
           (seen & PRESSURE) != 0;
  }

  MailState peek_state() const { return state(word_.load(env::ACQUIRE)); }  // pairs with open and close

  /** The state of the process with this serial, DEAD if it has ended; `serial_now` as in push. A hint, unless
   * the caller knows that it cannot change: but what a thread pushed before it asks is taken into account. */
  MailState state_of(const env::Atomic<uint32_t>& serial_now, uint32_t serial) const {
    const uint64_t seen = word_.load(env::ACQUIRE);  // pairs with open, close and leave
    if (seen >> GENERATION_SHIFT != generation_of(serial)) return MailState::DEAD;
    // Pairs with give_next_serial, as in push.
    return serial_now.load(env::ACQUIRE) == serial ? state(seen) : MailState::DEAD;
  }

  /** Whether this word belongs to the process with this serial, alive. */
  bool is_open_for(uint32_t serial) const {
    const uint64_t seen = word_.load(env::ACQUIRE);  // pairs with open and close
    return seen >> GENERATION_SHIFT == generation_of(serial) && state(seen) != MailState::DEAD;
  }

 private:
  static uint64_t address(const MailNode* node) { return reinterpret_cast<uintptr_t>(node); }
  static MailNode* newest(uint64_t word) { return reinterpret_cast<MailNode*>(word & ADDRESS_MASK); }
  static uint64_t generation(uint64_t word) { return word >> GENERATION_SHIFT << GENERATION_SHIFT; }
  static MailState state(uint64_t word) { return static_cast<MailState>(word & STATE_MASK); }
  static uint64_t with(uint64_t word, MailState state) {
    return (word & ~STATE_MASK) | static_cast<uint64_t>(state);
  }
  static MailNode* reverse_until(MailNode* node, const MailNode* stop) {
    return reverse_until(node, stop, [](const MailNode&) {});
  }

  env::Atomic<uint64_t> word_{0};
};

static_assert(sizeof(Mailbox) == 8);

}  // namespace rsp
