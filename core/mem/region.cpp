#include "core/mem/region.hpp"

#include <algorithm>
#include <bit>
#include <new>

#include "core/base/assert.hpp"
#include "core/env/sometimes.hpp"
#include "core/mem/alloc.hpp"
#include "core/mem/poison.hpp"

namespace rsp {

/** Its pieces follow. */
struct alignas(BLOCK_ALIGNMENT) Region::Chunk {
  Chunk* older;
  char* end;
};

/** Its one piece follows. */
struct alignas(BLOCK_ALIGNMENT) Region::Large {
  Large* next;
  Large** link;  // what points here
  size_t bytes;  // as asked for
};

struct Region::Free {
  Free* next;
};

namespace {

constexpr size_t SMALLEST = BLOCK_ALIGNMENT;
constexpr unsigned EVEN_SIZES = 4;     // multiples of SMALLEST
constexpr unsigned EVEN_DOUBLING = 6;  // the last of them is 1 << 6

char* begin_of(void* header, size_t header_bytes) { return static_cast<char*>(header) + header_bytes; }

}  // namespace

unsigned Region::index_of(size_t bytes) noexcept {
  if (bytes <= EVEN_SIZES * SMALLEST) {
    return bytes <= SMALLEST ? 0 : static_cast<unsigned>((bytes - 1) / SMALLEST);
  }
  const unsigned doubling =
      static_cast<unsigned>(std::bit_width(bytes - 1)) - 1;  // 1 << doubling is below bytes
  const size_t half_way = size_t{3} << (doubling - 1);
  return EVEN_SIZES + 2 * (doubling - EVEN_DOUBLING) + (bytes > half_way ? 1 : 0);
}

size_t Region::size_of(unsigned index) noexcept {
  if (index < EVEN_SIZES) return (index + 1) * SMALLEST;
  const unsigned step = index - EVEN_SIZES;
  return size_t{step % 2 == 0 ? 3u : 4u} << (EVEN_DOUBLING - 1 + step / 2);
}

void* Region::alloc(size_t bytes) noexcept {
  static_assert(sizeof(Free) <= SMALLEST);
  static_assert(alignof(std::max_align_t) <= BLOCK_ALIGNMENT);
  if (bytes > LARGEST_SMALL) return alloc_large(bytes);
  bytes = std::max<size_t>(bytes, 1);
  const unsigned index = index_of(bytes);
  const size_t size = size_of(index);
  RSP_ASSERT(bytes <= size);
  char* piece = reinterpret_cast<char*>(free_[index]);
  if (piece != nullptr) {
    unpoison(piece, sizeof(Free));
    free_[index] = free_[index]->next;
    poison(piece, sizeof(Free));
  } else {
    if (static_cast<size_t>(end_ - next_) < size && !add_chunk(size)) return nullptr;
    piece = next_;
    next_ += size;
  }
  ++in_use_;
  unpoison(piece, bytes);
  return piece;
}

bool Region::free(void* piece, size_t bytes) noexcept {
  if (reinterpret_cast<uintptr_t>(piece) % BLOCK_ALIGNMENT != 0) return false;
  if (bytes > LARGEST_SMALL) return free_large(piece, bytes);
  if (in_use_ == 0) return false;
  expect_unpoisoned(piece, bytes);
  put(piece, index_of(bytes));
  if (--in_use_ == 0) begin_anew();
  return true;
}

void Region::trim() noexcept {
  if (in_use_ == 0) release_chunks();
}

void Region::release() noexcept {
  while (large_ != nullptr) {
    Large* const next = large_->next;
    mem_free(large_);
    large_ = next;
  }
  release_chunks();
}

void Region::release_chunks() noexcept {
  while (newest_ != nullptr) {
    Chunk* const older = newest_->older;
    unpoison(newest_, static_cast<size_t>(newest_->end - reinterpret_cast<char*>(newest_)));
    mem_free(newest_);
    newest_ = older;
  }
  next_ = end_ = nullptr;
  in_use_ = 0;
  std::fill_n(free_, SIZES, nullptr);
}

void* Region::alloc_large(size_t bytes) noexcept {
  if (bytes > PTRDIFF_MAX - sizeof(Large)) return nullptr;
  void* const block = mem_alloc(sizeof(Large) + bytes);
  if (block == nullptr) {
    RSP_SOMETIMES("no memory for a large piece of a region");
    return nullptr;
  }
  Large* const large = ::new (block) Large{large_, &large_, bytes};
  if (large_ != nullptr) large_->link = &large->next;
  large_ = large;
  return begin_of(block, sizeof(Large));
}

bool Region::free_large(void* piece, size_t bytes) noexcept {
  if (large_ == nullptr) return false;
  Large* const large = reinterpret_cast<Large*>(static_cast<char*>(piece) - sizeof(Large));
  if (large->bytes != bytes) return false;
  *large->link = large->next;
  if (large->next != nullptr) large->next->link = large->link;
  mem_free(large);
  return true;
}

bool Region::add_chunk(size_t bytes) noexcept {
  size_t size = FIRST_CHUNK;
  if (newest_ != nullptr) {
    size = static_cast<size_t>(newest_->end - reinterpret_cast<char*>(newest_)) * 2;
    size = std::min(size, LARGEST_CHUNK);
  }
  while (size < sizeof(Chunk) + bytes) size *= 2;
  void* const block = mem_alloc(size);
  if (block == nullptr) {
    RSP_SOMETIMES("no memory for a region");
    return false;
  }
  keep_rest();
  newest_ = ::new (block) Chunk{newest_, static_cast<char*>(block) + size};
  next_ = begin_of(block, sizeof(Chunk));
  end_ = newest_->end;
  poison(next_, static_cast<size_t>(end_ - next_));
  return true;
}

void Region::keep_rest() noexcept {
  unsigned index = SIZES - 1;
  for (size_t rest = static_cast<size_t>(end_ - next_); rest != 0; rest = static_cast<size_t>(end_ - next_)) {
    while (size_of(index) > rest) --index;
    put(next_, index);
    next_ += size_of(index);
  }
}

void Region::begin_anew() noexcept {
  while (Chunk* const older = newest_->older) {
    newest_->older = older->older;
    unpoison(older, static_cast<size_t>(older->end - reinterpret_cast<char*>(older)));
    mem_free(older);
  }
  std::fill_n(free_, SIZES, nullptr);
  next_ = begin_of(newest_, sizeof(Chunk));
  poison(next_, static_cast<size_t>(end_ - next_));
}

void Region::put(void* piece, unsigned index) noexcept {
  unpoison(piece, sizeof(Free));
  free_[index] = ::new (piece) Free{free_[index]};
  poison(piece, size_of(index));
}

}  // namespace rsp
