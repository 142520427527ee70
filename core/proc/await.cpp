#include "core/proc/await.hpp"

#include "core/base/assert.hpp"
#include "core/proc/exception.hpp"
#include "core/proc/inbox.hpp"
#include "core/proc/timer.hpp"

namespace rsp {
namespace {

/** The answer may have come before the wait began: takes it out of the inbox. */
void look_in_inbox(Process& self) {
  const Envelope* const record = self.edges.find_ref(self.await_ref);
  // Nothing has come since the reference was made, however long the inbox is.
  const bool parent_may_be_there = self.await_exit_of != 0 && self.has(process_flag::PARENT_EXIT);
  if (record != nullptr && record->mark == self.received && !parent_may_be_there) return;
  Envelope* const answer =
      take_message(self, [&self](const Envelope& message) { return answers_await(self, message); });
  if (answer == nullptr) return;
  self.await_answer = answer;
  self.flags |= process_flag::ANSWERED;
}

}  // namespace

void begin_await(Process& self, uint64_t ref, uint64_t exit_of) {
  RSP_ASSERT(!self.has(process_flag::AWAITING));
  self.await_ref = ref;
  self.await_exit_of = exit_of;
  self.await_answer = nullptr;
  self.flags |= process_flag::AWAITING;
  self.flags &= ~(process_flag::ANSWERED | process_flag::LATE);
  if (self.inbox_first != nullptr) look_in_inbox(self);
}

Next await(Process& self, uint64_t ref, uint64_t deadline_ns, AwaitContinuation continuation, void* context,
           uint64_t exit_of) {
  if (deadline_ns != NEVER && arm_deadline(self, deadline_ns) != RSP_OK) {
    return raise(self, ExceptionClass::EXIT, Term(ATOM_SYSTEM_LIMIT));
  }
  self.await_deadline_ns = deadline_ns;
  begin_await(self, ref, exit_of);
  self.await_continuation = continuation;
  self.await_context = context;
  return Next::AWAIT;
}

Next await_nothing(Process& self, AwaitContinuation continuation, void* context) {
  RSP_ASSERT(!self.has(process_flag::AWAITING));
  self.await_ref = 0;
  self.await_exit_of = 0;
  self.await_answer = nullptr;
  self.await_deadline_ns = NEVER;
  self.flags &= ~process_flag::ANSWERED;
  self.flags |= process_flag::AWAITING | process_flag::LATE;
  self.await_continuation = continuation;
  self.await_context = context;
  return Next::AWAIT;
}

Envelope* end_await(Process& self) {
  self.flags &= ~(process_flag::AWAITING | process_flag::ANSWERED | process_flag::LATE);
  self.await_ref = 0;
  self.await_exit_of = 0;
  Envelope* const answer = self.await_answer;
  self.await_answer = nullptr;
  return answer;
}

}  // namespace rsp
