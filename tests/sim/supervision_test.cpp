// Simulated runs of a tree of supervisors whose children, and who themselves, are made to fail at random. Some children are
// started by functions, which fail at each of their steps, and are ended in their middle.
//
//   I8  when all is calm each permanent child lives, or its supervisor has ended and no child of it is left;
//   there are
//       never two of one child; restarts stay within the intensity; children start in order
//   I9  a call gets one reply or one error, at once if the server answers, and no late reply is seen
//   I7  every state is freed once, and everything is given back
#include <gtest/gtest.h>

#include <iterator>

#include "core/env/clock.hpp"
#include "core/env/random.hpp"
#include "core/mem/alloc.hpp"
#include "core/proc/node.hpp"
#include "tests/capi/support.hpp"
#include "tests/support/account.hpp"
#include "tests/support/forked_runs.hpp"

namespace {

using namespace capi_test;

constexpr uint64_t PARTS = 4;  // tests, so that they run side by side
constexpr uint64_t SEEDS_APART = 1'000'000;
constexpr uint64_t FIRST_SEED = 10'000'001;
constexpr uint32_t ROUNDS = 12;
constexpr int64_t MAX_RESTARTS = 3;
constexpr uint64_t CALL_MS = 1;
constexpr uint64_t CALM_MS = 10;

uint32_t below(uint32_t bound) { return static_cast<uint32_t>(rsp::env::random_u64() % bound); }

bool chance(uint32_t one_in) { return below(one_in) == 0; }

enum Request : int64_t { ANSWER, CRASH, END, BE_SILENT, ANSWER_AND_END, REQUESTS };

struct Tree;

struct Child {
  Tree* tree;
  uint32_t index;
  rsp_restart restart;
  rsp_pid pid = NO_PID;
  bool lives = false;
  uint32_t attempts = 0;            // to start it
  rsp_start_return* ret = nullptr;  // of the function that starts it
};

/// What the children refer to. One OS thread: plain memory.
struct Tree {
  Child children[4] = {{this, 0, RSP_RESTART_PERMANENT},
                       {this, 1, RSP_RESTART_TRANSIENT},
                       {this, 2, RSP_RESTART_TEMPORARY},
                       {this, 3, RSP_RESTART_PERMANENT}};  // of the inner supervisor
  rsp_strategy strategy = RSP_ONE_FOR_ONE;
  bool is_up = false;
  bool calm = false;
  rsp_pid starter = NO_PID;  // that runs, or ran, a start function
  rsp_term crash{};
  rsp_term shutdown{};
  rsp_term normal{};
  rsp_term kill{};
};

bool fails_now(const Tree& tree) { return tree.is_up && !tree.calm && chance(8); }

/// In a group what stands behind a child that starts has been stopped, or is not yet up. The inner child has a supervisor
/// of its own, which ends before the next one of its place begins.
void expect_none_after(const Child& child) {
  const Tree& tree = *child.tree;
  if (tree.strategy == RSP_ONE_FOR_ONE || child.index == 3) return;
  for (uint32_t i = child.index + 1; i < std::size(tree.children); ++i)
    EXPECT_FALSE(tree.children[i].lives)
        << "I8: " << i << " lives while " << child.index << " before it starts";
}

rsp_next init(rsp_self* self, void* ctx, rsp_term, rsp_server_return* ret) {
  Child& child = *static_cast<Child*>(ctx);
  Tree& tree = *child.tree;
  EXPECT_FALSE(child.lives) << "I8: two of one child";
  expect_none_after(child);
  if (!tree.is_up) {
    for (uint32_t i = 0; i < child.index; ++i)
      EXPECT_TRUE(tree.children[i].attempts != 0) << "I8: out of order";
  }
  ++child.attempts;
  if (tree.is_up && !tree.calm && chance(6)) {
    if (chance(2)) return rsp_exit(self, tree.crash);
    ret->action = RSP_SERVER_STOP;
    ret->reason = tree.crash;
    return RSP_NEXT_CONTINUE;
  }
  child.lives = true;
  child.pid = rsp_self_pid(self);
  ret->state = &child;
  return RSP_NEXT_CONTINUE;
}

rsp_next handle_call(rsp_self* self, void* state, rsp_msg* msg, rsp_from, rsp_server_return* ret) {
  Child& child = *static_cast<Child*>(state);
  EXPECT_TRUE(child.lives);
  const rsp_term request = rsp_msg_term(msg);
  switch (as_int(request)) {
    case ANSWER:
      ret->action = RSP_SERVER_REPLY;
      ret->reply = request;
      return RSP_NEXT_CONTINUE;
    case CRASH:
      return rsp_exit(self, child.tree->crash);
    case END:
      ret->action = RSP_SERVER_STOP;
      ret->reason = child.tree->normal;
      return RSP_NEXT_CONTINUE;
    case ANSWER_AND_END:
      ret->action = RSP_SERVER_STOP_REPLY;
      ret->reply = request;
      ret->reason = child.tree->normal;
      return RSP_NEXT_CONTINUE;
    default:
      return RSP_NEXT_CONTINUE;  // silent
  }
}

rsp_next terminate(rsp_self* self, void* state, rsp_term) {
  Child& child = *static_cast<Child*>(state);
  // A callback that fails in its turn, or is met by a kill.
  if (chance(4)) return rsp_exit(self, child.tree->crash);
  if (chance(4)) {
    EXPECT_EQ(rsp_exit_signal(nullptr, child.pid, child.tree->kill), RSP_OK);
  }
  return RSP_NEXT_CONTINUE;
}

void free_state(void* state) {
  Child& child = *static_cast<Child*>(state);
  EXPECT_TRUE(child.lives) << "I7: freed twice";
  child.lives = false;
}

constexpr rsp_server_ops OPS = {.size = sizeof(rsp_server_ops),
                                .name = "child",
                                .init = &init,
                                .handle_call = &handle_call,
                                .handle_cast = nullptr,
                                .handle_info = nullptr,
                                .handle_continue = nullptr,
                                .terminate = &terminate,
                                .free_state = &free_state,
                                .restart = RSP_RESTART_DEFAULT,
                                .shutdown = RSP_SHUTDOWN_DEFAULT,
                                .shutdown_ms = 0,
                                .format_status = nullptr,
                                .run = nullptr,
                                .handle_event = nullptr};

/// The last step of a start function: names the child, or fails although it is there.
rsp_next name_child(rsp_self* self, rsp_msg*, void* ctx) {
  Child& child = *static_cast<Child*>(ctx);
  if (fails_now(*child.tree)) return rsp_exit(self, child.tree->crash);
  child.ret->pid = child.pid;
  if (fails_now(*child.tree)) child.ret->action = RSP_START_ERROR;
  if (fails_now(*child.tree)) child.ret->pid = rsp_self_pid(self);
  return RSP_NEXT_CONTINUE;
}

/// The child is up, or not; the function takes another turn, and no time.
rsp_next child_started(rsp_self* self, const rsp_outcome* outcome, void* ctx) {
  Child& child = *static_cast<Child*>(ctx);
  if (outcome->result != RSP_OK) {
    child.ret->action = RSP_START_ERROR;
    child.ret->reason = rsp_term_copy(outcome->error);
    return RSP_NEXT_CONTINUE;
  }
  if (chance(2)) return name_child(self, nullptr, ctx);
  rsp_ref alias;
  if (rsp_alias(self, &alias, RSP_ALIAS_EXPLICIT) != RSP_OK) return RSP_NEXT_CONTINUE;  // it is to end
  return rsp_await(self, alias, 0, &name_child, ctx);
}

rsp_next start_function(rsp_self* self, void* ctx, rsp_term, rsp_start_return* ret) {
  Child& child = *static_cast<Child*>(ctx);
  child.ret = ret;
  child.tree->starter = rsp_self_pid(self);
  if (fails_now(*child.tree)) return rsp_exit(self, child.tree->crash);
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  spec.ops = &OPS;
  spec.ctx = ctx;
  rsp_start_opts opts = RSP_START_OPTS_INIT;
  opts.link = true;
  return rsp_await_start(self, &spec, &opts, &child_started, ctx);
}

constexpr rsp_start_more BY_FUNCTION = {sizeof(rsp_start_more), &start_function, "start_function"};

rsp_child_spec spec_of(Child& child) {
  rsp_child_spec spec = RSP_CHILD_SPEC_INIT;
  spec.id = rsp_term_int(child.index);
  spec.start.ctx = &child;
  if (chance(2)) {
    spec.start.ops = &OPS;
  } else {
    spec.start.more = &BY_FUNCTION;
  }
  spec.restart = child.restart;
  if (chance(3)) spec.shutdown = RSP_SHUTDOWN_BRUTAL_KILL;
  return spec;
}

class Supervision {
 public:
  void run() {
    const uint64_t blocks_before = rsp::mem_live_blocks();
    rsp_set_report_sink([](void*, rsp_report_level, rsp_term) {}, nullptr);
    tree_.crash = word("crash");
    tree_.shutdown = word("shutdown");
    tree_.normal = word("normal");
    tree_.kill = word("kill");
    {
      const Runtime runtime(1 + below(3));
      const Attached self;
      if (self.self() != nullptr) lead(self);
    }
    for (const Child& child : tree_.children) EXPECT_FALSE(child.lives) << "I7";
    EXPECT_EQ(rsp::live_processes(), 0u);
    rsp::test::expect_all_given_back(blocks_before);  // I7
  }

 private:
  void start(rsp_self* self) {
    rsp_child_spec inner = spec_of(tree_.children[3]);
    rsp_supervisor_spec inner_spec = RSP_SUPERVISOR_SPEC_INIT;
    inner_spec.children = &inner;
    inner_spec.child_count = 1;
    rsp_child_spec specs[4] = {spec_of(tree_.children[0]), spec_of(tree_.children[1]),
                               spec_of(tree_.children[2]), RSP_CHILD_SPEC_INIT};
    specs[3].id = word("inner");
    specs[3].supervisor = &inner_spec;
    rsp_supervisor_opts opts = RSP_SUPERVISOR_OPTS_INIT;
    constexpr rsp_strategy STRATEGIES[] = {RSP_ONE_FOR_ONE, RSP_ONE_FOR_ALL, RSP_REST_FOR_ONE};
    tree_.strategy = STRATEGIES[below(std::size(STRATEGIES))];
    opts.strategy = tree_.strategy;
    opts.max_restarts = MAX_RESTARTS;
    rsp_start_opts start_opts = RSP_START_OPTS_INIT;
    start_opts.link = true;
    ASSERT_EQ(rsp_supervisor_start(self, &supervisor_, nullptr, specs, std::size(specs), &opts, &start_opts),
              RSP_OK);
    ASSERT_EQ(rsp_monitor(self, &monitor_, supervisor_, nullptr), RSP_OK);
    tree_.is_up = true;
  }

  void call(rsp_self* self, Child& child) {
    if (child.pid == NO_PID) return;
    const int64_t request = below(REQUESTS);
    rsp_msg* answer = nullptr;
    const rsp_result result = rsp_call(self, &answer, nullptr, child.pid, rsp_term_int(request), CALL_MS);
    if (result == RSP_OK) {
      EXPECT_EQ(as_int(rsp_msg_term(answer)), request) << "I9: somebody else's reply";
      EXPECT_TRUE(request == ANSWER || request == ANSWER_AND_END);
      rsp_msg_free(answer);
    } else {
      EXPECT_TRUE(result == RSP_EEXITED || (result == RSP_ETIMEDOUT && request == BE_SILENT))
          << "I9: " << rsp_result_name(result) << " of request " << request;
    }
  }

  void do_harm(rsp_self* self) {
    Child& child = tree_.children[below(std::size(tree_.children))];
    const rsp_term reasons[] = {tree_.kill, tree_.crash, tree_.shutdown, tree_.normal};
    switch (below(10)) {
      case 0:
      case 1:
        if (child.pid == NO_PID) break;
        EXPECT_EQ(rsp_exit_signal(self, child.pid, reasons[below(std::size(reasons))]), RSP_OK);
        break;
      case 2: {
        if (!chance(8)) break;
        const rsp_term reason = chance(2) ? tree_.kill : tree_.shutdown;
        EXPECT_EQ(rsp_exit_signal(self, supervisor_, reason), RSP_OK);
        break;
      }
      case 3: {
        rsp_term children = NIL;
        const rsp_result result = rsp_supervisor_which_children(self, &children, supervisor_, CALL_MS);
        EXPECT_TRUE(result == RSP_OK || result == RSP_EEXITED) << rsp_result_name(result);
        if (result == RSP_OK) rsp_term_free(children);
        break;
      }
      case 4:
        administer(self);
        break;
      case 5:
        if (tree_.starter == NO_PID) break;
        EXPECT_EQ(rsp_exit_signal(self, tree_.starter, tree_.kill), RSP_OK);
        break;
      default:
        call(self, child);
    }
  }

  /// Stops a child by call, and starts it again. Not in groups, where that is out of order.
  void administer(rsp_self* self) {
    if (tree_.strategy != RSP_ONE_FOR_ONE) return;
    const uint32_t index = below(3);
    const rsp_term id = rsp_term_int(index);
    const rsp_result stopped = rsp_supervisor_terminate_child(self, nullptr, supervisor_, id, CALM_MS);
    EXPECT_TRUE(stopped == RSP_OK || stopped == RSP_EEXITED || stopped == RSP_ETIMEDOUT)
        << rsp_result_name(stopped);
    const bool still_lives = stopped == RSP_OK && tree_.children[index].lives;
    EXPECT_FALSE(still_lives) << "I8: it was stopped";
    rsp_pid pid;
    const rsp_result started = rsp_supervisor_restart_child(self, &pid, nullptr, supervisor_, id, CALM_MS);
    EXPECT_TRUE(started == RSP_OK || started == RSP_EEXITED || started == RSP_ETIMEDOUT)
        << rsp_result_name(started);
    if (stopped != RSP_EEXITED && started != RSP_OK) was_stopped_ = true;
    ++calls_that_start_;
  }

  void hear(const rsp_msg* message) {
    EXPECT_TRUE(rsp_msg_from(message) == supervisor_) << "I9: a late reply";
    if (rsp_msg_get_kind(message) != RSP_MSG_DOWN) return;
    EXPECT_FALSE(ended_);
    ended_ = true;
    // One that was killed takes its children along by their links, at the same time as it tells of its end.
    if (show(rsp_msg_term(message)) == "killed") return;
    for (const Child& child : tree_.children)
      EXPECT_FALSE(child.lives) << "I8: " << child.index << " is left";
  }

  void drain(rsp_self* self, uint64_t patience_ms) {
    for (;;) {
      rsp_receive_opts options = RSP_RECEIVE_OPTS_INIT;
      options.timeout_ms = patience_ms;
      rsp_msg* message = nullptr;
      const rsp_result result = rsp_receive(self, &message, &options);
      if (result != RSP_OK) {
        EXPECT_EQ(result, RSP_ETIMEDOUT);
        return;
      }
      hear(message);
      rsp_msg_free(message);
    }
  }

  void check() {
    const Child& permanent = tree_.children[0];
    const Child& inner = tree_.children[3];
    if (ended_) {
      for (const Child& child : tree_.children)
        EXPECT_FALSE(child.lives) << "I8: " << child.index << " is left";
      return;
    }
    EXPECT_TRUE(permanent.lives || was_stopped_) << "I8: a permanent child is missing";
    EXPECT_TRUE(inner.lives) << "I8: the permanent child of the inner supervisor is missing";
    // An attempt in a group starts each child once at most; starts by call do not count, whether they fail or not.
    const int64_t most = tree_.strategy == RSP_ONE_FOR_ONE ? MAX_RESTARTS : 3 * MAX_RESTARTS;
    int64_t restarts = 0;
    for (uint32_t i = 0; i < 3; ++i) restarts += tree_.children[i].attempts - 1;
    EXPECT_LE(restarts, most + calls_that_start_) << "I8: it should have given up";
    EXPECT_EQ(tree_.children[2].attempts, 1u) << "I8: a temporary child was restarted";
  }

  void lead(rsp_self* self) {
    ASSERT_EQ(rsp_trap_exit(self, nullptr, true), RSP_OK);
    start(self);
    for (uint32_t i = 0; i < ROUNDS; ++i) {
      do_harm(self);
      if (chance(2)) drain(self, below(2));
    }
    tree_.calm = true;
    drain(self, CALM_MS);
    check();
    if (!ended_ && chance(2)) {
      EXPECT_EQ(rsp_exit_signal(self, supervisor_, tree_.shutdown), RSP_OK);
      drain(self, CALM_MS);
      EXPECT_TRUE(ended_);
      check();
    }
  }

  Tree tree_;
  rsp_pid supervisor_ = NO_PID;
  rsp_ref monitor_{};
  bool ended_ = false;
  bool was_stopped_ = false;  // a child, by call, and perhaps not started again
  int64_t calls_that_start_ = 0;
};

class Supervisions : public testing::TestWithParam<uint64_t> {};

// S-SUP-10, S-SUP-16, S-SUP-18, S-SUP-20 to 22, S-SUP-26, S-SUP-46..49, S-SRV-9 to 11
TEST_P(Supervisions, have_their_children_or_are_no_more) {
  rsp::test::run_in_forks({"supervision", FIRST_SEED + GetParam() * SEEDS_APART,
                           rsp::test::RUNS_OF_A_SIMULATION / PARTS, __FILE__, __LINE__},
                          [] { Supervision().run(); });
}

INSTANTIATE_TEST_SUITE_P(part, Supervisions, testing::Range(uint64_t{0}, PARTS));

}  // namespace
