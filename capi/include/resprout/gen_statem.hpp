// State machines: OTP's gen_statem. A server that is in a state, and says for each event what the next one is.
//
//     struct door : gen_statem<door> {
//       struct code { int64_t digits; };
//       struct go_through { using reply = bool; };
//
//       void init() { next_state("locked"); }
//
//       void handle(const code& m, const event& e) {
//         if (!e.in("locked") || m.digits != right) return;
//         next_state("open");
//         state_timeout(10s);
//       }
//       reply<bool> handle(const go_through&, const event& e) {
//         if (e.in("open")) return true;
//         postpone();                                // who asks waits until the door is open
//         return flow::go_on();
//       }
//       void handle_event(const event& e) {          // whatever has no handle
//         if (e.type() == event_type::state_timeout) next_state("locked");
//       }
//
//       int64_t right;
//     };
//
//     server_ref<door> d = door::start(1234);
//     d.cast(door::code{1234});
//     d.call(door::go_through{});
//
// What a machine may define, all of it public:
//
//     init(args...)                   as a server's (resprout/gen_server.hpp); it says by next_state what the first state is,
//                                     which is nil without. It continues with nothing, and has no time to wait
//     handle(M&, const event&)        a request M that came through a server_ref, lent: it stays in the event. Returns nothing, a
//                                     flow, or a reply<M::reply>; returning nothing answers nobody yet
//     handle_event(const event&)      every other event. Returns nothing, a flow, or a reply<term>. Without it one is an error
//                                     {undef, handle_event}
//     terminate(const term& reason), format_status() const
//                                     as a server's; state() is the last good state
//
// What it asks for by the functions of `statem`, which it has, happens when the callback has returned: where it asks for nothing,
// the state stays, and the event is done with. A state is any term. A stop with a reply sends that before terminate runs. It is
// started, supervised, called, cast to and stopped as a server. Rules: S-STM.
#pragma once

#include "resprout/gen_server.hpp"
#include "resprout/statem.hpp"

namespace resprout {

/** What a state machine is derived from, by its own name. */
template <class Derived>
struct gen_statem : gen_server<Derived>, statem {};

}  // namespace resprout
