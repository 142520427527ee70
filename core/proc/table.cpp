#include "core/proc/table.hpp"

#include <new>

#include "core/base/assert.hpp"
#include "core/env/pages.hpp"
#include "core/env/planted_bug.hpp"

namespace rsp {

ProcessTable& table() {
  alignas(ProcessTable) static unsigned char storage[sizeof(ProcessTable)];
  static ProcessTable* const one = new (storage) ProcessTable;
  return *one;
}

Process* ProcessTable::fresh() {
  uint32_t index = fresh_.load(env::RELAXED);
  do {
    if (index >= SLOTS) return nullptr;
    if (RSP_PLANTED_BUG("table: fresh slot by store")) {
      fresh_.store(index + 1, env::RELEASE);
      break;
    }
  } while (!fresh_.compare_exchange_weak(index, index + 1, env::ACQ_REL, env::RELAXED));
  env::Atomic<Process*>& entry = chunks_[index / CHUNK_LENGTH];
  Process* chunk = entry.load(env::ACQUIRE);
  if (chunk == nullptr) {
    const size_t bytes = sizeof(Process) * CHUNK_LENGTH;
    Process* const mapped = static_cast<Process*>(env::map_pages(bytes));
    if (mapped == nullptr) {
      // The index is used up without a slot; it reads as "never used". A later one of this chunk may map it.
      return nullptr;
    }
    // Release: publishes the zeroed chunk to at(). The loser of a race takes the winner's.
    if (entry.compare_exchange_strong(chunk, mapped, env::ACQ_REL, env::ACQUIRE)) {
      chunk = mapped;
    } else {
      env::unmap_pages(mapped, bytes);
    }
  }
  Process* const process = chunk + index % CHUNK_LENGTH;
  process->index = index;
  return process;
}

Process* ProcessTable::acquire() {
  // Relaxed: a count. The queue hands the slots over.
  uint32_t used = used_.load(env::RELAXED);
  do {
    if (used >= limit_.load(env::RELAXED)) return nullptr;
  } while (!used_.compare_exchange_weak(used, used + 1, env::RELAXED, env::RELAXED));
  Process* process = nullptr;
  uint32_t index;
  // A guess, since the two counts are of different moments: a wrong one costs a fresh slot, or some of the
  // quarantine.
  const int32_t free = static_cast<int32_t>(fresh_.load(env::RELAXED) - 1 - used);
  if (free >= static_cast<int32_t>(QUARANTINE) && free_.try_pop(index)) {
    process = at(index);
  } else {
    process = fresh();
    if (process == nullptr && free_.try_pop(index))
      process = at(index);  // better a short quarantine than a refusal
  }
  if (process == nullptr) {
    used_.fetch_sub(1, env::RELAXED);
    return nullptr;
  }
  // Release: pairs with the senders' load between the word and the CAS.
  const uint32_t step = RSP_PLANTED_BUG("table: slot with its old serial") ? 0 : 1;
  process->serial.store(process->serial.load(env::RELAXED) + step, env::RELEASE);
  return process;
}

void ProcessTable::release(Process& process) {
  RSP_ASSERT(process.mailbox.peek_state() == MailState::DEAD);
  if (process.serial.load(env::RELAXED) >= MAX_SERIAL) return;  // T1: retired
  // Out of memory for the queue retires the slot too: 256 bytes lost, nothing wrong.
  if (free_.push(process.index)) used_.fetch_sub(1, env::RELAXED);
}

}  // namespace rsp
