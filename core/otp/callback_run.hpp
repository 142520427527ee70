// CallbackRun: the callbacks of a behaviour, one at a time, each of which may wait in its middle.
//
//   run  -> the callback is over           -> `then`
//        -> it awaits -> its answer comes: the continuation, which is a part of the callback -> as above
//        -> a signal has ended the process  -> nothing more runs
//
// So a behaviour has one place that looks at what a callback came to, whether it waited or not, and what a continuation
// raises is handled as what its callback raises.
//
//   struct Server {
//     CallbackRun<Server, &finish> callback{*this};
//   };
//   return server.callback.run(self, [&] { return from_public(ops->handle_info(...)); });
#pragma once

#include "core/proc/api.hpp"

namespace rsp {

/** `then` gets CONTINUE, STOP, RAISE with the pending exception, or what means nothing: any other number, AWAIT without
 * an await, RAISE without an exception. What it returns is what the process does next. */
template <class Owner, Next (*then)(Process& self, Owner& owner, Next next)>
class CallbackRun {
 public:
  explicit CallbackRun(Owner& owner) noexcept : owner_(owner) {}
  CallbackRun(const CallbackRun&) = delete;
  CallbackRun& operator=(const CallbackRun&) = delete;

  /** Runs `body`, which is user code, unless what the behaviour did just before, a reply, has ended the process (S-SRV-26).
   * `return run(...)`. */
  template <class Body>
  Next run(Process& self, Body&& body) {
    if (self.has(process_flag::CONDEMNED)) return Next::CONTINUE;
    has_waited_ = false;
    return go_on(self, guarded(self, body));
  }

  /** Whether the callback that runs, or ran last, has waited: what was lent to it is gone then. */
  bool has_waited() const noexcept { return has_waited_; }

  /** Whether what the callback that ran last has put into its return is there to be taken: it waits, or has returned, and has not
   * raised. If a signal has ended the process in its middle, only the owner's end looks there. */
  bool has_given() const noexcept { return came_to_ != Next::RAISE; }

 private:
  Next go_on(Process& self, Next next) {
    came_to_ = next;
    // What the code of a process returned that a signal has ended does not matter any more.
    if (self.has(process_flag::CONDEMNED)) return Next::CONTINUE;
    if (next != Next::AWAIT || !self.has(process_flag::AWAITING)) {
      drop_await(self);
      return then(self, owner_, next);
    }
    has_waited_ = true;
    continuation_ = self.await_continuation;
    context_ = self.await_context;
    self.await_continuation = &resume;
    self.await_context = this;
    return Next::AWAIT;
  }

  /** The wait of a callback that has asked for one, and did not wait. */
  static void drop_await(Process& self) {
    if (!self.has(process_flag::AWAITING)) return;
    if (Envelope* const answer = end_await(self)) retire(self, answer);
  }

  static Next resume(Process& self, Envelope* answer, void* context) {
    CallbackRun& mine = *static_cast<CallbackRun*>(context);
    // Code of ours, which steps into user code itself.
    return mine.go_on(self, contained(self, [&] { return mine.continuation_(self, answer, mine.context_); }));
  }

  Owner& owner_;
  bool has_waited_ = false;
  Next came_to_ = Next::CONTINUE;
  AwaitContinuation continuation_ = nullptr;  // of the callback that waits
  void* context_ = nullptr;
};

}  // namespace rsp
