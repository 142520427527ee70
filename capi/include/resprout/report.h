/* Reports: what the runtime says of processes that end abnormally, and of supervisors.
 *
 * A report is a map. `report` says which, and what else is in it depends on that:
 *
 *     server_report      pid, registered_name, process_label (of rsp_set_label), module, reason, last_message, client (whose call it was handling), state
 *     crash_report       pid, registered_name, process_label, initial_call, class (of what left its code: error, exit, throw), reason,
 *                        ancestors, message_queue_len, messages (the ten oldest), links (a hundred at most), trap_exit,
 *                        dictionary_size (how many keys it has; nil: none), dictionary (a hundred {Key, Value} at most)
 *     process_error      pid, registered_name, process_label, reason: of a process that is no server
 *     supervisor_report  supervisor, errorContext (start_error, child_terminated, shutdown_error, shutdown), reason,
 *                        decision (what the supervisor does about it: restart, shutdown, or none), offender (the child:
 *                        pid and specification); or errorContext unexpected_message with last_message
 *     progress           supervisor, started (a child as an offender has it): its start has succeeded, the first or a later one.
 *                        Of children of dynamic supervisors there is none
 *     event_handler_report  pid, registered_name, process_label (of the manager), handler, reason, last_message: a handler has failed, and is
 *                        removed
 *     application_report application, exited (the reason), type, decision (shutdown: all applications are stopped; none)
 *     trace_report       pid, registered_name, process_label, event, client, last_message: of a behaviour that rsp_sys_trace traces. `event`
 *                        is what it has taken: call (client is who calls), cast, info, timeout, of a state machine also internal,
 *                        state_timeout, {timeout, Name}; or reply (last_message is the answer, client who gets it); or state_change, with
 *                        from and to in the place of last_message. A state or a name that is neither an atom nor a string is shown where states are, else as '_'
 *     stuck_turn         pid, registered_name, milliseconds (how long the callback had taken when this was told),
 *                        native_stack (where its code was then), system_call
 *
 * What a program's messages and states hold may be nobody else's business, and is left out unless
 * rsp_set_report_contents asks for it: last_message, messages, state and dictionary are not there then, and in the reason of a
 * call that failed '_' stands for the request.
 *
 * A native stack is a list of texts, innermost first, `function+0x1f (module+0x11bf)`,
 * or `module+0x11bf` where the module does not export the function; the offset is what addr2line takes. It is empty
 * where the thread did not answer. Code that waits in a system call which a signal would end is not asked: system_call
 * is the number of that call, else undefined, and the stack is where it was made.
 *
 * The default sink writes each to standard error: a line of what and who, and under it a line for each thing known.
 */
#ifndef RESPROUT_REPORT_H
#define RESPROUT_REPORT_H

#include "resprout/term.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How grave a report is. Values never change. */
typedef enum rsp_report_level {
  RSP_REPORT_INFO = 0,    /* progress */
  RSP_REPORT_NOTICE = 1,  /* trace_report, and an application_report of an end from which nothing follows */
  RSP_REPORT_WARNING = 2, /* stuck_turn, and a server_report of a message that nobody handles */
  RSP_REPORT_ERROR = 3,   /* all others */
  RSP_REPORT_NONE = 4     /* no report has it: for rsp_set_report_level */
} rsp_report_level;

/** Takes a report. Called on workers, several at a time, in no process; must not block, unwind, or free the report,
 * which is lent. */
typedef void (*rsp_report_sink)(void* ctx, rsp_report_level level, rsp_term report);

/** What reports show of a program's data. Values never change. */
typedef enum rsp_report_contents {
  RSP_REPORT_NO_CONTENTS = 0,
  RSP_REPORT_MESSAGES =
      1,                /* messages and requests: terms, and what native payloads say by their `describe` */
  RSP_REPORT_STATES = 2 /* what servers say of their states by format_status, and dictionaries of processes */
} rsp_report_contents;

/** Sets where reports go. The sink before may still be running in another thread when this returns; where memory is short it
 * stays.
 * @ctx     any
 * @blocks  no
 * @param   sink  NULL: the default sink
 * @param   ctx   passed to sink
 * @owns    nothing: ctx must live as long as the OS process, or until a later rsp_set_report_sink and
 * rsp_runtime_stop
 * @since   0.1   @mirrors logger handlers
 */
RSP_API void rsp_set_report_sink(rsp_report_sink sink, void* ctx);

/** Sets the level from which on reports are made: RSP_REPORT_NOTICE until it is called: all but progress. What is below it
 * costs nothing: no report is built, and neither format_status nor a payload's describe is asked for one; last_message is known
 * of messages that came since. What an end comes to is the same.
 * @ctx     any
 * @blocks  no
 * @param   level  RSP_REPORT_NONE: none is made
 * @retval  RSP_OK, RSP_EINVAL (there is no such level; nothing has changed)
 * @owns    nothing
 * @since   0.1   @mirrors logger:set_primary_config(level, Level)   @rule S-REP-6
 */
RSP_API RSP_NODISCARD rsp_result rsp_set_report_level(rsp_report_level level);

/** Sets what reports show of a program's data, from the next message on: RSP_REPORT_NO_CONTENTS until it is called.
 * @ctx     any
 * @blocks  no
 * @param   contents  rsp_report_contents values, or-ed
 * @retval  RSP_OK, RSP_EINVAL (there is no such content; nothing has changed)
 * @owns    nothing
 * @since   0.1   @mirrors format_status/1, which may leave out what nobody should see   @rule S-REP-3
 */
RSP_API RSP_NODISCARD rsp_result rsp_set_report_contents(uint64_t contents);

#ifdef __cplusplus
}
#endif

#endif
