// Requests of one process under labels: gen_server's reqids (docs/semantics.md, S-SRV-16, 40 to 43).
//
// A set knows its requests by the number of their references, in the order they were added. What has come of a request is
// no business of it: a record of the process says that an answer is still to come (core/proc/request.hpp), and the answer
// itself that it has come. So a set costs a request nothing, and a member may be answered long since.
//
// Up to half of the room are members that were taken out; so all of it is linear, whatever the order.
//
// It is its user's, as terms are: freed by whoever has it, on any thread, also when the runtime has stopped. What takes a
// process here takes the one the set is of.
#pragma once

#include "core/proc/api.hpp"

namespace rsp {

class RequestSet {
 public:
  explicit RequestSet(Pid owner) noexcept : owner_(owner.id) {}
  ~RequestSet() { clear(); }
  RequestSet(const RequestSet&) = delete;
  RequestSet& operator=(const RequestSet&) = delete;

  /** The id of the process whose requests these are. */
  uint64_t owner() const { return owner_; }
  uint32_t size() const { return size_; }

  /** Room for one more; add() does not fail then. */
  [[nodiscard]] bool reserve() { return used_ < room_ || make_room(); }
  /** RSP_EALREADY; RSP_ENOMEM: nothing has changed. */
  [[nodiscard]] rsp_result add(uint64_t number, Term label);

  /** The label of a member, or nullptr. */
  const TermBits* label_of(uint64_t number) const;

  /** False: it is none. */
  bool remove(uint64_t number);
  void clear();

  /** `visit(uint64_t number, TermBits label)` in the order of addition, until it answers false. */
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (uint32_t i = 0; i < used_; ++i) {
      if (members_[i].number != 0 && !visit(members_[i].number, members_[i].label)) return;
    }
  }

 private:
  struct Member {
    uint64_t number;  // 0: taken out
    TermBits label;
    uint32_t next;  // in its bucket: place + 1, 0 at the end
  };

  bool make_room();
  uint32_t* bucket_of(uint64_t number) const;
  void put(const Member& member);

  uint64_t owner_;
  Member* members_ = nullptr;  // `room_` of them, and behind them as many buckets
  uint32_t* buckets_ = nullptr;
  uint32_t room_ = 0;
  uint32_t used_ = 0;  // places that were given out since room was made
  uint32_t size_ = 0;
};

/** Sends a request, and puts it in: both or neither. On failure the payload stays
 * with the caller. */
[[nodiscard]] rsp_result send_request(Process& self, RequestSet& set, Pid to, Payload& payload, Term label);

/** What has come of one of them. */
struct Response {
  Envelope* answer = nullptr;  // the reply or the DOWN; the caller's
  Term label;
};

/** Waits for an answer to one of them, and takes the oldest. RSP_OK: a reply; RSP_EEXITED: a DOWN; with `remove` the request
 * is a member no more. RSP_ENOREQUEST: the set is empty. RSP_ETIMEDOUT and all others: the requests go on. */
[[nodiscard]] rsp_result wait_response(Process& self, RequestSet& set, bool remove, uint64_t deadline_ns,
                                       Response* out);

/** The same, but at the deadline, and where it cannot wait (RSP_ELIMIT, RSP_ENOMEM), all of them are given up. */
[[nodiscard]] rsp_result receive_response(Process& self, RequestSet& set, bool remove, uint64_t deadline_ns,
                                          Response* out);

/** Whether a message that was received is the answer to one of them: RSP_OK, RSP_EEXITED, or RSP_EMISMATCH; and
 * RSP_ENOREQUEST where there is none. */
[[nodiscard]] rsp_result check_response(RequestSet& set, bool remove, const Envelope& message, Term* label);

/** All are given up, and the set is empty: nothing of them comes later. Linear in the set and the inbox. */
void abandon_requests(Process& self, RequestSet& set);

}  // namespace rsp
