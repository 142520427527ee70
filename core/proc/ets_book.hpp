// What all tables share (core/proc/ets_table.hpp): their slots, their names, and who owns which. Private to ets_owner.cpp and
// ets_closed.cpp.
#pragma once

#include "core/env/atomic.hpp"
#include "core/proc/ets_table.hpp"
#include "core/sync/lock.hpp"

namespace rsp {

/** A name that a table has, or had. There for as long as the OS process, as its atom is. */
struct EtsName {
  Atom atom{};
  EtsName* next = nullptr;                // fixed once it is in the list
  env::Atomic<EtsTable*> table{nullptr};  // changed by who has the book
};

using EtsOwners = RingTable<EtsTable, &EtsTable::by_owner>;

/** What is written under its lock; whatever is atomic others read with no lock. */
struct EtsBook {
  static constexpr uint32_t MAX_TABLES = 1u << 16;
  static constexpr size_t LISTS = 64;
  static constexpr size_t COUNTS = 4096;

  Lock lock;
  EtsTable* free = nullptr;
  uint32_t begun = 0;
  EtsOwners live;
  env::Atomic<EtsTable*> slots[MAX_TABLES];
  env::Atomic<EtsName*> names[LISTS];
  env::Atomic<uint32_t> counts[COUNTS];  // of live tables, by the slot of their owner (E3)
};

extern EtsBook ets_book;

inline env::Atomic<uint32_t>& ets_count_of(uint64_t owner) {
  return ets_book.counts[Pid{owner, 0, 0}.index() % EtsBook::COUNTS];
}

// ---- Closed tables (ets_closed.cpp), without the book ----

/** An empty slot that nobody knows. */
void ets_give_slot_back(EtsTable& table);

/** Of a table that is over: who looks into a shard from here on finds it closed. Returns how many steps its contents take to
 * be freed. */
uint64_t ets_close_shards(EtsTable& table);

/** A closed table is the process's to free, when that has ended. */
void ets_keep_closed(EtsTable& table, Process& self);

/** Frees a closed table: at once, or, if there is much in it, in the slices of a process that is made for it. */
void ets_bury(EtsTable& table, uint64_t work);

}  // namespace rsp
