// Registries under load, and where memory is short.
#include <atomic>

#include "tests/stress/stress.hpp"
#ifdef RESPROUT_FAULT_INJECTION
#include "tests/stress/out_of_memory.hpp"
#endif

using namespace capi_test;
using namespace stress;

namespace {

rsp_pid start_registry(const char* name, rsp_registry_kind keys, const rsp_atom* listener = nullptr) {
  rsp_registry_opts opts = RSP_REGISTRY_OPTS_INIT;
  opts.name = atom(name);
  opts.keys = keys;
  opts.listeners = listener;
  opts.listener_count = listener != nullptr;
  rsp_pid pid = NO_PID;
  EXPECT_EQ(rsp_registry_start(nullptr, &pid, nullptr, &opts, nullptr), RSP_OK);
  return pid;
}

uint64_t count_of(rsp_atom registry) {
  uint64_t count = UINT64_MAX;
  EXPECT_EQ(rsp_registry_count(&count, registry), RSP_OK);
  return count;
}

class RegistryStress : public StressTest {};

/** How many keys the processes below are about. */
constexpr int64_t KEYS = 20;

/** Takes keys until one is another's, gives every second back, and ends, or is ended. */
rsp_next take_keys(rsp_self* self, rsp_msg*, void*) {
  const rsp_atom unique = atom("stress_unique");
  const rsp_atom duplicate = atom("stress_duplicate");
  Random random(rsp_self_pid(self).id);
  for (int i = 0; i < 10; ++i) {
    const rsp_term key = rsp_term_int(static_cast<int64_t>(random.below(KEYS)));
    const rsp_result result = rsp_registry_register(self, nullptr, unique, key, key);
    if (result == RSP_EXITING || rsp_registry_register(self, nullptr, duplicate, key, key) == RSP_EXITING)
      return RSP_NEXT_STOP;
    EXPECT_TRUE(result == RSP_OK || result == RSP_ENAMETAKEN) << rsp_result_name(result);
    if (i % 2 == 0 && rsp_registry_unregister(self, unique, key) == RSP_EXITING) return RSP_NEXT_STOP;
  }
  return random.below(2) == 0 ? RSP_NEXT_STOP : rsp_exit(self, word("shutdown"));
}

// S-REG-2, S-REG-5
TEST_F(RegistryStress, keys_come_and_go_under_the_eyes_of_many_and_none_is_left) {
  start_registry("stress_unique", RSP_REGISTRY_UNIQUE);
  start_registry("stress_duplicate", RSP_REGISTRY_DUPLICATE);
  const rsp_atom unique = atom("stress_unique");
  const rsp_atom duplicate = atom("stress_duplicate");
  const int each = scale(4000);
  std::atomic<bool> over{false};
  std::thread observer([&] {
    while (!over) {
      for (int64_t key = 0; key < KEYS; ++key) {
        rsp_term found = NIL;
        size_t count = 0;
        EXPECT_EQ(rsp_registry_lookup(&found, unique, rsp_term_int(key)), RSP_OK);
        EXPECT_EQ(rsp_term_size(&count, found), RSP_OK);
        EXPECT_LE(count, 1u);
        rsp_term_free(found);
        EXPECT_EQ(rsp_registry_lookup(&found, duplicate, rsp_term_int(key)), RSP_OK);
        rsp_term_free(found);
      }
    }
  });
  in_threads(4, [&](int) {
    const Attached me;
    for (int i = 0; i < each; ++i) {
      rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
      options.start = take_keys;
      rsp_pid pid = NO_PID;
      ASSERT_EQ(rsp_spawn(me, &pid, nullptr, &options, take_keys, nullptr, nullptr), RSP_OK);
      if (i % 3 == 0) {
        ASSERT_EQ(rsp_exit_signal(me, pid, word("kill")), RSP_OK);
      }
      (void)me.end_of(pid);
      rsp_term keys = NIL;
      ASSERT_EQ(rsp_registry_keys(&keys, unique, pid), RSP_OK);
      EXPECT_EQ(show(keys), "[]");
      rsp_term_free(keys);
    }
  });
  over = true;
  observer.join();
  EXPECT_EQ(count_of(unique), 0u);
  EXPECT_EQ(count_of(duplicate), 0u);
}

// S-REG-4, S-REG-9
TEST_F(RegistryStress, one_that_is_killed_again_and_again_takes_its_processes_along_and_begins_anew) {
  const rsp_atom name = atom("stress_killed");
  const int rounds = scale(200);
  const Attached me;
  for (int round = 0; round < rounds; ++round) {
    const rsp_pid registry = start_registry("stress_killed", RSP_REGISTRY_DUPLICATE);
    ASSERT_EQ(count_of(name), 0u);
    std::vector<rsp_pid> holders;
    for (int i = 0; i < 50; ++i) {
      holders.push_back(spawn(
          me,
          [name](rsp_self* self, rsp_msg* message) {
            if (message != nullptr) return RSP_NEXT_CONTINUE;
            for (int64_t key = 0; key < 10; ++key) {
              const rsp_result result = rsp_registry_register(self, nullptr, name, rsp_term_int(key), NIL);
              EXPECT_TRUE(result == RSP_OK || result == RSP_ENONAME || result == RSP_EXITING)
                  << rsp_result_name(result);
              if (result != RSP_OK) return RSP_NEXT_STOP;
            }
            return RSP_NEXT_CONTINUE;
          },
          {.start = true}));
    }
    EXPECT_EQ(me.exit(registry, "kill"), "killed");
    for (const rsp_pid pid : holders) {
      const std::string reason = me.end_of(pid);
      EXPECT_TRUE(reason == "killed" || reason == "normal" || reason == "noproc") << reason;
    }
  }
}

#ifdef RESPROUT_FAULT_INJECTION

/** A registry, and T listening to it and holding other keys there. */
struct Scene {
  explicit Scene(const Attached& me) : me_(me) {
    EXPECT_EQ(rsp_register(me, listener, me.pid()), RSP_OK);
    registry = start_registry("x", RSP_REGISTRY_DUPLICATE, &listener);
    for (int64_t key = 0; key < 3; ++key) EXPECT_EQ(put(rsp_term_int(key)), RSP_OK);
  }
  ~Scene() {
    EXPECT_EQ(rsp_stop(me_, nullptr, registry, word("normal"), RSP_INFINITE), RSP_OK);
    EXPECT_EQ(rsp_unregister(me_, listener), RSP_OK);
    forget(me_);
  }
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  rsp_result put(rsp_term key) const {
    return rsp_registry_register(me_, nullptr, name, key, word("scarce"));
  }

  const Attached& me_;
  const rsp_atom name = atom("x");
  const rsp_atom listener = atom("bored");
  rsp_pid registry = NO_PID;
};

const Scenario SCENARIOS[] = {
    {"registry_start",
     [](const Attached& me) {
       rsp_registry_opts opts = RSP_REGISTRY_OPTS_INIT;
       opts.name = atom("hello");
       opts.listeners = &opts.name;
       opts.listener_count = 1;
       rsp_pid pid = NO_PID;
       rsp_term error = NIL;
       const rsp_result result = scarce([&] { return rsp_registry_start(me, &pid, &error, &opts, nullptr); });
       rsp_term_free(error);
       if (result == RSP_OK) kill(me, pid);
       return result;
     },
     {RSP_EEXITED}},
    {"registry_spec",
     [](const Attached&) {
       const rsp_atom listener = atom("hello");
       rsp_registry_opts opts = RSP_REGISTRY_OPTS_INIT;
       opts.name = atom("x");
       opts.listeners = &listener;
       opts.listener_count = 1;
       rsp_start_spec spec = RSP_START_SPEC_INIT;
       const rsp_result result = scarce([&] { return rsp_registry_spec(&spec, &opts); });
       EXPECT_EQ(spec.ctx != nullptr, result == RSP_OK);
       if (result == RSP_OK) spec.ctx_free(spec.ctx);
       return result;
     }},
    {"registry_register",
     [](const Attached& me) {
       const Scene scene(me);
       const rsp_result result = scarce([&] { return scene.put(word("hello")); });
       uint64_t count = 0;
       EXPECT_EQ(rsp_registry_count(&count, scene.name), RSP_OK);
       EXPECT_EQ(count, result == RSP_OK ? 4u : 3u);
       EXPECT_EQ(rsp_registry_unregister(me, scene.name, word("hello")), RSP_OK);
       return result;
     }},
    {"registry_register_of_a_first_key",
     [](const Attached& me) {
       const rsp_pid registry = start_registry("x", RSP_REGISTRY_UNIQUE);
       const rsp_result result =
           scarce([&] { return rsp_registry_register(me, nullptr, atom("x"), word("hello"), NIL); });
       EXPECT_EQ(count_of(atom("x")), result == RSP_OK ? 1u : 0u);
       EXPECT_EQ(rsp_registry_unregister(me, atom("x"), word("hello")), RSP_OK);
       kill(me, registry);
       return result;
     }},
    {"registry_unregister",
     [](const Attached& me) {
       const Scene scene(me);
       return scarce([&] { return rsp_registry_unregister(me, scene.name, rsp_term_int(1)); });
     }},
    {"registry_lookup_match_and_keys",
     [](const Attached& me) {
       const Scene scene(me);
       rsp_term found = NIL;
       for (int i = 0; i < 20; ++i) EXPECT_EQ(scene.put(word("x")), RSP_OK);
       const rsp_result result = scarce([&] {
         rsp_result last = rsp_registry_lookup(&found, scene.name, word("x"));
         if (last != RSP_OK) return last;
         rsp_term_free(found);
         last = rsp_registry_match(&found, scene.name, word("x"), word("scarce"));
         if (last != RSP_OK) return last;
         rsp_term_free(found);
         return rsp_registry_keys(&found, scene.name, me.pid());
       });
       if (result == RSP_OK) rsp_term_free(found);
       return result;
     }},
    {"registry_put_meta",
     [](const Attached& me) {
       const Scene scene(me);
       EXPECT_EQ(rsp_registry_put_meta(scene.name, word("x"), NIL), RSP_OK);
       return scarce([&] {
         const rsp_result result = rsp_registry_put_meta(scene.name, word("hello"), NIL);
         return result == RSP_OK ? rsp_registry_delete_meta(scene.name, word("x")) : result;
       });
     }},
    {"registry_what_needs_none",
     [](const Attached& me) {
       const rsp_atom name = atom("x");
       const rsp_pid registry = start_registry("x", RSP_REGISTRY_UNIQUE);
       const rsp_term key = list_of_words();
       EXPECT_EQ(rsp_registry_register(me, nullptr, name, key, word("one")), RSP_OK);
       EXPECT_EQ(rsp_registry_put_meta(name, key, word("two")), RSP_OK);
       rsp_term out = NIL;
       rsp_pid pid = NO_PID;
       uint64_t count = 0;
       EXPECT_EQ(scarce([&] { return rsp_registry_update_value(me, &out, name, key, key); }), RSP_OK);
       EXPECT_EQ(show(out), "one");
       EXPECT_EQ(scarce([&] { return rsp_registry_whereis(&pid, name, key); }), RSP_OK);
       EXPECT_EQ(pid, me.pid());
       EXPECT_EQ(scarce([&] { return rsp_registry_count(&count, name); }), RSP_OK);
       EXPECT_EQ(count, 1u);
       const rsp_result result = scarce([&] { return rsp_registry_meta(&out, name, key); });
       EXPECT_EQ(result, RSP_OK);
       EXPECT_EQ(show(out), "two");
       EXPECT_EQ(rsp_registry_unregister(me, name, key), RSP_OK);
       rsp_term_free(key);
       kill(me, registry);
       return result;
     }},
    {"send_via_and_cast_via",
     [](const Attached& me) {
       const rsp_pid registry = start_registry("x", RSP_REGISTRY_UNIQUE);
       EXPECT_EQ(rsp_registry_register(me, nullptr, atom("x"), word("hello"), NIL), RSP_OK);
       const rsp_result result = scarce([&] {
         const rsp_result sent = rsp_send_via(me, atom("x"), word("hello"), word("one"));
         return sent == RSP_OK ? rsp_cast_via(me, atom("x"), word("hello"), word("two")) : sent;
       });
       EXPECT_EQ(rsp_registry_unregister(me, atom("x"), word("hello")), RSP_OK);
       kill(me, registry);
       return result;
     }},
    {"call_via",
     [](const Attached& me) {
       const rsp_pid registry = start_registry("x", RSP_REGISTRY_UNIQUE);
       rsp_msg* reply = nullptr;
       rsp_term reason = NIL;
       const rsp_result result =
           scarce([&] { return rsp_call_via(me, &reply, &reason, atom("x"), word("hello"), NIL, LONG_MS); });
       rsp_term_free(reason);
       kill(me, registry);
       // A call that nobody can answer gets through as noproc.
       return result == RSP_EEXITED ? RSP_OK : result;
     },
     {RSP_ETIMEDOUT}},
};

INSTANTIATE_TEST_SUITE_P(InEachCallOfRegistries, OutOfMemory, testing::ValuesIn(SCENARIOS),
                         [](const auto& test) { return test.param.name; });
#endif

}  // namespace
