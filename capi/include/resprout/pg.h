/* Process groups: pg. A group has any name, and any processes as its members; a scope, which has a name, has any number of groups.
 *
 *     result = rsp_pg_start(NULL, &pid, NULL, scope, NULL);          // or as the first child of a supervisor: rsp_pg_spec
 *     ...
 *     result = rsp_pg_join(self, NULL, scope, room, &pid, 1);
 *     ...
 *     result = rsp_pg_get_members(&members, scope, room);            // to send each of them something
 *
 * A member is one until it ends, or has left as often as it has joined. To read who is a member asks no process. All else is done by
 * the process of the scope, one request after the other. In a callback the same is a request (rsp_send_request_name) to the
 * scope's name, and what it answers: {join, Group, Pids} and {leave, Group, Pids} with `ok` or `not_joined`; {monitor, Group} with
 * {Ref, Pids} and `monitor_scope` with {Ref, #{Group => Pids}}; {demonitor, Ref} with `ok` or `false`; any with
 * `system_limit` where memory is short.
 */
#ifndef RESPROUT_PG_H
#define RESPROUT_PG_H

#include "resprout/server.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Says how to start a scope: as `start` of a child specification, or with rsp_server_start.
 * @ctx     any
 * @blocks  no
 * @param[out] out    filled in as a whole; written only on RSP_OK
 * @param      scope  its name; not `undefined`
 * @retval  RSP_OK, RSP_EINVAL
 * @owns    nothing
 * @since   0.1   @mirrors pg:start_link/1   @rule S-PG-1
 */
RSP_API RSP_NODISCARD rsp_result rsp_pg_spec(rsp_start_spec* out, rsp_atom scope);

/** Starts a scope, which has no groups.
 * @ctx     process: an attached thread; any with self NULL: then nobody is linked to it, and rsp_runtime_stop stops it
 * @blocks  until it is there
 * @param[out] out         its process; written only on RSP_OK
 * @param[out] error_out   as of rsp_server_start; may be NULL
 * @param      scope       its name; not `undefined`
 * @param      start_opts  NULL: no link; a monitor is refused with RSP_EINVAL
 * @retval  as of rsp_server_start
 * @owns    the caller frees *error_out
 * @since   0.1   @mirrors pg:start/1, start_link/1   @rule S-PG-1
 */
RSP_API RSP_NODISCARD rsp_result rsp_pg_start(rsp_self* self, rsp_pid* out, rsp_term* error_out,
                                              rsp_atom scope, const rsp_start_opts* start_opts);

/** Makes processes members of a group: all of them, or none. One that is a member is one more time.
 * @ctx     process: an attached thread
 * @blocks  until the scope has done it
 * @param[out] reason_out  as of rsp_call; may be NULL
 * @param      scope       its name
 * @param      group       copied
 * @param      pids        local processes, dead or alive
 * @param      count       how many
 * @retval  as of rsp_call: RSP_EEXITED with noproc if no such scope runs
 * @owns    the caller frees *reason_out
 * @since   0.1   @mirrors pg:join/3   @rule S-PG-2
 */
RSP_API RSP_NODISCARD rsp_result rsp_pg_join(rsp_self* self, rsp_term* reason_out, rsp_atom scope,
                                             rsp_term group, const rsp_pid* pids, size_t count);

/** Takes processes out of a group, each once.
 * @ctx     process: an attached thread
 * @blocks  until the scope has done it
 * @param[out] reason_out  as of rsp_call; may be NULL
 * @param      scope       its name
 * @param      group       borrowed
 * @param      pids        local processes, dead or alive
 * @param      count       how many
 * @retval  as of rsp_pg_join; RSP_EMISMATCH (not_joined: none of them is a member)
 * @owns    the caller frees *reason_out
 * @since   0.1   @mirrors pg:leave/3   @rule S-PG-3
 */
RSP_API RSP_NODISCARD rsp_result rsp_pg_leave(rsp_self* self, rsp_term* reason_out, rsp_atom scope,
                                              rsp_term group, const rsp_pid* pids, size_t count);

/** The members of a group: a list of pids in the order in which they have joined. One that has joined twice is there twice.
 * @ctx     any
 * @blocks  no
 * @param[out] out    written only on RSP_OK
 * @param      scope  its name
 * @param      group  borrowed
 * @retval  RSP_OK (also with an empty list: no members, or no such scope runs), RSP_EINVAL, RSP_ENOMEM
 * @owns    the caller frees *out
 * @since   0.1   @mirrors pg:get_members/2   @rule S-PG-4
 */
RSP_API RSP_NODISCARD rsp_result rsp_pg_get_members(rsp_term* out, rsp_atom scope, rsp_term group);

/** Those of them who are processes of this node.
 * @ctx     any
 * @blocks  no
 * @param[out] out    written only on RSP_OK
 * @param      scope  its name
 * @param      group  borrowed
 * @retval  as of rsp_pg_get_members
 * @owns    the caller frees *out
 * @since   0.1   @mirrors pg:get_local_members/2   @rule S-PG-4
 */
RSP_API RSP_NODISCARD rsp_result rsp_pg_get_local_members(rsp_term* out, rsp_atom scope, rsp_term group);

/** The groups of a scope that have members: a list.
 * @ctx     any
 * @blocks  no
 * @param[out] out    written only on RSP_OK
 * @param      scope  its name
 * @retval  RSP_OK (also with an empty list: no groups, or no such scope runs), RSP_EINVAL, RSP_ENOMEM
 * @owns    the caller frees *out
 * @since   0.1   @mirrors pg:which_groups/1   @rule S-PG-4
 */
RSP_API RSP_NODISCARD rsp_result rsp_pg_which_groups(rsp_term* out, rsp_atom scope);

/** From here on the caller is sent {Ref, join, Group, Pids} and {Ref, leave, Group, Pids}, for each change of this group.
 * @ctx     process: an attached thread
 * @blocks  until the scope has done it
 * @param[out] out          Ref; written only on RSP_OK
 * @param[out] members_out  its members now: a list of pids; may be NULL; written only on RSP_OK
 * @param[out] reason_out   as of rsp_call; may be NULL
 * @param      scope        its name
 * @param      group        copied
 * @retval  as of rsp_pg_join
 * @owns    the caller frees *members_out and *reason_out
 * @since   0.1   @mirrors pg:monitor/2   @rule S-PG-6
 */
RSP_API RSP_NODISCARD rsp_result rsp_pg_monitor(rsp_self* self, rsp_ref* out, rsp_term* members_out,
                                                rsp_term* reason_out, rsp_atom scope, rsp_term group);

/** The same for all groups of a scope, those that are to come too.
 * @ctx     process: an attached thread
 * @blocks  until the scope has done it
 * @param[out] out         Ref; written only on RSP_OK
 * @param[out] groups_out  what there is now: a map of lists of pids by group; may be NULL; written only on RSP_OK
 * @param[out] reason_out  as of rsp_call; may be NULL
 * @param      scope       its name
 * @retval  as of rsp_pg_join
 * @owns    the caller frees *groups_out and *reason_out
 * @since   0.1   @mirrors pg:monitor_scope/1   @rule S-PG-6
 */
RSP_API RSP_NODISCARD rsp_result rsp_pg_monitor_scope(rsp_self* self, rsp_ref* out, rsp_term* groups_out,
                                                      rsp_term* reason_out, rsp_atom scope);

/** Ends that: nothing of it comes any more, and what waits in the caller's mailbox is taken out.
 * @ctx     process: an attached thread
 * @blocks  until the scope has done it
 * @param[out] reason_out  as of rsp_call; may be NULL
 * @param      scope       its name
 * @param      ref         of rsp_pg_monitor or rsp_pg_monitor_scope
 * @retval  as of rsp_pg_join; RSP_EMISMATCH (there is no such one)
 * @owns    the caller frees *reason_out
 * @since   0.1   @mirrors pg:demonitor/2   @rule S-PG-6
 */
RSP_API RSP_NODISCARD rsp_result rsp_pg_demonitor(rsp_self* self, rsp_term* reason_out, rsp_atom scope,
                                                  rsp_ref ref);

#ifdef __cplusplus
}
#endif

#endif
