// Whole pages from the kernel. Any thread.
#pragma once

#include <cstddef>

#include "core/env/build.hpp"

namespace rsp::env {

// Zeroed, readable and writable, aligned to a page; committed when first touched. Null when refused.
// `bytes` is rounded up to whole pages.
[[nodiscard]] void* map_pages(size_t bytes) noexcept;

// The pages stay mapped and read as zero from here on, also for who reads them meanwhile; the kernel has the memory
// back until they are touched. Whole pages, of what map_pages returned. False: refused (they are locked in memory), and
// all is as it was.
bool give_pages_back(void* pages, size_t bytes) noexcept;

// `bytes` as given to map_pages. Null does nothing.
void unmap_pages(void* pages, size_t bytes) noexcept;

}  // namespace rsp::env
