// Chunks of the table of processes that are given back to the kernel (T3 to T6). Beside each other: tests/explore.
#include "core/proc/table.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <memory>
#include <set>
#include <utility>
#include <vector>

namespace rsp {
namespace {

constexpr uint32_t LENGTH = ProcessTable::CHUNK_LENGTH;

std::vector<Process*> acquire(ProcessTable& table, uint32_t count) {
  std::vector<Process*> slots(count);
  for (Process*& slot : slots) slot = table.acquire();
  return slots;
}

void release(ProcessTable& table, const std::vector<Process*>& slots) {
  for (Process* const slot : slots) table.release(*slot);
}

std::set<uint64_t> ids_of(const std::vector<Process*>& slots) {
  std::set<uint64_t> ids;
  for (const Process* const slot : slots) ids.insert(slot->id());
  return ids;
}

TEST(ProcessTable, gives_each_process_a_pid_that_no_other_has_had) {
  const auto table = std::make_unique<ProcessTable>(0);
  std::set<uint64_t> all;
  for (int round = 1; round <= 4; ++round) {
    const std::vector<Process*> slots = acquire(*table, 3 * LENGTH);
    for (const uint64_t id : ids_of(slots)) EXPECT_TRUE(all.insert(id).second) << id;
    EXPECT_EQ(all.size(), static_cast<size_t>(round) * 3 * LENGTH);
    for (const Process* const slot : slots) ASSERT_EQ(table->at(slot->index), slot);
    release(*table, slots);
  }
}

// T1
TEST(ProcessTable, retires_a_slot_whose_serials_are_used_up_and_keeps_its_chunk) {
  const auto table = std::make_unique<ProcessTable>(2 * LENGTH);
  std::vector<Process*> slots = acquire(*table, 2 * LENGTH);
  Process* const old = slots[LENGTH + 5];
  const uint32_t index = old->index;
  old->serial.store(ProcessTable::MAX_SERIAL - 1, env::RELAXED);
  std::swap(slots.front(), slots[LENGTH + 5]);
  release(*table, slots);  // it is the first to be used again
  slots = acquire(*table, LENGTH);
  ASSERT_EQ(slots.front()->index, index);
  EXPECT_EQ(slots.front()->serial.load(env::RELAXED), ProcessTable::MAX_SERIAL);
  release(*table, slots);
  for (int round = 0; round < 3; ++round) {
    slots = acquire(*table, 4 * LENGTH);  // all there are, and some that give their chunks back afterwards
    for (const Process* const slot : slots) ASSERT_NE(slot->index, index);
    release(*table, slots);
    EXPECT_LT(table->begun(), 4 * LENGTH);
    EXPECT_EQ(old->serial.load(env::RELAXED), ProcessTable::MAX_SERIAL);
  }
}

TEST(ProcessTable, gives_back_every_chunk_none_of_whose_slots_is_taken) {
  const auto table = std::make_unique<ProcessTable>(0);
  std::vector<Process*> slots = acquire(*table, 3 * LENGTH);
  // One stays: its chunk does.
  Process* const stays = slots[LENGTH];
  const uint32_t serial = stays->serial.load(env::RELAXED);
  slots.erase(slots.begin() + LENGTH);
  release(*table, slots);
  EXPECT_EQ(table->begun(), LENGTH);
  EXPECT_EQ(stays->serial.load(env::RELAXED), serial);
  EXPECT_EQ(table->next_begun(1) / LENGTH, stays->index / LENGTH);
  Process* const one_of_another = table->at((stays->index / LENGTH + 1) * LENGTH);
  EXPECT_EQ(one_of_another->serial.load(env::RELAXED), 0u);
  unsigned char resident[64] = {};
  ASSERT_EQ(mincore(table->at((stays->index / LENGTH + 1) * LENGTH), sizeof resident * 4096, resident), 0);
  for (size_t i = 1; i < sizeof resident; ++i) EXPECT_EQ(resident[i] & 1, 0) << i;  // page 0 was just read
  release(*table, {stays});
  EXPECT_EQ(table->begun(), 0u);
  EXPECT_EQ(table->next_begun(1), 0u);
}

TEST(ProcessTable, keeps_as_many_free_slots_as_it_is_told_to) {
  const auto table = std::make_unique<ProcessTable>(2 * LENGTH);
  release(*table, acquire(*table, 10 * LENGTH));
  EXPECT_GE(table->begun(), 2 * LENGTH);
  EXPECT_LE(table->begun(), 3 * LENGTH);
}

TEST(ProcessTable, names_every_index_that_a_process_may_have) {
  const auto table = std::make_unique<ProcessTable>(0);
  const std::vector<Process*> slots = acquire(*table, LENGTH + 10);
  std::set<uint32_t> expected;
  for (const Process* const slot : slots) expected.insert(slot->index);
  std::set<uint32_t> found;
  for (uint32_t index = table->next_begun(1); index != 0; index = table->next_begun(index + 1))
    found.insert(index);
  EXPECT_EQ(found, expected);
  release(*table, slots);
}

}  // namespace
}  // namespace rsp
