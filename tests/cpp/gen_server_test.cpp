// resprout/gen_server.hpp and server_ref.hpp: servers of C++ types, their calls and what becomes of them.
#include <thread>
#include <unordered_map>

#include "tests/cpp/support.hpp"

using namespace cpp_test;

namespace {

/** Is there for others when it has been told to be. */
struct warming : gen_server<warming> {
  struct warm {};
  void init() { init_ack_later(); }
  void handle_cast(warm) {
    init_ack();
    EXPECT_EQ(try_init_ack().error().code(), RSP_EALREADY);
  }
};

// S-START-10
TEST_F(Cpp, a_server_may_be_started_later_than_its_init_is_done) {
  std::thread stoker([] {
    const attachment me = attach();
    server_ref<warming>(wait_for_name("stove")).cast(warming::warm{});
  });
  const pid stove = server<warming>().name("stove").start();
  stoker.join();
  EXPECT_EQ(thrown_by<start_error>([] { server<warming>().start(1ms); }).code(), RSP_ETIMEDOUT);
  stop(stove);
}

struct cache : gen_server<cache> {
  struct get {
    using reply = std::optional<std::string>;
    std::string key;
  };
  struct put {
    using reply = void;
    std::string key, value;
  };

  std::optional<std::string> handle(get m) {
    auto it = data.find(m.key);
    return it == data.end() ? std::nullopt : std::optional{it->second};
  }
  void handle(put m) { data[m.key] = std::move(m.value); }

  std::unordered_map<std::string, std::string> data;
};

/** Answers, defers, fails and stops as it is told. */
struct player : gen_server<player> {
  struct add {
    using reply = int;
    int what;
  };
  struct fail {
    using reply = void;
    std::string how;
  };
  struct later {
    using reply = std::string;
  };
  struct release {
    std::string text;
  };
  struct leave {
    using reply = std::string;
    bool answers;
  };
  struct then_continue {
    using reply = int;
  };
  struct hand_over {
    using reply = std::unique_ptr<int>;
    std::unique_ptr<int> what;
  };
  struct note {};
  struct idle {
    using reply = void;
  };
  struct sleep {
    using reply = void;
  };

  void init(int start, pid told) {
    sum = start;
    teller = told;
    trap_exit(true);
  }
  int handle(add m) { return sum += m.what; }
  void handle(fail m) {
    if (m.how == "exit") throw Exit("failed"_atom);
    if (m.how == "error") throw Error("failed");
    throw std::out_of_range("failed");
  }
  void handle(later, reply_to<std::string> from) { waiting = from; }
  void handle_cast(release m) { waiting->reply(m.text); }
  reply<std::string> handle(leave m) {
    if (m.answers) return {"bye", flow::stop()};
    return flow::stop("left"_atom);
  }
  reply<int> handle(then_continue) { return {sum, flow::continue_with(sum)}; }
  std::unique_ptr<int> handle(hand_over m) {
    ++*m.what;
    return std::move(m.what);
  }
  void handle_cast(note) { send(teller, "noted"); }
  reply<void> handle(idle) { return reply<void>::done(flow::timeout(1ms)); }
  reply<void> handle(sleep) { return reply<void>::done(flow::hibernate()); }

  term handle_call(const term& asked) { return term::tuple("called", asked); }
  void handle_cast(const term& told) { send(teller, term::tuple("cast", told)); }
  void handle_info(message& m) { send(teller, term::tuple("info", m.content())); }
  void handle_continue(const term& argument) { send(teller, term::tuple("continue", argument)); }
  void terminate(const term& reason) { send(teller, term::tuple("terminate", reason)); }

  int sum = 0;
  pid teller;
  std::optional<reply_to<std::string>> waiting;
};

class Servers : public Cpp {
 protected:
  server_ref<player> start_player() { return player::start(10, self()); }
};

TEST_F(Servers, are_called_and_cast_with_their_own_types) {
  const server_ref<cache> c = cache::start();
  c.cast(cache::put{"k", "v"});
  EXPECT_EQ(c.call(cache::get{"k"}, 5s), "v");
  c.call(cache::put{"k", "w"});
  EXPECT_EQ(c.call(cache::get{"k"}), "w");
  EXPECT_EQ(c.call(cache::get{"none"}), std::nullopt);
}

// S-SRV-1, S-SRV-9
TEST_F(Servers, are_made_of_their_arguments) { EXPECT_EQ(start_player().call(player::add{1}), 11); }

TEST_F(Servers, are_called_by_threads_that_are_no_processes) {
  const server_ref<player> p = start_player();
  std::thread([&p] {
    EXPECT_EQ(p.call(player::add{5}), 15);
    p.cast(player::add{5});
    EXPECT_EQ(p.call(player::add{0}), 20);
    EXPECT_EQ(p.try_send_request(player::add{1}).error().code(), RSP_ENOTPROCESS);
    EXPECT_FALSE(self());
  }).join();
}

// S-SRV-17, S-SRV-19
TEST_F(Servers, answer_later) {
  const server_ref<player> p = start_player();
  const request<std::string> asked = p.send_request(player::later{});
  EXPECT_EQ(asked.try_wait(0s).error().code(), RSP_ETIMEDOUT);
  p.cast(player::release{"now"});
  EXPECT_EQ(asked.receive(), "now");
}

// S-SRV-11
TEST_F(Servers, that_do_not_answer_in_time_are_a_timeout_and_late_replies_are_dropped) {
  const server_ref<player> p = start_player();
  const call_timeout late = thrown_by<call_timeout>([&] { (void)p.call(player::later{}, 1ms); });
  EXPECT_EQ(late.cause(), "timeout"_atom);
  EXPECT_EQ(p.try_call(player::later{}, 1ms).error().code(), RSP_ETIMEDOUT);
  const request<std::string> asked = p.send_request(player::later{});
  EXPECT_THROW((void)asked.receive(0s), call_timeout);
  p.cast(player::release{"late"});
  EXPECT_EQ(p.call(player::add{0}), 10);  // it has answered by now, and runs on
  EXPECT_TRUE(try_receive(0s).is_err());
}

// S-SRV-10, S-SRV-23
TEST_F(Servers, that_fail_end_with_what_was_thrown_and_their_caller_hears_of_it) {
  const auto failure_of = [&](const char* how) {
    const server_ref<player> p = start_player();
    const term watched = end_by(p.pid(), [&] {
      const result<void> failed = p.try_call(player::fail{how});
      EXPECT_EQ(failed.error().code(), RSP_EEXITED);
      EXPECT_EQ(receive([](const message& m) { return !m.is_down(); }).content()[0], "terminate");
    });
    EXPECT_EQ(thrown_by<call_exit>([&] { p.call(player::fail{how}); }).cause(), "noproc"_atom);
    return watched;
  };
  EXPECT_EQ(failure_of("exit"), "failed"_atom);
  EXPECT_EQ(failure_of("error"), term::tuple("failed", term::list({})));
  EXPECT_EQ(failure_of("cpp")[0], term::tuple("exception"_atom, "cpp"_atom, "std::out_of_range", "failed"));
}

// S-SRV-12
TEST_F(Servers, that_are_called_by_themselves_do_not_wait) {
  EXPECT_EQ(thrown_by<call_exit>([] { (void)call(self(), 1); }).cause(), "calling_self"_atom);
  const pid process = spawn([to = self()](message&) {  // in a callback, which may not wait for others either
    const result<term> failed = try_call(self(), 1);
    send(to, term::tuple(rsp_result_name(failed.error().code()),
                         rsp_result_name(try_stop(self()).error().code())));
  });
  send(process, "go");
  EXPECT_EQ(receive().content(), term::tuple("RSP_ECALLINGSELF", "RSP_ECALLINGSELF"));
}

// S-SRV-20, S-SRV-21
TEST_F(Servers, stop_with_and_without_an_answer) {
  const server_ref<player> first = start_player();
  EXPECT_EQ(end_by(first.pid(), [&] { EXPECT_EQ(first.call(player::leave{true}), "bye"); }), "normal"_atom);
  EXPECT_EQ(receive().content(), term::tuple("terminate", "normal"_atom));
  const server_ref<player> second = start_player();
  EXPECT_EQ(thrown_by<call_exit>([&] { (void)second.call(player::leave{false}); }).cause(), "left"_atom);
}

// S-SRV-18
TEST_F(Servers, continue_behind_an_answer) {
  const server_ref<player> p = start_player();
  EXPECT_EQ(p.call(player::then_continue{}), 10);
  EXPECT_EQ(receive().content(), term::tuple("continue", 10));
}

// S-NAT-6
TEST_F(Servers, take_and_give_what_only_moves) {
  EXPECT_EQ(*start_player().call(player::hand_over{std::make_unique<int>(4)}), 5);
}

TEST_F(Servers, take_terms_of_other_languages) {
  const pid p = start_player().pid();
  EXPECT_EQ(call(p, 5), term::tuple("called", 5));
  cast(p, 6);
  EXPECT_EQ(receive().content(), term::tuple("cast", 6));
  send(p, 7);
  EXPECT_EQ(receive().content(), term::tuple("info", 7));
  EXPECT_EQ(send_request(p, 8).receive(), term::tuple("called", 8));
}

TEST_F(Servers, are_told_by_casts_of_their_own) {
  start_player().cast(player::note{});
  EXPECT_EQ(receive().content(), "noted");
}

// S-SRV-15, S-SRV-31
TEST_F(Servers, are_told_when_nothing_comes) {
  const server_ref<player> p = start_player();
  p.call(player::idle{});
  EXPECT_EQ(receive().content(), term::tuple("info", "timeout"_atom));
  p.call(player::sleep{});
  EXPECT_EQ(p.call(player::add{0}), 10);
}

// S-SRV-28
TEST_F(Servers, are_stopped) {
  struct stubborn : gen_server<stubborn> {
    void terminate(const term&) { throw Exit(term::tuple("shutdown"_atom, "otherwise"_atom)); }
  };
  EXPECT_EQ(thrown_by<call_exit>([] { stop(stubborn::start().pid()); }).cause(),
            term::tuple("shutdown"_atom, "otherwise"_atom));
  const server_ref<player> p = start_player();
  stop(p.pid(), "enough"_atom);
  EXPECT_EQ(receive().content(), term::tuple("terminate", "enough"_atom));
  EXPECT_EQ(thrown_by<call_exit>([&] { stop(p.pid()); }).reason(), "noproc"_atom);
  const auto [q, watch] = server<player>(1, self()).start_monitor();
  resprout::exit(q, "kill"_atom);
  EXPECT_EQ(reason_of(watch), "killed"_atom);
}

TEST_F(Servers, that_know_no_terms_end_with_undef) {
  const pid p = cache::start().pid();
  const term reason = end_by(p, [&] { EXPECT_TRUE(try_call(p, 1).is_err()); });
  EXPECT_EQ(reason[0], term::tuple("undef"_atom, "handle_call"_atom));
}

// What is not for this type of server does not reach a handle of another type.
TEST_F(Servers, of_another_type_are_not_mistaken) {
  const server_ref<cache> mistaken(start_player().pid());
  EXPECT_TRUE(mistaken.try_call(cache::get{"k"}).is_err());
}

TEST_F(Servers, answer_requests_in_callbacks_by_messages) {
  const server_ref<player> p = start_player();
  const pid home = self();
  const pid asker = spawn([p, home, asked = std::optional<request<int>>()](message& m) mutable {
    if (asked && asked->is_answered_by(m)) {
      send(home, asked->answer_in(m));
    } else {
      asked = p.send_request(player::add{1});
    }
  });
  send(asker, "ask");
  EXPECT_EQ(receive().content(), 11);
}

// ---- Waiting in a callback ----

/** Asks another before it answers. */
struct front : gen_server<front> {
  struct get {
    using reply = std::string;
  };
  struct get_at_once {
    using reply = std::string;
  };
  struct get_and_stop {
    using reply = std::string;
  };
  struct try_get {
    using reply = std::string;
  };
  struct get_never {
    using reply = void;
  };

  explicit front(server_ref<player> asked) : behind(asked) {}
  flow handle(get, reply_to<std::string> from) {
    return flow::wait_for(behind.send_request(player::add{1}), 5s, [this, from](result<int> sum) {
      last = std::to_string(sum.value());
      from.reply(last);
    });
  }
  reply<std::string> handle(get_at_once) {
    return {"soon", flow::wait_for(behind.send_request(player::add{1}), 5s,
                                   [this](result<int> sum) { last = std::to_string(*sum); })};
  }
  flow handle(get_and_stop, reply_to<std::string> from) {
    return flow::wait_for(behind.send_request(player::add{1}), 5s, [from](result<int>) {
      from.reply("last");
      return flow::stop("enough"_atom);
    });
  }
  flow handle(try_get, reply_to<std::string> from) {
    return flow::wait_for(behind.send_request(player::later{}), 1ms, [this, from](result<std::string> late) {
      from.reply(rsp_result_name(late.error().code()));
      behind.cast(player::release{"too late"});
      return flow::continue_with("went on");
    });
  }
  flow handle(get_never, reply_to<void>) {
    return flow::wait_for(behind.send_request(player::later{}), infinite, [](const result<std::string>&) {});
  }
  void handle_info(message&) { last = "something came"; }
  void handle_continue(const term& what) { last = what.to<std::string>(); }
  term handle_call(const term&) { return last; }

  server_ref<player> behind;
  std::string last = "nothing";
};

TEST_F(Servers, ask_others_before_they_answer) {
  const server_ref<player> behind = start_player();
  const server_ref<front> f = front::start(behind);
  EXPECT_EQ(f.call(front::get{}), "11");
  EXPECT_EQ(call(f.pid(), 1), "11");
  EXPECT_EQ(f.call(front::get_at_once{}), "soon");
  EXPECT_EQ(call(f.pid(), 1), "12");  // it has waited before
  EXPECT_EQ(end_by(f.pid(), [&] { EXPECT_EQ(f.call(front::get_and_stop{}), "last"); }), "enough"_atom);
}

TEST_F(Servers, give_up_what_they_waited_for) {
  const server_ref<player> behind = start_player();
  const server_ref<front> f = front::start(behind);
  EXPECT_EQ(f.call(front::try_get{}), "RSP_ETIMEDOUT");
  EXPECT_EQ(call(f.pid(), 1), "went on");
  EXPECT_EQ(behind.call(player::add{0}), 10);  // the late reply is out
  EXPECT_EQ(call(f.pid(), 1), "went on");
}

TEST_F(Servers, that_wait_end_as_others_do) {
  const server_ref<player> behind = start_player();
  const server_ref<front> f = front::start(behind);
  EXPECT_EQ(end_by(behind.pid(), [&] { resprout::exit(behind.pid(), "kill"_atom); }), "killed"_atom);
  const term reason = end_by(f.pid(), [&] { EXPECT_TRUE(f.try_call(front::get{}).is_err()); });
  EXPECT_EQ(reason[0], "noproc"_atom);  // sum.value() throws it
  const server_ref<player> slow = start_player();
  const server_ref<front> g = front::start(slow);
  const auto asked = g.send_request(front::get_never{});
  EXPECT_EQ(end_by(g.pid(), [&] { resprout::exit(g.pid(), "kill"_atom); }), "killed"_atom);
  EXPECT_TRUE(asked.try_receive(infinite).is_err());
}

// ---- init ----

struct starter : gen_server<starter> {
  init_result init(const std::string& how) {
    if (how == "ignore") return init_result::ignore();
    if (how == "stop") return init_result::stop("no"_atom);
    if (how == "error") return init_result::error("quiet"_atom);
    if (how == "throw") throw std::runtime_error("cannot");
    if (how == "exit") throw Exit("cannot"_atom);
    return flow::continue_with(how);
  }
  void handle_continue(const term& how) { continued = how.to<std::string>(); }
  struct ask {
    using reply = std::string;
  };
  std::string handle(ask) { return continued; }
  std::string continued;
};

// S-SRV-1..6, S-START-2, S-START-3
TEST_F(Servers, start_as_init_says) {
  EXPECT_EQ(starter::start("well").call(starter::ask{}), "well");
  EXPECT_THROW(starter::start("ignore"), start_ignored);
  const auto reason_of_start = [](const char* how) {
    const term reason = thrown_by<start_error>([&] { starter::start(how); }).reason();
    EXPECT_EQ(starter::try_start(how).error().reason(), reason);
    return reason;
  };
  EXPECT_EQ(reason_of_start("stop"), "no"_atom);
  EXPECT_EQ(reason_of_start("error"), "quiet"_atom);
  EXPECT_EQ(reason_of_start("exit"), "cannot"_atom);
  EXPECT_EQ(reason_of_start("throw")[0],
            term::tuple("exception"_atom, "cpp"_atom, "std::runtime_error", "cannot"));
}

// S-NAME-7
TEST_F(Servers, have_names_before_init) {
  const pid first = server<starter>("a").name("only").start();
  const already_started taken =
      thrown_by<already_started>([] { (void)server<starter>("b").name("only").start(); });
  EXPECT_EQ(taken.process(), first);
  EXPECT_EQ(server_ref<starter>("only").call(starter::ask{}), "a");
  EXPECT_EQ(thrown_by<call_exit>([] { (void)server_ref<starter>("free").call(starter::ask{}); }).cause(),
            "noproc"_atom);
}

struct holder : gen_server<holder> {
  explicit holder(const counted& what) : held(what) {}
  init_result init() { return fails ? init_result::stop("no"_atom) : init_result(); }
  struct fail_on_purpose {
    using reply = void;
  };
  void handle(fail_on_purpose) { throw Error("fails"); }
  counted held;
  static inline bool fails = false;
};

// S-RES-3
TEST_F(Servers, drop_their_state_once) {
  std::atomic<int> alive{0};
  {
    const child_spec spec = server<holder>(counted(alive));
    EXPECT_EQ(alive, 1);  // the specification's
    const pid p = spec.start();
    EXPECT_EQ(alive, 2);
    EXPECT_EQ(end_by(p, [&] { resprout::exit(p, "kill"_atom); }), "killed"_atom);
    const server_ref<holder> q = spec.start();
    (void)end_by(q.pid(), [&] { (void)q.try_call(holder::fail_on_purpose{}); });
    holder::fails = true;
    EXPECT_THROW((void)spec.start(), start_error);
    holder::fails = false;
    child_spec refused = spec;
    EXPECT_EQ(refused.worker(99).try_start().error().code(), RSP_EINVAL);
  }
  while (alive != 0) std::this_thread::yield();
}

/** The constructor takes what init does not. */
struct built : gen_server<built> {
  built(int a, std::string b) : text(b + std::to_string(a)) {}
  struct ask {
    using reply = std::string;
  };
  std::string handle(ask) { return text; }
  std::string text;
};

struct plain_struct : gen_server<plain_struct> {
  int number;
  std::string text;
  struct ask {
    using reply = std::string;
  };
  std::string handle(ask) { return text + std::to_string(number); }
};

TEST_F(Servers, are_constructed_of_arguments_that_init_does_not_take) {
  EXPECT_EQ(built::start(1, "a").call(built::ask{}), "a1");
  EXPECT_EQ(plain_struct::start(2, "b").call(plain_struct::ask{}), "b2");
}

// S-LINK-2
TEST_F(Servers, are_linked_to_their_starter) {
  trap_exit(true);
  const server_ref<player> p = player::start_link(1, self());
  resprout::exit(p.pid(), "kill"_atom);
  const message exit = receive([](const message& m) { return m.is_exit(); });
  EXPECT_EQ(exit.sender(), p.pid());
}

}  // namespace
