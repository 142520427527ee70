#include "tests/conformance/harness/task.hpp"

#include <memory>

#include "tests/conformance/harness/case.hpp"

namespace conformance {
namespace {

struct TaskType {
  Work work;
  rsp_server_ops ops{};
};

rsp_next run(rsp_self* raw, void* type, rsp_term, rsp_server_return* returned) {
  try {
    Self self(raw);
    Answer answer(returned, rsp_from{});
    return static_cast<TaskType*>(type)->work(self, answer);
  } catch (const Exiting&) {
    return RSP_NEXT_CONTINUE;  // what it returns does not matter any more
  }
}

Work after(uint64_t ms, Work then) {
  if (ms == 0) return then;
  return [ms, then](Self& self, Answer& answer) {
    return pause(self, ms, [then, answer](Self& later) mutable { return then(later, answer); });
  };
}

}  // namespace

rsp_start_spec task_spec(Work work, rsp_restart restart) {
  const auto type = std::make_shared<TaskType>(TaskType{std::move(work)});
  type->ops.size = sizeof type->ops;
  type->ops.name = "case_task";
  type->ops.run = run;
  type->ops.restart = restart;
  keep_until_stop(type);
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  spec.ops = &type->ops;
  spec.ctx = type.get();
  return spec;
}

Work returning(Value value, uint64_t ms) {
  return after(ms, [value](Self&, Answer& answer) { return answer.reply(value); });
}

Work exiting(const char* reason, uint64_t ms) {
  return after(ms, [reason](Self& self, Answer&) { return self.exit(reason); });
}

Work once_open(const Gate& gate, Work then) {
  return [gate, then](Self& self, Answer& answer) {
    return pause_until(self, gate, [then, answer](Self& later) mutable { return then(later, answer); });
  };
}

Work endless() {
  return after(RSP_INFINITE, [](Self&, Answer& answer) { return answer.nothing(); });
}

rsp_task async(Self& self, Work work, Where where) {
  const rsp_start_spec spec = task_spec(std::move(work));
  rsp_task task{};
  ok(rsp_task_async(self, &task, &spec), where);
  return task;
}

rsp_task async_nolink(Self& self, rsp_pid supervisor, Work work, Where where) {
  const rsp_start_spec spec = task_spec(std::move(work));
  rsp_task task{};
  ok(rsp_task_supervisor_async_nolink(self, &task, nullptr, supervisor, &spec), where);
  return task;
}

std::string outcome_of(rsp_result result, rsp_msg* answer) {
  if (result == RSP_OK && answer == nullptr) return "nothing";
  if (result != RSP_OK && result != RSP_EEXITED) return rsp_result_name(result);
  const std::string text = (result == RSP_OK ? "ok " : "exit ") + text_of(rsp_msg_term(answer));
  rsp_msg_free(answer);
  return text;
}

std::string await(Self& self, const rsp_task& task, uint64_t timeout_ms) {
  rsp_msg* answer = nullptr;
  rsp_term reason{};
  const rsp_result result = rsp_task_await(self, &answer, &reason, task, timeout_ms);
  const Value why = Value::owner_of(reason);
  if (result == RSP_EEXITED || result == RSP_ETIMEDOUT) return "exit " + why.text();
  return outcome_of(result, answer);
}

std::string yield(Self& self, const rsp_task& task, uint64_t timeout_ms) {
  rsp_msg* answer = nullptr;
  const rsp_result result = rsp_task_yield(self, &answer, task, timeout_ms);
  return result == RSP_ETIMEDOUT ? "nothing" : outcome_of(result, answer);
}

std::string shutdown(Self& self, const rsp_task& task, rsp_shutdown how, uint64_t timeout_ms) {
  rsp_msg* answer = nullptr;
  const rsp_result result = rsp_task_shutdown(self, &answer, task, how, timeout_ms);
  return outcome_of(result, answer);
}

std::string ignore(Self& self, const rsp_task& task) {
  rsp_msg* answer = nullptr;
  const rsp_result result = rsp_task_ignore(self, &answer, task);
  return outcome_of(result, answer);
}

rsp_task_stream_opts stream_opts() { return RSP_TASK_STREAM_OPTS_INIT; }

Stream::Stream(Self& self, rsp_task_stream_opts opts, Input input, Where where)
    : self_(self), input_(std::move(input)) {
  ok(rsp_task_async_stream(self, &stream_, &opts), where);
}

Stream::Stream(Self& self, rsp_task_stream_opts opts, std::vector<Work> works, Where where)
    : Stream(
          self, opts,
          [works = std::move(works)](size_t i) {
            return i < works.size() ? std::optional<Work>(works[i]) : std::nullopt;
          },
          where) {}

std::string Stream::next(Where where) {
  for (;;) {
    rsp_task_stream_event event{};
    rsp_msg* answer = nullptr;
    const rsp_result result = rsp_task_stream_next(self_, &event, &answer, stream_);
    if (result == RSP_EXITING) throw Exiting{};
    if (result != RSP_OK) {
      const std::string text = outcome_of(result, answer);
      return result == RSP_EEXITED ? "failed" + text.substr(text.find(' ')) : text;
    }
    if (event == RSP_TASK_STREAM_DONE) return "done";
    if (event == RSP_TASK_STREAM_VALUE) return outcome_of(RSP_OK, answer);
    if (event == RSP_TASK_STREAM_EXIT) return outcome_of(RSP_EEXITED, answer);
    rsp_result taken = RSP_OK;
    if (const std::optional<Work> work = input_(supplied_)) {
      ++supplied_;
      const rsp_start_spec spec = task_spec(*work);
      taken = rsp_task_stream_supply(self_, stream_, &spec);
    } else {
      taken = rsp_task_stream_end_input(self_, stream_);
    }
    if (taken == RSP_EXITING) throw Exiting{};
    ok(taken, where);
  }
}

std::vector<std::string> Stream::collect(Where where) {
  std::vector<std::string> results;
  for (std::string result = next(where); result != "done"; result = next(where)) {
    results.push_back(result);
    if (result.rfind("ok ", 0) != 0 && result.rfind("exit ", 0) != 0) break;
  }
  return results;
}

}  // namespace conformance
