#include "core/base/trail.hpp"

#include <gtest/gtest.h>

namespace rsp {
namespace {

TEST(Trail, returns_what_came_its_length_before) {
  int blocks[3 * Trail::LENGTH];
  int first;
  Trail trail = Trail::from(&first);
  for (uint32_t i = 0; i < 3 * Trail::LENGTH; ++i)
    EXPECT_EQ(trail.add(&blocks[i]), i < Trail::LENGTH ? &first : &blocks[i - Trail::LENGTH]) << i;
}

TEST(Trail, fetches_what_is_no_memory_without_a_fault) {
  fetch_ahead(nullptr);
  fetch_ahead(reinterpret_cast<void*>(uintptr_t{0x10}));
}

}  // namespace
}  // namespace rsp
