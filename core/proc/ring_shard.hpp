// A part of a store that many threads change: a table of rings (core/proc/ring_table.hpp) and its lock.
//
// A shard is in one opening of its store, or in none: 0. Whoever takes the lock looks at that first, since the store may
// have been closed, and opened anew, since he was told of it.
//
// Any thread. What lies in the table is its user's.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/mem/alloc.hpp"
#include "core/proc/ring_table.hpp"
#include "core/sync/lock.hpp"
#include "core/term/compare.hpp"
#include "core/term/term.hpp"

namespace rsp {

#if defined(RSP_ENV_NATIVE)
inline constexpr size_t RING_SHARDS = 16;  // of one store
#else
inline constexpr size_t RING_SHARDS = 1;  // each lock is a choice point
#endif

/** The shard of a hash: by bits that no table of rings looks at. */
inline size_t shard_of(uint64_t hash) { return hash >> 32 & (RING_SHARDS - 1); }

inline uint64_t hash_of_owner(uint64_t owner) { return hash(TermBits(Pid{owner, 0, 0})); }

template <class Entry, RingLinks<Entry> Entry::*LINKS>
struct RingShard {
  Lock lock;
  uint64_t opening = 0;  // 0: closed
  uint64_t size = 0;
  RingTable<Entry, LINKS> table;
};

/** Under the lock. Returns the bytes of the segment that the table needs to grow; 0: none, or not now. */
template <class AnyShard, class Entry>
size_t add_to(AnyShard& shard, Entry* entry, Entry* head, uint64_t hash) {
  shard.table.add(entry, head, hash);
  ++shard.size;
  if (!shard.table.is_full()) return 0;
  if (const size_t missing = shard.table.missing()) return missing;
  shard.table.grow();
  return 0;
}

/** Not under the lock: the memory that add_to spoke of. */
template <class AnyShard>
void provide(AnyShard& shard, size_t bytes) {
  if (bytes == 0) return;
  void* segment = mem_alloc_zeroed(bytes);
  if (segment == nullptr) return;
  {
    const Locked locked(shard.lock);
    // It may have been provided, or closed and opened, by others meanwhile.
    if (shard.opening != 0 && shard.table.is_full() && shard.table.missing() == bytes) {
      shard.table.provide(segment);
      shard.table.grow();
      segment = nullptr;
    }
  }
  mem_free(segment);
}

}  // namespace rsp
