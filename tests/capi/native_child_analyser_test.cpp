// The demo's analyser under a supervisor, with this thread as its dispatcher and its recorder.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "tests/capi/native_child.hpp"

namespace {

using native_child::atom;
using native_child::native;
using native_child::show;
using native_child::word;

struct File {
  const char* text;
  const char* figures;  // {Lines,Words,Deepest,Characters} behind the number, or nullptr
  std::string sha256;
};

const File SMALL = {"one (two)\nthree", "2,3,1,14}",
                    "b4911d5a74b4a6af3fdf20a97ad6faf0e1742e287503febf21266b625ef22450"};
const File EMPTY = {"", nullptr, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"};
constexpr size_t LARGE_BYTES = 100000;
const std::string LARGE_SHA256 = "d69e68988157833272305aaf21f453c800346e8a3640db6578e260215542e5d4";

rsp_term owned_binary(const std::string& bytes) {
  rsp_term made = {0, 0};
  EXPECT_EQ(rsp_term_binary(&made, bytes.data(), bytes.size()), RSP_OK);
  return made;
}

/** A tuple that takes over its elements. */
rsp_term owned_tuple(const std::vector<rsp_term>& elements) {
  rsp_term made = {0, 0};
  EXPECT_EQ(rsp_term_tuple(&made, elements.data(), elements.size()), RSP_OK);
  for (const rsp_term element : elements) rsp_term_free(element);
  return made;
}

bool is_tagged(const rsp_msg* msg, void* tag) {
  rsp_term first = {0, 0};
  return rsp_term_element(&first, rsp_msg_term(msg), 0) == RSP_OK &&
         rsp_term_equal(first, word(static_cast<const char*>(tag)));
}

bool is_down(const rsp_msg* msg, void*) { return rsp_msg_get_kind(msg) == RSP_MSG_DOWN; }

class Analyser : public native_child::Test {
 protected:
  void SetUp() override {
    native_child::Test::SetUp();
    directory_ = testing::TempDir() + "resprout_analyser_XXXXXX";
    ASSERT_NE(mkdtemp(directory_.data()), nullptr);
    ASSERT_EQ(rsp_register(self_, atom("test_dispatcher"), rsp_self_pid(self_)), RSP_OK);
  }

  void TearDown() override {
    native_child::Test::TearDown();
    for (const std::string& path : files_) std::remove(path.c_str());
    rmdir(directory_.c_str());
  }

  /** One analyser of place 7 with a buffer of this many bytes. */
  rsp_pid start_analyser(int64_t buffer_bytes = 65536, const char* recorder = "test_dispatcher") {
    const rsp_term args =
        owned_tuple({rsp_term_int(7), rsp_term_int(buffer_bytes), word("test_dispatcher"), word(recorder)});
    const rsp_pid supervisor = start({native(RSP_TEST_ANALYSER, "analyser", args)});
    rsp_term_free(args);
    return supervisor;
  }

  std::string write(const std::string& name, const std::string& text) {
    files_.push_back(directory_ + "/" + name);
    std::ofstream(files_.back(), std::ios::binary) << text;
    return files_.back();
  }

  void give(rsp_pid analyser, int64_t number, const std::string& path, size_t size, const std::string& hex) {
    std::string digest;
    for (size_t i = 0; i < hex.size(); i += 2)
      digest += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    const rsp_term job = owned_tuple({word("analyse"), rsp_term_int(number), owned_binary(path),
                                      rsp_term_int(static_cast<int64_t>(size)), owned_binary(digest)});
    EXPECT_EQ(rsp_cast(self_, analyser, job), RSP_OK);
    rsp_term_free(job);
  }

  void give(rsp_pid analyser, int64_t number, const File& file) {
    give(analyser, number, write(std::to_string(number), file.text), std::strlen(file.text), file.sha256);
  }

  /** The oldest message with this tag; the caller frees it. */
  rsp_msg* receive(const char* tag) {
    rsp_receive_opts opts = RSP_RECEIVE_OPTS_INIT;
    opts.timeout_ms = 10000;
    opts.match = is_tagged;
    opts.match_ctx = const_cast<char*>(tag);
    rsp_msg* msg = nullptr;
    EXPECT_EQ(rsp_receive(self_, &msg, &opts), RSP_OK) << tag;
    return msg;
  }

  std::string text_of(const char* tag) {
    rsp_msg* const msg = receive(tag);
    if (msg == nullptr) return "nothing";
    const std::string text = show(rsp_term_copy(rsp_msg_term(msg)));
    rsp_msg_free(msg);
    return text;
  }

  /** The analyser that introduces itself; `jobs` is what it has to do. */
  rsp_pid newcomer(const char* jobs = "[]") {
    rsp_msg* const msg = receive("here");
    if (msg == nullptr) return {};
    rsp_term pid_term = {0, 0};
    rsp_pid pid = {};
    EXPECT_EQ(rsp_term_element(&pid_term, rsp_msg_term(msg), 2), RSP_OK);
    EXPECT_EQ(rsp_term_get_pid(&pid, pid_term), RSP_OK);
    EXPECT_EQ(show(rsp_term_copy(rsp_msg_term(msg))), "{here,7," + show(pid_term) + "," + jobs + "}");
    rsp_msg_free(msg);
    return pid;
  }

  int64_t time_of(const char* tag) {
    rsp_msg* const msg = receive(tag);
    rsp_term time_term = {0, 0};
    int64_t time = 0;
    EXPECT_EQ(rsp_term_element(&time_term, rsp_msg_term(msg), 3), RSP_OK);
    EXPECT_EQ(rsp_term_get_int(&time, time_term), RSP_OK);
    rsp_msg_free(msg);
    return time;
  }

  /** What the monitored analyser ended with. */
  std::string reason() {
    rsp_receive_opts opts = RSP_RECEIVE_OPTS_INIT;
    opts.timeout_ms = 10000;
    opts.match = is_down;
    rsp_msg* msg = nullptr;
    if (rsp_receive(self_, &msg, &opts) != RSP_OK) return "it lives";
    const std::string text = show(rsp_term_copy(rsp_msg_term(msg)));
    rsp_msg_free(msg);
    return text;
  }

  void watch(rsp_pid pid) {
    rsp_ref ref;
    ASSERT_EQ(rsp_monitor(self_, &ref, pid, nullptr), RSP_OK);
  }

  std::string directory_;
  std::vector<std::string> files_;
};

TEST_F(Analyser, IntroducesItselfAndDoesItsJobsInOrder) {
  start_analyser();
  const rsp_pid analyser = newcomer();
  for (int64_t number = 0; number < 5; ++number) give(analyser, number, SMALL);
  for (int64_t number = 0; number < 5; ++number) {
    EXPECT_EQ(text_of("figures"), "{figures," + std::to_string(number) + "," + SMALL.figures);
  }
}

TEST_F(Analyser, EndsOfAFileItCannotTakeAndTheReasonNamesIt) {
  start_analyser();
  const rsp_pid first = newcomer();
  const int64_t up = time_of("up");
  watch(first);
  give(first, 1, SMALL);
  give(first, 2, EMPTY);
  give(first, 3, SMALL);  // it never gets there
  EXPECT_EQ(text_of("figures").substr(0, 11), "{figures,1,");
  EXPECT_EQ(reason(), "{empty_file,<<\"" + files_[1] + "\">>,0}");
  const int64_t down = time_of("down");
  const rsp_pid second = newcomer();
  const int64_t up_again = time_of("up");
  EXPECT_LT(up, down);
  EXPECT_LT(down, up_again);
  give(second, 3, SMALL);
  EXPECT_EQ(text_of("figures").substr(0, 11), "{figures,3,");
}

TEST_F(Analyser, IsKilledInTheMiddleOfAFileAndAnotherDoesIt) {
  start_analyser(1);  // a step for each byte: the file takes longer than the kill
  const rsp_pid first = newcomer();
  const std::string large = write("large", std::string(LARGE_BYTES, 'x'));
  watch(first);
  give(first, 1, large, LARGE_BYTES, LARGE_SHA256);
  ASSERT_EQ(rsp_exit_signal(self_, first, word("kill")), RSP_OK);
  EXPECT_EQ(reason(), "killed");
  const rsp_pid second = newcomer();
  give(second, 1, large, LARGE_BYTES, LARGE_SHA256);
  EXPECT_EQ(text_of("figures"), "{figures,1,1,1,0,100000}");
}

TEST_F(Analyser, TellsADispatcherThatAsksWhatItHasToDo) {
  start_analyser(1);
  const rsp_pid analyser = newcomer();
  const std::string large = write("large", std::string(LARGE_BYTES, 'x'));
  give(analyser, 5, large, LARGE_BYTES, LARGE_SHA256);
  give(analyser, 6, SMALL);
  ASSERT_EQ(rsp_cast(self_, analyser, word("introduce")), RSP_OK);
  EXPECT_EQ(newcomer("[5,6]").id, analyser.id);
  EXPECT_EQ(text_of("figures").substr(0, 11), "{figures,5,");
  EXPECT_EQ(text_of("figures").substr(0, 11), "{figures,6,");
}

TEST_F(Analyser, OfAnotherFileThanTheListedOneMakesNoFigures) {
  start_analyser();
  const rsp_pid analyser = newcomer();
  watch(analyser);
  give(analyser, 1, write("other", "other"), 5, SMALL.sha256);
  EXPECT_EQ(reason(), "{file_changed,<<\"" + files_[0] + "\">>,0}");
}

TEST_F(Analyser, EndsOfARequestThatIsNone) {
  start_analyser();
  const rsp_pid first = newcomer();
  watch(first);
  ASSERT_EQ(rsp_cast(self_, first, word("hurry")), RSP_OK);
  EXPECT_NE(reason().find("{exception,cpp,"), std::string::npos);
  EXPECT_NE(newcomer().id, first.id);
}

TEST_F(Analyser, IgnoresMessagesOfStrangers) {
  start_analyser();
  const rsp_pid analyser = newcomer();
  ASSERT_EQ(rsp_send(self_, analyser, rsp_term_nil()), RSP_OK);
  give(analyser, 1, SMALL);
  EXPECT_EQ(text_of("figures").substr(0, 11), "{figures,1,");
}

TEST_F(Analyser, WorksWhereNobodyRecords) {
  start_analyser(65536, "nobody_has_this_name");
  give(newcomer(), 1, SMALL);
  EXPECT_EQ(text_of("figures").substr(0, 11), "{figures,1,");
}

TEST_F(Analyser, RefusesArgumentsThatAreNone) {
  EXPECT_NE(start_error(RSP_TEST_ANALYSER, "analyser", RSP_EEXITED).find("{exception,cpp,"),
            std::string::npos);
  const rsp_term args =
      owned_tuple({rsp_term_int(1), rsp_term_int(0), word("test_dispatcher"), word("test_dispatcher")});
  EXPECT_NE(start_error(RSP_TEST_ANALYSER, "analyser", RSP_EEXITED, args).find("buffer"), std::string::npos);
  rsp_term_free(args);
}

}  // namespace
