// Children that are functions of shared libraries, under a supervisor that knows them by path and symbol.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "resprout/api.h"

namespace {

constexpr const char* C_LIBRARY = RSP_TEST_CHILDREN "/libnative_child.so";
constexpr const char* CPP_LIBRARY = RSP_TEST_CHILDREN "/libnative_child_cpp.so";

rsp_term word(const char* text) {
  rsp_atom atom = {0};
  EXPECT_EQ(rsp_atom_intern(&atom, text, std::strlen(text)), RSP_OK);
  return rsp_term_atom(atom);
}

/** The term as text; frees it. */
std::string show(rsp_term term) {
  std::array<char, 512> text{};
  EXPECT_EQ(rsp_term_format(text.data(), text.size(), nullptr, term), RSP_OK);
  rsp_term_free(term);
  return text.data();
}

rsp_child_spec native(const char* library, const char* symbol, rsp_term args) {
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  child.start.library = library;
  child.start.symbol = symbol;
  child.start.args = args;
  return child;
}

std::string run(const std::string& command) {
  std::string output;
  FILE* const pipe = popen(command.c_str(), "r");
  EXPECT_NE(pipe, nullptr);
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) output += static_cast<char>(c);
  EXPECT_EQ(pclose(pipe), 0) << command;
  return output;
}

class NativeChild : public ::testing::Test {
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

TEST_F(NativeChild, StartsAndAnswersCalls) {
  const rsp_pid supervisor = start({native(C_LIBRARY, "counter", rsp_term_int(40))});
  const rsp_pid counter = child_of(supervisor);
  EXPECT_EQ(call(counter, rsp_term_int(1)), "41");
  EXPECT_EQ(call(counter, rsp_term_int(1)), "42");
}

TEST_F(NativeChild, ThatIsKilledComesBackWithItsFirstArguments) {
  const rsp_pid supervisor = start({native(C_LIBRARY, "counter", rsp_term_int(40))});
  const rsp_pid first = child_of(supervisor);
  EXPECT_EQ(call(first, rsp_term_int(2)), "42");
  ASSERT_EQ(rsp_exit_signal(self_, first, word("kill")), RSP_OK);
  const rsp_pid second = successor_of(first, supervisor);
  EXPECT_EQ(call(second, rsp_term_int(1)), "41");
}

TEST_F(NativeChild, ThatFailsInACallComesBackAndTheCallerHearsWhy) {
  const rsp_pid supervisor = start({native(C_LIBRARY, "counter", rsp_term_int(0))});
  const rsp_pid first = child_of(supervisor);
  EXPECT_EQ(call(first, word("broken")).substr(0, 9), "{broken,{");
  EXPECT_EQ(call(successor_of(first, supervisor), rsp_term_int(5)), "5");
}

TEST_F(NativeChild, OfOneLibraryStandsBesideOthersOfIt) {
  const rsp_pid supervisor = start([] {
    std::vector<rsp_child_spec> children(3, native(C_LIBRARY, "counter", rsp_term_int(0)));
    for (size_t i = 0; i < children.size(); ++i) children[i].id = rsp_term_int(static_cast<int64_t>(i));
    return children;
  }());
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(call(child_of(supervisor, i), rsp_term_int(static_cast<int64_t>(i))), std::to_string(i));
  }
}

TEST_F(NativeChild, ThrowsAndItsExceptionIsItsReason) {
  const rsp_pid supervisor = start({native(CPP_LIBRARY, "thrower", {0, 0})});
  const rsp_pid first = child_of(supervisor);
  const std::string reason = call(first, {0, 0});
  EXPECT_NE(reason.find("{exception,cpp,"), std::string::npos) << reason;
  EXPECT_NE(reason.find("no such thing"), std::string::npos) << reason;
  EXPECT_NE(successor_of(first, supervisor).id, 0U);
}

TEST_F(NativeChild, ThatCannotBeLoadedSaysWhichFileAndWhy) {
  const std::string error = start_error("/no/such/library.so", "counter", RSP_ELIBRARY);
  EXPECT_EQ(error.rfind("{library,\"/no/such/library.so\",\"counter\",\"", 0), 0U) << error;
  EXPECT_NE(error.find("cannot open shared object file"), std::string::npos) << error;
}

TEST_F(NativeChild, WhoseSymbolIsMissingSaysWhichAndWhy) {
  const std::string error = start_error(C_LIBRARY, "no_such_child", RSP_ELIBRARY);
  EXPECT_NE(error.find("\"no_such_child\""), std::string::npos) << error;
  EXPECT_NE(error.find("undefined symbol"), std::string::npos) << error;
}

TEST_F(NativeChild, WhoseEntryRefusesOrThrowsOrIsOfAnotherVersionDoesNotStart) {
  EXPECT_NE(start_error(C_LIBRARY, "too_new", RSP_ELIBRARY).find("returned no server type"),
            std::string::npos);
  EXPECT_NE(start_error(C_LIBRARY, "cut_short", RSP_ELIBRARY).find("another version"), std::string::npos);
  EXPECT_NE(start_error(CPP_LIBRARY, "throws_at_once", RSP_ELIBRARY).find("threw"), std::string::npos);
}

TEST_F(NativeChild, WhoseInitFailsSaysWhy) {
  const std::string raised = start_error(C_LIBRARY, "counter", RSP_EEXITED, word("three"));
  EXPECT_EQ(raised.rfind("{three,[", 0), 0U) << raised;
  const std::string thrown = start_error(CPP_LIBRARY, "thrower", RSP_EEXITED, rsp_term_bool(true));
  EXPECT_NE(thrown.find("no start"), std::string::npos) << thrown;
}

TEST_F(NativeChild, ThatCannotBeLoadedFailsTheStartOfItsSupervisor) {
  const std::vector<rsp_child_spec> children = {native(C_LIBRARY, "counter", rsp_term_int(0)),
                                                native("/no/such/library.so", "other", {0, 0})};
  rsp_pid supervisor = {};
  rsp_term error = {0, 0};
  EXPECT_NE(
      rsp_supervisor_start(self_, &supervisor, &error, children.data(), children.size(), nullptr, nullptr),
      RSP_OK);
  const std::string text = show(error);
  EXPECT_NE(text.find("failed_to_start_child"), std::string::npos) << text;
  EXPECT_NE(text.find("/no/such/library.so"), std::string::npos) << text;
}

TEST(NativeChildLibrary, ReferencesNoFunctionOfTheLibrary) {
  for (const char* library : {C_LIBRARY, CPP_LIBRARY}) {
    EXPECT_EQ(run(std::string("nm --dynamic --undefined-only '") + library + "'").find(" rsp_"),
              std::string::npos)
        << library;
    EXPECT_EQ(run(std::string("readelf --dynamic '") + library + "'").find("libresprout"), std::string::npos)
        << library;
  }
}

/** A function of the child's library, called without the runtime. */
template <class Function>
Function function_of_child(const char* name) {
  void* const library = dlopen(C_LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  EXPECT_NE(library, nullptr) << dlerror();
  return reinterpret_cast<Function>(dlsym(library, name));
}

TEST_F(NativeChild, ReceivesATableOfTheFunctionsThatTheProgramCalls) {
  start({native(C_LIBRARY, "counter", rsp_term_int(0))});
  const rsp_api* const table = function_of_child<const rsp_api* (*)()>("table_received")();
  ASSERT_NE(table, nullptr);
  EXPECT_EQ(table->size, sizeof(rsp_api));
#define RSP_EXPECT_SAME(function, member) EXPECT_EQ(table->member, &function);
  RSP_API_MAP(RSP_EXPECT_SAME)
#undef RSP_EXPECT_SAME
}

TEST(ApiTable, SaysHowFarItGoes) {
  rsp_api table = {};
  table.size = sizeof(table);
  EXPECT_TRUE(function_of_child<bool (*)(const rsp_api*)>("knows_where_the_table_ends")(&table));
}

}  // namespace
