// resprout/sys.h: what each behaviour says of itself.
#include <cstdio>
#include <stdexcept>

#include "tests/capi/statem.hpp"
#include "tests/capi/sys.hpp"

using namespace capi_test;

namespace {

int g_cup = 0;
const rsp_native_ops CUP = {sizeof(rsp_native_ops), nullptr, [](void*, char* text, size_t capacity) {
                              return static_cast<size_t>(std::snprintf(text, capacity, "a cup"));
                            }};

class SysState : public testing::Test {
 protected:
  const Runtime runtime_{2};
};

// S-SYS-2
TEST_F(SysState, the_status_of_a_server_says_what_it_is) {
  const Attached me;
  Play play;
  play.name = atom("sys_play");
  play.status = [](rsp_self*) { return rsp_term_int(42); };
  const rsp_pid server = start(me, play, true);
  const std::string mine = pid_text(me.pid());
  EXPECT_EQ(status_of(me, server), "#{behaviour => gen_server,module => play,parent => " + mine + ",pid => " +
                                       pid_text(server) +
                                       ",registered_name => sys_play,state => 42,status => running,"
                                       "trace => false}");
  Play nameless;
  const rsp_pid other = start(me, nameless);
  EXPECT_EQ(status_field(me, other, "registered_name"), "undefined");
  EXPECT_EQ(status_field(me, other, "parent"), pid_text(other))
      << "who was started without a link is its own";
}

// S-SYS-2
TEST_F(SysState, a_thread_that_is_no_process_may_ask) {
  rsp_pid server = NO_PID;
  Play play;
  play.status = [](rsp_self*) { return word("fine"); };
  {
    const Attached me;
    server = start(me, play);
  }
  rsp_term state = NIL;
  EXPECT_EQ(rsp_sys_get_state(nullptr, &state, nullptr, server, RSP_INFINITE), RSP_OK);
  EXPECT_EQ(show(state), "fine");
  rsp_term_free(state);
  rsp_term status = NIL;
  EXPECT_EQ(rsp_sys_get_status(nullptr, &status, nullptr, server, RSP_INFINITE), RSP_OK);
  rsp_term_free(status);
  EXPECT_EQ(rsp_sys_trace(nullptr, nullptr, server, false, RSP_INFINITE), RSP_OK);
}

// S-SYS-3
TEST_F(SysState, a_state_is_what_format_status_says_and_nil_where_that_says_nothing) {
  const Attached me;
  Play play;
  const rsp_pid server = start(me, play);
  EXPECT_EQ(state_of(me, server), "nil");
  play.status = [](rsp_self*) {
    return word("system_limit");
  };  // any term, also one that is a failure elsewhere
  EXPECT_EQ(state_of(me, server), "system_limit");
  play.status = [](rsp_self*) -> rsp_term { throw std::runtime_error("no status today"); };
  EXPECT_EQ(state_of(me, server), "nil");
  play.status = [](rsp_self* self) {
    EXPECT_EQ(rsp_error(self, word("pending")), RSP_NEXT_RAISE);
    return rsp_term_int(1);
  };
  EXPECT_EQ(state_of(me, server), "1");
  EXPECT_EQ(call(me, server, "request"), "ok") << "it goes on";
}

// S-SYS-3
TEST_F(SysState, what_format_status_waits_for_is_given_up) {
  const Attached me;
  Play play;
  const rsp_pid server = start(me, play);
  play.status = [](rsp_self* self) {
    rsp_ref ref = {};
    EXPECT_EQ(rsp_alive_request(self, &ref, rsp_self_pid(self)), RSP_OK);
    EXPECT_EQ(rsp_await(
                  self, ref, RSP_INFINITE,
                  [](rsp_self*, rsp_msg*, void*) {
                    ADD_FAILURE() << "nobody waits";
                    return RSP_NEXT_CONTINUE;
                  },
                  nullptr),
              RSP_NEXT_AWAIT);
    return rsp_term_int(1);
  };
  EXPECT_EQ(state_of(me, server), "1");
  EXPECT_EQ(call(me, server, "request"), "ok");
}

// S-SYS-3
TEST_F(SysState, a_state_machine_shows_its_state_and_its_data) {
  const Attached me;
  Script script;
  script.handle = [](rsp_self* self, const rsp_event* event, rsp_server_return*) {
    if (is(event, "go")) next_state(self, "b");
    return RSP_NEXT_CONTINUE;
  };
  const Statem bare(me, script);
  EXPECT_EQ(state_of(me, bare.pid()), "{a,nil}");
  static const rsp_server_ops SAYING = [] {
    rsp_server_ops ops = script_ops();
    ops.format_status = [](rsp_self* self, void*) {
      // It is no event: nothing can be asked for.
      EXPECT_EQ(rsp_statem_next_state(self, word("c")), RSP_EINVAL);
      EXPECT_EQ(rsp_statem_postpone(self), RSP_EINVAL);
      return rsp_term_int(7);
    };
    return ops;
  }();
  const Statem machine(me, script, false, SAYING);
  machine.cast("go");
  EXPECT_EQ(state_of(me, machine.pid()), "{b,7}");
  EXPECT_EQ(status_field(me, machine.pid(), "behaviour"), "gen_statem");
  EXPECT_EQ(status_field(me, machine.pid(), "state"), "{b,7}");
  EXPECT_EQ(events(script), Trail{"cast go in a"});
  EXPECT_EQ(machine.stop() + bare.stop(), "normalnormal");
}

// S-SYS-3
TEST_F(SysState, an_event_manager_shows_what_each_handler_says) {
  const Attached me;
  rsp_event_ops ops = {};
  ops.size = sizeof ops;
  ops.name = "listener";
  ops.init = [](rsp_self*, void* ctx, rsp_term, rsp_event_return* ret) {
    ret->state = ctx;
    return RSP_NEXT_CONTINUE;
  };
  ops.handle_event = [](rsp_self*, void*, rsp_msg*, rsp_event_return*) { return RSP_NEXT_CONTINUE; };
  rsp_event_ops said = ops;
  said.name = "speaker";
  said.format_status = [](rsp_self*, void* state) { return word(static_cast<const char*>(state)); };
  rsp_event_ops older = said;  // of a header that did not have it
  older.name = "older";
  older.size = offsetof(rsp_event_ops, format_status);
  rsp_event_ops raising = ops;
  raising.name = "raising";
  raising.format_status = [](rsp_self*, void*) -> rsp_term { throw std::runtime_error("no status today"); };

  rsp_start_spec spec = RSP_START_SPEC_INIT;
  EXPECT_EQ(rsp_event_spec(&spec, rsp_atom{0}), RSP_OK);
  rsp_pid manager = NO_PID;
  EXPECT_EQ(rsp_server_start(me, &manager, nullptr, nullptr, &spec, nullptr), RSP_OK);
  EXPECT_EQ(state_of(me, manager), "[]");
  const auto add = [&](const rsp_event_ops& type, rsp_term id, const char* state) {
    rsp_event_handler handler = {sizeof(rsp_event_handler), &type,  id, NIL,
                                 const_cast<char*>(state),  nullptr};
    EXPECT_EQ(rsp_event_add_handler(me, nullptr, manager, &handler, RSP_INFINITE), RSP_OK);
  };
  add(ops, NIL, "unsaid");
  add(said, rsp_term_int(1), "one");
  add(raising, NIL, "raised");
  add(said, NIL, "two");
  add(older, NIL, "unseen");
  EXPECT_EQ(state_of(me, manager),
            "[{older,nil},{speaker,two},{raising,nil},{{speaker,1},one},{listener,nil}]");
  EXPECT_EQ(status_field(me, manager, "behaviour"), "gen_event");
  EXPECT_EQ(rsp_stop(me, nullptr, manager, word("normal"), RSP_INFINITE), RSP_OK);
}

// S-SYS-3
TEST_F(SysState, a_supervisor_shows_its_flags_and_its_children) {
  const Attached me;
  Play play;
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  child.id = word("worker_1");
  child.start.ops = &play_ops();
  child.start.ctx = &play;
  rsp_supervisor_opts opts = RSP_SUPERVISOR_OPTS_INIT;
  opts.strategy = RSP_REST_FOR_ONE;
  opts.max_restarts = 4;
  opts.period_ms = 6000;
  rsp_pid supervisor = NO_PID;
  EXPECT_EQ(rsp_supervisor_start(me, &supervisor, nullptr, &child, 1, &opts, nullptr), RSP_OK);
  rsp_term rows = NIL;
  EXPECT_EQ(rsp_supervisor_which_children(me, &rows, supervisor, RSP_INFINITE), RSP_OK);
  EXPECT_EQ(state_of(me, supervisor), "#{auto_shutdown => never,children => " + show(rows) +
                                          ",intensity => 4,period_ms => 6000,strategy => rest_for_one}");
  rsp_term_free(rows);
  EXPECT_EQ(status_field(me, supervisor, "behaviour"), "supervisor");
  EXPECT_EQ(rsp_stop(me, nullptr, supervisor, word("normal"), RSP_INFINITE), RSP_OK);
}

// S-SYS-3
TEST_F(SysState, an_agent_shows_its_value) {
  const Attached me;
  rsp_agent_opts opts = RSP_AGENT_OPTS_INIT;
  opts.state = word("held");
  rsp_pid agent = NO_PID;
  EXPECT_EQ(rsp_agent_start(me, &agent, nullptr, &opts, nullptr), RSP_OK);
  EXPECT_EQ(state_of(me, agent), "held");
  const auto hold_native = [](rsp_self*, void*, rsp_agent_state* state, rsp_server_return*) {
    rsp_term_free(state->term);
    state->term = NIL;
    state->native = &g_cup;
    state->ops = &CUP;
    return RSP_NEXT_CONTINUE;
  };
  EXPECT_EQ(rsp_agent_update(me, nullptr, agent, RSP_INFINITE, hold_native, nullptr, nullptr), RSP_OK);
  EXPECT_EQ(state_of(me, agent), "\"a cup\"");
  EXPECT_EQ(status_field(me, agent, "behaviour"), "gen_server");
  EXPECT_EQ(status_field(me, agent, "module"), "agent");
  EXPECT_EQ(rsp_stop(me, nullptr, agent, word("normal"), RSP_INFINITE), RSP_OK);
}

// S-SYS-2, S-SYS-3
TEST_F(SysState, what_is_made_of_servers_answers_as_one) {
  const Attached me;
  rsp_registry_opts options = RSP_REGISTRY_OPTS_INIT;
  options.name = atom("sys_registry");
  rsp_pid registry = NO_PID;
  EXPECT_EQ(rsp_registry_start(me, &registry, nullptr, &options, nullptr), RSP_OK);
  EXPECT_EQ(status_field(me, registry, "module"), "registry");
  EXPECT_EQ(state_of(me, registry), "nil");
  // Asked for its applications, the controller is there.
  rsp_term running = NIL;
  EXPECT_EQ(rsp_application_which(me, &running), RSP_OK);
  rsp_term_free(running);
  EXPECT_EQ(status_field(me, rsp_whereis(atom("application_controller")), "module"),
            "application_controller");
  EXPECT_EQ(rsp_stop(me, nullptr, registry, word("normal"), RSP_INFINITE), RSP_OK);
}

}  // namespace
