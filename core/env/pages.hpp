// Whole pages from the kernel. Any thread.
#pragma once

#include <cstddef>

#include "core/env/build.hpp"

namespace rsp::env {

// Zeroed, readable and writable, aligned to a page; committed when first touched. Null when refused.
// `bytes` is rounded up to whole pages.
[[nodiscard]] void* map_pages(size_t bytes) noexcept;

// `bytes` as given to map_pages. Null does nothing.
void unmap_pages(void* pages, size_t bytes) noexcept;

}  // namespace rsp::env
