// Tasks: processes that run one function once, whose value is awaited. Elixir's Task and Task.Supervisor.
//
//     task<int> answer = async([] { return 6 * 7; });       // linked: if it crashes the caller ends too
//     int value = answer.await(5s);
//
//     for (result<page>& got : async_stream(urls, fetch, {.max_concurrency = 8})) …    // results in order
//
// The function runs on a worker and must not wait (process.hpp: blocking). What it returns moves to the owner, who is whoever
// started the task. In a program without exceptions it returns a result.
//
// Thread: one that is a process; of the owner. Rules: S-TASK.
#pragma once

#include <iterator>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "resprout/child_spec.hpp"
#include "resprout/task.h"

namespace resprout {
namespace detail {

/** The code of a task: runs in its process. */
class task_code {
 public:
  virtual ~task_code() = default;
  virtual rsp_next run(const border& to) = 0;

  static rsp_next run_boxed(rsp_self* self, void* ctx, rsp_term args, rsp_server_return* ret) {
    if (!is_nothing(args)) {
      return guarded(self, [&] { return Error("a task of C++ takes no arguments").raise_in(self); });
    }
    return static_cast<task_code*>(ctx)->run(border{self, ret, nullptr, nullptr});
  }
  static void free_boxed(void* ctx) { delete static_cast<task_code*>(ctx); }
};

/** Runs a function once: what it holds may be moved out. */
template <class F>
class task_once final : public task_code {
 public:
  explicit task_once(F code) : code_(std::move(code)) {}
  rsp_next run(const border& to) override {
    return run_answer<given_by<F&>, false>(to, [&] { return code_(); });
  }

 private:
  F code_;
};

/** Runs a copy of a function at each start. */
template <class F>
class task_again final : public task_code {
 public:
  explicit task_again(std::shared_ptr<const F> code) : code_(std::move(code)) {}
  rsp_next run(const border& to) override {
    return run_answer<given_by<F&>, false>(to, [&] {
      F code = *code_;
      return code();
    });
  }

 private:
  std::shared_ptr<const F> code_;
};

template <class F>
const rsp_server_ops& task_ops() {
  static const rsp_server_ops ops = [] {
    rsp_server_ops made{};
    made.size = sizeof(made);
    made.name = type_name<F>();
    made.run = &task_code::run_boxed;
    return made;
  }();
  return ops;
}

/** Gives a task to `start(spec)`, which owns its code unless it says RSP_EINVAL. */
template <class F, class Start>
rsp_result start_task(F&& code, Start&& start) {
  std::unique_ptr<task_code> boxed_code(new (std::nothrow) task_once<plain<F>>(std::forward<F>(code)));
  if (boxed_code == nullptr) return RSP_ENOMEM;
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  spec.ops = &task_ops<plain<F>>();
  spec.ctx = boxed_code.get();
  spec.ctx_free = &task_code::free_boxed;
  const rsp_result code_of_start = start(&spec);
  if (code_of_start != RSP_EINVAL) (void)boxed_code.release();
  return code_of_start;
}

/** A task as a child. */
template <class F>
class task_start final : public start_code {
 public:
  explicit task_start(F code) : code_(std::make_shared<const F>(std::move(code))) {}
  rsp_result fill(rsp_start_spec* out) const override {
    out->ops = &task_ops<F>();
    out->ctx = static_cast<task_code*>(new (std::nothrow) task_again<F>(code_));
    out->ctx_free = &task_code::free_boxed;
    return out->ctx == nullptr ? RSP_ENOMEM : RSP_OK;
  }

 private:
  std::shared_ptr<const F> code_;
};

/** What a task that ended came to, where its value or its DOWN is in the message. */
template <class V>
result<V> outcome_as(rsp_result code, message outcome) {
  if (code == RSP_OK) return answer_of<V>(std::move(outcome));
  if (code != RSP_EEXITED) return Err{code};
  held_term reason;
  const rsp_result made =
      tuple_to_term(reason.out(), outcome.content(), term::tuple(atom("await"), outcome.sender()));
  return Err{made == RSP_OK ? failure(failure::of::CALL, code, std::move(reason)) : failure(made)};
}

/** The value of a task that may have none. */
template <class V>
struct task_outcome {
  using type = std::optional<V>;
  static result<type> of(result<V> ended) {
    if (!ended) return Err{ended.error()};
    return Ok{type(std::move(*ended))};
  }
  static type none() { return std::nullopt; }
};
template <>
struct task_outcome<void> {
  using type = bool;
  static result<type> of(const result<void>& ended) {
    if (!ended) return Err{ended.error()};
    return Ok{true};
  }
  static type none() { return false; }
};

}  // namespace detail

/** A task, for its owner: a value that may be copied, and has nothing to free. Each way to wait for it throws call_exit, with
 * the reason it ended for as its cause(), where it has ended without a value; and Error where its outcome was taken before
 * (RSP_EINVAL), or by another process than its owner (RSP_ENOTOWNER). */
template <class V>
class task {
 public:
  /** What there may be by now: of a task without a value, whether it is done. */
  using outcome = typename detail::task_outcome<V>::type;

  explicit task(const rsp_task& raw) noexcept : raw_(raw) {}

  resprout::pid process() const noexcept { return resprout::pid(raw_.pid); }
  /** Of its value, and of the monitor: what a message of it refers to. */
  ref reference() const noexcept { return ref(raw_.ref); }
  const rsp_task& raw() const noexcept { return raw_; }

  /** Waits for its value. It is given up when the time is over, which is call_timeout, but not stopped, and stays linked. */
  result<V> try_await(timeout within = call_time) const {
    const result<rsp_self*> self = detail::current();
    if (!self) return Err{self.error()};
    rsp_msg* raw = nullptr;
    detail::held_term reason;
    const rsp_result code = rsp_task_await(*self, &raw, reason.out(), raw_, within.milliseconds());
    if (code != RSP_OK) return Err{failure(failure::of::CALL, code, std::move(reason))};
    return detail::answer_of<V>(message::received(raw));
  }
  V await(timeout within = call_time) const { return try_await(within).value(); }

  /** The same, but nothing when the time is over: it may be asked again. */
  result<outcome> try_yield(timeout within = call_time) const {
    return ask([&](rsp_self* self, rsp_msg** out) {
      return rsp_task_yield(self, out, raw_, within.milliseconds());
    });
  }
  outcome yield(timeout within = call_time) const { return try_yield(within).value(); }

  /** Unlinks it and stops it. Gives back what it had sent before; nothing where this has stopped it. */
  result<outcome> try_shutdown(shutdown_type how = std::chrono::seconds(5)) const {
    return ask([&](rsp_self* self, rsp_msg** out) {
      return rsp_task_shutdown(self, out, raw_, how.how(), how.milliseconds());
    });
  }
  outcome shutdown(shutdown_type how = std::chrono::seconds(5)) const { return try_shutdown(how).value(); }

  /** Unlinks it and lets it run. Gives back what has come already; nothing of it comes later. */
  result<outcome> try_ignore() const {
    return ask([&](rsp_self* self, rsp_msg** out) { return rsp_task_ignore(self, out, raw_); });
  }
  outcome ignore() const { return try_ignore().value(); }

 private:
  template <class Ask>
  static result<outcome> ask(Ask&& ask_it) {
    using as = detail::task_outcome<V>;
    const result<rsp_self*> self = detail::current();
    if (!self) return Err{self.error()};
    rsp_msg* raw = nullptr;
    const rsp_result code = ask_it(*self, &raw);
    if (code == RSP_ETIMEDOUT || (code == RSP_OK && raw == nullptr)) return Ok{as::none()};
    return as::of(detail::outcome_as<V>(code, message::received(raw)));
  }

  rsp_task raw_;
};

/** Starts a task that is linked to the caller: the crash of either ends the other, unless that traps exits. */
template <class F>
auto try_async(F&& code) -> result<task<detail::given_by<detail::plain<F>&>>> {
  using V = detail::given_by<detail::plain<F>&>;
  const result<rsp_self*> self = detail::current();
  if (!self) return Err{self.error()};
  rsp_task raw{};
  const rsp_result started = detail::start_task(
      std::forward<F>(code), [&](const rsp_start_spec* spec) { return rsp_task_async(*self, &raw, spec); });
  if (started != RSP_OK) return Err{started};
  return Ok{task<V>(raw)};
}
template <class F>
auto async(F&& code) -> task<detail::given_by<detail::plain<F>&>> {
  return try_async(std::forward<F>(code)).value();
}

namespace detail {

using supervised_start = rsp_result (*)(rsp_self*, rsp_task*, rsp_term*, rsp_pid, const rsp_start_spec*);

template <class F>
auto async_under(supervised_start start, pid supervisor, F&& code) -> result<task<given_by<plain<F>&>>> {
  const result<rsp_self*> self = current();
  if (!self) return Err{self.error()};
  rsp_task raw{};
  held_term error;
  const rsp_result started = start_task(std::forward<F>(code), [&](const rsp_start_spec* spec) {
    return start(*self, &raw, error.out(), supervisor.raw(), spec);
  });
  if (started != RSP_OK) return Err{failure(failure::of::START, started, std::move(error))};
  return Ok{task<given_by<plain<F>&>>(raw)};
}

}  // namespace detail

/** Starts a task as a temporary child of a supervisor, mostly a dynamic one, and links it to the caller. Throws start_error: the
 * supervisor refused. Not in a callback. */
template <class F>
auto try_async(pid supervisor, F&& code) -> result<task<detail::given_by<detail::plain<F>&>>> {
  return detail::async_under(&rsp_task_supervisor_async, supervisor, std::forward<F>(code));
}
template <class F>
auto async(pid supervisor, F&& code) -> task<detail::given_by<detail::plain<F>&>> {
  return try_async(supervisor, std::forward<F>(code)).value();
}

/** The same without the link: its crash is a failed await, and ends nobody. */
template <class F>
auto try_async_nolink(pid supervisor, F&& code) -> result<task<detail::given_by<detail::plain<F>&>>> {
  return detail::async_under(&rsp_task_supervisor_async_nolink, supervisor, std::forward<F>(code));
}
template <class F>
auto async_nolink(pid supervisor, F&& code) -> task<detail::given_by<detail::plain<F>&>> {
  return try_async_nolink(supervisor, std::forward<F>(code)).value();
}

/** A task as a child, whose value nobody wants: temporary, unless it is given another restart. Each start runs a copy. */
template <class F>
child_spec task_child(term id, F code) {
  return child_spec(std::make_shared<const detail::task_start<F>>(std::move(code))).id(std::move(id));
}

/** How a stream of tasks goes. */
struct stream_options {
  uint64_t max_concurrency = 0;  ///< how many run at a time; 0: as many as there are workers
  timeout within = call_time;    ///< of each task, from its start
  bool ordered = true;           ///< results in the order of the inputs; if not, as they come
  bool link = true;              ///< a crash ends the caller, unless that traps exits: then it is a result
  bool kill_task =
      false;  ///< a task that is late is killed, and its result is `timeout`; if not, the stream ends
  pid supervisor = {};  ///< whose children the tasks are; none: nobody's
};

/** Many tasks, so many at a time, one for each input: what is left to do, and the results. Its destructor stops what still
 * runs. Thread: of the process that began it; not in a callback. */
template <class Inputs, class F>
class task_stream {
  using input = detail::plain<decltype(*std::begin(std::declval<Inputs&>()))>;

 public:
  /** What a task returns. */
  using value = detail::given_by<F&, input&>;

  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = result<value>;
    using difference_type = std::ptrdiff_t;
    using pointer = value_type*;
    using reference = value_type&;

    reference operator*() noexcept { return *now_; }
    pointer operator->() noexcept { return &*now_; }
    iterator& operator++() { return now_ = of_->next(), *this; }
    bool operator==(const iterator& other) const noexcept { return !now_ == !other.now_; }
    bool operator!=(const iterator& other) const noexcept { return !(*this == other); }

   private:
    friend class task_stream;
    explicit iterator(task_stream* of) noexcept : of_(of) {}

    task_stream* of_;
    std::optional<result<value>> now_;
  };

  task_stream(const rsp_task_stream& raw, Inputs inputs, F code)
      : raw_(raw), rest_(std::make_unique<rest>(std::move(inputs), std::move(code))) {}
  task_stream(task_stream&&) noexcept = default;
  task_stream& operator=(task_stream&& other) noexcept {
    std::swap(raw_, other.raw_);
    std::swap(rest_, other.rest_);
    return *this;
  }
  ~task_stream() {
    if (rest_ != nullptr) detail::ignore(rsp_task_stream_halt(rsp_current(), raw_));
  }

  /** Waits for the next result: a value, or call_exit with why a task has none as its cause(). Nothing: there are no more.
   * Throws call_exit where the stream has ended: a task was late, or the supervisor has refused one. */
  result<std::optional<result<value>>> try_next() {
    const result<rsp_self*> self = detail::current();
    if (!self) return Err{self.error()};
    while (rest_ != nullptr) {
      rsp_task_stream_event event{};
      rsp_msg* raw = nullptr;
      const rsp_result code = rsp_task_stream_next(*self, &event, &raw, raw_);
      message got = message::received(raw);
      if (code == RSP_EEXITED) {
        rest_ = nullptr;
        return Err{failure(failure::of::STOP, code, detail::held_term::copy_of(rsp_msg_term(raw)))};
      }
      if (code != RSP_OK) return Err{code};
      switch (event) {
        case RSP_TASK_STREAM_WANTS:
          if (const rsp_result given = give_input(*self); given != RSP_OK) return Err{given};
          break;
        case RSP_TASK_STREAM_VALUE:
          return Ok{std::optional<result<value>>(detail::answer_of<value>(std::move(got)))};
        case RSP_TASK_STREAM_EXIT:
          return Ok{std::optional<result<value>>(
              Err{failure(failure::of::STOP, RSP_EEXITED, detail::held_term::copy_of(rsp_msg_term(raw)))})};
        case RSP_TASK_STREAM_DONE:
          rest_ = nullptr;
      }
    }
    return Ok{std::optional<result<value>>()};
  }
  std::optional<result<value>> next() { return try_next().value(); }

  /** Stops what still runs, and waits until it is gone. */
  result<void> try_halt() {
    if (rest_ == nullptr) return Ok<>{};
    return detail::act([&](rsp_self* self) {
      const rsp_result code = rsp_task_stream_halt(self, raw_);
      if (code == RSP_OK) rest_ = nullptr;
      return code;
    });
  }
  void halt() { try_halt().value(); }

  /** The results, once, as they come: throws as next does. */
  iterator begin() { return ++iterator(this); }
  iterator end() noexcept { return iterator(this); }

 private:
  /** What there is until it is over. */
  struct rest {
    rest(Inputs of, F run) : inputs(std::move(of)), code(std::move(run)), next(std::begin(inputs)) {}
    Inputs inputs;
    F code;
    decltype(std::begin(std::declval<Inputs&>())) next;
  };

  rsp_result give_input(rsp_self* self) {
    if (rest_->next == std::end(rest_->inputs)) return rsp_task_stream_end_input(self, raw_);
    auto run = [code = rest_->code, given = input(std::move(*rest_->next))]() mutable { return code(given); };
    const rsp_result supplied = detail::start_task(
        std::move(run), [&](const rsp_start_spec* spec) { return rsp_task_stream_supply(self, raw_, spec); });
    ++rest_->next;
    return supplied;
  }

  rsp_task_stream raw_;
  std::unique_ptr<rest> rest_;
};

/** Begins a stream: a task for each input, which runs a copy of the function on it. No input is taken before it can run. */
template <class Inputs, class F>
auto try_async_stream(Inputs&& inputs, F&& code, const stream_options& options = {})
    -> result<task_stream<detail::plain<Inputs>, detail::plain<F>>> {
  rsp_task_stream_opts raw = RSP_TASK_STREAM_OPTS_INIT;
  raw.max_concurrency = options.max_concurrency;
  raw.timeout_ms = options.within.milliseconds();
  raw.ordered = options.ordered;
  raw.link = options.link;
  raw.kill_task = options.kill_task;
  raw.supervisor = options.supervisor.raw();
  const result<rsp_self*> self = detail::current();
  if (!self) return Err{self.error()};
  rsp_task_stream begun{};
  const rsp_result code_of_start = rsp_task_async_stream(*self, &begun, &raw);
  if (code_of_start != RSP_OK) return Err{code_of_start};
  return Ok{task_stream<detail::plain<Inputs>, detail::plain<F>>(begun, std::forward<Inputs>(inputs),
                                                                 std::forward<F>(code))};
}
template <class Inputs, class F>
auto async_stream(Inputs&& inputs, F&& code, const stream_options& options = {})
    -> task_stream<detail::plain<Inputs>, detail::plain<F>> {
  return try_async_stream(std::forward<Inputs>(inputs), std::forward<F>(code), options).value();
}

}  // namespace resprout
