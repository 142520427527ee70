// What the tests of native children share: a runtime, this thread as a process, supervisors and calls.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstring>
#include <string>
#include <vector>

#include "resprout/resprout.h"

namespace native_child {

inline rsp_atom atom(const char* text) {
  rsp_atom made = {0};
  EXPECT_EQ(rsp_atom_intern(&made, text, std::strlen(text)), RSP_OK);
  return made;
}

inline rsp_term word(const char* text) { return rsp_term_atom(atom(text)); }

/** The term as text; frees it. */
inline std::string show(rsp_term term) {
  std::array<char, 512> text{};
  EXPECT_EQ(rsp_term_format(text.data(), text.size(), nullptr, term), RSP_OK);
  rsp_term_free(term);
  return text.data();
}

inline rsp_child_spec native(const char* library, const char* symbol, rsp_term args) {
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  child.start.library = library;
  child.start.symbol = symbol;
  child.start.args = args;
  return child;
}

class Test : public ::testing::Test {
 protected:
  void SetUp() override {
    rsp_set_report_sink([](void*, rsp_report_level, rsp_term) {}, nullptr);
    rsp_runtime_opts opts = RSP_RUNTIME_OPTS_INIT;
    opts.workers = 2;
    ASSERT_EQ(rsp_runtime_start(&opts), RSP_OK);
    ASSERT_EQ(rsp_attach(&self_), RSP_OK);
  }

  void TearDown() override {
    EXPECT_EQ(rsp_detach(self_, word("normal")), RSP_OK);
    EXPECT_EQ(rsp_runtime_stop(10000), RSP_OK);
    rsp_set_report_sink(nullptr, nullptr);
  }

  rsp_pid start(const std::vector<rsp_child_spec>& children) {
    rsp_pid supervisor = {};
    rsp_term error = {0, 0};
    EXPECT_EQ(
        rsp_supervisor_start(self_, &supervisor, &error, children.data(), children.size(), nullptr, nullptr),
        RSP_OK);
    EXPECT_EQ(show(error), "nil");
    return supervisor;
  }

  /** The child at this place of the order; no pid while it is restarted. */
  rsp_pid child_of(rsp_pid supervisor, size_t index = 0) {
    rsp_term children = {0, 0};
    rsp_term child = {0, 0};
    rsp_term pid_term = {0, 0};
    rsp_pid pid = {};
    EXPECT_EQ(rsp_supervisor_which_children(self_, &children, supervisor, 10000), RSP_OK);
    EXPECT_EQ(rsp_term_element(&child, children, index), RSP_OK);
    EXPECT_EQ(rsp_term_element(&pid_term, child, 1), RSP_OK);
    if (rsp_term_kind(pid_term) == RSP_KIND_PID) {
      EXPECT_EQ(rsp_term_get_pid(&pid, pid_term), RSP_OK);
    }
    rsp_term_free(children);
    return pid;
  }

  /** The child that took the place of `former`. */
  rsp_pid successor_of(rsp_pid former, rsp_pid supervisor) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (std::chrono::steady_clock::now() < deadline) {
      const rsp_pid pid = child_of(supervisor);
      if (pid.id != 0 && pid.id != former.id) return pid;
    }
    ADD_FAILURE() << "the child did not come back";
    return {};
  }

  /** The answer to a call as text, or the reason why there is none. */
  std::string call(rsp_pid server, rsp_term request) {
    rsp_msg* answer = nullptr;
    rsp_term reason = {0, 0};
    const rsp_result result = rsp_call(self_, &answer, &reason, server, request, 10000);
    if (result != RSP_OK) return show(reason);
    const std::string text = show(rsp_term_copy(rsp_msg_term(answer)));
    rsp_msg_free(answer);
    return text;
  }

  /** What a server of this library and symbol fails with at its start. */
  std::string start_error(const char* library, const char* symbol, rsp_result expected,
                          rsp_term args = {0, 0}) {
    rsp_start_spec spec = RSP_START_SPEC_INIT;
    spec.library = library;
    spec.symbol = symbol;
    spec.args = args;
    rsp_pid pid = {};
    rsp_term error = {0, 0};
    const rsp_result result = rsp_server_start(self_, &pid, nullptr, &error, &spec, nullptr);
    EXPECT_EQ(result, expected) << rsp_result_name(result);
    return show(error);
  }

  rsp_self* self_ = nullptr;
};

}  // namespace native_child
