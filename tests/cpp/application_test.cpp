// resprout/application.hpp: applications from C++, their callbacks, and what is said of them.
#include <mutex>
#include <thread>

#include "tests/cpp/support.hpp"

using namespace cpp_test;

namespace {

/** Notes when it was started and stopped; ends for the reason that it is told. */
struct part : gen_server<part> {
  void init(const std::string& called, pid told) {
    name = called;
    teller = told;
    trap_exit(true);
    send(teller, "+" + name);
  }
  void terminate(const term&) { send(teller, "-" + name); }
  struct end {
    term reason;
  };
  void handle_cast(const end& order) { throw Exit(order.reason); }
  std::string name;
  pid teller;
};

/** Fails to start. */
struct broken : gen_server<broken> {
  init_result init() { return init_result::error("no"_atom); }
};

class Applications : public Cpp {
 protected:
  /** The next so many notes, in one text. */
  static std::string notes(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += receive().content().to<std::string>();
    return text;
  }
  /** One part under a supervisor that does not start it again, and callbacks that note. */
  static application noting(const char* name) {
    const pid me = self();
    return application(name)
        .top(supervisor().max_restarts(0, 5s).child<part>(name, name, me))
        .prep_stop([me, name] { send(me, std::string(" prep_stop ") + name); })
        .stop([me, name] { send(me, std::string(" stop ") + name); });
  }
  static std::vector<std::string> names(const std::vector<atom>& of) {
    std::vector<std::string> all;
    for (const atom& each : of) all.push_back(each.to_string());
    return all;
  }
  static std::vector<std::string> running() {
    std::vector<std::string> all;
    for (const application_info& each : which_applications()) all.push_back(each.name.to_string());
    return all;
  }
};

using Names = std::vector<std::string>;

// S-APP-5
TEST_F(Applications, stop_in_order_between_their_callbacks) {
  const application_ref shop = noting("shop").load();
  EXPECT_EQ(shop.name(), "shop"_atom);
  for (int i = 0; i < 2; ++i) {
    shop.start();
    EXPECT_EQ(notes(1), "+shop");
    shop.stop();
    EXPECT_EQ(notes(3), " prep_stop shop-shop stop shop");
    EXPECT_FALSE(whereis("shop"));
  }
  shop.unload();
  EXPECT_TRUE(loaded_applications().empty());
}

// S-APP-4, S-APP-8
TEST_F(Applications, start_after_those_that_they_need) {
  noting("shop").applications({"database", "mail"}).load();
  noting("mail").applications({"log"}).load();
  noting("database").applications({"log"}).load();
  noting("log").load();
  EXPECT_EQ(names(loaded_applications()).size(), 4u);
  const application_ref shop("shop");
  EXPECT_EQ(names(shop.ensure_all_started(application_type::transient)),
            (Names{"log", "database", "mail", "shop"}));
  EXPECT_EQ(notes(4), "+log+database+mail+shop");
  EXPECT_TRUE(shop.ensure_all_started().empty());
  EXPECT_EQ(running(), (Names{"log", "database", "mail", "shop"}));
  for (const application_info& each : which_applications()) EXPECT_EQ(each.type, application_type::transient);
}

// S-APP-3, S-APP-4
TEST_F(Applications, name_what_does_not_run_and_what_did_not_start) {
  const application_ref shop = noting("shop").applications({"before", "database"}).load();
  noting("before").load();
  application("database").top(supervisor().child<broken>("broken")).load();
  EXPECT_EQ(thrown_by<application_error>([&] { shop.start(); }).reason(),
            term::tuple("not_started"_atom, "before"_atom));
  const term why =
      term::tuple("shutdown"_atom, term::tuple("failed_to_start_child"_atom, "broken"_atom, "no"_atom));
  const application_error error = thrown_by<application_error>([&] { shop.ensure_all_started(); });
  EXPECT_EQ(error.code(), RSP_EEXITED);
  EXPECT_EQ(error.reason(), term::tuple("database"_atom, why));
  EXPECT_EQ(error.text(), "the call about an application failed: " + error.reason().to_string());
  EXPECT_EQ(notes(4), "+before prep_stop before-before stop before");
  EXPECT_EQ(thrown_by<application_error>([] { application_ref("database").start(); }).reason(), why);
  EXPECT_TRUE(which_applications().empty());
}

// S-APP-1, S-APP-2, S-APP-5
TEST_F(Applications, refuse_what_cannot_be) {
  const application_ref shop("shop");
  const auto refused = [](const char* word, auto call) {
    return thrown_by<application_error>(call).reason() == term::tuple(atom(word), "shop"_atom);
  };
  EXPECT_TRUE(refused("not_loaded", [&] { shop.start(); }));
  EXPECT_TRUE(refused("not_loaded", [&] { shop.unload(); }));
  EXPECT_TRUE(refused("not_started", [&] { shop.stop(); }));
  EXPECT_EQ(
      noting("keyed").top(server<part>("a", self()).via(registry("rooms"), 1)).try_load().error().code(),
      RSP_EINVAL);
  noting("shop").load();
  EXPECT_TRUE(refused("already_loaded", [] { noting("shop").load(); }));
  shop.start();
  EXPECT_TRUE(refused("already_started", [&] { shop.start(); }));
  EXPECT_TRUE(refused("running", [&] { shop.unload(); }));
  EXPECT_EQ(application("topless").try_load().error().code(), RSP_EINVAL);
  const application twice =
      application("twice").top(supervisor().child<part>("a", "a", self()).child<part>("a", "a", self()));
  const application_error error = thrown_by<application_error>([&] { twice.load(); });
  EXPECT_EQ(error.code(), RSP_ESPEC);
  EXPECT_EQ(error.reason(),
            term::tuple("start_spec"_atom, term::tuple("duplicate_child_name"_atom, "a"_atom)));
}

/** What the reports say, from here on. */
class Reports {
 public:
  Reports() {
    rsp_set_report_sink(
        [](void* to, rsp_report_level, rsp_term report) {
          Reports& reports = *static_cast<Reports*>(to);
          const std::lock_guard<std::mutex> lock(reports.mutex_);
          reports.text_ += term::copy_of(report).to_string();
        },
        this);
  }
  ~Reports() {
    rsp_set_report_sink([](void*, rsp_report_level, rsp_term) {}, nullptr);
  }
  Reports(const Reports&) = delete;
  Reports& operator=(const Reports&) = delete;

  bool say(const std::string& what) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return text_.find(what) != std::string::npos;
  }

 private:
  std::mutex mutex_;
  std::string text_;
};

// S-APP-5
TEST_F(Applications, go_on_stopping_when_a_callback_throws) {
  Reports reports;
  const pid me = self();
  const application_ref shop = noting("shop").prep_stop([] { throw Error("sorry"); }).load();
  shop.start();
  shop.stop();
  EXPECT_EQ(notes(3), "+shop-shop stop shop");
  EXPECT_TRUE(reports.say("{\"sorry\",[]}"));
  shop.unload();
  noting("shop")
      .prep_stop([me]() -> result<void> {
        send(me, "failed ");
        return Err{RSP_EINVAL};
      })
      .load();
  shop.start();
  shop.stop();
  EXPECT_EQ(notes(4), "+shopfailed -shop stop shop");
  EXPECT_TRUE(reports.say("{badarg,[]}"));
}

// S-APP-2
TEST_F(Applications, may_be_one_process) {
  const application_ref shop = application("shop").top(server<part>("part", self()).name("part")).load();
  shop.start();
  EXPECT_TRUE(whereis("part"));
  shop.stop();
  EXPECT_EQ(notes(2), "+part-part");
}

// S-APP-6
TEST_F(Applications, that_are_temporary_leave_the_others_alone) {
  const application_ref shop = noting("shop").load();
  noting("other").load().start(application_type::permanent);
  shop.start();
  EXPECT_EQ(notes(2), "+other+shop");
  server_ref<part>("shop").cast(part::end{"crash"_atom});
  EXPECT_EQ(notes(3), "-shop prep_stop shop stop shop");
  while (running() != Names{"other"}) std::this_thread::yield();  // its master ends after the callbacks
  shop.start(application_type::transient);
  EXPECT_EQ(notes(1), "+shop");
  EXPECT_EQ(running(), (Names{"other", "shop"}));
}

// S-APP-7
TEST_F(Applications, that_are_permanent_take_all_along) {
  noting("database").load().start();
  noting("shop").load().start(application_type::permanent);
  EXPECT_EQ(notes(2), "+database+shop");
  server_ref<part>("shop").cast(part::end{"crash"_atom});
  EXPECT_EQ(notes(3), "-shop prep_stop shop stop shop");
  EXPECT_EQ(notes(3), " prep_stop database-database stop database");
}

/** Is up when it may. */
struct late : gen_server<late> {
  void init(std::atomic<bool>* may) {
    while (!*may) std::this_thread::yield();
  }
};

// S-APP-2, S-APP-4: a start goes on when a call's time is over, unless the call takes it back
TEST_F(Applications, that_are_not_up_in_time_say_so) {
  std::atomic<bool> may{false};
  const application_ref slow = application("slow").top(supervisor().child<late>("late", &may)).load();
  const application_error error =
      thrown_by<application_error>([&] { slow.start(application_type::temporary, 1ms); });
  EXPECT_EQ(error.code(), RSP_ETIMEDOUT);
  EXPECT_EQ(error.reason(), "timeout"_atom);
  may = true;
  (void)slow.ensure_all_started();  // which waits for that start
  EXPECT_EQ(running(), Names{"slow"});
}

// S-APP-1
TEST_F(Applications, give_up_what_their_callbacks_hold) {
  std::atomic<int> alive{0};
  {
    const counted held(alive);
    const application shop = noting("shop").stop([held] {});
    const int before = alive;
    const application_ref loaded = shop.load();
    EXPECT_GT(alive, before);
    EXPECT_TRUE(shop.try_load().is_err());
    loaded.unload();
    while (alive != before) std::this_thread::yield();
  }
  EXPECT_EQ(alive, 0);
}

}  // namespace
