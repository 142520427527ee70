// resprout/message.h: terms and native payloads, requests and their answers, await.
#include <atomic>
#include <thread>

#include "tests/capi/parcel.hpp"
#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

class Messages : public testing::Test {
 protected:
  const Runtime runtime_{2};
};

const rsp_native_ops OTHER_OPS = {sizeof(rsp_native_ops),
                                  [](void*) { ADD_FAILURE() << "dropped by the wrong operations"; }, nullptr};

TEST_F(Messages, carry_every_kind_of_term) {
  const Attached me;
  const rsp_pid echo = spawn_echo(me);
  rsp_term text = NIL;
  ASSERT_EQ(rsp_term_string(&text, "words", 5), RSP_OK);
  const rsp_term parts[] = {text, rsp_term_pid(echo), rsp_term_float(0.5), word("atom")};
  rsp_term tuple = NIL;
  ASSERT_EQ(rsp_term_tuple(&tuple, parts, 4), RSP_OK);
  for (const rsp_term term : {NIL, rsp_term_bool(true), rsp_term_int(INT64_MIN), text, tuple}) {
    ASSERT_EQ(rsp_send(me, echo, term), RSP_OK);
    const Message back = me.receive();
    EXPECT_TRUE(rsp_term_equal(rsp_msg_term(back.get()), term)) << show(term);
    EXPECT_EQ(rsp_msg_get_kind(back.get()), RSP_MSG_TERM);
    EXPECT_EQ(rsp_msg_from(back.get()), echo);
    EXPECT_EQ(rsp_msg_ref(back.get()).len, 0u);
  }
  rsp_term_free(tuple);
  rsp_term_free(text);
}

// S-SIG-1
TEST_F(Messages, to_the_dead_are_no_error) {
  const Attached me;
  const rsp_pid dead = dead_pid(me);
  std::atomic<int> alive{0};
  EXPECT_EQ(rsp_send(me, dead, NIL), RSP_OK);
  EXPECT_EQ(rsp_cast(me, dead, NIL), RSP_OK);
  EXPECT_EQ(rsp_send(me, rsp_pid{0xFFFF'FFFF'0000'0001, 0, 0}, NIL), RSP_OK);
  EXPECT_EQ(rsp_send(me, rsp_pid{0x0000'0001'FFFF'FFFF, 0, 0}, NIL), RSP_OK);
  EXPECT_EQ(rsp_send_native(me, dead, new Parcel(alive), &PARCEL), RSP_OK);
  EXPECT_EQ(alive, 0);
}

// S-NAT-6
TEST_F(Messages, move_native_payloads_from_owner_to_owner) {
  const Attached me;
  std::atomic<int> alive{0};
  ASSERT_EQ(rsp_send_native(me, me.pid(), new Parcel(alive), &PARCEL), RSP_OK);
  Message message = me.receive();
  EXPECT_EQ(rsp_msg_get_kind(message.get()), RSP_MSG_NATIVE);
  EXPECT_EQ(rsp_term_kind(rsp_msg_term(message.get())), RSP_KIND_NIL);
  EXPECT_EQ(rsp_msg_native(message.get(), &OTHER_OPS), nullptr);
  EXPECT_EQ(rsp_msg_native(message.get(), nullptr), nullptr);
  EXPECT_EQ(rsp_msg_take_native(message.get(), &OTHER_OPS), nullptr);
  Parcel* const parcel = static_cast<Parcel*>(rsp_msg_native(message.get(), &PARCEL));
  ASSERT_NE(parcel, nullptr);
  EXPECT_EQ(rsp_msg_take_native(message.get(), &PARCEL), parcel);
  EXPECT_EQ(rsp_msg_take_native(message.get(), &PARCEL), nullptr);
  EXPECT_EQ(rsp_msg_get_kind(message.get()), RSP_MSG_NATIVE);
  message.reset();
  EXPECT_EQ(alive, 1);
  ASSERT_EQ(rsp_send_native(me, me.pid(), parcel, &PARCEL), RSP_OK);
  message = me.receive();
  EXPECT_EQ(alive, 1);
  message.reset();
  EXPECT_EQ(alive, 0);
}

TEST_F(Messages, nobody_read_are_dropped_with_their_process) {
  std::atomic<int> alive{0};
  const Attached me;
  const rsp_pid pid = spawn(me, [](rsp_self*, rsp_msg*) { return RSP_NEXT_STOP; });
  std::atomic<bool> may_return{false};
  const rsp_pid busy = spawn(me, [&](rsp_self*, rsp_msg*) {
    while (!may_return) std::this_thread::yield();
    return RSP_NEXT_STOP;
  });
  for (const rsp_pid& to : {pid, busy}) {
    for (int i = 0; i < 3000; ++i) ASSERT_EQ(rsp_send_native(me, to, new Parcel(alive), &PARCEL), RSP_OK);
  }
  may_return = true;
  (void)me.end_of(pid);
  (void)me.end_of(busy);
  while (alive != 0) std::this_thread::yield();  // they go after the DOWN, in slices
}

// A drop function runs while the runtime is at work: calls for the process are refused there, foreign ones
// are not.
TEST_F(Messages, may_be_sent_by_drop_functions_but_not_for_the_process) {
  const Attached me;
  struct Tattler {
    rsp_pid to;
    rsp_self* self;
  };
  static const rsp_native_ops TATTLER = {sizeof(rsp_native_ops),
                                         [](void* payload) {
                                           const Tattler* const tattler = static_cast<Tattler*>(payload);
                                           EXPECT_EQ(rsp_send(tattler->self, tattler->to, NIL),
                                                     RSP_EWRONGTHREAD);
                                           EXPECT_EQ(rsp_current(), nullptr);
                                           EXPECT_EQ(rsp_send(nullptr, tattler->to, word("dropped")), RSP_OK);
                                           delete tattler;
                                         },
                                         nullptr};
  in_callback(me, [&](rsp_self* self) {
    rsp_pid child = spawn_idle(self);
    EXPECT_EQ(rsp_exit_signal(self, child, word("kill")), RSP_OK);
    EXPECT_EQ(rsp_send_native(self, rsp_self_pid(self), new Tattler{me.pid(), self}, &TATTLER), RSP_OK);
  });
  EXPECT_EQ(text_of(me.receive()), "dropped");
}

TEST_F(Messages, go_to_a_name_if_somebody_has_it) {
  const Attached me;
  const rsp_atom name = atom("message_test_name");
  EXPECT_EQ(rsp_send_name(me, name, NIL), RSP_ENONAME);
  ASSERT_EQ(rsp_register(me, name, me.pid()), RSP_OK);
  EXPECT_EQ(rsp_send_name(me, name, word("by_name")), RSP_OK);
  EXPECT_EQ(text_of(me.receive()), "by_name");
  EXPECT_EQ(rsp_send_name(me, rsp_atom{0}, NIL), RSP_EINVAL);
  EXPECT_EQ(rsp_send_name(me, rsp_atom{UINT32_MAX}, NIL), RSP_EINVAL);
}

// ---- Requests ----

rsp_pid spawn_server(rsp_self* self) {
  return spawn(self, [](rsp_self* me, rsp_msg* message) {
    if (rsp_msg_get_kind(message) != RSP_MSG_CALL) return RSP_NEXT_STOP;
    const rsp_from from = rsp_msg_from_call(message);
    EXPECT_EQ(from.pid, rsp_msg_from(message));
    EXPECT_EQ(rsp_reply(me, from, rsp_msg_term(message)), RSP_OK);
    EXPECT_EQ(rsp_reply(me, from, word("again")), RSP_OK);  // dropped: S-SRV-9
    return RSP_NEXT_CONTINUE;
  });
}

TEST_F(Messages, requests_are_answered_once) {
  const Attached me;
  const rsp_pid server = spawn_server(me);
  for (int i = 0; i < 100; ++i) {
    rsp_ref request = {};
    ASSERT_EQ(rsp_send_request(me, &request, server, rsp_term_int(i)), RSP_OK);
    rsp_msg* reply = nullptr;
    ASSERT_EQ(rsp_receive_response(me, &reply, request, RSP_INFINITE), RSP_OK);
    EXPECT_EQ(as_int(rsp_msg_term(reply)), i);
    EXPECT_EQ(rsp_msg_from(reply), server);
    rsp_msg_free(reply);
    EXPECT_EQ(rsp_receive_response(me, &reply, request, RSP_INFINITE), RSP_EINVAL);
  }
  EXPECT_EQ(me.end_by_message(server), "normal");  // all that it sent is here
  EXPECT_FALSE(me.has_message());
}

// S-SRV-10
TEST_F(Messages, a_request_to_who_dies_or_is_dead_ends_with_a_down) {
  const Attached me;
  rsp_ref request = {};
  rsp_msg* answer = nullptr;
  ASSERT_EQ(rsp_send_request(me, &request, dead_pid(me), NIL), RSP_OK);
  ASSERT_EQ(rsp_receive_response(me, &answer, request, RSP_INFINITE), RSP_EEXITED);
  EXPECT_EQ(rsp_msg_get_kind(answer), RSP_MSG_DOWN);
  EXPECT_EQ(show(rsp_msg_term(answer)), "noproc");
  rsp_msg_free(answer);
  const rsp_pid dying = spawn(me, [](rsp_self* self, rsp_msg*) { return rsp_exit(self, word("not_today")); });
  ASSERT_EQ(rsp_send_request(me, &request, dying, NIL), RSP_OK);
  ASSERT_EQ(rsp_receive_response(me, &answer, request, RSP_INFINITE), RSP_EEXITED);
  EXPECT_EQ(show(rsp_msg_term(answer)), "not_today");
  rsp_msg_free(answer);
  EXPECT_FALSE(me.has_message());
}

// S-SRV-11
TEST_F(Messages, a_request_that_was_given_up_is_never_answered) {
  const Attached me;
  std::atomic<rsp_from*> asked{nullptr};
  const rsp_pid silent = spawn(me, [&](rsp_self*, rsp_msg* message) {
    asked = new rsp_from(rsp_msg_from_call(message));
    return RSP_NEXT_CONTINUE;
  });
  for (const bool by_timeout : {true, false}) {
    asked = nullptr;
    rsp_ref request = {};
    ASSERT_EQ(rsp_send_request(me, &request, silent, NIL), RSP_OK);
    rsp_msg* answer = nullptr;
    if (by_timeout) {
      EXPECT_EQ(rsp_receive_response(me, &answer, request, 5), RSP_ETIMEDOUT);
    } else {
      EXPECT_EQ(rsp_abandon_request(me, request), RSP_OK);
    }
    while (asked.load() == nullptr) std::this_thread::yield();
    EXPECT_EQ(rsp_reply(nullptr, *asked.load(), word("late")), RSP_OK);
    delete asked.load();
    EXPECT_FALSE(me.has_message());
    EXPECT_EQ(rsp_abandon_request(me, request), RSP_OK);
  }
  // An answer that waits in the mailbox already goes, too.
  rsp_ref request = {};
  const rsp_pid server = spawn_server(me);
  ASSERT_EQ(rsp_send_request(me, &request, server, NIL), RSP_OK);
  EXPECT_EQ(me.end_by_message(server), "normal");
  EXPECT_EQ(rsp_abandon_request(me, request), RSP_OK);
  EXPECT_FALSE(me.has_message());
}

TEST_F(Messages, requests_and_answers_may_be_native) {
  const Attached me;
  std::atomic<int> alive{0};
  const rsp_pid server = spawn(me, [](rsp_self* self, rsp_msg* message) {
    void* const parcel = rsp_msg_take_native(message, &PARCEL);
    EXPECT_NE(parcel, nullptr);
    EXPECT_EQ(rsp_reply_native(self, rsp_msg_from_call(message), parcel, &PARCEL), RSP_OK);
    return RSP_NEXT_CONTINUE;
  });
  rsp_ref request = {};
  ASSERT_EQ(rsp_send_request_native(me, &request, server, new Parcel(alive), &PARCEL), RSP_OK);
  rsp_msg* reply = nullptr;
  ASSERT_EQ(rsp_receive_response(me, &reply, request, RSP_INFINITE), RSP_OK);
  EXPECT_NE(rsp_msg_native(reply, &PARCEL), nullptr);
  rsp_msg_free(reply);
  EXPECT_EQ(alive, 0);
}

TEST_F(Messages, casts_say_what_they_are) {
  const Attached me;
  std::atomic<int> alive{0};
  ASSERT_EQ(rsp_cast(me, me.pid(), word("do_it")), RSP_OK);
  ASSERT_EQ(rsp_cast_native(me, me.pid(), new Parcel(alive), &PARCEL), RSP_OK);
  const Message with_term = me.receive();
  EXPECT_EQ(rsp_msg_get_kind(with_term.get()), RSP_MSG_CAST);
  EXPECT_EQ(text_of(with_term), "do_it");
  const Message with_parcel = me.receive();
  EXPECT_EQ(rsp_msg_get_kind(with_parcel.get()), RSP_MSG_CAST);
  EXPECT_NE(rsp_msg_native(with_parcel.get(), &PARCEL), nullptr);
}

TEST_F(Messages, of_no_message_are_all_defaults) {
  EXPECT_EQ(rsp_msg_get_kind(nullptr), RSP_MSG_TERM);
  EXPECT_EQ(rsp_msg_from(nullptr), NO_PID);
  EXPECT_EQ(rsp_term_kind(rsp_msg_term(nullptr)), RSP_KIND_NIL);
  EXPECT_EQ(rsp_msg_native(nullptr, &PARCEL), nullptr);
  EXPECT_EQ(rsp_msg_take_native(nullptr, &PARCEL), nullptr);
  EXPECT_EQ(rsp_msg_ref(nullptr).len, 0u);
  EXPECT_EQ(rsp_msg_from_call(nullptr).ref.len, 0u);
  EXPECT_EQ(rsp_msg_tag(nullptr).id, 0u);
  EXPECT_EQ(rsp_msg_name(nullptr).id, 0u);
  const Attached me;
  ASSERT_EQ(rsp_send(me, me.pid(), NIL), RSP_OK);
  const Message message = me.receive();
  EXPECT_EQ(rsp_msg_from_call(message.get()).ref.len, 0u);
  EXPECT_EQ(rsp_msg_tag(message.get()).id, 0u);
  EXPECT_EQ(rsp_msg_name(message.get()).id, 0u);
}

// ---- Await ----

/** What an awaiting handler tells its test. */
struct Awaiting {
  rsp_pid to;
  rsp_pid server;
  uint64_t timeout_ms;
  rsp_ref request = {};

  static rsp_next ask(rsp_self* self, rsp_msg* message, void* state) {
    Awaiting& awaiting = *static_cast<Awaiting*>(state);
    if (as_int(rsp_msg_term(message)) != 0) {
      EXPECT_EQ(rsp_send(self, awaiting.to, rsp_msg_term(message)), RSP_OK);
      return RSP_NEXT_CONTINUE;
    }
    EXPECT_EQ(rsp_send_request(self, &awaiting.request, awaiting.server, word("question")), RSP_OK);
    return rsp_await(self, awaiting.request, awaiting.timeout_ms, answered, state);
  }
  static rsp_next answered(rsp_self* self, rsp_msg* message, void* state) {
    const rsp_term told = message == nullptr                          ? word("nothing")
                          : rsp_msg_get_kind(message) == RSP_MSG_DOWN ? word("down")
                                                                      : rsp_msg_term(message);
    const Awaiting& awaiting = *static_cast<Awaiting*>(state);
    EXPECT_EQ(rsp_abandon_request(self, awaiting.request), RSP_OK);
    EXPECT_EQ(rsp_send(self, awaiting.to, told), RSP_OK);
    return RSP_NEXT_CONTINUE;
  }
};

TEST_F(Messages, an_awaiting_handler_sees_the_answer_before_what_was_sent_meanwhile) {
  const Attached me;
  std::atomic<rsp_from*> asked{nullptr};
  const rsp_pid slow = spawn(me, [&](rsp_self*, rsp_msg* message) {
    asked = new rsp_from(rsp_msg_from_call(message));
    return RSP_NEXT_CONTINUE;
  });
  Awaiting awaiting{me.pid(), slow, RSP_INFINITE};
  rsp_pid pid = NO_PID;
  ASSERT_EQ(rsp_spawn(me, &pid, nullptr, nullptr, Awaiting::ask, &awaiting, nullptr), RSP_OK);
  for (int i = 0; i < 3; ++i) ASSERT_EQ(rsp_send(me, pid, rsp_term_int(i)), RSP_OK);
  while (asked.load() == nullptr) std::this_thread::yield();
  bool alive = false;
  ASSERT_EQ(rsp_is_alive(me, &alive, pid, RSP_INFINITE), RSP_OK);
  EXPECT_FALSE(me.has_message());
  ASSERT_EQ(rsp_reply(me, *asked.load(), word("answer")), RSP_OK);
  delete asked.load();
  for (const char* expected : {"answer", "1", "2"}) EXPECT_EQ(text_of(me.receive()), expected);
}

TEST_F(Messages, an_awaiting_handler_learns_of_the_end_and_of_the_timeout) {
  const Attached me;
  const rsp_pid silent = spawn_idle(me);
  Awaiting awaiting{me.pid(), silent, 5};
  rsp_pid pid = NO_PID;
  ASSERT_EQ(rsp_spawn(me, &pid, nullptr, nullptr, Awaiting::ask, &awaiting, nullptr), RSP_OK);
  ASSERT_EQ(rsp_send(me, pid, rsp_term_int(0)), RSP_OK);
  EXPECT_EQ(text_of(me.receive()), "nothing");
  awaiting.timeout_ms = 3'600'000;
  ASSERT_EQ(rsp_send(me, pid, rsp_term_int(0)), RSP_OK);
  ASSERT_EQ(rsp_exit_signal(me, silent, word("kill")), RSP_OK);
  EXPECT_EQ(text_of(me.receive()), "down");
  // It can be killed while it awaits.
  awaiting.server = spawn(me, [&](rsp_self* self, rsp_msg*) {
    EXPECT_EQ(rsp_send(self, me.pid(), word("asked")), RSP_OK);
    return RSP_NEXT_CONTINUE;
  });
  ASSERT_EQ(rsp_send(me, pid, rsp_term_int(0)), RSP_OK);
  EXPECT_EQ(text_of(me.receive()), "asked");  // before, the exit signal could meet its request
  EXPECT_EQ(me.exit(pid, "bored"), "bored");
}

TEST_F(Messages, a_malformed_await_raises_badarg) {
  const Attached me;
  rsp_ref foreign = {};
  ASSERT_EQ(rsp_make_ref(me, &foreign), RSP_OK);
  EXPECT_EQ(rsp_await(me, foreign, 0, Awaiting::answered, nullptr), RSP_NEXT_RAISE);  // no handler
  EXPECT_EQ(rsp_await(nullptr, foreign, 0, Awaiting::answered, nullptr), RSP_NEXT_RAISE);
  const auto ends_with_badarg = [&](Code code) {
    const rsp_pid pid = spawn(me, std::move(code));
    EXPECT_EQ(me.end_by_message(pid), "{badarg,[]}");
  };
  ends_with_badarg(
      [&](rsp_self* self, rsp_msg*) { return rsp_await(self, foreign, 0, Awaiting::answered, nullptr); });
  ends_with_badarg(
      [&](rsp_self* self, rsp_msg*) { return rsp_await(self, rsp_ref{}, 0, Awaiting::answered, nullptr); });
  ends_with_badarg([&](rsp_self* self, rsp_msg*) {
    rsp_ref own = {};
    EXPECT_EQ(rsp_make_ref(self, &own), RSP_OK);
    return rsp_await(self, own, 0, nullptr, nullptr);
  });
  ends_with_badarg([&](rsp_self* self, rsp_msg*) {
    rsp_ref own = {};
    EXPECT_EQ(rsp_make_ref(self, &own), RSP_OK);
    EXPECT_EQ(rsp_await(self, own, RSP_INFINITE, Awaiting::answered, nullptr), RSP_NEXT_AWAIT);
    return rsp_await(self, own, 0, Awaiting::answered, nullptr);  // one thing at a time
  });
}

}  // namespace
