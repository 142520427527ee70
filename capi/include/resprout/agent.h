/* Agents: a process that holds a value, which others read and change by functions that they send it. The functions run in the
 * agent, one at a time.
 *
 *     static rsp_next increment(rsp_self *self, void *ctx, rsp_agent_state *state, rsp_server_return *ret)
 *     {
 *         int64_t value = 0;
 *         if (rsp_term_get_int(&value, state->term) == RSP_OK) state->term = rsp_term_int(value + 1);
 *         ret->reply = rsp_term_int(value);
 *         return RSP_NEXT_CONTINUE;
 *     }
 *     ...
 *     rsp_agent_opts opts = RSP_AGENT_OPTS_INIT;
 *     opts.state = rsp_term_int(0);
 *     result = rsp_agent_start(self, &counter, NULL, &opts, NULL);      // or as a child of a supervisor: rsp_agent_spec
 *     result = rsp_agent_get_and_update(self, &answer, NULL, counter, 5000, increment, NULL, NULL);
 *
 * A function is a callback of a server (resprout/server.h): it runs on a worker, must not block and must not unwind into C, and
 * returns RSP_NEXT_CONTINUE, or what rsp_raise, rsp_exit, rsp_throw or rsp_await returns. What it raises ends the agent, and
 * so fails the call. For long work take a server.
 *
 * An agent that is to be found by a name is `rsp_whereis(name)`: a free name gives a pid that is all zero, and a call of that
 * fails with noproc.
 */
#ifndef RESPROUT_AGENT_H
#define RESPROUT_AGENT_H

#include "resprout/server.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What an agent holds. What stands here when a function is over is the agent's; what the function has taken out is the
 * function's, to free. */
typedef struct rsp_agent_state {
  size_t size;   /* set by the runtime, as in rsp_server_return */
  rsp_term term; /* the value; or */
  void* native;  /* if ops is not NULL: a native payload, which ops->drop frees when the agent ends */
  const rsp_native_ops* ops; /* lives as long as the agent */
} rsp_agent_state;

/** Makes the value, in the new process. `ctx` and `args` are those of the start, lent. `ret` is as of a server's init, but for
 * ret->state, which is the runtime's. */
typedef rsp_next (*rsp_agent_init)(rsp_self* self, void* ctx, rsp_term args, rsp_agent_state* state,
                                   rsp_server_return* ret);

/** Reads the value. What it puts into ret->reply, or ret->reply_native with its ops, the caller gets. */
typedef rsp_next (*rsp_agent_read)(rsp_self* self, void* ctx, const rsp_agent_state* state,
                                   rsp_server_return* ret);

/** Changes the value, or puts another one in its place. `ret` as of rsp_agent_read; of an update and a cast the reply does not
 * count. */
typedef rsp_next (*rsp_agent_change)(rsp_self* self, void* ctx, rsp_agent_state* state,
                                     rsp_server_return* ret);

/** What to start. Begin with RSP_AGENT_OPTS_INIT. */
typedef struct rsp_agent_opts {
  size_t size;         /* sizeof(rsp_agent_opts) */
  rsp_atom name;       /* registered before init runs; `undefined`: no name */
  rsp_term state;      /* the first value, copied; or */
  rsp_agent_init init; /* makes it, at each start; NULL: `state` counts */
  void* ctx;           /* lent to init; the same for each start */
  void (*ctx_free)(
      void*
          ctx); /* called once, when neither a supervisor nor an agent of this start needs it; may be NULL */
} rsp_agent_opts;

/* clang-format off */
#define RSP_AGENT_OPTS_INIT {sizeof(rsp_agent_opts), {0}, {0, 0}, NULL, NULL, NULL}
/* clang-format on */

/** Says how to start an agent: as `start` of a child specification, or with rsp_server_start. For one of them, once. What else a
 * start may say can be set in it: a lane, limits, args for init.
 * @ctx     any
 * @blocks  no
 * @param[out] out   filled in as a whole; written only on RSP_OK
 * @param      opts  copied
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOMEM, RSP_EFORKED
 * @owns    on RSP_OK opts->ctx belongs to out->ctx, which is the caller's until it is handed over; then, or with
 * out->ctx_free(out->ctx), both go
 * @since   0.1   @mirrors Agent.child_spec/1   @rule S-AGT-1, S-AGT-8
 */
RSP_API RSP_NODISCARD rsp_result rsp_agent_spec(rsp_start_spec* out, const rsp_agent_opts* opts);

/** Starts an agent, and waits until it has its value.
 * @ctx     process: an attached thread; any with self NULL: then nobody is linked to it, and rsp_runtime_stop stops it
 * @blocks  until it is there
 * @param[out] out         its process; written only on RSP_OK
 * @param[out] error_out   as of rsp_server_start; may be NULL
 * @param      opts        copied
 * @param      start_opts  NULL: no link; a monitor is refused with RSP_EINVAL
 * @retval  as of rsp_server_start
 * @owns    opts->ctx is the runtime's in every case but RSP_EINVAL; the caller frees *error_out
 * @since   0.1   @mirrors Agent.start_link/2   @rule S-AGT-1
 */
RSP_API RSP_NODISCARD rsp_result rsp_agent_start(rsp_self* self, rsp_pid* out, rsp_term* error_out,
                                                 const rsp_agent_opts* opts,
                                                 const rsp_start_opts* start_opts);

/** Reads the value of an agent.
 * @ctx     process: an attached thread
 * @blocks  at most timeout_ms
 * @param[out] out         what `read` has put into its ret->reply; written only on RSP_OK
 * @param[out] reason_out  as of rsp_call; the request shows as nil
 * @param      agent       a local process; all zero: nobody, which is noproc
 * @param      timeout_ms  RSP_INFINITE: no timeout. The function runs all the same when its turn comes
 * @param      read        runs in the agent
 * @param      ctx         lent to it
 * @param      ctx_free    called once, when the function is over or will not run; if it awaits, with the next request at the
 * latest; may be NULL
 * @retval  as of rsp_call
 * @owns    ctx is the runtime's in every case but RSP_EINVAL; the caller frees *out with rsp_msg_free and *reason_out
 * @since   0.1   @mirrors Agent.get/3   @rule S-AGT-2, S-AGT-5..7
 */
RSP_API RSP_NODISCARD rsp_result rsp_agent_get(rsp_self* self, rsp_msg** out, rsp_term* reason_out,
                                               rsp_pid agent, uint64_t timeout_ms, rsp_agent_read read,
                                               void* ctx, void (*ctx_free)(void* ctx));

/** Changes the value of an agent, and waits until it has done so.
 * @ctx     process: an attached thread
 * @blocks  at most timeout_ms
 * @param[out] reason_out  as of rsp_agent_get
 * @param      agent       as of rsp_agent_get
 * @param      timeout_ms  as of rsp_agent_get
 * @param      change      runs in the agent
 * @param      ctx         lent to it
 * @param      ctx_free    as of rsp_agent_get
 * @retval  as of rsp_call
 * @owns    ctx is the runtime's in every case but RSP_EINVAL; the caller frees *reason_out
 * @since   0.1   @mirrors Agent.update/3   @rule S-AGT-3, S-AGT-5..7
 */
RSP_API RSP_NODISCARD rsp_result rsp_agent_update(rsp_self* self, rsp_term* reason_out, rsp_pid agent,
                                                  uint64_t timeout_ms, rsp_agent_change change, void* ctx,
                                                  void (*ctx_free)(void* ctx));

/** Changes the value of an agent, and brings something back.
 * @ctx     process: an attached thread
 * @blocks  at most timeout_ms
 * @param[out] out         what `change` has put into its ret->reply; written only on RSP_OK
 * @param[out] reason_out  as of rsp_agent_get
 * @param      agent       as of rsp_agent_get
 * @param      timeout_ms  as of rsp_agent_get
 * @param      change      runs in the agent
 * @param      ctx         lent to it
 * @param      ctx_free    as of rsp_agent_get
 * @retval  as of rsp_call
 * @owns    as of rsp_agent_get
 * @since   0.1   @mirrors Agent.get_and_update/3   @rule S-AGT-3, S-AGT-5..7
 */
RSP_API RSP_NODISCARD rsp_result rsp_agent_get_and_update(rsp_self* self, rsp_msg** out, rsp_term* reason_out,
                                                          rsp_pid agent, uint64_t timeout_ms,
                                                          rsp_agent_change change, void* ctx,
                                                          void (*ctx_free)(void* ctx));

/** Changes the value of an agent, and does not wait. Nobody is no error.
 * @ctx     any with self NULL, process, callback
 * @blocks  no
 * @param   agent     as of rsp_agent_get
 * @param   change    runs in the agent
 * @param   ctx       lent to it
 * @param   ctx_free  as of rsp_agent_get
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOMEM, RSP_EOVERLOAD, RSP_EXITING, RSP_EWRONGTHREAD, RSP_EFORKED
 * @owns    ctx is the runtime's in every case but RSP_EINVAL
 * @since   0.1   @mirrors Agent.cast/2   @rule S-AGT-4
 */
RSP_API RSP_NODISCARD rsp_result rsp_agent_cast(rsp_self* self, rsp_pid agent, rsp_agent_change change,
                                                void* ctx, void (*ctx_free)(void* ctx));

#ifdef __cplusplus
}
#endif

#endif
