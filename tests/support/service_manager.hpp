// A service manager (systemd) for tests: the socket that takes what a program says of itself.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <string>
#include <vector>

namespace rsp::test {

/** What the environment says of it, as long as it lives, is for the programs of this OS process. */
class ServiceManager {
 public:
  explicit ServiceManager(const char* watchdog_us = nullptr, const char* watchdog_pid = nullptr) {
    socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    EXPECT_EQ(bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address.sun_family), 0);
    socklen_t size = sizeof address;
    EXPECT_EQ(getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    const size_t length = size - offsetof(sockaddr_un, sun_path);
    std::string name(address.sun_path, length);  // of the abstract namespace
    name[0] = '@';
    EXPECT_EQ(setenv("NOTIFY_SOCKET", name.c_str(), 1), 0);
    if (watchdog_us != nullptr) {
      EXPECT_EQ(setenv("WATCHDOG_USEC", watchdog_us, 1), 0);
    }
    if (watchdog_pid != nullptr) {
      EXPECT_EQ(setenv("WATCHDOG_PID", watchdog_pid, 1), 0);
    }
  }
  ~ServiceManager() {
    close(socket_);
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
  }
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  /** What it is told next. */
  std::string next() const { return receive(0); }

  /** All that it was told and has not looked at. */
  std::vector<std::string> rest() const {
    std::vector<std::string> told;
    for (std::string text = receive(MSG_DONTWAIT); text != NOTHING; text = receive(MSG_DONTWAIT))
      told.push_back(std::move(text));
    return told;
  }

  /** What it is told next, or NOTHING: not in this time. */
  std::string next_within(suseconds_t us) const {
    timeval limit{0, us};
    EXPECT_EQ(setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
    std::string text = receive(0);
    limit.tv_usec = 0;  // none
    EXPECT_EQ(setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
    return text;
  }

  static constexpr const char* NOTHING = "nothing";

 private:
  std::string receive(int flags) const {
    char text[64];
    const ssize_t length = recv(socket_, text, sizeof text, flags);
    return length < 0 ? NOTHING : std::string(text, static_cast<size_t>(length));
  }

  int socket_ = -1;
};

}  // namespace rsp::test
