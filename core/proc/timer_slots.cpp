#include "core/proc/timer_slots.hpp"

#include <new>

#include "core/env/sometimes.hpp"
#include "core/proc/timer.hpp"

namespace rsp {

TimerSlots& timer_slots() {
  // Never destroyed, like the table of processes.
  alignas(TimerSlots) static unsigned char storage[sizeof(TimerSlots)];
  static TimerSlots* const one = new (storage) TimerSlots;
  return *one;
}

ProcessTimer* TimerSlots::at(uint32_t index) const {
  if (index == 0 || index / CHUNK_LENGTH >= MAX_CHUNKS) return nullptr;
  // Acquire: pairs with the release of the thread that made the chunk.
  ProcessTimer* const chunk = chunks_[index / CHUNK_LENGTH].load(env::ACQUIRE);
  return chunk == nullptr ? nullptr : chunk + index % CHUNK_LENGTH;
}

ProcessTimer* TimerSlots::fresh(uint32_t* index) {
  uint32_t next = fresh_.load(env::RELAXED);
  do {
    if (next / CHUNK_LENGTH >= MAX_CHUNKS) return nullptr;
    env::Atomic<ProcessTimer*>& entry = chunks_[next / CHUNK_LENGTH];
    if (entry.load(env::ACQUIRE) == nullptr) {  // pairs with the CAS below
      void* const zeroed = mem_alloc_forever(sizeof(ProcessTimer) * CHUNK_LENGTH);
      if (zeroed == nullptr) {
        RSP_SOMETIMES("no memory for timers");
        return nullptr;
      }
      ProcessTimer* none = nullptr;
      // Release: publishes the zeroed chunk to at().
      if (!entry.compare_exchange_strong(none, static_cast<ProcessTimer*>(zeroed), env::ACQ_REL,
                                         env::ACQUIRE)) {
        mem_free_unpublished(zeroed);
      }
    }
  } while (!fresh_.compare_exchange_weak(next, next + 1, env::RELAXED, env::RELAXED));
  *index = next;
  return at(next);
}

ProcessTimer* TimerSlots::acquire(uint32_t* index) {
  if (free_.try_pop(*index)) return at(*index);
  return fresh(index);
}

void TimerSlots::release(uint32_t index) {
  // Without memory for the queue the slot is lost: a timer's size, nothing wrong.
  (void)free_.push(index);
}

}  // namespace rsp
