// A supervisor that runs: its children, one by one or all.
//
//     supervisor_ref tree = supervisor(one_for_one).child<cache>("cache").start();
//     for (const child_info& child : tree.which_children()) …
//     tree.terminate_child("cache");
//
// In a callback, which must not wait, each is a request:
//
//     flow handle(open, reply_to<pid> from) {
//       return flow::wait_for(rooms.start_child_request(server<room>()), 5s,
//                             [from](result<pid> started) { from.reply(started.value()); });
//     }
//
// To start children by their specifications takes resprout/supervisor.hpp. Rules: S-SUP-34..45, S-SUP-58.
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "resprout/call.hpp"
#include "resprout/child_spec.hpp"
#include "resprout/process.hpp"
#include "resprout/supervisor.h"

namespace resprout {
namespace detail {

/** How a start failed; `error` may be nil. */
inline failure start_failure(rsp_result code, held_term error) {
  if (code == RSP_ETIMEDOUT && rsp_term_kind(error.get()) == RSP_KIND_NIL) error = word("timeout");
  if (code == RSP_EIGNORE) error = word("ignore");
  return failure(failure::of::START, code, std::move(error));
}

}  // namespace detail

/** A child of a supervisor, as that says. */
struct child_info {
  term id;
  pid process;                 ///< none: it is stopped, or being started again
  bool is_restarting = false;  ///< its start has failed, and is tried again
  bool is_supervisor = false;
};

/** A child that was started, and what its start function has said of it: {ok, Pid, Info}. */
struct started_child {
  pid process;  ///< none: its init said ignore
  term info;    ///< nil: it has said nothing
};

/** How many children a supervisor has, as it says. */
struct child_counts {
  int64_t specs = 0;   ///< specifications, whether there is a process or not
  int64_t active = 0;  ///< those with a process
  int64_t supervisors = 0;
  int64_t workers = 0;
};

namespace detail {

/** An element of a tuple; none: it is none, or has not so many. */
inline std::optional<term> element_of(const term& tuple, size_t at) {
  rsp_term element{0, 0};
  if (tuple.kind() != RSP_KIND_TUPLE || rsp_term_element(&element, tuple.raw(), at) != RSP_OK)
    return std::nullopt;
  return term::copy_of(element);
}

/** The V of {Tag, V}, and of what has more behind it. */
inline std::optional<term> tagged(const term& all, const char* tag) {
  const std::optional<term> first = element_of(all, 0);
  if (!first || *first != term(atom(tag))) return std::nullopt;
  return element_of(all, 1);
}

inline result<std::vector<child_info>> children_of(const term& list) {
  const auto rows = list.try_to<std::vector<std::tuple<term, term, atom, term>>>();
  if (!rows) return Err{rows.error()};
  std::vector<child_info> children;
  for (const auto& [id, process, type, module] : *rows) {
    child_info child;
    child.id = id;
    if (process.kind() == RSP_KIND_PID) child.process = process.to<resprout::pid>();
    child.is_restarting = process == term(atom("restarting"));
    child.is_supervisor = type == atom("supervisor");
    children.push_back(std::move(child));
  }
  return Ok{std::move(children)};
}

inline result<child_counts> counts_of(const term& map) {
  child_counts counts;
  const std::pair<const char*, int64_t*> all[] = {{"specs", &counts.specs},
                                                  {"active", &counts.active},
                                                  {"supervisors", &counts.supervisors},
                                                  {"workers", &counts.workers}};
  for (const auto& [what, out] : all) {
    const result<term> count = map.try_at(atom(what));
    if (!count) return Err{count.error()};
    const result<int64_t> number = count->try_to<int64_t>();
    if (!number) return Err{number.error()};
    *out = *number;
  }
  return Ok{counts};
}

/** The answer of a supervisor: V, {ok, V}, {ok, V, Info} or {error, E}; where it had no memory for that, `error` or
 * `system_limit`. */
template <failure::of ABOUT>
struct child_answer {
  template <class R>
  static result<R> read(rsp_result code, message answer) {
    if (code == RSP_EEXITED) return Err{failure(ABOUT, code, held_term::copy_of(answer.content().raw()))};
    if (code != RSP_OK) return Err{no_answer(ABOUT, code, answer)};
    const term all = answer.content();
    std::optional<term> why = tagged(all, "error");
    if (all == term(atom("error")) || all == term(atom("system_limit"))) why = all;
    if (why) return Err{failure(ABOUT, RSP_EEXITED, held_term::copy_of(why->raw()))};
    if constexpr (std::is_same_v<R, started_child>) {
      const result<pid> process = value<pid>(tagged(all, "ok").value_or(all));
      if (!process) return Err{process.error()};
      return Ok{started_child{*process, element_of(all, 2).value_or(term())}};
    } else {
      return value<R>(tagged(all, "ok").value_or(all));
    }
  }

 private:
  template <class R>
  static result<R> value(const term& from) {
    if constexpr (std::is_void_v<R>) {
      return Ok<>{};
    } else if constexpr (std::is_same_v<R, term>) {
      return Ok{from};
    } else if constexpr (std::is_same_v<R, pid>) {
      return from.kind() == RSP_KIND_PID ? from.try_to<pid>() : result<pid>(Ok{pid()});
    } else if constexpr (std::is_same_v<R, child_counts>) {
      return counts_of(from);
    } else {
      return children_of(from);
    }
  }
};

}  // namespace detail

/** A request about children that was sent to their supervisor: it throws and returns what the call does. */
template <class R>
using child_request = request<R, detail::child_answer<failure::of::CHILD>>;
/** A request for one more child. */
using start_request = request<pid, detail::child_answer<failure::of::START>>;
/** The same, with what the child's start function says of it. */
using start_info_request = request<started_child, detail::child_answer<failure::of::START>>;

/** A supervisor that runs. Thread: any but a callback; each call waits. Throws child_error: the supervisor refuses
 * (not_found, running, restarting), or has ended; call_timeout. In a callback each is sent as a request (x_request), and its
 * answer waited for (flow::wait_for). */
class supervisor_ref {
 public:
  explicit supervisor_ref(resprout::pid process) noexcept : pid_(process) {}
  resprout::pid pid() const noexcept { return pid_; }

  /** Starts one more child, at the end of the order. No process: its init said ignore. Throws start_error. */
  result<resprout::pid> try_start_child(const child_spec& child, timeout within = infinite) const {
    return process_of(try_start_child_info(child, within));
  }
  resprout::pid start_child(const child_spec& child, timeout within = infinite) const {
    return try_start_child(child, within).value();
  }
  /** The same, with what the child's start function says of it. */
  result<started_child> try_start_child_info(const child_spec& child, timeout within = infinite) const;
  started_child start_child_info(const child_spec& child, timeout within = infinite) const {
    return try_start_child_info(child, within).value();
  }

  /** Starts one more child of a simple_one_for_one supervisor: the one that it has, with these terms in its extra_args at each of
   * its starts. Throws start_error. */
  result<resprout::pid> try_start_child_args(const std::vector<term>& args, timeout within = infinite) const {
    return process_of(try_start_child_args_info(args, within));
  }
  resprout::pid start_child_args(const std::vector<term>& args, timeout within = infinite) const {
    return try_start_child_args(args, within).value();
  }
  /** The same, with what the child's start function says of it. */
  result<started_child> try_start_child_args_info(const std::vector<term>& args,
                                                  timeout within = infinite) const;
  started_child start_child_args_info(const std::vector<term>& args, timeout within = infinite) const {
    return try_start_child_args_info(args, within).value();
  }

  /** Stops one child: by its id, or of a dynamic supervisor by its pid. */
  result<void> try_terminate_child(const term& id, timeout within = infinite) const {
    return act([&](rsp_self* self, rsp_term* error) {
      return rsp_supervisor_terminate_child(self, error, pid_.raw(), id.raw(), within.milliseconds());
    });
  }
  void terminate_child(const term& id, timeout within = infinite) const {
    try_terminate_child(id, within).value();
  }

  /** Starts a child again that is stopped. */
  result<resprout::pid> try_restart_child(const term& id, timeout within = infinite) const {
    return process_of(try_restart_child_info(id, within));
  }
  resprout::pid restart_child(const term& id, timeout within = infinite) const {
    return try_restart_child(id, within).value();
  }
  /** The same, with what the child's start function says of it. */
  result<started_child> try_restart_child_info(const term& id, timeout within = infinite) const {
    rsp_pid out{0, 0, 0};
    rsp_term info{0, 0};
    const result<void> done = act([&](rsp_self* self, rsp_term* error) {
      return rsp_supervisor_restart_child_info(self, &out, &info, error, pid_.raw(), id.raw(),
                                               within.milliseconds());
    });
    if (!done) return Err{done.error()};
    return Ok{started_child{resprout::pid(out), term::adopt(info)}};
  }
  started_child restart_child_info(const term& id, timeout within = infinite) const {
    return try_restart_child_info(id, within).value();
  }

  /** Forgets a child that is stopped. */
  result<void> try_delete_child(const term& id, timeout within = infinite) const {
    return act([&](rsp_self* self, rsp_term* error) {
      return rsp_supervisor_delete_child(self, error, pid_.raw(), id.raw(), within.milliseconds());
    });
  }
  void delete_child(const term& id, timeout within = infinite) const { try_delete_child(id, within).value(); }

  /** The children, in order of start. */
  result<std::vector<child_info>> try_which_children(timeout within = infinite) const {
    term list;
    const result<void> done = ask(list, [&](rsp_self* self, rsp_term* out, rsp_term*) {
      return rsp_supervisor_which_children(self, out, pid_.raw(), within.milliseconds());
    });
    if (!done) return Err{done.error()};
    return detail::children_of(list);
  }
  std::vector<child_info> which_children(timeout within = infinite) const {
    return try_which_children(within).value();
  }

  /** How many there are. */
  result<child_counts> try_count_children(timeout within = infinite) const {
    term map;
    const result<void> done = ask(map, [&](rsp_self* self, rsp_term* out, rsp_term*) {
      return rsp_supervisor_count_children(self, out, pid_.raw(), within.milliseconds());
    });
    if (!done) return Err{done.error()};
    return detail::counts_of(map);
  }
  child_counts count_children(timeout within = infinite) const { return try_count_children(within).value(); }

  /** The specification of a child with its defaults filled in, a map: by its id or its pid. */
  result<term> try_get_childspec(const term& id, timeout within = infinite) const {
    term map;
    const result<void> done = ask(map, [&](rsp_self* self, rsp_term* out, rsp_term* error) {
      return rsp_supervisor_get_childspec(self, out, error, pid_.raw(), id.raw(), within.milliseconds());
    });
    if (!done) return Err{done.error()};
    return Ok{std::move(map)};
  }
  term get_childspec(const term& id, timeout within = infinite) const {
    return try_get_childspec(id, within).value();
  }

  /** Asks for what the call of the same name does, and returns: the answer is waited for later, or comes as a message. Only a
   * specification is checked before it is sent (start_error). Thread: one that is a process, in a callback too. */
  result<start_request> try_start_child_request(const child_spec& child) const {
    return send_child<start_request>(child);
  }
  start_request start_child_request(const child_spec& child) const {
    return try_start_child_request(child).value();
  }
  result<start_info_request> try_start_child_info_request(const child_spec& child) const {
    return send_child<start_info_request>(child);
  }
  start_info_request start_child_info_request(const child_spec& child) const {
    return try_start_child_info_request(child).value();
  }
  result<start_request> try_start_child_args_request(const std::vector<term>& args) const {
    return send<start_request>(about("start_child", args));
  }
  start_request start_child_args_request(const std::vector<term>& args) const {
    return try_start_child_args_request(args).value();
  }
  result<start_info_request> try_start_child_args_info_request(const std::vector<term>& args) const {
    return send<start_info_request>(about("start_child", args));
  }
  start_info_request start_child_args_info_request(const std::vector<term>& args) const {
    return try_start_child_args_info_request(args).value();
  }
  result<child_request<void>> try_terminate_child_request(const term& id) const {
    return send<child_request<void>>(about("terminate_child", id));
  }
  child_request<void> terminate_child_request(const term& id) const {
    return try_terminate_child_request(id).value();
  }
  result<child_request<resprout::pid>> try_restart_child_request(const term& id) const {
    return send<child_request<resprout::pid>>(about("restart_child", id));
  }
  child_request<resprout::pid> restart_child_request(const term& id) const {
    return try_restart_child_request(id).value();
  }
  result<child_request<started_child>> try_restart_child_info_request(const term& id) const {
    return send<child_request<started_child>>(about("restart_child", id));
  }
  child_request<started_child> restart_child_info_request(const term& id) const {
    return try_restart_child_info_request(id).value();
  }
  result<child_request<void>> try_delete_child_request(const term& id) const {
    return send<child_request<void>>(about("delete_child", id));
  }
  child_request<void> delete_child_request(const term& id) const {
    return try_delete_child_request(id).value();
  }
  result<child_request<std::vector<child_info>>> try_which_children_request() const {
    return send<child_request<std::vector<child_info>>>(term::try_from(atom("which_children")));
  }
  child_request<std::vector<child_info>> which_children_request() const {
    return try_which_children_request().value();
  }
  result<child_request<child_counts>> try_count_children_request() const {
    return send<child_request<child_counts>>(term::try_from(atom("count_children")));
  }
  child_request<child_counts> count_children_request() const { return try_count_children_request().value(); }
  result<child_request<term>> try_get_childspec_request(const term& id) const {
    return send<child_request<term>>(about("get_childspec", id));
  }
  child_request<term> get_childspec_request(const term& id) const {
    return try_get_childspec_request(id).value();
  }

  /** Stops it and its children in order. Throws call_exit, as stop. */
  result<void> try_stop(const term& reason = atom("normal"), timeout within = infinite) const {
    return resprout::try_stop(pid_, reason, within);
  }
  void stop(const term& reason = atom("normal"), timeout within = infinite) const {
    try_stop(reason, within).value();
  }

 private:
  /** `call(self, error)`: what it says about a child. */
  template <class Call>
  static result<void> act(Call&& call) {
    const detail::caller self;
    if (self.code() != RSP_OK) return Err{self.code()};
    detail::held_term error;
    const rsp_result code = call(self.self(), error.out());
    if (code == RSP_OK) return Ok<>{};
    if (code == RSP_ETIMEDOUT) error = detail::word("timeout");
    if (code == RSP_EEXITED && rsp_term_kind(error.get()) == RSP_KIND_NIL) error = detail::word("noproc");
    return Err{failure(failure::of::CHILD, code, std::move(error))};
  }
  /** `call(self, out, error)`, which writes a term. */
  template <class Call>
  static result<void> ask(term& out, Call&& call) {
    rsp_term raw{0, 0};
    result<void> done = act([&](rsp_self* self, rsp_term* error) { return call(self, &raw, error); });
    if (done) out = term::adopt(raw);
    return done;
  }
  static result<resprout::pid> process_of(const result<started_child>& started) {
    if (!started) return Err{started.error()};
    return Ok{started->process};
  }
  template <class Request>
  result<Request> send_child(const child_spec& child) const;
  /** {Request, Which}. */
  template <class T>
  static result<term> about(const char* what, const T& which) {
    return term::try_tuple(atom(what), which);
  }
  template <class Request>
  result<Request> send(const result<term>& asked) const {
    if (!asked) return Err{asked.error()};
    return detail::ask<Request, rsp_ref>(
        [&](rsp_self* self, rsp_ref* out) { return rsp_send_request(self, out, pid_.raw(), asked->raw()); });
  }

  resprout::pid pid_;
};

inline result<started_child> supervisor_ref::try_start_child_args_info(const std::vector<term>& args,
                                                                       timeout within) const {
  const detail::caller self;
  if (self.code() != RSP_OK) return Err{self.code()};
  const result<term> list = term::try_from(args);
  if (!list) return Err{list.error()};
  rsp_pid out{0, 0, 0};
  rsp_term info{0, 0};
  detail::held_term error;
  const rsp_result code = rsp_supervisor_start_child_args_info(
      self.self(), &out, &info, error.out(), pid_.raw(), list->raw(), within.milliseconds());
  if (code == RSP_OK) return Ok{started_child{resprout::pid(out), term::adopt(info)}};
  return Err{detail::start_failure(code, std::move(error))};
}

}  // namespace resprout
