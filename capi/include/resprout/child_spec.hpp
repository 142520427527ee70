// What to start: servers, functions, native children of shared libraries; alone, or as a child of a supervisor.
//
//     pid counter = server<tally>(10).name("tally").start_link();
//     supervisor(one_for_one).child(server<tally>(10).restart(restart_type::transient)).start();
//
// A specification is a value: it may be copied, and started any number of times. Each start makes the state anew, of the
// arguments as they were given. Rules: S-START, S-SUP-4..7.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "resprout/call.hpp"
#include "resprout/server_ops.hpp"
#include "resprout/spawn.hpp"
#include "resprout/supervisor.h"

namespace resprout {

class supervisor;
class runtime;

// NOLINTBEGIN(readability-identifier-naming): words of OTP, written as they are
/** When a child is started again after it has ended. */
enum class restart_type {
  permanent = RSP_RESTART_PERMANENT,  ///< always
  transient = RSP_RESTART_TRANSIENT,  ///< unless it ended with normal, shutdown or {shutdown, _}
  temporary = RSP_RESTART_TEMPORARY   ///< never; its specification goes with it
};
// NOLINTEND(readability-identifier-naming)

/** How a child is stopped: by the exit signal shutdown, and kill when it is not gone in time; or by kill. */
class shutdown_type {
 public:
  shutdown_type(timeout time) noexcept  // NOLINT(google-explicit-constructor): a time is one
      : how_(time.milliseconds() == RSP_INFINITE ? RSP_SHUTDOWN_INFINITY : RSP_SHUTDOWN_TIMEOUT),
        ms_(how_ == RSP_SHUTDOWN_INFINITY ? 0 : time.milliseconds()) {}
  template <class Rep, class Period>
  shutdown_type(std::chrono::duration<Rep, Period> time)  // NOLINT(google-explicit-constructor): the same
      : shutdown_type(timeout(time)) {}
  static shutdown_type brutal_kill() noexcept { return shutdown_type(RSP_SHUTDOWN_BRUTAL_KILL); }

  rsp_shutdown how() const noexcept { return how_; }
  uint64_t milliseconds() const noexcept { return ms_; }

 private:
  explicit shutdown_type(rsp_shutdown how) noexcept : how_(how), ms_(0) {}
  rsp_shutdown how_;
  uint64_t ms_;
};

/** How long a supervisor waits before it starts a child again: `least`, and each time `factor` times as long, up to `most`. Rule:
 * S-SUP-50. */
class restart_delay {
 public:
  restart_delay(timeout least, timeout most) noexcept {
    raw_.min_ms = least.milliseconds();
    raw_.max_ms = most.milliseconds();
  }
  /** At least 1. Default: 2. */
  restart_delay& factor(double by) noexcept { return raw_.factor = by, *this; }
  /** The part of each delay, from 0 to 1, that chance takes off. Default: 0.1. */
  restart_delay& jitter(double part) noexcept { return raw_.jitter = part, *this; }
  /** A child that was up for so long has behaved well: it begins with `least` again. Default: `most`. */
  restart_delay& reset_after(timeout time) noexcept {
    return raw_.reset_after_ms = time.milliseconds(), *this;
  }

  const rsp_backoff& raw() const noexcept { return raw_; }

 private:
  rsp_backoff raw_ = RSP_BACKOFF_INIT;
};

class registry;

namespace detail {

/** What is started: fills in its part of a start, for which the runtime gets a context of its own. */
class start_code {
 public:
  virtual ~start_code() = default;
  virtual rsp_result fill(rsp_start_spec* out) const = 0;
};

/** A server: its callbacks, and what makes its state. */
template <class S>
class server_code final : public start_code {
 public:
  server_code(const rsp_server_ops& ops, context<S> made) : ops_(ops), made_(std::move(made)) {}
  rsp_result fill(rsp_start_spec* out) const override {
    out->ops = &ops_;
    out->ctx = new (std::nothrow) context<S>(made_);
    out->ctx_free = [](void* ctx) { delete static_cast<context<S>*>(ctx); };
    return out->ctx == nullptr ? RSP_ENOMEM : RSP_OK;
  }

 private:
  const rsp_server_ops& ops_;
  context<S> made_;
};

/** A native child of a shared library. */
class native_code final : public start_code {
 public:
  native_code(std::string library, std::string symbol)
      : library_(std::move(library)), symbol_(std::move(symbol)) {}
  rsp_result fill(rsp_start_spec* out) const override {
    out->library = library_.c_str();
    out->symbol = symbol_.c_str();
    return RSP_OK;
  }

 private:
  std::string library_;
  std::string symbol_;
};

/** What a function runs as, so that each start has a callable of its own. */
template <class Make>
class function_server {
 public:
  explicit function_server(const Make& make) : code_(make()) {}

  static rsp_next call(rsp_self* self, void* state, rsp_msg* msg, rsp_from, rsp_server_return*) {
    return take(self, state, msg);
  }
  static rsp_next cast(rsp_self* self, void* state, rsp_msg* msg, rsp_server_return*) {
    return take(self, state, msg);
  }

  static const rsp_server_ops& ops() {
    static const rsp_server_ops made = [] {
      rsp_server_ops ops = ops_of<function_server>();
      ops.name = "function";
      ops.handle_call = &call;
      ops.handle_cast = &cast;
      ops.handle_info = &cast;
      return ops;
    }();
    return made;
  }

 private:
  static rsp_next take(rsp_self* self, void* state, rsp_msg* msg) {
    message lent = message::lent(msg);
    return run_handler(self, static_cast<body<function_server>*>(state)->server->code_, lent);
  }

  decltype(std::declval<const Make&>()()) code_;
};

inline rsp_start_opts start_options(bool link, timeout within) noexcept {
  rsp_start_opts opts = RSP_START_OPTS_INIT;
  opts.link = link;
  opts.timeout_ms = within.milliseconds();
  return opts;
}

class raw_children;
class raw_supervisor;
class running_inits;

}  // namespace detail

class child_spec {
 public:
  explicit child_spec(std::shared_ptr<const detail::start_code> code) : code_(std::move(code)) {}
  /** A supervisor with children of its own. */
  child_spec(supervisor inner);  // NOLINT(google-explicit-constructor): it is one

  /** What tells it from other children of its supervisor. Default: its name, else that of its type. */
  child_spec& id(term what) { return id_ = std::move(what), *this; }
  /** Registered before its init runs. */
  child_spec& name(const atom& name) { return name_ = name, *this; }
  child_spec& restart(restart_type when) { return restart_ = static_cast<rsp_restart>(when), *this; }
  child_spec& shutdown(shutdown_type how) { return shutdown_ = how, *this; }
  /** Its end may end the supervisor (supervisor::auto_shutdown). Not of a permanent child. */
  child_spec& significant(bool is = true) { return significant_ = is, *this; }
  /** Where it would be started again its supervisor ends, in order. Not of a temporary child. Rule: S-SUP-55. */
  child_spec& fatal(bool is = true) { return fatal_ = is, *this; }
  /** It is started again after a delay. Not of a temporary or fatal child. Rule: S-SUP-50..54. */
  child_spec& backoff(restart_delay delay) { return backoff_ = delay, *this; }
  child_spec& backoff(timeout least, timeout most) { return backoff(restart_delay(least, most)); }
  /** It ends with `stalled` when a callback takes about so long without a call. */
  child_spec& stall(timeout limit) { return stall_ms_ = detail::stall_ms(limit), *this; }
  child_spec& mailbox(const mailbox_limits& limits) { return mailbox_ = limits, *this; }
  /** Registered under a unique key before its init runs, as by its name (registry.hpp, which this needs). A taken key is
   * already_started. */
  child_spec& via(const registry& in, term key);
  /** Pinned to this worker, from 1 on. */
  child_spec& worker(uint64_t number) { return worker_ = number, *this; }

  /** Starts it, and waits until its init is done. Thread: any but a callback. Throws start_error: init failed or took too
   * long; start_ignored; already_started. */
  result<pid> try_start(timeout within = infinite) const { return start_as(false, within, nullptr); }
  pid start(timeout within = infinite) const { return try_start(within).value(); }
  /** The same, linked to the caller, which is its parent. Thread: one that is a process. */
  result<pid> try_start_link(timeout within = infinite) const { return start_as(true, within, nullptr); }
  pid start_link(timeout within = infinite) const { return try_start_link(within).value(); }
  /** The same, watched by the caller. Not of a supervisor. Thread: one that is a process. */
  result<std::pair<pid, ref>> try_start_monitor(timeout within = infinite) const {
    ref monitor;
    const result<pid> started = start_as(false, within, &monitor);
    if (!started) return Err{started.error()};
    return Ok{std::pair<pid, ref>(*started, monitor)};
  }
  std::pair<pid, ref> start_monitor(timeout within = infinite) const {
    return try_start_monitor(within).value();
  }

  /** For the border: how the C API is to start it. Usable as long as this. */
  rsp_start_opts start_options(bool link, timeout within) const noexcept {
    rsp_start_opts opts = detail::start_options(link, within);
    opts.via_registry = via_registry_.raw();
    opts.via_key = via_key_.raw();
    return opts;
  }

 private:
  friend class detail::raw_children;

  result<pid> start_as(bool link, timeout within, ref* monitor) const;

  std::shared_ptr<const detail::start_code> code_;
  std::shared_ptr<const supervisor> supervisor_;  // in its place

  term id_;
  atom name_;
  atom via_registry_;
  term via_key_;
  rsp_restart restart_ = RSP_RESTART_DEFAULT;
  std::optional<shutdown_type> shutdown_;
  bool significant_ = false;
  bool fatal_ = false;
  std::optional<restart_delay> backoff_;
  uint64_t stall_ms_ = 0;
  mailbox_limits mailbox_;
  uint64_t worker_ = 0;
};

/** A server of type S. The arguments are kept, and given to its init, or else to its constructor, at each start. */
template <class S, class... Args>
child_spec server(Args&&... args) {
  using made = detail::factory_of<S, detail::plain<Args>...>;
  return child_spec(std::make_shared<const detail::server_code<S>>(
      detail::ops_of<S>(), std::make_shared<const made>(std::forward<Args>(args)...)));
}

/** A process that runs a callable for each message, as spawn does. `make` makes one for each start. */
template <class Make>
child_spec function(term id, Make make) {
  using S = detail::function_server<Make>;
  using made = detail::factory_of<S, Make>;
  child_spec spec(std::make_shared<const detail::server_code<S>>(
      S::ops(), std::make_shared<const made>(std::move(make))));
  return spec.id(std::move(id));
}

/** A native child: `symbol`, an rsp_child_entry, of a shared library. */
inline child_spec native(std::string library, std::string symbol) {
  return child_spec(std::make_shared<const detail::native_code>(std::move(library), std::move(symbol)));
}

}  // namespace resprout
