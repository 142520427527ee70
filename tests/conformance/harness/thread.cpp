#include "tests/conformance/harness/thread.hpp"

#include "core/base/assert.hpp"
#include "core/env/build.hpp"
#include "core/env/wait.hpp"
#include "tests/conformance/harness/self.hpp"

#if defined(RSP_ENV_NATIVE)
#include <thread>
#else
#include "core/env/thread.hpp"
#endif

namespace conformance {
namespace {

// What fails has been reported by then.
void run_stranger(const std::function<void()>& body) {
  try {
    body();
  } catch (const CaseFailed&) {
  } catch (const Exiting&) {
    ADD_FAILURE() << "the process of a thread has ended";
  }
}

}  // namespace

#if defined(RSP_ENV_NATIVE)

struct Thread::Running {
  std::thread thread;
};

Thread::Thread(std::function<void()> body)
    : running_(new Running{std::thread(run_stranger, std::move(body))}) {}

void Thread::join() {
  if (running_->thread.joinable()) running_->thread.join();
}

#else

struct Thread::Running {
  std::function<void()> body;
  rsp::env::Thread thread;
};

Thread::Thread(std::function<void()> body) : running_(new Running{std::move(body), {}}) {
  const auto run = [](void* call) { run_stranger(*static_cast<const std::function<void()>*>(call)); };
  RSP_ASSERT(running_->thread.start("stranger", run, &running_->body) == RSP_OK);
}

void Thread::join() {
  if (running_->thread.joinable()) running_->thread.join();
}

#endif

Thread::~Thread() { join(); }

struct Event::Word {
  rsp::env::Atomic<uint32_t> happened{0};
};

Event::Event() : word_(new Word) {}
Event::~Event() = default;

void Event::happen() {
  word_->happened.store(1, rsp::env::RELEASE);  // pairs with the load in wait
  rsp::env::wake_all(word_->happened);
}

void Event::wait() {
  while (word_->happened.load(rsp::env::ACQUIRE) == 0) (void)rsp::env::wait(word_->happened, 0);
}

}  // namespace conformance
