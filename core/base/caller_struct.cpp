#include "core/base/caller_struct.hpp"

namespace rsp {

bool is_possible(size_t size, const StructSizes& sizes) noexcept {
  return size >= sizes.first && size <= CALLER_STRUCT_MAX && size % sizes.alignment == 0;
}

bool is_readable(const void* from, size_t size, const StructSizes& sizes) noexcept {
  if (!is_possible(size, sizes)) return false;
  const unsigned char* const bytes = static_cast<const unsigned char*>(from);
  for (size_t i = sizes.ours; i < size; ++i) {
    if (bytes[i] != 0) return false;
  }
  return true;
}

void copy_known(void* out, const void* from, size_t size, size_t ours) noexcept {
  const size_t known = size < ours ? size : ours;
  std::memcpy(out, from, known);
  std::memset(static_cast<unsigned char*>(out) + known, 0, ours - known);
}

}  // namespace rsp
