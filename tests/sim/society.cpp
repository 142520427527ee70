#include "tests/sim/society.hpp"

#include <algorithm>
#include <stdexcept>

#include "core/env/clock.hpp"
#include "core/env/controlled/sim.hpp"
#include "core/env/random.hpp"
#include "core/env/sometimes.hpp"
#include "core/env/thread.hpp"
#include "core/env/wait.hpp"
#include "core/mem/alloc.hpp"
#include "core/proc/node.hpp"

namespace society {
namespace {

using namespace capi_test;

constexpr Number LEADER = 0;
constexpr uint32_t FOUNDERS = 5;
constexpr uint32_t MOST_MEMBERS = 20;
constexpr uint32_t ROUNDS = 16;
constexpr uint32_t KILL = 0;  // among the reasons
constexpr uint32_t BORED = 3;
constexpr uint64_t NS_IN_MS = 1'000'000;
constexpr uint32_t LONGEST_DELAY_MS = 3;
constexpr uint64_t CALM_MS = 5 * LONGEST_DELAY_MS;

// What is not from one member to another begins with one of these.
constexpr int64_t ORDER = -1;    // {ORDER, 0}: whoever hears anything acts
constexpr int64_t PING = -2;     // {PING, 0}
constexpr int64_t PONG = -3;     // {PONG, number}
constexpr int64_t ALARMED = -4;  // {ALARMED, index of the alarm}

constexpr int64_t CROSS = -5;  // {CROSS, 0}: link and unlink the partner

enum Deed : uint32_t { SPAWN, SEND, LINK, MONITOR, EXIT, TRAP, NAME, TIME, END, SHORTAGE, DEEDS };

rsp_result make_pair(rsp_term* out, int64_t first, int64_t second) {
  const rsp_term both[] = {rsp_term_int(first), rsp_term_int(second)};
  return rsp_term_tuple(out, both, 2);
}

int64_t element(rsp_term tuple, size_t index) {
  rsp_term value = NIL;
  EXPECT_EQ(rsp_term_element(&value, tuple, index), RSP_OK);
  return as_int(value);
}

uint64_t number_of(rsp_ref ref) {
  return ref.words[0] | uint64_t{ref.words[1]} << 32;
}

/// One entry of the information on a process, as text.
std::string info(rsp_self* self, rsp_pid pid, const char* key) {
  rsp_term all = NIL;
  rsp_term entry = NIL;
  EXPECT_EQ(rsp_process_info(self, &all, pid, RSP_INFINITE), RSP_OK);
  EXPECT_EQ(rsp_term_map_get(&entry, all, word(key)), RSP_OK);
  const std::string text = show(entry);
  rsp_term_free(all);
  return text;
}

}  // namespace

uint32_t Society::below(uint32_t bound) {
  return static_cast<uint32_t>(rsp::env::random_u64() % bound);
}

bool Society::chance(uint32_t one_in) {
  return below(one_in) == 0;
}

bool Society::allowed(rsp_result result, std::initializer_list<rsp_result> others) {
  if (result == RSP_OK) return true;
  if (result == RSP_EXITING) return false;
  bool expected = scarce_ && result == RSP_ENOMEM;
  for (const rsp_result other : others) expected |= result == other;
  EXPECT_TRUE(expected) << rsp_result_name(result);
  return false;
}

Member& Society::add_member(bool is_thread) {
  members_.push_back(std::make_unique<Member>());
  Member& added = *members_.back();
  added.society = this;
  added.number = static_cast<Number>(members_.size() - 1);
  added.is_thread = is_thread;
  return added;
}

void Society::know_pid(Member& member, rsp_pid pid) {
  if (member.pid == pid) return;
  EXPECT_TRUE(member.pid == NO_PID);
  member.pid = pid;
  EXPECT_TRUE(by_pid_.emplace(pid.id, member.number).second) << "I12: a pid was used twice";
}

/// One that can be reached: its spawn has returned, or it has begun.
Member& Society::any() {
  for (;;) {
    Member& member = *members_[below(static_cast<uint32_t>(members_.size()))];
    if (!(member.pid == NO_PID)) return member;
  }
}

// ---- deeds ----------------------------------------------------------------------------------------------

void Society::spawn_member(Member& parent, rsp_self* self, bool link, bool monitor, bool trap) {
  Member& child = add_member(false);
  rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
  options.link = link;
  options.monitor = monitor;
  options.trap_exit = trap;
  options.start = run_member;
  rsp_pid pid = NO_PID;
  rsp_ref ref = {};
  if (!allowed(rsp_spawn(self, &pid, &ref, &options, run_member, &child, end_member))) {
    child.ended = true;
    return;
  }
  know_pid(child, pid);
  if (monitor) parent.watches[number_of(ref)] = Watch{child.number};
}

void Society::send_to(Member& from, rsp_self* self, Member& to) {
  rsp_term term = NIL;
  if (!allowed(make_pair(&term, from.number, from.sent[to.number] + 1))) return;
  ++from.sent[to.number];  // it may arrive before the call returns
  if (!allowed(rsp_send(self, to.pid, term))) --from.sent[to.number];
  rsp_term_free(term);
}

void Society::watch(Member& member, rsp_self* self, Member& target) {
  rsp_ref ref = {};
  if (&target == &member || !allowed(rsp_monitor(self, &ref, target.pid, nullptr))) return;
  member.watches[number_of(ref)] = Watch{target.number};
  if (!chance(4)) return;
  bool removed = false;
  const bool flush = chance(2);
  if (!allowed(rsp_demonitor(self, ref, flush, &removed))) return;
  // Without a flush the DOWN that was there already stays, and is expected.
  if (removed || flush) member.watches.erase(number_of(ref));
}

/// Whoever has found a process dead finds its name free.
void Society::expect_nameless(rsp_pid dead) {
  for (const rsp_atom name : names_) EXPECT_FALSE(rsp_whereis(name) == dead) << "I6: dead, and has a name";
}

void Society::link_to(rsp_self* self, rsp_pid peer) {
  const rsp_result result = rsp_link(self, peer);
  allowed(result, {RSP_ENOPROC});
  if (result == RSP_ENOPROC) expect_nameless(peer);
}

/// Often with the same partner, who does so too: links and unlinks that cross.
void Society::cross_links(Member& member, rsp_self* self, const Member& other) {
  const Number partner = member.number ^ 1;
  const bool with_partner = partner < members_.size() && !(members_[partner]->pid == NO_PID) && !chance(3);
  const rsp_pid peer = with_partner ? members_[partner]->pid : other.pid;
  for (uint32_t left = 1 + below(6); left > 0; --left) {
    if (chance(2)) {
      allowed(rsp_unlink(self, peer));
    } else {
      link_to(self, peer);
    }
  }
}

void Society::use_names(Member& member, rsp_self* self) {
  const rsp_atom name = names_[below(static_cast<uint32_t>(names_.size()))];
  const rsp_pid holder = rsp_whereis(name);
  switch (below(6)) {
    case 4: {  // a name for one that is about to end
      const Member& other = any();
      if (other.number == LEADER) break;
      allowed(rsp_exit_signal(self, other.pid, reasons_[KILL]));
      allowed(rsp_register(self, name, other.pid), {RSP_ENAMETAKEN, RSP_EHASNAME, RSP_ENOPROC});
      link_to(self, other.pid);
      break;
    }
    case 5:  // the end of one that has a name
      if (holder == NO_PID || holder == members_[LEADER]->pid) break;
      allowed(rsp_exit_signal(self, holder, reasons_[KILL]));
      for (uint32_t left = below(8); left > 0; --left) link_to(self, holder);
      break;
    case 0:
      allowed(rsp_register(self, name, any().pid), {RSP_ENAMETAKEN, RSP_EHASNAME, RSP_ENOPROC});
      break;
    case 1:
      allowed(rsp_register(self, name, member.pid), {RSP_ENAMETAKEN, RSP_EHASNAME});
      break;
    case 2:
      allowed(rsp_unregister(self, name), {RSP_ENONAME});
      break;
    default:
      allowed(rsp_send_name(self, name, NIL), {RSP_ENONAME});
  }
}

/// The latest of its own that may still be to come.
void Society::cancel_alarm(Member& member, rsp_self* self) {
  for (size_t index = alarms_.size(); index-- > 0;) {
    const Alarm alarm = alarms_[index];
    if (alarm.owner != member.number || alarm.cancelled || alarm.fired != 0) continue;
    bool active = false;
    if (!allowed(rsp_cancel_timer(self, alarm.ref, &active, nullptr)) || !active) return;
    EXPECT_EQ(alarms_[index].fired, 0u) << "I10: it was cancelled, and has fired";
    alarms_[index].cancelled = true;
    return;
  }
}

void Society::start_alarm(Member& member, rsp_self* self) {
  const uint32_t delay_ms = chance(2) ? 0 : below(LONGEST_DELAY_MS + 1);
  Member& to = chance(2) ? member : any();
  const size_t index = alarms_.size();
  alarms_.push_back(Alarm{member.number, to.number, rsp::env::now_ns() + delay_ms * NS_IN_MS, {}});
  rsp_term term = NIL;
  rsp_ref ref = {};
  if (!allowed(make_pair(&term, ALARMED, static_cast<int64_t>(index))) ||
      !allowed(rsp_send_after(self, &ref, delay_ms, to.pid, term))) {
    alarms_[index].cancelled = true;
  }
  alarms_[index].ref = ref;
  rsp_term_free(term);
}

rsp_next Society::end_somehow(rsp_self* self) {
  switch (below(5)) {
    case 0:
      return rsp_exit(self, reasons_[below(std::size(reasons_))]);
    case 1:
      return rsp_error(self, reasons_[BORED]);
    case 2:
      throw std::runtime_error("nobody catches this");
    default:
      return RSP_NEXT_STOP;
  }
}

rsp_next Society::act(Member& member, rsp_self* self) {
  const uint32_t deed = below(DEEDS);
  if ((deeds_ >> deed & 1) == 0) return RSP_NEXT_CONTINUE;
  Member& other = any();
  switch (deed) {
    case SPAWN:
      if (members_.size() < MOST_MEMBERS) spawn_member(member, self, chance(2), chance(2), chance(3));
      break;
    case SEND:
      for (uint32_t left = below(4); left > 0; --left) send_to(member, self, other);
      break;
    case LINK:
      cross_links(member, self, other);
      break;
    case MONITOR:
      watch(member, self, other);
      break;
    case EXIT:
      if (other.number != LEADER)
        allowed(rsp_exit_signal(self, other.pid, reasons_[below(std::size(reasons_))]));
      break;
    case TRAP:
      if (member.number != LEADER) allowed(rsp_trap_exit(self, chance(2), nullptr));
      break;
    case NAME:
      use_names(member, self);
      break;
    case TIME:
      if (chance(3)) cancel_alarm(member, self);
      start_alarm(member, self);
      if (chance(2)) cancel_alarm(member, self);
      break;
    case END:
      if (!member.is_thread && chance(4)) return end_somehow(self);
      break;
    case SHORTAGE:
      if (scarce_ && !calm_) rsp::mem_fail_after(1 + below(10));
      break;
    default:
      break;
  }
  return RSP_NEXT_CONTINUE;
}

// ---- what members hear ----------------------------------------------------------------------------------

void Society::hear_down(Member& member, const rsp_msg* message) {
  const auto watch = member.watches.find(number_of(rsp_msg_ref(message)));
  ASSERT_TRUE(watch != member.watches.end()) << "I4: a DOWN of a monitor that has fired or was taken back";
  Member& target = *members_[watch->second.target];
  member.watches.erase(watch);
  EXPECT_TRUE(target.pid == rsp_msg_from(message));
  for (const rsp_atom name : names_)
    EXPECT_FALSE(rsp_whereis(name) == target.pid) << "I6: its name is not free";
  if (!target.is_thread) {
    EXPECT_TRUE(target.ended) << "I4: a DOWN of the living";
    EXPECT_EQ(member.received[target.number], target.sent[member.number]) << "I6: a DOWN before a message";
  }
  const std::string reason = show(rsp_msg_term(message));
  if (reason == "noproc") return;
  if (target.reason.empty()) target.reason = reason;
  EXPECT_EQ(reason, target.reason) << "I4: one end, two reasons";
}

void Society::hear_term(Member& member, rsp_self* self, rsp_term term) {
  const int64_t kind = element(term, 0);
  const int64_t value = element(term, 1);
  if (kind == PING) {
    rsp_term answer = NIL;
    EXPECT_EQ(make_pair(&answer, PONG, member.number), RSP_OK);
    EXPECT_EQ(rsp_send(self, members_[LEADER]->pid, answer), RSP_OK);
    rsp_term_free(answer);
  } else if (kind == PONG) {
    answers_.insert(static_cast<Number>(value));
  } else if (kind == ALARMED) {
    Alarm& alarm = alarms_[static_cast<size_t>(value)];
    EXPECT_EQ(alarm.to, member.number);
    EXPECT_FALSE(alarm.cancelled) << "I10: a cancelled timer fired";
    EXPECT_EQ(++alarm.fired, 1u) << "I10";
    EXPECT_GE(rsp::env::now_ns(), alarm.due_ns) << "I10: too early";
  } else if (kind == CROSS) {
    if (!calm_) cross_links(member, self, member);
  } else if (kind != ORDER) {
    int64_t& received = member.received[static_cast<Number>(kind)];
    EXPECT_EQ(value, received + 1) << "I3: from " << kind << " to " << member.number;
    received = value;
  }
}

void Society::hear(Member& member, rsp_self* self, const rsp_msg* message) {
  switch (rsp_msg_get_kind(message)) {
    case RSP_MSG_TERM: {
      size_t size = 0;
      const rsp_term term = rsp_msg_term(message);
      if (rsp_term_size(&size, term) == RSP_OK && size == 2) hear_term(member, self, term);  // else by name
      break;
    }
    case RSP_MSG_DOWN:
      hear_down(member, message);
      break;
    case RSP_MSG_EXIT:
      break;
    default:
      ADD_FAILURE() << "a message of kind " << rsp_msg_get_kind(message);
  }
}

rsp_next Society::run_member(rsp_self* self, rsp_msg* message, void* address) {
  Member& member = *static_cast<Member*>(address);
  Society& all = *member.society;
  EXPECT_FALSE(member.runs) << "I2";
  EXPECT_FALSE(member.ended) << "I7: code of a process that has ended";
  all.know_pid(member, rsp_self_pid(self));
  member.runs = true;
  struct Leave {
    Member& member;
    ~Leave() { member.runs = false; }
  } leave{member};
  if (message != nullptr) {
    all.hear(member, self, message);
    size_t size = 0;
    const rsp_term term = rsp_msg_term(message);
    if (rsp_msg_get_kind(message) != RSP_MSG_TERM || rsp_term_size(&size, term) != RSP_OK || size != 2) {
      return RSP_NEXT_CONTINUE;
    }
  }
  if (all.calm_) return RSP_NEXT_CONTINUE;
  return all.act(member, self);
}

void Society::end_member(void* address) {
  Member& member = *static_cast<Member*>(address);
  EXPECT_FALSE(member.ended) << "I7: it ended twice";
  EXPECT_FALSE(member.runs) << "I2";
  member.ended = true;
}

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
    allowed(rsp_send(self, one.pid, order));
    const Number partner = one.number ^ 1;
    if (crosses && partner < members_.size() && !(members_[partner]->pid == NO_PID)) {
      allowed(rsp_send(self, members_[partner]->pid, order));
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
    size_t found = 0;
    for (const auto& [other, links_of_other] : links) {
      const bool forth = links_of_one.find(show(rsp_term_pid(members_[other]->pid))) != std::string::npos;
      const bool back = links_of_other.find(show(rsp_term_pid(members_[one]->pid))) != std::string::npos;
      EXPECT_EQ(forth, back) << "I5: " << one << " and " << other;
      found += forth;
    }
    EXPECT_EQ(found, std::count(links_of_one.begin(), links_of_one.end(), '<')) << "I5: a link to the dead";
  }
  for (const auto& member : members_) {
    if (member->ended) continue;
    for (const auto& sender : members_) {
      EXPECT_EQ(member->received[sender->number], sender->sent[member->number])
          << "I3: from " << sender->number << " to " << member->number;
    }
    for (const auto& [ref, watch] : member->watches) {
      EXPECT_FALSE(members_[watch.target]->ended) << "I4: no DOWN of " << watch.target;
    }
  }
  for (const Alarm& alarm : alarms_) {
    if (alarm.cancelled || members_[alarm.to]->ended) continue;
    EXPECT_EQ(alarm.fired, 1u) << "I10: it never fired";
  }
  for (const rsp_atom name : names_) {
    const rsp_pid holder = rsp_whereis(name);
    if (holder == NO_PID) continue;
    EXPECT_FALSE(members_[by_pid_.at(holder.id)]->ended);
    EXPECT_EQ(info(self, holder, "registered_name"), show(rsp_term_atom(name)));
  }
}

void Society::lead(rsp_self* self) {
  Member& leader = *members_[LEADER];
  know_pid(leader, rsp_self_pid(self));
  ASSERT_EQ(rsp_trap_exit(self, true, nullptr), RSP_OK);
  for (uint32_t i = 0; i < FOUNDERS; ++i) spawn_member(leader, self, chance(2), chance(2), chance(3));
  Drifter drifter{this, nullptr};
  rsp::env::Thread thread;
  if (chance(2)) {
    drifter.member = &add_member(true);
    ASSERT_EQ(thread.start("drifter", drift, &drifter), RSP_OK);
  }
  for (uint32_t i = 0; i < ROUNDS; ++i) {
    order_some(self);
    (void)act(leader, self);
    if (chance(3)) look_at(self, any());
    drain(leader, self, below(2));
  }
  if (thread.joinable()) {
    while (drifter.drifts) drain(leader, self, 1);
    const uint64_t before_ns = rsp::env::now_ns();
    for (int i = 0; i < 4 && !(drifter.member->pid == NO_PID); ++i) look_at(self, *drifter.member);
    EXPECT_EQ(rsp::env::now_ns(), before_ns) << "I1: a process whose thread is away did not answer";
    drifter.may_go.store(1, rsp::env::RELEASE);
    rsp::env::wake_one(drifter.may_go);
    thread.join();
    drifter.member->ended = true;
  }
  calm_ = true;
  rsp::mem_fail_never();
  drain(leader, self, CALM_MS);
  // Once for what is under way, and once for what answers it.
  ask_all(leader, self);
  ask_all(leader, self);
  check_books(self);
}

void Society::run() {
  const uint64_t blocks_before = rsp::mem_live_blocks();
  for (const char* name : {"north", "south", "west"}) names_.push_back(atom(name));
  reasons_[KILL] = word("kill");
  reasons_[1] = word("normal");
  reasons_[2] = word("shutdown");
  reasons_[BORED] = word("bored");
  rsp_set_report_sink([](void*, rsp_report_level, rsp_term) {}, nullptr);
  // Some runs know few kinds of deeds: they get deeper into these.
  deeds_ = static_cast<uint32_t>(rsp::env::random_u64()) | static_cast<uint32_t>(rsp::env::random_u64());
  if (chance(4)) deeds_ = UINT32_MAX;
  scarce_ = chance(4);
  add_member(true);
  {
    const Runtime runtime(1 + below(3));
    const Attached self;
    if (self.self() != nullptr) lead(self);
    rsp::mem_fail_never();
  }
  for (const auto& member : members_) EXPECT_TRUE(member->ended || member->is_thread) << "I7: it never ended";
  EXPECT_EQ(rsp::live_processes(), 0u);
  EXPECT_EQ(rsp::mem_live_blocks(), blocks_before) << "I7: not all was given back";
}

}  // namespace society
