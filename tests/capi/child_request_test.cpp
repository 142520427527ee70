// resprout/supervisor.h: a callback asks for a child, by a specification that is the runtime's whatever comes of it.
#include <atomic>
#include <vector>

#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

std::atomic<int> g_freed{0};

/** A child that runs `code`, whose context counts when it is freed. */
rsp_child_spec child_of(std::string_view id, Code code) {
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  child.id = word(id);
  child.start.handler = run_code;
  child.start.ctx = new Code(std::move(code));
  child.start.ctx_free = [](void* ctx) {
    free_code(ctx);
    ++g_freed;
  };
  return child;
}
rsp_child_spec idle_child(std::string_view id) {
  return child_of(id, [](rsp_self*, rsp_msg*) { return RSP_NEXT_CONTINUE; });
}

rsp_term copy_of_answer(const rsp_msg* answer) { return rsp_term_copy(rsp_msg_term(answer)); }

/** What a server does with a call, as tests say it. */
using OnCall = std::function<rsp_next(rsp_self*, rsp_server_return*)>;

rsp_next reply_with_answer(rsp_self*, rsp_msg* answer, void* out) {
  rsp_server_return* const ret = static_cast<rsp_server_return*>(out);
  ret->action = RSP_SERVER_REPLY;
  ret->reply = rsp_msg_get_kind(answer) == RSP_MSG_DOWN ? word("down") : copy_of_answer(answer);
  return RSP_NEXT_CONTINUE;
}

rsp_server_ops asking_server() {
  rsp_server_ops ops = {};
  ops.size = sizeof ops;
  ops.name = "asking";
  ops.init = [](rsp_self*, void* ctx, rsp_term, rsp_server_return* ret) {
    ret->state = ctx;
    return RSP_NEXT_CONTINUE;
  };
  ops.handle_call = [](rsp_self* self, void* state, rsp_msg*, rsp_from, rsp_server_return* ret) {
    return (*static_cast<OnCall*>(state))(self, ret);
  };
  return ops;
}
const rsp_server_ops ASKING = asking_server();

class ChildRequests : public testing::Test {
 protected:
  ChildRequests() { g_freed = 0; }

  rsp_pid start_supervisor(rsp_strategy strategy) {
    rsp_supervisor_opts opts = RSP_SUPERVISOR_OPTS_INIT;
    opts.strategy = strategy;
    rsp_pid supervisor = NO_PID;
    EXPECT_EQ(rsp_supervisor_start(me_, &supervisor, nullptr, nullptr, 0, &opts, nullptr), RSP_OK);
    return supervisor;
  }

  /** What a server on a worker answers that does this at a call. */
  std::string answer_of(OnCall on_call) {
    rsp_start_spec spec = RSP_START_SPEC_INIT;
    spec.ops = &ASKING;
    spec.ctx = &on_call;
    rsp_pid server = NO_PID;
    EXPECT_EQ(rsp_server_start(me_, &server, nullptr, nullptr, &spec, nullptr), RSP_OK);
    rsp_msg* reply = nullptr;
    EXPECT_EQ(rsp_call(me_, &reply, nullptr, server, NIL, RSP_INFINITE), RSP_OK);
    EXPECT_EQ(rsp_stop(me_, nullptr, server, word("normal"), RSP_INFINITE), RSP_OK);
    return text_of(Message(reply));
  }
  /** The same of one that asks for this child. */
  std::string answer_to(rsp_pid supervisor, const rsp_child_spec& child) {
    return answer_of([=](rsp_self* self, rsp_server_return* ret) {
      rsp_ref request = {};
      EXPECT_EQ(rsp_supervisor_start_child_request(self, &request, nullptr, supervisor, &child), RSP_OK);
      return rsp_await(self, request, RSP_INFINITE, reply_with_answer, ret);
    });
  }

  const Runtime runtime_{2};
  const Attached me_;
};

// S-SUP-58
TEST_F(ChildRequests, of_a_worker_server_are_answered_with_the_child_when_it_is_up) {
  for (const rsp_strategy strategy : {RSP_ONE_FOR_ONE, RSP_DYNAMIC}) {
    const rsp_pid supervisor = start_supervisor(strategy);
    const rsp_child_spec child = child_of("child", [to = me_.pid()](rsp_self* self, rsp_msg* message) {
      if (message == nullptr) {
        EXPECT_EQ(rsp_send(self, to, rsp_term_pid(rsp_self_pid(self))), RSP_OK);
      }
      return RSP_NEXT_CONTINUE;
    });
    const std::string answer = answer_to(supervisor, child);
    const Message started = me_.receive_within(0);  // it was up before the answer
    EXPECT_EQ(answer, "{ok," + text_of(started) + "}");
    rsp_term rows = NIL;
    EXPECT_EQ(rsp_supervisor_which_children(me_, &rows, supervisor, RSP_INFINITE), RSP_OK);
    EXPECT_NE(show(rows).find(text_of(started)), std::string::npos) << show(rows);
    rsp_term_free(rows);
    EXPECT_EQ(me_.exit(supervisor, "kill"), "killed");
  }
  wait_until([] { return g_freed == 2; });
}

// S-SUP-58, S-SUP-46
TEST_F(ChildRequests, are_answered_with_what_a_start_function_says_of_its_child) {
  const rsp_pid supervisor = start_supervisor(RSP_ONE_FOR_ONE);
  rsp_start_more more = RSP_START_MORE_INIT;
  more.function_name = "function";
  more.function = [](rsp_self* self, void*, rsp_term, rsp_start_return* ret) {
    ret->pid = spawn_idle(self, {.link = true});
    ret->info = word("told");
    return RSP_NEXT_CONTINUE;
  };
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  child.id = word("child");
  child.start.more = &more;
  const std::string answer = answer_to(supervisor, child);
  rsp_term rows = NIL;
  EXPECT_EQ(rsp_supervisor_which_children(me_, &rows, supervisor, RSP_INFINITE), RSP_OK);
  rsp_term row = NIL;
  rsp_term pid = NIL;
  EXPECT_EQ(rsp_term_element(&row, rows, 0), RSP_OK);
  EXPECT_EQ(rsp_term_element(&pid, row, 1), RSP_OK);
  EXPECT_EQ(answer, "{ok," + show(pid) + ",told}");
  rsp_term_free(rows);
  EXPECT_EQ(answer_to(supervisor, child),
            "{error,{already_started," + answer.substr(4, answer.size() - 10) + "}}");
}

// S-SUP-58, S-SUP-8
TEST_F(ChildRequests, with_a_wrong_specification_are_refused_at_once) {
  const rsp_pid supervisor = start_supervisor(RSP_ONE_FOR_ONE);
  EXPECT_EQ(answer_of([&](rsp_self* self, rsp_server_return* ret) {
              rsp_child_spec child = idle_child("child");
              child.restart = static_cast<rsp_restart>(9);
              rsp_ref request = {};
              EXPECT_EQ(rsp_supervisor_start_child_request(self, &request, &ret->reply, supervisor, &child),
                        RSP_ESPEC);
              EXPECT_EQ(request, rsp_ref{});
              child = idle_child("child");
              child.restart = static_cast<rsp_restart>(9);
              EXPECT_EQ(rsp_supervisor_start_child_request(self, &request, nullptr, supervisor, &child),
                        RSP_ESPEC);
              ret->action = RSP_SERVER_REPLY;
              return RSP_NEXT_CONTINUE;
            }),
            "{invalid_restart_type,9}");
  EXPECT_EQ(g_freed, 2);
  rsp_term rows = NIL;
  EXPECT_EQ(rsp_supervisor_which_children(me_, &rows, supervisor, RSP_INFINITE), RSP_OK);
  EXPECT_EQ(show(rows), "[]");
  rsp_term_free(rows);
}

// S-SUP-58
TEST_F(ChildRequests, that_are_malformed_leave_the_context_with_the_caller) {
  const rsp_pid supervisor = start_supervisor(RSP_ONE_FOR_ONE);
  rsp_child_spec child = idle_child("child");
  rsp_ref request = {};
  EXPECT_EQ(rsp_supervisor_start_child_request(nullptr, &request, nullptr, supervisor, &child), RSP_EINVAL);
  EXPECT_EQ(rsp_supervisor_start_child_request(me_, nullptr, nullptr, supervisor, &child), RSP_EINVAL);
  EXPECT_EQ(rsp_supervisor_start_child_request(me_, &request, nullptr, NO_PID, &child), RSP_EINVAL);
  EXPECT_EQ(rsp_supervisor_start_child_request(me_, &request, nullptr, supervisor, nullptr), RSP_EINVAL);
  EXPECT_EQ(g_freed, 0);
  child.start.ctx_free(child.start.ctx);
}

// S-SUP-58, S-SRV-16
TEST_F(ChildRequests, to_a_dead_supervisor_come_back_as_its_down_and_free_the_context_once) {
  const rsp_pid dead = dead_pid(me_);
  EXPECT_EQ(answer_to(dead, idle_child("child")), "down");
  wait_until([] { return g_freed == 1; });
  const rsp_child_spec child = idle_child("child");
  rsp_ref request = {};
  ASSERT_EQ(rsp_supervisor_start_child_request(me_, &request, nullptr, dead, &child), RSP_OK);
  rsp_msg* down = nullptr;
  EXPECT_EQ(rsp_receive_response(me_, &down, request, RSP_INFINITE), RSP_EEXITED);
  EXPECT_EQ(text_of(Message(down)), "noproc");
  wait_until([] { return g_freed == 2; });
}

// S-SUP-58
TEST_F(ChildRequests, to_a_process_that_is_no_supervisor_free_the_context_with_the_message) {
  const rsp_pid other = spawn_idle(me_);
  const rsp_child_spec child = idle_child("child");
  rsp_ref request = {};
  ASSERT_EQ(rsp_supervisor_start_child_request(me_, &request, nullptr, other, &child), RSP_OK);
  wait_until([] { return g_freed == 1; });
  EXPECT_EQ(me_.exit(other, "kill"), "killed");
  rsp_msg* down = nullptr;
  EXPECT_EQ(rsp_receive_response(me_, &down, request, RSP_INFINITE), RSP_EEXITED);
  EXPECT_EQ(text_of(Message(down)), "killed");
  EXPECT_EQ(g_freed, 1);
}

}  // namespace
