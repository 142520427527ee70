// What the tests of resprout/sys.h share: questions as texts, and a server that does what a test says.
#pragma once

#include <atomic>

#include "tests/capi/support.hpp"

namespace capi_test {

/** The answer as text, or how the call failed. */
template <class Ask>
inline std::string answer_of(const Ask& ask) {
  rsp_term out = NIL;
  rsp_term reason = NIL;
  const rsp_result result = ask(&out, &reason);
  const std::string text =
      result == RSP_OK ? show(out) : std::string(rsp_result_name(result)) + " " + show(reason);
  rsp_term_free(out);
  rsp_term_free(reason);
  return text;
}

inline std::string state_of(const Attached& me, rsp_pid dest, uint64_t timeout_ms = RSP_INFINITE) {
  return answer_of(
      [&](rsp_term* out, rsp_term* reason) { return rsp_sys_get_state(me, out, reason, dest, timeout_ms); });
}
inline std::string status_of(const Attached& me, rsp_pid dest, uint64_t timeout_ms = RSP_INFINITE) {
  return answer_of(
      [&](rsp_term* out, rsp_term* reason) { return rsp_sys_get_status(me, out, reason, dest, timeout_ms); });
}

/** A field of the status, as text. */
inline std::string status_field(const Attached& me, rsp_pid dest, std::string_view field) {
  rsp_term status = NIL;
  EXPECT_EQ(rsp_sys_get_status(me, &status, nullptr, dest, RSP_INFINITE), RSP_OK);
  rsp_term value = NIL;
  EXPECT_EQ(rsp_term_map_get(&value, status, word(field)), RSP_OK) << field << " of " << show(status);
  const std::string text = show(value);
  rsp_term_free(status);
  return text;
}

inline std::string pid_text(rsp_pid pid) { return show(rsp_term_pid(pid)); }

/** What a server of the tests does. It outlives its servers. */
struct Play {
  rsp_atom name = {0};
  std::function<rsp_next(rsp_self*, rsp_term request, rsp_server_return*)> on_call = {};
  std::function<rsp_next(rsp_self*, rsp_term message, rsp_server_return*)> on_info = {};
  std::function<rsp_term(rsp_self*)> status = {};
  std::atomic<int> infos{0};
};

inline Play& play_of(void* state) { return *static_cast<Play*>(state); }

inline const rsp_server_ops& play_ops() {
  static const rsp_server_ops made = [] {
    rsp_server_ops ops = {};
    ops.size = sizeof ops;
    ops.name = "play";
    ops.init = [](rsp_self*, void* ctx, rsp_term, rsp_server_return* ret) {
      ret->state = ctx;
      return RSP_NEXT_CONTINUE;
    };
    ops.handle_call = [](rsp_self* self, void* state, rsp_msg* message, rsp_from, rsp_server_return* ret) {
      Play& play = play_of(state);
      ret->action = RSP_SERVER_REPLY;
      ret->reply = word("ok");
      return play.on_call ? play.on_call(self, rsp_msg_term(message), ret) : RSP_NEXT_CONTINUE;
    };
    ops.handle_cast = [](rsp_self* self, void* state, rsp_msg* message, rsp_server_return* ret) {
      Play& play = play_of(state);
      return play.on_info ? play.on_info(self, rsp_msg_term(message), ret) : RSP_NEXT_CONTINUE;
    };
    ops.handle_info = [](rsp_self* self, void* state, rsp_msg* message, rsp_server_return* ret) {
      Play& play = play_of(state);
      ++play.infos;
      return play.on_info ? play.on_info(self, rsp_msg_term(message), ret) : RSP_NEXT_CONTINUE;
    };
    ops.format_status = [](rsp_self* self, void* state) {
      Play& play = play_of(state);
      return play.status ? play.status(self) : NIL;
    };
    return ops;
  }();
  return made;
}

inline rsp_pid start(const Attached& me, Play& play, bool link = false) {
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  spec.ops = &play_ops();
  spec.ctx = &play;
  spec.name = play.name;
  rsp_start_opts opts = RSP_START_OPTS_INIT;
  opts.link = link;
  rsp_pid pid = NO_PID;
  EXPECT_EQ(rsp_server_start(me, &pid, nullptr, nullptr, &spec, &opts), RSP_OK);
  return pid;
}

inline std::string call(const Attached& me, rsp_pid server, std::string_view request) {
  rsp_msg* answer = nullptr;
  EXPECT_EQ(rsp_call(me, &answer, nullptr, server, word(request), RSP_INFINITE), RSP_OK);
  return text_of(Message(answer));
}

}  // namespace capi_test
