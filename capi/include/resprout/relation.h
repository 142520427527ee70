/* Relations between processes: links, monitors, aliases.
 *
 * A link ties two fates together; a monitor tells one of the other's end; an alias is a reference that works
 * as a destination and can be switched off.
 */
#ifndef RESPROUT_RELATION_H
#define RESPROUT_RELATION_H

#include "resprout/process.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Links the caller and `peer`. Linking twice, from either side, is one link.
 * @ctx     process, callback
 * @blocks  no
 * @param   peer  a local process, dead or alive
 * @retval  RSP_OK (with trap_exit also for a dead peer: then EXIT(peer, noproc) follows), RSP_ENOPROC (dead,
 * and the caller does not trap exits: nothing was changed), RSP_EINVAL, RSP_ENOMEM, RSP_EXITING,
 * RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors erlang:link/1   @rule S-LINK-1..5
 */
RSP_API RSP_NODISCARD rsp_result rsp_link(rsp_self* self, rsp_pid peer);

/** The same, but a dead peer is never an error: the exit signal noproc follows, and ends a caller that does
 * not trap.
 * @ctx     process, callback
 * @blocks  no
 * @param   peer  a local process, dead or alive
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOMEM, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors erlang:link/1 of a process on another node
 */
RSP_API RSP_NODISCARD rsp_result rsp_link_async(rsp_self* self, rsp_pid peer);

/** Removes the link. On return the old link has no further effect on the caller; an EXIT already received
 * stays in the mailbox.
 * @ctx     process, callback
 * @blocks  no
 * @param   peer  a local process, dead or alive
 * @retval  RSP_OK (also when there was none), RSP_EINVAL, RSP_ENOMEM (nothing was changed), RSP_EXITING,
 * RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors erlang:unlink/1   @rule S-LINK-6..9
 */
RSP_API RSP_NODISCARD rsp_result rsp_unlink(rsp_self* self, rsp_pid peer);

typedef struct rsp_monitor_opts {
  size_t size;          /* sizeof(rsp_monitor_opts) */
  rsp_alias_mode alias; /* the reference is an alias too */
  rsp_atom tag;         /* replaces DOWN in the message */
} rsp_monitor_opts;

#define RSP_MONITOR_OPTS_INIT                       \
  {                                                 \
    sizeof(rsp_monitor_opts), RSP_ALIAS_NONE, { 0 } \
  }

/** Watches `target`. Its end, or its absence, arrives as exactly one DOWN message.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] out     the monitor's reference; written only on RSP_OK
 * @param      target  a local process, dead or alive
 * @param      opts    NULL: the defaults
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOMEM, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors erlang:monitor/3   @rule S-MON-1..5
 */
RSP_API RSP_NODISCARD rsp_result rsp_monitor(rsp_self* self, rsp_ref* out, rsp_pid target,
                                             const rsp_monitor_opts* opts);

/** Watches the process that has this name now; a free name is a DOWN with noproc. The DOWN names it
 * (rsp_msg_name).
 * @ctx     process, callback
 * @blocks  no
 * @param[out] out   written only on RSP_OK
 * @param      name  not `undefined`
 * @param      opts  NULL: the defaults
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOMEM, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors erlang:monitor(process, Name)   @rule S-MON-3
 */
RSP_API RSP_NODISCARD rsp_result rsp_monitor_name(rsp_self* self, rsp_ref* out, rsp_atom name,
                                                  const rsp_monitor_opts* opts);

/** Ends a monitor: on return no DOWN of it will be delivered. An unknown reference is no error.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] removed_out  the monitor was active, and no DOWN has been or will be delivered; may be NULL.
 * With flush: false exactly when a DOWN was taken out or the reference is unknown
 * @param      monitor      of rsp_monitor, rsp_monitor_name or a start with one
 * @param      flush        also take out a DOWN that is in the mailbox
 * @retval  RSP_OK, RSP_EINVAL, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors erlang:demonitor/2   @rule S-MON-6..8
 */
RSP_API RSP_NODISCARD rsp_result rsp_demonitor(rsp_self* self, bool* removed_out, rsp_ref monitor,
                                               bool flush);

/** Makes a reference that works as a destination: rsp_send_alias.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] out   written only on RSP_OK
 * @param      mode  RSP_ALIAS_EXPLICIT or RSP_ALIAS_REPLY
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOMEM, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors erlang:alias/1   @rule S-ALIAS-1..4
 */
RSP_API RSP_NODISCARD rsp_result rsp_alias(rsp_self* self, rsp_ref* out, rsp_alias_mode mode);

/** Switches an alias off: messages through it that were not received yet are dropped.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] was_on_out  may be NULL; false: it was off, unknown, or another process's
 * @param      alias       of rsp_alias, of a monitor made as one, or of a request (S-SRV-30)
 * @retval  RSP_OK, RSP_EINVAL, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors erlang:unalias/1   @rule S-ALIAS-2
 */
RSP_API RSP_NODISCARD rsp_result rsp_unalias(rsp_self* self, bool* was_on_out, rsp_ref alias);

#ifdef __cplusplus
}
#endif

#endif
