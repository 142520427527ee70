// resprout/dictionary.h and rsp_set_label: what a process keeps for itself, and says of itself.
#include <atomic>

#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

class Dictionary : public testing::Test {
 protected:
  const Runtime runtime_{2};
};

/** A term that is the caller's, as text. */
std::string shown(rsp_term term) {
  std::string text = show(term);
  rsp_term_free(term);
  return text;
}

std::string put(rsp_self* self, rsp_term key, rsp_term value) {
  rsp_term previous = word("untouched");
  EXPECT_EQ(rsp_put(self, &previous, key, value), RSP_OK);
  return shown(previous);
}

std::string get(rsp_self* self, rsp_term key) {
  rsp_term value = word("untouched");
  EXPECT_EQ(rsp_get(self, &value, key), RSP_OK);
  return shown(value);
}

std::string erase(rsp_self* self, rsp_term key) {
  rsp_term previous = word("untouched");
  EXPECT_EQ(rsp_erase(self, &previous, key), RSP_OK);
  return shown(previous);
}

std::string get_keys(rsp_self* self) {
  rsp_term keys = word("untouched");
  EXPECT_EQ(rsp_get_keys(self, &keys), RSP_OK);
  return shown(keys);
}

std::string get_label(rsp_self* self) {
  rsp_term label = word("untouched");
  EXPECT_EQ(rsp_get_label(self, &label), RSP_OK);
  return shown(label);
}

/** What process_info says under a key. */
std::string info(const Attached& me, rsp_pid pid, std::string_view key) {
  rsp_term map = NIL;
  EXPECT_EQ(rsp_process_info(me, &map, pid, RSP_INFINITE), RSP_OK);
  rsp_term value = NIL;
  EXPECT_EQ(rsp_term_map_get(&value, map, word(key)), RSP_OK);
  std::string text = show(value);
  rsp_term_free(map);
  return text;
}

rsp_term string(std::string_view text) {
  rsp_term made = NIL;
  EXPECT_EQ(rsp_term_string(&made, text.data(), text.size()), RSP_OK);
  return made;
}

void do_all(rsp_self* self) {
  EXPECT_EQ(get_keys(self), "[]");
  EXPECT_EQ(get(self, word("k")), "nil");
  EXPECT_EQ(erase(self, word("k")), "nil");
  EXPECT_EQ(put(self, word("k"), rsp_term_int(1)), "nil");
  EXPECT_EQ(put(self, word("k"), rsp_term_int(2)), "1");
  EXPECT_EQ(get(self, word("k")), "2");
  EXPECT_EQ(get_keys(self), "[k]");
  EXPECT_EQ(rsp_put(self, nullptr, word("k"), rsp_term_int(3)), RSP_OK);
  EXPECT_EQ(erase(self, word("k")), "3");
  EXPECT_EQ(rsp_erase(self, nullptr, word("k")), RSP_OK);
  EXPECT_EQ(get_keys(self), "[]");

  const rsp_term text = string("on the heap");
  EXPECT_EQ(put(self, text, text), "nil");
  rsp_term_free(text);
  const rsp_term same = string("on the heap");
  EXPECT_EQ(get(self, same), "\"on the heap\"");
  EXPECT_EQ(put(self, rsp_term_int(1), word("integer")), "nil");
  EXPECT_EQ(put(self, rsp_term_float(1), word("float")), "nil");
  EXPECT_EQ(get(self, rsp_term_int(1)), "integer");
  EXPECT_EQ(erase(self, same), "\"on the heap\"");
  rsp_term_free(same);
  EXPECT_EQ(erase(self, rsp_term_int(1)), "integer");
  EXPECT_EQ(erase(self, rsp_term_float(1)), "float");
}

// S-DICT-1, S-DICT-2
TEST_F(Dictionary, is_read_and_changed_by_its_process_in_a_callback_and_on_a_thread) {
  const Attached me;
  do_all(me);
  in_callback(me, &do_all);
}

// S-DICT-1, S-DICT-3
TEST_F(Dictionary, outlasts_a_callback_and_is_shown_to_others) {
  const Attached me;
  const rsp_pid pid = spawn(me, [to = me.pid()](rsp_self* self, rsp_msg*) {
    rsp_term count = NIL;
    EXPECT_EQ(rsp_get(self, &count, word("count")), RSP_OK);
    const int64_t next = rsp_term_kind(count) == RSP_KIND_NIL ? 1 : as_int(count) + 1;
    EXPECT_EQ(rsp_put(self, nullptr, word("count"), rsp_term_int(next)), RSP_OK);
    EXPECT_EQ(rsp_send(self, to, rsp_term_int(next)), RSP_OK);
    return RSP_NEXT_CONTINUE;
  });
  EXPECT_EQ(info(me, pid, "dictionary"), "[]");
  for (const char* expected : {"1", "2", "3"}) {
    ASSERT_EQ(rsp_send(me, pid, NIL), RSP_OK);
    EXPECT_EQ(text_of(me.receive()), expected);
  }
  EXPECT_EQ(info(me, pid, "dictionary"), "[{count,3}]");
  EXPECT_EQ(get_keys(me), "[]") << "each process has its own";
}

// S-DICT-1: a blocking section is the process's code, but may call nothing for it
TEST_F(Dictionary, outlasts_a_blocking_section) {
  const Attached me;
  in_callback(me, [](rsp_self* self) {
    EXPECT_EQ(put(self, word("k"), word("v")), "nil");
    ASSERT_EQ(rsp_blocking_begin(self), RSP_OK);
    EXPECT_EQ(rsp_put(self, nullptr, word("k"), NIL), RSP_EWRONGTHREAD);
    ASSERT_EQ(rsp_blocking_end(self), RSP_OK);
    EXPECT_EQ(get(self, word("k")), "v");
  });
}

// ---- A server that counts in its dictionary how often it was asked ----

rsp_next init(rsp_self* self, void*, rsp_term, rsp_server_return* ret) {
  ret->state = nullptr;
  EXPECT_EQ(rsp_set_label(self, word("counter")), RSP_OK);
  EXPECT_EQ(put(self, word("asked"), rsp_term_int(0)), "nil") << "whoever is started anew has nothing";
  return RSP_NEXT_CONTINUE;
}

rsp_next handle_call(rsp_self* self, void*, rsp_msg* message, rsp_from, rsp_server_return* ret) {
  if (show(rsp_msg_term(message)) == "fail") return rsp_error(self, word("failed"));
  rsp_term asked = NIL;
  EXPECT_EQ(rsp_get(self, &asked, word("asked")), RSP_OK);
  ret->reply = rsp_term_int(as_int(asked) + 1);
  ret->action = RSP_SERVER_REPLY;
  EXPECT_EQ(rsp_put(self, nullptr, word("asked"), ret->reply), RSP_OK);
  return RSP_NEXT_CONTINUE;
}

std::string ask(const Attached& me, rsp_atom name) {
  rsp_msg* answer = nullptr;
  const rsp_result result = rsp_call_name(me, &answer, nullptr, name, NIL, RSP_INFINITE);
  return result == RSP_OK ? text_of(Message(answer)) : rsp_result_name(result);
}

// S-DICT-1, S-DICT-4
TEST_F(Dictionary, of_a_server_is_there_in_each_callback_and_begins_anew_with_it) {
  rsp_set_report_sink([](void*, rsp_report_level, rsp_term) {}, nullptr);
  const Attached me;
  const rsp_atom name = atom("dictionary_test_counter");
  static rsp_server_ops ops{};
  ops.size = sizeof ops;
  ops.name = "Counter";
  ops.init = &init;
  ops.handle_call = &handle_call;
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  child.id = word("counter");
  child.start.ops = &ops;
  child.start.name = name;
  rsp_pid supervisor = NO_PID;
  ASSERT_EQ(rsp_supervisor_start(me, &supervisor, nullptr, &child, 1, nullptr, nullptr), RSP_OK);
  EXPECT_EQ(ask(me, name), "1");
  EXPECT_EQ(ask(me, name), "2");
  const rsp_pid first = rsp_whereis(name);
  EXPECT_EQ(info(me, first, "dictionary"), "[{asked,2}]");
  EXPECT_EQ(info(me, first, "label"), "counter");
  (void)me.end_after(first, [&] {
    rsp_msg* answer = nullptr;
    EXPECT_EQ(rsp_call(me, &answer, nullptr, first, word("fail"), RSP_INFINITE), RSP_EEXITED);
  });
  wait_until([&] { return !(rsp_whereis(name) == NO_PID); });
  EXPECT_EQ(ask(me, name), "1");
  rsp_set_report_sink(nullptr, nullptr);
}

// S-DICT-4: freed in slices, also where its process was killed in the middle of its code
TEST_F(Dictionary, of_a_hundred_thousand_keys_goes_with_its_process) {
  const Attached me;
  const rsp_pid pid = spawn(me, [to = me.pid()](rsp_self* self, rsp_msg*) {
    for (int64_t i = 0; i < 100'000; ++i)
      EXPECT_EQ(rsp_put(self, nullptr, rsp_term_int(i), rsp_term_int(i)), RSP_OK);
    EXPECT_EQ(rsp_send(self, to, word("full")), RSP_OK);
    return RSP_NEXT_CONTINUE;
  });
  ASSERT_EQ(rsp_send(me, pid, NIL), RSP_OK);
  EXPECT_EQ(text_of(me.receive()), "full");
  EXPECT_EQ(me.exit(pid, "kill"), "killed");
}

// S-DICT-4: a zombie's goes when its code has returned, that of a thread which was killed when it detaches
TEST_F(Dictionary, goes_with_the_code_of_the_dead) {
  const Attached me;
  std::atomic<bool> may_end{false};
  std::atomic<bool> has_ended{false};
  const rsp_pid pid = spawn(me, [&, to = me.pid()](rsp_self* self, rsp_msg*) {
    EXPECT_EQ(put(self, word("k"), word("v")), "nil");
    EXPECT_EQ(rsp_blocking_begin(self), RSP_OK);
    EXPECT_EQ(rsp_send(nullptr, to, word("blocks")), RSP_OK);
    wait_until([&] { return may_end.load(); });
    EXPECT_EQ(rsp_blocking_end(self), RSP_EXITING);
    rsp_term none = word("untouched");
    EXPECT_EQ(rsp_get(self, &none, word("k")), RSP_EXITING);
    EXPECT_EQ(show(none), "untouched");
    has_ended = true;
    return RSP_NEXT_CONTINUE;
  });
  ASSERT_EQ(rsp_send(me, pid, NIL), RSP_OK);
  EXPECT_EQ(text_of(me.receive()), "blocks");
  EXPECT_EQ(me.exit(pid, "kill"), "killed");
  may_end = true;
  wait_until([&] { return has_ended.load(); });

  std::thread([] {
    const Attached other;
    EXPECT_EQ(put(other, word("k"), word("v")), "nil");
    EXPECT_EQ(rsp_exit_signal(other, other.pid(), word("kill")), RSP_EXITING);
    EXPECT_EQ(rsp_put(other, nullptr, word("k"), NIL), RSP_EXITING);
  }).join();
}

// ---- Labels ----

// S-PROC-13
TEST_F(Dictionary, apart_from_it_a_process_has_a_label) {
  const Attached me;
  EXPECT_EQ(get_label(me), "nil");
  const rsp_term label = string("session 7");
  EXPECT_EQ(rsp_set_label(me, label), RSP_OK);
  rsp_term_free(label);
  EXPECT_EQ(get_label(me), "\"session 7\"");
  EXPECT_EQ(info(me, me.pid(), "label"), "\"session 7\"");
  EXPECT_EQ(info(me, me.pid(), "dictionary"), "[]");
  const rsp_pid child = spawn_idle(me, {.link = true});
  EXPECT_EQ(info(me, child, "label"), "nil") << "not inherited";
  EXPECT_EQ(rsp_set_label(me, word("other")), RSP_OK);
  EXPECT_EQ(get_label(me), "other");
  EXPECT_EQ(rsp_set_label(me, NIL), RSP_OK);
  EXPECT_EQ(get_label(me), "nil");
}

}  // namespace
