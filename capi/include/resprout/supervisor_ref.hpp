// A supervisor that runs: its children, one by one or all.
//
//     supervisor_ref tree = supervisor(one_for_one).child<cache>("cache").start();
//     for (const child_info& child : tree.which_children()) …
//     tree.terminate_child("cache");
//
// To start children by their specifications takes resprout/supervisor.hpp. Rules: S-SUP-34..45.
#pragma once

#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

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

/** How many children a supervisor has, as it says. */
struct child_counts {
  int64_t specs = 0;   ///< specifications, whether there is a process or not
  int64_t active = 0;  ///< those with a process
  int64_t supervisors = 0;
  int64_t workers = 0;
};

/** A supervisor that runs. Thread: any but a callback; each call waits. Throws child_error: the supervisor refuses
 * (not_found, running, restarting), or has ended; call_timeout. */
class supervisor_ref {
 public:
  explicit supervisor_ref(resprout::pid process) noexcept : pid_(process) {}
  resprout::pid pid() const noexcept { return pid_; }

  /** Starts one more child, at the end of the order. No process: its init said ignore. Throws start_error. */
  result<resprout::pid> try_start_child(const child_spec& child, timeout within = infinite) const;
  resprout::pid start_child(const child_spec& child, timeout within = infinite) const {
    return try_start_child(child, within).value();
  }

  /** Starts one more child of a simple_one_for_one supervisor: the one that it has, with these terms in its extra_args at each of
   * its starts. Throws start_error. */
  result<resprout::pid> try_start_child_args(const std::vector<term>& args, timeout within = infinite) const;
  resprout::pid start_child_args(const std::vector<term>& args, timeout within = infinite) const {
    return try_start_child_args(args, within).value();
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
    rsp_pid out{0, 0, 0};
    const result<void> done = act([&](rsp_self* self, rsp_term* error) {
      return rsp_supervisor_restart_child(self, &out, error, pid_.raw(), id.raw(), within.milliseconds());
    });
    if (!done) return Err{done.error()};
    return Ok{resprout::pid(out)};
  }
  resprout::pid restart_child(const term& id, timeout within = infinite) const {
    return try_restart_child(id, within).value();
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
    std::vector<child_info> children;
    for (const auto& [id, process, type, module] :
         list.to<std::vector<std::tuple<term, term, atom, term>>>()) {
      child_info child;
      child.id = id;
      if (process.kind() == RSP_KIND_PID) child.process = process.to<resprout::pid>();
      child.is_restarting = process == term(atom("restarting"));
      child.is_supervisor = type == atom("supervisor");
      children.push_back(std::move(child));
    }
    return Ok{std::move(children)};
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
    const auto count = [&](const char* what) { return map.at(atom(what)).to<int64_t>(); };
    return Ok{child_counts{count("specs"), count("active"), count("supervisors"), count("workers")}};
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

  resprout::pid pid_;
};

inline result<pid> supervisor_ref::try_start_child_args(const std::vector<term>& args, timeout within) const {
  const detail::caller self;
  if (self.code() != RSP_OK) return Err{self.code()};
  const result<term> list = term::try_from(args);
  if (!list) return Err{list.error()};
  rsp_pid out{0, 0, 0};
  detail::held_term error;
  const rsp_result code = rsp_supervisor_start_child_args(self.self(), &out, error.out(), pid_.raw(),
                                                          list->raw(), within.milliseconds());
  if (code == RSP_OK) return Ok{resprout::pid(out)};
  return Err{detail::start_failure(code, std::move(error))};
}

}  // namespace resprout
