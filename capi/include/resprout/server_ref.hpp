// References to servers of a C++ type: by pid, or by name.
//
//     server_ref<cache> by_pid = cache::start();
//     server_ref<cache> by_name("cache");              // whoever has the name at each call: follows restarts
//     std::optional<std::string> value = by_name.call(cache::get{"k"});
//
// A request is a struct of the program: it moves to the server, whose `handle` takes it, and the answer moves back. With
// `using reply = T` in it T is what a call returns. Thread: any, as resprout/call.hpp says. Rules: S-SRV-9..13.
#pragma once

#include "resprout/call.hpp"
#include "resprout/relation.hpp"
#include "resprout/server_ops.hpp"

namespace resprout {

template <class S>
class server_ref {
 public:
  server_ref(resprout::pid server) noexcept : pid_(server) {}  // NOLINT(google-explicit-constructor)
  server_ref(const atom& name) noexcept : name_(name) {}       // NOLINT(google-explicit-constructor)
  server_ref(const char* name) : name_(name) {}                // NOLINT(google-explicit-constructor)

  /** Its process: of a name, whoever has it now. */
  resprout::pid pid() const noexcept { return name_ ? whereis(name_) : pid_; }
  /** The name that it goes by; `undefined`: by its pid. */
  atom name() const noexcept { return name_; }

  /** Sends a request, and waits for the answer. Throws call_exit: the server ended, or there is none; call_timeout. */
  template <class M>
  auto try_call(M asked, timeout within = call_time) const -> result<typename detail::reply_of<M>::type> {
    using R = typename detail::reply_of<M>::type;
    static_assert(detail::takes_calls<S, M>, "the server has no public handle() for this message");
    return detail::call_as<R>([&](rsp_self* self, rsp_msg** out, rsp_term* reason) {
      return give(std::move(asked), &detail::unless_malformed, [&](void* payload, const rsp_native_ops* ops) {
        return name_
                   ? rsp_call_name_native(self, out, reason, name_.raw(), payload, ops, within.milliseconds())
                   : rsp_call_native(self, out, reason, pid_.raw(), payload, ops, within.milliseconds());
      });
    });
  }
  template <class M>
  auto call(M asked, timeout within = call_time) const -> typename detail::reply_of<M>::type {
    return try_call(std::move(asked), within).value();
  }

  /** Sends a request without an answer: to handle_cast of this message, or to the handle whose answer nobody wants. */
  template <class M>
  result<void> try_cast(M asked) const {
    static_assert(detail::takes_casts<S, M>,
                  "the server has no public handle_cast() or handle() for this message");
    return detail::check(
        give(std::move(asked), &detail::if_ok, [&](void* payload, const rsp_native_ops* ops) {
          return name_ ? rsp_cast_name_native(rsp_current(), name_.raw(), payload, ops)
                       : rsp_cast_native(rsp_current(), pid_.raw(), payload, ops);
        }));
  }
  template <class M>
  void cast(M asked) const {
    try_cast(std::move(asked)).value();
  }

  /** Sends a request, and returns: the answer is waited for later, or comes as a message. Thread: one that is a process. */
  template <class M>
  auto try_send_request(M asked) const -> result<request<typename detail::reply_of<M>::type>> {
    using R = typename detail::reply_of<M>::type;
    static_assert(detail::takes_calls<S, M>, "the server has no public handle() for this message");
    return detail::ask<request<R>, rsp_ref>([&](rsp_self* self, rsp_ref* out) {
      return give(std::move(asked), &detail::if_ok, [&](void* payload, const rsp_native_ops* ops) {
        return name_ ? rsp_send_request_name_native(self, out, name_.raw(), payload, ops)
                     : rsp_send_request_native(self, out, pid_.raw(), payload, ops);
      });
    });
  }
  template <class M>
  auto send_request(M asked) const -> request<typename detail::reply_of<M>::type> {
    return try_send_request(std::move(asked)).value();
  }

 private:
  template <class M, class Give>
  static rsp_result give(M asked, bool (*is_taken)(rsp_result), Give&& give_it) {
    using base = detail::server_message<S>;
    std::unique_ptr<base> payload(new (std::nothrow) detail::message_of<S, M>(std::move(asked)));
    return detail::give(std::move(payload), is_taken, std::forward<Give>(give_it));
  }

  resprout::pid pid_;
  atom name_;
};

}  // namespace resprout
