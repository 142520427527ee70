// The callbacks of a C++ event handler as the C API calls them. resprout/gen_event.hpp says what a handler may define.
#pragma once

#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "resprout/event_flow.hpp"
#include "resprout/server_ops.hpp"

namespace resprout {
namespace detail {

// ---- What a handler defines ----

template <class H, class = void>
struct has_event_info : std::false_type {};
template <class H>
struct has_event_info<H,
                      std::void_t<decltype(std::declval<H&>().handle_info(std::declval<const message&>()))>>
    : std::true_type {};

template <class H, class = void>
struct has_init_swap : std::false_type {};
template <class H>
struct has_init_swap<H, std::void_t<decltype(std::declval<H&>().init_swap(std::declval<const term&>()))>>
    : std::true_type {};

// ---- What its callbacks return ----

template <class T>
struct is_event_reply : std::false_type {};
template <class R>
struct is_event_reply<event_reply<R>> : std::true_type {};

/** Where a callback's result goes. */
struct event_border {
  rsp_self* self;
  handler_swap* swap;
  rsp_event_return* ret;
};

/** What a callback that answers R, or void: nothing, has returned, as the C API takes it. */
template <class R, class Returned>
rsp_next tell_event_answer(const event_border& to, Returned returned) {
  if constexpr (is_result<Returned>::value) {
    if (!returned) return returned.error().raise_in(to.self);
    if constexpr (std::is_same_v<Returned, result<void>>) {
      return RSP_NEXT_CONTINUE;
    } else {
      return tell_event_answer<R>(to, std::move(*returned));
    }
  } else if constexpr (std::is_same_v<Returned, event_flow>) {
    static_assert(std::is_void_v<R>, "handle returns an event_flow, and its request wants a reply");
    return std::move(returned).tell(to.self, *to.swap, to.ret);
  } else if constexpr (is_event_reply<Returned>::value) {
    put_reply<R>(to.ret, std::move(returned.answer()));
    return std::move(returned.then()).tell(to.self, *to.swap, to.ret);
  } else {
    static_assert(!std::is_void_v<R>, "it returns nothing, an event_flow, or a result of either");
    put_reply<R>(to.ret, std::move(returned));
    return RSP_NEXT_CONTINUE;
  }
}

/** Runs a callback that answers R; void: nothing. */
template <class R, class Call>
rsp_next run_event_answer(const event_border& to, Call&& call) {
  return guarded(to.self, [&]() -> rsp_next {
    if constexpr (std::is_void_v<decltype(call())>) {
      static_assert(std::is_void_v<R>, "handle returns nothing, and its request wants a reply");
      call();
      return RSP_NEXT_CONTINUE;
    } else {
      return tell_event_answer<R>(to, call());
    }
  });
}

// ---- Its requests ----

/** A call of a handler as it travels: knows its type. */
template <class H>
class handler_request {
 public:
  virtual ~handler_request() = default;
  virtual rsp_next call(H& handler, const event_border& to) = 0;
};

template <class H, class Message>
class handler_request_of final : public handler_request<H> {
 public:
  explicit handler_request_of(Message&& content) : content_(std::move(content)) {}
  rsp_next call(H& handler, const event_border& to) override {
    return run_event_answer<typename reply_of<Message>::type>(
        to, [&] { return handler.handle(std::move(content_)); });
  }

 private:
  Message content_;
};

// ---- Its callbacks ----

/** A handler that a manager has, as the C API holds it. */
template <class H>
struct handler_body {
  std::unique_ptr<H> handler;
  handler_swap swap;
};

template <class H>
struct handler_callbacks {
  static rsp_next init(rsp_self* self, void* ctx, rsp_term args, rsp_event_return* ret) {
    return guarded(self, [&]() -> rsp_next {
      auto made = std::make_unique<handler_body<H>>();
      rsp_server_return said{};
      const border to{self, &said, nullptr, nullptr};
      const rsp_next next = (*static_cast<const context<H>*>(ctx))->make(to, rsp_term{0, 0}, made->handler);
      if (next != RSP_NEXT_CONTINUE) return next;
      take_init(said, ret);
      if constexpr (has_init_swap<H>::value) {
        rsp_term left{0, 0};
        if (ret->action == RSP_EVENT_OK && rsp_term_kind(args) != RSP_KIND_NIL &&
            rsp_term_element(&left, args, 1) == RSP_OK)
          made->handler->init_swap(term::copy_of(left));
      }
      if (ret->action == RSP_EVENT_OK) ret->state = made.release();
      return RSP_NEXT_CONTINUE;
    });
  }

  static rsp_next handle_event(rsp_self* self, void* state, rsp_msg* msg, rsp_event_return* ret) {
    const message event = message::lent(msg);
    return run_event_answer<void>(border_of(self, state, ret),
                                  [&] { return handler_of(state).handle_event(event); });
  }

  static rsp_next handle_call(rsp_self* self, void* state, rsp_msg* msg, rsp_event_return* ret) {
    message request = message::lent(msg);
    const event_border to = border_of(self, state, ret);
    if (const auto typed = request.take<handler_request<H>>()) return typed->call(handler_of(state), to);
    if constexpr (has_handle_call<H>::value) {
      return run_event_answer<term>(to, [&] { return handler_of(state).handle_call(request.content()); });
    } else {
      return raise_undefined(self, "handle_call");
    }
  }

  static rsp_next handle_info(rsp_self* self, void* state, rsp_msg* msg, rsp_event_return* ret) {
    const message info = message::lent(msg);
    return run_event_answer<void>(border_of(self, state, ret),
                                  [&] { return handler_of(state).handle_info(info); });
  }

  static rsp_next terminate(rsp_self* self, void* state, rsp_term args, rsp_term* result) {
    return guarded(self, [&] {
      const term why = term::copy_of(args);
      if constexpr (std::is_void_v<decltype(handler_of(state).terminate(why))>) {
        handler_of(state).terminate(why);
      } else {
        *result = term(handler_of(state).terminate(why)).release();
      }
      return RSP_NEXT_CONTINUE;
    });
  }

  static rsp_term format_status(rsp_self* self, void* state) { return said_status(self, handler_of(state)); }

  static void free_state(void* state) { delete static_cast<handler_body<H>*>(state); }

 private:
  static H& handler_of(void* state) { return *static_cast<handler_body<H>*>(state)->handler; }
  static event_border border_of(rsp_self* self, void* state, rsp_event_return* ret) {
    return event_border{self, &static_cast<handler_body<H>*>(state)->swap, ret};
  }
  /** What an init says that is written as a server's. */
  static void take_init(rsp_server_return& said, rsp_event_return* ret) {
    const term reason = term::adopt(said.reason);
    const term argument = term::adopt(said.continue_term);
    if (said.action == RSP_SERVER_ERROR) {
      ret->action = RSP_EVENT_ERROR;
      ret->reason = term(reason).release();
    } else if (said.action != RSP_SERVER_NOREPLY || said.has_continue ||
               said.wait == RSP_SERVER_WAIT_TIMEOUT) {
      ret->action = RSP_EVENT_BAD_RETURN;
      ret->reason = (said.action == RSP_SERVER_STOP     ? term::tuple(atom("stop"), reason)
                     : said.action == RSP_SERVER_IGNORE ? term(atom("ignore"))
                     : said.has_continue                ? term::tuple(atom("continue"), argument)
                                                        : term(atom("timeout")))
                        .release();
    } else {
      ret->hibernate = said.wait == RSP_SERVER_WAIT_HIBERNATE;
    }
  }
};

/** The callbacks of a type: made once. */
template <class H>
const rsp_event_ops& event_ops_of() {
  static const rsp_event_ops ops = [] {
    rsp_event_ops made{};
    made.size = sizeof(made);
    made.name = type_name<H>();
    made.init = &handler_callbacks<H>::init;
    made.handle_event = &handler_callbacks<H>::handle_event;
    made.handle_call = &handler_callbacks<H>::handle_call;
    if constexpr (has_event_info<H>::value) made.handle_info = &handler_callbacks<H>::handle_info;
    if constexpr (has_terminate<H>::value) made.terminate = &handler_callbacks<H>::terminate;
    made.free_state = &handler_callbacks<H>::free_state;
    if constexpr (has_format_status<H>::value) made.format_status = &handler_callbacks<H>::format_status;
    return made;
  }();
  return ops;
}

/** A handler of type H. */
template <class H>
class handler_code_of final : public handler_code {
 public:
  explicit handler_code_of(context<H> made) : made_(std::move(made)) {}
  rsp_result fill(rsp_event_handler* out) const override {
    out->ops = &event_ops_of<H>();
    out->ctx = new (std::nothrow) context<H>(made_);
    out->ctx_free = [](void* ctx) { delete static_cast<context<H>*>(ctx); };
    return out->ctx == nullptr ? RSP_ENOMEM : RSP_OK;
  }

 private:
  context<H> made_;
};

}  // namespace detail
}  // namespace resprout
