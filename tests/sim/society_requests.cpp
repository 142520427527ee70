// Requests of the members of a society, and what is in the books about them (I9).
#include <algorithm>

#include "tests/sim/society.hpp"
#include "tests/sim/society_words.hpp"

namespace society {

/// Asks, gives up, takes aliases off, and replies to what has waited.
void Society::ask(Member& member, rsp_self* self, Member& other) {
  if (!member.open.empty() && chance(2)) {
    const Question question = member.open.back();
    if (!chance(4)) member.open.pop_back();  // or it is replied to again
    reply_to(self, question);
  }
  if (!member.asked.empty() && chance(4)) lose_interest(member, self, member.asked.begin()->second);
  const size_t index = requests_.size();
  requests_.push_back(Request{member.number, other.number, {}});
  requests_[index].over = true;  // until it is sent
  rsp_term term = NIL;
  if (!allowed(make_pair(&term, ASKED, static_cast<int64_t>(index)))) return;
  rsp_ref ref = {};
  if (allowed(rsp_send_request(self, &ref, other.pid, term), {RSP_EOVERLOAD})) {
    know_ref(ref);
    requests_[index].over = false;
    requests_[index].ref = ref;
    member.asked[number_of(ref)] = index;
    if (chance(4)) lose_interest(member, self, index);
  }
  rsp_term_free(term);
}

void Society::lose_interest(Member& member, rsp_self* self, size_t request) {
  const rsp_ref ref = requests_[request].ref;
  switch (below(3)) {
    case 0: {
      // One that was answered keeps its answer.
      bool was_on = false;
      if (allowed(rsp_unalias(self, &was_on, ref)) && was_on) requests_[request].silent = true;
      return;
    }
    case 1: {
      bool removed = false;
      if (!allowed(rsp_demonitor(self, &removed, ref, false))) return;
      if (!removed) return;  // its answer stays, or it goes to the member itself
      break;
    }
    default:
      if (!allowed(rsp_abandon_request(self, ref))) return;
  }
  requests_[request].over = true;
  member.asked.erase(number_of(ref));
}

void Society::reply_to(rsp_self* self, const Question& question) {
  rsp_term term = NIL;
  if (!allowed(make_pair(&term, REPLIED, static_cast<int64_t>(question.request)))) return;
  if (allowed(rsp_reply(self, question.from, term))) requests_[question.request].replied = true;
  rsp_term_free(term);
}

void Society::hear_request(Member& member, rsp_self* self, const rsp_msg* message) {
  EXPECT_EQ(element(rsp_msg_term(message), 0), ASKED);
  const size_t index = static_cast<size_t>(element(rsp_msg_term(message), 1));
  EXPECT_EQ(requests_[index].asked, member.number);
  const Question question{index, rsp_msg_from_call(message)};
  const bool may_block = !calm_ && !member.is_thread && (deeds_ >> BLOCK & 1) != 0;
  if (may_block && chance(4)) block(member, self);  // and may be ended with the request in its hands
  const bool at_once = chance(3);
  if (at_once) reply_to(self, question);
  if (!at_once || chance(4)) (chance(3) ? any() : member).open.push_back(question);
}

void Society::hear_reply(Member& member, size_t index) {
  Request& request = requests_[index];
  EXPECT_EQ(request.asker, member.number) << "I9: an answer for somebody else";
  EXPECT_FALSE(request.over) << "I9: a reply to a request that was answered or given up";
  EXPECT_FALSE(request.silent) << "I9: a reply through an alias that is off";
  request.over = true;
  member.asked.erase(number_of(request.ref));
}

void Society::check_requests(rsp_self* self) {
  std::map<Number, int64_t> watchers;
  for (const auto& member : members_) {
    if (member->ended) continue;
    for (const auto& [ref, watch] : member->watches) ++watchers[watch.target];
  }
  for (size_t index = 0; index < requests_.size(); ++index) {
    const Request& request = requests_[index];
    if (request.over || members_[request.asker]->ended) continue;
    EXPECT_FALSE(members_[request.asked]->ended) << "I9: no DOWN for request " << index;
    EXPECT_TRUE(request.silent || !request.replied) << "I9: the reply to request " << index << " is lost";
    if (request.asker != request.asked) ++watchers[request.asked];
  }
  for (const auto& member : members_) {
    if (member->ended) continue;
    const std::string pids = info(self, member->pid, "monitored_by");
    EXPECT_EQ(std::count(pids.begin(), pids.end(), '<'), watchers[member->number])
        << "I9: " << member->number << " is watched by " << pids;
  }
}

}  // namespace society
