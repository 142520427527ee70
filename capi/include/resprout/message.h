/* Messages: sending, what a received one holds, receiving in an attached thread.
 *
 * A message carries a term, or a native payload: a pointer with the functions that drop and describe it,
 * which moves from owner to owner and never leaves the OS process. Two processes never see one mutable object
 * unless a program shares it on purpose.
 */
#ifndef RESPROUT_MESSAGE_H
#define RESPROUT_MESSAGE_H

#include "resprout/process.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How a native payload is dropped and described. Called on any thread; must not block or unwind; lives as
 * long as payloads do. */
typedef struct rsp_native_ops {
  size_t size; /* sizeof(rsp_native_ops) */
  /** Frees the payload: exactly once, if nobody took it out of its message. */
  void (*drop)(void* payload);
  /** Writes at most `capacity` bytes of UTF-8 for reports, returns the full length. May be NULL. */
  size_t (*describe)(void* payload, char* text, size_t capacity);
} rsp_native_ops;

/** What a message is. Values never change. */
typedef enum rsp_msg_kind {
  RSP_MSG_TERM = 0,   /* a term */
  RSP_MSG_NATIVE = 1, /* a native payload */
  RSP_MSG_CALL =
      2, /* a request: answer rsp_msg_from_call with rsp_reply; carries a term or a native payload */
  RSP_MSG_CAST = 3,  /* a request without answer; the same */
  RSP_MSG_EXIT = 4,  /* a trapped exit signal: rsp_msg_from, rsp_msg_term is the reason */
  RSP_MSG_DOWN = 5,  /* a monitor fired: rsp_msg_ref, rsp_msg_from is who died, rsp_msg_term the reason */
  RSP_MSG_TIMER = 6, /* of rsp_start_timer: rsp_msg_ref is the timer, the payload its message */
  RSP_MSG_SELECT = 7 /* of rsp_select: rsp_msg_ref is the registration, rsp_msg_term what is ready */
} rsp_msg_kind;

/** Whom a reply goes to. A value: it may be copied, stored, and used by any process, once. */
typedef struct rsp_from {
  rsp_pid pid; /* the caller */
  rsp_ref ref; /* its request */
} rsp_from;

/** Sends a term to a process. A dead receiver is no error.
 * @ctx     any with self NULL (the runtime's root is the sender), process, callback
 * @blocks  no
 * @param   to    a local process, dead or alive
 * @param   term  copied (a reference is added)
 * @retval  RSP_OK, RSP_EINVAL (a pid of another node, not a term), RSP_ENOMEM, RSP_EOVERLOAD (the receiver's limit
 * refuses it: rsp_limit_mailbox), RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors erlang:send/2   @rule S-SIG-1..4
 */
RSP_API RSP_NODISCARD rsp_result rsp_send(rsp_self* self, rsp_pid to, rsp_term term);

/** Sends a native payload to a process.
 * @ctx     any with self NULL, process, callback
 * @blocks  no
 * @param   to       a local process, dead or alive
 * @param   payload  passed to ops; may be NULL
 * @param   ops      not NULL, lives as long as the payload
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOMEM, RSP_EOVERLOAD, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    the runtime owns payload, only on RSP_OK; to a dead receiver it is dropped at once
 * @since   0.1   @mirrors erlang:send/2
 */
RSP_API RSP_NODISCARD rsp_result rsp_send_native(rsp_self* self, rsp_pid to, void* payload,
                                                 const rsp_native_ops* ops);

/** Sends a term to whoever has the name now.
 * @ctx     any with self NULL, process, callback
 * @blocks  no
 * @param   name  not `undefined`
 * @param   term  copied
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENONAME, RSP_ENOMEM, RSP_EOVERLOAD, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors erlang:send/2   @rule S-NAME-5
 */
RSP_API RSP_NODISCARD rsp_result rsp_send_name(rsp_self* self, rsp_atom name, rsp_term term);

/** Sends a term through an alias: its owner receives it only if the alias is on by then.
 * @ctx     any with self NULL, process, callback
 * @blocks  no
 * @param   alias  of rsp_alias, or of a monitor made as one; of any local process
 * @param   term   copied
 * @retval  RSP_OK, RSP_EINVAL (not a local reference, not a term), RSP_ENOMEM, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors erlang:send/2   @rule S-ALIAS-1
 */
RSP_API RSP_NODISCARD rsp_result rsp_send_alias(rsp_self* self, rsp_ref alias, rsp_term term);

/** Answers a request, from any process or thread. A second answer, or one that is late, is dropped.
 * @ctx     any with self NULL, process, callback
 * @blocks  no
 * @param   from  of rsp_msg_from_call
 * @param   term  copied
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOMEM, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors gen_server:reply/2   @rule S-SRV-17
 */
RSP_API RSP_NODISCARD rsp_result rsp_reply(rsp_self* self, rsp_from from, rsp_term term);

/** Answers a request with a native payload.
 * @ctx     any with self NULL, process, callback
 * @blocks  no
 * @param   from     of rsp_msg_from_call
 * @param   payload  passed to ops; may be NULL
 * @param   ops      not NULL, lives as long as the payload
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOMEM, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    the runtime owns payload, only on RSP_OK
 * @since   0.1   @mirrors gen_server:reply/2
 */
RSP_API RSP_NODISCARD rsp_result rsp_reply_native(rsp_self* self, rsp_from from, void* payload,
                                                  const rsp_native_ops* ops);

/* ---- What a message holds. All of these take a message that is lent or owned; none of them blocks. ---- */

/** What it is. NULL: RSP_MSG_TERM.
 * @ctx     process, callback
 * @blocks  no
 * @param   msg  lent or owned; may be NULL
 * @owns    nothing
 * @since   0.1
 */
RSP_API rsp_msg_kind rsp_msg_get_kind(const rsp_msg* msg);

/** Who sent it; of EXIT and DOWN: who died. A foreign thread shows as the runtime's root.
 * @ctx     process, callback
 * @blocks  no
 * @param   msg  lent or owned; NULL: no pid
 * @owns    nothing
 * @since   0.1
 */
RSP_API rsp_pid rsp_msg_from(const rsp_msg* msg);

/** The term it carries: payload, or reason of EXIT and DOWN. nil if the payload is native.
 * @ctx     process, callback
 * @blocks  no
 * @param   msg  lent or owned; NULL: nil
 * @owns    nothing: lives as long as the message; rsp_term_copy keeps it
 * @since   0.1
 */
RSP_API rsp_term rsp_msg_term(const rsp_msg* msg);

/** The native payload, still owned by the message; NULL if there is none, or it was of other operations.
 * @ctx     process, callback
 * @blocks  no
 * @param   msg  lent or owned; may be NULL
 * @param   ops  the ones it was sent with: tells the receiver what the pointer is
 * @owns    nothing
 * @since   0.1
 */
RSP_API void* rsp_msg_native(const rsp_msg* msg, const rsp_native_ops* ops);

/** Takes the native payload out of the message.
 * @ctx     process, callback
 * @blocks  no
 * @param   msg  lent or owned; may be NULL
 * @param   ops  as of rsp_msg_native
 * @owns    the caller owns the result; NULL if there is none, or it was of other operations
 * @since   0.1
 */
RSP_API void* rsp_msg_take_native(rsp_msg* msg, const rsp_native_ops* ops);

/** The reference it belongs to: of DOWN the monitor, of TIMER the timer, of SELECT the registration, of a message through an alias that
 * alias. len 0: none.
 * @ctx     process, callback
 * @blocks  no
 * @param   msg  lent or owned; may be NULL
 * @owns    nothing
 * @since   0.1
 */
RSP_API rsp_ref rsp_msg_ref(const rsp_msg* msg);

/** Of a CALL: whom rsp_reply answers.
 * @ctx     process, callback
 * @blocks  no
 * @param   msg  lent or owned; NULL, or another kind: all zero
 * @owns    nothing
 * @since   0.1
 */
RSP_API rsp_from rsp_msg_from_call(const rsp_msg* msg);

/** Of a DOWN: the atom that replaces DOWN (rsp_monitor_opts.tag), or `DOWN`.
 * @ctx     process, callback
 * @blocks  no
 * @param   msg  lent or owned; NULL, or another kind: `undefined`
 * @owns    nothing
 * @since   0.1
 */
RSP_API rsp_atom rsp_msg_tag(const rsp_msg* msg);

/** Of a DOWN of a monitor by name: that name; else `undefined`.
 * @ctx     process, callback
 * @blocks  no
 * @param   msg  lent or owned; may be NULL
 * @owns    nothing
 * @since   0.1
 */
RSP_API rsp_atom rsp_msg_name(const rsp_msg* msg);

/** Frees a received message, and its payload unless that was taken out. Never a message that was lent to a
 * callback.
 * @ctx     any
 * @blocks  no
 * @param   msg  NULL does nothing
 * @owns    msg is gone
 * @since   0.1
 */
RSP_API void rsp_msg_free(rsp_msg* msg);

/* ---- Receiving, in an attached thread ---- */

/** Whether a message is wanted. Must not call the runtime. */
typedef bool (*rsp_match)(const rsp_msg* msg, void* ctx);

typedef struct rsp_receive_opts {
  size_t size;         /* sizeof(rsp_receive_opts) */
  uint64_t timeout_ms; /* 0: look once and never wait; RSP_INFINITE: no timeout */
  rsp_match match;     /* NULL: the oldest message */
  void* match_ctx;
} rsp_receive_opts;

#define RSP_RECEIVE_OPTS_INIT \
  { sizeof(rsp_receive_opts), RSP_INFINITE, NULL, NULL }

/** Takes the oldest message that matches; the others stay, in order. Waits until there is one.
 * @ctx     process: an attached thread
 * @blocks  at most opts->timeout_ms
 * @param[out] out   written only on RSP_OK
 * @param      opts  NULL: the oldest, no timeout
 * @retval  RSP_OK, RSP_EINVAL, RSP_ETIMEDOUT, RSP_EWOULDBLOCK (in a callback), RSP_ERAISED (a C++ exception
 * left opts->match, and is pending), RSP_ENOMEM (the message is a request, and stays where it is), RSP_EXITING,
 * RSP_EWRONGTHREAD
 * @owns    the caller frees *out with rsp_msg_free
 * @since   0.1   @mirrors receive   @rule S-MBOX-1
 */
RSP_API RSP_NODISCARD rsp_result rsp_receive(rsp_self* self, rsp_msg** out, const rsp_receive_opts* opts);

/** Puts a message that the process has received back in front of its mailbox. For a selective receive of the
 * caller's own, which puts what it did not want back, the youngest first.
 * @ctx     process: an attached thread, or a process of a lane
 * @blocks  no
 * @param   msg  of rsp_receive, with its payload still in it; not one that was lent to a callback
 * @retval  RSP_OK, RSP_EINVAL (also of a process on workers: its messages are lent), RSP_EXITING,
 * RSP_EWRONGTHREAD
 * @owns    msg is the runtime's, only on RSP_OK
 * @since   0.1   @rule S-MBOX-1
 */
RSP_API RSP_NODISCARD rsp_result rsp_put_back(rsp_self* self, rsp_msg* msg);

/* ---- Requests ---- */

/** Sends a request to a process, as rsp_call does, and returns: the answer comes through *out. Monitors it
 * meanwhile.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] out   for rsp_await, rsp_receive_response, rsp_abandon_request; written only on RSP_OK
 * @param      to    a local process, dead or alive
 * @param      term  copied
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOMEM, RSP_EOVERLOAD, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors gen_server:send_request/2
 */
RSP_API RSP_NODISCARD rsp_result rsp_send_request(rsp_self* self, rsp_ref* out, rsp_pid to, rsp_term term);

/** The same with a native payload.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] out      written only on RSP_OK
 * @param      to       a local process, dead or alive
 * @param      payload  passed to ops; may be NULL
 * @param      ops      not NULL, lives as long as the payload
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOMEM, RSP_EOVERLOAD, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    the runtime owns payload, only on RSP_OK
 * @since   0.1   @mirrors gen_server:send_request/2
 */
RSP_API RSP_NODISCARD rsp_result rsp_send_request_native(rsp_self* self, rsp_ref* out, rsp_pid to,
                                                         void* payload, const rsp_native_ops* ops);

/** Waits for the answer to one request. Whatever the outcome, monitor and alias have ended: nothing of it
 * comes later.
 * @ctx     process: an attached thread
 * @blocks  at most timeout_ms
 * @param[out] out         the answer: the reply, or a DOWN (RSP_EEXITED); written on RSP_OK and RSP_EEXITED
 * @param      request     of rsp_send_request
 * @param      timeout_ms  0: look once; RSP_INFINITE: no timeout
 * @retval  RSP_OK, RSP_EEXITED (the server ended: *out is its DOWN), RSP_ETIMEDOUT (given up: a late reply is
 * dropped), RSP_EINVAL, RSP_EWOULDBLOCK (in a callback), RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    the caller frees *out with rsp_msg_free
 * @since   0.1   @mirrors gen_server:receive_response/2
 */
RSP_API RSP_NODISCARD rsp_result rsp_receive_response(rsp_self* self, rsp_msg** out, rsp_ref request,
                                                      uint64_t timeout_ms);

/** Gives a request up: nothing of it comes later.
 * @ctx     process, callback
 * @blocks  no
 * @param   request  of rsp_send_request; an unknown one is no error
 * @retval  RSP_OK, RSP_EINVAL, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1
 */
RSP_API RSP_NODISCARD rsp_result rsp_abandon_request(rsp_self* self, rsp_ref request);

/** Sends a cast: a request without an answer. Nothing says whether it arrives.
 * @ctx     any with self NULL, process, callback
 * @blocks  no
 * @param   to    a local process, dead or alive
 * @param   term  copied
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOMEM, RSP_EOVERLOAD, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors gen_server:cast/2   @rule S-SRV-13
 */
RSP_API RSP_NODISCARD rsp_result rsp_cast(rsp_self* self, rsp_pid to, rsp_term term);

/** The same with a native payload.
 * @ctx     any with self NULL, process, callback
 * @blocks  no
 * @param   to       a local process, dead or alive
 * @param   payload  passed to ops; may be NULL
 * @param   ops      not NULL, lives as long as the payload
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOMEM, RSP_EOVERLOAD, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    the runtime owns payload, only on RSP_OK
 * @since   0.1   @mirrors gen_server:cast/2
 */
RSP_API RSP_NODISCARD rsp_result rsp_cast_native(rsp_self* self, rsp_pid to, void* payload,
                                                 const rsp_native_ops* ops);

/* ---- Waiting in a callback ---- */

/** Runs when what was awaited came; msg is NULL when the timeout passed first, else lent until the return. */
typedef rsp_next (*rsp_continuation)(rsp_self* self, rsp_msg* msg, void* ctx);

/** Suspends the calling handler until the answer of one reference: `return rsp_await(self, ref, 1000, next,
 * ctx);`. Meanwhile exit signals are received, all other messages stay queued. Without memory it raises
 * system_limit.
 * @ctx     callback
 * @blocks  no
 * @param   ref           of a request, a monitor, an alias, rsp_alive_request or rsp_process_info_request
 * @param   timeout_ms    RSP_INFINITE: no timeout
 * @param   continuation  runs on a worker, with ctx
 * @param   ctx           passed to continuation
 * @retval  RSP_NEXT_AWAIT, or RSP_NEXT_RAISE (an argument is malformed, or memory is short)
 * @owns    nothing: ctx is the caller's
 * @since   0.1
 */
RSP_API RSP_NODISCARD rsp_next rsp_await(rsp_self* self, rsp_ref ref, uint64_t timeout_ms,
                                         rsp_continuation continuation, void* ctx);

#ifdef __cplusplus
}
#endif

#endif
