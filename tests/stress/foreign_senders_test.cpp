// No hidden lock: a thread that sends can be stopped at any moment, for as long as one likes, and all others
// go on.
//
// One sender after the other is stopped by a signal at a random moment inside a send: in the push, the
// wake-up or the allocator. While it stands there each of three others sends a thousand messages to the same
// processes. In the end none is missing. A signal that comes between two sends stops nobody and does not
// count.
//
// RESPROUT_STOPS=n sets the number of stops (1,000; `make check`: 10,000).
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <string>

#include "core/base/sanitizers.hpp"
#include "tests/stress/stress.hpp"

using namespace capi_test;
using namespace stress;

namespace {

constexpr int SENDERS = 4;
constexpr int SENDS = 1000;
constexpr int RECEIVERS = 4;
constexpr uint64_t MOST_ON_THEIR_WAY = 20'000;

struct Sender {
  std::thread thread;
  std::atomic<uint64_t> sent{0};
  std::atomic<uint64_t> goal{UINT64_MAX};  // enough for this stop
  std::atomic<bool> is_inside_a_send{false};
};

thread_local Sender* t_sender = nullptr;

// The stopped thread says so and waits until this stop is over; every call of it may be made in a signal
// handler.
sem_t g_signal_came;
std::atomic<bool> g_stands_inside_a_send;
std::atomic<int> g_stops_over;

void take_a_nap(long ns = 50'000) {
  const timespec pause{0, ns};
  nanosleep(&pause, nullptr);
}

void stand_still(int) {
  const int error = errno;
  const int over_before = g_stops_over.load();
  const bool inside = t_sender->is_inside_a_send;
  g_stands_inside_a_send = inside;
  sem_post(&g_signal_came);
  if (!inside) {
    errno = error;
    return;
  }
  while (g_stops_over.load() == over_before) take_a_nap();
  errno = error;
}

int stops() {
  const char* const text = std::getenv("RESPROUT_STOPS");
  return text == nullptr ? scale(1000) : std::stoi(text);
}

class ForeignSenders : public StressTest {
 protected:
  void SetUp() override {
    ASSERT_EQ(sem_init(&g_signal_came, 0, 0), 0);
    struct sigaction action = {};
    action.sa_handler = &stand_still;
    sigemptyset(&action.sa_mask);
    ASSERT_EQ(sigaction(SIGUSR1, &action, &before_), 0);
    StressTest::SetUp();
  }
  void TearDown() override {
    StressTest::TearDown();
    ASSERT_EQ(sigaction(SIGUSR1, &before_, nullptr), 0);
    sem_destroy(&g_signal_came);
  }

 private:
  struct sigaction before_ = {};
};

// S-SIG-1
TEST_F(ForeignSenders, go_on_while_one_of_them_stands_still) {
#if RSP_TSAN || RSP_ASAN
  GTEST_SKIP()
      << "the sanitizers' allocator has locks of its own: a sender that stands in it stops the others";
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
  const auto on_their_way = [&] {
    uint64_t sent = 0;
    for (const Sender& sender : senders) sent += sender.sent.load(std::memory_order_relaxed);
    const uint64_t arrived = received.load(std::memory_order_relaxed);
    return sent > arrived ? sent - arrived : 0;
  };
  for (Sender& sender : senders) {
    sender.thread = std::thread([&] {
      t_sender = &sender;
      Random random(reinterpret_cast<uintptr_t>(&sender));
      while (!over) {
        while (sender.sent >= sender.goal) take_a_nap();
        // Now and then the receivers get ahead, so that they sleep and are woken: paths that a backlog never
        // takes.
        // Not during a stop: the stopped one may owe a receiver its wake-up, and what is on its way there
        // stays.
        const size_t most = random.below(64) == 0 ? 0 : MOST_ON_THEIR_WAY;
        while (on_their_way() > most && !g_stands_inside_a_send && !over) std::this_thread::yield();
        for (size_t i = random.below(256); i > 0; --i) {
          const rsp_pid receiver = receivers[random.below(RECEIVERS)];
          sender.is_inside_a_send = true;
          const rsp_result result = rsp_send(nullptr, receiver, NIL);
          sender.is_inside_a_send = false;
          ASSERT_EQ(result, RSP_OK);
          sender.sent.fetch_add(1);
        }
      }
    });
  }
  Random random(7);
  const int wanted = stops();
  uint64_t signals = 0;
  for (int stop = 0; stop < wanted;) {
    const size_t victim = random.below(SENDERS);
    // The senders get a processor, and then one that seems to be at it is stopped.
    take_a_nap(static_cast<long>(random.below(100'000)));
    if (!senders[victim].is_inside_a_send) continue;
    ++signals;
    ASSERT_EQ(pthread_kill(senders[victim].thread.native_handle(), SIGUSR1), 0);
    while (sem_wait(&g_signal_came) != 0) ASSERT_EQ(errno, EINTR);
    if (!g_stands_inside_a_send) continue;
    for (Sender& sender : senders) sender.goal = sender.sent + SENDS;
    for (size_t i = 0; i < SENDERS; ++i) {
      while (i != victim && senders[i].sent < senders[i].goal)
        take_a_nap();  // a hang is the test's time limit
    }
    for (Sender& sender : senders) sender.goal = UINT64_MAX;
    ++stop;
    g_stands_inside_a_send = false;
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
  std::printf("%d stops inside a send, %llu signals, %llu messages\n", wanted,
              static_cast<unsigned long long>(signals), static_cast<unsigned long long>(sent));
}

}  // namespace
