/* Servers: gen_server. A process with a state that answers calls and takes casts, started by the start
 * protocol.
 *
 *     static rsp_next init(rsp_self *self, void *ctx, rsp_term args, rsp_server_return *ret)
 *     {
 *         ret->state = calloc(1, sizeof(struct counter));
 *         return ret->state != NULL ? RSP_NEXT_CONTINUE : rsp_exit(self, no_memory);
 *     }
 *     static rsp_next handle_call(rsp_self *self, void *state, rsp_msg *msg, rsp_from from,
 *                                 rsp_server_return *ret)
 *     {
 *         ret->action = RSP_SERVER_REPLY;
 *         ret->reply = rsp_term_int(++((struct counter *)state)->value);
 *         return RSP_NEXT_CONTINUE;
 *     }
 *
 * A callback fills in `ret`, which begins as "no reply, go on", and returns RSP_NEXT_CONTINUE; or
 * RSP_NEXT_STOP to stop normally; or what rsp_raise, rsp_exit, rsp_throw or rsp_await returns. One that awaits
 * has `ret` until its last continuation has returned, and what stands there then counts. Callbacks of one server never run at the same time. They run on a worker, must not block and must not unwind into C.
 */
#ifndef RESPROUT_SERVER_H
#define RESPROUT_SERVER_H

#include "resprout/message.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a callback asks for. Values never change. */
typedef enum rsp_server_action {
  RSP_SERVER_NOREPLY =
      0, /* go on; of a call: the caller waits, anybody may rsp_reply later. Of init: {ok, State} */
  RSP_SERVER_REPLY = 1, /* of a call: answer ret->reply, go on */
  RSP_SERVER_STOP = 2,  /* stop with ret->reason. Of init: {stop, Reason} */
  RSP_SERVER_STOP_REPLY =
      3, /* of a call: terminate runs, then the answer goes out, then the process ends with ret->reason */
  RSP_SERVER_IGNORE = 4, /* of init: there will be no process, and that is no error */
  RSP_SERVER_ERROR = 5,  /* of init: {error, Reason}: the start fails with ret->reason, quietly */
  RSP_SERVER_BAD_RETURN =
      6 /* for bindings: the callback returned ret->reason, which means nothing: {bad_return_value, it} */
} rsp_server_action;

/** How a server waits for its next message. Values never change. */
typedef enum rsp_server_wait {
  RSP_SERVER_WAIT_FOREVER = 0, /* as long as it takes */
  RSP_SERVER_WAIT_TIMEOUT =
      1, /* if no message of any kind comes within timeout_ms, handle_info gets one: the atom
                                   `timeout`. What is in the mailbox already comes in any time, 0 too */
  RSP_SERVER_WAIT_HIBERNATE =
      2 /* as long as it takes, and gives back what memory it can: for a server that will
                                   not be needed for long */
} rsp_server_wait;

/** What a callback returns beside rsp_next. The runtime owns every term and payload put here once the
 * callback has returned. */
typedef struct rsp_server_return {
  size_t size; /* set by the runtime; RSP_HAS tells a callback whether a member of a later release is there */
  rsp_server_action action;
  rsp_term reply;
  void* reply_native; /* if reply_ops is not NULL the answer is this native payload and not `reply` */
  const rsp_native_ops* reply_ops;
  rsp_term reason;
  bool has_continue; /* handle_continue runs with continue_term before any message, even one that is queued
                        already */
  rsp_term continue_term;
  /** Of init: the server's state, passed to the other callbacks. The runtime's, also where the start fails, unless init raises. */
  void* state;
  rsp_server_wait
      wait; /* of one that goes on, and without has_continue: handle_continue says it itself. Anything else
                           means nothing: bad_return_value */
  uint64_t timeout_ms; /* of RSP_SERVER_WAIT_TIMEOUT, with RSP_INFINITE for no timeout; else 0 */
} rsp_server_return;

/** How a child is treated by its supervisor. 0 is the default of its type, which is permanent unless the type
 * says otherwise. */
typedef enum rsp_restart {
  RSP_RESTART_DEFAULT = 0,
  RSP_RESTART_PERMANENT = 1, /* always restarted */
  RSP_RESTART_TRANSIENT = 2, /* restarted unless it ended with normal, shutdown or {shutdown, _} */
  RSP_RESTART_TEMPORARY = 3  /* never restarted; its specification goes with it */
} rsp_restart;

/** How a child is stopped. 0 is the default of its type: 5000 ms for a worker, infinity for a supervisor. */
typedef enum rsp_shutdown {
  RSP_SHUTDOWN_DEFAULT = 0,
  RSP_SHUTDOWN_BRUTAL_KILL = 1, /* by the exit signal kill */
  RSP_SHUTDOWN_TIMEOUT = 2,     /* by shutdown, and by kill after shutdown_ms */
  RSP_SHUTDOWN_INFINITY = 3     /* by shutdown, however long it takes */
} rsp_shutdown;

/** What happens to a state machine: resprout/statem.h. */
typedef struct rsp_event rsp_event;

/** A server's callbacks: its type. Lives as long as any process of it. */
typedef struct rsp_server_ops {
  size_t size;      /* sizeof(rsp_server_ops) */
  const char* name; /* of the type, for reports and as the default child id; not NULL */
  /** Makes the state, in the new process. `ctx` and `args` are those of the start, lent. One that raises keeps what it has put
   * into ret->state, unless it has waited before: then free_state has it. */
  rsp_next (*init)(rsp_self* self, void* ctx, rsp_term args, rsp_server_return* ret);
  rsp_next (*handle_call)(rsp_self* self, void* state, rsp_msg* msg, rsp_from from, rsp_server_return* ret);
  rsp_next (*handle_cast)(rsp_self* self, void* state, rsp_msg* msg, rsp_server_return* ret);
  rsp_next (*handle_info)(rsp_self* self, void* state, rsp_msg* msg, rsp_server_return* ret);
  rsp_next (*handle_continue)(rsp_self* self, void* state, rsp_term arg, rsp_server_return* ret);
  /** Runs before an orderly end (docs/semantics.md, S-SRV: which ends those are). May return RSP_NEXT_RAISE:
   * that replaces the reason. */
  rsp_next (*terminate)(rsp_self* self, void* state, rsp_term reason);
  /** Frees the state, exactly once, after the last callback, at every kind of end; also of an init with which no server has
   * begun (S-SRV-47). */
  void (*free_state)(void* state);
  rsp_restart restart; /* defaults of a child specification of this type */
  rsp_shutdown shutdown;
  uint64_t shutdown_ms;
  /** Says what the state is, for reports that show states (rsp_set_report_contents), after the last callback: the runtime
   * owns the term, nil says nothing. Leave out what nobody should see. May be NULL. */
  rsp_term (*format_status)(rsp_self* self, void* state);
  /** Of a task's type, in place of all callbacks (resprout/task.h): what it runs, once. */
  rsp_next (*run)(rsp_self* self, void* ctx, rsp_term args, rsp_server_return* ret);
  /** Of a state machine's type, in place of handle_call, handle_cast, handle_info and handle_continue
   * (resprout/statem.h): one event. `data` is what init has put into ret->state. */
  rsp_next (*handle_event)(rsp_self* self, void* data, const rsp_event* event, rsp_server_return* ret);
} rsp_server_ops;

/** The table of all functions, for code that does not link the library: resprout/api.h. */
typedef struct rsp_api rsp_api;

/** What a native child's shared library exports: receives the functions of the library, returns the type of
 * its server. Called at each start of the child, on a worker. NULL makes the start fail. */
typedef const rsp_server_ops* (*rsp_child_entry)(const rsp_api* api);

/** What a start function came to. Values never change. */
typedef enum rsp_start_action {
  RSP_START_OK = 0,     /* {ok, Pid}: ret->pid is the child; {ok, Pid, Info} if ret->info is not nil */
  RSP_START_IGNORE = 1, /* there is no child, and that is no error */
  RSP_START_ERROR = 2,  /* {error, Reason}: the start fails with ret->reason */
  RSP_START_BAD_RETURN =
      3 /* for bindings: the function returned ret->reason, which means nothing: the start fails with it */
} rsp_start_action;

/** What a start function returns beside rsp_next. The runtime owns each term put here once the function has returned. */
typedef struct rsp_start_return {
  size_t size;             /* set by the runtime, as in rsp_server_return */
  rsp_start_action action; /* RSP_START_OK */
  rsp_pid pid;
  rsp_term info; /* for whoever asked for the start, by rsp_supervisor_start_child_info and its kin */
  rsp_term reason;
} rsp_start_return;

/** Starts a child of a supervisor: OTP's {Module, Function, Args}. It runs at each start, in a short process of its own on
 * behalf of the supervisor, and may wait: by rsp_await_start (resprout/await.h) on a worker, by rsp_server_start on a lane.
 * What it starts or spawns linked is linked to the supervisor, which is its parent; any other process that it names is
 * linked to the supervisor then, and a dead one is {error, noproc}. If it fails, or is ended in the middle, all that it
 * has started and spawned is killed. `ctx` and `args` are those of the start, lent. */
typedef rsp_next (*rsp_start_function)(rsp_self* self, void* ctx, rsp_term args, rsp_start_return* ret);

/** What else can be started: rsp_start_spec.more. All-zero means nothing. */
typedef struct rsp_start_more {
  size_t size; /* sizeof(rsp_start_more) */
  rsp_start_function
      function; /* of a supervisor's child; then lane, worker and stall_ms of the specification are of
                                  the process that runs it, and neither name nor limits are set: those are the child's */
  const char*
      function_name; /* for reports and as the default child id; not NULL if function is not; copied */
} rsp_start_more;

/* clang-format off */
#define RSP_START_MORE_INIT \
  {sizeof(rsp_start_more), NULL, NULL}
/* clang-format on */

/** What to start: a type with its arguments. Exactly one of ops, library (with symbol), handler, more->function is set.
 * Begin with RSP_START_SPEC_INIT. */
typedef struct rsp_start_spec {
  size_t size; /* sizeof(rsp_start_spec) */
  const rsp_server_ops* ops;
  const char* library; /* path of a shared library */
  const char* symbol;  /* a function of type rsp_child_entry in it */
  rsp_handler handler; /* a plain process, running at once: gets (self, NULL, ctx) first, then each message */
  rsp_term args;       /* copied; the same for each start */
  void* ctx;           /* lent to init, or the state of a handler; the same for each start */
  void (*ctx_free)(void* ctx); /* called once, when neither a supervisor nor a process of this start needs it;
                                  may be NULL */
  rsp_atom name;               /* registered before init runs; `undefined`: no name */
  rsp_lane* lane;              /* runs on this lane; NULL: on workers */
  uint64_t stall_ms; /* as in rsp_spawn_opts: how long a callback may compute without a call; 0: for ever */
  uint64_t max_message_bytes; /* limits of its mailbox, as of rsp_limit_mailbox; 0: none */
  uint32_t max_messages;
  rsp_overflow overflow;
  uint64_t worker; /* as in rsp_spawn_opts: the worker that it is pinned to; 0: whichever is free */
  const rsp_start_more* more; /* what else can be said; NULL: nothing. Copied */
} rsp_start_spec;

/* clang-format off */
#define RSP_START_SPEC_INIT \
  {sizeof(rsp_start_spec), NULL, NULL, NULL, NULL, {0, 0}, NULL, NULL, {0}, NULL, 0, 0, 0, RSP_OVERFLOW_REFUSE, \
   0, NULL}
/* clang-format on */

typedef struct rsp_start_opts {
  size_t size;         /* sizeof(rsp_start_opts) */
  bool link;           /* start_link: linked to the caller, who is its parent */
  bool monitor;        /* start_monitor: *monitor_out */
  uint64_t timeout_ms; /* for init; RSP_INFINITE by RSP_START_OPTS_INIT */
  rsp_atom
      via_registry; /* {via, Registry, Key}: registered in this registry (resprout/registry.h), whose keys are
                            unique, before init runs; `undefined`: no */
  rsp_term via_key; /* under this key. Copied */
} rsp_start_opts;

/* clang-format off */
#define RSP_START_OPTS_INIT \
  {sizeof(rsp_start_opts), false, false, RSP_INFINITE, {0}, {0, 0}}
/* clang-format on */

/** Starts a server and waits until its init is done.
 * @ctx     process: an attached thread; any with self NULL: then nobody is linked, and link and monitor are
 * refused
 * @blocks  at most opts->timeout_ms, and until a child that failed is gone
 * @param[out] out          the server; written only on RSP_OK
 * @param[out] monitor_out  if opts->monitor, else may be NULL; written only on RSP_OK
 * @param[out] error_out    the E of {error, E}; may be NULL; written on RSP_EEXITED, RSP_ENAMETAKEN,
 * RSP_ETIMEDOUT and RSP_ELIBRARY
 * @param      spec         copied: args and strings too
 * @param      opts         NULL: the defaults
 * @retval  RSP_OK; RSP_EIGNORE (init said ignore); RSP_EEXITED (init failed); RSP_ENAMETAKEN
 * ({already_started, Pid}); RSP_ETIMEDOUT; RSP_EINVAL (also: there is no worker spec->worker), RSP_ENOTPROCESS, RSP_EWOULDBLOCK (in a callback),
 * RSP_ENOMEM, RSP_ELIMIT, RSP_ESTOPPED, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    spec->ctx is the runtime's in every case but RSP_EINVAL; the caller frees *error_out
 * @since   0.1   @mirrors gen_server:start/4, start_link/4, start_monitor/4   @rule S-START-1..7
 */
RSP_API RSP_NODISCARD rsp_result rsp_server_start(rsp_self* self, rsp_pid* out, rsp_ref* monitor_out,
                                                  rsp_term* error_out, const rsp_start_spec* spec,
                                                  const rsp_start_opts* opts);

/** Calls a server and waits for its answer.
 * @ctx     process: an attached thread; in a callback use rsp_send_request and rsp_await
 * @blocks  at most timeout_ms
 * @param[out] out         the answer: rsp_msg_term, rsp_msg_native; written only on RSP_OK
 * @param[out] reason_out  why not: {Reason, {call, Server, Request, Timeout}}, the exit a failed call
 * raises; may be NULL; written on RSP_EEXITED, RSP_ETIMEDOUT, RSP_ECALLINGSELF and RSP_EOVERLOAD
 * @param      server      a local process; what it is does not matter to the call
 * @param      request     copied
 * @param      timeout_ms  RSP_INFINITE: no timeout
 * @retval  RSP_OK; RSP_EEXITED (the server ended, or did not exist: noproc); RSP_ETIMEDOUT (a late answer is
 * dropped); RSP_ECALLINGSELF (in a callback too); RSP_EOVERLOAD (the server's limit refuses it: overload); RSP_EINVAL,
 * RSP_EWOULDBLOCK (in a callback), RSP_ENOMEM, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    the caller frees *out with rsp_msg_free and *reason_out
 * @since   0.1   @mirrors gen_server:call/3   @rule S-SRV-9..12
 */
RSP_API RSP_NODISCARD rsp_result rsp_call(rsp_self* self, rsp_msg** out, rsp_term* reason_out, rsp_pid server,
                                          rsp_term request, uint64_t timeout_ms);

/** The same with a native payload as the request.
 * @ctx     process: an attached thread
 * @blocks  at most timeout_ms
 * @param[out] out         written only on RSP_OK
 * @param[out] reason_out  as of rsp_call; the request shows as nil
 * @param      server      a local process; what it is does not matter to the call
 * @param      payload     passed to ops; may be NULL
 * @param      ops         not NULL, lives as long as the payload
 * @param      timeout_ms  RSP_INFINITE: no timeout
 * @retval  as of rsp_call
 * @owns    payload is the runtime's in every case but RSP_EINVAL; the caller frees *out and *reason_out
 * @since   0.1   @mirrors gen_server:call/3
 */
RSP_API RSP_NODISCARD rsp_result rsp_call_native(rsp_self* self, rsp_msg** out, rsp_term* reason_out,
                                                 rsp_pid server, void* payload, const rsp_native_ops* ops,
                                                 uint64_t timeout_ms);

/** Calls whoever has the name now; a free name is noproc.
 * @ctx     process: an attached thread
 * @blocks  at most timeout_ms
 * @param[out] out         written only on RSP_OK
 * @param[out] reason_out  as of rsp_call
 * @param      server      not `undefined`
 * @param      request     copied
 * @param      timeout_ms  RSP_INFINITE: no timeout
 * @retval  as of rsp_call
 * @owns    as of rsp_call
 * @since   0.1   @mirrors gen_server:call/3
 */
RSP_API RSP_NODISCARD rsp_result rsp_call_name(rsp_self* self, rsp_msg** out, rsp_term* reason_out,
                                               rsp_atom server, rsp_term request, uint64_t timeout_ms);

/** The same with a native payload as the request.
 * @ctx     process: an attached thread
 * @blocks  at most timeout_ms
 * @param[out] out         written only on RSP_OK
 * @param[out] reason_out  as of rsp_call; the request shows as nil
 * @param      server      not `undefined`
 * @param      payload     passed to ops; may be NULL
 * @param      ops         not NULL, lives as long as the payload
 * @param      timeout_ms  RSP_INFINITE: no timeout
 * @retval  as of rsp_call
 * @owns    payload is the runtime's in every case but RSP_EINVAL; the caller frees *out and *reason_out
 * @since   0.1   @mirrors gen_server:call/3
 */
RSP_API RSP_NODISCARD rsp_result rsp_call_name_native(rsp_self* self, rsp_msg** out, rsp_term* reason_out,
                                                      rsp_atom server, void* payload,
                                                      const rsp_native_ops* ops, uint64_t timeout_ms);

/** In init: the start is not over when init is. The server runs, and takes messages; who starts it, a supervisor too, waits on,
 * until rsp_init_ack. For a child that is there for others only when it has done more than an init should.
 * @ctx     callback: init of a server or state machine
 * @blocks  no
 * @retval  RSP_OK, RSP_EINVAL (this is no such init), RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors proc_lib:init_ack/1, called by the process itself   @rule S-START-10
 */
RSP_API RSP_NODISCARD rsp_result rsp_init_ack_later(rsp_self* self);

/** The start of the calling server is over, and went well. One that ends before that has failed to start.
 * @ctx     callback of a server or state machine whose init has called rsp_init_ack_later, but for init and terminate
 * @blocks  no
 * @retval  RSP_OK, RSP_EALREADY (it is over), RSP_EINVAL (this is no such callback), RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors proc_lib:init_ack/1   @rule S-START-10
 */
RSP_API RSP_NODISCARD rsp_result rsp_init_ack(rsp_self* self);

/** Stops a server or supervisor in order: terminate runs, the process ends with `reason`.
 * @ctx     process: an attached thread; any with self NULL
 * @blocks  at most timeout_ms
 * @param[out] reason_out  on RSP_EEXITED the actual reason, noproc if it did not exist; may be NULL
 * @param      pid         a local process, dead or alive
 * @param      reason      copied
 * @param      timeout_ms  RSP_INFINITE: no timeout
 * @retval  RSP_OK (it ended with exactly this reason), RSP_EEXITED (with another), RSP_ETIMEDOUT,
 * RSP_ECALLINGSELF (in a callback too), RSP_EINVAL, RSP_EWOULDBLOCK (in a callback), RSP_ENOMEM, RSP_ELIMIT (self is NULL),
 * RSP_EXITING, RSP_EWRONGTHREAD, RSP_ESTOPPED
 * @owns    the caller frees *reason_out
 * @since   0.1   @mirrors gen_server:stop/3   @rule S-SRV-28
 */
RSP_API RSP_NODISCARD rsp_result rsp_stop(rsp_self* self, rsp_term* reason_out, rsp_pid pid, rsp_term reason,
                                          uint64_t timeout_ms);

#ifdef __cplusplus
}
#endif

#endif
