// Memory runs out in the start of a runtime, in a program from its start to its end, and in applications.
#ifdef RESPROUT_FAULT_INJECTION
#include "resprout/application.h"
#include "resprout/run.h"
#include "tests/stress/out_of_memory.hpp"

using namespace capi_test;
using namespace stress;

namespace {

rsp_child_spec plain_child(rsp_next (*handler)(rsp_self*, rsp_msg*, void*)) {
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  child.id = word("x");
  child.start.handler = handler;
  return child;
}

rsp_next be_idle(rsp_self*, rsp_msg*, void*) { return RSP_NEXT_CONTINUE; }

int g_contexts_freed = 0;

/** `scarce`, or one that it needs. */
rsp_result load(const Attached& me, const rsp_supervisor_spec& top, const char* name = "scarce",
                const rsp_atom* needed = nullptr) {
  rsp_application_spec spec = RSP_APPLICATION_SPEC_INIT;
  spec.name = atom(name);
  spec.applications = needed;
  spec.application_count = needed != nullptr;
  spec.supervisor = &top;
  spec.ctx_free = [](void*) { ++g_contexts_freed; };
  rsp_term error = NIL;
  const rsp_result result = rsp_application_load(me, &error, &spec);
  rsp_term_free(error);
  return result;
}

rsp_result unload(const Attached& me, const char* name = "scarce") {
  rsp_term error = NIL;
  const rsp_result result = rsp_application_unload(me, &error, atom(name));
  rsp_term_free(error);
  return result;
}

/** With memory again. Without it the controller may have ended, and every application with it. */
void stop(const Attached& me, const char* name = "scarce") {
  rsp_term error = NIL;
  const rsp_result stopped = rsp_application_stop(me, &error, atom(name), RSP_INFINITE);
  EXPECT_TRUE(stopped == RSP_OK || stopped == RSP_EEXITED) << rsp_result_name(stopped);
  rsp_term_free(error);
}

/** With what applications are made of. The context of each is freed once, whatever becomes of it. */
rsp_result with_top(const Attached& me,
                    const std::function<rsp_result(const Attached&, const rsp_supervisor_spec&)>& deed,
                    int applications = 1) {
  g_contexts_freed = 0;
  const rsp_child_spec child = plain_child(be_idle);
  rsp_supervisor_spec top = RSP_SUPERVISOR_SPEC_INIT;
  top.children = &child;
  top.child_count = 1;
  const rsp_result result = deed(me, top);
  (void)unload(me);
  if (applications > 1) (void)unload(me, "one");
  wait_until([&] { return g_contexts_freed >= applications; });
  EXPECT_EQ(g_contexts_freed, applications);
  return result;
}

/** What the controller lists while an application runs. */
rsp_result list_applications(const Attached& me, rsp_result (*verb)(rsp_self*, rsp_term*)) {
  return with_top(me, [verb](const Attached& my, const rsp_supervisor_spec& top) {
    EXPECT_EQ(load(my, top), RSP_OK);
    EXPECT_EQ(rsp_application_start(my, nullptr, atom("scarce"), RSP_APPLICATION_TEMPORARY, RSP_INFINITE),
              RSP_OK);
    rsp_term list = NIL;
    const rsp_result result = scarce([&] { return verb(my, &list); });
    rsp_term_free(list);
    stop(my);
    return result;
  });
}

const Scenario SCENARIOS[] = {
    {"application_load",
     [](const Attached& me) {
       return with_top(me, [](const Attached& my, const rsp_supervisor_spec& top) {
         return scarce([&] { return load(my, top); });
       });
     },
     {RSP_EEXITED}},
    {"application_start_and_stop",
     [](const Attached& me) {
       return with_top(me, [](const Attached& my, const rsp_supervisor_spec& top) {
         EXPECT_EQ(load(my, top), RSP_OK);
         rsp_term error = NIL;
         const rsp_result result = scarce([&] {
           return rsp_application_start(my, &error, atom("scarce"), RSP_APPLICATION_TEMPORARY, LONG_MS);
         });
         rsp_term_free(error);
         stop(my);
         return result;
       });
     },
     {RSP_EEXITED, RSP_ETIMEDOUT}},
    {"application_stop",
     [](const Attached& me) {
       return with_top(me, [](const Attached& my, const rsp_supervisor_spec& top) {
         EXPECT_EQ(load(my, top), RSP_OK);
         EXPECT_EQ(
             rsp_application_start(my, nullptr, atom("scarce"), RSP_APPLICATION_TEMPORARY, RSP_INFINITE),
             RSP_OK);
         rsp_term error = NIL;
         const rsp_result result =
             scarce([&] { return rsp_application_stop(my, &error, atom("scarce"), LONG_MS); });
         rsp_term_free(error);
         stop(my);
         return result;
       });
     },
     {RSP_EEXITED, RSP_ETIMEDOUT}},
    {"application_ensure_all_started",
     [](const Attached& me) {
       const auto deed = [](const Attached& my, const rsp_supervisor_spec& top) {
         const rsp_atom needed = atom("one");
         EXPECT_EQ(load(my, top, "one"), RSP_OK);
         EXPECT_EQ(load(my, top, "scarce", &needed), RSP_OK);
         rsp_term started = NIL;
         rsp_term error = NIL;
         const rsp_result result = scarce([&] {
           return rsp_application_ensure_all_started(my, &started, &error, atom("scarce"),
                                                     RSP_APPLICATION_TEMPORARY, LONG_MS);
         });
         if (result == RSP_OK) {
           EXPECT_EQ(show(started), "[one,scarce]");
         }
         rsp_term_free(started);
         rsp_term_free(error);
         // What is started and cannot be stopped for want of memory goes on.
         stop(my);
         stop(my, "one");
         return result;
       };
       return with_top(me, deed, 2);
     },
     {RSP_EEXITED, RSP_ETIMEDOUT}},
    {"application_which",
     [](const Attached& me) { return list_applications(me, &rsp_application_which); },
     {RSP_EEXITED}},
    {"application_loaded",
     [](const Attached& me) { return list_applications(me, &rsp_application_loaded); },
     {RSP_EEXITED}},
    {"application_unload",
     [](const Attached& me) {
       return with_top(me, [](const Attached& my, const rsp_supervisor_spec& top) {
         EXPECT_EQ(load(my, top), RSP_OK);
         return scarce([&] { return unload(my); });
       });
     },
     {RSP_EEXITED}},
};

INSTANTIATE_TEST_SUITE_P(InEachCallOfApplications, OutOfMemory, testing::ValuesIn(SCENARIOS),
                         [](const auto& test) { return test.param.name; });

class OutOfMemoryWithoutRuntime : public testing::TestWithParam<bool> {
 protected:
  void TearDown() override { rsp::mem_fail_never(); }
};

rsp_result start_runtime() {
  rsp_runtime_opts options = RSP_RUNTIME_OPTS_INIT;
  options.workers = 2;
  return rsp_runtime_start(&options);
}

TEST_P(OutOfMemoryWithoutRuntime, a_start_fails_and_leaves_nothing) {
  g_lasts = GetParam();
  const uint64_t blocks = rsp::mem_live_blocks();
  constexpr uint64_t MOST = 1000;
  for (g_nth = 1; g_nth <= MOST; ++g_nth) {
    SCOPED_TRACE("allocation " + std::to_string(g_nth));
    const rsp_result result = scarce(start_runtime);
    if (result != RSP_OK) {
      ASSERT_EQ(result, RSP_ENOMEM);
      ASSERT_FALSE(rsp_runtime_is_running());
    } else {
      { const Attached works; }
      ASSERT_EQ(rsp_runtime_stop(0), RSP_OK);
    }
    rsp::test::expect_all_given_back(blocks);
    if (!g_failed) {
      ASSERT_EQ(result, RSP_OK);
      break;
    }
  }
  EXPECT_LE(g_nth, MOST);
}

// Where it lasts a stop gives up, which takes its time: tests/sim/stop_memory_test.cpp.
TEST(OutOfMemoryOfAStop, at_any_place_costs_the_order_of_the_end_at_most) {
  g_lasts = false;
  const uint64_t blocks = rsp::mem_live_blocks();
  constexpr uint64_t MOST = 100;
  for (g_nth = 1; g_nth <= MOST; ++g_nth) {
    SCOPED_TRACE("allocation " + std::to_string(g_nth));
    ASSERT_EQ(start_runtime(), RSP_OK);
    spawn_idle(nullptr);
    spawn_idle(nullptr);
    ASSERT_EQ(scarce([] { return rsp_runtime_stop(LONG_MS); }), RSP_OK);
    rsp::test::expect_all_given_back(blocks);
    if (!g_failed) break;
  }
  EXPECT_LE(g_nth, MOST);
}

/** Ends the program as soon as it is up. */
rsp_next end_program(rsp_self*, rsp_msg* message, void*) {
  if (message == nullptr) {
    EXPECT_NE(rsp_init_stop(0), RSP_EINVAL);
  }
  return RSP_NEXT_CONTINUE;
}

TEST_P(OutOfMemoryWithoutRuntime, a_program_ends_and_leaves_nothing) {
  g_lasts = GetParam();
  const uint64_t blocks = rsp::mem_live_blocks();
  constexpr uint64_t MOST = 2000;
  for (g_nth = 1; g_nth <= MOST; ++g_nth) {
    SCOPED_TRACE("allocation " + std::to_string(g_nth));
    const rsp_child_spec child = plain_child(end_program);
    rsp_supervisor_spec top = RSP_SUPERVISOR_SPEC_INIT;
    top.children = &child;
    top.child_count = 1;
    rsp_run_opts options = RSP_RUN_OPTS_INIT;
    options.stop_timeout_ms = LONG_MS;
    options.handle_signals = 1;
    int status = -1;
    rsp_term reason = NIL;
    const rsp_result result = scarce([&] { return rsp_run(&status, &reason, &top, &options); });
    rsp_term_free(reason);
    if (result == RSP_ETIMEDOUT) {
      // Nobody can be killed without memory: who has some again goes on.
      ASSERT_TRUE(g_lasts);
      ASSERT_EQ(rsp_runtime_stop(RSP_INFINITE), RSP_OK);
    } else {
      ASSERT_TRUE(result == RSP_OK || result == RSP_ENOMEM || result == RSP_EEXITED)
          << rsp_result_name(result);
    }
    ASSERT_FALSE(rsp_runtime_is_running());
    rsp::test::expect_all_given_back(blocks);
    if (!g_failed) {
      ASSERT_EQ(result, RSP_OK);
      ASSERT_EQ(status, 0);
      break;
    }
  }
  EXPECT_LE(g_nth, MOST);
}

INSTANTIATE_TEST_SUITE_P(OnceAndFromThereOn, OutOfMemoryWithoutRuntime, testing::Bool(),
                         [](const auto& test) { return test.param ? "lasting" : "once"; });

}  // namespace
#endif
