// Section I: how a server waits for its next message.

#include <memory>
#include <string>

#include "core/env/clock.hpp"
#include "tests/conformance/harness/case.hpp"
#include "tests/conformance/harness/server.hpp"

namespace conformance {
namespace {

constexpr uint64_t NS_PER_MS = 1'000'000;
// Longer than the time of any server here.
constexpr uint64_t LATER_MS = 60;

// Says to `t` what reaches its handle_info, and waits without a time then.
Server telling(rsp_pid t) {
  Server server;
  server.info = [t](Self& self, const Received& message, Answer& answer) {
    self.send(t, message.term);
    return answer.nothing();
  };
  return server;
}

// Nothing else has come when `LATER_MS` are over.
void expect_no_timeout(Test& t) {
  (void)t.send_after(LATER_MS, t.pid(), "later");
  EXPECT_TERM(t.next().term, "later");
  t.expect_nothing();
}

// S-SRV-15
RSP_CASE(145, "a timeout of 20 ms with the result: one `timeout` when idle") {
  const auto began_ns = std::make_shared<uint64_t>();
  const auto over_ns = std::make_shared<uint64_t>();
  Server server = telling(t.pid());
  server.cast = [began_ns](Self&, const Received&, Answer& answer) {
    *began_ns = rsp::env::now_ns();
    return answer.within(20).nothing();
  };
  server.info = [own = t.pid(), over_ns](Self& self, const Received& message, Answer& answer) {
    *over_ns = rsp::env::now_ns();
    EXPECT_EQ(message.kind, RSP_MSG_TERM);
    self.send(own, message.term);
    return answer.nothing();
  };
  ok(rsp_cast(t, started(t, server), Value("go")));
  EXPECT_TERM(t.next().term, "timeout");
  EXPECT_GE(*over_ns - *began_ns, 20 * NS_PER_MS);
  expect_no_timeout(t);
}

// S-SRV-1, S-SRV-15
RSP_CASE(145, "whichever callback gave it: init, a continue, a call, a message, or `timeout` itself") {
  Server server;
  server.init = [](Self&, Answer& answer) { return answer.within(5).nothing(); };
  server.continues = [](Self&, const Value&, Answer& answer) { return answer.within(5).nothing(); };
  server.call = [](Self&, const Received& request, Answer& answer) {
    if (matches(request.term, "continue")) {
      (void)answer.reply("ok");
      return answer.and_continue("c");
    }
    return answer.within(5).reply("ok");
  };
  const auto left = std::make_shared<int>(0);
  server.info = [own = t.pid(), left](Self& self, const Received& message, Answer& answer) {
    if (matches(message.term, "twice")) {
      *left = 1;
      return answer.within(5).nothing();
    }
    self.send(own, message.term);
    if (*left == 0) return answer.nothing();
    --*left;
    return answer.within(5).nothing();
  };
  const rsp_pid p = started(t, server);
  EXPECT_TERM(t.next().term, "timeout");
  EXPECT_TERM(reply_of(t, p, "work"), "ok");
  EXPECT_TERM(t.next().term, "timeout");
  EXPECT_TERM(reply_of(t, p, "continue"), "ok");
  EXPECT_TERM(t.next().term, "timeout");
  t.send(p, "twice");
  EXPECT_TERM(t.next().term, "timeout");
  EXPECT_TERM(t.next().term, "timeout");
  expect_no_timeout(t);
}

// S-SRV-15
RSP_CASE(145, "what is queued already comes in any time, 0 too") {
  for (const uint64_t timeout_ms : {uint64_t{0}, uint64_t{5}}) {
    Server server = telling(t.pid());
    server.init = [timeout_ms](Self& self, Answer& answer) {
      self.send(self.pid(), "queued");
      return answer.within(timeout_ms).nothing();
    };
    (void)started(t, server);
    EXPECT_TERM(t.next().term, "queued");
    expect_no_timeout(t);
  }
}

// S-SRV-15
RSP_CASE(145, "with nothing queued a time of 0 is over at once, and none at all never") {
  Server server = telling(t.pid());
  server.cast = [](Self&, const Received&, Answer& answer) { return answer.within(0).nothing(); };
  server.call = [](Self&, const Received&, Answer& answer) {
    return answer.within(RSP_INFINITE).reply("ok");
  };
  const rsp_pid p = started(t, server);
  for (int i = 0; i < 3; ++i) {
    ok(rsp_cast(t, p, Value("go")));
    EXPECT_TERM(t.next().term, "timeout");
  }
  EXPECT_TERM(reply_of(t, p, "work"), "ok");
  expect_no_timeout(t);
}

// S-SRV-15
RSP_CASE(145, "a message of any kind ends the wait: its result says whether there is another") {
  Server server = telling(t.pid());
  server.init = [](Self& self, Answer& answer) {
    self.trap_exit();
    return answer.within(PATIENCE_MS).nothing();
  };
  server.cast = [](Self&, const Received&, Answer& answer) { return answer.within(200).nothing(); };
  server.call = [](Self&, const Received&, Answer& answer) { return answer.reply("pong"); };
  const rsp_pid p = started(t, server);
  const auto expect_none = [&] {
    (void)t.send_after(220, t.pid(), "later");
    EXPECT_TERM(t.next().term, "later");
  };
  ok(rsp_cast(t, p, Value("go")));
  EXPECT_TERM(reply_of(t, p, "ping"), "pong");
  expect_none();
  ok(rsp_cast(t, p, Value("go")));
  t.send(p, "info");
  EXPECT_TERM(t.next().term, "info");
  expect_none();
  ok(rsp_cast(t, p, Value("go")));
  t.exit_signal(p, "why");
  EXPECT_TERM(t.next().term, "why");
  expect_none();
  t.expect_nothing();
}

// S-SRV-15
RSP_CASE(145, "also one that comes as the time is over, unless `timeout` was there first") {
  Server server = telling(t.pid());
  server.cast = [](Self& self, const Received&, Answer& answer) {
    (void)self.send_after(5, self.pid(), "now");
    return answer.within(5).nothing();
  };
  const rsp_pid p = started(t, server);
  for (uint32_t i = 0; i < times(10); ++i) {
    ok(rsp_cast(t, p, Value("go")));
    const Received first = t.next();
    if (matches(first.term, "timeout")) t.expect_message("now");
    expect_no_timeout(t);
  }
}

// S-SRV-15
RSP_CASE(145, "signals that are no message leave it as it is") {
  Server server = telling(t.pid());
  server.cast = [](Self&, const Received&, Answer& answer) { return answer.within(50).nothing(); };
  const rsp_pid p = started(t, server);
  ok(rsp_cast(t, p, Value("go")));
  int asked = 0;
  for (; asked < 1000; ++asked) {
    (void)t.send_after(10, t.pid(), "tick");
    const Received next = t.next();
    if (matches(next.term, "timeout")) break;
    EXPECT_TRUE(t.is_alive(p));
    EXPECT_TRUE(t.demonitor(t.monitor(p)));
    t.link(p);
    t.unlink(p);
  }
  EXPECT_LT(asked, 1000);
  EXPECT_TERM(t.next().term, "tick");
}

// S-SRV-15
RSP_CASE(145, "each message moves it, to sooner and to later") {
  struct Now {
    uint64_t began_ns = 0;
    int64_t timeout_ms = 0;
  };
  const auto now = std::make_shared<Now>();
  Server server;
  server.cast = [now](Self&, const Received& request, Answer& answer) {
    *now = {rsp::env::now_ns(), request.term.integer()};
    return answer.within(static_cast<uint64_t>(now->timeout_ms)).nothing();
  };
  server.info = [own = t.pid(), now](Self& self, const Received&, Answer& answer) {
    EXPECT_GE(rsp::env::now_ns() - now->began_ns, static_cast<uint64_t>(now->timeout_ms) * NS_PER_MS);
    self.send(own, now->timeout_ms);
    return answer.nothing();
  };
  const rsp_pid p = started(t, server);
  for (const int first : {5, 10'000}) {
    for (const int last : {6, 40}) {
      ok(rsp_cast(t, p, Value(first)));
      ok(rsp_cast(t, p, Value(last)));
      // The first time of 5 ms may be over before the second cast.
      while (t.next().term.integer() != last) EXPECT_EQ(first, 5);
      expect_no_timeout(t);
    }
  }
}

// S-SRV-15
RSP_CASE(145, "what is over while a callback waits is never heard of") {
  Server server = telling(t.pid());
  server.cast = [](Self&, const Received&, Answer& answer) { return answer.within(5).nothing(); };
  server.call = [](Self& self, const Received&, Answer& answer) {
    (void)answer.reply("pong");
    return rsp_await(
        self, self.alias(), 20, [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_CONTINUE; }, nullptr);
  };
  const rsp_pid p = started(t, server);
  ok(rsp_cast(t, p, Value("go")));
  EXPECT_TERM(reply_of(t, p, "ping"), "pong");
  // The time may have been over before the call came, and not later.
  while (t.queued() != 0) EXPECT_TERM(t.next().term, "timeout");
  expect_no_timeout(t);
}

// S-SRV-15, S-SRV-24
RSP_CASE(145, "a server that handles no messages is warned of, and lives") {
  Server server;
  server.init = [](Self&, Answer& answer) { return answer.within(5).nothing(); };
  server.call = [](Self&, const Received&, Answer& answer) { return answer.reply("pong"); };
  const rsp_pid p = started(t, server);
  t.eventually("it is warned of", [] { return reports().size() == 1; });
  EXPECT_TERM(reports().front().map.at("last_message"), "timeout");
  EXPECT_TERM(reply_of(t, p, "ping"), "pong");
}

// S-SRV-25
RSP_CASE(145, "a server that is stopped before its time ends as any other") {
  Server server = telling(t.pid());
  server.init = [](Self&, Answer& answer) { return answer.within(20).nothing(); };
  EXPECT_EQ(stop(t, started(t, server)).result, RSP_OK);
  const rsp_pid p = started(t, server);
  const rsp_ref end = t.monitor(p);
  t.exit_signal(p, "kill");
  EXPECT_TERM(t.wait_down(end), "killed");
  (void)t.send_after(LATER_MS, t.pid(), "later");
  while (!matches(t.next().term, "later")) {
  }
  t.expect_nothing();
}

// A server with a call that returns what `spoils` makes of it.
Server spoiled(void (*spoils)(rsp_server_return&)) {
  Server server;
  server.call = [spoils](Self&, const Received&, Answer& answer) {
    spoils(answer.raw());
    return answer.reply("ok");
  };
  return server;
}

// S-SRV-22
RSP_CASE(145, "a wait that means nothing is a bad return, and its reply is not sent") {
  t.trap_exit();
  const auto expect_bad = [&](void (*spoils)(rsp_server_return&), const char* value) {
    const Called it = call(t, started(t, spoiled(spoils)), "work");
    EXPECT_EQ(it.result, RSP_EEXITED);
    EXPECT_TERM(it.reason, (std::string("{{bad_return_value, ") + value + "}, _}").c_str());
  };
  expect_bad([](rsp_server_return& ret) { ret.wait = static_cast<rsp_server_wait>(7); }, "{wait, 7}");
  expect_bad([](rsp_server_return& ret) { ret.timeout_ms = 20; }, "{timeout, 20}");
  expect_bad(
      [](rsp_server_return& ret) {
        ret.wait = RSP_SERVER_WAIT_HIBERNATE;
        ret.timeout_ms = 20;
      },
      "{timeout, 20}");
  expect_bad(
      [](rsp_server_return& ret) {
        ret.wait = RSP_SERVER_WAIT_HIBERNATE;
        ret.has_continue = true;
        ret.continue_term = rsp_term_int(1);
      },
      "{continue, 1}");
}

// S-SRV-5
RSP_CASE(145, "so it is of init") {
  Server server;
  server.init = [](Self&, Answer& answer) {
    answer.raw().timeout_ms = 20;
    return answer.nothing();
  };
  const Started it = start(t, server);
  EXPECT_EQ(it.result, RSP_EEXITED);
  EXPECT_TERM(it.error, "{bad_return_value, {timeout, 20}}");
}

// S-SRV-7
RSP_CASE(145, "a thrown value says how to wait, too") {
  Server server = telling(t.pid());
  server.call = [](Self& self, const Received& request, Answer&) { return self.throw_(request.term); };
  server.cast = [](Self& self, const Received& request, Answer&) { return self.throw_(request.term); };
  server.continues = [own = t.pid()](Self& self, const Value& argument, Answer& answer) {
    self.send(own, argument);
    return answer.nothing();
  };
  const rsp_pid p = started(t, server);
  EXPECT_TERM(reply_of(t, p, "{reply, ok, s, 5}"), "ok");
  EXPECT_TERM(t.next().term, "timeout");
  EXPECT_TERM(reply_of(t, p, "{reply, ok, s, hibernate}"), "ok");
  EXPECT_TERM(reply_of(t, p, "{reply, ok, s, infinity}"), "ok");
  EXPECT_TERM(reply_of(t, p, "{reply, ok, s, {continue, c}}"), "ok");
  EXPECT_TERM(t.next().term, "c");
  ok(rsp_cast(t, p, Value("{noreply, s, 5}")));
  EXPECT_TERM(t.next().term, "timeout");
  for (const char* bad :
       {"{noreply, s, -1}", "{noreply, s, soon}", "{noreply, s, \"5\"}", "{reply, ok, s, true}"}) {
    const Called it = call(t, started(t, server), bad);
    EXPECT_EQ(it.result, RSP_EEXITED);
    EXPECT_TERM(it.reason, (std::string("{{bad_return_value, ") + bad + "}, _}").c_str());
  }
  expect_no_timeout(t);
}

// S-SRV-31
RSP_CASE(156, "a server that hibernates wakes with the next message, its state intact") {
  const auto count = std::make_shared<int64_t>(0);
  Server server;
  server.init = [](Self&, Answer& answer) { return answer.hibernating().nothing(); };
  server.call = [count](Self&, const Received&, Answer& answer) {
    return answer.hibernating().reply(++*count);
  };
  server.cast = [count](Self&, const Received&, Answer& answer) {
    ++*count;
    return answer.hibernating().nothing();
  };
  server.info = [own = t.pid(), count](Self& self, const Received&, Answer& answer) {
    self.send(own, ++*count);
    return answer.hibernating().nothing();
  };
  const rsp_pid p = started(t, server);
  (void)t.send_after(20, p, "wake");
  EXPECT_TERM(t.next().term, "1");
  EXPECT_TERM(reply_of(t, p, "ping"), "2");
  ok(rsp_cast(t, p, Value("x")));
  t.send(p, "y");
  EXPECT_TERM(t.next().term, "4");
  EXPECT_EQ(stop(t, p).result, RSP_OK);
  t.expect_nothing();
}

// S-SRV-15, S-SRV-31
RSP_CASE(156, "and knows no time: the one of an earlier result is never heard of") {
  Server server = telling(t.pid());
  server.cast = [](Self&, const Received&, Answer& answer) { return answer.within(200).nothing(); };
  server.call = [](Self&, const Received&, Answer& answer) { return answer.hibernating().reply("ok"); };
  const rsp_pid p = started(t, server);
  ok(rsp_cast(t, p, Value("go")));
  EXPECT_TERM(reply_of(t, p, "sleep"), "ok");
  (void)t.send_after(220, t.pid(), "later");
  EXPECT_TERM(t.next().term, "later");
  t.expect_nothing();
}

}  // namespace
}  // namespace conformance
