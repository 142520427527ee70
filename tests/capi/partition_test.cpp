// resprout/partition.h with what it cannot use. (What partitions do: tests/conformance/partitions.cpp.)
#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

rsp_next nothing(rsp_self*, rsp_msg*, void*) { return RSP_NEXT_CONTINUE; }

class Partitions : public testing::Test {
 protected:
  const Runtime runtime_{2};
  const rsp_atom name_ = atom("partition_test");

  rsp_result start(uint64_t partitions, rsp_supervisor_spec spec = RSP_SUPERVISOR_SPEC_INIT) {
    rsp_child_spec child = RSP_CHILD_SPEC_INIT;
    child.start.handler = nothing;
    child.start.ctx = &freed_;
    child.start.ctx_free = [](void* freed) { ++*static_cast<int*>(freed); };
    spec.children = &child;
    spec.child_count = 1;
    spec.partitions = partitions;
    spec.opts.name = name_;
    rsp_pid pid = NO_PID;
    return rsp_supervisor_start_spec(nullptr, &pid, nullptr, &spec, nullptr);
  }

  int freed_ = 0;
};

TEST_F(Partitions, refuse_what_is_malformed) {
  ASSERT_EQ(start(2), RSP_OK);
  const Attached me;
  const rsp_atom no_atom = {UINT32_MAX};
  const rsp_term no_term = {200, 0};
  uint64_t count = 0;
  rsp_pid pid = NO_PID;
  rsp_msg* reply = nullptr;
  for (const rsp_atom bad : {no_atom, rsp_atom{0}}) {
    EXPECT_EQ(rsp_partition_count(&count, bad), RSP_EINVAL);
    EXPECT_EQ(rsp_partition_whereis(&pid, bad, NIL), RSP_EINVAL);
    EXPECT_EQ(rsp_partition_send(me, bad, NIL, NIL), RSP_EINVAL);
    EXPECT_EQ(rsp_partition_cast(me, bad, NIL, NIL), RSP_EINVAL);
    EXPECT_EQ(rsp_partition_call(me, &reply, nullptr, bad, NIL, NIL, 0), RSP_EINVAL);
  }
  EXPECT_EQ(rsp_partition_count(nullptr, name_), RSP_EINVAL);
  EXPECT_EQ(rsp_partition_whereis(nullptr, name_, NIL), RSP_EINVAL);
  EXPECT_EQ(rsp_partition_whereis(&pid, name_, no_term), RSP_EINVAL);
  EXPECT_EQ(rsp_partition_send(me, name_, no_term, NIL), RSP_EINVAL);
  EXPECT_EQ(rsp_partition_send(me, name_, NIL, no_term), RSP_EINVAL);
  EXPECT_EQ(rsp_partition_cast(me, name_, NIL, no_term), RSP_EINVAL);
  EXPECT_EQ(rsp_partition_call(me, nullptr, nullptr, name_, NIL, NIL, 0), RSP_EINVAL);
  EXPECT_EQ(rsp_partition_call(me, &reply, nullptr, name_, NIL, no_term, 0), RSP_EINVAL);
  EXPECT_EQ(count, 0u);
  EXPECT_EQ(pid, NO_PID);
}

// S-PART-1
TEST_F(Partitions, that_cannot_be_started_give_up_what_they_hold_once) {
  EXPECT_EQ(start(uint64_t{1} << 40), RSP_ESPEC);
  EXPECT_EQ(freed_, 1);
  rsp_supervisor_spec spec = RSP_SUPERVISOR_SPEC_INIT;
  spec.with_partition = 1;  // a handler takes no args
  EXPECT_EQ(start(2, spec), RSP_ESPEC);
  EXPECT_EQ(freed_, 2);
  spec = RSP_SUPERVISOR_SPEC_INIT;
  spec.init = [](rsp_self*, void*, rsp_term, rsp_supervisor_init*) { return RSP_NEXT_CONTINUE; };
  EXPECT_EQ(start(2, spec), RSP_EINVAL);
  EXPECT_EQ(freed_, 2);  // the caller's still
}

// S-PART-3, S-REG-1: a registry that has lost its name to nobody still has its keys.
TEST_F(Partitions, do_not_share_a_table_with_a_registry) {
  rsp_registry_opts opts = RSP_REGISTRY_OPTS_INIT;
  opts.name = name_;
  rsp_pid registry = NO_PID;
  ASSERT_EQ(rsp_registry_start(nullptr, &registry, nullptr, &opts, nullptr), RSP_OK);
  uint64_t count = 0;
  EXPECT_EQ(rsp_partition_count(&count, name_), RSP_ENONAME);
  EXPECT_EQ(start(2), RSP_ENAMETAKEN);
  ASSERT_EQ(rsp_unregister(nullptr, name_), RSP_OK);
  EXPECT_EQ(start(2), RSP_ENAMETAKEN);
  const Attached me;
  EXPECT_EQ(rsp_stop(me, nullptr, registry, word("normal"), RSP_INFINITE), RSP_OK);
  EXPECT_EQ(start(2), RSP_OK);
}

}  // namespace
