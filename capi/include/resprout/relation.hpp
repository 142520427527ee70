// Relations between processes: links, monitors, aliases, and names.
//
// Threads: one that is a process; with names any. Rules: S-LINK, S-MON, S-ALIAS, S-NAME.
#pragma once

#include "resprout/name.h"
#include "resprout/process.hpp"
#include "resprout/relation.h"

namespace resprout {

// NOLINTBEGIN(readability-identifier-naming): words of OTP, written as they are
/** When an alias goes off by itself. */
enum class alias_mode {
  none = RSP_ALIAS_NONE,            ///< a monitor without alias
  explicitly = RSP_ALIAS_EXPLICIT,  ///< only by unalias
  demonitor = RSP_ALIAS_DEMONITOR,  ///< with its monitor
  reply = RSP_ALIAS_REPLY           ///< with the first message through it, or with its monitor
};
// NOLINTEND(readability-identifier-naming)

/** Links the caller and a process. Throws Error (RSP_ENOPROC): it is dead, and the caller does not trap exits. */
inline result<void> try_link(pid peer) {
  return detail::act([&](rsp_self* self) { return rsp_link(self, peer.raw()); });
}
inline void link(pid peer) { try_link(peer).value(); }

/** The same, but a dead peer is never an error: the exit signal noproc follows. */
inline result<void> try_link_async(pid peer) {
  return detail::act([&](rsp_self* self) { return rsp_link_async(self, peer.raw()); });
}
inline void link_async(pid peer) { try_link_async(peer).value(); }

/** Removes the link: it has no further effect on the caller. */
inline result<void> try_unlink(pid peer) {
  return detail::act([&](rsp_self* self) { return rsp_unlink(self, peer.raw()); });
}
inline void unlink(pid peer) { try_unlink(peer).value(); }

struct monitor_options {
  alias_mode alias = alias_mode::none;  ///< the reference is an alias too
  atom tag = {};                        ///< stands in the place of DOWN in the message
};

namespace detail {
inline rsp_monitor_opts raw_options(const monitor_options& options) noexcept {
  rsp_monitor_opts raw = RSP_MONITOR_OPTS_INIT;
  raw.alias = static_cast<rsp_alias_mode>(options.alias);
  raw.tag = options.tag.raw();
  return raw;
}
}  // namespace detail

/** Watches a process: its end, or its absence, comes as exactly one message of kind RSP_MSG_DOWN. */
inline result<ref> try_monitor(pid target, const monitor_options& options = {}) {
  const rsp_monitor_opts raw = detail::raw_options(options);
  return detail::ask<ref, rsp_ref>(
      [&](rsp_self* self, rsp_ref* out) { return rsp_monitor(self, out, target.raw(), &raw); });
}
inline ref monitor(pid target, const monitor_options& options = {}) {
  return try_monitor(target, options).value();
}

/** Watches the process that has this name now; nobody is a DOWN with noproc. */
inline result<ref> try_monitor(const atom& name, const monitor_options& options = {}) {
  const rsp_monitor_opts raw = detail::raw_options(options);
  return detail::ask<ref, rsp_ref>(
      [&](rsp_self* self, rsp_ref* out) { return rsp_monitor_name(self, out, name.raw(), &raw); });
}
inline ref monitor(const atom& name, const monitor_options& options = {}) {
  return try_monitor(name, options).value();
}

/** Ends a monitor: no DOWN of it will come. True: it was active. With `flush` one that waits is taken out, too. */
inline result<bool> try_demonitor(const ref& monitor, bool flush = false) {
  return detail::ask<bool, bool>(
      [&](rsp_self* self, bool* out) { return rsp_demonitor(self, out, monitor.raw(), flush); });
}
inline bool demonitor(const ref& monitor, bool flush = false) {
  return try_demonitor(monitor, flush).value();
}

/** A reference that works as a destination. */
inline result<ref> try_alias(alias_mode mode = alias_mode::explicitly) {
  return detail::ask<ref, rsp_ref>(
      [&](rsp_self* self, rsp_ref* out) { return rsp_alias(self, out, static_cast<rsp_alias_mode>(mode)); });
}
inline ref alias(alias_mode mode = alias_mode::explicitly) { return try_alias(mode).value(); }

/** Switches an alias off; whether it was on. */
inline result<bool> try_unalias(const ref& alias) {
  return detail::ask<bool, bool>(
      [&](rsp_self* self, bool* out) { return rsp_unalias(self, out, alias.raw()); });
}
inline bool unalias(const ref& alias) { return try_unalias(alias).value(); }

/** Gives a process a name. Throws Error: the name is taken, the process has one, or is dead. Thread: any. */
inline result<void> try_register_name(const atom& name, pid process) {
  return detail::check(rsp_register(rsp_current(), name.raw(), process.raw()));
}
inline void register_name(const atom& name, pid process) { try_register_name(name, process).value(); }

/** Frees a name, whoever has it. Throws Error (RSP_ENONAME): nobody. Thread: any. */
inline result<void> try_unregister_name(const atom& name) {
  return detail::check(rsp_unregister(rsp_current(), name.raw()));
}
inline void unregister_name(const atom& name) { try_unregister_name(name).value(); }

/** The live process of this name; no process: the name is free. Thread: any. */
inline pid whereis(const atom& name) noexcept { return pid(rsp_whereis(name.raw())); }

}  // namespace resprout
