// What a runtime leaves behind when it has stopped: nothing.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>

#include "core/mem/account.hpp"
#include "core/mem/alloc.hpp"

namespace rsp::test {

/// No thread is inside the runtime, and no code of a process that was given up runs any more. `blocks_before`: what
/// mem_live_blocks() was before the runtime began; what the test has kept from it is freed.
inline void expect_all_given_back(uint64_t blocks_before) {
  const AccountFigures figures = account_figures();
  EXPECT_TRUE(figures.exact);
  EXPECT_EQ(figures.taken, figures.given) << "envelopes were lost, or freed twice";
  EXPECT_EQ(figures.bytes_taken, figures.bytes_given) << "bytes were lost, or freed twice";
  EXPECT_EQ(mem_live_blocks(), blocks_before) << "blocks were lost, or freed twice";
}

}  // namespace rsp::test
