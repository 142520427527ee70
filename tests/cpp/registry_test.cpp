// resprout/registry.hpp: processes by keys, through the C++ door.
#include "tests/cpp/support.hpp"

using namespace cpp_test;

namespace {

using Registries = Cpp;

// S-REG-2, S-REG-5..7, S-REG-11
TEST_F(Registries, find_processes_by_unique_keys) {
  const registry rooms("rooms");
  EXPECT_EQ(rooms.try_count().error().code(), RSP_ENONAME);
  const supervisor_ref tree = supervisor().child(rooms.spec()).start();
  rooms.register_key("blue", 7);
  EXPECT_EQ(rooms.whereis("blue"), self());
  EXPECT_FALSE(rooms.whereis("red"));
  EXPECT_EQ(thrown_by<Error>([&] { rooms.register_key("blue"); }).code(), RSP_ENAMETAKEN);
  EXPECT_EQ(rooms.update_value("blue", 8), 7);
  ASSERT_EQ(rooms.lookup("blue").size(), 1u);
  EXPECT_EQ(rooms.lookup("blue")[0].value, 8);
  EXPECT_EQ(rooms.keys(self()), std::vector<term>{"blue"});
  EXPECT_EQ(rooms.count(), 1u);
  rooms.send("blue", "hello");
  EXPECT_EQ(receive().content(), "hello");
  rooms.cast("nobody", 1);
  EXPECT_EQ(thrown_by<call_exit>([&] { (void)rooms.call("nobody", 1); }).cause(), "noproc"_atom);
  rooms.unregister_key("blue");
  EXPECT_FALSE(rooms.whereis("blue"));
  tree.stop();
}

// S-REG-3, S-REG-10
TEST_F(Registries, hold_many_of_one_key_and_what_is_put_down) {
  const registry topics("topics");
  (void)topics.spec(registry_keys::duplicate).start();
  topics.register_key("news", term::tuple("a"_atom, 1));
  topics.register_key("news", term::tuple("b"_atom, 2));
  EXPECT_EQ(topics.lookup("news").size(), 2u);
  ASSERT_EQ(topics.match("news", term::tuple("b"_atom, "_"_atom)).size(), 1u);
  EXPECT_EQ(topics.try_whereis("news").error().code(), RSP_EINVAL);
  topics.put_meta("limit", 5);
  EXPECT_EQ(topics.meta("limit"), 5);
  topics.delete_meta("limit");
  EXPECT_EQ(topics.try_meta("limit").error().code(), RSP_EMISMATCH);
  unlink(whereis("topics"));
}

// S-REG-11
TEST_F(Registries, call_whoever_has_a_key) {
  const registry rooms("rooms");
  (void)rooms.spec().start();
  const pid room = spawn([rooms](message& m) {
    if (m.is_call()) return m.from().reply("here"), next::go_on();
    rooms.register_key("green");
    send(m.sender(), "done");
    return next::go_on();
  });
  send(room, 1);
  (void)receive();
  EXPECT_EQ(rooms.call("green", 1), "here");
}

}  // namespace
