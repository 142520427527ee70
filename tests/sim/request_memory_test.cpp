// Requests when memory is short: what cannot be done leaves everything as it was, and a DOWN comes all the same.
#include <gtest/gtest.h>

#include "core/mem/alloc.hpp"
#include "core/sync/parker.hpp"
#include "tests/capi/support.hpp"
#include "tests/sim/society_words.hpp"
#include "tests/support/account.hpp"
#include "tests/support/forked_runs.hpp"

namespace {

using namespace capi_test;
using society::pass_time;

/// Counts itself.
struct Parcel {
  uint32_t& alive;
};

const rsp_native_ops PARCEL = {sizeof(rsp_native_ops),
                               [](void* payload) {
                                 Parcel* const parcel = static_cast<Parcel*>(payload);
                                 --parcel->alive;
                                 delete parcel;
                               },
                               nullptr};

Parcel* new_parcel(uint32_t& alive) {
  ++alive;
  return new Parcel{alive};
}

/// A thread has no memory for the record that takes the place of a request it receives.
void receive_without_memory() {
  const uint64_t blocks_before = rsp::mem_live_blocks();
  uint32_t alive = 0;
  {
    const Runtime runtime(2);
    const Attached me;
    const rsp_pid asker = spawn(
        me,
        [&](rsp_self* self, rsp_msg* message) {
          if (message != nullptr) {
            EXPECT_EQ(rsp_msg_get_kind(message), RSP_MSG_TERM);
            EXPECT_EQ(show(rsp_msg_term(message)), "reply");
            return RSP_NEXT_STOP;
          }
          rsp_ref request = {};
          EXPECT_EQ(rsp_send_request_native(self, &request, me.pid(), new_parcel(alive), &PARCEL), RSP_OK);
          EXPECT_EQ(rsp_send(self, me.pid(), word("sent")), RSP_OK);
          return RSP_NEXT_CONTINUE;
        },
        {.start = true});
    rsp_receive_opts options = RSP_RECEIVE_OPTS_INIT;
    options.match = [](const rsp_msg* message, void*) { return rsp_msg_get_kind(message) == RSP_MSG_TERM; };
    rsp_msg* message = nullptr;
    ASSERT_EQ(rsp_receive(me, &message, &options), RSP_OK);
    rsp_msg_free(message);
    rsp::mem_fail_from(1);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(rsp_receive(me, &message, nullptr), RSP_ENOMEM);
    EXPECT_EQ(rsp::mem_fail_never(), 3u);
    EXPECT_EQ(alive, 1u);
    const Message request = me.receive();
    ASSERT_EQ(rsp_msg_get_kind(request.get()), RSP_MSG_CALL);
    EXPECT_NE(rsp_msg_native(request.get(), &PARCEL), nullptr);
    const rsp_ref monitor = me.monitor(asker);
    EXPECT_EQ(rsp_reply(me, rsp_msg_from_call(request.get()), word("reply")), RSP_OK);
    EXPECT_EQ(rsp_msg_ref(me.receive().get()), monitor);
  }
  EXPECT_EQ(alive, 0u);
  rsp::test::expect_all_given_back(blocks_before);
}

/// A process is ended in a blocking section, with a request in its hands, and there is no memory for a DOWN.
void end_without_memory() {
  const uint64_t blocks_before = rsp::mem_live_blocks();
  uint32_t alive = 0;
  {
    const Runtime runtime(2);
    const Attached me;
    bool inside = false;
    bool may_leave = false;
    const rsp_pid server = spawn(me, [&](rsp_self* self, rsp_msg* message) {
      EXPECT_EQ(rsp_blocking_begin(self), RSP_OK);
      inside = true;
      while (!may_leave) pass_time(1);
      EXPECT_NE(rsp_msg_native(message, &PARCEL), nullptr);
      return RSP_NEXT_CONTINUE;
    });
    // Its end takes the server along, and that needs no memory.
    const rsp_pid partner = spawn(me,
                                  [&](rsp_self* self, rsp_msg* message) {
                                    if (message == nullptr) {
                                      EXPECT_EQ(rsp_link(self, server), RSP_OK);
                                      return RSP_NEXT_CONTINUE;
                                    }
                                    rsp::mem_fail_from(1);
                                    return RSP_NEXT_AWAIT;  // which it does not: bad_return_value
                                  },
                                  {.start = true});
    rsp_ref request = {};
    ASSERT_EQ(rsp_send_request_native(me, &request, server, new_parcel(alive), &PARCEL), RSP_OK);
    while (!inside) pass_time(1);
    ASSERT_EQ(rsp_send(me, partner, NIL), RSP_OK);
    pass_time(5);
    EXPECT_FALSE(me.has_message());  // it waits for the code
    EXPECT_EQ(alive, 1u);
    may_leave = true;
    rsp_msg* answer = nullptr;
    EXPECT_EQ(rsp_receive_response(me, &answer, request, RSP_INFINITE), RSP_EEXITED);
    EXPECT_GE(rsp::mem_fail_never(), 1u);
    EXPECT_EQ(alive, 0u);
    EXPECT_EQ(text_of(Message(answer)), "bad_return_value");
    EXPECT_FALSE(me.has_message());
  }
  pass_time(1);  // a stop does not wait for the thread of one that was ended in a section
  rsp::test::expect_all_given_back(blocks_before);
}

TEST(RequestMemory, a_request_that_cannot_be_received_stays) {
  rsp::test::run_in_forks({"unreceived", 1, rsp::test::RUNS_OF_A_SIMULATION, __FILE__, __LINE__},
                          receive_without_memory);
}

TEST(RequestMemory, a_down_that_cannot_be_made_waits_for_the_code) {
  rsp::test::run_in_forks({"unsent", 1, rsp::test::RUNS_OF_A_SIMULATION, __FILE__, __LINE__},
                          end_without_memory);
}

}  // namespace
