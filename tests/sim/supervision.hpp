// A tree of supervisors whose children, and who themselves, are made to fail at random: a supervisor over
// three servers, over a supervisor with a server of its own, and over a dynamic one. Children crash, throw,
// fail to start, and end later than they may; some have a delay before they start again; some are
// significant. Some are started by functions, which fail at each of their steps, and are ended in their
// middle. The supervisors are killed, too. In some runs allocations fail now and then, in some time moves while
// threads run.
//
//   I8  when all is calm each permanent child lives, or its supervisor has ended and no child of it is left;
//       a dynamic supervisor lists whoever lives of its children, and nobody else; where significant children
//       have ended, so has their supervisor; there are never two of one child; restarts stay within the
//       intensity, and wait for their delay; children start in order, are told to end in reverse order, each
//       when those behind it are gone, and are killed when their time is over
//   I9  a call gets one reply or one error, at once if the server answers, and no late reply is seen
//   I7  every state is freed once
//   I11 after the stop everything is given back
//
// The other invariants are the society's (society.hpp), which has them all by their numbers.
#pragma once

#include <deque>

#include "tests/capi/support.hpp"

namespace supervision {

using namespace capi_test;

constexpr int64_t MAX_RESTARTS = 3;
constexpr int64_t PERIOD_MS = 5000;
constexpr uint64_t NS_IN_MS = 1'000'000;
constexpr uint32_t LONGEST_END_MS = 4;       // what a callback that is to end takes for that
constexpr uint32_t LONGEST_PATIENCE_MS = 3;  // of a supervisor with it
constexpr uint32_t LONGEST_DELAY_MS = 4;

uint32_t below(uint32_t bound);
bool chance(uint32_t one_in);

enum Request : int64_t { ANSWER, CRASH, END, BE_SILENT, ANSWER_AND_END, THROW, REQUESTS };

// Who a child is: its place in the order of starts, under the supervisor of the tree. What is behind it there
// ends before it.
constexpr uint32_t INNER = 3;       // under a supervisor of its own
constexpr uint32_t OF_DYNAMIC = 4;  // under the dynamic one: there are many

struct Tree;

struct Child {
  Tree* tree;
  uint32_t index;
  rsp_restart restart;
  rsp_pid pid = NO_PID;
  uint32_t living = 0;              // processes with its state: one at most
  uint32_t attempts = 0;            // to start it
  rsp_start_return* ret = nullptr;  // of the function that starts it
  bool significant = false;
  // Before each restart; min_ms 0: none.
  rsp_backoff backoff = {sizeof(rsp_backoff), 0, LONGEST_DELAY_MS, 2.0, 0.0, 0};
  uint64_t patience_ms = 0;    // after which it is killed; 0: longer than any run
  uint64_t ended_ns = 0;       // when it last ended
  uint64_t told_ns = 0;        // when it was told to end; 0: it was not
  uint64_t slow_until_ns = 0;  // when it had last taken its time to end
  bool ends_slowly = false;    // and is at it
  bool by_call = false;        // it has been stopped by a call, and perhaps started
  // Of the dynamic supervisor.
  rsp_pid parent = NO_PID;  // once it was started
  bool is_lost = false;     // nobody can tell any more whether it should live

  bool lives() const { return living != 0; }
  bool is_direct() const { return index < INNER; }
};

/// What the children refer to. One OS thread: plain memory.
struct Tree {
  Child children[4] = {{this, 0, RSP_RESTART_PERMANENT},
                       {this, 1, RSP_RESTART_TRANSIENT},
                       {this, 2, RSP_RESTART_TEMPORARY},
                       {this, INNER, RSP_RESTART_PERMANENT}};
  std::deque<Child> dynamic;
  rsp_strategy strategy = RSP_ONE_FOR_ONE;
  rsp_auto_shutdown auto_shutdown = RSP_AUTO_SHUTDOWN_NEVER;
  bool is_up = false;
  bool calm = false;  // nothing is done to it any more
  // Allocations fail now and then: a supervisor may end, and its children by their links.
  bool scarce = false;
  bool has_orphans = false;  // the same of children of the dynamic supervisor, which was killed
  bool has_inner_orphans = false;
  bool root_killed = false;  // and of all
  bool hurried = false;      // time moves while threads run: nothing comes in time
  rsp_pid starter = NO_PID;  // that runs, or ran, a start function
  rsp_term crash{};
  rsp_term shutdown{};
  rsp_term normal{};
  rsp_term kill{};

  /// Whether a child of the two supervisors below may live, and end, without one. To be asked after what it explains: a
  /// supervisor may be killed in the middle of a check.
  bool is_left_alone(const Child& child) const {
    return (!child.is_direct() && (root_killed || scarce)) || (child.index == OF_DYNAMIC && has_orphans) ||
           (child.index == INNER && has_inner_orphans);
  }
};

/// Whether a child has no process, as far as one can tell: where time moves while threads run, the watchdog takes turns away,
/// and a process may end before its code.
bool is_gone(const Child& child);

/// What to start. The child's traits are drawn.
rsp_child_spec spec_of(Child& child);

}  // namespace supervision
