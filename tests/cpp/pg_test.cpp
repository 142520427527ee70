// resprout/pg.hpp: process groups, through the C++ door.
#include "tests/cpp/support.hpp"

using namespace cpp_test;

namespace {

using Groups = Cpp;

// S-PG-1..4
TEST_F(Groups, have_members_until_they_leave_or_end) {
  const scope rooms("rooms");
  EXPECT_EQ(thrown_by<call_exit>([&] { rooms.join("blue", self()); }).cause(), "noproc"_atom);
  EXPECT_TRUE(rooms.get_members("blue").empty());
  const supervisor_ref tree = supervisor().child(rooms.spec()).start();
  const pid other = spawn([](message&) { return next::go_on(); });
  rooms.join("blue", {self(), other});
  rooms.join("red", self());
  EXPECT_EQ(rooms.get_members("blue"), (std::vector<pid>{self(), other}));
  EXPECT_EQ(rooms.get_local_members("red"), std::vector<pid>{self()});
  EXPECT_EQ(rooms.which_groups().size(), 2u);
  rooms.leave("red", self());
  EXPECT_EQ(thrown_by<Error>([&] { rooms.leave("red", self()); }).code(), RSP_EMISMATCH);
  (void)end_by(other, [&] { exit(other, "kill"_atom); });
  EXPECT_EQ(rooms.get_members("blue"), std::vector<pid>{self()});
  tree.stop();
}

// S-PG-6
TEST_F(Groups, tell_those_who_watch_them) {
  const scope rooms("rooms");
  (void)rooms.spec().start();
  rooms.join("blue", self());
  const auto [watch, now] = rooms.monitor("blue");
  EXPECT_EQ(now, std::vector<pid>{self()});
  const auto [watch_all, groups] = rooms.monitor_scope();
  EXPECT_EQ(groups.at("blue"), std::vector<pid>{self()});
  rooms.demonitor(watch_all);
  rooms.leave("blue", self());
  EXPECT_EQ(receive().content(), term::tuple(watch, "leave"_atom, "blue", std::vector<pid>{self()}));
  rooms.demonitor(watch);
  EXPECT_EQ(rooms.try_demonitor(watch).error().code(), RSP_EMISMATCH);
}

}  // namespace
