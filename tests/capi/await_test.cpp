// resprout/await.h, and start functions: arguments that mean nothing, what refuses a start, who owns what.
#include <atomic>

#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

rsp_server_ops idle_server() {
  rsp_server_ops ops = {};
  ops.size = sizeof ops;
  ops.name = "idle";
  ops.init = [](rsp_self*, void*, rsp_term, rsp_server_return*) { return RSP_NEXT_CONTINUE; };
  return ops;
}
const rsp_server_ops IDLE = idle_server();

std::atomic<int> g_freed{0};
void count_freed(void*) { ++g_freed; }

rsp_start_spec idle_spec() {
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  spec.ops = &IDLE;
  spec.ctx = &g_freed;
  spec.ctx_free = count_freed;
  return spec;
}

using Then = std::function<rsp_next(rsp_self*, const rsp_outcome&)>;

rsp_next go_on(rsp_self* self, const rsp_outcome* outcome, void* then) {
  const std::unique_ptr<Then> code(static_cast<Then*>(then));
  EXPECT_TRUE(RSP_HAS(rsp_outcome, outcome, error));
  return (*code)(self, *outcome);
}

class Awaits : public testing::Test {
 public:
  Awaits() {
    g_freed = 0;
    rsp_set_report_sink([](void*, rsp_report_level, rsp_term) {}, nullptr);  // the failures are meant
  }
  ~Awaits() override { rsp_set_report_sink(nullptr, nullptr); }

 protected:
  /** Runs a callback that may wait; what the process ended for. */
  static std::string end_of(const Attached& me, std::function<rsp_next(rsp_self*)> code) {
    return me.end_by_message(
        spawn(me, [code = std::move(code)](rsp_self* self, rsp_msg*) { return code(self); }));
  }

  /** Tells `whom` the code, and ends. */
  static rsp_next tell(rsp_self* self, rsp_pid whom, const rsp_outcome& outcome) {
    EXPECT_EQ(rsp_send(self, whom, rsp_term_int(outcome.result)), RSP_OK);
    return RSP_NEXT_STOP;
  }
};

// S-START-8
TEST_F(Awaits, what_means_nothing_is_badarg_and_its_context_is_freed) {
  const Runtime runtime;
  const Attached me;
  const auto start = [](rsp_self* self, const rsp_start_spec* spec, const rsp_start_opts* opts) {
    return rsp_await_start(self, spec, opts, go_on, nullptr);
  };
  rsp_start_more function = RSP_START_MORE_INIT;
  function.function = [](rsp_self*, void*, rsp_term, rsp_start_return*) { return RSP_NEXT_CONTINUE; };
  function.function_name = "function";
  rsp_start_spec of_function = RSP_START_SPEC_INIT;
  of_function.more = &function;
  rsp_start_spec far_away = idle_spec();
  far_away.worker = 1000;
  rsp_start_spec twice = idle_spec();
  twice.more = &function;
  const rsp_start_spec empty = RSP_START_SPEC_INIT;
  rsp_start_opts short_opts = RSP_START_OPTS_INIT;
  short_opts.size = 3;
  rsp_start_opts monitored = RSP_START_OPTS_INIT;
  monitored.monitor = true;
  const rsp_start_spec good = idle_spec();
  const rsp_supervisor_spec supervisor = RSP_SUPERVISOR_SPEC_INIT;
  const std::function<rsp_next(rsp_self*)> calls[] = {
      [&](rsp_self* self) { return start(self, nullptr, nullptr); },
      [&](rsp_self* self) { return start(self, &empty, nullptr); },
      [&](rsp_self* self) { return start(self, &of_function, nullptr); },
      [&](rsp_self* self) { return start(self, &twice, nullptr); },
      [&](rsp_self* self) { return start(self, &far_away, nullptr); },
      [&](rsp_self* self) { return start(self, &good, &short_opts); },
      [&](rsp_self* self) { return rsp_await_start(self, &good, nullptr, nullptr, nullptr); },
      [&](rsp_self* self) { return rsp_await_start_supervisor(self, nullptr, nullptr, go_on, nullptr); },
      [&](rsp_self* self) {
        return rsp_await_start_supervisor(self, &supervisor, &monitored, go_on, nullptr);
      },
      [&](rsp_self* self) {
        return rsp_await_start_supervisor(self, &supervisor, nullptr, nullptr, nullptr);
      },
      [&](rsp_self* self) { return rsp_await_stop(self, NO_PID, NIL, 0, go_on, nullptr); },
      [&](rsp_self* self) {
        return rsp_await_stop(self, me.pid(), {0xFF, 1}, 0, go_on, nullptr);
      },
      [&](rsp_self* self) { return rsp_await_stop(self, me.pid(), NIL, 0, nullptr, nullptr); },
  };
  for (const auto& call : calls) EXPECT_EQ(end_of(me, call), "{badarg,[]}");
  EXPECT_EQ(g_freed, 4);
}

TEST_F(Awaits, a_thread_cannot_wait_like_that_nor_can_who_waits_already) {
  const Runtime runtime;
  const Attached me;
  const rsp_start_spec good = idle_spec();
  EXPECT_EQ(rsp_await_start(me, &good, nullptr, go_on, nullptr), RSP_NEXT_RAISE);
  EXPECT_EQ(rsp_await_stop(me, me.pid(), NIL, 0, go_on, nullptr), RSP_NEXT_RAISE);
  EXPECT_EQ(rsp_await_start(nullptr, &good, nullptr, go_on, nullptr), RSP_NEXT_RAISE);
  EXPECT_EQ(end_of(me,
                   [&](rsp_self* self) {
                     rsp_ref alias = {};
                     EXPECT_EQ(rsp_alias(self, &alias, RSP_ALIAS_EXPLICIT), RSP_OK);
                     const rsp_next first = rsp_await(
                         self, alias, 0, [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_STOP; }, nullptr);
                     EXPECT_EQ(first, RSP_NEXT_AWAIT);
                     EXPECT_EQ(rsp_await_start(self, &good, nullptr, go_on, nullptr), RSP_NEXT_RAISE);
                     return first;
                   }),
            "normal");
  EXPECT_EQ(g_freed, 3);
}

// S-START-8
TEST_F(Awaits, a_specification_that_is_wrong_is_an_outcome) {
  const Runtime runtime;
  const Attached me;
  const auto code = [own = me.pid()](rsp_self* self) {
    rsp_child_spec child = RSP_CHILD_SPEC_INIT;
    rsp_supervisor_spec spec = RSP_SUPERVISOR_SPEC_INIT;
    spec.children = &child;
    spec.child_count = 1;
    Then* const then = new Then([own](rsp_self* after, const rsp_outcome& outcome) {
      EXPECT_EQ(show(outcome.error), "{start_spec,missing_start}");
      return tell(after, own, outcome);
    });
    return rsp_await_start_supervisor(self, &spec, nullptr, go_on, then);
  };
  EXPECT_EQ(end_of(me, code), "normal");
  EXPECT_EQ(as_int(rsp_msg_term(me.receive().get())), RSP_ESPEC);
}

// S-START-8
TEST_F(Awaits, a_full_table_is_an_outcome) {
  rsp_runtime_opts options = RSP_RUNTIME_OPTS_INIT;
  options.workers = 2;
  options.max_processes = 4;
  ASSERT_EQ(rsp_runtime_start(&options), RSP_OK);
  {
    const Attached me;
    const rsp_pid starter = spawn(me, [own = me.pid()](rsp_self* self, rsp_msg*) {
      const rsp_start_spec spec = idle_spec();
      Then* const then =
          new Then([own](rsp_self* after, const rsp_outcome& outcome) { return tell(after, own, outcome); });
      return rsp_await_start(self, &spec, nullptr, go_on, then);
    });
    rsp_pid pid = NO_PID;
    const auto idle = [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_CONTINUE; };
    while (rsp_spawn(me, &pid, nullptr, nullptr, idle, nullptr, nullptr) == RSP_OK) {
    }
    EXPECT_EQ(me.end_by_message(starter), "normal");
    EXPECT_EQ(as_int(rsp_msg_term(me.receive().get())), RSP_ELIMIT);
    EXPECT_EQ(g_freed, 1);  // the context was the runtime's
  }
  EXPECT_EQ(rsp_runtime_stop(0), RSP_OK);
}

// S-START-8, S-SRV-28
TEST_F(Awaits, a_start_and_a_stop) {
  const Runtime runtime;
  const Attached me;
  EXPECT_EQ(end_of(me,
                   [own = me.pid()](rsp_self* self) {
                     rsp_start_opts opts = RSP_START_OPTS_INIT;
                     opts.link = true;
                     const rsp_start_spec spec = idle_spec();
                     return rsp_await_start(self, &spec, &opts, go_on,
                                            new Then([own](rsp_self* after, const rsp_outcome& started) {
                                              EXPECT_EQ(started.result, RSP_OK);
                                              return rsp_await_stop(
                                                  after, started.pid, word("normal"), RSP_INFINITE, go_on,
                                                  new Then([own](rsp_self* last, const rsp_outcome& stopped) {
                                                    return tell(last, own, stopped);
                                                  }));
                                            }));
                   }),
            "normal");
  EXPECT_EQ(as_int(rsp_msg_term(me.receive().get())), RSP_OK);
  EXPECT_EQ(g_freed, 1);
}

// S-START-8, S-REG-12
TEST_F(Awaits, a_start_under_a_key) {
  const Runtime runtime;
  const Attached me;
  rsp_registry_opts keys = RSP_REGISTRY_OPTS_INIT;
  keys.name = atom("await_test_registry");
  rsp_pid registry = NO_PID;
  ASSERT_EQ(rsp_registry_start(nullptr, &registry, nullptr, &keys, nullptr), RSP_OK);
  const auto start = [own = me.pid()](rsp_self* self) {
    rsp_start_opts opts = RSP_START_OPTS_INIT;
    opts.via_registry = atom("await_test_registry");
    opts.via_key = rsp_term_int(7);
    const rsp_start_spec spec = idle_spec();
    Then* const then =
        new Then([own](rsp_self* after, const rsp_outcome& outcome) { return tell(after, own, outcome); });
    return rsp_await_start(self, &spec, &opts, go_on, then);
  };
  EXPECT_EQ(end_of(me, start), "normal");
  EXPECT_EQ(as_int(rsp_msg_term(me.receive().get())), RSP_OK);
  rsp_pid pid = NO_PID;
  EXPECT_EQ(rsp_registry_whereis(&pid, keys.name, rsp_term_int(7)), RSP_OK);
  EXPECT_FALSE(pid == NO_PID);
  EXPECT_EQ(end_of(me, start), "normal");
  EXPECT_EQ(as_int(rsp_msg_term(me.receive().get())), RSP_ENAMETAKEN);
}

/** A child specification of a function. */
rsp_child_spec function_child(const rsp_start_more& more) {
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  child.start.more = &more;
  child.start.ctx = &g_freed;
  child.start.ctx_free = count_freed;
  return child;
}

rsp_start_more echoing_function() {
  rsp_start_more more = RSP_START_MORE_INIT;
  more.function_name = "function";
  more.function = [](rsp_self* self, void*, rsp_term args, rsp_start_return* ret) {
    EXPECT_TRUE(RSP_HAS(rsp_start_return, ret, reason));
    ret->pid = spawn_idle(self, {.link = true});
    ret->info = rsp_term_copy(args);
    return RSP_NEXT_CONTINUE;
  };
  return more;
}

// S-SUP-46, S-REG-12: the function says of its child what there is to say
TEST_F(Awaits, a_start_function_has_no_key_and_is_no_partition) {
  const Runtime runtime;
  const Attached me;
  const rsp_start_more more = echoing_function();
  rsp_child_spec child = function_child(more);
  child.via_registry = atom("some_registry");
  child.via_key = rsp_term_int(7);
  rsp_term error = NIL;
  EXPECT_EQ(rsp_supervisor_check_childspecs(&error, &child, 1, RSP_AUTO_SHUTDOWN_NEVER), RSP_ESPEC);
  EXPECT_EQ(show(error).find("{start_spec,invalid_via"), 0u) << show(error);
  rsp_term_free(error);

  child.via_registry = rsp_atom{};
  child.via_key = NIL;
  rsp_supervisor_spec partitions = RSP_SUPERVISOR_SPEC_INIT;
  partitions.children = &child;
  partitions.child_count = 1;
  partitions.partitions = 2;
  partitions.opts.name = atom("await_test_partitions");
  rsp_pid pid = NO_PID;
  EXPECT_EQ(rsp_supervisor_start_spec(me, &pid, &error, &partitions, nullptr), RSP_ESPEC);
  EXPECT_NE(show(error).find("bad_start_spec"), std::string::npos) << show(error);
  rsp_term_free(error);
  EXPECT_EQ(g_freed, 1);  // of the one that was to be started
}

// S-SUP-8, S-SUP-46
TEST_F(Awaits, a_start_function_says_of_its_child_what_a_specification_would) {
  const Runtime runtime;
  const Attached me;
  const rsp_start_more more = echoing_function();
  rsp_start_spec of_itself = RSP_START_SPEC_INIT;
  of_itself.more = &more;
  rsp_pid started = NO_PID;
  EXPECT_EQ(rsp_server_start(me, &started, nullptr, nullptr, &of_itself, nullptr), RSP_EINVAL);
  rsp_start_more nameless = more;
  nameless.function_name = nullptr;
  rsp_child_spec wrong[] = {function_child(nameless), function_child(more), function_child(more),
                            function_child(more), function_child(more)};
  wrong[1].start.name = atom("name");
  wrong[2].start.max_messages = 1;
  wrong[3].start.max_message_bytes = 1000;
  wrong[4].start.ops = &IDLE;
  for (const rsp_child_spec& child : wrong) {
    rsp_pid pid = NO_PID;
    rsp_term error = NIL;
    EXPECT_EQ(rsp_supervisor_start(me, &pid, &error, &child, 1, nullptr, nullptr), RSP_ESPEC);
    EXPECT_EQ(show(error), "{start_spec,missing_start}");
    rsp_term_free(error);
  }
}

// S-SUP-46
TEST_F(Awaits, a_start_function_and_each_way_to_its_info) {
  {
    const Runtime runtime;
    const Attached me;
    const rsp_start_more more = echoing_function();
    rsp_pid simple = NO_PID;
    rsp_child_spec child = function_child(more);
    rsp_supervisor_opts opts = RSP_SUPERVISOR_OPTS_INIT;
    opts.strategy = RSP_SIMPLE_ONE_FOR_ONE;
    ASSERT_EQ(rsp_supervisor_start(me, &simple, nullptr, &child, 1, &opts, nullptr), RSP_OK);
    rsp_pid pid = NO_PID;
    rsp_term info = NIL;
    rsp_term args = NIL;
    const rsp_term one[] = {rsp_term_int(1)};
    ASSERT_EQ(rsp_term_list(&args, one, 1), RSP_OK);
    EXPECT_EQ(rsp_supervisor_start_child_args_info(me, &pid, &info, nullptr, simple, args, RSP_INFINITE),
              RSP_OK);
    EXPECT_EQ(show(info), "[1]");
    rsp_term_free(info);
    rsp_term_free(args);
    rsp_pid plain = NO_PID;
    ASSERT_EQ(rsp_supervisor_start(me, &plain, nullptr, nullptr, 0, nullptr, nullptr), RSP_OK);
    child.start.args = word("info");
    EXPECT_EQ(rsp_supervisor_start_child_info(me, &pid, &info, nullptr, plain, &child, RSP_INFINITE), RSP_OK);
    EXPECT_EQ(show(info), "info");
    EXPECT_EQ(rsp_supervisor_terminate_child(me, nullptr, plain, word("function"), RSP_INFINITE), RSP_OK);
    EXPECT_EQ(
        rsp_supervisor_restart_child_info(me, &pid, &info, nullptr, plain, word("function"), RSP_INFINITE),
        RSP_OK);
    EXPECT_EQ(show(info), "info");
    EXPECT_EQ(rsp_supervisor_terminate_child(me, nullptr, plain, word("function"), RSP_INFINITE), RSP_OK);
    EXPECT_EQ(rsp_supervisor_restart_child(me, &pid, nullptr, plain, word("function"), RSP_INFINITE), RSP_OK);
    EXPECT_NE(pid.id, 0u);
  }
  EXPECT_EQ(g_freed, 2);
}

// S-SUP-46, S-NAT-5
TEST_F(Awaits, a_start_function_that_answers_nonsense_fails) {
  const Runtime runtime;
  const Attached me;
  rsp_pid supervisor = NO_PID;
  ASSERT_EQ(rsp_supervisor_start(me, &supervisor, nullptr, nullptr, 0, nullptr, nullptr), RSP_OK);
  const std::pair<rsp_start_function, const char*> functions[] = {
      {[](rsp_self*, void*, rsp_term, rsp_start_return* ret) {
         ret->action = static_cast<rsp_start_action>(77);
         return RSP_NEXT_CONTINUE;
       },
       "77"},
      {[](rsp_self*, void*, rsp_term, rsp_start_return* ret) {
         ret->pid = {1, 2, 3};
         ret->info = {0xFF, 1};
         ret->reason = {0xFF, 1};
         return RSP_NEXT_CONTINUE;
       },
       nullptr},
      {[](rsp_self*, void*, rsp_term, rsp_start_return*) { return RSP_NEXT_AWAIT; }, "3"},
      {[](rsp_self*, void*, rsp_term, rsp_start_return*) { return static_cast<rsp_next>(99); }, "99"},
      {[](rsp_self*, void*, rsp_term, rsp_start_return*) { return RSP_NEXT_RAISE; }, "2"},
      {[](rsp_self*, void*, rsp_term, rsp_start_return*) -> rsp_next { throw 7; }, nullptr},
  };
  for (const auto& [function, expected] : functions) {
    rsp_start_more more = RSP_START_MORE_INIT;
    more.function = function;
    more.function_name = "function";
    rsp_child_spec child = function_child(more);
    rsp_pid pid = NO_PID;
    rsp_term error = NIL;
    EXPECT_EQ(rsp_supervisor_start_child(me, &pid, &error, supervisor, &child, RSP_INFINITE), RSP_EEXITED);
    if (expected != nullptr) {
      EXPECT_EQ(show(error), expected);
    }
    EXPECT_EQ(pid.id, 0u);
    rsp_term_free(error);
  }
  EXPECT_TRUE(rsp_runtime_is_running());
}

}  // namespace
