// The process of a task: it runs one function once, and what that returns goes to whoever waits for it
// (docs/semantics.md, S-TASK). The other side is core/otp/task_owner.hpp.
//
// A task that is started by a supervisor for somebody else begins when that one watches it, so that no end of it goes
// unseen. Both meet by a ticket:
//
//   OPEN       -> the task's pid     the task, from its start on; it monitors the owner, and waits
//              -> WITHDRAWN          the owner, whose start came to nothing that it knows of: the task does not begin
//   the pid    -> WITHDRAWN          the same, too late: the owner kills it
//
// The owner says `go` through the alias of that monitor, which is also how the task hears of the owner's end.
#pragma once

#include "core/otp/start_spec.hpp"
#include "core/proc/api.hpp"

namespace rsp {

const StartKind& task_kind();

/** Whether processes of this type are tasks. */
inline bool is_task(const rsp_server_ops& ops) {
  return RSP_HAS(rsp_server_ops, &ops, run) && ops.run != nullptr;
}

struct TaskTicket {
  static constexpr uint64_t OPEN = 0;
  static constexpr uint64_t WITHDRAWN = 1;  // no process has this id: serials begin at 1

  explicit TaskTicket(Pid of) noexcept : owner(of) {}

  const Pid owner;
  env::Atomic<uint64_t> state{OPEN};
  uint64_t go = 0;      // number of the task's reference; written before `state` is the pid
  LocalRef reply_to{};  // written by the owner before it says go
};

}  // namespace rsp
