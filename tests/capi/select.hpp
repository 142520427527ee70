// What the tests of resprout/select.h share: pipes and pairs of sockets, registrations, and what has come of them.
#pragma once

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

#include "tests/capi/support.hpp"

namespace capi_test {

/** Both ends of something, closed at the end of the scope. */
class Ends {
 public:
  enum Kind { PIPE, SOCKETS };
  explicit Ends(Kind kind = PIPE) {
    EXPECT_EQ(kind == PIPE ? pipe2(fd_, O_CLOEXEC | O_NONBLOCK)
                           : socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fd_),
              0);
  }
  ~Ends() {
    close_one(0);
    close_one(1);
  }
  Ends(const Ends&) = delete;
  Ends& operator=(const Ends&) = delete;

  int reader() const { return fd_[0]; }
  int writer() const { return fd_[1]; }
  void close_one(int which) {
    if (fd_[which] >= 0) close(fd_[which]);
    fd_[which] = -1;
  }
  void put() const { EXPECT_EQ(write(fd_[1], "x", 1), 1); }
  void take() const {
    char byte;
    EXPECT_EQ(read(fd_[0], &byte, 1), 1);
  }
  /** Until there is no room to write. */
  void fill() const {
    const std::vector<char> much(1 << 16);
    while (write(fd_[1], much.data(), much.size()) > 0) {
    }
  }
  void drain() const {
    std::vector<char> much(1 << 16);
    while (read(fd_[0], much.data(), much.size()) > 0) {
    }
  }

 private:
  int fd_[2] = {-1, -1};
};

inline rsp_ref select_on(rsp_self* self, int fd, uint32_t mode = RSP_SELECT_READ) {
  rsp_ref ref = {};
  EXPECT_EQ(rsp_select(self, &ref, fd, mode), RSP_OK);
  return ref;
}

inline bool cancel(rsp_self* self, rsp_ref ref) {
  bool active = false;
  EXPECT_EQ(rsp_cancel_select(self, &active, ref), RSP_OK);
  return active;
}

/** The next message is of this registration: what is ready. */
inline int64_t ready_of(const Message& message, rsp_ref ref) {
  EXPECT_NE(message, nullptr);
  EXPECT_EQ(rsp_msg_get_kind(message.get()), RSP_MSG_SELECT);
  EXPECT_EQ(rsp_msg_ref(message.get()), ref);
  return as_int(rsp_msg_term(message.get()));
}

/** That no message of before is still to come: one that is sent behind whatever is on its way arrives alone. The poller is
 * looked at before, since a descriptor that is ready is told of first. */
inline void expect_nothing(const Attached& me) {
  const Ends other;
  other.put();
  const rsp_ref ref = select_on(me, other.reader());
  EXPECT_EQ(ready_of(me.receive(), ref), RSP_SELECT_READ);
  EXPECT_FALSE(me.has_message());
}

/** Whether a message is in the mailbox, where it stays. */
inline bool has_unread(const Attached& me) {
  bool seen = false;
  rsp_receive_opts options = RSP_RECEIVE_OPTS_INIT;
  options.timeout_ms = 0;
  options.match_ctx = &seen;
  options.match = [](const rsp_msg*, void* flag) {
    *static_cast<bool*>(flag) = true;
    return false;
  };
  rsp_msg* message = nullptr;
  EXPECT_EQ(rsp_receive(me, &message, &options), RSP_ETIMEDOUT);
  return seen;
}

/** A process that registers the descriptor and goes on: it has, when this returns. */
inline rsp_pid spawn_selecting(rsp_self* me, int fd) {
  const rsp_pid pid = spawn(me,
                            [fd, to = rsp_self_pid(me)](rsp_self* self, rsp_msg* message) {
                              if (message != nullptr) return RSP_NEXT_CONTINUE;
                              (void)select_on(self, fd);
                              EXPECT_EQ(rsp_send(self, to, word("selected")), RSP_OK);
                              return RSP_NEXT_CONTINUE;
                            },
                            {.start = true});
  rsp_msg* message = nullptr;
  EXPECT_EQ(rsp_receive(me, &message, nullptr), RSP_OK);
  EXPECT_EQ(text_of(Message(message)), "selected");
  return pid;
}

inline uint64_t wake_ups() {
  rsp_runtime_stats stats = RSP_RUNTIME_STATS_INIT;
  EXPECT_EQ(rsp_runtime_get_stats(&stats), RSP_OK);
  return stats.worker_wake_ups;
}

/** With so many workers. */
class OfWorkers : public testing::TestWithParam<uint32_t> {
 protected:
  const Runtime runtime_{GetParam()};
};

}  // namespace capi_test
