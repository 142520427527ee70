// A process's own view of the runtime, in C++: each call of the C API that has to succeed, in one line.
//
// In a callback and in the case's own body alike. A call that answers anything but RSP_OK fails the case;
// RSP_EXITING unwinds to the entry of the callback, as every binding does it. A case about a result code
// calls the C function itself: Self converts to rsp_self*.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "resprout/exception.h"
#include "resprout/message.h"
#include "resprout/name.h"
#include "resprout/process.h"
#include "resprout/relation.h"
#include "resprout/runtime.h"
#include "resprout/timer.h"
#include "tests/conformance/harness/value.hpp"

namespace conformance {

class Self;

/// Unwinds the code of a process that is to die.
struct Exiting {};

/// A message that was received, with what it held.
struct Received {
  explicit Received(const rsp_msg* message);
  std::string text() const;

  rsp_msg_kind kind;
  rsp_pid from;
  rsp_ref ref;
  rsp_atom tag;
  rsp_atom name;
  Value term;
};

/// What a process does. Both functions live until it has ended: they capture by value, or what outlives the
/// case.
struct Process {
  std::function<rsp_next(Self&)> start;                   // first, before any message
  std::function<rsp_next(Self&, rsp_msg*)> message = {};  // none: messages are ignored
};

/// A process that runs `body` and ends with normal, if it does not raise.
template <class Body>
Process once(Body body) {
  return {[body = std::move(body)](Self& self) -> rsp_next {
    if constexpr (std::is_same_v<decltype(body(self)), rsp_next>) {
      return body(self);
    } else {
      body(self);
      return RSP_NEXT_STOP;
    }
  }};
}

/// A process that ends at once in one of the four ways.
Process returns();
Process exits(const char* reason);
Process errors(const char* value);
Process throws(const char* value);
/// A process that ignores every message.
Process idle();
/// A process that takes nothing out of its mailbox, for ever.
Process deaf();

struct SpawnHow {
  bool link = false;
  bool trap_exit = false;
};

struct Spawned {
  rsp_pid pid;
  rsp_ref monitor;
};

class Self {
 public:
  explicit Self(rsp_self* self) : self_(self) {}
  operator rsp_self*() const { return self_; }  // NOLINT
  rsp_pid pid() const { return rsp_self_pid(self_); }

  rsp_pid spawn(Process process, SpawnHow how = {}, Where where = Where::here());
  Spawned spawn_monitor(Process process, SpawnHow how = {}, Where where = Where::here());

  void send(rsp_pid to, Value term, Where where = Where::here());
  void send(rsp_ref alias, Value term, Where where = Where::here());
  void exit_signal(rsp_pid to, Value reason, Where where = Where::here());
  /// Returns the former value.
  bool trap_exit(bool on = true, Where where = Where::here());

  void link(rsp_pid peer, Where where = Where::here());
  void unlink(rsp_pid peer, Where where = Where::here());
  rsp_ref monitor(rsp_pid target, rsp_alias_mode alias = RSP_ALIAS_NONE, Where where = Where::here());
  rsp_ref monitor_name(const char* name, Where where = Where::here());
  /// Whether it was active.
  bool demonitor(rsp_ref monitor, Where where = Where::here());
  bool demonitor_flush(rsp_ref monitor, Where where = Where::here());
  rsp_ref alias(rsp_alias_mode mode = RSP_ALIAS_EXPLICIT, Where where = Where::here());
  bool unalias(rsp_ref alias, Where where = Where::here());

  void register_name(const char* name, rsp_pid pid, Where where = Where::here());
  void register_name(const char* name, Where where = Where::here()) { register_name(name, pid(), where); }

  rsp_ref send_after(uint64_t delay_ms, rsp_pid to, Value term, Where where = Where::here());
  rsp_ref start_timer(uint64_t delay_ms, rsp_pid to, Value term, Where where = Where::here());

  /// What a callback returns to raise.
  rsp_next exit(Value reason) { return rsp_exit(self_, reason); }
  rsp_next error(Value value) { return rsp_error(self_, value); }
  rsp_next throw_(Value value) { return rsp_throw(self_, value); }

 protected:
  void check(rsp_result result, Where where) const;

 private:
  rsp_self* self_;
};

rsp_pid whereis(const char* name);

}  // namespace conformance
