/* Partitions: one process that everybody calls becomes as many as there are processors, each for a part of the keys. A supervisor
 * starts so many copies of one child, and a key always finds the same one.
 *
 *     rsp_supervisor_spec pool = RSP_SUPERVISOR_SPEC_INIT;
 *     pool.opts.name = counters;
 *     pool.children = &counter;                                    // one child specification
 *     pool.child_count = 1;
 *     pool.partitions = RSP_PARTITIONS_AS_WORKERS;
 *     result = rsp_supervisor_start_spec(NULL, &pid, NULL, &pool, NULL);     // or as a child of another supervisor
 *     ...
 *     result = rsp_partition_call(self, &reply, NULL, counters, user, request, 5000);
 *
 * The partitions are children like any others, with the ids 0 to N-1; each is restarted alone, unless the strategy says otherwise.
 * To find one asks no process, and may be done from any thread. A key that is an integer belongs to the partition of its magnitude
 * modulo N; any other one to that of its hash, which is the same as long as the program runs.
 */
#ifndef RESPROUT_PARTITION_H
#define RESPROUT_PARTITION_H

#include "resprout/supervisor.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How many partitions there are.
 * @ctx     any
 * @blocks  no
 * @param[out] out         written only on RSP_OK
 * @param      supervisor  its name
 * @retval  RSP_OK, RSP_ENONAME (no such supervisor runs), RSP_EINVAL, RSP_EFORKED
 * @owns    nothing
 * @since   0.1   @mirrors PartitionSupervisor.partitions/1   @rule S-PART-1
 */
RSP_API RSP_NODISCARD rsp_result rsp_partition_count(uint64_t* out, rsp_atom supervisor);

/** The partition that a key belongs to.
 * @ctx     any
 * @blocks  no
 * @param[out] out         all zero: it has no process just now; written only on RSP_OK
 * @param      supervisor  its name
 * @param      key         borrowed
 * @retval  RSP_OK, RSP_ENONAME (no such supervisor runs), RSP_EINVAL, RSP_EFORKED
 * @owns    nothing
 * @since   0.1   @mirrors PartitionSupervisor.whereis_name/1   @rule S-PART-2, S-PART-3
 */
RSP_API RSP_NODISCARD rsp_result rsp_partition_whereis(rsp_pid* out, rsp_atom supervisor, rsp_term key);

/** Sends a term to the partition of a key.
 * @ctx     any with self NULL, process, callback
 * @blocks  no
 * @param   supervisor  its name
 * @param   key         borrowed
 * @param   term        copied
 * @retval  RSP_OK, RSP_ENONAME (it has no process, or no such supervisor runs), RSP_EINVAL, RSP_ENOMEM, RSP_EOVERLOAD,
 * RSP_EXITING, RSP_EWRONGTHREAD, RSP_EFORKED
 * @owns    nothing
 * @since   0.1   @mirrors erlang:send/2   @rule S-PART-3
 */
RSP_API RSP_NODISCARD rsp_result rsp_partition_send(rsp_self* self, rsp_atom supervisor, rsp_term key,
                                                    rsp_term term);

/** Sends a cast to the partition of a key. That it has no process is no error.
 * @ctx     any with self NULL, process, callback
 * @blocks  no
 * @param   supervisor  its name; that none runs is no error
 * @param   key         borrowed
 * @param   term        copied
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOMEM, RSP_EOVERLOAD, RSP_EXITING, RSP_EWRONGTHREAD, RSP_EFORKED
 * @owns    nothing
 * @since   0.1   @mirrors gen_server:cast/2   @rule S-PART-3
 */
RSP_API RSP_NODISCARD rsp_result rsp_partition_cast(rsp_self* self, rsp_atom supervisor, rsp_term key,
                                                    rsp_term term);

/** Calls the partition of a key, by {via, Supervisor, Key}; one that has no process is noproc.
 * @ctx     process: an attached thread
 * @blocks  at most timeout_ms
 * @param[out] out         written only on RSP_OK
 * @param[out] reason_out  as of rsp_call
 * @param      supervisor  its name
 * @param      key         borrowed
 * @param      request     copied
 * @param      timeout_ms  RSP_INFINITE: no timeout
 * @retval  as of rsp_call
 * @owns    as of rsp_call
 * @since   0.1   @mirrors gen_server:call/3   @rule S-PART-3
 */
RSP_API RSP_NODISCARD rsp_result rsp_partition_call(rsp_self* self, rsp_msg** out, rsp_term* reason_out,
                                                    rsp_atom supervisor, rsp_term key, rsp_term request,
                                                    uint64_t timeout_ms);

#ifdef __cplusplus
}
#endif

#endif
