// The control block of a process: 256 bytes, four cache lines by writer, in type-stable memory
// (core/proc/table.hpp).
//
//   line 0     senders read and write it, from any thread, also when the process is long dead
//   line 1     the owner: what each message needs
//   lines 2-3  the owner: relations, exit, waiting
//
// The owner is whoever holds the process in state RUNNING (mailbox.hpp): the worker that runs it, or the
// thread of an attached process while it is inside a call. Nobody else touches lines 1 to 3.
//
// Why 256 bytes and not 128 with the rest allocated on demand: every supervised process needs the rest, and
// one block that is never allocated apart makes spawn and death free of the allocator.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/ids.hpp"
#include "core/base/limits.hpp"
#include "core/env/atomic.hpp"
#include "core/proc/edges.hpp"
#include "core/proc/envelope.hpp"
#include "core/proc/pressure.hpp"
#include "core/sched/crossing.hpp"
#include "core/sched/idle_set.hpp"
#include "core/sched/runnable.hpp"
#include "core/sync/mailbox.hpp"
#include "core/term/term.hpp"

namespace rsp {

struct EtsTable;    // core/proc/ets_table.hpp
struct Belongings;  // memory and resources of the process: core/proc/belongings.hpp
struct Process;
class Lane;           // core/sched/lane.hpp
struct Seat;          // the thread of an attached process: core/proc/attached.hpp
struct Exception;     // the pending exception: core/proc/exception.hpp
struct ProcessTimer;  // core/proc/timer.hpp

/** What a callback wants next. */
enum class Next : int {
  CONTINUE = 0,  // the next message, when there is one
  STOP = 1,      // end with reason normal
  RAISE = 2,     // end with the pending exception
  AWAIT = 3,     // await() was called: nothing but its answer is wanted
};

/** The code of a handler process. Callbacks run on a worker, own nothing of the envelope, and may throw. They are code
 * of ours, and say themselves where they run code of users (UserCode in core/proc/trampoline.hpp). */
struct Behaviour {
  /** The first thing that runs, before any message. May be nullptr. */
  Next (*start)(Process& self, void* state);
  /** One message; `message` is lent until the callback returns. */
  Next (*message)(Process& self, Envelope& message, void* state);
  /** Frees the state, exactly once, when no more code of the process will run. May be nullptr. */
  void (*drop)(void* state);
};

/** The continuation of an await: `answer` is nullptr when the deadline passed; else it is lent until the
 * return. */
using AwaitContinuation = Next (*)(Process& self, Envelope* answer, void* context);

enum class ProcessClass : uint8_t {
  HANDLER,   // callbacks on workers
  ATTACHED,  // a thread that made itself a process
  LANE,      // callbacks on the threads of a lane; may wait in the middle of a turn
};

namespace process_flag {
constexpr uint32_t TRAP_EXIT = 1;
constexpr uint32_t STARTED = 2;    // Behaviour::start has run
constexpr uint32_t CONDEMNED = 4;  // a fatal signal was received: `reason` is set, no user code is entered
constexpr uint32_t EXITING = 8;    // exit has begun: calls of what is still unwinding are refused
constexpr uint32_t DEAD = 16;      // the mailbox is closed; edges and messages are being given back
constexpr uint32_t AWAITING = 32;  // only the answer of await_ref (or an EXIT of await_exit_of) is delivered
constexpr uint32_t ANSWERED = 64;  // await_answer is set
constexpr uint32_t RESUME_WANTED = 128;  // attached: its thread waits for the worker to hand the process back
constexpr uint32_t LATE = 256;           // the deadline of what it waits for has passed
constexpr uint32_t WAITING = 512;        // LANE: waits in the middle of its turn
constexpr uint32_t PARENT_EXIT = 1024;   // an EXIT of the parent has entered the inbox
constexpr uint32_t BLOCKING = 4096;   // HANDLER: inside a blocking section, declared or not, or ended there
constexpr uint32_t ROOTED = 2048;     // the root keeps account of it, and may tell it to end like its parent
constexpr uint32_t UNWINDING = 8192;  // BLOCKING and CONDEMNED: its code cleans up, and has time left for it
constexpr uint32_t SELECTS = 16384;   // it has registered a descriptor, ever
constexpr uint32_t IDLING = 32768;    // HANDLER, LANE: wants to hear if no message comes in time (idle.hpp)
constexpr uint32_t STARTER = 65536;   // runs a start function for its parent (charge.hpp)
constexpr uint32_t SUSPENDED = 131072;  // steps into no code (suspend.hpp)
constexpr uint32_t KEPT = 262144;       // the message that is being delivered is the behaviour's (signal.hpp)
constexpr uint32_t TABLES = 524288;     // it has made a table (ets.hpp)
constexpr uint32_t REST_ASKED = 1048576;     // somebody waits until it rests (suspend.hpp)
constexpr uint32_t CLOSED_TABLES = 2097152;  // it has contents of tables to free: `closed_tables` (ets.hpp)
}  // namespace process_flag

struct alignas(CACHE_LINE) Process {
  // Line 0. `next` of the runnable belongs to the queue that holds it; the words are described where they are
  // used.
  Runnable runnable;
  Mailbox mailbox;
  env::Atomic<uint32_t> serial;     // changes only while the state is DEAD
  uint32_t index;                   // of the slot, for ever
  env::Atomic<uint64_t> name_word;  // core/proc/registry.hpp
  Envelope* await_answer;           // the owner's, and rarely written
  union {                           // written before open(), valid while the process is not DEAD
    Seat* seat;                     // ATTACHED; HANDLER: inside a blocking section
    Lane* lane;                     // LANE
  };
  uint32_t stall_ms;  // HANDLER: a turn that is away for longer ends the process (takeover.hpp); 0: none does
  uint32_t debt : 20;  // the owner's: sent to processes that were behind, and not yet paid for (pressure.hpp)
  uint32_t worker : 12;  // HANDLER: runs on this one alone, from 1 on; 0: on any. Written before open()

  // Line 1. What is written for each message is here: a store to line 0 takes it from all who send.
  alignas(CACHE_LINE) MailNode* held;  // newest envelope taken (mailbox.hpp, M1)
  Envelope* inbox_first;               // messages received and not yet delivered
  Envelope* inbox_last;
  const Behaviour* behaviour;
  void* state;
  uint32_t flags;
  int32_t budget;                           // what is left of this turn
  uint64_t await_ref;                       // number of the reference awaited
  [[no_unique_address]] Crossing crossing;  // where the process's own code is (call.hpp)
  ProcessClass process_class;               // written before open()

  // Lines 2 and 3.
  alignas(CACHE_LINE) [[no_unique_address]] Edges edges;
  env::Atomic<uint8_t> signalled;  // a signal was pushed while somebody owned the process (signal.hpp)
  bool passes_tables_on;           // and gets none; of who has the book of tables (ets_table.hpp, E3)
  uint64_t received : 36;  // messages that entered the inbox, ever; it may wrap between two that are compared
  uint64_t inbox_length : 28;  // messages in the inbox: envelopes of 32 GiB
  TermBits reason;             // why it ends, once CONDEMNED or EXITING
  uint64_t ancestors_data;     // of a list of pids or names, parent first: see ancestors()
  Belongings* belongings;      // nullptr: none
  uint64_t parent;  // id of the process whose EXIT ends a behaviour; its own id if started without link
  uint64_t await_exit_of;
  AwaitContinuation await_continuation;
  void* await_context;
  ProcessTimer* await_timer;
  uint64_t await_deadline_ns;
  Exception* exception;
  union {
    void (*await_code)();     // HANDLER: what await_continuation calls, if that needs more than its context
    EtsTable* closed_tables;  // CLOSED_TABLES: none of its code runs any more, and nothing is awaited
  };

  Pid pid() const { return Pid::local(index, serial.load(env::RELAXED)); }
  uint64_t id() const { return pid().id; }
  TermBits ancestors() const { return TermBits::from_raw(static_cast<uint64_t>(Kind::LIST), ancestors_data); }
  bool has(uint32_t flag) const { return (flags & flag) != 0; }
};

static_assert(offsetof(Process, process_class) == 127, "in the padding of the crossing");
static_assert(MAX_DEBT < (1 << 20) && IdleSet::MAX_WORKERS < (1 << 12), "in one word, with the worker");
static_assert(offsetof(Process, held) == 64);
static_assert(offsetof(Process, edges) == 128);
static_assert(sizeof(Process) == 256);
static_assert(offsetof(Process, runnable) == 0);

inline Process& process_of(Runnable* runnable) { return *reinterpret_cast<Process*>(runnable); }

}  // namespace rsp
