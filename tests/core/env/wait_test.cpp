#include "core/env/wait.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

#include <array>

#include "core/env/thread.hpp"

namespace rsp::env {
namespace {

constexpr uint64_t MS = 1'000'000;

TEST(Wait, returns_at_once_when_the_word_differs) {
  Atomic<uint32_t> word{1};
  EXPECT_TRUE(wait(word, 0));
}

TEST(Wait, ends_at_its_deadline_and_not_before) {
  Atomic<uint32_t> word{0};
  const uint64_t deadline = now_ns() + 5 * MS;
  while (wait(word, 0, deadline)) {
  }
  EXPECT_GE(now_ns(), deadline);
}

TEST(Wait, a_deadline_in_the_past_has_passed) {
  Atomic<uint32_t> word{0};
  EXPECT_FALSE(wait(word, 0, 1));
}

struct Meeting {
  Atomic<uint32_t> word{0};
  Atomic<uint32_t> woken{0};
  static void body(void* address) {
    Meeting* meeting = static_cast<Meeting*>(address);
    while (meeting->word.load(ACQUIRE) == 0) wait(meeting->word, 0);
    meeting->woken.fetch_add(1, RELAXED);
  }
};

TEST(Wait, wake_all_wakes_every_waiter) {
  Meeting meeting;
  std::array<Thread, 4> threads;
  for (Thread& thread : threads) ASSERT_EQ(thread.start("waiter", Meeting::body, &meeting), RSP_OK);
  meeting.word.store(1, RELEASE);  // pairs with the waiters' acquire load
  wake_all(meeting.word);
  for (Thread& thread : threads) thread.join();
  EXPECT_EQ(meeting.woken.load(RELAXED), 4u);
}

Atomic<uint32_t> g_signals{0};

struct Pest {
  pthread_t victim;
  Atomic<uint32_t> stop{0};
  static void body(void* address) {
    Pest* pest = static_cast<Pest*>(address);
    while (pest->stop.load(RELAXED) == 0) {
      pthread_kill(pest->victim, SIGUSR1);
      yield();
    }
  }
};

TEST(Wait, goes_on_to_its_deadline_when_signals_interrupt_it) {
  struct sigaction action = {};
  struct sigaction before;
  action.sa_handler = [](int) { g_signals.fetch_add(1, RELAXED); };
  ASSERT_EQ(sigaction(SIGUSR1, &action, &before), 0);

  Pest pest{pthread_self()};
  Thread thread;
  ASSERT_EQ(thread.start("pest", Pest::body, &pest), RSP_OK);
  Atomic<uint32_t> word{0};
  const uint64_t deadline = now_ns() + 20 * MS;
  while (wait(word, 0, deadline)) {
  }
  EXPECT_GE(now_ns(), deadline);
  while (g_signals.load(RELAXED) == 0) yield();
  pest.stop.store(1, RELAXED);
  thread.join();
  sigaction(SIGUSR1, &before, nullptr);
}

}  // namespace
}  // namespace rsp::env
