// Children that are functions of shared libraries, under a supervisor that knows them by path and symbol.
#include "tests/capi/native_child.hpp"

#include <dlfcn.h>

#include <cstdio>

namespace {

using native_child::native;
using native_child::show;
using native_child::word;

constexpr const char* C_LIBRARY = RSP_TEST_CHILDREN "/libnative_child.so";
constexpr const char* CPP_LIBRARY = RSP_TEST_CHILDREN "/libnative_child_cpp.so";

std::string run(const std::string& command) {
  std::string output;
  FILE* const pipe = popen(command.c_str(), "r");
  EXPECT_NE(pipe, nullptr);
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) output += static_cast<char>(c);
  EXPECT_EQ(pclose(pipe), 0) << command;
  return output;
}

using NativeChild = native_child::Test;

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
