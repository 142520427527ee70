// Tasks for cases: what they run as lambdas, and what became of them as text.
//
//   const rsp_task task = async(t, [](Self&, Answer& answer) { return answer.reply(42); });
//   EXPECT_EQ(await(t, task), "ok 42");
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "resprout/task.h"
#include "tests/conformance/harness/server.hpp"
#include "tests/conformance/harness/supervisor.hpp"

namespace conformance {

/// What a task runs. It captures by value.
using Work = std::function<rsp_next(Self&, Answer&)>;

/// Lives until the runtime has stopped.
rsp_start_spec task_spec(Work work, rsp_restart restart = RSP_RESTART_DEFAULT);

/// Work that ends for this, or has this value: after `ms`.
Work returning(Value value, uint64_t ms = 0);
Work exiting(const char* reason, uint64_t ms = 0);
/// Work that begins when the gate is open.
Work once_open(const Gate& gate, Work then);
/// Work that does not end by itself.
Work endless();

rsp_task async(Self& self, Work work, Where where = Where::here());
rsp_task async_nolink(Self& self, rsp_pid supervisor, Work work, Where where = Where::here());

/// "ok 42", "exit boom", "nothing", or the code.
std::string outcome_of(rsp_result result, rsp_msg* answer);

std::string await(Self& self, const rsp_task& task, uint64_t timeout_ms = PATIENCE_MS);
std::string yield(Self& self, const rsp_task& task, uint64_t timeout_ms = PATIENCE_MS);
std::string shutdown(Self& self, const rsp_task& task, rsp_shutdown how = RSP_SHUTDOWN_TIMEOUT,
                     uint64_t timeout_ms = PATIENCE_MS);
std::string ignore(Self& self, const rsp_task& task);

/// A stream over inputs that are made as they are wanted: the result of `input(i)` is what input i runs, none ends them.
class Stream {
 public:
  using Input = std::function<std::optional<Work>(size_t)>;

  Stream(Self& self, rsp_task_stream_opts opts, Input input, Where where = Where::here());
  /// The same over a list.
  Stream(Self& self, rsp_task_stream_opts opts, std::vector<Work> works, Where where = Where::here());

  /// The next result as of outcome_of, "done", or "failed R" where the stream has ended.
  std::string next(Where where = Where::here());
  /// All that come, up to "done" or "failed R", which is left out or the last.
  std::vector<std::string> collect(Where where = Where::here());
  void halt(Where where = Where::here()) { ok(rsp_task_stream_halt(self_, stream_), where); }
  size_t supplied() const { return supplied_; }
  rsp_task_stream raw() const { return stream_; }

 private:
  Self& self_;
  Input input_;
  size_t supplied_ = 0;
  rsp_task_stream stream_{};
};

rsp_task_stream_opts stream_opts();

}  // namespace conformance
