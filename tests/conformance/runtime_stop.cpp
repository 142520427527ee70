// What the stop of the runtime does to trees of supervisors, and to servers, that nobody will stop before it:
// further parts of case 221. Each body leaves them behind; the checks run when the runtime has stopped, well
// before its deadline (case.hpp).

#include "tests/conformance/harness/supervisor.hpp"

namespace conformance {
namespace {

// a, and an inner supervisor over b and c, under a supervisor; each takes its time to end.
rsp_result start_tree(rsp_self* self, const Notes& notes, bool link) {
  const Value ids[] = {"a", "b", "c", "inner"};
  const auto leaf = [&](size_t i) { return raw_child({.server = noting(notes, ids[i].text(), 5)}, ids[i]); };
  const rsp_child_spec leaves[] = {leaf(1), leaf(2)};
  rsp_supervisor_spec inner = RSP_SUPERVISOR_SPEC_INIT;
  inner.children = leaves;
  inner.child_count = 2;
  rsp_child_spec branches[] = {leaf(0), RSP_CHILD_SPEC_INIT};
  branches[1].id = ids[3];
  branches[1].supervisor = &inner;
  rsp_start_opts opts = RSP_START_OPTS_INIT;
  opts.link = link;
  rsp_pid pid{};
  return rsp_supervisor_start(self, &pid, nullptr, branches, 2, nullptr, &opts);
}

void expect_stopped_in_order(const Notes& notes) {
  after_stop([notes] {
    EXPECT_EQ(notes->lines(), lines({"a up", "b up", "c up", "c told shutdown", "c gone", "b told shutdown",
                                     "b gone", "a told shutdown", "a gone"}));
    EXPECT_EQ(reports().size(), 0u);  // of a child that was killed there would be one
  });
}

// A thread that is a process, and stays it until the runtime has stopped. Returns when it has run `body`.
void stay_attached(const std::function<void(rsp_self*)>& body) {
  const auto ready = std::make_shared<Event>();
  const auto stopped = std::make_shared<Event>();
  const auto thread = std::make_shared<Thread>([body, ready, stopped] {
    rsp_self* self = nullptr;
    ok(rsp_attach(&self));
    body(self);
    ready->happen();
    stopped->wait();
    EXPECT_EQ(rsp_checkpoint(self), RSP_EXITING);
    ok(rsp_detach(self, Value("normal")));
  });
  ready->wait();
  after_stop([thread, stopped] {
    stopped->happen();
    thread->join();
  });
}

// S-STOP-1, S-STOP-2
RSP_CASE(221, "the runtime's stop stops a tree in order whose starter is an attached thread, linked to it") {
  const Notes notes = make_notes();
  stay_attached([&](rsp_self* self) { EXPECT_EQ(start_tree(self, notes, true), RSP_OK); });
  expect_stopped_in_order(notes);
}

// S-STOP-1, S-STOP-2
RSP_CASE(221, "and not linked to it") {
  const Notes notes = make_notes();
  stay_attached([&](rsp_self* self) { EXPECT_EQ(start_tree(self, notes, false), RSP_OK); });
  expect_stopped_in_order(notes);
}

// S-STOP-1
RSP_CASE(221, "and whose starter has detached") {
  const Notes notes = make_notes();
  EXPECT_EQ(start_tree(t, notes, false), RSP_OK);
  expect_stopped_in_order(notes);
}

// S-STOP-1, S-STOP-2
RSP_CASE(221, "and whose starter is no process") {
  const Notes notes = make_notes();
  Thread nobody([&] { EXPECT_EQ(start_tree(nullptr, notes, false), RSP_OK); });
  nobody.join();
  expect_stopped_in_order(notes);
}

// S-STOP-1
RSP_CASE(221, "and whose starter is one, and started it in nobody's name") {
  const Notes notes = make_notes();
  EXPECT_EQ(start_tree(nullptr, notes, false), RSP_OK);
  expect_stopped_in_order(notes);
}

// S-STOP-1
RSP_CASE(221, "of several trees and servers the latest ends first") {
  const Notes notes = make_notes();
  Self nobody(nullptr);
  (void)started(nobody, noting(notes, "x", 5));
  (void)supervisor(t, {{noting(notes, "y", 5)}}, {.link = false});
  stay_attached([&](rsp_self* self) {
    Self own(self);
    (void)started(own, noting(notes, "z", 5), {.link = true});
  });
  (void)notes->take();
  after_stop([notes] {
    EXPECT_EQ(notes->lines(),
              lines({"z told shutdown", "z gone", "y told shutdown", "y gone", "x told shutdown", "x gone"}));
  });
}

// S-STOP-2, S-SRV-26
RSP_CASE(221, "a server that does not trap ends untold, as by any exit signal") {
  const Notes notes = make_notes();
  Self nobody(nullptr);
  (void)started(nobody, not_trapping(notes, "x"));
  after_stop([notes] { EXPECT_EQ(notes->lines(), lines({"x up"})); });
}

// A supervisor over a, which is up, and b, whose init never ends, while the runtime stops.
void expect_start_is_given_up(Test& t, bool link) {
  const Notes notes = make_notes();
  Server slow = noting(notes, "b");
  slow.init = [own = t.pid()](Self& self, Answer&) {
    self.send(own, "starting");
    return pause(self, RSP_INFINITE, [](Self&) { return RSP_NEXT_CONTINUE; });
  };
  const auto starter = std::make_shared<Thread>([notes, slow, link] {
    rsp_self* process = nullptr;
    if (link) ok(rsp_attach(&process));
    Self self(process);
    (void)start_supervisor(self, {{noting(notes, "a"), "a"}, {slow, "b"}}, {.link = link});
    if (link) ok(rsp_detach(process, Value("normal")));
  });
  t.expect_message("starting");
  after_stop([notes, starter] {
    starter->join();
    EXPECT_EQ(notes->lines(), lines({"a up", "a told shutdown", "a gone"}));
  });
}

// S-STOP-2
RSP_CASE(221, "a supervisor that is just starting a child gives that up") {
  expect_start_is_given_up(t, false);
}

// S-STOP-2
RSP_CASE(221, "also where it is linked to the thread that starts it") { expect_start_is_given_up(t, true); }

// S-STOP-3
RSP_CASE(221, "a process that a process spawned is killed, unless its maker ends it") {
  const Notes notes = make_notes();
  const Process telling = {[](Self&) { return RSP_NEXT_CONTINUE; },
                           [notes](Self&, rsp_msg* message) {
                             notes->note(Received(message).text());
                             return RSP_NEXT_CONTINUE;
                           }};
  const rsp_pid p = t.spawn(once([telling, own = t.pid()](Self& self) {
    (void)self.spawn(telling, {.trap_exit = true});
    self.send(own, "spawned");
  }));
  (void)p;
  t.expect_message("spawned");
  (void)t.spawn(telling, {.trap_exit = true});
  after_stop([notes] { EXPECT_EQ(notes->lines(), lines({})); });
}

}  // namespace
}  // namespace conformance
