// Starts and stops in a callback of a server, which must not block: it waits as for an answer.
//
//     flow init() {
//       return flow::wait_for_start(server<connection>(address), 5s, [this](result<pid> started) {
//         connected = started.value();
//       });
//     }
//
// Any callback of a server or a state machine may end so, init and terminate too; of init the start is over when what follows is.
// Rules: S-START-8, S-START-9, S-SRV-28.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "resprout/await.h"
#include "resprout/flow.hpp"
#include "resprout/supervisor.hpp"

namespace resprout {
namespace detail {

/** Has the running callback wait for a start, or raises. */
inline rsp_next begin_start(rsp_self* self, const child_spec& what, const rsp_start_opts& opts,
                            rsp_outcome_continuation go_on, void* ctx) {
  raw_children starts({what});
  if (starts.code() != RSP_OK) return failure(starts.code()).raise_in(self);
  const rsp_child_spec& child = *starts.data();
  const rsp_next next = child.supervisor != nullptr
                            ? rsp_await_start_supervisor(self, child.supervisor, &opts, go_on, ctx)
                            : rsp_await_start(self, &child.start, &opts, go_on, ctx);
  starts.given();  // whatever it said
  return next;
}

/** What a start came to: a pid, or with its monitor. */
template <class R>
result<R> started_in(const rsp_outcome& outcome) {
  if (outcome.result != RSP_OK) return Err{start_failure(outcome.result, held_term::copy_of(outcome.error))};
  if constexpr (std::is_same_v<R, pid>) {
    return Ok{pid(outcome.pid)};
  } else {
    return Ok{R(pid(outcome.pid), ref(outcome.monitor))};
  }
}

template <class R, class Then>
class waiting_for_start final : public waiting {
 public:
  waiting_for_start(child_spec what, bool link, timeout within, Then then)
      : what_(std::move(what)), link_(link), within_(within), then_(std::move(then)) {}
  rsp_next begin(rsp_self* self, waits& here) override {
    rsp_start_opts opts = what_.start_options(link_, within_);
    opts.monitor = !std::is_same_v<R, pid>;
    return begin_start(self, what_, opts, &resume<waiting_for_start, const rsp_outcome>, &here);
  }
  rsp_next go_on(const border& to, const rsp_outcome* outcome) {
    return run_flow(to, [&] { return then_(started_in<R>(*outcome)); });
  }

 private:
  child_spec what_;
  bool link_;
  timeout within_;
  Then then_;
};

template <class Then>
class waiting_for_stop final : public waiting {
 public:
  waiting_for_stop(pid server, const term& reason, timeout within, Then then)
      : server_(server), reason_(reason), within_(within), then_(std::move(then)) {}
  rsp_next begin(rsp_self* self, waits& here) override {
    return rsp_await_stop(self, server_.raw(), reason_.raw(), within_.milliseconds(),
                          &resume<waiting_for_stop, const rsp_outcome>, &here);
  }
  rsp_next go_on(const border& to, const rsp_outcome* outcome) {
    return run_flow(to, [&] { return then_(stopped(outcome->result, held_term::copy_of(outcome->error))); });
  }

 private:
  pid server_;
  term reason_;
  timeout within_;
  Then then_;
};

}  // namespace detail

template <class Then>
flow flow::wait_for_start(child_spec what, resprout::timeout within, Then then) {
  using waits = detail::waiting_for_start<pid, Then>;
  return flow(std::make_unique<waits>(std::move(what), false, within, std::move(then)));
}
template <class Then>
flow flow::wait_for_start_link(child_spec what, resprout::timeout within, Then then) {
  using waits = detail::waiting_for_start<pid, Then>;
  return flow(std::make_unique<waits>(std::move(what), true, within, std::move(then)));
}
template <class Then>
flow flow::wait_for_start_monitor(child_spec what, resprout::timeout within, Then then) {
  using waits = detail::waiting_for_start<std::pair<pid, ref>, Then>;
  return flow(std::make_unique<waits>(std::move(what), false, within, std::move(then)));
}

template <class Then>
flow flow::wait_for_stop(pid server, const term& reason, resprout::timeout within, Then then) {
  using waits = detail::waiting_for_stop<Then>;
  return flow(std::make_unique<waits>(server, reason, within, std::move(then)));
}

}  // namespace resprout
