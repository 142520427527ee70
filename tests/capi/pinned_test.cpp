// Processes that are pinned to one worker (the option `worker`). A worker shows itself by its thread: it has one, and
// one more for each turn that was taken from it meanwhile (stuck_turns).
#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

/// Threads on which callbacks have run.
class Threads {
 public:
  void note() {
    const std::lock_guard guard(lock_);
    seen_.insert(std::this_thread::get_id());
  }
  size_t count() const { return seen_.size(); }
  bool has_common(const Threads& other) const {
    return std::any_of(seen_.begin(), seen_.end(),
                       [&](std::thread::id id) { return other.seen_.count(id) == 1; });
  }

 private:
  std::mutex lock_;
  std::set<std::thread::id> seen_;
};

/// Once everything that notes has ended: these are the threads of one worker. Each further one came by a turn that was
/// taken, which is counted a moment later.
void expect_one_worker(const Threads& threads) {
  EXPECT_GE(threads.count(), 1u);
  wait_until([&] { return threads.count() <= 1 + stats().stuck_turns; });
}

rsp_result spawn_on(uint64_t worker, rsp_pid* out, rsp_handler handler, void* state,
                    rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT) {
  options.worker = worker;
  return rsp_spawn(nullptr, out, nullptr, &options, handler, state, nullptr);
}

/// Notes its thread, and sends each message back.
rsp_next echo(rsp_self* self, rsp_msg* message, void* threads) {
  static_cast<Threads*>(threads)->note();
  EXPECT_EQ(rsp_send(self, rsp_msg_from(message), rsp_msg_term(message)), RSP_OK);
  return RSP_NEXT_CONTINUE;
}

rsp_pid spawn_echo_on(uint64_t worker, Threads& threads) {
  rsp_pid pid = NO_PID;
  EXPECT_EQ(spawn_on(worker, &pid, &echo, &threads), RSP_OK);
  return pid;
}

void ask(const Attached& me, rsp_pid pid) {
  EXPECT_EQ(rsp_send(me, pid, word("here")), RSP_OK);
  EXPECT_EQ(text_of(me.receive()), "here");
}

/// Code that computes without a call until it is released, in its first callback.
struct Spinner {
  std::atomic<bool> released{false};
  std::atomic<uint32_t> entered{0};

  static rsp_next start(rsp_self*, rsp_msg*, void* state) {
    Spinner& spinner = *static_cast<Spinner*>(state);
    ++spinner.entered;
    while (!spinner.released) std::this_thread::yield();
    return RSP_NEXT_CONTINUE;
  }
  static rsp_next answer(rsp_self* self, rsp_msg* message, void*) {
    EXPECT_EQ(rsp_send(self, rsp_msg_from(message), rsp_msg_term(message)), RSP_OK);
    return RSP_NEXT_CONTINUE;
  }

  rsp_pid spawn_on(uint64_t worker, uint64_t stall_ms = 0) {
    rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
    options.start = &Spinner::start;
    options.stall_ms = stall_ms;
    rsp_pid pid = NO_PID;
    EXPECT_EQ(::spawn_on(worker, &pid, &Spinner::answer, this, options), RSP_OK);
    return pid;
  }
};

class PinnedOn : public testing::TestWithParam<uint32_t> {};

// S-NAT-10
TEST_P(PinnedOn, workers_stay_with_theirs_though_others_have_nothing_to_do) {
  constexpr int MANY = 30;
  constexpr int TIMES = 100;
  Threads on_first;
  Threads on_last;
  const Runtime runtime(GetParam());
  const Attached me;
  std::vector<rsp_pid> all(MANY);
  for (rsp_pid& pid : all) pid = spawn_echo_on(1, on_first);
  for (int i = 0; i < MANY; ++i) all.push_back(spawn_echo_on(GetParam(), on_last));
  for (int i = 0; i < TIMES; ++i) {
    for (const rsp_pid pid : all) EXPECT_EQ(rsp_send(me, pid, rsp_term_int(i)), RSP_OK);
    for (size_t answers = 0; answers < all.size(); ++answers)
      EXPECT_EQ(text_of(me.receive()), std::to_string(i));
  }
  for (const rsp_pid pid : all) EXPECT_EQ(me.exit(pid, "enough"), "enough");
  expect_one_worker(on_first);
  expect_one_worker(on_last);
  if (stats().stuck_turns == 0) {
    EXPECT_EQ(on_first.has_common(on_last), GetParam() == 1);
  }
}

TEST_P(PinnedOn, workers_may_send_to_each_other_and_to_free_ones) {
  constexpr int64_t HOPS = 2'000;
  const Runtime runtime(GetParam());
  const Attached me;
  struct Player {
    Threads threads;
    rsp_pid next = NO_PID;
    rsp_pid referee = NO_PID;
  };
  Player players[6];
  std::vector<rsp_pid> pids;
  for (size_t i = 0; i < std::size(players); ++i) {
    players[i].referee = me.pid();
    const rsp_handler hand_on = [](rsp_self* self, rsp_msg* message, void* state) {
      Player& player = *static_cast<Player*>(state);
      player.threads.note();
      const int64_t left = as_int(rsp_msg_term(message));
      EXPECT_EQ(rsp_send(self, left == 0 ? player.referee : player.next, rsp_term_int(left - 1)), RSP_OK);
      return RSP_NEXT_CONTINUE;
    };
    rsp_pid pid = NO_PID;
    ASSERT_EQ(spawn_on(i % 3 == 2 ? 0 : 1 + i % GetParam(), &pid, hand_on, &players[i]), RSP_OK);
    pids.push_back(pid);
  }
  for (size_t i = 0; i < std::size(players); ++i) players[i].next = pids[(i + 1) % std::size(players)];
  for (int i = 0; i < 3; ++i) EXPECT_EQ(rsp_send(me, pids[0], rsp_term_int(HOPS)), RSP_OK);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(text_of(me.receive()), "-1");
  for (const rsp_pid pid : pids) EXPECT_EQ(me.exit(pid, "enough"), "enough");
  for (size_t i = 0; i < std::size(players); ++i) {
    if (i % 3 != 2) expect_one_worker(players[i].threads);
  }
}

INSTANTIATE_TEST_SUITE_P(Workers, PinnedOn, testing::Values(1, 2, 8));

// S-NAT-10
TEST(Pinned, process_is_refused_where_there_is_no_such_worker) {
  Threads threads;
  const Runtime runtime(2);
  const Attached me;
  rsp_pid pid = NO_PID;
  for (const uint64_t worker : {uint64_t{3}, uint64_t{4096}, uint64_t{1} << 32, UINT64_MAX}) {
    EXPECT_EQ(spawn_on(worker, &pid, &echo, &threads), RSP_EINVAL) << worker;
  }
  EXPECT_EQ(pid, NO_PID);
  rsp_spawn_opts limited = RSP_SPAWN_OPTS_INIT;
  limited.max_messages = 1;
  EXPECT_EQ(spawn_on(3, &pid, &echo, &threads, limited), RSP_EINVAL);
  ASSERT_EQ(spawn_on(2, &pid, &echo, &threads), RSP_OK);
  ask(me, pid);
}

TEST(Pinned, process_is_refused_on_a_lane) {
  rsp_lane_hooks hooks = {};
  hooks.size = sizeof hooks;
  hooks.acquire = hooks.release = [](void*) {};
  hooks.start_thread = [](void*) { return RSP_EOS; };
  rsp_lane* lane = nullptr;
  ASSERT_EQ(rsp_lane_new(&lane, &hooks, true), RSP_OK);
  Threads threads;
  const Runtime runtime(1);
  const Attached me;
  rsp_pid pid = NO_PID;
  rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
  options.lane = lane;
  EXPECT_EQ(spawn_on(1, &pid, &echo, &threads, options), RSP_EINVAL);
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  spec.handler = &echo;
  spec.lane = lane;
  spec.worker = 1;
  EXPECT_EQ(rsp_server_start(me, &pid, nullptr, nullptr, &spec, nullptr), RSP_EINVAL);
  rsp_lane_free(lane);
}

// S-NAT-1
TEST(Pinned, process_does_not_wait_for_one_that_computes_on_its_worker) {
  Spinner spinner;
  Threads threads;
  const Runtime runtime(2);
  const Attached me;
  const rsp_pid spinning = spinner.spawn_on(2);
  wait_until([&] { return spinner.entered == 1; });
  ask(me, spawn_echo_on(2, threads));
  EXPECT_GE(stats().stuck_turns, 1u);
  spinner.released = true;
  ask(me, spinning);
  EXPECT_EQ(stats().zombies, 0u);
}

// S-NAT-3
TEST(Pinned, process_does_not_wait_for_one_that_blocks_on_its_worker) {
  Threads threads;
  const Runtime runtime(2);
  const Attached me;
  struct Blocking {
    std::atomic<bool> inside{false};
    std::atomic<bool> released{false};
  } blocking;
  const rsp_handler block = [](rsp_self* self, rsp_msg* message, void* state) {
    Blocking& its = *static_cast<Blocking*>(state);
    EXPECT_EQ(rsp_blocking_begin(self), RSP_OK);
    its.inside = true;
    while (!its.released) std::this_thread::yield();
    EXPECT_EQ(rsp_blocking_end(self), RSP_OK);
    EXPECT_EQ(rsp_send(self, rsp_msg_from(message), word("back")), RSP_OK);
    return RSP_NEXT_CONTINUE;
  };
  rsp_pid pid = NO_PID;
  ASSERT_EQ(spawn_on(2, &pid, block, &blocking), RSP_OK);
  EXPECT_EQ(rsp_send(me, pid, NIL), RSP_OK);
  wait_until([&] { return blocking.inside.load(); });
  ask(me, spawn_echo_on(2, threads));
  blocking.released = true;
  EXPECT_EQ(text_of(me.receive()), "back");
  EXPECT_EQ(rsp_send(me, pid, NIL), RSP_OK);
  EXPECT_EQ(text_of(me.receive()), "back");
}

// S-NAT-2
TEST(Pinned, process_is_killed_while_it_computes) {
  Spinner spinner;
  Threads threads;
  const Runtime runtime(2);
  const Attached me;
  const rsp_pid spinning = spinner.spawn_on(1);
  wait_until([&] { return spinner.entered == 1; });
  EXPECT_EQ(me.exit(spinning, "kill"), "killed");
  EXPECT_EQ(stats().zombies, 1u);
  ask(me, spawn_echo_on(1, threads));
  spinner.released = true;
  wait_until([] { return stats().zombies == 0; });
}

// S-NAT-9
TEST(Pinned, process_ends_at_its_stall_limit) {
  Spinner spinner;
  Threads threads;
  const Runtime runtime(2);
  const Attached me;
  const rsp_pid spinning = spinner.spawn_on(1, 20);
  EXPECT_EQ(me.end_of(spinning), "stalled");
  ask(me, spawn_echo_on(1, threads));
  spinner.released = true;
  wait_until([] { return stats().zombies == 0; });
}

TEST(Pinned, server_is_started_on_its_worker_or_refused_with_its_context) {
  Threads threads;
  std::atomic<int> freed{0};
  const Runtime runtime(2);
  const Attached me;
  struct Context {
    Threads* threads;
    std::atomic<int>* freed;
  } context{&threads, &freed};
  static rsp_server_ops ops = {};
  ops.size = sizeof ops;
  ops.name = "pinned";
  ops.init = [](rsp_self*, void* ctx, rsp_term, rsp_server_return* ret) {
    static_cast<Context*>(ctx)->threads->note();
    ret->state = ctx;
    return RSP_NEXT_CONTINUE;
  };
  ops.handle_call = [](rsp_self*, void* state, rsp_msg*, rsp_from, rsp_server_return* ret) {
    static_cast<Context*>(state)->threads->note();
    ret->action = RSP_SERVER_REPLY;
    ret->reply = word("here");
    return RSP_NEXT_CONTINUE;
  };
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  spec.ops = &ops;
  spec.ctx = &context;
  spec.ctx_free = [](void* ctx) { ++*static_cast<Context*>(ctx)->freed; };
  spec.worker = 3;
  rsp_pid pid = NO_PID;
  EXPECT_EQ(rsp_server_start(me, &pid, nullptr, nullptr, &spec, nullptr), RSP_EINVAL);
  EXPECT_EQ(rsp_server_start(nullptr, &pid, nullptr, nullptr, &spec, nullptr), RSP_EINVAL);
  EXPECT_EQ(freed, 0) << "it is the caller's";
  spec.worker = 2;
  ASSERT_EQ(rsp_server_start(me, &pid, nullptr, nullptr, &spec, nullptr), RSP_OK);
  for (int i = 0; i < 50; ++i) {
    rsp_msg* answer = nullptr;
    ASSERT_EQ(rsp_call(me, &answer, nullptr, pid, NIL, RSP_INFINITE), RSP_OK);
    EXPECT_EQ(text_of(Message(answer)), "here");
  }
  EXPECT_EQ(rsp_stop(me, nullptr, pid, word("normal"), RSP_INFINITE), RSP_OK);
  expect_one_worker(threads);
  wait_until([&] { return freed == 1; });
}

rsp_child_spec child_on(uint64_t worker, Threads& threads) {
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  child.id = word("pinned");
  child.start.handler = [](rsp_self* self, rsp_msg* message, void* ctx) {
    static_cast<Threads*>(ctx)->note();
    if (message != nullptr) {
      EXPECT_EQ(rsp_send(self, rsp_msg_from(message), rsp_msg_term(message)), RSP_OK);
    }
    return RSP_NEXT_CONTINUE;
  };
  child.start.ctx = &threads;
  child.start.name = atom("pinned child");
  child.start.worker = worker;
  return child;
}

// S-NAT-10
TEST(Pinned, child_is_pinned_again_at_each_restart) {
  Threads threads;
  const Runtime runtime(8);
  const Attached me;
  // Not the first: that one is woken for what may run anywhere.
  const rsp_child_spec child = child_on(5, threads);
  rsp_supervisor_opts options = RSP_SUPERVISOR_OPTS_INIT;
  options.max_restarts = 100;
  rsp_pid supervisor = NO_PID;
  ASSERT_EQ(rsp_supervisor_start(me, &supervisor, nullptr, &child, 1, &options, nullptr), RSP_OK);
  ask(me, spawn_echo_on(5, threads));
  rsp_pid last = NO_PID;
  for (int i = 0; i < 20; ++i) {
    rsp_pid pid = NO_PID;
    wait_until([&] {
      pid = rsp_whereis(atom("pinned child"));
      return pid.id != 0 && !(pid == last);
    });
    ask(me, pid);
    EXPECT_EQ(me.exit(pid, "kill"), "killed");
    last = pid;
  }
  EXPECT_EQ(rsp_stop(me, nullptr, supervisor, word("shutdown"), RSP_INFINITE), RSP_OK);
  expect_one_worker(threads);
}

TEST(Pinned, child_of_no_worker_does_not_start) {
  Threads threads;
  const Runtime runtime(2);
  const Attached me;
  const rsp_child_spec child = child_on(3, threads);
  rsp_pid supervisor = NO_PID;
  rsp_term error = NIL;
  EXPECT_EQ(rsp_supervisor_start(me, &supervisor, &error, &child, 1, nullptr, nullptr), RSP_EEXITED);
  EXPECT_EQ(show(error), "{shutdown,{failed_to_start_child,pinned,invalid_worker}}");
  rsp_term_free(error);

  ASSERT_EQ(rsp_supervisor_start(me, &supervisor, nullptr, nullptr, 0, nullptr, nullptr), RSP_OK);
  rsp_pid pid = NO_PID;
  error = NIL;
  EXPECT_EQ(rsp_supervisor_start_child(me, &pid, &error, supervisor, &child, RSP_INFINITE), RSP_EEXITED);
  EXPECT_EQ(show(error), "invalid_worker");
  rsp_term_free(error);
  EXPECT_EQ(rsp_stop(me, nullptr, supervisor, word("shutdown"), RSP_INFINITE), RSP_OK);
}

}  // namespace
