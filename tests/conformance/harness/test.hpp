// T, the process of the case itself: an attached thread, so it can wait.
//
// Waiting is receiving. expect_… take the first message of their kind and leave the others where they are;
// expect_nothing waits 50 ms, of virtual time in a simulated run.
#pragma once

#include <functional>
#include <optional>

#include "tests/conformance/harness/self.hpp"

namespace conformance {

/// Longer than any wait that succeeds.
constexpr uint64_t PATIENCE_MS = 60'000;
/// How long "nothing arrives" waits.
constexpr uint64_t NOTHING_MS = 50;

class Test : public Self {
 public:
  /// Attaches the calling thread, and detaches it.
  explicit Test(Where where = Where::here());
  ~Test();
  Test(const Test&) = delete;
  Test& operator=(const Test&) = delete;

  using Wanted = std::function<bool(const Received&)>;
  /// The oldest message that is wanted, if it comes in time.
  std::optional<Received> receive(uint64_t timeout_ms, const Wanted& wanted = {},
                                  Where where = Where::here());

  /// The oldest message, whatever it is.
  Received next(Where where = Where::here());
  void expect_message(Value pattern, Where where = Where::here());
  void expect_exit(rsp_pid from, Value reason, Where where = Where::here());
  void expect_down(rsp_ref monitor, rsp_pid of, Value reason, Where where = Where::here());
  /// The reason of a DOWN.
  Value wait_down(rsp_ref monitor, Where where = Where::here());
  void expect_nothing(Where where = Where::here());
  void expect_alive(rsp_pid pid, Where where = Where::here());
  void expect_dead(rsp_pid pid, Where where = Where::here());

  bool is_alive(rsp_pid pid, Where where = Where::here());
  /// One entry of the information on a process.
  Value info(rsp_pid pid, const char* key, Where where = Where::here());
  /// How many messages are in the own mailbox.
  size_t queued(Where where = Where::here());

  /// Waits until it holds. For what a process learns without a message.
  void eventually(const char* what, const std::function<bool()>& holds, Where where = Where::here());
  /// Monitors and waits for the end.
  Value wait_end(rsp_pid pid, Where where = Where::here()) { return wait_down(monitor(pid), where); }

  /// One that has ended, as T knows for certain.
  rsp_pid dead_process(Where where = Where::here());

  int64_t next_number() { return ++number_; }

 private:
  int64_t number_ = 0;
};

}  // namespace conformance
