/* Descriptors: a message when a socket, a pipe or another descriptor of the operating system is ready.
 *
 * A process says what it waits for, once: the message is RSP_MSG_SELECT, and ends the registration. Who wants more
 * registers again, usually after it has read until nothing was left. The descriptor stays the caller's, who reads and
 * writes it by the calls of the system; it should be non-blocking, since readiness may be gone by then.
 *
 * Cancel before you close: `rsp_cancel_select`, then close(2). The system gives the number of a closed descriptor out again
 * at once, and the registration is of a number.
 *
 * The runtime has three descriptors of its own from the first registration on. A program that closes what it has not opened
 * (closefrom, close_range) does so before it starts a runtime.
 */
#ifndef RESPROUT_SELECT_H
#define RESPROUT_SELECT_H

#include "resprout/message.h"

#ifdef __cplusplus
extern "C" {
#endif

#define RSP_SELECT_READ ((uint32_t)1)  /* there is something to read, or to accept; or the end of it */
#define RSP_SELECT_WRITE ((uint32_t)2) /* there is room to write, or a connection is made */

/** Sends the caller one RSP_MSG_SELECT when a descriptor is ready: rsp_msg_ref is the registration, rsp_msg_term the integer
 * RSP_SELECT_READ or RSP_SELECT_WRITE, or the sum of both. A descriptor that is ready already is told of at once. A
 * peer that hangs up, and an error, is readiness: the next read or write says which.
 *
 * With both directions the registration ends when either is ready. Of each descriptor and direction there is one registration
 * at a time, of whichever process. It ends with its process, before that one's links and monitors hear of it.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] out   the registration; written only on RSP_OK
 * @param      fd    open, and of a kind that can be waited for: no regular file or directory, which are always ready
 * @param      mode  RSP_SELECT_READ, RSP_SELECT_WRITE, or both
 * @retval  RSP_OK, RSP_EINVAL (also: fd is not open, or is a regular file), RSP_EALREADY (it is registered for such a
 * direction), RSP_ENOMEM, RSP_ELIMIT (fs.epoll.max_user_watches, or the number of the descriptor is above 4,194,303), RSP_EOS
 * (no descriptors are left for the runtime's own three), RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing: fd stays the caller's
 * @since   0.1   @mirrors erl_nif: enif_select   @rule S-SEL-1..6
 */
RSP_API RSP_NODISCARD rsp_result rsp_select(rsp_self* self, rsp_ref* out, int fd, uint32_t mode);

/** Ends a registration of the caller's. From here on no message of it arrives: one that has come and was not received is
 * taken out. *active_out true: the descriptor was not ready in any direction of it. false: it was, or there is no such
 * registration of this process (any more), also since its descriptor was closed and the number registered anew.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] active_out    written only on RSP_OK
 * @param      registration  of rsp_select
 * @retval  RSP_OK, RSP_EINVAL, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors erl_nif: ERL_NIF_SELECT_CANCEL   @rule S-SEL-4
 */
RSP_API RSP_NODISCARD rsp_result rsp_cancel_select(rsp_self* self, bool* active_out, rsp_ref registration);

#ifdef __cplusplus
}
#endif

#endif
