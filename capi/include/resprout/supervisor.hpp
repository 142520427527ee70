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
// program. Rules: S-SUP.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "resprout/child_spec.hpp"
#include "resprout/supervisor.h"

namespace resprout {

// NOLINTBEGIN(readability-identifier-naming): words of OTP, written as they are
enum strategy {
  one_for_one = RSP_ONE_FOR_ONE,    ///< a child that ends is restarted alone
  one_for_all = RSP_ONE_FOR_ALL,    ///< all others are stopped, last first, and then all are started in order
  rest_for_one = RSP_REST_FOR_ONE,  ///< those after it are stopped, last first; then it and they are started
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

/** A child of a supervisor, as that says. */
struct child_info {
  term id;
  pid process;                 ///< none: it is stopped, or being started again
  bool is_restarting = false;  ///< its start has failed, and is tried again
  bool is_supervisor = false;
};

/** How many children a supervisor has, as it says. */
struct child_counts {
  int64_t specs = 0;   ///< specifications, whether there is a process or not
  int64_t active = 0;  ///< those with a process
  int64_t supervisors = 0;
  int64_t workers = 0;
};

/** A supervisor that runs. Thread: any but a callback; each call waits. Throws child_error: the supervisor refuses
 * (not_found, running, restarting), or has ended; call_timeout. */
class supervisor_ref {
 public:
  explicit supervisor_ref(resprout::pid process) noexcept : pid_(process) {}
  resprout::pid pid() const noexcept { return pid_; }

  /** Starts one more child, at the end of the order. No process: its init said ignore. Throws start_error. */
  result<resprout::pid> try_start_child(const child_spec& child, timeout within = infinite) const;
  resprout::pid start_child(const child_spec& child, timeout within = infinite) const {
    return try_start_child(child, within).value();
  }

  /** Stops one child: by its id, or of a dynamic supervisor by its pid. */
  result<void> try_terminate_child(const term& id, timeout within = infinite) const {
    return act([&](rsp_self* self, rsp_term* error) {
      return rsp_supervisor_terminate_child(self, error, pid_.raw(), id.raw(), within.milliseconds());
    });
  }
  void terminate_child(const term& id, timeout within = infinite) const {
    try_terminate_child(id, within).value();
  }

  /** Starts a child again that is stopped. */
  result<resprout::pid> try_restart_child(const term& id, timeout within = infinite) const {
    rsp_pid out{0, 0, 0};
    const result<void> done = act([&](rsp_self* self, rsp_term* error) {
      return rsp_supervisor_restart_child(self, &out, error, pid_.raw(), id.raw(), within.milliseconds());
    });
    if (!done) return Err{done.error()};
    return Ok{resprout::pid(out)};
  }
  resprout::pid restart_child(const term& id, timeout within = infinite) const {
    return try_restart_child(id, within).value();
  }

  /** Forgets a child that is stopped. */
  result<void> try_delete_child(const term& id, timeout within = infinite) const {
    return act([&](rsp_self* self, rsp_term* error) {
      return rsp_supervisor_delete_child(self, error, pid_.raw(), id.raw(), within.milliseconds());
    });
  }
  void delete_child(const term& id, timeout within = infinite) const { try_delete_child(id, within).value(); }

  /** The children, in order of start. */
  result<std::vector<child_info>> try_which_children(timeout within = infinite) const {
    term list;
    const result<void> done = ask(list, [&](rsp_self* self, rsp_term* out, rsp_term*) {
      return rsp_supervisor_which_children(self, out, pid_.raw(), within.milliseconds());
    });
    if (!done) return Err{done.error()};
    std::vector<child_info> children;
    for (const auto& [id, process, type, module] :
         list.to<std::vector<std::tuple<term, term, atom, term>>>()) {
      child_info child;
      child.id = id;
      if (process.kind() == RSP_KIND_PID) child.process = process.to<resprout::pid>();
      child.is_restarting = process == term(atom("restarting"));
      child.is_supervisor = type == atom("supervisor");
      children.push_back(std::move(child));
    }
    return Ok{std::move(children)};
  }
  std::vector<child_info> which_children(timeout within = infinite) const {
    return try_which_children(within).value();
  }

  /** How many there are. */
  result<child_counts> try_count_children(timeout within = infinite) const {
    term map;
    const result<void> done = ask(map, [&](rsp_self* self, rsp_term* out, rsp_term*) {
      return rsp_supervisor_count_children(self, out, pid_.raw(), within.milliseconds());
    });
    if (!done) return Err{done.error()};
    const auto count = [&](const char* what) { return map.at(atom(what)).to<int64_t>(); };
    return Ok{child_counts{count("specs"), count("active"), count("supervisors"), count("workers")}};
  }
  child_counts count_children(timeout within = infinite) const { return try_count_children(within).value(); }

  /** The specification of a child with its defaults filled in, a map: by its id or its pid. */
  result<term> try_get_childspec(const term& id, timeout within = infinite) const {
    term map;
    const result<void> done = ask(map, [&](rsp_self* self, rsp_term* out, rsp_term* error) {
      return rsp_supervisor_get_childspec(self, out, error, pid_.raw(), id.raw(), within.milliseconds());
    });
    if (!done) return Err{done.error()};
    return Ok{std::move(map)};
  }
  term get_childspec(const term& id, timeout within = infinite) const {
    return try_get_childspec(id, within).value();
  }

  /** Stops it and its children in order. Throws call_exit, as stop. */
  result<void> try_stop(const term& reason = atom("normal"), timeout within = infinite) const {
    return resprout::try_stop(pid_, reason, within);
  }
  void stop(const term& reason = atom("normal"), timeout within = infinite) const {
    try_stop(reason, within).value();
  }

 private:
  /** `call(self, error)`: what it says about a child. */
  template <class Call>
  static result<void> act(Call&& call) {
    const detail::caller self;
    if (self.code() != RSP_OK) return Err{self.code()};
    detail::held_term error;
    const rsp_result code = call(self.self(), error.out());
    if (code == RSP_OK) return Ok<>{};
    if (code == RSP_ETIMEDOUT) error = detail::word("timeout");
    if (code == RSP_EEXITED && rsp_term_kind(error.get()) == RSP_KIND_NIL) error = detail::word("noproc");
    return Err{failure(failure::of::CHILD, code, std::move(error))};
  }
  /** `call(self, out, error)`, which writes a term. */
  template <class Call>
  static result<void> ask(term& out, Call&& call) {
    rsp_term raw{0, 0};
    result<void> done = act([&](rsp_self* self, rsp_term* error) { return call(self, &raw, error); });
    if (done) out = term::adopt(raw);
    return done;
  }

  resprout::pid pid_;
};

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
  /** Registered before anything starts. */
  supervisor& name(const atom& name) { return opts_.name = name.raw(), *this; }
  supervisor& auto_shutdown(resprout::auto_shutdown when) {
    return opts_.auto_shutdown = static_cast<uint64_t>(when), *this;
  }
  /** Of a dynamic one: how many children there may be. 0: any number. */
  supervisor& max_children(uint64_t most) { return opts_.max_children = most, *this; }

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
    return start_as(rsp_current(), false, within);
  }
  supervisor_ref start(timeout within = infinite) const { return try_start(within).value(); }
  /** The same in nobody's name, whatever process the thread is. */
  result<supervisor_ref> try_start(const runtime&, timeout within = infinite) const {
    return start_as(nullptr, false, within);
  }
  supervisor_ref start(const runtime& of, timeout within = infinite) const {
    return try_start(of, within).value();
  }
  /** The same, linked to the caller, which is its parent. Thread: one that is a process. */
  result<supervisor_ref> try_start_link(timeout within = infinite) const {
    return start_as(rsp_current(), true, within);
  }
  supervisor_ref start_link(timeout within = infinite) const { return try_start_link(within).value(); }

 private:
  friend class detail::raw_children;
  friend class detail::raw_supervisor;
  friend class child_spec;
  result<supervisor_ref> start_as(rsp_self* self, bool link, timeout within) const;

  rsp_supervisor_opts opts_ = RSP_SUPERVISOR_OPTS_INIT;
  std::vector<child_spec> children_;
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
  struct inner;  // a supervisor among them
  /** What the other one delegates to, so that one that throws half-way is destroyed. */
  raw_children() = default;
  void add(const child_spec& child);

  std::vector<rsp_child_spec> specs_;
  std::vector<std::unique_ptr<inner>> inner_;
  std::deque<rsp_backoff> backoffs_;  // which does not move what is in it
  rsp_result code_ = RSP_OK;
  bool given_ = false;
};

struct raw_children::inner {
  explicit inner(const supervisor& from) : children(from.children_) {
    spec.children = children.data();
    spec.child_count = children.size();
    spec.opts = from.opts_;
  }
  raw_children children;
  rsp_supervisor_spec spec = RSP_SUPERVISOR_SPEC_INIT;
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
  for (const auto& supervisor : inner_) supervisor->children.given();
}

inline void raw_children::add(const child_spec& child) {
  rsp_child_spec spec = RSP_CHILD_SPEC_INIT;
  spec.id = child.id_.raw();
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
    inner_.push_back(std::make_unique<inner>(*child.supervisor_));
    if (child.name_) inner_.back()->spec.opts.name = child.name_.raw();
    specs_.back().supervisor = &inner_.back()->spec;
    made = inner_.back()->children.code();
  } else {
    made = fill(specs_.back().start, child);
  }
  if (code_ == RSP_OK) code_ = made;
}

/** How a start failed; `error` may be nil. */
inline failure start_failure(rsp_result code, held_term error) {
  if (code == RSP_ETIMEDOUT && rsp_term_kind(error.get()) == RSP_KIND_NIL) error = word("timeout");
  if (code == RSP_EIGNORE) error = word("ignore");
  return failure(failure::of::START, code, std::move(error));
}

inline rsp_start_opts start_options(bool link, timeout within) noexcept {
  rsp_start_opts opts = RSP_START_OPTS_INIT;
  opts.link = link;
  opts.timeout_ms = within.milliseconds();
  return opts;
}

}  // namespace detail

inline child_spec::child_spec(supervisor inner)
    : supervisor_(std::make_shared<const supervisor>(std::move(inner))) {}

inline result<pid> child_spec::start_as(bool link, timeout within, ref* monitor) const {
  if (supervisor_ != nullptr) {
    if (monitor != nullptr) return Err{RSP_EINVAL};
    supervisor named = *supervisor_;
    if (name_) named.name(name_);
    const result<supervisor_ref> started = named.start_as(rsp_current(), link, within);
    if (!started) return Err{started.error()};
    return Ok{started->pid()};
  }
  rsp_start_spec start = RSP_START_SPEC_INIT;
  rsp_result code = detail::raw_children::fill(start, *this);
  if (code != RSP_OK) return Err{code};
  rsp_start_opts opts = detail::start_options(link, within);
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

namespace detail {

/** A supervisor as the C API takes it. */
class raw_supervisor {
 public:
  explicit raw_supervisor(const supervisor& from) : children_(from.children_) {
    spec_.children = children_.data();
    spec_.child_count = children_.size();
    spec_.opts = from.opts_;
  }
  rsp_result code() const noexcept { return children_.code(); }
  const rsp_supervisor_spec* get() const noexcept { return &spec_; }
  /** The contexts are the runtime's. */
  void given() const noexcept { children_.given(); }

 private:
  mutable raw_children children_;
  rsp_supervisor_spec spec_ = RSP_SUPERVISOR_SPEC_INIT;
};

}  // namespace detail

inline result<supervisor_ref> supervisor::start_as(rsp_self* self, bool link, timeout within) const {
  detail::raw_children children(children_);
  if (children.code() != RSP_OK) return Err{children.code()};
  const rsp_start_opts opts = detail::start_options(link, within);
  rsp_pid out{0, 0, 0};
  detail::held_term error;
  const rsp_result code =
      rsp_supervisor_start(self, &out, error.out(), children.data(), children.size(), &opts_, &opts);
  if (code != RSP_EINVAL) children.given();
  if (code == RSP_OK) return Ok{supervisor_ref(resprout::pid(out))};
  return Err{detail::start_failure(code, std::move(error))};
}

inline result<pid> supervisor_ref::try_start_child(const child_spec& child, timeout within) const {
  const detail::caller self;
  if (self.code() != RSP_OK) return Err{self.code()};
  detail::raw_children children({child});
  if (children.code() != RSP_OK) return Err{children.code()};
  rsp_pid out{0, 0, 0};
  detail::held_term error;
  const rsp_result code = rsp_supervisor_start_child(self.self(), &out, error.out(), pid_.raw(),
                                                     children.data(), within.milliseconds());
  if (code != RSP_EINVAL) children.given();
  if (code == RSP_OK) return Ok{resprout::pid(out)};
  return Err{detail::start_failure(code, std::move(error))};
}

}  // namespace resprout
