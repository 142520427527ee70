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
