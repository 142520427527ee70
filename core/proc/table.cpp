#include "core/proc/table.hpp"

#include <new>

#include "core/base/assert.hpp"
#include "core/env/pages.hpp"

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
  if (used() >= limit_.load(env::RELAXED)) return nullptr;
  Process* process = nullptr;
  uint32_t index;
  if (freed_.load(env::RELAXED) >= QUARANTINE && free_.try_pop(index)) {
    freed_.fetch_sub(1, env::RELAXED);
    process = at(index);
  } else {
    process = fresh();
    if (process == nullptr && free_.try_pop(index)) {  // better a short quarantine than a refusal
      freed_.fetch_sub(1, env::RELAXED);
      process = at(index);
    }
  }
  if (process == nullptr) return nullptr;
  // Release: pairs with the senders' load between the word and the CAS.
  process->serial.store(process->serial.load(env::RELAXED) + 1, env::RELEASE);
  return process;
}

void ProcessTable::release(Process& process) {
  RSP_ASSERT(process.mailbox.peek_state() == MailState::DEAD);
  if (process.serial.load(env::RELAXED) >= MAX_SERIAL) return;  // T1: retired
  // Out of memory for the queue retires the slot too: 256 bytes lost, nothing wrong.
  if (free_.push(process.index)) freed_.fetch_add(1, env::RELAXED);
}

}  // namespace rsp
