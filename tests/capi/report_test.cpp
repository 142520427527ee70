// resprout/report.h: what reports say of an abnormal end, what they leave out unless asked, and how the default sink
// writes them.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <vector>

#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

using Report = std::map<std::string, std::string>;

/** Collects what is reported, as texts, for as long as it lives; shows what `contents` asks for. */
class Reports {
 public:
  explicit Reports(uint64_t contents) {
    EXPECT_EQ(rsp_set_report_contents(contents), RSP_OK);
    rsp_set_report_sink(&take, this);
  }
  ~Reports() {
    rsp_set_report_sink(nullptr, nullptr);
    EXPECT_EQ(rsp_set_report_contents(RSP_REPORT_NO_CONTENTS), RSP_OK);
    EXPECT_EQ(rsp_set_report_level(RSP_REPORT_NOTICE), RSP_OK);
  }
  Reports(const Reports&) = delete;
  Reports& operator=(const Reports&) = delete;

  /** The reports of this kind, so far. */
  std::vector<Report> of(const std::string& kind) {
    const std::lock_guard guard(lock_);
    std::vector<Report> found;
    for (const Report& report : all_) {
      if (report.at("report") == kind) found.push_back(report);
    }
    return found;
  }

  size_t count() {
    const std::lock_guard guard(lock_);
    return all_.size();
  }

  /** The only one of this kind. */
  Report only(const std::string& kind) {
    const std::vector<Report> found = of(kind);
    EXPECT_EQ(found.size(), 1u) << kind;
    return found.empty() ? Report{} : found.front();
  }

 private:
  static void take(void* mine, rsp_report_level, rsp_term term) {
    Report report;
    size_t size = 0;
    EXPECT_EQ(rsp_term_size(&size, term), RSP_OK);
    for (size_t i = 0; i < size; ++i) {
      rsp_term key;
      rsp_term value;
      EXPECT_EQ(rsp_term_map_pair(&key, &value, term, i), RSP_OK);
      report[show(key)] = show(value);
    }
    Reports& reports = *static_cast<Reports*>(mine);
    const std::lock_guard guard(reports.lock_);
    reports.all_.push_back(std::move(report));
  }

  std::mutex lock_;
  std::vector<Report> all_;
};

/** Exits with a reason that is the caller's. */
rsp_next exit_with(rsp_self* self, rsp_term reason) {
  const rsp_next next = rsp_exit(self, reason);
  rsp_term_free(reason);
  return next;
}

// ---- A server that does as it is told by calls ----

rsp_next init(rsp_self*, void*, rsp_term, rsp_server_return* ret) {
  ret->state = new int64_t{42};
  return RSP_NEXT_CONTINUE;
}

/** `exit` exits with boom; another atom: the error of this name. */
rsp_next handle_call(rsp_self* self, void*, rsp_msg* message, rsp_from, rsp_server_return*) {
  const rsp_term what = rsp_msg_term(message);
  if (show(what) == "exit") return rsp_exit(self, word("boom"));
  return rsp_error(self, what);
}

rsp_next handle_cast(rsp_self* self, void*, rsp_msg*, rsp_server_return*) {
  return rsp_error(self, word("cast"));
}

void free_state(void* state) { delete static_cast<int64_t*>(state); }

rsp_term format_status(rsp_self*, void* state) { return rsp_term_int(*static_cast<int64_t*>(state)); }

rsp_term format_status_fails(rsp_self*, void*) { throw std::runtime_error("no status today"); }

rsp_server_ops server_ops(rsp_term (*status)(rsp_self*, void*) = &format_status) {
  rsp_server_ops ops{};
  ops.size = sizeof ops;
  ops.name = "Shop";
  ops.init = &init;
  ops.handle_call = &handle_call;
  ops.handle_cast = &handle_cast;
  ops.free_state = &free_state;
  ops.format_status = status;
  return ops;
}

rsp_pid start(const Attached& me, const rsp_server_ops& ops) {
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  spec.ops = &ops;
  rsp_pid pid = NO_PID;
  EXPECT_EQ(rsp_server_start(me, &pid, nullptr, nullptr, &spec, nullptr), RSP_OK);
  return pid;
}

/** Calls it with a word, after which it is gone. */
void end_by_call(const Attached& me, rsp_pid server, std::string_view request) {
  const rsp_ref end = me.monitor(server);
  rsp_msg* answer = nullptr;
  EXPECT_EQ(rsp_call(me, &answer, nullptr, server, word(request), RSP_INFINITE), RSP_EEXITED);
  const Message down = me.receive();
  EXPECT_TRUE(rsp_msg_ref(down.get()) == end);
}

// S-REP-1, S-REP-2
TEST(Reports, SayWhoEndedAndWhyAndWhoseCallItWas) {
  Reports reports(RSP_REPORT_NO_CONTENTS);
  const rsp_server_ops ops = server_ops();
  const Runtime runtime;
  const Attached me;
  const rsp_pid server = start(me, ops);
  end_by_call(me, server, "badness");

  const Report of_server = reports.only("server_report");
  EXPECT_EQ(of_server.at("pid"), show(rsp_term_pid(server)));
  EXPECT_EQ(of_server.at("module"), "'Shop'");
  EXPECT_EQ(of_server.at("reason"), "{badness,[]}");
  EXPECT_EQ(of_server.at("client"), show(rsp_term_pid(me.pid())));
  const Report of_crash = reports.only("crash_report");
  EXPECT_EQ(of_crash.at("class"), "error");
  EXPECT_EQ(of_crash.at("initial_call"), "'Shop'");
  EXPECT_EQ(of_crash.at("message_queue_len"), "0");
  EXPECT_EQ(of_crash.at("links"), "[]");
}

// S-REP-2
TEST(Reports, SayTheClassOfWhatLeftTheCode) {
  Reports reports(RSP_REPORT_NO_CONTENTS);
  const rsp_server_ops ops = server_ops();
  const Runtime runtime;
  const Attached me;
  end_by_call(me, start(me, ops), "exit");
  const Report of_crash = reports.only("crash_report");
  EXPECT_EQ(of_crash.at("class"), "exit");
  EXPECT_EQ(of_crash.at("reason"), "boom");
}

// S-REP-2
TEST(Reports, OfACastHaveNoClient) {
  Reports reports(RSP_REPORT_NO_CONTENTS);
  const rsp_server_ops ops = server_ops();
  const Runtime runtime;
  const Attached me;
  const rsp_pid server = start(me, ops);
  (void)me.end_after(server, [&] { EXPECT_EQ(rsp_cast(me, server, word("work")), RSP_OK); });
  EXPECT_EQ(reports.only("server_report").at("client"), "undefined");
}

// S-SRV-29
TEST(Reports, OfASupervisorWhoseInitFailsAreACrashReport) {
  Reports reports(RSP_REPORT_NO_CONTENTS);
  const Runtime runtime;
  const Attached me;
  rsp_supervisor_spec spec = RSP_SUPERVISOR_SPEC_INIT;
  spec.opts.name = atom("failing");
  spec.init = [](rsp_self*, void*, rsp_term, rsp_supervisor_init* outcome) {
    outcome->bad_return = true;
    outcome->bad_value = word("rubbish");
    return RSP_NEXT_CONTINUE;
  };
  rsp_pid pid = NO_PID;
  rsp_term error = NIL;
  EXPECT_EQ(rsp_supervisor_start_spec(me, &pid, &error, &spec, nullptr), RSP_EEXITED);
  const Report of_crash = reports.only("crash_report");
  EXPECT_EQ(of_crash.at("registered_name"), "failing");
  EXPECT_EQ(of_crash.at("reason"), show(error));
  EXPECT_EQ(reports.count(), 1u);
  rsp_term_free(error);
}

// S-SRV-29
TEST(Reports, OfASupervisorWhoseInitRaisesAreACrashReportOfItsClass) {
  Reports reports(RSP_REPORT_NO_CONTENTS);
  const Runtime runtime;
  const Attached me;
  rsp_supervisor_spec spec = RSP_SUPERVISOR_SPEC_INIT;
  spec.init = [](rsp_self* self, void*, rsp_term, rsp_supervisor_init*) {
    return rsp_error(self, word("badness"));
  };
  rsp_pid pid = NO_PID;
  rsp_term error = NIL;
  EXPECT_EQ(rsp_supervisor_start_spec(me, &pid, &error, &spec, nullptr), RSP_EEXITED);
  const Report of_crash = reports.only("crash_report");
  EXPECT_EQ(of_crash.at("class"), "error");
  EXPECT_EQ(of_crash.at("reason"), show(error));
  EXPECT_EQ(reports.count(), 1u);
  rsp_term_free(error);
}

// S-REP-3
TEST(Reports, ShowNoMessagesAndNoStatesUnlessAsked) {
  Reports reports(RSP_REPORT_NO_CONTENTS);
  const rsp_server_ops ops = server_ops();
  const Runtime runtime;
  const Attached me;
  end_by_call(me, start(me, ops), "secret");
  EXPECT_EQ(reports.only("server_report").count("last_message"), 0u);
  EXPECT_EQ(reports.only("server_report").count("state"), 0u);
  EXPECT_EQ(reports.only("crash_report").count("messages"), 0u);
}

// S-REP-3
TEST(Reports, ShowMessagesWhereAsked) {
  Reports reports(RSP_REPORT_MESSAGES);
  const rsp_server_ops ops = server_ops();
  const Runtime runtime;
  const Attached me;
  end_by_call(me, start(me, ops), "work");
  EXPECT_EQ(reports.only("server_report").at("last_message"), "work");
  EXPECT_EQ(reports.only("server_report").count("state"), 0u);
  EXPECT_EQ(reports.only("crash_report").at("messages"), "[]");
}

// S-REP-3
TEST(Reports, ShowWhatAPayloadSaysOfItself) {
  static const rsp_native_ops PAYLOAD = {
      sizeof(rsp_native_ops), nullptr, [](void* payload, char* text, size_t capacity) {
        return static_cast<size_t>(std::snprintf(text, capacity, "order %d", *static_cast<int*>(payload)));
      }};
  Reports reports(RSP_REPORT_MESSAGES);
  const rsp_server_ops ops = server_ops();
  const Runtime runtime;
  const Attached me;
  const rsp_pid server = start(me, ops);
  int order = 7;
  (void)me.end_after(server, [&] { EXPECT_EQ(rsp_cast_native(me, server, &order, &PAYLOAD), RSP_OK); });
  EXPECT_EQ(reports.only("server_report").at("last_message"), "\"order 7\"");
}

// S-REP-3
TEST(Reports, ShowStatesWhereAskedAndTheServerSaysWhatTheyAre) {
  Reports reports(RSP_REPORT_STATES);
  const rsp_server_ops ops = server_ops();
  const Runtime runtime;
  const Attached me;
  end_by_call(me, start(me, ops), "work");
  EXPECT_EQ(reports.only("server_report").at("state"), "42");
  EXPECT_EQ(reports.only("server_report").count("last_message"), 0u);
}

// S-REP-3
TEST(Reports, ComeAllTheSameWhereFormatStatusFails) {
  Reports reports(RSP_REPORT_STATES);
  const rsp_server_ops ops = server_ops(&format_status_fails);
  const Runtime runtime;
  const Attached me;
  end_by_call(me, start(me, ops), "work");
  EXPECT_EQ(reports.only("server_report").at("state"), "nil");
  EXPECT_EQ(reports.only("server_report").at("reason"), "{work,[]}");
}

// S-REP-3
TEST(Reports, OfATypeOfBeforeHaveNoState) {
  Reports reports(RSP_REPORT_STATES);
  rsp_server_ops ops = server_ops();
  const Runtime runtime;
  const Attached me;
  ops.size = offsetof(rsp_server_ops, format_status);
  end_by_call(me, start(me, ops), "work");
  EXPECT_EQ(reports.only("server_report").at("state"), "nil");
}

/** Ends a server for the exit that a failed call of a dead process is, with `secret` as the request. */
Report report_of_a_failed_call(uint64_t contents) {
  Reports reports(contents);
  rsp_server_ops ops = server_ops();
  const Runtime runtime;
  const Attached me;
  static rsp_pid dead;
  dead = dead_pid(me);
  ops.handle_cast = [](rsp_self* self, void*, rsp_msg*, rsp_server_return*) {
    rsp_term elements[4] = {word("call"), rsp_term_pid(dead), word("secret"), rsp_term_int(5000)};
    rsp_term pair[2] = {word("noproc"), NIL};
    EXPECT_EQ(rsp_term_tuple(&pair[1], elements, 4), RSP_OK);
    rsp_term reason = NIL;
    EXPECT_EQ(rsp_term_tuple(&reason, pair, 2), RSP_OK);
    rsp_term_free(pair[1]);
    return exit_with(self, reason);
  };
  const rsp_pid server = start(me, ops);
  (void)me.end_after(server, [&] { EXPECT_EQ(rsp_cast(me, server, word("work")), RSP_OK); });
  Report report = reports.only("crash_report");
  report["dead"] = show(rsp_term_pid(dead));
  return report;
}

// S-REP-3
TEST(Reports, HideTheRequestOfAFailedCallUnlessMessagesAreAskedFor) {
  const Report hidden = report_of_a_failed_call(RSP_REPORT_STATES);
  EXPECT_EQ(hidden.at("reason"), "{noproc,{call," + hidden.at("dead") + ",'_',5000}}");
  const Report shown = report_of_a_failed_call(RSP_REPORT_MESSAGES);
  EXPECT_EQ(shown.at("reason"), "{noproc,{call," + shown.at("dead") + ",secret,5000}}");
}

/** The crash report of a server that has a label, and a dictionary of so many keys. */
Report crash_with_dictionary(uint64_t contents, int64_t keys) {
  Reports reports(contents);
  rsp_server_ops ops = server_ops();
  const Runtime runtime;
  const Attached me;
  static int64_t count;
  count = keys;
  ops.handle_cast = [](rsp_self* self, void*, rsp_msg*, rsp_server_return*) {
    EXPECT_EQ(rsp_set_label(self, word("teller")), RSP_OK);
    for (int64_t i = 0; i < count; ++i)
      EXPECT_EQ(rsp_put(self, nullptr, rsp_term_int(i), word("secret")), RSP_OK);
    return rsp_error(self, word("cast"));
  };
  const rsp_pid server = start(me, ops);
  (void)me.end_after(server, [&] { EXPECT_EQ(rsp_cast(me, server, word("work")), RSP_OK); });
  EXPECT_EQ(reports.only("server_report").at("process_label"), "teller");
  return reports.only("crash_report");
}

// S-PROC-13, S-REP-2, S-REP-3
TEST(Reports, SayTheLabelAndHowLargeTheDictionaryIsAndWhatIsInItWhereAsked) {
  const Report hidden = crash_with_dictionary(RSP_REPORT_MESSAGES, 1);
  EXPECT_EQ(hidden.at("process_label"), "teller");
  EXPECT_EQ(hidden.at("dictionary_size"), "1");
  EXPECT_EQ(hidden.count("dictionary"), 0u);
  const Report shown = crash_with_dictionary(RSP_REPORT_STATES, 1);
  EXPECT_EQ(shown.at("dictionary_size"), "1");
  EXPECT_EQ(shown.at("dictionary"), "[{0,secret}]");
  const Report none = crash_with_dictionary(RSP_REPORT_STATES, 0);
  EXPECT_EQ(none.at("dictionary_size"), "nil");
  const Report large = crash_with_dictionary(RSP_REPORT_STATES, 300);
  EXPECT_EQ(large.at("dictionary_size"), "300");
  const std::string& pairs = large.at("dictionary");
  EXPECT_EQ(std::count(pairs.begin(), pairs.end(), '{'), 100);
}

// S-REP-3
TEST(Reports, RefuseContentsThatDoNotExist) {
  EXPECT_EQ(rsp_set_report_contents(4), RSP_EINVAL);
  EXPECT_EQ(rsp_set_report_contents(UINT64_MAX), RSP_EINVAL);
}

std::atomic<int> g_statuses{0};

/** How many reports a server's failed end makes at this level, and how often it was asked for its state. */
std::pair<size_t, int> reports_at(rsp_report_level level) {
  Reports reports(RSP_REPORT_STATES);
  EXPECT_EQ(rsp_set_report_level(level), RSP_OK);
  const Runtime runtime;
  const Attached me;
  const int before = g_statuses.load();
  const rsp_server_ops ops = server_ops([](rsp_self*, void*) {
    ++g_statuses;
    return NIL;
  });
  end_by_call(me, start(me, ops), "work");
  return {reports.count(), g_statuses.load() - before};
}

// S-REP-6
TEST(Reports, AreMadeFromTheLevelOnThatIsAskedFor) {
  using Made = std::pair<size_t, int>;
  EXPECT_EQ(reports_at(RSP_REPORT_INFO), (Made{2, 1}));
  EXPECT_EQ(reports_at(RSP_REPORT_NOTICE), (Made{2, 1}));
  EXPECT_EQ(reports_at(RSP_REPORT_WARNING), (Made{2, 1}));
  EXPECT_EQ(reports_at(RSP_REPORT_ERROR), (Made{2, 1}));
  EXPECT_EQ(reports_at(RSP_REPORT_NONE), (Made{0, 0}));
}

// S-REP-6
TEST(Reports, OfALowerLevelAreNotMade) {
  Reports reports(RSP_REPORT_NO_CONTENTS);
  const rsp_server_ops ops = server_ops();  // it handles no messages, which is a warning each
  const Runtime runtime;
  const Attached me;
  const rsp_pid server = start(me, ops);
  const auto send_one = [&] {
    EXPECT_EQ(rsp_send(me, server, word("hello")), RSP_OK);
    rsp_term state = NIL;
    EXPECT_EQ(rsp_sys_get_state(me, &state, nullptr, server, RSP_INFINITE), RSP_OK);  // it has handled it
    rsp_term_free(state);
  };
  send_one();
  EXPECT_EQ(reports.count(), 1u);
  EXPECT_EQ(rsp_set_report_level(RSP_REPORT_ERROR), RSP_OK);
  send_one();
  EXPECT_EQ(reports.count(), 1u);
  EXPECT_EQ(rsp_set_report_level(RSP_REPORT_WARNING), RSP_OK);
  send_one();
  EXPECT_EQ(reports.count(), 2u);
}

std::atomic<int> g_descriptions{0};

/** How often a payload was asked to describe itself, by a server that is traced and gets two of them. */
int descriptions_at(rsp_report_level level) {
  static const rsp_native_ops PAYLOAD = {sizeof(rsp_native_ops), nullptr, [](void*, char*, size_t) {
                                           ++g_descriptions;
                                           return size_t{0};
                                         }};
  Reports reports(RSP_REPORT_MESSAGES);
  EXPECT_EQ(rsp_set_report_level(level), RSP_OK);
  rsp_server_ops ops = server_ops();
  const Runtime runtime;
  const Attached me;
  ops.handle_cast = [](rsp_self*, void*, rsp_msg*, rsp_server_return*) { return RSP_NEXT_CONTINUE; };
  const rsp_pid server = start(me, ops);
  EXPECT_EQ(rsp_sys_trace(me, nullptr, server, true, RSP_INFINITE), RSP_OK);
  const int before = g_descriptions.load();
  int payload = 0;
  for (int i = 0; i < 2; ++i) EXPECT_EQ(rsp_cast_native(me, server, &payload, &PAYLOAD), RSP_OK);
  EXPECT_EQ(rsp_sys_trace(me, nullptr, server, false, RSP_INFINITE), RSP_OK);  // it has handled them
  return g_descriptions.load() - before;
}

// S-REP-6
TEST(Reports, AskNoPayloadForWhatIsNotReported) {
  const int for_all = descriptions_at(RSP_REPORT_NOTICE);
  const int for_errors = descriptions_at(RSP_REPORT_ERROR);
  EXPECT_GT(for_errors, 0);
  EXPECT_EQ(for_all, 2 * for_errors);  // the trace asks as often
  EXPECT_EQ(descriptions_at(RSP_REPORT_NONE), 0);
}

// S-REP-6
TEST(Reports, RefuseLevelsThatDoNotExist) {
  EXPECT_EQ(rsp_set_report_level(static_cast<rsp_report_level>(5)), RSP_EINVAL);
  EXPECT_EQ(rsp_set_report_level(static_cast<rsp_report_level>(-1)), RSP_EINVAL);
}

// ---- Supervisors ----

rsp_next end_badly(rsp_self* self, rsp_msg*, void*) { return rsp_exit(self, word("bad")); }

/** Ends a child so often that each says what its supervisor decides. */
std::vector<std::string> decisions_on(rsp_restart restart, int64_t max_restarts, int ends) {
  Reports reports(RSP_REPORT_NO_CONTENTS);
  const Runtime runtime;
  const Attached me;
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  child.id = word("child");
  child.start.handler = [](rsp_self* self, rsp_msg* message, void* ctx) {
    return message == nullptr ? RSP_NEXT_CONTINUE : end_badly(self, message, ctx);
  };
  child.start.name = atom("child");
  child.restart = restart;
  rsp_supervisor_opts opts = RSP_SUPERVISOR_OPTS_INIT;
  opts.max_restarts = max_restarts;
  rsp_pid supervisor = NO_PID;
  EXPECT_EQ(rsp_supervisor_start(me, &supervisor, nullptr, &child, 1, &opts, nullptr), RSP_OK);
  for (int i = 0; i < ends; ++i) {
    wait_until([] { return !(rsp_whereis(atom("child")) == NO_PID); });
    (void)me.end_by_message(rsp_whereis(atom("child")));
  }
  wait_until([&] { return reports.of("supervisor_report").size() >= static_cast<size_t>(ends); });
  std::vector<std::string> decisions;
  for (const Report& report : reports.of("supervisor_report")) {
    decisions.push_back(report.at("errorContext") + " " + report.at("decision"));
  }
  return decisions;
}

// S-REP-4
TEST(Reports, SayWhatTheSupervisorDecided) {
  using Decisions = std::vector<std::string>;
  EXPECT_EQ(decisions_on(RSP_RESTART_PERMANENT, 2, 2),
            (Decisions{"child_terminated restart", "child_terminated restart"}));
  EXPECT_EQ(decisions_on(RSP_RESTART_TEMPORARY, 2, 1), (Decisions{"child_terminated none"}));
  EXPECT_EQ(decisions_on(RSP_RESTART_PERMANENT, 0, 1).front(), "child_terminated shutdown");
}

// ---- The default sink ----

/** What `deed` makes the default sink write to standard error. */
std::string written_by(const std::function<void()>& deed) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const int kept = dup(STDERR_FILENO);
  EXPECT_EQ(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
  deed();
  EXPECT_EQ(dup2(kept, STDERR_FILENO), STDERR_FILENO);
  close(kept);
  close(ends[1]);
  std::string text;
  char part[4096];
  for (ssize_t length = 0; (length = read(ends[0], part, sizeof part)) > 0;)
    text.append(part, static_cast<size_t>(length));
  close(ends[0]);
  return text;
}

// S-REP-5
TEST(Reports, AreLinesOfTextByDefault) {
  std::string pid;
  std::string client;
  const std::string text = written_by([&] {
    const Runtime runtime;
    const Attached me;
    const rsp_server_ops ops = server_ops();
    const rsp_pid server = start(me, ops);
    pid = show(rsp_term_pid(server));
    client = show(rsp_term_pid(me.pid()));
    end_by_call(me, server, "badness");
  });
  EXPECT_EQ(text, "resprout error: server_report of " + pid +
                      "\n    module: 'Shop'\n    reason: {badness,[]}\n    client: " + client +
                      "\nresprout error: crash_report of " + pid +
                      "\n    initial_call: 'Shop'\n    class: error\n    reason: {badness,[]}" +
                      "\n    ancestors: [" + client + "]\n    message_queue_len: 0\n    trap_exit: false\n");
}

// S-PROC-13, S-REP-5
TEST(Reports, NameByItsLabelWhatHasNoName) {
  std::string pid;
  const std::string text = written_by([&] {
    const Runtime runtime;
    const Attached me;
    const rsp_pid process = spawn(me, [](rsp_self* self, rsp_msg*) {
      EXPECT_EQ(rsp_set_label(self, word("teller")), RSP_OK);
      return rsp_error(self, word("bad"));
    });
    pid = show(rsp_term_pid(process));
    (void)me.end_by_message(process);
  });
  EXPECT_EQ(text, "resprout error: process_error of teller\n    pid: " + pid + "\n    reason: {bad,[]}\n");
}

// S-REP-5
TEST(Reports, AreCutByDefaultWhereTheyAreVeryLong) {
  const std::string text = written_by([&] {
    const Runtime runtime;
    const Attached me;
    rsp_server_ops ops = server_ops();
    ops.handle_cast = [](rsp_self* self, void*, rsp_msg*, rsp_server_return*) {
      const std::string long_text(100000, 'x');
      rsp_term reason = NIL;
      EXPECT_EQ(rsp_term_string(&reason, long_text.data(), long_text.size()), RSP_OK);
      return exit_with(self, reason);
    };
    const rsp_pid server = start(me, ops);
    (void)me.end_after(server, [&] { EXPECT_EQ(rsp_cast(me, server, word("work")), RSP_OK); });
  });
  EXPECT_LT(text.size(), 8192u);
  EXPECT_NE(text.find("...\n"), std::string::npos);
  EXPECT_NE(text.find("trap_exit: false"), std::string::npos) << "what comes behind is there";
}

}  // namespace
