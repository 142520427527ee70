// Section U: applications, where two things meet: a crash and a stop, two calls, the end of a master and its tree.

#include "tests/conformance/harness/application.hpp"
#include "tests/conformance/harness/thread.hpp"

namespace conformance {
namespace {

using namespace applications;

// S-APP-5, S-APP-6, S-APP-7
RSP_CASE(414, "a stop that meets the end of the top is a stop: the end is reported, and the others run on") {
  const Notes notes = make_notes();
  const Gate gate = make_gate();
  EXPECT_EQ(load(t, notes, "log").result, RSP_OK);
  EXPECT_EQ(load(t, notes, "shop", {.prep_stop_waits = gate}).result, RSP_OK);
  EXPECT_EQ(start(t, "log").result, RSP_OK);
  EXPECT_EQ(start(t, "shop", RSP_APPLICATION_PERMANENT).result, RSP_OK);
  t.send(child_of(t, "shop"), "{error, boom}");
  t.eventually("its callbacks run", [&] { return notes->count("shop prep_stop") == 1; });
  const rsp_ref stopped = ask(t, "{stop, shop}");
  EXPECT_TERM(which(t), "[{log, temporary}, {shop, permanent}]");  // so the stop has begun
  gate->store(true);
  EXPECT_TERM(answer(t, stopped), "ok");
  EXPECT_TERM(which(t), "[{log, temporary}]");
  EXPECT_EQ(notes->count("shop stop"), 1u);
  const std::vector<Value> reported = application_reports();
  ASSERT_EQ(reported.size(), 1u);
  EXPECT_TERM(reported[0].at("application"), "shop");
  EXPECT_TERM(reported[0].at("exited"), "shutdown");
  EXPECT_TERM(reported[0].at("decision"), "none");
}

/// An init that notes "NAME tries", waits for the gate, and fails.
Server failing_behind(const Notes& notes, const std::string& name, const Gate& gate) {
  Server server;
  server.init = [notes, name, gate](Self& self, Answer& answer) {
    notes->note(name + " tries");
    return pause_until(self, gate, [answer](Self&) mutable { return answer.error("nope"); });
  };
  return server;
}

// S-APP-4
RSP_CASE(413, "what another call needs meanwhile, or has asked for, is not stopped by the one that fails") {
  t.trap_exit();
  for (const bool is_needed : {true, false}) {
    const Notes notes = make_notes();
    const Gate gate = make_gate();
    EXPECT_EQ(load(t, notes, "log").result, RSP_OK);
    EXPECT_EQ(load(t, notes, "mail", {.server = failing_behind(notes, "mail", gate)}).result, RSP_OK);
    EXPECT_EQ(load(t, notes, "shop", {.needs = {"log", "mail"}}).result, RSP_OK);
    EXPECT_EQ(load(t, notes, "other", {.needs = {"log"}}).result, RSP_OK);
    Thread caller([&] {
      Self nobody(nullptr);
      EXPECT_TERM(ensure(nobody, "shop").error, "{mail, {shutdown, {failed_to_start_child, child, nope}}}");
    });
    t.eventually("log is up", [&] { return notes->count("mail tries") == 1; });
    if (is_needed) {
      EXPECT_EQ(start(t, "other").result, RSP_OK);
    } else {
      EXPECT_TERM(ensure(t, "log").started, "[]");
    }
    gate->store(true);
    caller.join();
    EXPECT_TERM(which(t), is_needed ? "[{log, temporary}, {other, temporary}]" : "[{log, temporary}]");
    EXPECT_EQ(notes->count("log prep_stop"), 0u);
    for (const char* name : {"other", "log"}) (void)stop(t, name);
    for (const char* name : {"other", "shop", "mail", "log"}) EXPECT_EQ(unload(t, name).result, RSP_OK);
  }
}

// S-APP-4
RSP_CASE(413, "of two calls that both fail nothing is left") {
  t.trap_exit();
  const Notes notes = make_notes();
  const Gate gate = make_gate();
  EXPECT_EQ(load(t, notes, "log").result, RSP_OK);
  EXPECT_EQ(load(t, notes, "mail", {.server = failing_behind(notes, "mail", gate)}).result, RSP_OK);
  for (const char* name : {"shop", "other"})
    EXPECT_EQ(load(t, notes, name, {.needs = {"log", "mail"}}).result, RSP_OK);
  const auto fail = [](const char* name) {
    Self nobody(nullptr);
    const Ensured failed = ensure(nobody, name);
    EXPECT_EQ(failed.result, RSP_EEXITED);
  };
  Thread first([&] { fail("shop"); });
  Thread second([&] { fail("other"); });
  t.eventually("one of them starts mail", [&] { return notes->count("mail tries") == 1; });
  gate->store(true);
  first.join();
  second.join();
  EXPECT_TERM(which(t), "[]");
  EXPECT_EQ(notes->count("log up"), notes->count("log stop"));
}

// S-APP-4
RSP_CASE(413,
         "when its time is over the start that it waits for is given up, and then what that needs stops") {
  const Notes notes = make_notes();
  Server never;
  never.init = [notes](Self& self, Answer&) {
    notes->note("mail tries");
    return pause(self, RSP_INFINITE, [](Self&) { return RSP_NEXT_CONTINUE; });
  };
  EXPECT_EQ(load(t, notes, "log").result, RSP_OK);
  EXPECT_EQ(load(t, notes, "mail", {.needs = {"log"}, .server = never}).result, RSP_OK);
  EXPECT_EQ(load(t, notes, "shop", {.needs = {"mail"}}).result, RSP_OK);
  Ensured late{};
  uint64_t wait_ms = 20;
  do {  // as long as it takes until mail is being started
    late = ensure(t, "shop", wait_ms);
    EXPECT_EQ(late.result, RSP_ETIMEDOUT);
    EXPECT_TERM(which(t), "[]");
    EXPECT_EQ(notes->count("log up"), notes->count("log stop"));
    wait_ms *= 2;
  } while (notes->count("mail tries") == 0);
  for (const char* name : {"shop", "mail", "log"}) EXPECT_EQ(unload(t, name).result, RSP_OK);
}

// S-APP-9
RSP_CASE(416, "the application of a master that is killed runs until its tree has ended") {
  const Notes notes = make_notes();
  const Gate gate = make_gate();
  Server slow = noting(notes, "shop");
  slow.terminate = [notes, gate](Self& self, const Value&) {
    notes->note("shop told");
    return pause_until(self, gate, [notes](Self&) {
      notes->note("shop gone");
      return RSP_NEXT_CONTINUE;
    });
  };
  EXPECT_EQ(load(t, notes, "shop", {.server = slow}).result, RSP_OK);
  EXPECT_EQ(start(t, "shop").result, RSP_OK);
  t.exit_signal(only_master(t), "kill");
  t.eventually("its tree is told", [&] { return notes->count("shop told") == 1; });
  EXPECT_TERM(which(t), "[{shop, temporary}]");
  EXPECT_TERM(unload(t, "shop").error, "{running, shop}");
  EXPECT_EQ(application_reports().size(), 0u);
  const rsp_ref stopped = ask(t, "{stop, shop}");
  EXPECT_TERM(which(t), "[{shop, temporary}]");
  gate->store(true);
  EXPECT_TERM(answer(t, stopped), "ok");
  EXPECT_EQ(notes->take(), lines({"shop up", "shop told", "shop gone"}));
  EXPECT_TERM(which(t), "[]");
  const std::vector<Value> reported = application_reports();
  ASSERT_EQ(reported.size(), 1u);
  EXPECT_TERM(reported[0].at("exited"), "killed");
}

// S-APP-9
RSP_CASE(416, "a start whose master is killed is over when nothing of it runs") {
  const Notes notes = make_notes();
  Server never;
  never.init = [notes](Self& self, Answer&) {
    notes->note("shop tries");
    return pause(self, RSP_INFINITE, [](Self&) { return RSP_NEXT_CONTINUE; });
  };
  EXPECT_EQ(load(t, notes, "shop", {.server = never}).result, RSP_OK);
  for (uint32_t i = 1; i <= times(20); ++i) {
    const rsp_ref started = ask(t, "{start, shop, temporary}");
    t.eventually("it tries", [&] { return notes->count("shop tries") == i; });
    t.exit_signal(only_master(t), "kill");
    EXPECT_TERM(answer(t, started), "{error, killed}");
    EXPECT_EQ(whereis("shop_top").id, 0u);
  }
}

}  // namespace
}  // namespace conformance
