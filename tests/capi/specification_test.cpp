// resprout/server.h, resprout/supervisor.h: malformed specifications. The field is named, and what was handed
// over is freed once.
#include <functional>
#include <vector>

#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

rsp_next nothing(rsp_self*, rsp_msg*, void*) { return RSP_NEXT_CONTINUE; }

class Specifications : public testing::Test {
 protected:
  /** A child that is all right. Its context counts how often it was freed. */
  rsp_child_spec child(std::string_view id) {
    rsp_child_spec spec = RSP_CHILD_SPEC_INIT;
    spec.id = word(id);
    spec.start.handler = nothing;
    spec.start.ctx = &freed_;
    spec.start.ctx_free = [](void* freed) { ++*static_cast<int*>(freed); };
    return spec;
  }

  /** What the start of these children is refused with. */
  std::string error_of(rsp_self* self, const std::vector<rsp_child_spec>& children,
                       const rsp_supervisor_opts* opts = nullptr) {
    rsp_pid pid = NO_PID;
    rsp_term error = NIL;
    EXPECT_EQ(rsp_supervisor_start(self, &pid, &error, children.data(), children.size(), opts, nullptr),
              RSP_ESPEC);
    EXPECT_EQ(pid, NO_PID);
    const std::string text = show(error);
    rsp_term_free(error);
    return text;
  }

  const Runtime runtime_{2};
  const Attached me_;
  int freed_ = 0;
};

struct BadField {
  const char* error;
  std::function<void(rsp_child_spec&)> spoil;
};

// S-SUP-8
TEST_F(Specifications, of_children_are_refused_with_the_field_named) {
  rsp_server_ops no_init = {};
  no_init.size = sizeof no_init;
  no_init.name = "no_init";
  rsp_server_ops bad_defaults = no_init;
  bad_defaults.init = [](rsp_self*, void*, rsp_term, rsp_server_return*) { return RSP_NEXT_CONTINUE; };
  bad_defaults.restart = static_cast<rsp_restart>(9);
  const std::vector<BadField> fields = {
      {"missing_start", [](rsp_child_spec& c) { c.start.handler = nullptr; }},
      {"missing_start", [](rsp_child_spec& c) { c.start.library = "both.so"; }},
      {"missing_start",
       [](rsp_child_spec& c) {
         c.start.handler = nullptr;
         c.start.library = "no_symbol.so";
       }},
      {"missing_start",
       [&](rsp_child_spec& c) {
         c.start.handler = nullptr;
         c.start.ops = &no_init;
       }},
      {"missing_id", [](rsp_child_spec& c) { c.id = NIL; }},
      {"{invalid_restart_type,9}",
       [&](rsp_child_spec& c) {
         c.start.handler = nullptr;
         c.start.ops = &bad_defaults;
       }},
      {"{invalid_restart_type,9}", [](rsp_child_spec& c) { c.restart = static_cast<rsp_restart>(9); }},
      {"{invalid_shutdown,9}", [](rsp_child_spec& c) { c.shutdown = static_cast<rsp_shutdown>(9); }},
      {"{invalid_child_type,9}", [](rsp_child_spec& c) { c.type = static_cast<rsp_child_type>(9); }},
  };
  for (const BadField& field : fields) {
    freed_ = 0;
    std::vector<rsp_child_spec> children = {child("first"), child("spoilt"), child("last")};
    field.spoil(children[1]);
    EXPECT_EQ(error_of(me_, children), std::string("{start_spec,") + field.error + "}");
    EXPECT_EQ(freed_, 3) << field.error;
  }
}

// S-SUP-8
TEST_F(Specifications, of_the_same_id_are_refused) {
  EXPECT_EQ(error_of(me_, {child("twin"), child("other"), child("twin")}),
            "{start_spec,{duplicate_child_name,twin}}");
  EXPECT_EQ(freed_, 3);
}

// S-SUP-8
TEST_F(Specifications, of_supervisors_within_supervisors_are_checked_before_anything_starts) {
  const rsp_child_spec twins[] = {child("twin"), child("twin")};
  rsp_supervisor_spec inner = RSP_SUPERVISOR_SPEC_INIT;
  inner.children = twins;
  inner.child_count = 2;
  rsp_child_spec subtree = RSP_CHILD_SPEC_INIT;
  subtree.id = word("subtree");
  subtree.supervisor = &inner;
  EXPECT_EQ(error_of(me_, {child("first"), subtree}),
            "{start_spec,{start_spec,{duplicate_child_name,twin}}}");
  EXPECT_EQ(freed_, 3);
}

struct BadOption {
  const char* error;
  std::function<void(rsp_supervisor_opts&)> spoil;
};

// S-SUP-2, S-SUP-8
TEST_F(Specifications, of_options_are_refused_with_the_field_named) {
  const std::vector<BadOption> options = {
      {"{invalid_strategy,77}", [](rsp_supervisor_opts& o) { o.strategy = static_cast<rsp_strategy>(77); }},
      {"{invalid_intensity,-1}", [](rsp_supervisor_opts& o) { o.max_restarts = -1; }},
      {"{invalid_period,0}", [](rsp_supervisor_opts& o) { o.period_ms = 0; }},
      {"{invalid_period,-5}", [](rsp_supervisor_opts& o) { o.period_ms = -5; }},
      {"{invalid_auto_shutdown,3}", [](rsp_supervisor_opts& o) { o.auto_shutdown = 3; }},
  };
  for (const BadOption& option : options) {
    freed_ = 0;
    rsp_supervisor_opts opts = RSP_SUPERVISOR_OPTS_INIT;
    option.spoil(opts);
    EXPECT_EQ(error_of(me_, {child("only")}, &opts), std::string("{supervisor_data,") + option.error + "}");
    EXPECT_EQ(freed_, 1) << option.error;
  }
}

// RSP_EINVAL: the caller keeps what it wanted to hand over.
TEST_F(Specifications, that_cannot_be_read_are_left_to_the_caller) {
  rsp_pid pid = NO_PID;
  const rsp_child_spec good = child("only");
  rsp_child_spec bad_size = good;
  bad_size.size = 1;
  EXPECT_EQ(rsp_supervisor_start(me_, &pid, nullptr, &bad_size, 1, nullptr, nullptr), RSP_EINVAL);
  rsp_supervisor_opts opts = RSP_SUPERVISOR_OPTS_INIT;
  opts.size = 3;
  EXPECT_EQ(rsp_supervisor_start(me_, &pid, nullptr, &good, 1, &opts, nullptr), RSP_EINVAL);
  opts = RSP_SUPERVISOR_OPTS_INIT;
  opts.name = {UINT32_MAX};
  EXPECT_EQ(rsp_supervisor_start(me_, &pid, nullptr, &good, 1, &opts, nullptr), RSP_EINVAL);
  rsp_start_opts start_opts = RSP_START_OPTS_INIT;
  start_opts.monitor = true;
  EXPECT_EQ(rsp_supervisor_start(me_, &pid, nullptr, &good, 1, nullptr, &start_opts), RSP_EINVAL);
  rsp_start_spec start = good.start;
  start.args = {200, 0};
  EXPECT_EQ(rsp_server_start(me_, &pid, nullptr, nullptr, &start, nullptr), RSP_EINVAL);
  start = good.start;
  start.name = {UINT32_MAX};
  EXPECT_EQ(rsp_server_start(me_, &pid, nullptr, nullptr, &start, nullptr), RSP_EINVAL);
  start = good.start;
  start.symbol = "and_a_handler";
  EXPECT_EQ(rsp_server_start(me_, &pid, nullptr, nullptr, &start, nullptr), RSP_EINVAL);
  EXPECT_EQ(freed_, 0);
  EXPECT_EQ(pid, NO_PID);
}

// S-SUP-34
TEST_F(Specifications, of_a_child_to_be_added_are_refused_without_asking_the_supervisor) {
  rsp_pid supervisor = NO_PID;
  ASSERT_EQ(rsp_supervisor_start(me_, &supervisor, nullptr, nullptr, 0, nullptr, nullptr), RSP_OK);
  rsp_child_spec spec = child("late");
  spec.restart = static_cast<rsp_restart>(9);
  rsp_pid pid = NO_PID;
  rsp_term error = NIL;
  EXPECT_EQ(rsp_supervisor_start_child(me_, &pid, &error, supervisor, &spec, RSP_INFINITE), RSP_ESPEC);
  EXPECT_EQ(show(error), "{invalid_restart_type,9}");
  rsp_term_free(error);
  EXPECT_EQ(freed_, 1);
  EXPECT_EQ(me_.exit(supervisor, "kill"), "killed");
}

// S-NAME-1
TEST_F(Specifications, with_a_name_that_is_taken_fail_and_say_who_has_it) {
  rsp_start_spec start = child("unused").start;
  start.name = atom("specification_test_taken");
  rsp_pid first = NO_PID;
  ASSERT_EQ(rsp_server_start(me_, &first, nullptr, nullptr, &start, nullptr), RSP_OK);
  rsp_pid second = NO_PID;
  rsp_term error = NIL;
  EXPECT_EQ(rsp_server_start(me_, &second, nullptr, &error, &start, nullptr), RSP_ENAMETAKEN);
  rsp_term holder = NIL;
  EXPECT_EQ(rsp_term_element(&holder, error, 1), RSP_OK) << show(error);
  EXPECT_EQ(as_pid(holder), first);
  rsp_term_free(error);
  EXPECT_EQ(freed_, 1);  // the second's; the first runs
  EXPECT_EQ(me_.exit(first, "kill"), "killed");
}

}  // namespace
