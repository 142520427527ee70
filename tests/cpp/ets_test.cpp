// resprout/ets.hpp: tables, through the C++ door.
#include "tests/cpp/support.hpp"

using namespace cpp_test;

namespace {

using Tables = Cpp;

// S-ETS-1, S-ETS-2, S-ETS-4..6, S-ETS-10, S-ETS-11
TEST_F(Tables, hold_values_under_keys) {
  EXPECT_EQ(ets::whereis("visits"), std::nullopt);
  ets_options options;
  options.name = "visits";
  const ets visits = ets::new_(options);
  EXPECT_EQ(ets::try_new_(options).error().code(), RSP_ENAMETAKEN);
  EXPECT_EQ(*ets::whereis("visits"), visits);
  EXPECT_EQ(visits.first(), std::nullopt);
  visits.insert("anna", 1);
  EXPECT_FALSE(visits.insert_new("anna", 2));
  EXPECT_TRUE(visits.insert_new("bob", "often"));
  EXPECT_EQ(*visits.lookup("anna"), 1);
  EXPECT_EQ(visits.lookup("eve"), std::nullopt);
  EXPECT_EQ(visits.update_counter("anna", 4), 5);
  EXPECT_EQ(visits.update_counter("eve", 1, 10), 11);
  EXPECT_EQ(thrown_by<Error>([&] { (void)visits.update_counter("bob"); }).code(), RSP_ETYPE);
  EXPECT_EQ(visits.tab2list().size(), 3u);
  size_t walked = 0;
  for (auto at = visits.first(); at; at = visits.next(at->first)) ++walked;
  EXPECT_EQ(walked, 3u);
  EXPECT_EQ(*visits.take("bob"), "often");
  EXPECT_EQ(visits.take("bob"), std::nullopt);
  visits.delete_key("eve");
  EXPECT_FALSE(visits.member("eve"));
  EXPECT_EQ(visits.info().at("size"_atom), 1);
  const term sent(visits.reference());
  EXPECT_EQ(ets(sent.to<ref>()), visits);
  visits.delete_table();
  EXPECT_EQ(thrown_by<Error>([&] { (void)visits.lookup("anna"); }).code(), RSP_ENOTABLE);
}

// S-ETS-3, S-ETS-7, S-ETS-8
TEST_F(Tables, go_from_owner_to_owner) {
  ets_options options;
  options.heir = self();
  options.heir_data = "left"_atom;
  const pid owner = spawn([options](message& m) {
    const ets table = ets::new_(options);
    table.insert("a", 1);
    send(m.sender(), table.reference());
    return next::go_on();
  });
  send(owner, 1);
  const ets table(receive().content().to<ref>());
  EXPECT_EQ(thrown_by<Error>([&] { table.insert("a", 2); }).code(), RSP_EACCESS);
  EXPECT_EQ(*table.lookup("a"), 1);
  exit(owner, "kill"_atom);
  EXPECT_EQ(receive().content(), term::tuple("ETS-TRANSFER"_atom, table.reference(), owner, "left"_atom));
  table.insert("a", 2);

  const auto [next_owner, watch] = spawn_monitor([](message&) { return next::stop(); });
  table.set_heir(self(), "back"_atom);
  table.give_away(next_owner);
  EXPECT_EQ(receive().content(),
            term::tuple("ETS-TRANSFER"_atom, table.reference(), next_owner, "back"_atom));
  EXPECT_EQ(table.try_give_away(next_owner).error().code(), RSP_ENOPROC);
  EXPECT_EQ(*table.lookup("a"), 2);
}

}  // namespace
