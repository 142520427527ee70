// resprout/partition_supervisor.hpp: one server as several.
#include "tests/cpp/support.hpp"

using namespace cpp_test;

namespace {

/** Counts, and knows which one it is. */
struct counter : gen_server<counter> {
  struct add {
    using reply = int64_t;
    int64_t by;
  };
  explicit counter(int64_t first, const extra_args& more = {})
      : number(more.size() == 0 ? -1 : more.at<int64_t>(0)) {
    value = first;
  }
  int64_t handle(add m) { return value += m.by; }
  term handle_call(const term& asked) {
    if (asked == "fail"_atom) throw Error("told to");
    return number;
  }
  void handle_cast(const term& by) { value += by.to<int64_t>(); }
  void handle_info(message& m) { value += m.content().to<int64_t>(); }
  int64_t number;
  int64_t value;
};

class Partitions : public Cpp {
 protected:
  const partition_supervisor counters_{"counters"};
};

// S-PART-1, S-PART-2
TEST_F(Partitions, are_as_many_as_asked_for_and_found_by_key) {
  const supervisor_ref tree = counters_.of(server<counter>(0)).partitions(3).start();
  EXPECT_EQ(counters_.count(), 3u);
  EXPECT_EQ(counters_.whereis(1), counters_.whereis(4));
  EXPECT_EQ(counters_.whereis(1), counters_.whereis(-1));
  EXPECT_NE(counters_.whereis(1), counters_.whereis(2));
  EXPECT_EQ(counters_.whereis("ada"), counters_.whereis("ada"));
  EXPECT_EQ(tree.which_children()[2].id, 2);
  tree.stop();
  (void)counters_.of(server<counter>(0)).start();
  EXPECT_EQ(counters_.count(), 2u);  // as many as workers
}

// S-PART-3
TEST_F(Partitions, take_what_is_sent_to_their_keys) {
  (void)counters_.of(server<counter>(0)).partitions(2).start();
  counters_.send("ada", 1);
  counters_.cast("ada", 20);
  const server_ref<counter> ada = counters_.whereis("ada");
  EXPECT_EQ(ada.call(counter::add{300}), 321);
  EXPECT_EQ(counters_.call("ada", "which"), -1);
  const call_exit failed = thrown_by<call_exit>([&] { counters_.call("ada", "fail"_atom); });
  EXPECT_EQ(failed.cause()[0], "told to");
  while (!counters_.whereis("ada")) continue;
  EXPECT_EQ(server_ref<counter>(counters_.whereis("ada")).call(counter::add{0}), 0);
}

// S-PART-3
TEST_F(Partitions, that_are_not_there_are_told_of) {
  EXPECT_EQ(counters_.try_count().error().code(), RSP_ENONAME);
  EXPECT_EQ(counters_.try_send(1, 1).error().code(), RSP_ENONAME);
  EXPECT_EQ(counters_.of(server<counter>(0)).partitions(0).try_start().error().code(), RSP_EINVAL);
  counters_.cast(1, 1);
  EXPECT_EQ(thrown_by<call_exit>([&] { counters_.call(1, 1); }).cause(), "noproc"_atom);
}

// S-PART-4
TEST_F(Partitions, are_told_their_numbers_if_asked_for) {
  (void)counters_.of(server<counter>(0)).partitions(4).with_partition().start();
  for (int64_t number = 0; number < 4; ++number) EXPECT_EQ(counters_.call(number, "which"), number);
}

// S-PART-1: a supervisor of another strategy, under another one
TEST_F(Partitions, may_end_together) {
  (void)supervisor()
      .child(supervisor(one_for_all).name("counters").child(server<counter>(0)).partitions(2))
      .start();
  const pid other = counters_.whereis(1);
  const ref watch = monitor(other);
  EXPECT_TRUE(counters_.try_call(0, "fail"_atom).is_err());
  EXPECT_EQ(reason_of(watch), "shutdown"_atom);
}

}  // namespace
