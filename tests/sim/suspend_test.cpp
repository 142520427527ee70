// Suspensions that cross: several processes suspend and resume one that computes, others end in the middle.
#include <gtest/gtest.h>

#include "core/env/random.hpp"
#include "core/mem/alloc.hpp"
#include "tests/capi/support.hpp"
#include "tests/sim/society_words.hpp"
#include "tests/support/account.hpp"
#include "tests/support/forked_runs.hpp"

namespace {

using namespace capi_test;
using society::pass_time;

uint32_t below(uint32_t bound) { return static_cast<uint32_t>(rsp::env::random_u64() % bound); }

/// Suspends and resumes at random with each message it gets, and hears the answers.
rsp_pid spawn_suspender(rsp_self* self, rsp_pid target) {
  return spawn(self, [target, open = 0](rsp_self* me, rsp_msg* message) mutable {
    if (show(rsp_msg_term(message)) == "true") return RSP_NEXT_CONTINUE;
    const bool resumes = open > 0 && below(2) == 0;
    rsp_ref answer = {};
    const rsp_result result = resumes ? rsp_resume(me, target) : rsp_suspend_request(me, &answer, target);
    EXPECT_TRUE(result == RSP_OK || result == RSP_EXITING) << rsp_result_name(result);  // it may be killed
    open += resumes ? -1 : 1;
    return below(8) == 0 ? RSP_NEXT_STOP : RSP_NEXT_CONTINUE;
  });
}

void cross() {
  const uint64_t blocks_before = rsp::mem_live_blocks();
  {
    const Runtime runtime(1 + below(3));
    const Attached me;
    int64_t heard = 0;
    const rsp_pid target = spawn(me, [&](rsp_self* self, rsp_msg* message) {
      EXPECT_EQ(as_int(rsp_msg_term(message)), heard);
      for (uint32_t left = below(3); left > 0; --left) EXPECT_EQ(rsp_checkpoint(self), RSP_OK);
      ++heard;
      return RSP_NEXT_CONTINUE;
    });
    const rsp_pid suspenders[] = {spawn_suspender(me, target), spawn_suspender(me, target)};
    int64_t sent = 0;
    for (int round = 0; round < 12; ++round) {
      for (uint32_t left = below(4); left > 0; --left)
        EXPECT_EQ(rsp_send(me, target, rsp_term_int(sent++)), RSP_OK);
      for (const rsp_pid suspender : suspenders) EXPECT_EQ(rsp_send(me, suspender, NIL), RSP_OK);
      if (below(2) == 0) continue;
      ASSERT_EQ(rsp_suspend(me, target, RSP_INFINITE), RSP_OK);
      const int64_t before = heard;
      EXPECT_EQ(rsp_send(me, target, rsp_term_int(sent++)), RSP_OK);
      pass_time(below(3));
      EXPECT_EQ(heard, before);
      EXPECT_EQ(rsp_resume(me, target), RSP_OK);
    }
    for (const rsp_pid suspender : suspenders) (void)me.exit(suspender, "kill");
    EXPECT_EQ(rsp_send(me, target, rsp_term_int(sent++)), RSP_OK);
    while (heard < sent) pass_time(1);
    EXPECT_EQ(rsp_resume(me, target), RSP_ENOPROC);
  }
  rsp::test::expect_all_given_back(blocks_before);
}

// S-SUSP-1, S-SUSP-3, S-SUSP-4
TEST(Suspensions, cross_and_leave_the_process_running) {
  rsp::test::run_in_forks({"suspensions", 1, rsp::test::RUNS_OF_A_SIMULATION, __FILE__, __LINE__}, cross);
}

}  // namespace
