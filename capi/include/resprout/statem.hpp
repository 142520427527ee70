// What happens to a state machine, and what it asks for. resprout/gen_statem.hpp says how one is made. Rules: S-STM.
#pragma once

#include <memory>

#include "resprout/message.hpp"
#include "resprout/statem.h"

namespace resprout {

// NOLINTBEGIN(readability-identifier-naming): words of OTP, written as they are
/** What kind of event. */
enum class event_type {
  call = RSP_EVENT_CALL,                    ///< a call: event::from says whom to answer
  cast = RSP_EVENT_CAST,                    ///< a cast
  info = RSP_EVENT_INFO,                    ///< any other message: event::message
  internal = RSP_EVENT_INTERNAL,            ///< of statem::next_event, and of nobody else
  timeout = RSP_EVENT_TIMEOUT,              ///< the event timeout: no event has come in time
  state_timeout = RSP_EVENT_STATE_TIMEOUT,  ///< the state timeout: the state has not changed in time
  named_timeout = RSP_EVENT_NAMED_TIMEOUT,  ///< a timeout with a name: event::name
  enter = RSP_EVENT_ENTER                   ///< a state was entered: the content is the one before
};
// NOLINTEND(readability-identifier-naming)

/** What happens to a state machine. A small value that stands for what is lent until the callback has returned, and what that waits
 * for has gone on: copy it into that. */
class event {
 public:
  explicit event(const rsp_event* raw) noexcept : raw_(raw) {}

  event_type type() const noexcept { return static_cast<event_type>(raw_->type); }
  bool is_call() const noexcept { return type() == event_type::call; }
  bool is_cast() const noexcept { return type() == event_type::cast; }

  /** The state that the machine is in. */
  term state() const { return term::copy_of(raw_->state); }
  /** Whether that is this one. */
  bool in(const term& state) const noexcept { return rsp_term_equal(raw_->state, state.raw()); }

  /** Its content: what was sent, or given to next_event or to a timeout. nil: it is a C++ value. */
  term content() const { return term::copy_of(rsp_msg_term(raw_->msg)); }
  /** The same as a C++ value, if it is a T, which stays in the event: that may be postponed, and come again. */
  template <class T>
  T* native() const noexcept {
    return message().native<T>();
  }
  /** As a message, lent: what an info is, EXIT or DOWN or another. Taking a value out of it leaves none to an event that is
   * postponed. */
  class message message() const noexcept {
    return resprout::message::lent(raw_->msg);
  }
  /** Of a call: whom to answer, now or later. */
  template <class R = term>
  reply_to<R> from() const noexcept {
    return reply_to<R>(raw_->from);
  }
  /** Of a named timeout: its name. */
  term name() const { return term::copy_of(raw_->name); }

  const rsp_event* raw() const noexcept { return raw_; }

 private:
  const rsp_event* raw_;
};

/** What the callbacks of a state machine ask for. It happens when the callback has returned. Thread: that of such a callback, but
 * for terminate; elsewhere each throws Error (RSP_EINVAL, RSP_ENOTPROCESS). Mirrors the actions of gen_statem. */
struct statem {
  /** Goes to this state. One that is equal to the state is no change; of several the last counts. */
  static result<void> try_next_state(const term& state) {
    return detail::act([&](rsp_self* self) { return rsp_statem_next_state(self, state.raw()); });
  }
  static void next_state(const term& state) { try_next_state(state).value(); }

  /** Stays in the state, and makes its state enter call anew. */
  static result<void> try_repeat_state() { return detail::act(&rsp_statem_repeat_state); }
  static void repeat_state() { try_repeat_state().value(); }

  /** Lets the event come again when the state has changed. */
  static result<void> try_postpone() { return detail::act(&rsp_statem_postpone); }
  static void postpone() { try_postpone().value(); }

  /** Inserts an event before all others that wait: a cast, an info, or an internal one. */
  static result<void> try_next_event(event_type type, const term& content) {
    return detail::act(
        [&](rsp_self* self) { return rsp_statem_next_event(self, raw_of(type), rsp_from{}, content.raw()); });
  }
  static void next_event(event_type type, const term& content) { try_next_event(type, content).value(); }

  /** The same with a call, whose answer goes to `from`. */
  template <class R>
  static result<void> try_next_event(const reply_to<R>& from, const term& content) {
    return detail::act([&](rsp_self* self) {
      return rsp_statem_next_event(self, RSP_EVENT_CALL, from.raw(), content.raw());
    });
  }
  template <class R>
  static void next_event(const reply_to<R>& from, const term& content) {
    try_next_event(from, content).value();
  }

  /** The same with a C++ value, which moves: event::native has it. */
  template <class T>
  static result<void> try_next_event_native(event_type type, T&& content) {
    return detail::act([&](rsp_self* self) {
      return detail::give(detail::boxed(std::forward<T>(content)), &detail::if_ok,
                          [&](void* payload, const rsp_native_ops* ops) {
                            return rsp_statem_next_event_native(self, raw_of(type), rsp_from{}, payload, ops);
                          });
    });
  }
  template <class T>
  static void next_event_native(event_type type, T&& content) {
    try_next_event_native(type, std::forward<T>(content)).value();
  }

  /** event_type::timeout, if no event comes in this time; infinite: ends it. */
  static result<void> try_event_timeout(timeout time, const term& content = {}) {
    return start_timeout(RSP_EVENT_TIMEOUT, {}, time, content);
  }
  static void event_timeout(timeout time, const term& content = {}) {
    try_event_timeout(time, content).value();
  }

  /** event_type::state_timeout, if the state does not change in this time; infinite: ends it. */
  static result<void> try_state_timeout(timeout time, const term& content = {}) {
    return start_timeout(RSP_EVENT_STATE_TIMEOUT, {}, time, content);
  }
  static void state_timeout(timeout time, const term& content = {}) {
    try_state_timeout(time, content).value();
  }

  /** event_type::named_timeout after this time, whatever happens; infinite: ends it. */
  static result<void> try_named_timeout(const term& name, timeout time, const term& content = {}) {
    return start_timeout(RSP_EVENT_NAMED_TIMEOUT, name, time, content);
  }
  static void named_timeout(const term& name, timeout time, const term& content = {}) {
    try_named_timeout(name, time, content).value();
  }

  /** Gives a timeout another content, and leaves its time. One that does not run comes at once. `name`: of a named one. */
  static result<void> try_update_timeout(event_type type, const term& content, const term& name = {}) {
    return detail::act([&](rsp_self* self) {
      return rsp_statem_update_timeout(self, raw_of(type), name.raw(), content.raw());
    });
  }
  static void update_timeout(event_type type, const term& content, const term& name = {}) {
    try_update_timeout(type, content, name).value();
  }

  /** Ends a timeout: its event does not come. One that does not run is no error. */
  static result<void> try_cancel_timeout(event_type type, const term& name = {}) {
    return detail::act(
        [&](rsp_self* self) { return rsp_statem_cancel_timeout(self, raw_of(type), name.raw()); });
  }
  static void cancel_timeout(event_type type, const term& name = {}) {
    try_cancel_timeout(type, name).value();
  }

  /** In init: event_type::enter comes whenever a state is entered, the first one included. */
  static result<void> try_state_enter() { return detail::act(&rsp_statem_state_enter); }
  static void state_enter() { try_state_enter().value(); }

  /** The state of the machine: in terminate and format_status the last good one, in init nil. */
  static result<term> try_state() {
    return detail::ask_term([](rsp_self* self, rsp_term* out) {
      rsp_term lent{0, 0};
      const rsp_result code = rsp_statem_state(self, &lent);
      if (code == RSP_OK) *out = rsp_term_copy(lent);
      return code;
    });
  }
  static term state() { return try_state().value(); }

 private:
  static rsp_event_type raw_of(event_type type) noexcept { return static_cast<rsp_event_type>(type); }
  static result<void> start_timeout(rsp_event_type type, const term& name, timeout time,
                                    const term& content) {
    return detail::act([&](rsp_self* self) {
      return rsp_statem_timeout(self, type, name.raw(), time.milliseconds(), content.raw());
    });
  }
};

}  // namespace resprout
