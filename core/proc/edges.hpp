// The relations of one process: its links, the monitors on it, its own monitors, aliases, timers and descriptors.
//
// Each is a record (an Envelope) in one list in order of creation, so that what a death tells goes out in
// that order and never in the order of addresses. Up to LINEAR records are found by walking; beyond that a
// hash finds them in O(1), at 100,000 links too. If there is no memory for the hash the list is walked:
// slower, never wrong. Where there are many each lookup misses the cache, so who knows what will be looked up soon asks
// for it ahead (fetch_*), and who will look nothing up any more drops the hash first.
//
// Suspensions (suspend.hpp) stand in front of all others, since they are looked for as such, also among 100,000 others; they
// tell of nothing that a program could see the order of.
//
// Private to the owner of the process.
#pragma once

#include <cstdint>

#include "core/base/trail.hpp"
#include "core/proc/envelope.hpp"

namespace rsp {

class Edges {
 public:
  static constexpr uint32_t LINEAR = 8;

  /** Appends, a suspension in front. A record of the same key must not be there. */
  void add(Envelope* record);
  void remove(Envelope* record);

  Envelope* find_link(uint64_t peer) const;
  /** The record that this reference names, of whatever kind. */
  Envelope* find_ref(uint64_t number) const;

  /** The request of another process that this reference of its names. */
  Envelope* find_call(uint64_t number) const;

  /** Begins to fetch what find_link or find_ref of the same will read, where that is worth it. */
  void fetch_link(uint64_t peer) const {
    if (buckets_ != nullptr) fetch(peer | LINK_BIT);
  }
  void fetch_ref(uint64_t number) const {
    if (buckets_ != nullptr) fetch(number);
  }

  /** Begins to fetch what a walk reaches two steps after `record`; it reads the next one, which the step before has fetched. */
  void fetch_from(const Envelope* record) const { fetch_lines(record->record_next->record_next); }

  /** Whether a record is of what the process holds itself, and not of those who depend on it. */
  static bool is_own(const Envelope* record) {
    switch (record->kind) {
      case EnvelopeKind::WATCHING:
      case EnvelopeKind::ALIAS:
      case EnvelopeKind::ARMED:
      case EnvelopeKind::RESOURCE:
      case EnvelopeKind::SELECTED:
      case EnvelopeKind::CHARGE:
        return true;
      default:  // LINKED, WATCHER, and what is asked: ALIVE_REQUEST, INFO_REQUEST, CALL
        return false;
    }
  }

  /** False: none of the records is_own. */
  bool may_have_own() const { return own_ != 0; }

  /** Whether a record is one of those in front. */
  static bool is_suspension(const Envelope* record) {
    const bool can_be = record->kind == EnvelopeKind::WATCHER || record->kind == EnvelopeKind::WATCHING ||
                        record->kind == EnvelopeKind::ALIVE_REQUEST;
    return can_be && record->has(envelope_flag::SUSPENDS);
  }

  Envelope* first() const { return first_; }
  /** The one after `record` in order of creation, nullptr after the last. */
  Envelope* after(const Envelope* record) const {
    return record->record_next == first_ ? nullptr : record->record_next;
  }
  Envelope* last() const { return first_ == nullptr ? nullptr : first_->record_previous; }
  /** The one before `record` in order of creation, nullptr before the first. */
  Envelope* before(const Envelope* record) const {
    return record == first_ ? nullptr : record->record_previous;
  }
  uint32_t size() const { return count_; }

  /** Frees the hash. What is looked up after that is found by walking, until add makes another hash. */
  void drop_hash();

 private:
  static uint64_t key_of(const Envelope* record) {
    // The top bits keep links (process ids, below bit 63) apart from references (numbers, below bit 62), and those of
    // this process apart from those of others that ask it.
    if (record->kind == EnvelopeKind::LINKED) return record->peer | LINK_BIT;
    return record->kind == EnvelopeKind::CALL ? record->ref | CALL_BIT : record->ref;
  }
  Envelope* find(uint64_t key) const;
  uint32_t bucket_of(uint64_t key) const {
    return static_cast<uint32_t>((key * 0x9E37'79B9'7F4A'7C15ULL) >> (64 - log2_buckets_));
  }
  static void fetch_lines(const Envelope* record) {
    fetch_ahead(record);
    fetch_ahead(reinterpret_cast<const char*>(record) + ENVELOPE_FIRST_LINE);
  }
  void fetch(uint64_t key) const {
    const Envelope* const record = buckets_[bucket_of(key)];
    if (record != nullptr) fetch_lines(record);  // it may have been given up
  }
  void index(Envelope* record);
  void grow(Envelope* newest);

  static constexpr uint64_t LINK_BIT = uint64_t{1} << 63;
  static constexpr uint64_t CALL_BIT = uint64_t{1} << 62;

  Envelope* first_ = nullptr;
  Envelope** buckets_ = nullptr;
  uint32_t count_ = 0;
  uint8_t log2_buckets_ = 0;
  // How many of the records are own. MANY: there were as many or more since the list was last empty, and are counted no longer.
  uint8_t own_ = 0;

  static constexpr uint8_t MANY = UINT8_MAX;
};

static_assert(sizeof(Edges) == 24);

}  // namespace rsp
