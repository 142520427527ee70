// The memory of envelopes: blocks of one size, kept by the thread that frees them for the next ones it makes.
//
// Most envelopes are made on one worker's thread and freed on one, so most come from a list that is private to the
// thread, without a locked instruction. Where they flow from one thread to another, the list of the one grows and
// that of the other is empty: surplus moves in batches through a pool.
//
//   take     any thread: from its list, a batch of the pool, or the allocator
//   give     any thread: to its list; what is too much for that goes as a batch to the pool, or to the allocator
//   drain    when no worker runs: the pool's batches go to the allocator
//
//   E1  Only threads of the scheduler keep a list (ThreadLocals::free_envelopes): they end through the exit hook,
//       which gives the list up. Other threads go to the allocator, block by block.
//   E2  A list holds at most two batches, the pool at most POOL_BATCHES: a burst leaves no more than that behind, and
//       the allocator gives its pages back.
//   E3  A block that is kept counts as free, and taking one may fail on purpose, like any allocation (mem/alloc.hpp,
//       M4): a test counts blocks and makes the n-th fail as if nothing were kept.
//   E4  The address sanitizer's build keeps nothing: it shall see each block end.
//   E5  A block in a list names the one that is taken Trail::LENGTH later (core/base/trail.hpp): most blocks of a batch
//       are in another core's cache.
//
// Each block comes from the allocator by itself. Cutting them out of slabs of our own would save the allocator's few
// instructions for a block that is fresh, and whole pages could not be given back without a second allocator's
// bookkeeping; mimalloc has that, for blocks of one size side by side on its pages.
#pragma once

namespace rsp {

struct TakenMemory {
  void* block;    // uninitialised; nullptr when memory is short
  void* earlier;  // what this thread took Trail::LENGTH blocks before, or nullptr; for a prefetch alone
};

/** Memory for one envelope. */
[[nodiscard]] TakenMemory take_envelope_memory();

void give_envelope_memory(void* memory);

/** Nothing else of the runtime runs. */
void drain_envelope_memory();

}  // namespace rsp
