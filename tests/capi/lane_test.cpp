// resprout/lane.h: processes on threads of their own kind. The kind here: those that hold a mutex.
#include <atomic>
#include <functional>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

/** A lane whose threads hold `lock` while they run processes; stopped and joined at the end. */
class MutexLane {
 public:
  explicit MutexLane(bool exclusive = false) {
    rsp_lane_hooks hooks = {};
    hooks.size = sizeof hooks;
    hooks.ctx = this;
    hooks.acquire = [](void* lane) { static_cast<MutexLane*>(lane)->lock_.lock(); };
    hooks.release = [](void* lane) { static_cast<MutexLane*>(lane)->lock_.unlock(); };
    hooks.start_thread = [](void* lane) { return static_cast<MutexLane*>(lane)->start_thread(); };
    EXPECT_EQ(rsp_lane_new(&lane_, &hooks, exclusive), RSP_OK);
    EXPECT_EQ(start_thread(), RSP_OK);
  }
  ~MutexLane() {
    rsp_lane_stop(lane_);
    for (size_t i = 0; i < threads_.size(); ++i)
      threads_[i].join();  // none starts another once it is stopped
    rsp_lane_free(lane_);
  }
  MutexLane(const MutexLane&) = delete;
  MutexLane& operator=(const MutexLane&) = delete;

  rsp_lane* get() const { return lane_; }

  /** The caller holds the lock. */
  size_t thread_count() const { return threads_.size(); }

  /** Whether a further thread can be had. */
  void set_refuses(bool refuses) { refuses_ = refuses; }
  int refused() const { return refused_; }

  rsp_pid spawn(rsp_self* self, Code code) const {
    rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
    options.lane = lane_;
    rsp_pid pid = NO_PID;
    EXPECT_EQ(rsp_spawn(self, &pid, nullptr, &options, run_code, new Code(std::move(code)), free_code),
              RSP_OK);
    return pid;
  }

 private:
  rsp_result start_thread() {
    if (refuses_) {
      ++refused_;
      return RSP_EOS;
    }
    threads_.emplace_back([this] { EXPECT_EQ(rsp_lane_run(lane_), RSP_OK); });
    return RSP_OK;
  }

  rsp_lane* lane_ = nullptr;
  std::mutex lock_;
  std::atomic<bool> refuses_{false};
  std::atomic<int> refused_{0};
  std::vector<std::thread> threads_;
};

/** A process of the lane that answers each call with `answer(request)`. */
rsp_pid spawn_server(const MutexLane& lane, rsp_self* self,
                     std::function<rsp_term(rsp_self*, rsp_term)> answer) {
  return lane.spawn(self, [answer = std::move(answer)](rsp_self* me, rsp_msg* message) {
    EXPECT_EQ(rsp_reply(me, rsp_msg_from_call(message), answer(me, rsp_msg_term(message))), RSP_OK);
    return RSP_NEXT_CONTINUE;
  });
}

int64_t call_for_int(rsp_self* self, rsp_pid server, int64_t request) {
  rsp_msg* reply = nullptr;
  EXPECT_EQ(rsp_call(self, &reply, nullptr, server, rsp_term_int(request), RSP_INFINITE), RSP_OK);
  return reply == nullptr ? -1 : as_int(rsp_msg_term(Message(reply).get()));
}

TEST(Lane, runs_its_processes_one_at_a_time) {
  const MutexLane lane;
  std::atomic<int> inside{0};
  const Runtime runtime(2);
  const Attached me;
  const auto increment = [&inside](rsp_self*, rsp_term request) {
    EXPECT_EQ(inside.fetch_add(1), 0);
    const rsp_term answer = rsp_term_int(as_int(request) + 1);
    EXPECT_EQ(inside.fetch_sub(1), 1);
    return answer;
  };
  const rsp_pid a = spawn_server(lane, me, increment);
  const rsp_pid b = spawn_server(lane, me, increment);
  int64_t value = 0;
  for (int i = 0; i < 1'000; ++i) value = call_for_int(me, i % 2 == 0 ? a : b, value);
  EXPECT_EQ(value, 1'000);
  EXPECT_EQ(rsp_runtime_stop(0), RSP_OK);
}

// The server that is asked needs the lane of the one that waits for it.
TEST(Lane, is_handed_over_while_a_callback_waits) {
  MutexLane lane;
  const Runtime runtime(2);
  const Attached me;
  constexpr int DEPTH = 20;
  size_t threads = 0;
  rsp_pid next = spawn_server(lane, me, [&](rsp_self*, rsp_term request) {
    threads = lane.thread_count();
    return rsp_term_int(as_int(request));
  });
  for (int i = 0; i < DEPTH; ++i) {
    next = spawn_server(lane, me, [next](rsp_self* self, rsp_term request) {
      return rsp_term_int(call_for_int(self, next, as_int(request)) + 1);
    });
  }
  EXPECT_EQ(call_for_int(me, next, 100), 100 + DEPTH);
  EXPECT_EQ(threads, DEPTH + 1u);  // one for each that waits
  EXPECT_EQ(call_for_int(me, next, 200), 200 + DEPTH);
  EXPECT_EQ(threads, DEPTH + 1u);  // and they are kept for the next time
  EXPECT_EQ(rsp_runtime_stop(0), RSP_OK);
}

/** The threads on which processes of a lane run of which one waits in each turn, for a server elsewhere, while others
 * have something to do. */
std::set<std::thread::id> threads_of(const MutexLane& lane) {
  std::set<std::thread::id> seen;
  const Runtime runtime(2);
  const Attached me;
  const auto note = [&seen](rsp_self*, rsp_term request) {
    seen.insert(std::this_thread::get_id());
    return rsp_term_int(as_int(request));
  };
  const rsp_pid other = spawn_server(lane, me, note);
  // Wakes the other one before it answers: that has its turn while the first one waits, or after.
  const rsp_pid elsewhere = spawn(me, [other](rsp_self* self, rsp_msg* message) {
    if (rsp_msg_get_kind(message) != RSP_MSG_CALL) return RSP_NEXT_CONTINUE;
    rsp_ref request = {};
    EXPECT_EQ(rsp_send_request(self, &request, other, rsp_term_int(1)), RSP_OK);
    EXPECT_EQ(rsp_reply(self, rsp_msg_from_call(message), rsp_term_int(2)), RSP_OK);
    return RSP_NEXT_CONTINUE;
  });
  const rsp_pid waiting = spawn_server(lane, me, [&](rsp_self* self, rsp_term request) {
    (void)note(self, request);
    const int64_t answer = call_for_int(self, elsewhere, 0);
    return note(self, rsp_term_int(answer));
  });
  for (int i = 0; i < 200; ++i) EXPECT_EQ(call_for_int(me, waiting, i), 2);
  EXPECT_EQ(seen.count(std::this_thread::get_id()), 0u);
  EXPECT_EQ(rsp_runtime_stop(0), RSP_OK);
  return seen;
}

TEST(Lane, that_is_exclusive_runs_all_on_one_thread) {
  const MutexLane lane(true);
  EXPECT_EQ(threads_of(lane).size(), 1u);
}

/** `pid` is in the middle of a turn. */
void wait_until_it_waits(const Attached& me, rsp_pid pid) {
  for (bool waits = false; !waits;) {
    rsp_term info = NIL;
    ASSERT_EQ(rsp_process_info(me, &info, pid, RSP_INFINITE), RSP_OK);
    waits = show(info).find("waiting") != std::string::npos;
    rsp_term_free(info);
  }
}

TEST(Lane, process_that_waits_is_ended_by_an_exit_signal) {
  const MutexLane lane;
  const Runtime runtime(2);
  const Attached me;
  const rsp_pid deaf = spawn_idle(me);
  const rsp_pid waits = lane.spawn(me, [deaf](rsp_self* self, rsp_msg*) {
    rsp_msg* reply = nullptr;
    EXPECT_EQ(rsp_call(self, &reply, nullptr, deaf, NIL, RSP_INFINITE), RSP_EXITING);
    return RSP_NEXT_CONTINUE;
  });
  ASSERT_EQ(rsp_send(me, waits, NIL), RSP_OK);
  wait_until_it_waits(me, waits);
  EXPECT_EQ(me.exit(waits, "enough"), "enough");
  EXPECT_EQ(rsp_runtime_stop(0), RSP_OK);
}

// ---- No further thread ----

/** Calls `server` at each call, and answers what came of that. */
rsp_pid spawn_caller(const MutexLane& lane, rsp_self* self, rsp_pid server) {
  return spawn_server(lane, self, [server](rsp_self* me, rsp_term request) {
    rsp_msg* reply = nullptr;
    const rsp_result result = rsp_call(me, &reply, nullptr, server, request, RSP_INFINITE);
    if (reply != nullptr) rsp_msg_free(reply);
    return rsp_term_int(result);
  });
}

// The server that is asked is of the same lane: with the caller on its only thread it would never answer.
TEST(Lane, without_a_thread_for_others_ends_a_wait_and_nothing_of_it_comes_later) {
  MutexLane lane;
  const Runtime runtime(2);
  const Attached me;
  const rsp_pid server = spawn_server(lane, me, [](rsp_self*, rsp_term request) { return request; });
  const rsp_pid caller = spawn_caller(lane, me, server);
  lane.set_refuses(true);
  for (int i = 1; i <= 20; ++i) {
    EXPECT_EQ(call_for_int(me, caller, i),
              RSP_ELIMIT);  // an answer to its call would be none that it can answer
    EXPECT_EQ(call_for_int(me, server, i), i);
    EXPECT_EQ(lane.refused(), i);
  }
  lane.set_refuses(false);
  EXPECT_EQ(call_for_int(me, caller, 0), RSP_OK);
  EXPECT_EQ(rsp_runtime_stop(0), RSP_OK);
}

TEST(Lane, without_a_thread_for_others_lets_a_turn_wait_while_there_are_none) {
  MutexLane lane;
  const Runtime runtime(2);
  const Attached me;
  const rsp_pid elsewhere = spawn(me, [](rsp_self* self, rsp_msg* message) {
    EXPECT_EQ(rsp_reply(self, rsp_msg_from_call(message), NIL), RSP_OK);
    return RSP_NEXT_CONTINUE;
  });
  const rsp_pid caller = spawn_caller(lane, me, elsewhere);
  lane.set_refuses(true);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(call_for_int(me, caller, 0), RSP_OK);
  EXPECT_EQ(lane.refused(), 0);
  EXPECT_EQ(rsp_runtime_stop(0), RSP_OK);
}

/** A process of a lane that waits in its callback, for an answer that does not come. */
struct Waiting {
  Waiting(const MutexLane& lane, const Attached& me)
      : pid(lane.spawn(me, [this, deaf = spawn_idle(me)](rsp_self* self, rsp_msg*) {
          rsp_msg* reply = nullptr;
          said = rsp_call(self, &reply, nullptr, deaf, NIL, RSP_INFINITE);
          return RSP_NEXT_STOP;
        })) {
    EXPECT_EQ(rsp_send(me, pid, NIL), RSP_OK);
    wait_until_it_waits(me, pid);
  }
  bool has_returned() const { return said != RSP_OK; }

  std::atomic<rsp_result> said{RSP_OK};
  rsp_pid pid;
};

/** A process of a lane that sends each message back. */
rsp_pid spawn_echo_of(const MutexLane& lane, rsp_self* self) {
  return lane.spawn(self, [](rsp_self* me, rsp_msg* message) {
    EXPECT_EQ(rsp_send(me, rsp_msg_from(message), rsp_msg_term(message)), RSP_OK);
    return RSP_NEXT_CONTINUE;
  });
}

TEST(Lane, without_a_thread_for_others_ends_a_wait_when_one_has_something_to_do) {
  MutexLane lane;
  const Runtime runtime(2);
  const Attached me;
  const rsp_pid echo = spawn_echo_of(lane, me);
  lane.set_refuses(true);
  Waiting waiting(lane, me);
  EXPECT_EQ(lane.refused(), 0);
  const auto wake_another = [&] { EXPECT_EQ(rsp_send(me, echo, word("hello")), RSP_OK); };
  EXPECT_EQ(me.end_after(waiting.pid, wake_another), "normal");
  EXPECT_EQ(waiting.said, RSP_ELIMIT);
  EXPECT_EQ(text_of(me.receive()), "hello");
  EXPECT_EQ(rsp_runtime_stop(0), RSP_OK);
}

// S-SUSP-1: none of its code runs, also where that keeps others waiting.
TEST(Lane, without_a_thread_for_others_does_not_let_a_turn_go_on_that_is_suspended) {
  MutexLane lane;
  const Runtime runtime(2);
  const Attached me;
  const rsp_pid first = spawn_echo_of(lane, me);
  const rsp_pid second = spawn_echo_of(lane, me);
  const rsp_pid third = spawn_echo_of(lane, me);
  lane.set_refuses(true);
  Waiting waiting(lane, me);
  ASSERT_EQ(rsp_suspend(me, waiting.pid, RSP_INFINITE), RSP_OK);
  int asked = 0;
  for (const rsp_pid echo : {first, second}) {
    EXPECT_EQ(rsp_send(me, echo, word("behind")), RSP_OK);
    ++asked;
    wait_until([&] { return lane.refused() == asked || waiting.has_returned(); });
  }
  EXPECT_FALSE(waiting.has_returned());
  EXPECT_FALSE(me.has_message());

  // One more asks for a thread again, and all of them have it.
  lane.set_refuses(false);
  EXPECT_EQ(rsp_send(me, third, word("at_last")), RSP_OK);
  std::multiset<std::string> echoes;
  for (int i = 0; i < 3; ++i) echoes.insert(text_of(me.receive()));
  EXPECT_EQ(echoes, (std::multiset<std::string>{"at_last", "behind", "behind"}));
  EXPECT_FALSE(waiting.has_returned());
  EXPECT_EQ(rsp_resume(me, waiting.pid), RSP_OK);
  EXPECT_EQ(me.exit(waiting.pid, "enough"), "enough");
  EXPECT_EQ(waiting.said, RSP_EXITING);
  EXPECT_EQ(rsp_runtime_stop(0), RSP_OK);
}

/** Runs `deed` in a process of a lane whose threads all wait in turns already: it cannot wait any more. What
 * its mailbox gets afterwards is counted, until the lane is free again. */
class FullLane {
 public:
  static constexpr int WAITING = 63;  // turns of a lane can wait at a time: one thread is left for others

  /** How many messages the process got of what `deed` left behind. `late` answers calls when the deed is done.
   */
  static int strays_after(const std::function<void(rsp_self*, rsp_pid idle, rsp_pid late)>& deed) {
    const MutexLane lane;
    const Runtime runtime(2);
    const Attached me;
    const rsp_pid idle = spawn_idle(me);
    rsp_from from = {};
    const rsp_pid late = spawn(me, [&from](rsp_self* self, rsp_msg* message) {
      if (rsp_msg_get_kind(message) == RSP_MSG_CALL) {
        from = rsp_msg_from_call(message);
        return RSP_NEXT_CONTINUE;
      }
      if (from.pid.id != 0) {
        EXPECT_EQ(rsp_reply(self, from, word("late")), RSP_OK);
      }
      return RSP_NEXT_STOP;
    });
    int strays = 0;
    bool done = false;
    const rsp_pid last = lane.spawn(me, [&, to = me.pid()](rsp_self* self, rsp_msg* message) {
      if (!done) {
        done = true;
        deed(self, idle, late);
      } else if (text_of_lent(message) != "asked") {
        ++strays;
        return RSP_NEXT_CONTINUE;
      }
      EXPECT_EQ(rsp_send(self, to, rsp_term_int(strays)), RSP_OK);
      return RSP_NEXT_CONTINUE;
    });
    rsp_pid next = last;
    for (int i = 0; i < WAITING; ++i) {
      next = lane.spawn(me, [next, idle](rsp_self* self, rsp_msg*) {
        EXPECT_EQ(rsp_send(self, next, NIL), RSP_OK);
        rsp_msg* reply = nullptr;
        const rsp_result result = rsp_call(self, &reply, nullptr, idle, NIL, RSP_INFINITE);
        EXPECT_TRUE(result == RSP_EEXITED || result == RSP_EXITING) << rsp_result_name(result);
        return RSP_NEXT_CONTINUE;
      });
    }
    EXPECT_EQ(rsp_send(me, next, NIL), RSP_OK);
    (void)me.receive();
    (void)me.exit(idle, "enough");
    EXPECT_EQ(me.end_by_message(late), "normal");
    EXPECT_EQ(rsp_send(me, last, word("asked")), RSP_OK);
    const int counted = static_cast<int>(as_int(rsp_msg_term(me.receive().get())));
    EXPECT_EQ(rsp_runtime_stop(0), RSP_OK);
    return counted;
  }

 private:
  static std::string text_of_lent(rsp_msg* message) { return show(rsp_msg_term(message)); }
};

TEST(Lane, that_cannot_let_a_turn_wait_refuses_a_call_and_nothing_of_it_comes_later) {
  EXPECT_EQ(FullLane::strays_after([](rsp_self* self, rsp_pid, rsp_pid late) {
              rsp_msg* reply = nullptr;
              EXPECT_EQ(rsp_call(self, &reply, nullptr, late, NIL, RSP_INFINITE), RSP_ELIMIT);
            }),
            0);
}

TEST(Lane, that_cannot_let_a_turn_wait_refuses_a_stop_and_no_DOWN_comes_later) {
  EXPECT_EQ(FullLane::strays_after([](rsp_self* self, rsp_pid idle, rsp_pid) {
              EXPECT_EQ(rsp_stop(self, nullptr, idle, word("shutdown"), RSP_INFINITE), RSP_ELIMIT);
            }),
            0);
}

TEST(Lane, that_cannot_let_a_turn_wait_refuses_a_start_and_nothing_of_it_is_left) {
  EXPECT_EQ(FullLane::strays_after([](rsp_self* self, rsp_pid, rsp_pid) {
              static rsp_server_ops ops = {};  // the child may still be in its init when this returns
              ops.size = sizeof ops;
              ops.name = "slow";
              ops.init = [](rsp_self*, void* may_go_on, rsp_term, rsp_server_return*) {
                static_cast<std::atomic<bool>*>(may_go_on)->wait(false);
                return RSP_NEXT_CONTINUE;
              };
              static std::atomic<bool> may_go_on;
              may_go_on = false;
              rsp_start_spec spec = RSP_START_SPEC_INIT;
              spec.ops = &ops;
              spec.ctx = &may_go_on;
              rsp_start_opts options = RSP_START_OPTS_INIT;
              options.link = true;
              EXPECT_EQ(rsp_trap_exit(self, nullptr, true), RSP_OK);
              rsp_pid pid = NO_PID;
              EXPECT_EQ(rsp_server_start(self, &pid, nullptr, nullptr, &spec, &options), RSP_ELIMIT);
              may_go_on = true;
              may_go_on.notify_all();
            }),
            0);
}

// S-MBOX-6, S-MBOX-7
TEST(Lane, holds_the_limits_of_its_processes) {
  const MutexLane lane;
  std::atomic<bool> inside{false};
  std::atomic<bool> may_return{false};
  const Runtime runtime(2);
  const Attached me;
  rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
  options.lane = lane.get();
  options.max_messages = 3;
  rsp_pid pid = NO_PID;
  const auto code = [&](rsp_self*, rsp_msg*) {
    inside = true;
    while (!may_return) std::this_thread::yield();
    return RSP_NEXT_CONTINUE;
  };
  ASSERT_EQ(rsp_spawn(me, &pid, nullptr, &options, run_code, new Code(code), free_code), RSP_OK);
  ASSERT_EQ(rsp_send(me, pid, NIL), RSP_OK);
  while (!inside) std::this_thread::yield();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(rsp_send(me, pid, NIL), RSP_OK);
  EXPECT_EQ(rsp_send(me, pid, NIL), RSP_EOVERLOAD);
  may_return = true;
  while (rsp_send(me, pid, NIL) == RSP_EOVERLOAD) std::this_thread::yield();
  EXPECT_EQ(rsp_runtime_stop(0), RSP_OK);
}

TEST(Lane, does_jobs_between_turns) {
  const Runtime runtime(1);
  const Attached me;
  const MutexLane lane;
  struct Job {
    rsp_pid to;
    std::thread::id where;
  } job{me.pid(), {}};
  ASSERT_EQ(rsp_lane_post(
                lane.get(),
                [](void* argument) {
                  Job& it = *static_cast<Job*>(argument);
                  it.where = std::this_thread::get_id();
                  EXPECT_EQ(rsp_send(nullptr, it.to, word("done")), RSP_OK);
                },
                &job),
            RSP_OK);
  EXPECT_EQ(text_of(me.receive()), "done");
  EXPECT_NE(job.where, std::this_thread::get_id());
}

TEST(Lane, refuses_what_is_not_whole) {
  rsp_lane* lane = nullptr;
  rsp_lane_hooks hooks = {};
  hooks.size = sizeof hooks;
  EXPECT_EQ(rsp_lane_new(&lane, &hooks, false), RSP_EINVAL);  // no hooks
  hooks.acquire = hooks.release = [](void*) {};
  EXPECT_EQ(rsp_lane_new(&lane, &hooks, false), RSP_EINVAL);
  hooks.start_thread = [](void*) { return RSP_OK; };
  hooks.size = 8;
  EXPECT_EQ(rsp_lane_new(&lane, &hooks, false), RSP_EINVAL);
  hooks.size = sizeof hooks;
  EXPECT_EQ(rsp_lane_new(nullptr, &hooks, false), RSP_EINVAL);
  EXPECT_EQ(rsp_lane_new(&lane, nullptr, false), RSP_EINVAL);
  EXPECT_EQ(lane, nullptr);
  EXPECT_EQ(rsp_lane_run(nullptr), RSP_EINVAL);
  EXPECT_EQ(rsp_lane_post(
                nullptr, [](void*) {}, nullptr),
            RSP_EINVAL);
  ASSERT_EQ(rsp_lane_new(&lane, &hooks, false), RSP_OK);
  EXPECT_EQ(rsp_lane_post(lane, nullptr, nullptr), RSP_EINVAL);
  rsp_lane_free(lane);
  rsp_lane_stop(nullptr);
  rsp_lane_free(nullptr);
}

}  // namespace
