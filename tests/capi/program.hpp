// A program (resprout/run.h) for tests: its children, what they note, and who listens to it.
#pragma once

#include <csignal>
#include <mutex>
#include <vector>

#include "resprout/run.h"
#include "tests/capi/support.hpp"
#include "tests/support/service_manager.hpp"

namespace capi_test {

using Lines = std::vector<std::string>;
using rsp::test::ServiceManager;

/** What children have done, in order. */
class Notes {
 public:
  void add(std::string note) {
    const std::lock_guard guard(lock_);
    all_.push_back(std::move(note));
  }
  std::vector<std::string> all() {
    const std::lock_guard guard(lock_);
    return all_;
  }
  bool has(const std::string& note) {
    for (const std::string& each : all()) {
      if (each == note) return true;
    }
    return false;
  }

 private:
  std::mutex lock_;
  std::vector<std::string> all_;
};

/** A child that traps exits: it notes that it is up, and as it is told to end; a stubborn one then stays. */
struct Part {
  Notes* notes;
  std::string name;
  bool is_stubborn = false;
};

inline rsp_next run_part(rsp_self* self, rsp_msg* message, void* ctx) {
  const Part& part = *static_cast<Part*>(ctx);
  if (message == nullptr) {
    EXPECT_EQ(rsp_trap_exit(self, nullptr, true), RSP_OK);
    EXPECT_EQ(rsp_send(self, rsp_self_pid(self), word("started")), RSP_OK);
    return RSP_NEXT_CONTINUE;
  }
  // Behind the start, of which the supervisor has been told by now: one that is to end in its middle kills the child.
  if (rsp_msg_get_kind(message) == RSP_MSG_TERM && rsp_term_equal(rsp_msg_term(message), word("started"))) {
    part.notes->add(part.name + " is up");
  }
  if (rsp_msg_get_kind(message) != RSP_MSG_EXIT) return RSP_NEXT_CONTINUE;
  part.notes->add(part.name + " is told");
  return part.is_stubborn ? RSP_NEXT_CONTINUE : rsp_exit(self, rsp_msg_term(message));
}

inline rsp_child_spec child_of(Part& part) {
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  child.id = word(part.name);
  child.start.handler = run_part;
  child.start.ctx = &part;
  child.shutdown = RSP_SHUTDOWN_INFINITY;
  return child;
}

/** A program of parts, run by a thread of its own, on which no signal is blocked. */
class Program {
 public:
  /** Back when all of it is up, or has ended. `name`: of the top. */
  explicit Program(std::vector<Part> parts, rsp_run_opts options = RSP_RUN_OPTS_INIT,
                   rsp_atom name = atom("top"))
      : parts_(std::move(parts)) {
    for (Part& part : parts_) {
      part.notes = &notes;
      children_.push_back(child_of(part));
    }
    thread_ = std::thread([this, options, name] {
      rsp_supervisor_spec top = RSP_SUPERVISOR_SPEC_INIT;
      top.children = children_.data();
      top.child_count = children_.size();
      top.opts.name = name;
      result = rsp_run(&status, &reason, &top, &options);
    });
    for (const Part& part : parts_) wait_until([&] { return notes.has(part.name + " is up"); });
    rsp_self* self = nullptr;
    if (rsp_attach(&self) != RSP_OK) return;
    rsp_term counts = NIL;  // the top answers when its start is over
    (void)!rsp_supervisor_count_children(self, &counts, rsp_whereis(name), RSP_INFINITE);
    rsp_term_free(counts);
    (void)!rsp_detach(self, NIL);
  }
  ~Program() {
    if (thread_.joinable()) thread_.join();
    rsp_term_free(reason);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /** Waits until it has ended. */
  Program& end() {
    thread_.join();
    return *this;
  }

  Notes notes;
  rsp_result result = RSP_EOS;
  int status = -1;
  rsp_term reason = NIL;

 private:
  std::vector<Part> parts_;
  std::vector<rsp_child_spec> children_;
  std::thread thread_;
};

/** A shell has what it starts in the background ignore SIGINT, and a program goes on ignoring what is ignored. */
inline const bool IS_AS_IN_THE_FOREGROUND = std::signal(SIGINT, SIG_DFL) != SIG_ERR;

inline rsp_run_opts with_signals(uint64_t stop_timeout_ms = 60'000) {
  rsp_run_opts options = RSP_RUN_OPTS_INIT;
  options.handle_signals = 1;
  options.stop_timeout_ms = stop_timeout_ms;
  return options;
}

inline rsp_run_opts within(uint64_t stop_timeout_ms) {
  rsp_run_opts options = RSP_RUN_OPTS_INIT;
  options.stop_timeout_ms = stop_timeout_ms;
  return options;
}

/** Collects which children supervisors have reported for ending otherwise than told. */
class LateOnes {
 public:
  LateOnes() { rsp_set_report_sink(&take, this); }
  ~LateOnes() { rsp_set_report_sink(nullptr, nullptr); }
  LateOnes(const LateOnes&) = delete;
  LateOnes& operator=(const LateOnes&) = delete;

  Notes names;

 private:
  static void take(void* mine, rsp_report_level, rsp_term report) {
    rsp_term context = NIL;
    rsp_term offender = NIL;
    rsp_term id = NIL;
    if (rsp_term_map_get(&context, report, word("errorContext")) != RSP_OK) return;
    if (show(context) != "shutdown_error") return;
    EXPECT_EQ(rsp_term_map_get(&offender, report, word("offender")), RSP_OK);
    EXPECT_EQ(rsp_term_map_get(&id, offender, word("id")), RSP_OK);
    static_cast<LateOnes*>(mine)->names.add(show(id));
  }
};

/** Ends the top for this reason, from a process of the program. */
inline void stop_top(std::string_view name, rsp_term reason) {
  const Attached me;
  const rsp_result result = rsp_stop(me, nullptr, rsp_whereis(atom(name)), reason, RSP_INFINITE);
  EXPECT_TRUE(result == RSP_OK || result == RSP_EXITING) << "the runtime stops, and this process with it";
}

inline rsp_run_opts with_notify() {
  rsp_run_opts options = RSP_RUN_OPTS_INIT;
  options.notify = 1;
  return options;
}

}  // namespace capi_test
