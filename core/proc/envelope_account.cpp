#include "core/proc/envelope_account.hpp"

#include <cstdio>
#include <new>

#include "core/base/assert.hpp"
#include "core/mem/alloc.hpp"

namespace rsp {
namespace {

#if defined(RSP_ENV_NATIVE)
constexpr bool ONE_FOR_ALL = false;
#else
constexpr bool ONE_FOR_ALL = true;
#endif

struct Book {
  EnvelopeLedger shared;
  env::Atomic<EnvelopeLedger*> first{nullptr};

  Book() { shared.is_shared = !ONE_FOR_ALL; }
};

Book& book() {
  alignas(Book) static unsigned char storage[sizeof(Book)];
  static Book* const one = new (storage) Book;
  return *one;
}

/** One that a thread has left, or a new one. nullptr: no memory. */
EnvelopeLedger* free_ledger() {
  for (EnvelopeLedger* one = book().first.load(env::ACQUIRE); one != nullptr; one = one->next) {
    uint32_t unused = 0;
    // Acquire: pairs with leave_ledger; this thread counts on from there.
    if (one->is_used.load(env::RELAXED) == 0 &&
        one->is_used.compare_exchange_strong(unused, 1, env::ACQUIRE, env::RELAXED))
      return one;
  }
  constexpr size_t BYTES = sizeof(EnvelopeLedger) + alignof(EnvelopeLedger);
  void* const memory = mem_alloc_forever(BYTES);
  if (memory == nullptr) return nullptr;
  const uintptr_t aligned = (reinterpret_cast<uintptr_t>(memory) + alignof(EnvelopeLedger) - 1) &
                            ~uintptr_t{alignof(EnvelopeLedger) - 1};
  EnvelopeLedger* const one = new (reinterpret_cast<void*>(aligned)) EnvelopeLedger;
  one->next = book().first.load(env::RELAXED);
  // Release: who walks the list sees the ledger whole.
  while (!book().first.compare_exchange_weak(one->next, one, env::RELEASE, env::RELAXED)) {
  }
  return one;
}

void leave_ledger(void* ledger) {
  env::thread_locals()->envelope_ledger = nullptr;
  static_cast<EnvelopeLedger*>(ledger)->is_used.store(0, env::RELEASE);
}

[[gnu::noinline]] EnvelopeLedger& open_ledger() {
  EnvelopeLedger* const one = free_ledger();
  if (one == nullptr) return book().shared;
  if (!env::at_thread_exit(env::ExitHook::LEDGER, &leave_ledger, one)) {
    leave_ledger(one);
    return book().shared;
  }
  env::thread_locals()->envelope_ledger = one;
  return *one;
}

EnvelopeLedger& ledger() {
  if (ONE_FOR_ALL) return book().shared;
  void* const mine = env::thread_locals()->envelope_ledger;
  return mine != nullptr ? *static_cast<EnvelopeLedger*>(mine) : open_ledger();
}

/** Adds what is in a ledger, unless a visit goes on. */
bool add_up(const EnvelopeLedger& ledger, EnvelopeFigures& figures) {
  // Nobody is inside where `left` is as high as an `entered` that was read later. What a visit that begins after that
  // counts comes with a higher `entered`.
  const uint64_t left = ledger.left.read();
  const bool quiet = ledger.entered.read() == left;
  figures.taken += ledger.taken.read();
  figures.given += ledger.given.read();
  return quiet && ledger.entered.read() == left;
}

}  // namespace

void envelope_account_detail::count_taken() {
  EnvelopeLedger& mine = ledger();
  mine.taken.count(mine.is_shared);
}

void envelope_account_detail::count_given() {
  EnvelopeLedger& mine = ledger();
  mine.given.count(mine.is_shared);
}

EnvelopeLedger* EnvelopeVisit::enter() {
  EnvelopeLedger& mine = ledger();
  mine.entered.count(mine.is_shared);
  return &mine;
}

void EnvelopeVisit::leave(EnvelopeLedger& ledger) { ledger.left.count(ledger.is_shared); }

EnvelopeFigures envelope_figures() {
  EnvelopeFigures figures{0, 0, true};
  figures.exact = add_up(book().shared, figures);
  for (const EnvelopeLedger* one = book().first.load(env::ACQUIRE); one != nullptr; one = one->next) {
    if (!add_up(*one, figures)) figures.exact = false;
  }
  return figures;
}

bool check_envelope_account(bool has_zombies) {
  if (has_zombies) return false;
  const EnvelopeFigures figures = envelope_figures();
  if (!figures.exact) return false;
#ifndef NDEBUG
  if (figures.taken != figures.given) {
    char text[128];
    std::snprintf(text, sizeof text, "envelopes taken %llu, given back %llu",
                  static_cast<unsigned long long>(figures.taken),
                  static_cast<unsigned long long>(figures.given));
    assert_failed(__FILE__, __LINE__, text);
  }
#endif
  return true;
}

}  // namespace rsp
