#include "core/base/assert.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace rsp {

void assert_failed(const char* file, int line, const char* what) noexcept {
  // One write of a text built on the stack: two threads that fail together do not mix their reports.
  char text[512];
  int length = std::snprintf(text, sizeof text, "resprout: %s:%d: assertion failed: %s\n", file, line, what);
  if (length > 0) {
    size_t bytes = static_cast<size_t>(length) < sizeof text ? static_cast<size_t>(length) : sizeof text - 1;
    // If standard error is closed there is nobody left to tell; abort says the rest.
    if (::write(STDERR_FILENO, text, bytes) < 0) std::abort();
  }
  std::abort();
}

}  // namespace rsp
