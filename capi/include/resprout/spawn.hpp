// Processes from C++ callables: one that runs once for each message, on a worker.
//
//     pid echo = spawn([](message& m) { send(m.sender(), m.content()); });
//
// The callable is the process's state: moved in, run by one thread at a time, destroyed when the process ends, whatever ends
// it. It must not wait; an exception that leaves it ends the process, and no other. It returns nothing, a `next`, or, in a
// program without exceptions, a result.
//
// Thread: any; one that is no process spawns for the runtime's root, and cannot be linked. Rules: S-PROC-1..3, S-EXIT-1..5.
#pragma once

#include <type_traits>
#include <utility>

#include "resprout/message.hpp"
#include "resprout/process.hpp"

namespace resprout {

/** What a process does after a message. */
class next {
 public:
  /** It takes the next one. */
  static next go_on() noexcept { return next(RSP_NEXT_CONTINUE); }
  /** It ends, normally. */
  static next stop() noexcept { return next(RSP_NEXT_STOP); }
  /** As a throw of this exception, for code that does not throw. */
  static next raise(const raised& exception) {
    next made(RSP_NEXT_RAISE);
    made.class_ = exception.exception_class();
    made.value_ = exception.value();
    return made;
  }
  /** It ends for a reason. */
  static next exit(const term& reason) { return raise(Exit(reason)); }

  /** For the border. */
  rsp_next tell(rsp_self* self) const noexcept {
    return what_ == RSP_NEXT_RAISE ? rsp_raise(self, class_, value_.raw(), {0, 0}) : what_;
  }

 private:
  explicit next(rsp_next what) noexcept : what_(what) {}

  rsp_next what_;
  rsp_class class_ = RSP_CLASS_EXIT;
  term value_;
};

// NOLINTBEGIN(readability-identifier-naming): words of OTP, written as they are
/** What happens to the message that is too many for a mailbox with limits. */
enum class overflow {
  refuse = RSP_OVERFLOW_REFUSE,
  drop_newest = RSP_OVERFLOW_DROP_NEWEST,
  drop_oldest = RSP_OVERFLOW_DROP_OLDEST,
  exit = RSP_OVERFLOW_EXIT
};
// NOLINTEND(readability-identifier-naming)

/** Limits of a mailbox; 0 is none. S-MBOX-6..9. */
struct mailbox_limits {
  uint32_t max_messages = 0;
  uint64_t max_message_bytes = 0;
  resprout::overflow overflow = resprout::overflow::refuse;
};

struct spawn_options {
  bool trap_exit = false;    ///< exit signals become messages, from the start
  timeout stall = infinite;  ///< it ends with `stalled` when a message takes about so long without a call
  mailbox_limits mailbox = {};
  uint64_t worker = 0;  ///< pinned to this worker, from 1 on
};

namespace detail {

inline uint64_t stall_ms(const timeout& stall) noexcept {
  return stall.milliseconds() == RSP_INFINITE ? 0 : stall.milliseconds();
}

/** What a callable that was given a message has returned, as the C API takes it. */
template <class F>
rsp_next run_handler(rsp_self* self, F& code, message& received) {
  using Returned = decltype(code(received));
  return guarded(self, [&]() -> rsp_next {
    if constexpr (std::is_void_v<Returned>) {
      code(received);
      return RSP_NEXT_CONTINUE;
    } else if constexpr (std::is_same_v<Returned, next>) {
      return code(received).tell(self);
    } else {
      const result<void> done = code(received);
      return done ? RSP_NEXT_CONTINUE : done.error().raise_in(self);
    }
  });
}

template <class F>
struct handler {
  static rsp_next run(rsp_self* self, rsp_msg* msg, void* state) {
    message lent = message::lent(msg);
    return run_handler(self, *static_cast<F*>(state), lent);
  }
  static void free_state(void* state) { delete static_cast<F*>(state); }
};

struct spawned {
  pid process;
  ref monitor;
};

template <class F>
result<spawned> spawn_as(F&& code, const spawn_options& options, bool link, bool monitor) {
  using State = plain<F>;
  rsp_spawn_opts raw = RSP_SPAWN_OPTS_INIT;
  raw.link = link;
  raw.monitor = monitor;
  raw.trap_exit = options.trap_exit;
  raw.stall_ms = stall_ms(options.stall);
  raw.max_messages = options.mailbox.max_messages;
  raw.max_message_bytes = options.mailbox.max_message_bytes;
  raw.overflow = static_cast<rsp_overflow>(options.mailbox.overflow);
  raw.worker = options.worker;
  std::unique_ptr<State> state = boxed(std::forward<F>(code));
  if (state == nullptr) return Err{RSP_ENOMEM};
  rsp_pid process{0, 0, 0};
  rsp_ref monitor_ref{};
  const rsp_result made = rsp_spawn(rsp_current(), &process, &monitor_ref, &raw, &handler<State>::run,
                                    state.get(), &handler<State>::free_state);
  if (made != RSP_OK) return Err{made};
  (void)state.release();
  return Ok{spawned{pid(process), ref(monitor_ref)}};
}

}  // namespace detail

/** Makes a process. It exists, and can be sent to, when this returns. */
template <class F>
result<pid> try_spawn(F&& code, const spawn_options& options = {}) {
  const auto made = detail::spawn_as(std::forward<F>(code), options, false, false);
  if (!made) return Err{made.error()};
  return Ok{made->process};
}
template <class F>
pid spawn(F&& code, const spawn_options& options = {}) {
  return try_spawn(std::forward<F>(code), options).value();
}

/** The same, linked to the caller from its first moment. */
template <class F>
result<pid> try_spawn_link(F&& code, const spawn_options& options = {}) {
  const auto made = detail::spawn_as(std::forward<F>(code), options, true, false);
  if (!made) return Err{made.error()};
  return Ok{made->process};
}
template <class F>
pid spawn_link(F&& code, const spawn_options& options = {}) {
  return try_spawn_link(std::forward<F>(code), options).value();
}

/** The same, watched by the caller from its first moment. */
template <class F>
result<std::pair<pid, ref>> try_spawn_monitor(F&& code, const spawn_options& options = {}) {
  const auto made = detail::spawn_as(std::forward<F>(code), options, false, true);
  if (!made) return Err{made.error()};
  return Ok{std::pair<pid, ref>(made->process, made->monitor)};
}
template <class F>
std::pair<pid, ref> spawn_monitor(F&& code, const spawn_options& options = {}) {
  return try_spawn_monitor(std::forward<F>(code), options).value();
}

/** Limits the mailbox of the calling process, from now on. Thread: one that is a process. */
inline result<void> try_limit_mailbox(const mailbox_limits& limits) {
  return detail::act([&](rsp_self* self) {
    return rsp_limit_mailbox(self, limits.max_messages, limits.max_message_bytes,
                             static_cast<rsp_overflow>(limits.overflow));
  });
}
inline void limit_mailbox(const mailbox_limits& limits) { try_limit_mailbox(limits).value(); }

}  // namespace resprout
