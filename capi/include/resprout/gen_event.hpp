// Event handlers: OTP's gen_event. A class with a state, of which an event manager (resprout/event_manager.hpp) holds any number.
//
//     struct alarm_count : gen_event<alarm_count> {
//       struct how_many { using reply = size_t; };
//
//       void handle_event(const message&) { ++count; }
//       size_t handle(how_many) { return count; }
//
//       size_t count = 0;
//     };
//
//     event_manager alarms = event_manager::start();
//     alarms.add_handler(handler<alarm_count>());
//     alarms.notify("fire");
//     size_t fires = alarms.call<alarm_count>(alarm_count::how_many{});
//
// What a handler may define, all of it public; but for handle_event what it does not define does what OTP does in its place:
//
//     init(args...)                      the arguments of handler<H>(args...); else they go to the constructor, and init() follows.
//                                        Returns nothing, flow::hibernate(), or init_result::error
//     init_swap(const term& left)        behind that where it comes in the place of another: what that one's terminate returned;
//                                        `error`: there was none
//     handle_event(const message&)       an event, lent to all handlers. Returns nothing or an event_flow
//     handle(M)                          a call of this handler with a request M: returns M::reply or an event_reply of that; of one
//                                        without a reply nothing or an event_flow
//     handle_call(const term&)           the same for requests that are terms: returns a term or an event_reply<term>. Without it
//                                        one is an error {undef, handle_call}
//     handle_info(const message&)        any other message of the manager, lent to all handlers. Without it each is reported
//     terminate(const term& args)        before it goes. `args` are those of delete_handler or of a swap, or `remove_handler`, `stop`,
//                                        {stop, Reason}, {error, _}. Returns nothing, or a term: what delete_handler gives
//     format_status() const              what its state is, a term: for sys::get_state, and for reports that show states
//
// Callbacks run in the manager, on a worker, and must not wait. A handler that one of its exceptions leaves is removed; the manager
// and its other handlers go on. A struct's destructor runs once, after the last callback, whatever ends it. Rules: S-EVT.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "resprout/event_ops.hpp"

namespace resprout {

/** What an event handler is derived from, by its own name. */
template <class Derived>
struct gen_event {};

/** A handler of type H. The arguments are kept, and given to its init, or else to its constructor, at each use. */
template <class H, class... Args>
event_handler handler(Args&&... args) {
  static_assert(std::is_base_of_v<gen_event<H>, H>,
                "an event handler is derived from gen_event, by its own name");
  using made = detail::factory_of<H, detail::plain<Args>...>;
  return event_handler(std::make_shared<const detail::handler_code_of<H>>(
      std::make_shared<const made>(std::forward<Args>(args)...)));
}

/** What handlers of type H are known as. Throws Error: there can be no more atoms. */
template <class H>
result<term> try_handler_name() {
  const result<atom> name = atom::try_from(detail::event_ops_of<H>().name);
  if (!name) return Err{name.error()};
  return Ok{term(*name)};
}
template <class H>
term handler_name() {
  return try_handler_name<H>().value();
}

/** The same of one that has an id. */
template <class H>
result<term> try_handler_name(const term& id) {
  const result<term> name = try_handler_name<H>();
  if (!name) return Err{name.error()};
  return term::try_tuple(*name, id);
}
template <class H>
term handler_name(const term& id) {
  return try_handler_name<H>(id).value();
}

}  // namespace resprout
