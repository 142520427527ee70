// resprout/agent.hpp: values that others read and change, through the C++ door.
#include <map>
#include <memory>

#include "tests/cpp/support.hpp"

using namespace cpp_test;

namespace {

using Agents = Cpp;
using stock = std::map<std::string, int>;

// S-AGT-1..4
TEST_F(Agents, hold_a_value_that_functions_read_and_change) {
  const agent<stock> fruit = agent<stock>::start(stock{{"apples", 1}});
  fruit.update([](stock& value) { value["pears"] = 2; });
  fruit.cast([](stock& value) { ++value["apples"]; });
  EXPECT_EQ(fruit.get([](const stock& value) { return value.at("apples"); }), 2);
  EXPECT_EQ(fruit.get_and_update([](stock& value) { return std::exchange(value["pears"], 9); }), 2);
  EXPECT_EQ(fruit.get(), (stock{{"apples", 2}, {"pears", 9}}));
  EXPECT_EQ(fruit.get([](const stock&) { return term("a term"); }), "a term");
  EXPECT_EQ(*fruit.get([](const stock&) { return std::make_unique<int>(7); }), 7);  // moves
  stop(fruit.pid());
}

// S-AGT-5..7
TEST_F(Agents, end_by_what_leaves_a_function_and_fail_its_call) {
  const agent<int> counter = agent<int>::start(0);
  const ref watch = monitor(counter.pid());
  const call_exit failure =
      thrown_by<call_exit>([&] { counter.update([](int&) { throw Exit("bored"_atom); }); });
  EXPECT_EQ(failure.cause(), "bored"_atom);
  EXPECT_EQ(reason_of(watch), "bored"_atom);
  EXPECT_EQ(thrown_by<call_exit>([&] { (void)counter.get(); }).cause(), "noproc"_atom);
  EXPECT_EQ(thrown_by<call_exit>([&] { (void)agent<int>("nobody").get(); }).cause(), "noproc"_atom);
  counter.cast([](int&) {});  // nobody is no error

  const agent<int> slow = agent<int>::start(0);
  std::atomic<bool> may_go_on{false};
  (void)thrown_by<call_timeout>(
      [&] { slow.update([&](int& value) { blocking([&] { may_go_on.wait(false); }), value = 1; }, 1ms); });
  may_go_on = true;
  may_go_on.notify_all();
  EXPECT_EQ(slow.get(), 1);  // it has run all the same
  EXPECT_EQ(slow.try_update([](int&) -> result<void> { return Err{RSP_ENOPROC}; }).error().code(),
            RSP_EEXITED);
}

// S-AGT-8
TEST_F(Agents, begin_anew_under_a_supervisor) {
  const supervisor_ref tree =
      supervisor().child(agent_spec<stock>(stock{{"apples", 1}}).name("fruit")).start();
  const agent<stock> fruit("fruit");
  fruit.update([](stock& value) { value["apples"] = 50; });
  EXPECT_EQ(end_by(fruit.pid(), [&] { exit(fruit.pid(), "kill"_atom); }), "killed"_atom);
  wait_for_name("fruit");
  EXPECT_EQ(fruit.get(), (stock{{"apples", 1}}));
  tree.stop();
}

TEST_F(Agents, refuse_a_function_for_another_type) {
  const agent<int> number = agent<int>::start_link(1);
  trap_exit(true);
  EXPECT_EQ(agent<std::string>(number.pid()).try_get().error().code(), RSP_EEXITED);
}

// S-AGT-1: of each of its starts.
TEST_F(Agents, free_what_they_hold_and_what_was_sent) {
  std::atomic<int> alive{0};
  {
    const agent<counted> one = agent<counted>::start(counted(alive));
    EXPECT_EQ(alive, 2);  // the value, and what its starts are made of
    one.update([copy = counted(alive)](counted&) { (void)copy; });
    const ref watch = monitor(one.pid());
    stop(one.pid());
    (void)reason_of(watch);
  }
  while (alive != 0) std::this_thread::yield();
}

}  // namespace
