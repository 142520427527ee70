// RingTable against what it stands for: a map of lists.
#include "core/proc/ring_table.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>
#include <vector>

namespace rsp {
namespace {

struct Item {
  uint64_t key = 0;
  RingLinks<Item> links;
};

using Table = RingTable<Item, &Item::links>;

/// Few different hashes: keys share them.
uint64_t hash_of(uint64_t key, uint64_t hashes) { return key % hashes * 0x9E37'79B9'7F4A'7C15ULL; }

class Model {
 public:
  explicit Model(uint64_t hashes) : hashes_(hashes) {}
  ~Model() { table_.free_segments(); }
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  Item* head(uint64_t key) const {
    return table_.find(hash_of(key, hashes_), [key](const Item& other) { return other.key == key; });
  }

  void add(uint64_t key, bool has_memory) {
    Item* const item = &items_.emplace_back();
    item->key = key;
    table_.add(item, head(key), hash_of(key, hashes_));
    rings_[key].push_back(item);
    if (!table_.is_full()) return;
    if (const size_t missing = table_.missing()) {
      if (!has_memory) return;
      table_.provide(mem_alloc_zeroed(missing));
    }
    ASSERT_EQ(table_.missing(), 0u);
    table_.grow();
  }

  void remove(uint64_t key, size_t place) {
    std::deque<Item*>& ring = rings_[key];
    table_.remove(ring[place], head(key));
    ring.erase(ring.begin() + static_cast<ptrdiff_t>(place));
    if (ring.empty()) rings_.erase(key);
  }

  size_t length(uint64_t key) const {
    const auto ring = rings_.find(key);
    return ring == rings_.end() ? 0 : ring->second.size();
  }

  void check(uint64_t key) const {
    Item* const first = head(key);
    ASSERT_EQ(table_.length(first), length(key));
    if (first == nullptr) return;
    std::vector<Item*> found;
    for (Item* item = first; item != nullptr; item = Table::after(item, first)) found.push_back(item);
    const std::deque<Item*>& ring = rings_.at(key);
    ASSERT_EQ(found, std::vector<Item*>(ring.begin(), ring.end()));
  }

 private:
  const uint64_t hashes_;
  Table table_;
  std::deque<Item> items_;
  std::map<uint64_t, std::deque<Item*>> rings_;
};

void run(uint64_t keys, uint64_t hashes, bool has_memory) {
  std::mt19937_64 random(keys + hashes);
  Model model(hashes);
  for (int step = 0; step < 20'000; ++step) {
    const uint64_t key = random() % keys;
    const size_t length = model.length(key);
    if (length > 0 && random() % 2 == 0) {
      model.remove(key, random() % length);
    } else {
      model.add(key, has_memory);
    }
    ASSERT_NO_FATAL_FAILURE(model.check(key));
  }
  for (uint64_t key = 0; key < keys; ++key) ASSERT_NO_FATAL_FAILURE(model.check(key));
}

TEST(RingTable, has_of_each_key_its_entries_in_the_order_they_came) {
  for (const uint64_t keys : {1u, 7u, 300u, 5000u}) {
    for (const uint64_t hashes : {1u, 5u, 1u << 20}) ASSERT_NO_FATAL_FAILURE(run(keys, hashes, true));
  }
}

TEST(RingTable, without_memory_to_grow_is_as_right) { ASSERT_NO_FATAL_FAILURE(run(300, 1 << 20, false)); }

// Who empties a table in turns must not walk all that it once needed in one of them.
TEST(RingTableTest, empty_buckets_count_when_a_table_is_emptied) {
  constexpr uint64_t ITEMS = 1000;
  std::deque<Item> items;
  Table table;
  for (uint64_t key = 0; key < ITEMS; ++key) {
    Item* const item = &items.emplace_back();
    table.add(item, nullptr, hash_of(key, ITEMS));
    if (!table.is_full()) continue;
    if (const size_t missing = table.missing()) table.provide(mem_alloc_zeroed(missing));
    table.grow();
  }
  ASSERT_GE(table.buckets(), ITEMS - 1);
  for (size_t i = 1; i < items.size(); ++i) table.remove(&items[i], &items[i]);
  uint32_t bucket = 0;
  uint32_t turns = 0;
  uint32_t taken = 0;
  for (bool at_end = false; !at_end; ++turns) {
    uint32_t at_most = 100;
    while (table.take_any(&bucket, &at_most) != nullptr) {
      ++taken;
      --at_most;
    }
    at_end = at_most != 0;
  }
  EXPECT_EQ(taken, 1u);
  EXPECT_GE(turns, table.buckets() / 100);
  table.free_segments();
}

}  // namespace
}  // namespace rsp
