// All interleavings of two or three small threads over one state:
//
//   const auto result = test::explore<State>({
//       [](State& s) { s.push(1); },
//       [](State& s) { s.pop(); },
//   }, [](State& s) { RSP_CHECK(s.is_consistent()); });
//   EXPECT_TRUE(result.holds()) << result.failure;
//
// Each interleaving gets a State of its own, default-constructed. The last function runs when all threads
// have finished. RSP_CHECK (and RSP_ASSERT, and any crash) in a thread, in the last function or in the
// State's constructor or destructor ends the exploration, and result.failure says how it came to that.
// gtest's own assertions in there would be reported once an interleaving: use RSP_CHECK.
//
// For a planted bug: PlantedBugScope around explore, and EXPECT_FALSE(result.holds()).
#pragma once

#include "core/env/build.hpp"

#if defined(RSP_ENV_NATIVE)
#error "a native build has real threads and cannot explore"
#endif

#include <initializer_list>
#include <new>
#include <vector>

#include "core/env/controlled/explorer.hpp"
#include "core/env/controlled/sometimes.hpp"
#include "core/env/planted_bug.hpp"

#define RSP_CHECK_TEXT_(x) #x
#define RSP_CHECK_LINE_(x) RSP_CHECK_TEXT_(x)
#define RSP_CHECK(condition)                                                               \
  ((condition) ? (void)0                                                                   \
               : ::rsp::env::control::g_engine.fail(#condition " does not hold, " __FILE__ \
                                                               ":" RSP_CHECK_LINE_(__LINE__)))

namespace rsp::test {

using env::control::PlantedBugScope;
using ExploreOptions = env::explore::Options;
using ExploreResult = env::explore::Result;

template <class State>
class Exploration {
 public:
  using Step = void (*)(State&);

  Exploration(std::initializer_list<Step> threads, Step at_end) : at_end_(at_end) {
    for (Step thread : threads) threads_.push_back(Thread{this, thread});
  }

  ExploreResult run(const ExploreOptions& options) {
    static constexpr const char* NAMES[] = {"A", "B", "C", "D", "E", "F"};
    std::vector<env::explore::ThreadBody> bodies;
    for (Thread& thread : threads_) bodies.push_back({NAMES[bodies.size() % 6], run_thread, &thread});
    place_ = ::operator new (sizeof(State), std::align_val_t{alignof(State)});
    const ExploreResult result =
        env::explore::run(options, {this, set_up, bodies.data(), bodies.size(), tear_down});
    if (result.outcome == env::control::Outcome::FINISHED) {
      ::operator delete (place_, std::align_val_t{alignof(State)});
    } else {
      // Its threads were dropped where they stood, so it cannot be destroyed; for leak checkers it is in use.
      static std::vector<void*>* const dropped = new std::vector<void*>;
      dropped->push_back(place_);
    }
    return result;
  }

 private:
  struct Thread {
    Exploration* exploration;
    Step step;
  };

  static void set_up(void* self) { new (static_cast<Exploration*>(self)->place_) State(); }
  static void run_thread(void* thread_address) {
    Thread* thread = static_cast<Thread*>(thread_address);
    thread->step(thread->exploration->state());
  }
  static void tear_down(void* self_address) {
    Exploration* self = static_cast<Exploration*>(self_address);
    self->at_end_(self->state());
    self->state().~State();
  }
  State& state() { return *static_cast<State*>(place_); }

  void* place_ = nullptr;
  std::vector<Thread> threads_;
  Step at_end_;
};

template <class State>
[[nodiscard]] ExploreResult explore(const ExploreOptions& options,
                                    std::initializer_list<void (*)(State&)> threads, void (*at_end)(State&)) {
  return Exploration<State>(threads, at_end).run(options);
}

template <class State>
[[nodiscard]] ExploreResult explore(std::initializer_list<void (*)(State&)> threads, void (*at_end)(State&)) {
  return explore<State>(ExploreOptions{}, threads, at_end);
}

}  // namespace rsp::test
