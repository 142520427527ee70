// A table of processes under the explorer, and the account of who has which of its slots.
#pragma once

#include "core/proc/table.hpp"
#include "tests/explore/bound.hpp"

namespace rsp::test {

/// A table of its own, so that every interleaving begins with none of its memory mapped.
struct Slots {
  static constexpr uint32_t MOST = 8;

  explicit Slots(uint32_t kept_free = ProcessTable::KEPT_FREE) : own(kept_free) {}

  Process* acquire() {
    Process* const slot = own.acquire();
    RSP_CHECK(slot != nullptr);
    RSP_CHECK(slot == own.at(slot->index));
    for (const Process* other : held) RSP_CHECK(other != slot);
    const Pid pid = slot->pid();  // nobody comes between the rest
    for (uint32_t i = 0; i < count; ++i) RSP_CHECK(pids[i] != pid);
    RSP_CHECK(count < MOST);
    pids[count] = pid;
    held[count++] = slot;
    return slot;
  }

  void release(Process* slot) {
    for (Process*& place : held) {
      if (place == slot) place = nullptr;
    }
    own.release(*slot);
  }

  ProcessTable own;
  Process* held[MOST] = {};  // by any thread
  Pid pids[MOST] = {};       // ever given out
  uint32_t count = 0;
};

}  // namespace rsp::test
