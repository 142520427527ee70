// What the process of a scope knows by itself (core/otp/pg.hpp): which entries of the store are whose, so that a member or a
// subscriber goes in a few steps, however many others there are in its group.
//
// Private to the scope's process, but for the end: who drops its state frees the records. The entries are the store's.
#pragma once

#include "core/proc/api.hpp"
#include "core/term/compare.hpp"

namespace rsp {

/** That a process has joined a group, once. */
struct Membership {
  Pid pid;
  LocalRef monitor;  // of the process: the same in all its memberships
  Term group_key;
  Holding* entry = nullptr;
  RingLinks<Membership> by_pid;
  RingLinks<Membership> by_pair;  // of the process and the group
};

/** Who is told of what. */
struct Subscription {
  LocalRef monitor;  // of the process, and the name of the subscription
  Holding* entry = nullptr;
  RingLinks<Subscription> by_ref;
};

/** A table of rings that one process has, and that grows as it goes. It does not own what is in it. */
template <class Record, RingLinks<Record> Record::*LINKS>
class GrowingTable {
 public:
  GrowingTable() = default;
  ~GrowingTable() { table_.free_segments(); }
  GrowingTable(const GrowingTable&) = delete;
  GrowingTable& operator=(const GrowingTable&) = delete;

  /** The oldest one; nullptr: there is none. */
  template <class Same>
  Record* head(uint64_t hash, const Same& same) const {
    return table_.find(hash, same);
  }

  /** `head`: as found. */
  void add(Record* record, Record* head, uint64_t hash) {
    table_.add(record, head, hash);
    if (!table_.is_full()) return;
    if (const size_t missing = table_.missing()) {
      void* const segment = mem_alloc_zeroed(missing);
      if (segment == nullptr) return;  // longer buckets, then
      table_.provide(segment);
    }
    table_.grow();
  }

  void remove(Record* record, Record* head) { table_.remove(record, head); }

  void delete_all() {
    uint32_t bucket = 0;
    uint32_t all = UINT32_MAX;
    while (Record* const record = table_.take_any(&bucket, &all)) mem_delete(record);
  }

 private:
  RingTable<Record, LINKS> table_;
};

class PgRecords {
 public:
  PgRecords() = default;
  ~PgRecords();
  PgRecords(const PgRecords&) = delete;
  PgRecords& operator=(const PgRecords&) = delete;

  /** The newest membership of a process, in a group or in any; nullptr: there is none. */
  Membership* newest_of(Pid pid) const;
  Membership* newest_of(Pid pid, TermBits group_key) const;

  /** False: memory is short. */
  [[nodiscard]] bool add(Pid pid, LocalRef monitor, TermBits group_key, Holding* entry);
  void remove(Membership* membership);

  /** nullptr: there is none. */
  Subscription* subscription(LocalRef monitor) const;
  [[nodiscard]] bool add(LocalRef monitor, Holding* entry);
  void remove(Subscription* subscription);

 private:
  Membership* ring_of(Pid pid) const;
  Membership* ring_of(Pid pid, TermBits group_key) const;

  GrowingTable<Membership, &Membership::by_pid> by_pid_;
  GrowingTable<Membership, &Membership::by_pair> by_pair_;
  GrowingTable<Subscription, &Subscription::by_ref> subscriptions_;
};

}  // namespace rsp
