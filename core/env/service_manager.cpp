#include "core/env/service_manager.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace rsp::env {
namespace {

constexpr uint64_t NS_IN_US = 1'000;

/** A number in the environment, or 0. */
uint64_t number_in(const char* name) noexcept {
  const char* const text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): the contract of open()
  if (text == nullptr) return 0;
  uint64_t value = 0;
  const char* const end = text + std::strlen(text);
  const std::from_chars_result read = std::from_chars(text, end, value);
  return read.ec == std::errc() && read.ptr == end ? value : 0;
}

}  // namespace

void ServiceManager::open() noexcept {
  const char* const path = std::getenv("NOTIFY_SOCKET");  // NOLINT(concurrency-mt-unsafe): as above
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const size_t length = path == nullptr ? 0 : std::strlen(path);
  if (length < 2 || length >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@')) return;
  std::memcpy(address.sun_path, path, length);
  if (path[0] == '@') address.sun_path[0] = '\0';  // of the abstract namespace
  const int made = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (made < 0) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  if (::connect(made, reinterpret_cast<const sockaddr*>(&address), size) != 0) {
    ::close(made);
    return;
  }
  socket_ = made;
  const uint64_t watched = number_in("WATCHDOG_PID");
  if (watched == 0 || watched == static_cast<uint64_t>(::getpid()))
    watchdog_ns_ = number_in("WATCHDOG_USEC") * NS_IN_US;
}

void ServiceManager::close() noexcept {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
  watchdog_ns_ = 0;
}

void ServiceManager::tell(std::string_view state) const noexcept {
  if (socket_ < 0) return;
  // A manager that does not listen misses it: that is its affair, and no reason to wait.
  (void)!::send(socket_, state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace rsp::env
