// resprout/task.hpp: functions whose value is awaited, through the C++ door.
#include <memory>
#include <vector>

#include "tests/cpp/support.hpp"

using namespace cpp_test;

namespace {

using Tasks = Cpp;

/** Until its process is ended. */
[[noreturn]] void compute() {
  for (;;) checkpoint();
}

// S-TASK-1, S-TASK-2
TEST_F(Tasks, give_what_their_function_returns) {
  EXPECT_EQ(async([] { return 42; }).await(), 42);
  EXPECT_EQ(async([] { return term::tuple("a"_atom, 1); }).await(), term::tuple("a"_atom, 1));
  EXPECT_EQ(*async([] { return std::make_unique<int>(7); }).await(), 7);  // moves
  auto moved_in = std::make_unique<int>(8);
  EXPECT_EQ(async([held = std::move(moved_in)] { return *held; }).await(), 8);
  async([] {}).await();
  EXPECT_EQ(async([]() -> result<int> { return Ok{9}; }).await(), 9);
  const task<int> once = async([] { return 1; });
  EXPECT_EQ(once.await(), 1);
  EXPECT_EQ(thrown_by<Error>([&] { (void)once.await(); }).code(), RSP_EINVAL);
}

// S-TASK-1, S-TASK-3
TEST_F(Tasks, that_crash_end_who_started_them_unless_that_traps_exits) {
  const pid owner = spawn([](message&) {
    (void)async([] { throw Exit("bored"_atom); });
    return next::go_on();
  });
  EXPECT_EQ(end_by(owner, [&] { send(owner, 1); }), "bored"_atom);

  trap_exit(true);
  const task<void> failing = async([] { throw Error("boom"_atom); });
  const call_exit failure = thrown_by<call_exit>([&] { failing.await(); });
  EXPECT_EQ(failure.cause().element(0), "boom"_atom);
  const message signal = receive([](const message& m) { return m.is_exit(); });
  EXPECT_EQ(signal.sender(), failing.process());
}

// S-TASK-2..6
TEST_F(Tasks, may_be_late) {
  const task<int> slow = async([]() -> int { compute(); });
  EXPECT_EQ(slow.yield(1ms), std::nullopt);
  EXPECT_EQ(slow.shutdown(shutdown_type::brutal_kill()), std::nullopt);
  const task<void> given_up = async([] { compute(); });
  EXPECT_FALSE(given_up.yield(0ms));
  (void)thrown_by<call_timeout>([&] { given_up.await(1ms); });
  unlink(given_up.process());
  exit(given_up.process(), "kill"_atom);
  const task<int> done = async([] { return 3; });
  while (!done.yield(0ms)) std::this_thread::yield();
  const task<void> ignored = async([] { compute(); });
  EXPECT_FALSE(ignored.ignore());
  exit(ignored.process(), "kill"_atom);
}

// S-TASK-8
TEST_F(Tasks, under_a_supervisor_crash_for_nobody) {
  const supervisor_ref tree = supervisor(dynamic).start();
  EXPECT_EQ(async(tree.pid(), [] { return 5; }).await(), 5);
  const task<int> failing = async_nolink(tree.pid(), []() -> int { throw Exit("bored"_atom); });
  EXPECT_EQ(thrown_by<call_exit>([&] { (void)failing.await(); }).cause(), "bored"_atom);
  tree.stop();
  EXPECT_EQ(thrown_by<start_error>([&] { (void)async_nolink(tree.pid(), [] { return 1; }); }).code(),
            RSP_EEXITED);
}

// S-TASK-7
TEST_F(Tasks, as_children_run_a_copy_at_each_start) {
  std::atomic<int> starts{0};
  const supervisor_ref tree = supervisor()
                                  .max_restarts(2, 5s)
                                  .child(task_child("job",
                                                    [&starts, mine = 0]() mutable {
                                                      if (mine++ != 0) throw std::logic_error("not a copy");
                                                      if (++starts < 3) throw Exit("again"_atom);
                                                    })
                                             .restart(restart_type::transient))
                                  .start();
  while (starts < 3) std::this_thread::yield();
  tree.stop();
  EXPECT_EQ(starts, 3);
}

// S-TASK-10..13
TEST_F(Tasks, of_a_stream_give_results_in_the_order_of_their_inputs) {
  stream_options two;
  two.max_concurrency = 2;
  std::vector<int> squares;
  for (result<int>& squared : async_stream(
           std::vector<int>{1, 2, 3, 4, 5}, [](int& n) { return n * n; }, two))
    squares.push_back(squared.value());
  EXPECT_EQ(squares, (std::vector<int>{1, 4, 9, 16, 25}));

  std::vector<std::unique_ptr<int>> moved;
  for (int i = 0; i < 3; ++i) moved.push_back(std::make_unique<int>(i));
  int sum = 0;
  two.ordered = false;
  for (auto& got : async_stream(
           std::move(moved), [](std::unique_ptr<int>& n) { return *n; }, two))
    sum += *got;
  EXPECT_EQ(sum, 3);
}

// S-TASK-12..15
TEST_F(Tasks, of_a_stream_may_fail_each_by_itself) {
  stream_options alone;
  alone.link = false;
  auto stream = async_stream(
      std::vector<int>{0, 1},
      [](int& n) {
        if (n == 1) throw Exit("odd"_atom);
        return n;
      },
      alone);
  EXPECT_EQ(stream.next()->value(), 0);
  EXPECT_EQ(stream.next()->error().reason(), "odd"_atom);
  EXPECT_FALSE(stream.next());
  EXPECT_FALSE(stream.next());

  alone.within = 1ms;
  alone.kill_task = true;
  auto late = async_stream(
      std::vector<int>{0}, [](int&) { compute(); }, alone);
  EXPECT_EQ(late.next()->error().reason(), "timeout"_atom);
  EXPECT_FALSE(late.next());

  alone.kill_task = false;
  auto ended = async_stream(
      std::vector<int>{0}, [](int&) { compute(); }, alone);
  const call_exit failure = thrown_by<call_exit>([&] { (void)ended.next(); });
  EXPECT_EQ(failure.cause().element(0), "timeout"_atom);
  EXPECT_FALSE(ended.next());
}

// S-TASK-15
TEST_F(Tasks, of_a_stream_that_is_left_are_stopped) {
  std::atomic<int> alive{0};
  pid first;
  {
    auto left = async_stream(std::vector<counted>(3, counted(alive)), [](counted&) -> pid { return self(); });
    first = left.next()->value();
  }
  EXPECT_EQ(alive, 0);
  EXPECT_NE(first, self());
  auto halted = async_stream(std::vector<int>{1}, [](int& n) { return n; });
  halted.halt();
  EXPECT_FALSE(halted.next());
}

}  // namespace
