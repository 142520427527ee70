// resprout/spawn.hpp, process.hpp, relation.hpp, timer.hpp, message.hpp: processes from C++ callables.
#include <thread>

#include "tests/cpp/support.hpp"

using namespace cpp_test;

namespace {

using Processes = Cpp;

pid spawn_idle() {
  return spawn([](message&) {});
}

TEST_F(Processes, run_a_callable_for_each_message) {
  const pid adder = spawn([sum = int64_t{0}](message& m) mutable {
    sum += m.content().to<int64_t>();
    send(m.sender(), sum);
  });
  send(adder, 2);
  EXPECT_EQ(receive().content(), 2);
  send(adder, 3);
  const message second = receive();
  EXPECT_EQ(second.content(), 5);
  EXPECT_EQ(second.sender(), adder);
  EXPECT_EQ(second.kind(), RSP_MSG_TERM);
}

// S-EXIT-1, S-RES-3
TEST_F(Processes, drop_their_callable_once_when_they_end) {
  std::atomic<int> alive{0};
  for (const char* how : {"stop", "throw", "kill"}) {
    const auto [process, watch] = spawn_monitor([held = counted(alive)](message& m) {
      if (m.content() == "throw") throw Exit("thrown"_atom);
      return next::stop();
    });
    const bool kills = std::string(how) == "kill";
    kills ? resprout::exit(process, "kill"_atom) : send(process, how);
    const term reason = reason_of(watch);
    EXPECT_EQ(reason, std::string(how) == "stop" ? "normal"_atom : kills ? "killed"_atom : "thrown"_atom);
    while (alive != 0) std::this_thread::yield();
  }
  EXPECT_EQ(try_spawn([held = counted(alive)](message&) {}, {.worker = 99}).error().code(), RSP_EINVAL);
  EXPECT_EQ(alive, 0);
}

TEST_F(Processes, end_as_next_says) {
  const pid process =
      spawn([](message& m) { return m.content() == 1 ? next::go_on() : next::exit("done"_atom); });
  send(process, 1);
  EXPECT_EQ(end_by(process, [&] { send(process, 2); }), "done"_atom);
}

// S-PROC-2, S-LINK-2, S-PROC-4
TEST_F(Processes, are_linked_and_trap_exits) {
  EXPECT_FALSE(trap_exit(true));
  const pid child = spawn_link([](message&) { throw Exit("bad"_atom); });
  send(child, 1);
  const message exit = receive();
  EXPECT_TRUE(exit.is_exit());
  EXPECT_EQ(exit.sender(), child);
  EXPECT_EQ(exit.content(), "bad"_atom);
  const pid other = spawn_idle();
  link(other);
  unlink(other);
  EXPECT_EQ(end_by(other, [&] { resprout::exit(other, "gone"_atom); }), "gone"_atom);
  EXPECT_TRUE(try_receive(0s).is_err());
  link_async(other);
  EXPECT_EQ(receive().content(), "noproc"_atom);
  EXPECT_TRUE(trap_exit(false));
  EXPECT_EQ(try_link(other).error().code(), RSP_ENOPROC);
}

// S-MON-1, S-MON-3, S-MON-6, S-MON-10
TEST_F(Processes, are_watched) {
  const pid process = spawn_idle();
  const ref gone = monitor(process);
  EXPECT_TRUE(demonitor(gone));
  EXPECT_FALSE(demonitor(gone));
  register_name("watched", process);
  const ref by_name = monitor("watched"_atom);
  const ref tagged = monitor(process, {alias_mode::none, "HELLO"});
  resprout::exit(process, "over"_atom);
  for (int i = 0; i < 2; ++i) {
    const message down = receive();
    ASSERT_TRUE(down.is_down());
    EXPECT_EQ(down.content(), "over"_atom);
    EXPECT_EQ(down.sender(), process);
    if (down.reference() == by_name) {
      EXPECT_EQ(down.name(), atom("watched"));
      EXPECT_EQ(down.tag(), atom("DOWN"));
    } else {
      EXPECT_EQ(down.reference(), tagged);
      EXPECT_EQ(down.tag(), atom("HELLO"));
    }
  }
  EXPECT_FALSE(is_alive(process));
  EXPECT_TRUE(process_info(process).is_nil());
  EXPECT_TRUE(is_alive(self()));
}

// S-PROC-13, S-DICT-1, S-DICT-2, S-DICT-3
TEST_F(Processes, have_a_label_and_a_dictionary) {
  const pid process = spawn([](message& asked) {
    set_label("counter"_atom);
    put("asked"_atom, 1);
    send(asked.sender(), get_label());
  });
  send(process, 0);
  EXPECT_EQ(receive().content(), "counter"_atom);
  const term info = process_info(process);
  EXPECT_EQ(info.at("label"_atom), "counter"_atom);
  EXPECT_EQ(info.at("dictionary"_atom).to_string(), "[{asked,1}]");

  EXPECT_TRUE(put("k", 1).is_nil());
  EXPECT_EQ(put("k", 2), term(1));
  EXPECT_EQ(get("k"), term(2));
  EXPECT_EQ(get_keys().size(), 1u);
  EXPECT_EQ(erase("k"), term(2));
  EXPECT_TRUE(get("k").is_nil());
}

// S-ALIAS-1, S-ALIAS-2
TEST_F(Processes, are_reached_by_aliases) {
  const ref on = alias();
  send(on, 1);
  const message through = receive();
  EXPECT_EQ(through.reference(), on);
  EXPECT_TRUE(unalias(on));
  EXPECT_FALSE(unalias(on));
  send(on, 2);
  EXPECT_TRUE(try_receive(0s).is_err());
}

// S-NAME-1..5
TEST_F(Processes, have_names) {
  const pid process = spawn_idle();
  register_name("one", process);
  EXPECT_EQ(whereis("one"), process);
  EXPECT_EQ(rt_.whereis("one"), process);
  EXPECT_EQ(try_register_name("one", self()).error().code(), RSP_ENAMETAKEN);
  EXPECT_EQ(try_register_name("two", process).error().code(), RSP_EHASNAME);
  unregister_name("one");
  EXPECT_FALSE(whereis("one"));
  EXPECT_EQ(try_unregister_name("one").error().code(), RSP_ENONAME);
  EXPECT_EQ(try_wait_for_name("one", 1ms).error().code(), RSP_ETIMEDOUT);
  const pid late = spawn([process](message&) { register_name("one", process); });
  send_after(2ms, late, "now");
  EXPECT_EQ(wait_for_name("one", infinite), process);
}

// S-TIMER-2, S-TIMER-3
TEST_F(Processes, are_sent_messages_after_a_time) {
  const ref late = send_after(1h, self(), "late");
  EXPECT_GT(*read_timer(late), 50min);
  EXPECT_LE(*cancel_timer(late), 1h);
  EXPECT_FALSE(cancel_timer(late));
  const ref timer = start_timer(1ms, self(), "soon");
  const message fired = receive();
  EXPECT_EQ(fired.kind(), RSP_MSG_TIMER);
  EXPECT_EQ(fired.reference(), timer);
  EXPECT_EQ(fired.content(), "soon");
  register_name("me", self());
  send_after(0s, "me"_atom, "by name");
  EXPECT_EQ(receive().content(), "by name");
}

// S-MBOX-1, S-MBOX-2
TEST_F(Processes, receive_what_they_want) {
  for (int i = 0; i < 3; ++i) send(self(), i);
  EXPECT_EQ(receive([](const message& m) { return m.content() == 1; }).content(), 1);
  EXPECT_EQ(try_receive([](const message& m) { return m.content() == 1; }, 0s).error().code(), RSP_ETIMEDOUT);
  EXPECT_EQ(receive().content(), 0);
  EXPECT_EQ(receive().content(), 2);
}

// S-NAT-6
TEST_F(Processes, are_sent_values_that_move) {
  std::atomic<int> alive{0};
  const pid taker = spawn([](message& m) {
    EXPECT_EQ(m.native<std::string>(), nullptr);
    if (m.content() == "end") return next::stop();
    const auto moved = m.take<std::unique_ptr<counted>>();
    EXPECT_EQ(*(*moved)->alive_, 1);
    EXPECT_EQ(m.take<std::unique_ptr<counted>>(), nullptr);
    return next::go_on();
  });
  send_native(taker, std::make_unique<counted>(alive));
  EXPECT_EQ(end_by(taker, [&] { send(taker, "end"); }), "normal"_atom);
  EXPECT_EQ(alive, 0);
  send_native(taker, std::make_unique<counted>(alive));  // to the dead
  EXPECT_EQ(alive, 0);
}

// S-NAT-3
TEST_F(Processes, block_in_sections) {
  const pid process = spawn([](message& m) {
    const int made = blocking([] { return 7; });
    bool ran = false;
    EXPECT_TRUE(try_blocking([&] { ran = true; }).is_ok());
    EXPECT_TRUE(ran);
    send(m.sender(), made);
  });
  send(process, 1);
  EXPECT_EQ(receive().content(), 7);
}

// S-SUSP-1, S-SUSP-3
TEST_F(Processes, rest_while_they_are_suspended) {
  const pid one = spawn([](message& m) { send(m.sender(), m.content()); });
  suspend(one);
  send(one, 1);
  EXPECT_TRUE(is_alive(one));
  const auto any = [](const message&) { return true; };
  EXPECT_EQ(try_receive(any, 20ms).error().code(), RSP_ETIMEDOUT);
  resume(one);
  EXPECT_EQ(receive().content(), 1);
  EXPECT_EQ(try_resume(one).error().code(), RSP_ENOPROC);
}

/** Asks in its callbacks about others. */
struct inspector : gen_server<inspector> {
  template <class R>
  struct ask {
    using reply = result<R>;
    std::function<process_request<R>()> request;
  };
  template <class R>
  flow handle(ask<R> m, reply_to<result<R>> from) {
    return flow::wait_for(m.request(), infinite, [from](result<R> came) { from.reply(std::move(came)); });
  }
};

// S-PROC-9, S-SUSP-1
TEST_F(Processes, are_asked_about_in_callbacks) {
  const server_ref<inspector> looks = inspector::start();
  const auto ask = [&](auto kind, auto request) {
    kind.request = request;
    return looks.call(std::move(kind), infinite);
  };
  const pid one = spawn([](message& m) { send(m.sender(), m.content()); });
  EXPECT_TRUE(ask(inspector::ask<bool>{}, [one] { return alive_request(one); }).value());
  EXPECT_EQ(
      ask(inspector::ask<term>{}, [one] { return process_info_request(one); }).value().at("trap_exit"_atom),
      "false"_atom);
  ask(inspector::ask<void>{}, [one] { return suspend_request(one); }).value();
  EXPECT_EQ(process_info(one).at("status"_atom), "suspended"_atom);
  EXPECT_EQ(end_by(one, [&] { exit(one, "kill"_atom); }), "killed"_atom);
  EXPECT_FALSE(ask(inspector::ask<bool>{}, [one] { return alive_request(one); }).value());
  EXPECT_EQ(ask(inspector::ask<term>{}, [one] { return process_info_request(one); }).value(), term());
  EXPECT_EQ(ask(inspector::ask<void>{}, [one] { return suspend_request(one); }).error().code(), RSP_ENOPROC);
  const pid thread = self();
  EXPECT_EQ(ask(inspector::ask<void>{}, [thread] { return suspend_request(thread); }).error().code(),
            RSP_EINVAL);
  EXPECT_TRUE(alive_request(looks.pid()).receive());
}

// S-MBOX-7
TEST_F(Processes, have_limits_of_their_mailbox) {
  limit_mailbox({.max_messages = 1});
  send(self(), 1);
  EXPECT_EQ(try_send(self(), 2).error().code(), RSP_EOVERLOAD);
  EXPECT_EQ(thrown_by<Error>([] { send(self(), 2); }).value(), "overload"_atom);
}

// S-EXIT-7, S-SIG-1
TEST_F(Processes, are_threads_for_a_scope) {
  const pid home = self();
  std::thread([home] {
    EXPECT_FALSE(self());
    EXPECT_EQ(try_receive(0s).error().code(), RSP_ENOTPROCESS);
    EXPECT_EQ(try_link(home).error().code(), RSP_ENOTPROCESS);
    send(home, "from nobody");
    attachment me = attach();
    EXPECT_EQ(me.pid(), self());
    send(home, self());
    (void)receive();
    me.detach("left"_atom);
    EXPECT_FALSE(self());
  }).detach();
  EXPECT_EQ(receive().content(), "from nobody");
  const pid other = receive().content().to<pid>();
  EXPECT_EQ(end_by(other, [&] { send(other, 1); }), "left"_atom);
}

TEST(Runtime, runs_for_a_scope) {
  EXPECT_FALSE(runtime::is_running());
  {
    runtime rt({.workers = 1});
    EXPECT_TRUE(runtime::is_running());
    EXPECT_EQ(runtime::stats().workers, 1u);
    runtime moved = std::move(rt);
    EXPECT_TRUE(runtime::is_running());
  }
  EXPECT_FALSE(runtime::is_running());
  runtime again;
  again.stop();
  EXPECT_EQ(again.try_stop().error().code(), RSP_ESTOPPED);
  EXPECT_EQ(try_spawn([](message&) {}).error().code(), RSP_ESTOPPED);
}

// S-SRV-44, S-SRV-45
TEST_F(Processes, are_called_on_each_node_of_a_list) {
  struct adder : gen_server<adder> {
    term handle_call(const term& asked) { return asked.to<int64_t>() + sum; }
    void handle_cast(const term& asked) { sum += asked.to<int64_t>(); }
    int64_t sum = 0;
  };
  (void)server<adder>().name("adder").start();
  const std::vector<atom> nodes = {this_node(), "elsewhere"};
  abcast(nodes, "adder", 40);
  abcast(nodes, "nobody", 1);
  const multi_call_result done = multi_call(nodes, "adder", 2);
  ASSERT_EQ(done.replies.size(), 1u);
  EXPECT_EQ(done.replies[0], std::pair(this_node(), term(42)));
  EXPECT_EQ(done.bad_nodes, std::vector<atom>{"elsewhere"});
  EXPECT_EQ(multi_call({this_node()}, "nobody", 2, 1ms).bad_nodes, std::vector<atom>{this_node()});
}

}  // namespace
