// resprout/sys.h: what a traced behaviour reports, and what of that is nobody else's business.
#include <mutex>
#include <vector>

#include "tests/capi/statem.hpp"

using namespace capi_test;

namespace {

/** What is reported of behaviours that are traced, each as text without the pid, for as long as it lives. */
class Traces {
 public:
  explicit Traces(uint64_t contents = RSP_REPORT_NO_CONTENTS) {
    EXPECT_EQ(rsp_set_report_contents(contents), RSP_OK);
    rsp_set_report_sink(&take, this);
  }
  ~Traces() {
    rsp_set_report_sink(nullptr, nullptr);
    EXPECT_EQ(rsp_set_report_contents(RSP_REPORT_NO_CONTENTS), RSP_OK);
  }
  Traces(const Traces&) = delete;
  Traces& operator=(const Traces&) = delete;

  Trail take_all() {
    const std::lock_guard guard(lock_);
    return std::exchange(all_, {});
  }

 private:
  static std::string field(rsp_term report, std::string_view key) {
    rsp_term value = NIL;
    return rsp_term_map_get(&value, report, word(key)) == RSP_OK ? show(value) : std::string();
  }

  static void take(void* mine, rsp_report_level level, rsp_term report) {
    Traces& traces = *static_cast<Traces*>(mine);
    if (field(report, "report") != "trace_report") return;
    EXPECT_EQ(level, RSP_REPORT_NOTICE);
    EXPECT_NE(field(report, "pid"), "");
    std::string text = field(report, "event");
    for (const std::string_view key : {"last_message", "from", "to"}) {
      const std::string value = field(report, key);
      if (!value.empty()) text += " " + std::string(key) + "=" + value;
    }
    const std::lock_guard guard(traces.lock_);
    traces.all_.push_back(std::move(text));
    traces.client_ = field(report, "client");
  }

 public:
  /** Of the last one. */
  std::string client() {
    const std::lock_guard guard(lock_);
    return client_;
  }

 private:
  std::mutex lock_;
  Trail all_;
  std::string client_;
};

void trace(const Attached& me, rsp_pid dest, bool on) {
  EXPECT_EQ(rsp_sys_trace(me, nullptr, dest, on, RSP_INFINITE), RSP_OK);
}

const rsp_server_ops& echo_ops() {
  static const rsp_server_ops made = [] {
    rsp_server_ops ops = {};
    ops.size = sizeof ops;
    ops.name = "echo";
    ops.init = [](rsp_self*, void*, rsp_term, rsp_server_return*) { return RSP_NEXT_CONTINUE; };
    ops.handle_call = [](rsp_self* self, void*, rsp_msg* message, rsp_from from, rsp_server_return* ret) {
      if (show(rsp_msg_term(message)) == "crash") return rsp_error(self, word("boom"));
      if (show(rsp_msg_term(message)) == "aside") {
        EXPECT_EQ(rsp_reply(self, from, word("aside")), RSP_OK);
        return RSP_NEXT_CONTINUE;
      }
      ret->action = RSP_SERVER_REPLY;
      ret->reply = rsp_term_copy(rsp_msg_term(message));
      return RSP_NEXT_CONTINUE;
    };
    ops.handle_cast = [](rsp_self*, void*, rsp_msg*, rsp_server_return* ret) {
      ret->wait = RSP_SERVER_WAIT_TIMEOUT;
      ret->timeout_ms = 0;
      return RSP_NEXT_CONTINUE;
    };
    ops.handle_info = [](rsp_self*, void*, rsp_msg*, rsp_server_return*) { return RSP_NEXT_CONTINUE; };
    return ops;
  }();
  return made;
}

rsp_pid start_echo(const Attached& me) {
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  spec.ops = &echo_ops();
  rsp_pid pid = NO_PID;
  EXPECT_EQ(rsp_server_start(me, &pid, nullptr, nullptr, &spec, nullptr), RSP_OK);
  return pid;
}

std::string call(const Attached& me, rsp_pid server, std::string_view request) {
  rsp_msg* answer = nullptr;
  EXPECT_EQ(rsp_call(me, &answer, nullptr, server, word(request), RSP_INFINITE), RSP_OK);
  return text_of(Message(answer));
}

class SysTrace : public testing::Test {
 protected:
  const Runtime runtime_{2};
};

// S-SYS-7
TEST_F(SysTrace, each_event_of_a_server_and_each_answer_is_reported_as_long_as_it_is_on) {
  Traces traces(RSP_REPORT_MESSAGES);
  const Attached me;
  const rsp_pid server = start_echo(me);
  EXPECT_EQ(call(me, server, "before"), "before");
  EXPECT_EQ(traces.take_all(), Trail{});
  trace(me, server, true);
  trace(me, server, true);
  EXPECT_EQ(traces.take_all(), Trail{}) << "it is no event itself";
  EXPECT_EQ(call(me, server, "hello"), "hello");
  EXPECT_EQ(traces.take_all(), (Trail{"call last_message=hello", "reply last_message=hello"}));
  EXPECT_EQ(traces.client(), show(rsp_term_pid(me.pid())));
  EXPECT_EQ(rsp_cast(me, server, word("soft")), RSP_OK);
  EXPECT_EQ(rsp_send(me, server, word("plain")), RSP_OK);
  EXPECT_EQ(call(me, server, "aside"), "aside");
  const Trail came = traces.take_all();
  // The timeout comes if nothing waits at that moment.
  Trail without;
  for (const std::string& one : came)
    if (one != "timeout last_message=timeout") without.push_back(one);
  EXPECT_EQ(without, (Trail{"cast last_message=soft", "info last_message=plain", "call last_message=aside"}))
      << "an answer that is no result of a callback is not its event";
  trace(me, server, false);
  EXPECT_EQ(call(me, server, "later"), "later");
  EXPECT_EQ(traces.take_all(), Trail{});
}

// S-SYS-7
TEST_F(SysTrace, a_timeout_is_called_so) {
  Traces traces(RSP_REPORT_MESSAGES);
  const Attached me;
  const rsp_pid server = start_echo(me);
  trace(me, server, true);
  EXPECT_EQ(rsp_cast(me, server, word("soft")), RSP_OK);
  Trail came;
  wait_until([&] {
    for (std::string& one : traces.take_all()) came.push_back(std::move(one));
    return came.size() == 2;
  });
  EXPECT_EQ(came, (Trail{"cast last_message=soft", "timeout last_message=timeout"}));
}

// S-SYS-8
TEST_F(SysTrace, contents_are_shown_where_the_program_has_asked_for_them_alone) {
  Traces traces;
  const Attached me;
  const rsp_pid server = start_echo(me);
  trace(me, server, true);
  EXPECT_EQ(call(me, server, "secret"), "secret");
  EXPECT_EQ(traces.take_all(), (Trail{"call", "reply"}));
}

// S-SYS-7
TEST_F(SysTrace, a_state_machine_reports_its_events_and_each_change_of_its_state) {
  Traces traces(RSP_REPORT_MESSAGES);
  const Attached me;
  Script script;
  script.handle = [](rsp_self* self, const rsp_event* event, rsp_server_return* ret) {
    if (event->type == RSP_EVENT_CALL) {
      ret->action = RSP_SERVER_REPLY;
      ret->reply = word("yes");
      next_state(self, "a");
    }
    if (is(event, "go")) {
      next_state(self, "b");
      insert(self, "more");
      state_timeout(self, 0, "stayed");
      named_timeout(self, "nap", 0, "slept");
    }
    if (is(event, "stay")) next_state(self, "b");
    if (is(event, "odd")) {
      const rsp_term number = rsp_term_int(17);
      EXPECT_EQ(rsp_statem_next_state(self, number), RSP_OK);
    }
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  trace(me, machine.pid(), true);
  machine.cast("go");
  machine.cast("stay");
  EXPECT_EQ(machine.call("back"), "yes");
  trace(me, machine.pid(), true);  // what follows from the answer is over
  EXPECT_EQ(traces.take_all(),
            (Trail{"cast last_message=go", "state_change from=a to=b", "internal last_message=more",
                   "state_timeout last_message=stayed", "{timeout,nap} last_message=slept",
                   "cast last_message=stay", "call last_message=back", "reply last_message=yes",
                   "state_change from=b to=a"}));
  machine.cast("odd");
  machine.settle();
  EXPECT_EQ(traces.take_all(), (Trail{"cast last_message=odd", "state_change from=a to='_'",
                                      "call last_message=seen", "reply last_message=ok"}))
      << "what is no word may be data";
  EXPECT_EQ(machine.stop(), "normal");
}

// S-SYS-7
TEST_F(SysTrace, an_event_that_was_postponed_is_reported_again_and_a_stop_is_none) {
  Traces traces(RSP_REPORT_MESSAGES);
  const Attached me;
  Script script;
  script.handle = [](rsp_self* self, const rsp_event* event, rsp_server_return*) {
    if (is(event, "later") && in_state(event, "a")) postpone(self);
    if (is(event, "go")) next_state(self, "b");
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  trace(me, machine.pid(), true);
  machine.cast("later");
  machine.cast("go");
  machine.settle();
  EXPECT_EQ(traces.take_all(),
            (Trail{"cast last_message=later", "cast last_message=go", "state_change from=a to=b",
                   "cast last_message=later", "call last_message=seen", "reply last_message=ok"}));
  EXPECT_EQ(machine.stop(), "normal");
  EXPECT_EQ(traces.take_all(), Trail{});
}

/** What a timeout whose name is 17 is called. */
std::string trace_of_a_number(uint64_t contents) {
  Traces traces(contents);
  const Attached me;
  Script script;
  script.handle = [](rsp_self* self, const rsp_event* event, rsp_server_return*) {
    if (event->type != RSP_EVENT_CAST) return RSP_NEXT_CONTINUE;
    EXPECT_EQ(rsp_statem_timeout(self, RSP_EVENT_NAMED_TIMEOUT, rsp_term_int(17), 0, NIL), RSP_OK);
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  trace(me, machine.pid(), true);
  machine.cast("set");
  machine.settle();
  const Trail all = traces.take_all();
  EXPECT_EQ(all.size(), 4u);
  EXPECT_EQ(machine.stop(), "normal");
  return all.size() < 2 ? "" : all[1];
}

// S-SYS-8
TEST_F(SysTrace, a_name_of_a_timeout_that_is_no_word_is_shown_with_the_states) {
  EXPECT_EQ(trace_of_a_number(RSP_REPORT_NO_CONTENTS), "{timeout,'_'}");
  EXPECT_EQ(trace_of_a_number(RSP_REPORT_STATES), "{timeout,17}");
}

// S-SYS-8
TEST_F(SysTrace, a_state_of_any_term_is_shown_with_the_states) {
  Traces traces(RSP_REPORT_STATES);
  const Attached me;
  Script script;
  script.handle = [](rsp_self* self, const rsp_event*, rsp_server_return*) {
    EXPECT_EQ(rsp_statem_next_state(self, rsp_term_int(17)), RSP_OK);
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  trace(me, machine.pid(), true);
  machine.cast("odd");
  machine.settle();
  EXPECT_EQ(traces.take_all(), (Trail{"cast", "state_change from=a to=17", "call", "reply"}));
  EXPECT_EQ(machine.stop(), "normal");
}

// S-SYS-7
TEST_F(SysTrace, supervisors_and_the_controller_of_applications_report_too) {
  Traces traces(RSP_REPORT_MESSAGES);
  const Attached me;
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  child.id = word("echo");
  child.start.ops = &echo_ops();
  rsp_pid supervisor = NO_PID;
  EXPECT_EQ(rsp_supervisor_start(me, &supervisor, nullptr, &child, 1, nullptr, nullptr), RSP_OK);
  trace(me, supervisor, true);
  rsp_term rows = NIL;
  EXPECT_EQ(rsp_supervisor_which_children(me, &rows, supervisor, RSP_INFINITE), RSP_OK);
  EXPECT_EQ(traces.take_all(),
            (Trail{"call last_message=which_children", "reply last_message=" + show(rows)}));
  rsp_term_free(rows);
  rsp_term running = NIL;
  EXPECT_EQ(rsp_application_which(me, &running), RSP_OK);
  rsp_term_free(running);
  trace(me, rsp_whereis(atom("application_controller")), true);
  EXPECT_EQ(rsp_application_which(me, &running), RSP_OK);
  rsp_term_free(running);
  EXPECT_EQ(traces.take_all(), (Trail{"call last_message=which_applications", "reply last_message=[]"}));
  trace(me, rsp_whereis(atom("application_controller")), false);
  EXPECT_EQ(rsp_stop(me, nullptr, supervisor, word("normal"), RSP_INFINITE), RSP_OK);
}

// S-SYS-9
TEST_F(SysTrace, one_that_is_started_anew_is_not_traced) {
  Traces traces(RSP_REPORT_MESSAGES);
  const Attached me;
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  child.start.ops = &echo_ops();
  child.start.name = atom("sys_echo");
  rsp_pid supervisor = NO_PID;
  EXPECT_EQ(rsp_supervisor_start(me, &supervisor, nullptr, &child, 1, nullptr, nullptr), RSP_OK);
  const rsp_pid first = rsp_whereis(atom("sys_echo"));
  trace(me, first, true);
  EXPECT_EQ(call(me, first, "hello"), "hello");
  EXPECT_EQ(traces.take_all().size(), 2u);
  EXPECT_EQ(me.exit(first, "kill"), "killed");
  wait_until(
      [&] { return rsp_whereis(atom("sys_echo")).id != 0 && !(rsp_whereis(atom("sys_echo")) == first); });
  EXPECT_EQ(call(me, rsp_whereis(atom("sys_echo")), "hello"), "hello");
  EXPECT_EQ(traces.take_all(), Trail{});
  EXPECT_EQ(rsp_stop(me, nullptr, supervisor, word("normal"), RSP_INFINITE), RSP_OK);
}

}  // namespace
