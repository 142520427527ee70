// Slots of processes that are used again until their generations come round, which have three bits in this build
// (core/sync/mailbox.hpp): the pids of the dead stay dead, and nobody gets what was sent to them.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <vector>

#include "core/env/sometimes.hpp"
#include "core/sync/mailbox.hpp"
#include "tests/capi/support.hpp"
#include "tests/support/forked_runs.hpp"

namespace {

using namespace capi_test;

constexpr uint64_t RUNS = 100;
constexpr int LIVES = 60;

uint32_t index_of(rsp_pid pid) { return static_cast<uint32_t>(pid.id); }
uint32_t generation_of(rsp_pid pid) {
  return static_cast<uint32_t>(rsp::Mailbox::generation_of(static_cast<uint32_t>(pid.id >> 32)));
}

/** One that gets nothing in its life. */
rsp_pid spawn_deaf(const Attached& me) {
  return spawn(me, [](rsp_self*, rsp_msg* message) {
    ADD_FAILURE() << "sent to the dead: " << show(rsp_msg_term(message));
    return RSP_NEXT_CONTINUE;
  });
}

/** Sends to each pid that it is told, and to those before, in the middle of all else. */
rsp_pid spawn_pest(const Attached& me) {
  return spawn(me, [stale = std::vector<rsp_pid>()](rsp_self* self, rsp_msg* message) mutable {
    rsp_pid dead = NO_PID;
    EXPECT_EQ(rsp_term_get_pid(&dead, rsp_msg_term(message)), RSP_OK);
    stale.push_back(dead);
    for (const rsp_pid& pid : stale) {
      for (const rsp_result sent :
           {rsp_send(self, pid, word("pest")), rsp_exit_signal(self, pid, word("pest"))})
        EXPECT_TRUE(sent == RSP_OK || sent == RSP_EXITING);  // it is killed in the end
    }
    return RSP_NEXT_CONTINUE;
  });
}

void reuse() {
  const Runtime runtime(2);
  const Attached me;
  const rsp_pid pest = spawn_pest(me);
  std::map<std::pair<uint32_t, uint32_t>, rsp_pid> by_word;
  std::set<uint64_t> ids;
  for (int i = 0; i < LIVES; ++i) {
    const rsp_pid pid = spawn_deaf(me);
    EXPECT_TRUE(ids.insert(pid.id).second);
    const auto [same, is_new] = by_word.try_emplace({index_of(pid), generation_of(pid)}, pid);
    if (!is_new) {
      RSP_SOMETIMES("a generation comes round");
      const rsp_pid stale = same->second;
      bool alive = true;
      EXPECT_EQ(rsp_is_alive(me, &alive, stale, RSP_INFINITE), RSP_OK);
      EXPECT_FALSE(alive);
      EXPECT_EQ(rsp_send(me, stale, word("stale")), RSP_OK);
      EXPECT_EQ(rsp_link(me, stale), RSP_ENOPROC);
      rsp_term reason = NIL;
      rsp_msg* answer = nullptr;
      EXPECT_EQ(rsp_call(me, &answer, &reason, stale, word("stale"), RSP_INFINITE), RSP_EEXITED);
      rsp_term_free(reason);
      const rsp_ref monitor = me.monitor(stale);
      const Message down = me.receive();
      EXPECT_TRUE(rsp_msg_ref(down.get()) == monitor);
      EXPECT_EQ(text_of(down), "noproc");
      same->second = pid;
    }
    EXPECT_EQ(me.exit(pid, "kill"), "killed");
    EXPECT_EQ(rsp_send(me, pest, rsp_term_pid(pid)), RSP_OK);
  }
  EXPECT_EQ(me.exit(pest, "kill"), "killed");
  EXPECT_FALSE(me.has_message());
}

TEST(PidReuse, of_a_generation_that_comes_round_leaves_the_dead_dead) {
  rsp::test::run_in_forks({"pid-reuse", 1, RUNS, __FILE__, __LINE__}, &reuse);
}

}  // namespace
