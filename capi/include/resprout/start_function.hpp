// Children that a function starts: OTP's {Module, Function, Args}. For what is to be looked up or decided at each start.
//
//     supervisor(one_for_one).child(started_by("backend", [] {
//       return started::link(server<backend>(read_address()).name("backend"));
//     }));
//
// The function runs at each start, in a short process of its own on behalf of the supervisor, and must not block; what it starts
// linked has the supervisor as its parent. If it fails, or is ended in the middle, all that it has started is killed. Rules:
// S-SUP-46..49.
#pragma once

#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

#include "resprout/await.hpp"
#include "resprout/resource.h"

namespace resprout {
namespace detail {

class start_run;

/** What goes on when a start is over. */
class start_continuation {
 public:
  virtual ~start_continuation() = default;
  virtual rsp_next go_on(rsp_self* self, rsp_start_return* ret, const result<pid>& child) = 0;
};

}  // namespace detail

/** What a start function comes to. */
class started {
 public:
  /** This process is the child. It is linked to the supervisor, if it is not yet. */
  started(pid child) noexcept : step_(step::CHILD), child_(child) {}  // NOLINT(google-explicit-constructor)
  /** The same, and `info` is for whoever asked for the start, if by supervisor_ref::start_child_info and its kin: {ok, Pid, Info}. */
  started(pid child, term info) noexcept : step_(step::CHILD), child_(child), term_(std::move(info)) {}
  /** What a start came to. */
  // NOLINTNEXTLINE(google-explicit-constructor): the same
  started(const result<pid>& child) : started(child ? *child : resprout::pid()) {
    if (!child) *this = of_failure(child.error());
  }
  /** There is no child, and that is no error. */
  static started ignore() noexcept { return started(step::IGNORE); }
  /** The start fails with this reason. */
  static started fail(term reason) noexcept {
    started made(step::FAIL);
    made.term_ = std::move(reason);
    return made;
  }
  /** Starts this, linked to the supervisor, and comes to what that does. */
  static started link(child_spec what);
  /** The same, and goes on when its init is done: `then(const result<pid>&)`, which runs once, returns what a start function does. */
  template <class Then>
  static started link_then(child_spec what, Then then);

 private:
  friend class detail::start_run;
  enum class step { CHILD, IGNORE, FAIL, WAIT };
  explicit started(step what) noexcept : step_(what) {}
  static started of_failure(const failure& why) {
    return why.code() == RSP_EIGNORE ? ignore() : fail(why.reason_or_word());
  }

  step step_;
  pid child_;
  term term_;  // what is said of the child, or why there is none
  std::optional<child_spec> start_;
  std::unique_ptr<detail::start_continuation> then_;
};

namespace detail {

/** A start function that waits: a resource of its process, which may be ended meanwhile. */
class start_run {
 public:
  /** Says to the C API what the function has come to so far. */
  template <class Returned>
  static rsp_next tell(rsp_self* self, rsp_start_return* ret, Returned returned) {
    if constexpr (std::is_same_v<Returned, result<started>>) {
      if (!returned) return tell_step(self, ret, started::of_failure(returned.error()));
      return tell_step(self, ret, std::move(*returned));
    } else {
      return tell_step(self, ret, started(std::move(returned)));
    }
  }

 private:
  start_run(rsp_start_return* ret, std::unique_ptr<start_continuation> then)
      : ret_(ret), then_(std::move(then)) {}

  static rsp_next tell_step(rsp_self* self, rsp_start_return* ret, started made) {
    switch (made.step_) {
      case started::step::CHILD:
        ret->pid = made.child_.raw();
        ret->info = made.term_.release();
        break;
      case started::step::IGNORE:
        ret->action = RSP_START_IGNORE;
        break;
      case started::step::FAIL:
        ret->action = RSP_START_ERROR;
        ret->reason = made.term_.release();
        break;
      case started::step::WAIT:
        return wait(self, ret, std::move(made));
    }
    return RSP_NEXT_CONTINUE;
  }
  static rsp_next wait(rsp_self* self, rsp_start_return* ret, started made) {
    std::unique_ptr<start_run> run(new start_run(ret, std::move(made.then_)));
    const rsp_result added = rsp_resource_add(self, &run->resource_, &release, run.get());
    if (added != RSP_OK) return failure(added).raise_in(self);
    start_run* const kept = run.release();
    const rsp_start_opts opts = made.start_->start_options(true, infinite);
    const rsp_next next = begin_start(self, *made.start_, opts, &on_outcome, kept);
    // Else on_outcome will not run; what is to end releases it by itself.
    if (next != RSP_NEXT_AWAIT && rsp_resource_remove(self, kept->resource_) == RSP_OK) release(kept);
    return next;
  }
  static rsp_next on_outcome(rsp_self* self, const rsp_outcome* outcome, void* ctx) {
    if (rsp_resource_remove(self, static_cast<start_run*>(ctx)->resource_) != RSP_OK)
      return RSP_NEXT_CONTINUE;  // it is to end, and releases it
    const std::unique_ptr<start_run> run(static_cast<start_run*>(ctx));
    return guarded(self, [&] { return run->then_->go_on(self, run->ret_, started_in<pid>(*outcome)); });
  }
  static void release(void* run) { delete static_cast<start_run*>(run); }

  rsp_start_return* ret_;
  std::unique_ptr<start_continuation> then_;
  rsp_resource resource_{0};
};

template <class Then>
class start_continuation_of final : public start_continuation {
 public:
  explicit start_continuation_of(Then then) : then_(std::move(then)) {}
  rsp_next go_on(rsp_self* self, rsp_start_return* ret, const result<pid>& child) override {
    return start_run::tell(self, ret, then_(child));
  }

 private:
  Then then_;
};

/** A child as a function starts it. */
template <class F>
class start_function_code final : public start_code {
 public:
  explicit start_function_code(F function) : function_(std::make_shared<const F>(std::move(function))) {
    more_.function = &run;
    more_.function_name = type_name<F>();
  }
  rsp_result fill(rsp_start_spec* out) const override {
    out->more = &more_;
    out->ctx = new (std::nothrow) context(function_);
    out->ctx_free = [](void* ctx) { delete static_cast<context*>(ctx); };
    return out->ctx == nullptr ? RSP_ENOMEM : RSP_OK;
  }

 private:
  using context = std::shared_ptr<const F>;

  static rsp_next run(rsp_self* self, void* ctx, rsp_term args, rsp_start_return* ret) {
    const F& function = **static_cast<context*>(ctx);
    return guarded(self, [&]() -> rsp_next {
      if constexpr (std::is_invocable_v<const F&, const extra_args&>) {
        return start_run::tell(self, ret, function(extra_args(term::copy_of(args))));
      } else {
        if (!is_nothing(args)) return Error("its start function takes no arguments").raise_in(self);
        return start_run::tell(self, ret, function());
      }
    });
  }

  context function_;
  rsp_start_more more_ = RSP_START_MORE_INIT;
};

}  // namespace detail

template <class Then>
started started::link_then(child_spec what, Then then) {
  started made(step::WAIT);
  made.start_ = std::move(what);
  made.then_ = std::make_unique<detail::start_continuation_of<Then>>(std::move(then));
  return made;
}

inline started started::link(child_spec what) {
  return link_then(std::move(what), [](const result<pid>& child) { return started(child); });
}

/** A child that `function` starts: it takes nothing, or what the start adds, a const extra_args&, and returns a started, or a pid,
 * or a result of one. It may run in several processes at once. The child has its name and limits from what the function starts: here
 * it has none (with a name it is refused), and worker() and stall() are those of the function. Not of a partition_supervisor. */
template <class F>
child_spec started_by(term id, F function) {
  child_spec made(std::make_shared<const detail::start_function_code<F>>(std::move(function)));
  return made.id(std::move(id));
}

}  // namespace resprout
