#include "core/mem/account.hpp"

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
  Ledger shared;
  env::Atomic<Ledger*> first{nullptr};

  Book() { shared.is_shared = !ONE_FOR_ALL; }
};

Book& book() {
  alignas(Book) static unsigned char storage[sizeof(Book)];
  static Book* const one = new (storage) Book;
  return *one;
}

/** One that a thread has left, or a new one. nullptr: no memory. */
Ledger* free_ledger() {
  // Pairs with the push below.
  for (Ledger* one = book().first.load(env::ACQUIRE); one != nullptr; one = one->next) {
    uint32_t unused = 0;
    // Acquire: pairs with leave_ledger; this thread counts on from there.
    if (one->is_used.load(env::RELAXED) == 0 &&
        one->is_used.compare_exchange_strong(unused, 1, env::ACQUIRE, env::RELAXED))
      return one;
  }
  constexpr size_t BYTES = sizeof(Ledger) + alignof(Ledger);
  void* const memory = mem_alloc_forever(BYTES);
  if (memory == nullptr) return nullptr;
  const uintptr_t aligned =
      (reinterpret_cast<uintptr_t>(memory) + alignof(Ledger) - 1) & ~uintptr_t{alignof(Ledger) - 1};
  Ledger* const one = new (reinterpret_cast<void*>(aligned)) Ledger;
  one->next = book().first.load(env::RELAXED);
  // Release: pairs with the walks of free_ledger and account_figures, which see the ledger whole.
  while (!book().first.compare_exchange_weak(one->next, one, env::RELEASE, env::RELAXED)) {
  }
  return one;
}

void leave_ledger(void* ledger) {
  env::thread_locals()->ledger = nullptr;
  static_cast<Ledger*>(ledger)->is_used.store(0, env::RELEASE);  // pairs with free_ledger
}

[[gnu::noinline]] Ledger& open_ledger() {
  Ledger* const one = free_ledger();
  if (one == nullptr) return book().shared;
  if (!env::at_thread_exit(env::ExitHook::LEDGER, &leave_ledger, one)) {
    leave_ledger(one);
    return book().shared;
  }
  env::thread_locals()->ledger = one;
  return *one;
}

Ledger& ledger() {
  if (ONE_FOR_ALL) return book().shared;
  void* const mine = env::thread_locals()->ledger;
  return mine != nullptr ? *static_cast<Ledger*>(mine) : open_ledger();
}

/** Adds what is in a ledger, unless a visit goes on. */
bool add_up(const Ledger& ledger, AccountFigures& figures) {
  // Nobody is inside where `left` is as high as an `entered` that was read later. What a visit that begins after that
  // counts comes with a higher `entered`.
  const uint64_t left = ledger.left.read();
  const bool quiet = ledger.entered.read() == left;
  figures.taken += ledger.taken.read();
  figures.given += ledger.given.read();
  figures.bytes_taken += ledger.bytes_taken.read();
  figures.bytes_given += ledger.bytes_given.read();
  return quiet && ledger.entered.read() == left;
}

}  // namespace

void account_detail::count_taken() {
  Ledger& mine = ledger();
  mine.taken.count(mine.is_shared);
}

void account_detail::count_given() {
  Ledger& mine = ledger();
  mine.given.count(mine.is_shared);
}

void count_bytes_taken(size_t bytes) {
  Ledger& mine = ledger();
  mine.bytes_taken.count(mine.is_shared, bytes);
}

void count_bytes_given(size_t bytes) {
  Ledger& mine = ledger();
  mine.bytes_given.count(mine.is_shared, bytes);
}

Ledger* AccountVisit::enter() {
  Ledger& mine = ledger();
  mine.entered.count(mine.is_shared);
  return &mine;
}

void AccountVisit::leave(Ledger& ledger) { ledger.left.count(ledger.is_shared); }

AccountFigures account_figures() {
  AccountFigures figures{0, 0, 0, 0, true};
  figures.exact = add_up(book().shared, figures);
  // Pairs with free_ledger.
  for (const Ledger* one = book().first.load(env::ACQUIRE); one != nullptr; one = one->next) {
    if (!add_up(*one, figures)) figures.exact = false;
  }
  return figures;
}

#ifndef NDEBUG
namespace {

void expect_equal(const char* what, uint64_t taken, uint64_t given) {
  if (taken == given) return;
  char text[128];
  std::snprintf(text, sizeof text, "%s taken %llu, given back %llu", what,
                static_cast<unsigned long long>(taken), static_cast<unsigned long long>(given));
  assert_failed(__FILE__, __LINE__, text);
}

}  // namespace
#endif

bool check_account(bool has_zombies, bool has_left_bytes) {
  if (has_zombies) return false;
  const AccountFigures figures = account_figures();
  if (!figures.exact) return false;
#ifndef NDEBUG
  expect_equal("envelopes", figures.taken, figures.given);
  if (!has_left_bytes) expect_equal("bytes", figures.bytes_taken, figures.bytes_given);
#endif
  return !has_left_bytes;
}

}  // namespace rsp
