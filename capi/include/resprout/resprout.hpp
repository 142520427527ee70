// Erlang/OTP fault tolerance for C++: all of it, header-only over the C ABI of resprout/resprout.h. C++17 and later.
//
//   runtime.hpp      start, stop, threads that become processes
//   gen_server.hpp   servers: flow.hpp what a callback does next, await.hpp starts and stops that it waits for,
//                    server_ref.hpp calls
//   gen_statem.hpp   servers that are in a state: statem.hpp what they ask for
//   event_manager.hpp  events that go through handlers: gen_event.hpp, event_flow.hpp what a callback does next
//   supervisor.hpp   supervision trees: child_spec.hpp what to start, supervisor_ref.hpp what one has,
//                    start_function.hpp children that a function starts
//   partition_supervisor.hpp  one server as several, each for a part of the keys
//   run.hpp          the top of a program                application.hpp trees that start and stop as one
//   process.hpp      exit signals, sections that block   spawn.hpp       processes from callables
//   message.hpp      send, receive                       call.hpp        calls with terms
//   relation.hpp     links, monitors, aliases, names     timer.hpp       messages after a time
//   task.hpp         functions whose value is awaited    agent.hpp       values that others change
//   reqids.hpp       answers to many requests, as they come
//   ets.hpp          tables that outlive their owner     pg.hpp          process groups
//   registry.hpp     processes by keys                   exception.hpp   result<T>, Error, Exit, Throw
//   dictionary.hpp   what a process keeps for itself     sys.hpp         what a running behaviour is, has and does
//   report.hpp       where reports go, and what they show
//   process_request.hpp  what a callback asks about other processes
//   term.hpp         values: convert.hpp what is one     ids.hpp         pids, references, atoms
//
// Everything about links, exits and restarts is decided in the library; these headers pass on. What they do not offer the C
// functions do, which work beside them.
#pragma once

#include "resprout/agent.hpp"
#include "resprout/application.hpp"
#include "resprout/await.hpp"
#include "resprout/call.hpp"
#include "resprout/child_spec.hpp"
#include "resprout/convert.hpp"
#include "resprout/dictionary.hpp"
#include "resprout/ets.hpp"
#include "resprout/event_flow.hpp"
#include "resprout/event_manager.hpp"
#include "resprout/event_ops.hpp"
#include "resprout/exception.hpp"
#include "resprout/flow.hpp"
#include "resprout/gen_event.hpp"
#include "resprout/gen_server.hpp"
#include "resprout/gen_statem.hpp"
#include "resprout/ids.hpp"
#include "resprout/message.hpp"
#include "resprout/partition_supervisor.hpp"
#include "resprout/pg.hpp"
#include "resprout/process.hpp"
#include "resprout/process_request.hpp"
#include "resprout/registry.hpp"
#include "resprout/relation.hpp"
#include "resprout/report.hpp"
#include "resprout/reqids.hpp"
#include "resprout/run.hpp"
#include "resprout/runtime.hpp"
#include "resprout/server_ops.hpp"
#include "resprout/server_ref.hpp"
#include "resprout/spawn.hpp"
#include "resprout/start_function.hpp"
#include "resprout/statem.hpp"
#include "resprout/supervisor.hpp"
#include "resprout/supervisor_ref.hpp"
#include "resprout/sys.hpp"
#include "resprout/task.hpp"
#include "resprout/term.hpp"
#include "resprout/timeout.hpp"
#include "resprout/timer.hpp"
