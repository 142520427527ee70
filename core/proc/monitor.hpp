// Monitors and aliases (docs/semantics.md, S-MON, S-ALIAS).
//
// A monitor has two records: WATCHING at the one that monitors, WATCHER at the other. On death the WATCHER
// goes back as the DOWN; whoever monitored delivers it only if it still has its WATCHING. So demonitor needs
// no answer: without the record nothing is delivered. An alias is a reference that works as a destination:
// the record ALIAS, or a WATCHING with an alias mode.
//
// All calls: the owner of `self`, while it is not condemned.
#pragma once

#include "core/base/ids.hpp"
#include "core/proc/process.hpp"
#include "resprout/result.h"

namespace rsp {

struct MonitorOptions {
  AliasMode alias = AliasMode::NONE;
  Atom tag{};                 // replaces DOWN in the message
  Atom name{};                // the monitor was asked for by this name: the object of the DOWN
  uint64_t note = 0;          // the DOWN carries it in `aux`; not with a name
  bool brings_reply = false;  // what comes through the alias is a reply
  bool suspends = false;      // it tells of nothing (suspend.hpp)
};

/** erlang:monitor/3. A dead target: DOWN with noproc follows. Oneself: a reference that never fires. */
[[nodiscard]] rsp_result monitor(Process& self, Pid target, const MonitorOptions& options, LocalRef* out);

/** The asker's half of a request: as a monitor with an alias that the reply ends, but the signal is the request's own
 * (request.hpp), and the caller owes it. `name`: the object of its DOWN, if there is one. */
[[nodiscard]] rsp_result open_request(Process& self, Pid target, Atom name, LocalRef* out);

/** erlang:monitor(process, Name): whoever has the name now, and nobody later. */
[[nodiscard]] rsp_result monitor_name(Process& self, Atom name, MonitorOptions options, LocalRef* out);

/** erlang:demonitor/2. No DOWN of `ref` is delivered from here on; with `flush` one that waits already is
 * taken out too. *removed: the monitor was active. *flushed: a DOWN was taken out. */
void demonitor(Process& self, LocalRef ref, bool flush, bool* removed, bool* flushed);

/** The same with `flush`: nothing of the monitor comes any more. False: nothing would have. */
bool end_monitor(Process& self, LocalRef ref);

/** erlang:alias/1. */
[[nodiscard]] rsp_result make_alias(Process& self, AliasMode mode, LocalRef* out);

/** erlang:unalias/1: false if it was off already or is not one of this process. */
bool unalias(Process& self, LocalRef ref);

}  // namespace rsp
