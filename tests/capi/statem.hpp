// State machines for tests: a handler as a lambda, and what came, in order, as text.
#pragma once

#include <initializer_list>
#include <mutex>
#include <vector>

#include "tests/capi/support.hpp"

namespace capi_test {

using Trail = std::vector<std::string>;

/** An event as text: "cast x in locked". */
inline std::string said(const rsp_event* event) {
  static constexpr const char* WORDS[] = {"call",    "cast",          "info",  "internal",
                                          "timeout", "state_timeout", "named", "enter"};
  std::string text = WORDS[event->type];
  if (event->type == RSP_EVENT_NAMED_TIMEOUT) text += "(" + show(event->name) + ")";
  return text + " " + show(rsp_msg_term(event->msg)) + " in " + show(event->state);
}

/** What a machine does. The script outlives its machines. */
struct Script {
  /** Begins in the state `a`, if it is empty. */
  std::function<rsp_next(rsp_self*, rsp_server_return*)> init = {};
  std::function<rsp_next(rsp_self*, const rsp_event*, rsp_server_return*)> handle = {};
  std::function<rsp_next(rsp_self*, rsp_term reason)> terminate = {};

  Trail trail() {
    const std::lock_guard lock(mutex);
    return texts;
  }
  void add(std::string text) {
    const std::lock_guard lock(mutex);
    texts.push_back(std::move(text));
  }

  std::mutex mutex = {};
  Trail texts = {};
};

inline void next_state(rsp_self* self, std::string_view state) {
  EXPECT_EQ(rsp_statem_next_state(self, word(state)), RSP_OK);
}
inline void insert(rsp_self* self, std::string_view content) {
  EXPECT_EQ(rsp_statem_next_event(self, RSP_EVENT_INTERNAL, rsp_from{}, word(content)), RSP_OK);
}
inline void state_timeout(rsp_self* self, uint64_t time_ms, std::string_view content) {
  EXPECT_EQ(rsp_statem_timeout(self, RSP_EVENT_STATE_TIMEOUT, NIL, time_ms, word(content)), RSP_OK);
}
inline void event_timeout(rsp_self* self, uint64_t time_ms, std::string_view content) {
  EXPECT_EQ(rsp_statem_timeout(self, RSP_EVENT_TIMEOUT, NIL, time_ms, word(content)), RSP_OK);
}
inline void named_timeout(rsp_self* self, std::string_view name, uint64_t time_ms, std::string_view content) {
  EXPECT_EQ(rsp_statem_timeout(self, RSP_EVENT_NAMED_TIMEOUT, word(name), time_ms, word(content)), RSP_OK);
}
inline void postpone(rsp_self* self) { EXPECT_EQ(rsp_statem_postpone(self), RSP_OK); }
inline void repeat_state(rsp_self* self) { EXPECT_EQ(rsp_statem_repeat_state(self), RSP_OK); }

/** Whether the content of an event is this atom. */
inline bool is(const rsp_event* event, std::string_view content) {
  return rsp_term_equal(rsp_msg_term(event->msg), word(content));
}
inline bool in_state(const rsp_event* event, std::string_view state) {
  return rsp_term_equal(event->state, word(state));
}

inline const rsp_server_ops& script_ops() {
  static const rsp_server_ops made = [] {
    rsp_server_ops ops = {};
    ops.size = sizeof ops;
    ops.name = "script";
    ops.init = [](rsp_self* self, void* ctx, rsp_term, rsp_server_return* ret) {
      Script& script = *static_cast<Script*>(ctx);
      ret->state = ctx;
      if (script.init) return script.init(self, ret);
      next_state(self, "a");
      return RSP_NEXT_CONTINUE;
    };
    ops.handle_event = [](rsp_self* self, void* data, const rsp_event* event, rsp_server_return* ret) {
      Script& script = *static_cast<Script*>(data);
      script.add(said(event));
      // So that a test that has asked for it has seen all before.
      if (event->type == RSP_EVENT_CALL && is(event, "seen")) {
        ret->action = RSP_SERVER_REPLY;
        ret->reply = word("ok");
        return RSP_NEXT_CONTINUE;
      }
      return script.handle ? script.handle(self, event, ret) : RSP_NEXT_CONTINUE;
    };
    ops.terminate = [](rsp_self* self, void* data, rsp_term reason) {
      Script& script = *static_cast<Script*>(data);
      rsp_term state = NIL;
      EXPECT_EQ(rsp_statem_state(self, &state), RSP_OK);
      script.add("terminate " + show(reason) + " in " + show(state));
      return script.terminate ? script.terminate(self, reason) : RSP_NEXT_CONTINUE;
    };
    return ops;
  }();
  return made;
}

/** A machine that runs a script, under a thread that is a process. */
class Statem {
 public:
  Statem(const Attached& me, Script& script, bool link = false, const rsp_server_ops& ops = script_ops())
      : me_(me) {
    rsp_start_spec spec = RSP_START_SPEC_INIT;
    spec.ops = &ops;
    spec.ctx = &script;
    rsp_start_opts opts = RSP_START_OPTS_INIT;
    opts.link = link;
    result_ = rsp_server_start(me, &pid_, nullptr, &error_, &spec, &opts);
  }
  ~Statem() {
    // The script goes before the runtime does.
    if (pid_.id != 0) {
      (void)!rsp_unlink(me_, pid_);
      EXPECT_EQ(rsp_exit_signal(nullptr, pid_, word("kill")), RSP_OK);
      bool alive = true;
      while (alive && rsp_is_alive(me_, &alive, pid_, RSP_INFINITE) == RSP_OK) {
      }
    }
    // Where the machine is busy, a turn may have been taken for stuck: of one that was killed then the code runs on, with
    // the script in hand.
    wait_until([] { return stats().zombies == 0; });
    rsp_term_free(error_);
  }
  Statem(const Statem&) = delete;
  Statem& operator=(const Statem&) = delete;

  rsp_pid pid() const { return pid_; }
  rsp_result result() const { return result_; }
  std::string error() const { return show(error_); }

  void cast(std::string_view content) const { EXPECT_EQ(rsp_cast(me_, pid_, word(content)), RSP_OK); }
  /** Casts that all wait for the machine before it sees the first: no timeout of its comes between, however slow the
   * machine it runs on. */
  void cast_together(std::initializer_list<std::string_view> contents) const {
    EXPECT_EQ(rsp_suspend(me_, pid_, RSP_INFINITE), RSP_OK);
    for (const std::string_view content : contents) cast(content);
    EXPECT_EQ(rsp_resume(me_, pid_), RSP_OK);
  }
  /** The answer, or why there is none. */
  std::string call(std::string_view content, uint64_t timeout_ms = RSP_INFINITE) const {
    rsp_msg* answer = nullptr;
    rsp_term reason = NIL;
    const rsp_result result = rsp_call(me_, &answer, &reason, pid_, word(content), timeout_ms);
    if (result == RSP_OK) return text_of(Message(answer));
    std::string text = std::string(rsp_result_name(result)) + " " + show(reason);
    rsp_term_free(reason);
    return text;
  }
  /** All events before this have been handled. */
  void settle() const { EXPECT_EQ(call("seen"), "ok"); }
  /** Stops it, and says what it ended for. */
  std::string stop(std::string_view reason = "normal") const {
    return me_.end_after(pid_, [&] { (void)!rsp_stop(me_, nullptr, pid_, word(reason), RSP_INFINITE); });
  }

 private:
  const Attached& me_;
  rsp_pid pid_ = NO_PID;
  rsp_result result_ = RSP_OK;
  rsp_term error_ = NIL;
};

/** What came but for the calls of settle(). */
inline Trail events(Script& script) {
  Trail all;
  for (std::string& text : script.trail())
    if (!text.starts_with("call seen ")) all.push_back(std::move(text));
  return all;
}

}  // namespace capi_test
