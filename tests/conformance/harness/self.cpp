#include "tests/conformance/harness/self.hpp"

#include <exception>
#include <type_traits>

namespace conformance {
namespace {

rsp_next start(rsp_self* raw, rsp_msg*, void* state) {
  Self self(raw);
  try {
    return static_cast<Process*>(state)->start(self);
  } catch (const Exiting&) {
    return RSP_NEXT_CONTINUE;  // what it returns does not matter any more
  }
}

rsp_next message(rsp_self* raw, rsp_msg* msg, void* state) {
  Process* const process = static_cast<Process*>(state);
  if (!process->message) return RSP_NEXT_CONTINUE;
  Self self(raw);
  try {
    return process->message(self, msg);
  } catch (const Exiting&) {
    return RSP_NEXT_CONTINUE;
  }
}

void free_state(void* state) { delete static_cast<Process*>(state); }

rsp_next never(rsp_self*, rsp_msg*, void*) { return RSP_NEXT_STOP; }

const char* kind_name(rsp_msg_kind kind) {
  switch (kind) {
    case RSP_MSG_TERM:
      return "message";
    case RSP_MSG_NATIVE:
      return "native message";
    case RSP_MSG_CALL:
      return "CALL";
    case RSP_MSG_CAST:
      return "CAST";
    case RSP_MSG_EXIT:
      return "EXIT";
    case RSP_MSG_DOWN:
      return "DOWN";
    case RSP_MSG_TIMER:
      return "TIMER";
    case RSP_MSG_SELECT:
      return "SELECT";
  }
  return "unknown message";
}

}  // namespace

Received::Received(const rsp_msg* message)
    : kind(rsp_msg_get_kind(message)),
      from(rsp_msg_from(message)),
      ref(rsp_msg_ref(message)),
      tag(rsp_msg_tag(message)),
      name(rsp_msg_name(message)),
      term(Value::copy_of(rsp_msg_term(message))) {}

std::string Received::text() const {
  return std::string(kind_name(kind)) + " " + testing::PrintToString(term) + " from " +
         testing::PrintToString(from);
}

Process returns() {
  return once([](Self&) {});
}

Process exits(const char* reason) {
  return once([reason](Self& self) { return self.exit(reason); });
}

Process errors(const char* value) {
  return once([value](Self& self) { return self.error(value); });
}

Process throws(const char* value) {
  return once([value](Self& self) { return self.throw_(value); });
}

Process idle() {
  return {[](Self&) { return RSP_NEXT_CONTINUE; }};
}

Process deaf() {
  // It awaits an answer that nobody will give.
  return {[](Self& self) { return rsp_await(self, self.alias(), RSP_INFINITE, never, nullptr); }};
}

void Self::check(rsp_result result, Where where) const {
  if (result == RSP_EXITING) throw Exiting{};
  ok(result, where);
}

rsp_pid Self::spawn(Process process, SpawnHow how, Where where) {
  rsp_spawn_opts opts = RSP_SPAWN_OPTS_INIT;
  opts.link = how.link;
  opts.trap_exit = how.trap_exit;
  opts.start = start;
  Process* const state = new Process(std::move(process));
  rsp_pid pid{};
  const rsp_result result = rsp_spawn(self_, &pid, nullptr, &opts, message, state, free_state);
  if (result != RSP_OK) delete state;
  check(result, where);
  return pid;
}

Spawned Self::spawn_monitor(Process process, SpawnHow how, Where where) {
  rsp_spawn_opts opts = RSP_SPAWN_OPTS_INIT;
  opts.link = how.link;
  opts.monitor = true;
  opts.trap_exit = how.trap_exit;
  opts.start = start;
  Process* const state = new Process(std::move(process));
  Spawned spawned{};
  const rsp_result result =
      rsp_spawn(self_, &spawned.pid, &spawned.monitor, &opts, message, state, free_state);
  if (result != RSP_OK) delete state;
  check(result, where);
  return spawned;
}

void Self::send(rsp_pid to, Value term, Where where) { check(rsp_send(self_, to, term), where); }

void Self::send(rsp_ref alias, Value term, Where where) { check(rsp_send_alias(self_, alias, term), where); }

void Self::exit_signal(rsp_pid to, Value reason, Where where) {
  check(rsp_exit_signal(self_, to, reason), where);
}

bool Self::trap_exit(bool on, Where where) {
  bool previous = false;
  check(rsp_trap_exit(self_, &previous, on), where);
  return previous;
}

void Self::link(rsp_pid peer, Where where) { check(rsp_link(self_, peer), where); }

void Self::unlink(rsp_pid peer, Where where) { check(rsp_unlink(self_, peer), where); }

rsp_ref Self::monitor(rsp_pid target, rsp_alias_mode alias, Where where) {
  rsp_monitor_opts opts = RSP_MONITOR_OPTS_INIT;
  opts.alias = alias;
  rsp_ref ref{};
  check(rsp_monitor(self_, &ref, target, &opts), where);
  return ref;
}

rsp_ref Self::monitor_name(const char* name, Where where) {
  rsp_ref ref{};
  check(rsp_monitor_name(self_, &ref, atom(name), nullptr), where);
  return ref;
}

bool Self::demonitor(rsp_ref monitor, Where where) {
  bool removed = false;
  check(rsp_demonitor(self_, &removed, monitor, false), where);
  return removed;
}

bool Self::demonitor_flush(rsp_ref monitor, Where where) {
  bool removed = false;
  check(rsp_demonitor(self_, &removed, monitor, true), where);
  return removed;
}

rsp_ref Self::alias(rsp_alias_mode mode, Where where) {
  rsp_ref ref{};
  check(rsp_alias(self_, &ref, mode), where);
  return ref;
}

bool Self::unalias(rsp_ref alias, Where where) {
  bool was_on = false;
  check(rsp_unalias(self_, &was_on, alias), where);
  return was_on;
}

void Self::register_name(const char* name, rsp_pid pid, Where where) {
  check(rsp_register(self_, atom(name), pid), where);
}

rsp_ref Self::send_after(uint64_t delay_ms, rsp_pid to, Value term, Where where) {
  rsp_ref timer{};
  check(rsp_send_after(self_, &timer, delay_ms, to, term), where);
  return timer;
}

rsp_ref Self::start_timer(uint64_t delay_ms, rsp_pid to, Value term, Where where) {
  rsp_ref timer{};
  check(rsp_start_timer(self_, &timer, delay_ms, to, term), where);
  return timer;
}

rsp_pid whereis(const char* name) { return rsp_whereis(atom(name)); }

}  // namespace conformance
