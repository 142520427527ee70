// resprout/gen_event.hpp and event_manager.hpp: event managers and handlers of C++ types.
#include <thread>

#include "tests/cpp/support.hpp"

using namespace cpp_test;

namespace {

/** Counts what it is told; what is left of it is its count. */
struct tally : gen_event<tally> {
  struct total {
    using reply = int;
  };
  struct last {
    using reply = int;
  };
  struct boom {
    using reply = int;
  };
  struct reset {
    using reply = void;
  };
  struct go {
    using reply = void;
  };

  tally() = default;
  explicit tally(int begin, std::atomic<int>* ends = nullptr) : sum(begin), counted(ends) {}
  tally(const tally&) = delete;
  tally& operator=(const tally&) = delete;
  ~tally() {
    if (counted != nullptr) ++*counted;
  }

  void init_swap(const term& left) {
    if (left.kind() == RSP_KIND_INT) sum += left.to<int>();
  }
  event_flow handle_event(const message& event) {
    if (const int* const value = event.native<int>()) {
      sum += *value;
      return event_flow::go_on();
    }
    if (event.content() == "leave"_atom) return event_flow::remove_handler();
    if (event.content() == "rest"_atom) return event_flow::hibernate();
    if (event.content() == "double"_atom) return event_flow::swap_handler("why"_atom, handler<tally>(sum));
    if (event.content() == "raise"_atom) return event_flow::raise(Error("boom"_atom));
    if (event.content() == "throw"_atom) throw Exit("thrown"_atom);
    sum += event.content().to<int>();
    return event_flow::go_on();
  }
  int handle(total) { return sum; }
  event_reply<int> handle(last) { return {sum, event_flow::remove_handler()}; }
  result<int> handle(boom) { return Err{RSP_EINVAL}; }
  void handle(reset) { sum = 0; }
  event_flow handle(go) { return event_flow::remove_handler(); }
  term handle_call(const term& asked) { return term::tuple(asked, sum); }
  void handle_info(const message&) { sum += 1000; }
  int terminate(const term& args) {
    if (args == "throw"_atom) throw Error("stubborn"_atom);
    return sum;
  }
  term format_status() const { return sum; }

  int sum = 0;
  std::atomic<int>* counted = nullptr;
};

/** Is what init makes of it. */
struct picky : gen_event<picky> {
  init_result init(const std::string& how) {
    if (how == "error") return init_result::error("no_thanks"_atom);
    if (how == "stop") return init_result::stop("stopped"_atom);
    if (how == "ignore") return init_result::ignore();
    if (how == "continue") return flow::continue_with("more");
    if (how == "raise") return flow::raise(Error("boom"_atom));
    return flow::hibernate();
  }
  void handle_event(const message&) {}
  void terminate(const term&) {}
};

class Events : public Cpp {};

// S-EVT-2..4, S-EVT-6
TEST_F(Events, go_through_all_handlers) {
  supervisor(one_for_one).child(event_manager_spec().name("sums")).start();
  const event_manager sums("sums");
  sums.add_handler(handler<tally>());
  sums.add_handler(handler<tally>(100).id(2));
  EXPECT_EQ(sums.which_handlers(), term(std::vector<term>{handler_name<tally>(2), handler_name<tally>()}));
  sums.notify(1);
  sums.notify_native(2);
  sums.sync_notify(3);
  sums.sync_notify_native(4);
  EXPECT_EQ(sums.call<tally>(tally::total{}), 10);
  EXPECT_EQ(sums.call<tally>(handler_name<tally>(2), tally::total{}), 110);
  EXPECT_EQ(sums.call(handler_name<tally>(), "sum"_atom), term::tuple("sum"_atom, 10));
  send(sums.pid(), "an info");
  sums.call<tally>(tally::reset{});
  EXPECT_EQ(sums.call<tally>(handler_name<tally>(2), tally::total{}), 1110);
  EXPECT_EQ(sys::get_state(sums.pid()).to_string(),
            term(std::vector<term>{term::tuple(handler_name<tally>(2), 1110),
                                   term::tuple(handler_name<tally>(), 0)})
                .to_string());
  EXPECT_EQ(sums.delete_handler(handler_name<tally>(2), "bye"_atom), term(1110));
  EXPECT_EQ(sums.call<tally>(tally::last{}), 0);
  sums.add_handler(handler<tally>());
  sums.call<tally>(tally::go{});
  EXPECT_EQ(sums.which_handlers(), term(std::vector<term>{}));
}

// S-EVT-5
TEST_F(Events, have_handlers_that_come_in_the_place_of_others) {
  const event_manager sums = event_manager::start_link();
  sums.add_handler(handler<tally>(7));
  sums.swap_handler(handler_name<tally>(), "why"_atom, handler<tally>(10).id("second"_atom));
  EXPECT_EQ(sums.call<tally>(handler_name<tally>("second"_atom), tally::total{}), 17);
  sums.swap_handler(handler_name<tally>(), "why"_atom, handler<tally>(1));  // there is none
  EXPECT_EQ(sums.call<tally>(tally::total{}), 1);
  EXPECT_EQ(sums.delete_handler(handler_name<tally>("second"_atom)), term(17));
  sums.sync_notify(20);
  sums.sync_notify("double"_atom);
  EXPECT_EQ(sums.call<tally>(tally::total{}), 42);
  sums.sync_notify("rest"_atom);
  sums.sync_notify("leave"_atom);
  EXPECT_EQ(sums.which_handlers(), term(std::vector<term>{}));
  unlink(sums.pid());
  stop(sums.pid());
}

// S-EVT-7: a handler that fails goes alone
TEST_F(Events, remove_a_handler_that_fails) {
  const event_manager sums = event_manager::start();
  sums.add_handler(handler<picky>("rest"));
  for (const atom& how : {"raise"_atom, "throw"_atom}) {
    sums.add_handler(handler<tally>());
    sums.sync_notify(how);
    EXPECT_EQ(sums.which_handlers(), term(std::vector<term>{handler_name<picky>()}));
  }
  sums.add_handler(handler<tally>());
  const handler_error failed = thrown_by<handler_error>([&] { sums.call<tally>(tally::boom{}); });
  EXPECT_EQ(failed.code(), RSP_EHANDLER);
  EXPECT_EQ(failed.reason()[0], "EXIT"_atom);
  EXPECT_EQ(thrown_by<handler_error>([&] { sums.call(handler_name<picky>(), "what?"); }).code(),
            RSP_EHANDLER);
  EXPECT_EQ(sums.which_handlers(), term(std::vector<term>{}));
  EXPECT_EQ(thrown_by<handler_error>([&] { sums.call(handler_name<picky>(), "what?"); }).code(),
            RSP_EMISMATCH);
  EXPECT_EQ(thrown_by<handler_error>([&] { sums.delete_handler("nobody"_atom); }).reason(),
            "module_not_found"_atom);
  sums.add_handler(handler<tally>());
  EXPECT_EQ(sums.delete_handler(handler_name<tally>(), "throw"_atom)[0], "EXIT"_atom);
}

// S-EVT-2: and what init says
TEST_F(Events, are_not_added_where_init_says_so) {
  const event_manager sums = event_manager::start();
  const std::pair<const char*, const char*> ways[] = {{"error", "no_thanks"},
                                                      {"stop", "{stop,stopped}"},
                                                      {"ignore", "ignore"},
                                                      {"continue", "{continue,\"more\"}"}};
  for (const auto& way : ways) {
    const char* how = way.first;
    EXPECT_EQ(thrown_by<handler_error>([&] { sums.add_handler(handler<picky>(how)); }).reason().to_string(),
              way.second);
  }
  const handler_error failed = thrown_by<handler_error>([&] { sums.add_handler(handler<picky>("raise")); });
  EXPECT_EQ(failed.reason()[0], "EXIT"_atom);
  EXPECT_EQ(sums.which_handlers(), term(std::vector<term>{}));
}

// S-EVT-8, S-EVT-9
TEST_F(Events, have_handlers_bound_to_who_adds_them) {
  trap_exit(true);
  const event_manager sums = event_manager::start();
  sums.add_sup_handler(handler<tally>(1));
  sums.notify("leave"_atom);
  EXPECT_EQ(receive().content(), term::tuple("gen_event_EXIT"_atom, handler_name<tally>(), "normal"_atom));
  sums.add_handler(handler<tally>(1));
  sums.swap_sup_handler(handler_name<tally>(), {}, handler<tally>(2));
  std::thread([&] {
    const attachment other = attach();
    sums.add_sup_handler(handler<tally>(5).id(1));
  }).join();
  while (sums.which_handlers().size() != 1) {  // until the end of the other is known
  }
  EXPECT_EQ(sums.which_handlers()[0], handler_name<tally>());
  exit(sums.pid(), "kill"_atom);
  EXPECT_EQ(receive([](const message& m) { return m.is_exit(); }).content(), "killed"_atom);
}

// S-EVT-11
TEST_F(Events, have_handlers_that_are_destroyed_once) {
  std::atomic<int> ends{0};
  {
    const event_manager sums = event_manager::start();
    sums.add_handler(handler<tally>(1, &ends).id(1));
    sums.add_handler(handler<tally>(1, &ends).id(2));
    sums.delete_handler(handler_name<tally>(1));
    EXPECT_EQ(ends, 1);
    end_by(sums.pid(), [&] { exit(sums.pid(), "kill"_atom); });
    EXPECT_EQ(ends, 2);
    EXPECT_EQ(thrown_by<call_exit>([&] { sums.sync_notify(1); }).cause(), "noproc"_atom);
    sums.notify(1);  // nobody is no error
  }
  EXPECT_EQ(ends, 2);
}

}  // namespace
