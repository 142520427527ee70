/* Erlang/OTP fault tolerance for native programs: all of it.
 *
 *   result.h      codes that calls return            term.h        values that messages are made of
 *   ids.h         pids, references, atoms            runtime.h     start, stop, threads that become processes
 *   process.h     spawn, exit signals                message.h     send, receive, requests
 *   relation.h    links, monitors, aliases           name.h        registered names
 *   timer.h       messages after a time              exception.h   raise and catch
 *   server.h      servers                            supervisor.h  supervision trees
 *   report.h      reports of what ended abnormally   lane.h        processes on threads of a binding's own
 *   api.h         all functions as a table, for native children
 */
#ifndef RESPROUT_RESPROUT_H
#define RESPROUT_RESPROUT_H

#include "resprout/api.h"
#include "resprout/exception.h"
#include "resprout/ids.h"
#include "resprout/lane.h"
#include "resprout/message.h"
#include "resprout/name.h"
#include "resprout/process.h"
#include "resprout/relation.h"
#include "resprout/report.h"
#include "resprout/result.h"
#include "resprout/runtime.h"
#include "resprout/server.h"
#include "resprout/supervisor.h"
#include "resprout/term.h"
#include "resprout/timer.h"

#endif
