// rsp_blocking_begin, rsp_blocking_end: code that blocks holds up only its own process, and a kill does not wait for
// it.
#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

/// What blocking code waits for.
class Gate {
 public:
  void open() {
    open_.store(true);
    open_.notify_all();
  }
  void pass() const { open_.wait(false); }

 private:
  std::atomic<bool> open_{false};
};

/// How often something happened; anybody can wait for it.
class Count {
 public:
  void add() {
    ++count_;
    count_.notify_all();
  }
  uint32_t get() const { return count_.load(); }
  void wait_for(uint32_t wanted) const {
    for (uint32_t now = count_.load(); now < wanted; now = count_.load()) count_.wait(now);
  }

 private:
  std::atomic<uint32_t> count_{0};
};

uint64_t zombies() {
  rsp_runtime_stats read = RSP_RUNTIME_STATS_INIT;
  EXPECT_EQ(rsp_runtime_get_stats(&read), RSP_OK);
  return read.zombies;
}

rsp_pid spawn(rsp_handler start, void* state, void (*state_free)(void*) = nullptr,
              rsp_handler handler = nullptr) {
  rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
  options.start = start;
  rsp_pid pid = NO_PID;
  const rsp_handler nothing = [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_CONTINUE; };
  EXPECT_EQ(
      rsp_spawn(nullptr, &pid, nullptr, &options, handler == nullptr ? nothing : handler, state, state_free),
      RSP_OK);
  return pid;
}

/// A process that blocks in its first callback, and what it saw.
struct Blocker {
  Gate gate;
  Count entered;
  Count left;
  Count freed;
  std::atomic<rsp_result> end{RSP_EINVAL};
  std::atomic<rsp_result> call_after{RSP_EINVAL};

  static rsp_next block(rsp_self* self, rsp_msg*, void* state) {
    Blocker& blocker = *static_cast<Blocker*>(state);
    EXPECT_EQ(rsp_blocking_begin(self), RSP_OK);
    blocker.entered.add();
    blocker.gate.pass();
    blocker.end = rsp_blocking_end(self);
    blocker.call_after = rsp_checkpoint(self);
    blocker.left.add();
    return RSP_NEXT_CONTINUE;
  }

  static void free(void* state) { static_cast<Blocker*>(state)->freed.add(); }
};

/// Answers each message {From} by an atom.
rsp_next answer(rsp_self* self, rsp_msg* message, void*) {
  EXPECT_EQ(rsp_send(self, as_pid(rsp_msg_term(message)), word("here")), RSP_OK);
  return RSP_NEXT_CONTINUE;
}

std::string ask(const Attached& me, rsp_pid whom) {
  EXPECT_EQ(rsp_send(me, whom, rsp_term_pid(me.pid())), RSP_OK);
  return text_of(me.receive());
}

TEST(Blocking, leaves_the_only_worker_to_the_others) {
  Blocker blocker;
  const Runtime runtime(1);
  const Attached me;
  const rsp_pid blocked = spawn(&Blocker::block, &blocker, &Blocker::free, &answer);
  const rsp_pid other = spawn(nullptr, nullptr, nullptr, &answer);
  blocker.entered.wait_for(1);
  EXPECT_EQ(ask(me, other), "here");

  // What is sent to it waits, and what it does afterwards is as ever.
  EXPECT_EQ(rsp_send(me, blocked, rsp_term_pid(me.pid())), RSP_OK);
  EXPECT_EQ(ask(me, other), "here");
  EXPECT_FALSE(me.has_message());
  blocker.gate.open();
  EXPECT_EQ(text_of(me.receive()), "here");
  EXPECT_EQ(blocker.end, RSP_OK);
  EXPECT_EQ(blocker.call_after, RSP_OK);
  EXPECT_EQ(zombies(), 0u);
}

TEST(Blocking, of_many_at_once_leaves_the_only_worker_to_the_others) {
  constexpr uint32_t MANY = 100;
  Blocker blocker;
  const Runtime runtime(1);
  const Attached me;
  std::vector<rsp_pid> pids(MANY);
  for (rsp_pid& pid : pids) pid = spawn(&Blocker::block, &blocker, &Blocker::free);
  blocker.entered.wait_for(MANY);
  EXPECT_EQ(ask(me, spawn(nullptr, nullptr, nullptr, &answer)), "here");
  blocker.gate.open();
  blocker.left.wait_for(MANY);
  for (const rsp_pid pid : pids) EXPECT_EQ(me.exit(pid, "shutdown"), "shutdown");
  EXPECT_EQ(blocker.freed.get(), MANY);
}

TEST(Blocking, does_not_delay_a_kill) {
  Blocker blocker;
  const Runtime runtime(1);
  const Attached me;
  const rsp_pid pid = spawn(&Blocker::block, &blocker, &Blocker::free);
  const rsp_atom name = atom("the blocked one");
  EXPECT_EQ(rsp_register(me, name, pid), RSP_OK);
  blocker.entered.wait_for(1);
  EXPECT_EQ(me.exit(pid, "kill"), "killed");
  EXPECT_EQ(rsp_whereis(name).id, 0u);
  EXPECT_EQ(zombies(), 1u);
  EXPECT_EQ(blocker.freed.get(), 0u) << "its code has the state still";

  blocker.gate.open();
  blocker.freed.wait_for(1);
  EXPECT_EQ(blocker.end, RSP_EXITING);
  EXPECT_EQ(blocker.call_after, RSP_EXITING);
  while (zombies() != 0) std::this_thread::yield();
}

TEST(Blocking, does_not_delay_links_and_questions) {
  Blocker blocker;
  const Runtime runtime(1);
  const Attached me;
  const rsp_pid pid = spawn(&Blocker::block, &blocker, &Blocker::free);
  blocker.entered.wait_for(1);
  bool alive = false;
  EXPECT_EQ(rsp_is_alive(me, &alive, pid, RSP_INFINITE), RSP_OK);
  EXPECT_TRUE(alive);
  bool before = false;
  EXPECT_EQ(rsp_trap_exit(me, &before, true), RSP_OK);
  EXPECT_EQ(rsp_link(me, pid), RSP_OK);
  EXPECT_EQ(rsp_exit_signal(me, pid, word("enough")), RSP_OK);
  EXPECT_EQ(text_of(me.receive()), "enough");  // the EXIT
  blocker.gate.open();
  blocker.freed.wait_for(1);
}

TEST(Blocking, keeps_a_trapped_exit_for_later) {
  struct Trapper : Blocker {
    static rsp_next start(rsp_self* self, rsp_msg*, void* state) {
      bool before = false;
      EXPECT_EQ(rsp_trap_exit(self, &before, true), RSP_OK);
      return block(self, nullptr, state);
    }
    static rsp_next message(rsp_self* self, rsp_msg* message, void*) {
      EXPECT_EQ(rsp_msg_get_kind(message), RSP_MSG_EXIT);
      return rsp_exit(self, word("heard"));
    }
  };
  Trapper trapper;
  const Runtime runtime(1);
  const Attached me;
  const rsp_pid pid =
      spawn(&Trapper::start, static_cast<Blocker*>(&trapper), &Blocker::free, &Trapper::message);
  trapper.entered.wait_for(1);
  me.monitor(pid);
  EXPECT_EQ(rsp_exit_signal(me, pid, word("shutdown")), RSP_OK);
  bool alive = false;
  EXPECT_EQ(rsp_is_alive(me, &alive, pid, RSP_INFINITE), RSP_OK);
  EXPECT_TRUE(alive);
  trapper.gate.open();
  EXPECT_EQ(text_of(me.receive()), "heard");
  EXPECT_EQ(trapper.end, RSP_OK);
}

TEST(Blocking, is_over_when_the_callback_returns) {
  const Runtime runtime(1);
  const Attached me;
  const rsp_handler forgets = [](rsp_self* self, rsp_msg*, void*) {
    EXPECT_EQ(rsp_blocking_begin(self), RSP_OK);
    return RSP_NEXT_CONTINUE;
  };
  const rsp_pid pid = spawn(forgets, nullptr, nullptr, &answer);
  EXPECT_EQ(ask(me, pid), "here");
}

TEST(Blocking, is_over_when_an_exception_leaves_the_callback) {
  const Runtime runtime(1);
  const Attached me;
  const rsp_handler throws = [](rsp_self* self, rsp_msg*, void*) -> rsp_next {
    EXPECT_EQ(rsp_blocking_begin(self), RSP_OK);
    throw std::runtime_error("in a section");
  };
  const rsp_pid pid = spawn(nullptr, nullptr, nullptr, throws);
  EXPECT_NE(me.end_by_message(pid).find("in a section"), std::string::npos);
}

TEST(Blocking, is_over_when_its_code_raises) {
  const Runtime runtime(1);
  const Attached me;
  const rsp_handler raises = [](rsp_self* self, rsp_msg*, void*) {
    EXPECT_EQ(rsp_blocking_begin(self), RSP_OK);
    return rsp_exit(self, word("enough"));
  };
  EXPECT_EQ(me.end_by_message(spawn(nullptr, nullptr, nullptr, raises)), "enough");
}

TEST(Blocking, is_over_when_a_protected_body_returns) {
  const Runtime runtime(1);
  const Attached me;
  const rsp_handler tries = [](rsp_self* self, rsp_msg*, void*) {
    const rsp_body body = [](rsp_self* inside, void*) {
      EXPECT_EQ(rsp_blocking_begin(inside), RSP_OK);
      return RSP_NEXT_CONTINUE;
    };
    rsp_next next = RSP_NEXT_STOP;
    rsp_exception caught = RSP_EXCEPTION_INIT;
    EXPECT_EQ(rsp_try(self, &caught, &next, body, nullptr, nullptr), RSP_OK);
    EXPECT_EQ(rsp_checkpoint(self), RSP_OK);
    return RSP_NEXT_CONTINUE;
  };
  const rsp_pid pid = spawn(tries, nullptr, nullptr, &answer);
  EXPECT_EQ(ask(me, pid), "here");
}

TEST(Blocking, refuses_what_makes_no_sense) {
  Count done;
  const Runtime runtime(1);
  const Attached me;
  const rsp_handler misuses = [](rsp_self* self, rsp_msg*, void* state) {
    EXPECT_EQ(rsp_blocking_end(self), RSP_EWRONGTHREAD);
    EXPECT_EQ(rsp_blocking_begin(self), RSP_OK);
    EXPECT_EQ(rsp_blocking_begin(self), RSP_EALREADY);
    EXPECT_EQ(rsp_checkpoint(self), RSP_EWRONGTHREAD);
    EXPECT_EQ(rsp_send(self, rsp_pid{1, 0, 0}, NIL), RSP_EWRONGTHREAD);
    rsp_self* none = nullptr;
    EXPECT_EQ(rsp_attach(&none), RSP_EALREADY);
    EXPECT_EQ(rsp_runtime_stop(0), RSP_EWOULDBLOCK);
    EXPECT_EQ(rsp_current(), nullptr);
    EXPECT_EQ(rsp_blocking_end(self), RSP_OK);
    EXPECT_EQ(rsp_blocking_end(self), RSP_EWRONGTHREAD);
    EXPECT_EQ(rsp_current(), self);
    static_cast<Count*>(state)->add();
    return RSP_NEXT_CONTINUE;
  };
  spawn(misuses, &done);
  done.wait_for(1);
  EXPECT_EQ(rsp_blocking_begin(nullptr), RSP_EINVAL);
  EXPECT_EQ(rsp_blocking_end(nullptr), RSP_EINVAL);
  // A thread that attached blocks nobody: there is nothing to do, and nothing to begin twice.
  EXPECT_EQ(rsp_blocking_begin(me), RSP_OK);
  EXPECT_EQ(rsp_blocking_begin(me), RSP_OK);
  EXPECT_EQ(rsp_checkpoint(me), RSP_OK);
  EXPECT_EQ(rsp_blocking_end(me), RSP_OK);
}

TEST(Blocking, lets_its_code_send_as_a_foreign_thread) {
  const Runtime runtime(1);
  const Attached me;
  rsp_pid to = me.pid();
  const rsp_handler sends = [](rsp_self* self, rsp_msg*, void* state) {
    EXPECT_EQ(rsp_blocking_begin(self), RSP_OK);
    EXPECT_EQ(rsp_send(nullptr, *static_cast<rsp_pid*>(state), word("from_outside")), RSP_OK);
    EXPECT_EQ(rsp_blocking_end(self), RSP_OK);
    EXPECT_EQ(rsp_send(self, *static_cast<rsp_pid*>(state), word("from_inside")), RSP_OK);
    return RSP_NEXT_CONTINUE;
  };
  spawn(sends, &to);
  EXPECT_EQ(text_of(me.receive()), "from_outside");
  EXPECT_EQ(text_of(me.receive()), "from_inside");
}

TEST(Blocking, does_not_delay_the_stop_of_the_runtime) {
  Blocker blocker;
  {
    const Runtime runtime(1);
    spawn(&Blocker::block, &blocker, &Blocker::free);
    blocker.entered.wait_for(1);
  }
  // The next runtime, beside a thread of the first.
  {
    const Runtime runtime(1);
    const Attached me;
    EXPECT_EQ(zombies(), 1u);
    EXPECT_EQ(ask(me, spawn(nullptr, nullptr, nullptr, &answer)), "here");
    blocker.gate.open();
    blocker.freed.wait_for(1);
    EXPECT_EQ(blocker.end, RSP_EXITING);
    EXPECT_EQ(ask(me, spawn(nullptr, nullptr, nullptr, &answer)), "here");
    while (zombies() != 0) std::this_thread::yield();
  }
}

TEST(Blocking, comes_and_goes_while_others_talk) {
  constexpr uint32_t SECTIONS = 2000;
  Count done;
  const Runtime runtime(2);
  const Attached me;
  const rsp_handler blocks = [](rsp_self* self, rsp_msg* message, void* state) {
    EXPECT_EQ(rsp_blocking_begin(self), RSP_OK);
    EXPECT_EQ(rsp_blocking_end(self), RSP_OK);
    const int64_t left = as_int(rsp_msg_term(message));
    if (left == 0) {
      static_cast<Count*>(state)->add();
      return RSP_NEXT_CONTINUE;
    }
    EXPECT_EQ(rsp_send(self, rsp_self_pid(self), rsp_term_int(left - 1)), RSP_OK);
    return RSP_NEXT_CONTINUE;
  };
  for (uint32_t i = 0; i < 3; ++i) {
    EXPECT_EQ(rsp_send(me, spawn(nullptr, &done, nullptr, blocks), rsp_term_int(SECTIONS)), RSP_OK);
  }
  const rsp_pid other = spawn(nullptr, nullptr, nullptr, &answer);
  while (done.get() < 3) EXPECT_EQ(ask(me, other), "here");
}

TEST(Blocking, a_server_killed_in_a_call_fails_its_caller_at_once) {
  Blocker blocker;
  static const rsp_server_ops OPS = [] {
    rsp_server_ops ops = {};
    ops.size = sizeof ops;
    ops.name = "blocked";
    ops.init = [](rsp_self*, void* ctx, rsp_term, rsp_server_return* ret) {
      ret->state = ctx;
      return RSP_NEXT_CONTINUE;
    };
    ops.handle_call = [](rsp_self* self, void* state, rsp_msg*, rsp_from, rsp_server_return* ret) {
      ret->action = RSP_SERVER_REPLY;
      ret->reply = word("too_late");
      return Blocker::block(self, nullptr, state);
    };
    ops.free_state = &Blocker::free;
    return ops;
  }();
  const Runtime runtime(1);
  const Attached me;
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  spec.ops = &OPS;
  spec.ctx = &blocker;
  rsp_pid server = NO_PID;
  ASSERT_EQ(rsp_server_start(nullptr, &server, nullptr, nullptr, &spec, nullptr), RSP_OK);
  std::thread killer([&] {
    blocker.entered.wait_for(1);
    EXPECT_EQ(rsp_exit_signal(nullptr, server, word("kill")), RSP_OK);
  });
  rsp_msg* reply = nullptr;
  rsp_term reason = NIL;
  EXPECT_EQ(rsp_call(me, &reply, &reason, server, NIL, RSP_INFINITE), RSP_EEXITED);
  EXPECT_NE(show(reason).find("killed"), std::string::npos) << show(reason);
  rsp_term_free(reason);
  killer.join();
  blocker.gate.open();
  blocker.freed.wait_for(1);
  EXPECT_FALSE(me.has_message());
}

// Not a sink that is called by a worker: it runs in the middle of what the runtime does for a process.
TEST(Blocking, cannot_begin_in_a_sink_of_reports) {
  static std::atomic<uint32_t> told{0};
  static const rsp_server_ops OPS = [] {
    rsp_server_ops ops = {};
    ops.size = sizeof ops;
    ops.name = "crashing";
    ops.init = [](rsp_self*, void*, rsp_term, rsp_server_return*) { return RSP_NEXT_CONTINUE; };
    ops.handle_info = [](rsp_self* self, void*, rsp_msg*, rsp_server_return*) {
      return rsp_error(self, word("told"));
    };
    return ops;
  }();
  const Runtime runtime(1);
  const Attached me;
  told = 0;
  rsp_set_report_sink(
      [](void*, rsp_report_level, rsp_term) {
        EXPECT_EQ(rsp_current(), nullptr);
        ++told;
      },
      nullptr);
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  spec.ops = &OPS;
  rsp_pid server = NO_PID;
  ASSERT_EQ(rsp_server_start(nullptr, &server, nullptr, nullptr, &spec, nullptr), RSP_OK);
  EXPECT_EQ(me.end_by_message(server), "{told,[]}");
  EXPECT_GT(told.load(), 0u);
  rsp_set_report_sink(nullptr, nullptr);
}

}  // namespace
