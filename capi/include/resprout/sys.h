/* sys: what can be asked of any behaviour from outside, whatever it serves: what it is, what it has in its hands, and that it
 * reports what it does. For people who look into a program that runs; a program that needs a value asks its server for it.
 *
 *     rsp_term status;
 *     if (rsp_sys_get_status(NULL, &status, NULL, rsp_whereis(rsp_atom_from("cache")), 5000) == RSP_OK) {
 *         print(status);   // #{behaviour => gen_server, module => cache, state => #{entries => 17}, trace => false, ...}
 *         rsp_term_free(status);
 *     }
 *     result = rsp_sys_trace(NULL, NULL, server, true, 5000);   // from now on each event it takes is a trace_report
 *
 * Behaviours are servers, state machines, event managers, supervisors, and what is made of these: agents, registries, scopes of
 * process groups, partition supervisors, the controller of applications.
 *
 * The request is a message of its own kind: the behaviour answers it between two callbacks, in order with its other messages. No
 * callback sees it but format_status, and it counts as no event: what the behaviour waits for afterwards is what it waited for
 * before (docs/semantics.md, S-SYS-5, S-SYS-6). A process that is no behaviour (a thread, a plain handler, a task) finds a call in its
 * mailbox that it cannot read, and so does not answer: RSP_ETIMEDOUT, as in OTP.
 *
 * A state is what the behaviour says of it: format_status of rsp_server_ops and rsp_event_ops. OTP copies the state itself; here
 * that is native, and belongs to its process. For the same reason there is no replace_state: who calls knows neither the type
 * of the state nor how to free it.
 */
#ifndef RESPROUT_SYS_H
#define RESPROUT_SYS_H

#include "resprout/server.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Asks what a behaviour is and does. The answer is a map:
 *
 *     pid              its process
 *     behaviour        gen_server, gen_statem, gen_event, supervisor
 *     module           the name of its callbacks, as reports call them
 *     status           running: one that is suspended (rsp_suspend) answers when it is resumed
 *     parent           the process whose EXIT ends it; itself, if it was started without a link
 *     registered_name  `undefined`: none
 *     trace            whether it is traced
 *     state            as of rsp_sys_get_state
 *
 * @ctx     process: an attached thread; any with self NULL
 * @blocks  at most timeout_ms
 * @param[out] out         the map; written only on RSP_OK
 * @param[out] reason_out  as of rsp_call: {Reason, {call, Dest, get_status, Timeout}}; may be NULL
 * @param      dest        a local process; all zero, as rsp_whereis says it: nobody, which is noproc
 * @param      timeout_ms  RSP_INFINITE: no timeout
 * @retval  as of rsp_call; RSP_EEXITED also where something else was answered: {bad_return_value, Answer}; RSP_ELIMIT, RSP_ESTOPPED
 * (self is NULL)
 * @owns    the caller frees *out and *reason_out
 * @since   0.1   @mirrors sys:get_status/2   @rule S-SYS-1..6
 */
RSP_API RSP_NODISCARD rsp_result rsp_sys_get_status(rsp_self* self, rsp_term* out, rsp_term* reason_out,
                                                    rsp_pid dest, uint64_t timeout_ms);

/** Asks what a behaviour has in its hands:
 *
 *     a server          what its format_status says; nil if it has none, or raises there
 *     a state machine   {State, Data}: its state, and what format_status says of its data
 *     an event manager  [{Handler, State}], the newest handler first: of each what its format_status says
 *     a supervisor      #{strategy, intensity, period_ms, auto_shutdown, children}: its flags, and its children as of
 *                       rsp_supervisor_which_children
 *     an agent          its value; of a native one what it says of itself
 *
 * @ctx     process: an attached thread; any with self NULL
 * @blocks  at most timeout_ms
 * @param[out] out         written only on RSP_OK
 * @param[out] reason_out  as of rsp_sys_get_status, with get_state; may be NULL
 * @param      dest        as of rsp_sys_get_status
 * @param      timeout_ms  RSP_INFINITE: no timeout
 * @retval  as of rsp_sys_get_status
 * @owns    the caller frees *out and *reason_out
 * @since   0.1   @mirrors sys:get_state/2   @rule S-SYS-1, S-SYS-3
 */
RSP_API RSP_NODISCARD rsp_result rsp_sys_get_state(rsp_self* self, rsp_term* out, rsp_term* reason_out,
                                                   rsp_pid dest, uint64_t timeout_ms);

/** Has a behaviour report from now on, or no longer, each event that it takes, each answer that a callback returns, and each
 * change of state of a state machine: a trace_report of the level notice (resprout/report.h). A process that is started anew is not
 * traced.
 * @ctx     process: an attached thread; any with self NULL
 * @blocks  at most timeout_ms
 * @param[out] reason_out  as of rsp_sys_get_status, with trace or no_trace; may be NULL
 * @param      dest        as of rsp_sys_get_status
 * @param      on          whether it is to be traced
 * @param      timeout_ms  RSP_INFINITE: no timeout
 * @retval  as of rsp_sys_get_status
 * @owns    the caller frees *reason_out
 * @since   0.1   @mirrors sys:trace/3   @rule S-SYS-7..9
 */
RSP_API RSP_NODISCARD rsp_result rsp_sys_trace(rsp_self* self, rsp_term* reason_out, rsp_pid dest, bool on,
                                               uint64_t timeout_ms);

#ifdef __cplusplus
}
#endif

#endif
