/* State machines: gen_statem. A server that is in a state, and whose one handler says for each event what the next state is.
 *
 *     static rsp_next init(rsp_self *self, void *ctx, rsp_term args, rsp_server_return *ret)
 *     {
 *         return rsp_statem_next_state(self, locked) == RSP_OK ? RSP_NEXT_CONTINUE : RSP_NEXT_STOP;
 *     }
 *     static rsp_next handle_event(rsp_self *self, void *data, const rsp_event *event, rsp_server_return *ret)
 *     {
 *         if (event->type == RSP_EVENT_CAST && rsp_term_equal(event->state, locked)) {
 *             if (rsp_statem_next_state(self, open) != RSP_OK) return RSP_NEXT_STOP;
 *             return rsp_statem_timeout(self, RSP_EVENT_STATE_TIMEOUT, nil, 10000, lock) == RSP_OK
 *                        ? RSP_NEXT_CONTINUE : RSP_NEXT_STOP;
 *         }
 *         ...
 *     }
 *     static const rsp_server_ops door = {.size = sizeof door, .name = "door", .init = init, .handle_event = handle_event};
 *
 * It is started, supervised, called, cast to and stopped as any server of resprout/server.h. A callback fills in `ret` as a
 * server's does, but that ret->wait may only be RSP_SERVER_WAIT_HIBERNATE, has_continue stays false, and RSP_SERVER_STOP_REPLY
 * sends the answer before terminate runs. Beside that it says by the functions below what is to happen when it has returned:
 * where it calls none of them, the state stays, and the event is done with. With RSP_SERVER_STOP they come to nothing.
 *
 * A state is any term. It changes when it is not equal to the one before; then the events that were postponed come again,
 * the oldest first, and a state timeout ends. docs/semantics.md, S-STM.
 */
#ifndef RESPROUT_STATEM_H
#define RESPROUT_STATEM_H

#include "resprout/server.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What kind of event. Values never change. */
typedef enum rsp_event_type {
  RSP_EVENT_CALL = 0,          /* a call: answer event->from, at once or later */
  RSP_EVENT_CAST = 1,          /* a cast */
  RSP_EVENT_INFO = 2,          /* any other message */
  RSP_EVENT_INTERNAL = 3,      /* of rsp_statem_next_event, and of nobody else */
  RSP_EVENT_TIMEOUT = 4,       /* the event timeout: no event has come in time */
  RSP_EVENT_STATE_TIMEOUT = 5, /* the state timeout: the state has not changed in time */
  RSP_EVENT_NAMED_TIMEOUT = 6, /* a timeout with a name, OTP's {timeout, Name} */
  RSP_EVENT_ENTER = 7 /* a state enter call: the state was entered, and the content is the one before */
} rsp_event_type;

/** One event. Lent, with all it refers to, until the callback and its continuations have returned. */
struct rsp_event {
  size_t size; /* set by the runtime, as in rsp_server_return */
  rsp_event_type type;
  rsp_msg* msg;   /* its content: rsp_msg_term, rsp_msg_native */
  rsp_from from;  /* of RSP_EVENT_CALL */
  rsp_term name;  /* of RSP_EVENT_NAMED_TIMEOUT */
  rsp_term state; /* the state the machine is in */
};

/** next_state: the state when the callback has returned; of init the first one, which is nil where init does not say it. One
 * that is equal to the state is none. A state enter call may not change the state: that ends the machine with
 * bad_state_enter_return_from_state_function. The last call of these counts.
 * @ctx     callback of a state machine, but for terminate
 * @blocks  no
 * @param   state  copied
 * @retval  RSP_OK, RSP_EINVAL (also: this is no such callback), RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors gen_statem: {next_state, State, Data}   @rule S-STM-2, S-STM-12
 */
RSP_API RSP_NODISCARD rsp_result rsp_statem_next_state(rsp_self* self, rsp_term state);

/** repeat_state: the state stays, and its state enter call is made anew.
 * @ctx     callback of a state machine, but for terminate
 * @blocks  no
 * @retval  as of rsp_statem_next_state
 * @owns    nothing
 * @since   0.1   @mirrors gen_statem: repeat_state_and_data   @rule S-STM-13
 */
RSP_API RSP_NODISCARD rsp_result rsp_statem_repeat_state(rsp_self* self);

/** postpone: the event comes again when the state has changed. A state enter call has none to postpone: that ends the machine
 * with bad_state_enter_action_from_state_function. Of init it means nothing.
 * @ctx     callback of a state machine, but for terminate
 * @blocks  no
 * @retval  as of rsp_statem_next_state
 * @owns    nothing
 * @since   0.1   @mirrors gen_statem: postpone   @rule S-STM-5
 */
RSP_API RSP_NODISCARD rsp_result rsp_statem_postpone(rsp_self* self);

/** next_event: an event that is handled before any that waits, those of one callback in the order of the calls. Not in a state
 * enter call, as rsp_statem_postpone.
 * @ctx     callback of a state machine, but for terminate
 * @blocks  no
 * @param   type     RSP_EVENT_CALL, RSP_EVENT_CAST, RSP_EVENT_INFO or RSP_EVENT_INTERNAL
 * @param   from     of RSP_EVENT_CALL whom its answer goes to; else all zero
 * @param   content  copied
 * @retval  as of rsp_statem_next_state; RSP_ENOMEM
 * @owns    nothing
 * @since   0.1   @mirrors gen_statem: {next_event, Type, Content}   @rule S-STM-4
 */
RSP_API RSP_NODISCARD rsp_result rsp_statem_next_event(rsp_self* self, rsp_event_type type, rsp_from from,
                                                       rsp_term content);

/** The same with a native payload as the content.
 * @ctx     callback of a state machine, but for terminate
 * @blocks  no
 * @param   type     as of rsp_statem_next_event
 * @param   from     as of rsp_statem_next_event
 * @param   payload  passed to ops; may be NULL
 * @param   ops      not NULL, lives as long as the payload
 * @retval  as of rsp_statem_next_event
 * @owns    payload is the runtime's on RSP_OK, else it stays the caller's
 * @since   0.1   @mirrors gen_statem: {next_event, Type, Content}   @rule S-STM-4
 */
RSP_API RSP_NODISCARD rsp_result rsp_statem_next_event_native(rsp_self* self, rsp_event_type type,
                                                              rsp_from from, void* payload,
                                                              const rsp_native_ops* ops);

/** Starts a timeout when the callback has returned, in place of one of its kind and name: the event timeout, which any event
 * ends; the state timeout, which a change of the state ends; or one with a name, which nothing ends but its name. Of those
 * asked for with one kind and name by one event, the last counts.
 * @ctx     callback of a state machine, but for terminate
 * @blocks  no
 * @param   type     RSP_EVENT_TIMEOUT, RSP_EVENT_STATE_TIMEOUT or RSP_EVENT_NAMED_TIMEOUT
 * @param   name     of RSP_EVENT_NAMED_TIMEOUT, any term, copied; else nil
 * @param   time_ms  0: after the events that wait in the machine, and before any message. RSP_INFINITE: as
 * rsp_statem_cancel_timeout
 * @param   content  of the event; copied
 * @retval  as of rsp_statem_next_event
 * @owns    nothing
 * @since   0.1   @mirrors gen_statem: {state_timeout, Time, Content} and its kin   @rule S-STM-6..9
 */
RSP_API RSP_NODISCARD rsp_result rsp_statem_timeout(rsp_self* self, rsp_event_type type, rsp_term name,
                                                    uint64_t time_ms, rsp_term content);

/** Gives a timeout another content, when the callback has returned, and leaves its time. One that does not run comes at once,
 * as with a time of 0.
 * @ctx     callback of a state machine, but for terminate
 * @blocks  no
 * @param   type     as of rsp_statem_timeout
 * @param   name     as of rsp_statem_timeout
 * @param   content  of the event; copied
 * @retval  as of rsp_statem_next_event
 * @owns    nothing
 * @since   0.1   @mirrors gen_statem: {state_timeout, update, Content} and its kin   @rule S-STM-10
 */
RSP_API RSP_NODISCARD rsp_result rsp_statem_update_timeout(rsp_self* self, rsp_event_type type, rsp_term name,
                                                           rsp_term content);

/** Ends a timeout when the callback has returned: its event does not come, also if its time is over already. One that does not
 * run is no error.
 * @ctx     callback of a state machine, but for terminate
 * @blocks  no
 * @param   type  as of rsp_statem_timeout
 * @param   name  as of rsp_statem_timeout
 * @retval  as of rsp_statem_next_event
 * @owns    nothing
 * @since   0.1   @mirrors gen_statem: {state_timeout, cancel} and its kin   @rule S-STM-9
 */
RSP_API RSP_NODISCARD rsp_result rsp_statem_cancel_timeout(rsp_self* self, rsp_event_type type,
                                                           rsp_term name);

/** state_enter: from here on the handler gets RSP_EVENT_ENTER whenever a state is entered, the first one included, before any
 * other event.
 * @ctx     callback: init of a state machine
 * @blocks  no
 * @retval  as of rsp_statem_next_event; RSP_EINVAL also in another callback
 * @owns    nothing
 * @since   0.1   @mirrors gen_statem: callback_mode/0   @rule S-STM-11
 */
RSP_API RSP_NODISCARD rsp_result rsp_statem_state_enter(rsp_self* self);

/** The state of the calling machine: in terminate and format_status the last good one, in init nil.
 * @ctx     callback of a state machine
 * @blocks  no
 * @param[out] out  written only on RSP_OK
 * @retval  RSP_OK, RSP_EINVAL (also: this is no callback of a state machine), RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing: lives until the callback returns; rsp_term_copy keeps it
 * @since   0.1   @mirrors gen_statem: the State of terminate/3   @rule S-STM-15
 */
RSP_API RSP_NODISCARD rsp_result rsp_statem_state(rsp_self* self, rsp_term* out);

#ifdef __cplusplus
}
#endif

#endif
