#include "core/proc/table.hpp"

#include <algorithm>
#include <new>

#include "core/base/assert.hpp"
#include "core/env/pages.hpp"
#include "core/env/planted_bug.hpp"
#include "core/env/sometimes.hpp"

namespace rsp {

struct ProcessTable::Chunk {
  Process slots[CHUNK_LENGTH];
  // On a page of its own, which stays.
  env::Atomic<uint64_t> word;
  env::Atomic<uint32_t> floor;  // T4; written in CLOSING
};

namespace {

using Chunk = ProcessTable::Chunk;

constexpr uint32_t CHUNK_LENGTH = ProcessTable::CHUNK_LENGTH;
constexpr size_t PAGES_BYTES = sizeof(Process) * CHUNK_LENGTH;
#if defined(RSP_ENV_NATIVE)
static_assert(PAGES_BYTES % 65536 == 0, "whole pages, of whatever size");
#endif

/** Of an acquire that finds one after the other: then it takes a slot that was not used before. */
constexpr uint32_t MOST_STALE = 64;

// The word of a chunk: taken:16 | begun:16 | epoch:30 | GONE | CLOSING.
constexpr uint64_t TAKEN_ONE = 1;
constexpr uint64_t BEGUN_ONE = uint64_t{1} << 16;
constexpr uint64_t EPOCH_ONE = uint64_t{1} << 32;
constexpr uint64_t EPOCH_MASK = (EPOCH_ONE << 30) - EPOCH_ONE;
constexpr uint64_t GONE = uint64_t{1} << 62;
constexpr uint64_t CLOSING = uint64_t{1} << 63;

uint32_t taken(uint64_t word) { return word & 0xFFFF; }
uint32_t begun_in(uint64_t word) { return word >> 16 & 0xFFFF; }
bool is_open(uint64_t word) { return (word & (GONE | CLOSING)) == 0; }
static_assert(CHUNK_LENGTH <= 0xFFFF);

/** A chunk as it is opened. Slot 0 of the first one is never used: id 0 is no process. */
uint64_t opened(uint32_t number, uint64_t epoch) { return epoch | (number == 0 ? BEGUN_ONE : 0); }

/** T5: no free slot in the queue is of this one. */
uint64_t next_epoch(uint64_t word) { return (word + EPOCH_ONE) & EPOCH_MASK; }

/** Those of a chunk that were begun, in the count of all. */
uint32_t counted(uint32_t number, uint64_t word) { return begun_in(word) - begun_in(opened(number, 0)); }

// Free slots in the queue: epoch:30 | index:32.
uint64_t free_item(uint64_t word, uint32_t index) { return (word & EPOCH_MASK) | index; }
bool is_of_epoch(uint64_t item, uint64_t word) {
  if (RSP_PLANTED_BUG("table: free slot of a chunk that was given back")) return is_open(word);
  return (item & EPOCH_MASK) == (word & EPOCH_MASK);
}

/** T1, T4. */
void give_next_serial(const Chunk& chunk, Process& process) {
  uint32_t before = process.serial.load(env::RELAXED);
  const uint32_t floor = chunk.floor.load(env::RELAXED);
  if (before < floor && !RSP_PLANTED_BUG("table: serials without their floor")) before = floor;
  const uint32_t step = RSP_PLANTED_BUG("table: slot with its old serial") ? 0 : 1;
  // Release: pairs with the senders' load between the word and the CAS.
  process.serial.store(before + step, env::RELEASE);
}

/** The highest serial that a chunk in CLOSING has ever had; `begun` of its slots may have one. */
uint32_t highest_serial(const Chunk& chunk, uint32_t begun) {
  // Relaxed: each release handed its slot over by its swap of the word.
  uint32_t highest = chunk.floor.load(env::RELAXED);
  for (uint32_t place = 0; place < begun; ++place)
    highest = std::max(highest, chunk.slots[place].serial.load(env::RELAXED));
  return highest;
}

}  // namespace

ProcessTable& table() {
  alignas(ProcessTable) static unsigned char storage[sizeof(ProcessTable)];
  static ProcessTable* const one = new (storage) ProcessTable;
  return *one;
}

/** A slot that was used before. nullptr: none was found among so many of the past. */
Process* ProcessTable::reuse(uint32_t most_stale) {
  for (uint32_t tries = 0; tries <= most_stale; ++tries) {
    uint64_t item;
    if (!free_.try_pop(item)) return nullptr;
    const uint32_t index = static_cast<uint32_t>(item);
    Chunk& chunk = *chunks_[index / CHUNK_LENGTH].load(env::ACQUIRE);  // pairs with map_another
    uint64_t word = chunk.word.load(env::ACQUIRE);                     // pairs with release and begin_in
    while (is_of_epoch(item, word)) {
      // Acquire: pairs with the release of whoever opened the chunk, and gave the slot back. A swap, or the chunk
      // could be CLOSING by now.
      if (!chunk.word.compare_exchange_weak(word, word + TAKEN_ONE, env::ACQ_REL, env::ACQUIRE)) continue;
      Process& process = chunk.slots[index % CHUNK_LENGTH];
      give_next_serial(chunk, process);
      return &process;
    }
    RSP_SOMETIMES("a free slot of a chunk that was given back");
  }
  return nullptr;
}

/** The next slot of this chunk that was not begun since it was opened; opens it if it is GONE. nullptr: there is none.
 */
Process* ProcessTable::begin_in(uint32_t number) {
  Chunk& chunk = *chunks_[number].load(env::ACQUIRE);  // pairs with map_another
  uint64_t word = chunk.word.load(env::ACQUIRE);       // pairs with give_back
  for (;;) {
    if ((word & CLOSING) != 0 || begun_in(word) == CHUNK_LENGTH) return nullptr;
    const uint64_t open = is_open(word) ? word : opened(number, word & EPOCH_MASK);
    const uint64_t wanted = open + BEGUN_ONE + TAKEN_ONE;
    // Acquire: pairs with the last store of give_back; the floor is there and the pages are gone. Release: pairs with
    // next_begun.
    if (RSP_PLANTED_BUG("table: fresh slot by store")) {
      chunk.word.store(wanted, env::RELEASE);
    } else if (!chunk.word.compare_exchange_weak(word, wanted, env::ACQ_REL, env::ACQUIRE)) {
      continue;
    }
    if (!is_open(word)) RSP_SOMETIMES("a chunk that was given back is opened");
    begun_.fetch_add(1, env::RELAXED);
    const uint32_t place = begun_in(open);
    Process& process = chunk.slots[place];
    process.index = number * CHUNK_LENGTH + place;
    give_next_serial(chunk, process);
    return &process;
  }
}

/** False: the table is full, or memory is short. */
bool ProcessTable::map_another() {
  uint32_t number = chunk_count_.load(env::ACQUIRE);  // pairs with the CAS below
  if (number == MAX_CHUNKS) return false;
  Chunk* const mapped = static_cast<Chunk*>(env::map_pages(sizeof(Chunk)));
  if (mapped == nullptr) return false;
  mapped->word.store(opened(number, 0), env::RELAXED);
  Chunk* expected = nullptr;
  // Release: publishes the chunk to at(). The loser of a race takes the winner's.
  if (!chunks_[number].compare_exchange_strong(expected, mapped, env::RELEASE, env::RELAXED))
    env::unmap_pages(mapped, sizeof(Chunk));
  // Whoever comes first. Release: pairs with begin and next_begun, which then find the chunk.
  chunk_count_.compare_exchange_strong(number, number + 1, env::RELEASE, env::RELAXED);
  return true;
}

/** A slot that was not begun. */
Process* ProcessTable::begin() {
  for (;;) {
    const uint32_t count = chunk_count_.load(env::ACQUIRE);  // pairs with map_another
    const uint32_t hint = current_.load(env::RELAXED);
    if (hint < count) {
      if (Process* const process = begin_in(hint)) return process;
    }
    // Once for each chunk that is used up, so it may look at all of them.
    for (uint32_t number = 0; number < count; ++number) {
      Process* const process = begin_in(number);
      if (process == nullptr) continue;
      current_.store(number, env::RELAXED);
      return process;
    }
    if (!map_another()) return nullptr;
  }
}

Process* ProcessTable::acquire() {
  // Relaxed: a count. The words of the chunks hand the slots over.
  uint32_t used = used_.load(env::RELAXED);
  do {
    if (used >= limit_.load(env::RELAXED)) return nullptr;
  } while (!used_.compare_exchange_weak(used, used + 1, env::RELAXED, env::RELAXED));
  // A guess, since the two counts are of different moments: a wrong one costs a fresh slot, or some of the
  // quarantine.
  const int32_t free = static_cast<int32_t>(begun_.load(env::RELAXED) - used);
  Process* process = free >= static_cast<int32_t>(QUARANTINE) ? reuse(MOST_STALE) : nullptr;
  if (process == nullptr) process = begin();
  if (process == nullptr) process = reuse(UINT32_MAX);  // better a short quarantine than a refusal
  if (process == nullptr) used_.fetch_sub(1, env::RELAXED);
  return process;
}

/** Throws as many free slots of the past away as a chunk has put into the queue, so that it stays as short as what is
 * free. What is of the present goes to its end. */
void ProcessTable::sweep() {
  constexpr uint32_t AT_ONCE = 16;
  uint64_t items[AT_ONCE];
  for (uint32_t looked_at = 0; looked_at < CHUNK_LENGTH; looked_at += AT_ONCE) {
    const size_t found = free_.try_pop_many(items, AT_ONCE);
    for (size_t i = 0; i < found; ++i) {
      const uint32_t number = static_cast<uint32_t>(items[i]) / CHUNK_LENGTH;
      // Pairs with map_another and release.
      const uint64_t word = chunks_[number].load(env::ACQUIRE)->word.load(env::ACQUIRE);
      // Without memory the slot is lost until its chunk is opened again.
      if (is_of_epoch(items[i], word)) (void)!free_.push(items[i]);
    }
    if (found < AT_ONCE) return;
  }
}

/** By the thread whose swap made it CLOSING; `word` is what it was before. */
void ProcessTable::give_back(uint32_t number, uint64_t word) {
  RSP_SOMETIMES("a chunk is given back");
  Chunk& chunk = *chunks_[number].load(env::ACQUIRE);  // pairs with map_another
  const uint64_t gone = next_epoch(word) | GONE;
  if (RSP_PLANTED_BUG("table: gone before its pages are")) chunk.word.store(gone, env::RELEASE);
  // Relaxed: whoever opens the chunk reads it after a swap of the word.
  chunk.floor.store(highest_serial(chunk, begun_in(word)), env::RELAXED);
  begun_.fetch_sub(counted(number, word), env::RELAXED);
  // Where the kernel refuses (pages that are locked), the slots keep what they had: valid as well.
  (void)env::give_pages_back(chunk.slots, PAGES_BYTES);
  // A store: in CLOSING nobody else changes the word. Release: pairs with whoever opens the chunk.
  chunk.word.store(gone, env::RELEASE);
  sweep();
}

/** Whether so many free slots can go. A guess, as in acquire: a wrong one costs some of what is kept, or keeps more. */
bool ProcessTable::leaves_enough(uint32_t slots) const {
  const int64_t free = int64_t{begun_.load(env::RELAXED)} - int64_t{used_.load(env::RELAXED)};
  return free - int64_t{slots} >= int64_t{kept_free_};
}

void ProcessTable::release(Process& process) {
  RSP_ASSERT(process.mailbox.peek_state() == MailState::DEAD);
  const uint32_t serial = process.serial.load(env::RELAXED);
  if (serial >= MAX_SERIAL) return;  // T1: retired
  const uint32_t index = process.index;
  const uint32_t number = index / CHUNK_LENGTH;
  Chunk& chunk = *chunks_[number].load(env::ACQUIRE);  // pairs with map_another
  uint64_t word = chunk.word.load(env::ACQUIRE);       // pairs with begin_in and reuse
  // Out of memory for the queue retires the slot too: 256 bytes lost, and its chunk kept; nothing wrong.
  if (!free_.push(free_item(word, index))) return;
  used_.fetch_sub(1, env::RELAXED);
  // From here on the slot may be another process's (T6).
  for (;;) {
    RSP_ASSERT(taken(word) > 0);
    const bool closes = taken(word) == 1 && leaves_enough(counted(number, word));
    const uint64_t wanted = closes ? next_epoch(word) | CLOSING : word - TAKEN_ONE;
    if (RSP_PLANTED_BUG("table: looks whether a chunk is idle, then closes it") && closes) {
      chunk.word.store(wanted, env::RELEASE);
      return give_back(number, word);
    }
    // Release: what was done to the slot; pairs with reuse, and with this swap of whoever gives the chunk back. Acquire:
    // the same of the others who gave slots back.
    if (!chunk.word.compare_exchange_weak(word, wanted, env::ACQ_REL, env::ACQUIRE)) continue;
    if (closes) give_back(number, word);
    return;
  }
}

uint32_t ProcessTable::next_begun(uint32_t index) const {
  const uint32_t count = chunk_count_.load(env::ACQUIRE);  // pairs with map_another
  for (uint32_t number = index / CHUNK_LENGTH; number < count; ++number) {
    // Pairs with map_another and begin_in.
    const uint64_t word = chunks_[number].load(env::ACQUIRE)->word.load(env::ACQUIRE);
    const uint32_t first = number == index / CHUNK_LENGTH ? index % CHUNK_LENGTH : number == 0 ? 1 : 0;
    if (is_open(word) && first < begun_in(word)) return number * CHUNK_LENGTH + first;
  }
  return 0;
}

ProcessTable::~ProcessTable() {
  for (env::Atomic<Chunk*>& chunk : chunks_) {
    Chunk* const mapped = chunk.load(env::RELAXED);
    if (mapped == nullptr) return;
    env::unmap_pages(mapped, sizeof(Chunk));
  }
}

}  // namespace rsp
