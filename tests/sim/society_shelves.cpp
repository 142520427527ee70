// What members put where others find it: tables, and keys of a registry.
#include <algorithm>

#include "tests/sim/society.hpp"
#include "tests/sim/society_words.hpp"

namespace society {

constexpr int64_t KEYS = 5;
constexpr int64_t VALUES_OF_A_KEY = 1000;  // the value says which key it is of

void Society::start_registry() {
  rsp_registry_opts options = RSP_REGISTRY_OPTS_INIT;
  options.name = registry_ = atom("registry");
  EXPECT_EQ(rsp_registry_start(nullptr, &registry_pid_, nullptr, &options, nullptr), RSP_OK);
  has_registry_ = true;
}

void Society::make_table(const Member& member, rsp_self* self) {
  rsp_ets_opts options = RSP_ETS_OPTS_INIT;
  options.access = RSP_ETS_PUBLIC;
  if (chance(2)) options.heir = any().pid;
  rsp_ref ref = {};
  if (!allowed(rsp_ets_new(self, &ref, &options))) return;
  know_ref(ref);
  tables_.push_back({ref, member.number, !(options.heir == NO_PID)});
}

void Society::use_table(const Member& member, rsp_self* self) {
  if (tables_.empty() || chance(4)) make_table(member, self);
  if (tables_.empty()) return;
  const Table table = tables_[below(static_cast<uint32_t>(tables_.size()))];
  for (uint32_t left = below(6); left > 0; --left) {
    const int64_t key = below(KEYS);
    const int64_t value = key * VALUES_OF_A_KEY + below(VALUES_OF_A_KEY);
    rsp_term found = NIL;
    switch (below(4)) {
      case 0:
        if (allowed(rsp_ets_lookup(self, &found, table.ref, rsp_term_int(key)),
                    {RSP_ENOTABLE, RSP_EMISMATCH})) {
          EXPECT_EQ(as_int(found) / VALUES_OF_A_KEY, key) << "I14: the value of another key";
        }
        break;
      case 1:
        allowed(rsp_ets_delete_key(self, table.ref, rsp_term_int(key)), {RSP_ENOTABLE});
        break;
      default:
        allowed(rsp_ets_insert(self, table.ref, rsp_term_int(key), rsp_term_int(value)), {RSP_ENOTABLE});
    }
  }
  if (chance(8)) allowed(rsp_ets_delete(self, table.ref), {RSP_ENOTABLE, RSP_EACCESS});
}

void Society::use_registry(rsp_self* self) {
  const rsp_term key = rsp_term_int(below(KEYS));
  if (chance(3)) {
    allowed(rsp_registry_unregister(self, registry_, key));
  } else {
    allowed(rsp_registry_register(self, nullptr, registry_, key, NIL), {RSP_ENAMETAKEN});
  }
}

void Society::use_shelves(const Member& member, rsp_self* self) {
  if (has_registry_ && chance(2)) {
    use_registry(self);
  } else {
    use_table(member, self);
  }
}

/// Whoever has heard of the end of a member finds none of it.
void Society::expect_empty_shelves(const Member& dead) {
  for (const Table& table : tables_) {
    if (table.owner != dead.number || table.has_heir) continue;
    rsp_term found = NIL;
    const rsp_result result = rsp_ets_info(&found, table.ref);
    EXPECT_TRUE(result == RSP_ENOTABLE || (scarce_ && result == RSP_ENOMEM)) << "I14: a table of the dead";
    if (result == RSP_OK) rsp_term_free(found);
  }
  if (!has_registry_) return;
  for (int64_t key = 0; key < KEYS; ++key) {
    rsp_pid holder = NO_PID;
    EXPECT_EQ(rsp_registry_whereis(&holder, registry_, rsp_term_int(key)), RSP_OK);
    EXPECT_FALSE(holder == dead.pid) << "I14: a key of the dead";
  }
}

/// Among the relations that the information on a process shows: the registry is no member.
int64_t Society::members_in(const std::string& pids) const {
  const int64_t all = std::count(pids.begin(), pids.end(), '<');
  return has_registry_ && pids.find(show(rsp_term_pid(registry_pid_))) != std::string::npos ? all - 1 : all;
}

}  // namespace society
