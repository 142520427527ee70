// The end of a start function, at who has begun it: a supervisor, or the master of an application
// (core/otp/start_function.hpp).
//
//   run  -> the starter has named a process, which is adopted   -> `over`
//        -> that cannot be: the starter is killed               -> `again` waits for the start once more, and runs this
//        -> the start has failed: what it has left is waited for -> `over`
//
//   struct Supervisor {
//     StartWait wait;
//     FunctionEnd<Supervisor, &after_start, &wait_for_start> function{*this};
//   };
#pragma once

#include "core/otp/start_function.hpp"
#include "core/term/reason.hpp"

namespace rsp {

template <class Owner, Next (*over)(Process& self, Owner& owner), Next (*again)(Process& self, Owner& owner)>
class FunctionEnd {
 public:
  explicit FunctionEnd(Owner& owner) noexcept : owner_(owner) {}
  FunctionEnd(const FunctionEnd&) = delete;
  FunctionEnd& operator=(const FunctionEnd&) = delete;

  /** owner.wait says that the start is over. The link of the child gets this note. `return run(...)`. */
  Next run(Process& self, uint64_t note) {
    if (!owner_.wait.has_named()) return end_next(self);
    switch (adopt_started(self, owner_.wait, note)) {
      case RSP_OK:
        return over(self, owner_);
      case RSP_EEXITED:
        return again(self, owner_);
      default:
        return end_for(self, Term(ATOM_SYSTEM_LIMIT));
    }
  }

 private:
  /** Waits until what the starter has left is gone, one after another; then the start is over. Their kills were sent before
   * the starter's DOWN (charge.hpp, C2). */
  Next end_next(Process& self) {
    left_ = made_by_starter(self, owner_.wait.charge());
    if (left_.is_none()) {
      discharge(self, owner_.wait.charge());
      return over(self, owner_);
    }
    RSP_SOMETIMES("a start function that failed has left a process");
    LocalRef down;
    if (monitor(self, left_, MonitorOptions{}, &down) != RSP_OK)
      return end_for(self, Term(ATOM_SYSTEM_LIMIT));
    return await(self, down.number, NEVER, &on_gone, this);
  }

  static Next on_gone(Process& self, Envelope*, void* context) {
    FunctionEnd& mine = *static_cast<FunctionEnd*>(context);
    forget_link(self, mine.left_, nullptr);
    return mine.end_next(self);
  }

  Owner& owner_;
  Pid left_{};  // what is waited for to be gone
};

}  // namespace rsp
