#include "core/sched/watches.hpp"

#include "core/base/assert.hpp"
#include "core/env/planted_bug.hpp"
#include "core/env/sometimes.hpp"
#include "core/mem/alloc.hpp"

namespace rsp {
namespace {

using env::Watched;

rsp_result result_of(Watched watched) {
  switch (watched) {
    case Watched::YES:
      return RSP_OK;
    case Watched::KNOWN:
      return RSP_EALREADY;
    case Watched::CLOSED:
    case Watched::NEVER:
      return RSP_EINVAL;
    case Watched::LIMIT:
      return RSP_ELIMIT;
    case Watched::NO_MEMORY:
      return RSP_ENOMEM;
  }
  RSP_UNREACHABLE("what a set says of a descriptor");
}

}  // namespace

Watches::Watch* Watches::at(uint64_t place) const {
  // Acquire: pairs with reserve.
  Watch* const chunk = chunks_[place / CHUNK_LENGTH].load(env::ACQUIRE);
  return chunk == nullptr ? nullptr : chunk + place % CHUNK_LENGTH;
}

rsp_result Watches::reserve(uint64_t place) {
  if (place / CHUNK_LENGTH >= MAX_CHUNKS) return RSP_ELIMIT;
  if (at(place) != nullptr) return RSP_OK;
  void* const zeroed = mem_alloc_forever(sizeof(Watch) * CHUNK_LENGTH);
  if (zeroed == nullptr) return RSP_ENOMEM;
  Watch* none = nullptr;
  // Release: pairs with at. The loser of a race takes the winner's.
  if (!chunks_[place / CHUNK_LENGTH].compare_exchange_strong(none, static_cast<Watch*>(zeroed), env::RELEASE,
                                                             env::RELAXED))
    mem_free_unpublished(zeroed);
  return RSP_OK;
}

rsp_result Watches::claim(Watch& watch, env::PollSet& set, int fd, env::Direction direction,
                          uint64_t* generation, void** replaced) {
  uint64_t seen = watch.word.load(env::ACQUIRE);  // pairs with take (R1)
  for (;;) {
    const bool is_taken = state_of(seen) == ARMED;
    void* former = nullptr;
    if (is_taken) {  // R3
      former = watch.subject.load(env::RELAXED);
      const Watched watched = set.probe(fd, direction);
      if (watched != Watched::YES) return result_of(watched);
    } else if (state_of(seen) != FREE) {
      return RSP_EALREADY;
    }
    *generation = generation_of(seen) == LAST_GENERATION ? 1 : generation_of(seen) + 1;
    // Acquire: what the one before did with the subject. Release: R1, for a subject that is replaced.
    // Strong: a second probe would find what the first has entered.
    if (!watch.word.compare_exchange_strong(seen, word_of(*generation, CLAIMED), env::ACQ_REL, env::ACQUIRE))
      continue;
    if (is_taken) RSP_SOMETIMES("a registration of a number that was closed is replaced");
    *replaced = former;
    return RSP_OK;
  }
}

rsp_result Watches::add(env::PollSet& set, int fd, env::Direction direction, void* subject, Registered* out) {
  if (fd < 0) return RSP_EINVAL;
  const uint64_t place = uint64_t{static_cast<uint32_t>(fd)} * 2 + static_cast<uint32_t>(direction);
  rsp_result result = reserve(place);
  if (result != RSP_OK) return result;
  Watch& watch = *at(place);
  uint64_t generation = 0;
  result = claim(watch, set, fd, direction, &generation, &out->replaced);
  if (result != RSP_OK) return result;
  watch.subject.store(subject, env::RELAXED);
  watch.word.store(word_of(generation, ENTERED), env::RELEASE);  // pairs with take
  out->key = generation << PLACE_BITS | place;
  const Watched watched = set.watch(fd, direction, out->key);
  if (watched != Watched::YES) {
    // The kernel knows nothing of this key, so nobody else moves the word.
    watch.word.store(word_of(generation, FREE), env::RELEASE);  // pairs with claim
    return result_of(watched);
  }
  uint64_t entered = word_of(generation, ENTERED);
  // Release: the next registrar, by R3, has to see the subject.
  if (!watch.word.compare_exchange_strong(entered, word_of(generation, ARMED), env::RELEASE, env::RELAXED))
    RSP_SOMETIMES("a descriptor is ready before its registration returns");
  return RSP_OK;
}

void* Watches::take(Key key) {
  const uint64_t place = key & PLACE_MASK;
  uint64_t generation = key >> PLACE_BITS;
  Watch* const watch = place / CHUNK_LENGTH < MAX_CHUNKS ? at(place) : nullptr;
  if (watch == nullptr) return nullptr;
  uint64_t seen = watch->word.load(env::ACQUIRE);  // pairs with add
  if (RSP_PLANTED_BUG("watches: whoever is registered is told")) generation = generation_of(seen);
  if (RSP_PLANTED_BUG("watches: taken by a store")) {
    if (seen != word_of(generation, ARMED)) return nullptr;
    void* const subject = watch->subject.load(env::RELAXED);
    watch->word.store(word_of(generation, FREE), env::RELEASE);
    return subject;
  }
  for (;;) {
    const bool is_entered = seen == word_of(generation, ENTERED) &&
                            !RSP_PLANTED_BUG("watches: what is ready at once is not told");
    if (!is_entered && seen != word_of(generation, ARMED)) return nullptr;
    void* const subject = watch->subject.load(env::RELAXED);  // R1
    // Release: pairs with claim; the next subject is written after this one was read. Acquire: pairs with add.
    if (watch->word.compare_exchange_weak(seen, word_of(generation, FREE), env::ACQ_REL, env::ACQUIRE))
      return subject;
  }
}

}  // namespace rsp
