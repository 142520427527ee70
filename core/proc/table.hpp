// The table of processes: slots that are only ever control blocks.
//
// A pid's index selects a slot; the memory of a slot is never anything else, so a send to a stale pid reads a
// word that says so, from any thread, with no epoch and no reference count. Slots lie in chunks. A chunk is mapped
// once and for ever, and none of its slots taken it can be given back to the kernel: its pages read as zero then.
//
//   acquire   a free slot that was used before, one that was not, or one of a chunk that was given back
//   release   into the queue of free slots; the last one of a chunk gives it back, if enough others are free
//
// What a chunk is, all in one word: the slots that are taken, those that were begun (given out since it was opened),
// its epoch, and
//
//   OPEN      zeroed memory reads so. Slots are taken and given back by compare-and-swap of the word.
//   CLOSING   a new epoch; no slot is taken, and one thread has the chunk to itself: the one whose swap took the last
//             slot off. It gives the pages back and leaves the serials' floor.
//   GONE      pages given back. Opened again, with a swap, by who has no other slot.
//
//   T1  The serial of a slot only grows, and changes only while the mailbox is DEAD. A slot whose serial
//       reaches MAX_SERIAL is retired: it stays taken, so its chunk stays too.
//   T2  A freed slot waits in a first-in-first-out quarantine before it is used again, so that the sixteen
//       bits of the generation do not wrap under a sender that was stopped between its load and its CAS. What
//       wraps all the same is caught by the serial in each envelope, which the receiver compares
//       (Envelope::to_serial).
//   T3  Zeroed memory reads as DEAD, serial 0: pages may be given back under the eyes of those who have a stale pid.
//       Each reads zero or what was there; of what it compares nothing is zero, so it writes nothing. It reads of the
//       slot only the words of line 0 that are atomic. The watchdog may claim a turn that has just ended (crossing.hpp) and
//       take the claim back: its word is zero before and after.
//   T4  No serial that a chunk has ever had comes back: the next one of a slot is above the floor, the highest of the
//       chunk when it was given back. The floor stands in the chunk's head, on a page that stays.
//   T5  The queue may have slots of a chunk that was given back meanwhile: with the epoch of their time, which is past.
//       Who finds one throws it away. So the word alone decides, and nobody has to find a chunk's slots in the queue.
//       Who gives a chunk back looks at as many as it had, so the queue does not grow with what is gone.
//   T6  Who gives a slot back puts it into the queue first, and then takes it off the word. While it is taken the epoch
//       stands.
//
// Any thread may call everything. The table lives as long as the OS process: pids of an earlier runtime stay
// stale.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/ids.hpp"
#include "core/base/limits.hpp"
#include "core/env/atomic.hpp"
#include "core/mem/alloc.hpp"
#include "core/proc/process.hpp"
#include "core/sync/inject_queue.hpp"

namespace rsp {

class ProcessTable {
 public:
#if defined(RSP_ENV_NATIVE)
  static constexpr uint32_t CHUNK_LENGTH = 4096;
  static constexpr uint32_t QUARANTINE = 1024;
  static constexpr uint32_t KEPT_FREE = 4 * CHUNK_LENGTH;
#elif defined(RSP_ENV_SIM)
  static constexpr uint32_t CHUNK_LENGTH = 4;  // so that every simulated run gives some back
  static constexpr uint32_t QUARANTINE = 1;
  static constexpr uint32_t KEPT_FREE = 2;
#else
  static constexpr uint32_t CHUNK_LENGTH = 16;
  static constexpr uint32_t QUARANTINE = 1;
  // None is given back, so each interleaving begins as the first. Scenes make tables that do.
  static constexpr uint32_t KEPT_FREE = UINT32_MAX;
#endif
  static constexpr uint32_t MAX_CHUNKS = 1u << 16;
  static constexpr uint32_t SLOTS = MAX_CHUNKS * CHUNK_LENGTH;
  static constexpr uint32_t MAX_SERIAL = (1u << 31) - 1;

  struct Chunk;

  /** `kept_free`: no chunk is given back that would leave fewer slots free. */
  explicit ProcessTable(uint32_t kept_free = KEPT_FREE) : kept_free_(kept_free) {}
  /** Of a table that nobody uses any more, as tests make them. */
  ~ProcessTable();
  ProcessTable(const ProcessTable&) = delete;
  ProcessTable& operator=(const ProcessTable&) = delete;

  /** A slot with its next serial, mailbox DEAD; the caller opens it. nullptr: memory or the limit is used up.
   * */
  Process* acquire();

  /** Takes a slot back whose mailbox is closed and that nobody touches any more. */
  void release(Process& process);

  /** The slot, or nullptr if no process ever had this index. */
  Process* at(uint32_t index) const {
    if (index >= SLOTS) return nullptr;
    // Acquire: pairs with the release of the thread that mapped the chunk.
    Chunk* const chunk = chunks_[index / CHUNK_LENGTH].load(env::ACQUIRE);
    // A chunk begins with its slots.
    return chunk == nullptr ? nullptr : reinterpret_cast<Process*>(chunk) + index % CHUNK_LENGTH;
  }

  /** The live process of this pid, or nullptr. A hint by the time the caller reads it, unless it owns the
   * process. */
  Process* live(Pid pid) const {
    if (!pid.is_local()) return nullptr;
    Process* const process = at(pid.index());
    // Pairs with acquire.
    if (process == nullptr || process->serial.load(env::ACQUIRE) != pid.serial()) return nullptr;
    return process->mailbox.is_open_for(pid.serial()) ? process : nullptr;
  }

  /** The lowest index from `index` on that a process may have; 0: none. For whoever looks at all of them. */
  uint32_t next_begun(uint32_t index) const;

  /** Slots that are taken or free, and in no chunk that was given back. */
  uint32_t begun() const { return begun_.load(env::RELAXED); }

  /** From now on refuse more than this many processes at a time, besides those that live now; 0: no limit but
   * the table's. */
  void set_limit(uint32_t limit) {
    const uint32_t used = used_.load(env::RELAXED);
    limit_.store(limit == 0 || limit > SLOTS - used ? SLOTS : used + limit, env::RELAXED);
  }

 private:
  Process* reuse(uint32_t most_stale);
  Process* begin();
  Process* begin_in(uint32_t number);
  bool map_another();
  bool leaves_enough(uint32_t slots) const;
  void give_back(uint32_t number, uint64_t word);
  void sweep();

  env::Atomic<Chunk*> chunks_[MAX_CHUNKS] = {};
  // Mapped chunks, and the one whose slots are begun: a hint.
  alignas(CACHE_LINE) env::Atomic<uint32_t> chunk_count_{0};
  env::Atomic<uint32_t> current_{0};
  env::Atomic<uint32_t> limit_{SLOTS};
  const uint32_t kept_free_;
  // Given out or retired. One word, and not what two others differ by: a thread that was stopped between
  // their loads would compute anything.
  alignas(CACHE_LINE) env::Atomic<uint32_t> used_{0};
  alignas(CACHE_LINE) env::Atomic<uint32_t> begun_{0};
  InjectQueue<uint64_t, ForeverMemory> free_;
};

/** The one table of this OS process. */
ProcessTable& table();

}  // namespace rsp
