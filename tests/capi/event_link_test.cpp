// resprout/event.h: the link between a manager and who has added a handler as its own.
#include <atomic>
#include <thread>

#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

std::atomic<int> g_step{0};
std::string g_stopped;  // what `quick` was terminated with

const rsp_event_ops QUICK = {sizeof(rsp_event_ops),
                             "quick",
                             [](rsp_self*, void*, rsp_term, rsp_event_return*) { return RSP_NEXT_CONTINUE; },
                             [](rsp_self*, void*, rsp_msg*, rsp_event_return*) { return RSP_NEXT_CONTINUE; },
                             nullptr,
                             nullptr,
                             [](rsp_self*, void*, rsp_term args, rsp_term*) {
                               g_stopped = show(args);
                               return RSP_NEXT_CONTINUE;
                             },
                             nullptr,
                             nullptr};

/** Its terminate takes until somebody sees to the third step. */
const rsp_event_ops SLOW = {sizeof(rsp_event_ops),
                            "slow",
                            [](rsp_self*, void*, rsp_term, rsp_event_return*) { return RSP_NEXT_CONTINUE; },
                            [](rsp_self*, void*, rsp_msg*, rsp_event_return*) { return RSP_NEXT_CONTINUE; },
                            nullptr,
                            nullptr,
                            [](rsp_self*, void*, rsp_term, rsp_term*) {
                              g_step = 2;
                              wait_until([] { return g_step == 3; });
                              return RSP_NEXT_CONTINUE;
                            },
                            nullptr,
                            nullptr};

rsp_event_handler handler_of(const rsp_event_ops& ops) {
  rsp_event_handler handler = RSP_EVENT_HANDLER_INIT;
  handler.ops = &ops;
  return handler;
}

class EventLinks : public testing::Test {
 protected:
  EventLinks() { EXPECT_EQ(rsp_event_start(nullptr, &manager_, nullptr, rsp_atom{0}, nullptr), RSP_OK); }

  rsp_result add_sup(rsp_self* self, const rsp_event_ops& ops) const {
    const rsp_event_handler handler = handler_of(ops);
    return rsp_event_add_sup_handler(self, nullptr, manager_, &handler, RSP_INFINITE);
  }
  void remove_quick() const {
    EXPECT_EQ(rsp_event_delete_handler(me_, nullptr, nullptr, manager_, word("quick"), NIL, RSP_INFINITE),
              RSP_OK);
    EXPECT_EQ(text_of(me_.receive()), "{gen_event_EXIT,quick,normal}");
  }

  const Runtime runtime_{2};
  const Attached me_;
  rsp_pid manager_ = NO_PID;
};

// S-EVT-8: also one that is asked for when there is one for the handler.
TEST_F(EventLinks, one_that_is_asked_for_outlasts_the_handler) {
  EXPECT_EQ(rsp_trap_exit(me_, nullptr, true), RSP_OK);
  EXPECT_EQ(add_sup(me_, QUICK), RSP_OK);
  EXPECT_EQ(rsp_link(me_, manager_), RSP_OK);
  remove_quick();
  // With the next handler it is as if it had been there before.
  EXPECT_EQ(add_sup(me_, QUICK), RSP_OK);
  remove_quick();
  EXPECT_EQ(me_.exit(manager_, "kill"), "killed");
  EXPECT_EQ(text_of(me_.receive()), "killed");
}

// S-EVT-8: what is asked for is given up as any link.
TEST_F(EventLinks, one_that_is_given_up_is_none) {
  EXPECT_EQ(rsp_trap_exit(me_, nullptr, true), RSP_OK);
  EXPECT_EQ(add_sup(me_, QUICK), RSP_OK);
  EXPECT_EQ(rsp_link(me_, manager_), RSP_OK);
  remove_quick();
  EXPECT_EQ(rsp_unlink(me_, manager_), RSP_OK);
  EXPECT_EQ(me_.exit(manager_, "kill"), "killed");
  EXPECT_FALSE(me_.has_message());
}

// S-EVT-5, S-EVT-9: it is there all the time, and brings the reason.
TEST_F(EventLinks, one_of_a_handler_that_is_swapped_brings_the_reason_of_who_ends_meanwhile) {
  g_step = 0;
  std::thread supervisor([&] {
    const Attached other;
    EXPECT_EQ(add_sup(other, SLOW), RSP_OK);
    g_step = 1;
    wait_until([] { return g_step == 2; });
    EXPECT_EQ(rsp_exit_signal(nullptr, other.pid(), word("kill")), RSP_OK);
    EXPECT_EQ(rsp_checkpoint(other), RSP_EXITING);
    g_step = 3;
  });
  wait_until([] { return g_step == 1; });
  const rsp_event_handler fresh = handler_of(QUICK);
  EXPECT_EQ(rsp_event_swap_handler(me_, nullptr, manager_, word("slow"), NIL, &fresh, RSP_INFINITE), RSP_OK);
  supervisor.join();
  wait_until([&] {
    rsp_term list = NIL;
    EXPECT_EQ(rsp_event_which_handlers(me_, &list, nullptr, manager_, RSP_INFINITE), RSP_OK);
    const bool is_gone = show(list) == "[]";
    rsp_term_free(list);
    return is_gone;
  });
  EXPECT_EQ(g_stopped, "{stop,killed}");
}

}  // namespace
