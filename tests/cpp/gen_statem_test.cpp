// resprout/gen_statem.hpp and statem.hpp: state machines of C++ types.
#include "tests/cpp/support.hpp"

using namespace cpp_test;

namespace {

struct door : gen_statem<door> {
  struct code {
    int64_t digits;
  };
  struct go_through {
    using reply = bool;
  };
  struct look {
    using reply = std::string;
  };

  void init() { next_state("locked"); }

  void handle(const code& m, const event& e) {
    if (!e.in("locked") || m.digits != right) return;
    next_state("open");
    state_timeout(50ms, "lock");
  }
  reply<bool> handle(const go_through&, const event& e) {
    if (e.in("open")) return true;
    postpone();
    return flow::go_on();
  }
  std::string handle(look&, const event& e) { return e.state().to<std::string>(); }
  void handle_event(const event& e) {
    if (e.type() == event_type::state_timeout) next_state(e.content() == "lock" ? "locked" : "broken");
  }

  int64_t right;
};

class Statems : public Cpp {};

// S-STM-2, S-STM-5, S-STM-7
TEST_F(Statems, take_typed_requests_and_postpone_them) {
  const server_ref<door> d = door::start(1234);
  const request<bool> waiting = d.send_request(door::go_through{});
  d.cast(door::code{1111});
  EXPECT_EQ(d.call(door::look{}), "locked");
  d.cast(door::code{1234});
  EXPECT_TRUE(waiting.receive());
  while (d.call(door::look{}) == "open") {
  }
  EXPECT_EQ(d.call(door::look{}), "locked");
  stop(d.pid());
}

/** Does what it is told, and writes down what happens. */
struct recorder : gen_statem<recorder> {
  struct how_many {
    using reply = size_t;
  };
  struct boom {};
  struct unanswered {
    using reply = void;
  };

  init_result init() {
    if (enters) state_enter();
    next_state("first");
    return {};
  }

  size_t handle(how_many, const event&) { return log.size(); }
  flow handle(const boom&, const event&) { return flow::raise(Error("boom"_atom)); }
  void handle(const unanswered&, const event& e) { asked = e.from<void>(); }

  reply<term> handle_event(const event& e) {
    const term content = e.native<std::string>() != nullptr ? term(*e.native<std::string>()) : e.content();
    log.push_back(term::tuple(words[static_cast<size_t>(e.type())], content, e.state()));
    if (e.type() == event_type::named_timeout) log.push_back(e.name());
    if (e.type() == event_type::info && e.message().is_down()) log.push_back("down");
    if (!e.is_call() && !e.is_cast()) return flow::go_on();
    if (content == "log") return answer_log();
    if (content == "go") next_state("second");
    if (content == "again") repeat_state();
    if (content == "insert") {
      next_event(event_type::internal, "inserted");
      next_event_native(event_type::internal, std::string("a string"));
      next_event(event_type::cast, "a cast");
    }
    if (content == "inserted call") {
      next_event(e.from(), "log");
      return flow::go_on();
    }
    if (content == "timeouts") {
      event_timeout(0ms, "event");
      named_timeout("n", 0ms, "named");
      state_timeout(infinite, "never");
    }
    if (content == "update") {
      named_timeout("n", 1h, "old");
      named_timeout("m", 1h, "gone");
    }
    if (content == "updated") {
      update_timeout(event_type::state_timeout, "new");
      cancel_timeout(event_type::named_timeout, "m");
    }
    if (content == "release") asked->reply();
    if (content == "stop") return {term("bye"), flow::stop()};
    if (e.is_cast()) return flow::go_on();
    return term("done");
  }
  reply<term> answer_log() {
    const term list = term(log);
    log.clear();
    return list;
  }
  void terminate(const term& reason) { log.push_back(reason); }
  term format_status() const { return term::tuple("recorder", state()); }

  static constexpr const char* words[] = {"call",    "cast",          "info",          "internal",
                                          "timeout", "state_timeout", "named_timeout", "enter"};
  bool enters;
  std::vector<term> log{};
  std::optional<reply_to<void>> asked{};
};

/** A term without its quotes. */
std::string plain(const term& value) {
  std::string text = value.to_string();
  text.erase(std::remove(text.begin(), text.end(), '"'), text.end());
  return text;
}

/** What happened since this was last asked. */
std::string happened(pid machine) { return plain(call(machine, "log")); }

// S-STM-4, S-STM-10, S-STM-13
TEST_F(Statems, ask_for_what_a_machine_can_have) {
  const pid r = recorder::start(true).pid();
  EXPECT_EQ(happened(r), "[{enter,first,first},{call,log,first}]");
  call(r, "go");
  EXPECT_EQ(happened(r), "[{call,go,first},{enter,first,second},{call,log,second}]");
  call(r, "again");
  EXPECT_EQ(happened(r), "[{call,again,second},{enter,second,second},{call,log,second}]");
  call(r, "insert");
  EXPECT_EQ(happened(r),
            "[{call,insert,second},{internal,inserted,second},{internal,a string,second},"
            "{cast,a cast,second},{call,log,second}]");
  EXPECT_EQ(plain(call(r, "inserted call")), "[{call,inserted call,second},{call,log,second}]");
  stop(r);
}

// S-STM-6..10
TEST_F(Statems, have_timeouts_of_three_kinds) {
  const pid r = recorder::start(false).pid();
  call(r, "timeouts");
  EXPECT_EQ(happened(r),
            "[{call,timeouts,first},{timeout,event,first},{named_timeout,named,first},n,{call,log,first}]");
  call(r, "update");
  call(r, "updated");
  EXPECT_EQ(happened(r),
            "[{call,update,first},{call,updated,first},{state_timeout,new,first},{call,log,first}]");
  stop(r);
}

// S-STM-1, S-STM-14, S-STM-16
TEST_F(Statems, are_servers_to_all_others) {
  const server_ref<recorder> r = recorder::start(false);
  EXPECT_EQ(r.call(recorder::how_many{}), 0u);
  const request<void> pending = r.send_request(recorder::unanswered{});
  EXPECT_EQ(thrown_by<call_timeout>([&] { pending.wait(0ms); }).reason(), "timeout"_atom);
  cast(r.pid(), "release");
  pending.receive();
  EXPECT_EQ(plain(sys::get_state(r.pid())), "{first,{recorder,first}}");
  send(r.pid(), "a message");
  EXPECT_EQ(happened(r.pid()), "[{cast,release,first},{info,a message,first},{call,log,first}]");
  EXPECT_EQ(end_by(r.pid(), [&] { r.cast(recorder::boom{}); }).to_string().substr(0, 5), "{boom");
  const pid other = recorder::start(false).pid();
  EXPECT_EQ(end_by(other, [&] { EXPECT_EQ(call(other, "stop"), "bye"); }), "normal"_atom);
}

/** Answers when another machine has: the event is a value, and outlives the callback. */
struct relay : gen_statem<relay> {
  struct ask {
    using reply = std::string;
  };
  server_ref<door> behind;

  flow handle(const ask&, const event& e) {
    return flow::wait_for(behind.send_request(door::look{}), 5s, [e](result<std::string> seen) {
      e.from<std::string>().reply("it is " + seen.value());
    });
  }
};

// S-STM-19
TEST_F(Statems, wait_in_the_middle_of_an_event) {
  const server_ref<relay> r = relay::start(door::start(1));
  EXPECT_EQ(r.call(relay::ask{}), "it is locked");
}

struct mute : gen_statem<mute> {};

/** Says what a machine cannot. */
struct wrong : gen_statem<wrong> {
  flow init(bool continues) { return continues ? flow::continue_with("more") : flow::timeout(1ms); }
};

// S-STM-3
TEST_F(Statems, without_a_handle_for_an_event_end_by_it) {
  const pid machine = mute::start().pid();
  EXPECT_EQ(end_by(machine, [&] { cast(machine, "anything"); }).to_string().substr(0, 22),
            "{{undef,handle_event},");
  for (const bool continues : {true, false}) {
    EXPECT_EQ(thrown_by<start_error>([&] { wrong::start(continues); }).reason()[0],
              "bad_return_from_init"_atom);
  }
}

// Elsewhere what they ask for is refused.
TEST_F(Statems, ask_in_their_callbacks_only) {
  EXPECT_EQ(thrown_by<Error>([] { statem::postpone(); }).code(), RSP_EINVAL);
  EXPECT_EQ(thrown_by<Error>([] { (void)statem::state(); }).code(), RSP_EINVAL);
}

// S-SUP-4
TEST_F(Statems, are_children_of_supervisors) {
  const supervisor_ref top = supervisor(one_for_one).child(server<door>(5).name("door")).start();
  const server_ref<door> d("door");
  d.cast(door::code{5});
  EXPECT_TRUE(d.call(door::go_through{}));
  end_by(d.pid(), [&] { exit(d.pid(), "kill"_atom); });
  wait_for_name("door");
  EXPECT_EQ(d.call(door::look{}), "locked");
  stop(top.pid());
}

}  // namespace
