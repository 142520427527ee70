// A runtime under load: eight workers on whatever processors there are, so that threads are stopped at every
// place, and the account of memory before and after.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "core/base/sanitizers.hpp"
#include "core/mem/alloc.hpp"
#include "tests/capi/support.hpp"
#include "tests/support/account.hpp"

namespace stress {

constexpr uint32_t WORKERS = 8;

#if RSP_TSAN
constexpr double SHARE =
    0.02;  // each access costs a hundred times as much, and each thread has its turn on few processors
#elif RSP_ASAN
constexpr double SHARE = 0.2;
#else
constexpr double SHARE = 1;
#endif

/** How many of something: RESPROUT_STRESS=n is n times as many, and sanitizers get a share. At least one. */
inline int scale(int count) {
  const char* const factor = std::getenv("RESPROUT_STRESS");
  const double scaled = count * SHARE * (factor == nullptr ? 1 : std::stod(factor));
  return scaled < 1 ? 1 : static_cast<int>(scaled);
}

/** A small generator for one thread: what is random is the order of threads, not the load. */
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 0x9E37'79B9'7F4A'7C15ULL + 1) {}
  uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }
  size_t below(size_t bound) { return static_cast<size_t>(next() % bound); }

 private:
  uint64_t state_;
};

/** Each test starts a runtime and stops it; afterwards no block of its memory is left. */
class StressTest : public testing::Test {
 protected:
  void SetUp() override {
    blocks_before_ = rsp::mem_live_blocks();
    rsp_runtime_opts options = RSP_RUNTIME_OPTS_INIT;
    options.workers = WORKERS;
    ASSERT_EQ(rsp_runtime_start(&options), RSP_OK);
  }
  void TearDown() override {
    rsp_result stopped = RSP_ETIMEDOUT;
    while (stopped == RSP_ETIMEDOUT)
      stopped = rsp_runtime_stop(0);  // it gives up early where the machine is slow
    ASSERT_EQ(stopped, RSP_OK);
    rsp::test::expect_all_given_back(blocks_before_);
  }

 private:
  uint64_t blocks_before_ = 0;
};

/** Runs `count` threads to their end. */
template <class Body>
void in_threads(int count, Body body) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back(body, i);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace stress
