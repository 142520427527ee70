// What the code of a killed process may still do, and for how long (docs/semantics.md, S-NAT-4).
#include <atomic>
#include <chrono>
#include <thread>

#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::seconds;

/// Code that kills itself when it gets a message, and then cleans up until it is released.
struct Killed {
  std::atomic<bool> cleans_up{false};
  std::atomic<bool> released{false};
  std::atomic<bool> freed{false};

  /// A call of its own: so the signal is received at a checkpoint, and not by a worker while the code computes.
  void be_killed(rsp_self* self) {
    EXPECT_EQ(rsp_exit_signal(self, rsp_self_pid(self), word("kill")), RSP_EXITING);
    cleans_up = true;
  }

  void clean_up() const {
    while (!released) std::this_thread::yield();
  }

  static Killed& of(void* state) { return *static_cast<Killed*>(state); }
  static void free(void* state) { of(state).freed = true; }

  rsp_pid spawn(rsp_handler handler) {
    rsp_pid pid = NO_PID;
    EXPECT_EQ(rsp_spawn(nullptr, &pid, nullptr, nullptr, handler, this, &Killed::free), RSP_OK);
    return pid;
  }
};

/// Its destructor is what there is to clean up.
struct Resource {
  const Killed& owner;
  ~Resource() { owner.clean_up(); }
};

rsp_next cleans_up_in_a_destructor(rsp_self* self, rsp_msg*, void* state) {
  const Resource resource{Killed::of(state)};
  Killed::of(state).be_killed(self);
  return RSP_NEXT_CONTINUE;
}

/// How long the end of the process took for others.
Clock::duration end(const Attached& me, rsp_pid pid) {
  const Clock::time_point before = Clock::now();
  EXPECT_EQ(me.end_by_message(pid), "killed");
  return Clock::now() - before;
}

void expect_a_zombie_that_ends(Killed& killed) {
  EXPECT_EQ(stats().zombies, 1u);
  EXPECT_FALSE(killed.freed) << "its code has the state still";
  killed.released = true;
  wait_until([&] { return killed.freed.load(); });
  wait_until([] { return stats().zombies == 0; });
}

// S-NAT-4
TEST(Unwinding, may_take_a_second_and_no_more) {
  Killed killed;
  const Runtime runtime(1);
  const Attached me;
  const rsp_pid pid = killed.spawn(&cleans_up_in_a_destructor);
  const rsp_atom name = atom("the killed");
  EXPECT_EQ(rsp_register(me, name, pid), RSP_OK);
  EXPECT_GE(end(me, pid), seconds(1));
  EXPECT_EQ(rsp_whereis(name).id, 0u);
  expect_a_zombie_that_ends(killed);
}

TEST(Unwinding, has_no_more_where_it_calls_the_runtime_again_and_again) {
  Killed killed;
  const Runtime runtime(1);
  const Attached me;
  const rsp_pid pid = killed.spawn([](rsp_self* self, rsp_msg*, void* state) {
    Killed::of(state).be_killed(self);
    while (!Killed::of(state).released) EXPECT_EQ(rsp_checkpoint(self), RSP_EXITING);
    return RSP_NEXT_CONTINUE;
  });
  EXPECT_GE(end(me, pid), seconds(1));
  expect_a_zombie_that_ends(killed);
}

TEST(Unwinding, has_no_more_in_what_runs_after_a_protected_body) {
  Killed killed;
  const Runtime runtime(1);
  const Attached me;
  const rsp_pid pid = killed.spawn([](rsp_self* self, rsp_msg*, void* state) {
    rsp_exception caught = RSP_EXCEPTION_INIT;
    rsp_next next;
    const rsp_body body = [](rsp_self* inside, void* of) {
      Killed::of(of).be_killed(inside);
      return RSP_NEXT_CONTINUE;
    };
    const rsp_body after = [](rsp_self*, void* of) {
      Killed::of(of).clean_up();
      return RSP_NEXT_CONTINUE;
    };
    EXPECT_EQ(rsp_try(self, &caught, &next, body, after, state), RSP_EXITING);
    return RSP_NEXT_CONTINUE;
  });
  EXPECT_GE(end(me, pid), seconds(1));
  expect_a_zombie_that_ends(killed);
}

TEST(Unwinding, is_not_cut_short_by_what_comes_meanwhile) {
  Killed killed;
  const Runtime runtime(1);
  const Attached me;
  const rsp_pid pid = killed.spawn(&cleans_up_in_a_destructor);
  const rsp_pid echo = spawn_echo(nullptr);
  const std::string reason = me.end_after(pid, [&] {
    EXPECT_EQ(rsp_send(me, pid, NIL), RSP_OK);
    wait_until([&] { return killed.cleans_up.load(); });
    // The echo runs on the only worker, which was taken away for that. What is queued for it comes in order.
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(rsp_exit_signal(me, pid, word("another reason")), RSP_OK);
      EXPECT_EQ(rsp_send(me, echo, NIL), RSP_OK);
      (void)me.receive();
    }
    EXPECT_EQ(stats().zombies, 0u);
    killed.released = true;
  });
  EXPECT_EQ(reason, "killed");
  EXPECT_EQ(stats().zombies, 0u);
}

TEST(Unwinding, does_not_keep_the_runtime_from_stopping) {
  Killed killed;
  {
    const Runtime runtime(1);
    const rsp_pid pid = killed.spawn(&cleans_up_in_a_destructor);
    EXPECT_EQ(rsp_send(nullptr, pid, NIL), RSP_OK);
    wait_until([&] { return killed.cleans_up.load(); });
    EXPECT_EQ(rsp_runtime_stop(0), RSP_OK);
    EXPECT_FALSE(killed.freed);
  }
  const Runtime runtime(1);
  expect_a_zombie_that_ends(killed);
}

}  // namespace
