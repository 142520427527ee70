// What the system says that this program holds.
#pragma once

#include <cstddef>
#include <filesystem>
#include <iterator>

namespace rsp::test {

/// Entries of a directory: of /proc/self/fd the open descriptors, its own among them, of /proc/self/task the threads.
inline size_t entries_of(const char* directory) {
  const auto count = std::distance(std::filesystem::directory_iterator(directory), {});
  return static_cast<size_t>(count);
}

}  // namespace rsp::test
