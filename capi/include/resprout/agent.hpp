// Agents: a process that holds a value, which others read and change by functions that they send it. Elixir's Agent.
//
//     agent<int> counter = agent<int>::start(0);
//     counter.update([](int& value) { ++value; });
//     int now = counter.get([](const int& value) { return value; });
//
//     supervisor().child(agent_spec<std::map<int, job>>().name("jobs")).start();     // under a supervisor, with a name
//     agent<std::map<int, job>> jobs("jobs");                                         // whoever has the name at each call
//
// A function runs in the agent, on a worker, and must not wait; an exception that leaves it ends the agent, and fails the call.
// What it returns moves to the caller, so it must not be a reference into the value.
//
// Thread: any, as resprout/call.hpp says; not in a callback, but for a cast. Rules: S-AGT.
#pragma once

#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

#include "resprout/agent.h"
#include "resprout/call.hpp"
#include "resprout/child_spec.hpp"

namespace resprout {
namespace detail {

/** Makes the value of an agent, at each start, of what it was given. */
template <class T, class... Args>
class agent_start final : public start_code {
 public:
  template <class... Given>
  explicit agent_start(Given&&... given)
      : args_(std::make_shared<const std::tuple<Args...>>(std::forward<Given>(given)...)) {}

  rsp_result fill(rsp_start_spec* out) const override {
    rsp_agent_opts opts = RSP_AGENT_OPTS_INIT;
    opts.init = &make;
    opts.ctx = new (std::nothrow) context(args_);
    opts.ctx_free = [](void* ctx) { delete static_cast<context*>(ctx); };
    if (opts.ctx == nullptr) return RSP_ENOMEM;
    rsp_start_spec made = RSP_START_SPEC_INIT;
    const rsp_result code = rsp_agent_spec(&made, &opts);
    if (code != RSP_OK) {
      opts.ctx_free(opts.ctx);
      return code;
    }
    out->ops = made.ops;
    out->ctx = made.ctx;
    out->ctx_free = made.ctx_free;
    return RSP_OK;
  }

 private:
  using context = std::shared_ptr<const std::tuple<Args...>>;

  static rsp_next make(rsp_self* self, void* ctx, rsp_term args, rsp_agent_state* state, rsp_server_return*) {
    return guarded(self, [&]() -> rsp_next {
      if (!is_nothing(args)) return Error("an agent of C++ takes no more arguments").raise_in(self);
      std::unique_ptr<T> value =
          std::apply([](const Args&... given) { return std::unique_ptr<T>(new T(given...)); },
                     **static_cast<const context*>(ctx));
      state->native = value.release();
      state->ops = &native<T>::ops;
      return RSP_NEXT_CONTINUE;
    });
  }

  context args_;
};

/** A function on its way to an agent. */
template <class T, class F>
struct agent_function {
  static rsp_next read(rsp_self* self, void* ctx, const rsp_agent_state* state, rsp_server_return* ret) {
    return on_value(self, *state, [&](const T& value) {
      const border to{self, ret, nullptr, nullptr};
      return run_answer<given_by<F&, const T&>, false>(to, [&] { return code(ctx)(value); });
    });
  }
  static rsp_next change_and_answer(rsp_self* self, void* ctx, rsp_agent_state* state,
                                    rsp_server_return* ret) {
    return on_value(self, *state, [&](T& value) {
      const border to{self, ret, nullptr, nullptr};
      return run_answer<given_by<F&, T&>, false>(to, [&] { return code(ctx)(value); });
    });
  }
  static rsp_next change(rsp_self* self, void* ctx, rsp_agent_state* state, rsp_server_return* ret) {
    return on_value(self, *state, [&](T& value) {
      return run_flow(border{self, ret, nullptr, nullptr}, [&] { return code(ctx)(value); });
    });
  }
  static void drop(void* ctx) { delete static_cast<F*>(ctx); }

 private:
  static F& code(void* ctx) { return *static_cast<F*>(ctx); }

  template <class Run>
  static rsp_next on_value(rsp_self* self, const rsp_agent_state& state, Run&& run) {
    if (state.ops == &native<T>::ops) return run(*static_cast<T*>(state.native));
    return guarded(self, [&] { return Error("the agent holds a value of another type").raise_in(self); });
  }
};

}  // namespace detail

/** How to start an agent that holds a T: made of these arguments, at each start. */
template <class T, class... Args>
child_spec agent_spec(Args&&... args) {
  return child_spec(
      std::make_shared<const detail::agent_start<T, detail::plain<Args>...>>(std::forward<Args>(args)...));
}

/** An agent that holds a T: by pid, or by name. A value. Each call throws call_exit: the agent ended, the function's exception
 * among its reasons, or there is none; call_timeout: the function runs all the same when its turn comes. */
template <class T>
class agent {
 public:
  agent(resprout::pid process) noexcept : pid_(process) {}  // NOLINT(google-explicit-constructor)
  agent(const atom& name) noexcept : name_(name) {}         // NOLINT(google-explicit-constructor)
  agent(const char* name) : name_(name) {}                  // NOLINT(google-explicit-constructor)

  /** Starts one, and waits until it has its value. Throws start_error. */
  template <class... Args>
  static result<agent> try_start(Args&&... args) {
    return held(agent_spec<T>(std::forward<Args>(args)...).try_start());
  }
  template <class... Args>
  static agent start(Args&&... args) {
    return try_start(std::forward<Args>(args)...).value();
  }

  /** The same, linked to the caller. Thread: one that is a process. */
  template <class... Args>
  static result<agent> try_start_link(Args&&... args) {
    return held(agent_spec<T>(std::forward<Args>(args)...).try_start_link());
  }
  template <class... Args>
  static agent start_link(Args&&... args) {
    return try_start_link(std::forward<Args>(args)...).value();
  }

  /** Its process: of a name, whoever has it now. */
  resprout::pid pid() const noexcept { return name_ ? whereis(name_) : pid_; }

  /** What `read(const T&)` returns. */
  template <class F>
  auto try_get(F&& read, timeout within = call_time) const
      -> result<detail::given_by<detail::plain<F>&, const T&>> {
    return call<detail::given_by<detail::plain<F>&, const T&>>(
        std::forward<F>(read), [&](rsp_self* self, rsp_msg** out, rsp_term* reason, void* code) {
          using sent = detail::agent_function<T, detail::plain<F>>;
          return rsp_agent_get(self, out, reason, pid().raw(), within.milliseconds(), &sent::read, code,
                               &sent::drop);
        });
  }
  template <class F>
  auto get(F&& read, timeout within = call_time) const -> detail::given_by<detail::plain<F>&, const T&> {
    return try_get(std::forward<F>(read), within).value();
  }
  /** A copy of the value. */
  result<T> try_get() const {
    return try_get([](const T& value) { return value; });
  }
  T get() const { return try_get().value(); }

  /** Runs `change(T&)`, and waits until it is done. */
  template <class F>
  result<void> try_update(F&& change, timeout within = call_time) const {
    return call<void>(std::forward<F>(change), [&](rsp_self* self, rsp_msg**, rsp_term* reason, void* code) {
      using sent = detail::agent_function<T, detail::plain<F>>;
      return rsp_agent_update(self, reason, pid().raw(), within.milliseconds(), &sent::change, code,
                              &sent::drop);
    });
  }
  template <class F>
  void update(F&& change, timeout within = call_time) const {
    try_update(std::forward<F>(change), within).value();
  }

  /** Runs `change(T&)`, and brings back what it returns. */
  template <class F>
  auto try_get_and_update(F&& change, timeout within = call_time) const
      -> result<detail::given_by<detail::plain<F>&, T&>> {
    return call<detail::given_by<detail::plain<F>&, T&>>(
        std::forward<F>(change), [&](rsp_self* self, rsp_msg** out, rsp_term* reason, void* code) {
          using sent = detail::agent_function<T, detail::plain<F>>;
          return rsp_agent_get_and_update(self, out, reason, pid().raw(), within.milliseconds(),
                                          &sent::change_and_answer, code, &sent::drop);
        });
  }
  template <class F>
  auto get_and_update(F&& change, timeout within = call_time) const
      -> detail::given_by<detail::plain<F>&, T&> {
    return try_get_and_update(std::forward<F>(change), within).value();
  }

  /** Runs `change(T&)`, and does not wait. Nobody is no error. Also in a callback. */
  template <class F>
  result<void> try_cast(F&& change) const {
    using sent = detail::agent_function<T, detail::plain<F>>;
    return detail::check(lend(std::forward<F>(change), [&](void* code) {
      return rsp_agent_cast(rsp_current(), pid().raw(), &sent::change, code, &sent::drop);
    }));
  }
  template <class F>
  void cast(F&& change) const {
    try_cast(std::forward<F>(change)).value();
  }

 private:
  static result<agent> held(result<resprout::pid> started) {
    if (!started) return Err{started.error()};
    return Ok{agent(*started)};
  }

  /** Gives a function to `give(code)`, which owns it unless it says RSP_EINVAL. */
  template <class F, class Give>
  static rsp_result lend(F&& function, Give&& give) {
    auto boxed = detail::boxed(std::forward<F>(function));
    if (boxed == nullptr) return RSP_ENOMEM;
    const rsp_result code = give(static_cast<void*>(boxed.get()));
    if (code != RSP_EINVAL) (void)boxed.release();
    return code;
  }
  template <class R, class F, class Call>
  static result<R> call(F&& function, Call&& call_it) {
    return detail::call_as<R>([&](rsp_self* self, rsp_msg** out, rsp_term* reason) {
      return lend(std::forward<F>(function), [&](void* code) { return call_it(self, out, reason, code); });
    });
  }

  resprout::pid pid_;
  atom name_;
};

}  // namespace resprout
