#include "tests/sim/society.hpp"

#include <stdexcept>

#include "core/env/clock.hpp"
#include "core/env/random.hpp"
#include "core/env/thread_locals.hpp"
#include "core/mem/alloc.hpp"
#include "core/sched/worker.hpp"
#include "tests/sim/society_words.hpp"

namespace society {

uint32_t Society::below(uint32_t bound) { return static_cast<uint32_t>(rsp::env::random_u64() % bound); }

bool Society::chance(uint32_t one_in) { return below(one_in) == 0; }

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

/// Whatever it names: they all have their numbers from one place.
void Society::know_ref(rsp_ref made) {
  EXPECT_NE(made.len, 0u);
  EXPECT_TRUE(refs_.insert(number_of(made)).second) << "I12: a reference was made twice";
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
  if (chance(3)) {
    child.limited = true;
    if (chance(2)) options.max_messages = 1 + below(MOST_LIMIT);
    if (options.max_messages == 0 || chance(2)) options.max_message_bytes = LEAST_BYTES + below(MORE_BYTES);
    options.overflow = child.overflow = static_cast<rsp_overflow>(below(RSP_OVERFLOW_EXIT + 1));
  }
  if (chance(4)) options.worker = child.worker = 1 + below(workers_);
  rsp_pid pid = NO_PID;
  rsp_ref ref = {};
  if (!allowed(rsp_spawn(self, &pid, &ref, &options, run_member, &child, end_member))) {
    child.ended = true;
    return;
  }
  know_pid(child, pid);
  if (!monitor) return;
  know_ref(ref);
  parent.watches[number_of(ref)] = Watch{child.number};
}

void Society::send_to(Member& from, rsp_self* self, Member& to) {
  rsp_term term = NIL;
  if (!allowed(make_pair(&term, from.number, from.sent[to.number] + 1))) return;
  ++from.sent[to.number];  // it may arrive before the call returns
  const rsp_result result = rsp_send(self, to.pid, term);
  if (!allowed(result, {RSP_EOVERLOAD})) --from.sent[to.number];
  EXPECT_FALSE(result == RSP_EOVERLOAD && (!to.limited || to.overflow != RSP_OVERFLOW_REFUSE)) << "I3";
  rsp_term_free(term);
}

void Society::send_exit(Member& from, rsp_self* self, Member& to) {
  const uint32_t reason = below(std::size(reasons_));
  if (reason == KILL) {
    allowed(rsp_exit_signal(self, to.pid, reasons_[KILL]));
    return;
  }
  // Others have the number of the signal, so that whoever hears of it can tell it from an end.
  const size_t index = exit_signals_.size();
  rsp_term term = reasons_[NORMAL];
  if (reason != NORMAL && !allowed(make_pair(&term, SIGNALLED, static_cast<int64_t>(index)))) return;
  exit_signals_.push_back({from.number, to.number, from.sent[to.number], reason == NORMAL});
  allowed(rsp_exit_signal(self, to.pid, term));
  if (reason != NORMAL) rsp_term_free(term);
}

void Society::watch(Member& member, rsp_self* self, Member& target) {
  rsp_ref ref = {};
  if (&target == &member || !allowed(rsp_monitor(self, &ref, target.pid, nullptr))) return;
  know_ref(ref);
  member.watches[number_of(ref)] = Watch{target.number};
  if (!chance(4)) return;
  bool removed = false;
  const bool flush = chance(2);
  if (!allowed(rsp_demonitor(self, &removed, ref, flush))) return;
  // Without a flush the DOWN that was there already stays, and is expected.
  if (removed || flush) member.watches.erase(number_of(ref));
}

/// Of an alias, which goes again, and of nothing.
void Society::make_refs(rsp_self* self) {
  rsp_ref ref = {};
  if (allowed(rsp_make_ref(self, &ref))) know_ref(ref);
  rsp_ref alias = {};
  if (!allowed(rsp_alias(self, &alias, RSP_ALIAS_EXPLICIT))) return;
  know_ref(alias);
  bool was_on = false;
  if (!allowed(rsp_unalias(self, &was_on, alias))) return;
  EXPECT_TRUE(was_on);
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
      allowed(rsp_send_name(self, name, NIL), {RSP_ENONAME, RSP_EOVERLOAD});
  }
}

/// The latest that may still be to come, and often one that another started.
void Society::cancel_alarm(Member& member, rsp_self* self) {
  for (size_t index = alarms_.size(); index-- > 0;) {
    const Alarm alarm = alarms_[index];
    if (alarm.ref.len == 0 || alarm.cancelled || alarm.fired != 0) continue;
    if (alarm.owner != member.number && chance(2)) continue;
    bool active = false;
    if (!allowed(rsp_cancel_timer(self, &active, nullptr, alarm.ref)) || !active) return;
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
  } else {
    know_ref(ref);
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

void Society::block(Member& member, rsp_self* self) {
  if (!allowed(rsp_blocking_begin(self))) return;
  member.blocks = true;
  pass_time(below(LONGEST_SECTION_MS + 1));
  member.zombie = !allowed(rsp_blocking_end(self));
  member.blocks = false;
}

/// Code that nobody was told of, and that calls nothing: the watchdog may take its turn away.
void Society::compute(Member& member, rsp_self* self) {
  member.blocks = true;
  pass_time(1 + below(LONGEST_COMPUTATION_MS));
  member.zombie = !allowed(rsp_checkpoint(self));
  member.blocks = false;
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
      for (uint32_t left = chance(4) ? MANY_MONITORS : 1; left > 0; --left) watch(member, self, other);
      if (chance(2)) make_refs(self);
      break;
    case EXIT:
      if (other.number != LEADER) send_exit(member, self, other);
      break;
    case TRAP:
      if (member.number != LEADER) allowed(rsp_trap_exit(self, nullptr, chance(2)));
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
    case BLOCK:
      if (!member.is_thread) block(member, self);
      break;
    case COMPUTE:
      if (!member.is_thread) compute(member, self);
      break;
    case ASK:
      ask(member, self, other);
      break;
    case HOLD:
      hold(member, self);
      break;
    case SHELVE:
      use_shelves(member, self);
      break;
    case SHORTAGE:
      if (scarce_ && !calm_) rsp::mem_fail_after(1 + below(MOST_ALLOCATIONS));
      break;
    default:
      break;
  }
  return RSP_NEXT_CONTINUE;
}

// ---- a member's code ----------------------------------------------------------------------------------

rsp_next Society::run_member(rsp_self* self, rsp_msg* message, void* address) {
  Member& member = *static_cast<Member*>(address);
  Society& all = *member.society;
  EXPECT_FALSE(member.runs) << "I2";
  EXPECT_FALSE(member.ended) << "I7: code of a process that has ended";
  if (member.worker != 0) {
    const auto* const here = static_cast<const rsp::Worker*>(rsp::env::thread_locals()->worker);
    EXPECT_EQ(here->index() + 1, member.worker) << "I13";
  }
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

}  // namespace society
