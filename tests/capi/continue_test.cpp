// resprout/server.h: handle_continue, one after another.
#include <atomic>
#include <functional>
#include <string>

#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

constexpr int64_t MANY = 200'000;

rsp_next continue_with(rsp_server_return* ret, rsp_term argument) {
  ret->has_continue = true;
  ret->continue_term = argument;
  return RSP_NEXT_CONTINUE;
}

/** Counts its continues. "go" begins them, "wait" does when a wait is over. */
struct Counter {
  Counter() = default;
  ~Counter() {
    wait_until([] { return stats().zombies == 0; });  // a turn that was taken for stuck has it in hand, still
  }
  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;

  /** What a continue goes on with, by how many there have been. */
  std::function<rsp_next(rsp_self*, rsp_server_return*, int64_t)> goes_on = {};
  bool begins_in_init = false;
  rsp_server_return* ret = nullptr;  // of the callback that waits
  std::atomic<int64_t> count{0};
};

Counter& counter_of(void* state) { return *static_cast<Counter*>(state); }

rsp_next wait_and_continue(rsp_self* self, Counter& counter, rsp_server_return* ret) {
  counter.ret = ret;
  rsp_ref ref = {};
  EXPECT_EQ(rsp_alive_request(self, &ref, rsp_self_pid(self)), RSP_OK);
  return rsp_await(
      self, ref, RSP_INFINITE,
      [](rsp_self*, rsp_msg*, void* waited) { return continue_with(counter_of(waited).ret, word("go")); },
      &counter);
}

const rsp_server_ops& counting() {
  static const rsp_server_ops made = [] {
    rsp_server_ops ops = {};
    ops.size = sizeof ops;
    ops.name = "counting";
    ops.init = [](rsp_self*, void* ctx, rsp_term, rsp_server_return* ret) {
      ret->state = ctx;
      return counter_of(ctx).begins_in_init ? continue_with(ret, word("go")) : RSP_NEXT_CONTINUE;
    };
    ops.handle_call = [](rsp_self*, void* state, rsp_msg* request, rsp_from, rsp_server_return* ret) {
      ret->action = RSP_SERVER_REPLY;
      ret->reply = rsp_term_int(counter_of(state).count);
      const bool begins = rsp_term_equal(rsp_msg_term(request), word("go"));
      return begins ? continue_with(ret, word("go")) : RSP_NEXT_CONTINUE;
    };
    ops.handle_cast = [](rsp_self* self, void* state, rsp_msg* message, rsp_server_return* ret) {
      const bool waits = rsp_term_equal(rsp_msg_term(message), word("wait"));
      return waits ? wait_and_continue(self, counter_of(state), ret) : continue_with(ret, word("go"));
    };
    ops.handle_continue = [](rsp_self* self, void* state, rsp_term argument, rsp_server_return* ret) {
      EXPECT_EQ(show(argument), "go");
      Counter& counter = counter_of(state);
      return counter.goes_on(self, ret, ++counter.count);
    };
    return ops;
  }();
  return made;
}

class Continues : public testing::Test {
 protected:
  rsp_pid start(Counter& counter, bool link = false) {
    rsp_start_spec spec = RSP_START_SPEC_INIT;
    spec.ops = &counting();
    spec.ctx = &counter;
    rsp_start_opts opts = RSP_START_OPTS_INIT;
    opts.link = link;
    rsp_pid pid = NO_PID;
    EXPECT_EQ(rsp_server_start(me_, &pid, nullptr, nullptr, &spec, &opts), RSP_OK);
    return pid;
  }
  std::string call(rsp_pid pid, const char* request) {
    rsp_msg* answer = nullptr;
    EXPECT_EQ(rsp_call(me_, &answer, nullptr, pid, word(request), RSP_INFINITE), RSP_OK);
    return text_of(Message(answer));
  }

  const Runtime runtime_{1};
  const Attached me_;
};

rsp_next up_to_many(rsp_self*, rsp_server_return* ret, int64_t count) {
  return count % MANY != 0 ? continue_with(ret, word("go")) : RSP_NEXT_CONTINUE;
}

rsp_next for_ever(rsp_self*, rsp_server_return* ret, int64_t) { return continue_with(ret, word("go")); }

/** {noreply, state, {continue, go}} */
rsp_next thrown(rsp_self* self, rsp_server_return*, int64_t count) {
  if (count % MANY == 0) return RSP_NEXT_CONTINUE;
  rsp_term wait = NIL;
  rsp_term result = NIL;
  const rsp_term parts[] = {word("continue"), word("go")};
  EXPECT_EQ(rsp_term_tuple(&wait, parts, 2), RSP_OK);
  const rsp_term all[] = {word("noreply"), word("state"), wait};
  EXPECT_EQ(rsp_term_tuple(&result, all, 3), RSP_OK);
  rsp_term_free(wait);
  const rsp_next next = rsp_throw(self, result);
  rsp_term_free(result);
  return next;
}

// S-SRV-46: none stands on the stack of another, and all of them come before the next message.
TEST_F(Continues, are_any_number_and_no_message_comes_in_between) {
  for (const auto goes_on : {&up_to_many, &thrown}) {
    Counter counter;
    counter.goes_on = goes_on;
    counter.begins_in_init = true;
    const rsp_pid pid = start(counter);
    EXPECT_EQ(call(pid, "go"), std::to_string(MANY));
    EXPECT_EQ(call(pid, "count"), std::to_string(2 * MANY));
    EXPECT_EQ(rsp_cast(me_, pid, word("wait")), RSP_OK);
    EXPECT_EQ(call(pid, "count"), std::to_string(3 * MANY));
    EXPECT_EQ(me_.exit(pid, "kill"), "killed");
  }
}

// S-SRV-46, S-SRV-25: on the only worker. What does not trap ends by any signal.
TEST_F(Continues, for_ever_hold_nobody_up_and_end_by_a_signal) {
  for (const char* const reason : {"kill", "boom"}) {
    Counter endless;
    endless.goes_on = for_ever;
    const rsp_pid pid = start(endless);
    EXPECT_EQ(rsp_cast(me_, pid, word("go")), RSP_OK);
    EXPECT_EQ(rsp_cast(me_, pid, word("never")), RSP_OK);
    wait_until([&] { return endless.count > MANY; });
    Counter counter;
    const rsp_pid other = start(counter);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(call(other, "count"), "0");
    EXPECT_EQ(rsp_suspend(me_, pid, RSP_INFINITE), RSP_OK);  // none of them runs
    const int64_t so_far = endless.count;
    EXPECT_EQ(call(other, "count"), "0");
    EXPECT_EQ(endless.count, so_far);
    EXPECT_EQ(rsp_resume(me_, pid), RSP_OK);
    wait_until([&] { return endless.count > so_far; });
    EXPECT_EQ(me_.exit(pid, reason), reason == std::string("kill") ? "killed" : reason);
    EXPECT_EQ(me_.exit(other, "kill"), "killed");
  }
}

// S-SRV-46, S-SRV-28: messages as others are the stop call and the exit signal of the parent.
TEST_F(Continues, come_before_a_stop) {
  Counter counter;
  std::atomic<bool> is_asked{false};
  counter.goes_on = [&](rsp_self*, rsp_server_return* ret, int64_t count) {
    return count < 1000 || !is_asked ? continue_with(ret, word("go")) : RSP_NEXT_CONTINUE;
  };
  const rsp_pid pid = start(counter);
  EXPECT_EQ(rsp_cast(me_, pid, word("go")), RSP_OK);
  rsp_term reason = NIL;
  EXPECT_EQ(rsp_stop(me_, &reason, pid, word("normal"), 20), RSP_ETIMEDOUT);
  is_asked = true;
  EXPECT_EQ(me_.end_of(pid), "normal");
  EXPECT_GE(counter.count, 1000);
}

}  // namespace
