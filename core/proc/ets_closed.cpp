// The contents of tables that are over: E5.
#include "core/proc/ets_book.hpp"
#include "core/proc/spawn.hpp"

namespace rsp {
namespace {

/** E5: frees at most so many entries and buckets. Returns how many are still allowed; not 0: the table is empty, and its slot
 * given back. */
uint32_t free_contents(EtsTable& table, uint32_t at_most) {
  for (; table.freed_shards < RING_SHARDS; ++table.freed_shards, table.freed_buckets = 0) {
    EtsShard& shard = table.shards[table.freed_shards];
    while (EtsEntry* const entry = shard.table.take_any(&table.freed_buckets, &at_most)) {
      mem_delete(entry);
      --at_most;
    }
    if (at_most == 0) return 0;
    shard.table.free_segments();
    shard.table = {};
    shard.size = 0;
    shard.bytes = 0;
  }
  ets_give_slot_back(table);
  return at_most;
}

void free_contents(EtsTable& table) {
  while (free_contents(table, UINT32_MAX) == 0) {
  }
}

/** Steps to free what is in a shard: its buckets count, too, of which a table that had much keeps many. */
uint64_t work_of(const EtsShard& shard) { return shard.size + shard.table.buckets(); }

// ---- A process that frees what is much ----

#if defined(RSP_ENV_NATIVE)
constexpr uint64_t MANY = 1000;  // entries and buckets that are freed at once
#else
constexpr uint64_t MANY = 4;
#endif

/** It does nothing but end, and has the closed table then. */
Next inherit_remains(Process& self, void* state) {
  ets_keep_closed(*static_cast<EtsTable*>(state), self);
  return Next::STOP;
}

/** The state of one that has not come to it. */
void drop_remains(void* state) {
  EtsTable& table = *static_cast<EtsTable*>(state);
  if (table.owner.load(env::RELAXED) == 0) free_contents(table);
}

constexpr Behaviour UNDERTAKER{&inherit_remains, nullptr, &drop_remains};

/** Takes a closed table from its process; nullptr: there is none. */
EtsTable* take_closed(Process& self) {
  if (!self.has(process_flag::CLOSED_TABLES)) return nullptr;
  EtsTable* const table = self.closed_tables;
  self.closed_tables = table->next_free;
  if (self.closed_tables == nullptr) self.flags &= ~process_flag::CLOSED_TABLES;
  return table;
}

}  // namespace

void ets_give_slot_back(EtsTable& table) {
  table.freed_shards = 0;
  table.freed_buckets = 0;
  table.heir = Pid{};
  table.heir_data = Term();
  const Locked locked(ets_book.lock);
  table.next_free = ets_book.free;
  ets_book.free = &table;
}

uint64_t ets_close_shards(EtsTable& table) {
  uint64_t work = 0;
  for (EtsShard& shard : table.shards) {
    const Locked locked(shard.lock);
    shard.opening = 0;
    work += work_of(shard);
  }
  return work;
}

void ets_keep_closed(EtsTable& table, Process& self) {
  table.owner.store(self.id(), env::RELAXED);
  table.next_free = self.has(process_flag::CLOSED_TABLES) ? self.closed_tables : nullptr;
  self.closed_tables = &table;
  self.flags |= process_flag::CLOSED_TABLES;
}

void ets_bury(EtsTable& table, uint64_t work) {
  table.owner.store(0, env::RELAXED);
  Spawned spawned;
  if (work <= MANY || spawn(nullptr, SpawnOptions{}, UNDERTAKER, &table, &spawned) != RSP_OK)
    free_contents(table);
}

bool free_tables(Process& self, uint32_t at_most) {
  while (EtsTable* const table = take_closed(self)) {
    at_most = free_contents(*table, at_most);
    if (at_most != 0) continue;
    ets_keep_closed(*table, self);
    return false;
  }
  return true;
}

void free_tables(Process& self) {
  while (EtsTable* const table = take_closed(self)) {
    uint64_t work = 0;
    for (const EtsShard& shard : table->shards) work += work_of(shard);
    ets_bury(*table, work);
  }
}

}  // namespace rsp
