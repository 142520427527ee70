#include "core/proc/protect.hpp"

#include "core/proc/await.hpp"
#include "core/proc/call.hpp"
#include "core/proc/signal.hpp"
#include "core/proc/trampoline.hpp"

namespace rsp {
namespace {

/** What became of a piece of user code. */
struct Run {
  Next next = Next::CONTINUE;
  bool escaped = false;   // a C++ exception left it
  Exception exception{};  // what that one says
};

Run run(Process& self, Body code, void* context) {
  Run result;
  result.escaped = guarded_apart(&result.exception, [&] { result.next = code(self, context); });
  if (result.escaped) result.next = Next::RAISE;
  return result;
}

/** Inside a call: the exception that `run` left, taken out of the process. */
Exception raised_by(Process& self, Run& run) {
  if (!run.escaped) return take_raised(self);
  drop_exception(self);
  return std::move(run.exception);
}

/** A body that raised cannot also await. */
void cancel_await(Process& self) {
  Envelope* const answer = end_await(self);
  if (answer != nullptr) push_message_first(self, answer);
}

}  // namespace

rsp_result protect(Process* caller, Body body, Body after, void* context, Exception* caught, Next* next) {
  rsp_result result = begin_call(caller);
  if (result != RSP_OK) return result;
  Process& self = *caller;
  const bool awaited_before = self.has(process_flag::AWAITING);
  Exception* const outer = set_exception_aside(self);
  end_call(self);

  Run of_body = run(self, body, context);
  bool raised = of_body.next == Next::RAISE;
  result = begin_call(caller);
  if (result == RSP_OK) {
    if (raised) {
      *caught = raised_by(self, of_body);
      if (self.has(process_flag::AWAITING) && !awaited_before) cancel_await(self);
    } else {
      drop_exception(self);  // raised, and not returned
      *next = of_body.next;
    }
    end_call(self);
  }

  if (after != nullptr) {
    Run of_after = run(self, after, context);
    if (result == RSP_OK) result = begin_call(caller);
    if (result == RSP_OK) {
      if (of_after.next == Next::RAISE) {
        raised = true;
        *caught = raised_by(self, of_after);
      } else {
        drop_exception(self);
      }
      end_call(self);
    }
  }

  if (outer != nullptr) {
    if (result == RSP_OK) result = begin_call(caller);
    if (result == RSP_OK) {
      put_exception_back(self, outer);
      end_call(self);
    } else {
      discard_exception(outer);
    }
  }
  if (result != RSP_OK) return result;
  return raised ? RSP_ERAISED : RSP_OK;
}

}  // namespace rsp
