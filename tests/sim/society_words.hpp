// What the two halves of the society share: the words they say to each other.
#pragma once

#include "core/env/clock.hpp"
#include "core/sync/parker.hpp"
#include "tests/sim/society.hpp"

namespace society {

using namespace capi_test;

constexpr Number LEADER = 0;
constexpr uint32_t FOUNDERS = 5;
constexpr uint32_t MOST_MEMBERS = 20;
constexpr uint32_t ROUNDS = 16;
constexpr uint32_t MOST_LIMIT = 4;
constexpr uint32_t MOST_ALLOCATIONS = 20;  // before one fails
constexpr uint32_t MANY_MONITORS = 12;     // more than are found without a hash
constexpr uint64_t LEAST_BYTES = 256;      // that may wait: room for one message of ours at least
constexpr uint64_t MORE_BYTES = 512;
constexpr uint32_t EARLY_ONE_IN[] = {16, 64, 256};
constexpr uint32_t KILL = 0;  // among the reasons
constexpr uint32_t NORMAL = 1;
constexpr uint32_t BORED = 3;
constexpr uint64_t NS_IN_MS = 1'000'000;
constexpr uint32_t LONGEST_DELAY_MS = 3;
constexpr uint32_t LONGEST_SECTION_MS = 3;
constexpr uint64_t BEYOND_THE_STOP_MS = 50;
constexpr uint32_t LONGEST_COMPUTATION_MS = 12;  // longer than the watchdog lets any turn be
constexpr uint64_t CALM_MS = 5 * LONGEST_DELAY_MS + LONGEST_COMPUTATION_MS;

// What is not from one member to another begins with one of these.
constexpr int64_t ORDER = -1;    // {ORDER, 0}: whoever hears anything acts
constexpr int64_t PING = -2;     // {PING, 0}
constexpr int64_t PONG = -3;     // {PONG, number}
constexpr int64_t ALARMED = -4;  // {ALARMED, index of the alarm}

constexpr int64_t CROSS = -5;    // {CROSS, 0}: link and unlink the partner
constexpr int64_t ASKED = -6;    // {ASKED, index of the request}
constexpr int64_t REPLIED = -7;  // the same

constexpr int64_t SIGNALLED = -8;  // {SIGNALLED, index of the exit signal}: a reason

enum Deed : uint32_t {
  SPAWN,
  SEND,
  LINK,
  MONITOR,
  EXIT,
  TRAP,
  NAME,
  TIME,
  END,
  SHORTAGE,
  BLOCK,
  COMPUTE,
  ASK,
  HOLD,
  SHELVE,
  DEEDS
};

inline rsp_result make_pair(rsp_term* out, int64_t first, int64_t second) {
  const rsp_term both[] = {rsp_term_int(first), rsp_term_int(second)};
  return rsp_term_tuple(out, both, 2);
}

inline int64_t element(rsp_term tuple, size_t index) {
  rsp_term value = NIL;
  EXPECT_EQ(rsp_term_element(&value, tuple, index), RSP_OK);
  return as_int(value);
}

/// Nobody wakes the calling thread before.
inline void pass_time(uint64_t ms) {
  rsp::Parker parker;
  EXPECT_FALSE(parker.park_until(rsp::env::now_ns() + ms * NS_IN_MS));
}

inline uint64_t number_of(rsp_ref ref) { return ref.words[0] | uint64_t{ref.words[1]} << 32; }

/// One entry of the information on a process, as text.
inline std::string info(rsp_self* self, rsp_pid pid, const char* key) {
  rsp_term all = NIL;
  rsp_term entry = NIL;
  EXPECT_EQ(rsp_process_info(self, &all, pid, RSP_INFINITE), RSP_OK);
  EXPECT_EQ(rsp_term_map_get(&entry, all, word(key)), RSP_OK);
  const std::string text = show(entry);
  rsp_term_free(all);
  return text;
}

}  // namespace society
