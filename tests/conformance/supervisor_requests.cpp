// Section X: supervisors, children that callbacks ask for.

#include "tests/conformance/harness/starting.hpp"

namespace conformance {
namespace {

/// What a callback goes on with: an answer, or {'DOWN', Reason} in its place.
using Then = std::function<rsp_next(Self&, Value)>;

/// What a callback returns to ask `s` for a child, and to go on as `then` says.
rsp_next ask_for_child(Self& self, rsp_pid s, const ChildSpec& child, Then then) {
  const auto kept = std::make_shared<Then>(std::move(then));
  keep_until_stop(kept);
  const Value id = child.id == nullptr ? Value() : Value(child.id);
  const rsp_child_spec spec = raw_child(child, id);
  rsp_ref request{};
  ok(rsp_supervisor_start_child_request(self, &request, nullptr, s, &spec));
  const auto go_on = [](rsp_self* raw, rsp_msg* message, void* ctx) {
    Self after(raw);
    const Value term = Value::copy_of(rsp_msg_term(message));
    const bool is_down = rsp_msg_get_kind(message) == RSP_MSG_DOWN;
    return (*static_cast<Then*>(ctx))(after, is_down ? Value::tuple({atom("DOWN"), term}) : term);
  };
  return rsp_await(self, request, RSP_INFINITE, go_on, kept.get());
}

/// Asks `s` for the child at each call, and answers with what came; notes "p told X" of each message X.
Server asking(rsp_pid s, const ChildSpec& child, const Notes& notes) {
  Server server;
  server.call = [=](Self& self, const Received&, Answer& answer) {
    return ask_for_child(self, s, child,
                         [answer](Self&, Value came) mutable { return answer.reply(std::move(came)); });
  };
  server.info = [notes](Self&, const Received& message, Answer& answer) {
    notes->note("p told " + message.term.text());
    return answer.nothing();
  };
  return server;
}

/// Tells T who it is, and is up when the gate is open.
Server gated(rsp_pid own, const Gate& gate, const Notes& notes) {
  Server server;
  server.init = [=](Self& self, Answer&) {
    self.send(own, self.pid());
    return pause_until(self, gate, [notes](Self&) {
      notes->note("a up");
      return RSP_NEXT_CONTINUE;
    });
  };
  return server;
}

Server saying(const char* what) {
  Server server;
  server.init = [what](Self&, Answer& answer) {
    return std::string_view(what) == "ignore" ? answer.ignore() : answer.error(what);
  };
  return server;
}

const SupervisorHow KINDS[] = {{.strategy = RSP_ONE_FOR_ONE}, {.strategy = RSP_DYNAMIC}};

// S-SUP-58, S-START-8
RSP_CASE(460, "a server goes on when the child is up, and takes nothing else before") {
  t.trap_exit();
  for (const SupervisorHow& how : KINDS) {
    const Notes notes = make_notes();
    const Gate gate = make_gate();
    const rsp_pid s = supervisor(t, {}, how);
    const rsp_pid p = started(t, asking(s, {gated(t.pid(), gate, notes), "a"}, notes), {.link = true});
    rsp_ref request{};
    ok(rsp_send_request(t, &request, p, Value("open")));
    const rsp_pid a = next_pid(t);
    t.send(p, "hello");
    t.expect_nothing();
    EXPECT_EQ(notes->take(), lines({}));
    *gate = true;
    rsp_msg* answer = nullptr;
    ok(rsp_receive_response(t, &answer, request, PATIENCE_MS));
    EXPECT_TERM(Value::copy_of(rsp_msg_term(answer)), Value::tuple({"ok", a}));
    rsp_msg_free(answer);
    t.eventually("the message is there", [&] { return notes->count("p told hello") == 1; });
    EXPECT_EQ(notes->take(), lines({"a up", "p told hello"}));
    expect_counts(t, s, 1, 1, 0, 1);
  }
  t.expect_nothing();
}

// S-SUP-58, S-SUP-34, S-SUP-44
RSP_CASE(461, "what the call would be refused with is the answer, and nothing is kept of the child") {
  t.trap_exit();
  const Notes notes = make_notes();
  const Value declined[] = {"{ok, undefined}", "ignore"};
  for (const SupervisorHow& how : KINDS) {
    const rsp_pid s = supervisor(t, {}, how);
    const rsp_pid fails = started(t, asking(s, {saying("nope"), "a"}, notes), {.link = true});
    EXPECT_TERM(reply_of(t, fails, "open"), "{error, nope}");
    expect_counts(t, s, 0, 0, 0, 0);
    const rsp_pid declines = started(
        t, asking(s, {.server = saying("ignore"), .id = "a", .restart = RSP_RESTART_TEMPORARY}, notes),
        {.link = true});
    EXPECT_TERM(reply_of(t, declines, "open"), declined[&how - KINDS]);
    expect_counts(t, s, 0, 0, 0, 0);
  }
  const rsp_pid s = supervisor(t, {{noting(notes, "a"), "a"}});
  const rsp_pid p = started(t, asking(s, {noting(notes, "another"), "a"}, notes), {.link = true});
  EXPECT_TERM(reply_of(t, p, "open"),
              Value::tuple({"error", Value::tuple({"already_started", child(t, s, "a")})}));
  EXPECT_EQ(notes->take(), lines({"a up"}));
}

// S-SUP-58, S-SUP-31, S-SUP-32
RSP_CASE(462, "a supervisor that ends meanwhile, or is dead: its DOWN, and the child is gone") {
  t.trap_exit();
  for (const char* const reason : {"shutdown", "kill"}) {
    const Notes notes = make_notes();
    const rsp_pid s = supervisor(t, {}, {.strategy = RSP_DYNAMIC});
    const rsp_pid p = started(t, asking(s, {gated(t.pid(), make_gate(), notes), "a"}, notes), {.link = true});
    rsp_ref request{};
    ok(rsp_send_request(t, &request, p, Value("open")));
    const rsp_ref end = t.monitor(next_pid(t));
    t.exit_signal(s, reason);
    const Value ended = std::string_view(reason) == "kill" ? "killed" : "shutdown";
    rsp_msg* answer = nullptr;
    ok(rsp_receive_response(t, &answer, request, PATIENCE_MS));
    EXPECT_TERM(Value::copy_of(rsp_msg_term(answer)), Value::tuple({"'DOWN'", ended}));
    rsp_msg_free(answer);
    EXPECT_TERM(t.wait_down(end), "killed");
    t.expect_exit(s, ended);
    EXPECT_TERM(reply_of(t, p, "open"), "{'DOWN', noproc}");
    EXPECT_EQ(notes->take(), lines({}));
  }
  t.expect_nothing();
}

// S-SUP-58
RSP_CASE(463, "a request that is given up starts its child all the same") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {});
  Server server;
  server.call = [=](Self& self, const Received&, Answer& answer) {
    const Value id = "a";
    const rsp_child_spec spec = raw_child({noting(notes, "a")}, id);
    rsp_ref request{};
    ok(rsp_supervisor_start_child_request(self, &request, nullptr, s, &spec));
    ok(rsp_abandon_request(self, request));
    return answer.reply("given_up");
  };
  server.info = [own = t.pid()](Self& self, const Received& message, Answer& answer) {
    self.send(own, message.term);
    return answer.nothing();
  };
  const rsp_pid p = started(t, server, {.link = true});
  EXPECT_TERM(reply_of(t, p, "open"), "given_up");
  expect_counts(t, s, 1, 1, 0, 1);  // served behind it
  EXPECT_EQ(notes->take(), lines({"a up"}));
  t.expect_nothing();
}

}  // namespace
}  // namespace conformance
