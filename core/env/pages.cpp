#include "core/env/pages.hpp"

#include <string.h>
#include <sys/mman.h>

#include "core/base/assert.hpp"
#if !defined(RSP_ENV_NATIVE)
#include "core/env/controlled/points.hpp"
#endif

namespace rsp::env {

void* map_pages(size_t bytes) noexcept {
  RSP_ASSERT(bytes > 0);
  void* pages =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return pages == MAP_FAILED ? nullptr : pages;
}

#if defined(RSP_ENV_NATIVE)
bool give_pages_back(void* pages, size_t bytes) noexcept { return madvise(pages, bytes, MADV_DONTNEED) == 0; }
#else
bool give_pages_back(void* pages, size_t bytes) noexcept {
  control::point(control::Op::STORE, pages, control::Where::here());
  memset(pages, 0, bytes);
  return true;
}
#endif

void unmap_pages(void* pages, size_t bytes) noexcept {
  if (pages == nullptr) return;
  RSP_ASSERT(munmap(pages, bytes) == 0);
}

}  // namespace rsp::env
