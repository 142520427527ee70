// The set is an epoll. Writing has one of its own, which is watched by the first like a descriptor: so each entry belongs
// to one direction, and nobody has to know the other's to renew it. Included by core/env/poll.hpp only.
//
//   state_   SHUT -> OPENING     open(): one thread, by CAS, which makes the descriptors
//            OPENING -> OPEN     the same: they stay
//            OPENING -> SHUT     the same: the kernel refuses one, and what was made is closed
//            any -> SHUT         forget_in_child(): what was OPEN is closed
//
//   E1  Only the thread that has moved the word to OPENING writes the descriptors, and they are fixed once it is OPEN. All
//       others read them plainly: who has come through open() has acquired them, and everybody else acquires something of
//       one who has: that a descriptor is registered (P3 of core/sched/poller.hpp), or that an owner waits on the set
//       (POLLING of core/sync/parker.hpp).
//   E2  Who finds OPENING waits for its end, as long as the kernel takes to make three descriptors. If it ends SHUT, who has
//       waited tries for itself.
//   E3  A child forked in the middle of OPENING has nobody who would end it, so the word is SHUT there. What was half made
//       stays open, and nobody uses it.
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
