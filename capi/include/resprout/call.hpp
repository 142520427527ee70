// Calls with terms: of any server, in whatever language it is written. Those of a C++ server with its own types are in
// resprout/server_ref.hpp.
//
// Thread: any; one that is no process becomes one for as long as a call takes, so a thread that calls often attaches itself.
// Not in a callback, where nothing waits (RSP_EWOULDBLOCK): there send_request, and the answer is a message.
// Rules: S-SRV-9..13, S-SRV-16, S-SRV-28.
#pragma once

#include "resprout/message.hpp"
#include "resprout/process.hpp"
#include "resprout/relation.hpp"
#include "resprout/request.h"
#include "resprout/server.h"

namespace resprout {
namespace detail {

/** The process of this thread; where there is none, one that lives as long as this. */
class caller {
 public:
  caller() noexcept : self_(rsp_current()) {
    if (self_ != nullptr) return;
    code_ = rsp_attach(&self_);
    // It is one, and inside a call: a match predicate, a drop.
    if (code_ == RSP_EALREADY) code_ = RSP_EWOULDBLOCK;
    detaches_ = code_ == RSP_OK;
  }
  caller(const caller&) = delete;
  caller& operator=(const caller&) = delete;
  ~caller() {
    if (detaches_) ignore(rsp_detach(self_, word("normal").get()));
  }

  rsp_result code() const noexcept { return code_; }
  rsp_self* self() const noexcept { return self_; }

 private:
  rsp_self* self_ = nullptr;
  rsp_result code_ = RSP_OK;
  bool detaches_ = false;
};

/** The answer that a message carries, as R. */
template <class R>
result<R> answer_of(message answer) {
  if constexpr (std::is_void_v<R>) {
    return Ok<>{};
  } else if constexpr (std::is_same_v<R, term>) {
    return Ok{answer.content()};
  } else {
    const std::unique_ptr<R> value = answer.take<R>();
    if (value == nullptr) return Err{RSP_ETYPE};
    return Ok{std::move(*value)};
  }
}

/** A call: `call(self, msg_out, reason_out)`, from whatever thread. */
template <class R, class Call>
result<R> call_as(Call&& call) {
  const caller self;
  if (self.code() != RSP_OK) return Err{self.code()};
  rsp_msg* raw = nullptr;
  held_term reason;
  const rsp_result code = call(self.self(), &raw, reason.out());
  if (code != RSP_OK) return Err{failure(failure::of::CALL, code, std::move(reason))};
  return answer_of<R>(message::received(raw));
}

/** Why a request has no answer; RSP_EEXITED: in its place there is the DOWN of who was asked. */
inline failure no_answer(failure::of asked, rsp_result code, const message& down) {
  if (code == RSP_ETIMEDOUT) return failure(asked, code, word("timeout"));
  if (code != RSP_EEXITED) return code;
  held_term reason;
  const rsp_result made = down.name() ? tuple_to_term(reason.out(), down.content(), down.name())
                                      : tuple_to_term(reason.out(), down.content(), down.sender());
  return made == RSP_OK ? failure(asked, code, std::move(reason)) : failure(made);
}

/** The answer of who answers with what was asked for. */
struct plain_answer {
  /** What the wait for it came to. */
  template <class R>
  static result<R> read(rsp_result code, message answer) {
    if (code == RSP_OK) return answer_of<R>(std::move(answer));
    return Err{no_answer(failure::of::CALL, code, answer)};
  }
};

}  // namespace detail

/** Calls a server, and waits for its answer. Throws call_exit: it ended, or there is none (noproc); call_timeout. */
inline result<term> try_call(pid server, const term& request, timeout within = call_time) {
  return detail::call_as<term>([&](rsp_self* self, rsp_msg** out, rsp_term* reason) {
    return rsp_call(self, out, reason, server.raw(), request.raw(), within.milliseconds());
  });
}
inline term call(pid server, const term& request, timeout within = call_time) {
  return try_call(server, request, within).value();
}

/** Calls whoever has a name now. */
inline result<term> try_call(const atom& server, const term& request, timeout within = call_time) {
  return detail::call_as<term>([&](rsp_self* self, rsp_msg** out, rsp_term* reason) {
    return rsp_call_name(self, out, reason, server.raw(), request.raw(), within.milliseconds());
  });
}
inline term call(const atom& server, const term& request, timeout within = call_time) {
  return try_call(server, request, within).value();
}

/** Sends a request without an answer; nothing says whether it arrives. */
inline result<void> try_cast(pid server, const term& request) {
  return detail::check(rsp_cast(rsp_current(), server.raw(), request.raw()));
}
inline void cast(pid server, const term& request) { try_cast(server, request).value(); }
inline result<void> try_cast(const atom& server, const term& request) {
  return detail::check(rsp_cast_name(rsp_current(), server.raw(), request.raw()));
}
inline void cast(const atom& server, const term& request) { try_cast(server, request).value(); }

/** A request that was sent, and what becomes of it: exactly one answer, or one DOWN. `Answer` reads that. Thread: of the process
 * that sent it. */
template <class R = term, class Answer = detail::plain_answer>
class request {
 public:
  explicit request(const ref& raw) noexcept : ref_(raw) {}
  explicit request(const rsp_ref& raw) noexcept : ref_(raw) {}

  /** What the answer's message refers to. */
  const ref& reference() const noexcept { return ref_; }

  /** Waits for the answer. When the time is over the request is given up, and a late answer never comes. Throws call_exit,
   * with {Reason, Server}, and call_timeout. */
  result<R> try_receive(timeout within = call_time) const { return wait_by(&rsp_receive_response, within); }
  R receive(timeout within = call_time) const { return try_receive(within).value(); }

  /** The same, but the request is kept when the time is over. */
  result<R> try_wait(timeout within) const { return wait_by(&rsp_wait_response, within); }
  R wait(timeout within) const { return try_wait(within).value(); }

  /** Whether a message that was received is what became of it: then the answer is `answer_in`. */
  bool is_answered_by(const message& received) const noexcept {
    const rsp_result code = rsp_check_response(received.raw(), ref_.raw());
    return code == RSP_OK || code == RSP_EEXITED;
  }
  /** The answer in such a message. In a callback, it is how one comes: to handle_info. */
  result<R> try_answer_in(message& received) const {
    const rsp_result code = rsp_check_response(received.raw(), ref_.raw());
    if (code != RSP_OK && code != RSP_EEXITED) return Err{code};
    return Answer::template read<R>(code, message::lent(received.raw()));
  }
  R answer_in(message& received) const { return try_answer_in(received).value(); }

  /** Gives it up: nothing of it comes later. */
  result<void> try_abandon() const {
    return detail::act([&](rsp_self* self) { return rsp_abandon_request(self, ref_.raw()); });
  }
  void abandon() const { try_abandon().value(); }

 private:
  using wait_function = rsp_result (*)(rsp_self*, rsp_msg**, rsp_ref, uint64_t);
  result<R> wait_by(wait_function wait_for, timeout within) const {
    const result<rsp_self*> self = detail::current();
    if (!self) return Err{self.error()};
    rsp_msg* raw = nullptr;
    const rsp_result code = wait_for(*self, &raw, ref_.raw(), within.milliseconds());
    return Answer::template read<R>(code, message::received(raw));
  }

  ref ref_;
};

/** Sends a request, and returns: the answer is waited for later, or comes as a message. Thread: one that is a process. */
inline result<request<term>> try_send_request(pid server, const term& asked) {
  return detail::ask<request<term>, rsp_ref>(
      [&](rsp_self* self, rsp_ref* out) { return rsp_send_request(self, out, server.raw(), asked.raw()); });
}
inline request<term> send_request(pid server, const term& asked) {
  return try_send_request(server, asked).value();
}
inline result<request<term>> try_send_request(const atom& server, const term& asked) {
  return detail::ask<request<term>, rsp_ref>([&](rsp_self* self, rsp_ref* out) {
    return rsp_send_request_name(self, out, server.raw(), asked.raw());
  });
}
inline request<term> send_request(const atom& server, const term& asked) {
  return try_send_request(server, asked).value();
}

/** What a call of several nodes came to. */
struct multi_call_result {
  std::vector<std::pair<atom, term>> replies;  ///< of each node that has replied
  std::vector<atom> bad_nodes;  ///< the others: nobody has the name there, or sent no reply in time
};

/** The name of this node, erlang:node/0: programs have nodes of their own. */
inline atom this_node() noexcept { return atom(rsp_node()); }

/** Calls whoever has the name, on each of these nodes (this_node(): no other one can be reached), and waits for all of them. Late
 * replies are dropped. Throws Error. Thread: any but a callback. */
inline result<multi_call_result> try_multi_call(const std::vector<atom>& nodes, const atom& name,
                                                const term& asked, timeout within = infinite) {
  const detail::caller self;
  if (self.code() != RSP_OK) return Err{self.code()};
  const std::vector<rsp_atom> raw = detail::raw_atoms(nodes);
  std::vector<rsp_msg*> raw_replies(nodes.size(), nullptr);
  std::vector<message> replies;
  replies.reserve(nodes.size());
  const rsp_result code = rsp_multi_call(self.self(), raw_replies.data(), raw.data(), raw.size(), name.raw(),
                                         asked.raw(), within.milliseconds());
  if (code != RSP_OK) return Err{code};
  for (rsp_msg* const reply : raw_replies) replies.push_back(message::received(reply));
  multi_call_result done;
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (raw_replies[i] == nullptr) {
      done.bad_nodes.push_back(nodes[i]);
    } else {
      done.replies.emplace_back(nodes[i], replies[i].content());
    }
  }
  return Ok{std::move(done)};
}
inline multi_call_result multi_call(const std::vector<atom>& nodes, const atom& name, const term& asked,
                                    timeout within = infinite) {
  return try_multi_call(nodes, name, asked, within).value();
}

/** Sends a cast to whoever has the name, on each of these nodes. Nothing says whom it reaches. Throws Error. Thread: any. */
inline result<void> try_abcast(const std::vector<atom>& nodes, const atom& name, const term& asked) {
  const std::vector<rsp_atom> raw = detail::raw_atoms(nodes);
  return detail::check(rsp_abcast(rsp_current(), raw.data(), raw.size(), name.raw(), asked.raw()));
}
inline void abcast(const std::vector<atom>& nodes, const atom& name, const term& asked) {
  try_abcast(nodes, name, asked).value();
}

/** Waits until a name has a process: after a crash, the one that was started anew. Throws Error (RSP_ETIMEDOUT). Thread: any
 * but a callback. */
inline result<pid> try_wait_for_name(const atom& name, timeout within = call_time) {
  const detail::caller self;
  if (self.code() != RSP_OK) return Err{self.code()};
  const auto begin = std::chrono::steady_clock::now();
  rsp_receive_opts nap = RSP_RECEIVE_OPTS_INIT;
  nap.timeout_ms = 1;
  nap.match = [](const rsp_msg*, void*) { return false; };
  for (;;) {
    if (const pid now = whereis(name)) return Ok{now};
    const auto waited =
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
    if (static_cast<uint64_t>(waited.count()) >= within.milliseconds()) return Err{RSP_ETIMEDOUT};
    rsp_msg* none = nullptr;
    const rsp_result slept = rsp_receive(self.self(), &none, &nap);
    if (slept != RSP_ETIMEDOUT) return Err{slept};
  }
}
inline pid wait_for_name(const atom& name, timeout within = call_time) {
  return try_wait_for_name(name, within).value();
}

namespace detail {

/** What a stop came to; `actual` is why it ended, and may be nil. */
inline result<void> stopped(rsp_result code, held_term actual) {
  if (code == RSP_OK) return Ok<>{};
  if (code == RSP_ETIMEDOUT) actual = word("timeout");
  if (code == RSP_ECALLINGSELF) actual = word("calling_self");
  return Err{failure(failure::of::STOP, code, std::move(actual))};
}

}  // namespace detail

/** Stops a server or supervisor in order. Throws call_exit, with the reason it ended for instead (noproc: there was none);
 * call_timeout. Thread: any but a callback. */
inline result<void> try_stop(pid server, const term& reason = atom("normal"), timeout within = infinite) {
  detail::held_term actual;
  const rsp_result code =
      rsp_stop(rsp_current(), actual.out(), server.raw(), reason.raw(), within.milliseconds());
  return detail::stopped(code, std::move(actual));
}
inline void stop(pid server, const term& reason = atom("normal"), timeout within = infinite) {
  try_stop(server, reason, within).value();
}

}  // namespace resprout
