// resprout/application.h: what it cannot use, what it holds, and a program that ends with an application. (What applications
// do: tests/conformance/applications.cpp.)
#include "resprout/application.h"

#include "tests/capi/program.hpp"

using namespace capi_test;

namespace {

/** A top of one child, which counts the contexts that were freed: one of the child, one of the application. */
struct Shop {
  explicit Shop(std::string_view name = "shop") {
    child.start.handler = [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_CONTINUE; };
    child.start.ctx = &freed;
    child.start.ctx_free = &count;
    child.id = word("child");
    top.children = &child;
    top.child_count = 1;
    spec.name = atom(name);
    spec.supervisor = &top;
    spec.ctx = &freed;
    spec.ctx_free = &count;
  }
  static void count(void* freed) { ++*static_cast<int*>(freed); }

  int freed = 0;
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  rsp_supervisor_spec top = RSP_SUPERVISOR_SPEC_INIT;
  rsp_application_spec spec = RSP_APPLICATION_SPEC_INIT;
};

// S-APP-1
TEST(Applications, that_are_malformed_are_refused_and_stay_the_callers) {
  Shop shop;
  const Runtime runtime;
  const auto load_with = [&](auto change) {
    rsp_application_spec spec = shop.spec;
    change(spec);
    return rsp_application_load(nullptr, nullptr, &spec);
  };
  const rsp_start_spec start = RSP_START_SPEC_INIT;
  const rsp_atom nobody = {};
  EXPECT_EQ(rsp_application_load(nullptr, nullptr, nullptr), RSP_EINVAL);
  EXPECT_EQ(load_with([](auto& spec) { spec.size = 8; }), RSP_EINVAL);
  EXPECT_EQ(load_with([](auto& spec) { spec.name = rsp_atom{}; }), RSP_EINVAL);
  EXPECT_EQ(load_with([](auto& spec) { spec.name = rsp_atom{UINT32_MAX}; }), RSP_EINVAL);
  EXPECT_EQ(load_with([](auto& spec) { spec.supervisor = nullptr; }), RSP_EINVAL);
  EXPECT_EQ(load_with([&](auto& spec) { spec.start = &start; }), RSP_EINVAL);
  EXPECT_EQ(load_with([&](auto& spec) {
              spec.supervisor = nullptr;
              spec.start = &start;
            }),
            RSP_EINVAL);
  EXPECT_EQ(load_with([](auto& spec) { spec.application_count = 1; }), RSP_EINVAL);
  EXPECT_EQ(load_with([&](auto& spec) {
              spec.applications = &nobody;
              spec.application_count = 1;
            }),
            RSP_EINVAL);
  EXPECT_EQ(shop.freed, 0);
  rsp_term out = NIL;
  for (const rsp_atom bad : {rsp_atom{}, rsp_atom{UINT32_MAX}}) {
    EXPECT_EQ(rsp_application_unload(nullptr, nullptr, bad), RSP_EINVAL);
    EXPECT_EQ(rsp_application_start(nullptr, nullptr, bad, RSP_APPLICATION_TEMPORARY, 0), RSP_EINVAL);
    EXPECT_EQ(rsp_application_ensure_all_started(nullptr, &out, nullptr, bad, RSP_APPLICATION_TEMPORARY, 0),
              RSP_EINVAL);
    EXPECT_EQ(rsp_application_stop(nullptr, nullptr, bad, 0), RSP_EINVAL);
  }
  const auto no_type = static_cast<rsp_application_type>(3);
  EXPECT_EQ(rsp_application_start(nullptr, nullptr, shop.spec.name, no_type, 0), RSP_EINVAL);
  EXPECT_EQ(rsp_application_ensure_all_started(nullptr, nullptr, nullptr, shop.spec.name, no_type, 0),
            RSP_EINVAL);
  EXPECT_EQ(rsp_application_which(nullptr, nullptr), RSP_EINVAL);
  EXPECT_EQ(rsp_application_loaded(nullptr, nullptr), RSP_EINVAL);
}

// S-APP-1
TEST(Applications, give_up_what_they_hold_once) {
  {
    const Runtime runtime;
    Shop wrong;
    wrong.top.opts.period_ms = 0;
    rsp_term error = NIL;
    EXPECT_EQ(rsp_application_load(nullptr, &error, &wrong.spec), RSP_ESPEC);
    EXPECT_EQ(show(error), "{supervisor_data,{invalid_period,0}}");
    rsp_term_free(error);
    EXPECT_EQ(wrong.freed, 2);
    Shop first;
    Shop second;
    EXPECT_EQ(rsp_application_load(nullptr, nullptr, &first.spec), RSP_OK);
    EXPECT_EQ(rsp_application_load(nullptr, nullptr, &second.spec), RSP_EEXITED);
    EXPECT_EQ(second.freed, 2);
    EXPECT_EQ(
        rsp_application_start(nullptr, nullptr, first.spec.name, RSP_APPLICATION_PERMANENT, RSP_INFINITE),
        RSP_OK);
    EXPECT_EQ(rsp_application_stop(nullptr, nullptr, first.spec.name, RSP_INFINITE), RSP_OK);
    EXPECT_EQ(first.freed, 0);
    EXPECT_EQ(rsp_application_unload(nullptr, nullptr, first.spec.name), RSP_OK);
    wait_until([&] { return first.freed == 2; });
  }
  Shop at_the_stop;
  {
    const Runtime runtime;
    EXPECT_EQ(rsp_application_load(nullptr, nullptr, &at_the_stop.spec), RSP_OK);
    EXPECT_EQ(rsp_application_start(nullptr, nullptr, at_the_stop.spec.name, RSP_APPLICATION_PERMANENT,
                                    RSP_INFINITE),
              RSP_OK);
  }
  EXPECT_EQ(at_the_stop.freed, 2);
  Shop nowhere;
  EXPECT_EQ(rsp_application_load(nullptr, nullptr, &nowhere.spec), RSP_ESTOPPED);
  EXPECT_EQ(nowhere.freed, 2);
}

// S-APP-2
TEST(Applications, are_not_waited_for_in_callbacks) {
  Shop shop;
  const Runtime runtime;
  const Attached me;
  EXPECT_EQ(rsp_application_load(me, nullptr, &shop.spec), RSP_OK);
  in_callback(me, [&](rsp_self* self) {
    Shop other("other");
    EXPECT_EQ(rsp_application_load(self, nullptr, &other.spec), RSP_EWOULDBLOCK);
    EXPECT_EQ(other.freed, 2);
    EXPECT_EQ(rsp_application_start(self, nullptr, shop.spec.name, RSP_APPLICATION_TEMPORARY, 0),
              RSP_EWOULDBLOCK);
    rsp_term out = NIL;
    EXPECT_EQ(rsp_application_which(self, &out), RSP_EWOULDBLOCK);
  });
}

rsp_next end_as_told(rsp_self* self, rsp_msg* message, void*) {
  return message == nullptr ? RSP_NEXT_CONTINUE : rsp_exit(self, rsp_msg_term(message));
}

/** An application whose top is a process that ends for the reason that it is sent. */
struct Ending {
  explicit Ending(std::string_view name) {
    start.handler = end_as_told;
    start.name = atom(std::string(name) + "_top");
    spec.name = atom(name);
    spec.start = &start;
  }
  rsp_result run(rsp_application_type type) const {
    const rsp_result loaded = rsp_application_load(nullptr, nullptr, &spec);
    return loaded == RSP_OK ? rsp_application_start(nullptr, nullptr, spec.name, type, RSP_INFINITE) : loaded;
  }
  rsp_result end(rsp_term reason) const { return rsp_send_name(nullptr, start.name, reason); }

  rsp_start_spec start = RSP_START_SPEC_INIT;
  rsp_application_spec spec = RSP_APPLICATION_SPEC_INIT;
};

/** {exit_status, N} */
rsp_term exit_status(int status) {
  rsp_term reason = NIL;
  const rsp_term both[] = {word("exit_status"), rsp_term_int(status)};
  EXPECT_EQ(rsp_term_tuple(&reason, both, 2), RSP_OK);
  return reason;
}

// S-APP-7, S-RUN-2
TEST(Applications, that_are_permanent_end_the_program_for_their_reason) {
  LateOnes quiet;
  Program program({{nullptr, "part"}});
  const Ending shop("shop");
  ASSERT_EQ(shop.run(RSP_APPLICATION_PERMANENT), RSP_OK);
  const rsp_term reason = exit_status(7);
  EXPECT_EQ(shop.end(reason), RSP_OK);
  rsp_term_free(reason);
  program.end();
  EXPECT_EQ(program.result, RSP_OK);
  EXPECT_EQ(program.status, 7);
  EXPECT_EQ(show(program.reason), "{exit_status,7}");
  EXPECT_TRUE(program.notes.has("part is told"));
}

// S-APP-6, S-APP-7
TEST(Applications, that_are_transient_end_the_program_unless_they_end_with_normal) {
  LateOnes quiet;
  Program program({{nullptr, "part"}});
  const Ending calm("calm");
  const Ending shop("shop");
  ASSERT_EQ(calm.run(RSP_APPLICATION_TRANSIENT), RSP_OK);
  ASSERT_EQ(shop.run(RSP_APPLICATION_TRANSIENT), RSP_OK);
  EXPECT_EQ(calm.end(word("normal")), RSP_OK);
  const auto running = [] {
    rsp_term all = NIL;
    EXPECT_EQ(rsp_application_which(nullptr, &all), RSP_OK);
    const std::string shown = show(all);
    rsp_term_free(all);
    return shown;
  };
  wait_until([&] { return running() == "[{shop,transient}]"; });
  EXPECT_FALSE(program.notes.has("part is told"));
  EXPECT_EQ(shop.end(word("shutdown")), RSP_OK);
  program.end();
  EXPECT_EQ(program.status, 1);
  EXPECT_EQ(show(program.reason), "shutdown");
}

}  // namespace
