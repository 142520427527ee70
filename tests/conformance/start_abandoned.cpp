// Sections J and O: start functions that fail, or are ended in the middle, and what they have begun.

#include <atomic>
#include <mutex>

#include "tests/conformance/harness/starting.hpp"

namespace conformance {
namespace {

/// The processes that a case makes: none may be left. The stop of the runtime would end them.
class Made {
 public:
  rsp_pid note(rsp_pid pid) {
    const std::lock_guard guard(lock_);
    pids_.push_back(pid);
    return pid;
  }
  std::vector<rsp_pid> all() const {
    const std::lock_guard guard(lock_);
    return pids_;
  }
  /// All of them end.
  void expect_gone(Test& t) const {
    for (const rsp_pid pid : all()) (void)t.wait_end(pid);
  }
  /// All of them have ended.
  void expect_dead(Test& t) const {
    for (const rsp_pid pid : all()) t.expect_dead(pid);
  }

 private:
  mutable std::mutex lock_;
  std::vector<rsp_pid> pids_;
};

std::shared_ptr<Made> make_made() { return std::make_shared<Made>(); }

/// Traps exits, and would take its time. Notes itself before its start is over.
Server stubborn(const std::shared_ptr<Made>& made, uint64_t init_ms = 0) {
  Server server;
  server.init = [made, init_ms](Self& self, Answer& answer) {
    made->note(self.pid());
    self.trap_exit();
    return init_ms == 0 ? answer.nothing() : pause(self, init_ms, [](Self&) { return RSP_NEXT_CONTINUE; });
  };
  server.info = [](Self&, const Received&, Answer& answer) { return answer.nothing(); };
  server.terminate = [](Self& self, const Value&) {
    return pause(self, 20, [](Self&) { return RSP_NEXT_CONTINUE; });
  };
  return server;
}

/// Does not trap: nobody's child, it would be told of `shutdown` by a stranger.
Server obedient(const std::shared_ptr<Made>& made) {
  Server server;
  server.init = [made](Self& self, Answer& answer) {
    made->note(self.pid());
    return answer.nothing();
  };
  return server;
}

/// Starts a linked server, spawns two processes that trap exits, one of them linked, and then goes on.
ChildFunction beginning(const std::shared_ptr<Made>& made,
                        std::function<rsp_next(Self&, rsp_pid, Child&)> then) {
  return [made, then](Self& self, const Value&, Child& child) {
    return await_start(self, stubborn(made), {.link = true},
                       [made, then, child](Self& after, const Outcome& it) mutable {
                         made->note(after.spawn(idle(), {.link = true, .trap_exit = true}));
                         made->note(after.spawn(idle(), {.trap_exit = true}));
                         return then(after, it.pid, child);
                       });
  };
}

rsp_next wait_for_ever(Self& self) {
  return pause(self, RSP_INFINITE, [](Self&) { return RSP_NEXT_STOP; });
}

/// Says its pid to T and waits.
ChildFunction hanging(const std::shared_ptr<Made>& made, rsp_pid own) {
  return beginning(made, [made, own](Self& self, rsp_pid, Child&) {
    self.send(own, made->note(self.pid()));
    return wait_for_ever(self);
  });
}

/// The first time an ordinary start; afterwards as `later`.
ChildFunction at_first(Server server, ChildFunction later) {
  const auto runs = std::make_shared<std::atomic<int>>(0);
  return [runs, server, later](Self& self, const Value& args, Child& child) {
    return runs->fetch_add(1) == 0 ? starting(server)(self, args, child) : later(self, args, child);
  };
}

// S-SUP-48
RSP_CASE(247, "of a start function that fails nothing runs when the failure is told") {
  t.trap_exit();
  const rsp_pid s = supervisor_over(t, {}, {.strategy = RSP_DYNAMIC});
  const std::vector<std::function<rsp_next(Self&, rsp_pid, Child&)>> ways = {
      [](Self&, rsp_pid, Child& child) { return child.error("e"); },
      [](Self&, rsp_pid, Child& child) { return child.ignore(); },
      [](Self& self, rsp_pid, Child&) { return self.error("e"); },
      [](Self& self, rsp_pid, Child& child) { return child.ok(self.pid()); },
  };
  for (const auto& way : ways) {
    const auto made = make_made();
    (void)add_child_spec(t, s, function_child(beginning(made, way), "a"));
    const std::vector<rsp_pid> all = made->all();
    ASSERT_EQ(all.size(), 3u);
    // What was not linked has been told to end, and nobody waits for it.
    t.expect_dead(all[0]);
    t.expect_dead(all[1]);
    made->expect_gone(t);
    EXPECT_TERM(t.info(s, "links"), Value::list({t.pid()}));
    expect_counts(t, s, 0, 0, 0, 0);
  }
  t.expect_nothing();
}

// S-SUP-48
RSP_CASE(247, "a function whose process is killed in the middle has failed with killed") {
  t.trap_exit();
  const auto made = make_made();
  const rsp_pid s = supervisor_over(t, {}, {.strategy = RSP_DYNAMIC});
  const rsp_pid killer = t.spawn({[](Self&) { return RSP_NEXT_CONTINUE; },
                                  [](Self& self, rsp_msg* message) {
                                    rsp_pid starter{};
                                    ok(rsp_term_get_pid(&starter, rsp_msg_term(message)));
                                    self.exit_signal(starter, "kill");
                                    return RSP_NEXT_CONTINUE;
                                  }});
  const Added it = add_child_spec(t, s, function_child(hanging(made, killer), "a"));
  EXPECT_EQ(it.result, RSP_EEXITED);
  EXPECT_TERM(it.error, "killed");
  const std::vector<rsp_pid> all = made->all();
  ASSERT_EQ(all.size(), 4u);
  t.expect_dead(all[0]);
  t.expect_dead(all[1]);
  t.expect_dead(all[3]);
  made->expect_gone(t);
  expect_counts(t, s, 0, 0, 0, 0);
  EXPECT_EQ(add_child_spec(t, s, function_child(starting({}), "a")).result, RSP_OK);
}

// S-SUP-49, S-SUP-31
RSP_CASE(247, "a supervisor that is told to stop in the middle of a start function ends that, too") {
  t.trap_exit();
  for (const rsp_strategy strategy : {RSP_ONE_FOR_ONE, RSP_ONE_FOR_ALL}) {
    const auto made = make_made();
    const Notes notes = make_notes();
    const rsp_pid s = supervisor_over(t,
                                      {function_child(starting(noting(notes, "a")), "a"),
                                       function_child(at_first({}, hanging(made, t.pid())), "b")},
                                      {.strategy = strategy});
    t.exit_signal(child(t, s, "b"), "crash");
    const rsp_pid starter = next_pid(t);
    const rsp_ref end = t.monitor(s);
    t.exit_signal(s, "shutdown");
    t.expect_down(end, s, "shutdown");
    t.expect_exit(s, "shutdown");
    t.expect_dead(starter);
    const std::vector<rsp_pid> all = made->all();
    ASSERT_EQ(all.size(), 4u);
    t.expect_dead(all[0]);
    t.expect_dead(all[1]);
    made->expect_gone(t);
    EXPECT_EQ(notes->count("a gone"), notes->count("a up"));
  }
  t.expect_nothing();
}

// S-SUP-49, S-SUP-32
RSP_CASE(247, "one that is killed takes the function and all that it has begun along") {
  t.trap_exit();
  const auto made = make_made();
  const rsp_pid s = supervisor_over(t, {function_child(at_first({}, hanging(made, t.pid())), "a")});
  t.exit_signal(child(t, s, "a"), "crash");
  const rsp_ref starter = t.monitor(next_pid(t));
  t.exit_signal(s, "kill");
  EXPECT_TERM(t.wait_down(starter), "killed");
  t.expect_exit(s, "killed");
  made->expect_gone(t);
}

// S-SUP-49
RSP_CASE(247, "a child that is being started, or just is, as the supervisor is told to stop") {
  for (uint32_t i = 0; i < times(50); ++i) {
    t.trap_exit();
    const auto made = make_made();
    const ChildFunction late = [made, own = t.pid()](Self& self, const Value&, Child& child) {
      self.send(own, "begun");
      return await_start(self, stubborn(made), {.link = true},
                         [child](Self&, const Outcome& it) mutable { return child.as(it); });
    };
    const rsp_pid s = supervisor_over(t, {function_child(at_first({}, late), "a")});
    t.exit_signal(child(t, s, "a"), "crash");
    t.expect_message("begun");
    const rsp_ref end = t.monitor(s);
    t.exit_signal(s, i % 2 == 0 ? "shutdown" : "normal");
    t.expect_down(end, s, i % 2 == 0 ? "shutdown" : "normal");
    made->expect_dead(t);
    (void)t.next();  // the EXIT
  }
}

// S-SUP-47, S-SUP-49
RSP_CASE(247, "the same of one that was not linked when it was made") {
  for (uint32_t i = 0; i < times(50); ++i) {
    t.trap_exit();
    const auto made = make_made();
    const ChildFunction late = [made, own = t.pid()](Self& self, const Value&, Child& child) {
      self.send(own, "begun");
      return await_start(self, obedient(made), {},
                         [child](Self&, const Outcome& it) mutable { return child.as(it); });
    };
    const rsp_pid s = supervisor_over(t, {function_child(at_first({}, late), "a")});
    t.exit_signal(child(t, s, "a"), "crash");
    t.expect_message("begun");
    t.exit_signal(s, "normal");
    t.expect_exit(s, "normal");
    made->expect_gone(t);
  }
}

// S-SUP-48, S-STOP-3
RSP_CASE(247, "the stop of the runtime ends a function that hangs") {
  t.trap_exit();
  const auto made = make_made();
  const rsp_pid s = supervisor_over(t, {function_child(at_first({}, hanging(made, t.pid())), "a")});
  t.exit_signal(child(t, s, "a"), "crash");
  (void)next_pid(t);
}

/// Kills whatever process it is told of, after so many milliseconds.
rsp_pid killer_after(Test& t, uint64_t ms) {
  return t.spawn({[](Self&) { return RSP_NEXT_CONTINUE; },
                  [ms](Self& self, rsp_msg* message) {
                    rsp_pid victim{};
                    ok(rsp_term_get_pid(&victim, rsp_msg_term(message)));
                    const auto kill = [victim](Self& after) {
                      after.exit_signal(victim, "kill");
                      return RSP_NEXT_CONTINUE;
                    };
                    return ms == 0 ? kill(self) : pause(self, ms, kill);
                  }});
}

enum class Victim { STARTER, CHILD, SUPERVISOR };

/// A start function of several steps, of which somebody kills one process at one of them.
void kill_at_a_step(Test& t, Victim victim, uint64_t ms) {
  const auto made = make_made();
  const rsp_pid killer = killer_after(t, ms);
  const auto supervising = std::make_shared<rsp_pid>();
  const ChildFunction steps = [=](Self& self, const Value&, Child& child) {
    made->note(self.pid());
    if (victim == Victim::STARTER) self.send(killer, self.pid());
    if (victim == Victim::SUPERVISOR) self.send(killer, *supervising);
    Server server = stubborn(made, 2);
    if (victim == Victim::CHILD) {
      server.init = [init = server.init, killer](Self& it, Answer& answer) {
        it.send(killer, it.pid());
        return init(it, answer);
      };
    }
    made->note(self.spawn(idle(), {.link = true}));
    return await_start(self, stubborn(made, 1), {.link = true}, [=](Self& then, const Outcome&) {
      return await_start(then, server, {.link = true}, [made, child](Self& after, const Outcome& it) mutable {
        made->note(after.spawn(idle(), {.link = true}));
        return pause(after, 2, [it, child](Self&) mutable { return child.as(it); });
      });
    });
  };
  const rsp_pid s = supervisor_over(t, {function_child(at_first({}, steps), "a")}, {.max_restarts = 20});
  *supervising = s;
  t.exit_signal(child(t, s, "a"), "crash");
  if (victim == Victim::SUPERVISOR) {
    t.expect_exit(s, "killed");
  } else {
    // It restarts, if need be again and again; in the end it stops in order.
    (void)t.receive(30, [](const Received&) { return false; });
    t.exit_signal(s, "shutdown");
    t.expect_exit(s, "shutdown");
  }
  made->expect_gone(t);
  t.exit_signal(killer, "kill");
}

// S-SUP-48, S-SUP-49
RSP_CASE(247, "whoever is killed at whatever step, nobody is left over") {
  t.trap_exit();
  for (uint32_t i = 0; i < times(20); ++i) {
    for (const Victim victim : {Victim::STARTER, Victim::CHILD, Victim::SUPERVISOR}) {
      kill_at_a_step(t, victim, i % 8);
    }
  }
}

}  // namespace
}  // namespace conformance
