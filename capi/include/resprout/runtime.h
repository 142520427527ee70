/* The runtime: the workers of this OS process, and the threads that become processes.
 *
 * One runtime runs at a time. Pids of an earlier run stay stale for ever. Any thread may start and stop it; a
 * thread that only sends (rsp_send with self NULL) needs nothing else.
 *
 * A child of fork() has the memory of an OS process that ran, and none of its workers: there every call that
 * has to do with processes says RSP_EFORKED.
 */
#ifndef RESPROUT_RUNTIME_H
#define RESPROUT_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resprout/ids.h"
#include "resprout/result.h"
#include "resprout/term.h"

#ifdef __cplusplus
extern "C" {
#endif

/** No timeout. */
#define RSP_INFINITE UINT64_MAX

/** A process as its own code sees it. In a callback: valid until the callback returns, on its thread. From
 * rsp_attach: valid on the thread that attached, until rsp_detach. */
typedef struct rsp_self rsp_self;

typedef struct rsp_runtime_opts {
  size_t size;      /* sizeof(rsp_runtime_opts) */
  uint32_t workers; /* threads that run processes; 0: one for each processor this OS process may use, by its
                             affinity and the quota of its control groups (a container's), rounded up */
  uint32_t max_processes; /* 0: as many as memory holds */
  /* The real-time signal by which a worker's thread is asked for its stack when its code does not return (report
   * stuck_turn); 0: the library takes one that nobody uses; RSP_STACK_SIGNAL_NONE: no thread is asked. */
  int64_t stack_signal;
} rsp_runtime_opts;

#define RSP_STACK_SIGNAL_NONE (-1)

/* clang-format off */
#define RSP_RUNTIME_OPTS_INIT \
  {sizeof(rsp_runtime_opts), 0, 0, 0}
/* clang-format on */

/** Starts the runtime.
 * @ctx     any
 * @blocks  for the start of some threads
 * @param   opts  NULL: the defaults
 * @retval  RSP_OK, RSP_EINVAL (opts->size, workers or stack_signal), RSP_EALREADY (one runs or is stopping), RSP_ENOMEM,
 *          RSP_EOS (threads), RSP_EFORKED, RSP_ETWOCOPIES
 * @owns    nothing
 * @since   0.1
 */
RSP_API RSP_NODISCARD rsp_result rsp_runtime_start(const rsp_runtime_opts* opts);

/** Stops the runtime: servers and supervisors that a thread started, and processes that were spawned by no
 * process, get the exit signal shutdown, the latest first, each after the one before is gone; after the
 * deadline, or when they are gone, every process left is killed; then the workers end.
 * @ctx     any: a foreign or attached thread, whose own process is ended too; not a callback
 * @blocks  until all is ended; after the deadline at most until each callback returns that runs on a lane, and for about
 *          a second for one on a worker, while it cleans up: then it is taken from its thread
 * @param   timeout_ms  for the orderly part; RSP_INFINITE waits as long as it takes
 * @retval  RSP_OK, RSP_ESTOPPED (none runs), RSP_EALREADY (another thread is stopping it), RSP_EWOULDBLOCK
 * (in a callback), RSP_ETIMEDOUT (a callback does not return, or there is no memory for
 * the signals that end the others: call again)
 * @owns    nothing
 * @since   0.1   @mirrors init:stop/0   @rule S-STOP-1..3
 */
RSP_API RSP_NODISCARD rsp_result rsp_runtime_stop(uint64_t timeout_ms);

/** Whether a runtime runs and takes new processes.
 * @ctx     any
 * @blocks  no
 * @owns    nothing
 * @since   0.1
 */
RSP_API bool rsp_runtime_is_running(void);

/** Figures of the runtime, for tests and observers. */
typedef struct rsp_runtime_stats {
  size_t size;              /* sizeof(rsp_runtime_stats) */
  uint64_t processes;       /* alive, attached threads and the runtime's own one included */
  uint64_t workers;         /* threads that run processes */
  uint64_t worker_wake_ups; /* times a worker that had nothing to do went on */
  uint64_t zombies; /* threads whose code has not returned from a process that is dead (rsp_blocking_begin) */
  /* Callbacks that took so long that their worker was given to another thread. Those beyond about 10 ms are
   * reported, too (stuck_turn). */
  uint64_t stuck_turns;
  uint64_t watchdog_wake_ups; /* times the thread that looks for those came out of a sleep */
  uint64_t dropped_messages;  /* by the limits of mailboxes, since the start (rsp_limit_mailbox) */
} rsp_runtime_stats;

/* clang-format off */
#define RSP_RUNTIME_STATS_INIT \
  {sizeof(rsp_runtime_stats), 0, 0, 0, 0, 0, 0, 0}
/* clang-format on */

/** Reads the figures.
 * @ctx     any
 * @blocks  no
 * @param[out] out  begin with RSP_RUNTIME_STATS_INIT; written only on RSP_OK
 * @retval  RSP_OK, RSP_EINVAL (out is NULL or its size is none known), RSP_ESTOPPED
 * @owns    nothing
 * @since   0.1
 */
RSP_API RSP_NODISCARD rsp_result rsp_runtime_get_stats(rsp_runtime_stats* out);

/** Makes the calling thread a process, which may then call everything that blocks. Its messages wait until it
 * receives; its exit signals are served at once, also while the thread is elsewhere.
 * @ctx     any: a foreign thread
 * @blocks  no
 * @param[out] out  the thread's process; written only on RSP_OK
 * @retval  RSP_OK, RSP_EINVAL (out is NULL), RSP_EALREADY (it is one, or runs a callback), RSP_ESTOPPED,
 * RSP_ELIMIT, RSP_ENOMEM
 * @owns    the caller detaches; a thread that ends without it ends its process with reason thread_ended
 * @since   0.1   @rule S-EXIT-7
 */
RSP_API RSP_NODISCARD rsp_result rsp_attach(rsp_self** out);

/** Ends the process of the calling thread with `reason`, unless it is dead already, and gives the handle
 * back.
 * @ctx     process: the thread that attached
 * @blocks  no
 * @param   reason  copied
 * @retval  RSP_OK, RSP_EINVAL (self is NULL, reason is no term), RSP_EWRONGTHREAD
 * @owns    self is gone
 * @since   0.1
 */
RSP_API RSP_NODISCARD rsp_result rsp_detach(rsp_self* self, rsp_term reason);

/** Has the waits of the calling thread's process watched, from now on, for what the thread must not sleep
 * through: an interpreter's signals. While a call waits, `is_over` is asked every `interval_ms`, on this
 * thread; where it says true the wait ends as if its timeout had passed.
 * @ctx     process: the thread that attached
 * @blocks  no
 * @param   interval_ms  at least 1
 * @param   is_over      must not unwind, nor call the runtime with `self`; NULL: watch no longer
 * @param   ctx          passed to is_over
 * @retval  RSP_OK, RSP_EINVAL (self is NULL, interval_ms is 0), RSP_EWRONGTHREAD, RSP_EFORKED
 * @owns    ctx stays the caller's; it is used until the next rsp_watch_waits or rsp_detach
 * @since   0.1
 */
RSP_API RSP_NODISCARD rsp_result rsp_watch_waits(rsp_self* self, uint64_t interval_ms,
                                                 bool (*is_over)(void* ctx), void* ctx);

#ifdef __cplusplus
}
#endif

#endif
