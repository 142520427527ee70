// Simulated runs of a tree of supervisors: who leads a run, what he does to it, and what must hold
// (supervision.hpp).
#include "tests/sim/supervision.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "core/env/clock.hpp"
#include "core/env/controlled/sim.hpp"
#include "core/env/sometimes.hpp"
#include "core/mem/alloc.hpp"
#include "core/proc/node.hpp"
#include "tests/support/account.hpp"
#include "tests/support/forked_runs.hpp"

namespace supervision {
namespace {

constexpr uint64_t PARTS = 4;  // tests, so that they run side by side
constexpr uint64_t SEEDS_APART = 1'000'000;
constexpr uint64_t FIRST_SEED = 10'000'001;
constexpr uint32_t ROUNDS = 12;
constexpr uint64_t CALL_MS = 1;
constexpr uint64_t CALM_MS = 50;  // longer than all ends and delays together
constexpr uint64_t MOST_OF_DYNAMIC = 3;
constexpr uint32_t MOST_ALLOCATIONS = 10;  // before one fails
constexpr uint32_t EARLY_ONE_IN[] = {16, 64, 256};

/// The elements of a list of terms, which is lent.
std::vector<rsp_term> elements_of(rsp_term list) {
  size_t size = 0;
  EXPECT_EQ(rsp_term_size(&size, list), RSP_OK);
  std::vector<rsp_term> elements(size);
  for (size_t i = 0; i < size; ++i) EXPECT_EQ(rsp_term_element(&elements[i], list, i), RSP_OK);
  return elements;
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
    dynamic_name_ = atom("dynamic");
    inner_name_ = atom("inner");
    {
      const Runtime runtime(1 + below(3));
      const Attached self;
      if (self.self() != nullptr) lead(self);
      rsp::mem_fail_never();
    }
    for (const Child& child : tree_.children) EXPECT_FALSE(child.lives()) << "I7";
    for (const Child& child : tree_.dynamic) EXPECT_FALSE(child.lives()) << "I7";
    EXPECT_EQ(rsp::live_processes(), 0u);
    rsp::test::expect_all_given_back(blocks_before);  // I7, I11
  }

 private:
  /// Whether a call has succeeded. Any other result must be one that may come of it.
  bool allowed(rsp_result result, std::initializer_list<rsp_result> others) const {
    bool expected = result == RSP_OK || (tree_.scarce && result == RSP_ENOMEM);
    for (const rsp_result other : others) expected |= result == other;
    EXPECT_TRUE(expected) << rsp_result_name(result);
    return result == RSP_OK;
  }

  void start(rsp_self* self) {
    constexpr rsp_strategy STRATEGIES[] = {RSP_ONE_FOR_ONE, RSP_ONE_FOR_ALL, RSP_REST_FOR_ONE};
    constexpr rsp_auto_shutdown SHUTDOWNS[] = {RSP_AUTO_SHUTDOWN_NEVER, RSP_AUTO_SHUTDOWN_ANY_SIGNIFICANT,
                                               RSP_AUTO_SHUTDOWN_ALL_SIGNIFICANT};
    tree_.strategy = STRATEGIES[below(std::size(STRATEGIES))];
    tree_.auto_shutdown = SHUTDOWNS[below(std::size(SHUTDOWNS))];
    rsp_child_spec inner = spec_of(tree_.children[INNER]);
    rsp_supervisor_spec inner_spec = RSP_SUPERVISOR_SPEC_INIT;
    inner_spec.children = &inner;
    inner_spec.child_count = 1;
    inner_spec.opts.name = inner_name_;
    rsp_supervisor_spec dynamic_spec = RSP_SUPERVISOR_SPEC_INIT;
    dynamic_spec.opts.strategy = RSP_DYNAMIC;
    dynamic_spec.opts.name = dynamic_name_;
    dynamic_spec.opts.max_children = MOST_OF_DYNAMIC;
    rsp_child_spec specs[5] = {spec_of(tree_.children[0]), spec_of(tree_.children[1]),
                               spec_of(tree_.children[2]), RSP_CHILD_SPEC_INIT, RSP_CHILD_SPEC_INIT};
    specs[3].id = word("inner");
    specs[3].supervisor = &inner_spec;
    specs[4].id = word("dynamic");
    specs[4].supervisor = &dynamic_spec;
    rsp_supervisor_opts opts = RSP_SUPERVISOR_OPTS_INIT;
    opts.strategy = tree_.strategy;
    opts.auto_shutdown = tree_.auto_shutdown;
    opts.max_restarts = MAX_RESTARTS;
    opts.period_ms = PERIOD_MS;
    rsp_start_opts start_opts = RSP_START_OPTS_INIT;
    start_opts.link = true;
    ASSERT_EQ(rsp_supervisor_start(self, &supervisor_, nullptr, specs, std::size(specs), &opts, &start_opts),
              RSP_OK);
    ASSERT_EQ(rsp_monitor(self, &monitor_, supervisor_, nullptr), RSP_OK);
    tree_.is_up = true;
    tree_.scarce = chance(4);
    tree_.hurried = chance(4);
    if (tree_.hurried) rsp::env::sim::move_time_early(EARLY_ONE_IN[below(std::size(EARLY_ONE_IN))]);
  }

  // ---- Harm ----

  Child& any() {
    const uint32_t index = below(static_cast<uint32_t>(std::size(tree_.children) + tree_.dynamic.size()));
    const uint32_t in_tree = std::size(tree_.children);
    return index < in_tree ? tree_.children[index] : tree_.dynamic[index - in_tree];
  }

  void call(rsp_self* self, const Child& child) {
    if (child.pid == NO_PID) return;
    const int64_t request = below(REQUESTS);
    const uint64_t begun_ns = rsp::env::now_ns();
    rsp_msg* answer = nullptr;
    const rsp_result result = rsp_call(self, &answer, nullptr, child.pid, rsp_term_int(request), CALL_MS);
    if (result == RSP_OK) {
      EXPECT_EQ(as_int(rsp_msg_term(answer)), request) << "I9: somebody else's reply";
      EXPECT_TRUE(request == ANSWER || request == ANSWER_AND_END);
      rsp_msg_free(answer);
      return;
    }
    const bool has_two = child.index == INNER && tree_.has_inner_orphans;  // whose notes are of both
    const bool is_slow = tree_.hurried || has_two || request == BE_SILENT || child.ends_slowly ||
                         child.slow_until_ns > begun_ns;
    const bool expected = result == RSP_EEXITED || (result == RSP_ETIMEDOUT && is_slow) ||
                          (result == RSP_ENOMEM && tree_.scarce);
    EXPECT_TRUE(expected) << "I9: " << rsp_result_name(result) << " of request " << request;
  }

  /// What nobody answers.
  void tell(rsp_self* self, const Child& child) {
    if (child.pid == NO_PID) return;
    const rsp_term request = rsp_term_int(below(REQUESTS));
    allowed(chance(2) ? rsp_cast(self, child.pid, request) : rsp_send(self, child.pid, request), {});
  }

  void do_harm(rsp_self* self) {
    const Child& child = any();
    const rsp_term reasons[] = {tree_.kill, tree_.crash, tree_.shutdown, tree_.normal};
    switch (below(17)) {
      case 0:
      case 1:
        if (child.pid == NO_PID) break;
        allowed(rsp_exit_signal(self, child.pid, reasons[below(std::size(reasons))]), {});
        break;
      case 2: {
        if (!chance(8)) break;
        const bool kills = chance(2);
        tree_.root_killed |= kills;
        is_told_ |= allowed(rsp_exit_signal(self, supervisor_, kills ? tree_.kill : tree_.shutdown), {});
        break;
      }
      case 3: {
        rsp_term children = NIL;
        const rsp_result result = rsp_supervisor_which_children(self, &children, supervisor_, CALL_MS);
        if (allowed(result, {RSP_EEXITED, RSP_ETIMEDOUT})) rsp_term_free(children);
        break;
      }
      case 4:
        administer(self);
        break;
      case 5:
        if (tree_.starter == NO_PID) break;
        allowed(rsp_exit_signal(self, tree_.starter, tree_.kill), {});
        break;
      case 6:
      case 7:
        add_dynamic(self);
        break;
      case 8:
        end_dynamic(self);
        break;
      case 9:
        if (tree_.scarce) rsp::mem_fail_after(1 + below(MOST_ALLOCATIONS));
        break;
      case 10:
        kill_inner(self);
        break;
      case 11:
      case 12:
        tell(self, child);
        break;
      default:
        call(self, child);
    }
  }

  /// The supervisor between the one of the tree and a child: whoever started it starts it again, and its child ends by its
  /// link.
  void kill_inner(rsp_self* self) {
    const rsp_pid inner = rsp_whereis(inner_name_);
    if (inner == NO_PID) return;
    tree_.has_inner_orphans = true;
    if (allowed(rsp_exit_signal(self, inner, tree_.kill), {}))
      RSP_SOMETIMES("a supervisor below another is killed");
  }

  /// Stops a child by call, and starts it again. Not in groups, where that is out of order.
  void administer(rsp_self* self) {
    if (tree_.strategy != RSP_ONE_FOR_ONE) return;
    Child& child = tree_.children[below(INNER)];
    const rsp_term id = rsp_term_int(child.index);
    child.by_call = true;
    const rsp_result stopped = rsp_supervisor_terminate_child(self, nullptr, supervisor_, id, CALM_MS);
    allowed(stopped, {RSP_EEXITED, RSP_ETIMEDOUT});
    EXPECT_TRUE(stopped != RSP_OK || is_gone(child)) << "I8: it was stopped";
    rsp_pid pid;
    const rsp_result started = rsp_supervisor_restart_child(self, &pid, nullptr, supervisor_, id, CALM_MS);
    allowed(started, {RSP_EEXITED, RSP_ETIMEDOUT});
    if (stopped != RSP_EEXITED && started != RSP_OK) was_stopped_ = true;
    ++calls_that_start_;
  }

  void add_dynamic(rsp_self* self) {
    const rsp_pid parent = rsp_whereis(dynamic_name_);
    if (parent == NO_PID) return;
    constexpr rsp_restart RESTARTS[] = {RSP_RESTART_PERMANENT, RSP_RESTART_TRANSIENT, RSP_RESTART_TEMPORARY};
    tree_.dynamic.push_back({&tree_, OF_DYNAMIC, RESTARTS[below(std::size(RESTARTS))]});
    Child& child = tree_.dynamic.back();
    const rsp_child_spec spec = spec_of(child);
    rsp_pid pid = NO_PID;
    const rsp_result result = rsp_supervisor_start_child(self, &pid, nullptr, parent, &spec, CALL_MS);
    if (allowed(result, {RSP_EEXITED, RSP_ETIMEDOUT})) child.parent = parent;
  }

  /// One of its children by call, or the supervisor itself.
  void end_dynamic(rsp_self* self) {
    const rsp_pid parent = rsp_whereis(dynamic_name_);
    if (parent == NO_PID || tree_.dynamic.empty()) return;
    if (chance(4)) {
      tree_.has_orphans = true;
      allowed(rsp_exit_signal(self, parent, tree_.kill), {});
      return;
    }
    Child& child = tree_.dynamic[below(static_cast<uint32_t>(tree_.dynamic.size()))];
    if (child.pid == NO_PID) return;
    child.by_call = true;
    child.is_lost = true;
    const rsp_term pid = rsp_term_pid(child.pid);
    allowed(rsp_supervisor_terminate_child(self, nullptr, parent, pid, CALL_MS),
            {RSP_EEXITED, RSP_ETIMEDOUT});
  }

  void kill_some_of_dynamic(rsp_self* self) {
    for (const Child& child : tree_.dynamic) {
      if (child.lives() && chance(2)) {
        EXPECT_EQ(rsp_exit_signal(self, child.pid, tree_.kill), RSP_OK);
      }
    }
  }

  // ---- What the leader hears, and what must hold ----

  void expect_none_left(bool of_killed) const {
    for (const Child& child : tree_.children) {
      if (child.index == INNER && tree_.has_inner_orphans && !of_killed) continue;
      EXPECT_TRUE(is_gone(child)) << "I8: " << child.index << " is left";
    }
    if (tree_.has_orphans && !of_killed) return;
    for (const Child& child : tree_.dynamic) EXPECT_TRUE(is_gone(child)) << "I8: of the dynamic one, is left";
  }

  int64_t restarts() const {
    int64_t restarts = 0;
    for (uint32_t i = 0; i < INNER; ++i) restarts += tree_.children[i].attempts - 1;
    return restarts;
  }

  void hear(const rsp_msg* message) {
    EXPECT_TRUE(rsp_msg_from(message) == supervisor_) << "I9: a late reply";
    if (rsp_msg_get_kind(message) != RSP_MSG_DOWN) return;
    EXPECT_FALSE(ended_);
    ended_ = true;
    const std::string reason = show(rsp_msg_term(message));
    if (reason == "system_limit") RSP_SOMETIMES("a supervisor ends as memory is short");
    // It takes its children along by their links, at the same time as it tells of its end.
    if (reason == "killed" || (reason == "system_limit" && tree_.scarce)) return;
    if (!is_told_ && restarts() == 0 && tree_.auto_shutdown != RSP_AUTO_SHUTDOWN_NEVER)
      RSP_SOMETIMES("significant children end their supervisor");
    if (!tree_.scarce) expect_none_left(false);
  }

  void drain(rsp_self* self, uint64_t patience_ms) {
    for (;;) {
      rsp_receive_opts options = RSP_RECEIVE_OPTS_INIT;
      options.timeout_ms = patience_ms;
      rsp_msg* message = nullptr;
      const rsp_result result = rsp_receive(self, &message, &options);
      if (!allowed(result, {RSP_ETIMEDOUT})) return;
      hear(message);
      rsp_msg_free(message);
    }
  }

  void check(rsp_self* self) {
    if (ended_) {
      expect_none_left(true);
      return;
    }
    const Child& permanent = tree_.children[0];
    EXPECT_TRUE(permanent.lives() || was_stopped_) << "I8: a permanent child is missing";
    EXPECT_TRUE(tree_.children[INNER].lives())
        << "I8: the permanent child of the inner supervisor is missing";
    // An attempt in a group starts each child once at most; starts by call do not count, whether they fail or
    // not.
    const int64_t most = tree_.strategy == RSP_ONE_FOR_ONE ? MAX_RESTARTS : 3 * MAX_RESTARTS;
    // Where time moves early a run may be longer than the period.
    if (rsp::env::now_ns() - begun_ns_ <= uint64_t{PERIOD_MS} * NS_IN_MS) {
      EXPECT_LE(restarts(), most + calls_that_start_) << "I8: it should have given up";
    }
    EXPECT_EQ(tree_.children[2].attempts, 1u) << "I8: a temporary child was restarted";
    check_significant();
    check_dynamic(self);
  }

  /// One for one, a child that has no process has ended by itself, if no call has stopped it.
  void check_significant() const {
    if (tree_.strategy != RSP_ONE_FOR_ONE || calls_that_start_ != 0) return;
    const bool any = tree_.auto_shutdown == RSP_AUTO_SHUTDOWN_ANY_SIGNIFICANT;
    uint32_t significant = 0;
    uint32_t ended = 0;
    for (uint32_t i = 0; i < INNER; ++i) {
      if (!tree_.children[i].significant) continue;
      ++significant;
      if (!tree_.children[i].lives()) ++ended;
    }
    EXPECT_FALSE(ended != 0 && (any || ended == significant))
        << "I8: significant children have ended, and the supervisor has not";
  }

  /// The dynamic supervisor lists those of its children that live, and has started again those that it has
  /// to.
  void check_dynamic(rsp_self* self) {
    const rsp_pid dynamic = rsp_whereis(dynamic_name_);
    ASSERT_FALSE(dynamic == NO_PID) << "I8: the dynamic supervisor is missing";
    rsp_term children = NIL;
    ASSERT_EQ(rsp_supervisor_which_children(self, &children, dynamic, CALM_MS), RSP_OK);
    const std::vector<rsp_term> rows = elements_of(children);
    EXPECT_LE(rows.size(), MOST_OF_DYNAMIC);
    std::vector<rsp_pid> listed;
    for (const rsp_term row : rows) listed.push_back(as_pid(elements_of(row)[1]));
    rsp_term_free(children);
    size_t living = 0;
    for (const Child& child : tree_.dynamic) {
      const bool is_listed = std::find(listed.begin(), listed.end(), child.pid) != listed.end();
      EXPECT_EQ(child.lives(), is_listed)
          << "I8: a child of the dynamic supervisor that it does not know, or a dead one";
      if (child.lives()) ++living;
      if (child.restart == RSP_RESTART_PERMANENT && child.parent == dynamic && !child.is_lost) {
        EXPECT_TRUE(child.lives()) << "I8: a permanent child of the dynamic supervisor is missing";
      }
      if (child.restart == RSP_RESTART_TEMPORARY) {
        EXPECT_LE(child.attempts, 1u) << "I8: a temporary child was restarted";
      }
    }
    EXPECT_EQ(listed.size(), living);
  }

  void lead(rsp_self* self) {
    ASSERT_EQ(rsp_trap_exit(self, nullptr, true), RSP_OK);
    begun_ns_ = rsp::env::now_ns();
    start(self);
    for (uint32_t i = 0; i < ROUNDS; ++i) {
      do_harm(self);
      if (tree_.scarce && chance(4)) rsp::mem_fail_after(1 + below(MOST_ALLOCATIONS));
      if (chance(2)) drain(self, below(2));
    }
    tree_.calm = true;
    rsp::env::sim::move_time_early(0);
    rsp::mem_fail_never();
    drain(self, CALM_MS);
    check(self);
    if (!ended_ && chance(2)) {
      // Some are gone just when they are told.
      kill_some_of_dynamic(self);
      EXPECT_EQ(rsp_exit_signal(self, supervisor_, tree_.shutdown), RSP_OK);
      kill_some_of_dynamic(self);
      drain(self, CALM_MS);
      EXPECT_TRUE(ended_);
      check(self);
    }
    tree_.root_killed = true;  // by the stop of the runtime, which gives it no time
  }

  Tree tree_;
  rsp_pid supervisor_ = NO_PID;
  rsp_ref monitor_{};
  rsp_atom dynamic_name_{};
  rsp_atom inner_name_{};
  uint64_t begun_ns_ = 0;
  bool ended_ = false;
  bool is_told_ = false;      // to end
  bool was_stopped_ = false;  // a child, by call, and perhaps not started again
  int64_t calls_that_start_ = 0;
};

class Supervisions : public testing::TestWithParam<uint64_t> {};

// S-SUP-10, S-SUP-16, S-SUP-18, S-SUP-20 to 22, S-SUP-26, S-SUP-28..30, S-SUP-41..44, S-SUP-46..52, S-SRV-9
// to 11
TEST_P(Supervisions, have_their_children_or_are_no_more) {
  rsp::test::run_in_forks({"supervision", FIRST_SEED + GetParam() * SEEDS_APART,
                           rsp::test::RUNS_OF_A_SIMULATION / PARTS, __FILE__, __LINE__},
                          [] { Supervision().run(); });
}

INSTANTIATE_TEST_SUITE_P(part, Supervisions, testing::Range(uint64_t{0}, PARTS));

}  // namespace
}  // namespace supervision
