/* Tasks: processes that run one function once, whose value is awaited. Elixir's Task and Task.Supervisor.
 *
 *     static rsp_next square(rsp_self *self, void *ctx, rsp_term args, rsp_server_return *ret) {
 *         int64_t n = 0;
 *         if (rsp_term_get_int(&n, args) != RSP_OK) return rsp_error(self, args);
 *         ret->reply = rsp_term_int(n * n);
 *         return RSP_NEXT_STOP;
 *     }
 *     static const rsp_server_ops SQUARE = {.size = sizeof(rsp_server_ops), .name = "square", .run = square};
 *
 *     rsp_start_spec spec = RSP_START_SPEC_INIT;
 *     spec.ops = &SQUARE;
 *     spec.args = rsp_term_int(7);
 *     rsp_task task;
 *     rsp_msg *value;
 *     if (rsp_task_async(self, &task, &spec) == RSP_OK && rsp_task_await(self, &value, NULL, task, 5000) == RSP_OK) {
 *         ...rsp_msg_term(value) is 49...
 *         rsp_msg_free(value);
 *     }
 *
 * A task's type has `name` and `run`, and no callback. `run` is called once, with the ctx and args of the specification. Of
 * what it puts into *ret the reply counts, a term or a native payload: it is the task's value, sent to the owner when `run`
 * returns RSP_NEXT_STOP or RSP_NEXT_CONTINUE; then the task ends with `normal`. It may return rsp_await, as a callback may.
 *
 * The owner is who started the task. The value comes through the task's reference, which monitors it too: rsp_task_await waits
 * for it; in a callback use rsp_await with task.ref, or rsp_check_response with what comes, and then rsp_demonitor with flush,
 * since behind a value there is still the DOWN of its process.
 *
 * As a child of a supervisor a task needs no owner: put its specification into a rsp_child_spec, or give it to
 * rsp_server_start. Its restart is temporary, unless its type or the child's specification says otherwise.
 */
#ifndef RESPROUT_TASK_H
#define RESPROUT_TASK_H

#include "resprout/request.h"
#include "resprout/supervisor.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A task, for its owner. A value: it may be copied, and has nothing that could be freed. */
typedef struct rsp_task {
  rsp_pid pid;
  rsp_ref ref; /* of the value, and the monitor */
} rsp_task;

/** Starts a task that is linked to the caller: the crash of either ends the other, if that does not trap exits.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] out   written only on RSP_OK
 * @param      spec  of a task's type, without a name; copied: args and strings too
 * @retval  RSP_OK, RSP_EINVAL (also: no task's type, a name, no such worker), RSP_ENOMEM, RSP_ELIMIT, RSP_ESTOPPED,
 * RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    spec->ctx is the runtime's in every case but RSP_EINVAL
 * @since   0.1   @mirrors Task.async/1   @rule S-TASK-1
 */
RSP_API RSP_NODISCARD rsp_result rsp_task_async(rsp_self* self, rsp_task* out, const rsp_start_spec* spec);

/** Starts a task as a temporary child of a supervisor, and links it to the caller.
 * @ctx     process: an attached thread
 * @blocks  until the supervisor has started it
 * @param[out] out         written only on RSP_OK
 * @param[out] error_out   as of rsp_supervisor_start_child; may be NULL; written on RSP_EEXITED and RSP_ESPEC
 * @param      supervisor  its pid; mostly of an RSP_DYNAMIC one
 * @param      spec        as of rsp_task_async
 * @retval  RSP_OK, RSP_EEXITED (refused, or the supervisor ended), RSP_EINVAL, RSP_ESPEC, RSP_EWOULDBLOCK (in a callback),
 * RSP_ENOMEM, RSP_ELIMIT, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    spec->ctx is the runtime's in every case but RSP_EINVAL; the caller frees *error_out
 * @since   0.1   @mirrors Task.Supervisor.async/2   @rule S-TASK-8
 */
RSP_API RSP_NODISCARD rsp_result rsp_task_supervisor_async(rsp_self* self, rsp_task* out, rsp_term* error_out,
                                                           rsp_pid supervisor, const rsp_start_spec* spec);

/** The same without the link: the caller only monitors it, and a crash is nothing but its DOWN.
 * @ctx     process: an attached thread
 * @blocks  until the supervisor has started it
 * @param[out] out         written only on RSP_OK
 * @param[out] error_out   as of rsp_task_supervisor_async
 * @param      supervisor  its pid; mostly of an RSP_DYNAMIC one
 * @param      spec        as of rsp_task_async
 * @retval  as of rsp_task_supervisor_async
 * @owns    as of rsp_task_supervisor_async
 * @since   0.1   @mirrors Task.Supervisor.async_nolink/2   @rule S-TASK-8
 */
RSP_API RSP_NODISCARD rsp_result rsp_task_supervisor_async_nolink(rsp_self* self, rsp_task* out,
                                                                  rsp_term* error_out, rsp_pid supervisor,
                                                                  const rsp_start_spec* spec);

/** Waits for a task's value. Whatever the outcome, nothing of the task comes later. It is not stopped at the timeout, and
 * its link stays.
 * @ctx     process: an attached thread; in a callback use rsp_await with task.ref
 * @blocks  at most timeout_ms
 * @param[out] out         the value: rsp_msg_term, rsp_msg_native; written only on RSP_OK
 * @param[out] reason_out  why not: {Reason, {await, Pid, Timeout}}, the exit that a failed await raises; may be NULL; written
 * on RSP_EEXITED and RSP_ETIMEDOUT
 * @param      task        of the caller
 * @param      timeout_ms  0: look once; RSP_INFINITE: no timeout
 * @retval  RSP_OK, RSP_EEXITED (it ended without a value), RSP_ETIMEDOUT (a late value is dropped), RSP_ENOTOWNER, RSP_EINVAL
 * (also: its outcome was taken before), RSP_EWOULDBLOCK (in a callback), RSP_ELIMIT and RSP_ENOMEM (of a lane: it cannot
 * wait now, and the task is given up too), RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    the caller frees *out with rsp_msg_free, and *reason_out
 * @since   0.1   @mirrors Task.await/2   @rule S-TASK-2, S-TASK-3
 */
RSP_API RSP_NODISCARD rsp_result rsp_task_await(rsp_self* self, rsp_msg** out, rsp_term* reason_out,
                                                rsp_task task, uint64_t timeout_ms);

/** Waits for a task's value, and keeps the task when the time is over: it may be asked again.
 * @ctx     process: an attached thread
 * @blocks  at most timeout_ms
 * @param[out] out         the value, or the DOWN of the task (RSP_EEXITED); written on RSP_OK and RSP_EEXITED
 * @param      task        of the caller
 * @param      timeout_ms  0: look once; RSP_INFINITE: no timeout
 * @retval  RSP_OK, RSP_EEXITED, RSP_ETIMEDOUT (it runs still), RSP_ENOTOWNER, RSP_EINVAL (also: its outcome was taken before),
 * RSP_EWOULDBLOCK (in a callback), RSP_ELIMIT and RSP_ENOMEM (of a lane: it cannot wait now), RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    the caller frees *out with rsp_msg_free
 * @since   0.1   @mirrors Task.yield/2   @rule S-TASK-4
 */
RSP_API RSP_NODISCARD rsp_result rsp_task_yield(rsp_self* self, rsp_msg** out, rsp_task task,
                                                uint64_t timeout_ms);

/** Unlinks a task, stops it, and waits until it is gone.
 * @ctx     process: an attached thread
 * @blocks  until it is gone
 * @param[out] out          the value that it had sent, NULL where this call has stopped it, or its DOWN (RSP_EEXITED); written
 * on RSP_OK and RSP_EEXITED
 * @param      task         of the caller
 * @param      how          as of a child: by `shutdown` and after a time by `kill`, or by that at once; 0: after 5000 ms
 * @param      timeout_ms   of RSP_SHUTDOWN_TIMEOUT
 * @retval  RSP_OK, RSP_EEXITED (it had ended, or ended otherwise: `killed` after the time, too), RSP_ENOTOWNER, RSP_EINVAL (also:
 * its outcome was taken before), RSP_EWOULDBLOCK (in a callback), RSP_ENOMEM (it runs on, and may be asked again), RSP_ELIMIT
 * and RSP_ENOMEM (of a lane: it cannot wait now; the task is told, and may be asked again), RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    the caller frees *out with rsp_msg_free
 * @since   0.1   @mirrors Task.shutdown/2   @rule S-TASK-5
 */
RSP_API RSP_NODISCARD rsp_result rsp_task_shutdown(rsp_self* self, rsp_msg** out, rsp_task task,
                                                   rsp_shutdown how, uint64_t timeout_ms);

/** Unlinks a task and lets it run: nothing of it comes later.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] out   the value that has come already, NULL: none, or its DOWN (RSP_EEXITED); written on RSP_OK and
 * RSP_EEXITED
 * @param      task  of the caller
 * @retval  RSP_OK, RSP_EEXITED, RSP_ENOTOWNER, RSP_EINVAL (also: its outcome was taken before), RSP_ENOMEM (nothing has
 * changed), RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    the caller frees *out with rsp_msg_free
 * @since   0.1   @mirrors Task.ignore/1   @rule S-TASK-6
 */
RSP_API RSP_NODISCARD rsp_result rsp_task_ignore(rsp_self* self, rsp_msg** out, rsp_task task);

/* ---- Streams: many tasks, so many at a time ---- */

/** What a stream says to its owner. Values never change. */
typedef enum rsp_task_stream_event {
  RSP_TASK_STREAM_WANTS =
      0, /* an input: rsp_task_stream_supply, or rsp_task_stream_end_input; then ask again */
  RSP_TASK_STREAM_VALUE = 1, /* {ok, V}: the next result is a value */
  RSP_TASK_STREAM_EXIT = 2,  /* {exit, R}: the next result is a reason */
  RSP_TASK_STREAM_DONE = 3   /* every result has been taken: the stream is gone */
} rsp_task_stream_event;

/** Begin with RSP_TASK_STREAM_OPTS_INIT. */
typedef struct rsp_task_stream_opts {
  size_t size;              /* sizeof(rsp_task_stream_opts) */
  uint64_t max_concurrency; /* how many tasks run at a time; 0: as many as there are workers */
  uint64_t timeout_ms;      /* of each task, from its start: 5000; RSP_INFINITE: none */
  bool ordered;             /* results in the order of the inputs (true), or as they come */
  bool link; /* a task that crashes ends the owner, if that did not trap exits when the stream began
                               (true); if not, or if it did, the crash is a result */
  bool
      kill_task; /* a task that has no value in time is killed, and its result is `timeout`; if not (false), the
                               stream ends with {timeout, _} */
  rsp_pid supervisor; /* tasks are its children, as of rsp_task_supervisor_async; all zero: of nobody */
} rsp_task_stream_opts;

/* clang-format off */
#define RSP_TASK_STREAM_OPTS_INIT \
  {sizeof(rsp_task_stream_opts), 0, 5000, true, true, false, {0, 0, 0}}
/* clang-format on */

/** A stream, for its owner. A value, as a task is. */
typedef struct rsp_task_stream {
  rsp_pid pid;
  rsp_pid owner;
} rsp_task_stream;

/** Begins a stream of tasks: a process that takes inputs one at a time, runs a task for each, and gives results back. No input
 * is wanted before a result is asked for, nor earlier than it can run.
 *
 *     rsp_task_stream stream;
 *     rsp_task_stream_event event;
 *     rsp_msg *msg;
 *     if (rsp_task_async_stream(self, &stream, NULL) != RSP_OK) return;
 *     while (rsp_task_stream_next(self, &event, &msg, stream) == RSP_OK && event != RSP_TASK_STREAM_DONE) {
 *         if (event == RSP_TASK_STREAM_WANTS) {
 *             ...rsp_task_stream_supply(self, stream, &spec) or rsp_task_stream_end_input(self, stream)...
 *         } else {
 *             ...rsp_msg_term(msg) is a value or a reason...
 *             rsp_msg_free(msg);
 *         }
 *     }
 *
 * Whoever does not take all results ends it with rsp_task_stream_halt. It ends with its owner, too.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] out   written only on RSP_OK
 * @param      opts  NULL: the defaults
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOMEM, RSP_ELIMIT, RSP_ESTOPPED, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors Task.async_stream/3, Task.Supervisor.async_stream/4, async_stream_nolink/4   @rule S-TASK-10
 */
RSP_API RSP_NODISCARD rsp_result rsp_task_async_stream(rsp_self* self, rsp_task_stream* out,
                                                       const rsp_task_stream_opts* opts);

/** What the stream wants, or its next result, which is waited for.
 * @ctx     process: an attached thread
 * @blocks  until there is one, which the timeouts of the tasks bound
 * @param[out] out      written only on RSP_OK
 * @param[out] msg_out  of RSP_TASK_STREAM_VALUE the value, of RSP_TASK_STREAM_EXIT the reason, else NULL; the DOWN of the stream
 * (RSP_EEXITED), whose reason is {timeout, {async_stream, Timeout}}, what a supervisor has refused a task for, or `noproc` or
 * `normal` where it was done or halted before; written on RSP_OK and RSP_EEXITED
 * @param      stream   of the caller
 * @retval  RSP_OK, RSP_EEXITED, RSP_ENOTOWNER, RSP_EINVAL, RSP_EWOULDBLOCK (in a callback), RSP_ENOMEM and RSP_ELIMIT (of a lane: it
 * cannot wait now; the stream is given up), RSP_EXITING (also: a linked task has crashed), RSP_EWRONGTHREAD
 * @owns    the caller frees *msg_out with rsp_msg_free
 * @since   0.1   @mirrors Enumerable   @rule S-TASK-10..14
 */
RSP_API RSP_NODISCARD rsp_result rsp_task_stream_next(rsp_self* self, rsp_task_stream_event* out,
                                                      rsp_msg** msg_out, rsp_task_stream stream);

/** Gives a stream the input that it wants: a task, which it starts.
 * @ctx     process, callback
 * @blocks  no
 * @param   stream  of the caller; one that has ended is no error
 * @param   spec    as of rsp_task_async
 * @retval  RSP_OK, RSP_EINVAL, RSP_ESPEC (what the type says of a child), RSP_ENOTOWNER, RSP_ENOMEM, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    spec->ctx is the runtime's in every case but RSP_EINVAL
 * @since   0.1   @rule S-TASK-10
 */
RSP_API RSP_NODISCARD rsp_result rsp_task_stream_supply(rsp_self* self, rsp_task_stream stream,
                                                        const rsp_start_spec* spec);

/** Says that there is no input any more.
 * @ctx     process, callback
 * @blocks  no
 * @param   stream  of the caller; one that has ended is no error
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOTOWNER, RSP_ENOMEM, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @rule S-TASK-10
 */
RSP_API RSP_NODISCARD rsp_result rsp_task_stream_end_input(rsp_self* self, rsp_task_stream stream);

/** Ends a stream before its time: its tasks are shut down, by `kill` after 5000 ms, and nothing of them comes later.
 * @ctx     process: an attached thread
 * @blocks  until the stream and its tasks are gone
 * @param   stream  of the caller; one that has ended is no error
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOTOWNER, RSP_EWOULDBLOCK (in a callback), RSP_ENOMEM, RSP_ELIMIT (of a lane: it cannot wait
 * now, and the stream ends without it), RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @rule S-TASK-15
 */
RSP_API RSP_NODISCARD rsp_result rsp_task_stream_halt(rsp_self* self, rsp_task_stream stream);

#ifdef __cplusplus
}
#endif

#endif
