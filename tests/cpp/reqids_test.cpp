// resprout/reqids.hpp: answers to many requests, as they come, through the C++ door.
#include "tests/cpp/support.hpp"

using namespace cpp_test;

namespace {

using Requests = Cpp;

struct doubler : gen_server<doubler> {
  struct twice {
    using reply = int;
    int number;
  };
  reply<int> handle(twice m) {
    if (m.number == 0) throw Exit("zero"_atom);
    if (m.number < 0) return flow::go_on();  // never answered
    return 2 * m.number;
  }
};

// S-SRV-41
TEST_F(Requests, are_answered_under_their_labels) {
  auto asked = reqids<int>::new_();
  EXPECT_FALSE(asked.receive_response());
  const server_ref<doubler> first = doubler::start();
  const server_ref<doubler> second = doubler::start();
  asked.add(first.send_request(doubler::twice{4}), "four");
  const auto fails = second.send_request(doubler::twice{0});
  asked.add(fails, "zero");
  EXPECT_EQ(asked.try_add(fails, "again").error().code(), RSP_EALREADY);
  EXPECT_EQ(asked.size(), 2u);
  int seen = 0;
  while (auto got = asked.receive_response()) {
    ++seen;
    if (got->label == "four") {
      EXPECT_EQ(got->answer.value(), 8);
    } else {
      EXPECT_EQ(got->label, "zero");
      EXPECT_EQ(got->answer.error().reason().element(0), "zero"_atom);
    }
  }
  EXPECT_EQ(seen, 2);
}

// S-SRV-41
TEST_F(Requests, are_listed) {
  auto asked = reqids<int>::new_();
  EXPECT_TRUE(asked.to_list().empty());
  const server_ref<doubler> silent = doubler::start();
  const auto first = silent.send_request(doubler::twice{-1});
  const auto second = silent.send_request(doubler::twice{4});
  asked.add(first, "first");
  asked.add(second, "second");
  const auto all = asked.to_list();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].first.reference(), first.reference());
  EXPECT_EQ(all[0].second, "first");
  EXPECT_EQ(all[1].second, "second");
  EXPECT_EQ(all[1].first.reference(), second.reference());
}

// S-SRV-40, S-SRV-42
TEST_F(Requests, are_kept_or_given_up_when_the_time_is_over) {
  auto asked = reqids<int>::new_();
  const server_ref<doubler> silent = doubler::start();
  asked.add(silent.send_request(doubler::twice{-1}), 1);
  (void)thrown_by<call_timeout>([&] { (void)asked.wait_response(1ms); });
  EXPECT_EQ(asked.size(), 1u);
  (void)thrown_by<call_timeout>([&] { (void)asked.receive_response(1ms); });
  EXPECT_EQ(asked.size(), 0u);

  asked.add(silent.send_request(doubler::twice{5}), "five");
  send(self(), "another");
  message other = receive([](const message& m) { return m.content() == "another"; });
  EXPECT_FALSE(asked.check_response(other));
  message answer = receive();
  const auto got = asked.check_response(answer);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->label, "five");
  EXPECT_EQ(got->answer.value(), 10);
}

}  // namespace
