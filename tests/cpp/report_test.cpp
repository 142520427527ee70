// resprout/report.hpp: where reports go, from which level on, and what they show.
#include <mutex>

#include "tests/cpp/support.hpp"

using namespace cpp_test;

namespace {

/** What the reports say, from here on. */
class Listener {
 public:
  Listener() {
    set_report_sink([heard = heard_](report_level level, const term& report) {
      const std::lock_guard<std::mutex> lock(heard->mutex);
      heard->all.emplace_back(level, report);
      throw Error("a sink that fails");
    });
  }
  ~Listener() {
    set_report_level(report_level::notice);
    set_report_contents({});
    reset_report_sink();
  }
  /** The reports so far, of this kind. */
  std::vector<std::pair<report_level, term>> of(const char* kind) const {
    const std::lock_guard<std::mutex> lock(heard_->mutex);
    std::vector<std::pair<report_level, term>> found;
    for (const auto& one : heard_->all) {
      if (one.second.at("report"_atom) == term(atom(kind))) found.push_back(one);
    }
    return found;
  }

 private:
  struct Heard {
    std::mutex mutex;
    std::vector<std::pair<report_level, term>> all;
  };
  const std::shared_ptr<Heard> heard_ = std::make_shared<Heard>();
};

struct keeper : gen_server<keeper> {
  void handle_cast(const term& word) { throw Exit(word); }
  term format_status() const { return term("what it keeps"); }
};

/** Ends such a server, and waits until it is gone. */
term end_one() {
  const pid one = keeper::start().pid();
  return end_by(one, [&] { cast(one, "secret"); });
}

using Reports = Cpp;

// S-REP-1
TEST_F(Reports, go_to_the_sink_with_their_level) {
  const Listener listener;
  EXPECT_EQ(end_one(), "secret");
  const auto all = listener.of("crash_report");
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].first, report_level::error);
  EXPECT_EQ(all[0].second.at("reason"_atom), "secret");
}

// S-REP-6
TEST_F(Reports, below_the_level_are_not_made) {
  const Listener listener;
  const auto starts = [&] {
    const supervisor_ref tree = supervisor().child(server<keeper>()).start();
    tree.stop();
    return listener.of("progress").size();
  };
  EXPECT_EQ(starts(), 0u);
  set_report_level(report_level::info);
  EXPECT_EQ(starts(), 1u);
  EXPECT_EQ(listener.of("progress")[0].first, report_level::info);
  set_report_level(report_level::none);
  (void)end_one();
  EXPECT_TRUE(listener.of("crash_report").empty());
}

// S-REP-3
TEST_F(Reports, show_contents_where_they_are_asked_to) {
  const Listener listener;
  const auto shown = [&](report_contents contents) {
    set_report_contents(contents);
    (void)end_one();
    return listener.of("server_report").back().second;
  };
  const term nothing = shown({});
  EXPECT_FALSE(nothing.try_at("last_message"_atom).is_ok());
  EXPECT_FALSE(nothing.try_at("state"_atom).is_ok());
  EXPECT_NE(shown({.messages = true}).at("last_message"_atom).to_string().find("secret"), std::string::npos);
  EXPECT_EQ(shown({.states = true}).at("state"_atom), "what it keeps");
}

}  // namespace
