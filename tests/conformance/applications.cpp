// Section U: applications.

#include <algorithm>

#include "tests/conformance/harness/application.hpp"

namespace conformance {
namespace {

using namespace applications;

// S-APP-5
RSP_CASE(283, "stop runs prep_stop, stops the tree in order, and runs stop") {
  const Notes notes = make_notes();
  EXPECT_EQ(load(t, notes, "shop").result, RSP_OK);
  EXPECT_EQ(start(t, "shop").result, RSP_OK);
  const rsp_pid child = child_of(t, "shop");
  EXPECT_EQ(stop(t, "shop").result, RSP_OK);
  EXPECT_EQ(notes->take(),
            lines({"shop up", "shop prep_stop", "shop told shutdown", "shop gone", "shop stop"}));
  t.expect_dead(child);
  EXPECT_EQ(whereis("shop_top").id, 0u);
  EXPECT_TERM(which(t), "[]");
  EXPECT_EQ(application_reports().size(), 0u);
}

// S-APP-5
RSP_CASE(283, "a prep_stop that raises changes nothing of the rest") {
  const Notes notes = make_notes();
  EXPECT_EQ(load(t, notes, "shop", {.prep_stop_raises = "sorry"}).result, RSP_OK);
  EXPECT_EQ(start(t, "shop").result, RSP_OK);
  EXPECT_EQ(stop(t, "shop").result, RSP_OK);
  EXPECT_EQ(notes->take(),
            lines({"shop up", "shop prep_stop", "shop told shutdown", "shop gone", "shop stop"}));
}

// S-APP-5
RSP_CASE(283, "one that was stopped can be started again") {
  const Notes notes = make_notes();
  EXPECT_EQ(load(t, notes, "shop").result, RSP_OK);
  for (uint32_t i = 0; i < times(20); ++i) {
    EXPECT_EQ(start(t, "shop").result, RSP_OK);
    EXPECT_EQ(stop(t, "shop").result, RSP_OK);
  }
  EXPECT_EQ(notes->count("shop stop"), times(20));
}

// S-APP-2, S-APP-6
RSP_CASE(411, "a top that a function starts is stopped in the same way") {
  const Notes notes = make_notes();
  const Server inner = noting(notes, "inner");
  const ApplicationHow how{.start = starting(inner)};
  EXPECT_EQ(load(t, notes, "shop", how).result, RSP_OK);
  EXPECT_EQ(start(t, "shop").result, RSP_OK);
  EXPECT_EQ(stop(t, "shop").result, RSP_OK);
  EXPECT_EQ(notes->take(),
            lines({"inner up", "shop prep_stop", "inner told shutdown", "inner gone", "shop stop"}));
}

// S-APP-2, S-SUP-48
RSP_CASE(411, "of a function that fails nothing is left, and no callback runs") {
  const Notes notes = make_notes();
  const Server inner = noting(notes, "inner");
  const ChildFunction fails = [inner](Self& self, const Value&, Child& child) {
    return await_start(self, inner, {.link = true},
                       [child](Self&, const Outcome&) mutable { return child.error("nope"); });
  };
  EXPECT_EQ(load(t, notes, "shop", {.start = fails}).result, RSP_OK);
  const Started failed = start(t, "shop");
  EXPECT_EQ(failed.result, RSP_EEXITED);
  EXPECT_TERM(failed.error, "nope");
  EXPECT_EQ(notes->take(), lines({"inner up"}));
  EXPECT_TERM(which(t), "[]");
}

// S-APP-2
RSP_CASE(411, "a top that does not start is an error that says why, and leaves the application loaded") {
  t.trap_exit();
  const Notes notes = make_notes();
  Server fails;
  fails.init = [](Self&, Answer& answer) { return answer.error("nope"); };
  EXPECT_EQ(load(t, notes, "shop", {.server = fails}).result, RSP_OK);
  for (int i = 0; i < 2; ++i)
    EXPECT_TERM(start(t, "shop").error, "{shutdown, {failed_to_start_child, child, nope}}");
  EXPECT_TERM(loaded(t), "[shop]");
  EXPECT_EQ(notes->take(), lines({}));
}

// S-APP-1, S-APP-2, S-APP-5
RSP_CASE(412, "what cannot be is an error that names the application") {
  const Notes notes = make_notes();
  EXPECT_TERM(start(t, "shop").error, "{not_loaded, shop}");
  EXPECT_TERM(stop(t, "shop").error, "{not_started, shop}");
  EXPECT_EQ(load(t, notes, "shop").result, RSP_OK);
  EXPECT_TERM(load(t, notes, "shop").error, "{already_loaded, shop}");
  EXPECT_TERM(stop(t, "shop").error, "{not_started, shop}");
  EXPECT_EQ(start(t, "shop").result, RSP_OK);
  EXPECT_TERM(start(t, "shop").error, "{already_started, shop}");
  EXPECT_TERM(unload(t, "shop").error, "{running, shop}");
  EXPECT_EQ(stop(t, "shop").result, RSP_OK);
  EXPECT_EQ(unload(t, "shop").result, RSP_OK);
  EXPECT_TERM(unload(t, "shop").error, "{not_loaded, shop}");
  EXPECT_TERM(loaded(t), "[]");
}

// S-APP-3, S-APP-8
RSP_CASE(413, "start does not start what an application needs, and says so") {
  const Notes notes = make_notes();
  EXPECT_EQ(load(t, notes, "shop", {.needs = {"database"}}).result, RSP_OK);
  EXPECT_TERM(start(t, "shop").error, "{not_started, database}");
  EXPECT_EQ(load(t, notes, "database").result, RSP_OK);
  EXPECT_TERM(start(t, "shop").error, "{not_started, database}");
  EXPECT_EQ(start(t, "database").result, RSP_OK);
  EXPECT_EQ(start(t, "shop").result, RSP_OK);
  EXPECT_TERM(which(t), "[{database, temporary}, {shop, temporary}]");
  EXPECT_EQ(stop(t, "database").result, RSP_OK);
  EXPECT_TERM(which(t), "[{shop, temporary}]");
}

// S-APP-4
RSP_CASE(413, "ensure_all_started starts all that is needed first, once") {
  const Notes notes = make_notes();
  EXPECT_EQ(load(t, notes, "shop", {.needs = {"database", "mail"}}).result, RSP_OK);
  EXPECT_EQ(load(t, notes, "mail", {.needs = {"log"}}).result, RSP_OK);
  EXPECT_EQ(load(t, notes, "database", {.needs = {"log"}}).result, RSP_OK);
  EXPECT_EQ(load(t, notes, "log").result, RSP_OK);
  const Ensured first = ensure(t, "shop");
  EXPECT_EQ(first.result, RSP_OK);
  EXPECT_TERM(first.started, "[log, database, mail, shop]");
  EXPECT_EQ(notes->take(), lines({"log up", "database up", "mail up", "shop up"}));
  EXPECT_TERM(ensure(t, "shop").started, "[]");
}

// S-APP-4
RSP_CASE(413, "if one of them does not start those that were started are stopped again, last first") {
  t.trap_exit();
  const Notes notes = make_notes();
  Server fails;
  fails.init = [](Self&, Answer& answer) { return answer.error("nope"); };
  EXPECT_EQ(load(t, notes, "shop", {.needs = {"before", "log", "database", "mail"}}).result, RSP_OK);
  EXPECT_EQ(load(t, notes, "before").result, RSP_OK);
  EXPECT_EQ(load(t, notes, "log").result, RSP_OK);
  EXPECT_EQ(load(t, notes, "database").result, RSP_OK);
  EXPECT_EQ(load(t, notes, "mail", {.server = fails}).result, RSP_OK);
  EXPECT_EQ(start(t, "before").result, RSP_OK);
  (void)notes->take();
  const Ensured failed = ensure(t, "shop");
  EXPECT_EQ(failed.result, RSP_EEXITED);
  EXPECT_TERM(failed.error, "{mail, {shutdown, {failed_to_start_child, child, nope}}}");
  EXPECT_EQ(notes->take(),
            lines({"log up", "database up", "database prep_stop", "database told shutdown", "database gone",
                   "database stop", "log prep_stop", "log told shutdown", "log gone", "log stop"}));
  EXPECT_TERM(which(t), "[{before, temporary}]");
}

/// A top that is a server under this name; it comes up when the other's is gone.
ChildFunction rival_top(const Notes& notes, const char* name, const char* other) {
  return [notes, name, other](Self& self, const Value&, Child& child) {
    const rsp_pid rival = whereis(other);
    if (rival.id != 0) self.exit_signal(rival, "kill");
    return await_start(self, noting(notes, name), {.link = true, .name = name},
                       [child](Self&, const Outcome& it) mutable { return child.ok(it.pid); });
  };
}

// S-APP-4
RSP_CASE(413, "one that has ended again meanwhile is not started time and again") {
  t.trap_exit();
  const Notes notes = make_notes();
  EXPECT_EQ(load(t, notes, "shop", {.needs = {"a", "b"}}).result, RSP_OK);
  EXPECT_EQ(load(t, notes, "a", {.start = rival_top(notes, "it_a", "it_b")}).result, RSP_OK);
  EXPECT_EQ(load(t, notes, "b", {.start = rival_top(notes, "it_b", "it_a")}).result, RSP_OK);
  const Ensured ensured = ensure(t, "shop");
  // Whether the end of the one is known when it is looked for is a race.
  if (ensured.result == RSP_OK) {
    EXPECT_TERM(ensured.started, "[a, b, shop]");
  } else {
    EXPECT_EQ(ensured.result, RSP_EEXITED);
    EXPECT_TERM(ensured.error, "{shop, {not_started, a}}");
  }
}

// S-APP-4
RSP_CASE(413, "applications that need each other, or one that is not loaded, are errors") {
  const Notes notes = make_notes();
  EXPECT_EQ(load(t, notes, "a", {.needs = {"b"}}).result, RSP_OK);
  EXPECT_EQ(load(t, notes, "b", {.needs = {"c"}}).result, RSP_OK);
  EXPECT_TERM(ensure(t, "a").error, "{c, {not_loaded, c}}");
  EXPECT_EQ(load(t, notes, "c", {.needs = {"a"}}).result, RSP_OK);
  EXPECT_TERM(ensure(t, "a").error, "{c, {circular_dependency, a}}");
  EXPECT_TERM(which(t), "[]");
}

// S-APP-6
RSP_CASE(414, "a temporary one that ends by itself is reported; both callbacks run; the others run on") {
  const Notes notes = make_notes();
  EXPECT_EQ(load(t, notes, "shop").result, RSP_OK);
  EXPECT_EQ(load(t, notes, "log").result, RSP_OK);
  EXPECT_EQ(start(t, "log").result, RSP_OK);
  EXPECT_EQ(start(t, "shop").result, RSP_OK);
  (void)notes->take();
  t.send(child_of(t, "shop"), "{error, boom}");
  t.eventually("it is gone", [&] { return matches(which(t), "[{log, temporary}]"); });
  EXPECT_EQ(notes->take(), lines({"shop told {boom,[]}", "shop gone", "shop prep_stop", "shop stop"}));
  const std::vector<Value> reported = application_reports();
  ASSERT_EQ(reported.size(), 1u);
  EXPECT_TERM(reported[0].at("application"), "shop");
  EXPECT_TERM(reported[0].at("exited"), "shutdown");
  EXPECT_TERM(reported[0].at("type"), "temporary");
  EXPECT_TERM(reported[0].at("decision"), "none");
}

/// A top that is a server, which ends as it is told; under this name.
ChildFunction server_top(const Notes& notes, const char* name) {
  return [notes, name](Self& self, const Value&, Child& child) {
    return await_start(self, noting(notes, name), {.link = true, .name = name},
                       [child](Self&, const Outcome& it) mutable { return child.ok(it.pid); });
  };
}

// S-APP-6, S-APP-7
RSP_CASE(
    414,
    "without a program the end of one that matters stops all, the latest first, and the runtime goes on") {
  t.trap_exit();
  const Notes notes = make_notes();
  struct Try {
    rsp_application_type type;
    const char* order;
    bool ends_all;
  };
  for (const Try& each : {Try{RSP_APPLICATION_TRANSIENT, "{stop, normal}", false},
                          Try{RSP_APPLICATION_TRANSIENT, "{stop, shutdown}", true},
                          Try{RSP_APPLICATION_PERMANENT, "{stop, normal}", true},
                          Try{RSP_APPLICATION_TEMPORARY, "{stop, oops}", false}}) {
    EXPECT_EQ(load(t, notes, "first").result, RSP_OK);
    EXPECT_EQ(load(t, notes, "shop", {.start = server_top(notes, "it")}).result, RSP_OK);
    EXPECT_EQ(load(t, notes, "second").result, RSP_OK);
    EXPECT_EQ(start(t, "first").result, RSP_OK);
    EXPECT_EQ(start(t, "shop", each.type).result, RSP_OK);
    EXPECT_EQ(start(t, "second").result, RSP_OK);
    (void)notes->take();
    t.send(whereis("it"), each.order);
    const char* const left = each.ends_all ? "[]" : "[{first, temporary}, {second, temporary}]";
    t.eventually("those end that should", [&] { return matches(which(t), left); });
    const std::vector<std::string> all = notes->take();
    const auto place = [&](const char* line) {
      return std::find(all.begin(), all.end(), line) - all.begin();
    };
    EXPECT_EQ(place("first stop") < static_cast<long>(all.size()), each.ends_all) << each.order;
    if (each.ends_all) {
      EXPECT_LT(place("shop stop"), place("second prep_stop"));
      EXPECT_LT(place("second stop"), place("first prep_stop"));
    }
    for (const char* name : {"first", "second"}) (void)stop(t, name);
    for (const char* name : {"first", "shop", "second"}) EXPECT_EQ(unload(t, name).result, RSP_OK);
  }
}

// S-APP-7
RSP_CASE(415, "the stop of the runtime stops all, the latest first") {
  const Notes notes = make_notes();
  for (const char* name : {"a", "b", "c"}) {
    EXPECT_EQ(load(t, notes, name).result, RSP_OK);
    EXPECT_EQ(start(t, name, RSP_APPLICATION_PERMANENT).result, RSP_OK);
  }
  (void)notes->take();
  after_stop([notes] {
    EXPECT_EQ(notes->take(),
              lines({"c prep_stop", "c told shutdown", "c gone", "c stop", "b prep_stop", "b told shutdown",
                     "b gone", "b stop", "a prep_stop", "a told shutdown", "a gone", "a stop"}));
  });
}

// S-APP-9
RSP_CASE(416, "if the controller is killed all applications stop in order, and the next one knows none") {
  const Notes notes = make_notes();
  EXPECT_EQ(load(t, notes, "shop").result, RSP_OK);
  EXPECT_EQ(start(t, "shop", RSP_APPLICATION_PERMANENT).result, RSP_OK);
  (void)notes->take();
  const rsp_pid controller = whereis("application_controller");
  const rsp_ref end = t.monitor(controller);
  t.exit_signal(controller, "kill");
  t.expect_down(end, controller, "killed");
  t.eventually("it is stopped", [&] { return notes->count("shop stop") == 1; });
  EXPECT_EQ(notes->take(), lines({"shop prep_stop", "shop told shutdown", "shop gone", "shop stop"}));
  EXPECT_TERM(loaded(t), "[]");
}

// S-APP-9
RSP_CASE(416, "a master that is killed counts as the end of its application") {
  const Notes notes = make_notes();
  EXPECT_EQ(load(t, notes, "shop").result, RSP_OK);
  EXPECT_EQ(start(t, "shop").result, RSP_OK);
  const rsp_pid top = whereis("shop_top");
  const rsp_ref end = t.monitor(top);
  t.exit_signal(only_master(t), "kill");
  t.expect_down(end, top, "killed");
  t.eventually("it is gone", [&] { return matches(which(t), "[]"); });
  const std::vector<Value> reported = application_reports();
  ASSERT_EQ(reported.size(), 1u);
  EXPECT_TERM(reported[0].at("exited"), "killed");
}

// S-APP-2
RSP_CASE(417, "calls that meet a start, or a stop, wait for it together") {
  const Notes notes = make_notes();
  Server slow = noting(notes, "shop");
  slow.init = [notes](Self& self, Answer&) {
    return pause(self, 5, [](Self&) { return RSP_NEXT_CONTINUE; });
  };
  EXPECT_EQ(load(t, notes, "shop", {.server = slow}).result, RSP_OK);
  const rsp_ref one = ask(t, "{start, shop, temporary}");
  const rsp_ref two = ask(t, "{start, shop, temporary}");
  EXPECT_TERM(answer(t, one), "ok");
  EXPECT_TERM(answer(t, two), "ok");
  const rsp_ref three = ask(t, "{stop, shop}");
  const rsp_ref four = ask(t, "{stop, shop}");
  EXPECT_TERM(answer(t, three), "ok");
  const Value last = answer(t, four);
  EXPECT_TRUE(matches(last, "ok") || matches(last, "{error, {not_started, shop}}")) << last.text();
  EXPECT_TERM(answer(t, ask(t, "{start, shop, forever}")), "{error, badarg}");
  EXPECT_TERM(answer(t, ask(t, "what")), "{error, badarg}");
}

}  // namespace
}  // namespace conformance
