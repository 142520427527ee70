// What tells the program's service manager how it does: the protocol of sd_notify(3), which systemd and others speak.
#pragma once

#include <cstdint>
#include <string_view>

namespace rsp::env {

class ServiceManager {
 public:
  ServiceManager() = default;
  ~ServiceManager() { close(); }
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  /** Reads where it listens from the environment, which nobody changes meanwhile. Without one, nothing is told. */
  void open() noexcept;
  void close() noexcept;

  /** READY=1, STOPPING=1, WATCHDOG=1: sent at once or not at all. Any thread, between open and close. */
  void tell(std::string_view state) const noexcept;

  /** How long it waits for a WATCHDOG=1 before it holds this program for stuck; 0: it does not watch. */
  uint64_t watchdog_ns() const noexcept { return watchdog_ns_; }

 private:
  int socket_ = -1;
  uint64_t watchdog_ns_ = 0;
};

}  // namespace rsp::env
