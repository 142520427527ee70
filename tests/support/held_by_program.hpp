// What the system says that this program holds.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace rsp::test {

/// Entries of a directory: of /proc/self/fd the open descriptors, its own among them, of /proc/self/task the threads.
inline size_t entries_of(const char* directory) {
  const auto count = std::distance(std::filesystem::directory_iterator(directory), {});
  return static_cast<size_t>(count);
}

/// Resident memory; 0 where the system does not say.
inline int64_t resident_bytes() {
  int64_t size = 0;
  int64_t resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

}  // namespace rsp::test
