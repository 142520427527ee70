/* Requests that are sent first and answered later: by name, waited for once or again, collected under labels, and to the
 * servers of a name on several nodes. gen_server's send_request, reqids and multi_call.
 *
 *     rsp_reqids *ids;
 *     if (rsp_reqids_new(self, &ids) != RSP_OK) return;
 *     for (int i = 0; i < 3; i++) (void)rsp_reqids_send_request(self, ids, workers[i], job, rsp_term_int(i));
 *     rsp_msg *answer;
 *     rsp_term label;
 *     rsp_result result;
 *     while ((result = rsp_reqids_receive_response(self, &answer, &label, ids, true, 1000)) == RSP_OK ||
 *            result == RSP_EEXITED) {
 *         ...result says whether it is a reply or the worker's DOWN, label which worker...
 *         rsp_msg_free(answer);
 *         rsp_term_free(label);
 *     }
 *     rsp_reqids_free(self, ids);
 *
 * A request has exactly one outcome: its reply, or one DOWN. Either ends it, with its monitor and its alias, when it is
 * received; until somebody waits for it, it is a message in the mailbox as any other. A request that was given up has none.
 * rsp_send_request, rsp_receive_response and rsp_abandon_request are in resprout/message.h.
 */
#ifndef RESPROUT_REQUEST_H
#define RESPROUT_REQUEST_H

#include "resprout/message.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- One request ---- */

/** Sends a request to whoever has the name now. If nobody has it the answer is a DOWN: noproc, with rsp_msg_name.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] out   as of rsp_send_request; written only on RSP_OK
 * @param      name  not `undefined`
 * @param      term  copied
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOMEM, RSP_EOVERLOAD, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors gen_server:send_request/2   @rule S-SRV-43
 */
RSP_API RSP_NODISCARD rsp_result rsp_send_request_name(rsp_self* self, rsp_ref* out, rsp_atom name,
                                                       rsp_term term);

/** The same with a native payload.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] out      written only on RSP_OK
 * @param      name     not `undefined`
 * @param      payload  passed to ops; may be NULL
 * @param      ops      not NULL, lives as long as the payload
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOMEM, RSP_EOVERLOAD, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    the runtime owns payload, only on RSP_OK; to a free name it is dropped at once
 * @since   0.1   @mirrors gen_server:send_request/2
 */
RSP_API RSP_NODISCARD rsp_result rsp_send_request_name_native(rsp_self* self, rsp_ref* out, rsp_atom name,
                                                              void* payload, const rsp_native_ops* ops);

/** Waits for the answer to one request as rsp_receive_response does, but keeps the request when the time is over: it may be
 * waited for again, and its answer may come as a message meanwhile.
 * @ctx     process: an attached thread; in a callback use rsp_await, or rsp_check_response with what comes
 * @blocks  at most timeout_ms
 * @param[out] out         the answer: the reply, or a DOWN (RSP_EEXITED); written on RSP_OK and RSP_EEXITED
 * @param      request     of rsp_send_request
 * @param      timeout_ms  0: look once; RSP_INFINITE: no timeout
 * @retval  RSP_OK, RSP_EEXITED (the server ended: *out is its DOWN), RSP_ETIMEDOUT, RSP_EINVAL (also: it was answered or
 * given up before), RSP_EWOULDBLOCK (in a callback), RSP_ELIMIT and RSP_ENOMEM (of a lane: it cannot wait now),
 * RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    the caller frees *out with rsp_msg_free
 * @since   0.1   @mirrors gen_server:wait_response/2   @rule S-SRV-16
 */
RSP_API RSP_NODISCARD rsp_result rsp_wait_response(rsp_self* self, rsp_msg** out, rsp_ref request,
                                                   uint64_t timeout_ms);

/** Whether a message that was received is the answer to a request. The request is over then.
 * @ctx     process, callback
 * @blocks  no
 * @param   msg      lent or owned
 * @param   request  of rsp_send_request
 * @retval  RSP_OK (the reply), RSP_EEXITED (the DOWN of the server), RSP_EMISMATCH (no_reply: something else), RSP_EINVAL
 * @owns    nothing
 * @since   0.1   @mirrors gen_server:check_response/2   @rule S-SRV-40
 */
RSP_API RSP_NODISCARD rsp_result rsp_check_response(const rsp_msg* msg, rsp_ref request);

/** Whether it is the reply to a request, or the value of a task; rsp_msg_ref says of which one.
 * @ctx     process, callback
 * @blocks  no
 * @param   msg  lent or owned; NULL: false
 * @owns    nothing
 * @since   0.1
 */
RSP_API bool rsp_msg_is_reply(const rsp_msg* msg);

/** Sends a cast to whoever has the name now. A free name is no error, and nothing happens.
 * @ctx     any with self NULL, process, callback
 * @blocks  no
 * @param   name  not `undefined`
 * @param   term  copied
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOMEM, RSP_EOVERLOAD, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors gen_server:cast/2   @rule S-SRV-13
 */
RSP_API RSP_NODISCARD rsp_result rsp_cast_name(rsp_self* self, rsp_atom name, rsp_term term);

/** The same with a native payload.
 * @ctx     any with self NULL, process, callback
 * @blocks  no
 * @param   name     not `undefined`
 * @param   payload  passed to ops; may be NULL
 * @param   ops      not NULL, lives as long as the payload
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOMEM, RSP_EOVERLOAD, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    the runtime owns payload, only on RSP_OK; to a free name it is dropped at once
 * @since   0.1   @mirrors gen_server:cast/2
 */
RSP_API RSP_NODISCARD rsp_result rsp_cast_name_native(rsp_self* self, rsp_atom name, void* payload,
                                                      const rsp_native_ops* ops);

/* ---- Collections of requests ---- */

/** Requests of one process, each under a label. Only the code of that process uses it. */
typedef struct rsp_reqids rsp_reqids;

/** An empty collection of the caller's.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] out  written only on RSP_OK
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOMEM, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    the caller frees *out with rsp_reqids_free
 * @since   0.1   @mirrors gen_server:reqids_new/0   @rule S-SRV-41
 */
RSP_API RSP_NODISCARD rsp_result rsp_reqids_new(rsp_self* self, rsp_reqids** out);

/** Gives up all requests that are in the collection, as rsp_abandon_request does, and frees it. Where its process cannot
 * call (it ends, its code has returned, this is another thread, self is NULL) it is freed all the same: then its requests go
 * on, and if the process lives their answers come as messages.
 * @ctx     any with self NULL, process, callback
 * @blocks  no
 * @param   ids  NULL does nothing
 * @owns    ids is gone
 * @since   0.1   @rule S-SRV-41
 */
RSP_API void rsp_reqids_free(rsp_self* self, rsp_reqids* ids);

/** Puts a request in, with a label. It may have been answered already.
 * @ctx     any
 * @blocks  no
 * @param   ids      of rsp_reqids_new
 * @param   request  of rsp_send_request by the process that the collection is of
 * @param   label    copied; labels need not differ
 * @retval  RSP_OK, RSP_EINVAL (also: a reference of another process), RSP_EALREADY (it is in), RSP_ENOMEM
 * @owns    nothing
 * @since   0.1   @mirrors gen_server:reqids_add/3   @rule S-SRV-41
 */
RSP_API RSP_NODISCARD rsp_result rsp_reqids_add(rsp_reqids* ids, rsp_ref request, rsp_term label);

/** Sends a request, and puts it in: rsp_send_request and rsp_reqids_add, both or neither.
 * @ctx     process, callback
 * @blocks  no
 * @param   ids    of rsp_reqids_new
 * @param   to     a local process, dead or alive
 * @param   term   copied
 * @param   label  copied
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOMEM, RSP_EOVERLOAD, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors gen_server:send_request/4   @rule S-SRV-41
 */
RSP_API RSP_NODISCARD rsp_result rsp_reqids_send_request(rsp_self* self, rsp_reqids* ids, rsp_pid to,
                                                         rsp_term term, rsp_term label);

/** How many requests are in it.
 * @ctx     any
 * @blocks  no
 * @param   ids  NULL: 0
 * @owns    nothing
 * @since   0.1   @mirrors gen_server:reqids_size/1
 */
RSP_API size_t rsp_reqids_size(const rsp_reqids* ids);

/** What is in it, in the order it was put in.
 * @ctx     any
 * @blocks  no
 * @param[out] requests_out  so many of them as there is room for; may be NULL
 * @param[out] labels_out    the labels of those; may be NULL
 * @param      capacity      of each
 * @param      ids           NULL: nothing
 * @owns    nothing: labels live as long as their requests are in it
 * @since   0.1   @mirrors gen_server:reqids_to_list/1
 */
RSP_API void rsp_reqids_to_list(rsp_ref* requests_out, rsp_term* labels_out, size_t capacity,
                                const rsp_reqids* ids);

/** Looks a request up, and may take it out, which does not give it up.
 * @ctx     any
 * @blocks  no
 * @param[out] label_out  its label; may be NULL; written only on RSP_OK
 * @param      ids        of rsp_reqids_new
 * @param      request    one that may be in it
 * @param      delete_it  whether it is taken out
 * @retval  RSP_OK, RSP_EMISMATCH (it is not in), RSP_EINVAL
 * @owns    the caller frees *label_out
 * @since   0.1
 */
RSP_API RSP_NODISCARD rsp_result rsp_reqids_get(rsp_term* label_out, rsp_reqids* ids, rsp_ref request,
                                                bool delete_it);

/** Waits for an answer to any request of a collection, and takes the oldest. When the time is over all of its requests are
 * given up, and it is empty.
 * @ctx     process: an attached thread
 * @blocks  at most timeout_ms
 * @param[out] out         the answer: the reply, or a DOWN (RSP_EEXITED); rsp_msg_ref is its request; written on RSP_OK and
 * RSP_EEXITED
 * @param[out] label_out   the request's label; may be NULL; written on RSP_OK and RSP_EEXITED
 * @param      ids         of the caller
 * @param      delete_it   whether the request is taken out. If not it stays in, though nothing of it comes any more: of a
 * collection of such requests alone a wait lasts until its time is over
 * @param      timeout_ms  0: look once; RSP_INFINITE: no timeout
 * @retval  RSP_OK, RSP_EEXITED, RSP_ENOREQUEST (it is empty), RSP_ETIMEDOUT, RSP_EINVAL (also: it is of another process),
 * RSP_EWOULDBLOCK (in a callback), RSP_ELIMIT and RSP_ENOMEM (of a lane: it cannot wait now, and all are given up too),
 * RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    the caller frees *out with rsp_msg_free, and *label_out
 * @since   0.1   @mirrors gen_server:receive_response/3   @rule S-SRV-41, S-SRV-42
 */
RSP_API RSP_NODISCARD rsp_result rsp_reqids_receive_response(rsp_self* self, rsp_msg** out,
                                                             rsp_term* label_out, rsp_reqids* ids,
                                                             bool delete_it, uint64_t timeout_ms);

/** The same, but all requests are kept when the time is over.
 * @ctx     process: an attached thread
 * @blocks  at most timeout_ms
 * @param[out] out         as of rsp_reqids_receive_response
 * @param[out] label_out   as of rsp_reqids_receive_response
 * @param      ids         of the caller
 * @param      delete_it   as of rsp_reqids_receive_response
 * @param      timeout_ms  0: look once; RSP_INFINITE: no timeout
 * @retval  as of rsp_reqids_receive_response; RSP_ELIMIT and RSP_ENOMEM give nothing up
 * @owns    the caller frees *out with rsp_msg_free, and *label_out
 * @since   0.1   @mirrors gen_server:wait_response/3   @rule S-SRV-41, S-SRV-42
 */
RSP_API RSP_NODISCARD rsp_result rsp_reqids_wait_response(rsp_self* self, rsp_msg** out, rsp_term* label_out,
                                                          rsp_reqids* ids, bool delete_it,
                                                          uint64_t timeout_ms);

/** Whether a message that was received is the answer to a request of a collection.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] label_out  the request's label; may be NULL; written on RSP_OK and RSP_EEXITED
 * @param      ids        of the process that received it
 * @param      msg        lent or owned
 * @param      delete_it  as of rsp_reqids_receive_response
 * @retval  RSP_OK (a reply), RSP_EEXITED (the DOWN of a server), RSP_EMISMATCH (no_reply: something else), RSP_ENOREQUEST
 * (it is empty), RSP_EINVAL
 * @owns    the caller frees *label_out
 * @since   0.1   @mirrors gen_server:check_response/3   @rule S-SRV-40
 */
RSP_API RSP_NODISCARD rsp_result rsp_reqids_check_response(rsp_term* label_out, rsp_reqids* ids,
                                                           const rsp_msg* msg, bool delete_it);

/* ---- Several nodes ---- */

/** The name of this node: `nonode@nohost`, as long as it is not one of several.
 * @ctx     any
 * @blocks  no
 * @owns    nothing
 * @since   0.1   @mirrors erlang:node/0
 */
RSP_API rsp_atom rsp_node(void);

/** Calls whoever has the name, on each node of a list, and waits for all of them.
 * @ctx     process: an attached thread
 * @blocks  at most timeout_ms
 * @param[out] replies_out  a place for each node: its reply, or NULL: a bad node, where nobody has the name (or the caller
 * itself), or which sent no reply in time, or cannot be reached. Late replies are dropped. Without RSP_OK nothing in it is a message
 * @param      nodes        of rsp_node: no other one can be reached. One that stands in the list twice is asked twice
 * @param      node_count   may be 0
 * @param      name         not `undefined`
 * @param      request      copied
 * @param      timeout_ms   RSP_INFINITE: no timeout
 * @retval  RSP_OK, RSP_EINVAL, RSP_EWOULDBLOCK (in a callback), RSP_ENOMEM, RSP_ELIMIT, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    the caller frees each reply with rsp_msg_free
 * @since   0.1   @mirrors gen_server:multi_call/4   @rule S-SRV-44
 */
RSP_API RSP_NODISCARD rsp_result rsp_multi_call(rsp_self* self, rsp_msg** replies_out, const rsp_atom* nodes,
                                                size_t node_count, rsp_atom name, rsp_term request,
                                                uint64_t timeout_ms);

/** Sends a cast to whoever has the name, on each node of a list. Nothing says whom it reaches: nobody where the name is
 * free, the node cannot be reached, memory is short or a limit refuses it.
 * @ctx     any with self NULL, process, callback
 * @blocks  no
 * @param   nodes       as of rsp_multi_call
 * @param   node_count  may be 0
 * @param   name        not `undefined`
 * @param   request     copied
 * @retval  RSP_OK, RSP_EINVAL, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors gen_server:abcast/3   @rule S-SRV-45
 */
RSP_API RSP_NODISCARD rsp_result rsp_abcast(rsp_self* self, const rsp_atom* nodes, size_t node_count,
                                            rsp_atom name, rsp_term request);

#ifdef __cplusplus
}
#endif

#endif
