// Requests of resprout/message.h from both ends: what becomes of payloads, records and answers, whoever dies when.
#include <atomic>
#include <thread>
#include <vector>

#include "tests/capi/parcel.hpp"
#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

/** Threads wait until it is open. */
class Gate {
 public:
  void open() {
    open_ = true;
    open_.notify_all();
  }
  void pass() const { open_.wait(false); }

 private:
  std::atomic<bool> open_{false};
};

/** Of a process that is ended in a blocking section, whose code may outlive the test. */
struct Section {
  Gate entered;
  Gate may_leave;
};

class Requests : public testing::Test {
 protected:
  rsp_ref ask(rsp_pid whom) {
    rsp_ref request = {};
    EXPECT_EQ(rsp_send_request_native(me_, &request, whom, new Parcel(alive_), &PARCEL), RSP_OK);
    return request;
  }

  /** The answer to a request: of a reply its term, of a DOWN `down REASON`. */
  std::string answer(rsp_ref request) {
    rsp_msg* message = nullptr;
    const rsp_result result = rsp_receive_response(me_, &message, request, RSP_INFINITE);
    if (result != RSP_OK && result != RSP_EEXITED) return rsp_result_name(result);
    const Message owned(message);
    return (result == RSP_OK ? "" : "down ") + text_of(owned);
  }

  std::string info(rsp_pid pid, const char* key) {
    rsp_term all = NIL;
    rsp_term entry = NIL;
    EXPECT_EQ(rsp_process_info(me_, &all, pid, RSP_INFINITE), RSP_OK);
    EXPECT_EQ(rsp_term_map_get(&entry, all, word(key)), RSP_OK);
    const std::string text = show(entry);
    rsp_term_free(all);
    return text;
  }

  void kill(rsp_pid pid) { EXPECT_EQ(rsp_exit_signal(me_, pid, word("kill")), RSP_OK); }

  /** The other side is still to drop some: a hang is the test's time limit. */
  void expect_all_dropped() {
    while (alive_ != 0) std::this_thread::yield();
  }

  std::string my_pid() { return show(rsp_term_pid(me_.pid())); }

  std::atomic<int> alive_{0};
  const Runtime runtime_{2};
  const Attached me_;
};

// ---- Payloads and ends ----

TEST_F(Requests, to_the_dead_drop_their_payload) {
  EXPECT_EQ(answer(ask(dead_pid(me_))), "down noproc");
  EXPECT_EQ(alive_, 0);
}

TEST_F(Requests, that_are_replied_to_drop_their_payload) {
  const rsp_pid server = spawn(me_, [](rsp_self* self, rsp_msg* message) {
    if (rsp_msg_get_kind(message) != RSP_MSG_CALL) return RSP_NEXT_STOP;
    EXPECT_EQ(rsp_reply(self, rsp_msg_from_call(message), word("first")), RSP_OK);
    EXPECT_NE(rsp_msg_native(message, &PARCEL), nullptr);  // lent all the same
    EXPECT_EQ(rsp_reply(self, rsp_msg_from_call(message), word("second")), RSP_OK);
    return RSP_NEXT_CONTINUE;
  });
  EXPECT_EQ(answer(ask(server)), "first");
  EXPECT_EQ(me_.end_by_message(server), "normal");
  EXPECT_FALSE(me_.has_message());
  expect_all_dropped();
}

// S-SRV-9, S-SRV-10
TEST_F(Requests, by_a_name_carry_their_payload_to_whoever_has_it) {
  const rsp_atom name = atom("depot");
  rsp_msg* answer = nullptr;
  rsp_term reason = NIL;
  EXPECT_EQ(rsp_call_name_native(me_, &answer, &reason, name, new Parcel(alive_), &PARCEL, 5000),
            RSP_EEXITED);
  EXPECT_EQ(show(reason), "{noproc,{call,depot,nil,5000}}");
  rsp_term_free(reason);
  EXPECT_EQ(alive_, 0);
  const rsp_pid server = spawn(me_, [](rsp_self* self, rsp_msg* message) {
    if (rsp_msg_get_kind(message) != RSP_MSG_CALL) return RSP_NEXT_STOP;
    const bool is_parcel = rsp_msg_native(message, &PARCEL) != nullptr;
    EXPECT_EQ(rsp_reply(self, rsp_msg_from_call(message), rsp_term_bool(is_parcel)), RSP_OK);
    return RSP_NEXT_CONTINUE;
  });
  EXPECT_EQ(rsp_register(me_, name, server), RSP_OK);
  ASSERT_EQ(rsp_call_name_native(me_, &answer, nullptr, name, new Parcel(alive_), &PARCEL, RSP_INFINITE),
            RSP_OK);
  EXPECT_EQ(text_of(Message(answer)), "true");
  EXPECT_EQ(me_.end_by_message(server), "normal");
  expect_all_dropped();
}

TEST_F(Requests, end_with_who_dies_of_them) {
  const rsp_pid server =
      spawn(me_, [](rsp_self* self, rsp_msg*) { return rsp_exit(self, word("overwhelmed")); });
  EXPECT_EQ(answer(ask(server)), "down overwhelmed");
  EXPECT_EQ(alive_, 0);
}

TEST_F(Requests, end_with_who_has_not_read_them) {
  const auto section = std::make_shared<Section>();
  const auto blocked = [section](rsp_self* self, rsp_msg*) {
    EXPECT_EQ(rsp_blocking_begin(self), RSP_OK);
    section->entered.open();
    section->may_leave.pass();
    return RSP_NEXT_CONTINUE;
  };
  const rsp_pid server = spawn(me_, blocked, {.start = true});
  std::vector<rsp_ref> requests;
  for (int i = 0; i < 20; ++i) requests.push_back(ask(server));
  section->entered.pass();
  kill(server);
  for (const rsp_ref request : requests) EXPECT_EQ(answer(request), "down killed");
  EXPECT_EQ(alive_, 0);
  section->may_leave.open();
}

TEST_F(Requests, end_with_who_still_has_them_in_a_blocking_section) {
  const auto section = std::make_shared<Section>();
  const rsp_pid server = spawn(me_, [section](rsp_self* self, rsp_msg* message) {
    EXPECT_EQ(rsp_blocking_begin(self), RSP_OK);
    section->entered.open();
    section->may_leave.pass();
    EXPECT_EQ(rsp_blocking_end(self), RSP_EXITING);
    EXPECT_NE(rsp_msg_native(message, &PARCEL), nullptr);
    EXPECT_EQ(rsp_reply(self, rsp_msg_from_call(message), word("too_late")), RSP_EXITING);
    return RSP_NEXT_CONTINUE;
  });
  const rsp_ref request = ask(server);
  section->entered.pass();
  kill(server);
  EXPECT_EQ(answer(request), "down killed");
  EXPECT_EQ(alive_, 1);
  section->may_leave.open();
  expect_all_dropped();
  EXPECT_FALSE(me_.has_message());
}

// S-SRV-11
TEST_F(Requests, that_are_given_up_are_messages_still) {
  Gate gate;
  std::atomic<int> asked{0};
  const rsp_pid server = spawn(me_, [&](rsp_self* self, rsp_msg* message) {
    if (rsp_msg_get_kind(message) != RSP_MSG_CALL) {
      gate.pass();
      return RSP_NEXT_CONTINUE;
    }
    EXPECT_NE(rsp_msg_native(message, &PARCEL), nullptr);
    ++asked;
    EXPECT_EQ(rsp_reply_native(self, rsp_msg_from_call(message), new Parcel(alive_), &PARCEL), RSP_OK);
    return RSP_NEXT_CONTINUE;
  });
  ASSERT_EQ(rsp_send(me_, server, NIL), RSP_OK);
  EXPECT_EQ(rsp_abandon_request(me_, ask(server)), RSP_OK);
  gate.open();
  EXPECT_EQ(answer(ask(server)), "nil");
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(info(server, "monitored_by"), "[]");
  EXPECT_FALSE(me_.has_message());
  expect_all_dropped();
}

// ---- Deferred, and by others ----

/** Keeps what it is asked, until it gets a message that is no request. */
struct Collector {
  std::vector<rsp_from> open;
  Code on_message;
  rsp_next operator()(rsp_self* self, rsp_msg* message) {
    if (rsp_msg_get_kind(message) != RSP_MSG_CALL) return on_message(self, message);
    open.push_back(rsp_msg_from_call(message));
    return RSP_NEXT_CONTINUE;
  }
};

TEST_F(Requests, wait_as_monitors_and_are_found_among_many) {
  const auto collector = std::make_shared<Collector>();
  collector->on_message = [collector = collector.get()](rsp_self* self, rsp_msg*) {
    // Beyond what is found by walking, and not in the order they came.
    for (size_t i = collector->open.size(); i-- > 0;) {
      EXPECT_EQ(rsp_reply(self, collector->open[i], rsp_term_int(static_cast<int64_t>(i))), RSP_OK);
    }
    return RSP_NEXT_CONTINUE;
  };
  const rsp_pid server =
      spawn(me_, [collector](rsp_self* self, rsp_msg* message) { return (*collector)(self, message); });
  std::vector<rsp_ref> requests;
  std::string watchers;
  for (int i = 0; i < 50; ++i) {
    requests.push_back(ask(server));
    watchers += (i == 0 ? "" : ",") + my_pid();
  }
  std::string seen = info(server, "monitored_by");
  std::erase(seen, ' ');
  EXPECT_EQ(seen, "[" + watchers + "]");
  expect_all_dropped();  // they are read, though not replied to
  ASSERT_EQ(rsp_send(me_, server, NIL), RSP_OK);
  for (size_t i = 0; i < requests.size(); ++i) EXPECT_EQ(answer(requests[i]), std::to_string(i));
  EXPECT_EQ(info(server, "monitored_by"), "[]");
}

// S-SRV-17
TEST_F(Requests, that_are_replied_to_by_another_are_over) {
  const auto collector = std::make_shared<Collector>();
  collector->on_message = [collector = collector.get()](rsp_self* self, rsp_msg*) {
    EXPECT_EQ(rsp_reply(self, collector->open[0], word("second")), RSP_OK);
    return RSP_NEXT_STOP;
  };
  const rsp_pid server =
      spawn(me_, [collector](rsp_self* self, rsp_msg* message) { return (*collector)(self, message); });
  const rsp_ref request = ask(server);
  EXPECT_EQ(info(server, "monitored_by"), "[" + my_pid() + "]");
  expect_all_dropped();
  in_callback(me_, [&](rsp_self* other) {
    // A reference that nobody made is none of the request's.
    rsp_from forged = collector->open[0];
    forged.ref.words[0] ^= 1u << 20;
    EXPECT_EQ(rsp_reply(other, forged, word("forged")), RSP_OK);
    EXPECT_EQ(rsp_reply(other, collector->open[0], word("first")), RSP_OK);
  });
  EXPECT_EQ(answer(request), "first");
  EXPECT_EQ(info(server, "monitored_by"), "[]");
  EXPECT_EQ(me_.end_by_message(server), "normal");
  EXPECT_FALSE(me_.has_message());
}

TEST_F(Requests, of_the_dead_are_replied_to_in_vain) {
  const auto collector = std::make_shared<Collector>();
  collector->on_message = [this, collector = collector.get()](rsp_self* self, rsp_msg*) {
    EXPECT_EQ(rsp_reply_native(self, collector->open[0], new Parcel(alive_), &PARCEL), RSP_OK);
    return RSP_NEXT_STOP;
  };
  const rsp_pid server =
      spawn(me_, [collector](rsp_self* self, rsp_msg* message) { return (*collector)(self, message); });
  const rsp_pid asker = spawn(me_, [server](rsp_self* self, rsp_msg*) {
    rsp_ref request = {};
    EXPECT_EQ(rsp_send_request(self, &request, server, NIL), RSP_OK);
    return RSP_NEXT_STOP;
  });
  EXPECT_EQ(me_.end_by_message(asker), "normal");
  while (info(server, "monitored_by") != "[]")
    std::this_thread::yield();  // who hears of the end first is open
  EXPECT_EQ(me_.end_by_message(server), "normal");
  EXPECT_EQ(alive_, 0);
}

// S-SRV-30
TEST_F(Requests, without_their_alias_are_monitors_still) {
  const rsp_pid server = spawn(me_, [](rsp_self* self, rsp_msg* message) {
    if (rsp_msg_get_kind(message) != RSP_MSG_CALL) return rsp_exit(self, word("the_end"));
    EXPECT_EQ(rsp_reply(self, rsp_msg_from_call(message), word("unheard")), RSP_OK);
    return RSP_NEXT_CONTINUE;
  });
  const rsp_ref request = ask(server);
  bool was_on = false;
  ASSERT_EQ(rsp_unalias(me_, &was_on, request), RSP_OK);
  if (was_on) {
    // Its reply has passed by when the server's next answer is here.
    EXPECT_EQ(answer(ask(server)), "unheard");
    EXPECT_EQ(info(server, "monitored_by"), "[" + my_pid() + "]");
    ASSERT_EQ(rsp_send(me_, server, NIL), RSP_OK);
    EXPECT_EQ(answer(request), "down the_end");
  } else {
    EXPECT_EQ(answer(request), "unheard");  // it was here before
  }
  EXPECT_FALSE(me_.has_message());
}

// ---- Received by a thread, and by oneself ----

TEST_F(Requests, that_a_thread_keeps_are_monitors) {
  Gate there;
  Gate replies;
  Gate freed;
  rsp_pid server = NO_PID;
  std::thread thread([&] {
    Message kept;
    {
      const Attached self;
      server = self.pid();
      there.open();
      kept = self.receive();
      EXPECT_EQ(rsp_msg_get_kind(kept.get()), RSP_MSG_CALL);
      // Put back, it is the next one to be received, and the same.
      EXPECT_EQ(rsp_put_back(self, kept.release()), RSP_OK);
      kept = self.receive();
      EXPECT_NE(rsp_msg_native(kept.get(), &PARCEL), nullptr);
      replies.pass();
      EXPECT_EQ(rsp_reply(self, rsp_msg_from_call(kept.get()), word("kept")), RSP_OK);
      EXPECT_NE(rsp_msg_native(kept.get(), &PARCEL), nullptr);
      kept = self.receive();
    }
    freed.pass();  // long after the process
  });
  there.pass();
  const rsp_ref first = ask(server);
  EXPECT_EQ(info(server, "monitored_by"), "[" + my_pid() + "]");
  replies.open();
  EXPECT_EQ(answer(first), "kept");
  EXPECT_EQ(answer(ask(server)), "down normal");
  EXPECT_EQ(alive_, 1);
  freed.open();
  thread.join();
  EXPECT_EQ(alive_, 0);
  EXPECT_FALSE(me_.has_message());
}

TEST_F(Requests, to_oneself_are_messages_and_answers) {
  const rsp_ref request = ask(me_.pid());
  EXPECT_EQ(info(me_.pid(), "monitored_by"), "[]");
  const rsp_ref given_up = ask(me_.pid());
  EXPECT_EQ(rsp_abandon_request(me_, given_up), RSP_OK);
  {
    const Message first = me_.receive();
    EXPECT_EQ(rsp_reply(me_, rsp_msg_from_call(first.get()), word("to_myself")), RSP_OK);
    const Message second = me_.receive();
    ASSERT_EQ(rsp_msg_get_kind(second.get()), RSP_MSG_CALL);
    EXPECT_EQ(rsp_reply(me_, rsp_msg_from_call(second.get()), word("unheard")), RSP_OK);
  }
  EXPECT_EQ(alive_, 0);
  EXPECT_EQ(info(me_.pid(), "monitored_by"), "[]");
  EXPECT_EQ(answer(request), "to_myself");
  EXPECT_FALSE(me_.has_message());
}

// ---- Servers ----

/** What a server of this file does when it is called. */
struct Script {
  std::function<void(rsp_self*, rsp_msg*, rsp_from, rsp_server_return*)> call;
  std::function<void(rsp_self*, rsp_term)> go_on = [](rsp_self*, rsp_term) {};
};

const rsp_server_ops& scripted() {
  static const rsp_server_ops ops = [] {
    rsp_server_ops made = {};
    made.size = sizeof made;
    made.name = "scripted";
    made.init = [](rsp_self*, void* script, rsp_term, rsp_server_return* ret) {
      ret->state = script;
      return RSP_NEXT_CONTINUE;
    };
    made.handle_call = [](rsp_self* self, void* state, rsp_msg* message, rsp_from from,
                          rsp_server_return* ret) {
      static_cast<Script*>(state)->call(self, message, from, ret);
      return RSP_NEXT_CONTINUE;
    };
    made.handle_continue = [](rsp_self* self, void* state, rsp_term argument, rsp_server_return*) {
      static_cast<Script*>(state)->go_on(self, argument);
      return RSP_NEXT_CONTINUE;
    };
    return made;
  }();
  return ops;
}

rsp_pid start(Script& script) {
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  spec.ops = &scripted();
  spec.ctx = &script;
  rsp_pid pid = NO_PID;
  EXPECT_EQ(rsp_server_start(nullptr, &pid, nullptr, nullptr, &spec, nullptr), RSP_OK);
  return pid;
}

// S-SRV-18
TEST_F(Requests, have_their_reply_before_the_server_goes_on) {
  Script script;
  script.call = [](rsp_self*, rsp_msg*, rsp_from, rsp_server_return* ret) {
    ret->action = RSP_SERVER_REPLY;
    ret->reply = word("reply");
    ret->has_continue = true;
  };
  script.go_on = [this](rsp_self* self, rsp_term) {
    EXPECT_EQ(rsp_send(self, me_.pid(), word("afterwards")), RSP_OK);
  };
  const rsp_pid server = start(script);
  for (int i = 0; i < 20; ++i) {
    const rsp_ref request = ask(server);
    const Message reply = me_.receive();
    EXPECT_EQ(rsp_msg_ref(reply.get()), request);
    EXPECT_EQ(text_of(reply), "reply");
    EXPECT_EQ(text_of(me_.receive()), "afterwards");
  }
  EXPECT_EQ(me_.exit(server, "shutdown"), "shutdown");
  expect_all_dropped();
}

// S-SRV-9
TEST_F(Requests, of_a_server_are_replied_to_once) {
  Script script;
  script.call = [this](rsp_self* self, rsp_msg* message, rsp_from from, rsp_server_return* ret) {
    EXPECT_EQ(rsp_reply(self, from, word("first")), RSP_OK);
    ret->action = RSP_SERVER_REPLY;
    ret->reply_native = rsp_msg_take_native(message, &PARCEL);
    ret->reply_ops = &PARCEL;
    EXPECT_EQ(alive_, 1);
  };
  const rsp_pid server = start(script);
  EXPECT_EQ(answer(ask(server)), "first");
  EXPECT_EQ(me_.exit(server, "shutdown"), "shutdown");
  EXPECT_FALSE(me_.has_message());
  expect_all_dropped();
}

TEST_F(Requests, of_a_server_may_have_a_native_reply) {
  Script script;
  script.call = [this](rsp_self*, rsp_msg*, rsp_from, rsp_server_return* ret) {
    ret->action = RSP_SERVER_REPLY;
    ret->reply_native = new Parcel(alive_);
    ret->reply_ops = &PARCEL;
  };
  const rsp_pid server = start(script);
  const rsp_ref request = ask(server);
  {
    const Message reply = me_.receive();
    EXPECT_EQ(rsp_msg_ref(reply.get()), request);
    EXPECT_NE(rsp_msg_native(reply.get(), &PARCEL), nullptr);
    EXPECT_EQ(alive_, 1);  // what was asked is dropped before
  }
  EXPECT_EQ(alive_, 0);
  EXPECT_EQ(info(server, "monitored_by"), "[]");
  EXPECT_EQ(me_.exit(server, "shutdown"), "shutdown");
}

// S-SRV-20
TEST_F(Requests, have_their_reply_before_a_stop) {
  Script script;
  script.call = [](rsp_self*, rsp_msg*, rsp_from, rsp_server_return* ret) {
    ret->action = RSP_SERVER_STOP_REPLY;
    ret->reply = word("reply");
    ret->reason = word("shutdown");
  };
  const rsp_pid server = start(script);
  const rsp_ref monitor = me_.monitor(server);
  const rsp_ref request = ask(server);
  EXPECT_EQ(rsp_msg_ref(me_.receive().get()), request);
  const Message down = me_.receive();
  EXPECT_EQ(rsp_msg_ref(down.get()), monitor);
  EXPECT_EQ(text_of(down), "shutdown");
  EXPECT_FALSE(me_.has_message());
  expect_all_dropped();
}

}  // namespace
