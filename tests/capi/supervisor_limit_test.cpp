// resprout/supervisor.h where the runtime has no room for one more process: a start that fails, and nothing
// else.
#include <vector>

#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

/** A runtime of so many processes at most. */
class SmallRuntime {
 public:
  explicit SmallRuntime(uint32_t max_processes) {
    rsp_set_report_sink([](void*, rsp_report_level, rsp_term) {}, nullptr);  // the failures are meant
    rsp_runtime_opts options = RSP_RUNTIME_OPTS_INIT;
    options.workers = 1;
    options.max_processes = max_processes;
    EXPECT_EQ(rsp_runtime_start(&options), RSP_OK);
  }
  ~SmallRuntime() {
    EXPECT_EQ(rsp_runtime_stop(0), RSP_OK);
    rsp_set_report_sink(nullptr, nullptr);
  }
  SmallRuntime(const SmallRuntime&) = delete;
  SmallRuntime& operator=(const SmallRuntime&) = delete;
};

rsp_next ignore_message(rsp_self*, rsp_msg*, void*) { return RSP_NEXT_CONTINUE; }

rsp_child_spec idle_child(std::string_view id) {
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  child.id = word(id);
  child.start.handler = ignore_message;
  return child;
}

/** Spawns until the runtime refuses. */
std::vector<rsp_pid> fill(const Attached& me) {
  std::vector<rsp_pid> filled;
  const rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
  rsp_pid pid = NO_PID;
  rsp_result result = RSP_OK;
  while ((result = rsp_spawn(me, &pid, nullptr, &options, ignore_message, nullptr, nullptr)) == RSP_OK) {
    filled.push_back(pid);
  }
  EXPECT_EQ(result, RSP_ELIMIT);
  return filled;
}

// S-SUP-34
TEST(SupervisorAtTheLimit, RefusesAChildAndLivesOn) {
  const SmallRuntime runtime(64);
  const Attached me;
  const std::vector<rsp_child_spec> children = {idle_child("first")};
  rsp_pid supervisor = NO_PID;
  ASSERT_EQ(rsp_supervisor_start(me, &supervisor, nullptr, children.data(), 1, nullptr, nullptr), RSP_OK);
  const std::vector<rsp_pid> filled = fill(me);

  const rsp_child_spec second = idle_child("second");
  rsp_pid pid = NO_PID;
  rsp_term error = NIL;
  EXPECT_EQ(rsp_supervisor_start_child(me, &pid, &error, supervisor, &second, RSP_INFINITE), RSP_EEXITED);
  EXPECT_EQ(show(error), "system_limit");

  // The end of a process is told a moment before its room is free.
  for (const rsp_pid each : filled) EXPECT_EQ(me.exit(each, "kill"), "killed");
  EXPECT_EQ(rsp_supervisor_start_child(me, &pid, nullptr, supervisor, &second, RSP_INFINITE), RSP_OK);
  EXPECT_FALSE(pid == NO_PID);
}

// S-SUP-11
TEST(SupervisorAtTheLimit, DoesNotStartAndNamesTheChildThatHadNoRoom) {
  std::vector<std::string> outcomes;
  // Room for this thread and the supervisor; then for a child; then for both.
  for (uint32_t room = 2; outcomes.empty() || outcomes.back() != "started"; ++room) {
    ASSERT_LT(room, 64U);
    const SmallRuntime runtime(room);
    const Attached me;
    ASSERT_EQ(rsp_trap_exit(me, nullptr, true), RSP_OK);
    const std::vector<rsp_child_spec> children = {idle_child("first"), idle_child("second")};
    rsp_pid supervisor = NO_PID;
    rsp_term error = NIL;
    const rsp_result result =
        rsp_supervisor_start(me, &supervisor, &error, children.data(), children.size(), nullptr, nullptr);
    const std::string outcome = result == RSP_OK ? "started" : show(error);
    rsp_term_free(error);
    outcomes.push_back(outcome);
  }
  const std::vector<std::string> expected = {"{shutdown,{failed_to_start_child,first,system_limit}}",
                                             "{shutdown,{failed_to_start_child,second,system_limit}}",
                                             "started"};
  EXPECT_EQ(outcomes, expected);
}

}  // namespace
