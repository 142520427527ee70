// Section Q: tasks.

#include <string>

#include "tests/conformance/harness/case.hpp"
#include "tests/conformance/harness/supervisor.hpp"
#include "tests/conformance/harness/task.hpp"

namespace conformance {
namespace {

/// A task supervisor: Task.Supervisor is a dynamic supervisor of temporary children.
rsp_pid task_supervisor(Self& self) { return supervisor(self, {}, {.strategy = RSP_DYNAMIC}); }

/// The text of {Reason, {await, Pid, Timeout}}.
std::string failed_await(const std::string& reason, const rsp_task& task, uint64_t timeout_ms = PATIENCE_MS) {
  return "exit " + Value::tuple({Value(reason),
                                 Value::tuple({atom("await"), task.pid, static_cast<int64_t>(timeout_ms)})})
                       .text();
}

/// How many crash reports there are of this process.
size_t crash_reports(rsp_pid pid) {
  size_t count = 0;
  for (const Report& report : reports()) {
    const bool is_crash = matches(report.map.at("report"), "crash_report");
    if (is_crash && rsp_term_equal(report.map.at("pid"), Value(pid))) ++count;
  }
  return count;
}

// S-TASK-2
RSP_CASE(257, "a task that returns 42 is awaited: 42, and nothing else arrives") {
  const rsp_task task = async(t, returning(42));
  EXPECT_EQ(await(t, task), "ok 42");
  EXPECT_EQ(await(t, task), "RSP_EINVAL");
  t.expect_nothing();
}

// S-TASK-1, S-TASK-2
RSP_CASE(257,
         "a trapping owner gets the EXIT of the task besides, as of every process that it is linked to") {
  t.trap_exit();
  const rsp_task task = async(t, returning(42, 5));
  EXPECT_EQ(await(t, task), "ok 42");
  t.expect_exit(task.pid, "normal");
  t.expect_nothing();
}

// S-TASK-2
RSP_CASE(257, "who does not await gets the value as a message through the reference, and then a DOWN") {
  const rsp_task task = async(t, returning(42));
  const Received value = t.next();
  EXPECT_EQ(value.ref, task.ref);
  EXPECT_TERM(value.term, "42");
  t.expect_down(task.ref, task.pid, "normal");
  t.expect_nothing();
}

// S-TASK-1, S-PROC-2
RSP_CASE(257, "1,000 tasks at once, awaited in any order") {
  std::vector<rsp_task> tasks;
  for (uint32_t i = 0; i < times(1'000); ++i) tasks.push_back(async(t, returning(static_cast<int64_t>(i))));
  for (size_t i = tasks.size(); i-- > 0;) EXPECT_EQ(await(t, tasks[i]), "ok " + std::to_string(i));
  EXPECT_EQ(t.queued(), 0u);
}

// S-TASK-3
RSP_CASE(258,
         "await for 10 ms of one that sleeps: exit {timeout, _}; the task is alive, its value is dropped") {
  const rsp_task task = async(t, [own = t.pid()](Self& self, Answer& answer) {
    return pause(self, 30, [own, answer](Self& later) mutable {
      later.send(own, "returns");
      return answer.reply("late");
    });
  });
  EXPECT_EQ(await(t, task, 10), failed_await("timeout", task, 10));
  t.expect_alive(task.pid);
  t.expect_message("returns");
  EXPECT_TERM(t.wait_end(task.pid), "_");
  EXPECT_EQ(await(t, task), "RSP_EINVAL");
  t.expect_nothing();
}

// S-TASK-1
RSP_CASE(258, "its link stays: its crash ends an owner that does not trap") {
  const Spawned owner = t.spawn_monitor({[](Self& self) {
    const rsp_task task = async(self, exiting("boom", 5));
    return rsp_await(
        self, task.ref, 1,
        [](rsp_self* raw, rsp_msg*, void*) {
          Self(raw).send(Self(raw).pid(), "waits");
          return RSP_NEXT_CONTINUE;
        },
        nullptr);
  }});
  t.expect_down(owner.monitor, owner.pid, "boom");
}

// S-TASK-3, S-TASK-7
RSP_CASE(259, "await of one that throws, errs or exits: exit {Reason, _}, with the reason of its end") {
  t.trap_exit();
  const rsp_task throws = async(t, [](Self& self, Answer&) { return self.throw_("v"); });
  EXPECT_EQ(await(t, throws), failed_await("{{nocatch, v}, []}", throws));
  const rsp_task errs = async(t, [](Self& self, Answer&) { return self.error("e"); });
  EXPECT_EQ(await(t, errs), failed_await("{e, []}", errs));
  const rsp_task exits = async(t, exiting("r"));
  EXPECT_EQ(await(t, exits), failed_await("r", exits));
  const rsp_task stops = async(t, exiting("{shutdown, x}"));
  EXPECT_EQ(await(t, stops), failed_await("{shutdown, x}", stops));
  t.expect_exit(throws.pid, "{{nocatch, v}, Frames}");
  t.expect_exit(errs.pid, "{e, Frames}");
  t.expect_exit(exits.pid, "r");
  t.expect_exit(stops.pid, "{shutdown, x}");
  t.expect_nothing();
  EXPECT_EQ(crash_reports(throws.pid), 1u);
  EXPECT_EQ(crash_reports(errs.pid), 1u);
  EXPECT_EQ(crash_reports(exits.pid), 1u);
  EXPECT_EQ(crash_reports(stops.pid), 0u);
}

// S-TASK-7
RSP_CASE(259, "and of one that returns what means nothing: {bad_return_value, _}") {
  t.trap_exit();
  const rsp_task task = async(t, [](Self&, Answer&) { return static_cast<rsp_next>(17); });
  EXPECT_EQ(await(t, task), failed_await("{bad_return_value, 17}", task));
  t.expect_exit(task.pid, "{bad_return_value, 17}");
}

// S-TASK-3
RSP_CASE(260, "await of one that exits with normal: exit {normal, _}, since it has no value") {
  const rsp_task task = async(t, exiting("normal"));
  EXPECT_EQ(await(t, task), failed_await("normal", task));
  t.expect_nothing();
}

// S-TASK-9
RSP_CASE(
    261,
    "another process that awaits, yields, shuts down or ignores a task is refused, and nothing happens") {
  const rsp_task task = async(t, endless());
  const Spawned q = t.spawn_monitor(once([task, own = t.pid()](Self& self) {
    rsp_msg* answer = nullptr;
    EXPECT_EQ(await(self, task), "RSP_ENOTOWNER");
    EXPECT_EQ(yield(self, task), "RSP_ENOTOWNER");
    EXPECT_EQ(shutdown(self, task), "RSP_ENOTOWNER");
    EXPECT_EQ(ignore(self, task), "RSP_ENOTOWNER");
    EXPECT_EQ(answer, nullptr);
  }));
  t.expect_down(q.monitor, q.pid, "normal");
  t.expect_alive(task.pid);
  EXPECT_EQ(shutdown(t, task), "nothing");
}

// S-TASK-4
RSP_CASE(262, "yield for 5 ms of one that sleeps: nothing; for 100 more: {ok, v}") {
  const Gate gate = make_gate();
  const rsp_task task = async(t, once_open(gate, returning("v")));
  EXPECT_EQ(yield(t, task, 5), "nothing");
  gate->store(true);
  EXPECT_EQ(yield(t, task), "ok v");
  EXPECT_EQ(yield(t, task), "RSP_EINVAL");
  t.expect_nothing();
}

// S-TASK-4
RSP_CASE(262, "of one that ends without a value: {exit, R}, normal included") {
  t.trap_exit();
  EXPECT_EQ(yield(t, async(t, exiting("boom"))), "exit boom");
  EXPECT_EQ(yield(t, async(t, exiting("normal"))), "exit normal");
}

// S-TASK-4
RSP_CASE(262, "a value that races the timeout: one outcome, and nothing of it is left, 1,000 times") {
  for (uint32_t i = 0; i < times(1'000); ++i) {
    const rsp_task task = async(t, returning("v"));
    const std::string first = yield(t, task, i % 2);
    EXPECT_TRUE(first == "ok v" || first == "nothing") << first;
    EXPECT_EQ(await(t, task), first == "ok v" ? "RSP_EINVAL" : "ok v");
  }
  EXPECT_EQ(t.queued(), 0u);
}

// S-TASK-5
RSP_CASE(
    264,
    "shutdown of one that runs: nothing, it has ended with shutdown, and the owner hears of it no more") {
  const rsp_task task = async(t, endless());
  const rsp_ref watch = t.monitor(task.pid);
  EXPECT_EQ(shutdown(t, task), "nothing");
  t.expect_down(watch, task.pid, "shutdown");
  EXPECT_EQ(shutdown(t, task), "RSP_EINVAL");
  t.trap_exit();
  EXPECT_EQ(shutdown(t, async(t, endless())), "nothing");
  EXPECT_EQ(shutdown(t, async(t, endless()), RSP_SHUTDOWN_BRUTAL_KILL), "nothing");
  t.expect_nothing();
}

// S-TASK-5
RSP_CASE(264, "of one that had sent its value: {ok, v}; that had crashed: {exit, R}") {
  const rsp_task done = async(t, returning("v"));
  EXPECT_TERM(t.wait_end(done.pid), "_");
  EXPECT_EQ(shutdown(t, done), "ok v");
  t.trap_exit();
  const rsp_task crashed = async(t, exiting("boom"));
  t.expect_exit(crashed.pid, "boom");
  EXPECT_EQ(shutdown(t, crashed), "exit boom");
  t.expect_nothing();
}

// S-TASK-5
RSP_CASE(264,
         "of one that traps exits: {exit, killed} when the time is over; brutal_kill: nothing, at once") {
  const auto deaf_task = [own = t.pid()](Self& self, Answer&) {
    self.trap_exit();
    self.send(own, "traps");
    return pause(self, RSP_INFINITE, [](Self&) { return RSP_NEXT_STOP; });
  };
  const rsp_task first = async(t, deaf_task);
  t.expect_message("traps");
  EXPECT_EQ(shutdown(t, first, RSP_SHUTDOWN_TIMEOUT, 5), "exit killed");
  const rsp_task second = async(t, deaf_task);
  t.expect_message("traps");
  EXPECT_EQ(shutdown(t, second, RSP_SHUTDOWN_BRUTAL_KILL), "nothing");
  t.expect_nothing();
}

// S-TASK-5
RSP_CASE(264, "one that returns while it is shut down: its value or nothing, never both, 1,000 times") {
  for (uint32_t i = 0; i < times(1'000); ++i) {
    const rsp_task task = async(t, returning("v"));
    if (i % 2 == 0) (void)yield(t, async(t, returning("w")), 0);
    const std::string outcome = shutdown(t, task);
    EXPECT_TRUE(outcome == "ok v" || outcome == "nothing") << outcome;
    EXPECT_EQ(yield(t, task, 0), "RSP_EINVAL");
  }
}

// S-TASK-6
RSP_CASE(264, "ignore: the task runs on without a link, and nothing of it arrives; what has come is given") {
  const Gate gate = make_gate();
  const rsp_task task = async(t, once_open(gate, exiting("boom")));
  const rsp_ref watch = t.monitor(task.pid);
  EXPECT_EQ(ignore(t, task), "nothing");
  EXPECT_EQ(ignore(t, task), "RSP_EINVAL");
  gate->store(true);
  t.expect_down(watch, task.pid, "boom");
  t.expect_nothing();
  const rsp_task done = async(t, returning("v"));
  EXPECT_TERM(t.wait_end(done.pid), "_");
  EXPECT_EQ(ignore(t, done), "ok v");
  t.expect_nothing();
  t.trap_exit();
  const rsp_task crashed = async(t, exiting("boom"));
  t.expect_exit(crashed.pid, "boom");
  t.eventually("its DOWN has come too", [&] { return t.queued() == 1; });
  EXPECT_EQ(ignore(t, crashed), "exit boom");
  t.expect_nothing();
}

// S-TASK-8
RSP_CASE(
    267,
    "async_nolink: the exit boo of a task is a DOWN and nothing else; T, which does not trap, is alive") {
  const rsp_pid s = task_supervisor(t);
  const rsp_task task = async_nolink(t, s, exiting("boo"));
  t.expect_down(task.ref, task.pid, "boo");
  t.expect_nothing();
  EXPECT_EQ(await(t, async_nolink(t, s, returning(42))), "ok 42");
  t.expect_nothing();
}

// S-TASK-8
RSP_CASE(267, "its value is a message, and then a DOWN normal, if the monitor was not ended") {
  const rsp_pid s = task_supervisor(t);
  const rsp_task task = async_nolink(t, s, returning("v"));
  const Received value = t.next();
  EXPECT_EQ(value.ref, task.ref);
  EXPECT_TERM(value.term, "v");
  t.expect_down(task.ref, task.pid, "normal");
  const rsp_task other = async_nolink(t, s, returning("w"));
  EXPECT_TERM(t.next().term, "w");
  (void)t.demonitor_flush(other.ref);
  t.expect_nothing();
}

// S-TASK-8
RSP_CASE(267, "such a task is a temporary child: counted, stopped with its supervisor, and never restarted") {
  const rsp_pid s = task_supervisor(t);
  const rsp_task task = async_nolink(t, s, endless());
  expect_counts(t, s, 1, 1, 0, 1);
  t.unlink(s);
  EXPECT_EQ(stop(t, s, "shutdown").result, RSP_OK);
  EXPECT_EQ(yield(t, task), "exit shutdown");
}

// S-TASK-8
RSP_CASE(267, "async of a supervisor is linked to its owner too: the owner's crash takes it along") {
  const rsp_pid s = task_supervisor(t);
  const rsp_start_spec spec = task_spec(endless());
  rsp_task task{};
  Event watched;
  Event started;
  Thread owner([&] {
    rsp_self* self = nullptr;
    ok(rsp_attach(&self));
    ok(rsp_task_supervisor_async(self, &task, nullptr, s, &spec));
    started.happen();
    watched.wait();
    ok(rsp_detach(self, Value("boom")));
  });
  started.wait();
  const rsp_ref watch = t.monitor(task.pid);
  watched.happen();
  t.expect_down(watch, task.pid, "boom");
  owner.join();
  t.expect_alive(s);
}

// S-TASK-8
RSP_CASE(267, "a task whose owner has ended before it begins ends with {shutdown, _}, and has done nothing") {
  Server slow;  // keeps the supervisor busy until it is told
  slow.init = [own = t.pid()](Self& self, Answer&) {
    const rsp_ref go = self.alias(RSP_ALIAS_REPLY);
    self.send(own, Value(go));
    return rsp_await(
        self, go, RSP_INFINITE, [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_CONTINUE; }, nullptr);
  };
  const rsp_pid s = task_supervisor(t);
  const rsp_start_spec spec = task_spec([own = t.pid()](Self& self, Answer& answer) {
    self.send(own, "begun");
    return answer.nothing();
  });
  Thread other([&] {
    rsp_self* raw = nullptr;
    ok(rsp_attach(&raw));
    Self self(raw);
    EXPECT_EQ(add_child(self, s, {slow, "slow"}).result, RSP_OK);
    ok(rsp_detach(self, Value("normal")));
  });
  rsp_ref go{};
  ok(rsp_term_get_ref(&go, t.next().term));
  Thread owner([&, own = t.pid()] {
    rsp_self* raw = nullptr;
    ok(rsp_attach(&raw));
    Self self(raw);
    self.send(own, self.pid());
    rsp_task task{};
    EXPECT_EQ(rsp_task_supervisor_async_nolink(self, &task, nullptr, s, &spec), RSP_EXITING);
    ok(rsp_detach(self, Value("normal")));
  });
  rsp_pid pid{};
  ok(rsp_term_get_pid(&pid, t.next().term));
  t.eventually("the supervisor is asked for the task",
               [&] { return t.info(s, "message_queue_len").integer() == 1; });
  const rsp_ref watch = t.monitor(pid);
  t.exit_signal(pid, "boom");
  t.expect_down(watch, pid, "boom");
  t.send(go, "on");
  owner.join();
  other.join();
  t.eventually("the task is gone", [&] {
    rsp_term counts{};
    ok(rsp_supervisor_count_children(t, &counts, s, PATIENCE_MS));
    return matches(Value::owner_of(counts).at("active"), "1");
  });
  t.expect_nothing();
}

// S-TASK-8
RSP_CASE(267, "a supervisor that is full, gone or no dynamic one refuses, and the work is not done") {
  const rsp_start_spec spec = task_spec(endless());
  const rsp_pid full = supervisor(t, {}, {.strategy = RSP_DYNAMIC, .max_children = 1});
  rsp_task task{};
  rsp_term error{};
  ok(rsp_task_supervisor_async_nolink(t, &task, nullptr, full, &spec));
  EXPECT_EQ(rsp_task_supervisor_async_nolink(t, &task, &error, full, &spec), RSP_EEXITED);
  EXPECT_TERM(Value::owner_of(error), "max_children");
  EXPECT_EQ(rsp_task_supervisor_async_nolink(t, &task, &error, t.dead_process(), &spec), RSP_EEXITED);
  EXPECT_TERM(Value::owner_of(error), "{noproc, _}");
  EXPECT_EQ(shutdown(t, task), "nothing");
  t.expect_nothing();
}

}  // namespace
}  // namespace conformance
