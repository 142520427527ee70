/* Timers: a message after a time, on the monotonic clock, never early. Timers of equal time fire in the order
 * of their start. */
#ifndef RESPROUT_TIMER_H
#define RESPROUT_TIMER_H

#include "resprout/message.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Sends `term` to a process after a time. A process that is dead by then gets nothing.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] out       the timer; written only on RSP_OK
 * @param      delay_ms  from now; RSP_INFINITE: never
 * @param      to        a local process, dead or alive
 * @param      term      copied
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOMEM, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors erlang:send_after/3   @rule S-TIMER-1..4
 */
RSP_API RSP_NODISCARD rsp_result rsp_send_after(rsp_self* self, rsp_ref* out, uint64_t delay_ms, rsp_pid to,
                                                rsp_term term);

/** The same to a name, resolved when the timer fires.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] out       written only on RSP_OK
 * @param      delay_ms  from now; RSP_INFINITE: never
 * @param      name      not `undefined`; need not be anybody's yet
 * @param      term      copied
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOMEM, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors erlang:send_after/3   @rule S-NAME-6
 */
RSP_API RSP_NODISCARD rsp_result rsp_send_after_name(rsp_self* self, rsp_ref* out, uint64_t delay_ms,
                                                     rsp_atom name, rsp_term term);

/** Sends the message {timeout, timer, term}: RSP_MSG_TIMER with rsp_msg_ref the timer and rsp_msg_term the
 * term.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] out       written only on RSP_OK
 * @param      delay_ms  from now; RSP_INFINITE: never
 * @param      to        a local process, dead or alive
 * @param      term      copied
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOMEM, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors erlang:start_timer/3
 */
RSP_API RSP_NODISCARD rsp_result rsp_start_timer(rsp_self* self, rsp_ref* out, uint64_t delay_ms, rsp_pid to,
                                                 rsp_term term);

/** Cancels a timer, whoever started it, dead or alive. *active_out true: its message will never arrive. false:
 * it has fired (the message may be in the mailbox) or was cancelled, or there is no such timer.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] active_out        written only on RSP_OK
 * @param[out] remaining_ms_out  time it had left, rounded down; may be NULL
 * @param      timer             of rsp_send_after, rsp_send_after_name or rsp_start_timer
 * @retval  RSP_OK, RSP_EINVAL, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors erlang:cancel_timer/1   @rule S-TIMER-2, S-TIMER-5
 */
RSP_API RSP_NODISCARD rsp_result rsp_cancel_timer(rsp_self* self, bool* active_out,
                                                  uint64_t* remaining_ms_out, rsp_ref timer);

/** The time a timer has left, as rsp_cancel_timer says it.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] active_out        written only on RSP_OK
 * @param[out] remaining_ms_out  may be NULL
 * @param      timer             as of rsp_cancel_timer
 * @retval  RSP_OK, RSP_EINVAL, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors erlang:read_timer/1   @rule S-TIMER-5
 */
RSP_API RSP_NODISCARD rsp_result rsp_read_timer(rsp_self* self, bool* active_out, uint64_t* remaining_ms_out,
                                                rsp_ref timer);

#ifdef __cplusplus
}
#endif

#endif
