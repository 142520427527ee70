// Servers: OTP's gen_server. A class with a state, whose `handle` functions take requests, one at a time.
//
//     struct cache : gen_server<cache> {
//       struct get { using reply = std::optional<std::string>; std::string key; };
//       struct put { std::string key, value; };
//
//       std::optional<std::string> handle(get m) { … }
//       void handle(put m) { data[m.key] = std::move(m.value); }
//
//       std::unordered_map<std::string, std::string> data;
//     };
//
//     server_ref<cache> c = cache::start();
//     c.cast(cache::put{"k", "v"});
//     auto value = c.call(cache::get{"k"}, 5s);
//
// What a server may define, all of it public; what it does not define does what OTP does in its place:
//
//     init(args...)                   the arguments of the start; else they go to the constructor, and init() follows.
//                                     Returns nothing, a flow, or an init_result (ignore, stop, error)
//     handle(M)                       a request M: returns M::reply, reply<M::reply>, or a flow: then nobody is answered yet
//     handle(M, reply_to<M::reply>)   the same for one that is answered later: returns nothing or a flow
//     handle_cast(M)                  a cast of M, where it is not the same as handle(M)
//     handle_call(const term&[, reply_to<term>]), handle_cast(const term&)
//                                     requests that are terms: of other languages. Without them one is an error {undef, …}
//     handle_info(message&)           any other message. Without it each is reported, and dropped
//     handle_continue(const term&)    what flow::continue_with asked for
//     terminate(const term& reason)   before an orderly end. Returns nothing, or a flow, which counts if it waits or raises
//     format_status() const           what its state is, a term: for sys::get_state, and for reports that show states
//
// A struct's destructor runs once, after the last callback, whatever ends the process. Callbacks run on a worker and must not
// wait; an exception that leaves one ends the server, and a Throw counts as its value (S-SRV-7). Rules: S-SRV.
#pragma once

#include <utility>

#include "resprout/await.hpp"
#include "resprout/child_spec.hpp"
#include "resprout/flow.hpp"
#include "resprout/server_ref.hpp"

namespace resprout {

/** In init: the start is not over when init is. The server runs, and takes messages; who starts it, a supervisor too, waits on, until
 * init_ack. For a child that is there for others only when it has done more than an init should. Throws Error (RSP_EINVAL,
 * RSP_ENOTPROCESS): this is no init of a server or state machine. Rule: S-START-10. */
inline result<void> try_init_ack_later() { return detail::act(&rsp_init_ack_later); }
inline void init_ack_later() { try_init_ack_later().value(); }

/** In a later callback, but for terminate: the start is over, and went well. Throws Error: RSP_EALREADY: it is over; RSP_EINVAL. */
inline result<void> try_init_ack() { return detail::act(&rsp_init_ack); }
inline void init_ack() { try_init_ack().value(); }

/** What a server is derived from, by its own name. */
template <class Derived>
struct gen_server {
  /** Starts one, and waits until its init is done. Thread: any but a callback. Throws start_error, start_ignored. With a name
   * and other options: server<S>(args...).name(…).start(). */
  template <class... Args>
  static result<server_ref<Derived>> try_start(Args&&... args) {
    return typed(server<Derived>(std::forward<Args>(args)...).try_start());
  }
  template <class... Args>
  static server_ref<Derived> start(Args&&... args) {
    return try_start(std::forward<Args>(args)...).value();
  }

  /** The same, linked to the caller, which is its parent. Thread: one that is a process. */
  template <class... Args>
  static result<server_ref<Derived>> try_start_link(Args&&... args) {
    return typed(server<Derived>(std::forward<Args>(args)...).try_start_link());
  }
  template <class... Args>
  static server_ref<Derived> start_link(Args&&... args) {
    return try_start_link(std::forward<Args>(args)...).value();
  }

 private:
  static result<server_ref<Derived>> typed(result<pid> started) {
    if (!started) return Err{started.error()};
    return Ok{server_ref<Derived>(*started)};
  }
};

}  // namespace resprout
