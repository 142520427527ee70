// Timers: a message after a time, never early. Threads: one that is a process. Rules: S-TIMER.
#pragma once

#include "resprout/process.hpp"
#include "resprout/timer.h"

namespace resprout {

/** Sends a term to a process after a time. */
inline result<ref> try_send_after(timeout delay, pid to, const term& message) {
  return detail::ask<ref, rsp_ref>([&](rsp_self* self, rsp_ref* out) {
    return rsp_send_after(self, out, delay.milliseconds(), to.raw(), message.raw());
  });
}
inline ref send_after(timeout delay, pid to, const term& message) {
  return try_send_after(delay, to, message).value();
}

/** The same to a name, which is looked up when the timer fires. */
inline result<ref> try_send_after(timeout delay, const atom& name, const term& message) {
  return detail::ask<ref, rsp_ref>([&](rsp_self* self, rsp_ref* out) {
    return rsp_send_after_name(self, out, delay.milliseconds(), name.raw(), message.raw());
  });
}
inline ref send_after(timeout delay, const atom& name, const term& message) {
  return try_send_after(delay, name, message).value();
}

/** Sends a message of kind RSP_MSG_TIMER, which names the timer. */
inline result<ref> try_start_timer(timeout delay, pid to, const term& message) {
  return detail::ask<ref, rsp_ref>([&](rsp_self* self, rsp_ref* out) {
    return rsp_start_timer(self, out, delay.milliseconds(), to.raw(), message.raw());
  });
}
inline ref start_timer(timeout delay, pid to, const term& message) {
  return try_start_timer(delay, to, message).value();
}

namespace detail {
/** The time that was left, where the timer was active. */
template <class Call>
result<std::optional<std::chrono::milliseconds>> time_left(Call&& call) {
  const result<rsp_self*> self = current();
  if (!self) return Err{self.error()};
  bool active = false;
  uint64_t left = 0;
  const rsp_result code = call(*self, &active, &left);
  if (code != RSP_OK) return Err{code};
  std::optional<std::chrono::milliseconds> time;
  if (active) time = std::chrono::milliseconds(static_cast<int64_t>(left < INT64_MAX ? left : INT64_MAX));
  return Ok{time};
}
}  // namespace detail

/** Cancels a timer. The time that it had left; nothing: it had fired, or was cancelled, or there is no such timer. */
inline result<std::optional<std::chrono::milliseconds>> try_cancel_timer(const ref& timer) {
  return detail::time_left([&](rsp_self* self, bool* active, uint64_t* left) {
    return rsp_cancel_timer(self, active, left, timer.raw());
  });
}
inline std::optional<std::chrono::milliseconds> cancel_timer(const ref& timer) {
  return try_cancel_timer(timer).value();
}

/** The time that a timer has left. */
inline result<std::optional<std::chrono::milliseconds>> try_read_timer(const ref& timer) {
  return detail::time_left([&](rsp_self* self, bool* active, uint64_t* left) {
    return rsp_read_timer(self, active, left, timer.raw());
  });
}
inline std::optional<std::chrono::milliseconds> read_timer(const ref& timer) {
  return try_read_timer(timer).value();
}

}  // namespace resprout
