// The functions of resprout/task.h where they may not be called, and with arguments that mean nothing; those of the other
// headers: misuse_test.cpp.
#include <algorithm>
#include <functional>
#include <optional>
#include <vector>

#include "tests/capi/bad_call.hpp"
#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

rsp_server_ops task_type() {
  rsp_server_ops ops = {};
  ops.size = sizeof ops;
  ops.name = "misuse_test_task";
  ops.run = [](rsp_self*, void*, rsp_term, rsp_server_return*) { return RSP_NEXT_STOP; };
  return ops;
}
const rsp_server_ops TASK = task_type();

/** Those that wait, and are refused where nothing may. */
constexpr const char* WAITING[] = {"task_supervisor_async",
                                   "task_supervisor_async_nolink",
                                   "task_await",
                                   "task_yield",
                                   "task_shutdown",
                                   "task_stream_next",
                                   "task_stream_halt"};

/** What the arguments refer to, and where outputs go. */
struct World {
  rsp_pid pid;
  rsp_atom name = atom("misuse_test_name");
  rsp_start_spec work = RSP_START_SPEC_INIT;
  rsp_start_spec handler = RSP_START_SPEC_INIT;
  rsp_task task = {};  // of the thread that has the world, as the stream
  rsp_task_stream stream = {};
  rsp_task task_out = {};
  rsp_task_stream stream_out = {};
  rsp_msg* msg_out = nullptr;

  explicit World(const Attached& me) : pid(spawn_idle(me)) {
    rsp_ref ref = {};
    EXPECT_EQ(rsp_make_ref(me, &ref), RSP_OK);
    work.ops = &TASK;
    handler.handler = [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_CONTINUE; };
    task = rsp_task{pid, ref};
    stream = rsp_task_stream{pid, me.pid()};
  }
};

/** A function with arguments that are all right. */
struct Verb {
  const char* name;
  std::function<rsp_result(rsp_self*)> call;
};

/** A verb of tasks, with one of the caller's; or one that is not, where that cannot have any. */
rsp_result with_task(World& w, rsp_self* self, const std::function<rsp_result(rsp_task)>& verb) {
  rsp_task own = w.task;
  (void)!rsp_task_async(self, &own, &w.work);
  return verb(own);
}

/** The same of streams. */
rsp_result with_stream(World& w, rsp_self* self, const std::function<rsp_result(rsp_task_stream)>& verb) {
  rsp_task_stream own = w.stream;
  (void)!rsp_task_async_stream(self, &own, nullptr);
  return verb(own);
}

std::vector<Verb> verbs(World& w) {
  return {
      {"task_async", [&](rsp_self* s) { return rsp_task_async(s, &w.task_out, &w.work); }},
      {"task_supervisor_async",
       [&](rsp_self* s) { return rsp_task_supervisor_async(s, &w.task_out, nullptr, w.pid, &w.work); }},
      {"task_supervisor_async_nolink",
       [&](rsp_self* s) {
         return rsp_task_supervisor_async_nolink(s, &w.task_out, nullptr, w.pid, &w.work);
       }},
      {"task_await",
       [&](rsp_self* s) {
         return with_task(w, s,
                          [&](rsp_task task) { return rsp_task_await(s, &w.msg_out, nullptr, task, 0); });
       }},
      {"task_yield",
       [&](rsp_self* s) {
         return with_task(w, s, [&](rsp_task task) { return rsp_task_yield(s, &w.msg_out, task, 0); });
       }},
      {"task_shutdown",
       [&](rsp_self* s) {
         return with_task(w, s, [&](rsp_task task) {
           return rsp_task_shutdown(s, &w.msg_out, task, RSP_SHUTDOWN_DEFAULT, 0);
         });
       }},
      {"task_ignore",
       [&](rsp_self* s) {
         return with_task(w, s, [&](rsp_task task) {
           rsp_msg* value = nullptr;
           const rsp_result result = rsp_task_ignore(s, &value, task);
           rsp_msg_free(value);
           return result;
         });
       }},
      {"task_async_stream", [&](rsp_self* s) { return rsp_task_async_stream(s, &w.stream_out, nullptr); }},
      {"task_stream_next",
       [&](rsp_self* s) {
         return with_stream(w, s, [&](rsp_task_stream stream) {
           rsp_task_stream_event event = {};
           return rsp_task_stream_next(s, &event, &w.msg_out, stream);
         });
       }},
      {"task_stream_supply",
       [&](rsp_self* s) {
         return with_stream(
             w, s, [&](rsp_task_stream stream) { return rsp_task_stream_supply(s, stream, &w.work); });
       }},
      {"task_stream_end_input",
       [&](rsp_self* s) {
         return with_stream(w, s,
                            [&](rsp_task_stream stream) { return rsp_task_stream_end_input(s, stream); });
       }},
      {"task_stream_halt",
       [&](rsp_self* s) {
         return with_stream(w, s, [&](rsp_task_stream stream) { return rsp_task_stream_halt(s, stream); });
       }},
  };
}

class MisuseOfTasks : public testing::Test {
 protected:
  const Runtime runtime_{2};
};

TEST_F(MisuseOfTasks, by_a_thread_that_is_no_process_or_with_a_handle_of_another_is_refused) {
  const Attached me;
  World world(me);
  for (const Verb& verb : verbs(world)) EXPECT_EQ(verb.call(nullptr), RSP_EINVAL) << verb.name;
  std::thread([&] {
    for (const Verb& verb : verbs(world)) EXPECT_EQ(verb.call(me), RSP_EWRONGTHREAD) << verb.name;
  }).join();
  rsp_self* kept = nullptr;
  in_callback(me, [&](rsp_self* self) { kept = self; });
  for (const Verb& verb : verbs(world)) EXPECT_EQ(verb.call(kept), RSP_EWRONGTHREAD) << verb.name;
  rsp_self* const nowhere = reinterpret_cast<rsp_self*>(uintptr_t{64});
  for (const Verb& verb : verbs(world)) EXPECT_EQ(verb.call(nowhere), RSP_EWRONGTHREAD) << verb.name;
}

TEST_F(MisuseOfTasks, that_waits_in_a_callback_is_refused_and_all_else_works_there) {
  const Attached me;
  World world(me);
  in_callback(me, [&](rsp_self* self) {
    for (const Verb& verb : verbs(world)) {
      const bool waits =
          std::find(std::begin(WAITING), std::end(WAITING), std::string(verb.name)) != std::end(WAITING);
      EXPECT_EQ(verb.call(self), waits ? RSP_EWOULDBLOCK : RSP_OK) << verb.name;
    }
  });
}

TEST_F(MisuseOfTasks, by_a_process_that_was_killed_is_told_so) {
  const Attached me;
  World world(me);
  std::thread([&] {
    rsp_self* self = nullptr;
    ASSERT_EQ(rsp_attach(&self), RSP_OK);
    ASSERT_EQ(rsp_exit_signal(nullptr, rsp_self_pid(self), word("kill")), RSP_OK);
    for (const Verb& verb : verbs(world)) EXPECT_EQ(verb.call(self), RSP_EXITING) << verb.name;
    EXPECT_EQ(rsp_detach(self, NIL), RSP_OK);
  }).join();
  in_callback(me, [&](rsp_self* self) {
    ASSERT_EQ(rsp_exit_signal(nullptr, rsp_self_pid(self), word("kill")), RSP_OK);
    for (const Verb& verb : verbs(world)) EXPECT_EQ(verb.call(self), RSP_EXITING) << verb.name;
  });
}

TEST(TasksAfterTheStop, are_refused_as_all_else) {
  std::optional<Runtime> runtime(std::in_place, 2);
  const Attached me;
  World world(me);
  runtime.reset();
  for (const Verb& verb : verbs(world)) EXPECT_EQ(verb.call(me), RSP_EXITING) << verb.name;
}

// ---- Malformed arguments ----

std::vector<BadCall> malformed_calls(World& w) {
  rsp_start_spec named = w.work;
  named.name = w.name;
  rsp_task far = w.task;
  far.pid.node = 1;
  rsp_task_stream nobodys = w.stream;
  nobodys.owner = NO_PID;
  rsp_task_stream_opts far_supervisor = RSP_TASK_STREAM_OPTS_INIT;
  far_supervisor.supervisor = {1, 1, 1};
  rsp_task_stream_opts no_size = RSP_TASK_STREAM_OPTS_INIT;
  no_size.size = 0;
  return {
      {"task_async to nowhere", [&w](rsp_self* s) { return rsp_task_async(s, nullptr, &w.work); }},
      {"task_async of nothing", [&w](rsp_self* s) { return rsp_task_async(s, &w.task_out, nullptr); }},
      {"task_async of a handler", [&w](rsp_self* s) { return rsp_task_async(s, &w.task_out, &w.handler); }},
      {"task_async with a name", [&w, named](rsp_self* s) { return rsp_task_async(s, &w.task_out, &named); }},
      {"task_supervisor_async of no pid",
       [&w](rsp_self* s) { return rsp_task_supervisor_async(s, &w.task_out, nullptr, NO_PID, &w.work); }},
      {"task_supervisor_async_nolink to nowhere",
       [&w](rsp_self* s) { return rsp_task_supervisor_async_nolink(s, nullptr, nullptr, w.pid, &w.work); }},
      {"task_await of no task",
       [&w](rsp_self* s) { return rsp_task_await(s, &w.msg_out, nullptr, rsp_task{}, 0); }},
      {"task_await of a far task",
       [&w, far](rsp_self* s) { return rsp_task_await(s, &w.msg_out, nullptr, far, 0); }},
      {"task_await to nowhere", [&w](rsp_self* s) { return rsp_task_await(s, nullptr, nullptr, w.task, 0); }},
      {"task_yield to nowhere", [&w](rsp_self* s) { return rsp_task_yield(s, nullptr, w.task, 0); }},
      {"task_shutdown in no way",
       [&w](rsp_self* s) {
         return rsp_task_shutdown(s, &w.msg_out, w.task, static_cast<rsp_shutdown>(4), 0);
       }},
      {"task_ignore to nowhere", [&w](rsp_self* s) { return rsp_task_ignore(s, nullptr, w.task); }},
      {"task_async_stream to nowhere",
       [](rsp_self* s) { return rsp_task_async_stream(s, nullptr, nullptr); }},
      {"task_async_stream under a far pid",
       [&w, far_supervisor](rsp_self* s) {
         return rsp_task_async_stream(s, &w.stream_out, &far_supervisor);
       }},
      {"task_async_stream without a size",
       [&w, no_size](rsp_self* s) { return rsp_task_async_stream(s, &w.stream_out, &no_size); }},
      {"task_stream_next to nowhere",
       [&w](rsp_self* s) { return rsp_task_stream_next(s, nullptr, &w.msg_out, w.stream); }},
      {"task_stream_supply of nothing",
       [&w](rsp_self* s) { return rsp_task_stream_supply(s, w.stream, nullptr); }},
      {"task_stream_end_input of nobody's",
       [nobodys](rsp_self* s) { return rsp_task_stream_end_input(s, nobodys); }},
      {"task_stream_halt of none", [](rsp_self* s) { return rsp_task_stream_halt(s, rsp_task_stream{}); }},
  };
}

TEST_F(MisuseOfTasks, with_malformed_arguments_is_badarg_whoever_calls) {
  const Attached me;
  World world(me);
  expect_badarg_whoever_calls(me, malformed_calls(world));
}

}  // namespace
