// The table of processes: slots that are only ever control blocks.
//
// A pid's index selects a slot; the memory of a slot is never anything else, so a send to a stale pid reads a
// word that says so, from any thread, with no epoch and no reference count.
//
//   T1  The serial of a slot only grows, and changes only while the mailbox is DEAD. A slot whose serial
//       reaches MAX_SERIAL is retired.
//   T2  A freed slot waits in a first-in-first-out quarantine before it is used again, so that the sixteen
//       bits of the generation do not wrap under a sender that was stopped between its load and its CAS. What
//       wraps all the same is caught by the serial in each envelope, which the receiver compares
//       (Envelope::to_serial).
//   T3  Chunks are mapped once and never given back. Zeroed memory reads as DEAD, serial 0.
//
// Any thread may call everything. The table lives as long as the OS process: pids of an earlier runtime stay
// stale.
#pragma once

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
  static constexpr uint32_t CHUNK_LENGTH = 4096;
  static constexpr uint32_t MAX_CHUNKS = 1u << 16;
  static constexpr uint32_t SLOTS = MAX_CHUNKS * CHUNK_LENGTH;
  static constexpr uint32_t MAX_SERIAL = (1u << 31) - 1;
#if defined(RSP_ENV_NATIVE)
  static constexpr uint32_t QUARANTINE = 1024;
#else
  static constexpr uint32_t QUARANTINE = 1;
#endif

  /** A slot with its next serial, mailbox DEAD; the caller opens it. nullptr: memory or the limit is used up.
   * */
  Process* acquire();

  /** Takes a slot back whose mailbox is closed and that nobody touches any more. */
  void release(Process& process);

  /** The slot, or nullptr if no process ever had this index. */
  Process* at(uint32_t index) const {
    if (index >= SLOTS) return nullptr;
    // Acquire: pairs with the release of the thread that mapped the chunk.
    Process* const chunk = chunks_[index / CHUNK_LENGTH].load(env::ACQUIRE);
    return chunk == nullptr ? nullptr : chunk + index % CHUNK_LENGTH;
  }

  /** The live process of this pid, or nullptr. A hint by the time the caller reads it, unless it owns the
   * process. */
  Process* live(Pid pid) const {
    if (!pid.is_local()) return nullptr;
    Process* const process = at(pid.index());
    if (process == nullptr || process->serial.load(env::ACQUIRE) != pid.serial()) return nullptr;
    return process->mailbox.is_open_for(pid.serial()) ? process : nullptr;
  }

  /** One more than the highest index ever used. */
  uint32_t high_water() const { return fresh_.load(env::ACQUIRE); }

  /** From now on refuse more than this many processes at a time, besides those that live now; 0: no limit but
   * the table's. */
  void set_limit(uint32_t limit) {
    const uint32_t used = used_.load(env::RELAXED);
    limit_.store(limit == 0 || limit > SLOTS - used ? SLOTS : used + limit, env::RELAXED);
  }

 private:
  Process* fresh();

  env::Atomic<Process*> chunks_[MAX_CHUNKS] = {};
  alignas(CACHE_LINE) env::Atomic<uint32_t> fresh_{1};  // slot 0 is never used: id 0 is no process
  env::Atomic<uint32_t> limit_{SLOTS};
  // Given out or retired. One word, and not what two others differ by: a thread that was stopped between
  // their loads would compute anything.
  alignas(CACHE_LINE) env::Atomic<uint32_t> used_{0};
  InjectQueue<uint32_t, ForeverMemory> free_;
};

/** The one table of this OS process. */
ProcessTable& table();

}  // namespace rsp
