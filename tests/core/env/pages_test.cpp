#include "core/env/pages.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>

namespace rsp::env {
namespace {

TEST(Pages, are_zeroed_aligned_and_writable) {
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  uint8_t* bytes = static_cast<uint8_t*>(map_pages(3 * page));
  ASSERT_NE(bytes, nullptr);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(bytes) % page, 0u);
  for (size_t i = 0; i < 3 * page; ++i) ASSERT_EQ(bytes[i], 0);
  bytes[0] = 1;
  bytes[3 * page - 1] = 1;
  unmap_pages(bytes, 3 * page);
}

TEST(Pages, fit_the_address_bits_of_a_mailbox_word) {
  void* pages = map_pages(1);
  ASSERT_NE(pages, nullptr);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(pages) >> 48, 0u);
  unmap_pages(pages, 1);
}

TEST(Pages, more_than_the_address_space_is_refused) { EXPECT_EQ(map_pages(size_t{1} << 62), nullptr); }

TEST(Pages, unmapping_nothing_does_nothing) { unmap_pages(nullptr, 4096); }

}  // namespace
}  // namespace rsp::env
