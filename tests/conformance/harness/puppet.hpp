// A process that does what T tells it, so that a case reads as a play:
//
//   Puppet p(t, {.trap_exit = true});
//   p.run([&](Self& self) { self.link(q.pid()); });   // waits until it is done
//   p.exits("foo");                                    // tells it, and does not wait
//   p.expect_exit(q.pid(), "foo");                     // a message that P has received
//
// All other messages it receives it keeps, for expect_… to find.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "tests/conformance/harness/test.hpp"

namespace conformance {

class Puppet {
 public:
  /// Spawned by T.
  explicit Puppet(Test& t, SpawnHow how = {}, Where where = Where::here());
  /// Spawned by another puppet.
  Puppet(Puppet& parent, SpawnHow how, Where where = Where::here());

  rsp_pid pid() const { return pid_; }

  /// P runs it; T waits until it has. It may refer to what is local to the case.
  void run(const std::function<void(Self&)>& action, Where where = Where::here());
  /// P runs it some time; what it returns is what P does next. It captures by value.
  void tell(std::function<rsp_next(Self&)> action, Where where = Where::here());

  void returns(Where where = Where::here());
  void exits(const char* reason, Where where = Where::here());
  void errors(const char* value, Where where = Where::here());
  void throws(const char* value, Where where = Where::here());

  void link(rsp_pid peer) {
    run([&](Self& self) { self.link(peer); });
  }
  void unlink(rsp_pid peer) {
    run([&](Self& self) { self.unlink(peer); });
  }

  void expect_message(Value pattern, Where where = Where::here());
  void expect_exit(rsp_pid from, Value reason, Where where = Where::here());
  void expect_down(rsp_ref monitor, Value reason, Where where = Where::here());
  /// Nothing that it received is left, and nothing comes.
  void expect_nothing(Where where = Where::here());

 private:
  using Wanted = std::function<bool(const Received&)>;
  std::optional<Received> find(const Wanted& wanted, Where where);
  Received wait(const char* what, const Wanted& wanted, Where where);

  Test& t_;
  std::shared_ptr<std::vector<Received>> received_;  // P's: T looks at it only while P runs an action of T's
  rsp_pid pid_;
};

}  // namespace conformance
