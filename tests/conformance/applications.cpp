// Section U: applications.

#include <algorithm>
#include <optional>

#include "resprout/application.h"
#include "resprout/request.h"
#include "tests/conformance/harness/starting.hpp"

namespace conformance {
namespace {

/// What an application is made of here: a top with one child, "NAME up", "NAME gone"; and callbacks that note "NAME prep_stop" and
/// "NAME stop".
struct Parts {
  Notes notes;
  std::string name;
  const char* prep_stop_raises = nullptr;
};

rsp_next note(rsp_self* self, void* ctx, const char* what, const char* raises) {
  const Parts& parts = *static_cast<Parts*>(ctx);
  parts.notes->note(parts.name + what);
  return raises == nullptr ? RSP_NEXT_CONTINUE : Self(self).exit(raises);
}

rsp_next prep_stop(rsp_self* self, void* ctx) {
  return note(self, ctx, " prep_stop", static_cast<Parts*>(ctx)->prep_stop_raises);
}
rsp_next stop(rsp_self* self, void* ctx) { return note(self, ctx, " stop", nullptr); }

struct ApplicationHow {
  std::vector<const char*> needs = {};
  const char* prep_stop_raises = nullptr;
  std::optional<Server> server = {};        // the one child, in place of one that notes
  std::optional<ChildFunction> start = {};  // in place of a top
  rsp_strategy strategy = RSP_ONE_FOR_ONE;
  int64_t max_restarts = 0;
};

std::string top_of(const std::string& name) { return name + "_top"; }

/// Loads one, and says what that came to.
Started load(Self& self, const Notes& notes, const char* name, const ApplicationHow& how = {}) {
  const auto parts = std::make_shared<Parts>(Parts{notes, name, how.prep_stop_raises});
  keep_until_stop(parts);
  std::vector<rsp_atom> needs;
  for (const char* needed : how.needs) needs.push_back(atom(needed));
  const Value id = "child";
  const rsp_child_spec child =
      raw_child({.server = how.server.value_or(noting(notes, name)), .id = "child"}, id);
  rsp_supervisor_spec top = RSP_SUPERVISOR_SPEC_INIT;
  top.children = &child;
  top.child_count = 1;
  top.opts.strategy = how.strategy;
  top.opts.max_restarts = how.max_restarts;
  top.opts.name = atom(top_of(name));
  rsp_application_spec spec = RSP_APPLICATION_SPEC_INIT;
  spec.name = atom(name);
  spec.applications = needs.data();
  spec.application_count = needs.size();
  rsp_start_spec start = RSP_START_SPEC_INIT;
  if (how.start) {
    start = function_spec(*how.start);
    spec.start = &start;
  } else {
    spec.supervisor = &top;
  }
  spec.prep_stop = prep_stop;
  spec.stop = stop;
  spec.ctx = parts.get();
  Started loaded;
  rsp_term error{};
  loaded.result = rsp_application_load(self, &error, &spec);
  loaded.error = Value::owner_of(error);
  return loaded;
}

Started start(Self& self, const char* name, rsp_application_type type = RSP_APPLICATION_TEMPORARY) {
  Started started;
  rsp_term error{};
  started.result = rsp_application_start(self, &error, atom(name), type, PATIENCE_MS);
  started.error = Value::owner_of(error);
  return started;
}

Started stop(Self& self, const char* name) {
  Started stopped;
  rsp_term error{};
  stopped.result = rsp_application_stop(self, &error, atom(name), PATIENCE_MS);
  stopped.error = Value::owner_of(error);
  return stopped;
}

struct Ensured {
  rsp_result result;
  Value started;
  Value error;
};

Ensured ensure(Self& self, const char* name) {
  rsp_term started{};
  rsp_term error{};
  const rsp_result result = rsp_application_ensure_all_started(self, &started, &error, atom(name),
                                                               RSP_APPLICATION_TEMPORARY, PATIENCE_MS);
  return {result, Value::owner_of(started), Value::owner_of(error)};
}

Value which(Self& self) {
  rsp_term all{};
  ok(rsp_application_which(self, &all));
  return Value::owner_of(all);
}

Value loaded(Self& self) {
  rsp_term all{};
  ok(rsp_application_loaded(self, &all));
  return Value::owner_of(all);
}

std::vector<Value> application_reports() {
  std::vector<Value> found;
  for (const Report& report : reports()) {
    if (matches(report.map.at("report"), "application_report")) found.push_back(report.map);
  }
  return found;
}

rsp_pid child_of(Test& t, const char* name) { return child(t, whereis(top_of(name).c_str()), "child"); }

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
  rsp_term error{};
  EXPECT_EQ(rsp_application_unload(t, &error, atom("shop")), RSP_EEXITED);
  EXPECT_TERM(Value::owner_of(error), "{running, shop}");
  EXPECT_EQ(stop(t, "shop").result, RSP_OK);
  EXPECT_EQ(rsp_application_unload(t, &error, atom("shop")), RSP_OK);
  EXPECT_EQ(rsp_application_unload(t, &error, atom("shop")), RSP_EEXITED);
  EXPECT_TERM(Value::owner_of(error), "{not_loaded, shop}");
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
    for (const char* name : {"first", "shop", "second"})
      EXPECT_EQ(rsp_application_unload(t, nullptr, atom(name)), RSP_OK);
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
  const Value links = t.info(top, "links");
  ASSERT_EQ(links.size() >= 1, true);
  rsp_pid master{};
  for (size_t i = 0; i < links.size(); ++i) {
    rsp_pid pid{};
    ok(rsp_term_get_pid(&pid, links.element(i)));
    if (!(pid == child_of(t, "shop"))) master = pid;
  }
  t.exit_signal(master, "kill");
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
  const auto ask = [&](const Value& request) {
    rsp_ref ref{};
    ok(rsp_send_request_name(t, &ref, atom("application_controller"), request));
    return ref;
  };
  const auto answer = [&](rsp_ref ref) {
    rsp_msg* message = nullptr;
    ok(rsp_receive_response(t, &message, ref, PATIENCE_MS));
    const Value said = Value::copy_of(rsp_msg_term(message));
    rsp_msg_free(message);
    return said;
  };
  const rsp_ref one = ask("{start, shop, temporary}");
  const rsp_ref two = ask("{start, shop, temporary}");
  EXPECT_TERM(answer(one), "ok");
  EXPECT_TERM(answer(two), "ok");
  const rsp_ref three = ask("{stop, shop}");
  const rsp_ref four = ask("{stop, shop}");
  EXPECT_TERM(answer(three), "ok");
  const Value last = answer(four);
  EXPECT_TRUE(matches(last, "ok") || matches(last, "{error, {not_started, shop}}")) << last.text();
  EXPECT_TERM(answer(ask("{start, shop, forever}")), "{error, badarg}");
  EXPECT_TERM(answer(ask("what")), "{error, badarg}");
}

}  // namespace
}  // namespace conformance
