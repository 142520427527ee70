// Starts that are over later than init: rsp_init_ack_later, rsp_init_ack.
#include <atomic>
#include <thread>
#include <vector>

#include "resprout/supervisor.h"
#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

/** What a server of this file does: the words that it is cast, the oldest first. */
struct Notes {
  std::atomic<int> inits{0};
  std::atomic<int> acks{0};
  std::atomic<int> terminated{0};
  std::atomic<int> freed{0};
  std::atomic<bool> was_refused{false};
};

rsp_next take(rsp_self* self, Notes& notes, const std::string& what) {
  if (what == "ack") {
    ++notes.acks;
    EXPECT_EQ(rsp_init_ack(self), RSP_OK);
  } else if (what == "again") {
    EXPECT_EQ(rsp_init_ack(self), RSP_EALREADY);
    notes.was_refused = true;
  } else if (what == "late") {
    EXPECT_EQ(rsp_init_ack_later(self), RSP_EINVAL);
    notes.was_refused = true;
  } else if (what == "raise") {
    return rsp_error(self, word("boom"));
  } else if (what == "exit") {
    return rsp_exit(self, word("shutdown"));
  }
  return RSP_NEXT_CONTINUE;
}

rsp_server_ops made_ops() {
  rsp_server_ops ops = {};
  ops.size = sizeof ops;
  ops.name = "slow";
  ops.init = [](rsp_self* self, void* ctx, rsp_term args, rsp_server_return* ret) {
    Notes& notes = *static_cast<Notes*>(ctx);
    ++notes.inits;
    EXPECT_EQ(rsp_init_ack(self), RSP_EINVAL);
    EXPECT_EQ(rsp_init_ack_later(self), RSP_OK);
    ret->state = ctx;
    if (show(args) == "continue") {
      ret->has_continue = true;
      ret->continue_term = word("ack");
    }
    return RSP_NEXT_CONTINUE;
  };
  ops.handle_cast = [](rsp_self* self, void* state, rsp_msg* msg, rsp_server_return*) {
    return take(self, *static_cast<Notes*>(state), show(rsp_msg_term(msg)));
  };
  ops.handle_continue = [](rsp_self* self, void* state, rsp_term what, rsp_server_return*) {
    return take(self, *static_cast<Notes*>(state), show(what));
  };
  ops.terminate = [](rsp_self* self, void* state, rsp_term) {
    EXPECT_EQ(rsp_init_ack(self), RSP_EINVAL);
    ++static_cast<Notes*>(state)->terminated;
    return RSP_NEXT_CONTINUE;
  };
  ops.free_state = [](void* state) { ++static_cast<Notes*>(state)->freed; };
  return ops;
}

const rsp_server_ops& slow_ops() {
  static const rsp_server_ops made = made_ops();
  return made;
}

/** Casts these to whoever has the name, as soon as somebody has. */
std::thread told(const char* name, std::vector<const char*> words) {
  return std::thread([name, words = std::move(words)] {
    wait_until([&] { return rsp_whereis(atom(name)).id != 0; });
    const rsp_pid pid = rsp_whereis(atom(name));
    for (const char* const what : words) EXPECT_EQ(rsp_cast(nullptr, pid, word(what)), RSP_OK);
  });
}

rsp_start_spec slow(Notes& notes, const char* name, const char* args = "wait") {
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  spec.ops = &slow_ops();
  spec.ctx = &notes;
  spec.name = atom(name);
  spec.args = word(args);
  return spec;
}

// S-START-1, S-START-10
TEST(InitAck, ends_a_start_that_its_init_has_left_open) {
  Notes notes;
  const Runtime runtime{2};
  const rsp_start_spec spec = slow(notes, "slow");
  std::thread teller = told("slow", {"late", "ack", "again"});
  rsp_pid pid = NO_PID;
  EXPECT_EQ(rsp_server_start(nullptr, &pid, nullptr, nullptr, &spec, nullptr), RSP_OK);
  EXPECT_EQ(notes.acks, 1);
  EXPECT_TRUE(notes.was_refused);
  teller.join();
  EXPECT_EQ(rsp_stop(nullptr, nullptr, pid, word("normal"), RSP_INFINITE), RSP_OK);
  EXPECT_EQ(notes.terminated, 1);
  EXPECT_EQ(notes.freed, 1);
}

// S-START-10, S-SRV-17
TEST(InitAck, comes_from_any_callback_behind_init) {
  Notes notes;
  const Runtime runtime{2};
  const rsp_start_spec spec = slow(notes, "slow", "continue");
  rsp_pid pid = NO_PID;
  EXPECT_EQ(rsp_server_start(nullptr, &pid, nullptr, nullptr, &spec, nullptr), RSP_OK);
  EXPECT_EQ(notes.acks, 1);
}

// S-START-3, S-START-10: it ends as the server that it is
TEST(InitAck, does_not_come_from_one_that_ends_before) {
  for (const auto& [deed, reason] : {std::pair{"raise", "{boom,[]}"}, std::pair{"exit", "shutdown"}}) {
    const Runtime runtime{2};
    Notes notes;
    const rsp_start_spec spec = slow(notes, "slow");
    std::thread teller = told("slow", {deed});
    rsp_pid pid = NO_PID;
    rsp_term error = NIL;
    EXPECT_EQ(rsp_server_start(nullptr, &pid, nullptr, &error, &spec, nullptr), RSP_EEXITED);
    EXPECT_EQ(show(error), reason);
    rsp_term_free(error);
    teller.join();
    EXPECT_EQ(notes.terminated, 1);
    EXPECT_EQ(notes.freed, 1);
  }
}

// S-START-4, S-START-10
TEST(InitAck, does_not_come_in_time) {
  Notes notes;
  const Runtime runtime{2};
  const rsp_start_spec spec = slow(notes, "slow");
  rsp_start_opts opts = RSP_START_OPTS_INIT;
  opts.timeout_ms = 1;
  rsp_pid pid = NO_PID;
  EXPECT_EQ(rsp_server_start(nullptr, &pid, nullptr, nullptr, &spec, &opts), RSP_ETIMEDOUT);
  EXPECT_EQ(rsp_whereis(atom("slow")).id, 0u);
  EXPECT_EQ(notes.freed, notes.inits);
}

/** A supervisor of two: the second begins when the first has been acknowledged. */
struct Pair {
  Pair() {
    const rsp_start_spec specs[] = {slow(first, "first"), slow(second, "second", "continue")};
    for (int i = 0; i < 2; ++i) {
      children[i] = RSP_CHILD_SPEC_INIT;
      children[i].id = rsp_term_int(i);
      children[i].start = specs[i];
    }
    opts.strategy = RSP_ONE_FOR_ALL;
  }

  rsp_result start(rsp_pid* out) {
    return rsp_supervisor_start(nullptr, out, nullptr, children, 2, &opts, nullptr);
  }

  Notes first;
  Notes second;
  rsp_child_spec children[2];
  rsp_supervisor_opts opts = RSP_SUPERVISOR_OPTS_INIT;
};

// S-SUP-9, S-START-10: as it starts, and as it restarts
TEST(InitAck, is_what_a_supervisor_waits_for) {
  Pair pair;
  const Runtime runtime{2};
  std::thread teller([&] {
    wait_until([&] { return rsp_whereis(atom("first")).id != 0; });
    EXPECT_EQ(pair.second.inits, 0);
    EXPECT_EQ(rsp_cast(nullptr, rsp_whereis(atom("first")), word("ack")), RSP_OK);
  });
  rsp_pid supervisor = NO_PID;
  EXPECT_EQ(pair.start(&supervisor), RSP_OK);
  teller.join();
  EXPECT_EQ(pair.second.acks, 1);

  const rsp_pid before = rsp_whereis(atom("first"));
  EXPECT_EQ(rsp_exit_signal(nullptr, before, word("kill")), RSP_OK);
  wait_until([&] { return pair.first.inits == 2 && rsp_whereis(atom("first")).id != 0; });
  EXPECT_EQ(pair.second.inits, 1);
  // One that ends now has failed to start, and is tried again.
  EXPECT_EQ(rsp_cast(nullptr, rsp_whereis(atom("first")), word("exit")), RSP_OK);
  wait_until([&] { return pair.first.inits == 3 && rsp_whereis(atom("first")).id != 0; });
  EXPECT_EQ(pair.second.inits, 1);
  EXPECT_EQ(rsp_cast(nullptr, rsp_whereis(atom("first")), word("ack")), RSP_OK);
  wait_until([&] { return pair.second.acks == 2; });
}

// S-STOP, S-START-10
TEST(InitAck, that_never_comes_holds_up_no_stop) {
  Pair pair;
  {
    const Runtime runtime{2};
    std::thread starter([&] {
      rsp_pid supervisor = NO_PID;
      EXPECT_NE(pair.start(&supervisor), RSP_OK);
    });
    wait_until([&] { return pair.first.inits == 1; });
    EXPECT_EQ(rsp_runtime_stop(RSP_INFINITE), RSP_OK);
    starter.join();
  }
  EXPECT_EQ(pair.first.freed, 1);
  EXPECT_EQ(pair.second.inits, 0);
}

// S-START-10
TEST(InitAck, is_said_by_servers_alone) {
  const Runtime runtime{2};
  const Attached me;
  EXPECT_EQ(rsp_init_ack_later(me), RSP_EINVAL);
  EXPECT_EQ(rsp_init_ack(me), RSP_EINVAL);
  EXPECT_EQ(rsp_init_ack(nullptr), RSP_EINVAL);
}

}  // namespace
