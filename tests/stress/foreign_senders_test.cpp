// No hidden lock: a thread that sends can be stopped at any moment, for as long as one likes, and all others
// go on.
//
// One sender after the other is stopped by a signal wherever it happens to be, inside the push, the wake-up
// or the allocator. While it stands there each of three others sends a thousand messages to the same
// processes. In the end none is missing.
//
// RESPROUT_STOPS=n sets the number of stops (1,000).
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>

#include <atomic>
#include <cerrno>

#include "tests/stress/stress.hpp"

using namespace capi_test;
using namespace stress;

namespace {

constexpr int SENDERS = 4;
constexpr int SENDS = 1000;
constexpr int RECEIVERS = 4;

// The stopped thread says so and waits until this stop is over; every call of it may be made in a signal
// handler.
sem_t g_stopped;
std::atomic<int> g_stops_over;

void stand_still(int) {
  const int error = errno;
  const int over_before = g_stops_over.load();
  sem_post(&g_stopped);
  while (g_stops_over.load() == over_before) {
    const timespec pause{0, 50'000};
    nanosleep(&pause, nullptr);
  }
  errno = error;
}

int stops() {
  const char* const text = std::getenv("RESPROUT_STOPS");
  return text == nullptr ? scale(1000) : std::atoi(text);
}

struct Sender {
  std::thread thread;
  std::atomic<uint64_t> sent{0};
};

class ForeignSenders : public StressTest {
 protected:
  void SetUp() override {
    ASSERT_EQ(sem_init(&g_stopped, 0, 0), 0);
    struct sigaction action = {};
    action.sa_handler = &stand_still;
    sigemptyset(&action.sa_mask);
    ASSERT_EQ(sigaction(SIGUSR1, &action, &before_), 0);
    StressTest::SetUp();
  }
  void TearDown() override {
    StressTest::TearDown();
    ASSERT_EQ(sigaction(SIGUSR1, &before_, nullptr), 0);
    sem_destroy(&g_stopped);
  }

 private:
  struct sigaction before_ = {};
};

// S-SIG-1
TEST_F(ForeignSenders, go_on_while_one_of_them_stands_still) {
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the sanitizers' allocator has locks of its own: a sender that stands in it stops the others";
#endif
  std::atomic<uint64_t> received{0};
  std::vector<rsp_pid> receivers;
  for (int i = 0; i < RECEIVERS; ++i) {
    receivers.push_back(spawn(nullptr, [&received](rsp_self*, rsp_msg*) {
      received.fetch_add(1, std::memory_order_relaxed);
      return RSP_NEXT_CONTINUE;
    }));
  }
  std::atomic<bool> over{false};
  std::vector<Sender> senders(SENDERS);
  for (Sender& sender : senders) {
    sender.thread = std::thread([&] {
      Random random(reinterpret_cast<uintptr_t>(&sender));
      while (!over.load(std::memory_order_relaxed)) {
        // Now and then the receivers get ahead, so that they sleep and are woken: paths that a backlog never
        // takes.
        if (random.below(16) == 0) std::this_thread::yield();
        ASSERT_EQ(rsp_send(nullptr, receivers[random.below(RECEIVERS)], NIL), RSP_OK);
        sender.sent.fetch_add(1);
      }
    });
  }
  Random random(7);
  for (int stop = 0; stop < stops(); ++stop) {
    const size_t victim = random.below(SENDERS);
    for (size_t i = random.below(2000); i > 0; --i)
      std::atomic_signal_fence(std::memory_order_seq_cst);  // a random moment
    ASSERT_EQ(pthread_kill(senders[victim].thread.native_handle(), SIGUSR1), 0);
    while (sem_wait(&g_stopped) != 0) ASSERT_EQ(errno, EINTR);
    uint64_t goals[SENDERS];
    for (size_t i = 0; i < SENDERS; ++i) goals[i] = senders[i].sent.load() + SENDS;
    for (size_t i = 0; i < SENDERS; ++i) {
      while (i != victim && senders[i].sent.load() < goals[i])
        std::this_thread::yield();  // a hang is the test's time limit
    }
    ++g_stops_over;
  }
  over = true;
  uint64_t sent = 0;
  for (Sender& sender : senders) {
    sender.thread.join();
    sent += sender.sent.load();
  }
  while (received.load() < sent) std::this_thread::yield();
  EXPECT_EQ(received.load(), sent);
}

}  // namespace
