// Section H: starting and stopping from a callback, which waits without blocking.

#include "tests/conformance/harness/starting.hpp"

namespace conformance {
namespace {

/// Says what a start came to: its code, and the error.
rsp_next tell(Self& self, rsp_pid whom, const Outcome& it) {
  self.send(whom, Value::tuple({Value(int64_t{it.result}), it.error}));
  return RSP_NEXT_CONTINUE;
}

/// A process that starts a server when it begins, says what came of it, and lives.
rsp_pid starter(Test& t, Server server, StartHow how, SpawnHow spawned = {}) {
  return t.spawn({[server = std::move(server), how, own = t.pid()](Self& self) {
                   return await_start(self, server, how,
                                      [own](Self& after, const Outcome& it) { return tell(after, own, it); });
                 }},
                 spawned);
}

void expect_outcome(Test& t, rsp_result result, const char* error) {
  t.expect_message(Value::tuple({Value(int64_t{result}), Value(error)}));
}

Server silent(const std::shared_ptr<rsp_pid>& child, rsp_pid own) {
  Server server;
  server.init = [child, own](Self& self, Answer&) {
    *child = self.pid();
    self.trap_exit();
    self.send(own, "begun");
    return pause(self, RSP_INFINITE, [](Self&) { return RSP_NEXT_STOP; });
  };
  return server;
}

Server stopping(const char* reason) {
  Server server;
  server.init = [reason](Self&, Answer& answer) { return answer.stop(reason); };
  return server;
}

// S-START-4, S-START-8
RSP_CASE(117, "started in a callback: error timeout, the child is dead, the mailbox empty") {
  for (const bool traps : {true, false}) {
    const auto child = std::make_shared<rsp_pid>();
    const StartHow how = {.link = true, .timeout_ms = 20};
    const rsp_pid p = starter(t, silent(child, t.pid()), how, {.trap_exit = traps});
    t.expect_message("begun");
    expect_outcome(t, RSP_ETIMEDOUT, "timeout");
    t.expect_dead(*child);
    EXPECT_TERM(t.info(p, "message_queue_len"), 0);
    EXPECT_TERM(t.info(p, "links"), "[]");
    EXPECT_TERM(t.info(p, "monitors"), "[]");
  }
}

// S-START-3, S-START-6, S-START-8
RSP_CASE(118, "started in a callback: what a failing start comes to, and nothing of it stays") {
  struct Row {
    Server server;
    rsp_result result;
    const char* error;
  };
  Server dies;
  dies.init = [](Self& self, Answer& answer) {
    self.exit_signal(self.pid(), "r");
    return answer.nothing();
  };
  Server declines;
  declines.init = [](Self&, Answer& answer) { return answer.ignore(); };
  const std::vector<Row> rows = {
      {dies, RSP_EEXITED, "r"}, {stopping("why"), RSP_EEXITED, "why"}, {declines, RSP_EIGNORE, "nil"}};
  for (const Row& row : rows) {
    for (const StartHow how : {StartHow{}, StartHow{.link = true}, StartHow{.monitor = true}}) {
      const rsp_pid p = starter(t, row.server, how, {.trap_exit = true});
      expect_outcome(t, row.result, row.error);
      EXPECT_TERM(t.info(p, "message_queue_len"), 0);
      EXPECT_TERM(t.info(p, "links"), "[]");
      EXPECT_TERM(t.info(p, "monitors"), "[]");
    }
  }
  t.expect_nothing();
}

// S-START-1, S-START-8
RSP_CASE(118,
         "started in a callback: a start that succeeds is linked, monitored, named, as it was asked for") {
  const rsp_pid p = t.spawn({[own = t.pid()](Self& self) {
    return await_start(self, {}, {.link = true, .monitor = true, .name = "n"},
                       [own](Self& after, const Outcome& it) {
                         EXPECT_EQ(it.result, RSP_OK);
                         EXPECT_EQ(it.pid, whereis("n"));
                         after.send(own, Value::tuple({it.pid, it.monitor}));
                         return RSP_NEXT_CONTINUE;
                       });
  }});
  const Value told = t.next().term;
  EXPECT_TERM(t.info(p, "links"), Value::list({whereis("n")}));
  EXPECT_TERM(t.info(p, "monitors"), Value::list({whereis("n")}));
  EXPECT_TERM(t.info(whereis("n"), "parent"), p);
  const rsp_ref end = t.monitor(whereis("n"));
  const rsp_pid n = whereis("n");
  t.exit_signal(p, "foo");
  t.expect_down(end, n, "foo");
  EXPECT_TERM(told.element(0), n);
}

// S-START-5, S-START-8
RSP_CASE(121, "a linked starter that waits in a callback and does not trap ends with its child") {
  const Spawned p = t.spawn_monitor({[own = t.pid()](Self& self) {
    return await_start(self, stopping("why"), {.link = true},
                       [own](Self& after, const Outcome& it) { return tell(after, own, it); });
  }});
  t.expect_down(p.monitor, p.pid, "why");
  t.expect_nothing();
}

/// A process that waits for a linked start that comes to nothing, and does not trap: it lives, and nothing of it is left.
void expect_starter_lives(Test& t, const Server& server, rsp_result result, const char* error) {
  const rsp_pid p = starter(t, server, {.link = true});
  expect_outcome(t, result, error);
  t.expect_alive(p);
  EXPECT_TERM(t.info(p, "links"), "[]");
  EXPECT_TERM(t.info(p, "message_queue_len"), 0);
  EXPECT_EQ(reports().size(), 0u);
}

// S-START-2, S-START-5, S-START-8, S-SRV-4
RSP_CASE(126,
         "nor does a linked starter end that waits in a callback and does not trap, when init says ignore") {
  Server declines;
  declines.init = [](Self&, Answer& answer) { return answer.ignore(); };
  expect_starter_lives(t, declines, RSP_EIGNORE, "nil");
}

// S-START-2, S-START-5, S-START-8, S-SRV-3
RSP_CASE(127, "nor when it fails quietly") {
  Server fails;
  fails.init = [](Self&, Answer& answer) { return answer.error("why"); };
  expect_starter_lives(t, fails, RSP_EEXITED, "why");
}

// S-START-8
RSP_CASE(118, "each callback of a server may start another one, and messages wait meanwhile") {
  Server outer;
  const auto inner = [](Self& self, std::function<rsp_next(const Outcome&)> then) {
    return await_start(self, {}, {.link = true}, [then](Self&, const Outcome& it) {
      EXPECT_EQ(it.result, RSP_OK);
      return then(it);
    });
  };
  outer.init = [inner](Self& self, Answer& answer) {
    self.send(self.pid(), "info");
    return inner(self, [answer](const Outcome&) mutable { return answer.and_continue("c"); });
  };
  outer.continues = [inner, own = t.pid()](Self& self, const Value&, Answer&) {
    self.send(own, "continues");
    return inner(self, [](const Outcome&) { return RSP_NEXT_CONTINUE; });
  };
  outer.info = [inner, own = t.pid()](Self& self, const Received& message, Answer&) {
    self.send(own, message.term);
    return inner(self, [](const Outcome&) { return RSP_NEXT_CONTINUE; });
  };
  outer.call = [inner](Self& self, const Received&, Answer& answer) {
    return inner(self, [answer](const Outcome& it) mutable { return answer.reply(it.pid); });
  };
  outer.terminate = [inner, own = t.pid()](Self& self, const Value&) {
    return inner(self, [own](const Outcome& it) {
      EXPECT_EQ(rsp_send(nullptr, own, Value(it.pid)), RSP_OK);
      return RSP_NEXT_CONTINUE;
    });
  };
  const rsp_pid p = started(t, outer);
  EXPECT_TERM(t.next().term, "continues");
  EXPECT_TERM(t.next().term, "info");
  const Value reply = reply_of(t, p, "work");
  EXPECT_EQ(rsp_term_kind(reply), RSP_KIND_PID);
  EXPECT_TERM(t.info(p, "links").size() == 4u ? Value("all") : t.info(p, "links"), "all");
  EXPECT_EQ(stop(t, p).result, RSP_OK);
  EXPECT_EQ(rsp_term_kind(t.next().term), RSP_KIND_PID);
}

// S-START-8, S-SRV-6
RSP_CASE(123, "what a continuation raises is what its callback raises") {
  Server outer;
  outer.init = [](Self& self, Answer&) {
    return await_start(self, {}, {}, [](Self& after, const Outcome&) { return after.error("bad"); });
  };
  const Started it = start(t, outer);
  EXPECT_EQ(it.result, RSP_EEXITED);
  EXPECT_TERM(it.error, "{bad, Frames}");
  t.expect_nothing();
}

// S-START-9
RSP_CASE(118, "a starter that is killed in the middle leaves nobody, linked or not") {
  for (const bool link : {false, true}) {
    for (const char* reason : {"kill", "foo"}) {
      const auto child = std::make_shared<rsp_pid>();
      Server waits;
      waits.init = [child, own = t.pid()](Self& self, Answer&) {
        *child = self.pid();
        self.send(own, "begun");
        return pause(self, RSP_INFINITE, [](Self&) { return RSP_NEXT_STOP; });
      };
      const rsp_pid p = starter(t, waits, {.link = link});
      t.expect_message("begun");
      const rsp_ref end = t.monitor(*child);
      t.exit_signal(p, reason);
      const char* const expected = !link || std::string_view(reason) == "kill" ? "killed" : "foo";
      t.expect_down(end, *child, expected);
    }
  }
  t.expect_nothing();
}

// S-START-9
RSP_CASE(118, "nor does a thread that is killed as it starts somebody") {
  const auto child = std::make_shared<rsp_pid>();
  Thread thread([&, own = t.pid()] {
    rsp_self* raw = nullptr;
    ok(rsp_attach(&raw));
    Self self(raw);
    self.send(own, self.pid());
    EXPECT_EQ(start(self, silent(child, own)).result, RSP_EXITING);
    ok(rsp_detach(self, Value("normal")));
  });
  rsp_pid p{};
  ok(rsp_term_get_pid(&p, t.next().term));
  t.expect_message("begun");
  const rsp_ref end = t.monitor(*child);
  t.exit_signal(p, "kill");
  t.expect_down(end, *child, "killed");
  thread.join();
}

// S-START-8, S-SRV-28
RSP_CASE(153, "a stop in a callback: ok, terminate is told, it ends with this reason") {
  const Notes notes = make_notes();
  const rsp_pid target = started(t, noting(notes, "a", 5));
  t.spawn({[target, own = t.pid()](Self& self) {
    return await_stop(self, target, "r", RSP_INFINITE,
                      [own](Self& after, const Outcome& it) { return tell(after, own, it); });
  }});
  expect_outcome(t, RSP_OK, "nil");
  t.expect_dead(target);
  EXPECT_EQ(notes->take(), lines({"a up", "a told r", "a gone"}));
}

// S-START-8, S-SRV-28
RSP_CASE(154,
         "a stop in a callback of a dead one, of oneself, of one that is late, of one that ends otherwise") {
  const auto stops = [&t](rsp_pid target, uint64_t timeout_ms) {
    return t.spawn({[target, timeout_ms, own = t.pid()](Self& self) {
      return await_stop(self, target.id == 0 ? self.pid() : target, "r", timeout_ms,
                        [own](Self& after, const Outcome& it) { return tell(after, own, it); });
    }});
  };
  stops(t.dead_process(), RSP_INFINITE);
  expect_outcome(t, RSP_EEXITED, "noproc");
  stops(rsp_pid{}, RSP_INFINITE);
  expect_outcome(t, RSP_ECALLINGSELF, "nil");
  const rsp_pid p = stops(t.spawn(deaf()), 5);
  expect_outcome(t, RSP_ETIMEDOUT, "nil");
  EXPECT_TERM(t.info(p, "monitors"), "[]");
  Server raises;
  raises.terminate = [](Self& self, const Value&) { return self.exit("other"); };
  stops(started(t, raises), RSP_INFINITE);
  expect_outcome(t, RSP_EEXITED, "other");
}

// S-START-8
RSP_CASE(125, "a supervisor is started in a callback, too") {
  const Notes notes = make_notes();
  const auto leaf = std::make_shared<rsp_child_spec>(raw_child({noting(notes, "a"), "a"}, Value()));
  keep_until_stop(leaf);
  t.spawn({[leaf, own = t.pid()](Self& self) {
             rsp_supervisor_spec spec = RSP_SUPERVISOR_SPEC_INIT;
             spec.children = leaf.get();
             spec.child_count = 1;
             return await_start_supervisor(self, spec, true, [own](Self& after, const Outcome& it) {
               EXPECT_EQ(it.result, RSP_OK);
               return await_stop(after, it.pid, "shutdown", RSP_INFINITE,
                                 [own](Self& last, const Outcome& end) { return tell(last, own, end); });
             });
           },
           {}},
          {.trap_exit = true});
  expect_outcome(t, RSP_OK, "nil");
  EXPECT_EQ(notes->take(), lines({"a up", "a told shutdown", "a gone"}));
}

}  // namespace
}  // namespace conformance
