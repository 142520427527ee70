// Envelope: the one thing that travels between processes, and the one record a process keeps of a relation.
//
// An envelope has exactly one owner at any time: the sender until the push, the mailbox, the receiving
// process from take on, the user code it is lent to. Relations are kept as envelopes too, so that a death
// allocates nothing: the MONITOR that arrived is kept as the record of the watcher, and goes back as its DOWN
// (docs/semantics.md, S-EXIT).
//
// Kinds, in three groups:
//   messages   what user code sees; only these wait in the inbox
//   signals    handled when they are taken, before user code sees anything later
//   records    in the owner's edge list (core/proc/edges.hpp)
// A signal changes its kind when it becomes a message (EXIT_SIGNAL -> EXIT) or a record (MONITOR -> WATCHER),
// in place. CALL is a message and a record at once (request.hpp).
//
// The first cache line holds all a plain message needs; the second one serves records and native payloads.
#pragma once

#include <cstdint>

#include "core/base/ids.hpp"
#include "core/sync/mailbox.hpp"
#include "core/term/term.hpp"

namespace rsp {

enum class EnvelopeKind : uint8_t {
  // Messages.
  MESSAGE,  // term or native payload
  CALL,     // a request, and the monitor of who asks (request.hpp): `ref` is what the reply goes to
  CAST,
  EXIT,    // an exit signal that was trapped
  DOWN,    // a monitor fired
  TIMER,   // start_timer: term is the message, ref the timer
  SELECT,  // a descriptor is ready: term says for what, ref is the registration (select.hpp)
  SYSTEM,  // a request that behaviours understand: {terminate, Reason}, or one of a behaviour to itself
  LAST_MESSAGE = SYSTEM,
  // Signals.
  EXIT_SIGNAL,    // exit/2
  EXIT_LINK,      // a link fired
  LINK,           // becomes LINKED
  UNLINK,         // number: unlink id; answered by UNLINK_ACK
  UNLINK_ACK,     //
  MONITOR,        // becomes WATCHER
  DEMONITOR,      //
  MONITOR_DOWN,   // becomes DOWN
  ALIVE_REQUEST,  // answered by ALIVE_REPLY, with the same envelope
  ALIVE_REPLY,    // term: bool
  INFO_REQUEST,   // process_info; answered by INFO_REPLY
  INFO_REPLY,     //
  CALL_REPLY,     // a request is answered: becomes MESSAGE
  DEADLINE,       // the process's own await may have timed out
  TIMER_FIRED,    // a timer aimed at or cancelled by another process is over: its record goes
  STALLED,        // the process's code has not returned within its limit
  OVERFLOW,       // the mailbox was full, and its limit says that the process ends; ACTIVE: becomes WATCHER
  RESUME,         // a thread wants its process back from the worker that serves its signals
  // Records.
  LINKED,    // a link: peer, active, unlink id
  WATCHER,   // somebody monitors this process
  WATCHING,  // this process monitors somebody
  ALIAS,     //
  ARMED,     // a timer that this process started
  RESOURCE,  // what is released when its code is over (belongings.hpp)
  SELECTED,  // a descriptor that this process waits for
  CHARGE,    // a process that ends with this one, whatever it traps (charge.hpp)
};

/** Bits of Envelope::flags. */
namespace envelope_flag {
constexpr uint8_t NATIVE = 1;         // term.data() is a pointer, `native` says how to drop it
constexpr uint8_t THROUGH_ALIAS = 2;  // received only while the alias `ref` is on
constexpr uint8_t CONSUMED = 4;       // done with, but still *held* in the mailbox word (mailbox.hpp, M2)
constexpr uint8_t BY_NAME = 8;        // MONITOR, DOWN: the object is the name in `aux`
constexpr uint8_t ACTIVE =
    16;  // LINKED: the link stands; CHARGE: it was spawned linked, too; OVERFLOW: it was
         // a request, and its monitor stays
constexpr uint8_t SUSPENDS =
    ACTIVE;  // MONITOR, WATCHER, WATCHING, and the question behind them: a suspension (suspend.hpp)
constexpr uint8_t INCIDENTAL = BY_NAME;  // LINK, UNLINK, LINKED: no call has asked for it (link.hpp)
constexpr uint8_t TIMED = 32;            // a timer of the receiver sent it: `number` is its reference
constexpr uint8_t OF_ROOT = 64;          // MONITOR, WATCHER, WATCHING: the root's account of a process
constexpr uint8_t COUNTED =
    128;  // MESSAGE, CALL, CAST: holds `aux` units of its receiver's limit (limits.hpp)
}  // namespace envelope_flag

/** When the alias of a monitor, or an alias, goes off by itself. */
enum class AliasMode : uint8_t { NONE, EXPLICIT, DEMONITOR, REPLY };

/** How a native payload is dropped and described. Called on any thread; must not unwind. */
struct NativeOps {
  size_t size;
  void (*drop)(void* payload);
  /** Writes at most `capacity` bytes of text, returns the full length. May be nullptr. */
  size_t (*describe)(void* payload, char* text, size_t capacity);
};

struct alignas(16) Envelope : MailNode {
  EnvelopeKind kind;
  uint8_t flags;
  AliasMode
      alias;  // MESSAGE: REPLY if it is the reply to a request of the receiver, or the value of its task
  uint32_t to_serial;  // whom it is meant for: checked when taken, since generations wrap
  uint64_t from;       // id of the process that sent it
  TermBits term;       // payload, reason
  uint64_t ref;        // number of the reference it belongs to, 0 if none
  union {
    uint64_t ref_owner;  // id of the process that made that reference
    void* ahead;         // in a chain, without reference: what comes later in it (core/base/trail.hpp)
  };
  uint64_t aux;  // WATCHING, DOWN: name, or the owner's note; LINKED, EXIT: that note (link.hpp); ARMED: its
      // timer; TIMER: the slot of its timer; COUNTED: units of a limit; SELECTED: the key of reading
  // Second line.
  Envelope* record_next;  // edge list, circular
  Envelope* record_previous;
  Envelope* hash_next;
  uint64_t peer;  // LINKED, WATCHING, CHARGE: the other process
  const NativeOps* native;
  uint64_t
      number;    // LINKED: the unlink under way; CALL: its parts (request.hpp); SELECTED: the key of writing;
                 // WATCHING, ALIAS: 1 if what comes through it is a reply
  uint64_t tag;  // WATCHING: atom that replaces DOWN, 0 if none; LINKED: the starter that made it, 0 if none
  uint64_t mark;  // WATCHING, ALIAS, SELECTED: Process::received when made; EXIT with a note: when it came

  bool is_message() const { return kind <= EnvelopeKind::LAST_MESSAGE; }
  bool has_ahead() const { return ref == 0; }
  /** Whether a process that is BLOCKED need not be woken for it. */
  bool can_wait() const { return is_message() || kind == EnvelopeKind::CALL_REPLY; }
  bool has(uint8_t flag) const { return (flags & flag) != 0; }
};

static_assert(sizeof(Envelope) == 128);
constexpr size_t ENVELOPE_FIRST_LINE = sizeof(Envelope) / 2;  // up to record_next

/** A blank envelope of this kind, or nullptr when memory is short. */
Envelope* envelope_new(EnvelopeKind kind);

/** The same for a message: of its second line nothing is set. What reads a member there has asked a flag before, or has
 * written it, as the list of records does with its links when a reply goes back as MONITOR. */
Envelope* envelope_new_plain(EnvelopeKind kind);

/** Drops the payload and frees the envelope. Not while it is held in a mailbox word. */
void envelope_free(Envelope* envelope);

/** Frees an envelope that has no payload. nullptr does nothing. */
void envelope_free_blank(Envelope* envelope);

/** It is a user's from here on, and in no account of the runtime; envelope_returned when it comes back, to be freed or
 * used. */
void envelope_lent(Envelope* envelope);
void envelope_returned(Envelope* envelope);

/** Drops a native payload. */
void envelope_drop_native(Envelope* envelope);

/** Drops the payload only; the envelope can be used again. */
inline void envelope_drop_payload(Envelope* envelope) {
  if (envelope->has(envelope_flag::NATIVE)) {
    envelope_drop_native(envelope);
  } else {
    drop_term(envelope->term);
  }
  envelope->term = TermBits{};
}

inline Envelope* next_of(Envelope* envelope) { return static_cast<Envelope*>(envelope->next); }

}  // namespace rsp
