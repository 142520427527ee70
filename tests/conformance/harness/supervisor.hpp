// Supervisors for cases: children that write down what becomes of them, and what a supervisor says of them.
//
//   const Notes notes = make_notes();
//   const rsp_pid s = supervisor(t, {{noting(notes, "a"), "a"}, {noting(notes, "b"), "b"}});
//   t.send(child(t, s, "b"), "{error, boom}");
//   successor(t, s, "b", former);                    // waits for the restart
//   EXPECT_EQ(notes->take(), lines({"a up", "b up", "b up"}));
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "resprout/supervisor.h"
#include "tests/conformance/harness/case.hpp"
#include "tests/conformance/harness/server.hpp"

namespace conformance {

/// What happened, in the order it did. Any process writes; no choice point lies inside the lock.
class Journal {
 public:
  void note(const std::string& line);
  std::vector<std::string> lines() const;
  size_t count(const std::string& line) const;
  /// Of the latest line that ends so, what stands before that.
  std::string latest(const std::string& ending) const;
  /// The lines, which are forgotten.
  std::vector<std::string> take();

 private:
  mutable std::mutex lock_;
  std::vector<std::string> lines_;
};

using Notes = std::shared_ptr<Journal>;
Notes make_notes();
std::vector<std::string> lines(std::vector<std::string> expected);

/// What a callback returns to go on after `ms`, or never with RSP_INFINITE.
rsp_next pause(Self& self, uint64_t ms, std::function<rsp_next(Self&)> then);

/// What a callback waits for until the case sets it.
using Gate = std::shared_ptr<std::atomic<bool>>;
Gate make_gate();
/// What a callback returns to go on when the gate is open.
rsp_next pause_until(Self& self, const Gate& gate, const std::function<rsp_next(Self&)>& then);

/// A server that traps exits, answers a call with what it is asked, and notes "a up" when its init is done,
/// "a told R" when terminate is told R, and "a gone" when terminate is done, each after `slow_ms`. It obeys
/// the messages {stop, R}, {exit, R} and {error, E}.
Server noting(const Notes& notes, const std::string& name, uint64_t slow_ms = 0);
/// The same without trapping exits: an exit signal ends it untold.
Server not_trapping(const Notes& notes, const std::string& name);
/// As noting(); called with its supervisor's pid it unlinks itself from that, and answers `done`.
Server unlinking(const Notes& notes, const std::string& name);

/// The pid that the next message of T is.
rsp_pid next_pid(Test& t);

/// As noting(), named a; its first start succeeds, and of the others the first `failures` fail.
Server fails_to_restart(const Notes& notes, uint32_t failures);

/// A child's specification. Fields that are left out are the defaults of its type.
struct ChildSpec {
  Server server;
  const char* id = nullptr;    // nullptr: the default
  const char* name = nullptr;  // registered
  rsp_restart restart = RSP_RESTART_DEFAULT;
  rsp_shutdown shutdown = RSP_SHUTDOWN_DEFAULT;
  uint64_t shutdown_ms = 0;
  rsp_child_type type = RSP_CHILD_DEFAULT;
  bool significant = false;
  Value args = {};
  bool fatal = false;
  const rsp_backoff* backoff = nullptr;
};

/// For the C API. `id` and `child` lend their terms to the result.
rsp_child_spec raw_child(const ChildSpec& child, const Value& id);

/// As many restarts as a case asks for, in a period that it does not outlast.
struct SupervisorHow {
  int64_t max_restarts = 3;
  int64_t period_ms = static_cast<int64_t>(PATIENCE_MS);
  const char* name = nullptr;
  bool link = true;
  rsp_strategy strategy = RSP_ONE_FOR_ONE;
  rsp_auto_shutdown auto_shutdown = RSP_AUTO_SHUTDOWN_NEVER;
  uint64_t max_children = 0;
  Value extra_arguments = {};
};

/// For the C API; lends the terms of `how`.
rsp_supervisor_opts options_of(const SupervisorHow& how);

Started start_supervisor(Self& self, const std::vector<ChildSpec>& children, SupervisorHow how = {});
/// One that must come up.
rsp_pid supervisor(Self& self, const std::vector<ChildSpec>& children, SupervisorHow how = {},
                   Where where = Where::here());

/// A supervisor whose children, options and outcome are what `init` says, in the short process that runs it.
using SupervisorInit = std::function<rsp_next(Self&, rsp_supervisor_init*)>;
/// Lives until the runtime has stopped.
rsp_supervisor_spec callback_supervisor(SupervisorInit init, const char* name = nullptr);
Started start_supervisor(Self& self, const rsp_supervisor_spec& spec, bool link = true);

/// {Id, Pid or undefined or restarting, Type, Module} of each child.
Value children(Self& self, rsp_pid supervisor, Where where = Where::here());
/// The pid of one child; none if it is not running.
rsp_pid child(Self& self, rsp_pid supervisor, const char* id, Where where = Where::here());
/// Waits until another process than `former` runs as this child.
rsp_pid successor(Test& t, rsp_pid supervisor, const char* id, rsp_pid former, Where where = Where::here());

/// The calls of a supervisor about one child: RSP_OK, or RSP_EEXITED and `error`; of restart_child the pid, too.
Started terminate_child(Self& self, rsp_pid supervisor, const Value& id);
Started restart_child(Self& self, rsp_pid supervisor, const Value& id);
Started delete_child(Self& self, rsp_pid supervisor, const Value& id);
Started add_child(Self& self, rsp_pid supervisor, const ChildSpec& child);
/// One more of a simple_one_for_one.
Started add_child(Self& self, rsp_pid supervisor, const Value& args);
/// count_children says so.
void expect_counts(Test& t, rsp_pid supervisor, int specs, int active, int supervisors, int workers);

/// Reports of supervisors in this context: start_error, child_terminated, shutdown, shutdown_error, ...
std::vector<Value> supervisor_reports(const char* context);

}  // namespace conformance
