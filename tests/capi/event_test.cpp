// resprout/event.h
#include <algorithm>
#include <mutex>
#include <vector>

#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

/** What handlers have said, in order. */
class Log {
 public:
  void say(std::string line) {
    const std::scoped_lock lock(mutex_);
    lines_.push_back(std::move(line));
  }
  std::string take() {
    const std::scoped_lock lock(mutex_);
    std::string all;
    for (const std::string& line : lines_) all += all.empty() ? line : " " + line;
    lines_.clear();
    return all;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

Log g_log;
std::atomic<int> g_states{0};
std::atomic<int> g_dropped{0};
const rsp_native_ops COUNTS_DROPS = {sizeof(rsp_native_ops), [](void*) { ++g_dropped; }, nullptr};

struct State {
  std::string name;
  State(std::string of) : name(std::move(of)) { ++g_states; }  // NOLINT(google-explicit-constructor)
  ~State() { --g_states; }
};

State& state_of(void* state) { return *static_cast<State*>(state); }

/** The context of a handler: its name in the log. */
rsp_next init(rsp_self* self, void* ctx, rsp_term args, rsp_event_return* ret) {
  const std::string said = show(args);
  g_log.say(static_cast<const char*>(ctx) + std::string(":init(") + said + ")");
  if (said == "crash") return rsp_error(self, word("boom"));
  if (said == "exit") return rsp_exit(self, word("gone"));
  if (said == "throw") return rsp_throw(self, word("thrown"));
  if (said == "refuse") {
    ret->action = RSP_EVENT_ERROR;
    ret->reason = word("refused");
    return RSP_NEXT_CONTINUE;
  }
  ret->state = new State(static_cast<const char*>(ctx));
  return RSP_NEXT_CONTINUE;
}

const rsp_event_ops& other_ops();
const rsp_event_handler& replacement() {
  static const rsp_event_handler handler = {sizeof(rsp_event_handler), &other_ops(), NIL, rsp_term_int(9),
                                            const_cast<char*>("new"),  nullptr};
  return handler;
}

/** What all callbacks do with what they get. */
rsp_next react(rsp_self* self, State& state, const char* callback, rsp_msg* message, rsp_event_return* ret) {
  const std::string said = show(rsp_msg_term(message));
  g_log.say(state.name + ":" + callback + "(" + said + ")");
  const std::string for_me = said.substr(0, said.find('_'));
  if (for_me != state.name && for_me != "all") return RSP_NEXT_CONTINUE;
  const std::string what = said.substr(said.find('_') + 1);
  if (what == "remove") ret->action = RSP_EVENT_REMOVE_HANDLER;
  if (what == "stop") return RSP_NEXT_STOP;
  if (what == "crash") return rsp_error(self, word("boom"));
  if (what == "throwremove") return rsp_throw(self, word("remove_handler"));
  if (what == "garbage") {
    ret->action = RSP_EVENT_BAD_RETURN;
    ret->reason = rsp_term_int(42);
  }
  if (what == "badswap") {
    ret->action = RSP_EVENT_SWAP_HANDLER;  // for nobody
    ret->reply_native = &g_dropped;
    ret->reply_ops = &COUNTS_DROPS;
  }
  if (what == "cpp") throw std::runtime_error("cpp");
  if (what == "swap") {
    ret->action = RSP_EVENT_SWAP_HANDLER;
    ret->args = word("swapping");
    ret->handler = &replacement();
  }
  if (what == "wait") {
    rsp_ref ref = {};
    EXPECT_EQ(rsp_alive_request(self, &ref, rsp_self_pid(self)), RSP_OK);
    return rsp_await(
        self, ref, RSP_INFINITE,
        [](rsp_self*, rsp_msg*, void* waited) {
          g_log.say(static_cast<State*>(waited)->name + ":waited");
          return RSP_NEXT_CONTINUE;
        },
        &state);
  }
  return RSP_NEXT_CONTINUE;
}

rsp_next handle_event(rsp_self* self, void* state, rsp_msg* event, rsp_event_return* ret) {
  return react(self, state_of(state), "event", event, ret);
}
rsp_next handle_call(rsp_self* self, void* state, rsp_msg* request, rsp_event_return* ret) {
  ret->reply = word("answer");
  return react(self, state_of(state), "call", request, ret);
}
rsp_next handle_info(rsp_self* self, void* state, rsp_msg* message, rsp_event_return* ret) {
  return react(self, state_of(state), "info", message, ret);
}
rsp_next terminate(rsp_self* self, void* state, rsp_term args, rsp_term* result) {
  g_log.say(state_of(state).name + ":terminate(" + show(args) + ")");
  if (show(args) == "crash") return rsp_error(self, word("boom"));
  *result = word("result");
  return RSP_NEXT_CONTINUE;
}
void free_state(void* state) { delete static_cast<State*>(state); }

const rsp_event_ops& ops() {
  static const rsp_event_ops made = {sizeof(rsp_event_ops), "logger",  init,       handle_event, handle_call,
                                     handle_info,           terminate, free_state, nullptr};
  return made;
}
const rsp_event_ops& other_ops() {
  static const rsp_event_ops made = {sizeof(rsp_event_ops), "other",   init,       handle_event, handle_call,
                                     handle_info,           terminate, free_state, nullptr};
  return made;
}
/** Only what must be there. */
const rsp_event_ops& bare_ops() {
  static const rsp_event_ops made = {
      sizeof(rsp_event_ops), "bare", init, handle_event, nullptr, nullptr, nullptr, free_state, nullptr};
  return made;
}

rsp_event_handler handler_of(const char* name, rsp_term id = NIL, rsp_term args = NIL,
                             const rsp_event_ops& type = ops()) {
  rsp_event_handler handler = RSP_EVENT_HANDLER_INIT;
  handler.ops = &type;
  handler.id = id;
  handler.args = args;
  handler.ctx = const_cast<char*>(name);
  return handler;
}

std::string said(rsp_result result, rsp_term term) {
  std::string text = rsp_result_name(result);
  if (term.meta != 0 || term.data != 0) text += " " + show(term);
  rsp_term_free(term);
  return text;
}

class Events : public testing::Test {
 public:
  Events() {
    g_log.take();
    EXPECT_EQ(rsp_event_start(nullptr, &manager_, nullptr, rsp_atom{0}, nullptr), RSP_OK);
  }
  ~Events() override {
    if (rsp_runtime_is_running()) {
      EXPECT_EQ(rsp_runtime_stop(0), RSP_OK);
    }
    EXPECT_EQ(g_states.load(), 0);  // S-EVT-11
  }

 protected:
  std::string add(const char* name, rsp_term id = NIL, rsp_term args = NIL,
                  const rsp_event_ops& type = ops()) {
    const rsp_event_handler handler = handler_of(name, id, args, type);
    rsp_term reason = NIL;
    const rsp_result result = rsp_event_add_handler(me_, &reason, manager_, &handler, RSP_INFINITE);
    return said(result, reason);
  }
  std::string add_sup(rsp_self* self, const char* name, rsp_term id = NIL) {
    const rsp_event_handler handler = handler_of(name, id);
    rsp_term reason = NIL;
    const rsp_result result = rsp_event_add_sup_handler(self, &reason, manager_, &handler, RSP_INFINITE);
    return said(result, reason);
  }
  void sync_notify(const char* event) {
    EXPECT_EQ(rsp_event_sync_notify(me_, nullptr, manager_, word(event), RSP_INFINITE), RSP_OK);
  }
  std::string call(rsp_term handler, const char* request) {
    rsp_msg* answer = nullptr;
    rsp_term reason = NIL;
    const rsp_result result =
        rsp_event_call(me_, &answer, &reason, manager_, handler, word(request), RSP_INFINITE);
    if (result != RSP_OK) return said(result, reason);
    return text_of(Message(answer));
  }
  std::string remove(rsp_term handler, rsp_term args = NIL) {
    rsp_term answer = NIL;
    rsp_term reason = NIL;
    const rsp_result result =
        rsp_event_delete_handler(me_, &answer, &reason, manager_, handler, args, RSP_INFINITE);
    return said(result, result == RSP_OK ? answer : reason);
  }
  std::string which() {
    rsp_term list = NIL;
    EXPECT_EQ(rsp_event_which_handlers(me_, &list, nullptr, manager_, RSP_INFINITE), RSP_OK);
    const std::string text = show(list);
    rsp_term_free(list);
    return text;
  }
  /** Of the messages that tell of the end of a handler. */
  std::string received() { return text_of(me_.receive()); }

  const Runtime runtime_{2};
  const Attached me_;
  rsp_pid manager_ = NO_PID;
};

rsp_term with_id(int64_t id) {
  const rsp_term elements[] = {word("logger"), rsp_term_int(id)};
  rsp_term made = NIL;
  EXPECT_EQ(rsp_term_tuple(&made, elements, 2), RSP_OK);
  return made;
}

// S-EVT-2, S-EVT-3
TEST_F(Events, run_through_all_handlers_the_newest_first) {
  EXPECT_EQ(add("a"), "RSP_OK");
  EXPECT_EQ(add("b", rsp_term_int(1)), "RSP_OK");
  EXPECT_EQ(add("c", rsp_term_int(2)), "RSP_OK");
  EXPECT_EQ(which(), "[{logger,2},{logger,1},logger]");
  EXPECT_EQ(g_log.take(), "a:init(nil) b:init(nil) c:init(nil)");
  sync_notify("hello");
  EXPECT_EQ(g_log.take(), "c:event(hello) b:event(hello) a:event(hello)");
  EXPECT_EQ(rsp_event_notify(nullptr, manager_, word("one")), RSP_OK);
  EXPECT_EQ(rsp_event_notify(me_, manager_, word("two")), RSP_OK);
  sync_notify("three");
  EXPECT_EQ(g_log.take(),
            "c:event(one) b:event(one) a:event(one) c:event(two) b:event(two) a:event(two) "
            "c:event(three) b:event(three) a:event(three)");
}

// S-EVT-2: as in OTP one is not refused for its name; what names it is the newest.
TEST_F(Events, of_two_handlers_of_one_name_the_newest_is_named) {
  EXPECT_EQ(add("a"), "RSP_OK");
  EXPECT_EQ(add("b"), "RSP_OK");
  EXPECT_EQ(which(), "[logger,logger]");
  g_log.take();
  EXPECT_EQ(call(word("logger"), "x"), "answer");
  EXPECT_EQ(g_log.take(), "b:call(x)");
  EXPECT_EQ(remove(word("logger")), "RSP_OK result");
  EXPECT_EQ(g_log.take(), "b:terminate(nil)");
  EXPECT_EQ(which(), "[logger]");
}

// S-EVT-2
TEST_F(Events, a_handler_whose_init_fails_is_not_added) {
  EXPECT_EQ(add("a", NIL, word("crash")), "RSP_EHANDLER {'EXIT',{boom,[]}}");
  EXPECT_EQ(add("a", NIL, word("exit")), "RSP_EHANDLER {'EXIT',gone}");
  EXPECT_EQ(add("a", NIL, word("throw")), "RSP_EHANDLER thrown");
  EXPECT_EQ(add("a", NIL, word("refuse")), "RSP_EHANDLER refused");
  EXPECT_EQ(which(), "[]");
}

// S-EVT-4
TEST_F(Events, a_handler_that_is_deleted_says_what_its_terminate_said) {
  EXPECT_EQ(add("a"), "RSP_OK");
  EXPECT_EQ(add("b", rsp_term_int(1)), "RSP_OK");
  EXPECT_EQ(add("c", NIL, NIL, bare_ops()), "RSP_OK");
  g_log.take();
  EXPECT_EQ(remove(word("logger"), word("args")), "RSP_OK result");
  EXPECT_EQ(g_log.take(), "a:terminate(args)");
  EXPECT_EQ(remove(word("logger")), "RSP_EMISMATCH module_not_found");
  const rsp_term b = with_id(1);
  EXPECT_EQ(remove(b, word("crash")), "RSP_OK {'EXIT',{boom,[]}}");
  rsp_term_free(b);
  EXPECT_EQ(remove(word("bare")), "RSP_OK ok");
  EXPECT_EQ(which(), "[]");
}

// S-EVT-4, S-EVT-7
TEST_F(Events, a_handler_removes_itself_and_one_that_fails_is_removed_alone) {
  for (const char* const how : {"remove", "stop", "throwremove", "crash", "garbage", "cpp"}) {
    EXPECT_EQ(add("a"), "RSP_OK");
    EXPECT_EQ(add("b", rsp_term_int(1)), "RSP_OK");
    EXPECT_EQ(add("c", rsp_term_int(2)), "RSP_OK");
    g_log.take();
    const std::string event = std::string("b_") + how;
    sync_notify(event.c_str());
    std::string why = "remove_handler";
    if (std::string(how) == "crash") why = "{error,{'EXIT',{boom,[]}}}";
    if (std::string(how) == "garbage") why = "{error,42}";
    if (std::string(how) == "cpp")
      why = "{error,{'EXIT',{{exception,cpp,\"std::runtime_error\",\"cpp\"},[]}}}";
    EXPECT_EQ(g_log.take(), "c:event(" + event + ") b:event(" + event + ") b:terminate(" + why +
                                ") a:event(" + event + ")");
    EXPECT_EQ(which(), "[{logger,2},logger]");
    const rsp_term c = with_id(2);
    EXPECT_EQ(remove(word("logger")) + remove(c), "RSP_OK resultRSP_OK result");
    rsp_term_free(c);
  }
}

// S-EVT-7: the walk is a loop, whatever becomes of the handlers.
TEST_F(Events, many_handlers_are_no_deeper_than_one) {
  for (int i = 0; i < 20'000; ++i) {
    const rsp_event_handler handler = handler_of("all", rsp_term_int(i));
    ASSERT_EQ(rsp_event_add_handler(me_, nullptr, manager_, &handler, RSP_INFINITE), RSP_OK);
  }
  sync_notify("all_wait");
  rsp_set_report_sink([](void*, rsp_report_level, rsp_term) {}, nullptr);
  sync_notify("all_crash");
  rsp_set_report_sink(nullptr, nullptr);
  EXPECT_EQ(which(), "[]");
}

// S-EVT-6
TEST_F(Events, a_call_is_of_one_handler) {
  EXPECT_EQ(add("a"), "RSP_OK");
  EXPECT_EQ(add("b", rsp_term_int(1)), "RSP_OK");
  g_log.take();
  EXPECT_EQ(call(word("logger"), "x"), "answer");
  EXPECT_EQ(g_log.take(), "a:call(x)");
  EXPECT_EQ(call(word("nobody"), "x"), "RSP_EMISMATCH bad_module");
  EXPECT_EQ(call(word("logger"), "a_wait"), "answer");
  EXPECT_EQ(g_log.take(), "a:call(a_wait) a:waited");
  EXPECT_EQ(call(word("logger"), "a_swap"), "answer");
  EXPECT_EQ(g_log.take(), "a:call(a_swap) a:terminate(swapping) new:init({9,result})");
  EXPECT_EQ(which(), "[{logger,1},other]");
  EXPECT_EQ(call(word("other"), "new_remove"), "answer");
  EXPECT_EQ(which(), "[{logger,1}]");
}

// S-EVT-7
TEST_F(Events, a_call_of_a_handler_that_fails_says_why_and_removes_it) {
  EXPECT_EQ(add("a"), "RSP_OK");
  EXPECT_EQ(call(word("logger"), "a_crash"), "RSP_EHANDLER {'EXIT',{boom,[]}}");
  EXPECT_EQ(add("a"), "RSP_OK");
  EXPECT_EQ(call(word("logger"), "a_garbage"), "RSP_EHANDLER 42");
  EXPECT_EQ(add("a"), "RSP_OK");
  g_dropped = 0;
  EXPECT_EQ(call(word("logger"), "a_badswap"), "RSP_EHANDLER swap_handler");
  EXPECT_EQ(g_dropped, 1);  // what it had answered before
  EXPECT_EQ(add("a", NIL, NIL, bare_ops()), "RSP_OK");
  EXPECT_EQ(call(word("bare"), "x"), "RSP_EHANDLER {'EXIT',{undef,[]}}");
  EXPECT_EQ(which(), "[]");
}

// S-EVT-5
TEST_F(Events, a_handler_is_swapped_with_what_it_leaves_behind) {
  EXPECT_EQ(add("a"), "RSP_OK");
  EXPECT_EQ(add("b", rsp_term_int(1)), "RSP_OK");
  g_log.take();
  const rsp_event_handler fresh = handler_of("new", NIL, rsp_term_int(9), other_ops());
  EXPECT_EQ(rsp_event_swap_handler(me_, nullptr, manager_, word("logger"), word("bye"), &fresh, RSP_INFINITE),
            RSP_OK);
  EXPECT_EQ(g_log.take(), "a:terminate(bye) new:init({9,result})");
  EXPECT_EQ(which(), "[other,{logger,1}]");
  EXPECT_EQ(rsp_event_swap_handler(me_, nullptr, manager_, word("nobody"), NIL, &fresh, RSP_INFINITE),
            RSP_OK);
  EXPECT_EQ(g_log.take(), "new:init({9,error})");
  // In the middle of a walk it stands where the other one stood, and begins with the next event.
  EXPECT_EQ(remove(word("other")) + remove(word("other")), "RSP_OK resultRSP_OK result");
  EXPECT_EQ(add("c", rsp_term_int(2)), "RSP_OK");
  g_log.take();
  sync_notify("b_swap");
  EXPECT_EQ(g_log.take(), "c:event(b_swap) b:event(b_swap) b:terminate(swapping) new:init({9,result})");
  EXPECT_EQ(which(), "[{logger,2},other]");
}

// S-EVT-3
TEST_F(Events, the_others_wait_for_a_handler_that_waits_and_see_the_same_event) {
  EXPECT_EQ(add("a"), "RSP_OK");
  EXPECT_EQ(add("b", rsp_term_int(1)), "RSP_OK");
  g_log.take();
  EXPECT_EQ(rsp_event_notify(me_, manager_, word("all_wait")), RSP_OK);
  sync_notify("b_wait");
  EXPECT_EQ(g_log.take(),
            "b:event(all_wait) b:waited a:event(all_wait) a:waited b:event(b_wait) b:waited a:event(b_wait)");
}

// S-EVT-3
TEST_F(Events, a_native_event_is_seen_by_all_and_dropped_once) {
  static std::atomic<int> dropped;
  dropped = 0;
  static const rsp_native_ops native = {sizeof(rsp_native_ops), [](void*) { ++dropped; }, nullptr};
  static std::atomic<int> seen;
  seen = 0;
  static const rsp_event_ops sees = {
      sizeof(rsp_event_ops),
      "sees",
      [](rsp_self*, void*, rsp_term, rsp_event_return*) { return RSP_NEXT_CONTINUE; },
      [](rsp_self* self, void*, rsp_msg* event, rsp_event_return*) {
        if (rsp_msg_native(event, &native) == &seen) ++seen;
        rsp_ref ref = {};
        EXPECT_EQ(rsp_alive_request(self, &ref, rsp_self_pid(self)), RSP_OK);
        return rsp_await(
            self, ref, RSP_INFINITE, [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_CONTINUE; }, nullptr);
      },
      [](rsp_self*, void*, rsp_msg* request, rsp_event_return* ret) {
        ret->reply_native = rsp_msg_take_native(request, &native);
        ret->reply_ops = &native;
        return RSP_NEXT_CONTINUE;
      },
      nullptr,
      nullptr,
      nullptr,
      nullptr};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(add("x", rsp_term_int(i), NIL, sees), "RSP_OK");
  EXPECT_EQ(rsp_event_sync_notify_native(me_, nullptr, manager_, &seen, &native, RSP_INFINITE), RSP_OK);
  EXPECT_EQ(seen, 3);
  EXPECT_EQ(dropped, 1);
  EXPECT_EQ(rsp_event_notify_native(me_, manager_, &seen, &native), RSP_OK);
  EXPECT_EQ(rsp_event_notify_native(me_, NO_PID, &seen, &native), RSP_OK);
  const rsp_term elements[] = {word("sees"), rsp_term_int(0)};
  rsp_term name = NIL;
  ASSERT_EQ(rsp_term_tuple(&name, elements, 2), RSP_OK);
  rsp_msg* answer = nullptr;
  ASSERT_EQ(rsp_event_call_native(me_, &answer, nullptr, manager_, name, &dropped, &native, RSP_INFINITE),
            RSP_OK);
  rsp_term_free(name);
  EXPECT_EQ(rsp_msg_native(answer, &native), &dropped);
  EXPECT_EQ(seen, 6);
  EXPECT_EQ(dropped, 3);
  rsp_msg_free(answer);
  EXPECT_EQ(dropped, 4);
}

// S-EVT-10
TEST_F(Events, other_messages_go_to_handle_info_of_all) {
  EXPECT_EQ(add("a"), "RSP_OK");
  EXPECT_EQ(add("b", NIL, NIL, bare_ops()), "RSP_OK");
  EXPECT_EQ(add("c", rsp_term_int(1)), "RSP_OK");
  g_log.take();
  EXPECT_EQ(rsp_send(me_, manager_, word("c_wait")), RSP_OK);
  EXPECT_EQ(rsp_send(me_, manager_, word("a_remove")), RSP_OK);
  EXPECT_EQ(which(), "[{logger,1},bare]");
  EXPECT_EQ(
      g_log.take(),
      "c:info(c_wait) c:waited a:info(c_wait) c:info(a_remove) a:info(a_remove) a:terminate(remove_handler)");
}

// S-EVT-8
TEST_F(Events, who_has_added_a_handler_as_its_own_hears_why_it_went) {
  EXPECT_EQ(add_sup(me_, "a"), "RSP_OK");
  EXPECT_EQ(remove(word("logger")), "RSP_OK result");
  EXPECT_EQ(received(), "{gen_event_EXIT,logger,normal}");
  EXPECT_EQ(add_sup(me_, "a"), "RSP_OK");
  sync_notify("a_remove");
  EXPECT_EQ(received(), "{gen_event_EXIT,logger,normal}");
  EXPECT_EQ(add_sup(me_, "a"), "RSP_OK");
  sync_notify("a_crash");
  EXPECT_EQ(received(), "{gen_event_EXIT,logger,{'EXIT',{boom,[]}}}");
  EXPECT_EQ(add_sup(me_, "a"), "RSP_OK");
  const rsp_event_handler fresh = handler_of("new", NIL, NIL, other_ops());
  EXPECT_EQ(rsp_event_swap_handler(me_, nullptr, manager_, word("logger"), NIL, &fresh, RSP_INFINITE),
            RSP_OK);
  EXPECT_EQ(received(), "{gen_event_EXIT,logger,{swapped,other," + show(rsp_term_pid(me_.pid())) + "}}");
  EXPECT_EQ(rsp_stop(me_, nullptr, manager_, word("normal"), RSP_INFINITE), RSP_OK);
  EXPECT_EQ(received(), "{gen_event_EXIT,other,shutdown}");
}

// S-EVT-9
TEST_F(Events, a_handler_goes_with_the_process_that_has_added_it_as_its_own) {
  EXPECT_EQ(add("a"), "RSP_OK");
  std::thread([&] {
    const Attached other;
    EXPECT_EQ(add_sup(other, "b", rsp_term_int(1)), "RSP_OK");
    EXPECT_EQ(add_sup(other, "c", rsp_term_int(2)), "RSP_OK");
    const rsp_term b = with_id(1);  // one of two: the link stays
    EXPECT_EQ(rsp_event_delete_handler(other, nullptr, nullptr, manager_, b, NIL, RSP_INFINITE), RSP_OK);
    rsp_term_free(b);
    g_log.take();
    EXPECT_EQ(rsp_exit_signal(nullptr, other.pid(), word("kill")), RSP_OK);
    EXPECT_EQ(rsp_checkpoint(other), RSP_EXITING);
  }).join();
  wait_until([&] { return which() == "[logger]"; });
  EXPECT_EQ(g_log.take(), "c:terminate({stop,killed}) a:info(killed)");
}

// S-EVT-8: who is linked already stays linked.
TEST_F(Events, a_link_that_was_there_outlasts_the_handler) {
  EXPECT_EQ(rsp_trap_exit(me_, nullptr, true), RSP_OK);
  EXPECT_EQ(rsp_link(me_, manager_), RSP_OK);
  EXPECT_EQ(add_sup(me_, "a"), "RSP_OK");
  EXPECT_EQ(remove(word("logger")), "RSP_OK result");
  EXPECT_EQ(received(), "{gen_event_EXIT,logger,normal}");
  EXPECT_EQ(me_.exit(manager_, "kill"), "killed");
  EXPECT_EQ(received(), "killed");
}

// S-EVT-8: with the last handler the link goes.
TEST_F(Events, the_link_goes_with_the_last_handler) {
  EXPECT_EQ(rsp_trap_exit(me_, nullptr, true), RSP_OK);
  EXPECT_EQ(add_sup(me_, "a"), "RSP_OK");
  EXPECT_EQ(remove(word("logger")), "RSP_OK result");
  EXPECT_EQ(received(), "{gen_event_EXIT,logger,normal}");
  EXPECT_EQ(me_.exit(manager_, "kill"), "killed");
  EXPECT_FALSE(me_.has_message());
}

// S-EVT-11
TEST_F(Events, a_manager_that_stops_lets_each_handler_end_and_a_killed_one_frees_them) {
  EXPECT_EQ(add("a"), "RSP_OK");
  EXPECT_EQ(add("b", rsp_term_int(1)), "RSP_OK");
  g_log.take();
  EXPECT_EQ(rsp_stop(me_, nullptr, manager_, word("normal"), RSP_INFINITE), RSP_OK);
  EXPECT_EQ(g_log.take(), "b:terminate(stop) a:terminate(stop)");
  ASSERT_EQ(rsp_event_start(nullptr, &manager_, nullptr, rsp_atom{0}, nullptr), RSP_OK);
  EXPECT_EQ(add("a"), "RSP_OK");
  EXPECT_EQ(me_.exit(manager_, "kill"), "killed");
  EXPECT_EQ(g_log.take(), "a:init(nil)");
  wait_until([] { return g_states == 0; });
}

// S-EVT-1
TEST_F(Events, a_manager_is_a_child_as_a_server_is) {
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  ASSERT_EQ(rsp_event_spec(&child.start, atom("event_child")), RSP_OK);
  rsp_pid supervisor = NO_PID;
  ASSERT_EQ(rsp_supervisor_start(me_, &supervisor, nullptr, &child, 1, nullptr, nullptr), RSP_OK);
  rsp_pid pid = NO_PID;
  rsp_term error = NIL;
  EXPECT_EQ(rsp_event_start(me_, &pid, &error, atom("event_child"), nullptr), RSP_ENAMETAKEN);
  rsp_term_free(error);
  const rsp_pid first = rsp_whereis(atom("event_child"));
  manager_ = first;
  EXPECT_EQ(add("a"), "RSP_OK");
  EXPECT_EQ(me_.exit(first, "kill"), "killed");
  wait_until([] {
    const rsp_pid again = rsp_whereis(atom("event_child"));
    return again.id != 0;
  });
  manager_ = rsp_whereis(atom("event_child"));
  EXPECT_FALSE(manager_ == first);
  EXPECT_EQ(which(), "[]");
}

// S-EVT-12
TEST_F(Events, to_a_manager_a_cast_is_a_notification_and_a_call_sync_notify) {
  EXPECT_EQ(add("a"), "RSP_OK");
  g_log.take();
  EXPECT_EQ(rsp_cast(me_, manager_, word("cast")), RSP_OK);
  rsp_msg* answer = nullptr;
  ASSERT_EQ(rsp_call(me_, &answer, nullptr, manager_, word("called"), RSP_INFINITE), RSP_OK);
  EXPECT_EQ(text_of(Message(answer)), "ok");
  EXPECT_EQ(g_log.take(), "a:event(cast) a:event(called)");
}

// S-EVT-11
TEST_F(Events, what_belongs_to_a_handler_is_freed_once_whatever_comes_of_it) {
  static std::atomic<int> freed;
  freed = 0;
  rsp_event_handler handler = handler_of("a");
  handler.ctx_free = [](void*) { ++freed; };
  const auto added = [&](rsp_pid manager) {
    return rsp_event_add_handler(me_, nullptr, manager, &handler, RSP_INFINITE);
  };
  EXPECT_EQ(added(manager_), RSP_OK);
  EXPECT_EQ(freed, 0);
  EXPECT_EQ(remove(word("logger")), "RSP_OK result");
  EXPECT_EQ(freed, 1);
  EXPECT_EQ(added(NO_PID), RSP_EEXITED);
  EXPECT_EQ(added(dead_pid(me_)), RSP_EEXITED);
  EXPECT_EQ(freed, 3);
  handler.args = word("refuse");
  EXPECT_EQ(added(manager_), RSP_EHANDLER);
  EXPECT_EQ(freed, 4);
  in_callback(me_, [&](rsp_self* self) {
    EXPECT_EQ(rsp_event_add_handler(self, nullptr, manager_, &handler, RSP_INFINITE), RSP_EWOULDBLOCK);
  });
  EXPECT_EQ(freed, 5);
}

TEST_F(Events, what_is_malformed_is_refused_and_stays_the_callers) {
  static std::atomic<int> freed;
  freed = 0;
  const rsp_term bad = {200, 0};
  rsp_event_handler good = handler_of("a");
  good.ctx_free = [](void*) { ++freed; };
  rsp_event_ops no_init = ops();
  no_init.init = nullptr;
  rsp_event_ops no_event = ops();
  no_event.handle_event = nullptr;
  rsp_event_ops no_name = ops();
  no_name.name = nullptr;
  rsp_event_ops no_size = ops();
  no_size.size = 0;
  std::vector<rsp_event_handler> all(8, good);
  all[0].size = 0;
  all[1].ops = nullptr;
  all[2].ops = &no_init;
  all[3].ops = &no_event;
  all[4].ops = &no_name;
  all[5].ops = &no_size;
  all[6].id = bad;
  all[7].args = bad;
  for (const rsp_event_handler& handler : all) {
    EXPECT_EQ(rsp_event_add_handler(me_, nullptr, manager_, &handler, 0), RSP_EINVAL);
    EXPECT_EQ(rsp_event_add_sup_handler(me_, nullptr, manager_, &handler, 0), RSP_EINVAL);
    EXPECT_EQ(rsp_event_swap_handler(me_, nullptr, manager_, word("x"), NIL, &handler, 0), RSP_EINVAL);
    EXPECT_EQ(rsp_event_swap_sup_handler(me_, nullptr, manager_, word("x"), NIL, &handler, 0), RSP_EINVAL);
  }
  const rsp_pid far = {manager_.id, 1, 1};
  EXPECT_EQ(rsp_event_add_handler(me_, nullptr, far, &good, 0), RSP_EINVAL);
  EXPECT_EQ(rsp_event_add_handler(nullptr, nullptr, manager_, &good, 0), RSP_EINVAL);
  EXPECT_EQ(rsp_event_add_handler(me_, nullptr, manager_, nullptr, 0), RSP_EINVAL);
  for (const rsp_term name : {bad, rsp_term_int(1)}) {
    rsp_msg* out = nullptr;
    EXPECT_EQ(rsp_event_swap_handler(me_, nullptr, manager_, name, NIL, &good, 0), RSP_EINVAL);
    EXPECT_EQ(rsp_event_delete_handler(me_, nullptr, nullptr, manager_, name, NIL, 0), RSP_EINVAL);
    EXPECT_EQ(rsp_event_call(me_, &out, nullptr, manager_, name, NIL, 0), RSP_EINVAL);
    EXPECT_EQ(rsp_event_call_native(me_, &out, nullptr, manager_, name, nullptr, nullptr, 0), RSP_EINVAL);
  }
  EXPECT_EQ(rsp_event_call(me_, nullptr, nullptr, manager_, word("x"), NIL, 0), RSP_EINVAL);
  EXPECT_EQ(rsp_event_which_handlers(me_, nullptr, nullptr, manager_, 0), RSP_EINVAL);
  EXPECT_EQ(rsp_event_notify(me_, manager_, bad), RSP_EINVAL);
  EXPECT_EQ(rsp_event_notify(me_, far, NIL), RSP_EINVAL);
  EXPECT_EQ(rsp_event_notify_native(me_, manager_, nullptr, nullptr), RSP_EINVAL);
  EXPECT_EQ(rsp_event_sync_notify(me_, nullptr, manager_, bad, 0), RSP_EINVAL);
  EXPECT_EQ(rsp_event_sync_notify_native(me_, nullptr, manager_, nullptr, nullptr, 0), RSP_EINVAL);
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  EXPECT_EQ(rsp_event_spec(nullptr, rsp_atom{0}), RSP_EINVAL);
  EXPECT_EQ(rsp_event_spec(&spec, rsp_atom{UINT32_MAX}), RSP_EINVAL);
  rsp_pid pid = NO_PID;
  rsp_start_opts opts = RSP_START_OPTS_INIT;
  opts.monitor = true;
  EXPECT_EQ(rsp_event_start(me_, &pid, nullptr, rsp_atom{0}, &opts), RSP_EINVAL);
  EXPECT_EQ(rsp_event_start(me_, nullptr, nullptr, rsp_atom{0}, nullptr), RSP_EINVAL);
  EXPECT_EQ(freed, 0);
}

/** The last report of a kind. */
std::mutex g_reports_mutex;
std::string g_report;

// S-EVT-7, S-REP-3
TEST_F(Events, a_handler_that_fails_is_reported) {
  rsp_set_report_sink(
      [](void*, rsp_report_level, rsp_term report) {
        const std::scoped_lock lock(g_reports_mutex);
        g_report = show(report);
      },
      nullptr);
  EXPECT_EQ(add("a"), "RSP_OK");
  sync_notify("a_remove");
  {
    const std::scoped_lock lock(g_reports_mutex);
    EXPECT_EQ(g_report, "");
  }
  EXPECT_EQ(add("a"), "RSP_OK");
  sync_notify("a_crash");
  rsp_set_report_sink(nullptr, nullptr);
  const std::scoped_lock lock(g_reports_mutex);
  EXPECT_NE(g_report.find("event_handler_report"), std::string::npos) << g_report;
  EXPECT_NE(g_report.find("{'EXIT',{boom,[]}}"), std::string::npos) << g_report;
  EXPECT_EQ(g_report.find("a_crash"), std::string::npos) << g_report;  // nobody has asked for messages
}

}  // namespace
