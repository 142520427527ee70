// A child of fork: each call says RSP_EFORKED, whatever the threads that it has not got were in the middle of.
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include "tests/capi/verbs.hpp"

using namespace capi_test;

namespace {

/** Runs `body` in a forked child; true if it returned true there. */
template <class Body>
bool in_child(Body body) {
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // a hang is the test's time limit, and leaves nobody
    _exit(body() ? 0 : 1);
  }
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/** What anybody may read, or change, without asking a process: with arguments that are all right. */
std::vector<std::pair<const char*, std::function<rsp_result()>>> for_anybody(World& w) {
  return {
      {"runtime_start", [] { return rsp_runtime_start(nullptr); }},
      {"runtime_stop", [] { return rsp_runtime_stop(0); }},
      {"runtime_get_stats",
       [] {
         rsp_runtime_stats read = RSP_RUNTIME_STATS_INIT;
         return rsp_runtime_get_stats(&read);
       }},
      {"attach",
       [] {
         rsp_self* self = nullptr;
         return rsp_attach(&self);
       }},
      {"ets_whereis", [&] { return rsp_ets_whereis(&w.ref_out, w.name); }},
      {"ets_info", [&] { return rsp_ets_info(&w.term_out, w.ref); }},
      {"registry_lookup", [&] { return rsp_registry_lookup(&w.term_out, w.registry, NIL); }},
      {"registry_match", [&] { return rsp_registry_match(&w.term_out, w.registry, NIL, NIL); }},
      {"registry_whereis", [&] { return rsp_registry_whereis(&w.pid_out, w.registry, NIL); }},
      {"registry_keys", [&] { return rsp_registry_keys(&w.term_out, w.registry, w.pid); }},
      {"registry_count",
       [&] {
         uint64_t count = 0;
         return rsp_registry_count(&count, w.registry);
       }},
      {"registry_meta", [&] { return rsp_registry_meta(&w.term_out, w.registry, NIL); }},
      {"registry_put_meta", [&] { return rsp_registry_put_meta(w.registry, NIL, NIL); }},
      {"registry_delete_meta", [&] { return rsp_registry_delete_meta(w.registry, NIL); }},
      {"pg_get_members", [&] { return rsp_pg_get_members(&w.term_out, w.scope, NIL); }},
      {"pg_get_local_members", [&] { return rsp_pg_get_local_members(&w.term_out, w.scope, NIL); }},
      {"pg_which_groups", [&] { return rsp_pg_which_groups(&w.term_out, w.scope); }},
      {"partition_whereis", [&] { return rsp_partition_whereis(&w.pid_out, w.partitions, NIL); }},
      {"partition_count",
       [&] {
         uint64_t count = 0;
         return rsp_partition_count(&count, w.partitions);
       }},
  };
}

/** False: says what has not been refused. */
bool is_refused(const char* name, rsp_result result) {
  if (result != RSP_EFORKED) std::fprintf(stderr, "%s: %s\n", name, rsp_result_name(result));
  return result == RSP_EFORKED;
}

/** The calls of verbs.hpp, by the process that the thread was, and by nobody. Made before the fork: another thread of the
 * parent may be in the middle of the allocator, which a sanitizer's does not heed. */
class Calls {
 public:
  explicit Calls(const Attached& me)
      : me_(me), world_(me), by_anybody_(for_anybody(world_)), verbs_(verbs(world_)) {}

  World& world() { return world_; }

  /** In the child. */
  bool are_refused() const {
    bool good = !rsp_runtime_is_running() && rsp_whereis(world_.name) == NO_PID;
    for (const auto& [name, call] : by_anybody_) good = is_refused(name, call()) && good;
    for (const Verb& verb : verbs_) {
      good = is_refused(verb.name, verb.call(me_)) && good;
      if (verb.caller == Caller::ANYBODY) good = is_refused(verb.name, verb.call(nullptr)) && good;
    }
    return is_refused("detach", rsp_detach(me_, NIL)) && good;
  }

 private:
  const Attached& me_;
  World world_;
  const std::vector<std::pair<const char*, std::function<rsp_result()>>> by_anybody_;
  const std::vector<Verb> verbs_;
};

TEST(Fork, refuses_every_call_in_the_child) {
  const Runtime runtime(2);
  const Attached me;
  const Calls calls(me);
  EXPECT_TRUE(in_child([&] { return calls.are_refused(); }));
  EXPECT_EQ(rsp_checkpoint(me), RSP_OK);  // the parent goes on
}

// In the copy of who forks a lock is held for ever that another thread had.
TEST(Fork, refuses_every_call_whatever_other_threads_were_in_the_middle_of) {
  constexpr int FORKS = 50;
  const Runtime runtime(2);
  const Attached me;
  Calls calls(me);
  World& world = calls.world();
  std::atomic<bool> over{false};
  const auto busy = [&] {
    const Attached mine;
    rsp_ref table = {};
    EXPECT_EQ(rsp_ets_new(mine, &table, nullptr), RSP_OK);
    while (!over) {
      EXPECT_EQ(rsp_ets_insert(mine, table, NIL, NIL), RSP_OK);
      EXPECT_EQ(rsp_registry_put_meta(world.registry, NIL, NIL), RSP_OK);
      EXPECT_EQ(rsp_registry_register(mine, nullptr, world.registry, key_of(mine), NIL), RSP_OK);
      EXPECT_EQ(rsp_registry_unregister(mine, world.registry, key_of(mine)), RSP_OK);
      rsp_pid found = NO_PID;
      EXPECT_EQ(rsp_registry_whereis(&found, world.registry, NIL), RSP_OK);
      // Most of the time, so that a fork meets it: what a call by a key would look into first.
      for (int i = 0; i < 100; ++i) EXPECT_EQ(rsp_partition_whereis(&found, world.partitions, NIL), RSP_OK);
    }
  };
  std::thread one(busy);
  std::thread other(busy);
  for (int i = 0; i < FORKS; ++i) EXPECT_TRUE(in_child([&] { return calls.are_refused(); }));
  over = true;
  one.join();
  other.join();
}

TEST(Fork, leaves_the_child_of_a_stopped_runtime_free_to_start_its_own) {
  { const Runtime runtime(2); }
  EXPECT_TRUE(in_child([] {
    if (rsp_runtime_start(nullptr) != RSP_OK) return false;
    rsp_self* self = nullptr;
    if (rsp_attach(&self) != RSP_OK) return false;
    const rsp_pid echo = spawn_echo(self);
    rsp_msg* message = nullptr;
    if (rsp_send(self, echo, NIL) != RSP_OK || rsp_receive(self, &message, nullptr) != RSP_OK) return false;
    rsp_msg_free(message);
    return rsp_detach(self, NIL) == RSP_OK && rsp_runtime_stop(1000) == RSP_OK;
  }));
}

}  // namespace
