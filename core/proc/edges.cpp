#include "core/proc/edges.hpp"

#include <cstring>

#include "core/base/assert.hpp"
#include "core/env/sometimes.hpp"
#include "core/mem/alloc.hpp"

namespace rsp {

void Edges::add(Envelope* record) {
  if (first_ == nullptr) {
    record->record_next = record->record_previous = record;
    first_ = record;
  } else {
    Envelope* const last = first_->record_previous;
    record->record_next = first_;
    record->record_previous = last;
    last->record_next = record;
    first_->record_previous = record;
    if (is_suspension(record)) first_ = record;
  }
  ++count_;
  if (is_own(record) && own_ != MANY) ++own_;
  if (buckets_ != nullptr && count_ <= 2u << log2_buckets_) {
    index(record);
  } else if (count_ > LINEAR) {
    grow(record);
  }
}

void Edges::remove(Envelope* record) {
  RSP_ASSERT(count_ > 0);
  if (buckets_ != nullptr) {
    Envelope** link = &buckets_[bucket_of(key_of(record))];
    while (*link != record) {
      RSP_ASSERT(*link != nullptr);
      link = &(*link)->hash_next;
    }
    *link = record->hash_next;
    record->hash_next = nullptr;
  }
  if (is_own(record) && own_ != MANY) --own_;
  if (--count_ == 0) {
    first_ = nullptr;
    own_ = 0;
    drop_hash();
  } else {
    record->record_previous->record_next = record->record_next;
    record->record_next->record_previous = record->record_previous;
    if (first_ == record) first_ = record->record_next;
  }
  record->record_next = record->record_previous = nullptr;
}

// A pid or a reference with a bit set is none that the runtime made, and must not find what differs by it.
Envelope* Edges::find_link(uint64_t peer) const {
  return (peer & LINK_BIT) != 0 ? nullptr : find(peer | LINK_BIT);
}

Envelope* Edges::find_ref(uint64_t number) const {
  return (number & (LINK_BIT | CALL_BIT)) != 0 ? nullptr : find(number);
}

Envelope* Edges::find_call(uint64_t number) const {
  return (number & (LINK_BIT | CALL_BIT)) != 0 ? nullptr : find(number | CALL_BIT);
}

Envelope* Edges::find(uint64_t key) const {
  if (buckets_ != nullptr) {
    for (Envelope* record = buckets_[bucket_of(key)]; record != nullptr; record = record->hash_next) {
      if (key_of(record) == key) return record;
    }
    return nullptr;
  }
  if (first_ == nullptr) return nullptr;
  Envelope* record = first_;
  do {
    if (key_of(record) == key) return record;
    record = record->record_next;
  } while (record != first_);
  return nullptr;
}

void Edges::index(Envelope* record) {
  Envelope*& bucket = buckets_[bucket_of(key_of(record))];
  record->hash_next = bucket;
  bucket = record;
}

void Edges::grow(Envelope* newest) {
  uint32_t log2 = 5;
  while ((1u << log2) < count_) ++log2;
  const size_t bytes = sizeof(void*) << (log2 + 1);
  Envelope** const buckets = static_cast<Envelope**>(mem_alloc(bytes));
  if (buckets == nullptr) {
    RSP_SOMETIMES("no memory for a hash of relations");
    // Go on with what there is: the old hash with longer chains, or the list.
    if (buckets_ != nullptr) index(newest);
    return;
  }
  std::memset(buckets, 0, bytes);
  mem_free(buckets_);
  buckets_ = buckets;
  log2_buckets_ = log2 + 1;
  Envelope* record = first_;
  do {
    index(record);
    record = record->record_next;
  } while (record != first_);
}

void Edges::drop_hash() {
  mem_free(buckets_);
  buckets_ = nullptr;
  log2_buckets_ = 0;
}

}  // namespace rsp
