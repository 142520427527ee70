/* The top of a program: one supervisor, from the start to the end, and the status the program ends with.
 *
 *     int main(void)
 *     {
 *         rsp_supervisor_spec top = RSP_SUPERVISOR_SPEC_INIT;
 *         top.children = children;
 *         top.child_count = 2;
 *         rsp_run_opts opts = RSP_RUN_OPTS_INIT;
 *         opts.handle_signals = 1;
 *         int status;
 *         if (rsp_run(&status, NULL, &top, &opts) != RSP_OK)
 *             return 1;
 *         return status;
 *     }
 *
 * SIGTERM, SIGINT and rsp_init_stop end it in order: children stop in reverse order, each within its own time and all
 * within stop_timeout_ms. Who is late is killed, and named in a report of its supervisor (shutdown_error). A second
 * signal kills what is left at once.
 */
#ifndef RESPROUT_RUN_H
#define RESPROUT_RUN_H

#include "resprout/supervisor.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rsp_run_opts {
  size_t size;              /* sizeof(rsp_run_opts) */
  uint64_t stop_timeout_ms; /* for the orderly stop of all; RSP_INFINITE: as long as it takes */
  uint64_t
      handle_signals; /* 1: SIGTERM and SIGINT, unless they are ignored, are this function's as long as it runs. On
                               whatever thread they come */
  uint64_t
      notify; /* 1: the service manager that NOTIFY_SOCKET names (systemd) is told READY=1 when all children are up,
                      STOPPING=1, and WATCHDOG=1 in half the time that WATCHDOG_USEC says */
} rsp_run_opts;

/* clang-format off */
#define RSP_RUN_OPTS_INIT \
  {sizeof(rsp_run_opts), 30000, 0, 0}
/* clang-format on */

/** Runs a program: starts a runtime, if none runs, and a supervisor; waits until that has ended or the program is asked to
 * end; stops the runtime, also one that ran before.
 * @ctx     any: a foreign or attached thread, whose own process is ended too; not a callback
 * @blocks  as long as the program runs, and then at most stop_timeout_ms and as rsp_runtime_stop after its deadline
 * @param[out] status_out  what main should return. The top ended by itself: 0 for normal, N for {exit_status, N} (0 to 255), else
 *                         1: also for the `shutdown` of one that gave up. Asked to end: 0, or what rsp_init_stop said; 1 if
 *                         something was late; 128 and the signal's number if a second signal ended it. Any failure: 1
 * @param[out] reason_out  what the top has ended for, or did not start for, as error_out of rsp_supervisor_start; shutdown if the program was
 *                         asked to end; may be NULL; written on RSP_OK, RSP_EEXITED and RSP_ESPEC
 * @param      top         copied: ctx of each child becomes the runtime's
 * @param      opts        NULL: the defaults
 * @retval  RSP_OK; RSP_EEXITED (the top did not start); RSP_ESPEC (reason_out names the field); RSP_EALREADY (another thread runs a program);
 * RSP_EWOULDBLOCK (in a callback); RSP_ETIMEDOUT (stopped but for a callback that does not return, or there is no memory
 * to stop: rsp_runtime_stop goes on with it); RSP_EINVAL; else as of rsp_runtime_start
 * @owns    as of rsp_supervisor_start_spec; the caller frees *reason_out
 * @since   0.1   @mirrors application:start/2 of a permanent application   @rule S-RUN-1..7
 */
RSP_API RSP_NODISCARD rsp_result rsp_run(int* status_out, rsp_term* reason_out,
                                         const rsp_supervisor_spec* top, const rsp_run_opts* opts);

/** Asks for the end of the program: rsp_run stops everything in order, and returns. The first who asks says the status.
 * @ctx     any, in a callback too, and in the handler of a signal
 * @blocks  no
 * @param   status  0 to 255
 * @retval  RSP_OK, RSP_EINVAL, RSP_ESTOPPED (no thread is in rsp_run)
 * @owns    nothing
 * @since   0.1   @mirrors init:stop/1   @rule S-RUN-4
 */
RSP_API RSP_NODISCARD rsp_result rsp_init_stop(int status);

#ifdef __cplusplus
}
#endif

#endif
