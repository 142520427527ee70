// Collections of requests, requests and casts by name, several nodes: resprout/request.h beside what the conformance
// cases say of it.
#include <algorithm>
#include <atomic>
#include <ctime>
#include <vector>

#include "tests/capi/parcel.hpp"
#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

/** Replies with what it is asked; ends when it is asked `die`; leaves `never` open. */
rsp_pid spawn_servant(rsp_self* self) {
  return spawn(self, [](rsp_self* me, rsp_msg* message) {
    if (rsp_msg_get_kind(message) != RSP_MSG_CALL) return RSP_NEXT_CONTINUE;
    const std::string asked = show(rsp_msg_term(message));
    if (asked == "die") return rsp_exit(me, word("boom"));
    if (asked != "never") {
      EXPECT_EQ(rsp_reply(me, rsp_msg_from_call(message), rsp_msg_term(message)), RSP_OK);
    }
    return RSP_NEXT_CONTINUE;
  });
}

class RequestSets : public testing::Test {
 protected:
  rsp_reqids* new_set() {
    rsp_reqids* ids = nullptr;
    EXPECT_EQ(rsp_reqids_new(me_, &ids), RSP_OK);
    return ids;
  }

  rsp_ref send(rsp_pid to, rsp_term request) {
    rsp_ref ref = {};
    EXPECT_EQ(rsp_send_request(me_, &ref, to, request), RSP_OK);
    return ref;
  }

  /** Asks and waits, so that all replies that were sent before have come. */
  void meet(rsp_pid servant) {
    rsp_msg* answer = nullptr;
    EXPECT_EQ(rsp_call(me_, &answer, nullptr, servant, word("meet"), RSP_INFINITE), RSP_OK);
    rsp_msg_free(answer);
  }

  const Runtime runtime_{2};
  const Attached me_;
};

// ---- What is in a collection ----

// S-SRV-41
TEST_F(RequestSets, know_their_requests_in_the_order_of_addition) {
  rsp_reqids* const ids = new_set();
  EXPECT_EQ(rsp_reqids_size(ids), 0u);
  const rsp_pid servant = spawn_servant(me_);
  std::vector<rsp_ref> all;
  for (int64_t i = 0; i < 100; ++i) {
    all.push_back(send(servant, word("never")));
    EXPECT_EQ(rsp_reqids_add(ids, all.back(), rsp_term_int(i)), RSP_OK);
    EXPECT_EQ(rsp_reqids_add(ids, all.back(), rsp_term_int(-i)), RSP_EALREADY);
  }
  EXPECT_EQ(rsp_reqids_size(ids), 100u);
  rsp_term label = NIL;
  for (size_t i = 0; i < 100; i += 2) {
    EXPECT_EQ(rsp_reqids_get(nullptr, ids, all[i], false), RSP_OK);
    EXPECT_EQ(rsp_reqids_get(&label, ids, all[i], true), RSP_OK);
    EXPECT_EQ(as_int(label), static_cast<int64_t>(i));
    EXPECT_EQ(rsp_reqids_get(&label, ids, all[i], true), RSP_EMISMATCH);
    EXPECT_EQ(rsp_abandon_request(me_, all[i]), RSP_OK);
  }
  std::vector<rsp_ref> requests(100);
  std::vector<rsp_term> labels(100, NIL);
  rsp_reqids_to_list(requests.data(), labels.data(), 100, ids);
  for (size_t i = 0; i < 50; ++i) {
    EXPECT_EQ(requests[i], all[2 * i + 1]);
    EXPECT_EQ(as_int(labels[i]), static_cast<int64_t>(2 * i + 1));
  }
  EXPECT_EQ(requests[50], rsp_ref{});
  rsp_reqids_to_list(nullptr, labels.data(), 1, ids);
  rsp_reqids_to_list(requests.data(), nullptr, 0, ids);
  rsp_reqids_free(me_, ids);
  EXPECT_FALSE(me_.has_message());
}

TEST_F(RequestSets, that_come_and_go_take_the_places_of_those_that_went) {
  rsp_reqids* const ids = new_set();
  const rsp_pid servant = spawn_servant(me_);
  const rsp_ref stays = send(servant, word("never"));
  EXPECT_EQ(rsp_reqids_add(ids, stays, word("stays")), RSP_OK);
  for (int64_t i = 0; i < 10'000; ++i) {
    EXPECT_EQ(rsp_reqids_send_request(me_, ids, servant, word("x"), rsp_term_int(i)), RSP_OK);
    rsp_msg* answer = nullptr;
    rsp_term label = NIL;
    ASSERT_EQ(rsp_reqids_receive_response(me_, &answer, &label, ids, true, RSP_INFINITE), RSP_OK);
    EXPECT_EQ(as_int(label), i);
    rsp_msg_free(answer);
  }
  EXPECT_EQ(rsp_reqids_size(ids), 1u);
  rsp_reqids_free(me_, ids);
  EXPECT_FALSE(me_.has_message());
}

TEST_F(RequestSets, take_requests_of_their_process_alone) {
  rsp_reqids* const ids = new_set();
  rsp_ref foreign = {};
  in_callback(me_, [&](rsp_self* self) {
    EXPECT_EQ(rsp_send_request(self, &foreign, rsp_self_pid(self), NIL), RSP_OK);
    rsp_msg* answer = nullptr;
    EXPECT_EQ(rsp_reqids_send_request(self, ids, rsp_self_pid(self), NIL, NIL), RSP_EINVAL);
    EXPECT_EQ(rsp_reqids_wait_response(self, &answer, nullptr, ids, true, 0), RSP_EINVAL);
  });
  EXPECT_EQ(rsp_reqids_add(ids, foreign, NIL), RSP_EINVAL);
  EXPECT_EQ(rsp_reqids_get(nullptr, ids, foreign, true), RSP_EMISMATCH);
  EXPECT_EQ(rsp_reqids_size(ids), 0u);
  rsp_reqids_free(me_, ids);
}

TEST_F(RequestSets, refuse_what_is_malformed) {
  rsp_reqids* const ids = new_set();
  const rsp_ref ref = send(spawn_servant(me_), word("never"));
  const rsp_term no_term = {UINT64_MAX, 0};
  rsp_term label = NIL;
  rsp_msg* message = nullptr;
  EXPECT_EQ(rsp_reqids_add(nullptr, ref, NIL), RSP_EINVAL);
  EXPECT_EQ(rsp_reqids_add(ids, rsp_ref{}, NIL), RSP_EINVAL);
  EXPECT_EQ(rsp_reqids_add(ids, ref, no_term), RSP_EINVAL);
  EXPECT_EQ(rsp_reqids_get(&label, nullptr, ref, true), RSP_EINVAL);
  EXPECT_EQ(rsp_reqids_get(&label, ids, rsp_ref{}, true), RSP_EINVAL);
  EXPECT_EQ(rsp_reqids_check_response(&label, nullptr, message, true), RSP_EINVAL);
  EXPECT_EQ(rsp_reqids_check_response(&label, ids, nullptr, true), RSP_EINVAL);
  EXPECT_EQ(rsp_check_response(nullptr, ref), RSP_EINVAL);
  EXPECT_FALSE(rsp_msg_is_reply(nullptr));
  EXPECT_EQ(rsp_reqids_size(nullptr), 0u);
  rsp_reqids_to_list(nullptr, nullptr, 10, nullptr);
  rsp_reqids_free(me_, nullptr);
  rsp_reqids_free(nullptr, ids);
  EXPECT_EQ(rsp_abandon_request(me_, ref), RSP_OK);
}

// ---- Waiting ----

TEST_F(RequestSets, leave_all_other_messages_where_they_are) {
  rsp_reqids* const ids = new_set();
  const rsp_pid servant = spawn_servant(me_);
  const rsp_ref outside = send(servant, word("outside"));
  meet(servant);
  ASSERT_EQ(rsp_send(me_, me_.pid(), word("chaff")), RSP_OK);
  EXPECT_EQ(rsp_reqids_send_request(me_, ids, servant, word("die"), word("inside")), RSP_OK);
  rsp_msg* answer = nullptr;
  EXPECT_EQ(rsp_reqids_receive_response(me_, &answer, nullptr, ids, true, RSP_INFINITE), RSP_EEXITED);
  EXPECT_EQ(show(rsp_msg_term(answer)), "boom");
  rsp_msg_free(answer);
  const Message first = me_.receive();
  EXPECT_EQ(rsp_msg_ref(first.get()), outside);
  EXPECT_EQ(rsp_check_response(first.get(), outside), RSP_OK);
  EXPECT_EQ(text_of(me_.receive()), "chaff");
  EXPECT_FALSE(me_.has_message());
  rsp_reqids_free(me_, ids);
}

TEST_F(RequestSets, of_a_handler_are_checked_with_what_comes) {
  const rsp_pid servant = spawn_servant(me_);
  struct State {
    rsp_reqids* ids = nullptr;
    std::vector<std::string> seen;
  };
  const auto state = std::make_shared<State>();
  const auto code = [state, servant, boss = me_.pid()](rsp_self* self, rsp_msg* message) {
    if (message == nullptr) {
      EXPECT_EQ(rsp_reqids_new(self, &state->ids), RSP_OK);
      for (int64_t i = 0; i < 3; ++i) {
        EXPECT_EQ(
            rsp_reqids_send_request(self, state->ids, servant, word(i == 2 ? "die" : "x"), rsp_term_int(i)),
            RSP_OK);
      }
      rsp_msg* answer = nullptr;
      EXPECT_EQ(rsp_reqids_receive_response(self, &answer, nullptr, state->ids, true, 0), RSP_EWOULDBLOCK);
      EXPECT_EQ(rsp_reqids_size(state->ids), 3u);
      return RSP_NEXT_CONTINUE;
    }
    rsp_term label = NIL;
    const rsp_result result = rsp_reqids_check_response(&label, state->ids, message, true);
    EXPECT_TRUE(result == RSP_OK || result == RSP_EEXITED);
    state->seen.push_back(show(label) + (result == RSP_OK ? " reply " : " down ") +
                          show(rsp_msg_term(message)));
    if (rsp_reqids_size(state->ids) != 0) return RSP_NEXT_CONTINUE;
    rsp_reqids_free(self, state->ids);
    EXPECT_EQ(rsp_send(self, boss, word("done")), RSP_OK);
    return RSP_NEXT_STOP;
  };
  spawn(me_, code, {.start = true});
  EXPECT_EQ(text_of(me_.receive()), "done");
  EXPECT_EQ(state->seen, (std::vector<std::string>{"0 reply x", "1 reply x", "2 down boom"}));
}

// S-SRV-16
TEST_F(RequestSets, race_their_timeouts_with_one_outcome_each) {
  const rsp_pid servant = spawn_servant(me_);
  int replies = 0;
  int timeouts = 0;
  uint32_t patience = 0;  // until about as many replies come in time as do not
  for (int i = 0; i < 1000; ++i) {
    rsp_reqids* const ids = new_set();
    EXPECT_EQ(rsp_reqids_send_request(me_, ids, servant, rsp_term_int(i), word("label")), RSP_OK);
    for (uint32_t n = 0; n < patience; ++n) std::this_thread::yield();
    rsp_msg* answer = nullptr;
    const rsp_result result = rsp_reqids_receive_response(me_, &answer, nullptr, ids, true, 0);
    if (result == RSP_OK) {
      EXPECT_EQ(as_int(rsp_msg_term(answer)), i);
      rsp_msg_free(answer);
      ++replies;
      patience /= 2;
    } else {
      EXPECT_EQ(result, RSP_ETIMEDOUT);
      ++timeouts;
      ++patience;
    }
    EXPECT_EQ(rsp_reqids_receive_response(me_, &answer, nullptr, ids, true, 0), RSP_ENOREQUEST);
    rsp_reqids_free(me_, ids);
  }
  meet(servant);
  EXPECT_FALSE(me_.has_message());
  EXPECT_GT(replies, 0);
  EXPECT_GT(timeouts, 0);
}

/** What `deed` says of itself, at best. */
template <class Deed>
double fastest(Deed deed) {
  double best = 1e9;
  for (int i = 0; i < 3; ++i) best = std::min(best, deed());
  return best;
}

/** Of the calling thread alone: how busy the machine is does not matter. */
double processor_seconds() {
  timespec now;
  EXPECT_EQ(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now), 0);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/** Keeps what it is asked until it gets a message that is no request: replies to all, the last one first. */
rsp_pid spawn_collector(rsp_self* self) {
  const auto open = std::make_shared<std::vector<rsp_from>>();
  return spawn(self, [open](rsp_self* me, rsp_msg* message) {
    if (rsp_msg_get_kind(message) == RSP_MSG_CALL && show(rsp_msg_term(message)) == "meet") {
      EXPECT_EQ(rsp_reply(me, rsp_msg_from_call(message), NIL), RSP_OK);
    } else if (rsp_msg_get_kind(message) == RSP_MSG_CALL) {
      open->push_back(rsp_msg_from_call(message));
    } else {
      for (auto each = open->rbegin(); each != open->rend(); ++each) {
        EXPECT_EQ(rsp_reply(me, *each, NIL), RSP_OK);
      }
      open->clear();
    }
    return RSP_NEXT_CONTINUE;
  });
}

// S-SRV-42
TEST_F(RequestSets, are_linear_in_their_requests) {
  const rsp_pid collector = spawn_collector(me_);
  enum class End { COLLECTED, FREED_ANSWERED, FREED_OPEN };
  const auto time_of = [&](int count, End end) {
    return fastest([&] {
      rsp_reqids* const ids = new_set();
      for (int i = 0; i < count; ++i) {
        EXPECT_EQ(rsp_reqids_send_request(me_, ids, collector, NIL, rsp_term_int(i)), RSP_OK);
      }
      if (end != End::FREED_OPEN) {
        EXPECT_EQ(rsp_send(me_, collector, NIL), RSP_OK);
      }
      meet(collector);
      const double begin = processor_seconds();
      for (int i = 0; end == End::COLLECTED && i < count; ++i) {
        rsp_msg* answer = nullptr;
        EXPECT_EQ(rsp_reqids_receive_response(me_, &answer, nullptr, ids, true, RSP_INFINITE), RSP_OK);
        rsp_msg_free(answer);
      }
      rsp_reqids_free(me_, ids);
      const double taken = processor_seconds() - begin;
      EXPECT_EQ(rsp_send(me_, collector, NIL), RSP_OK);
      meet(collector);
      EXPECT_FALSE(me_.has_message());
      return taken;
    });
  };
  for (const End end : {End::COLLECTED, End::FREED_ANSWERED, End::FREED_OPEN}) {
    const double few = time_of(1'250, end);
    const double many = time_of(20'000, end);
    EXPECT_LT(many / few, 120) << "16 times as many, of kind " << static_cast<int>(end);
  }
}

// ---- Ends ----

// S-SRV-42
TEST_F(RequestSets, that_their_process_does_not_free_go_without_giving_up) {
  rsp_reqids* const ids = new_set();
  const rsp_pid servant = spawn_servant(me_);
  EXPECT_EQ(rsp_reqids_send_request(me_, ids, servant, word("x"), NIL), RSP_OK);
  std::thread([&] { rsp_reqids_free(me_, ids); }).join();  // a handle that is not that thread's
  meet(servant);
  EXPECT_EQ(text_of(me_.receive()), "x");
}

TEST_F(RequestSets, outlive_their_process) {
  rsp_reqids* ids = nullptr;
  const rsp_pid servant = spawn_servant(me_);
  in_callback(me_, [&](rsp_self* self) {
    EXPECT_EQ(rsp_reqids_new(self, &ids), RSP_OK);
    EXPECT_EQ(rsp_reqids_send_request(self, ids, servant, word("x"), NIL), RSP_OK);
  });
  EXPECT_EQ(rsp_reqids_size(ids), 1u);
  rsp_reqids_free(me_, ids);
  EXPECT_FALSE(me_.has_message());
  rsp_msg* answer =
      nullptr;  // behind that to the first: the servant has replied to both before the runtime stops
  EXPECT_EQ(rsp_call(me_, &answer, nullptr, servant, word("x"), RSP_INFINITE), RSP_OK);
  rsp_msg_free(answer);
}

TEST(RequestSetsOfNoRuntime, are_freed_all_the_same) {
  rsp_reqids* ids = nullptr;
  {
    const Runtime runtime(1);
    const Attached me;
    EXPECT_EQ(rsp_reqids_new(me, &ids), RSP_OK);
    EXPECT_EQ(rsp_reqids_send_request(me, ids, me.pid(), NIL, word("label")), RSP_OK);
  }
  EXPECT_EQ(rsp_reqids_size(ids), 1u);
  rsp_reqids_free(nullptr, ids);
}

// ---- By name ----

// S-SRV-43
TEST_F(RequestSets, hold_requests_by_name_and_native_ones) {
  std::atomic<int> alive{0};
  const rsp_pid servant = spawn_servant(me_);
  ASSERT_EQ(rsp_register(nullptr, atom("servant"), servant), RSP_OK);
  rsp_reqids* const ids = new_set();
  const char* const names[] = {"servant", "nobody_at_all"};
  for (const char* name : names) {
    rsp_ref request = {};
    EXPECT_EQ(rsp_send_request_name(me_, &request, atom(name), word("x")), RSP_OK);
    EXPECT_EQ(rsp_reqids_add(ids, request, word(name)), RSP_OK);
    EXPECT_EQ(rsp_send_request_name_native(me_, &request, atom(name), new Parcel(alive), &PARCEL), RSP_OK);
    EXPECT_EQ(rsp_reqids_add(ids, request, word(name)), RSP_OK);
    EXPECT_EQ(rsp_cast_name(me_, atom(name), word("x")), RSP_OK);
    EXPECT_EQ(rsp_cast_name_native(me_, atom(name), new Parcel(alive), &PARCEL), RSP_OK);
  }
  for (int i = 0; i < 4; ++i) {
    rsp_msg* answer = nullptr;
    rsp_term label = NIL;
    const rsp_result result = rsp_reqids_receive_response(me_, &answer, &label, ids, true, RSP_INFINITE);
    if (show(label) == "servant") {
      EXPECT_EQ(result, RSP_OK);
    } else {
      EXPECT_EQ(result, RSP_EEXITED);
      EXPECT_EQ(rsp_msg_name(answer).id, atom("nobody_at_all").id);
      EXPECT_EQ(show(rsp_msg_term(answer)), "noproc");
    }
    rsp_msg_free(answer);
  }
  meet(servant);
  wait_until([&] { return alive == 0; });
  rsp_reqids_free(me_, ids);
  EXPECT_FALSE(me_.has_message());
}

// S-SRV-44
TEST_F(RequestSets, of_a_multi_call_leave_nothing) {
  const rsp_pid servant = spawn_servant(me_);
  ASSERT_EQ(rsp_register(nullptr, atom("servant"), servant), RSP_OK);
  EXPECT_EQ(show(rsp_term_atom(rsp_node())), "nonode@nohost");
  const std::vector<rsp_atom> nodes(100, rsp_node());
  std::vector<rsp_msg*> replies(nodes.size(), nullptr);
  EXPECT_EQ(rsp_multi_call(me_, replies.data(), nodes.data(), nodes.size(), atom("servant"), word("x"),
                           RSP_INFINITE),
            RSP_OK);
  for (rsp_msg* const reply : replies) {
    ASSERT_NE(reply, nullptr);
    EXPECT_EQ(show(rsp_msg_term(reply)), "x");
    rsp_msg_free(reply);
  }
  EXPECT_EQ(
      rsp_multi_call(me_, replies.data(), nodes.data(), nodes.size(), atom("servant"), word("never"), 1),
      RSP_OK);
  for (rsp_msg* const reply : replies) EXPECT_EQ(reply, nullptr);
  EXPECT_EQ(rsp_multi_call(me_, nullptr, nullptr, 0, atom("servant"), word("x"), 0), RSP_OK);
  EXPECT_EQ(rsp_abcast(nullptr, nodes.data(), nodes.size(), atom("servant"), word("x")), RSP_OK);
  meet(servant);
  EXPECT_FALSE(me_.has_message());
}

}  // namespace
