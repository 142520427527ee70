// Region: memory that lives as long as its owner, and is given back whole.
//
// Small pieces are cut off the newest chunk, one after the other; one that is given back waits in the list of its size
// for the next one of that size. What is larger is a block of its own, and goes back to the allocator at once.
//
//   alloc    from the list of the size, off the newest chunk, or off a new chunk
//   free     to the list of the size. With the last small piece in use the lists are forgotten and all chunks go back
//            but the newest, which begins anew.
//   trim     the chunk that is kept for the next small piece, if none is in use
//   release  everything, in as many steps as there are chunks and large pieces
//
// One thread at a time. Zeroed memory is an empty region, which costs nothing.
//
//   R1  A piece is aligned to BLOCK_ALIGNMENT and overlaps no other. Its bytes are nobody else's until it is given back.
//   R2  A piece has no header: who gives it back says how large it was asked for.
//   R3  Under the address sanitizer only what is in use can be touched: not a piece that was given back, and nothing
//       behind the bytes that were asked for.
//   R4  What remains of a chunk when it is too small for a piece goes to the lists.
//
// Why not a heap of the allocator's for each process: mimalloc's cost 11 KB and 8 us each and belong to one thread.
// Pieces are not joined again: code that gives back one size and asks for ever larger ones does better with malloc
// and a resource (core/proc/belongings.hpp).
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/limits.hpp"

namespace rsp {

class Region {
 public:
  static constexpr size_t LARGEST_SMALL = 1024;
  static constexpr size_t FIRST_CHUNK = 1024;
  static constexpr size_t LARGEST_CHUNK = 4096;

  /** nullptr when memory is short. 0 bytes are taken for one. */
  [[nodiscard]] void* alloc(size_t bytes) noexcept;

  /** `bytes`: as of the alloc. False: there is no such piece, as far as can be seen without looking for it. */
  [[nodiscard]] bool free(void* piece, size_t bytes) noexcept;

  /** Gives back what no piece needs. */
  void trim() noexcept;

  /** Whether it has no memory. */
  bool is_empty() const noexcept { return newest_ == nullptr && large_ == nullptr; }

  /** Gives everything back, whoever uses it. The region is empty then. */
  void release() noexcept;

 private:
  struct Chunk;
  struct Large;
  struct Free;
  // Sizes 16, 32, 48, 64, and from there two for each doubling, so that at most a third of a piece is unused.
  static constexpr unsigned SIZES = 12;

  static unsigned index_of(size_t bytes) noexcept;
  static size_t size_of(unsigned index) noexcept;
  void* alloc_large(size_t bytes) noexcept;
  bool free_large(void* piece, size_t bytes) noexcept;
  bool add_chunk(size_t bytes) noexcept;
  void keep_rest() noexcept;
  void begin_anew() noexcept;
  void release_chunks() noexcept;
  void put(void* piece, unsigned index) noexcept;

  char* next_;  // what is left of the newest chunk
  char* end_;
  Chunk* newest_;
  Large* large_;
  size_t in_use_;  // small pieces
  Free* free_[SIZES];
};

}  // namespace rsp
