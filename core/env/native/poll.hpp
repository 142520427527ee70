// The set is an epoll. Writing has one of its own, which is watched by the first like a descriptor: so each entry belongs
// to one direction, and nobody has to know the other's to renew it. Included by core/env/poll.hpp only.
#pragma once

namespace rsp::env {

class PollSet {
 public:
  static constexpr uint64_t LAST_TAG = UINT64_MAX - 2;

  [[nodiscard]] bool open() noexcept;
  [[nodiscard]] Watched watch(int fd, Direction direction, uint64_t tag) noexcept;
  [[nodiscard]] Watched probe(int fd, Direction direction) noexcept;
  void wait(uint64_t deadline_ns, Ready& out) noexcept;
  void wake() noexcept;
  void forget_in_child() noexcept;

 private:
  enum State : uint32_t { SHUT, OPENING, OPEN };
  static constexpr uint64_t WAKE = UINT64_MAX;
  static constexpr uint64_t WRITERS = UINT64_MAX - 1;

  bool make() noexcept;
  void close_all() noexcept;
  int set_for(Direction direction) const noexcept { return direction == Direction::READ ? set_ : writers_; }

  Atomic<uint32_t> state_{SHUT};
  int set_ = -1;      // for reading, and of the other two
  int writers_ = -1;  // for writing
  int waker_ = -1;    // an eventfd, edge-triggered: it is written to, and never read
};

}  // namespace rsp::env
