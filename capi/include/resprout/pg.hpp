// Process groups: OTP's pg. A group has any name and any processes as its members; a scope has any number of groups.
//
//     scope rooms("rooms");
//     supervisor(one_for_one).child(rooms.spec()).child<lobby>("lobby").start(rt);
//     …anywhere…       rooms.join("blue", self());
//                      for (pid member : rooms.get_members("blue")) send(member, "hello");
//
// A member is one until it ends, or has left as often as it has joined. Thread: any; not in a callback, but for what reads. Rules:
// S-PG.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "resprout/call.hpp"
#include "resprout/child_spec.hpp"
#include "resprout/pg.h"

namespace resprout {
namespace detail {

class scope_code final : public start_code {
 public:
  explicit scope_code(const atom& name) : name_(name) {}
  rsp_result fill(rsp_start_spec* out) const override { return rsp_pg_spec(out, name_.raw()); }

 private:
  atom name_;
};

}  // namespace detail

/** A scope, by its name. What changes it throws call_exit: no such scope runs (noproc). */
class scope {
 public:
  explicit scope(const atom& name) noexcept : name_(name) {}

  /** The scope as a child of a supervisor: before those who use it. */
  child_spec spec() const { return child_spec(std::make_shared<const detail::scope_code>(name_)).id(name_); }

  /** Makes processes members of a group: all, or none. One that is a member is one more time. */
  result<void> try_join(const term& group, const std::vector<pid>& members) const {
    return change(&rsp_pg_join, group, members);
  }
  void join(const term& group, const std::vector<pid>& members) const { try_join(group, members).value(); }
  result<void> try_join(const term& group, pid member) const {
    return try_join(group, std::vector<pid>{member});
  }
  void join(const term& group, pid member) const { try_join(group, member).value(); }

  /** Takes processes out of a group, each once. Throws Error (RSP_EMISMATCH): none of them is a member. */
  result<void> try_leave(const term& group, const std::vector<pid>& members) const {
    return change(&rsp_pg_leave, group, members);
  }
  void leave(const term& group, const std::vector<pid>& members) const { try_leave(group, members).value(); }
  result<void> try_leave(const term& group, pid member) const {
    return try_leave(group, std::vector<pid>{member});
  }
  void leave(const term& group, pid member) const { try_leave(group, member).value(); }

  /** The members, in the order in which they have joined; none where no such scope runs. Thread: any. */
  result<std::vector<pid>> try_get_members(const term& group) const {
    return read<std::vector<pid>>(
        [&](rsp_term* out) { return rsp_pg_get_members(out, name_.raw(), group.raw()); });
  }
  std::vector<pid> get_members(const term& group) const { return try_get_members(group).value(); }

  /** Those of them who are processes of this node. Thread: any. */
  result<std::vector<pid>> try_get_local_members(const term& group) const {
    return read<std::vector<pid>>(
        [&](rsp_term* out) { return rsp_pg_get_local_members(out, name_.raw(), group.raw()); });
  }
  std::vector<pid> get_local_members(const term& group) const { return try_get_local_members(group).value(); }

  /** The groups that have members. Thread: any. */
  result<std::vector<term>> try_which_groups() const {
    return read<std::vector<term>>([&](rsp_term* out) { return rsp_pg_which_groups(out, name_.raw()); });
  }
  std::vector<term> which_groups() const { return try_which_groups().value(); }

  /** From here on the caller is sent {Ref, join, Group, Pids} and {Ref, leave, Group, Pids}. Gives back Ref, and the members now.
   * Thread: one that is a process. */
  result<std::pair<ref, std::vector<pid>>> try_monitor(const term& group) const {
    const auto watch = watch_by([&](rsp_self* self, rsp_ref* out, rsp_term* now, rsp_term* reason) {
      return rsp_pg_monitor(self, out, now, reason, name_.raw(), group.raw());
    });
    if (!watch) return Err{watch.error()};
    const result<std::vector<pid>> now = watch->second.try_to<std::vector<pid>>();
    if (!now) return Err{now.error()};
    return Ok{std::pair<ref, std::vector<pid>>(watch->first, *now)};
  }
  std::pair<ref, std::vector<pid>> monitor(const term& group) const { return try_monitor(group).value(); }

  /** The same for all groups, those that are to come too: Ref, and a map of lists of pids by group. */
  result<std::pair<ref, term>> try_monitor_scope() const {
    return watch_by([&](rsp_self* self, rsp_ref* out, rsp_term* now, rsp_term* reason) {
      return rsp_pg_monitor_scope(self, out, now, reason, name_.raw());
    });
  }
  std::pair<ref, term> monitor_scope() const { return try_monitor_scope().value(); }

  /** Ends that; nothing of it comes any more. Throws Error (RSP_EMISMATCH): there is no such one. */
  result<void> try_demonitor(const ref& monitor) const {
    return ask([&](rsp_self* self, rsp_term* reason) {
      return rsp_pg_demonitor(self, reason, name_.raw(), monitor.raw());
    });
  }
  void demonitor(const ref& monitor) const { try_demonitor(monitor).value(); }

 private:
  using change_function = rsp_result (*)(rsp_self*, rsp_term*, rsp_atom, rsp_term, const rsp_pid*, size_t);

  template <class Ask>
  static result<void> ask(Ask&& of) {
    const detail::caller self;
    if (self.code() != RSP_OK) return Err{self.code()};
    detail::held_term reason;
    const rsp_result code = of(self.self(), reason.out());
    if (code == RSP_OK) return Ok<>{};
    return Err{failure(failure::of::CALL, code, std::move(reason))};
  }
  result<void> change(change_function by, const term& group, const std::vector<pid>& members) const {
    std::vector<rsp_pid> raw;
    raw.reserve(members.size());
    for (const pid member : members) raw.push_back(member.raw());
    return ask([&](rsp_self* self, rsp_term* reason) {
      return by(self, reason, name_.raw(), group.raw(), raw.data(), raw.size());
    });
  }
  template <class T, class Read>
  static result<T> read(Read&& from) {
    rsp_term raw{0, 0};
    const rsp_result code = from(&raw);
    if (code != RSP_OK) return Err{code};
    return term::adopt(raw).try_to<T>();
  }
  template <class Watch>
  static result<std::pair<ref, term>> watch_by(Watch&& by) {
    const result<rsp_self*> self = detail::current();
    if (!self) return Err{self.error()};
    rsp_ref monitor{};
    detail::held_term now;
    detail::held_term reason;
    const rsp_result code = by(*self, &monitor, now.out(), reason.out());
    if (code != RSP_OK) return Err{failure(failure::of::CALL, code, std::move(reason))};
    return Ok{std::pair<ref, term>(ref(monitor), term::adopt(now.release()))};
  }

  atom name_;
};

}  // namespace resprout
