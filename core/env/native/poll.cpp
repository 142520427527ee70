#include "core/env/poll.hpp"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "core/base/assert.hpp"
#include "core/env/wait.hpp"

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441  // on every architecture
#endif

namespace rsp::env {
namespace {

constexpr uint64_t NS_IN_S = 1'000'000'000;
constexpr uint64_t NS_IN_MS = 1'000'000;
constexpr uint64_t LONGEST_MS = 1'000'000'000;  // fits an int; who wakes then looks at the clock
constexpr int HALF = Ready::BATCH / 2;

// Linux before 5.11 has no epoll_pwait2, and a sandbox of before may refuse it.
constinit Atomic<uint32_t> g_only_milliseconds{0};

Watched verdict_of(int error) noexcept {
  switch (error) {
    case EBADF:
      return Watched::CLOSED;
    case ENOSPC:
      return Watched::LIMIT;
    case ENOMEM:
      return Watched::NO_MEMORY;
    case EEXIST:
      return Watched::KNOWN;
    default:  // EPERM: always ready; EINVAL, ELOOP: a set that would watch itself
      return Watched::NEVER;
  }
}

Watched control(int set, int operation, int fd, uint32_t events, uint64_t tag) noexcept {
  epoll_event event{};
  event.events = events;
  event.data.u64 = tag;
  return epoll_ctl(set, operation, fd, &event) == 0 ? Watched::YES : verdict_of(errno);
}

int wait_exactly(int set, epoll_event* events, uint64_t left_ns) noexcept {
  timespec left;
  left.tv_sec = static_cast<time_t>(left_ns / NS_IN_S);
  left.tv_nsec = static_cast<long>(left_ns % NS_IN_S);
  return static_cast<int>(syscall(SYS_epoll_pwait2, set, events, HALF, &left, nullptr, size_t{0}));
}

/** What epoll_wait says. Never returns before the time is over without having anything. */
int wait_for(int set, epoll_event* events, uint64_t deadline_ns) noexcept {
  if (deadline_ns == NO_DEADLINE) return epoll_wait(set, events, HALF, -1);
  const uint64_t now = deadline_ns == 0 ? 0 : now_ns();
  if (deadline_ns <= now) return epoll_wait(set, events, HALF, 0);
  const uint64_t left_ns = deadline_ns - now;
  if (g_only_milliseconds.load(RELAXED) == 0) {
    const int count = wait_exactly(set, events, left_ns);
    if (count >= 0 || (errno != ENOSYS && errno != EPERM)) return count;
    g_only_milliseconds.store(1, RELAXED);
  }
  const uint64_t left_ms = std::min(left_ns / NS_IN_MS + (left_ns % NS_IN_MS != 0), LONGEST_MS);
  return epoll_wait(set, events, HALF, static_cast<int>(left_ms));
}

}  // namespace

bool PollSet::open() noexcept {
  uint32_t state = state_.load(ACQUIRE);  // pairs with the store below (E1)
  while (state != OPEN) {
    if (state == OPENING) {
      env::wait(state_, OPENING);
      state = state_.load(ACQUIRE);  // pairs with the store below (E1, E2)
      continue;
    }
    // Pairs with the store below, of one that failed: it has closed what it had.
    if (!state_.compare_exchange_strong(state, OPENING, ACQUIRE, ACQUIRE)) continue;
    const bool made = make();
    state_.store(made ? OPEN : SHUT, RELEASE);  // pairs with the loads above, and with the CAS (E1)
    wake_all(state_);
    return made;
  }
  return true;
}

bool PollSet::make() noexcept {
  set_ = epoll_create1(EPOLL_CLOEXEC);
  writers_ = epoll_create1(EPOLL_CLOEXEC);
  waker_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (set_ >= 0 && writers_ >= 0 && waker_ >= 0 &&
      control(set_, EPOLL_CTL_ADD, waker_, EPOLLIN | EPOLLET, WAKE) == Watched::YES &&
      control(set_, EPOLL_CTL_ADD, writers_, EPOLLIN, WRITERS) == Watched::YES)
    return true;
  close_all();
  return false;
}

void PollSet::close_all() noexcept {
  for (int* const fd : {&set_, &writers_, &waker_}) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
  }
}

Watched PollSet::watch(int fd, Direction direction, uint64_t tag) noexcept {
  const int set = set_for(direction);
  const uint32_t events = (direction == Direction::READ ? EPOLLIN | EPOLLRDHUP : EPOLLOUT) | EPOLLONESHOT;
  // An entry stays when it has told what it was for, so mostly there is one to renew.
  epoll_event event{};
  event.events = events;
  event.data.u64 = tag;
  if (epoll_ctl(set, EPOLL_CTL_MOD, fd, &event) == 0) return Watched::YES;
  return errno == ENOENT ? control(set, EPOLL_CTL_ADD, fd, events, tag) : verdict_of(errno);
}

Watched PollSet::probe(int fd, Direction direction) noexcept {
  return control(set_for(direction), EPOLL_CTL_ADD, fd, EPOLLONESHOT, 0);
}

void PollSet::wait(uint64_t deadline_ns, Ready& out) noexcept {
  epoll_event events[HALF];
  out.count = 0;
  bool writers = false;
  const int count = wait_for(set_, events, deadline_ns);
  RSP_ASSERT(count >= 0 || errno == EINTR);
  for (int i = 0; i < count; ++i) {
    const uint64_t tag = events[i].data.u64;
    if (tag == WRITERS) writers = true;
    if (tag != WRITERS && tag != WAKE && tag != 0) out.tags[out.count++] = tag;
  }
  const int written = writers ? epoll_wait(writers_, events, HALF, 0) : 0;
  for (int i = 0; i < written; ++i) {
    if (events[i].data.u64 != 0) out.tags[out.count++] = events[i].data.u64;
  }
}

void PollSet::wake() noexcept {
  const uint64_t one = 1;
  // It cannot fail: nobody adds up to 2^64 in the life of a machine.
  [[maybe_unused]] const ssize_t written = write(waker_, &one, sizeof one);
  RSP_DEBUG_ASSERT(written == sizeof one);
}

void PollSet::forget_in_child() noexcept {
  // Relaxed: the child has one thread. E3
  if (state_.load(RELAXED) == OPEN) close_all();
  state_.store(SHUT, RELAXED);
}

}  // namespace rsp::env
