// resprout/await.hpp: servers that start and stop others in their callbacks, and wait without a thread.
#include "tests/cpp/support.hpp"

using namespace cpp_test;

namespace {

struct piece : gen_server<piece> {
  explicit piece(pid told = {}) {
    if (told) send(told, self());
  }
};

struct refuses : gen_server<refuses> {
  init_result init() { return init_result::stop("why"_atom); }
};

struct declines : gen_server<declines> {
  init_result init() { return init_result::ignore(); }
};

struct stubborn : gen_server<stubborn> {
  void init() { trap_exit(true); }
  void terminate(const term&) { throw Exit("late"_atom); }
};

/** Starts and stops what a test gives it. */
struct builder : gen_server<builder> {
  struct start_one {
    using reply = result<pid>;
    child_spec what;
    bool link = false;
    timeout within = infinite;
  };
  struct start_monitor_one {
    using reply = result<std::pair<pid, ref>>;
    child_spec what;
  };
  struct stop_one {
    using reply = result<void>;
    pid which;
    term reason = "normal"_atom;
    timeout within = infinite;
  };

  void init() { trap_exit(true); }
  flow handle(start_one m, reply_to<result<pid>> from) {
    const auto told = [from](result<pid> started) { from.reply(std::move(started)); };
    if (m.link) return flow::wait_for_start_link(m.what, m.within, told);
    return flow::wait_for_start(m.what, m.within, told);
  }
  flow handle(start_monitor_one m, reply_to<result<std::pair<pid, ref>>> from) {
    return flow::wait_for_start_monitor(
        m.what, infinite, [from](result<std::pair<pid, ref>> started) { from.reply(std::move(started)); });
  }
  flow handle(stop_one m, reply_to<result<void>> from) {
    return flow::wait_for_stop(m.which, m.reason, m.within,
                               [from](result<void> stopped) { from.reply(std::move(stopped)); });
  }
  /** Tells of what it watches. */
  void handle_info(message& m) {
    if (m.is_down()) send("test"_atom, m.reference());
  }
};

class Awaits : public Cpp {
 protected:
  Awaits() { register_name("test"_atom, self()); }

  result<pid> start(child_spec what, bool link = false, timeout within = infinite) const {
    return front_.call(builder::start_one{std::move(what), link, within}, infinite);
  }
  result<void> stop(pid which, term reason = "normal"_atom, timeout within = infinite) const {
    return front_.call(builder::stop_one{which, std::move(reason), within}, infinite);
  }

  const server_ref<builder> front_ = builder::start();
};

// S-START-8
TEST_F(Awaits, start_servers_and_supervisors) {
  const pid one = start(server<piece>(self()).name("one")).value();
  EXPECT_EQ(receive().content(), term(one));  // its init was over before
  EXPECT_EQ(whereis("one"_atom), one);
  EXPECT_EQ(process_info(one).at("links"_atom).to<std::vector<pid>>().size(), 0u);
  const pid linked = start(server<piece>(), true).value();
  EXPECT_EQ(process_info(linked).at("links"_atom).to<std::vector<pid>>(), std::vector<pid>{front_.pid()});
  const pid tree = start(supervisor().child<piece>("leaf"), true).value();
  EXPECT_EQ(supervisor_ref(tree).count_children().active, 1);
  stop(tree).value();
  EXPECT_FALSE(whereis("leaf"_atom));
}

// S-START-8
TEST_F(Awaits, watch_what_they_start) {
  const auto [watched, monitor] = front_.call(builder::start_monitor_one{server<piece>()}).value();
  exit(watched, "kill"_atom);
  EXPECT_EQ(receive().content(), term(monitor));
}

// S-START-3, S-START-4, S-START-8
TEST_F(Awaits, say_of_a_start_what_the_call_says) {
  for (const bool link : {false, true}) {
    const result<pid> refused = start(server<refuses>(), link);
    EXPECT_EQ(thrown_by<start_error>([&] { (void)refused.value(); }).reason(), "why"_atom);
    const result<pid> declined = start(server<declines>(), link);
    EXPECT_EQ(declined.error().code(), RSP_EIGNORE);
    const pid first = start(server<piece>().name("named")).value();
    const result<pid> second = start(server<piece>().name("named"), link);
    EXPECT_EQ(second.error().reason(), term::tuple("already_started"_atom, first));
    stop(first).value();
    struct never : gen_server<never> {
      void init() { init_ack_later(); }
    };
    const result<pid> late = start(server<never>(), link, 1ms);
    EXPECT_EQ(late.error().code(), RSP_ETIMEDOUT);
    EXPECT_EQ(late.error().reason(), "timeout"_atom);
  }
  const result<pid> twice = start(supervisor().child<piece>("a").child<piece>("a"));
  EXPECT_EQ(twice.error().code(), RSP_ESPEC);
}

// S-START-8: what cannot be asked is an error of who asks
TEST_F(Awaits, raise_what_the_c_api_raises) {
  const term reason = end_by(front_.pid(), [&] {
    EXPECT_EQ(thrown_by<call_exit>([&] { (void)start(server<piece>().worker(99)); }).reason().kind(),
              RSP_KIND_TUPLE);
  });
  EXPECT_NE(reason.to_string().find("badarg"), std::string::npos) << reason.to_string();
}

// S-SRV-28, S-START-8
TEST_F(Awaits, stop_others_and_say_what_came_of_it) {
  const pid quiet = piece::start().pid();
  stop(quiet, "shutdown"_atom).value();
  const result<void> again = stop(quiet);
  EXPECT_EQ(thrown_by<call_exit>([&] { again.value(); }).reason(), "noproc"_atom);
  const result<void> other = stop(stubborn::start().pid());
  EXPECT_EQ(other.error().reason(), "late"_atom);
  const pid deaf = piece::start().pid();
  suspend(deaf);
  const result<void> late = stop(deaf, "normal"_atom, 1ms);
  EXPECT_EQ(late.error().code(), RSP_ETIMEDOUT);
  EXPECT_EQ(late.error().reason(), "timeout"_atom);
  resume(deaf);
  const result<void> itself = stop(front_.pid());
  EXPECT_EQ(itself.error().code(), RSP_ECALLINGSELF);
  EXPECT_EQ(itself.error().reason(), "calling_self"_atom);
}

/** Has one of its own before it is up. */
struct owner : gen_server<owner> {
  struct its_part {
    using reply = pid;
  };
  explicit owner(const counted& what, bool has_to_fail = false) : held(what), fails(has_to_fail) {}
  flow init() {
    return flow::wait_for_start_link(server<piece>(), infinite, [this](result<pid> started) -> init_result {
      mine = started.value();
      if (fails) return init_result::stop("no"_atom);
      return flow::continue_with("then"_atom);
    });
  }
  void handle_continue(const term& argument) { continued = argument; }
  pid handle(its_part) { return continued == term("then"_atom) ? mine : pid(); }
  flow terminate(const term&) {
    unlink(mine);
    return flow::wait_for_stop(mine, "shutdown"_atom, infinite, [](const result<void>& stopped) {
      send("test"_atom, stopped.is_ok() ? "orderly"_atom : "not"_atom);
    });
  }

  counted held;
  bool fails;
  pid mine;
  term continued;
};

// S-START-8: in init and in terminate
TEST_F(Awaits, are_part_of_an_init_and_of_a_terminate) {
  std::atomic<int> alive{0};
  {
    const server_ref<owner> whole = server_ref<owner>(server<owner>(counted(alive)).start());
    const pid its = whole.call(owner::its_part{});
    EXPECT_EQ(process_info(its).at("links"_atom).to<std::vector<pid>>(), std::vector<pid>{whole.pid()});
    stop(whole.pid()).value();
    EXPECT_EQ(receive().content(), "orderly"_atom);
    EXPECT_FALSE(is_alive(its));
    EXPECT_EQ(server<owner>(counted(alive), true).try_start().error().reason(), "no"_atom);
  }
  while (alive != 0) (void)try_receive(1ms);
}

/** Waits in its init for one that never says it is up. */
struct patient : gen_server<patient> {
  struct never : gen_server<never> {
    explicit never(pid whom) : watcher(whom) {}
    void init() {
      send(watcher, self());
      init_ack_later();
    }
    pid watcher;
  };
  patient(const counted& what, pid whom) : held(what), told(whom) {}
  flow init() {
    send(told, self());
    return flow::wait_for_start(server<never>(told), infinite, [](const result<pid>&) {});
  }
  counted held;
  pid told;
};

// S-START-9
TEST_F(Awaits, that_are_ended_in_the_middle_leave_nothing) {
  std::atomic<int> alive{0};
  {
    const child_spec waits = server<patient>(counted(alive), self());
    std::thread other([&] {
      const attachment there = attach();
      const failure why = waits.try_start().error();
      EXPECT_EQ(why.code(), RSP_EEXITED);
      EXPECT_EQ(why.reason(), "killed"_atom);
    });
    const pid outer = receive().content().to<pid>();
    const pid inner = receive().content().to<pid>();
    EXPECT_EQ(end_by(inner, [&] { exit(outer, "kill"_atom); }), "killed"_atom);
    other.join();
  }
  while (alive != 0) (void)try_receive(1ms);
}

/** Its init waits for a start, and goes on with an exception, or cannot wait. */
struct hasty : gen_server<hasty> {
  hasty(const counted& what, uint64_t worker) : held(what), on_worker(worker) {}
  flow init() {
    const child_spec what = on_worker == 0 ? server<refuses>() : server<piece>().worker(on_worker);
    return flow::wait_for_start(what, infinite, [](result<pid> started) { (void)started.value(); });
  }
  counted held;
  uint64_t on_worker;
};

// S-SRV-47: also of an init that has waited and raises
TEST_F(Awaits, of_an_init_that_raises_leave_nothing) {
  std::atomic<int> alive{0};
  for (const uint64_t worker : {0, 99}) {
    const result<pid> failed = server<hasty>(counted(alive), worker).try_start();
    EXPECT_NE(failed.error().reason().to_string().find(worker == 0 ? "why" : "badarg"), std::string::npos)
        << failed.error().reason().to_string();
  }
  while (alive != 0) (void)try_receive(1ms);
}

// S-START-8: what is no server does not wait
TEST_F(Awaits, are_refused_where_nothing_waits) {
  const auto waits = [] {
    return flow::wait_for_start(server<piece>(), infinite, [](const result<pid>&) {});
  };
  struct listener : gen_event<listener> {
    explicit listener(std::function<flow()> begin) : begins(std::move(begin)) {}
    flow init() { return begins(); }
    void handle_event(const message&) {}
    std::function<flow()> begins;
  };
  const event_manager events = event_manager::start();
  const handler_error refused =
      thrown_by<handler_error>([&] { events.add_handler(handler<listener>(std::function<flow()>(waits))); });
  EXPECT_EQ(refused.reason().to_string(), "{'EXIT',{badarg,[]}}");
  const agent<int> counter = agent<int>::start(0);
  const term reason = end_by(counter.pid(), [&] { counter.cast([&](int&) { return waits(); }); });
  EXPECT_EQ(reason.to_string(), "{badarg,[]}");
}

// S-STM-19
TEST_F(Awaits, are_part_of_what_a_state_machine_does) {
  struct machine : gen_statem<machine> {
    struct go {
      using reply = pid;
    };
    flow handle(go&, const event& happening) {
      return flow::wait_for_start(server<piece>(), infinite,
                                  [from = happening.from<pid>()](result<pid> started) {
                                    next_state("started"_atom);
                                    from.reply(started.value());
                                  });
    }
  };
  const auto it = machine::start();
  EXPECT_TRUE(is_alive(it.call(machine::go{})));
}

// S-REG-12
TEST_F(Awaits, and_other_starts_may_have_a_key) {
  const registry rooms("rooms");
  const pid registers = rooms.spec().start();
  const pid one = start(server<piece>().via(rooms, 7), true).value();
  EXPECT_EQ(rooms.whereis(7), one);
  EXPECT_EQ(start(server<piece>().via(rooms, 7)).error().reason(), term::tuple("already_started"_atom, one));
  EXPECT_EQ(server<piece>().via(rooms, 7).try_start().error().reason(),
            term::tuple("already_started"_atom, one));
  const pid tree = child_spec(supervisor().child(server<piece>().via(rooms, "leaf"))).via(rooms, 8).start();
  EXPECT_EQ(rooms.whereis(8), tree);
  EXPECT_EQ(rooms.whereis("leaf"), supervisor_ref(tree).which_children().at(0).process);
  stop(tree).value();
  stop(registers).value();
}

}  // namespace
