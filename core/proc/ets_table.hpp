// One table of keys and values, as core/proc/ets.cpp, ets_owner.cpp and ets_closed.cpp see it; what they do is in core/proc/ets.hpp.
//
// A table lies in a *slot*, which is there for as long as the OS process and serves one table after the other (about
// 4 KiB). Its contents lie in shards by the hash of their keys, each with a lock of its own; who owns which table is in one
// *book* for all of them, with a lock of its own too, which is needed to make, delete, give away and inherit, and not to
// read or write.
//
//   free      number 0, nobody's        in the book's list of free slots, or in the hands of who makes a table of it
//   live      number, owner             in the ring of its owner's tables
//   closed    number 0                  in the hands of who closed it; or in the list of what a process has still to free
//
//   E1  The number, unique in the run, is the table: the reference has it, and the slot and each shard while the table
//       lives. It is taken off the slot first, by whoever has the book, and from that moment on the table is over: who comes
//       later finds no number, who was on the way finds the shard closed or is done before it is.
//   E2  What is written while the slot has no number, `access` and the owner, is read by who has found the number in the
//       shard, under its lock.
//   E3  The owner of a live table is a process whose name is not closed (core/proc/registry.hpp), or one that is ending and
//       has yet to look: who makes somebody the owner has the book, counts the table for him, and then confirms his name
//       word; who ends closes that word, and then looks at the count. So one of the two sees the other. One whose tables
//       are being passed on gets none: who has inherited one of them knows that it ends.
//   E4  The heir's message was made when the heir was named, and again when the owner changed: it says whose the table was.
//       So to inherit needs no memory. It is missing where the heir is the owner.
//   E5  Closed contents are freed by one process, or thread, which needs no lock: in the shards nobody looks any more, since
//       they are closed.
//   E6  Nobody takes a lock of a table that is over, but who was on the way: a program may fork between two runs of the
//       runtime (core/proc/keyed.hpp, K6).
//   E7  Under a lock nothing is freed and no code of users runs; no walk takes a lock for more than WALK steps.
//
// Rejected: tables among the holdings of a process (core/proc/holdings.hpp), whose list nobody else may change, so that a
// table given away would belong to nobody until the other process takes a signal; one lock for a table, which 16 cores
// that read would queue at; a snapshot of all shards at once, which would keep every writer waiting for the longest walk.
#pragma once

#include "core/env/atomic.hpp"
#include "core/proc/ets.hpp"
#include "core/proc/ring_shard.hpp"

namespace rsp {

struct EtsEntry {
  Term key;
  Term value;
  uint64_t bytes = 0;  // what it and its terms occupy
  RingLinks<EtsEntry> links;
};

struct EtsShard : RingShard<EtsEntry, &EtsEntry::links> {
  uint64_t bytes = 0;
};

struct EtsName;  // core/proc/ets_book.hpp

struct EtsTable {
  env::Atomic<uint64_t> number{0};  // E1
  env::Atomic<uint64_t> owner{0};   // id of a process; changed by who has the book
  env::Atomic<uint32_t> name{0};    // an atom; 0: none
  EtsAccess access = EtsAccess::PROTECTED;
  uint32_t slot = 0;

  // Of who has the book, or the closed table.
  EtsTable* next_free = nullptr;  // closed: in the list of who frees it
  RingLinks<EtsTable> by_owner;
  EtsName* named = nullptr;
  Pid heir;
  Term heir_data;
  Envelope* heir_message = nullptr;  // E4
  size_t freed_shards = 0;           // E5: so far
  uint32_t freed_buckets = 0;

  EtsShard shards[RING_SHARDS];
};

/** The live table of this reference; nullptr: it is over. Any thread. */
EtsTable* ets_table(const Ref& ref);

/** Whether the process of this caller has ended, in its section. Asked under the lock of what it would change: who has heard of
 * that end comes later. */
bool ets_is_over(const EtsCaller& caller);

/** The bytes of an entry of these terms. */
uint64_t ets_entry_bytes(TermBits key, TermBits value);

}  // namespace rsp
