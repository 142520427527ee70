// Memory runs out at each allocation of each call in turn. For n = 1, 2, ... the n-th allocation from the call on fails,
// alone or with all that follow until the call is over, until one call gets through without a failure. Each time: the
// result is RSP_OK or a documented one, the runtime goes on working, and at the end, when it has stopped, no block is
// left (StressTest).
//
// Workers allocate too. A call whose answer comes from a process may fail there: then it is that process's end, or the
// call's time limit, that tells; a scenario names what it may get.
#pragma once

#include <set>

#include "tests/stress/stress.hpp"

namespace stress {

using namespace capi_test;

/** One call of the API, with what it needs before and undoes afterwards. */
struct Scenario {
  const char* name;
  rsp_result (*call)(const Attached& me);
  std::set<rsp_result> also_allowed = {};
};

inline void PrintTo(const Scenario& scenario, std::ostream* out) { *out << scenario.name; }

/** While memory fails the calls of `deed` alone are what it fails in; then it is as ever. */
inline uint64_t g_nth = 0;
inline bool g_lasts = false;  // all that follow fail too
inline bool g_failed = false;
template <class Deed>
auto scarce(Deed deed) {
  g_lasts ? rsp::mem_fail_from(g_nth) : rsp::mem_fail_after(g_nth);
  auto result = deed();
  g_failed = rsp::mem_fail_never() != 0;
  return result;
}

inline rsp_term list_of_words() {
  rsp_term pair = NIL;
  const rsp_term both[] = {word("one"), word("two")};
  EXPECT_EQ(rsp_term_tuple(&pair, both, 2), RSP_OK);
  return pair;
}

inline void kill(const Attached& me, rsp_pid pid) { (void)me.exit(pid, "kill"); }

/** Links and monitors may have left messages behind. */
inline void forget(const Attached& me) {
  while (me.has_message()) {
  }
}

/** How long the calls with a time limit wait. */
constexpr uint64_t LONG_MS = 200;

class OutOfMemory : public StressTest, public testing::WithParamInterface<Scenario> {
  void SetUp() override {
    // Atoms are for ever: none of a scenario's own is made while memory is short.
    for (const char* text : {"x", "hello", "scarce", "nobody", "bored", "normal", "echoed", "one", "two"})
      atom(text);
    StressTest::SetUp();
  }
  void TearDown() override {
    rsp::mem_fail_never();
    StressTest::TearDown();
  }
};

}  // namespace stress
