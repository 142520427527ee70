/* Starting and stopping processes in a callback, which must not block: it suspends, and goes on in a continuation.
 *
 *     static rsp_next started(rsp_self *self, const rsp_outcome *outcome, void *ctx)
 *     {
 *         if (outcome->result != RSP_OK) return rsp_exit(self, outcome->error);
 *         ((struct pool *)ctx)->worker = outcome->pid;
 *         return RSP_NEXT_CONTINUE;
 *     }
 *     static rsp_next init(rsp_self *self, void *ctx, rsp_term args, rsp_server_return *ret)
 *     {
 *         rsp_start_spec worker = RSP_START_SPEC_INIT;
 *         worker.ops = &worker_ops;
 *         rsp_start_opts opts = RSP_START_OPTS_INIT;
 *         opts.link = true;
 *         ret->state = ctx;
 *         return rsp_await_start(self, &worker, &opts, started, ctx);
 *     }
 *
 * Any callback may do so: a handler, each callback of a server (init and terminate, too), a start function of a
 * supervisor's child. A continuation may wait again. A process on a lane and an attached thread block instead:
 * rsp_server_start, rsp_supervisor_start, rsp_stop.
 *
 * If the process ends while it waits, the continuation never runs, and what it was starting ends: through the link, or, not
 * linked, by a kill.
 */
#ifndef RESPROUT_AWAIT_H
#define RESPROUT_AWAIT_H

#include "resprout/supervisor.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a start or a stop came to. Lent to the continuation. */
typedef struct rsp_outcome {
  size_t size; /* set by the runtime, as in rsp_server_return */
  rsp_result
      result; /* RSP_OK: it is started, or has stopped; else what the blocking function would return, and no code
                        for a malformed argument: for that the process raises */
  rsp_pid pid;     /* of a start, with RSP_OK */
  rsp_ref monitor; /* of a start with opts->monitor, with RSP_OK */
  rsp_term error;  /* the E of {error, E}; of a stop, with RSP_EEXITED, the actual reason; else nil */
} rsp_outcome;

/** Runs when a start or a stop is over. Part of the callback that waited: it returns what that could. */
typedef rsp_next (*rsp_outcome_continuation)(rsp_self* self, const rsp_outcome* outcome, void* ctx);

/** Starts a server, or a plain process, and suspends the calling callback until its init is done: `return
 * rsp_await_start(...);`. Meanwhile exit signals are received, all messages stay queued.
 * @ctx     callback
 * @blocks  no
 * @param   spec          copied: args and strings too; no start function
 * @param   opts          as of rsp_server_start; NULL: the defaults
 * @param   continuation  runs on a worker, with ctx
 * @param   ctx           passed to continuation
 * @retval  RSP_NEXT_AWAIT: outcome->result will be RSP_OK, RSP_EIGNORE, RSP_EEXITED, RSP_ENAMETAKEN, RSP_ETIMEDOUT,
 * RSP_ELIBRARY, RSP_ENOMEM, RSP_ELIMIT or RSP_ESTOPPED. RSP_NEXT_RAISE: the error badarg (an argument is malformed, there
 * is no worker spec->worker, or the caller cannot wait) or the exit system_limit (memory is short)
 * @owns    spec->ctx is the runtime's, whatever is returned, unless spec cannot be read; ctx is the caller's
 * @since   0.1   @mirrors gen_server:start/4, start_link/4, start_monitor/4   @rule S-START-8, S-START-9
 */
RSP_API RSP_NODISCARD rsp_next rsp_await_start(rsp_self* self, const rsp_start_spec* spec,
                                               const rsp_start_opts* opts,
                                               rsp_outcome_continuation continuation, void* ctx);

/** The same for a supervisor, until its children are up.
 * @ctx     callback
 * @blocks  no
 * @param   spec          copied, children and strings too
 * @param   opts          as of rsp_supervisor_start: a monitor is malformed; NULL: the defaults
 * @param   continuation  runs on a worker, with ctx
 * @param   ctx           passed to continuation
 * @retval  as of rsp_await_start; outcome->result may be RSP_ESPEC, too: the error names the field
 * @owns    spec->ctx and each child's ctx is the runtime's, as of rsp_await_start; ctx is the caller's
 * @since   0.1   @mirrors supervisor:start_link/2, start_link/3   @rule S-START-8, S-START-9
 */
RSP_API RSP_NODISCARD rsp_next rsp_await_start_supervisor(rsp_self* self, const rsp_supervisor_spec* spec,
                                                          const rsp_start_opts* opts,
                                                          rsp_outcome_continuation continuation, void* ctx);

/** Stops a server or supervisor in order, and suspends the calling callback until it is gone: `return
 * rsp_await_stop(...);`. Meanwhile exit signals are received, all messages stay queued.
 * @ctx     callback
 * @blocks  no
 * @param   pid           a local process, dead or alive
 * @param   reason        copied
 * @param   timeout_ms    RSP_INFINITE: no timeout
 * @param   continuation  runs on a worker, with ctx
 * @param   ctx           passed to continuation
 * @retval  RSP_NEXT_AWAIT: outcome->result will be RSP_OK (it ended with exactly this reason), RSP_EEXITED (with another,
 * noproc if it did not exist), RSP_ETIMEDOUT or RSP_ECALLINGSELF. RSP_NEXT_RAISE: the error badarg (an argument is
 * malformed, or the caller cannot wait) or the exit system_limit (memory is short)
 * @owns    nothing: ctx is the caller's
 * @since   0.1   @mirrors gen_server:stop/3   @rule S-SRV-28, S-START-8
 */
RSP_API RSP_NODISCARD rsp_next rsp_await_stop(rsp_self* self, rsp_pid pid, rsp_term reason,
                                              uint64_t timeout_ms, rsp_outcome_continuation continuation,
                                              void* ctx);

#ifdef __cplusplus
}
#endif

#endif
