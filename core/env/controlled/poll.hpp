// The set of a controlled run, of the descriptors of that run (descriptors.hpp). Included by core/env/poll.hpp only.
#pragma once

namespace rsp::env {

class PollSet {
 public:
  static constexpr uint64_t LAST_TAG = UINT64_MAX - 2;

  [[nodiscard]] bool open() noexcept { return true; }
  [[nodiscard]] Watched watch(int fd, Direction direction, uint64_t tag) noexcept;
  [[nodiscard]] Watched probe(int fd, Direction direction) noexcept;
  void wait(uint64_t deadline_ns, Ready& out) noexcept;
  void wake() noexcept;
  void forget_in_child() noexcept {}

 private:
  /** As in the kernel: it belongs to what a descriptor stands for, and to the number through which it was entered. */
  struct Entry {
    uint32_t file = 0;  // 0: the entry is free
    int fd = -1;
    Direction direction = Direction::READ;
    bool armed = false;
    uint64_t tag = 0;
  };
  static constexpr uint32_t ENTRIES = 128;

  Entry* find(int fd, Direction direction) noexcept;
  Watched enter(int fd, Direction direction, bool armed, uint64_t tag) noexcept;
  void collect(Ready& out) noexcept;

  Entry entries_[ENTRIES];
  bool woken_ = false;
};

}  // namespace rsp::env
