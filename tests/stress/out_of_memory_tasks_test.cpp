// Memory runs out in the calls of tasks and streams of tasks.
#ifdef RESPROUT_FAULT_INJECTION
#include "tests/stress/out_of_memory.hpp"

using namespace capi_test;
using namespace stress;

namespace {

rsp_server_ops type_of(rsp_next (*run)(rsp_self*, void*, rsp_term, rsp_server_return*)) {
  rsp_server_ops ops = {};
  ops.size = sizeof ops;
  ops.name = "scarce_task";
  ops.run = run;
  return ops;
}
const rsp_server_ops HELLO = type_of([](rsp_self*, void*, rsp_term, rsp_server_return* ret) {
  ret->reply = word("hello");
  return RSP_NEXT_STOP;
});
const rsp_server_ops ENDLESS = type_of([](rsp_self* self, void*, rsp_term, rsp_server_return*) {
  rsp_ref never = {};
  if (rsp_alias(self, &never, RSP_ALIAS_EXPLICIT) != RSP_OK) return RSP_NEXT_STOP;
  return rsp_await(
      self, never, RSP_INFINITE, [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_STOP; }, nullptr);
});

rsp_start_spec spec_of(const rsp_server_ops& ops) {
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  spec.ops = &ops;
  spec.args = list_of_words();
  return spec;
}

/** Tasks that end for want of memory shall not take the test along. */
class Trapping {
 public:
  explicit Trapping(const Attached& me) : me_(me) { EXPECT_EQ(rsp_trap_exit(me_, nullptr, true), RSP_OK); }
  ~Trapping() {
    EXPECT_EQ(rsp_trap_exit(me_, nullptr, false), RSP_OK);
    forget(me_);
  }
  Trapping(const Trapping&) = delete;
  Trapping& operator=(const Trapping&) = delete;

 private:
  const Attached& me_;
};

rsp_pid start_task_supervisor(const Attached& me) {
  rsp_supervisor_opts opts = RSP_SUPERVISOR_OPTS_INIT;
  opts.strategy = RSP_DYNAMIC;
  rsp_pid supervisor = NO_PID;
  EXPECT_EQ(rsp_supervisor_start(me, &supervisor, nullptr, nullptr, 0, &opts, nullptr), RSP_OK);
  return supervisor;
}

void end(const Attached& me, const rsp_task& task) {
  rsp_msg* outcome = nullptr;
  const rsp_result result = rsp_task_shutdown(me, &outcome, task, RSP_SHUTDOWN_BRUTAL_KILL, 0);
  EXPECT_TRUE(result == RSP_OK || result == RSP_EEXITED) << rsp_result_name(result);
  rsp_msg_free(outcome);
}

using Start = rsp_result (*)(rsp_self*, rsp_task*, rsp_term*, rsp_pid, const rsp_start_spec*);

rsp_result start_scarcely(const Attached& me, Start start) {
  const Trapping trapping(me);
  const rsp_pid supervisor = start_task_supervisor(me);
  const rsp_start_spec spec = spec_of(HELLO);
  rsp_task task = {};
  rsp_term error = NIL;
  const rsp_result result = scarce([&] { return start(me, &task, &error, supervisor, &spec); });
  rsp_term_free(error);
  if (result == RSP_OK) end(me, task);
  // Also where it was withdrawn none is left: a supervisor that is stopped waits for all.
  kill(me, supervisor);
  rsp_term_free(spec.args);
  return result;
}

/** An outcome of a task that is ended by the call, or ends before: with its value, or without for want of memory. */
rsp_result take_scarcely(const Attached& me, const rsp_server_ops& ops,
                         const std::function<rsp_result(rsp_msg**, rsp_task)>& verb,
                         bool is_over_at_failure) {
  const Trapping trapping(me);
  const rsp_start_spec spec = spec_of(ops);
  rsp_task task = {};
  EXPECT_EQ(rsp_task_async(me, &task, &spec), RSP_OK);
  rsp_msg* outcome = nullptr;
  const rsp_result result = scarce([&] { return verb(&outcome, task); });
  rsp_msg_free(outcome);
  if (result != RSP_OK && result != RSP_EEXITED && !is_over_at_failure) end(me, task);
  kill(me, task.pid);
  rsp_term_free(spec.args);
  return result;
}

/** Two results of a stream, and its end. */
rsp_result run_stream(const Attached& me, const rsp_task_stream_opts& opts, const rsp_start_spec& spec) {
  rsp_task_stream stream = {};
  rsp_result result = rsp_task_async_stream(me, &stream, &opts);
  if (result != RSP_OK) return result;
  int supplied = 0;
  rsp_task_stream_event event = RSP_TASK_STREAM_WANTS;
  while (result == RSP_OK && event != RSP_TASK_STREAM_DONE) {
    rsp_msg* msg = nullptr;
    result = rsp_task_stream_next(me, &event, &msg, stream);
    rsp_msg_free(msg);
    if (result != RSP_OK || event != RSP_TASK_STREAM_WANTS) continue;
    result =
        ++supplied > 2 ? rsp_task_stream_end_input(me, stream) : rsp_task_stream_supply(me, stream, &spec);
  }
  const rsp_result halted = rsp_task_stream_halt(me, stream);
  return result == RSP_OK ? halted : result;
}

rsp_result stream_scarcely(const Attached& me, rsp_pid supervisor) {
  const Trapping trapping(me);
  rsp_task_stream_opts opts = RSP_TASK_STREAM_OPTS_INIT;
  opts.supervisor = supervisor;
  const rsp_start_spec spec = spec_of(HELLO);
  const rsp_result result = scarce([&] { return run_stream(me, opts, spec); });
  rsp_term_free(spec.args);
  return result;
}

const std::set<rsp_result> ENDED = {RSP_EEXITED};

const Scenario SCENARIOS[] = {
    {"task_async",
     [](const Attached& me) {
       const Trapping trapping(me);
       const rsp_start_spec spec = spec_of(HELLO);
       rsp_task task = {};
       const rsp_result result = scarce([&] { return rsp_task_async(me, &task, &spec); });
       if (result == RSP_OK) end(me, task);
       rsp_term_free(spec.args);
       return result;
     }},
    {"task_supervisor_async",
     [](const Attached& me) { return start_scarcely(me, &rsp_task_supervisor_async); }, ENDED},
    {"task_supervisor_async_nolink",
     [](const Attached& me) { return start_scarcely(me, &rsp_task_supervisor_async_nolink); }, ENDED},
    {"task_await",
     [](const Attached& me) {
       return take_scarcely(
           me, HELLO,
           [&](rsp_msg** out, rsp_task task) {
             rsp_term reason = NIL;
             const rsp_result result = rsp_task_await(me, out, &reason, task, RSP_INFINITE);
             rsp_term_free(reason);
             return result;
           },
           true);
     },
     ENDED},
    {"task_yield",
     [](const Attached& me) {
       return take_scarcely(
           me, HELLO,
           [&](rsp_msg** out, rsp_task task) { return rsp_task_yield(me, out, task, RSP_INFINITE); }, false);
     },
     ENDED},
    {"task_shutdown",
     [](const Attached& me) {
       return take_scarcely(
           me, ENDLESS,
           [&](rsp_msg** out, rsp_task task) {
             return rsp_task_shutdown(me, out, task, RSP_SHUTDOWN_TIMEOUT, LONG_MS);
           },
           false);
     },
     ENDED},
    {"task_ignore",
     [](const Attached& me) {
       return take_scarcely(
           me, ENDLESS, [&](rsp_msg** out, rsp_task task) { return rsp_task_ignore(me, out, task); }, false);
     },
     ENDED},
    {"task_stream", [](const Attached& me) { return stream_scarcely(me, NO_PID); }, ENDED},
    {"task_stream_of_a_supervisor",
     [](const Attached& me) {
       const rsp_pid supervisor = start_task_supervisor(me);
       const rsp_result result = stream_scarcely(me, supervisor);
       kill(me, supervisor);
       return result;
     },
     ENDED},
};

INSTANTIATE_TEST_SUITE_P(InEachCallOfTasks, OutOfMemory, testing::ValuesIn(SCENARIOS),
                         [](const auto& test) { return test.param.name; });

}  // namespace
#endif
