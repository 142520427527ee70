/* Reports: what the runtime says of processes that end abnormally, and of supervisors.
 *
 * A report is a map: `report` is crash_report, server_report, supervisor_report, process_error or stuck_turn; the
 * other keys depend on it (pid, registered_name, module, initial_call, reason, ancestors, trap_exit, last_message;
 * of supervisors supervisor, errorContext, reason, offender, last_message; of a stuck turn pid, registered_name,
 * milliseconds, how long the callback had taken when this was told, native_stack, where its code was then, and system_call). A native stack is a list of texts, innermost first, `function+0x1f (module+0x11bf)`,
 * or `module+0x11bf` where the module does not export the function; the offset is what addr2line takes. It is empty
 * where the thread did not answer. Code that waits in a system call which a signal would end is not asked: system_call
 * is the number of that call, else undefined, and the stack is where it was made.
 * The default sink writes one readable line for each to standard error.
 */
#ifndef RESPROUT_REPORT_H
#define RESPROUT_REPORT_H

#include "resprout/term.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rsp_report_level {
  RSP_REPORT_INFO = 0,
  RSP_REPORT_WARNING = 1,
  RSP_REPORT_ERROR = 2
} rsp_report_level;

/** Takes a report. Called on workers, several at a time, in no process; must not block, unwind, or free the report,
 * which is lent. */
typedef void (*rsp_report_sink)(void* ctx, rsp_report_level level, rsp_term report);

/** Sets where reports go. The sink before may still be running in another thread when this returns.
 * @ctx     any
 * @blocks  no
 * @param   sink  NULL: the default sink
 * @param   ctx   passed to sink
 * @owns    nothing: ctx must live as long as the OS process, or until a later rsp_set_report_sink and
 * rsp_runtime_stop
 * @since   0.1   @mirrors logger handlers
 */
RSP_API void rsp_set_report_sink(rsp_report_sink sink, void* ctx);

#ifdef __cplusplus
}
#endif

#endif
