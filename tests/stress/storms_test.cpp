// Storms: messages, links, kills, names, timers, attached threads, all at once and many. What must hold is
// counted, message by message; what must not be left is counted by StressTest.
#include <atomic>
#include <chrono>
#include <map>

#include "tests/stress/stress.hpp"

using namespace capi_test;
using namespace stress;

namespace {

class Storms : public StressTest {};

rsp_term pair(int64_t first, int64_t second) {
  const rsp_term both[] = {rsp_term_int(first), rsp_term_int(second)};
  rsp_term term = NIL;
  EXPECT_EQ(rsp_term_tuple(&term, both, 2), RSP_OK);
  return term;
}

int64_t element(rsp_term tuple, size_t index) {
  rsp_term value = NIL;
  EXPECT_EQ(rsp_term_element(&value, tuple, index), RSP_OK);
  return as_int(value);
}

// S-SIG-2: of many senders, processes and foreign threads alike, each one's messages arrive in order, all of
// them.
TEST_F(Storms, messages_of_each_sender_arrive_in_order) {
  constexpr int RECEIVERS = 8;
  constexpr int SENDERS = 8;
  constexpr int FOREIGN = 4;
  const int count = scale(5000);
  const Attached me;
  std::vector<rsp_pid> receivers;
  for (int i = 0; i < RECEIVERS; ++i) {
    auto seen = std::make_shared<std::map<int64_t, int64_t>>();
    auto left = std::make_shared<int64_t>(int64_t{count} * (SENDERS + FOREIGN));
    receivers.push_back(spawn(me, [seen, left, to = me.pid()](rsp_self* self, rsp_msg* message) {
      const int64_t sender = element(rsp_msg_term(message), 0);
      const int64_t number = element(rsp_msg_term(message), 1);
      int64_t& expected = (*seen)[sender];
      EXPECT_EQ(number, expected) << "from " << sender;
      expected = number + 1;
      if (--*left == 0) {
        EXPECT_EQ(rsp_send(self, to, word("complete")), RSP_OK);
      }
      return RSP_NEXT_CONTINUE;
    }));
  }
  // A sender sends one round to all receivers in a turn, then tells itself to go on: so it moves between
  // workers.
  for (int i = 0; i < SENDERS; ++i) {
    auto number = std::make_shared<int64_t>(0);
    const rsp_pid sender = spawn(me, [=](rsp_self* self, rsp_msg*) {
      for (const rsp_pid& receiver : receivers) {
        const rsp_term message = pair(i, *number);
        EXPECT_EQ(rsp_send(self, receiver, message), RSP_OK);
        rsp_term_free(message);
      }
      if (++*number == count) return RSP_NEXT_STOP;
      EXPECT_EQ(rsp_send(self, rsp_self_pid(self), NIL), RSP_OK);
      return RSP_NEXT_CONTINUE;
    });
    EXPECT_EQ(rsp_send(me, sender, NIL), RSP_OK);
  }
  in_threads(FOREIGN, [&](int thread) {
    for (int number = 0; number < count; ++number) {
      for (const rsp_pid& receiver : receivers) {
        const rsp_term message = pair(SENDERS + thread, number);
        ASSERT_EQ(rsp_send(nullptr, receiver, message), RSP_OK);
        rsp_term_free(message);
      }
    }
  });
  for (int i = 0; i < RECEIVERS; ++i) EXPECT_EQ(text_of(me.receive()), "complete");
  EXPECT_FALSE(me.has_message());
}

// S-EXIT-18, S-LINK-2: a graph of 100,000 links dies as one, and each of its monitors tells once.
TEST_F(Storms, a_graph_of_a_hundred_thousand_links_dies_with_one_reason) {
  const size_t PROCESSES = static_cast<size_t>(scale(10'000));
  constexpr size_t LINKS_EACH = 10;
  const Attached me;
  std::vector<rsp_pid> all;
  // Asked by a message {X, Y, ...} of numbers, a process links itself to those.
  for (size_t i = 0; i < PROCESSES; ++i) {
    all.push_back(spawn(me, [&all, to = me.pid()](rsp_self* self, rsp_msg* message) {
      size_t size = 0;
      EXPECT_EQ(rsp_term_size(&size, rsp_msg_term(message)), RSP_OK);
      for (size_t k = 0; k < size; ++k) {
        EXPECT_EQ(rsp_link(self, all[static_cast<size_t>(element(rsp_msg_term(message), k))]), RSP_OK);
      }
      EXPECT_EQ(rsp_send(self, to, word("linked")), RSP_OK);
      return RSP_NEXT_CONTINUE;
    }));
  }
  Random random(1);
  for (size_t i = 0; i < PROCESSES; ++i) {
    std::vector<rsp_term> others{
        rsp_term_int(static_cast<int64_t>((i + 1) % PROCESSES))};  // a ring, so that it is one graph
    while (others.size() < LINKS_EACH)
      others.push_back(rsp_term_int(static_cast<int64_t>(random.below(PROCESSES))));
    rsp_term order = NIL;
    ASSERT_EQ(rsp_term_tuple(&order, others.data(), others.size()), RSP_OK);
    ASSERT_EQ(rsp_send(me, all[i], order), RSP_OK);
    rsp_term_free(order);
  }
  for (size_t i = 0; i < PROCESSES; ++i) ASSERT_EQ(text_of(me.receive()), "linked");
  for (const rsp_pid& pid : all) me.monitor(pid);
  ASSERT_EQ(rsp_exit_signal(me, all[PROCESSES / 2], word("collapse")), RSP_OK);
  for (size_t i = 0; i < PROCESSES; ++i) {
    const Message down = me.receive();
    ASSERT_EQ(rsp_msg_get_kind(down.get()), RSP_MSG_DOWN);
    ASSERT_EQ(text_of(down), "collapse");
  }
  EXPECT_FALSE(me.has_message());
}

// The hub of a star with 100,000 links: each leaf dies by itself, then a hub dies and takes its leaves along.
TEST_F(Storms, a_star_of_a_hundred_thousand_links) {
  const size_t LEAVES = static_cast<size_t>(scale(100'000));
  const Attached me;
  const auto spawn_hub = [&me, LEAVES](bool trap) {
    auto ends = std::make_shared<size_t>(0);
    return spawn(me,
                 [ends, LEAVES, to = me.pid()](rsp_self* self, rsp_msg* message) {
                   if (rsp_msg_get_kind(message) == RSP_MSG_EXIT) {
                     EXPECT_EQ(show(rsp_msg_term(message)), "withered");
                     if (++*ends == LEAVES) {
                       EXPECT_EQ(rsp_send(self, to, word("bare")), RSP_OK);
                     }
                     return RSP_NEXT_CONTINUE;
                   }
                   for (size_t i = 0; i < LEAVES; ++i) {
                     const rsp_pid leaf = spawn_idle(self, {.link = true});
                     const rsp_term pid = rsp_term_pid(leaf);
                     EXPECT_EQ(rsp_send(self, to, pid), RSP_OK);
                   }
                   return RSP_NEXT_CONTINUE;
                 },
                 {.trap_exit = trap});
  };
  const rsp_pid trapping = spawn_hub(true);
  ASSERT_EQ(rsp_send(me, trapping, NIL), RSP_OK);
  for (size_t i = 0; i < LEAVES; ++i) {
    ASSERT_EQ(rsp_exit_signal(me, as_pid(rsp_msg_term(me.receive().get())), word("withered")), RSP_OK);
  }
  EXPECT_EQ(text_of(me.receive()), "bare");

  const rsp_pid mortal = spawn_hub(false);
  ASSERT_EQ(rsp_send(me, mortal, NIL), RSP_OK);
  std::vector<rsp_pid> leaves;
  for (size_t i = 0; i < LEAVES; ++i) leaves.push_back(as_pid(rsp_msg_term(me.receive().get())));
  for (const rsp_pid& leaf : leaves) me.monitor(leaf);
  ASSERT_EQ(rsp_exit_signal(me, mortal, word("felled")), RSP_OK);
  for (size_t i = 0; i < LEAVES; ++i) ASSERT_EQ(text_of(me.receive()), "felled");
  EXPECT_FALSE(me.has_message());
}

// All children of a supervisor end by themselves while it stops the last one: it looks at each end once, where
// looking through all of them for each child would take many times what the start took.
TEST_F(Storms, a_supervisor_stops_among_twenty_thousand_dead_children) {
  using Clock = std::chrono::steady_clock;
  const size_t CHILDREN = static_cast<size_t>(scale(20'000));
  const Attached me;
  ASSERT_EQ(rsp_trap_exit(me, nullptr, true), RSP_OK);
  std::atomic<bool> may_end{false};
  rsp_server_ops stubborn = {};
  stubborn.size = sizeof stubborn;
  stubborn.name = "stubborn";
  stubborn.init = [](rsp_self* self, void* flag, rsp_term, rsp_server_return* out) {
    out->state = flag;
    EXPECT_EQ(rsp_trap_exit(self, nullptr, true), RSP_OK);
    return RSP_NEXT_CONTINUE;
  };
  stubborn.terminate = [](rsp_self*, void* flag, rsp_term) {
    static_cast<std::atomic<bool>*>(flag)->wait(false);
    return RSP_NEXT_CONTINUE;
  };
  std::vector<rsp_child_spec> specs(CHILDREN + 1, rsp_child_spec RSP_CHILD_SPEC_INIT);
  for (size_t i = 0; i < CHILDREN; ++i) {
    specs[i].id = rsp_term_int(static_cast<int64_t>(i));
    specs[i].start.handler = [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_CONTINUE; };
  }
  specs.back().start.ops = &stubborn;
  specs.back().start.ctx = &may_end;
  specs.back().shutdown = RSP_SHUTDOWN_INFINITY;
  rsp_start_opts linked = RSP_START_OPTS_INIT;
  linked.link = true;
  rsp_pid supervisor = NO_PID;
  const auto begin = Clock::now();
  ASSERT_EQ(rsp_supervisor_start(me, &supervisor, nullptr, specs.data(), specs.size(), nullptr, &linked),
            RSP_OK);
  const auto start_took = Clock::now() - begin;

  rsp_term rows = NIL;
  ASSERT_EQ(rsp_supervisor_which_children(me, &rows, supervisor, RSP_INFINITE), RSP_OK);
  ASSERT_EQ(rsp_exit_signal(me, supervisor, word("shutdown")), RSP_OK);
  for (size_t i = 0; i < CHILDREN; ++i) {
    rsp_term row = NIL;
    rsp_term pid = NIL;
    ASSERT_EQ(rsp_term_element(&row, rows, i), RSP_OK);
    ASSERT_EQ(rsp_term_element(&pid, row, 1), RSP_OK);
    me.monitor(as_pid(pid));
    ASSERT_EQ(rsp_exit_signal(me, as_pid(pid), word("shutdown")), RSP_OK);
  }
  rsp_term_free(rows);
  for (size_t i = 0; i < CHILDREN; ++i) ASSERT_EQ(text_of(me.receive()), "shutdown");

  const auto told = Clock::now();
  may_end = true;
  may_end.notify_all();
  EXPECT_EQ(text_of(me.receive()), "shutdown");
  EXPECT_LT(Clock::now() - told, 5 * start_took);
  EXPECT_FALSE(me.has_message());
}

// Many processes spawn, message and kill each other; each end is told exactly once to whoever monitored, with
// a reason that somebody gave.
TEST_F(Storms, kills_from_all_sides_end_each_process_once) {
  constexpr int ROUNDS = 20;
  constexpr size_t PROCESSES = 500;
  for (int round = 0; round < scale(ROUNDS); ++round) {
    const Attached me;
    std::vector<rsp_pid> all;
    for (size_t i = 0; i < PROCESSES; ++i) all.push_back(spawn_echo(me));
    for (const rsp_pid& pid : all) me.monitor(pid);
    in_threads(6, [&](int thread) {
      Random random(static_cast<uint64_t>(round * 10 + thread));
      const rsp_term reasons[] = {word("kill"), word("bored"), word("shutdown")};
      for (size_t i = 0; i < PROCESSES; ++i) {
        const rsp_pid victim = all[random.below(PROCESSES)];
        if (thread % 2 == 0) {
          EXPECT_EQ(rsp_exit_signal(nullptr, victim, reasons[random.below(3)]), RSP_OK);
        } else {
          EXPECT_EQ(rsp_send(nullptr, victim, NIL), RSP_OK);
        }
      }
    });
    for (const rsp_pid& pid : all) EXPECT_EQ(rsp_exit_signal(me, pid, word("kill")), RSP_OK);
    std::map<uint64_t, int> ends;
    for (size_t i = 0; i < PROCESSES; ++i) {
      const Message down = me.receive();
      ASSERT_EQ(rsp_msg_get_kind(down.get()), RSP_MSG_DOWN);
      const std::string reason = text_of(down);
      EXPECT_TRUE(reason == "killed" || reason == "bored" || reason == "shutdown") << reason;
      EXPECT_EQ(++ends[rsp_msg_from(down.get()).id], 1);
    }
    EXPECT_FALSE(me.has_message());
  }
}

// S-LINK-9: processes link and unlink each other in both directions at once; when the storm is over, both
// ends agree.
TEST_F(Storms, ends_of_links_agree_after_links_and_unlinks_crossed) {
  constexpr size_t PROCESSES = 24;
  const int turns = scale(3000);
  const Attached me;
  std::vector<rsp_pid> all;
  for (size_t i = 0; i < PROCESSES; ++i) {
    auto random = std::make_shared<Random>(i + 100);
    auto left = std::make_shared<int>(turns);
    all.push_back(spawn(me, [&all, random, left, to = me.pid()](rsp_self* self, rsp_msg* message) {
      if (rsp_msg_from(message).id == to.id && *left < 0) return RSP_NEXT_CONTINUE;
      for (int k = 0; k < 4; ++k) {
        const rsp_pid other = all[random->below(all.size())];
        EXPECT_EQ(random->below(2) == 0 ? rsp_link(self, other) : rsp_unlink(self, other), RSP_OK);
      }
      if (--*left > 0) {
        EXPECT_EQ(rsp_send(self, rsp_self_pid(self), NIL), RSP_OK);
      } else {
        EXPECT_EQ(rsp_send(self, to, word("rests")), RSP_OK);
      }
      return RSP_NEXT_CONTINUE;
    }));
  }
  for (const rsp_pid& pid : all) ASSERT_EQ(rsp_send(me, pid, NIL), RSP_OK);
  for (size_t i = 0; i < PROCESSES; ++i) ASSERT_EQ(text_of(me.receive()), "rests");
  // All have sent their last signals; being asked, each has received those of the others that asked before.
  // Twice, because the answer to an unlink is a signal too.
  std::map<uint64_t, std::string> links;
  for (int pass = 0; pass < 2; ++pass) {
    for (const rsp_pid& pid : all) {
      rsp_term info = NIL;
      ASSERT_EQ(rsp_process_info(me, &info, pid, RSP_INFINITE), RSP_OK);
      rsp_term of = NIL;
      ASSERT_EQ(rsp_term_map_get(&of, info, word("links")), RSP_OK);
      links[pid.id] = show(of);
      rsp_term_free(info);
    }
  }
  for (const rsp_pid& a : all) {
    for (const rsp_pid& b : all) {
      const bool forth = links[a.id].find(show(rsp_term_pid(b))) != std::string::npos;
      const bool back = links[b.id].find(show(rsp_term_pid(a))) != std::string::npos;
      EXPECT_EQ(forth, back) << show(rsp_term_pid(a)) << ' ' << show(rsp_term_pid(b));
    }
  }
}

// S-NAME-3, S-PROC-8: one name, many who want it; who has it is killed, and whoever hears of that finds the
// name free.
TEST_F(Storms, a_name_is_free_for_whoever_hears_of_its_holders_end) {
  const rsp_atom name = atom("stress_crown");
  std::atomic<int> reigns{0};
  in_threads(6, [&](int) {
    const Attached me;
    for (int i = 0; i < scale(1000); ++i) {
      const rsp_pid heir = spawn_idle(me);
      const rsp_ref ref = me.monitor(heir);
      const rsp_result result = rsp_register(me, name, heir);
      if (result == RSP_OK) {
        ++reigns;
        EXPECT_EQ(rsp_whereis(name), heir);
      } else {
        EXPECT_EQ(result, RSP_ENAMETAKEN);
      }
      EXPECT_EQ(rsp_exit_signal(me, heir, word("kill")), RSP_OK);
      const Message down = me.receive();
      EXPECT_EQ(rsp_msg_ref(down.get()), ref);
      EXPECT_FALSE(rsp_whereis(name) == heir);
    }
  });
  EXPECT_GT(reigns, 0);
  EXPECT_EQ(rsp_whereis(name), NO_PID);
}

// Timers that are started and cancelled while they fire: each either says that it was active and sends
// nothing, or sends once.
TEST_F(Storms, a_timer_fires_once_or_was_cancelled) {
  in_threads(6, [&](int thread) {
    const Attached me;
    Random random(static_cast<uint64_t>(thread));
    for (int i = 0; i < scale(200); ++i) {
      int fired = 0;
      int cancelled = 0;
      std::vector<rsp_ref> timers(10);
      for (rsp_ref& timer : timers) {
        ASSERT_EQ(rsp_send_after(me, &timer, random.below(3), me.pid(), word("tick")), RSP_OK);
      }
      while (me.receive_within(random.below(2)) != nullptr) ++fired;
      for (const rsp_ref& timer : timers) {
        bool active = false;
        ASSERT_EQ(rsp_cancel_timer(me, &active, nullptr, timer), RSP_OK);
        if (active) ++cancelled;
      }
      while (fired + cancelled < 10) {
        ASSERT_NE(me.receive(), nullptr);
        ++fired;
      }
      EXPECT_FALSE(me.has_message());
    }
  });
}

// S-TIMER-5: the same with two that cancel, the starter and another, who find the slots used again and again.
TEST_F(Storms, a_timer_fires_once_or_one_of_two_has_cancelled_it) {
  in_threads(3, [&](int thread) {
    const Attached me;
    Random random(static_cast<uint64_t>(thread));
    for (int i = 0; i < scale(300); ++i) {
      std::vector<rsp_ref> timers(10);
      for (rsp_ref& timer : timers) {
        ASSERT_EQ(rsp_send_after(me, &timer, random.below(3), me.pid(), word("tick")), RSP_OK);
      }
      const auto cancel_all = [&timers](rsp_self* self) {
        size_t cancelled = 0;
        for (const rsp_ref& timer : timers) {
          bool active = false;
          EXPECT_EQ(rsp_cancel_timer(self, &active, nullptr, timer), RSP_OK);
          if (active) ++cancelled;
        }
        return cancelled;
      };
      size_t by_other = 0;
      std::thread other([&] { by_other = cancel_all(Attached()); });
      size_t over = cancel_all(me);
      other.join();
      for (over += by_other; over < timers.size(); ++over) ASSERT_NE(me.receive(), nullptr);
      EXPECT_EQ(over, timers.size());
      EXPECT_FALSE(me.has_message());
    }
  });
}

// Threads attach, are killed or kill, and detach, or end without it.
TEST_F(Storms, threads_attach_and_go_in_every_way) {
  std::atomic<uint64_t> last_pid{0};
  in_threads(6, [&](int thread) {
    for (int i = 0; i < scale(150); ++i) {
      std::thread([&, thread, i] {
        Random random(static_cast<uint64_t>(thread * 1000 + i));
        rsp_self* self = nullptr;
        ASSERT_EQ(rsp_attach(&self), RSP_OK);
        const rsp_pid pid = rsp_self_pid(self);
        const rsp_pid other{last_pid.exchange(pid.id), 0, 0};
        for (int k = 0; k < 20; ++k) {
          rsp_result result = RSP_OK;
          rsp_receive_opts options = RSP_RECEIVE_OPTS_INIT;
          options.timeout_ms = random.below(2);
          rsp_msg* message = nullptr;
          rsp_ref ref = {};
          switch (random.below(5)) {
            case 0:
              result = rsp_send(self, pid, NIL);
              break;
            case 1:
              result = rsp_receive(self, &message, &options);
              if (result == RSP_OK) rsp_msg_free(message);
              if (result == RSP_ETIMEDOUT) result = RSP_OK;
              break;
            case 2:
              if (other.id != 0) result = rsp_monitor(self, &ref, other, nullptr);
              break;
            case 3:
              if (other.id != 0) result = rsp_link(self, other);
              if (result == RSP_ENOPROC) result = RSP_OK;
              break;
            default:
              result = other.id != 0 && random.below(4) == 0 ? rsp_exit_signal(self, other, word("kill"))
                                                             : rsp_checkpoint(self);
          }
          if (result == RSP_EXITING) break;
          EXPECT_EQ(result, RSP_OK);
        }
        if (random.below(2) == 0) {
          EXPECT_EQ(rsp_detach(self, word("done")), RSP_OK);
        }
      }).join();
    }
  });
}

// Every kind of traffic at the moment of the stop: the runtime ends, and starts again.
TEST_F(Storms, a_stop_in_the_middle_of_everything) {
  for (int round = 0; round < scale(50); ++round) {
    std::vector<std::thread> senders;
    std::atomic<bool> stopped{false};
    std::vector<rsp_pid> all;
    for (int i = 0; i < 100; ++i) all.push_back(spawn_echo(nullptr));
    for (int t = 0; t < 3; ++t) {
      senders.emplace_back([&, t] {
        rsp_self* self = nullptr;
        if (t == 0 && rsp_attach(&self) != RSP_OK) self = nullptr;
        Random random(static_cast<uint64_t>(t));
        while (!stopped) {
          const rsp_pid to = all[random.below(all.size())];
          const rsp_result sent = rsp_send(self, to, NIL);
          EXPECT_TRUE(sent == RSP_OK || sent == RSP_EXITING) << rsp_result_name(sent);
          rsp_pid child = NO_PID;
          const rsp_result spawned = rsp_spawn(
              self, &child, nullptr, nullptr, [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_STOP; },
              nullptr, nullptr);
          EXPECT_TRUE(spawned == RSP_OK || spawned == RSP_EXITING || spawned == RSP_ESTOPPED)
              << rsp_result_name(spawned);
          if (spawned == RSP_OK) {
            EXPECT_EQ(rsp_send(nullptr, child, NIL), RSP_OK);
          }
        }
        if (self != nullptr) {
          EXPECT_EQ(rsp_detach(self, NIL), RSP_OK);
        }
      });
    }
    ASSERT_EQ(rsp_runtime_stop(round % 3), RSP_OK);
    stopped = true;
    for (std::thread& sender : senders) sender.join();
    rsp_runtime_opts options = RSP_RUNTIME_OPTS_INIT;
    options.workers = WORKERS;
    ASSERT_EQ(rsp_runtime_start(&options), RSP_OK);
  }
}

}  // namespace
