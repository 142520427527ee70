// Fetching ahead along a chain of blocks.
//
// Who walks along a chain that another core has written waits for one line after the other: the address of each is in
// the one before. So who builds a chain that may be walked elsewhere has each block name the one that the walk reaches
// Trail::LENGTH steps later, and who walks asks for that one while it handles this one. Both ends of a chain are
// walked from, so a walk that turns the chain round names anew.
//
//   the free blocks of a thread    core/proc/envelope_memory.hpp
//   the messages in a mailbox      newest first, until they are taken (core/proc/signal.cpp)
//   the messages in an inbox       oldest first (core/proc/inbox.hpp)
//
// Such a name is for a prefetch and nothing else: what it points to may be anybody's by then, or no memory at all.
#pragma once

#include <cstdint>

namespace rsp {

/** The last blocks of a row. */
struct Trail {
  /** As many lines as a core fetches at once, or a little less. */
  static constexpr uint32_t LENGTH = 8;

  /** Adds the newest. Returns the one LENGTH before it. */
  void* add(void* newest) {
    void*& place = blocks[count++ % LENGTH];
    void* const oldest = place;
    place = newest;
    return oldest;
  }

  /** For a walk that begins at `first`, which stands in for what would be before it: it is in the cache, and a prefetch of
   * nothing at all would look for its page each time. */
  static Trail from(void* first) {
    Trail trail;
    for (void*& block : trail.blocks) block = first;
    trail.count = 0;
    return trail;
  }

  void* blocks[LENGTH];
  uint32_t count;
};

/** What a walk reaches later will be read and written then. */
inline void fetch_ahead(const void* ahead) { __builtin_prefetch(ahead, 1); }

}  // namespace rsp
