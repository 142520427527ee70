#include "core/otp/pg_records.hpp"

namespace rsp {
namespace {

uint64_t hash_of(Pid pid) { return hash(TermBits(pid)); }
uint64_t hash_of(LocalRef ref) { return hash(TermBits::integer(static_cast<int64_t>(ref.number))); }

uint64_t hash_of(Pid pid, TermBits group_key) {
  return (hash_of(pid) ^ hash(group_key)) * 0x9E3779B97F4A7C15u;  // the low bits say where it stands
}

}  // namespace

PgRecords::~PgRecords() {
  by_pid_.delete_all();
  subscriptions_.delete_all();
}

Membership* PgRecords::ring_of(Pid pid) const {
  return by_pid_.find(hash_of(pid), [pid](const Membership& other) { return other.pid == pid; });
}

Membership* PgRecords::ring_of(Pid pid, TermBits group_key) const {
  return by_pair_.find(hash_of(pid, group_key), [&](const Membership& other) {
    return other.pid == pid && equal(other.group_key, group_key);
  });
}

Membership* PgRecords::newest_of(Pid pid) const {
  Membership* const head = ring_of(pid);
  return head == nullptr ? nullptr : head->by_pid.previous;
}

Membership* PgRecords::newest_of(Pid pid, TermBits group_key) const {
  Membership* const head = ring_of(pid, group_key);
  return head == nullptr ? nullptr : head->by_pair.previous;
}

bool PgRecords::add(Pid pid, LocalRef monitor, TermBits group_key, Holding* entry) {
  Membership* const made = mem_new<Membership>();
  if (made == nullptr) return false;
  made->pid = pid;
  made->monitor = monitor;
  made->group_key = Term::share(group_key);
  made->entry = entry;
  by_pid_.add(made, ring_of(pid), hash_of(pid));
  by_pair_.add(made, ring_of(pid, group_key), hash_of(pid, group_key));
  return true;
}

void PgRecords::remove(Membership* membership) {
  by_pid_.remove(membership, ring_of(membership->pid));
  by_pair_.remove(membership, ring_of(membership->pid, membership->group_key));
  mem_delete(membership);
}

Subscription* PgRecords::subscription(LocalRef monitor) const {
  return subscriptions_.find(hash_of(monitor),
                             [monitor](const Subscription& other) { return other.monitor == monitor; });
}

bool PgRecords::add(LocalRef monitor, Holding* entry) {
  Subscription* const made = mem_new<Subscription>();
  if (made == nullptr) return false;
  made->monitor = monitor;
  made->entry = entry;
  subscriptions_.add(made, nullptr, hash_of(monitor));
  return true;
}

void PgRecords::remove(Subscription* subscription) {
  subscriptions_.remove(subscription, subscription);
  mem_delete(subscription);
}

}  // namespace rsp
