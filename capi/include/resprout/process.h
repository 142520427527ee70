/* Processes: spawn, identity, exit, exit signals.
 *
 * A process made here is a handler: a callback for each message, run on a worker. It keeps no stack between
 * messages, so it must not wait inside; to wait for one answer it returns rsp_await (resprout/message.h).
 *
 *     static rsp_next echo(rsp_self *self, rsp_msg *msg, void *state)
 *     {
 *         (void)state;
 *         if (rsp_send(self, rsp_msg_from(msg), rsp_msg_term(msg)) != RSP_OK)
 *             return RSP_NEXT_STOP;
 *         return RSP_NEXT_CONTINUE;
 *     }
 *
 * Every call with a `self` is a checkpoint: exit signals are received there. A process that is to die gets
 * RSP_EXITING from this call and all later ones; it returns from its callback, and what it returns does not
 * matter any more.
 */
#ifndef RESPROUT_PROCESS_H
#define RESPROUT_PROCESS_H

#include "resprout/lane.h"
#include "resprout/runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A message, lent to a callback or owned by who received it: resprout/message.h. */
typedef struct rsp_msg rsp_msg;

/** What a callback wants next. */
typedef enum rsp_next {
  RSP_NEXT_CONTINUE = 0, /* the next message */
  RSP_NEXT_STOP = 1,     /* end with reason normal */
  RSP_NEXT_RAISE = 2,    /* end with the pending exception: what rsp_raise, rsp_exit and rsp_throw return */
  RSP_NEXT_AWAIT = 3     /* what rsp_await returns */
} rsp_next;

/** A process's code. Runs on a worker; must not block; must not unwind (C++ exceptions are caught and become
 * the exit reason). */
typedef rsp_next (*rsp_handler)(rsp_self* self, rsp_msg* msg, void* state);

/** When an alias goes off by itself. */
typedef enum rsp_alias_mode {
  RSP_ALIAS_NONE = 0,      /* a monitor without alias */
  RSP_ALIAS_EXPLICIT = 1,  /* only by rsp_unalias */
  RSP_ALIAS_DEMONITOR = 2, /* with its monitor */
  RSP_ALIAS_REPLY = 3 /* with the first message through it, which ends the monitor too; or with the monitor */
} rsp_alias_mode;

/** What happens to the message that is too many for a mailbox with limits. Signals, trapped exits, DOWN, replies and
 * everything else that comes through an alias, what the process's own timers send and messages of rsp_start_timer neither
 * count nor are ever stopped. Other messages, requests and casts count. */
typedef enum rsp_overflow {
  RSP_OVERFLOW_REFUSE = 0,      /* nothing is sent, and the sender gets RSP_EOVERLOAD */
  RSP_OVERFLOW_DROP_NEWEST = 1, /* it is dropped; the sender does not learn of it */
  RSP_OVERFLOW_DROP_OLDEST =
      2, /* the oldest are dropped for it, at the receiver's next checkpoint: up to twice the
                                   limit may wait until then, and beyond that the newest is dropped */
  RSP_OVERFLOW_EXIT =
      3 /* the receiver ends with reason {limit, mailbox}, which it cannot trap; this is told as
                           a report */
} rsp_overflow;

typedef struct rsp_spawn_opts {
  size_t size;          /* sizeof(rsp_spawn_opts) */
  bool link;            /* atomically linked to the caller */
  bool monitor;         /* atomically monitored by the caller: *monitor_out */
  bool trap_exit;       /* its trap_exit flag from the start */
  rsp_alias_mode alias; /* of the monitor */
  rsp_atom tag;         /* replaces DOWN in the monitor's message */
  rsp_handler start;    /* runs first, before any message, with msg NULL; may be NULL */
  rsp_lane* lane;       /* runs on this lane; NULL: on workers */
  uint64_t stall_ms; /* ends with reason stalled when a callback has not returned, nor called the runtime, for
                           about so long; not in a blocking section. 0: never. Not on a lane */
  uint64_t max_message_bytes; /* limits of its mailbox, as of rsp_limit_mailbox; 0: none */
  uint32_t max_messages;
  rsp_overflow overflow;
  /* It is pinned to this worker: 1 to the number of workers (rsp_runtime_stats). 0: whichever is free. A worker is not a
   * thread: another one drives it while a callback blocks or does not return. Not on a lane. */
  uint64_t worker;
} rsp_spawn_opts;

/* clang-format off */
#define RSP_SPAWN_OPTS_INIT \
  {sizeof(rsp_spawn_opts), false, false, false, RSP_ALIAS_NONE, {0}, NULL, NULL, 0, 0, 0, RSP_OVERFLOW_REFUSE, 0}
/* clang-format on */

/** Makes a process. It exists and can be sent to when the call returns.
 * @ctx     process, callback; any with self NULL: then the runtime's root is its creator, and link and
 * monitor are refused
 * @blocks  no
 * @param[out] out          its pid; written only on RSP_OK
 * @param[out] monitor_out  the monitor's reference if opts->monitor, else may be NULL
 * @param      opts         NULL: the defaults
 * @param      handler      called for each message
 * @param      state        passed to every callback
 * @param      state_free   called exactly once when no more code of the process will run; may be NULL
 * @retval  RSP_OK, RSP_EINVAL (also: there is no worker opts->worker), RSP_ENOTPROCESS (self NULL with link or monitor),
 * RSP_ELIMIT, RSP_ENOMEM, RSP_ESTOPPED, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    the process owns state, only on RSP_OK
 * @since   0.1   @mirrors erlang:spawn_opt/2   @rule S-PROC-1..3
 */
RSP_API RSP_NODISCARD rsp_result rsp_spawn(rsp_self* self, rsp_pid* out, rsp_ref* monitor_out,
                                           const rsp_spawn_opts* opts, rsp_handler handler, void* state,
                                           void (*state_free)(void* state));

/** The calling process's pid.
 * @ctx     process, callback; with self NULL, or of another thread, the result is no pid
 * @blocks  no
 * @owns    nothing
 * @since   0.1   @mirrors erlang:self/0
 */
RSP_API rsp_pid rsp_self_pid(const rsp_self* self);

/** The process whose code runs on this thread: the callback's, or the one the thread attached. NULL: none.
 * @ctx     any
 * @blocks  no
 * @owns    nothing
 * @since   0.1
 */
RSP_API rsp_self* rsp_current(void);

/** Sends an exit signal.
 * @ctx     any with self NULL (the runtime's root is the sender), process, callback
 * @blocks  no
 * @param   to      dead: nothing happens
 * @param   reason  copied; the atom kill cannot be trapped
 * @retval  RSP_OK, RSP_EINVAL (not a local pid, not a term), RSP_ENOMEM, RSP_EXITING (also when it was sent
 * to oneself and is fatal), RSP_EWRONGTHREAD, RSP_ESTOPPED (never after a runtime ran: the signal is dropped
 * then)
 * @owns    nothing
 * @since   0.1   @mirrors erlang:exit/2   @rule S-EXIT-8..16
 */
RSP_API RSP_NODISCARD rsp_result rsp_exit_signal(rsp_self* self, rsp_pid to, rsp_term reason);

/** Sets whether exit signals become messages.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] previous_out  the former value; may be NULL; written only on RSP_OK
 * @param      on            the new value
 * @retval  RSP_OK, RSP_EINVAL, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors erlang:process_flag(trap_exit, _)   @rule S-PROC-4
 */
RSP_API RSP_NODISCARD rsp_result rsp_trap_exit(rsp_self* self, bool* previous_out, bool on);

/** Limits the mailbox of the calling process, from now on; a process may also be made with limits. What waits already
 * counts if it counted when it came.
 * @ctx     process, callback
 * @blocks  no
 * @param   max_messages       messages that may wait; 0: no limit. What is being handled does not wait
 * @param   max_message_bytes  bytes that they may occupy: 128 for each, and what its term occupies, a shared part as
 * often as it occurs; of a native payload the runtime knows no size. In steps of 16, at most 64 GiB; 0: no limit
 * @param   overflow           what happens to one that is too many
 * @retval  RSP_OK, RSP_EINVAL (self is NULL, overflow is none), RSP_ENOMEM, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @rule S-MBOX-3, S-MBOX-6..9
 */
RSP_API RSP_NODISCARD rsp_result rsp_limit_mailbox(rsp_self* self, uint32_t max_messages,
                                                   uint64_t max_message_bytes, rsp_overflow overflow);

/** Whether a process is behind: at its last checkpoint a thousand messages waited in its mailbox, and it has not come
 * down to half of that since. Whoever goes on sending to it gives way to others by itself, if it runs on a worker; a
 * thread may choose to wait. A send never fails for it.
 * @ctx     any
 * @blocks  no
 * @param   pid  a local process, dead or alive
 * @owns    nothing; false for what is dead or no local pid
 * @since   0.1   @rule S-MBOX-10
 */
RSP_API bool rsp_is_pressed(rsp_pid pid);

/** A checkpoint for code that computes for long: receives signals.
 * @ctx     process, callback
 * @blocks  no
 * @retval  RSP_OK, RSP_EINVAL, RSP_EXITING (return from the callback), RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @rule S-SIG-5
 */
RSP_API RSP_NODISCARD rsp_result rsp_checkpoint(rsp_self* self);

/** Counts work that the runtime does not see, so that the turn ends sooner. A turn has 4,000 reductions: a message
 * received takes 10 of them, one sent 40, and when none is left the process gives way to the others behind the callback
 * that runs. A callback that has done more than most says how much more, some 400 being a microsecond; one that says
 * 4,000 yields. It is not interrupted by it, and on a thread that made itself a process it means nothing.
 * @ctx     process, callback
 * @blocks  no
 * @param   reductions  to take off this turn; more than are left take them all, and nothing of the next turn
 * @retval  RSP_OK, RSP_EINVAL (self is NULL), RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors erlang:bump_reductions/1   @rule S-PROC-12
 */
RSP_API RSP_NODISCARD rsp_result rsp_bump_reductions(rsp_self* self, uint32_t reductions);

/** Declares that the code of this process is going to block, or to compute for long without a call. Until
 * rsp_blocking_end another thread runs the other processes of this worker, and `self` can call nothing: a call with
 * NULL for `self` is one of a foreign thread. Messages wait. Exit signals are served at once: one that is fatal
 * ends the process there and then, for all others; its code is a *zombie* until it returns, with its state and its
 * message still there. A section that is still open when the callback returns, raises or is left by an exception ends
 * then.
 * @ctx     process, callback
 * @blocks  no
 * @retval  RSP_OK, RSP_EINVAL (self is NULL, or awaits), RSP_EXITING, RSP_EALREADY (it is in a section),
 * RSP_EWOULDBLOCK (it runs on a lane: its thread is the lane's), RSP_ELIMIT (no further thread can be had: nothing
 * was begun), RSP_ENOMEM, RSP_EWRONGTHREAD, RSP_EFORKED
 * @owns    nothing
 * @since   0.1   @rule S-NAT-3
 */
RSP_API RSP_NODISCARD rsp_result rsp_blocking_begin(rsp_self* self);

/** Ends the section.
 * @ctx     process, callback: the thread that began it
 * @blocks  until signals that are being served are
 * @retval  RSP_OK, RSP_EINVAL (self is NULL), RSP_EXITING (return from the callback), RSP_EWRONGTHREAD (this thread is
 * in no section of self), RSP_EFORKED
 * @owns    nothing
 * @since   0.1   @rule S-NAT-3
 */
RSP_API RSP_NODISCARD rsp_result rsp_blocking_end(rsp_self* self);

/** Whether a process lives, after all earlier signals of the caller to it were received.
 * @ctx     process; in a callback only when the answer is known at once, else RSP_EWOULDBLOCK: see
 * rsp_alive_request
 * @blocks  until the process answers at its next checkpoint, at most timeout_ms
 * @param[out] out         written only on RSP_OK
 * @param      pid         a local process, dead or alive
 * @param      timeout_ms  RSP_INFINITE: no timeout
 * @retval  RSP_OK, RSP_EINVAL (NULL, or a pid of another node), RSP_ETIMEDOUT, RSP_EWOULDBLOCK, RSP_ENOMEM,
 * RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors erlang:is_process_alive/1   @rule S-PROC-9
 */
RSP_API RSP_NODISCARD rsp_result rsp_is_alive(rsp_self* self, bool* out, rsp_pid pid, uint64_t timeout_ms);

/** Asks the same; the answer is a boolean message through *out, for rsp_await.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] out  written only on RSP_OK
 * @param      pid  a local process, dead or alive
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOMEM, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @rule S-PROC-9
 */
RSP_API RSP_NODISCARD rsp_result rsp_alive_request(rsp_self* self, rsp_ref* out, rsp_pid pid);

/** What a process says about itself: a map with the keys registered_name, label, links, monitors, monitored_by,
 * message_queue_len, trap_exit, ancestors, parent, dictionary (a list of {Key, Value}: resprout/dictionary.h), timers,
 * aliases, status. nil if it is dead.
 * @ctx     process; a callback asks with rsp_process_info_request
 * @blocks  until the process answers at its next checkpoint, at most timeout_ms
 * @param[out] out         written only on RSP_OK
 * @param      pid         a local process, dead or alive
 * @param      timeout_ms  RSP_INFINITE: no timeout
 * @retval  RSP_OK, RSP_EINVAL, RSP_ETIMEDOUT, RSP_EWOULDBLOCK (in a callback), RSP_ENOMEM, RSP_EXITING,
 * RSP_EWRONGTHREAD
 * @owns    the caller frees *out
 * @since   0.1   @mirrors erlang:process_info/1
 */
RSP_API RSP_NODISCARD rsp_result rsp_process_info(rsp_self* self, rsp_term* out, rsp_pid pid,
                                                  uint64_t timeout_ms);

/** Asks the same; the answer is a message through *out, for rsp_await.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] out  written only on RSP_OK
 * @param      pid  a local process, dead or alive
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOMEM, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1
 */
RSP_API RSP_NODISCARD rsp_result rsp_process_info_request(rsp_self* self, rsp_ref* out, rsp_pid pid);

/** Says what the calling process is, for people who look at it: in what rsp_process_info says of it (label), and in reports
 * (process_label). The runtime makes nothing of it, and several processes may have the same.
 * @ctx     process, callback
 * @blocks  no
 * @param   label  any term, copied, in place of the one before; nil: none
 * @retval  RSP_OK, RSP_EINVAL (self is NULL, not a term), RSP_ENOMEM, RSP_EXITING, RSP_EWRONGTHREAD, RSP_EFORKED
 * @owns    nothing: label stays the caller's
 * @since   0.1   @mirrors proc_lib:set_label/1   @rule S-PROC-13
 */
RSP_API RSP_NODISCARD rsp_result rsp_set_label(rsp_self* self, rsp_term label);

/** The label of the calling process. That of another one is in what rsp_process_info says.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] out  nil: it has none; written only on RSP_OK
 * @retval  RSP_OK, RSP_EINVAL (self or out is NULL), RSP_EXITING, RSP_EWRONGTHREAD, RSP_EFORKED
 * @owns    the caller frees *out
 * @since   0.1   @mirrors proc_lib:get_label/1   @rule S-PROC-13
 */
RSP_API RSP_NODISCARD rsp_result rsp_get_label(rsp_self* self, rsp_term* out);

/** Suspends a process: none of its code runs until it is resumed, and none does when this returns. It receives signals:
 * it ends by exit signals and kill, messages wait, timers send. What it was suspended by resumes it when that ends. Of
 * several suspensions, also by one process, each is to be taken back.
 * @ctx     process; a callback asks with rsp_suspend_request
 * @blocks  until the callback that runs has returned, a thread of a lane waits, or timeout_ms are over
 * @param      pid         a local process, not the caller
 * @param      timeout_ms  RSP_INFINITE: no timeout
 * @retval  RSP_OK, RSP_ENOPROC (it is dead), RSP_EINVAL (the caller, the root, a thread that has attached itself, a pid of
 * another node), RSP_ETIMEDOUT, RSP_EWOULDBLOCK (in a callback), RSP_ENOMEM, RSP_EXITING, RSP_EWRONGTHREAD; with any but
 * RSP_OK nothing is suspended
 * @owns    nothing
 * @since   0.1   @mirrors erlang:suspend_process/1   @rule S-SUSP-1
 */
RSP_API RSP_NODISCARD rsp_result rsp_suspend(rsp_self* self, rsp_pid pid, uint64_t timeout_ms);

/** Asks for the same; the answer is a message through *out, for rsp_await: true when none of its code runs, false if it is
 * dead, nil of a thread. Before it the process may still run. rsp_resume takes it back, also unanswered: then nil comes.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] out  written only on RSP_OK
 * @param      pid  a local process, not the caller
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOMEM, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors erlang:suspend_process/2   @rule S-SUSP-1
 */
RSP_API RSP_NODISCARD rsp_result rsp_suspend_request(rsp_self* self, rsp_ref* out, rsp_pid pid);

/** Takes one suspension back that the caller has made. The process runs when nobody suspends it any more.
 * @ctx     process, callback
 * @blocks  no
 * @param      pid  a local process, dead or alive
 * @retval  RSP_OK, RSP_ENOPROC (the caller suspends no such process: it never did, has resumed it, or it is dead),
 * RSP_EINVAL, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors erlang:resume_process/1   @rule S-SUSP-3
 */
RSP_API RSP_NODISCARD rsp_result rsp_resume(rsp_self* self, rsp_pid pid);

/** A fresh reference, unique in the run.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] out  written only on RSP_OK
 * @retval  RSP_OK, RSP_EINVAL, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors erlang:make_ref/0
 */
RSP_API RSP_NODISCARD rsp_result rsp_make_ref(rsp_self* self, rsp_ref* out);

#ifdef __cplusplus
}
#endif

#endif
