// gen_statem: the state machine behaviour (docs/semantics.md, S-STM). It is a server (core/otp/server.hpp) whose one callback
// gets each event with the state the machine is in, and says by calls what is to happen then.
//
//   message            the event, with what is asked for by the callback: Asked
//   next_state         a state that is not equal, and enter calls are made: RSP_EVENT_ENTER, which may ask for more, and
//   repeat_state       again for itself
//   transition         1. the event is postponed, or given back
//                      2. the state has changed: what was postponed comes again, the state timeout ends
//                      3. the event timeout ends; the timeouts asked for begin
//                      4. the inserted events come first
//   the next event     of the queue; else a timeout that is due; else the next message
//
//   M1  One event is one step of the process, also one of the queue: between two of them signals are received, and others
//       run. So a machine that inserts events for ever can be killed, and holds up nobody.
//   M2  As long as the queue has events no message is taken: neither the stop call nor the EXIT of the parent, as in OTP.
//   M3  A message is the machine's until its event is over: through an await, and as long as it is postponed. A call among
//       them stays a request of the process meanwhile, so its caller hears of the end.
//   M4  What is kept, inserted or awaited is given back once: when its event is over, or by machine_free.
//
// Rejected: to put postponed and inserted events in front of the mailbox. Others take messages out of there, and a limit
// drops them.
//
// Private to the owner of the process.
#pragma once

#include "core/otp/server.hpp"
#include "core/otp/statem_timeout.hpp"
#include "resprout/statem.h"

namespace rsp {

/** Whether processes of this type are state machines. */
inline bool is_machine(const rsp_server_ops& ops) {
  return RSP_HAS(rsp_server_ops, &ops, handle_event) && ops.handle_event != nullptr;
}

/** nullptr: memory is short. */
Machine* machine_new(Process& self);
/** nullptr does nothing. */
void machine_free(Machine* machine);

/** The state that the callback of a machine is in: in terminate the last good one. */
TermBits state_of(const Server& server);

/** A message was delivered. */
[[nodiscard]] Next receive_event(Process& self, Server& server, Envelope& message);

/** A thrown value stands for the return value: keep_state_and_data, {keep_state, _}, repeat_state_and_data, {repeat_state, _},
 * {next_state, State, _}, stop, {stop, Reason}, {stop, Reason, _}. The data in them does not count, and what was asked for by
 * calls stays asked for. */
void read_thrown(Machine& machine, ServerReturn& ret, TermBits thrown);

// ---- What callbacks ask for, inside a call ----

/** The server that `self` is; nullptr: it is no state machine. */
const Server* machine_of(const Process& self);
/** The machine, in a callback that can ask for something: any but terminate. `of_init`: init alone. */
Machine* asking_machine(Process& self, bool of_init = false);

void ask_next_state(Machine& machine, TermBits state);
void ask_repeat_state(Machine& machine);
void ask_postpone(Machine& machine);
/** RSP_OK, RSP_ENOMEM. The payload is taken on RSP_OK. `from` 0: of no call. */
[[nodiscard]] rsp_result ask_next_event(Machine& machine, rsp_event_type type, LocalRef from,
                                        Payload& payload);
[[nodiscard]] rsp_result ask_timeout(Machine& machine, Timeouts::Verb verb, Timeouts::Key key,
                                     uint64_t time_ms, Payload& payload);
[[nodiscard]] rsp_result ask_enter_calls(Machine& machine);

}  // namespace rsp
