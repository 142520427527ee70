// Section Q: what native code owes, and no Erlang machine has to.

#include <atomic>
#include <stdexcept>

#include "core/env/build.hpp"
#include "core/env/clock.hpp"
#include "tests/conformance/harness/supervisor.hpp"
#include "tests/conformance/harness/thread.hpp"

namespace conformance {
namespace {

constexpr uint64_t NS_IN_MS = 1'000'000;

// A blocking section that lasts until it is let go of, and what came of the call behind it.
struct Section {
  rsp_pid told;
  bool traps;
  Event begun;
  Event may_end;
  std::atomic<int> sent{-1};
};

rsp_next block(rsp_self* self, rsp_msg* message, void* ctx) {
  if (message != nullptr) return RSP_NEXT_CONTINUE;
  Section& section = *static_cast<Section*>(ctx);
  ok(rsp_trap_exit(self, nullptr, section.traps));
  ok(rsp_blocking_begin(self));
  section.begun.happen();
  section.may_end.wait();
  EXPECT_EQ(rsp_blocking_end(self), RSP_EXITING);
  section.sent = static_cast<int>(rsp_send(self, section.told, rsp_term_int(1)));
  return RSP_NEXT_CONTINUE;
}

// S-NAT-3, S-SUP-28
RSP_CASE(293,
         "S is not held up by a child in a blocking section: a counted zombie, whose later send is refused") {
  constexpr uint64_t SHUTDOWN_MS = 50;
  // In virtual time nothing but the deadline passes; natively less than the default of 5 s has to do.
  constexpr uint64_t SLACK_MS = rsp::env::CONTROLLED ? 10 : 4000;
  t.trap_exit();
  for (const bool traps : {true, false}) {
    const auto section = std::make_shared<Section>();
    keep_until_stop(section);
    section->told = t.pid();
    section->traps = traps;
    rsp_child_spec child = RSP_CHILD_SPEC_INIT;
    child.id = rsp_term_int(1);
    child.start.handler = block;
    child.start.ctx = section.get();
    child.shutdown = RSP_SHUTDOWN_TIMEOUT;
    child.shutdown_ms = SHUTDOWN_MS;
    rsp_start_opts linked = RSP_START_OPTS_INIT;
    linked.link = true;
    rsp_pid s{};
    ok(rsp_supervisor_start(t, &s, nullptr, &child, 1, nullptr, &linked));
    section->begun.wait();

    const uint64_t before_ns = rsp::env::now_ns();
    t.exit_signal(s, "shutdown");
    t.expect_exit(s, "shutdown");  // and the section has not ended
    const uint64_t took_ms = (rsp::env::now_ns() - before_ns) / NS_IN_MS;
    const uint64_t least_ms = traps ? SHUTDOWN_MS : 0;  // who does not trap ends by the signal itself
    EXPECT_GE(took_ms, least_ms);
    EXPECT_LE(took_ms, least_ms + SLACK_MS);
    EXPECT_EQ(stats().zombies, 1u);
    section->may_end.happen();
    t.eventually("the zombie returns", [] { return stats().zombies == 0; });
    EXPECT_EQ(section->sent, static_cast<int>(RSP_EXITING));
  }
  t.expect_nothing();
}

// Sends as it is destroyed.
struct Witness {
  rsp_self* self;
  rsp_pid told;
  std::atomic<int>& destroyed;

  ~Witness() {
    ++destroyed;
    EXPECT_EQ(rsp_send(self, told, rsp_term_int(1)), RSP_EXITING);
  }
};

// S-NAT-4
RSP_CASE(296, "killed as it waits in receive: its object is destroyed once, and no message comes of that") {
  std::atomic<int> destroyed{0};
  const rsp_pid told = t.pid();
  rsp_pid p{};
  Event waits;
  {
    Thread thread([&] {
      rsp_self* self = nullptr;
      ok(rsp_attach(&self));
      p = rsp_self_pid(self);
      {
        const Witness object{self, told, destroyed};
        waits.happen();
        const rsp_receive_opts options = RSP_RECEIVE_OPTS_INIT;
        rsp_msg* message = nullptr;
        EXPECT_EQ(rsp_receive(self, &message, &options), RSP_EXITING);
      }
      EXPECT_EQ(rsp_detach(self, rsp_term_atom(rsp_atom{})), RSP_OK);
    });
    waits.wait();
    const rsp_ref end = t.monitor(p);
    t.exit_signal(p, "kill");
    t.expect_down(end, p, "killed");
    thread.join();
  }
  EXPECT_EQ(destroyed, 1);
  t.expect_nothing();
}

// S-NAT-4
RSP_CASE(296, "killed as it waits for an answer: its state is dropped once, before its DOWN comes") {
  std::atomic<int> dropped{0};
  const rsp_handler waits = [](rsp_self* self, rsp_msg*, void*) {
    rsp_ref never{};
    ok(rsp_make_ref(self, &never));
    return rsp_await(
        self, never, RSP_INFINITE, [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_STOP; }, nullptr);
  };
  rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
  options.start = waits;
  options.monitor = true;
  rsp_pid p{};
  rsp_ref end{};
  ok(rsp_spawn(t, &p, &end, &options, waits, &dropped,
               [](void* count) { ++*static_cast<std::atomic<int>*>(count); }));
  t.eventually("it waits", [&] { return matches(t.info(p, "status"), "waiting"); });
  t.exit_signal(p, "kill");
  t.expect_down(end, p, "killed");
  EXPECT_EQ(dropped, 1);
}

// S-EXIT-5
RSP_CASE(
    298,
    "a C++ exception leaves no callback: the reason has its type and text, of whichever callback it was") {
  const Spawned by_start = t.spawn_monitor({[](Self&) -> rsp_next { throw std::runtime_error("start"); }});
  t.expect_down(by_start.monitor, by_start.pid,
                "{{exception, cpp, \"std::runtime_error\", \"start\"}, Frames}");

  const Spawned by_message = t.spawn_monitor(
      {[](Self&) { return RSP_NEXT_CONTINUE; }, [](Self&, rsp_msg*) -> rsp_next { throw 42; }});
  t.send(by_message.pid, "go");
  t.expect_down(by_message.monitor, by_message.pid, "{{exception, cpp, \"int\", \"\"}, Frames}");

  Server server;
  server.call = [](Self&, const Received&, Answer&) -> rsp_next { throw std::out_of_range("call"); };
  const rsp_pid by_call = started(t, server);
  const rsp_ref end = t.monitor(by_call);
  EXPECT_EQ(call(t, by_call, "work").result, RSP_EEXITED);
  t.expect_down(end, by_call, "{{exception, cpp, \"std::out_of_range\", \"call\"}, Frames}");
  t.expect_nothing();
}

// S-NAT-8
RSP_CASE(300, "whatever is done to the pid of a dead process has a defined result") {
  const rsp_pid p = t.dead_process();
  EXPECT_EQ(rsp_send(t, p, rsp_term_int(1)), RSP_OK);
  EXPECT_EQ(rsp_cast(t, p, rsp_term_int(1)), RSP_OK);
  EXPECT_EQ(rsp_exit_signal(t, p, rsp_term_int(1)), RSP_OK);
  EXPECT_EQ(rsp_unlink(t, p), RSP_OK);
  EXPECT_FALSE(t.is_alive(p));
  EXPECT_TERM(call(t, p, "work").reason, "{noproc, _}");
  EXPECT_TERM(stop(t, p, "normal").reason, "noproc");
  t.expect_down(t.monitor(p), p, "noproc");
  EXPECT_EQ(rsp_link(t, p), RSP_ENOPROC);
  t.trap_exit();
  EXPECT_EQ(rsp_link_async(t, p), RSP_OK);
  t.expect_exit(p, "noproc");
  t.expect_nothing();
}

}  // namespace
}  // namespace conformance
