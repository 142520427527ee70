// Section F: messages, receive, timers.

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <vector>

#include "core/env/build.hpp"
#include "core/env/clock.hpp"
#include "core/mem/alloc.hpp"
#include "tests/conformance/harness/case.hpp"

namespace conformance {
namespace {

constexpr uint64_t NS_PER_MS = 1'000'000;

// Counts {Sender, N} up from 0 for each sender, and tells T when all of them have come in order.
struct Counting {
  std::vector<int64_t> next;
  uint64_t left;
};

Process counter(rsp_pid t, uint32_t senders, uint32_t messages_each) {
  auto counting = std::make_shared<Counting>(
      Counting{std::vector<int64_t>(senders, 0), uint64_t{senders} * messages_each});
  return {[](Self&) { return RSP_NEXT_CONTINUE; },
          [counting, t](Self& self, rsp_msg* message) {
            const Value pair = Value::copy_of(rsp_msg_term(message));
            int64_t& next = counting->next[static_cast<size_t>(pair.element(0).integer())];
            if (pair.element(1).integer() != next++) return self.exit("disorder");
            if (--counting->left == 0) self.send(t, "all");
            return RSP_NEXT_CONTINUE;
          }};
}

Process sender(rsp_pid to, uint32_t number, uint32_t messages) {
  return once([to, number, messages](Self& self) {
    for (uint32_t i = 0; i < messages; ++i) {
      self.send(to, Value::tuple({static_cast<int64_t>(number), static_cast<int64_t>(i)}));
    }
  });
}

void expect_order(Test& t, uint32_t senders, uint32_t messages_each) {
  const Spawned b = t.spawn_monitor(counter(t.pid(), senders, messages_each));
  for (uint32_t i = 0; i < senders; ++i) (void)t.spawn(sender(b.pid, i, messages_each));
  const Received end = t.next();
  EXPECT_EQ(end.kind, RSP_MSG_TERM) << end.text();
  EXPECT_TERM(end.term, "all");
  t.expect_nothing();  // one too many would have ended B
}

// S-SIG-2
RSP_CASE(90, "messages of one sender arrive in order, none lost") { expect_order(t, 1, times(100'000)); }

// S-SIG-2, S-SIG-3
RSP_CASE(92, "messages of 16 senders all arrive, each sender's in order") {
  expect_order(t, 16, times(10'000));
}

// S-SIG-2
RSP_CASE(92, "also of foreign threads that attach, and of those that do not") {
  constexpr uint32_t SENDERS = 4;
  const uint32_t each = times(10'000);
  const Spawned b = t.spawn_monitor(counter(t.pid(), SENDERS, each));
  std::vector<std::unique_ptr<Thread>> threads;
  for (uint32_t number = 0; number < SENDERS; ++number) {
    threads.push_back(std::make_unique<Thread>([to = b.pid, number, each] {
      rsp_self* self = nullptr;
      if (number % 2 == 0) ok(rsp_attach(&self));
      for (uint32_t i = 0; i < each; ++i) {
        const Value pair = Value::tuple({static_cast<int64_t>(number), static_cast<int64_t>(i)});
        EXPECT_EQ(rsp_send(self, to, pair), RSP_OK);
      }
      if (self != nullptr) ok(rsp_detach(self, Value("normal")));
    }));
  }
  EXPECT_TERM(t.next().term, "all");
  for (const auto& thread : threads) thread->join();
  t.expect_nothing();
}

// S-SIG-1
RSP_CASE(93, "sending to a dead process is no error") {
  EXPECT_EQ(rsp_send(t, t.dead_process(), Value("x")), RSP_OK);
  t.expect_nothing();
}

// S-SIG-7, S-NAME-5
RSP_CASE(94, "sending to a free name is badarg") {
  EXPECT_EQ(rsp_send_name(t, atom("n"), Value("x")), RSP_ENONAME);
  // A name that was held and is free again is no different.
  const Spawned p = t.spawn_monitor(once([](Self& self) { self.register_name("n"); }));
  t.expect_down(p.monitor, p.pid, "normal");
  EXPECT_EQ(rsp_send_name(t, atom("n"), Value("x")), RSP_ENONAME);
}

// S-MBOX-1
RSP_CASE(95, "receiving go leaves a and b, which stand before it, in order") {
  Puppet p(t);
  const rsp_pid own = t.pid();
  p.run([own](Self& self) {
    for (const char* word : {"a", "b", "go"}) self.send(own, word);
  });
  t.expect_message("go");
  EXPECT_TERM(t.next().term, "a");
  EXPECT_TERM(t.next().term, "b");
  t.expect_nothing();
}

// S-MBOX-2
RSP_CASE(95, "what does not match does not start the timeout again") {
  for (uint64_t delay_ms = 20; delay_ms <= 60; delay_ms += 20) (void)t.send_after(delay_ms, t.pid(), "other");
  (void)t.send_after(5000, t.pid(), "last");
  EXPECT_FALSE(t.receive(70, [](const Received& it) { return matches(it.term, "last"); }));
  for (int i = 0; i < 3; ++i) EXPECT_TERM(t.next().term, "other");
  EXPECT_EQ(t.queued(), 0u);
}

// S-TIMER-2
RSP_CASE(98, "cancelling a timer answers what was left, once more: false, and no message comes") {
  const rsp_ref timer = t.send_after(1000, t.pid(), "late");
  bool active = false;
  uint64_t left_ms = 0;
  ok(rsp_cancel_timer(t, &active, &left_ms, timer));
  EXPECT_TRUE(active);
  EXPECT_LE(left_ms, 1000u);
  ok(rsp_cancel_timer(t, &active, &left_ms, timer));
  EXPECT_FALSE(active);
  // Longer than it would have taken, told by another timer.
  (void)t.send_after(1100, t.pid(), "later");
  EXPECT_TERM(t.next().term, "later");
}

// S-TIMER-2
RSP_CASE(98, "what a cancelled timer was to send is dropped at once, not when it would have fired") {
  constexpr uint64_t DAY_MS = 86'400'000;
  constexpr uint64_t PARTS = 1000;  // blocks of memory
  const auto large = [] {
    Value value("inside");
    for (uint64_t i = 0; i < PARTS; ++i) value = Value::list({value});
    return value;
  };
  uint64_t before = rsp::mem_live_blocks();
  bool active = false;
  ok(rsp_cancel_timer(t, &active, nullptr, t.send_after(DAY_MS, t.pid(), large())));
  EXPECT_TRUE(active);
  EXPECT_LT(rsp::mem_live_blocks(), before + PARTS);

  before = rsp::mem_live_blocks();
  const Spawned p =
      t.spawn_monitor(once([large](Self& self) { (void)self.send_after(DAY_MS, self.pid(), large()); }));
  t.expect_down(p.monitor, p.pid, "normal");
  t.eventually("no part is left", [&] { return rsp::mem_live_blocks() < before + PARTS; });
}

// S-TIMER-5
RSP_CASE(98,
         "any process that has the reference cancels a timer: no message comes, and its starter forgets it") {
  for (const bool to_starter : {true, false}) {
    const Spawned target = t.spawn_monitor(idle());
    const rsp_ref timer = t.send_after(1000, to_starter ? t.pid() : target.pid, "late");
    const Spawned p = t.spawn_monitor(once([timer, to = t.pid()](Self& self) {
      bool active = false;
      uint64_t left_ms = 0;
      ok(rsp_cancel_timer(self, &active, &left_ms, timer));
      self.send(to, active && left_ms > 0 ? "cancelled" : "over");
    }));
    EXPECT_TERM(t.next().term, "cancelled");
    t.expect_down(p.monitor, p.pid, "normal");
    t.eventually("T knows of no timer", [&] { return t.info(t.pid(), "timers").integer() == 0; });
    bool active = true;
    ok(rsp_cancel_timer(t, &active, nullptr, timer));
    EXPECT_FALSE(active);
    t.exit_signal(target.pid, "foo");
    t.expect_down(target.monitor, target.pid, "foo");
  }
  t.expect_nothing();
}

// S-TIMER-5
RSP_CASE(98, "two that cancel, one of them the starter, as it expires: one of three, and one answer") {
  for (uint32_t i = times(200); i > 0; --i) {
    const rsp_ref timer = t.send_after(i % 2, t.pid(), "tick");
    (void)t.spawn_monitor(once([timer, to = t.pid()](Self& self) {
      bool active = false;
      ok(rsp_cancel_timer(self, &active, nullptr, timer));
      self.send(to, active ? "cancelled" : "over");
    }));
    bool mine = false;
    ok(rsp_cancel_timer(t, &mine, nullptr, timer));
    uint32_t outcomes = mine ? 1 : 0;
    bool answered = false;
    for (bool gone = false; !gone;) {
      const Received it = t.next();
      if (it.kind == RSP_MSG_DOWN) {
        gone = true;
      } else if (matches(it.term, "tick")) {
        ++outcomes;
      } else {
        answered = true;
        if (matches(it.term, "cancelled")) ++outcomes;
      }
    }
    EXPECT_TRUE(answered);
    if (outcomes == 0) {
      t.expect_message("tick");
      ++outcomes;
    }
    ASSERT_EQ(outcomes, 1u);
    ASSERT_EQ(t.queued(), 0u);
  }
  t.expect_nothing();
}

// S-TIMER-2
RSP_CASE(98, "a cancel that meets the expiry: an answer and no message, or false and the message") {
  for (uint32_t i = times(200); i > 0; --i) {
    const rsp_ref timer = t.send_after(i % 2, t.pid(), "tick");
    (void)t.receive(1, [](const Received&) { return false; });
    bool active = false;
    ok(rsp_cancel_timer(t, &active, nullptr, timer));
    if (active) {
      ASSERT_EQ(t.queued(), 0u);
    } else {
      t.expect_message("tick");
    }
  }
  t.expect_nothing();
}

// S-TIMER-3
RSP_CASE(99, "start_timer delivers {timeout, ref, hi}, and its remaining time is false from then on") {
  const rsp_ref timer = t.start_timer(5, t.pid(), "hi");
  const Received fired = t.next();
  EXPECT_EQ(fired.kind, RSP_MSG_TIMER);
  EXPECT_EQ(fired.ref, timer);
  EXPECT_TERM(fired.term, "hi");
  bool active = true;
  ok(rsp_read_timer(t, &active, nullptr, timer));
  EXPECT_FALSE(active);
  t.expect_nothing();
}

// S-TIMER-4
RSP_CASE(101, "a timer aimed at a dead process does nothing and is given back") {
  uint64_t level = 0;
  for (int round = 0; round < 3; ++round) {
    const Spawned p = t.spawn_monitor(idle());
    (void)t.send_after(20, p.pid, "late");
    t.exit_signal(p.pid, "foo");
    t.expect_down(p.monitor, p.pid, "foo");
    t.eventually("T knows of no timer", [&] { return t.info(t.pid(), "timers").integer() == 0; });
    // The timer itself belongs to a worker, which gives it back when it has fired.
    if (round == 1) level = rsp::mem_live_blocks();
    if (round == 2) {
      t.eventually("as many blocks as the round before", [&] { return rsp::mem_live_blocks() <= level; });
    }
  }
  t.expect_nothing();
}

// S-NAME-6
RSP_CASE(101, "one aimed at a name finds who has it when it fires, and does nothing when nobody has") {
  rsp_ref timer;
  ok(rsp_send_after_name(t, &timer, 5, atom("n"), Value("lost")));
  t.expect_nothing();
  ok(rsp_send_after_name(t, &timer, 5, atom("n"), Value("found")));
  t.register_name("n");
  t.expect_message("found");
  t.expect_nothing();
}

// S-TIMER-1
RSP_CASE(103, "timers of 30, 10 and 20 ms arrive as 10, 20, 30, none early") {
  std::map<int64_t, uint64_t> earliest_ns;
  for (const int64_t delay_ms : {30, 10, 20}) {
    earliest_ns[delay_ms] = rsp::env::now_ns() + static_cast<uint64_t>(delay_ms) * NS_PER_MS;
    (void)t.send_after(static_cast<uint64_t>(delay_ms), t.pid(), delay_ms);
  }
  std::vector<int64_t> arrived;
  while (arrived.size() < earliest_ns.size()) {
    arrived.push_back(t.next().term.integer());
    EXPECT_GE(rsp::env::now_ns(), earliest_ns.at(arrived.back()));
  }
  // T is a thread: natively each of its timers comes to some worker, which the system may hold back for longer
  // than these are apart.
  if (!rsp::env::CONTROLLED) std::sort(arrived.begin(), arrived.end());
  EXPECT_EQ(arrived, (std::vector<int64_t>{10, 20, 30}));
  t.expect_nothing();
}

// S-TIMER-1
RSP_CASE(103, "those that a process starts in one turn arrive in their order, however late") {
  for (uint32_t i = times(10); i > 0; --i) {
    const Spawned p = t.spawn_monitor(once([to = t.pid()](Self& self) {
      const uint64_t before_ns = rsp::env::now_ns();
      for (const int64_t delay_ms : {30, 10, 20})
        (void)self.send_after(static_cast<uint64_t>(delay_ms), to, delay_ms);
      // Their times are those of one worker. Beyond what they are apart, the first may be started too late for its place.
      self.send(to, rsp::env::now_ns() - before_ns < 10 * NS_PER_MS ? "decided" : "undecided");
    }));
    t.expect_down(p.monitor, p.pid, "normal");
    const bool decided = matches(t.next().term, "decided");
    std::vector<int64_t> arrived;
    while (arrived.size() < 3) arrived.push_back(t.next().term.integer());
    if (!decided) std::sort(arrived.begin(), arrived.end());
    ASSERT_EQ(arrived, (std::vector<int64_t>{10, 20, 30}));
  }
  t.expect_nothing();
}

// What a callback that waits leaves for its continuation: where T looks at it when the process is done.
struct Waits {
  uint64_t began_ns = 0;
  uint64_t over_ns = 0;
  bool answered = true;
};

// S-TIMER-1, S-MBOX-4
RSP_CASE(103, "nor is the end of a callback's wait early, whatever the wait before it") {
  const auto waits = std::make_shared<Waits>();
  const Spawned p = t.spawn_monitor({[waits](Self& self) {
    const rsp_ref answered = self.alias();
    self.send(answered, "at_once");
    // The deadline of this wait is still to come when the next one, which is longer, begins.
    const rsp_continuation then = [](rsp_self* raw, rsp_msg* answer, void* context) {
      Self in(raw);
      Waits& second = *static_cast<Waits*>(context);
      EXPECT_TERM(Value::copy_of(rsp_msg_term(answer)), "at_once");
      second.began_ns = rsp::env::now_ns();
      const rsp_continuation over = [](rsp_self*, rsp_msg* nothing, void* its) {
        static_cast<Waits*>(its)->over_ns = rsp::env::now_ns();
        static_cast<Waits*>(its)->answered = nothing != nullptr;
        return RSP_NEXT_STOP;
      };
      return rsp_await(in, in.alias(), 40, over, context);
    };
    return rsp_await(self, answered, 10, then, waits.get());
  }});
  t.expect_down(p.monitor, p.pid, "normal");
  EXPECT_FALSE(waits->answered);
  EXPECT_GE(waits->over_ns - waits->began_ns, 40 * NS_PER_MS);
}

// S-MBOX-3, S-MBOX-5
RSP_CASE(105, "T sends to a process that never receives, and is not held up") {
  const rsp_pid p = t.spawn(deaf());
  const uint32_t messages = times(100'000);
  for (uint32_t i = 0; i < messages; ++i) t.send(p, static_cast<int64_t>(i));
  EXPECT_EQ(t.info(p, "message_queue_len").integer(), static_cast<int64_t>(messages));
}

// S-MBOX-5
RSP_CASE(105, "also when that process is a thread that is elsewhere") {
  Event done;
  const rsp_pid own = t.pid();
  Thread thread([&done, own] {
    rsp_self* self = nullptr;
    EXPECT_EQ(rsp_attach(&self), RSP_OK);
    EXPECT_EQ(rsp_send(self, own, Value(rsp_self_pid(self))), RSP_OK);
    done.wait();
    EXPECT_EQ(rsp_detach(self, Value("normal")), RSP_OK);
  });
  rsp_pid p{};
  ok(rsp_term_get_pid(&p, t.next().term));
  const uint32_t messages = times(100'000);
  for (uint32_t i = 0; i < messages; ++i) t.send(p, static_cast<int64_t>(i));
  EXPECT_EQ(t.info(p, "message_queue_len").integer(), static_cast<int64_t>(messages));
  done.happen();
}

}  // namespace
}  // namespace conformance
