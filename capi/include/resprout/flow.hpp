// What a callback of a server does next, and what it answers.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "resprout/call.hpp"
#include "resprout/server.h"

namespace resprout {
namespace detail {

class waiting;

/** The callback of a server that waits: what goes on, and what then counts. Lives as long as the server. */
struct waits {
  std::unique_ptr<waiting> code;
  rsp_server_return* ret = nullptr;
};

/** Where a callback's result goes. */
struct border {
  rsp_self* self;
  rsp_server_return* ret;  // nullptr: it is terminate, which nothing follows
  /** What it leaves if it waits; nullptr: an agent, a task, or the init of a handler of events, which does not. */
  waits* here;
  const rsp_from* from;  // of a request: who asks
};

/** What a callback waits for, and what goes on when that has come, or the time is over. */
class waiting {
 public:
  virtual ~waiting() = default;
  /** Has the process wait. `here` holds this, and is what goes on. */
  virtual rsp_next begin(rsp_self* self, waits& here) = 0;
};

/** Takes out what goes on, since it may wait again, and lets it: `code.go_on(to, come)`. */
template <class Code, class Come>
rsp_next resume(rsp_self* self, Come* come, void* ctx) {
  waits& here = *static_cast<waits*>(ctx);
  const std::unique_ptr<waiting> code = std::move(here.code);
  return static_cast<Code&>(*code).go_on(border{self, here.ret, &here, nullptr}, come);
}

template <class R, class Answer, class Then>
class waiting_for;

}  // namespace detail

class child_spec;

/** What a server does after a callback. */
class flow {
 public:
  /** It takes the next message. */
  static flow go_on() noexcept { return flow(step::GO_ON); }
  /** The same; if none of any kind comes in this time, handle_info gets one whose content is the atom `timeout`. What is in
   * the mailbox already comes in any time. */
  static flow timeout(resprout::timeout idle) noexcept {
    flow made(step::TIMEOUT);
    made.timeout_ms_ = idle.milliseconds();
    return made;
  }
  /** It takes the next message, however long that takes, and gives back memory until then. */
  static flow hibernate() noexcept { return flow(step::HIBERNATE); }
  /** handle_continue runs with this, before any message. */
  static flow continue_with(const term& argument) { return flow(step::CONTINUE, argument); }
  /** It stops: terminate runs, then it ends with this reason. */
  static flow stop(const term& reason = atom("normal")) { return flow(step::STOP, reason); }
  /** The callback is not over: it waits for the answer to a request, and `then(result<R>)` goes on, which returns nothing or a
   * flow. Meanwhile no worker is blocked, exit signals take effect, and all other messages stay in the mailbox. When the
   * time is over the request is given up. */
  template <class R, class Answer, class Then>
  static flow wait_for(const request<R, Answer>& asked, resprout::timeout within, Then then);
  /** The same for a start: `then(result<pid>)` has what child_spec::start comes to. If this process ends meanwhile, so does what it
   * was starting. What is malformed (no such worker, a child of started_by) is an error badarg of this process. Rules: S-START-8,
   * S-START-9. */
  template <class Then>
  static flow wait_for_start(child_spec what, resprout::timeout within, Then then);
  /** The same, linked to this process, which is its parent. One that fails ends this process too, unless it traps exits. */
  template <class Then>
  static flow wait_for_start_link(child_spec what, resprout::timeout within, Then then);
  /** The same, watched by this process: `then(result<std::pair<pid, ref>>)`. Not of a supervisor. */
  template <class Then>
  static flow wait_for_start_monitor(child_spec what, resprout::timeout within, Then then);
  /** The same for the end of a server or supervisor that is stopped in order: `then(result<void>)` has what stop comes to. */
  template <class Then>
  static flow wait_for_stop(pid server, const term& reason, resprout::timeout within, Then then);
  /** As a throw of this exception, for code that does not throw. */
  static flow raise(const raised& exception) {
    flow made(step::RAISE, exception.value());
    made.class_ = exception.exception_class();
    return made;
  }

  /** For the border: what the C API is told. Reads `ret` for whether there is an answer. */
  rsp_next tell(const detail::border& to) && {
    rsp_server_return* const ret = to.ret;
    if (ret == nullptr && step_ != step::WAIT && step_ != step::RAISE) return RSP_NEXT_CONTINUE;
    switch (step_) {
      case step::TIMEOUT:
        ret->wait = RSP_SERVER_WAIT_TIMEOUT;
        ret->timeout_ms = timeout_ms_;
        break;
      case step::HIBERNATE:
        ret->wait = RSP_SERVER_WAIT_HIBERNATE;
        break;
      case step::CONTINUE:
        ret->has_continue = true;
        ret->continue_term = term_.release();
        break;
      case step::STOP:
        ret->action = ret->action == RSP_SERVER_REPLY ? RSP_SERVER_STOP_REPLY : RSP_SERVER_STOP;
        ret->reason = term_.release();
        break;
      case step::WAIT:
        if (to.here == nullptr) return rsp_error(to.self, detail::word("badarg").get());
        to.here->code = std::move(waiting_);
        to.here->ret = ret;
        return to.here->code->begin(to.self, *to.here);
      case step::RAISE:
        return rsp_raise(to.self, class_, term_.raw(), {0, 0});
      case step::GO_ON:
        break;
    }
    return RSP_NEXT_CONTINUE;
  }
  bool is_wait() const noexcept { return step_ == step::WAIT; }

 private:
  enum class step { GO_ON, TIMEOUT, HIBERNATE, CONTINUE, STOP, WAIT, RAISE };
  explicit flow(step what, term argument = {}) noexcept : step_(what), term_(std::move(argument)) {}
  explicit flow(std::unique_ptr<detail::waiting> what) noexcept
      : step_(step::WAIT), waiting_(std::move(what)) {}

  step step_;
  rsp_class class_ = RSP_CLASS_ERROR;
  uint64_t timeout_ms_ = 0;
  term term_;
  std::unique_ptr<detail::waiting> waiting_;
};

/** An answer, or none for now, and what the server does then. */
template <class R>
class reply {
 public:
  reply(R answer, flow then = flow::go_on())  // NOLINT(google-explicit-constructor): an answer is one
      : answer_(std::move(answer)), then_(std::move(then)) {}
  /** No answer for now: somebody calls reply_to::reply, or the server stops. */
  reply(flow then) : then_(std::move(then)) {}  // NOLINT(google-explicit-constructor): the same

  std::optional<R>& answer() noexcept { return answer_; }
  flow& then() noexcept { return then_; }

 private:
  std::optional<R> answer_;
  flow then_;
};

/** That a request without a value is done, or is not for now, and what the server does then. */
template <>
class reply<void> {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): as above
  reply(flow then) : is_done_(false), then_(std::move(then)) {}
  static reply done(flow then = flow::go_on()) {
    reply made(std::move(then));
    made.is_done_ = true;
    return made;
  }

  bool is_done() const noexcept { return is_done_; }
  flow& then() noexcept { return then_; }

 private:
  bool is_done_;
  flow then_;
};

/** What init says. Returning nothing, or a flow, is a server that runs. */
class init_result {
 public:
  init_result(flow then = flow::go_on())  // NOLINT(google-explicit-constructor): a flow is one
      : action_(RSP_SERVER_NOREPLY), then_(std::move(then)) {}
  /** There will be no process, and that is no error. */
  static init_result ignore() { return init_result(RSP_SERVER_IGNORE, term()); }
  /** The start fails with this reason, which ends the process. */
  static init_result stop(const term& reason) { return init_result(RSP_SERVER_STOP, reason); }
  /** The start fails with this reason, quietly. */
  static init_result error(const term& reason) { return init_result(RSP_SERVER_ERROR, reason); }

  /** For the border. */
  rsp_next tell(const detail::border& to) && {
    if (to.ret == nullptr) return std::move(then_).tell(to);
    to.ret->action = action_;
    if (action_ != RSP_SERVER_NOREPLY) {
      to.ret->reason = reason_.release();
      return RSP_NEXT_CONTINUE;
    }
    return std::move(then_).tell(to);
  }
  bool runs() const noexcept { return action_ == RSP_SERVER_NOREPLY; }

 private:
  init_result(rsp_server_action action, term reason)
      : action_(action), reason_(std::move(reason)), then_(flow::go_on()) {}

  rsp_server_action action_;
  term reason_;
  flow then_;
};

namespace detail {

template <class T>
struct is_result : std::false_type {};
template <class T>
struct is_result<result<T>> : std::true_type {};
template <class R>
struct content_of {
  using type = R;
};
template <class T>
struct content_of<result<T>> {
  using type = T;
};
/** What a function of the program gives: what it returns, or what is in the result that it returns. */
template <class F, class... Args>
using given_by = typename content_of<std::decay_t<std::invoke_result_t<F, Args...>>>::type;
template <class T>
struct is_reply : std::false_type {};
template <class R>
struct is_reply<reply<R>> : std::true_type {};

/** The answer as the C API takes it, in what a callback of a server or of an event handler returns. */
template <class R, class Return, class Value>
void put_reply(Return* ret, Value&& value) {
  if constexpr (std::is_same_v<R, term>) {
    ret->reply = term(std::forward<Value>(value)).release();
  } else {
    ret->reply_native = new R(std::forward<Value>(value));
    ret->reply_ops = &native<R>::ops;
  }
}

template <class R, class Value>
void put_answer(rsp_server_return* ret, Value&& value) {
  put_reply<R>(ret, std::forward<Value>(value));
  ret->action = RSP_SERVER_REPLY;
}

inline result<void> put_done(const border& to, bool at_once) {
  if (at_once) return reply_to<void>(*to.from).try_reply();
  to.ret->action = RSP_SERVER_REPLY;
  return Ok{};
}

/** What a callback that answers R has returned, as the C API takes it. */
template <class R, class Returned>
rsp_next tell_answer(const border& to, Returned returned) {
  if constexpr (is_result<Returned>::value) {
    if (!returned) return returned.error().raise_in(to.self);
    if constexpr (std::is_same_v<Returned, result<void>>) {
      to.ret->action = RSP_SERVER_REPLY;
      return RSP_NEXT_CONTINUE;
    } else {
      return tell_answer<R>(to, std::move(*returned));
    }
  } else if constexpr (std::is_same_v<Returned, flow>) {
    return std::move(returned).tell(to);
  } else if constexpr (std::is_same_v<Returned, reply<void>>) {
    if (returned.is_done()) {
      if (const result<void> sent = put_done(to, returned.then().is_wait()); !sent)
        return sent.error().raise_in(to.self);
    }
    return std::move(returned.then()).tell(to);
  } else if constexpr (is_reply<Returned>::value) {
    if (returned.answer() && returned.then().is_wait()) {
      // Who waits is not to hold up who asked.
      if (const result<void> sent = reply_to<R>(*to.from).try_reply(std::move(*returned.answer())); !sent)
        return sent.error().raise_in(to.self);
    } else if (returned.answer()) {
      put_answer<R>(to.ret, std::move(*returned.answer()));
    }
    return std::move(returned.then()).tell(to);
  } else {
    put_answer<R>(to.ret, std::move(returned));
    return RSP_NEXT_CONTINUE;
  }
}

/** What a callback that answers nothing has returned. An answer to nobody is dropped. */
template <class Returned>
rsp_next tell_flow(const border& to, Returned returned) {
  if constexpr (is_result<Returned>::value) {
    if (!returned) return returned.error().raise_in(to.self);
    if constexpr (!std::is_same_v<Returned, result<void>>) return tell_flow(to, std::move(*returned));
  } else if constexpr (std::is_same_v<Returned, flow> || std::is_same_v<Returned, init_result>) {
    return std::move(returned).tell(to);
  } else if constexpr (is_reply<Returned>::value) {
    return std::move(returned.then()).tell(to);
  }
  return RSP_NEXT_CONTINUE;
}

/** Runs a callback that answers nothing. */
template <class Call>
rsp_next run_flow(const border& to, Call&& call) {
  return guarded(to.self, [&]() -> rsp_next {
    if constexpr (std::is_void_v<decltype(call())>) {
      call();
      return RSP_NEXT_CONTINUE;
    } else {
      return tell_flow(to, call());
    }
  });
}

/** Runs a callback that answers R. One that returns nothing has answered a request without a value, unless it has been given
 * whom to answer later. */
template <class R, bool LATER, class Call>
rsp_next run_answer(const border& to, Call&& call) {
  return guarded(to.self, [&]() -> rsp_next {
    if constexpr (std::is_void_v<decltype(call())>) {
      static_assert(LATER || std::is_void_v<R>, "handle returns nothing, and is not given whom to answer");
      call();
      if (!LATER) to.ret->action = RSP_SERVER_REPLY;
      return RSP_NEXT_CONTINUE;
    } else {
      return tell_answer<R>(to, call());
    }
  });
}

template <class R, class Answer, class Then>
class waiting_for final : public waiting {
 public:
  waiting_for(const request<R, Answer>& asked, timeout within, Then then)
      : asked_(asked), within_(within), then_(std::move(then)) {}
  rsp_next begin(rsp_self* self, waits& here) override {
    const rsp_ref answer = asked_.reference().raw();
    return rsp_await(self, answer, within_.milliseconds(), &resume<waiting_for, rsp_msg>, &here);
  }
  rsp_next go_on(const border& to, rsp_msg* answer) {
    return run_flow(to, [&] { return then_(response(to.self, answer)); });
  }

 private:
  result<R> response(rsp_self* self, rsp_msg* answer) const {
    if (answer == nullptr) {
      ignore(rsp_abandon_request(self, asked_.reference().raw()));
      return Answer::template read<R>(RSP_ETIMEDOUT, message::lent(nullptr));
    }
    const bool is_down = rsp_msg_get_kind(answer) == RSP_MSG_DOWN;
    return Answer::template read<R>(is_down ? RSP_EEXITED : RSP_OK, message::lent(answer));
  }

  request<R, Answer> asked_;
  timeout within_;
  Then then_;
};

}  // namespace detail

template <class R, class Answer, class Then>
flow flow::wait_for(const request<R, Answer>& asked, resprout::timeout within, Then then) {
  return flow(std::make_unique<detail::waiting_for<R, Answer, Then>>(asked, within, std::move(then)));
}

}  // namespace resprout
