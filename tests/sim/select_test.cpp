// Simulated runs in which descriptors get ready, are waited for, cancelled and inherited, while processes end: what is there
// to read is read, whoever of the workers sleeps where.
#include <gtest/gtest.h>

#include "core/env/controlled/descriptors.hpp"
#include "core/env/random.hpp"
#include "tests/capi/support.hpp"
#include "tests/sim/society_words.hpp"
#include "tests/support/forked_runs.hpp"

namespace {

using namespace capi_test;
using rsp::env::Direction;
using society::pass_time;

constexpr uint64_t RUNS = 1000;
constexpr int DESCRIPTORS = 4;
constexpr uint32_t PUT = 6;  // on each
constexpr uint64_t NS_IN_US = 1000;

uint64_t below(uint64_t limit) { return rsp::env::random_u64() % limit; }

/** A descriptor, and what can be read from it. */
struct Source {
  int fd = -1;
  uint32_t there = 0;
  uint32_t put = 0;
  uint32_t taken = 0;
  rsp_pid reader = NO_PID;

  void add() {
    ++there;
    ++put;
    rsp::env::control::set_ready(fd, Direction::READ, true);
  }

  void take() {
    ASSERT_GT(there, 0u);
    ++taken;
    if (--there == 0) rsp::env::control::set_ready(fd, Direction::READ, false);
  }
};

/** Reads one a message, and at random changes its mind in between. */
class Reader {
 public:
  Reader(Source& source, rsp_pid boss) : source_(source), boss_(boss) {}

  rsp_next operator()(rsp_self* self, rsp_msg* message) {
    if (message != nullptr) {
      EXPECT_EQ(rsp_msg_get_kind(message), RSP_MSG_SELECT);
      EXPECT_EQ(rsp_msg_ref(message), ref_);
      const int64_t ready = as_int(rsp_msg_term(message));
      EXPECT_NE(ready & mode_, 0);
      // For writing it is ready always, so reading may have to wait for the next time.
      if (source_.there != 0) source_.take();
      if (source_.taken == PUT) {
        const rsp_result result = rsp_send(self, boss_, word("done"));
        if (result != RSP_EXITING) {
          EXPECT_EQ(result, RSP_OK);
        }
        return RSP_NEXT_CONTINUE;
      }
    }
    if (!begin(self)) return RSP_NEXT_CONTINUE;
    if (below(4) == 0) {
      pass_time(below(20) * NS_IN_US);
      bool active = false;
      const rsp_result result = rsp_cancel_select(self, &active, ref_);
      if (result == RSP_EXITING) return RSP_NEXT_CONTINUE;
      EXPECT_EQ(result, RSP_OK);
      (void)begin(self);
    }
    return RSP_NEXT_CONTINUE;
  }

 private:
  /** False: it is to end, and has registered nothing. */
  bool begin(rsp_self* self) {
    mode_ = below(4) == 0 ? RSP_SELECT_READ | RSP_SELECT_WRITE : RSP_SELECT_READ;
    const rsp_result result = rsp_select(self, &ref_, source_.fd, mode_);
    if (result == RSP_EXITING) return false;
    EXPECT_EQ(result, RSP_OK);
    return true;
  }

  Source& source_;
  rsp_pid boss_;
  rsp_ref ref_ = {};
  uint32_t mode_ = 0;
};

void start_reader(const Attached& me, Source& source) {
  source.reader = spawn(me, Reader(source, me.pid()), {.start = true});
}

void read_everything() {
  // A reader that is held up in the middle of a turn is told of as stuck.
  rsp_set_report_sink([](void*, rsp_report_level, rsp_term) {}, nullptr);
  rsp::env::control::forget_descriptors();
  const Runtime runtime(1 + static_cast<uint32_t>(below(3)));
  const Attached me;
  Source sources[DESCRIPTORS];
  for (Source& source : sources) {
    source.fd = rsp::env::control::open_descriptor();
    rsp::env::control::set_ready(source.fd, Direction::WRITE, below(2) == 0);
    start_reader(me, source);
  }
  for (uint32_t i = 0; i < PUT * DESCRIPTORS; ++i) {
    pass_time(below(50) * NS_IN_US);
    sources[i % DESCRIPTORS].add();
    if (below(6) != 0) continue;
    // Its registration is over when its end is known: the next one is not refused.
    Source& source = sources[below(DESCRIPTORS)];
    if (source.taken == PUT) continue;
    (void)me.exit(source.reader, "kill");
    start_reader(me, source);
  }
  // One that was killed may have taken the last and not said so: its successor asks in vain.
  for (Source& source : sources) {
    while (source.taken != PUT) (void)me.receive_within(1);
    (void)me.exit(source.reader, "kill");
  }
}

// S-SEL-1, S-SEL-2, S-SEL-4, S-SEL-5
TEST(SimulatedSelect, what_is_there_to_read_is_read) {
  rsp::test::run_in_forks({"select", 1, RUNS, __FILE__, __LINE__}, &read_everything);
}

}  // namespace
