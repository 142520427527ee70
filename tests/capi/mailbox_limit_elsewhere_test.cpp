// Limits of the mailbox of a thread that is a process: it is outside every call, or in a wait.
#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/capi/mailbox_limit.hpp"

using namespace capi_test;

namespace {

constexpr int64_t FLOOD = 1'000'000;

/** A thread that is a process and stays outside every call until it is told to go on. */
class Elsewhere {
 public:
  explicit Elsewhere(const Limits& limits) {
    thread_ = std::thread([this, limits] {
      const Attached self;
      EXPECT_EQ(rsp_limit_mailbox(self, limits.messages, limits.bytes, limits.overflow), RSP_OK);
      std::unique_lock lock(lock_);
      pid_ = self.pid();
      changed_.notify_all();
      changed_.wait(lock, [this] { return goes_on_; });
      rsp_receive_opts options = RSP_RECEIVE_OPTS_INIT;
      options.timeout_ms = 0;
      rsp_msg* message = nullptr;
      while (rsp_receive(self, &message, &options) == RSP_OK)
        numbers_.push_back(as_int(rsp_msg_term(Message(message).get())));
    });
    std::unique_lock lock(lock_);
    changed_.wait(lock, [this] { return pid_.id != 0; });
  }
  ~Elsewhere() {
    if (thread_.joinable()) (void)numbers();
  }

  std::vector<int64_t> numbers() {
    {
      const std::lock_guard lock(lock_);
      goes_on_ = true;
      changed_.notify_all();
    }
    thread_.join();
    return numbers_;
  }

  rsp_pid pid() const { return pid_; }

 private:
  std::mutex lock_;
  std::condition_variable changed_;
  rsp_pid pid_ = NO_PID;
  bool goes_on_ = false;
  std::vector<int64_t> numbers_;
  std::thread thread_;
};

// S-MBOX-6, S-MBOX-8
TEST_F(MailboxLimit, holds_for_a_thread_that_is_elsewhere) {
  for (const rsp_overflow overflow :
       {RSP_OVERFLOW_REFUSE, RSP_OVERFLOW_DROP_NEWEST, RSP_OVERFLOW_DROP_OLDEST}) {
    Elsewhere thread({10, 0, overflow});
    for (int64_t i = 0; i < FLOOD; ++i) {
      const rsp_result expected = overflow == RSP_OVERFLOW_REFUSE && i >= 10 ? RSP_EOVERLOAD : RSP_OK;
      ASSERT_EQ(rsp_send(me_, thread.pid(), rsp_term_int(i)), expected);
    }
    const std::vector<int64_t> left = thread.numbers();
    EXPECT_EQ(left.size(), 10u);
    EXPECT_TRUE(std::is_sorted(left.begin(), left.end()));
    if (overflow == RSP_OVERFLOW_DROP_OLDEST) {
      EXPECT_GE(left.front(), 10);
    } else {
      EXPECT_EQ(left, range(0, 10));
    }
  }
}

// S-MBOX-9
TEST_F(MailboxLimit, ends_a_process_whose_thread_is_elsewhere) {
  Elsewhere thread({10, 0, RSP_OVERFLOW_EXIT});
  EXPECT_EQ(me_.end_after(thread.pid(),
                          [&] {
                            for (int64_t i = 0; i < 11; ++i) {
                              ASSERT_EQ(rsp_send(me_, thread.pid(), rsp_term_int(i)), RSP_OK);
                            }
                          }),
            "{limit,mailbox}");
}

// S-MBOX-1, S-MBOX-8
TEST_F(MailboxLimit, drops_what_a_wait_has_looked_at_and_the_wait_goes_on_behind_it) {
  EXPECT_EQ(rsp_limit_mailbox(me_, 2, 0, RSP_OVERFLOW_DROP_OLDEST), RSP_OK);
  const rsp_pid sender = spawn(me_, [](rsp_self* self, rsp_msg* message) {
    for (int64_t i = 0; i < 1000; ++i)
      EXPECT_EQ(rsp_send(self, rsp_msg_from(message), rsp_term_int(i)), RSP_OK);
    // The receiver may be faster than this call's return, and stop the runtime.
    const rsp_result sent = rsp_exit_signal(self, rsp_msg_from(message), word("kill_not"));
    EXPECT_TRUE(sent == RSP_OK || sent == RSP_EXITING) << rsp_result_name(sent);
    return RSP_NEXT_STOP;
  });
  bool before = false;
  EXPECT_EQ(rsp_trap_exit(me_, &before, true), RSP_OK);
  EXPECT_EQ(rsp_send(me_, sender, NIL), RSP_OK);
  rsp_receive_opts options = RSP_RECEIVE_OPTS_INIT;
  options.match = [](const rsp_msg* message, void*) { return rsp_msg_get_kind(message) == RSP_MSG_EXIT; };
  rsp_msg* message = nullptr;
  ASSERT_EQ(rsp_receive(me_, &message, &options), RSP_OK);
  rsp_msg_free(message);
  int left = 0;
  while (me_.receive_within(0) != nullptr) ++left;
  EXPECT_EQ(left, 2);
}

}  // namespace
