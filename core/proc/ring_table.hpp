// A table of rings: for each key the entries that have it, in the order they came. Intrusive, so nothing is allocated for
// an entry; and no operation takes longer than its bucket, so it can be done under a lock (core/sync/lock.hpp).
//
// Of a ring the oldest entry is the head, and stands in the bucket for all. The buckets grow one at a time (linear
// hashing): each insertion beyond them splits one, and none moves them all. They lie in segments that double in size; the
// caller gives the memory for one, since under a lock there is none to be had. Without it the buckets are longer: slower,
// never wrong.
//
//   RingTable<Entry, &Entry::links> table;
//   Entry* const head = table.find(hash, [&](const Entry& other) { return ...same key...; });
//   table.add(entry, head, hash);
//   if (table.is_full() && table.missing() == 0) table.grow();
//
// A walk goes by *places*: a place is a hash with its bits reversed, and a bucket has an unbroken range of them. To split a
// bucket splits its range, so who goes on from where a range ended meets each ring that stays exactly once, however much
// the table has grown meanwhile:
//
//   uint64_t place = 0;
//   do {
//     for (Entry* head = table.first_at(place); head != nullptr; head = table.next_in_bucket(head)) ...
//     place = table.after_bucket(place);
//   } while (place != 0);
//
// Private to whoever has it, or its lock. All-zero memory is an empty table.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "core/base/assert.hpp"
#include "core/mem/alloc.hpp"

namespace rsp {

template <class Entry>
struct RingLinks {
  Entry* chain = nullptr;  // of a head: the next one in its bucket
  Entry* next = nullptr;
  Entry* previous = nullptr;
  uint64_t hash = 0;
  uint32_t length = 0;  // of a head: how many the ring has
};

template <class Entry, RingLinks<Entry> Entry::*LINKS>
class RingTable {
 public:
  /** The oldest entry of this hash that is `same`. */
  template <class Same>
  Entry* find(uint64_t hash, const Same& same) const {
    for (Entry* head = bucket(index_of(hash)); head != nullptr; head = links(head).chain) {
      if (links(head).hash == hash && same(*head)) return head;
    }
    return nullptr;
  }

  /** `head`: as found; nullptr: it is the first with its key. */
  void add(Entry* entry, Entry* head, uint64_t hash) {
    RingLinks<Entry>& mine = links(entry);
    mine = RingLinks<Entry>{};
    mine.hash = hash;
    if (head == nullptr) {
      mine.next = mine.previous = entry;
      mine.length = 1;
      put(entry);
      ++rings_;
      return;
    }
    mine.next = head;
    mine.previous = links(head).previous;
    links(mine.previous).next = entry;
    links(head).previous = entry;
    ++links(head).length;
  }

  /** One that is in the table. `head` is of its ring, itself perhaps. */
  void remove(Entry* entry, Entry* head) {
    RingLinks<Entry>& mine = links(entry);
    links(mine.previous).next = mine.next;
    links(mine.next).previous = mine.previous;
    --links(head).length;
    if (entry != head) return;
    Entry** place = &bucket(index_of(mine.hash));
    while (*place != entry) place = &links(*place).chain;
    *place = mine.chain;
    if (mine.next == entry) {
      --rings_;
      return;
    }
    links(mine.next).length = mine.length;
    put(mine.next);
  }

  /** The one after `entry` in its ring, nullptr after the youngest. */
  static Entry* after(Entry* entry, const Entry* head) {
    Entry* const next = links(entry).next;
    return next == head ? nullptr : next;
  }

  static uint64_t place_of(uint64_t hash) { return reversed(hash); }
  static uint64_t place_of(const Entry* entry) { return reversed(links(entry).hash); }

  /** The heads of the bucket that has this place. Some may lie before it. */
  Entry* first_at(uint64_t place) const { return bucket(index_of(reversed(place))); }
  static Entry* next_in_bucket(const Entry* head) { return links(head).chain; }

  /** The first place of the next bucket; 0: that was the last one. */
  uint64_t after_bucket(uint64_t place) const {
    const uint32_t half = std::bit_ceil(buckets()) / 2;
    const uint32_t index = index_of(reversed(place));
    // As many bits as the bucket has been split by; the last round has not come to those that have no other half yet.
    const bool is_split = index >= half || index + half < buckets();
    const unsigned bits = static_cast<unsigned>(std::bit_width(half)) - (half != 0 && !is_split ? 1 : 0);
    return (place | ~uint64_t{0} >> bits) + 1;
  }

  /** Takes a ring's head out, of a table that nobody else looks into, bucket by bucket; *number is 0 first. Looks at so many
   * empty buckets at most, and says how many more are allowed. nullptr: the table is empty, or none is. */
  Entry* take_any(uint32_t* number, uint32_t* at_most) {
    for (; *number < buckets() && *at_most > 0; ++*number, --*at_most) {
      Entry* const head = bucket(*number);
      if (head == nullptr) continue;
      remove(head, head);
      return head;
    }
    return nullptr;
  }

  /** Bytes of the buckets. */
  uint64_t bytes() const { return sizeof(Entry*) * uint64_t{std::bit_ceil(buckets())}; }

  uint32_t length(const Entry* head) const { return head == nullptr ? 0 : links(head).length; }

  uint32_t buckets() const { return grown_ + 1; }

  bool is_full() const { return rings_ > buckets() && buckets() < MAX_BUCKETS; }

  /** The bytes of the segment without which it cannot grow; 0: it can. Of one that is full. */
  size_t missing() const {
    const unsigned segment = static_cast<unsigned>(std::bit_width(buckets()));
    return segments_[segment] == nullptr ? sizeof(Entry*) * std::bit_floor(buckets()) : 0;
  }

  /** Zeroed memory of so many bytes. */
  void provide(void* segment) { segments_[std::bit_width(buckets())] = static_cast<Entry**>(segment); }

  /** One bucket more, with what belongs into it. Nothing is missing. */
  void grow() {
    const uint32_t fresh = buckets();
    const uint32_t half = std::bit_floor(fresh);
    Entry** from = &bucket(fresh - half);
    Entry** to = &bucket(fresh);
    ++grown_;
    while (Entry* const head = *from) {
      if ((links(head).hash & (2 * uint64_t{half} - 1)) != fresh) {
        from = &links(head).chain;
        continue;
      }
      *from = links(head).chain;
      links(head).chain = nullptr;
      *to = head;
      to = &links(head).chain;
    }
  }

  /** Gives the memory of a table back that nobody uses any more. */
  void free_segments() {
    for (Entry**& segment : segments_) {
      mem_free(segment);
      segment = nullptr;
    }
  }

 private:
  static constexpr unsigned SEGMENTS = 24;
  static constexpr uint32_t MAX_BUCKETS = 1u << (SEGMENTS - 1);

  static RingLinks<Entry>& links(Entry* entry) {
    RSP_DEBUG_ASSERT(entry != nullptr);
    return entry->*LINKS;
  }
  static const RingLinks<Entry>& links(const Entry* entry) { return entry->*LINKS; }

  static uint64_t reversed(uint64_t bits) {
    uint64_t swapped = __builtin_bswap64(bits);
    swapped = (swapped >> 4 & 0x0F0F'0F0F'0F0F'0F0F) | (swapped & 0x0F0F'0F0F'0F0F'0F0F) << 4;
    swapped = (swapped >> 2 & 0x3333'3333'3333'3333) | (swapped & 0x3333'3333'3333'3333) << 2;
    return (swapped >> 1 & 0x5555'5555'5555'5555) | (swapped & 0x5555'5555'5555'5555) << 1;
  }

  uint32_t index_of(uint64_t hash) const {
    const uint32_t mask = std::bit_ceil(buckets()) - 1;
    const uint32_t index = static_cast<uint32_t>(hash) & mask;
    return index < buckets() ? index : index & mask >> 1;
  }

  Entry*& bucket(uint32_t index) {
    return index == 0 ? first_ : segments_[std::bit_width(index)][index - std::bit_floor(index)];
  }
  Entry* bucket(uint32_t index) const {
    return index == 0 ? first_ : segments_[std::bit_width(index)][index - std::bit_floor(index)];
  }

  void put(Entry* head) {
    Entry*& place = bucket(index_of(links(head).hash));
    links(head).chain = place;
    place = head;
  }

  Entry* first_ = nullptr;           // bucket 0
  Entry** segments_[SEGMENTS] = {};  // segment k has the buckets from 2^(k-1) on, as many
  uint32_t grown_ = 0;               // buckets but the first
  uint32_t rings_ = 0;
};

}  // namespace rsp
