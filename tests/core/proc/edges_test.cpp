// Edges: the order of the records of a process, and that all of them are found.
#include "core/proc/edges.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace rsp {
namespace {

class EdgesTest : public testing::Test {
 protected:
  Envelope* add(EnvelopeKind kind, uint64_t key, uint8_t flags = 0) {
    Envelope* const record = &records_.emplace_back();
    *record = Envelope{};
    record->kind = kind;
    record->flags = flags;
    record->peer = record->ref = key;
    edges_.add(record);
    return record;
  }

  Edges edges_;
  std::deque<Envelope> records_;
};

// Who looks for suspensions stops at the first record that is none.
TEST_F(EdgesTest, suspensions_stand_in_front_and_all_others_in_the_order_they_came) {
  constexpr uint64_t LINKS = 100;
  for (uint64_t peer = 1; peer <= LINKS; ++peer) add(EnvelopeKind::LINKED, peer, envelope_flag::ACTIVE);
  Envelope* const first = add(EnvelopeKind::WATCHER, 1001, envelope_flag::SUSPENDS);
  add(EnvelopeKind::WATCHER, 1002);
  Envelope* const second = add(EnvelopeKind::WATCHING, 1003, envelope_flag::SUSPENDS);
  Envelope* const question = add(EnvelopeKind::ALIVE_REQUEST, 1004, envelope_flag::SUSPENDS);

  EXPECT_EQ(edges_.first(), question);
  EXPECT_EQ(edges_.after(question), second);
  EXPECT_EQ(edges_.after(second), first);
  const Envelope* record = edges_.after(first);
  for (uint64_t peer = 1; peer <= LINKS; ++peer, record = edges_.after(record)) EXPECT_EQ(record->peer, peer);
  EXPECT_EQ(record->ref, 1002u);
  EXPECT_EQ(edges_.after(record), nullptr);
  EXPECT_EQ(edges_.last(), record);

  for (uint64_t peer = 1; peer <= LINKS; ++peer) EXPECT_NE(edges_.find_link(peer), nullptr);
  for (uint64_t ref = 1001; ref <= 1004; ++ref) EXPECT_NE(edges_.find_ref(ref), nullptr);
  while (Envelope* const next = edges_.first()) edges_.remove(next);
  EXPECT_EQ(edges_.size(), 0u);
}

// A death gives back first what the process held itself, and looks for it only where there is any.
TEST_F(EdgesTest, knows_whether_any_record_is_of_what_the_process_holds_itself) {
  EXPECT_FALSE(edges_.may_have_own());
  add(EnvelopeKind::LINKED, 1, envelope_flag::ACTIVE);
  add(EnvelopeKind::WATCHER, 2);
  add(EnvelopeKind::CALL, 3);
  EXPECT_FALSE(edges_.may_have_own());
  Envelope* const timer = add(EnvelopeKind::ARMED, 4);
  Envelope* const monitor = add(EnvelopeKind::WATCHING, 5);
  edges_.remove(timer);
  EXPECT_TRUE(edges_.may_have_own());
  edges_.remove(monitor);
  EXPECT_FALSE(edges_.may_have_own());
  while (Envelope* const next = edges_.first()) edges_.remove(next);
}

// The count has one byte: from a number on it only says that there may be some.
TEST_F(EdgesTest, says_that_there_may_be_own_records_after_more_than_it_can_count_until_the_list_is_empty) {
  add(EnvelopeKind::WATCHER, 1);
  for (uint64_t ref = 2; ref < 402; ++ref) add(EnvelopeKind::WATCHING, ref);
  for (Envelope* record = edges_.last(); Edges::is_own(record); record = edges_.last()) {
    EXPECT_TRUE(edges_.may_have_own());
    edges_.remove(record);
  }
  EXPECT_EQ(edges_.size(), 1u);
  EXPECT_TRUE(edges_.may_have_own());
  edges_.remove(edges_.first());
  EXPECT_FALSE(edges_.may_have_own());
  add(EnvelopeKind::WATCHER, 1);
  EXPECT_FALSE(edges_.may_have_own());
  edges_.remove(edges_.first());
}

TEST_F(EdgesTest, fetches_nothing_for_what_it_does_not_have) {
  edges_.fetch_ref(1);
  for (uint64_t ref = 1; ref <= 100; ++ref) add(EnvelopeKind::WATCHER, ref);
  for (uint64_t key = 101; key <= 1000; ++key) {
    edges_.fetch_ref(key);
    edges_.fetch_link(key);
  }
  while (Envelope* const next = edges_.first()) edges_.remove(next);
}

TEST_F(EdgesTest, gives_all_records_back_in_order_without_its_hash) {
  constexpr uint64_t RECORDS = 1000;
  for (uint64_t ref = 1; ref <= RECORDS; ++ref) add(EnvelopeKind::WATCHER, ref);
  edges_.drop_hash();
  for (uint64_t ref = 1; ref <= RECORDS; ++ref) {
    ASSERT_EQ(edges_.first()->ref, ref);
    edges_.fetch_from(edges_.first());
    edges_.remove(edges_.first());
  }
  EXPECT_EQ(edges_.size(), 0u);
}

}  // namespace
}  // namespace rsp
