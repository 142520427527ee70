// Regions against a model of them: contents, alignment, overlap, and what goes back to the allocator.
#include "core/mem/region.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <map>
#include <random>
#include <vector>

#include "core/base/sanitizers.hpp"
#include "core/mem/alloc.hpp"

namespace rsp {
namespace {

/// A region, and the pieces that are in use: each is full of bytes of its own.
class Checked {
 public:
  ~Checked() { region_.release(); }

  /// False: there was no memory.
  bool alloc(size_t bytes) {
    auto* const piece = static_cast<unsigned char*>(region_.alloc(bytes));
    if (piece == nullptr) return false;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(piece) % BLOCK_ALIGNMENT, 0u) << bytes;
    const auto [at, is_new] = pieces_.emplace(piece, Piece{std::max<size_t>(bytes, 1), ++last_});
    EXPECT_TRUE(is_new) << "given out twice";
    if (at != pieces_.begin()) {
      const auto before = std::prev(at);
      EXPECT_LE(before->first + before->second.bytes, piece) << "overlaps the one before";
    }
    const auto behind = std::next(at);
    EXPECT_TRUE(behind == pieces_.end() || piece + at->second.bytes <= behind->first)
        << "overlaps the one behind";
    std::memset(piece, last_, at->second.bytes);
    return true;
  }

  /// The piece at this place in the order of addresses.
  void free(size_t index) {
    const auto at = std::next(pieces_.begin(), static_cast<std::ptrdiff_t>(index));
    const auto [piece, said] = *at;
    EXPECT_TRUE(std::all_of(piece, piece + said.bytes, [filling = said.filling](unsigned char byte) {
      return byte == filling;
    })) << "somebody has written to it";
    EXPECT_TRUE(region_.free(piece, said.bytes));
    pieces_.erase(at);
  }

  size_t in_use() const { return pieces_.size(); }
  Region& region() { return region_; }

 private:
  struct Piece {
    size_t bytes;
    unsigned char filling;
  };

  Region region_{};
  std::map<unsigned char*, Piece> pieces_;
  unsigned char last_ = 0;
};

class RegionTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(mem_live_blocks(), before_) << "not all chunks went back"; }
  uint64_t blocks() const { return mem_live_blocks() - before_; }

  const uint64_t before_ = mem_live_blocks();
};

/// Mostly small ones, as of data structures; some as large as a chunk, and larger.
size_t some_size(std::mt19937_64& random) {
  switch (random() % 8) {
    case 0:
      return random() % 10'000;
    case 1:
    case 2:
      return random() % (Region::LARGEST_SMALL + 2);
    default:
      return random() % 100;
  }
}

// S-RES-1, S-RES-2
TEST_F(RegionTest, gives_pieces_that_nobody_else_has) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    std::mt19937_64 random(seed);
    Checked checked;
    const size_t most = 1 + random() % 200;
    for (int step = 0; step < 2000; ++step) {
      const bool allocs = checked.in_use() == 0 || (checked.in_use() < most && random() % 2 == 0);
      if (allocs) {
        ASSERT_TRUE(checked.alloc(some_size(random)));
      } else {
        checked.free(random() % checked.in_use());
      }
    }
    if (seed % 2 == 0) continue;  // the rest goes with the region
    while (checked.in_use() != 0) checked.free(random() % checked.in_use());
    if (mem_is_accounting()) {
      EXPECT_LE(blocks(), 1u);
    }
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
}

TEST_F(RegionTest, has_room_for_every_size) {
  Checked checked;
  for (size_t bytes = 0; bytes <= 3 * Region::LARGEST_SMALL; ++bytes) ASSERT_TRUE(checked.alloc(bytes));
  while (checked.in_use() != 0) checked.free(checked.in_use() / 2);
}

TEST_F(RegionTest, has_no_blocks_before_its_first_piece) {
  const Region region{};
  (void)region;
  EXPECT_EQ(blocks(), 0u);
}

TEST_F(RegionTest, uses_what_was_given_back_again) {
  if (!mem_is_accounting()) GTEST_SKIP() << "this build does not count";
  Region region{};
  ASSERT_NE(region.alloc(16), nullptr);  // something stays in use
  for (const size_t bytes : {1u, 17u, 33u, 64u, 65u, 97u, 300u, 700u, 1024u}) {
    void* const first = region.alloc(bytes);
    ASSERT_TRUE(region.free(first, bytes));
    const uint64_t before = blocks();
    for (int i = 0; i < 1000; ++i) {
      void* const piece = region.alloc(bytes);
      EXPECT_EQ(piece, first) << bytes;
      ASSERT_TRUE(region.free(piece, bytes));
    }
    EXPECT_EQ(blocks(), before) << bytes;
  }
  region.release();
}

// R4
TEST_F(RegionTest, leaves_nothing_of_a_chunk_unused) {
  if (!mem_is_accounting()) GTEST_SKIP() << "this build does not count";
  Region region{};
  ASSERT_NE(region.alloc(768), nullptr);  // leaves 240 of the first
  ASSERT_NE(region.alloc(768), nullptr);  // leaves 1264 of the second
  ASSERT_NE(region.alloc(192), nullptr);
  ASSERT_NE(region.alloc(48), nullptr);
  for (int i = 0; i < 1264 / 16; ++i) ASSERT_NE(region.alloc(16), nullptr);
  EXPECT_EQ(blocks(), 2u);
  ASSERT_NE(region.alloc(16), nullptr);
  EXPECT_EQ(blocks(), 3u);
  region.release();
}

TEST_F(RegionTest, gives_its_chunks_back_when_nothing_small_is_in_use) {
  if (!mem_is_accounting()) GTEST_SKIP() << "this build does not count";
  Checked checked;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 1000; ++i) ASSERT_TRUE(checked.alloc(100));
    EXPECT_GT(blocks(), 20u);
    while (checked.in_use() != 0) checked.free(0);
    EXPECT_EQ(blocks(), 1u) << "the newest stays, for the next piece";
  }
}

TEST_F(RegionTest, gives_its_last_chunk_back_when_it_is_trimmed_and_begins_anew) {
  if (!mem_is_accounting()) GTEST_SKIP() << "this build does not count";
  Region region{};
  region.trim();
  EXPECT_TRUE(region.is_empty());
  void* const large = region.alloc(5000);
  void* const small = region.alloc(100);
  region.trim();
  EXPECT_EQ(blocks(), 2u) << "both are in use";
  ASSERT_TRUE(region.free(small, 100));
  region.trim();
  EXPECT_EQ(blocks(), 1u) << "the large one still is";
  EXPECT_FALSE(region.is_empty());
  ASSERT_TRUE(region.free(large, 5000));
  EXPECT_TRUE(region.is_empty());
  void* const again = region.alloc(100);
  ASSERT_NE(again, nullptr);
  EXPECT_EQ(blocks(), 1u);
  ASSERT_TRUE(region.free(again, 100));
  region.release();
}

TEST_F(RegionTest, gives_large_pieces_back_at_once) {
  if (!mem_is_accounting()) GTEST_SKIP() << "this build does not count";
  Region region{};
  void* const first = region.alloc(5000);
  void* const second = region.alloc(6000);
  void* const third = region.alloc(7000);
  EXPECT_EQ(blocks(), 3u);
  ASSERT_TRUE(region.free(second, 6000));
  ASSERT_TRUE(region.free(third, 7000));
  EXPECT_EQ(blocks(), 1u);
  EXPECT_FALSE(region.free(first, 5001)) << "it was asked for as another size";
  ASSERT_TRUE(region.free(first, 5000));
  EXPECT_EQ(blocks(), 0u);
}

TEST_F(RegionTest, refuses_what_is_none_of_its_pieces) {
  Region region{};
  alignas(16) char outside[64] = {};
  EXPECT_FALSE(region.free(outside, 16)) << "it has none";
  EXPECT_FALSE(region.free(outside, 5000)) << "it has none";
  char* const piece = static_cast<char*>(region.alloc(64));
  EXPECT_FALSE(region.free(piece + 8, 16));
  EXPECT_EQ(region.alloc(SIZE_MAX), nullptr);
  EXPECT_EQ(region.alloc(SIZE_MAX - 8), nullptr);
  region.release();
}

#ifdef RESPROUT_FAULT_INJECTION
TEST_F(RegionTest, is_as_it_was_when_there_is_no_memory) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    std::mt19937_64 random(seed);
    Checked checked;
    for (int step = 0; step < 1000; ++step) {
      const bool fails = random() % 4 == 0;
      if (fails) mem_fail_from(1);
      (void)checked.alloc(some_size(random));
      if (fails) (void)mem_fail_never();
      if (checked.in_use() > 50) checked.free(random() % checked.in_use());
    }
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
}
#endif

#if RSP_ASAN
// R3
TEST_F(RegionTest, shows_the_sanitizer_what_is_not_in_use) {
  Region region{};
  auto* const kept = static_cast<volatile char*>(region.alloc(20));
  auto* const gone = static_cast<volatile char*>(region.alloc(300));
  kept[19] = 1;
  ASSERT_TRUE(region.free(const_cast<char*>(gone), 300));
  EXPECT_DEATH(gone[0] = 1, "use-after-poison");
  EXPECT_DEATH(gone[299] = 1, "use-after-poison");
  EXPECT_DEATH(kept[20] = 1, "use-after-poison");
  EXPECT_DEATH((void)region.free(const_cast<char*>(gone), 300), "use-after-poison") << "given back twice";
  EXPECT_DEATH((void)region.free(const_cast<char*>(kept), 40), "use-after-poison") << "larger than it is";
  region.release();
}
#endif

}  // namespace
}  // namespace rsp
