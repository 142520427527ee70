// What others can see of a process and that must be gone before anybody hears of its end: the keys it has in a registry.
//
// Each is a block of whoever makes it, with a Holding in front, in one list of the process (core/proc/belongings.hpp). The
// exit releases them all, in slices, before the name is given back and the mailbox is closed (core/proc/exit.hpp, b): so who
// finds the process dead, or has its DOWN, finds none of them. That holds in a section and for code that does not come
// back, too: a zombie keeps its resources, and not its holdings.
//
//   H1  A holding is in the list from the moment it is visible: whoever makes it sees to the memory before.
//   H2  `release` is called once, out of the list, by whoever ends the process or by release_holding. It takes the thing
//       away from those who see it, and frees it. It needs no memory, and runs no code of a user's.
//   H3  The newest goes first.
//
// Private to the owner of the process. What others see is behind a lock of its own.
#pragma once

#include <cstdint>

#include "core/proc/process.hpp"

namespace rsp {

struct Holding {
  Holding* next = nullptr;
  Holding* previous = nullptr;
  void (*release)(Process& self, Holding* holding) = nullptr;
};

/** Makes room for the list. False: memory is short. */
[[nodiscard]] bool prepare_holdings(Process& self);

/** After prepare_holdings. `release` is set. */
void add_holding(Process& self, Holding* holding);

/** The newest one; nullptr: none. */
Holding* first_holding(const Process& self);

/** Takes one out of the list, and releases it. */
void release_holding(Process& self, Holding* holding);

/** Releases at most so many. True: none is left. */
[[nodiscard]] bool release_holdings(Process& self, uint32_t at_most);

}  // namespace rsp
