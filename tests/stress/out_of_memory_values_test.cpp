// Memory runs out in the making of terms, and in what a process keeps for itself: its region, its resources, its limits.
#ifdef RESPROUT_FAULT_INJECTION
#include "resprout/exception.h"
#include "resprout/resource.h"
#include "tests/stress/out_of_memory.hpp"

using namespace capi_test;
using namespace stress;

namespace {

/** What a term is made by. It is written only where it was made. */
rsp_result make(const std::function<rsp_result(rsp_term*)>& verb) {
  rsp_term term = rsp_term_int(7);
  const rsp_result result = scarce([&] { return verb(&term); });
  if (result != RSP_OK) {
    EXPECT_EQ(as_int(term), 7);
  }
  rsp_term_free(term);
  return result;
}

/** In a callback of a process of its own. */
rsp_result in_process(const Attached& me, const std::function<rsp_result(rsp_self*)>& verb) {
  rsp_result result = RSP_OK;
  in_callback(me, [&](rsp_self* self) { result = scarce([&] { return verb(self); }); });
  return result;
}

std::atomic<int> g_released{0};

const Scenario SCENARIOS[] = {
    {"atom_intern",
     [](const Attached&) {
       static int made = 0;
       const std::string text = "an_atom_of_its_own_" + std::to_string(++made);
       rsp_atom made_atom = {0};
       const rsp_result result =
           scarce([&] { return rsp_atom_intern(&made_atom, text.data(), text.size()); });
       EXPECT_EQ(made_atom.id != 0, result == RSP_OK);
       return result;
     }},
    {"term_binary",
     [](const Attached&) {
       const std::string bytes(100, 'b');
       return make([&](rsp_term* out) { return rsp_term_binary(out, bytes.data(), bytes.size()); });
     }},
    {"term_string",
     [](const Attached&) {
       const std::string text(100, 't');
       return make([&](rsp_term* out) { return rsp_term_string(out, text.data(), text.size()); });
     }},
    {"term_ref",
     [](const Attached& me) {
       rsp_ref ref = {};
       EXPECT_EQ(rsp_make_ref(me, &ref), RSP_OK);
       return make([&](rsp_term* out) { return rsp_term_ref(out, ref); });
     }},
    {"term_list",
     [](const Attached&) {
       const rsp_term elements[] = {word("one"), word("two")};
       return make([&](rsp_term* out) { return rsp_term_list(out, elements, 2); });
     }},
    {"term_map",
     [](const Attached&) {
       const rsp_term_pair pairs[] = {{word("one"), rsp_term_int(1)}, {word("two"), rsp_term_int(2)}};
       return make([&](rsp_term* out) { return rsp_term_map(out, pairs, 2); });
     }},
    {"exception_term",
     [](const Attached&) {
       const rsp_term frame = word("one");
       rsp_term frames = NIL;
       EXPECT_EQ(rsp_term_list(&frames, &frame, 1), RSP_OK);
       const rsp_result result = make([&](rsp_term* out) {
         return rsp_exception_term(out, atom("x"), "Scarce", 6, "nothing left", 12, frames);
       });
       rsp_term_free(frames);
       return result;
     }},
    {"region_alloc",
     [](const Attached& me) {
       return in_process(me, [](rsp_self* self) {
         void* block = nullptr;
         rsp_result result = rsp_region_alloc(self, &block, 100);
         if (result == RSP_OK) result = rsp_region_alloc(self, &block, 1'000'000);
         EXPECT_TRUE(result != RSP_OK || block != nullptr);
         return result;
       });
     }},
    {"resource_add",
     [](const Attached& me) {
       g_released = 0;
       const rsp_result result = in_process(me, [](rsp_self* self) {
         return rsp_resource_add(
             self, nullptr, [](void*) { ++g_released; }, nullptr);
       });
       EXPECT_EQ(g_released, result == RSP_OK ? 1 : 0);
       return result;
     }},
    {"limit_mailbox",
     [](const Attached& me) {
       return in_process(
           me, [](rsp_self* self) { return rsp_limit_mailbox(self, 10, 1'000'000, RSP_OVERFLOW_REFUSE); });
     }},
    {"blocking_begin",
     [](const Attached& me) {
       return in_process(me, [](rsp_self* self) {
         const rsp_result result = rsp_blocking_begin(self);
         if (result == RSP_OK) {
           EXPECT_EQ(rsp_blocking_end(self), RSP_OK);
         }
         return result;
       });
     },
     {RSP_ELIMIT}},
    {"lane_post",
     [](const Attached&) {
       const rsp_lane_hooks hooks = {sizeof hooks, [](void*) {}, [](void*) {}, [](void*) { return RSP_OK; },
                                     nullptr};
       rsp_lane* lane = nullptr;
       EXPECT_EQ(rsp_lane_new(&lane, &hooks, false), RSP_OK);
       int runs = 0;
       const auto run = [](void* count) { ++*static_cast<int*>(count); };
       const rsp_result result = scarce([&] { return rsp_lane_post(lane, run, &runs); });
       std::thread serves([&] { EXPECT_EQ(rsp_lane_run(lane), RSP_OK); });
       std::atomic<bool> is_over{false};
       const auto note = [](void* flag) { *static_cast<std::atomic<bool>*>(flag) = true; };
       EXPECT_EQ(rsp_lane_post(lane, note, &is_over), RSP_OK);
       wait_until([&] { return is_over.load(); });
       rsp_lane_stop(lane);
       serves.join();
       EXPECT_EQ(runs, result == RSP_OK ? 1 : 0);
       rsp_lane_free(lane);
       return result;
     }},
};

INSTANTIATE_TEST_SUITE_P(InEachValue, OutOfMemory, testing::ValuesIn(SCENARIOS),
                         [](const auto& test) { return test.param.name; });

}  // namespace
#endif
