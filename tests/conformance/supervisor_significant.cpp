// Section N: supervisors that end with their significant children.

#include <atomic>

#include "tests/conformance/harness/supervisor.hpp"

namespace conformance {
namespace {

ChildSpec significant(const Notes& notes, const char* name, rsp_restart restart) {
  return {.server = noting(notes, name), .id = name, .restart = restart, .significant = true};
}

// S-SUP-3, S-SUP-41
RSP_CASE(236,
         "any_significant: the first transient one that ends with normal takes S down, siblings in reverse") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t,
                               {{noting(notes, "a"), "a"},
                                significant(notes, "b", RSP_RESTART_TRANSIENT),
                                significant(notes, "c", RSP_RESTART_TRANSIENT)},
                               {.max_restarts = 0, .auto_shutdown = RSP_AUTO_SHUTDOWN_ANY_SIGNIFICANT});
  (void)notes->take();
  t.send(child(t, s, "b"), "{stop, normal}");
  t.expect_exit(s, "shutdown");
  EXPECT_EQ(notes->take(),
            lines({"b told normal", "b gone", "c told shutdown", "c gone", "a told shutdown", "a gone"}));
  EXPECT_EQ(reports().size(), 0u);
}

// S-SUP-41
RSP_CASE(236, "one that crashes is restarted, and has not ended") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {significant(notes, "a", RSP_RESTART_TRANSIENT)},
                               {.auto_shutdown = RSP_AUTO_SHUTDOWN_ANY_SIGNIFICANT});
  const rsp_pid former = child(t, s, "a");
  t.send(former, "{error, boom}");
  (void)successor(t, s, "a", former);
  t.expect_alive(s);
}

// S-SUP-41
RSP_CASE(236, "the end of one that is not significant takes nobody along") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t,
                               {significant(notes, "a", RSP_RESTART_TRANSIENT),
                                {.server = noting(notes, "b"), .id = "b", .restart = RSP_RESTART_TRANSIENT}},
                               {.auto_shutdown = RSP_AUTO_SHUTDOWN_ANY_SIGNIFICANT});
  t.send(child(t, s, "b"), "{stop, normal}");
  t.eventually("b has ended", [&] { return child(t, s, "b").id == 0; });
  t.expect_alive(s);
}

// S-SUP-41
RSP_CASE(237, "any_significant: so does a temporary one that crashes") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {{noting(notes, "a"), "a"}, significant(notes, "b", RSP_RESTART_TEMPORARY)},
                               {.max_restarts = 0, .auto_shutdown = RSP_AUTO_SHUTDOWN_ANY_SIGNIFICANT});
  t.send(child(t, s, "b"), "{error, boom}");
  t.expect_exit(s, "shutdown");
  EXPECT_EQ(notes->count("a gone"), 1u);
  EXPECT_EQ(supervisor_reports("child_terminated").size(), 1u);
}

// S-SUP-35, S-SUP-41
RSP_CASE(237, "one that is stopped by a call has not ended by itself") {
  t.trap_exit();
  const Notes notes = make_notes();
  for (const rsp_auto_shutdown when :
       {RSP_AUTO_SHUTDOWN_ANY_SIGNIFICANT, RSP_AUTO_SHUTDOWN_ALL_SIGNIFICANT}) {
    const rsp_pid s =
        supervisor(t, {significant(notes, "a", RSP_RESTART_TEMPORARY)}, {.auto_shutdown = when});
    EXPECT_EQ(terminate_child(t, s, "a").result, RSP_OK);
    EXPECT_TERM(children(t, s), "[]");
    t.expect_alive(s);
  }
}

// S-SUP-24, S-SUP-41
RSP_CASE(237, "nor has one that is stopped with its group") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s =
      supervisor(t, {{noting(notes, "a"), "a"}, significant(notes, "b", RSP_RESTART_TEMPORARY)},
                 {.strategy = RSP_ONE_FOR_ALL, .auto_shutdown = RSP_AUTO_SHUTDOWN_ANY_SIGNIFICANT});
  const rsp_pid a = child(t, s, "a");
  t.send(a, "{error, boom}");
  (void)successor(t, s, "a", a);
  EXPECT_TERM(children(t, s), "[{a, A, worker, _}]");
  t.expect_alive(s);
}

// S-SUP-41
RSP_CASE(238, "all_significant: S lives after the first, and ends after the second") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t,
                               {{noting(notes, "a"), "a"},
                                significant(notes, "b", RSP_RESTART_TRANSIENT),
                                significant(notes, "c", RSP_RESTART_TEMPORARY)},
                               {.auto_shutdown = RSP_AUTO_SHUTDOWN_ALL_SIGNIFICANT});
  t.send(child(t, s, "b"), "{stop, normal}");
  t.eventually("b has ended", [&] { return child(t, s, "b").id == 0; });
  t.expect_alive(s);
  (void)notes->take();
  t.send(child(t, s, "c"), "{stop, normal}");
  t.expect_exit(s, "shutdown");
  EXPECT_EQ(notes->take(), lines({"c told normal", "c gone", "a told shutdown", "a gone"}));
}

// S-SUP-8, S-SUP-9
RSP_CASE(242,
         "significant children where auto_shutdown is never, and permanent ones, are errors that say so") {
  t.trap_exit();
  const Notes notes = make_notes();
  const Started in_vain = start_supervisor(t, {significant(notes, "a", RSP_RESTART_TRANSIENT)});
  EXPECT_EQ(in_vain.result, RSP_ESPEC);
  EXPECT_TERM(in_vain.error,
              "{start_spec, {bad_combination, [{auto_shutdown, never}, {significant, true}]}}");
  const Started permanent = start_supervisor(t, {significant(notes, "a", RSP_RESTART_PERMANENT)},
                                             {.auto_shutdown = RSP_AUTO_SHUTDOWN_ANY_SIGNIFICANT});
  EXPECT_EQ(permanent.result, RSP_ESPEC);
  EXPECT_TERM(permanent.error,
              "{start_spec, {bad_combination, [{restart, permanent}, {significant, true}]}}");
  const rsp_pid s = supervisor(t, {});
  const Started added = add_child(t, s, significant(notes, "a", RSP_RESTART_TRANSIENT));
  EXPECT_EQ(added.result, RSP_EEXITED);
  EXPECT_TERM(added.error, "{bad_combination, [{auto_shutdown, never}, {significant, true}]}");
  EXPECT_TERM(children(t, s), "[]");
  EXPECT_TERM(start_supervisor(t, {}, {.auto_shutdown = static_cast<rsp_auto_shutdown>(3)}).error,
              "{supervisor_data, {invalid_auto_shutdown, 3}}");
}

// S-SUP-8, S-SUP-9
RSP_CASE(242, "check_childspecs says the same, and starts nothing") {
  const Notes notes = make_notes();
  const Value id = "a";
  const auto check = [&](const ChildSpec& child, rsp_auto_shutdown when) {
    const rsp_child_spec twice[2] = {raw_child(child, id), raw_child(child, id)};
    rsp_term error{};
    const rsp_result result = rsp_supervisor_check_childspecs(&error, twice, 1, when);
    if (result != RSP_OK) return Value::owner_of(error);
    EXPECT_EQ(rsp_supervisor_check_childspecs(&error, twice, 2, when), RSP_ESPEC);
    return Value::owner_of(error);
  };
  EXPECT_TERM(check(significant(notes, "a", RSP_RESTART_TEMPORARY), RSP_AUTO_SHUTDOWN_NEVER),
              "{start_spec, {bad_combination, [{auto_shutdown, never}, {significant, true}]}}");
  EXPECT_TERM(check(significant(notes, "a", RSP_RESTART_TEMPORARY), RSP_AUTO_SHUTDOWN_ALL_SIGNIFICANT),
              "{start_spec, {duplicate_child_name, a}}");
  EXPECT_EQ(rsp_supervisor_check_childspecs(nullptr, nullptr, 0, RSP_AUTO_SHUTDOWN_NEVER), RSP_OK);
  EXPECT_TRUE(notes->take().empty());
}

}  // namespace
}  // namespace conformance
