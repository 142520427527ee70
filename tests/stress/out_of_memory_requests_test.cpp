// Memory runs out in requests and their answers, with payloads of the program's own too.
#ifdef RESPROUT_FAULT_INJECTION
#include "resprout/request.h"
#include "tests/stress/out_of_memory.hpp"

using namespace capi_test;
using namespace stress;

namespace {

std::atomic<int> g_dropped{0};
const rsp_native_ops COUNTS_DROPS = {sizeof(rsp_native_ops), [](void*) { ++g_dropped; }, nullptr};
int g_payload = 0;

/** A payload goes with the message, or stays the caller's. */
rsp_result send_payload(const Attached& me, const std::function<rsp_result()>& verb) {
  const int before = g_dropped;
  const rsp_result result = scarce(verb);
  forget(me);
  EXPECT_EQ(g_dropped - before, result == RSP_OK ? 1 : 0);
  return result;
}

/** A request of the caller to itself, which it has received. */
struct Asked {
  explicit Asked(const Attached& me) : me_(me) {
    EXPECT_EQ(rsp_send_request(me, &ref, me.pid(), word("x")), RSP_OK);
    from = rsp_msg_from_call(me.receive().get());
  }
  ~Asked() { EXPECT_EQ(rsp_abandon_request(me_, ref), RSP_OK); }
  Asked(const Asked&) = delete;
  Asked& operator=(const Asked&) = delete;

  const Attached& me_;
  rsp_ref ref = {};
  rsp_from from = {};
};

/** Waits for the answer to what was asked of a process, or gives it up. */
rsp_result ask_idle(const Attached& me, rsp_result (*verb)(rsp_self*, rsp_ref*, rsp_pid)) {
  const rsp_pid pid = spawn_idle(me);
  rsp_ref ref = {};
  const rsp_result result = scarce([&] {
    const rsp_result asked = verb(me, &ref, pid);
    if (asked != RSP_OK) return asked;
    rsp_msg* answer = nullptr;
    const rsp_result answered = rsp_receive_response(me, &answer, ref, LONG_MS);
    rsp_msg_free(answer);
    return answered;
  });
  (void)!rsp_resume(me, pid);
  kill(me, pid);
  return result;
}

const std::set<rsp_result> LATE = {RSP_ETIMEDOUT};

const Scenario SCENARIOS[] = {
    {"reply",
     [](const Attached& me) {
       const Asked asked(me);
       const rsp_term both = list_of_words();
       const rsp_result result = scarce([&] { return rsp_reply(me, asked.from, both); });
       rsp_term_free(both);
       return result;
     }},
    {"reply_native",
     [](const Attached& me) {
       const int before = g_dropped;
       rsp_result result = RSP_OK;
       {
         const Asked asked(me);
         result = scarce([&] { return rsp_reply_native(me, asked.from, &g_payload, &COUNTS_DROPS); });
       }
       EXPECT_EQ(g_dropped - before, result == RSP_OK ? 1 : 0);
       return result;
     }},
    {"cast_native",
     [](const Attached& me) {
       return send_payload(me, [&] { return rsp_cast_native(me, me.pid(), &g_payload, &COUNTS_DROPS); });
     }},
    {"cast_name_native",
     [](const Attached& me) {
       EXPECT_EQ(rsp_register(me, atom("scarce"), me.pid()), RSP_OK);
       const rsp_result result = send_payload(
           me, [&] { return rsp_cast_name_native(me, atom("scarce"), &g_payload, &COUNTS_DROPS); });
       EXPECT_EQ(rsp_unregister(me, atom("scarce")), RSP_OK);
       return result;
     }},
    {"send_request_native",
     [](const Attached& me) {
       rsp_ref ref = {};
       const rsp_result result = send_payload(
           me, [&] { return rsp_send_request_native(me, &ref, me.pid(), &g_payload, &COUNTS_DROPS); });
       if (result == RSP_OK) {
         EXPECT_EQ(rsp_abandon_request(me, ref), RSP_OK);
       }
       return result;
     }},
    {"send_request_name_native",
     [](const Attached& me) {
       EXPECT_EQ(rsp_register(me, atom("scarce"), me.pid()), RSP_OK);
       rsp_ref ref = {};
       const rsp_result result = send_payload(me, [&] {
         return rsp_send_request_name_native(me, &ref, atom("scarce"), &g_payload, &COUNTS_DROPS);
       });
       if (result == RSP_OK) {
         EXPECT_EQ(rsp_abandon_request(me, ref), RSP_OK);
       }
       EXPECT_EQ(rsp_unregister(me, atom("scarce")), RSP_OK);
       return result;
     }},
    {"call_native",
     [](const Attached& me) {
       const rsp_pid idle = spawn_idle(me);
       rsp_msg* answer = nullptr;
       rsp_term reason = NIL;
       const int before = g_dropped;
       const rsp_result result =
           scarce([&] { return rsp_call_native(me, &answer, &reason, idle, &g_payload, &COUNTS_DROPS, 1); });
       rsp_term_free(reason);
       kill(me, idle);
       // The payload is the runtime's whatever comes of it. Nobody answers: with memory, too, it is late.
       wait_until([&] { return g_dropped != before; });
       return result == RSP_ETIMEDOUT ? RSP_OK : result;
     }},
    {"wait_response",
     [](const Attached& me) {
       const Asked asked(me);
       EXPECT_EQ(rsp_reply(me, asked.from, word("hello")), RSP_OK);
       rsp_msg* answer = nullptr;
       const rsp_result result = scarce([&] { return rsp_wait_response(me, &answer, asked.ref, LONG_MS); });
       rsp_msg_free(answer);
       return result;
     }},
    {"reqids_wait_response",
     [](const Attached& me) {
       rsp_reqids* ids = nullptr;
       EXPECT_EQ(rsp_reqids_new(me, &ids), RSP_OK);
       EXPECT_EQ(rsp_reqids_send_request(me, ids, me.pid(), word("x"), NIL), RSP_OK);
       EXPECT_EQ(rsp_reply(me, rsp_msg_from_call(me.receive().get()), word("hello")), RSP_OK);
       rsp_msg* answer = nullptr;
       const rsp_result result =
           scarce([&] { return rsp_reqids_wait_response(me, &answer, nullptr, ids, true, LONG_MS); });
       rsp_msg_free(answer);
       rsp_reqids_free(me, ids);
       return result;
     }},
    {"what_needs_none_of_an_answer",
     [](const Attached& me) {
       const rsp_term both = list_of_words();
       rsp_reqids* ids = nullptr;
       EXPECT_EQ(rsp_reqids_new(me, &ids), RSP_OK);
       EXPECT_EQ(rsp_reqids_send_request(me, ids, me.pid(), word("x"), both), RSP_OK);
       EXPECT_EQ(rsp_reply(me, rsp_msg_from_call(me.receive().get()), both), RSP_OK);
       const Message answer = me.receive();
       rsp_ref ref = {};
       rsp_term label = NIL;
       EXPECT_EQ(scarce([&] {
                   rsp_reqids_to_list(&ref, &label, 1, ids);
                   return rsp_check_response(answer.get(), ref);
                 }),
                 RSP_OK);
       EXPECT_EQ(scarce([&] { return rsp_reqids_get(&label, ids, ref, false); }), RSP_OK);
       rsp_term_free(label);
       const rsp_result result =
           scarce([&] { return rsp_reqids_check_response(&label, ids, answer.get(), true); });
       EXPECT_EQ(result, RSP_OK);
       rsp_term_free(label);
       EXPECT_EQ(rsp_reqids_size(ids), 0u);
       rsp_reqids_free(me, ids);
       rsp_term_free(both);
       return result;
     }},
    {"alive_request", [](const Attached& me) { return ask_idle(me, &rsp_alive_request); }, LATE},
    {"process_info_request", [](const Attached& me) { return ask_idle(me, &rsp_process_info_request); },
     LATE},
    {"suspend_request", [](const Attached& me) { return ask_idle(me, &rsp_suspend_request); }, LATE},
    {"suspend",
     [](const Attached& me) {
       const rsp_pid idle = spawn_idle(me);
       const rsp_result result = scarce([&] { return rsp_suspend(me, idle, LONG_MS); });
       EXPECT_EQ(rsp_resume(me, idle), result == RSP_OK ? RSP_OK : RSP_ENOPROC);
       kill(me, idle);
       return result;
     },
     LATE},
    {"resume",
     [](const Attached& me) {
       const rsp_pid idle = spawn_idle(me);
       EXPECT_EQ(rsp_suspend(me, idle, RSP_INFINITE), RSP_OK);
       const rsp_result result = scarce([&] { return rsp_resume(me, idle); });
       EXPECT_EQ(result, RSP_OK);
       kill(me, idle);
       return result;
     }},
    {"abandon_request",
     [](const Attached& me) {
       const rsp_pid idle = spawn_idle(me);
       rsp_ref ref = {};
       EXPECT_EQ(rsp_send_request(me, &ref, idle, word("x")), RSP_OK);
       const rsp_result result = scarce([&] { return rsp_abandon_request(me, ref); });
       EXPECT_EQ(result, RSP_OK);
       kill(me, idle);
       return result;
     }},
};

INSTANTIATE_TEST_SUITE_P(InEachRequest, OutOfMemory, testing::ValuesIn(SCENARIOS),
                         [](const auto& test) { return test.param.name; });

}  // namespace
#endif
