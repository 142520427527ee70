// resprout/supervisor_ref.hpp: servers that ask for children in their callbacks, and wait without a thread.
#include "tests/cpp/support.hpp"

using namespace cpp_test;

namespace {

struct room : gen_server<room> {
  struct crash {};
  explicit room(pid told = {}) {
    if (told) send(told, self());
  }
  void handle_cast(crash) { throw Exit("crashed"_atom); }
};

struct declining : gen_server<declining> {
  init_result init() { return init_result::ignore(); }
};

/** Runs what a test gives it in a callback, which asks and goes on with what came. */
struct lobby : gen_server<lobby> {
  template <class R>
  struct ask {
    using reply = result<R>;
    std::function<child_request<R>()> request;
    timeout within = infinite;
  };
  struct open {
    using reply = result<pid>;
    std::function<start_request()> request;
    timeout within = infinite;
  };

  template <class R>
  flow handle(ask<R> m, reply_to<result<R>> from) {
    return flow::wait_for(m.request(), m.within, [from](result<R> came) { from.reply(std::move(came)); });
  }
  flow handle(open m, reply_to<result<pid>> from) {
    return flow::wait_for(m.request(), m.within, [from](result<pid> came) { from.reply(std::move(came)); });
  }
};

class ChildRequests : public Cpp {
 protected:
  template <class Request>
  result<pid> open(Request request, timeout within = infinite) const {
    return front_.call(lobby::open{request, within}, infinite);
  }
  template <class Request>
  auto ask(Request request) const {
    return answered(std::function([request] { return request(); }));
  }

 private:
  template <class R>
  result<R> answered(std::function<child_request<R>()> request) const {
    return front_.call(lobby::ask<R>{std::move(request)}, infinite);
  }

  const server_ref<lobby> front_ = lobby::start();
};

// S-SUP-58
TEST_F(ChildRequests, start_children_of_each_kind_of_supervisor) {
  for (const strategy how : {one_for_one, dynamic}) {
    const supervisor_ref rooms = supervisor(how).start();
    const result<pid> started =
        open([rooms, told = self()] { return rooms.start_child_request(server<room>(told)); });
    EXPECT_EQ(try_receive(0ms).value().content(), term(started.value()));  // it was up before the answer
    ASSERT_EQ(rooms.which_children().size(), 1u);
    EXPECT_EQ(rooms.which_children()[0].process, *started);
    rooms.stop();
  }
  const supervisor_ref rooms = supervisor(simple_one_for_one).child(server<room>()).start();
  const pid started = open([rooms] { return rooms.start_child_args_request({}); }).value();
  EXPECT_EQ(rooms.which_children().at(0).process, started);
  rooms.stop();
}

// S-SUP-58, S-SUP-34, S-SUP-44
TEST_F(ChildRequests, say_of_a_start_what_the_call_says) {
  const supervisor_ref rooms = supervisor().child<room>("room").start();
  const pid first = rooms.which_children()[0].process;
  const result<pid> again =
      open([rooms] { return rooms.start_child_request(server<room>().id("room"_atom)); });
  EXPECT_EQ(thrown_by<start_error>([&] { (void)again.value(); }).reason(),
            term::tuple("already_started"_atom, first));
  EXPECT_EQ(open([rooms] { return rooms.start_child_request(server<declining>()); }).value(), pid());
  const supervisor_ref pool = supervisor(dynamic).start();
  EXPECT_EQ(open([pool] { return pool.start_child_request(server<declining>()); }).value(), pid());
  const result<pid> nowhere = open([rooms] { return rooms.start_child_request(server<room>().worker(99)); });
  EXPECT_EQ(nowhere.error().reason(), rooms.try_start_child(server<room>().worker(99)).error().reason());
  EXPECT_EQ(thrown_by<start_error>([&] {
              (void)rooms.start_child_request(server<room>().id(1).backoff(restart_delay(2s, 1s)));
            }).code(),
            RSP_ESPEC);
  EXPECT_EQ(rooms.count_children().specs, 2);
  pool.stop();
  rooms.stop();
}

// S-SUP-58
TEST_F(ChildRequests, have_a_time_and_an_end) {
  const supervisor_ref gone = supervisor().start();
  gone.stop();
  const result<pid> nobody = open([gone] { return gone.start_child_request(server<room>()); });
  EXPECT_EQ(thrown_by<start_error>([&] { (void)nobody.value(); }).reason(), "noproc"_atom);
  const result<child_counts> none = ask([gone] { return gone.count_children_request(); });
  EXPECT_EQ(thrown_by<child_error>([&] { (void)none.value(); }).reason(), "noproc"_atom);

  const supervisor_ref rooms = supervisor().start();
  struct never : gen_server<never> {
    void init() { init_ack_later(); }
  };
  const result<pid> late = open([rooms] { return rooms.start_child_request(server<never>()); }, 1ms);
  EXPECT_EQ(late.error().code(), RSP_ETIMEDOUT);
  EXPECT_EQ(late.error().reason(), "timeout"_atom);
  EXPECT_EQ(end_by(rooms.pid(), [&] { exit(rooms.pid(), "kill"_atom); }), "killed"_atom);
}

// S-SUP-58, S-SUP-35..40
TEST_F(ChildRequests, are_there_for_each_call_about_children) {
  const supervisor_ref rooms = supervisor().child<room>("room").child(supervisor().name("inner")).start();
  const std::vector<child_info> children = ask([rooms] { return rooms.which_children_request(); }).value();
  ASSERT_EQ(children.size(), 2u);
  EXPECT_EQ(children[0].id, "room"_atom);
  EXPECT_EQ(children[0].process, rooms.which_children()[0].process);
  EXPECT_TRUE(children[1].is_supervisor);
  const child_counts counts = ask([rooms] { return rooms.count_children_request(); }).value();
  EXPECT_EQ(counts.specs, 2);
  EXPECT_EQ(counts.active, 2);
  EXPECT_EQ(counts.supervisors, 1);
  EXPECT_EQ(counts.workers, 1);
  EXPECT_EQ(ask([rooms] { return rooms.get_childspec_request("room"_atom); }).value().at("id"_atom),
            "room"_atom);
  const auto error_of = [](const auto& failed) {
    return thrown_by<child_error>([&] { (void)failed.value(); }).reason();
  };
  EXPECT_EQ(error_of(ask([rooms] { return rooms.delete_child_request("room"_atom); })), "running"_atom);
  EXPECT_EQ(error_of(ask([rooms] { return rooms.restart_child_request("none"_atom); })), "not_found"_atom);
  ask([rooms] { return rooms.terminate_child_request("room"_atom); }).value();
  EXPECT_FALSE(rooms.which_children()[0].process);
  const pid again = ask([rooms] { return rooms.restart_child_request("room"_atom); }).value();
  EXPECT_EQ(rooms.which_children()[0].process, again);
  ask([rooms] { return rooms.terminate_child_request("room"_atom); }).value();
  ask([rooms] { return rooms.delete_child_request("room"_atom); }).value();
  EXPECT_EQ(rooms.count_children().specs, 1);
  rooms.stop();
}

// S-SUP-58, S-SRV-40
TEST_F(ChildRequests, may_be_waited_for_by_a_thread_or_be_looked_for_in_messages) {
  const supervisor_ref rooms = supervisor(dynamic).start();
  const pid first = rooms.start_child_request(server<room>()).receive(infinite);
  EXPECT_EQ(rooms.which_children().at(0).process, first);
  const child_request<child_counts> second = rooms.count_children_request();
  message came = receive();
  ASSERT_TRUE(second.is_answered_by(came));
  EXPECT_EQ(second.answer_in(came).active, 1);
  rooms.stop();
}

// S-SUP-58
TEST_F(ChildRequests, drop_the_arguments_of_their_children_once) {
  struct holder : gen_server<holder> {
    explicit holder(const counted& what) : held(what) {}
    counted held;
  };
  std::atomic<int> alive{0};
  const supervisor_ref rooms = supervisor(dynamic).start();
  const pid child = rooms.start_child_request(server<holder>(counted(alive))).receive(infinite);
  EXPECT_GE(alive, 1);
  EXPECT_TRUE(supervisor_ref(pid()).try_start_child_request(server<holder>(counted(alive))).is_err());
  rooms.terminate_child(child);
  rooms.stop();
  while (alive != 0) (void)try_receive(1ms);
}

}  // namespace
