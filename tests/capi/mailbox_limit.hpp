// What tests of mailbox limits share: processes that take nothing until they are let go.
#pragma once

#include <vector>

#include "tests/capi/support.hpp"

namespace capi_test {

struct Limits {
  uint32_t messages = 0;
  uint64_t bytes = 0;
  rsp_overflow overflow = RSP_OVERFLOW_REFUSE;
};

/** A process that takes nothing out of its mailbox until it is let go, and then tells `me` of each integer. */
class Waiter {
 public:
  Waiter(const Attached& me, const Limits& limits, bool traps = false) : me_(me) {
    rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
    options.trap_exit = traps;
    options.max_messages = limits.messages;
    options.max_message_bytes = limits.bytes;
    options.overflow = limits.overflow;
    options.start = run_code;
    Code* const code = new Code([reader = me.pid()](rsp_self* self, rsp_msg* message) {
      if (message == nullptr) {
        rsp_ref gate = {};
        EXPECT_EQ(rsp_alias(self, &gate, RSP_ALIAS_REPLY), RSP_OK);
        rsp_term told = NIL;
        EXPECT_EQ(rsp_term_ref(&told, gate), RSP_OK);
        EXPECT_EQ(rsp_send(self, reader, told), RSP_OK);
        rsp_term_free(told);
        return rsp_await(self, gate, RSP_INFINITE, go_on, nullptr);
      }
      if (rsp_msg_get_kind(message) == RSP_MSG_EXIT) return RSP_NEXT_STOP;
      EXPECT_EQ(rsp_send(self, reader, rsp_msg_term(message)), RSP_OK);
      return RSP_NEXT_CONTINUE;
    });
    EXPECT_EQ(rsp_spawn(me, &pid_, nullptr, &options, run_code, code, free_code), RSP_OK);
    const Message gate = me.receive();
    EXPECT_EQ(rsp_term_get_ref(&gate_, rsp_msg_term(gate.get())), RSP_OK);
  }

  rsp_result send(int64_t number) const { return rsp_send(me_, pid_, rsp_term_int(number)); }

  /** Through an alias, into a mailbox that may be full. */
  void let_go() const { EXPECT_EQ(rsp_send_alias(me_, gate_, NIL), RSP_OK); }

  /** The numbers it has received, after it is let go. */
  std::vector<int64_t> numbers(size_t count) const {
    let_go();
    std::vector<int64_t> all;
    while (all.size() < count) all.push_back(as_int(rsp_msg_term(me_.receive().get())));
    EXPECT_EQ(queue_length(me_, pid_), 0);
    EXPECT_FALSE(me_.has_message());
    return all;
  }

  rsp_pid pid() const { return pid_; }

 private:
  static rsp_next go_on(rsp_self*, rsp_msg* message, void*) {
    EXPECT_NE(message, nullptr);
    return RSP_NEXT_CONTINUE;
  }

  const Attached& me_;
  rsp_pid pid_ = NO_PID;
  rsp_ref gate_ = {};
};

inline std::vector<int64_t> range(int64_t from, int64_t end) {
  std::vector<int64_t> all;
  for (int64_t i = from; i < end; ++i) all.push_back(i);
  return all;
}

class MailboxLimit : public testing::Test {
 public:
  ~MailboxLimit() override { rsp_set_report_sink(nullptr, nullptr); }

 protected:
  MailboxLimit() {
    rsp_set_report_sink([](void*, rsp_report_level, rsp_term) {}, nullptr);
  }

  Runtime runtime_{2};
  Attached me_;
};

}  // namespace capi_test
