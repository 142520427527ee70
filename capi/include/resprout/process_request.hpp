// What a callback, which must not wait, asks of other processes: process.hpp's calls as requests.
//
//     flow handle(look, reply_to<bool> from) {
//       return flow::wait_for(alive_request(peer), 5s, [from](result<bool> lives) { from.reply(lives.value()); });
//     }
//
// Thread: one that is a process. Each returns at once, and throws Error (RSP_EINVAL: a pid of another node). Rules: S-PROC-9, S-SUSP-1.
#pragma once

#include <type_traits>

#include "resprout/call.hpp"

namespace resprout {
namespace detail {

/** The answer of a process about itself. A suspension: true when none of its code runs, false if it is dead, nil of a thread. */
struct answer_of_process {
  template <class R>
  static result<R> read(rsp_result code, const message& answer) {
    if (code != RSP_OK) return Err{no_answer(failure::of::CALL, code, answer)};
    const term said = answer.content();
    if constexpr (std::is_same_v<R, term>) {
      return Ok{said};
    } else if constexpr (std::is_void_v<R>) {
      if (said.kind() == RSP_KIND_NIL) return Err{RSP_EINVAL};
      if (said == term(false)) return Err{RSP_ENOPROC};
      return Ok<>{};
    } else {
      return said.try_to<R>();
    }
  }
};

}  // namespace detail

/** A request to a process about itself: its answer is what the call of the same name comes to. */
template <class R>
using process_request = request<R, detail::answer_of_process>;

/** Whether a process lives, after the caller's earlier signals to it. */
inline result<process_request<bool>> try_alive_request(pid of) {
  return detail::ask<process_request<bool>, rsp_ref>(
      [&](rsp_self* self, rsp_ref* out) { return rsp_alive_request(self, out, of.raw()); });
}
inline process_request<bool> alive_request(pid of) { return try_alive_request(of).value(); }

/** What a process says about itself, a map; nil if it is dead. */
inline result<process_request<term>> try_process_info_request(pid of) {
  return detail::ask<process_request<term>, rsp_ref>(
      [&](rsp_self* self, rsp_ref* out) { return rsp_process_info_request(self, out, of.raw()); });
}
inline process_request<term> process_info_request(pid of) { return try_process_info_request(of).value(); }

/** That a process is suspended: the answer comes when none of its code runs. resume takes it back, also unanswered. */
inline result<process_request<void>> try_suspend_request(pid of) {
  return detail::ask<process_request<void>, rsp_ref>(
      [&](rsp_self* self, rsp_ref* out) { return rsp_suspend_request(self, out, of.raw()); });
}
inline process_request<void> suspend_request(pid of) { return try_suspend_request(of).value(); }

}  // namespace resprout
