#include "core/proc/envelope_memory.hpp"

#include <cstring>
#include <new>

#include "core/base/sanitizers.hpp"
#include "core/base/trail.hpp"
#include "core/env/atomic.hpp"
#include "core/env/build.hpp"
#include "core/env/planted_bug.hpp"
#include "core/env/random.hpp"
#include "core/env/sometimes.hpp"
#include "core/env/thread_locals.hpp"
#include "core/mem/account.hpp"
#include "core/mem/alloc.hpp"
#include "core/proc/envelope.hpp"
#include "core/sync/inject_queue.hpp"

namespace rsp {
namespace {

constexpr bool KEEPS = RSP_ASAN == 0;  // E4
#if defined(RSP_ENV_NATIVE)
constexpr uint32_t BATCH = 256;
constexpr uint32_t POOL_BATCHES = 64;
#else
constexpr uint32_t BATCH = 4;  // so that every simulated run moves some
constexpr uint32_t POOL_BATCHES = 2;
#endif

/** A block that nobody uses. */
struct Free {
  Free* next;
  void* ahead;  // E5
};
static_assert(sizeof(Free) <= sizeof(Envelope));

struct Pool {
  InjectQueue<Free*, ForeverMemory> batches;  // lists of exactly BATCH
  // A count beside the queue, never below what is in it: it only bounds.
  alignas(CACHE_LINE) env::Atomic<uint32_t> count{0};
};

Pool& pool() {
  alignas(Pool) static unsigned char storage[sizeof(Pool)];
  static Pool* const one = new (storage) Pool;
  return *one;
}

void free_list(Free* list) {
  while (list != nullptr) {
    Free* const next = list->next;
    mem_free_kept(list);
    list = next;
  }
}

/** The thread ends. */
void give_list_up(void*) {
  env::ThreadLocals* const locals = env::thread_locals();
  free_list(static_cast<Free*>(locals->free_envelopes));
  locals->free_envelopes = nullptr;
  locals->free_envelope_count = 0;
  locals->keeps_envelopes = false;
}

// What follows is seldom needed, and inlined it would have each message save registers for it.

/** E1. */
[[gnu::noinline, gnu::cold]] bool begins_to_keep(env::ThreadLocals& locals) {
  if (!KEEPS || locals.worker_thread == nullptr) return false;
  locals.keeps_envelopes = env::at_thread_exit(env::ExitHook::MEMORY, &give_list_up, nullptr);
  return locals.keeps_envelopes;
}

/** Half of the list, which holds two batches, goes to the pool. */
[[gnu::noinline]] void give_batch(env::ThreadLocals& locals) {
  Free* const batch = static_cast<Free*>(locals.free_envelopes);
  Free* last = batch;
  for (uint32_t i = 1; i < BATCH; ++i) last = last->next;
  locals.free_envelopes = last->next;
  locals.free_envelope_count -= BATCH;
  last->next = nullptr;
  // Relaxed: a bound. The queue hands the batch over.
  if (pool().count.fetch_add(1, env::RELAXED) < POOL_BATCHES && pool().batches.push(batch)) return;
  RSP_SOMETIMES("the pool of envelopes is full");
  pool().count.fetch_sub(1, env::RELAXED);
  free_list(batch);
}

[[gnu::noinline]] bool take_batch(env::ThreadLocals& locals) {
  Free* batch = nullptr;
  if (!locals.keeps_envelopes && !begins_to_keep(locals)) return false;
  if (pool().count.load(env::RELAXED) == 0 || !pool().batches.try_pop(batch)) return false;
  RSP_SOMETIMES("envelopes go to another thread");
  pool().count.fetch_sub(1, env::RELAXED);
  locals.free_envelopes = batch;
  locals.free_envelope_count = BATCH;
  return true;
}

[[gnu::noinline]] void* take_new(env::ThreadLocals& locals) {
  void* const block = mem_alloc(sizeof(Envelope));
  if (block == nullptr) {
    RSP_SOMETIMES("no memory for an envelope");
    return nullptr;
  }
  count_envelope_taken(locals);
  return block;
}

/** In builds that count blocks: what is read without having been written shows. */
void spoil([[maybe_unused]] void* memory) {
#ifdef RESPROUT_ACCOUNTING
  std::memset(memory, 0xDD, sizeof(Envelope));
#endif
}

}  // namespace

TakenMemory take_envelope_memory() {
  env::ThreadLocals* const locals = env::thread_locals();
  if (locals->free_envelopes == nullptr && !take_batch(*locals)) [[unlikely]] {
    void* const fresh = take_new(*locals);
    return {fresh, locals->envelopes_taken.add(fresh)};
  }
  if (!mem_reuse(locals->free_envelopes)) return {nullptr, nullptr};
  count_envelope_taken(*locals);
  Free* const block = static_cast<Free*>(locals->free_envelopes);
  locals->free_envelopes = block->next;
  fetch_ahead(block->ahead);
  --locals->free_envelope_count;
  return {block, locals->envelopes_taken.add(block)};
}

void give_envelope_memory(void* memory) {
  if (RSP_PLANTED_BUG("envelope memory: one in so many is lost") && env::random_u64() % 64 == 0) return;
  env::ThreadLocals* const locals = env::thread_locals();
  count_envelope_given(*locals);
  if (!locals->keeps_envelopes && !begins_to_keep(*locals)) return mem_free(memory);
  spoil(memory);
  mem_keep(memory);
  Free* const block = ::new (memory) Free{static_cast<Free*>(locals->free_envelopes), nullptr};
  block->ahead = locals->envelopes_given.add(block);
  locals->free_envelopes = block;
  if (++locals->free_envelope_count == 2 * BATCH) give_batch(*locals);
}

void drain_envelope_memory() {
  Free* batch = nullptr;
  while (pool().batches.try_pop(batch)) {
    pool().count.fetch_sub(1, env::RELAXED);
    free_list(batch);
  }
}

}  // namespace rsp
