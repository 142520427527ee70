// Supervisors: processes that start children, restart them from a clean state when they end, and give up in order when that
// does not help.
//
//     supervisor(one_for_one)
//         .max_restarts(3, 5s)
//         .child<cache>("cache", 1000)                       // a server, its name, the arguments of each start
//         .child(supervisor(rest_for_one).child<reader>("reader").child<writer>("writer"))
//         .start(rt);
//
// Children start in the order given, each when the one before is up, and stop in reverse. A supervisor runs no code of the
// program: what with_init and started_by are given has processes of its own. Rules: S-SUP.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "resprout/child_spec.hpp"
#include "resprout/supervisor.h"
#include "resprout/supervisor_ref.hpp"

namespace resprout {

// NOLINTBEGIN(readability-identifier-naming): words of OTP, written as they are
enum strategy {
  one_for_one = RSP_ONE_FOR_ONE,    ///< a child that ends is restarted alone
  one_for_all = RSP_ONE_FOR_ALL,    ///< all others are stopped, last first, and then all are started in order
  rest_for_one = RSP_REST_FOR_ONE,  ///< those after it are stopped, last first; then it and they are started
  simple_one_for_one = RSP_SIMPLE_ONE_FOR_ONE,  ///< as dynamic, and all children are of the one specification
                                                ///< that it has; start_child_args starts them
  dynamic =
      RSP_DYNAMIC  ///< children come by start_child, have no id but their pid, and are forgotten when they
                   ///< end for good; all are stopped at once
};
// NOLINTEND(readability-identifier-naming)

// NOLINTBEGIN(readability-identifier-naming): words of OTP, written as they are
/** When a supervisor ends because significant children have ended by themselves. */
enum class auto_shutdown {
  never = RSP_AUTO_SHUTDOWN_NEVER,
  any_significant = RSP_AUTO_SHUTDOWN_ANY_SIGNIFICANT,
  all_significant = RSP_AUTO_SHUTDOWN_ALL_SIGNIFICANT
};
// NOLINTEND(readability-identifier-naming)

class supervisor;

namespace detail {

/** What says which children there are, at each start of a supervisor. */
class init_code {
 public:
  virtual ~init_code() = default;
  /** Nothing in `out`: there will be no process. Called by any number of processes at once. */
  virtual rsp_next run(rsp_self* self, rsp_term args, std::optional<supervisor>& out) const = 0;
};

}  // namespace detail

/** How a supervisor is to be; `start` makes one. A value: it may be copied, and started again. */
class supervisor {
 public:
  explicit supervisor(strategy how = one_for_one) { opts_.strategy = static_cast<rsp_strategy>(how); }

  /** So many restarts within this time pass; one more ends the supervisor. Default: 3 within 5 s. */
  supervisor& max_restarts(int64_t restarts, timeout within) {
    opts_.max_restarts = restarts;
    opts_.period_ms = static_cast<int64_t>(within.milliseconds() < static_cast<uint64_t>(INT64_MAX)
                                               ? within.milliseconds()
                                               : static_cast<uint64_t>(INT64_MAX));
    return *this;
  }
  /** A supervisor whose children, strategy and restarts `init` says: it runs before any child is started, and again at each start
   * of the supervisor, in a short process of its own that must not wait, and in several at once where several are started. It takes
   * nothing, or what the start adds, a const extra_args&, and returns a supervisor that has no init, or an optional one: none is a
   * start that is declined; or a result of these. What it throws fails the start. Of this one itself only name and module count, and it
   * is refused (RSP_EINVAL) with children or partitions of its own. Rule: S-SUP-15. */
  template <class F>
  static supervisor with_init(F init);

  /** Whether a supervisor would take these children. Nothing is started, no init runs, and no runtime is needed. Throws start_error
   * (RSP_ESPEC) with {start_spec, E}: what is wrong with the first that it would not take. */
  static result<void> try_check_childspecs(const std::vector<child_spec>& children,
                                           resprout::auto_shutdown of = resprout::auto_shutdown::never);
  static void check_childspecs(const std::vector<child_spec>& children,
                               resprout::auto_shutdown of = resprout::auto_shutdown::never) {
    try_check_childspecs(children, of).value();
  }

  /** Registered before anything starts. */
  supervisor& name(const atom& name) { return opts_.name = name.raw(), *this; }
  supervisor& auto_shutdown(resprout::auto_shutdown when) {
    return opts_.auto_shutdown = static_cast<uint64_t>(when), *this;
  }
  /** Of a dynamic one: how many children there may be. 0: any number. */
  supervisor& max_children(uint64_t most) { return opts_.max_children = most, *this; }

  /** What reports call it; its id as a child, where it has none and no name. */
  supervisor& module(std::string name) { return module_ = std::move(name), *this; }
  /** Of a dynamic one: what each of its starts adds, the extra_args of each child; in C++ they stand behind its own. */
  supervisor& extra_arguments(const std::vector<term>& args) { return extra_ = term(args), *this; }
  /** So many copies, at least 1, of the one child that this is given, with the ids 0, 1, 2, …: partition_supervisor.hpp says more. It
   * has a name, no init and no auto_shutdown, and is not dynamic. */
  supervisor& partitions(uint64_t count) { return partitions_ = count, *this; }
  /** The number of each copy is one more of its extra_args. */
  supervisor& with_partition(bool is = true) { return with_partition_ = is, *this; }

  /** A server, its name, which is its id too, and the arguments of each start. */
  template <class S, class... Args>
  supervisor& child(const atom& name, Args&&... args) {
    child_spec spec = server<S>(std::forward<Args>(args)...);
    return child(spec.name(name).id(name));
  }
  supervisor& child(child_spec spec) { return children_.push_back(std::move(spec)), *this; }

  /** Starts it, and waits until all children are up. Nobody is linked to it; the stop of the runtime stops it in order.
   * Thread: any but a callback. Throws start_error: a child failed ({shutdown, {failed_to_start_child, Id, Reason}}), or a
   * specification is malformed; already_started. */
  result<supervisor_ref> try_start(timeout within = infinite) const {
    return start_as(rsp_current(), detail::start_options(false, within));
  }
  supervisor_ref start(timeout within = infinite) const { return try_start(within).value(); }
  /** The same in nobody's name, whatever process the thread is. */
  result<supervisor_ref> try_start(const runtime&, timeout within = infinite) const {
    return start_as(nullptr, detail::start_options(false, within));
  }
  supervisor_ref start(const runtime& of, timeout within = infinite) const {
    return try_start(of, within).value();
  }
  /** The same, linked to the caller, which is its parent. Thread: one that is a process. */
  result<supervisor_ref> try_start_link(timeout within = infinite) const {
    return start_as(rsp_current(), detail::start_options(true, within));
  }
  supervisor_ref start_link(timeout within = infinite) const { return try_start_link(within).value(); }

 private:
  friend class detail::raw_supervisor;
  friend class detail::running_inits;
  friend class child_spec;
  result<supervisor_ref> start_as(rsp_self* self, const rsp_start_opts& opts) const;
  rsp_supervisor_opts options() const noexcept {
    rsp_supervisor_opts opts = opts_;
    opts.extra_arguments = extra_.raw();
    return opts;
  }

  rsp_supervisor_opts opts_ = RSP_SUPERVISOR_OPTS_INIT;
  std::vector<child_spec> children_;
  std::shared_ptr<const detail::init_code> init_;  // says the children, in their place
  std::string module_;
  term extra_;
  std::optional<uint64_t> partitions_;
  bool with_partition_ = false;
};

namespace detail {

/** Children as the C API takes them. What was not handed over goes with it. */
class raw_children {
 public:
  explicit raw_children(const std::vector<child_spec>& children);
  raw_children(const raw_children&) = delete;
  raw_children& operator=(const raw_children&) = delete;
  ~raw_children();

  rsp_result code() const noexcept { return code_; }
  const rsp_child_spec* data() const noexcept { return specs_.data(); }
  size_t size() const noexcept { return specs_.size(); }
  /** The contexts are the runtime's. */
  void given() noexcept;

  static rsp_result fill(rsp_start_spec& start, const child_spec& child) {
    const rsp_result made = child.code_->fill(&start);
    if (child.name_) start.name = child.name_.raw();
    start.stall_ms = child.stall_ms_;
    start.max_messages = child.mailbox_.max_messages;
    start.max_message_bytes = child.mailbox_.max_message_bytes;
    start.overflow = static_cast<rsp_overflow>(child.mailbox_.overflow);
    start.worker = child.worker_;
    return made;
  }

 private:
  /** What the other one delegates to, so that one that throws half-way is destroyed. */
  raw_children() = default;
  void add(const child_spec& child);

  std::vector<rsp_child_spec> specs_;
  std::vector<std::unique_ptr<raw_supervisor>> supervisors_;  // those among them
  std::deque<rsp_backoff> backoffs_;                          // which does not move what is in it
  rsp_result code_ = RSP_OK;
  bool given_ = false;
};

/** A supervisor as the C API takes it; usable as long as what it was made of. */
class raw_supervisor {
 public:
  /** With a name it goes by that. */
  explicit raw_supervisor(const supervisor& from, const atom& name = {});
  raw_supervisor(const raw_supervisor&) = delete;
  raw_supervisor& operator=(const raw_supervisor&) = delete;
  ~raw_supervisor() {
    if (!given_ && spec_.ctx != nullptr) spec_.ctx_free(spec_.ctx);
  }

  rsp_result code() const noexcept { return code_; }
  const rsp_supervisor_spec* get() const noexcept { return &spec_; }
  /** The contexts are the runtime's. */
  void given() noexcept {
    given_ = true;
    children_.given();
  }

 private:
  raw_children children_;
  rsp_supervisor_spec spec_ = RSP_SUPERVISOR_SPEC_INIT;
  rsp_result code_;
  bool given_ = false;
};

inline raw_children::raw_children(const std::vector<child_spec>& children) : raw_children() {
  for (const child_spec& child : children) add(child);
}

inline raw_children::~raw_children() {
  if (given_) return;
  for (const rsp_child_spec& spec : specs_) {
    if (spec.start.ctx != nullptr) spec.start.ctx_free(spec.start.ctx);
  }
}

inline void raw_children::given() noexcept {
  given_ = true;
  for (const auto& supervisor : supervisors_) supervisor->given();
}

inline void raw_children::add(const child_spec& child) {
  rsp_child_spec spec = RSP_CHILD_SPEC_INIT;
  spec.id = child.id_.raw();
  spec.via_registry = child.via_registry_.raw();
  spec.via_key = child.via_key_.raw();
  spec.restart = child.restart_;
  spec.significant = child.significant_ ? 1 : 0;
  spec.fatal = child.fatal_ ? 1 : 0;
  if (child.backoff_) spec.backoff = &backoffs_.emplace_back(child.backoff_->raw());
  if (child.shutdown_) {
    spec.shutdown = child.shutdown_->how();
    spec.shutdown_ms = child.shutdown_->milliseconds();
  }
  specs_.push_back(spec);
  rsp_result made = RSP_OK;
  if (child.supervisor_ != nullptr) {
    supervisors_.push_back(std::make_unique<raw_supervisor>(*child.supervisor_, child.name_));
    specs_.back().supervisor = supervisors_.back()->get();
    made = supervisors_.back()->code();
  } else {
    made = fill(specs_.back().start, child);
  }
  if (code_ == RSP_OK) code_ = made;
}

/** The inits that run for a supervisor, in as many processes. It is what they are lent. */
class running_inits {
 public:
  explicit running_inits(std::shared_ptr<const init_code> code) : code_(std::move(code)) {}

  static rsp_next init(rsp_self* self, void* ctx, rsp_term args, rsp_supervisor_init* out) {
    return guarded(self, [&] { return static_cast<running_inits*>(ctx)->run(self, args, out); });
  }
  static void done(void* ctx, rsp_supervisor_init* out) {
    if (const std::unique_ptr<said> all = static_cast<running_inits*>(ctx)->take(out)) all->children.given();
    out->children = nullptr;
    out->child_count = 0;
  }
  static void free(void* ctx) { delete static_cast<running_inits*>(ctx); }

 private:
  /** What an init has said: lent to the runtime until that has copied it. */
  struct said {
    said(supervisor what, const rsp_supervisor_init* to)
        : from(std::move(what)), children(from.children_), out(to) {}
    supervisor from;
    raw_children children;
    const rsp_supervisor_init* out;
  };

  rsp_next run(rsp_self* self, rsp_term args, rsp_supervisor_init* out) {
    std::optional<supervisor> made;
    const rsp_next next = code_->run(self, args, made);
    if (next != RSP_NEXT_CONTINUE) return next;
    if (!made) {
      out->ignore = true;
      return next;
    }
    if (made->init_ != nullptr || made->partitions_)
      return Error("the init of a supervisor returned one with an init, or with partitions").raise_in(self);
    auto all = std::make_unique<said>(std::move(*made), out);
    if (all->children.code() != RSP_OK) return failure(all->children.code()).raise_in(self);
    out->opts = all->from.options();
    out->children = all->children.data();
    out->child_count = all->children.size();
    const std::lock_guard<std::mutex> hold(mutex_);
    all_.push_back(std::move(all));
    return next;
  }
  std::unique_ptr<said> take(const rsp_supervisor_init* out) noexcept {
    const std::lock_guard<std::mutex> hold(mutex_);
    for (auto& one : all_) {
      if (one->out != out) continue;
      std::unique_ptr<said> taken = std::move(one);
      if (&one != &all_.back()) one = std::move(all_.back());
      all_.pop_back();
      return taken;
    }
    return nullptr;
  }

  const std::shared_ptr<const init_code> code_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<said>> all_;
};

template <class F>
class init_code_of final : public init_code {
 public:
  explicit init_code_of(F init) : init_(std::move(init)) {}
  rsp_next run(rsp_self* self, rsp_term args, std::optional<supervisor>& out) const override {
    if constexpr (std::is_invocable_v<const F&, const extra_args&>) {
      return take(self, out, init_(extra_args(term::copy_of(args))));
    } else {
      if (!is_nothing(args)) return Error("its init takes no arguments").raise_in(self);
      return take(self, out, init_());
    }
  }

 private:
  template <class Returned>
  static rsp_next take(rsp_self* self, std::optional<supervisor>& out, Returned returned) {
    if constexpr (is_result<Returned>::value) {
      if (!returned) return returned.error().raise_in(self);
      return take(self, out, std::move(*returned));
    } else {
      out = std::move(returned);
      return RSP_NEXT_CONTINUE;
    }
  }

  const F init_;
};

inline raw_supervisor::raw_supervisor(const supervisor& from, const atom& name)
    : children_(from.children_), code_(children_.code()) {
  if (!from.module_.empty()) spec_.module = from.module_.c_str();
  spec_.children = children_.data();
  spec_.child_count = children_.size();
  spec_.opts = from.options();
  if (name) spec_.opts.name = name.raw();
  spec_.partitions = from.partitions_.value_or(0);
  spec_.with_partition = from.with_partition_ ? 1 : 0;
  if (from.partitions_ == uint64_t{0}) code_ = RSP_EINVAL;
  if (from.init_ == nullptr) return;
  if (children_.size() != 0 || from.partitions_) code_ = RSP_EINVAL;
  const rsp_atom called = spec_.opts.name;
  spec_.opts = RSP_SUPERVISOR_OPTS_INIT;
  spec_.opts.name = called;
  spec_.init = &running_inits::init;
  spec_.init_done = &running_inits::done;
  spec_.ctx = new (std::nothrow) running_inits(from.init_);
  spec_.ctx_free = &running_inits::free;
  if (spec_.ctx == nullptr) code_ = RSP_ENOMEM;
}

}  // namespace detail

template <class F>
supervisor supervisor::with_init(F init) {
  supervisor made;
  made.init_ = std::make_shared<const detail::init_code_of<F>>(std::move(init));
  return made;
}

inline result<void> supervisor::try_check_childspecs(const std::vector<child_spec>& children,
                                                     resprout::auto_shutdown of) {
  const detail::raw_children raw(children);
  if (raw.code() != RSP_OK) return Err{raw.code()};
  detail::held_term error;
  const rsp_result code = rsp_supervisor_check_childspecs(error.out(), raw.data(), raw.size(),
                                                          static_cast<rsp_auto_shutdown>(of));
  if (code == RSP_OK) return Ok<>{};
  return Err{detail::start_failure(code, std::move(error))};
}

inline child_spec::child_spec(supervisor inner)
    : supervisor_(std::make_shared<const supervisor>(std::move(inner))) {}

inline result<pid> child_spec::start_as(bool link, timeout within, ref* monitor) const {
  if (supervisor_ != nullptr) {
    if (monitor != nullptr) return Err{RSP_EINVAL};
    supervisor named = *supervisor_;
    if (name_) named.name(name_);
    const result<supervisor_ref> started = named.start_as(rsp_current(), start_options(link, within));
    if (!started) return Err{started.error()};
    return Ok{started->pid()};
  }
  rsp_start_spec start = RSP_START_SPEC_INIT;
  rsp_result code = detail::raw_children::fill(start, *this);
  if (code != RSP_OK) return Err{code};
  rsp_start_opts opts = start_options(link, within);
  opts.monitor = monitor != nullptr;
  rsp_pid out{0, 0, 0};
  rsp_ref monitor_out{};
  detail::held_term error;
  code = rsp_server_start(rsp_current(), &out, &monitor_out, error.out(), &start, &opts);
  if (monitor != nullptr) *monitor = ref(monitor_out);
  if (code == RSP_OK) return Ok{pid(out)};
  if (code == RSP_EINVAL && start.ctx != nullptr) start.ctx_free(start.ctx);
  return Err{detail::start_failure(code, std::move(error))};
}

inline result<supervisor_ref> supervisor::start_as(rsp_self* self, const rsp_start_opts& opts) const {
  detail::raw_supervisor raw(*this);
  if (raw.code() != RSP_OK) return Err{raw.code()};
  rsp_pid out{0, 0, 0};
  detail::held_term error;
  const rsp_result code = rsp_supervisor_start_spec(self, &out, error.out(), raw.get(), &opts);
  if (code != RSP_EINVAL) raw.given();
  if (code == RSP_OK) return Ok{supervisor_ref(resprout::pid(out))};
  return Err{detail::start_failure(code, std::move(error))};
}

inline result<started_child> supervisor_ref::try_start_child_info(const child_spec& child,
                                                                  timeout within) const {
  const detail::caller self;
  if (self.code() != RSP_OK) return Err{self.code()};
  detail::raw_children children({child});
  if (children.code() != RSP_OK) return Err{children.code()};
  rsp_pid out{0, 0, 0};
  rsp_term info{0, 0};
  detail::held_term error;
  const rsp_result code = rsp_supervisor_start_child_info(self.self(), &out, &info, error.out(), pid_.raw(),
                                                          children.data(), within.milliseconds());
  if (code != RSP_EINVAL) children.given();
  if (code == RSP_OK) return Ok{started_child{resprout::pid(out), term::adopt(info)}};
  return Err{detail::start_failure(code, std::move(error))};
}

template <class Request>
result<Request> supervisor_ref::send_child(const child_spec& child) const {
  const result<rsp_self*> self = detail::current();
  if (!self) return Err{self.error()};
  detail::raw_children children({child});
  if (children.code() != RSP_OK) return Err{children.code()};
  rsp_ref out{};
  detail::held_term error;
  const rsp_result code =
      rsp_supervisor_start_child_request(*self, &out, error.out(), pid_.raw(), children.data());
  if (code != RSP_EINVAL) children.given();
  if (code == RSP_OK) return Ok{Request(out)};
  return Err{detail::start_failure(code, std::move(error))};
}

}  // namespace resprout
