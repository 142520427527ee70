// A society: processes that do to each other at random what processes do, and the book that is kept of it.
//
// Members are callbacks on workers, and two attached threads. Each acts when it is told to: spawns, sends,
// links, monitors, kills, takes names, starts timers, ends itself. Every act and every message is entered in
// plain memory, which all threads of a simulated run share; the entries are compared with what the runtime
// delivers, at once and when all is calm. The invariants have the numbers of the checks below:
//
//   I1  work never waits while no time can pass: what is sent when all is calm is answered at the same moment
//   I2  a process runs in one place at a time
//   I3  messages of one process to another arrive in order, none twice, none missing while the receiver lives: sent is
//       received, refused, dropped by a limit, or still in the mailbox
//   I4  a monitor ends in one DOWN, or was taken back, or its owner has ended; all that tells of one end tells one reason
//   I5  links have two ends, both alive
//   I6  a DOWN and an exit signal come after every earlier message of the same sender, and no message of one that has ended
//       after them; they find the name of the one that ended free
//   I7  every process ends once and gives everything back
//   I8  supervisors have their children, or are no more: not here, but in the runs of supervision.hpp
//   I9  a request is answered by one reply or by one DOWN, by nothing once it was given up, and leaves no trace
//   I10 a timer is never early, and fires once or was cancelled
//   I11 after the stop no process is left, no envelope, no block and no byte. Threads, descriptors and mappings are no part
//       of a simulated run: tests/stress/stops_test.cpp counts them, stop after stop
//   I12 no pid is used twice, and no reference
//   I13 a process that is pinned to a worker runs there and nowhere else
//   I14 what a member holds, memory and resources, is its own while its code runs, is released once,
//       and before a DOWN tells of its end, unless its code runs on; its tables and its keys go before that in each case
//
// Each run of the society checks all of these but I8; those of supervision.hpp check I8, and of their trees I7, I9 and I11.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/env/atomic.hpp"
#include "tests/capi/support.hpp"

namespace society {

/// The number of a member; the first one is the thread that leads the run.
using Number = uint32_t;

struct Watch {
  Number target;
};

struct Alarm {
  Number owner;
  Number to;
  uint64_t due_ns;
  rsp_ref ref;
  bool cancelled = false;
  uint32_t fired = 0;
};

/// A request of one member to another.
struct Request {
  Number asker;
  Number asked;
  rsp_ref ref;
  bool replied = false;  // by anybody, with success
  bool silent = false;   // its alias was taken off before an answer came
  bool over = false;     // its answer has come, or it was given up
};

/// An exit signal that one member sends to another, which may trap it.
struct ExitSignal {
  Number from;
  Number to;
  int64_t sent;  // messages before it
  bool is_normal;
  bool heard = false;
};

/// A request that somebody may still reply to.
struct Question {
  size_t request;
  rsp_from from;
};

struct Table {
  rsp_ref ref;
  Number owner;  // that has made it
  bool has_heir;
};

/// A piece of a member's region, full of bytes of its own.
struct Piece {
  unsigned char* begin;
  size_t bytes;
  unsigned char filling;
};

class Society;

struct Member {
  Society* society = nullptr;
  Number number = 0;
  rsp_pid pid = capi_test::NO_PID;  // none yet while the spawn has not returned
  bool runs = false;
  bool ended = false;   // no code of it will run
  bool blocks = false;  // in a section, where it may be ended before its code
  bool zombie = false;  // that has happened
  bool is_thread = false;
  uint64_t worker = 0;   // that it is pinned to; 0: to none
  bool limited = false;  // what may wait for it
  rsp_overflow overflow = RSP_OVERFLOW_REFUSE;

  /// Whether messages to it may be lost while it lives.
  bool drops() const {
    return limited && (overflow == RSP_OVERFLOW_DROP_NEWEST || overflow == RSP_OVERFLOW_DROP_OLDEST);
  }
  std::map<Number, int64_t> sent;
  std::map<Number, int64_t> received;
  std::map<uint64_t, Watch> watches;  // by number of the reference
  std::map<uint64_t, size_t> asked;   // the same, of its requests that are not over
  std::vector<Question> open;         // to be replied to, whoever was asked
  std::set<Number> outlived;          // whose end it has heard of
  std::string reason;                 // as was told first
  std::vector<Piece> pieces;
  std::vector<rsp_resource> resources;
};

class Society {
 public:
  /// One run, from the start of the runtime to its stop. The seed decides everything.
  void run();

 private:
  struct Drifter;

  Member& add_member(bool is_thread);
  void know_pid(Member& member, rsp_pid pid);
  void know_ref(rsp_ref made);
  Member& any();
  uint32_t below(uint32_t bound);
  bool chance(uint32_t one_in);
  /// Whether a call has succeeded. Any other result must be one that may come of it.
  bool allowed(rsp_result result, std::initializer_list<rsp_result> others = {});

  // Deeds.
  rsp_next act(Member& member, rsp_self* self);
  rsp_next end_somehow(rsp_self* self);
  void spawn_member(Member& parent, rsp_self* self, bool link, bool monitor, bool trap);
  void send_to(Member& from, rsp_self* self, Member& to);
  void send_exit(Member& from, rsp_self* self, Member& to);
  void watch(Member& member, rsp_self* self, Member& target);
  void make_refs(rsp_self* self);
  void use_names(Member& member, rsp_self* self);
  void cross_links(Member& member, rsp_self* self, const Member& other);
  void link_to(rsp_self* self, rsp_pid peer);
  void expect_nameless(rsp_pid dead);
  static bool has_zombies();
  void start_alarm(Member& member, rsp_self* self);
  void cancel_alarm(Member& member, rsp_self* self);
  void look_at(rsp_self* self, Member& other);
  void compute(Member& member, rsp_self* self);
  void block(Member& member, rsp_self* self);
  void ask(Member& member, rsp_self* self, Member& other);
  void lose_interest(Member& member, rsp_self* self, size_t request);
  void reply_to(rsp_self* self, const Question& question);
  void hold(Member& member, rsp_self* self);
  void start_registry();
  void use_shelves(const Member& member, rsp_self* self);
  void make_table(const Member& member, rsp_self* self);
  void use_table(const Member& member, rsp_self* self);
  void use_registry(rsp_self* self);
  void expect_empty_shelves(const Member& dead);
  int64_t members_in(const std::string& pids) const;
  static void check_pieces(const Member& member);
  static void release_one(void* member);

  // What members hear.
  void hear(Member& member, rsp_self* self, const rsp_msg* message);
  void hear_term(Member& member, rsp_self* self, rsp_term term);
  void hear_down(Member& member, const rsp_msg* message);
  void hear_exit(Member& member, const rsp_msg* message);
  bool is_sent_exit(Member& member, const Member& from, rsp_term reason);
  void hear_end(Member& member, Member& target, const std::string& reason);
  void hear_request(Member& member, rsp_self* self, const rsp_msg* message);
  void hear_reply(Member& member, size_t request);
  static rsp_next run_member(rsp_self* self, rsp_msg* message, void* member);
  static void end_member(void* member);
  /// A process whose code is in a section when the runtime stops.
  void spawn_sleeper(rsp_self* self);

  // The leader, and the other thread.
  void lead(rsp_self* self);
  void order_some(rsp_self* self);
  /// Hears what comes until nothing has come for so long; with RSP_INFINITE one message.
  void drain(Member& member, rsp_self* self, uint64_t patience_ms);
  void ask_all(Member& leader, rsp_self* self);
  void check_books(rsp_self* self);
  void check_requests(rsp_self* self);
  /// What has come of all messages, where some were dropped.
  void check_drops();
  static void drift(void* drifter);

  std::vector<std::unique_ptr<Member>> members_;
  std::map<uint64_t, Number> by_pid_;
  std::set<uint64_t> refs_;  // all that were made
  std::vector<Alarm> alarms_;
  std::vector<Request> requests_;
  std::vector<ExitSignal> exit_signals_;
  std::vector<Table> tables_;
  uint32_t deeds_ = 0;  // bits: the kinds of deeds that this run knows
  uint32_t workers_ = 0;
  bool calm_ = false;    // nobody acts any more
  bool scarce_ = false;  // allocations fail now and then
  bool has_registry_ = false;
  bool sleeps_ = false;  // there is a sleeper, with its state
  std::set<Number> answers_;
  std::vector<rsp_atom> names_;
  rsp_atom registry_ = {};
  rsp_pid registry_pid_ = capi_test::NO_PID;
  rsp_term reasons_[4] = {};
};

}  // namespace society
