// Section Q: streams of tasks.

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "tests/conformance/harness/case.hpp"
#include "tests/conformance/harness/supervisor.hpp"
#include "tests/conformance/harness/task.hpp"

namespace conformance {
namespace {

using Results = std::vector<std::string>;

rsp_task_stream_opts nolink(uint64_t max_concurrency = 0) {
  rsp_task_stream_opts opts = stream_opts();
  opts.link = false;
  opts.max_concurrency = max_concurrency;
  return opts;
}

/// Inputs that never end: the number of each is its value.
Stream::Input numbers() {
  return [](size_t i) { return returning(static_cast<int64_t>(i)); };
}

// S-TASK-13
RSP_CASE(270, "a stream without link, whose second task exits boo: {ok, 1}, {exit, boo}, {ok, 3}") {
  Stream stream(t, nolink(), {returning(1), exiting("boo"), returning(3)});
  EXPECT_EQ(stream.collect(), (Results{"ok 1", "exit boo", "ok 3"}));
  const std::string after = stream.next();
  EXPECT_TRUE(after == "failed noproc" || after == "failed normal") << after;
  t.expect_nothing();
}

// S-TASK-13
RSP_CASE(270, "the same of a supervisor's tasks") {
  rsp_task_stream_opts opts = nolink(2);
  opts.supervisor = supervisor(t, {}, {.strategy = RSP_DYNAMIC});
  Stream stream(t, opts, {returning(1, 5), exiting("boo"), returning(3)});
  EXPECT_EQ(stream.collect(), (Results{"ok 1", "exit boo", "ok 3"}));
  opts.link = true;
  Stream linked(t, opts, {returning(1), returning(2), exiting("normal")});
  EXPECT_EQ(linked.collect(), (Results{"ok 1", "ok 2", "exit normal"}));
  t.eventually("the supervisor has forgotten them", [&] {
    rsp_term counts{};
    ok(rsp_supervisor_count_children(t, &counts, opts.supervisor, PATIENCE_MS));
    return matches(Value::owner_of(counts).at("active"), "0");
  });
  t.expect_nothing();
}

// S-TASK-13
RSP_CASE(270, "a linked stream of an owner that traps exits says so too, and no EXIT is left") {
  t.trap_exit();
  Stream stream(t, stream_opts(), {returning(1), exiting("boo"), returning(3)});
  EXPECT_EQ(stream.collect(), (Results{"ok 1", "exit boo", "ok 3"}));
  t.expect_nothing();
}

// S-TASK-13
RSP_CASE(270, "of one that does not trap the crash ends the owner, which waits for a result or does not") {
  for (const bool waits : {true, false}) {
    Event watched;
    Event begun;
    const Gate gate = make_gate();
    rsp_pid pid{};
    Thread owner([&] {
      rsp_self* raw = nullptr;
      ok(rsp_attach(&raw));
      Self self(raw);
      pid = self.pid();
      rsp_task_stream_opts opts = stream_opts();
      opts.max_concurrency = 2;
      Stream stream(self, opts, {returning(1), once_open(gate, exiting("boo")), endless()});
      if (!waits) {
        EXPECT_EQ(stream.next(), "ok 1");
      }
      begun.happen();
      watched.wait();
      if (waits) {
        try {
          (void)stream.collect();  // it may hear of the end of the stream before the signal of that is here
        } catch (const Exiting&) {
        }
      }
      rsp_msg* message = nullptr;
      EXPECT_EQ(rsp_receive(self, &message, nullptr), RSP_EXITING);
      ok(rsp_detach(self, Value("normal")));
    });
    begun.wait();
    const rsp_ref watch = t.monitor(pid);
    watched.happen();
    gate->store(true);
    t.expect_down(watch, pid, "boo");
    owner.join();
  }
}

// S-TASK-11
RSP_CASE(270, "results come in the order of the inputs, or as they are done") {
  rsp_task_stream_opts opts = nolink(3);
  Stream in_order(t, opts, {returning("slow", 40), returning("quick", 20), returning("now")});
  EXPECT_EQ(in_order.collect(), (Results{"ok slow", "ok quick", "ok now"}));
  opts.ordered = false;
  const Gate quick = make_gate();
  const Gate slow = make_gate();
  Stream as_done(
      t, opts, {once_open(slow, returning("slow")), once_open(quick, returning("quick")), returning("now")});
  EXPECT_EQ(as_done.next(), "ok now");
  quick->store(true);
  EXPECT_EQ(as_done.next(), "ok quick");
  slow->store(true);
  EXPECT_EQ(as_done.collect(), (Results{"ok slow"}));
  Stream none(t, opts, std::vector<Work>{});
  EXPECT_EQ(none.collect(), Results{});
}

// S-TASK-10
RSP_CASE(270, "inputs are taken as results are, so many ahead as tasks may run; an input may be endless") {
  rsp_task_stream_opts opts = nolink(3);
  opts.ordered = false;
  Stream stream(t, opts, numbers());
  EXPECT_EQ(stream.supplied(), 0u);
  for (size_t taken = 1; taken <= 5; ++taken) {
    EXPECT_EQ(stream.next().substr(0, 3), "ok ");
    EXPECT_EQ(stream.supplied(), taken + 2);
  }
  stream.halt();
  stream.halt();
  EXPECT_EQ(stream.next(), "failed noproc");
  t.expect_nothing();
}

// S-TASK-10
RSP_CASE(270, "no more tasks run at a time than may, also where the first result is slow") {
  struct Count {
    std::atomic<int> now{0};
    std::atomic<int> most{0};
  };
  const auto count = std::make_shared<Count>();
  const auto work = [count](uint64_t ms) -> Work {
    return [count, ms](Self& self, Answer& answer) {
      const int now = ++count->now;
      if (now > count->most) count->most = now;
      return pause(self, ms, [count, answer](Self&) mutable {
        --count->now;
        return answer.reply("v");
      });
    };
  };
  std::vector<Work> works = {work(50)};
  for (int i = 0; i < 12; ++i) works.push_back(work(2));
  Stream stream(t, nolink(4), works);
  EXPECT_EQ(stream.collect().size(), 13u);
  EXPECT_EQ(count->most, 4);
}

// S-TASK-15
RSP_CASE(270,
         "a stream that is halted shuts its tasks down, kills what does not obey, and leaves no message") {
  t.trap_exit();
  const auto told = [own = t.pid()](Self& self, Answer&) {
    self.send(own, self.pid());
    return pause(self, RSP_INFINITE, [](Self&) { return RSP_NEXT_STOP; });
  };
  Stream stream(t, nolink(3), {returning("v"), told, told});
  EXPECT_EQ(stream.next(), "ok v");
  rsp_pid first{};
  rsp_pid second{};
  ok(rsp_term_get_pid(&first, t.next().term));
  ok(rsp_term_get_pid(&second, t.next().term));
  const rsp_ref one = t.monitor(first);
  const rsp_ref other = t.monitor(second);
  stream.halt();
  t.expect_down(one, first, "shutdown");
  t.expect_down(other, second, "shutdown");
  t.expect_nothing();
}

// S-TASK-15
RSP_CASE(270, "the end of its owner ends a stream and its tasks, a supervisor's without link too") {
  rsp_task_stream_opts opts = nolink(1);
  opts.supervisor = supervisor(t, {}, {.strategy = RSP_DYNAMIC});
  rsp_pid task{};
  Event watched;
  Thread owner([&, own = t.pid()] {
    rsp_self* raw = nullptr;
    ok(rsp_attach(&raw));
    Self self(raw);
    Stream stream(self, opts, {returning(0), [own](Self& me, Answer&) {
                                 me.send(own, me.pid());
                                 return pause(me, RSP_INFINITE, [](Self&) { return RSP_NEXT_STOP; });
                               }});
    EXPECT_EQ(stream.next(), "ok 0");
    rsp_task_stream_event event{};
    rsp_msg* none = nullptr;
    ok(rsp_task_stream_next(self, &event, &none, stream.raw()));
    EXPECT_EQ(event, RSP_TASK_STREAM_WANTS);
    const rsp_start_spec spec = task_spec([own](Self& me, Answer&) {
      me.send(own, me.pid());
      return pause(me, RSP_INFINITE, [](Self&) { return RSP_NEXT_STOP; });
    });
    ok(rsp_task_stream_supply(self, stream.raw(), &spec));
    watched.wait();
    ok(rsp_detach(self, Value("normal")));
  });
  ok(rsp_term_get_pid(&task, t.next().term));
  const rsp_ref watch = t.monitor(task);
  watched.happen();
  t.expect_down(watch, task, "shutdown");
  owner.join();
}

// S-TASK-8, S-TASK-15
RSP_CASE(270, "a stream that is halted while a supervisor starts its tasks leaves none of them, 200 times") {
  rsp_task_stream_opts opts = nolink(3);
  opts.supervisor = supervisor(t, {}, {.strategy = RSP_DYNAMIC});
  const rsp_start_spec spec = task_spec(endless());
  for (uint32_t i = 0; i < times(200); ++i) {
    Stream stream(t, opts, std::vector<Work>{});
    for (int task = 0; task < 3; ++task) ok(rsp_task_stream_supply(t, stream.raw(), &spec));
    stream.halt();
  }
  t.eventually("the supervisor has no task left", [&] {
    rsp_term counts{};
    ok(rsp_supervisor_count_children(t, &counts, opts.supervisor, PATIENCE_MS));
    return matches(Value::owner_of(counts).at("active"), "0");
  });
  t.expect_nothing();
}

// S-TASK-12
RSP_CASE(271, "kill_task: a task that is slow, with a timeout of 30 ms: {exit, timeout}, {ok, 2}") {
  rsp_task_stream_opts opts = nolink();
  opts.timeout_ms = 30;
  opts.kill_task = true;
  Stream stream(t, opts, {endless(), returning(2)});
  EXPECT_EQ(stream.collect(), (Results{"exit timeout", "ok 2"}));
  opts.link = true;
  Stream linked(t, opts, {endless(), returning(2)});
  EXPECT_EQ(linked.collect(), (Results{"exit timeout", "ok 2"}));
  t.expect_nothing();
}

// S-TASK-12
RSP_CASE(
    271,
    "without kill_task the stream fails with {timeout, _}, when its owner asks, and its tasks are gone") {
  rsp_task_stream_opts opts = stream_opts();
  opts.max_concurrency = 2;
  opts.timeout_ms = 30;
  const auto told = [own = t.pid()](Self& self, Answer&) {
    self.send(own, self.pid());
    return pause(self, RSP_INFINITE, [](Self&) { return RSP_NEXT_STOP; });
  };
  Stream stream(t, opts, {returning(1), told});
  EXPECT_EQ(stream.next(), "ok 1");
  rsp_pid slow{};
  ok(rsp_term_get_pid(&slow, t.next().term));
  EXPECT_TERM(t.wait_end(slow), "_");
  t.expect_nothing();
  EXPECT_EQ(stream.next(), "failed {timeout,{async_stream,30}}");
  EXPECT_EQ(stream.next(), "failed noproc");
  t.expect_nothing();
}

// S-TASK-14
RSP_CASE(271, "a stream is its owner's alone, and fails with what its supervisor refuses") {
  rsp_task_stream_opts opts = nolink(2);
  opts.supervisor = supervisor(t, {}, {.strategy = RSP_DYNAMIC, .max_children = 1});
  Stream stream(t, opts, {endless(), endless()});
  const Spawned q = t.spawn_monitor(once([raw = stream.raw()](Self& self) {
    rsp_task_stream_event event{};
    rsp_msg* answer = nullptr;
    EXPECT_EQ(rsp_task_stream_next(self, &event, &answer, raw), RSP_ENOTOWNER);
    EXPECT_EQ(rsp_task_stream_end_input(self, raw), RSP_ENOTOWNER);
    EXPECT_EQ(rsp_task_stream_halt(self, raw), RSP_ENOTOWNER);
    const rsp_start_spec spec = task_spec(endless());
    EXPECT_EQ(rsp_task_stream_supply(self, raw, &spec), RSP_ENOTOWNER);
  }));
  t.expect_down(q.monitor, q.pid, "normal");
  EXPECT_EQ(stream.next(), "failed max_children");
  t.expect_nothing();
}

// S-TASK-11
RSP_CASE(271, "1,000 tasks, 8 at a time: each result once, in order, and nothing is left in the mailbox") {
  const size_t count = times(1'000);
  Stream stream(t, nolink(8), [count](size_t i) -> std::optional<Work> {
    if (i == count) return std::nullopt;
    return returning(static_cast<int64_t>(i));
  });
  const Results results = stream.collect();
  ASSERT_EQ(results.size(), count);
  for (size_t i = 0; i < count; ++i) EXPECT_EQ(results[i], "ok " + std::to_string(i));
  EXPECT_EQ(t.queued(), 0u);
}

}  // namespace
}  // namespace conformance
