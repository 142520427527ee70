// What a process has beside its state, for as long as it lives: memory in a region of its own (core/mem/region.hpp),
// resources, which are whatever a function releases (docs/semantics.md, S-RES), a label and a dictionary, and what others can
// see of it, which goes by rules of its own (core/proc/holdings.hpp).
//
// A process that has none of them pays nothing: its block has one pointer, and the rest is made on first use.
//
// Memory and resources belong to the code of the process. So they are there until that code is over:
//
//   a handler, or one on a lane   its state is dropped, then the resources are released, and only then does anybody hear
//                                 of the end; the rest goes last, when its messages have been dropped
//   ended in a section, declared  all three by its own thread, when its code has returned (blocking.hpp, B2)
//   or not
//   an attached process           by its thread, when that detaches or ends
//
//   B1  A resource is released once, the newest first: by the process's thread, or by nobody if it was removed.
//   B2  A release function runs inside the runtime, and the process is over for it: calls for it are refused.
//   B3  Nothing of it needs memory.
//
// Why in this order, and what was rejected: docs/adr/0016-resources-go-before-the-end-is-told.md.
//
// Private to the owner of the process, and to the one thread that its code is left on when it is dead.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/mem/region.hpp"
#include "core/proc/dictionary.hpp"
#include "core/proc/edges.hpp"
#include "core/proc/process.hpp"
#include "resprout/result.h"

namespace rsp {

struct Holding;

struct Belongings {
  Region region{};
  Edges resources;  // RESOURCE: aux is the function, peer its argument, ref the number
  Holding* holdings = nullptr;
  Term label;  // nil: none
  Dictionary dictionary;
};

/** Makes them on first use. nullptr: memory is short. */
[[nodiscard]] Belongings* belongings_of(Process& self);

/** RSP_OK, RSP_ENOMEM. */
[[nodiscard]] rsp_result region_alloc(Process& self, size_t bytes, void** out);

/** False: no such piece, as far as can be seen. */
[[nodiscard]] bool region_free(Process& self, void* piece, size_t bytes);

/** Gives back what of the region nobody uses. */
void trim_region(Process& self);

/** RSP_OK, RSP_ENOMEM. The number is never used again. */
[[nodiscard]] rsp_result add_resource(Process& self, void (*release)(void*), void* context, uint64_t* number);

/** The caller has it now. False: there is no such resource (any more). */
[[nodiscard]] bool remove_resource(Process& self, uint64_t number);

/** Releases at most so many. True: none is left. */
[[nodiscard]] bool release_resources(Process& self, uint32_t at_most);
void release_resources(Process& self);

/** What it is, for people who look at it: any term, nil for none. RSP_OK, RSP_ENOMEM. */
[[nodiscard]] rsp_result set_label(Process& self, TermBits label);
/** Lent until it changes; nil: none. */
TermBits label_of(const Process& self);

/** nullptr: it has never put anything there. */
const Dictionary* dictionary_of(const Process& self);

/** The end of the dictionary: frees so many of its slots at most. True: none is left. */
[[nodiscard]] bool free_dictionary(Process& self, uint32_t at_most);

/** Frees the region, and all that is here. No resource and no holding is left. */
void free_belongings(Process& self);

/** An attached process ends: what it has is its thread's until that detaches, which frees it. */
void leave_belongings(Process& self);
void free_left_belongings(Process& self);

/** Any thread: whether a thread has some. */
bool has_left_belongings();

}  // namespace rsp
