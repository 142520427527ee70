// Section I: servers.

#include <memory>
#include <string>
#include <vector>

#include "tests/conformance/harness/case.hpp"
#include "tests/conformance/harness/supervisor.hpp"

namespace conformance {
namespace {

// Answers what it is asked; says to `t` what terminate is told.
Server echo(rsp_pid t) {
  Server server;
  server.call = [](Self&, const Received& request, Answer& answer) { return answer.reply(request.term); };
  server.terminate = [t](Self& self, const Value& reason) {
    self.send(t, Value::tuple({atom("terminate"), reason}));
    return RSP_NEXT_CONTINUE;
  };
  return server;
}

Value terminated(const char* reason) { return Value::tuple({atom("terminate"), Value(reason)}); }

size_t count_reports(const char* kind) {
  size_t count = 0;
  for (const Report& report : reports()) {
    if (matches(report.map.at("report"), atom(kind))) ++count;
  }
  return count;
}

// S-SRV-4, S-START-2
RSP_CASE(126, "an init that says ignore: ignore, and no process") {
  t.trap_exit();
  const auto child = std::make_shared<rsp_pid>();
  Server server;
  server.init = [child](Self& self, Answer& answer) {
    *child = self.pid();
    return answer.ignore();
  };
  EXPECT_EQ(start(t, server, {.link = true}).result, RSP_EIGNORE);
  EXPECT_EQ(t.queued(), 0u);
  t.expect_dead(*child);
  t.expect_nothing();
}

// S-SRV-5, S-SRV-8
RSP_CASE(127, "an init that returns junk: {bad_return_value, junk}") {
  Server server = echo(t.pid());
  server.init = [](Self&, Answer& answer) { return answer.bad("junk"); };
  const Started it = start(t, server);
  EXPECT_EQ(it.result, RSP_EEXITED);
  EXPECT_TERM(it.error, "{bad_return_value, junk}");
  t.expect_nothing();  // no terminate either: S-SRV-8
}

// S-SRV-10
RSP_CASE(129, "a call to a free name exits {noproc, _}") {
  const Called it = call(t, "n", "ping");
  EXPECT_EQ(it.result, RSP_EEXITED);
  EXPECT_TERM(it.reason, "{noproc, _}");
  t.expect_nothing();
}

// S-SRV-10
RSP_CASE(130, "a call to a dead process exits {noproc, _}") {
  const Called it = call(t, t.dead_process(), "ping");
  EXPECT_EQ(it.result, RSP_EEXITED);
  EXPECT_TERM(it.reason, "{noproc, _}");
  t.expect_nothing();
}

// S-SRV-12
RSP_CASE(131, "who calls itself exits {calling_self, _}") {
  const Called it = call(t, t.pid(), "ping");
  EXPECT_EQ(it.result, RSP_ECALLINGSELF);
  EXPECT_TERM(it.reason, "{calling_self, _}");
  t.expect_nothing();
}

// S-SRV-12, S-SRV-28: that it may not wait is no answer, since to await it instead would be in vain
RSP_CASE(131,
         "a server that calls itself, or stops itself by a call, is told so in its callback, and lives") {
  Server server;
  server.call = [](Self& self, const Received& request, Answer& answer) {
    if (matches(request.term, "stop")) {
      EXPECT_EQ(stop(self, self.pid()).result, RSP_ECALLINGSELF);
      return answer.reply("refused");
    }
    const Called it = call(self, self.pid(), "ping");
    EXPECT_EQ(it.result, RSP_ECALLINGSELF);
    return answer.reply(it.reason);
  };
  const rsp_pid p = started(t, server);
  EXPECT_TERM(reply_of(t, p, "call"), "{calling_self, {call, _, ping, _}}");
  EXPECT_TERM(reply_of(t, p, "stop"), "refused");
  t.expect_alive(p);
  t.expect_nothing();
}

// S-SRV-11
RSP_CASE(132, "a call with 20 ms to a handler of 60 ms exits {timeout, _}, and the server lives") {
  Server slow;
  slow.call = [](Self& self, const Received& request, Answer& answer) {
    if (matches(request.term, "ping")) return answer.reply("pong");
    return pause(self, 60, [answer](Self&) mutable { return answer.reply("late"); });
  };
  const rsp_pid p = started(t, slow);
  const Called it = call(t, p, "work", 20);
  EXPECT_EQ(it.result, RSP_ETIMEDOUT);
  EXPECT_TERM(it.reason, "{timeout, _}");
  t.expect_alive(p);
  // The late reply, which was sent before this one, never arrives.
  EXPECT_TERM(reply_of(t, p, "ping"), "pong");
  t.expect_nothing();
}

// S-SRV-10, S-SRV-23
RSP_CASE(134, "an error in the handler: the call exits {{boom, Frames}, _}, the server ends with the same") {
  Server server = echo(t.pid());
  server.call = [](Self& self, const Received&, Answer&) { return self.error("boom"); };
  const rsp_pid p = started(t, server);
  const rsp_ref end = t.monitor(p);
  const Called it = call(t, p, "work");
  EXPECT_EQ(it.result, RSP_EEXITED);
  EXPECT_TERM(it.reason, "{{boom, Frames}, _}");
  t.expect_message(terminated("{boom, Frames}"));
  t.expect_down(end, p, "{boom, Frames}");
  t.expect_nothing();
}

// S-SRV-10
RSP_CASE(135, "an exit in the handler: the call exits {boom, _}") {
  Server server;
  server.call = [](Self& self, const Received&, Answer&) { return self.exit("boom"); };
  const Called it = call(t, started(t, server), "work");
  EXPECT_EQ(it.result, RSP_EEXITED);
  EXPECT_TERM(it.reason, "{boom, _}");
  t.expect_nothing();
}

// S-SRV-20
RSP_CASE(136, "stop with a reply: terminate runs, the call returns the reply, the server ends with normal") {
  const auto ran = std::make_shared<bool>(false);
  Server server;
  server.call = [](Self&, const Received&, Answer& answer) { return answer.stop_reply("normal", "bye"); };
  server.terminate = [ran](Self& self, const Value& reason) {
    const bool as_asked = matches(reason, "normal");
    return pause(self, 5, [ran, as_asked](Self&) {
      *ran = as_asked;
      return RSP_NEXT_CONTINUE;
    });
  };
  const rsp_pid p = started(t, server);
  const rsp_ref end = t.monitor(p);
  EXPECT_TERM(reply_of(t, p, "stop"), "bye");
  EXPECT_TRUE(*ran);  // before the reply went out
  t.expect_down(end, p, "normal");
}

// S-SRV-22
RSP_CASE(138,
         "a handler that returns junk: the call exits {{bad_return_value, junk}, _}, terminate is told") {
  Server server = echo(t.pid());
  server.call = [](Self&, const Received&, Answer& answer) { return answer.bad("junk"); };
  const rsp_pid p = started(t, server);
  const rsp_ref end = t.monitor(p);
  const Called it = call(t, p, "work");
  EXPECT_EQ(it.result, RSP_EEXITED);
  EXPECT_TERM(it.reason, "{{bad_return_value, junk}, _}");
  t.expect_message(terminated("{bad_return_value, junk}"));
  t.expect_down(end, p, "{bad_return_value, junk}");
}

// S-SRV-22
RSP_CASE(138, "a reply to a cast is junk too, returned or thrown") {
  for (const bool by_throw : {false, true}) {
    Server server;
    server.cast = [by_throw](Self& self, const Received&, Answer& answer) {
      return by_throw ? self.throw_("{reply, x, s}") : answer.reply("x");
    };
    const rsp_pid p = started(t, server);
    const rsp_ref end = t.monitor(p);
    ok(rsp_cast(t, p, Value("work")));
    t.expect_down(end, p, by_throw ? "{bad_return_value, {reply, x, s}}" : "{bad_return_value, {reply, x}}");
  }
}

// S-SRV-7
RSP_CASE(139, "a thrown reply counts as returned") {
  Server server;
  server.call = [](Self& self, const Received&, Answer&) { return self.throw_("{reply, x, s}"); };
  const rsp_pid p = started(t, server);
  EXPECT_TERM(reply_of(t, p, "work"), "x");
  EXPECT_TERM(reply_of(t, p, "work"), "x");
}

// S-SRV-17, S-SRV-19
RSP_CASE(140, "a reply left open can be given by another process") {
  Puppet other(t);
  Server server;
  server.call = [other = other.pid()](Self& self, const Received&, Answer& answer) {
    const rsp_from from = answer.from();
    (void)self.spawn(once([from](Self& helper) { ok(rsp_reply(helper, from, Value("v"))); }));
    return answer.nothing();
  };
  EXPECT_TERM(reply_of(t, started(t, server), "work"), "v");
  t.expect_nothing();
}

// S-SRV-9
RSP_CASE(140, "and of two replies the second never arrives") {
  Server server;
  server.call = [](Self& self, const Received&, Answer& answer) {
    ok(rsp_reply(self, answer.from(), Value("first")));
    return answer.reply("second");
  };
  EXPECT_TERM(reply_of(t, started(t, server), "work"), "first");
  t.expect_nothing();
}

// S-SRV-13
RSP_CASE(142, "a cast to a dead process: ok") {
  EXPECT_EQ(rsp_cast(t, t.dead_process(), Value("x")), RSP_OK);
  t.expect_nothing();
}

// S-SRV-14
RSP_CASE(142, "and to a live one it arrives as a cast") {
  Server server;
  server.cast = [own = t.pid()](Self& self, const Received& request, Answer& answer) {
    self.send(own, request.term);
    return answer.nothing();
  };
  EXPECT_EQ(rsp_cast(t, started(t, server), Value("x")), RSP_OK);
  t.expect_message("x");
}

// S-SRV-1
RSP_CASE(143, "a continue of init runs before a message that was queued already") {
  Server server;
  server.init = [](Self& self, Answer& answer) {
    self.send(self.pid(), "queued");
    return answer.and_continue("first");
  };
  server.continues = [own = t.pid()](Self& self, const Value& argument, Answer& answer) {
    self.send(own, argument);
    return answer.nothing();
  };
  server.info = [own = t.pid()](Self& self, const Received& message, Answer& answer) {
    self.send(own, message.term);
    return answer.nothing();
  };
  (void)started(t, server);
  EXPECT_TERM(t.next().term, "first");
  EXPECT_TERM(t.next().term, "queued");
}

// S-SRV-24
RSP_CASE(147, "a message without a handler: a warning, the server lives") {
  Server server;
  server.call = [](Self&, const Received&, Answer& answer) { return answer.reply("pong"); };
  const rsp_pid p = started(t, server);
  t.send(p, "what");
  EXPECT_TERM(reply_of(t, p, "ping"), "pong");
  ASSERT_EQ(reports().size(), 1u);
  EXPECT_EQ(reports().front().level, RSP_REPORT_WARNING);
  t.expect_alive(p);
}

// Says to `t` what reaches its handle_info.
Server trapping(rsp_pid t) {
  Server server = echo(t);
  server.init = [](Self& self, Answer& answer) {
    self.trap_exit();
    return answer.nothing();
  };
  server.info = [t](Self& self, const Received& message, Answer& answer) {
    self.send(t, Value::tuple({atom("info"), message.term}));
    return answer.nothing();
  };
  return server;
}

// S-SRV-25
RSP_CASE(148, "the parent's exit signal reaches a trapping server as terminate; it ends with that reason") {
  t.trap_exit();
  for (const char* reason : {"foo", "normal", "shutdown"}) {
    const rsp_pid p = started(t, trapping(t.pid()), {.link = true});
    const rsp_ref end = t.monitor(p);
    t.exit_signal(p, reason);
    t.expect_message(terminated(reason));
    t.expect_down(end, p, reason);
    t.expect_exit(p, reason);
  }
  t.expect_nothing();
}

// S-SRV-25
RSP_CASE(148, "and so does the parent's end") {
  Event go;
  const Server server = trapping(t.pid());
  Thread parent([&, own = t.pid()] {
    rsp_self* raw = nullptr;
    ok(rsp_attach(&raw));
    Self self(raw);
    self.send(own, started(self, server, {.link = true}));
    go.wait();
    ok(rsp_detach(self, Value("foo")));
  });
  rsp_pid p{};
  ok(rsp_term_get_pid(&p, t.next().term));
  const rsp_ref end = t.monitor(p);
  go.happen();
  t.expect_message(terminated("foo"));
  t.expect_down(end, p, "foo");
  t.expect_nothing();
}

// S-SRV-26
RSP_CASE(148, "a server that does not trap ends without terminate") {
  t.trap_exit();
  const rsp_pid p = started(t, echo(t.pid()), {.link = true});
  t.exit_signal(p, "foo");
  t.expect_exit(p, "foo");
  t.expect_nothing();
}

// S-SRV-26
RSP_CASE(148, "also when the signal meets it in a callback, and what that returns does not count") {
  Server server = echo(t.pid());
  server.call = [](Self& self, const Received&, Answer& answer) {
    EXPECT_EQ(rsp_exit_signal(self, self.pid(), Value("foo")), RSP_EXITING);
    return answer.reply("survived");
  };
  const rsp_pid p = started(t, server);
  const rsp_ref end = t.monitor(p);
  const Called it = call(t, p, "work");
  EXPECT_EQ(it.result, RSP_EEXITED);
  EXPECT_TERM(it.reason, "{foo, _}");
  t.expect_down(end, p, "foo");
  t.expect_nothing();
}

// S-SRV-25, S-SRV-26
RSP_CASE(
    148,
    "the parent's end with normal is told to a server that traps, and does nothing to one that does not") {
  Event go;
  const Server told = trapping(t.pid());
  const Server untold = echo(t.pid());
  Thread parent([&, own = t.pid()] {
    rsp_self* raw = nullptr;
    ok(rsp_attach(&raw));
    Self self(raw);
    const rsp_pid traps = started(self, told, {.link = true});
    self.send(own, Value::tuple({traps, started(self, untold, {.link = true})}));
    go.wait();
    ok(rsp_detach(self, Value("normal")));
  });
  const Value both = t.next().term;
  rsp_pid traps{};
  rsp_pid does_not{};
  ok(rsp_term_get_pid(&traps, both.element(0)));
  ok(rsp_term_get_pid(&does_not, both.element(1)));
  const rsp_ref end = t.monitor(traps);
  go.happen();
  t.expect_message(terminated("normal"));
  t.expect_down(end, traps, "normal");
  parent.join();
  EXPECT_TERM(reply_of(t, does_not, "ping"), "ping");
  t.expect_nothing();
}

// S-SRV-26
RSP_CASE(151, "another process's exit signal reaches it as a message; it lives") {
  t.trap_exit();
  const rsp_pid p = started(t, trapping(t.pid()), {.link = true});
  Puppet q(t);
  q.run([p](Self& self) { self.exit_signal(p, "foo"); });
  t.expect_message("{info, foo}");
  t.expect_alive(p);
  t.expect_nothing();
}

// S-SRV-28
RSP_CASE(153, "a stop with r: ok, terminate is told r, it ends with r") {
  const rsp_pid p = started(t, echo(t.pid()));
  const rsp_ref end = t.monitor(p);
  EXPECT_EQ(stop(t, p, "r").result, RSP_OK);
  t.expect_message(terminated("r"));
  t.expect_down(end, p, "r");
  t.expect_nothing();
}

// S-SRV-27, S-SRV-28
RSP_CASE(153, "what terminate raises is the reason in its place, and the stop says so") {
  Server server;
  server.terminate = [](Self& self, const Value&) { return self.error("bad"); };
  const rsp_pid p = started(t, server);
  const rsp_ref end = t.monitor(p);
  const Stopped it = stop(t, p, "r");
  EXPECT_EQ(it.result, RSP_EEXITED);
  EXPECT_TERM(it.reason, "{bad, Frames}");
  t.expect_down(end, p, "{bad, Frames}");
  EXPECT_EQ(count_reports("crash_report"), 1u);
  t.expect_nothing();
}

// S-SRV-28
RSP_CASE(154, "a stop of a dead server exits noproc") {
  const Stopped it = stop(t, t.dead_process(), "r");
  EXPECT_EQ(it.result, RSP_EEXITED);
  EXPECT_TERM(it.reason, "noproc");
  t.expect_nothing();
}

// S-SRV-29, S-REP-2
RSP_CASE(161,
         "a handler that raises: one server report and one crash report, with message, state and reason") {
  for (const bool traps : {false, true}) {
    Server server;
    server.init = [traps](Self& self, Answer& answer) {
      self.trap_exit(traps);
      return answer.nothing();
    };
    server.call = [](Self& self, const Received&, Answer&) { return self.error("boom"); };
    server.format_status = [] { return Value("{state, s}"); };
    const size_t before = reports().size();
    const rsp_pid p = started(t, server, {.name = "n"});
    const rsp_ref end = t.monitor(p);
    EXPECT_EQ(call(t, p, "work").result, RSP_EEXITED);
    t.expect_down(end, p, "{boom, Frames}");
    ASSERT_EQ(reports().size(), before + 2);
    const Report by_server = reports()[before];
    const Report by_crash = reports()[before + 1];
    for (const Report& report : {by_server, by_crash}) {
      EXPECT_EQ(report.level, RSP_REPORT_ERROR);
      EXPECT_TERM(report.map.at("reason"), "{boom, Frames}");
      EXPECT_TERM(report.map.at("pid"), p);
      EXPECT_TERM(report.map.at("registered_name"), "n");
    }
    EXPECT_TERM(by_server.map.at("report"), "server_report");
    EXPECT_TERM(by_server.map.at("last_message"), "work");
    EXPECT_TERM(by_server.map.at("state"), "{state, s}");
    EXPECT_TERM(by_server.map.at("client"), t.pid());
    EXPECT_TERM(by_crash.map.at("report"), "crash_report");
    EXPECT_TERM(by_crash.map.at("class"), "error");
    EXPECT_TERM(by_crash.map.at("ancestors"), Value::list({t.pid()}));
    EXPECT_TERM(by_crash.map.at("trap_exit"), traps ? "true" : "false");
    EXPECT_TERM(by_crash.map.at("links"), "[]");
    EXPECT_TERM(by_crash.map.at("message_queue_len"), 0);
  }
}

// S-SRV-29
RSP_CASE(161,
         "of an init that fails there is the crash report alone, and none where the reason is expected") {
  t.trap_exit();
  const auto reports_of = [&t](const char* why) {
    const size_t before = reports().size();
    Server server;
    server.init = [why](Self&, Answer& answer) { return answer.stop(why); };
    EXPECT_EQ(start(t, server, {.link = true}).result, RSP_EEXITED);
    return reports().size() - before;
  };
  EXPECT_EQ(reports_of("boom"), 1u);
  EXPECT_EQ(count_reports("crash_report"), 1u);
  EXPECT_EQ(reports_of("{shutdown, q}"), 0u);
}

// S-SRV-29
RSP_CASE(161, "of a supervisor's unexpected end there are both reports, before its starter hears of it") {
  t.trap_exit();
  const rsp_pid s = supervisor(t, {}, {.name = "s"});
  EXPECT_EQ(stop(t, s, "boom").result, RSP_OK);
  t.expect_exit(s, "boom");
  ASSERT_EQ(reports().size(), 2u);
  EXPECT_TERM(reports()[0].map.at("report"), "server_report");
  EXPECT_TERM(reports()[1].map.at("report"), "crash_report");
  for (const Report& report : reports()) {
    EXPECT_TERM(report.map.at("pid"), s);
    EXPECT_TERM(report.map.at("registered_name"), "s");
    EXPECT_TERM(report.map.at("reason"), "boom");
  }
  const rsp_pid expected = supervisor(t, {}, {});
  EXPECT_EQ(stop(t, expected, "shutdown").result, RSP_OK);
  t.expect_exit(expected, "shutdown");
  EXPECT_EQ(reports().size(), 2u);
}

// S-SRV-29
RSP_CASE(162, "a stop with {shutdown, q} is not reported") {
  Server server;
  server.call = [](Self&, const Received&, Answer& answer) { return answer.stop("{shutdown, q}"); };
  const rsp_pid p = started(t, server);
  const rsp_ref end = t.monitor(p);
  EXPECT_TERM(call(t, p, "stop").reason, "{{shutdown, q}, _}");
  t.expect_down(end, p, "{shutdown, q}");
  EXPECT_EQ(reports().size(), 0u);
}

// S-ERR-9
RSP_CASE(
    15,
    "of servers that end with an error, exit boom, shutdown and {shutdown, x} the first two are reported") {
  Server server;
  server.call = [](Self& self, const Received& how, Answer&) {
    return matches(how.term, "error") ? self.error("boom") : self.exit(how.term);
  };
  size_t reported = 0;
  for (const char* how : {"error", "boom", "shutdown", "{shutdown, x}"}) {
    const rsp_pid p = started(t, server);
    const rsp_ref end = t.monitor(p);
    EXPECT_EQ(call(t, p, how).result, RSP_EEXITED);
    (void)t.wait_down(end);
    if (matches(Value(how), "error") || matches(Value(how), "boom")) ++reported;
    EXPECT_EQ(count_reports("crash_report"), reported) << how;
  }
}

}  // namespace
}  // namespace conformance
