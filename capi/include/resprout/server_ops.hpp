// The callbacks of a C++ server, or state machine, as the C API calls them. resprout/gen_server.hpp and resprout/gen_statem.hpp say
// what one may define.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "resprout/flow.hpp"
#include "resprout/server.h"
#include "resprout/statem.hpp"

namespace resprout {

/** Terms that a start adds to the arguments of a child: what supervisor_ref::start_child_args was given, the number of a partition.
 * For an init, or else a constructor, that takes it behind the arguments of the start; a server without such a one is not started
 * with more. Where a start adds none it is empty. */
class extra_args {
 public:
  extra_args() = default;
  /** Of a list, or nil. */
  explicit extra_args(term list) noexcept : list_(std::move(list)) {}

  size_t size() const { return list_.is_nil() ? 0 : list_.size(); }
  /** One of them, counted from 0. Throws Error: there is none, or it is of another type. */
  template <class T = term>
  T at(size_t index) const {
    return try_at<T>(index).value();
  }
  template <class T = term>
  result<T> try_at(size_t index) const {
    const result<term> found = list_.try_element(index);
    if (!found) return Err{found.error()};
    return found->template try_to<T>();
  }

 private:
  term list_;
};

namespace detail {

// ---- What a server defines ----

template <class S, class Message, class = void>
struct takes : std::false_type {};
template <class S, class Message>
struct takes<S, Message, std::void_t<decltype(std::declval<S&>().handle(std::declval<Message>()))>>
    : std::true_type {};

template <class Message, class = void>
struct reply_of {
  using type = void;
};
template <class Message>
struct reply_of<Message, std::void_t<typename Message::reply>> {
  using type = typename Message::reply;
};

template <class S, class Message, class = void>
struct takes_from : std::false_type {};
template <class S, class Message>
struct takes_from<S, Message,
                  std::void_t<decltype(std::declval<S&>().handle(
                      std::declval<Message>(), std::declval<reply_to<typename reply_of<Message>::type>>()))>>
    : std::true_type {};

template <class S, class Message, class = void>
struct takes_cast : std::false_type {};
template <class S, class Message>
struct takes_cast<S, Message, std::void_t<decltype(std::declval<S&>().handle_cast(std::declval<Message>()))>>
    : std::true_type {};

template <class S, class Message, class = void>
struct takes_event : std::false_type {};
template <class S, class Message>
struct takes_event<
    S, Message,
    std::void_t<decltype(std::declval<S&>().handle(std::declval<Message&>(), std::declval<const event&>()))>>
    : std::true_type {};

/** Whether there is a handle for a call of this message, and for a cast of it: of a state machine one with the event. */
template <class S, class Message>
constexpr bool takes_calls =
    std::is_base_of_v<statem, S> ? takes_event<S, Message>::value
                                 : takes<S, Message>::value || takes_from<S, Message>::value;
template <class S, class Message>
constexpr bool takes_casts =
    std::is_base_of_v<statem, S> ? takes_event<S, Message>::value
                                 : takes_cast<S, Message>::value || takes<S, Message>::value;

template <class S, class = void>
struct has_handle_event : std::false_type {};
template <class S>
struct has_handle_event<S,
                        std::void_t<decltype(std::declval<S&>().handle_event(std::declval<const event&>()))>>
    : std::true_type {};

template <class S, class = void>
struct has_handle_call : std::false_type {};
template <class S>
struct has_handle_call<S, std::void_t<decltype(std::declval<S&>().handle_call(std::declval<const term&>()))>>
    : std::true_type {};

template <class S, class = void>
struct has_handle_call_from : std::false_type {};
template <class S>
struct has_handle_call_from<S, std::void_t<decltype(std::declval<S&>().handle_call(
                                   std::declval<const term&>(), std::declval<reply_to<term>>()))>>
    : std::true_type {};

template <class S, class = void>
struct has_handle_info : std::false_type {};
template <class S>
struct has_handle_info<S, std::void_t<decltype(std::declval<S&>().handle_info(std::declval<message&>()))>>
    : std::true_type {};

template <class S, class = void>
struct has_handle_continue : std::false_type {};
template <class S>
struct has_handle_continue<
    S, std::void_t<decltype(std::declval<S&>().handle_continue(std::declval<const term&>()))>>
    : std::true_type {};

template <class S, class = void>
struct has_terminate : std::false_type {};
template <class S>
struct has_terminate<S, std::void_t<decltype(std::declval<S&>().terminate(std::declval<const term&>()))>>
    : std::true_type {};

template <class S, class = void>
struct has_format_status : std::false_type {};
template <class S>
struct has_format_status<S, std::void_t<decltype(term(std::declval<const S&>().format_status()))>>
    : std::true_type {};

template <class S, class Args, class = void>
struct has_init : std::false_type {};
template <class S, class... Args>
struct has_init<S, std::tuple<Args...>,
                std::void_t<decltype(std::declval<S&>().init(std::declval<const Args&>()...))>>
    : std::true_type {};

// ---- How it is made ----

/** That a start adds no arguments. */
inline bool is_nothing(rsp_term args) noexcept {
  size_t size = 0;
  const rsp_kind kind = rsp_term_kind(args);
  return kind == RSP_KIND_NIL || (kind == RSP_KIND_LIST && rsp_term_size(&size, args) == RSP_OK && size == 0);
}

/** What no server has a parameter for: one that takes this takes anything, and no extra_args in particular. */
struct unheard_of {};

template <class S, class... Args>
constexpr bool init_takes = has_init<S, std::tuple<Args...>>::value;
template <class S, class... Args>
constexpr bool init_takes_more = has_init<S, std::tuple<Args..., extra_args>>::value &&
                                 !has_init<S, std::tuple<Args..., unheard_of>>::value;
template <class S, class... Args>
constexpr bool made_of = std::is_constructible_v<S, const Args&...>;
template <class S, class... Args>
constexpr bool made_of_more = std::is_constructible_v<S, const Args&..., const extra_args&> &&
                              !std::is_constructible_v<S, const Args&..., const unheard_of&>;

/** Makes the state of one start; what it makes it of stays as it is, so that each start begins clean. */
template <class S>
class factory {
 public:
  virtual ~factory() = default;
  /** Makes the state, and tells the C API what its init says. `more`: a list that is lent, or nil. */
  virtual rsp_next make(const border& to, rsp_term more, std::unique_ptr<S>& out) const = 0;
};

template <class S, class... Args>
class factory_of final : public factory<S> {
 public:
  template <class... Given>
  explicit factory_of(Given&&... given) : args_(std::forward<Given>(given)...) {}

  rsp_next make(const border& to, rsp_term more, std::unique_ptr<S>& out) const override {
    return std::apply([&](const Args&... args) { return make_of(to, more, out, args...); }, args_);
  }

 private:
  static rsp_next make_of(const border& to, rsp_term more, std::unique_ptr<S>& out, const Args&... args) {
    constexpr bool has_own_init = init_takes<S, Args...> || init_takes_more<S, Args...>;
    constexpr bool takes_more =
        init_takes_more<S, Args...> || (!has_own_init && (made_of_more<S, Args...> || init_takes_more<S>));
    if constexpr (!takes_more) {
      if (!is_nothing(more)) return Error("its init takes no more arguments").raise_in(to.self);
    }
    if constexpr (has_own_init) {
      out.reset(new S());
      return begin(to, more, *out, args...);
    } else {
      out = construct(more, args...);
      return begin(to, more, *out);
    }
  }
  static std::unique_ptr<S> construct([[maybe_unused]] rsp_term more, const Args&... args) {
    if constexpr (made_of_more<S, Args...>) {
      return std::unique_ptr<S>(new S(args..., extra_args(term::copy_of(more))));
    } else if constexpr (made_of<S, Args...>) {
      return std::unique_ptr<S>(new S(args...));
    } else {
      return std::unique_ptr<S>(new S{{}, args...});  // members that are set in order
    }
  }
  /** Its init, if it has one that takes these. */
  template <class... Given>
  static rsp_next begin(const border& to, [[maybe_unused]] rsp_term more, S& made, const Given&... args) {
    if constexpr (init_takes_more<S, Given...>) {
      return run_flow(to, [&] { return made.init(args..., extra_args(term::copy_of(more))); });
    } else if constexpr (init_takes<S, Given...>) {
      return run_flow(to, [&] { return made.init(args...); });
    } else {
      return RSP_NEXT_CONTINUE;
    }
  }

  std::tuple<Args...> args_;
};

/** What a start lends to init: a factory, however many starts share it. */
template <class S>
using context = std::shared_ptr<const factory<S>>;

/** Runs a callback that takes an event. One that returns nothing, or no more than that it went well, answers nobody yet. */
template <class R, class Call>
rsp_next run_event(const border& to, const event& happening, Call&& call) {
  using returned = decltype(call());
  if constexpr (!std::is_void_v<returned> && !std::is_same_v<returned, result<void>>) {
    if (happening.is_call()) return run_answer<R, true>(to, call);
  }
  return run_flow(to, call);
}

// ---- Its messages ----

/** A request as it travels: knows its type, and by it which handle it is for. */
template <class S>
class server_message {
 public:
  virtual ~server_message() = default;
  virtual rsp_next call(S& server, const border& to, const rsp_from& from) = 0;
  virtual rsp_next cast(S& server, const border& to) = 0;
  virtual rsp_next happen(S& machine, const border& to, const event& happening) = 0;
};

template <class S, class Message>
class message_of final : public server_message<S> {
 public:
  using reply_type = typename reply_of<Message>::type;

  explicit message_of(Message&& content) : content_(std::move(content)) {}

  rsp_next call(S& server, const border& to, const rsp_from& from) override {
    if constexpr (takes_from<S, Message>::value) {
      return run_answer<reply_type, true>(
          to, [&] { return server.handle(std::move(content_), reply_to<reply_type>(from)); });
    } else if constexpr (takes<S, Message>::value) {
      return run_answer<reply_type, false>(to, [&] { return server.handle(std::move(content_)); });
    } else {
      return RSP_NEXT_CONTINUE;  // server_ref::call does not compile
    }
  }
  rsp_next cast(S& server, const border& to) override {
    if constexpr (takes_cast<S, Message>::value) {
      return run_flow(to, [&] { return server.handle_cast(std::move(content_)); });
    } else if constexpr (takes<S, Message>::value) {
      return run_flow(to, [&] { return server.handle(std::move(content_)); });
    } else {
      return RSP_NEXT_CONTINUE;  // server_ref::cast does not compile
    }
  }
  rsp_next happen(S& machine, const border& to, const event& happening) override {
    if constexpr (takes_event<S, Message>::value) {
      return run_event<reply_type>(to, happening, [&] { return machine.handle(content_, happening); });
    } else {
      return RSP_NEXT_CONTINUE;  // neither of them compiles
    }
  }

 private:
  Message content_;
};

// ---- Its callbacks ----

/** The name of a type in what the compiler writes of a function: "… [with T = cache; …]", "… [T = cache]". What is longer than an
 * atom may be ends with a number that stands for the rest. */
inline std::string type_in(std::string_view function) {
  const size_t begin = function.find("T = ");
  if (begin == std::string_view::npos) return "server";
  function.remove_prefix(begin + 4);
  size_t end = 0;
  for (int depth = 0; end < function.size(); ++end) {
    const char c = function[end];
    if (depth == 0 && (c == ';' || c == ']')) break;
    depth += (c == '[' || c == '(' || c == '{') - (c == ']' || c == ')' || c == '}');
  }
  std::string name(function.substr(0, end));
  constexpr size_t longest = 255;
  if (name.size() <= longest) return name;
  const std::string rest = "…" + std::to_string(std::hash<std::string_view>()(name));
  size_t kept = longest - rest.size();
  while (kept > 0 && (static_cast<unsigned char>(name[kept]) & 0xC0) == 0x80) --kept;  // half a character
  return name.substr(0, kept) + rest;
}

/** For ever: servers may run while the program's statics are destroyed. */
template <class T>
const char* type_name() {
  static const std::string& name = *new std::string(type_in(__PRETTY_FUNCTION__));
  return name.c_str();
}

/** {undef, Callback}: a request that the server has no handle for. */
inline rsp_next raise_undefined(rsp_self* self, const char* callback) {
  return guarded(self, [&] { return Error(term::tuple(atom("undef"), atom(callback))).raise_in(self); });
}

/** What a format_status says; nil where it throws: that is dropped with the exception that it has left. */
template <class S>
rsp_term said_status(rsp_self* self, const S& of) {
  rsp_term said{0, 0};
  (void)guarded(self, [&] {
    said = term(of.format_status()).release();
    return RSP_NEXT_CONTINUE;
  });
  return said;
}

/** A server that runs, as the C API holds it. */
template <class S>
struct body {
  std::unique_ptr<S> server;
  waits waiting;
};

template <class S>
struct callbacks {
  static rsp_next init(rsp_self* self, void* ctx, rsp_term args, rsp_server_return* ret) {
    return guarded(self, [&]() -> rsp_next {
      auto made = std::make_unique<body<S>>();
      const border to{self, ret, &made->waiting, nullptr};
      const rsp_next next = (*static_cast<const context<S>*>(ctx))->make(to, args, made->server);
      const bool runs = next == RSP_NEXT_CONTINUE && ret->action == RSP_SERVER_NOREPLY;
      if (runs || next == RSP_NEXT_AWAIT) ret->state = made.release();
      return next;
    });
  }

  static rsp_next handle_call(rsp_self* self, void* state, rsp_msg* msg, rsp_from from,
                              rsp_server_return* ret) {
    S& server = server_of(state);
    const border to = border_of(self, state, ret, &from);
    message request = message::lent(msg);
    if (const auto typed = request.take<server_message<S>>()) return typed->call(server, to, from);
    if constexpr (has_handle_call_from<S>::value) {
      return run_answer<term, true>(
          to, [&] { return server.handle_call(request.content(), reply_to<term>(from)); });
    } else if constexpr (has_handle_call<S>::value) {
      return run_answer<term, false>(to, [&] { return server.handle_call(request.content()); });
    } else {
      return raise_undefined(self, "handle_call");
    }
  }

  static rsp_next handle_cast(rsp_self* self, void* state, rsp_msg* msg, rsp_server_return* ret) {
    S& server = server_of(state);
    const border to = border_of(self, state, ret);
    message request = message::lent(msg);
    if (const auto typed = request.take<server_message<S>>()) return typed->cast(server, to);
    if constexpr (takes_cast<S, const term&>::value) {
      return run_flow(to, [&] { return server.handle_cast(request.content()); });
    } else {
      return raise_undefined(self, "handle_cast");
    }
  }

  static rsp_next handle_info(rsp_self* self, void* state, rsp_msg* msg, rsp_server_return* ret) {
    message lent = message::lent(msg);
    return run_flow(border_of(self, state, ret), [&] { return server_of(state).handle_info(lent); });
  }

  static rsp_next handle_continue(rsp_self* self, void* state, rsp_term argument, rsp_server_return* ret) {
    return run_flow(border_of(self, state, ret),
                    [&] { return server_of(state).handle_continue(term::copy_of(argument)); });
  }

  static rsp_next handle_event(rsp_self* self, void* state, const rsp_event* raw, rsp_server_return* ret) {
    S& machine = server_of(state);
    const event happening(raw);
    const border to = border_of(self, state, ret, &raw->from);
    if (auto* const typed = happening.native<server_message<S>>())
      return typed->happen(machine, to, happening);
    if constexpr (has_handle_event<S>::value) {
      return run_event<term>(to, happening, [&] { return machine.handle_event(happening); });
    } else {
      return raise_undefined(self, "handle_event");
    }
  }

  static rsp_next terminate(rsp_self* self, void* state, rsp_term reason) {
    return run_flow(border_of(self, state, nullptr),
                    [&] { return server_of(state).terminate(term::copy_of(reason)); });
  }

  static rsp_term format_status(rsp_self* self, void* state) { return said_status(self, server_of(state)); }

  static void free_state(void* state) { delete static_cast<body<S>*>(state); }

 private:
  static S& server_of(void* state) { return *static_cast<body<S>*>(state)->server; }
  static border border_of(rsp_self* self, void* state, rsp_server_return* ret,
                          const rsp_from* from = nullptr) {
    return border{self, ret, &static_cast<body<S>*>(state)->waiting, from};
  }
};

/** The callbacks of a type: made once. */
template <class S>
const rsp_server_ops& ops_of() {
  static const rsp_server_ops ops = [] {
    rsp_server_ops made{};
    made.size = sizeof(made);
    made.name = type_name<S>();
    made.init = &callbacks<S>::init;
    if constexpr (std::is_base_of_v<statem, S>) {
      static_assert(!has_handle_call<S>::value && !has_handle_call_from<S>::value &&
                        !takes_cast<S, const term&>::value && !has_handle_info<S>::value &&
                        !has_handle_continue<S>::value,
                    "a state machine has handle_event in place of handle_call, handle_cast, handle_info and "
                    "handle_continue");
      made.handle_event = &callbacks<S>::handle_event;
    } else {
      made.handle_call = &callbacks<S>::handle_call;
      made.handle_cast = &callbacks<S>::handle_cast;
      if constexpr (has_handle_info<S>::value) made.handle_info = &callbacks<S>::handle_info;
      if constexpr (has_handle_continue<S>::value) made.handle_continue = &callbacks<S>::handle_continue;
    }
    if constexpr (has_terminate<S>::value) made.terminate = &callbacks<S>::terminate;
    made.free_state = &callbacks<S>::free_state;
    if constexpr (has_format_status<S>::value) made.format_status = &callbacks<S>::format_status;
    return made;
  }();
  return ops;
}

}  // namespace detail
}  // namespace resprout
