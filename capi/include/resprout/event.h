/* Event managers: gen_event. One process, any number of handlers, each with a state of its own; what is notified to the manager
 * runs through all of them, in the manager's process.
 *
 *     static rsp_next handle_event(rsp_self *self, void *state, rsp_msg *event, rsp_event_return *ret)
 *     {
 *         write_line(state, rsp_msg_term(event));
 *         return RSP_NEXT_CONTINUE;
 *     }
 *     ...
 *     result = rsp_event_start(self, &alarms, NULL, name, NULL);      // or as a child of a supervisor: rsp_event_spec
 *     rsp_event_handler handler = RSP_EVENT_HANDLER_INIT;
 *     handler.ops = &file_log;
 *     handler.args = path;
 *     result = rsp_event_add_handler(self, NULL, alarms, &handler, 5000);
 *     result = rsp_event_notify(self, alarms, event);                 // does not wait
 *
 * A handler is known as its type's name, an atom, or as {Name, Id} where it was added with an id. The newest one runs first. Its
 * callbacks are as those of a server (resprout/server.h): they run on a worker, must not block and must not unwind into C, and
 * return RSP_NEXT_CONTINUE, or what rsp_raise, rsp_exit, rsp_throw or rsp_await returns; RSP_NEXT_STOP is
 * RSP_EVENT_REMOVE_HANDLER. A handler that raises is removed; the manager and the other handlers go on. While one awaits, the
 * others and the next events wait for it.
 *
 * A manager is stopped by rsp_stop: each handler's terminate gets the atom `stop`. One that is to be found by a name is
 * `rsp_whereis(name)`: a free name gives a pid that is all zero, and a call of that fails with noproc. To a manager a cast from
 * elsewhere (rsp_cast_name, rsp_cast_via) is a notification, and a call (rsp_send_request, in a callback) is sync_notify.
 */
#ifndef RESPROUT_EVENT_H
#define RESPROUT_EVENT_H

#include "resprout/server.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A handler to be added. Begin with RSP_EVENT_HANDLER_INIT. */
typedef struct rsp_event_handler {
  size_t size;                     /* sizeof(rsp_event_handler) */
  const struct rsp_event_ops* ops; /* not NULL */
  rsp_term
      id; /* nil: the handler is known as ops->name; else as {Name, Id}, so there can be several. Copied */
  rsp_term args;               /* for init. Copied */
  void* ctx;                   /* lent to init */
  void (*ctx_free)(void* ctx); /* called once, when the handler is gone or was not added; may be NULL */
} rsp_event_handler;

/* clang-format off */
#define RSP_EVENT_HANDLER_INIT {sizeof(rsp_event_handler), NULL, {0, 0}, {0, 0}, NULL, NULL}
/* clang-format on */

/** What a callback of a handler asks for. Values never change. */
typedef enum rsp_event_action {
  RSP_EVENT_OK = 0, /* go on. Of init: {ok, State} */
  RSP_EVENT_REMOVE_HANDLER =
      1, /* of an event, a call, a message: remove this handler; its terminate gets `remove_handler` */
  RSP_EVENT_SWAP_HANDLER =
      2, /* the same: terminate gets ret->args, and what that says goes to the init of ret->handler as
                               {Args, Result}, which then stands in this one's place */
  RSP_EVENT_ERROR = 3, /* of init: {error, Reason}: the handler is not added, for ret->reason */
  RSP_EVENT_BAD_RETURN =
      4 /* for bindings: the callback returned ret->reason, which means nothing: the handler is removed */
} rsp_event_action;

/** What a callback returns beside rsp_next. The runtime owns every term and payload put here once the callback has returned. */
typedef struct rsp_event_return {
  size_t size; /* set by the runtime, as in rsp_server_return */
  rsp_event_action action;
  bool hibernate; /* the manager gives back what memory it can, until the next message */
  void* state;    /* of init: the handler's state, as in rsp_server_return; passed to the other callbacks */
  rsp_term reply; /* of handle_call; or */
  void* reply_native; /* if reply_ops is not NULL: this native payload */
  const rsp_native_ops* reply_ops;
  rsp_term reason; /* of RSP_EVENT_ERROR and RSP_EVENT_BAD_RETURN */
  rsp_term args;   /* of RSP_EVENT_SWAP_HANDLER: for terminate */
  const rsp_event_handler*
      handler; /* the same: what comes in its place. Lives until this callback has returned: static,
                                       or in the state. Its ctx is the runtime's then */
} rsp_event_return;

/** A handler's callbacks: its type. Lives as long as any handler of it. */
typedef struct rsp_event_ops {
  size_t size;      /* sizeof(rsp_event_ops) */
  const char* name; /* of the type: what its handlers are known as. Not NULL, at most 255 characters */
  /** Makes the state, in the manager. Not NULL. `ctx` and `args` are those of the handler, lent. */
  rsp_next (*init)(rsp_self* self, void* ctx, rsp_term args, rsp_event_return* ret);
  /** An event: what was notified. Not NULL. Lent to all handlers: take nothing out of it. */
  rsp_next (*handle_event)(rsp_self* self, void* state, rsp_msg* event, rsp_event_return* ret);
  /** A call of this handler; ret->reply is the answer. NULL: the call fails with undef, which removes the handler. */
  rsp_next (*handle_call)(rsp_self* self, void* state, rsp_msg* request, rsp_event_return* ret);
  /** Any other message of the manager, lent to all handlers. NULL: it is reported. */
  rsp_next (*handle_info)(rsp_self* self, void* state, rsp_msg* msg, rsp_event_return* ret);
  /** Runs before the handler goes: `args` are those of delete_handler or of a swap, or `remove_handler`, `stop` (the manager
   * ends), {stop, Reason} (who has added it with rsp_event_add_sup_handler has ended), {error, {'EXIT', Reason}} (it has raised),
   * {error, X} (it has returned X, which means nothing). *result begins as `ok`; what is put there is the runtime's. May be
   * NULL. */
  rsp_next (*terminate)(rsp_self* self, void* state, rsp_term args, rsp_term* result);
  /** Frees the state, exactly once, after the last callback, at every kind of end. May be NULL. */
  void (*free_state)(void* state);
  /** Says what the state is, for rsp_sys_get_state of the manager (resprout/sys.h) and for reports that show states: the
   * runtime owns the term, nil says nothing. Leave out what nobody should see. May be NULL. */
  rsp_term (*format_status)(rsp_self* self, void* state);
} rsp_event_ops;

/** Says how to start an event manager: as `start` of a child specification, or with rsp_server_start. What else a start may say
 * can be set in it.
 * @ctx     any
 * @blocks  no
 * @param[out] out   filled in as a whole; written only on RSP_OK
 * @param      name  registered; `undefined`: no name
 * @retval  RSP_OK, RSP_EINVAL
 * @owns    nothing
 * @since   0.1   @mirrors gen_event:start_link/1   @rule S-EVT-1
 */
RSP_API RSP_NODISCARD rsp_result rsp_event_spec(rsp_start_spec* out, rsp_atom name);

/** Starts an event manager, which has no handlers.
 * @ctx     process: an attached thread; any with self NULL: then nobody is linked to it, and rsp_runtime_stop stops it
 * @blocks  until it is there
 * @param[out] out         its process; written only on RSP_OK
 * @param[out] error_out   as of rsp_server_start; may be NULL
 * @param      name        registered; `undefined`: no name
 * @param      start_opts  NULL: no link; a monitor is refused with RSP_EINVAL
 * @retval  as of rsp_server_start
 * @owns    the caller frees *error_out
 * @since   0.1   @mirrors gen_event:start/1, start_link/1   @rule S-EVT-1
 */
RSP_API RSP_NODISCARD rsp_result rsp_event_start(rsp_self* self, rsp_pid* out, rsp_term* error_out,
                                                 rsp_atom name, const rsp_start_opts* start_opts);

/** Adds a handler, in front of the others, and waits until its init is done.
 * @ctx     process: an attached thread
 * @blocks  at most timeout_ms
 * @param[out] reason_out  as of rsp_call; and on RSP_EHANDLER what its init said: the R of {error, R}, {'EXIT', R} if it raised,
 * or what it returned; may be NULL
 * @param      manager     a local process; all zero: nobody, which is noproc
 * @param      handler     copied
 * @param      timeout_ms  RSP_INFINITE: no timeout. The handler is added all the same when its turn comes
 * @retval  as of rsp_call; RSP_EHANDLER (it was not added), RSP_ELIMIT (there can be no more atoms for its name)
 * @owns    handler->ctx is the runtime's in every case but RSP_EINVAL; the caller frees *reason_out
 * @since   0.1   @mirrors gen_event:add_handler/3   @rule S-EVT-2
 */
RSP_API RSP_NODISCARD rsp_result rsp_event_add_handler(rsp_self* self, rsp_term* reason_out, rsp_pid manager,
                                                       const rsp_event_handler* handler, uint64_t timeout_ms);

/** The same, and links the caller to the manager: when it ends the handler is removed, and when the handler is removed it is
 * sent {gen_event_EXIT, Handler, Reason}.
 * @ctx     process: an attached thread
 * @blocks  at most timeout_ms
 * @param[out] reason_out  as of rsp_event_add_handler
 * @param      manager     as of rsp_event_add_handler
 * @param      handler     copied
 * @param      timeout_ms  as of rsp_event_add_handler
 * @retval  as of rsp_event_add_handler
 * @owns    as of rsp_event_add_handler
 * @since   0.1   @mirrors gen_event:add_sup_handler/3   @rule S-EVT-8, S-EVT-9
 */
RSP_API RSP_NODISCARD rsp_result rsp_event_add_sup_handler(rsp_self* self, rsp_term* reason_out,
                                                           rsp_pid manager, const rsp_event_handler* handler,
                                                           uint64_t timeout_ms);

/** Removes a handler, and waits until its terminate is done.
 * @ctx     process: an attached thread
 * @blocks  at most timeout_ms
 * @param[out] out         what its terminate said; {'EXIT', Reason} if it raised; may be NULL; written only on RSP_OK
 * @param[out] reason_out  as of rsp_call; on RSP_EMISMATCH module_not_found; may be NULL
 * @param      manager     as of rsp_event_add_handler
 * @param      handler     an atom or {Name, Id}
 * @param      args        for terminate; copied
 * @param      timeout_ms  RSP_INFINITE: no timeout. The handler is removed all the same when its turn comes
 * @retval  as of rsp_call; RSP_EMISMATCH (there is no such handler)
 * @owns    the caller frees *out and *reason_out
 * @since   0.1   @mirrors gen_event:delete_handler/3   @rule S-EVT-4
 */
RSP_API RSP_NODISCARD rsp_result rsp_event_delete_handler(rsp_self* self, rsp_term* out, rsp_term* reason_out,
                                                          rsp_pid manager, rsp_term handler, rsp_term args,
                                                          uint64_t timeout_ms);

/** Puts a handler in the place of another: the new one's init gets {Args, Result}, which are its args and what the old one's
 * terminate said; the atom `error` if there is no old one.
 * @ctx     process: an attached thread
 * @blocks  at most timeout_ms
 * @param[out] reason_out  as of rsp_event_add_handler
 * @param      manager     as of rsp_event_add_handler
 * @param      old         an atom or {Name, Id}
 * @param      args        for the old one's terminate; copied
 * @param      handler     copied; who has added the old one with rsp_event_add_sup_handler has this one then
 * @param      timeout_ms  as of rsp_event_add_handler
 * @retval  as of rsp_event_add_handler
 * @owns    as of rsp_event_add_handler
 * @since   0.1   @mirrors gen_event:swap_handler/3   @rule S-EVT-5
 */
RSP_API RSP_NODISCARD rsp_result rsp_event_swap_handler(rsp_self* self, rsp_term* reason_out, rsp_pid manager,
                                                        rsp_term old, rsp_term args,
                                                        const rsp_event_handler* handler,
                                                        uint64_t timeout_ms);

/** The same, and the new one is the caller's as if added with rsp_event_add_sup_handler.
 * @ctx     process: an attached thread
 * @blocks  at most timeout_ms
 * @param[out] reason_out  as of rsp_event_add_handler
 * @param      manager     as of rsp_event_add_handler
 * @param      old         an atom or {Name, Id}
 * @param      args        for the old one's terminate; copied
 * @param      handler     copied
 * @param      timeout_ms  as of rsp_event_add_handler
 * @retval  as of rsp_event_add_handler
 * @owns    as of rsp_event_add_handler
 * @since   0.1   @mirrors gen_event:swap_sup_handler/3   @rule S-EVT-5, S-EVT-8
 */
RSP_API RSP_NODISCARD rsp_result rsp_event_swap_sup_handler(rsp_self* self, rsp_term* reason_out,
                                                            rsp_pid manager, rsp_term old, rsp_term args,
                                                            const rsp_event_handler* handler,
                                                            uint64_t timeout_ms);

/** Notifies all handlers, and does not wait. Nobody is no error.
 * @ctx     any with self NULL, process, callback
 * @blocks  no
 * @param   manager  as of rsp_event_add_handler
 * @param   event    copied
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOMEM, RSP_EOVERLOAD, RSP_EXITING, RSP_EWRONGTHREAD, RSP_EFORKED
 * @owns    nothing
 * @since   0.1   @mirrors gen_event:notify/2   @rule S-EVT-3
 */
RSP_API RSP_NODISCARD rsp_result rsp_event_notify(rsp_self* self, rsp_pid manager, rsp_term event);

/** The same with a native payload as the event.
 * @ctx     any with self NULL, process, callback
 * @blocks  no
 * @param   manager  as of rsp_event_add_handler
 * @param   payload  passed to ops; may be NULL
 * @param   ops      not NULL, lives as long as the payload
 * @retval  as of rsp_event_notify
 * @owns    payload is the runtime's in every case but RSP_EINVAL
 * @since   0.1   @mirrors gen_event:notify/2   @rule S-EVT-3
 */
RSP_API RSP_NODISCARD rsp_result rsp_event_notify_native(rsp_self* self, rsp_pid manager, void* payload,
                                                         const rsp_native_ops* ops);

/** Notifies all handlers, and waits until all of them have run.
 * @ctx     process: an attached thread; in a callback use rsp_send_request and rsp_await
 * @blocks  at most timeout_ms
 * @param[out] reason_out  as of rsp_call; may be NULL
 * @param      manager     as of rsp_event_add_handler
 * @param      event       copied
 * @param      timeout_ms  RSP_INFINITE: no timeout
 * @retval  as of rsp_call
 * @owns    the caller frees *reason_out
 * @since   0.1   @mirrors gen_event:sync_notify/2   @rule S-EVT-3
 */
RSP_API RSP_NODISCARD rsp_result rsp_event_sync_notify(rsp_self* self, rsp_term* reason_out, rsp_pid manager,
                                                       rsp_term event, uint64_t timeout_ms);

/** The same with a native payload as the event.
 * @ctx     process: an attached thread
 * @blocks  at most timeout_ms
 * @param[out] reason_out  as of rsp_call; may be NULL
 * @param      manager     as of rsp_event_add_handler
 * @param      payload     passed to ops; may be NULL
 * @param      ops         not NULL, lives as long as the payload
 * @param      timeout_ms  RSP_INFINITE: no timeout
 * @retval  as of rsp_call
 * @owns    payload is the runtime's in every case but RSP_EINVAL; the caller frees *reason_out
 * @since   0.1   @mirrors gen_event:sync_notify/2   @rule S-EVT-3
 */
RSP_API RSP_NODISCARD rsp_result rsp_event_sync_notify_native(rsp_self* self, rsp_term* reason_out,
                                                              rsp_pid manager, void* payload,
                                                              const rsp_native_ops* ops, uint64_t timeout_ms);

/** Calls one handler and waits for its answer.
 * @ctx     process: an attached thread
 * @blocks  at most timeout_ms
 * @param[out] out         the answer; written only on RSP_OK
 * @param[out] reason_out  as of rsp_call, where the request shows as nil; on RSP_EMISMATCH bad_module; on RSP_EHANDLER
 * {'EXIT', Reason} if the handler has raised, or what it has returned, which means nothing: it is removed; may be NULL
 * @param      manager     as of rsp_event_add_handler
 * @param      handler     an atom or {Name, Id}
 * @param      request     copied
 * @param      timeout_ms  RSP_INFINITE: no timeout
 * @retval  as of rsp_call; RSP_EMISMATCH (there is no such handler), RSP_EHANDLER (it has failed)
 * @owns    the caller frees *out with rsp_msg_free and *reason_out
 * @since   0.1   @mirrors gen_event:call/4   @rule S-EVT-6, S-EVT-7
 */
RSP_API RSP_NODISCARD rsp_result rsp_event_call(rsp_self* self, rsp_msg** out, rsp_term* reason_out,
                                                rsp_pid manager, rsp_term handler, rsp_term request,
                                                uint64_t timeout_ms);

/** The same with a native payload as the request.
 * @ctx     process: an attached thread
 * @blocks  at most timeout_ms
 * @param[out] out         written only on RSP_OK
 * @param[out] reason_out  as of rsp_event_call
 * @param      manager     as of rsp_event_add_handler
 * @param      handler     an atom or {Name, Id}
 * @param      payload     passed to ops; may be NULL
 * @param      ops         not NULL, lives as long as the payload
 * @param      timeout_ms  RSP_INFINITE: no timeout
 * @retval  as of rsp_event_call
 * @owns    payload is the runtime's in every case but RSP_EINVAL; the caller frees *out and *reason_out
 * @since   0.1   @mirrors gen_event:call/4   @rule S-EVT-6, S-EVT-7
 */
RSP_API RSP_NODISCARD rsp_result rsp_event_call_native(rsp_self* self, rsp_msg** out, rsp_term* reason_out,
                                                       rsp_pid manager, rsp_term handler, void* payload,
                                                       const rsp_native_ops* ops, uint64_t timeout_ms);

/** The handlers of a manager: a list of atoms and {Name, Id}, the newest first.
 * @ctx     process: an attached thread
 * @blocks  at most timeout_ms
 * @param[out] out         written only on RSP_OK
 * @param[out] reason_out  as of rsp_call; may be NULL
 * @param      manager     as of rsp_event_add_handler
 * @param      timeout_ms  RSP_INFINITE: no timeout
 * @retval  as of rsp_call
 * @owns    the caller frees *out and *reason_out
 * @since   0.1   @mirrors gen_event:which_handlers/1   @rule S-EVT-2
 */
RSP_API RSP_NODISCARD rsp_result rsp_event_which_handlers(rsp_self* self, rsp_term* out, rsp_term* reason_out,
                                                          rsp_pid manager, uint64_t timeout_ms);

#ifdef __cplusplus
}
#endif

#endif
