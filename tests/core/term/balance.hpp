// A fixture for tests that build terms: whatever a test allocated is free again when it ends.
#pragma once

#include <gtest/gtest.h>

#include "core/mem/alloc.hpp"

namespace rsp {

class Balanced : public testing::Test {
 protected:
  void SetUp() override { live_before_ = mem_live_blocks(); }
  void TearDown() override {
#ifdef RESPROUT_FAULT_INJECTION
    mem_fail_never();
#endif
    EXPECT_EQ(mem_live_blocks(), live_before_) << "blocks were leaked, or freed twice";
  }
  uint64_t live_before() const { return live_before_; }

 private:
  uint64_t live_before_ = 0;
};

#ifdef RESPROUT_FAULT_INJECTION
/// Runs `attempt`, which returns an rsp_result, with its first, second, ... allocation failing until it has
/// none left to fail. Each failure must be RSP_ENOMEM and leave no block behind. Returns how many there were.
template <class Attempt>
int fail_each_allocation(Attempt attempt) {
  for (int n = 1;; ++n) {
    const uint64_t live = mem_live_blocks();
    mem_fail_after(static_cast<uint64_t>(n));
    const rsp_result result = attempt();
    if (mem_fail_never() == 0) {
      EXPECT_EQ(result, RSP_OK);
      return n - 1;
    }
    EXPECT_EQ(result, RSP_ENOMEM) << "when allocation " << n << " fails";
    EXPECT_EQ(mem_live_blocks(), live) << "when allocation " << n << " fails";
  }
}
#endif

}  // namespace rsp
