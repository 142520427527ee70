// Starting from callbacks: waits for a start or a stop, and children that a function starts.
//
//   const ChildFunction worker = [](Self& self, const Value&, Child& child) {
//     return await_start(self, {}, {.link = true}, [&child](Self&, const Outcome& it) { return child.ok(it.pid); });
//   };
//   const rsp_pid s = supervisor_over(t, {function_child(worker, "a")});
#pragma once

#include <functional>
#include <memory>

#include "resprout/await.h"
#include "tests/conformance/harness/supervisor.hpp"

namespace conformance {

/// What a start or a stop came to: rsp_outcome.
struct Outcome {
  rsp_result result = RSP_OK;
  rsp_pid pid{};
  rsp_ref monitor{};
  Value error;
};

/// It lives until the runtime has stopped; it captures by value, or what the callback has until it is over.
using AfterStart = std::function<rsp_next(Self&, const Outcome&)>;

rsp_next await_start(Self& self, Server server, StartHow how, AfterStart then);
rsp_next await_start_supervisor(Self& self, const rsp_supervisor_spec& spec, bool link, AfterStart then);
rsp_next await_stop(Self& self, rsp_pid pid, const Value& reason, uint64_t timeout_ms, AfterStart then);

/// What a start function answers: its last act is `return child.…`.
class Child {
 public:
  explicit Child(rsp_start_return* returned) : returned_(returned) {}

  rsp_next ok(rsp_pid pid) { return ok(pid, Value()); }
  rsp_next ok(rsp_pid pid, Value info);
  rsp_next ignore();
  rsp_next error(Value reason);
  rsp_next bad(Value value);
  /// What such an outcome of a start means for the one that the function does.
  rsp_next as(const Outcome& outcome);

 private:
  rsp_start_return* returned_;
};

using ChildFunction = std::function<rsp_next(Self&, const Value& args, Child&)>;

/// A function that only starts such a server, linked.
ChildFunction starting(Server server);

/// The function lives until the runtime has stopped.
rsp_start_spec function_spec(ChildFunction function);
rsp_child_spec function_child(ChildFunction function, const Value& id,
                              rsp_restart restart = RSP_RESTART_DEFAULT);

/// Over children as they are.
Started start_over(Self& self, const std::vector<rsp_child_spec>& children, SupervisorHow how = {});
rsp_pid supervisor_over(Self& self, const std::vector<rsp_child_spec>& children, SupervisorHow how = {},
                        Where where = Where::here());

/// start_child, with what the function says of the child in `info`.
struct Added : Started {
  Value info;
};
Added add_child_spec(Self& self, rsp_pid supervisor, const rsp_child_spec& child);
Added add_child_with(Self& self, rsp_pid supervisor, const Value& args);
Added restart_child_with_info(Self& self, rsp_pid supervisor, const Value& id);

}  // namespace conformance
