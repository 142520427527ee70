// Messages: sending, what a received one holds, receiving in a thread that is a process.
//
// A message carries a term, or a C++ value that moves from owner to owner: `send(worker, term::tuple("add", 1))`,
// `send_native(worker, job{...})`. Two processes never see one mutable object unless a program shares it on purpose.
//
// The type of a value is told by an address of its own. Where a program is made of several shared libraries that are
// compiled with hidden visibility, give a type that crosses between them default visibility.
//
// Threads: sending any; one that is no process sends as the runtime's root. Rules: S-SIG, S-MBOX, S-SRV-9..17.
#pragma once

#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "resprout/message.h"
#include "resprout/process.hpp"
#include "resprout/request.h"

namespace resprout {
namespace detail {

/** T as a native payload. */
template <class T>
struct native {
  static void drop(void* payload) { delete static_cast<T*>(payload); }
  static constexpr rsp_native_ops ops{sizeof(rsp_native_ops), &drop, nullptr};
};

/** Moves a value to where the C API takes it. Null: there is no memory. */
template <class T>
std::unique_ptr<plain<T>> boxed(T&& value) {
  return std::unique_ptr<plain<T>>(new (std::nothrow) plain<T>(std::forward<T>(value)));
}

/** Hands a payload to `give(pointer, ops)`, which owns it unless it says otherwise. */
template <class T, class Give>
rsp_result give(std::unique_ptr<T> payload, bool (*is_taken)(rsp_result), Give&& give_it) {
  if (payload == nullptr) return RSP_ENOMEM;
  const rsp_result code = give_it(static_cast<void*>(payload.get()), &native<T>::ops);
  if (is_taken(code)) (void)payload.release();
  return code;
}

inline bool if_ok(rsp_result code) noexcept { return code == RSP_OK; }
inline bool unless_malformed(rsp_result code) noexcept { return code != RSP_EINVAL; }

}  // namespace detail

/** Sends a term to a process. A dead one is no error. */
inline result<void> try_send(pid to, const term& message) {
  return detail::check(rsp_send(rsp_current(), to.raw(), message.raw()));
}
inline void send(pid to, const term& message) { try_send(to, message).value(); }

/** Sends a term to whoever has a name now. Throws Error (RSP_ENONAME): nobody. */
inline result<void> try_send(const atom& name, const term& message) {
  return detail::check(rsp_send_name(rsp_current(), name.raw(), message.raw()));
}
inline void send(const atom& name, const term& message) { try_send(name, message).value(); }

/** Sends a term through an alias: its owner gets it only if the alias is on by then. */
inline result<void> try_send(const ref& alias, const term& message) {
  return detail::check(rsp_send_alias(rsp_current(), alias.raw(), message.raw()));
}
inline void send(const ref& alias, const term& message) { try_send(alias, message).value(); }

/** Sends a C++ value, which moves. */
template <class T>
result<void> try_send_native(pid to, T&& value) {
  return detail::check(detail::give(detail::boxed(std::forward<T>(value)), &detail::if_ok,
                                    [&](void* payload, const rsp_native_ops* ops) {
                                      return rsp_send_native(rsp_current(), to.raw(), payload, ops);
                                    }));
}
template <class T>
void send_native(pid to, T&& value) {
  try_send_native(to, std::forward<T>(value)).value();
}

/** Whom the answer to a request goes to: R, or a term. A value: it may be kept, sent on, and used by any process or thread,
 * once. A second answer, or one that is late, is dropped. */
template <class R = term>
class reply_to {
 public:
  explicit reply_to(const rsp_from& from) noexcept : from_(from) {}

  /** Who asks. */
  pid caller() const noexcept { return pid(from_.pid); }
  const rsp_from& raw() const noexcept { return from_; }

  result<void> try_reply(R answer) const {
    if constexpr (std::is_same_v<R, term>) {
      return detail::check(rsp_reply(rsp_current(), from_, answer.raw()));
    } else {
      return detail::check(detail::give(detail::boxed(std::move(answer)), &detail::if_ok,
                                        [&](void* payload, const rsp_native_ops* ops) {
                                          return rsp_reply_native(rsp_current(), from_, payload, ops);
                                        }));
    }
  }
  void reply(R answer) const { try_reply(std::move(answer)).value(); }

 private:
  rsp_from from_;
};

/** Of a request that is answered without a value. */
template <>
class reply_to<void> {
 public:
  explicit reply_to(const rsp_from& from) noexcept : from_(from) {}

  pid caller() const noexcept { return pid(from_.pid); }
  const rsp_from& raw() const noexcept { return from_; }

  result<void> try_reply() const { return detail::check(rsp_reply(rsp_current(), from_, rsp_term_nil())); }
  void reply() const { try_reply().value(); }

 private:
  rsp_from from_;
};

/** A message: one that was received, or is lent to a callback until it returns. What it is says kind(). */
class message {
 public:
  /** Owns a received one. */
  static message received(rsp_msg* raw) noexcept { return message(raw, true); }
  /** Stands for one that is lent. */
  static message lent(rsp_msg* raw) noexcept { return message(raw, false); }
  message(message&& other) noexcept
      : raw_(std::exchange(other.raw_, nullptr)), owned_(std::exchange(other.owned_, false)) {}
  message& operator=(message&& other) noexcept {
    std::swap(raw_, other.raw_);
    std::swap(owned_, other.owned_);
    return *this;
  }
  ~message() {
    if (owned_) rsp_msg_free(raw_);
  }

  rsp_msg_kind kind() const noexcept { return rsp_msg_get_kind(raw_); }
  bool is_exit() const noexcept { return kind() == RSP_MSG_EXIT; }
  bool is_down() const noexcept { return kind() == RSP_MSG_DOWN; }
  bool is_call() const noexcept { return kind() == RSP_MSG_CALL; }
  /** Who sent it; of EXIT and DOWN who died. */
  pid sender() const noexcept { return pid(rsp_msg_from(raw_)); }
  /** The term that it carries: its payload, or the reason of EXIT and DOWN. nil: the payload is a native one. */
  term content() const { return term::copy_of(rsp_msg_term(raw_)); }
  /** The monitor, timer, alias, request or registration that it belongs to. */
  ref reference() const noexcept { return ref(rsp_msg_ref(raw_)); }
  /** Of a DOWN of a name: that name. */
  atom name() const noexcept { return atom(rsp_msg_name(raw_)); }
  /** Of a DOWN: the atom in its place. */
  atom tag() const noexcept { return atom(rsp_msg_tag(raw_)); }
  /** Of a request: whom to answer. */
  reply_to<term> from() const noexcept { return reply_to<term>(rsp_msg_from_call(raw_)); }

  /** The value that was sent, if it is a T; it stays in the message. */
  template <class T>
  T* native() const noexcept {
    return static_cast<T*>(rsp_msg_native(raw_, &detail::native<T>::ops));
  }
  /** Takes the value out, if it is a T. */
  template <class T>
  std::unique_ptr<T> take() noexcept {
    return std::unique_ptr<T>(static_cast<T*>(rsp_msg_take_native(raw_, &detail::native<T>::ops)));
  }

  rsp_msg* raw() const noexcept { return raw_; }

 private:
  message(rsp_msg* raw, bool owned) noexcept : raw_(raw), owned_(owned) {}

  rsp_msg* raw_;
  bool owned_;
};

/** Takes the oldest message, in a thread that is a process; waits until there is one. Throws Error (RSP_ETIMEDOUT). */
inline result<message> try_receive(timeout within = infinite) {
  rsp_receive_opts opts = RSP_RECEIVE_OPTS_INIT;
  opts.timeout_ms = within.milliseconds();
  const result<rsp_self*> self = detail::current();
  if (!self) return Err{self.error()};
  rsp_msg* raw = nullptr;
  const rsp_result code = rsp_receive(*self, &raw, &opts);
  if (code != RSP_OK) return Err{code};
  return Ok{message::received(raw)};
}
inline message receive(timeout within = infinite) { return try_receive(within).value(); }

namespace detail {

/** Calls a predicate. What leaves it ends the wait, and is thrown again behind it: no message is taken. */
template <class Match>
struct matching {
  explicit matching(Match& wanted) : match(wanted) {}
  static bool run(const rsp_msg* raw, void* ctx) {
    matching& self = *static_cast<matching*>(ctx);
    const message looked_at = message::lent(const_cast<rsp_msg*>(raw));
#if RSP_CPP_EXCEPTIONS
    try {
      return self.match(looked_at);
    } catch (...) {
      self.thrown = std::current_exception();
      throw;
    }
#else
    return self.match(looked_at);
#endif
  }

  Match& match;
#if RSP_CPP_EXCEPTIONS
  std::exception_ptr thrown = nullptr;
#endif
};

}  // namespace detail

/** Takes the oldest message that `match(const message&)` wants; the others stay, in order. It may call nothing. */
template <class Match, class = std::enable_if_t<std::is_invocable_r_v<bool, Match&, const message&>>>
result<message> try_receive(Match match, timeout within = infinite) {
  const result<rsp_self*> self = detail::current();
  if (!self) return Err{self.error()};
  detail::matching<Match> matching(match);
  rsp_receive_opts opts = RSP_RECEIVE_OPTS_INIT;
  opts.timeout_ms = within.milliseconds();
  opts.match = &detail::matching<Match>::run;
  opts.match_ctx = &matching;
  rsp_msg* raw = nullptr;
  const rsp_result code = rsp_receive(*self, &raw, &opts);
#if RSP_CPP_EXCEPTIONS
  if (matching.thrown) std::rethrow_exception(matching.thrown);
#endif
  if (code != RSP_OK) return Err{code};
  return Ok{message::received(raw)};
}
template <class Match, class = std::enable_if_t<std::is_invocable_r_v<bool, Match&, const message&>>>
message receive(Match match, timeout within = infinite) {
  return try_receive(std::move(match), within).value();
}

}  // namespace resprout
