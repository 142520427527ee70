/* Supervisors: processes that start children, restart them from a clean state when they end, and give up in
 * order when that does not help.
 *
 *     rsp_child_spec children[2] = {RSP_CHILD_SPEC_INIT, RSP_CHILD_SPEC_INIT};
 *     children[0].start.ops = &cache_ops;
 *     children[1].start.library = "./libdecoder.so";
 *     children[1].start.symbol = "decoder";
 *     rsp_supervisor_opts opts = RSP_SUPERVISOR_OPTS_INIT;           // one_for_one, 3 restarts in 5 s
 *     rsp_pid sup;
 *     rsp_result result = rsp_supervisor_start(NULL, &sup, NULL, children, 2, &opts, NULL);
 *
 * Children start in the order given, each when the one before is up, and stop in reverse. A supervisor runs
 * no user code.
 */
#ifndef RESPROUT_SUPERVISOR_H
#define RESPROUT_SUPERVISOR_H

#include "resprout/server.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rsp_child_type {
  RSP_CHILD_DEFAULT = 0, /* worker; supervisor if the child is a list of children */
  RSP_CHILD_WORKER = 1,
  RSP_CHILD_SUPERVISOR = 2
} rsp_child_type;

typedef enum rsp_strategy {
  RSP_ONE_FOR_ONE = 0,  /* a child that ends is restarted alone */
  RSP_ONE_FOR_ALL = 1,  /* all others are stopped, last first, and then all are started in order */
  RSP_REST_FOR_ONE = 2, /* those after it are stopped, last first; then it and they are started in order */
  /* Dynamic supervisors: children come and go while it runs, have no id but their pid, and are forgotten when they end for
   * good. Each that ends is restarted alone; all are stopped at once. */
  RSP_SIMPLE_ONE_FOR_ONE =
      3,          /* it has one specification; rsp_supervisor_start_child_args starts one more of these */
  RSP_DYNAMIC = 4 /* Elixir's DynamicSupervisor: it has none; rsp_supervisor_start_child brings one */
} rsp_strategy;

/** When a supervisor ends because significant children have: with `shutdown`, after it has stopped the others. A child that
 * is stopped by a call or with its group has not ended by itself, and one that is restarted has not ended. */
typedef enum rsp_auto_shutdown {
  RSP_AUTO_SHUTDOWN_NEVER = 0,           /* there can be no significant children */
  RSP_AUTO_SHUTDOWN_ANY_SIGNIFICANT = 1, /* as soon as one has ended by itself */
  RSP_AUTO_SHUTDOWN_ALL_SIGNIFICANT = 2  /* when one has, and no other one has a process */
} rsp_auto_shutdown;

/** What a supervisor does. Begin with RSP_SUPERVISOR_OPTS_INIT. */
typedef struct rsp_supervisor_opts {
  size_t size;            /* sizeof(rsp_supervisor_opts) */
  rsp_strategy strategy;  /* one_for_one */
  rsp_atom name;          /* registered before anything starts; `undefined`: none */
  int64_t max_restarts;   /* restarts within period_ms that pass: 3. One more ends the supervisor */
  int64_t period_ms;      /* 5000. OTP's period, Elixir's and Python's max_seconds */
  uint64_t auto_shutdown; /* an rsp_auto_shutdown: never. Of RSP_DYNAMIC nothing else */
  uint64_t max_children;  /* of RSP_DYNAMIC: how many there may be, restarting ones included; 0: any number */
  rsp_term
      extra_arguments; /* of RSP_DYNAMIC: a list that stands before the args of each child, copied; nil: none */
} rsp_supervisor_opts;

/* clang-format off */
#define RSP_SUPERVISOR_OPTS_INIT \
  {sizeof(rsp_supervisor_opts), RSP_ONE_FOR_ONE, {0}, 3, 5000, RSP_AUTO_SHUTDOWN_NEVER, 0, {0, 0}}
/* clang-format on */

struct rsp_supervisor_spec;

/** How long a supervisor waits before it starts a child again: min_ms, and each time factor times as long, up to max_ms. The
 * supervisor does everything else meanwhile; the child is `restarting`. Begin with RSP_BACKOFF_INIT. */
typedef struct rsp_backoff {
  size_t size;     /* sizeof(rsp_backoff) */
  uint64_t min_ms; /* at least 1 */
  uint64_t max_ms; /* at least min_ms */
  double factor;   /* at least 1 */
  double jitter;   /* from 0 to 1: the part of each delay that chance takes off */
  uint64_t
      reset_after_ms; /* a child that was up for so long has behaved well: it begins with min_ms again; 0: max_ms */
} rsp_backoff;

/* clang-format off */
#define RSP_BACKOFF_INIT {sizeof(rsp_backoff), 100, 30000, 2.0, 0.1, 0}
/* clang-format on */

/** One child. Begin with RSP_CHILD_SPEC_INIT. */
typedef struct rsp_child_spec {
  size_t size;          /* sizeof(rsp_child_spec); of an array's first element also the step to the next */
  rsp_term id;          /* unique in its supervisor; nil: the name of the type (ops->name, symbol, the child's
                           registered name) */
  rsp_start_spec start; /* what to run; or */
  const struct rsp_supervisor_spec* supervisor; /* a supervisor with children of its own */
  rsp_child_type type;
  rsp_restart restart;
  rsp_shutdown shutdown;
  uint64_t shutdown_ms; /* of RSP_SHUTDOWN_TIMEOUT */
  uint64_t significant; /* 1: its end may end the supervisor (rsp_auto_shutdown); not of a permanent child */
  rsp_atom
      via_registry; /* as in rsp_start_opts, at each start: the registry is a child before it, or of a tree above */
  rsp_term via_key;
  uint64_t
      fatal; /* 1: where it would be started again its supervisor ends, in order; not of a temporary child */
  const rsp_backoff*
      backoff; /* copied; NULL: it is started again at once. Not of a temporary or fatal child */
} rsp_child_spec;

/* clang-format off */
#define RSP_CHILD_SPEC_INIT \
  {sizeof(rsp_child_spec), {0, 0}, RSP_START_SPEC_INIT, NULL, RSP_CHILD_DEFAULT, RSP_RESTART_DEFAULT, \
   RSP_SHUTDOWN_DEFAULT, 0, 0, {0}, {0, 0}, 0, NULL}
/* clang-format on */

/** A callback supervisor's init fills this in. Everything is copied when init returns; ctx of each child
 * becomes the runtime's. */
typedef struct rsp_supervisor_init {
  size_t size;              /* set by the runtime, as in rsp_server_return */
  rsp_supervisor_opts opts; /* set to RSP_SUPERVISOR_OPTS_INIT; the name here does not count */
  const rsp_child_spec* children;
  size_t child_count;
  bool ignore;        /* start returns ignore */
  bool bad_return;    /* for bindings: init returned bad_value, which means nothing */
  rsp_term bad_value; /* the runtime owns it */
} rsp_supervisor_init;

/** A supervisor as a child, or to be started: a list of children, or a callback whose init returns them. */
typedef struct rsp_supervisor_spec {
  size_t size;                    /* sizeof(rsp_supervisor_spec) */
  const char* module;             /* for reports and as the default id; may be NULL */
  const rsp_child_spec* children; /* copied, ctx of each child becomes the runtime's */
  size_t child_count;
  rsp_supervisor_opts opts;
  /** Runs before any child, in a short process of its own, again at each restart of the supervisor. NULL:
   * `children` and `opts` count. */
  rsp_next (*init)(rsp_self* self, void* ctx, rsp_term args, rsp_supervisor_init* out);
  rsp_term args; /* copied */
  void* ctx;     /* lent to init */
  void (*ctx_free)(void* ctx);
  /** Runs after the runtime has copied what init put into `out`, in the same process. May be NULL. */
  void (*init_done)(void* ctx, rsp_supervisor_init* out);
  rsp_lane* lane; /* of the process that runs init; NULL: a worker */
  uint64_t
      partitions; /* not 0: a PartitionSupervisor (resprout/partition.h), with so many copies of its one child, whose ids
                          are 0, 1, 2, ...; it has a name, no init, no auto_shutdown, and is not dynamic */
  uint64_t with_partition; /* 1: the args of each copy, a list, end in its number */
} rsp_supervisor_spec;

/** As many partitions as the runtime has workers. */
#define RSP_PARTITIONS_AS_WORKERS UINT64_MAX

/* clang-format off */
#define RSP_SUPERVISOR_SPEC_INIT \
  {sizeof(rsp_supervisor_spec), NULL, NULL, 0, RSP_SUPERVISOR_OPTS_INIT, NULL, {0, 0}, NULL, NULL, NULL, NULL, 0, 0}
/* clang-format on */

/** Starts a supervisor over a list of children, and waits until all are up.
 * @ctx     process: an attached thread; any with self NULL: then nobody is linked to it, and rsp_runtime_stop
 * stops it
 * @blocks  until the children are up, or those that were are stopped again
 * @param[out] out          written only on RSP_OK
 * @param[out] error_out    as of rsp_server_start; of a child that fails {shutdown, {failed_to_start_child,
 * Id, E}}; of a malformed specification {start_spec, E}, of malformed options {supervisor_data, E}; may be
 * NULL
 * @param      children     copied: ctx of each becomes the runtime's
 * @param      child_count  how many
 * @param      opts         NULL: the defaults
 * @param      start_opts   NULL: no link, no timeout; a monitor is refused with RSP_EINVAL
 * @retval  as of rsp_server_start; RSP_ESPEC (error_out names the field)
 * @owns    each child's ctx is the runtime's, but for RSP_EINVAL; the caller frees *error_out
 * @since   0.1   @mirrors supervisor:start_link/2   @rule S-SUP-1..13
 */
RSP_API RSP_NODISCARD rsp_result rsp_supervisor_start(rsp_self* self, rsp_pid* out, rsp_term* error_out,
                                                      const rsp_child_spec* children, size_t child_count,
                                                      const rsp_supervisor_opts* opts,
                                                      const rsp_start_opts* start_opts);

/** The same for a specification, which may be a callback supervisor.
 * @ctx     process: an attached thread; any with self NULL
 * @blocks  as rsp_supervisor_start
 * @param[out] out         written only on RSP_OK
 * @param[out] error_out   as of rsp_supervisor_start; {bad_return, {Module, init, V}}
 * @param      spec        copied, children and strings too
 * @param      start_opts  as of rsp_supervisor_start
 * @retval  as of rsp_supervisor_start
 * @owns    as of rsp_supervisor_start, and spec->ctx
 * @since   0.1   @mirrors supervisor:start_link/3
 */
RSP_API RSP_NODISCARD rsp_result rsp_supervisor_start_spec(rsp_self* self, rsp_pid* out, rsp_term* error_out,
                                                           const rsp_supervisor_spec* spec,
                                                           const rsp_start_opts* start_opts);

/** Starts one more child, at the end of the order. Of an RSP_DYNAMIC supervisor its id does not matter, and a child whose
 * init says ignore is forgotten.
 * @ctx     process: an attached thread; a callback asks with rsp_supervisor_start_child_request
 * @blocks  until the child is up, at most timeout_ms
 * @param[out] out         the child; all zero if its init said ignore; written only on RSP_OK
 * @param[out] error_out   {already_started, Pid}, already_present, max_children, simple_one_for_one (that one has its
 * specification), what is wrong with this one, why the start failed; may be NULL; written on RSP_EEXITED and RSP_ESPEC
 * @param      supervisor  its pid
 * @param      child       copied
 * @param      timeout_ms  RSP_INFINITE: no timeout
 * @retval  RSP_OK, RSP_EEXITED (refused or failed, or the supervisor ended), RSP_ESPEC, RSP_ETIMEDOUT,
 * RSP_EINVAL, RSP_EWOULDBLOCK, RSP_ENOMEM, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    child->start.ctx is the runtime's, but for RSP_EINVAL; the caller frees *error_out
 * @since   0.1   @mirrors supervisor:start_child/2
 */
RSP_API RSP_NODISCARD rsp_result rsp_supervisor_start_child(rsp_self* self, rsp_pid* out, rsp_term* error_out,
                                                            rsp_pid supervisor, const rsp_child_spec* child,
                                                            uint64_t timeout_ms);

/** Asks a supervisor for one more child, as rsp_supervisor_start_child does, and returns: the answer is a message through
 * *out, for rsp_await, or the DOWN of the supervisor. Its term is {ok, Pid} when the child is up; {ok, Pid, Info}, of a start
 * function that says so; {ok, undefined} if its init said ignore, of an RSP_DYNAMIC supervisor `ignore`; {error, E}, with E as
 * in error_out there; `system_limit` or `error`, where the supervisor had no memory for one of these. A request that is
 * given up is served all the same.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] out         for rsp_await, rsp_receive_response, rsp_abandon_request; written only on RSP_OK
 * @param[out] error_out   what is wrong with the specification; may be NULL; written on RSP_ESPEC
 * @param      supervisor  a local process, dead or alive
 * @param      child       copied
 * @retval  RSP_OK, RSP_ESPEC, RSP_EINVAL, RSP_ENOMEM, RSP_EOVERLOAD, RSP_EXITING, RSP_EWRONGTHREAD; with any but RSP_OK nothing
 * is asked
 * @owns    child->start.ctx is the runtime's, but for RSP_EINVAL; the caller frees *error_out
 * @since   0.1   @mirrors supervisor:start_child/2   @rule S-SUP-58
 */
RSP_API RSP_NODISCARD rsp_result rsp_supervisor_start_child_request(rsp_self* self, rsp_ref* out,
                                                                    rsp_term* error_out, rsp_pid supervisor,
                                                                    const rsp_child_spec* child);

/** Starts one more child of an RSP_SIMPLE_ONE_FOR_ONE supervisor, from the specification that it has.
 * @ctx     process: an attached thread; in a callback send the request {start_child, Args} with rsp_send_request
 * @blocks  until the child is up, at most timeout_ms
 * @param[out] out         the child; all zero if its init said ignore; written only on RSP_OK
 * @param[out] error_out   {invalid_child_spec, Args}: it is another kind of supervisor, or this is no list; {invalid_mfa, Args}:
 * the child takes no arguments (a handler, a supervisor without init); why the start failed; may be NULL; written on RSP_EEXITED
 * @param      supervisor  its pid
 * @param      args        a list that is appended to the specification's args at each start of this child; nil: none. Copied
 * @param      timeout_ms  RSP_INFINITE: no timeout
 * @retval  as of rsp_supervisor_restart_child
 * @owns    the caller frees *error_out
 * @since   0.1   @mirrors supervisor:start_child/2   @rule S-SUP-45
 */
RSP_API RSP_NODISCARD rsp_result rsp_supervisor_start_child_args(rsp_self* self, rsp_pid* out,
                                                                 rsp_term* error_out, rsp_pid supervisor,
                                                                 rsp_term args, uint64_t timeout_ms);

/** rsp_supervisor_start_child, and what the start function of the child says of it: {ok, Pid, Info}.
 * @ctx     process: an attached thread; a callback asks with rsp_supervisor_start_child_request
 * @blocks  until the child is up, at most timeout_ms
 * @param[out] out         as of rsp_supervisor_start_child
 * @param[out] info_out    Info; nil: there is none; may be NULL; written only on RSP_OK
 * @param[out] error_out   as of rsp_supervisor_start_child
 * @param      supervisor  its pid
 * @param      child       copied
 * @param      timeout_ms  RSP_INFINITE: no timeout
 * @retval  as of rsp_supervisor_start_child
 * @owns    as of rsp_supervisor_start_child; the caller frees *info_out
 * @since   0.1   @mirrors supervisor:start_child/2   @rule S-SUP-46
 */
RSP_API RSP_NODISCARD rsp_result rsp_supervisor_start_child_info(rsp_self* self, rsp_pid* out,
                                                                 rsp_term* info_out, rsp_term* error_out,
                                                                 rsp_pid supervisor,
                                                                 const rsp_child_spec* child,
                                                                 uint64_t timeout_ms);

/** rsp_supervisor_start_child_args, and what the start function of the child says of it.
 * @ctx     process: an attached thread; in a callback send the request {start_child, Args} with rsp_send_request
 * @blocks  until the child is up, at most timeout_ms
 * @param[out] out         as of rsp_supervisor_start_child_args
 * @param[out] info_out    as of rsp_supervisor_start_child_info
 * @param[out] error_out   as of rsp_supervisor_start_child_args
 * @param      supervisor  its pid
 * @param      args        as of rsp_supervisor_start_child_args
 * @param      timeout_ms  RSP_INFINITE: no timeout
 * @retval  as of rsp_supervisor_restart_child
 * @owns    the caller frees *info_out and *error_out
 * @since   0.1   @mirrors supervisor:start_child/2   @rule S-SUP-46
 */
RSP_API RSP_NODISCARD rsp_result rsp_supervisor_start_child_args_info(rsp_self* self, rsp_pid* out,
                                                                      rsp_term* info_out, rsp_term* error_out,
                                                                      rsp_pid supervisor, rsp_term args,
                                                                      uint64_t timeout_ms);

/** The children in order of start: a list of {Id, Pid or undefined or restarting, worker or supervisor,
 * Module}. Those of a dynamic supervisor come in any order, with the id undefined.
 * @ctx     process: an attached thread; in a callback send the request `which_children` with rsp_send_request
 * @blocks  at most timeout_ms
 * @param[out] out         written only on RSP_OK
 * @param      supervisor  its pid
 * @param      timeout_ms  RSP_INFINITE: no timeout
 * @retval  RSP_OK, RSP_EEXITED (the supervisor ended), RSP_ETIMEDOUT, RSP_EINVAL, RSP_EWOULDBLOCK,
 * RSP_ENOMEM, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    the caller frees *out
 * @since   0.1   @mirrors supervisor:which_children/1
 */
RSP_API RSP_NODISCARD rsp_result rsp_supervisor_which_children(rsp_self* self, rsp_term* out,
                                                               rsp_pid supervisor, uint64_t timeout_ms);

/** How many children there are: a map of `specs`, `active` (with a process), `supervisors` and `workers`.
 * @ctx     process: an attached thread; in a callback send the request `count_children` with rsp_send_request
 * @blocks  at most timeout_ms
 * @param[out] out         written only on RSP_OK
 * @param      supervisor  its pid
 * @param      timeout_ms  RSP_INFINITE: no timeout
 * @retval  as of rsp_supervisor_which_children
 * @owns    the caller frees *out
 * @since   0.1   @mirrors supervisor:count_children/1   @rule S-SUP-39
 */
RSP_API RSP_NODISCARD rsp_result rsp_supervisor_count_children(rsp_self* self, rsp_term* out,
                                                               rsp_pid supervisor, uint64_t timeout_ms);

/** Stops one child, as its specification says, and waits until it is gone. The specification stays (of a temporary child
 * it goes), and nothing starts it again but rsp_supervisor_restart_child and the restart of a group that it is in.
 * @ctx     process: an attached thread; in a callback send the request {terminate_child, Id} with rsp_send_request
 * @blocks  until the child is gone, at most timeout_ms; a timeout leaves the supervisor at it
 * @param[out] error_out   not_found; simple_one_for_one: that one's children are named by their pids; may be NULL; written on
 * RSP_EEXITED
 * @param      supervisor  its pid
 * @param      id          of the child; of a dynamic supervisor's the pid. Borrowed
 * @param      timeout_ms  RSP_INFINITE: no timeout
 * @retval  RSP_OK (also if it was stopped already), RSP_EEXITED (refused, or the supervisor ended), RSP_ETIMEDOUT,
 * RSP_EINVAL, RSP_EWOULDBLOCK, RSP_ENOMEM, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    the caller frees *error_out
 * @since   0.1   @mirrors supervisor:terminate_child/2   @rule S-SUP-35
 */
RSP_API RSP_NODISCARD rsp_result rsp_supervisor_terminate_child(rsp_self* self, rsp_term* error_out,
                                                                rsp_pid supervisor, rsp_term id,
                                                                uint64_t timeout_ms);

/** Starts a child again that is stopped.
 * @ctx     process: an attached thread; in a callback send the request {restart_child, Id} with rsp_send_request
 * @blocks  until the child is up, at most timeout_ms
 * @param[out] out         the child; all zero if its init said ignore; written only on RSP_OK
 * @param[out] error_out   running, restarting, not_found, why the start failed (then it stays stopped);
 * simple_one_for_one, dynamic (those keep no child that is stopped); may be NULL; written on RSP_EEXITED
 * @param      supervisor  its pid
 * @param      id          borrowed
 * @param      timeout_ms  RSP_INFINITE: no timeout
 * @retval  RSP_OK, RSP_EEXITED (refused or failed, or the supervisor ended), RSP_ETIMEDOUT, RSP_EINVAL,
 * RSP_EWOULDBLOCK, RSP_ENOMEM, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    the caller frees *error_out
 * @since   0.1   @mirrors supervisor:restart_child/2   @rule S-SUP-36
 */
RSP_API RSP_NODISCARD rsp_result rsp_supervisor_restart_child(rsp_self* self, rsp_pid* out,
                                                              rsp_term* error_out, rsp_pid supervisor,
                                                              rsp_term id, uint64_t timeout_ms);

/** rsp_supervisor_restart_child, and what the start function of the child says of it.
 * @ctx     process: an attached thread; in a callback send the request {restart_child, Id} with rsp_send_request
 * @blocks  until the child is up, at most timeout_ms
 * @param[out] out         as of rsp_supervisor_restart_child
 * @param[out] info_out    as of rsp_supervisor_start_child_info
 * @param[out] error_out   as of rsp_supervisor_restart_child
 * @param      supervisor  its pid
 * @param      id          borrowed
 * @param      timeout_ms  RSP_INFINITE: no timeout
 * @retval  as of rsp_supervisor_restart_child
 * @owns    the caller frees *info_out and *error_out
 * @since   0.1   @mirrors supervisor:restart_child/2   @rule S-SUP-46
 */
RSP_API RSP_NODISCARD rsp_result rsp_supervisor_restart_child_info(rsp_self* self, rsp_pid* out,
                                                                   rsp_term* info_out, rsp_term* error_out,
                                                                   rsp_pid supervisor, rsp_term id,
                                                                   uint64_t timeout_ms);

/** Forgets the specification of a child that is stopped.
 * @ctx     process: an attached thread; in a callback send the request {delete_child, Id} with rsp_send_request
 * @blocks  at most timeout_ms
 * @param[out] error_out   running, restarting, not_found; simple_one_for_one, dynamic; may be NULL; written on RSP_EEXITED
 * @param      supervisor  its pid
 * @param      id          borrowed
 * @param      timeout_ms  RSP_INFINITE: no timeout
 * @retval  as of rsp_supervisor_terminate_child
 * @owns    the caller frees *error_out
 * @since   0.1   @mirrors supervisor:delete_child/2   @rule S-SUP-37
 */
RSP_API RSP_NODISCARD rsp_result rsp_supervisor_delete_child(rsp_self* self, rsp_term* error_out,
                                                             rsp_pid supervisor, rsp_term id,
                                                             uint64_t timeout_ms);

/** The specification of a child with the defaults filled in: a map of `id`, `start` ({Module, Args}), `module`,
 * `restart`, `shutdown` (brutal_kill, milliseconds or infinity), `significant` and `type`.
 * @ctx     process: an attached thread; in a callback send the request {get_childspec, Id} with rsp_send_request
 * @blocks  at most timeout_ms
 * @param[out] out         written only on RSP_OK
 * @param[out] error_out   not_found; may be NULL; written on RSP_EEXITED
 * @param      supervisor  its pid
 * @param      id          of the child, or the pid of its process; borrowed
 * @param      timeout_ms  RSP_INFINITE: no timeout
 * @retval  as of rsp_supervisor_terminate_child
 * @owns    the caller frees *out and *error_out
 * @since   0.1   @mirrors supervisor:get_childspec/2   @rule S-SUP-40
 */
RSP_API RSP_NODISCARD rsp_result rsp_supervisor_get_childspec(rsp_self* self, rsp_term* out,
                                                              rsp_term* error_out, rsp_pid supervisor,
                                                              rsp_term id, uint64_t timeout_ms);

/** Whether a supervisor would take these children; nothing is started, and nothing of them is kept.
 * @ctx     any
 * @blocks  no
 * @param[out] error_out      {start_spec, E}: what is wrong with the first that it would not; may be NULL
 * @param      children       borrowed
 * @param      child_count    how many
 * @param      auto_shutdown  of the supervisor: which children may be significant
 * @retval  RSP_OK, RSP_ESPEC (error_out names the field), RSP_EINVAL, RSP_ENOMEM
 * @owns    the caller frees *error_out, and keeps each child's ctx
 * @since   0.1   @mirrors supervisor:check_childspecs/2   @rule S-SUP-8, S-SUP-9
 */
RSP_API RSP_NODISCARD rsp_result rsp_supervisor_check_childspecs(rsp_term* error_out,
                                                                 const rsp_child_spec* children,
                                                                 size_t child_count,
                                                                 rsp_auto_shutdown auto_shutdown);

#ifdef __cplusplus
}
#endif

#endif
