// Memory runs out in the making of terms and of exceptions, and in what a process keeps for itself: its region, its
// resources, its limits.
#ifdef RESPROUT_FAULT_INJECTION
#include <stdexcept>

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

/** Catches what `body` raises, and makes a reason of it: `whole`, or what is said of it for want of memory. */
rsp_result raise_and_catch(const Attached& me, rsp_body body, std::string_view whole) {
  std::string reason;
  in_callback(me, [&](rsp_self* self) {
    rsp_exception caught = RSP_EXCEPTION_INIT;
    rsp_term made = NIL;
    const rsp_result result = scarce([&] {
      const rsp_result tried = rsp_try(self, &caught, nullptr, body, nullptr, nullptr);
      return tried == RSP_ERAISED ? rsp_exception_reason(&made, &caught) : tried;
    });
    EXPECT_EQ(result, RSP_OK);
    reason = show(made);
    rsp_term_free(made);
    rsp_exception_free(&caught);
  });
  if (reason == whole) return RSP_OK;
  EXPECT_TRUE(reason == "system_limit" || reason == "{system_limit,[]}") << reason;
  return RSP_ENOMEM;
}

std::atomic<int> g_released{0};

std::atomic<int> g_reported_before{0};
std::atomic<int> g_reported{0};
void count_report(void* count, rsp_report_level, rsp_term) { ++*static_cast<std::atomic<int>*>(count); }

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
    {"throw_and_try",
     [](const Attached& me) {
       return raise_and_catch(
           me, [](rsp_self* self, void*) { return rsp_throw(self, word("hello")); }, "{{nocatch,hello},[]}");
     }},
    {"raise_and_try",
     [](const Attached& me) {
       return raise_and_catch(
           me, [](rsp_self* self, void*) { return rsp_raise(self, RSP_CLASS_ERROR, word("hello"), NIL); },
           "{hello,[]}");
     }},
    {"try_of_what_a_body_throws",
     [](const Attached& me) {
       return raise_and_catch(
           me, [](rsp_self*, void*) -> rsp_next { throw std::runtime_error("scarce"); },
           R"({{exception,cpp,"std::runtime_error","scarce"},[]})");
     }},
    {"set_report_sink",
     [](const Attached& me) {
       g_reported_before = 0;
       g_reported = 0;
       rsp_set_report_sink(count_report, &g_reported_before);
       (void)scarce([] {
         rsp_set_report_sink(count_report, &g_reported);
         return RSP_OK;
       });
       const rsp_pid crashes = spawn(me, [](rsp_self* self, rsp_msg*) { return rsp_error(self, word("x")); });
       (void)me.end_by_message(crashes);
       wait_until([] { return g_reported_before + g_reported != 0; });
       rsp_set_report_sink(nullptr, nullptr);
       return g_reported != 0 ? RSP_OK : RSP_ENOMEM;  // then the one before stays
     }},
    {"what_needs_none_of_a_term",
     [](const Attached&) {
       const rsp_term both = list_of_words();
       const rsp_term_pair pair = {both, both};
       rsp_term map = NIL;
       EXPECT_EQ(rsp_term_map(&map, &pair, 1), RSP_OK);
       rsp_term key = NIL;
       rsp_term value = NIL;
       int order = -1;
       size_t length = 0;
       char text[100];
       EXPECT_EQ(scarce([&] { return rsp_term_map_pair(&key, &value, map, 0); }), RSP_OK);
       EXPECT_EQ(scarce([&] { return rsp_term_map_get(&value, map, both); }), RSP_OK);
       EXPECT_EQ(scarce([&] { return rsp_term_compare(&order, key, both); }), RSP_OK);
       EXPECT_EQ(order, 0);
       const rsp_result result = scarce([&] { return rsp_term_format(text, sizeof text, &length, map); });
       EXPECT_EQ(result, RSP_OK);
       rsp_term_free(map);
       rsp_term_free(both);
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
    {"what_needs_none_of_belongings",
     [](const Attached& me) {
       g_released = 0;
       rsp_result result = RSP_OK;
       in_callback(me, [&](rsp_self* self) {
         void* small = nullptr;
         void* large = nullptr;
         rsp_resource resource = {};
         const auto release = [](void*) { ++g_released; };
         EXPECT_EQ(rsp_region_alloc(self, &small, 100), RSP_OK);
         EXPECT_EQ(rsp_region_alloc(self, &large, 1'000'000), RSP_OK);
         EXPECT_EQ(rsp_resource_add(self, &resource, release, nullptr), RSP_OK);
         EXPECT_EQ(scarce([&] { return rsp_region_free(self, small, 100); }), RSP_OK);
         EXPECT_EQ(scarce([&] { return rsp_region_free(self, large, 1'000'000); }), RSP_OK);
         result = scarce([&] { return rsp_resource_remove(self, resource); });
       });
       EXPECT_EQ(result, RSP_OK);
       EXPECT_EQ(g_released, 0);
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
