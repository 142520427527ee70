// Threads that are strangers to the runtime, and a way for them to wait for the case.
//
// In a simulated run both belong to the run: a thread is one of its coroutines, and waiting is a choice
// point.
#pragma once

#include <functional>
#include <memory>

namespace conformance {

/// Runs `body` on a thread of its own; joins at the end.
class Thread {
 public:
  explicit Thread(std::function<void()> body);
  ~Thread();
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;
  void join();

 private:
  struct Running;
  std::unique_ptr<Running> running_;
};

/// Something that happens once; what came before it is seen by whoever waited.
class Event {
 public:
  Event();
  ~Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  void happen();
  void wait();

 private:
  struct Word;
  std::unique_ptr<Word> word_;
};

}  // namespace conformance
