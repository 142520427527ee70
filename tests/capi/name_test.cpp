// resprout/name.h
#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

class Names : public testing::Test {
 protected:
  const Runtime runtime_{2};
};

// S-NAME-1, S-NAME-2
TEST_F(Names, belong_to_one_process_which_has_one_name) {
  const Attached me;
  const rsp_atom name = atom("name_test_a");
  const rsp_pid pid = spawn_idle(me);
  const rsp_pid other = spawn_idle(me);
  EXPECT_EQ(rsp_register(me, name, pid), RSP_OK);
  EXPECT_EQ(rsp_whereis(name), pid);
  EXPECT_EQ(rsp_register(me, name, other), RSP_ENAMETAKEN);
  EXPECT_EQ(rsp_register(me, atom("name_test_b"), pid), RSP_EHASNAME);
  EXPECT_EQ(rsp_register(me, name, pid), RSP_EHASNAME);
  EXPECT_EQ(rsp_register(me, atom("name_test_c"), dead_pid(me)), RSP_ENOPROC);
  EXPECT_EQ(rsp_register(me, rsp_atom{0}, other), RSP_EINVAL);
  EXPECT_EQ(rsp_register(me, rsp_atom{UINT32_MAX}, other), RSP_EINVAL);
  EXPECT_EQ(rsp_register(me, atom("name_test_d"), rsp_pid{other.id, 1, 1}), RSP_EINVAL);
  EXPECT_EQ(rsp_whereis(atom("name_test_b")), NO_PID);
}

// S-NAME-4
TEST_F(Names, are_freed_by_anybody) {
  const Attached me;
  const rsp_atom name = atom("name_test_e");
  const rsp_pid pid = spawn_idle(me);
  EXPECT_EQ(rsp_unregister(me, name), RSP_ENONAME);
  ASSERT_EQ(rsp_register(nullptr, name, pid), RSP_OK);
  EXPECT_EQ(rsp_unregister(nullptr, name), RSP_OK);
  EXPECT_EQ(rsp_whereis(name), NO_PID);
  EXPECT_EQ(rsp_register(me, atom("name_test_f"), pid), RSP_OK);
  EXPECT_EQ(rsp_unregister(me, rsp_atom{UINT32_MAX}), RSP_EINVAL);
}

TEST_F(Names, go_with_their_process) {
  const Attached me;
  const rsp_atom name = atom("name_test_g");
  const rsp_pid pid = spawn_idle(me);
  ASSERT_EQ(rsp_register(me, name, pid), RSP_OK);
  (void)me.exit(pid, "kill");
  EXPECT_EQ(rsp_whereis(name), NO_PID);
  EXPECT_EQ(rsp_register(me, name, me.pid()), RSP_OK);
}

TEST(NamesOfARun, go_with_it) {
  const rsp_atom name = atom("name_test_h");
  {
    const Runtime runtime(2);
    ASSERT_EQ(rsp_register(nullptr, name, spawn_idle(nullptr)), RSP_OK);
  }
  EXPECT_EQ(rsp_whereis(name), NO_PID);
  EXPECT_EQ(rsp_whereis(rsp_atom{UINT32_MAX}), NO_PID);
}

}  // namespace
