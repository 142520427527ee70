#include "core/proc/dictionary.hpp"

#include <algorithm>

#include "core/base/assert.hpp"
#include "core/mem/alloc.hpp"
#include "core/term/compare.hpp"

namespace rsp {
namespace {

constexpr uint64_t LEAST_CAPACITY = 8;
constexpr uint64_t USED = uint64_t{1} << 63;

uint64_t hash_of(TermBits key) { return hash(key) | USED; }

/** A list of so many terms, each of which `next` makes. */
template <class Next>
rsp_result list_of(Term* out, uint64_t count, Next&& next) {
  TermBits* const row = static_cast<TermBits*>(mem_alloc(sizeof(TermBits) * (count + 1)));
  if (row == nullptr) return RSP_ENOMEM;
  rsp_result result = RSP_OK;
  uint64_t made = 0;
  while (made < count && result == RSP_OK) {
    Term term;
    result = next(&term);
    row[made++] = term.release();
  }
  if (result == RSP_OK) result = make_list(out, std::span<const TermBits>(row, made));
  for (uint64_t i = 0; i < made; ++i) drop_term(row[i]);
  mem_free(row);
  return result;
}

}  // namespace

Dictionary::Slot& Dictionary::slot_of(TermBits key, uint64_t hash) const {
  uint64_t at = hash & (capacity_ - 1);
  while (slots_[at].hash != 0 && !(slots_[at].hash == hash && equal(slots_[at].key, key)))
    at = (at + 1) & (capacity_ - 1);
  return slots_[at];
}

TermBits Dictionary::get(TermBits key) const {
  if (size_ == 0) return TermBits::nil();
  const Slot& slot = slot_of(key, hash_of(key));
  return slot.hash == 0 ? TermBits::nil() : slot.value;
}

rsp_result Dictionary::put(TermBits key, TermBits value, Term* previous) {
  const uint64_t hash = hash_of(key);
  Slot* slot = capacity_ == 0 ? nullptr : &slot_of(key, hash);
  if (slot != nullptr && slot->hash != 0) {
    *previous = Term::adopt(slot->value);
    slot->value = Term::share(value).release();
    return RSP_OK;
  }
  if (4 * (size_ + 1) > 3 * capacity_) {
    if (!resize(std::max(LEAST_CAPACITY, 2 * capacity_))) return RSP_ENOMEM;
    slot = &slot_of(key, hash);
  }
  RSP_DEBUG_ASSERT(slot != nullptr);  // a capacity of none is too small for one
  *slot = Slot{hash, Term::share(key).release(), Term::share(value).release()};
  ++size_;
  *previous = Term();
  return RSP_OK;
}

Term Dictionary::erase(TermBits key) {
  if (size_ == 0) return Term();
  Slot* hole = &slot_of(key, hash_of(key));
  if (hole->hash == 0) return Term();
  drop_term(hole->key);
  Term value = Term::adopt(hole->value);
  const uint64_t mask = capacity_ - 1;
  for (uint64_t at = static_cast<uint64_t>(hole - slots_) + 1;; ++at) {
    Slot& slot = slots_[at & mask];
    if (slot.hash == 0) break;
    // It may move up to the hole if that is not before the slot of its hash.
    const uint64_t from_home = (at - slot.hash) & mask;
    const uint64_t from_hole = (at - static_cast<uint64_t>(hole - slots_)) & mask;
    if (from_home < from_hole) continue;
    *hole = slot;
    hole = &slot;
  }
  hole->hash = 0;
  --size_;
  if (size_ == 0) {
    (void)drop(UINT64_MAX);
  } else if (capacity_ > LEAST_CAPACITY && 8 * size_ < capacity_) {
    (void)resize(capacity_ / 2);  // without memory it stays as it is
  }
  return value;
}

rsp_result Dictionary::keys(Term* out) const {
  const Slot* slot = slots_;
  return list_of(out, size_, [&](Term* key) {
    while (slot->hash == 0) ++slot;
    *key = Term::share((slot++)->key);
    return RSP_OK;
  });
}

rsp_result Dictionary::pairs(Term* out, uint64_t at_most) const {
  const Slot* slot = slots_;
  return list_of(out, std::min(size_, at_most), [&](Term* pair) {
    while (slot->hash == 0) ++slot;
    const Slot& entry = *slot++;
    return make_tuple(pair, {entry.key, entry.value});
  });
}

bool Dictionary::drop(uint64_t at_most) {
  for (; capacity_ != 0 && at_most != 0; --at_most) {
    const Slot& slot = slots_[--capacity_];
    if (slot.hash == 0) continue;
    drop_term(slot.key);
    drop_term(slot.value);
  }
  if (capacity_ != 0) return false;
  mem_free(slots_);
  slots_ = nullptr;
  size_ = 0;
  return true;
}

bool Dictionary::resize(uint64_t capacity) {
  Slot* const slots = static_cast<Slot*>(mem_alloc_zeroed(sizeof(Slot) * capacity));
  if (slots == nullptr) return false;
  const uint64_t mask = capacity - 1;
  for (uint64_t i = 0; i < capacity_; ++i) {
    if (slots_[i].hash == 0) continue;
    uint64_t at = slots_[i].hash & mask;
    while (slots[at].hash != 0) at = (at + 1) & mask;
    slots[at] = slots_[i];
  }
  mem_free(slots_);
  slots_ = slots;
  capacity_ = capacity;
  return true;
}

}  // namespace rsp
