// A mailbox whose limit ends its process: also where memory is short, and before any gap can be seen.
#include <gtest/gtest.h>

#include "core/mem/alloc.hpp"
#include "tests/capi/support.hpp"
#include "tests/support/account.hpp"
#include "tests/support/forked_runs.hpp"

namespace {

using namespace capi_test;

/// Calls until there is just enough memory for it.
template <class Call>
void with_the_least_memory(Call&& call) {
  rsp_result result = RSP_ENOMEM;
  for (uint64_t allocations = 0; result == RSP_ENOMEM; ++allocations) {
    rsp::mem_fail_from(allocations + 1);
    result = call();
    rsp::mem_fail_never();
  }
  EXPECT_EQ(result, RSP_OK);
}

/// A process has one message, and room for no more; `send` sends another one from a process whose code keeps the only
/// worker, and says whether an answer will come.
void overflow_without_memory(bool (*send)(rsp_self* self, rsp_pid limited)) {
  const uint64_t blocks_before = rsp::mem_live_blocks();
  rsp_set_report_sink([](void*, rsp_report_level, rsp_term) {}, nullptr);
  {
    const Runtime runtime(1);
    const Attached me;
    rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
    options.max_messages = 1;
    options.overflow = RSP_OVERFLOW_EXIT;
    options.trap_exit = true;
    int heard = 0;
    const rsp_handler hear = [](rsp_self*, rsp_msg*, void* heard_so_far) {
      ++*static_cast<int*>(heard_so_far);
      return RSP_NEXT_CONTINUE;
    };
    rsp_pid limited = NO_PID;
    ASSERT_EQ(rsp_spawn(me, &limited, nullptr, &options, hear, &heard, nullptr), RSP_OK);
    const rsp_ref monitor = me.monitor(limited);
    const rsp_pid sender = spawn(me,
                                 [&](rsp_self* self, rsp_msg* message) {
                                   if (message != nullptr) {
                                     EXPECT_EQ(rsp_msg_get_kind(message), RSP_MSG_DOWN);
                                     EXPECT_EQ(show(rsp_msg_term(message)), "{limit,mailbox}");
                                     return RSP_NEXT_STOP;
                                   }
                                   EXPECT_EQ(rsp_send(self, limited, NIL), RSP_OK);
                                   return send(self, limited) ? RSP_NEXT_CONTINUE : RSP_NEXT_STOP;
                                 },
                                 {.start = true});
    const Message down = me.receive();
    EXPECT_EQ(rsp_msg_ref(down.get()), monitor);
    EXPECT_EQ(text_of(down), "{limit,mailbox}");
    EXPECT_EQ(heard, 0);
    rsp_runtime_stats stats = RSP_RUNTIME_STATS_INIT;
    EXPECT_EQ(rsp_runtime_get_stats(&stats), RSP_OK);
    EXPECT_EQ(stats.dropped_messages, 1u);
    (void)me.end_of(sender);
  }
  rsp::test::expect_all_given_back(blocks_before);
}

// S-MBOX-9
TEST(LimitExit, a_message_that_is_too_many_is_the_order_to_end) {
  rsp::test::run_in_forks({"message", 1, rsp::test::RUNS_OF_A_SIMULATION, __FILE__, __LINE__}, [] {
    overflow_without_memory([](rsp_self* self, rsp_pid limited) {
      with_the_least_memory([&] { return rsp_send(self, limited, NIL); });
      return false;
    });
  });
}

// S-MBOX-9
TEST(LimitExit, a_request_that_is_too_many_is_the_order_to_end_and_gets_its_down) {
  rsp::test::run_in_forks({"request", 1, rsp::test::RUNS_OF_A_SIMULATION, __FILE__, __LINE__}, [] {
    overflow_without_memory([](rsp_self* self, rsp_pid limited) {
      rsp_ref request = {};
      with_the_least_memory([&] { return rsp_send_request(self, &request, limited, NIL); });
      return true;
    });
  });
}

/// Sends numbers from 1 on, as long as it takes.
rsp_pid spawn_sender(rsp_self* self, rsp_pid to, int64_t name) {
  return spawn(self,
               [to, name](rsp_self* sender, rsp_msg*) {
                 for (int64_t number = 1; number <= 8; ++number) {
                   const rsp_term both[] = {rsp_term_int(name), rsp_term_int(number)};
                   rsp_term message = NIL;
                   EXPECT_EQ(rsp_term_tuple(&message, both, 2), RSP_OK);
                   EXPECT_EQ(rsp_send(sender, to, message), RSP_OK);
                   rsp_term_free(message);
                 }
                 return RSP_NEXT_STOP;
               },
               {.start = true});
}

// S-SIG-1, S-MBOX-9
TEST(LimitExit, nobody_hears_what_came_after_a_message_that_was_too_many) {
  rsp::test::run_in_forks({"gap", 1, rsp::test::RUNS_OF_A_SIMULATION, __FILE__, __LINE__}, [] {
    rsp_set_report_sink([](void*, rsp_report_level, rsp_term) {}, nullptr);
    const Runtime runtime(3);
    const Attached me;
    struct Heard {
      int64_t last[2] = {};
    } heard;
    rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
    options.max_messages = 1;
    options.overflow = RSP_OVERFLOW_EXIT;
    const rsp_handler hear = [](rsp_self*, rsp_msg* message, void* context) {
      rsp_term name = NIL;
      rsp_term number = NIL;
      EXPECT_EQ(rsp_term_element(&name, rsp_msg_term(message), 0), RSP_OK);
      EXPECT_EQ(rsp_term_element(&number, rsp_msg_term(message), 1), RSP_OK);
      int64_t& last = static_cast<Heard*>(context)->last[as_int(name)];
      EXPECT_EQ(as_int(number), last + 1) << "from " << as_int(name);
      last = as_int(number);
      return RSP_NEXT_CONTINUE;
    };
    rsp_pid limited = NO_PID;
    ASSERT_EQ(rsp_spawn(me, &limited, nullptr, &options, hear, &heard, nullptr), RSP_OK);
    const rsp_pid senders[] = {spawn_sender(me, limited, 0), spawn_sender(me, limited, 1)};
    for (const rsp_pid sender : senders) (void)me.end_of(sender);
    (void)me.exit(limited, "kill");
  });
}

}  // namespace
