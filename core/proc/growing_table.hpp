// A table of rings (core/proc/ring_table.hpp) that one process has to itself, and no lock: so it gets its own memory as it grows.
//
// It does not own what is in it.
#pragma once

#include "core/mem/alloc.hpp"
#include "core/proc/ring_table.hpp"

namespace rsp {

template <class Entry, RingLinks<Entry> Entry::*LINKS>
class GrowingTable {
 public:
  GrowingTable() = default;
  ~GrowingTable() { table_.free_segments(); }
  GrowingTable(const GrowingTable&) = delete;
  GrowingTable& operator=(const GrowingTable&) = delete;

  /** The oldest entry of this hash that is `same`; nullptr: there is none. */
  template <class Same>
  Entry* find(uint64_t hash, const Same& same) const {
    return table_.find(hash, same);
  }

  /** `head`: as found; nullptr: it is the first with its key. */
  void add(Entry* entry, Entry* head, uint64_t hash) {
    table_.add(entry, head, hash);
    if (!table_.is_full()) return;
    if (const size_t missing = table_.missing()) {
      void* const segment = mem_alloc_zeroed(missing);
      if (segment == nullptr) return;  // longer buckets, then
      table_.provide(segment);
    }
    table_.grow();
  }

  void remove(Entry* entry, Entry* head) { table_.remove(entry, head); }

  void delete_all() {
    uint32_t bucket = 0;
    uint32_t all = UINT32_MAX;
    while (Entry* const entry = table_.take_any(&bucket, &all)) mem_delete(entry);
  }

 private:
  RingTable<Entry, LINKS> table_;
};

}  // namespace rsp
