#include "core/env/pages.hpp"

#include <sys/mman.h>

#include "core/base/assert.hpp"

namespace rsp::env {

void* map_pages(size_t bytes) noexcept {
  RSP_ASSERT(bytes > 0);
  void* pages =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return pages == MAP_FAILED ? nullptr : pages;
}

void unmap_pages(void* pages, size_t bytes) noexcept {
  if (pages == nullptr) return;
  RSP_ASSERT(munmap(pages, bytes) == 0);
}

}  // namespace rsp::env
