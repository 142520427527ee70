// Who waits for which descriptor: for each number and direction a word that says whose registration is in force.
//
// The word is generation:36 | state. Each registration has a generation of its own, and all that is known outside of it,
// by the kernel too, is its key: generation | descriptor | direction. So what is told of a registration that is over
// says nothing of the one that has its place.
//
//   FREE      nobody
//   CLAIMED   a thread registers, and writes the subject        FREE -> CLAIMED       by a registrar, as the next generation
//   ENTERED   the kernel is told, or about to be                CLAIMED -> ENTERED    by that thread
//   ARMED     and it has returned                               ENTERED -> ARMED      by that thread
//                                                               ENTERED -> FREE       by that thread: the kernel refuses
//                                                               ENTERED, ARMED -> FREE   by take(): ready, or cancelled
//                                                               ARMED -> CLAIMED      by a registrar, as in R3
//
//   R1  Whoever moves the word out of ENTERED or ARMED owns the subject that was there. It is read before, and was not
//       replaced if the word has not changed: generations only grow.
//   R2  Only who has CLAIMED the word tells the kernel anything of this number and direction, until it has left ENTERED.
//       Nothing is taken out of the kernel's set: what is over there speaks with an old key, once.
//   R3  A number that is registered may have been closed meanwhile, and given out again. The kernel knows (Watched): if
//       what the number stands for now was never watched through it, the registration is of the past, and is replaced.
//
// No registration ends by waiting for another thread: none of this blocks.
#pragma once

#include <cstdint>

#include "core/base/limits.hpp"
#include "core/env/atomic.hpp"
#include "core/env/poll.hpp"
#include "resprout/result.h"

namespace rsp {

class Watches {
 public:
  /** Of a registration, never 0. */
  using Key = uint64_t;

  struct Registered {
    Key key = 0;
    void* replaced = nullptr;  // R3: the subject of the registration that was of the past
  };

  /** Any thread. RSP_EINVAL (no such descriptor, or of a kind that cannot be watched), RSP_EALREADY, RSP_ELIMIT,
   * RSP_ENOMEM. */
  [[nodiscard]] rsp_result add(env::PollSet& set, int fd, env::Direction direction, void* subject,
                               Registered* out);

  /** Any thread: the registration is over from here on. Its subject, or nullptr if it was over before. */
  void* take(Key key);

 private:
  enum State : uint64_t { FREE, CLAIMED, ENTERED, ARMED };

  struct Watch {
    env::Atomic<uint64_t> word{FREE};
    env::Atomic<void*> subject{nullptr};
  };

#if defined(RSP_ENV_EXPLORE)
  static constexpr uint32_t CHUNK_LENGTH = 8;
  static constexpr uint32_t MAX_CHUNKS = 1;
#else
  static constexpr uint32_t CHUNK_LENGTH = 1024;  // two a descriptor
  static constexpr uint32_t MAX_CHUNKS = 8192;
#endif
  static constexpr int STATE_BITS = 2;
  static constexpr uint64_t STATE_MASK = (uint64_t{1} << STATE_BITS) - 1;
  static constexpr int PLACE_BITS = 27;
  static constexpr uint64_t PLACE_MASK = (uint64_t{1} << PLACE_BITS) - 1;
  static constexpr uint64_t LAST_GENERATION = (uint64_t{1} << 36) - 1;
  static_assert(uint64_t{CHUNK_LENGTH} * MAX_CHUNKS <= PLACE_MASK);
  static_assert((LAST_GENERATION << PLACE_BITS | PLACE_MASK) < env::PollSet::LAST_TAG);

  static State state_of(uint64_t word) { return static_cast<State>(word & STATE_MASK); }
  static uint64_t generation_of(uint64_t word) { return word >> STATE_BITS; }
  static uint64_t word_of(uint64_t generation, State state) { return generation << STATE_BITS | state; }

  Watch* at(uint64_t place) const;
  rsp_result reserve(uint64_t place);
  static rsp_result claim(Watch& watch, env::PollSet& set, int fd, env::Direction direction,
                          uint64_t* generation, void** replaced);

  // The first numbers need no memory, and most programs have no others.
  Watch first_[CHUNK_LENGTH];
  env::Atomic<Watch*> chunks_[MAX_CHUNKS] = {first_};
};

}  // namespace rsp
