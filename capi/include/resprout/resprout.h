/* Erlang/OTP fault tolerance for native programs: all of it.
 *
 *   result.h      codes that calls return            term.h        values that messages are made of
 *   ids.h         pids, references, atoms            runtime.h     start, stop, threads that become processes
 *   process.h     spawn, exit signals                message.h     send, receive, requests
 *   relation.h    links, monitors, aliases           name.h        registered names
 *   timer.h       messages after a time              select.h      messages when a descriptor is ready
 *   exception.h   raise and catch
 *   server.h      servers                            supervisor.h  supervision trees
 *   report.h      reports of what ended abnormally   lane.h        processes on threads of a binding's own
 *   resource.h    memory and resources of a process  version.h     which version this is
 *   registry.h    processes by keys                  request.h     requests that are collected later
 *   agent.h       values that processes hold         partition.h   a process for each part of the keys
 *   statem.h      state machines
 *   dictionary.h  what a process keeps by keys for itself
 *   ets.h         tables that all read, and that outlive their owner
 *   event.h       events and their handlers          pg.h          groups of processes
 *   await.h       starting and stopping processes in a callback
 *   api.h         all functions as a table, for native children
 *
 * Structs that begin with `size_t size` grow: a later release appends members. Begin with the struct's initializer
 * (RSP_SPAWN_OPTS_INIT, ...), or set `size` to its sizeof and the rest to zero. Then a program and a library
 * of different versions understand each other:
 *   - A member that an older program's struct does not have is taken as zero, and zero is what such a member
 *     does by default.
 *   - A newer program's struct is accepted where all that the library does not know is zero. If not, the
 *     program asks for what this library cannot do: RSP_EINVAL, and nothing was done.
 *   - A size that no header gave (below that of the first release, above 4096, not a multiple of the
 *     alignment) is RSP_EINVAL: the struct was not filled in.
 *   - In an array the `size` of the first element is the step to the next, and every element has it.
 *   - What stands in another struct by value keeps its size, and has reserved words for what comes. They are
 *     zero, or the answer is RSP_EINVAL.
 *   - A struct that the library fills in and that the caller sized (rsp_runtime_stats, rsp_exception) is
 *     filled as far as it goes; what an older library does not know is zero.
 *   - A struct that the runtime lends to a callback (rsp_server_return, rsp_supervisor_init, rsp_agent_state,
 *     rsp_event) has the size that the library's version gave it. A callback of a newer header asks RSP_HAS
 *     before it touches a member that came later.
 * All other structs stay as they are.
 */
#ifndef RESPROUT_RESPROUT_H
#define RESPROUT_RESPROUT_H

#include "resprout/agent.h"
#include "resprout/api.h"
#include "resprout/application.h"
#include "resprout/await.h"
#include "resprout/dictionary.h"
#include "resprout/ets.h"
#include "resprout/event.h"
#include "resprout/exception.h"
#include "resprout/ids.h"
#include "resprout/lane.h"
#include "resprout/message.h"
#include "resprout/name.h"
#include "resprout/partition.h"
#include "resprout/pg.h"
#include "resprout/process.h"
#include "resprout/registry.h"
#include "resprout/relation.h"
#include "resprout/report.h"
#include "resprout/request.h"
#include "resprout/resource.h"
#include "resprout/result.h"
#include "resprout/run.h"
#include "resprout/runtime.h"
#include "resprout/select.h"
#include "resprout/server.h"
#include "resprout/statem.h"
#include "resprout/supervisor.h"
#include "resprout/sys.h"
#include "resprout/task.h"
#include "resprout/term.h"
#include "resprout/timer.h"
#include "resprout/version.h"

#endif
