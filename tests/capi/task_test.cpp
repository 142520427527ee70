// Tasks and streams of tasks: resprout/task.h beside what the conformance cases say of it.
#include <atomic>

#include "tests/capi/parcel.hpp"
#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

using Run = rsp_next (*)(rsp_self*, void*, rsp_term, rsp_server_return*);

rsp_server_ops type_of(Run run) {
  rsp_server_ops ops = {};
  ops.size = sizeof ops;
  ops.name = "a_task";
  ops.run = run;
  return ops;
}

/** Its args. */
const rsp_server_ops ECHO = type_of([](rsp_self*, void*, rsp_term args, rsp_server_return* ret) {
  ret->reply = rsp_term_copy(args);
  return RSP_NEXT_STOP;
});

/** A native payload; ctx counts those that are alive. */
const rsp_server_ops PACKING = type_of([](rsp_self*, void* ctx, rsp_term, rsp_server_return* ret) {
  ret->reply_native = new Parcel(*static_cast<std::atomic<int>*>(ctx));
  ret->reply_ops = &PARCEL;
  return RSP_NEXT_CONTINUE;
});

rsp_next run_for_ever(rsp_self* self, void*, rsp_term, rsp_server_return*) {
  rsp_ref never = {};
  if (rsp_alias(self, &never, RSP_ALIAS_EXPLICIT) != RSP_OK) return RSP_NEXT_STOP;
  return rsp_await(
      self, never, RSP_INFINITE, [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_STOP; }, nullptr);
}
const rsp_server_ops ENDLESS = type_of(run_for_ever);

/** Does not obey `shutdown`; tells ctx, a pid, that it runs. */
const rsp_server_ops STUBBORN = type_of([](rsp_self* self, void* ctx, rsp_term args, rsp_server_return* ret) {
  if (rsp_trap_exit(self, nullptr, true) != RSP_OK) return RSP_NEXT_STOP;
  if (rsp_send(self, *static_cast<rsp_pid*>(ctx), rsp_term_pid(rsp_self_pid(self))) != RSP_OK)
    return RSP_NEXT_STOP;
  return run_for_ever(self, ctx, args, ret);
});

rsp_start_spec spec_of(const rsp_server_ops& ops, void* ctx = nullptr) {
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  spec.ops = &ops;
  spec.ctx = ctx;
  return spec;
}

class Tasks : public testing::Test {
 protected:
  rsp_task async(const rsp_start_spec& spec) {
    rsp_task task = {};
    EXPECT_EQ(rsp_task_async(me_, &task, &spec), RSP_OK);
    return task;
  }

  Message await(rsp_task task) {
    rsp_msg* value = nullptr;
    EXPECT_EQ(rsp_task_await(me_, &value, nullptr, task, RSP_INFINITE), RSP_OK);
    return Message(value);
  }

  rsp_pid start_task_supervisor() {
    rsp_supervisor_opts opts = RSP_SUPERVISOR_OPTS_INIT;
    opts.strategy = RSP_DYNAMIC;
    rsp_pid supervisor = NO_PID;
    EXPECT_EQ(rsp_supervisor_start(me_, &supervisor, nullptr, nullptr, 0, &opts, nullptr), RSP_OK);
    return supervisor;
  }

  const Runtime runtime_{2};
  const Attached me_;
};

// ---- Values ----

TEST_F(Tasks, have_the_args_of_their_specification) {
  rsp_start_spec spec = spec_of(ECHO);
  spec.args = word("hello");
  EXPECT_EQ(text_of(await(async(spec))), "hello");
}

// S-TASK-2
TEST_F(Tasks, have_native_values_which_are_their_owners_or_nobodys) {
  std::atomic<int> alive{0};
  const rsp_start_spec spec = spec_of(PACKING, &alive);
  Message value = await(async(spec));
  EXPECT_EQ(alive, 1);
  delete static_cast<Parcel*>(rsp_msg_take_native(value.get(), &PARCEL));
  EXPECT_EQ(alive, 0);
  value.reset();
  rsp_msg* answer = nullptr;
  EXPECT_EQ(rsp_task_shutdown(me_, &answer, async(spec), RSP_SHUTDOWN_DEFAULT, 0), RSP_OK);
  rsp_msg_free(answer);
  const rsp_task dropped = async(spec);
  EXPECT_EQ(rsp_task_ignore(me_, &answer, dropped), RSP_OK);
  rsp_msg_free(answer);
  (void)me_.end_of(dropped.pid);
  EXPECT_EQ(alive, 0);
  // One that nobody waits for.
  rsp_pid pid = NO_PID;
  EXPECT_EQ(rsp_server_start(me_, &pid, nullptr, nullptr, &spec, nullptr), RSP_OK);
  (void)me_.end_of(pid);
  EXPECT_EQ(alive, 0);
}

TEST_F(Tasks, let_go_of_their_context_once) {
  static std::atomic<int> freed{0};
  freed = 0;
  rsp_start_spec spec = spec_of(ECHO);
  spec.ctx_free = [](void*) { ++freed; };
  const rsp_task task = async(spec);
  (void)await(task);
  (void)me_.end_of(task.pid);
  EXPECT_EQ(freed, 1);
  spec.worker = 99;
  rsp_task none = {};
  EXPECT_EQ(rsp_task_async(me_, &none, &spec), RSP_EINVAL);
  EXPECT_EQ(freed, 1);  // it is the caller's still
  spec.worker = 0;
  rsp_term error = NIL;
  EXPECT_EQ(rsp_task_supervisor_async(me_, &none, &error, dead_pid(me_), &spec), RSP_EEXITED);
  EXPECT_EQ(freed, 2);
  rsp_term_free(error);
}

TEST_F(Tasks, are_of_a_type_with_run_and_without_init) {
  rsp_server_ops both = ECHO;
  both.init = [](rsp_self*, void*, rsp_term, rsp_server_return*) { return RSP_NEXT_CONTINUE; };
  rsp_server_ops server = both;
  server.run = nullptr;
  rsp_server_ops older = ECHO;
  older.size = offsetof(rsp_server_ops, run);
  rsp_server_ops nameless = ECHO;
  nameless.name = nullptr;
  rsp_task task = {};
  for (const rsp_server_ops* ops : {&both, &server, &older, &nameless}) {
    const rsp_start_spec spec = spec_of(*ops);
    EXPECT_EQ(rsp_task_async(me_, &task, &spec), RSP_EINVAL);
  }
}

// ---- In callbacks ----

// S-TASK-2
TEST_F(Tasks, are_awaited_in_a_callback_by_their_reference) {
  const rsp_pid asker = spawn(me_, [own = me_.pid()](rsp_self* self, rsp_msg*) {
    static rsp_task task;
    static rsp_pid to;
    to = own;
    rsp_start_spec spec = spec_of(ECHO);
    spec.args = word("value");
    EXPECT_EQ(rsp_task_async(self, &task, &spec), RSP_OK);
    const rsp_continuation next = [](rsp_self* me, rsp_msg* msg, void*) {
      EXPECT_EQ(rsp_check_response(msg, task.ref), RSP_OK);
      EXPECT_TRUE(rsp_msg_is_reply(msg));
      rsp_msg* none = nullptr;
      EXPECT_EQ(rsp_task_yield(me, &none, task, 0), RSP_EWOULDBLOCK);
      EXPECT_EQ(rsp_demonitor(me, nullptr, task.ref, true), RSP_OK);
      EXPECT_EQ(rsp_task_ignore(me, &none, task), RSP_EINVAL);
      EXPECT_EQ(rsp_send(me, to, rsp_msg_term(msg)), RSP_OK);
      return RSP_NEXT_CONTINUE;
    };
    return rsp_await(self, task.ref, RSP_INFINITE, next, nullptr);
  });
  EXPECT_EQ(rsp_send(me_, asker, NIL), RSP_OK);
  EXPECT_EQ(text_of(me_.receive()), "value");
}

// ---- As children ----

// S-TASK-7, S-SUP-5
TEST_F(Tasks, are_temporary_children_unless_they_say_otherwise) {
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  child.start = spec_of(ENDLESS);
  rsp_pid supervisor = NO_PID;
  EXPECT_EQ(rsp_supervisor_start(me_, &supervisor, nullptr, &child, 1, nullptr, nullptr), RSP_OK);
  rsp_term spec = NIL;
  EXPECT_EQ(rsp_supervisor_get_childspec(me_, &spec, nullptr, supervisor, word("a_task"), RSP_INFINITE),
            RSP_OK);
  rsp_term restart = NIL;
  EXPECT_EQ(rsp_term_map_get(&restart, spec, word("restart")), RSP_OK);
  EXPECT_EQ(show(restart), "temporary");
  rsp_term_free(spec);
  EXPECT_EQ(me_.exit(supervisor, "kill"), "killed");
}

// S-SUP-16
TEST_F(Tasks, are_run_again_as_permanent_children) {
  static std::atomic<int> runs{0};
  runs = 0;
  const rsp_server_ops counting =
      type_of([](rsp_self* self, void* ctx, rsp_term args, rsp_server_return* ret) {
        return ++runs < 3 ? RSP_NEXT_STOP : run_for_ever(self, ctx, args, ret);
      });
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  child.start = spec_of(counting);
  child.restart = RSP_RESTART_PERMANENT;
  rsp_pid supervisor = NO_PID;
  EXPECT_EQ(rsp_supervisor_start(me_, &supervisor, nullptr, &child, 1, nullptr, nullptr), RSP_OK);
  wait_until([] { return runs == 3; });
  EXPECT_EQ(rsp_stop(me_, nullptr, supervisor, word("normal"), RSP_INFINITE), RSP_OK);
}

// S-TASK-8
TEST_F(Tasks, of_a_supervisor_have_native_values_too) {
  std::atomic<int> alive{0};
  const rsp_start_spec spec = spec_of(PACKING, &alive);
  rsp_task task = {};
  EXPECT_EQ(rsp_task_supervisor_async_nolink(me_, &task, nullptr, start_task_supervisor(), &spec), RSP_OK);
  EXPECT_NE(rsp_msg_native(await(task).get(), &PARCEL), nullptr);
  EXPECT_EQ(alive, 0);
}

// ---- Streams ----

// S-TASK-11
TEST_F(Tasks, of_a_stream_have_native_values_which_are_dropped_where_nobody_takes_them) {
  std::atomic<int> alive{0};
  const rsp_start_spec spec = spec_of(PACKING, &alive);
  rsp_task_stream_opts opts = RSP_TASK_STREAM_OPTS_INIT;
  opts.max_concurrency = 3;
  rsp_task_stream stream = {};
  EXPECT_EQ(rsp_task_async_stream(me_, &stream, &opts), RSP_OK);
  rsp_task_stream_event event = RSP_TASK_STREAM_WANTS;
  rsp_msg* msg = nullptr;
  while (event == RSP_TASK_STREAM_WANTS) {
    EXPECT_EQ(rsp_task_stream_next(me_, &event, &msg, stream), RSP_OK);
    if (event == RSP_TASK_STREAM_WANTS) {
      EXPECT_EQ(msg, nullptr);
      EXPECT_EQ(rsp_task_stream_supply(me_, stream, &spec), RSP_OK);
    }
  }
  EXPECT_EQ(event, RSP_TASK_STREAM_VALUE);
  EXPECT_NE(rsp_msg_native(msg, &PARCEL), nullptr);
  rsp_msg_free(msg);
  EXPECT_EQ(rsp_task_stream_halt(me_, stream), RSP_OK);
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(rsp_task_stream_supply(me_, stream, &spec), RSP_OK);  // nobody is there to take it
  EXPECT_FALSE(me_.has_message());
}

// S-TASK-15
TEST_F(Tasks, of_a_stream_that_do_not_obey_are_killed_after_five_seconds) {
  rsp_pid own = me_.pid();
  const rsp_start_spec spec = spec_of(STUBBORN, &own);
  rsp_task_stream stream = {};
  EXPECT_EQ(rsp_task_async_stream(me_, &stream, nullptr), RSP_OK);
  EXPECT_EQ(rsp_task_stream_supply(me_, stream, &spec), RSP_OK);
  const rsp_pid task = as_pid(rsp_msg_term(me_.receive().get()));
  const rsp_ref watch = me_.monitor(task);
  EXPECT_EQ(rsp_task_stream_halt(me_, stream), RSP_OK);
  const Message down = me_.receive();
  EXPECT_EQ(rsp_msg_ref(down.get()), watch);
  EXPECT_EQ(text_of(down), "killed");
  EXPECT_FALSE(me_.has_message());
}

// S-TASK-13, S-EXIT-12
TEST_F(Tasks, of_a_stream_go_with_it_when_it_is_killed) {
  rsp_pid own = me_.pid();
  const rsp_server_ops telling =
      type_of([](rsp_self* self, void* ctx, rsp_term args, rsp_server_return* ret) {
        EXPECT_EQ(rsp_send(self, *static_cast<rsp_pid*>(ctx), rsp_term_pid(rsp_self_pid(self))), RSP_OK);
        return run_for_ever(self, ctx, args, ret);
      });
  const rsp_start_spec spec = spec_of(telling, &own);
  rsp_task_stream stream = {};
  EXPECT_EQ(rsp_task_async_stream(me_, &stream, nullptr), RSP_OK);
  EXPECT_EQ(rsp_task_stream_supply(me_, stream, &spec), RSP_OK);
  const rsp_pid task = as_pid(rsp_msg_term(me_.receive().get()));
  (void)me_.monitor(task);
  EXPECT_EQ(rsp_exit_signal(me_, stream.pid, word("kill")), RSP_OK);
  EXPECT_EQ(text_of(me_.receive()), "killed");
  rsp_task_stream_event event = {};
  rsp_msg* msg = nullptr;
  EXPECT_EQ(rsp_task_stream_next(me_, &event, &msg, stream), RSP_EEXITED);
  rsp_msg_free(msg);
}

// S-TASK-13
TEST_F(Tasks, of_a_stream_that_crashes_go_with_it_though_they_trap_exits) {
  rsp_pid own = me_.pid();
  const rsp_start_spec stubborn = spec_of(STUBBORN, &own);
  const rsp_server_ops crashing = type_of(
      [](rsp_self* self, void*, rsp_term, rsp_server_return*) { return rsp_exit(self, word("boom")); });
  const rsp_start_spec crash = spec_of(crashing);
  std::atomic<bool> may_crash{false};
  std::thread owns([&] {
    const Attached owner;
    rsp_task_stream_opts opts = RSP_TASK_STREAM_OPTS_INIT;
    opts.max_concurrency = 2;
    rsp_task_stream stream = {};
    EXPECT_EQ(rsp_task_async_stream(owner, &stream, &opts), RSP_OK);
    EXPECT_EQ(rsp_task_stream_supply(owner, stream, &stubborn), RSP_OK);
    wait_until([&] { return may_crash.load(); });
    EXPECT_EQ(rsp_task_stream_supply(owner, stream, &crash), RSP_OK);
    rsp_task_stream_event event = {};
    rsp_msg* msg = nullptr;
    rsp_result result = RSP_OK;
    while (result == RSP_OK) result = rsp_task_stream_next(owner, &event, &msg, stream);
    EXPECT_EQ(result, RSP_EXITING);
  });
  (void)me_.monitor(as_pid(rsp_msg_term(me_.receive().get())));
  may_crash = true;
  EXPECT_EQ(text_of(me_.receive()), "killed");
  owns.join();
}

// What strangers send to a stream does not disturb it.
TEST_F(Tasks, of_a_stream_are_their_owners_business) {
  rsp_task_stream stream = {};
  EXPECT_EQ(rsp_task_async_stream(me_, &stream, nullptr), RSP_OK);
  in_callback(me_, [&](rsp_self* self) {
    rsp_ref request = {};
    EXPECT_EQ(rsp_send(self, stream.pid, word("next")), RSP_OK);
    EXPECT_EQ(rsp_cast(self, stream.pid, word("next")), RSP_OK);
    EXPECT_EQ(rsp_send_request(self, &request, stream.pid, word("next")), RSP_OK);
  });
  EXPECT_EQ(rsp_send(me_, stream.pid, word("next")), RSP_OK);
  rsp_task_stream_event event = RSP_TASK_STREAM_DONE;
  rsp_msg* msg = nullptr;
  EXPECT_EQ(rsp_task_stream_next(me_, &event, &msg, stream), RSP_OK);
  EXPECT_EQ(event, RSP_TASK_STREAM_WANTS);
  EXPECT_EQ(rsp_task_stream_end_input(me_, stream), RSP_OK);
  EXPECT_EQ(rsp_task_stream_next(me_, &event, &msg, stream), RSP_OK);
  EXPECT_EQ(event, RSP_TASK_STREAM_DONE);
}

TEST(TasksAtTheStop, end_with_the_runtime) {
  Runtime runtime(2);
  const Attached me;
  rsp_task task = {};
  rsp_task_stream stream = {};
  const rsp_start_spec spec = spec_of(ENDLESS);
  EXPECT_EQ(rsp_task_async(me, &task, &spec), RSP_OK);
  EXPECT_EQ(rsp_task_async_stream(me, &stream, nullptr), RSP_OK);
  EXPECT_EQ(rsp_task_stream_supply(me, stream, &spec), RSP_OK);
  EXPECT_EQ(rsp_runtime_stop(0), RSP_OK);
}

}  // namespace
