// What the members of a society hear, held against the books.
#include <algorithm>

#include "core/env/clock.hpp"
#include "tests/sim/society.hpp"
#include "tests/sim/society_words.hpp"

namespace society {

/// Code that has computed for long is still in the same turn afterwards, up to its last instruction behind run_member: that,
/// too, may be taken and ended, without anything having told the code so far. The runtime counts what it has left behind.
bool Society::has_zombies() {
  rsp_runtime_stats stats = RSP_RUNTIME_STATS_INIT;
  return rsp_runtime_get_stats(&stats) == RSP_OK && stats.zombies != 0;
}

void Society::hear_down(Member& member, const rsp_msg* message) {
  const uint64_t ref = number_of(rsp_msg_ref(message));
  const auto request = member.asked.find(ref);
  const auto watch = member.watches.find(ref);
  const bool answers = request != member.asked.end();
  ASSERT_TRUE(answers || watch != member.watches.end())
      << "I4, I9: a DOWN of a monitor that has fired or was taken back, or of a request that was answered or "
         "given up";
  Member& target = *members_[answers ? requests_[request->second].asked : watch->second.target];
  if (answers) {
    requests_[request->second].over = true;
    member.asked.erase(request);
  } else {
    member.watches.erase(watch);
  }
  EXPECT_TRUE(target.pid == rsp_msg_from(message));
  hear_end(member, target, show(rsp_msg_term(message)));
}

/// Whether it is an exit signal that somebody sent, and not the end of who is linked.
bool Society::is_sent_exit(Member& member, const Member& from, rsp_term reason) {
  const auto in_place = [&](const ExitSignal& signal) {
    return member.drops() || member.received[from.number] == signal.sent;
  };
  if (show(reason) == "normal") {
    const auto sent = std::find_if(exit_signals_.begin(), exit_signals_.end(), [&](const ExitSignal& signal) {
      return signal.is_normal && !signal.heard && signal.from == from.number && signal.to == member.number &&
             in_place(signal);
    });
    if (sent == exit_signals_.end()) return false;
    sent->heard = true;
    return true;
  }
  rsp_term kind = NIL;
  int64_t value = 0;
  const bool has_number = rsp_term_element(&kind, reason, 0) == RSP_OK &&
                          rsp_term_get_int(&value, kind) == RSP_OK && value == SIGNALLED;
  if (!has_number) return false;
  ExitSignal& signal = exit_signals_[static_cast<size_t>(element(reason, 1))];
  if (signal.from != from.number || signal.to != member.number) return false;  // it has ended with it
  EXPECT_FALSE(signal.heard) << "I3: an exit signal came twice";
  EXPECT_TRUE(in_place(signal)) << "I6: an exit signal and " << signal.sent << " messages, of which "
                                << member.received[from.number] << " came before";
  signal.heard = true;
  return true;
}

void Society::hear_exit(Member& member, const rsp_msg* message) {
  if (rsp_msg_from(message) == registry_pid_) {
    EXPECT_FALSE(has_registry_) << "I5: the registry has ended";
    return;
  }
  const auto from = by_pid_.find(rsp_msg_from(message).id);
  ASSERT_TRUE(from != by_pid_.end());
  Member& target = *members_[from->second];
  const rsp_term reason = rsp_msg_term(message);
  if (!is_sent_exit(member, target, reason)) hear_end(member, target, show(reason));
}

/// By a DOWN, or by the exit signal of a link.
void Society::hear_end(Member& member, Member& target, const std::string& reason) {
  expect_nameless(target.pid);
  expect_empty_shelves(target);
  member.outlived.insert(target.number);
  if (!target.is_thread) {
    const bool left_behind = target.blocks || target.zombie || (!target.ended && has_zombies());
    EXPECT_TRUE(target.ended || left_behind) << "I4, I5: the end of the living";
    EXPECT_TRUE(target.resources.empty() || left_behind) << "I14";
    if (!member.drops()) {
      // Code that runs on may be in the middle of a call that sends nothing any more.
      const int64_t late = left_behind ? 1 : 0;
      const int64_t missing = target.sent[member.number] - member.received[target.number];
      EXPECT_TRUE(missing == 0 || missing == late) << "I6: an end before a message";
    }
  }
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
  } else if (kind == REPLIED) {
    hear_reply(member, static_cast<size_t>(value));
  } else if (kind == CROSS) {
    if (!calm_) cross_links(member, self, member);
  } else if (kind != ORDER) {
    EXPECT_EQ(member.outlived.count(static_cast<Number>(kind)), 0u)
        << "I6: a message after the end of its sender";
    int64_t& received = member.received[static_cast<Number>(kind)];
    if (member.drops()) {
      EXPECT_GT(value, received) << "I3: from " << kind << " to " << member.number;
    } else {
      EXPECT_EQ(value, received + 1) << "I3: from " << kind << " to " << member.number;
    }
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
    case RSP_MSG_CALL:
      hear_request(member, self, message);
      break;
    case RSP_MSG_EXIT:
      hear_exit(member, message);
      break;
    default:
      ADD_FAILURE() << "a message of kind " << rsp_msg_get_kind(message);
  }
}

}  // namespace society
