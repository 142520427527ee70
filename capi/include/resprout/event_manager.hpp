// Event managers: OTP's gen_event. A process that holds any number of handlers (resprout/gen_event.hpp), and runs what it is notified
// of through all of them, the newest first.
//
//     supervisor().child(event_manager_spec().name("alarms")).start();
//     event_manager alarms("alarms");                        // whoever has the name at each call
//     alarms.add_handler(handler<file_log>("alarms.txt"));
//     alarms.notify(term::tuple("fire", 3));
//
// A handler goes by the name of its type, handler_name<H>(), or by {Name, Id} where it was added with an id. One that is written in
// another language is called as one of C++; its manager must run on workers, which one of Python does not.
//
// Thread: any, as resprout/call.hpp says; not in a callback, but for a notification. Rules: S-EVT.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "resprout/call.hpp"
#include "resprout/child_spec.hpp"
#include "resprout/gen_event.hpp"

namespace resprout {
namespace detail {

class manager_code final : public start_code {
 public:
  rsp_result fill(rsp_start_spec* out) const override {
    rsp_start_spec made = RSP_START_SPEC_INIT;
    const rsp_result code = rsp_event_spec(&made, rsp_atom{0});
    if (code != RSP_OK) return code;
    out->ops = made.ops;
    out->ctx = made.ctx;
    out->ctx_free = made.ctx_free;
    return RSP_OK;
  }
};

}  // namespace detail

/** How to start an event manager, which has no handlers. */
inline child_spec event_manager_spec() { return child_spec(std::make_shared<const detail::manager_code>()); }

/** An event manager: by pid, or by name. A value. What waits throws call_exit: the manager ended, or there is none; call_timeout:
 * what was asked for happens all the same when its turn comes. What is about a handler throws handler_error too. */
class event_manager {
 public:
  event_manager(resprout::pid process) noexcept : pid_(process) {}  // NOLINT(google-explicit-constructor)
  event_manager(const atom& name) noexcept : name_(name) {}         // NOLINT(google-explicit-constructor)
  event_manager(const char* name) : name_(name) {}                  // NOLINT(google-explicit-constructor)

  /** Starts one. Thread: any but a callback. Throws start_error. With a name: event_manager_spec().name(…).start(). */
  static result<event_manager> try_start() { return typed(event_manager_spec().try_start()); }
  static event_manager start() { return try_start().value(); }
  /** The same, linked to the caller, which is its parent. Thread: one that is a process. */
  static result<event_manager> try_start_link() { return typed(event_manager_spec().try_start_link()); }
  static event_manager start_link() { return try_start_link().value(); }

  /** Its process: of a name, whoever has it now. */
  resprout::pid pid() const noexcept { return name_ ? whereis(name_) : pid_; }

  /** Adds a handler, in front of the others, and waits until its init is done. */
  result<void> try_add_handler(const event_handler& added, timeout within = infinite) const {
    const detail::caller self;
    return self.code() == RSP_OK ? add(self.self(), &rsp_event_add_handler, added, within) : Err{self.code()};
  }
  void add_handler(const event_handler& added, timeout within = infinite) const {
    try_add_handler(added, within).value();
  }

  /** The same, bound to the caller: when it ends the handler is removed, and when the handler goes it is sent {gen_event_EXIT,
   * Handler, Reason}. Thread: one that is a process. */
  result<void> try_add_sup_handler(const event_handler& added, timeout within = infinite) const {
    const result<rsp_self*> self = detail::current();
    return self ? add(*self, &rsp_event_add_sup_handler, added, within) : Err{self.error()};
  }
  void add_sup_handler(const event_handler& added, timeout within = infinite) const {
    try_add_sup_handler(added, within).value();
  }

  /** Removes a handler; what its terminate returned, {'EXIT', Reason} if it threw. */
  result<term> try_delete_handler(const term& which, const term& args = {}, timeout within = infinite) const {
    const detail::caller self;
    if (self.code() != RSP_OK) return Err{self.code()};
    detail::held_term said;
    const result<void> done = about_handler([&](rsp_term* reason) {
      return rsp_event_delete_handler(self.self(), said.out(), reason, pid().raw(), which.raw(), args.raw(),
                                      within.milliseconds());
    });
    if (!done) return Err{done.error()};
    return Ok{term::adopt(said.release())};
  }
  term delete_handler(const term& which, const term& args = {}, timeout within = infinite) const {
    return try_delete_handler(which, args, within).value();
  }

  /** Puts a handler in the place of another, whose terminate gets `args`; its init_swap gets what that returned. */
  result<void> try_swap_handler(const term& old, const term& args, const event_handler& other,
                                timeout within = infinite) const {
    const detail::caller self;
    return self.code() == RSP_OK ? swap(self.self(), &rsp_event_swap_handler, old, args, other, within)
                                 : Err{self.code()};
  }
  void swap_handler(const term& old, const term& args, const event_handler& other,
                    timeout within = infinite) const {
    try_swap_handler(old, args, other, within).value();
  }

  /** The same, and the new one is bound to the caller. Thread: one that is a process. */
  result<void> try_swap_sup_handler(const term& old, const term& args, const event_handler& other,
                                    timeout within = infinite) const {
    const result<rsp_self*> self = detail::current();
    return self ? swap(*self, &rsp_event_swap_sup_handler, old, args, other, within) : Err{self.error()};
  }
  void swap_sup_handler(const term& old, const term& args, const event_handler& other,
                        timeout within = infinite) const {
    try_swap_sup_handler(old, args, other, within).value();
  }

  /** Notifies all handlers, and does not wait. Nobody is no error. Thread: any. */
  result<void> try_notify(const term& event) const {
    return detail::check(rsp_event_notify(rsp_current(), pid().raw(), event.raw()));
  }
  void notify(const term& event) const { try_notify(event).value(); }
  /** The same with a C++ value, which moves: message::native has it, lent to all handlers. */
  template <class T>
  result<void> try_notify_native(T&& event) const {
    return detail::check(detail::give(detail::boxed(std::forward<T>(event)), &detail::unless_malformed,
                                      [&](void* payload, const rsp_native_ops* ops) {
                                        return rsp_event_notify_native(rsp_current(), pid().raw(), payload,
                                                                       ops);
                                      }));
  }
  template <class T>
  void notify_native(T&& event) const {
    try_notify_native(std::forward<T>(event)).value();
  }

  /** Notifies all handlers, and waits until all of them have run. */
  result<void> try_sync_notify(const term& event, timeout within = infinite) const {
    const detail::caller self;
    if (self.code() != RSP_OK) return Err{self.code()};
    return about_handler([&](rsp_term* reason) {
      return rsp_event_sync_notify(self.self(), reason, pid().raw(), event.raw(), within.milliseconds());
    });
  }
  void sync_notify(const term& event, timeout within = infinite) const {
    try_sync_notify(event, within).value();
  }
  /** The same with a C++ value, which moves. */
  template <class T>
  result<void> try_sync_notify_native(T&& event, timeout within = infinite) const {
    const detail::caller self;
    if (self.code() != RSP_OK) return Err{self.code()};
    return about_handler([&](rsp_term* reason) {
      return detail::give(detail::boxed(std::forward<T>(event)), &detail::unless_malformed,
                          [&](void* payload, const rsp_native_ops* ops) {
                            return rsp_event_sync_notify_native(self.self(), reason, pid().raw(), payload,
                                                                ops, within.milliseconds());
                          });
    });
  }
  template <class T>
  void sync_notify_native(T&& event, timeout within = infinite) const {
    try_sync_notify_native(std::forward<T>(event), within).value();
  }

  /** Calls a handler of type H with one of its requests; of several, `which`. */
  template <class H, class M>
  auto try_call(M asked, timeout within = call_time) const -> result<typename detail::reply_of<M>::type> {
    const result<term> name = try_handler_name<H>();
    if (!name) return Err{name.error()};
    return try_call<H>(*name, std::move(asked), within);
  }
  template <class H, class M>
  auto call(M asked, timeout within = call_time) const -> typename detail::reply_of<M>::type {
    return try_call<H>(std::move(asked), within).value();
  }
  template <class H, class M>
  auto try_call(const term& which, M asked, timeout within = call_time) const
      -> result<typename detail::reply_of<M>::type> {
    static_assert(detail::takes<H, M>::value, "the handler has no public handle() for this message");
    return ask<typename detail::reply_of<M>::type>([&](rsp_self* self, rsp_msg** out, rsp_term* reason) {
      using base = detail::handler_request<H>;
      std::unique_ptr<base> payload(new (std::nothrow) detail::handler_request_of<H, M>(std::move(asked)));
      return detail::give(std::move(payload), &detail::unless_malformed,
                          [&](void* given, const rsp_native_ops* ops) {
                            return rsp_event_call_native(self, out, reason, pid().raw(), which.raw(), given,
                                                         ops, within.milliseconds());
                          });
    });
  }
  template <class H, class M>
  auto call(const term& which, M asked, timeout within = call_time) const ->
      typename detail::reply_of<M>::type {
    return try_call<H>(which, std::move(asked), within).value();
  }

  /** Calls a handler, in whatever language it is written, with a term. */
  result<term> try_call(const term& which, const term& asked, timeout within = call_time) const {
    return ask<term>([&](rsp_self* self, rsp_msg** out, rsp_term* reason) {
      return rsp_event_call(self, out, reason, pid().raw(), which.raw(), asked.raw(), within.milliseconds());
    });
  }
  term call(const term& which, const term& asked, timeout within = call_time) const {
    return try_call(which, asked, within).value();
  }

  /** The handlers: a list of names and {Name, Id}, the newest first. */
  result<term> try_which_handlers(timeout within = infinite) const {
    const detail::caller self;
    if (self.code() != RSP_OK) return Err{self.code()};
    detail::held_term list;
    const result<void> done = about_handler([&](rsp_term* reason) {
      return rsp_event_which_handlers(self.self(), list.out(), reason, pid().raw(), within.milliseconds());
    });
    if (!done) return Err{done.error()};
    return Ok{term::adopt(list.release())};
  }
  term which_handlers(timeout within = infinite) const { return try_which_handlers(within).value(); }

 private:
  static result<event_manager> typed(result<resprout::pid> started) {
    if (!started) return Err{started.error()};
    return Ok{event_manager(*started)};
  }

  template <class Call>
  static result<void> about_handler(Call&& call) {
    detail::held_term reason;
    const rsp_result code = call(reason.out());
    if (code == RSP_OK) return Ok<>{};
    const bool is_its = code == RSP_EMISMATCH || code == RSP_EHANDLER;
    return Err{failure(is_its ? failure::of::HANDLER : failure::of::CALL, code, std::move(reason))};
  }

  template <class R, class Call>
  static result<R> ask(Call&& call) {
    const detail::caller self;
    if (self.code() != RSP_OK) return Err{self.code()};
    rsp_msg* raw = nullptr;
    const result<void> done =
        about_handler([&](rsp_term* reason) { return call(self.self(), &raw, reason); });
    if (!done) return Err{done.error()};
    return detail::answer_of<R>(message::received(raw));
  }

  using add_function = rsp_result (*)(rsp_self*, rsp_term*, rsp_pid, const rsp_event_handler*, uint64_t);
  result<void> add(rsp_self* self, add_function verb, const event_handler& added, timeout within) const {
    return about_handler([&](rsp_term* reason) {
      return added.lend([&](const rsp_event_handler& raw) {
        return verb(self, reason, pid().raw(), &raw, within.milliseconds());
      });
    });
  }

  using swap_function = rsp_result (*)(rsp_self*, rsp_term*, rsp_pid, rsp_term, rsp_term,
                                       const rsp_event_handler*, uint64_t);
  result<void> swap(rsp_self* self, swap_function verb, const term& old, const term& args,
                    const event_handler& other, timeout within) const {
    return about_handler([&](rsp_term* reason) {
      return other.lend([&](const rsp_event_handler& raw) {
        return verb(self, reason, pid().raw(), old.raw(), args.raw(), &raw, within.milliseconds());
      });
    });
  }

  resprout::pid pid_;
  atom name_;
};

}  // namespace resprout
