// SoughtKey: which keys are compared under the lock of their table, and which behind it.
#include "core/proc/sought_key.hpp"

#include <string>
#include <vector>

#include "tests/core/term/balance.hpp"

namespace rsp {
namespace {

struct Entry {
  Term key;
};

TermBits key_of(const Entry& entry) { return entry.key; }

/** All of one hash. */
struct Table {
  template <class Same>
  const Entry* find(uint64_t, const Same& same) const {
    for (const Entry& entry : entries) {
      if (same(entry)) return &entry;
    }
    return nullptr;
  }

  void add(const Term& key) { entries.push_back(Entry{key}); }

  std::vector<Entry> entries;
};

Term binary(char letter, size_t length) {
  Term made;
  EXPECT_EQ(make_binary(&made, std::string(length, letter)), RSP_OK);
  return made;
}

class SoughtKeyTest : public Balanced {
 protected:
  void TearDown() override {
    table_.entries.clear();
    Balanced::TearDown();
  }

  /** How often the lock is taken until it is decided. */
  int looks(SoughtKey& sought, const Entry** found) {
    for (int looks = 1;; ++looks, sought.decide()) {
      *found = sought.find(table_, &key_of);
      if (!sought.is_undecided()) return looks;
    }
  }

  Table table_;
};

TEST_F(SoughtKeyTest, a_small_key_is_found_at_once) {
  table_.add(binary('a', 100));
  table_.add(binary('b', 100));
  const Term key = binary('b', 100);
  SoughtKey sought(key);
  const Entry* found;
  EXPECT_EQ(looks(sought, &found), 1);
  EXPECT_EQ(found, &table_.entries[1]);
  const Term missing = binary('c', 100);
  SoughtKey other(missing);
  EXPECT_EQ(looks(other, &found), 1);
  EXPECT_EQ(found, nullptr);
}

TEST_F(SoughtKeyTest, a_large_key_is_compared_behind_the_lock_and_at_once_if_it_is_the_same_block) {
  table_.add(binary('a', 5000));
  const Term key = binary('a', 5000);
  SoughtKey sought(key);
  const Entry* found;
  EXPECT_EQ(looks(sought, &found), 2);
  EXPECT_EQ(found, &table_.entries[0]);
  EXPECT_EQ(looks(sought, &found), 1);
  SoughtKey same(table_.entries[0].key);
  EXPECT_EQ(looks(same, &found), 1);
  EXPECT_EQ(found, &table_.entries[0]);
}

TEST_F(SoughtKeyTest, what_looks_like_a_large_key_is_told_from_it) {
  for (const char letter : {'b', 'c', 'd', 'e'}) table_.add(binary(letter, 5000));
  const Term key = binary('a', 5000);
  const Entry* found;
  SoughtKey missing(key);
  EXPECT_EQ(looks(missing, &found), 3);
  EXPECT_EQ(found, nullptr);
  table_.add(binary('a', 5000));
  SoughtKey sought(key);
  EXPECT_EQ(looks(sought, &found), 3);
  EXPECT_EQ(found, &table_.entries[4]);
}

TEST_F(SoughtKeyTest, an_entry_that_is_replaced_between_two_looks_is_compared_anew) {
  table_.add(binary('a', 5000));
  const Term key = binary('a', 5000);
  SoughtKey sought(key);
  const Entry* found = sought.find(table_, &key_of);
  EXPECT_TRUE(sought.is_undecided());
  table_.entries[0].key = binary('a', 5000);
  sought.decide();
  EXPECT_EQ(looks(sought, &found), 2);
  EXPECT_EQ(found, &table_.entries[0]);
  table_.entries.clear();
  EXPECT_EQ(looks(sought, &found), 1);
  EXPECT_EQ(found, nullptr);
}

}  // namespace
}  // namespace rsp
