// resprout/sys.hpp
#include <mutex>
#include <stdexcept>
#include <vector>

#include "tests/cpp/support.hpp"

using namespace cpp_test;

namespace {

/** Counts what it is paid. */
struct till : gen_server<till> {
  struct pay {
    using reply = int;
    int coins;
  };
  int handle(pay paid) { return coins += paid.coins; }
  void handle_info(message&) { ++infos; }
  term format_status() const {
    if (coins < 0) throw std::runtime_error("in debt");
    return term::tuple(coins, infos);
  }

  int coins = 0;
  int infos = 0;
};

struct silent : gen_server<silent> {};

class Sys : public Cpp {};

// S-SYS-2, S-SYS-3
TEST_F(Sys, a_server_says_what_it_is_and_what_its_state_is) {
  const pid plain = server<silent>().start();
  EXPECT_EQ(sys::get_state(plain), term());
  const pid counting = server<till>().name("sys_till").start_link();
  EXPECT_EQ(server_ref<till>(counting).call(till::pay{7}), 7);
  EXPECT_EQ(sys::get_state("sys_till"), term::tuple(7, 0));
  const term status = sys::get_status("sys_till"_atom);
  EXPECT_EQ(status.at("behaviour"_atom), "gen_server"_atom);
  EXPECT_EQ(status.at("pid"_atom), counting);
  EXPECT_EQ(status.at("parent"_atom), self());
  EXPECT_EQ(status.at("state"_atom), term::tuple(7, 0));
  EXPECT_EQ(status.at("trace"_atom), false);
}

// S-SYS-3
TEST_F(Sys, a_format_status_that_throws_says_nothing) {
  const server_ref<till> counting = till::start();
  EXPECT_EQ(counting.call(till::pay{-1}), -1);
  EXPECT_EQ(sys::get_state(counting.pid()), term());
  EXPECT_EQ(counting.call(till::pay{3}), 2);
  EXPECT_EQ(sys::get_state(counting.pid()), term::tuple(2, 0));
}

// S-SYS-1
TEST_F(Sys, no_callback_sees_the_question_and_nobody_is_noproc) {
  const server_ref<till> counting = till::start();
  for (int i = 1; i <= 20; ++i) {
    send(counting.pid(), i);
    EXPECT_EQ(sys::get_state(counting.pid()), term::tuple(0, i));
  }
  EXPECT_EQ(thrown_by<call_exit>([] { (void)sys::get_state("sys_nobody"); }).cause(), "noproc"_atom);
  const pid deaf = spawn([](message&) {});
  EXPECT_EQ(sys::try_get_state(deaf, 20ms).error().code(), RSP_ETIMEDOUT);
  EXPECT_EQ(sys::try_get_status(self()).error().code(), RSP_ECALLINGSELF);
}

std::mutex g_lock;
std::vector<std::string> g_traced;

// S-SYS-7
TEST_F(Sys, a_traced_server_reports_what_it_takes_and_answers) {
  rsp_set_report_sink(
      [](void*, rsp_report_level, rsp_term report) {
        const std::lock_guard guard(g_lock);
        const term map = term::copy_of(report);
        if (map.at("report"_atom) == "trace_report"_atom)
          g_traced.push_back(map.at("event"_atom).to_string());
      },
      nullptr);
  const server_ref<till> counting = till::start();
  sys::trace(counting.pid());
  EXPECT_EQ(sys::get_status(counting.pid()).at("trace"_atom), true);
  EXPECT_EQ(counting.call(till::pay{1}), 1);
  send(counting.pid(), 1);
  sys::trace(counting.pid(), false);
  EXPECT_EQ(counting.call(till::pay{1}), 2);
  const std::lock_guard guard(g_lock);
  EXPECT_EQ(g_traced, (std::vector<std::string>{"call", "reply", "info"}));
}

}  // namespace
