#include "core/otp/request_set.hpp"

#include <cstring>

namespace rsp {
namespace {

constexpr uint32_t LEAST_ROOM = 8;
constexpr uint32_t MOST_ROOM = 1u << 30;

const TermBits* label_for(const RequestSet& set, const Envelope& message) {
  const LocalRef request{message.ref, set.owner()};
  return answers(message, request) ? set.label_of(message.ref) : nullptr;
}

bool answers_one(const Envelope& message, void* context) {
  return label_for(*static_cast<const RequestSet*>(context), message) != nullptr;
}

/** The records of a request end. False: it had none, so its answer may be in the inbox. */
bool end_records(Process& self, LocalRef request) {
  bool removed;
  bool flushed;
  demonitor(self, request, false, &removed, &flushed);
  const bool was_on = unalias(self, request);
  return removed || was_on;
}

}  // namespace

rsp_result RequestSet::add(uint64_t number, Term label) {
  if (label_of(number) != nullptr) return RSP_EALREADY;
  if (!reserve()) return RSP_ENOMEM;
  put(Member{number, label.release(), 0});
  ++size_;
  return RSP_OK;
}

const TermBits* RequestSet::label_of(uint64_t number) const {
  if (room_ == 0) return nullptr;
  for (uint32_t place = *bucket_of(number); place != 0; place = members_[place - 1].next) {
    if (members_[place - 1].number == number) return &members_[place - 1].label;
  }
  return nullptr;
}

bool RequestSet::remove(uint64_t number) {
  if (room_ == 0) return false;
  uint32_t* place = bucket_of(number);
  while (*place != 0 && members_[*place - 1].number != number) place = &members_[*place - 1].next;
  if (*place == 0) return false;
  Member& member = members_[*place - 1];
  *place = member.next;
  member.number = 0;
  drop_term(member.label);
  // The last one takes the memory with it, rather than leave places to be cleared one by one.
  if (--size_ == 0) clear();
  return true;
}

void RequestSet::clear() {
  for (uint32_t i = 0; i < used_; ++i) {
    if (members_[i].number != 0) drop_term(members_[i].label);
  }
  mem_free_shared(members_);
  members_ = nullptr;
  buckets_ = nullptr;
  room_ = used_ = size_ = 0;
}

/** The members move together, into twice as much room where more than half of it was full. */
bool RequestSet::make_room() {
  uint32_t room = room_ < LEAST_ROOM ? LEAST_ROOM : room_;
  if (size_ > room / 2) room *= 2;
  if (room > MOST_ROOM) return false;
  void* const block = mem_alloc_shared(size_t{room} * (sizeof(Member) + sizeof(uint32_t)));
  if (block == nullptr) return false;
  Member* const former = members_;
  const uint32_t count = used_;
  members_ = static_cast<Member*>(block);
  buckets_ = reinterpret_cast<uint32_t*>(members_ + room);
  std::memset(buckets_, 0, size_t{room} * sizeof(uint32_t));
  room_ = room;
  used_ = 0;
  for (uint32_t i = 0; i < count; ++i) {
    if (former[i].number != 0) put(former[i]);
  }
  mem_free_shared(former);
  return true;
}

uint32_t* RequestSet::bucket_of(uint64_t number) const {
  const uint64_t mixed = number * 0x9E37'79B9'7F4A'7C15ULL;
  return &buckets_[(mixed >> 32) & (room_ - 1)];
}

void RequestSet::put(const Member& member) {
  uint32_t* const bucket = bucket_of(member.number);
  members_[used_] = member;
  members_[used_].next = *bucket;
  *bucket = ++used_;
}

rsp_result send_request(Process& self, RequestSet& set, Pid to, Payload& payload, Term label) {
  if (!set.reserve()) return RSP_ENOMEM;
  LocalRef request;
  const rsp_result result = send_request(self, to, payload, &request);
  return result == RSP_OK ? set.add(request.number, std::move(label)) : result;
}

rsp_result wait_response(Process& self, RequestSet& set, bool remove, uint64_t deadline_ns, Response* out) {
  if (set.size() == 0) return RSP_ENOREQUEST;
  const rsp_result result = receive(self, &answers_one, &set, deadline_ns, &out->answer);
  return result == RSP_OK ? check_response(set, remove, *out->answer, &out->label) : result;
}

rsp_result receive_response(Process& self, RequestSet& set, bool remove, uint64_t deadline_ns,
                            Response* out) {
  const rsp_result result = wait_response(self, set, remove, deadline_ns, out);
  const bool gives_up = result == RSP_ETIMEDOUT || result == RSP_ELIMIT || result == RSP_ENOMEM;
  if (gives_up) abandon_requests(self, set);
  return result;
}

rsp_result check_response(RequestSet& set, bool remove, const Envelope& message, Term* label) {
  if (set.size() == 0) return RSP_ENOREQUEST;
  const TermBits* const found = label_for(set, message);
  if (found == nullptr) return RSP_EMISMATCH;
  *label = Term::share(*found);
  if (remove) set.remove(message.ref);
  return message.kind == EnvelopeKind::DOWN ? RSP_EEXITED : RSP_OK;
}

void abandon_requests(Process& self, RequestSet& set) {
  bool some_answered = false;
  set.for_each([&](uint64_t number, TermBits) {
    if (!end_records(self, LocalRef{number, set.owner()})) some_answered = true;
    return true;
  });
  if (some_answered) {
    Envelope* place = nullptr;
    drop_messages_behind(self, place,
                         [&set](const Envelope& message) { return label_for(set, message) != nullptr; });
  }
  set.clear();
}

}  // namespace rsp
