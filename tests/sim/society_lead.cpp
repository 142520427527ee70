// Who leads a run, the thread that drifts, and the books at the end.
#include <algorithm>

#include "core/env/clock.hpp"
#include "core/env/controlled/sim.hpp"
#include "core/env/random.hpp"
#include "core/env/thread.hpp"
#include "core/env/wait.hpp"
#include "core/mem/alloc.hpp"
#include "core/proc/node.hpp"
#include "tests/sim/society.hpp"
#include "tests/sim/society_words.hpp"
#include "tests/support/account.hpp"

namespace society {
// ---- the leader, and a thread that drifts ---------------------------------------------------------------

void Society::drain(Member& member, rsp_self* self, uint64_t patience_ms) {
  for (;;) {
    rsp_receive_opts options = RSP_RECEIVE_OPTS_INIT;
    options.timeout_ms = patience_ms;
    rsp_msg* message = nullptr;
    const uint64_t before_ns = rsp::env::now_ns();
    const rsp_result result = rsp_receive(self, &message, &options);
    if (result == RSP_ETIMEDOUT) {
      EXPECT_GE(rsp::env::now_ns(), before_ns + patience_ms * NS_IN_MS) << "I10: a wait ended too early";
    }
    if (!allowed(result, {RSP_ETIMEDOUT})) return;
    hear(member, self, message);
    rsp_msg_free(message);
    if (patience_ms == RSP_INFINITE) return;
  }
}

void Society::look_at(rsp_self* self, Member& other) {
  if (chance(2)) {
    rsp_term all = NIL;
    if (allowed(rsp_process_info(self, &all, other.pid, RSP_INFINITE))) rsp_term_free(all);
    return;
  }
  const bool kills = !calm_ && other.number != LEADER && !other.is_thread && chance(4) &&
                     allowed(rsp_exit_signal(self, other.pid, reasons_[KILL]));
  bool alive = false;
  if (!allowed(rsp_is_alive(self, &alive, other.pid, RSP_INFINITE))) return;
  if (!alive) expect_nameless(other.pid);
  EXPECT_FALSE(alive && kills) << "I6: it was killed before it was asked";
}

struct Society::Drifter {
  Society* society;
  Member* member;
  rsp::env::Atomic<uint32_t> may_go{0};
  bool drifts = true;
};

/// Another attached thread: acts like the others, waits, may be killed, and goes with or without detaching.
/// Before that it stays outside every call until the leader has seen that its process answers all the same.
void Society::drift(void* argument) {
  Drifter& drifter = *static_cast<Drifter*>(argument);
  Society& all = *drifter.society;
  Member& member = *drifter.member;
  rsp_self* self = nullptr;
  const bool attached = all.allowed(rsp_attach(&self));
  if (attached) {
    all.know_pid(member, rsp_self_pid(self));
    for (uint32_t i = 0; i < 2 * ROUNDS; ++i) {
      (void)all.act(member, self);
      if (all.chance(3)) all.drain(member, self, all.below(2));
      if (all.chance(4)) all.look_at(self, all.any());
    }
  }
  drifter.drifts = false;
  rsp::env::wait(drifter.may_go, 0);
  if (attached && all.chance(2)) {
    EXPECT_EQ(rsp_detach(self, all.reasons_[all.below(std::size(all.reasons_))]), RSP_OK);
  }
}

void Society::order_some(rsp_self* self) {
  for (uint32_t orders = 1 + below(4); orders > 0; --orders) {
    // Moments that are no multiples of the delays and waits.
    if (chance(4)) rsp::env::sim::spend_ns(below(NS_IN_MS));
    const bool crosses = chance(3);
    rsp_term order = NIL;
    if (!allowed(make_pair(&order, crosses ? CROSS : ORDER, 0))) continue;
    const Member& one = any();
    allowed(rsp_send(self, one.pid, order), {RSP_EOVERLOAD});
    const Number partner = one.number ^ 1;
    if (crosses && partner < members_.size() && !(members_[partner]->pid == NO_PID)) {
      allowed(rsp_send(self, members_[partner]->pid, order), {RSP_EOVERLOAD});
    }
    rsp_term_free(order);
  }
}

void Society::ask_all(Member& leader, rsp_self* self) {
  const uint64_t before_ns = rsp::env::now_ns();
  answers_.clear();
  rsp_term ping = NIL;
  ASSERT_EQ(make_pair(&ping, PING, 0), RSP_OK);
  size_t living = 0;
  for (const auto& member : members_) {
    if (member->is_thread || member->ended) continue;
    ++living;
    ASSERT_EQ(rsp_send(self, member->pid, ping), RSP_OK);
  }
  rsp_term_free(ping);
  while (answers_.size() < living) drain(leader, self, RSP_INFINITE);
  EXPECT_EQ(rsp::env::now_ns(), before_ns) << "I1: work waited until time passed";
}

void Society::check_books(rsp_self* self) {
  std::map<Number, std::string> links;
  for (const auto& member : members_) {
    if (member->ended) continue;
    links[member->number] = info(self, member->pid, "links");
  }
  for (const auto& [one, links_of_one] : links) {
    int64_t found = 0;
    for (const auto& [other, links_of_other] : links) {
      const bool forth = links_of_one.find(show(rsp_term_pid(members_[other]->pid))) != std::string::npos;
      const bool back = links_of_other.find(show(rsp_term_pid(members_[one]->pid))) != std::string::npos;
      EXPECT_EQ(forth, back) << "I5: " << one << " and " << other;
      found += forth;
    }
    EXPECT_EQ(found, members_in(links_of_one)) << "I5: a link to the dead";
  }
  for (const auto& member : members_) {
    if (member->ended) continue;
    for (const auto& sender : members_) {
      if (member->drops()) continue;  // check_drops
      EXPECT_EQ(member->received[sender->number], sender->sent[member->number])
          << "I3: from " << sender->number << " to " << member->number;
    }
    for (const auto& [ref, watch] : member->watches) {
      EXPECT_FALSE(members_[watch.target]->ended) << "I4: no DOWN of " << watch.target;
    }
  }
  check_requests(self);
  for (const Alarm& alarm : alarms_) {
    if (alarm.cancelled || members_[alarm.to]->ended) continue;
    if (alarm.owner != alarm.to && members_[alarm.to]->limited && alarm.fired == 0)
      continue;  // it may be dropped
    EXPECT_EQ(alarm.fired, 1u) << "I10: it never fired";
  }
  for (const rsp_atom name : names_) {
    const rsp_pid holder = rsp_whereis(name);
    if (holder == NO_PID) continue;
    EXPECT_FALSE(members_[by_pid_.at(holder.id)]->ended);
    EXPECT_EQ(info(self, holder, "registered_name"), show(rsp_term_atom(name)));
  }
}

void Society::check_drops() {
  int64_t lost = 0;
  for (const auto& member : members_) {
    if (member->ended || !member->drops()) continue;
    for (const auto& sender : members_) {
      const int64_t missing = sender->sent[member->number] - member->received[sender->number];
      EXPECT_GE(missing, 0) << "I3: from " << sender->number << " to " << member->number;
      lost += missing;
    }
  }
  rsp_runtime_stats stats = RSP_RUNTIME_STATS_INIT;
  EXPECT_EQ(rsp_runtime_get_stats(&stats), RSP_OK);
  EXPECT_LE(lost, static_cast<int64_t>(stats.dropped_messages)) << "I3: lost, and not counted as dropped";
}

void Society::spawn_sleeper(rsp_self* self) {
  rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
  options.start = [](rsp_self* sleeper, rsp_msg*, void*) {
    if (rsp_blocking_begin(sleeper) == RSP_OK) pass_time(BEYOND_THE_STOP_MS);
    return RSP_NEXT_CONTINUE;
  };
  const rsp_handler deaf = [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_CONTINUE; };
  rsp_pid pid = NO_PID;
  sleeps_ = true;
  EXPECT_EQ(rsp_spawn(self, &pid, nullptr, &options, deaf, &sleeps_,
                      [](void* sleeps) { *static_cast<bool*>(sleeps) = false; }),
            RSP_OK);
}

void Society::lead(rsp_self* self) {
  Member& leader = *members_[LEADER];
  know_pid(leader, rsp_self_pid(self));
  ASSERT_EQ(rsp_trap_exit(self, nullptr, true), RSP_OK);
  if (chance(2)) start_registry();
  if (chance(4)) rsp::env::sim::move_time_early(EARLY_ONE_IN[below(std::size(EARLY_ONE_IN))]);
  for (uint32_t i = 0; i < FOUNDERS; ++i) spawn_member(leader, self, chance(2), chance(2), chance(3));
  Drifter drifter{this, nullptr};
  rsp::env::Thread thread;
  if (chance(2)) {
    drifter.member = &add_member(true);
    ASSERT_EQ(thread.start("drifter", drift, &drifter), RSP_OK);
  }
  for (uint32_t i = 0; i < ROUNDS; ++i) {
    order_some(self);
    if (scarce_ && chance(3)) rsp::mem_fail_after(1 + below(MOST_ALLOCATIONS));
    (void)act(leader, self);
    if (chance(3)) look_at(self, any());
    drain(leader, self, below(2));
  }
  if (thread.joinable()) {
    while (drifter.drifts) drain(leader, self, 1);
    rsp::env::sim::move_time_early(0);
    const uint64_t before_ns = rsp::env::now_ns();
    for (int i = 0; i < 4 && !(drifter.member->pid == NO_PID); ++i) look_at(self, *drifter.member);
    // Where others compute, an answer waits for a worker until the watchdog has given it one, or they are done.
    const uint64_t most_ns = (deeds_ >> COMPUTE & 1) != 0 ? 4 * LONGEST_COMPUTATION_MS * NS_IN_MS : 0;
    EXPECT_LE(rsp::env::now_ns(), before_ns + most_ns) << "I1: a process whose thread is away did not answer";
    drifter.may_go.store(1, rsp::env::RELEASE);
    rsp::env::wake_one(drifter.may_go);
    thread.join();
    drifter.member->ended = true;
  }
  calm_ = true;
  rsp::env::sim::move_time_early(0);
  rsp::mem_fail_never();
  drain(leader, self, CALM_MS);
  // Once for what is under way, and once for what answers it.
  ask_all(leader, self);
  ask_all(leader, self);
  check_books(self);
  check_drops();
  if (chance(8)) {
    spawn_sleeper(self);
    drain(leader, self, 1);
  }
  has_registry_ = false;  // it ends in the stop, before some members
}

void Society::run() {
  const uint64_t blocks_before = rsp::mem_live_blocks();
  for (const char* name : {"north", "south", "west"}) names_.push_back(atom(name));
  reasons_[KILL] = word("kill");
  reasons_[NORMAL] = word("normal");
  reasons_[2] = word("shutdown");
  reasons_[BORED] = word("bored");
  rsp_set_report_sink([](void*, rsp_report_level, rsp_term) {}, nullptr);
  // Some runs know few kinds of deeds: they get deeper into these.
  deeds_ = static_cast<uint32_t>(rsp::env::random_u64()) | static_cast<uint32_t>(rsp::env::random_u64());
  if (chance(4)) deeds_ = UINT32_MAX;
  scarce_ = chance(4);
  add_member(true);
  {
    workers_ = 1 + below(3);
    const Runtime runtime(workers_);
    const Attached self;
    if (self.self() != nullptr) lead(self);
    rsp::mem_fail_never();
  }
  if (sleeps_) pass_time(BEYOND_THE_STOP_MS);
  EXPECT_FALSE(sleeps_) << "I7: the state of a zombie";
  for (const auto& member : members_) {
    EXPECT_TRUE(member->ended || member->is_thread) << "I7: it never ended";
    EXPECT_TRUE(member->resources.empty()) << "I14";
  }
  EXPECT_EQ(rsp::live_processes(), 0u);
  rsp::test::expect_all_given_back(blocks_before);  // I7, I11
}

}  // namespace society
