// A key that is looked for in a table which many threads read (core/proc/ring_table.hpp), whatever its size.
//
// A small key is compared under the lock of the table. A large one would keep all others waiting for as long as it takes: so
// it is compared with no lock, and under the lock only its block is looked at. One that is neither known to be the same
// key nor known to be another is taken along, and the search is done again when it has been compared:
//
//   SoughtKey sought(key);
//   for (;; sought.decide()) {                     // behind the lock
//     const Locked locked(shard.lock);
//     Entry* const entry = sought.find(shard.table, &key_of);
//     if (sought.is_undecided()) continue;         // the lock goes first
//     ...
//     return ...;
//   }
//
// A search is done again only if somebody has put such a key in since the last one, so somebody has come on.
//
// More than OTHERS large keys of one hash that are all different are compared under the lock. Nobody comes to that by chance:
// a hash has 64 bits. Rejected: a hash of more bits instead of the comparison, which who chooses the keys can forge; a list
// of all that are known to be different, which wants memory.
//
// On a stack, declared before the lock is taken: what it has taken along it drops behind the lock.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/env/sometimes.hpp"
#include "core/term/compare.hpp"
#include "core/term/size.hpp"
#include "core/term/term.hpp"

namespace rsp {

class SoughtKey {
 public:
  explicit SoughtKey(TermBits key)
      : key_(key), hash_(rsp::hash(key)), is_small_(term_bytes(key, SMALL_BYTES) <= SMALL_BYTES) {}
  SoughtKey(const SoughtKey&) = delete;
  SoughtKey& operator=(const SoughtKey&) = delete;

  TermBits key() const { return key_; }
  uint64_t hash() const { return hash_; }

  /** Under the lock: the entry of the key, whose own key is `key_of`; nullptr: there is none, or it is undecided. */
  template <class Table, class KeyOf>
  auto find(const Table& table, const KeyOf& key_of) {
    const auto found = table.find(hash_, [&](const auto& entry) { return is(key_of(entry)); });
    is_undecided_ = found == nullptr && candidate_.is_boxed();
    return found;
  }
  bool is_undecided() const { return is_undecided_; }

  /** Behind the lock: compares what was taken along. */
  void decide() {
    RSP_SOMETIMES("a large key is compared behind the lock");
    if (equal(candidate_, key_)) {
      twin_.swap(candidate_);
    } else {
      others_[others_found_++].swap(candidate_);
    }
    candidate_ = Term();
  }

 private:
#if defined(RSP_ENV_NATIVE)
  static constexpr uint64_t SMALL_BYTES = 1024;
#else
  static constexpr uint64_t SMALL_BYTES = 0;
#endif
  static constexpr size_t OTHERS = 2;

  bool is(TermBits other) {
    if (other.is_same(key_)) return true;
    if (is_small_) return equal(other, key_);
    if (other.meta() != key_.meta()) return false;
    if (other.is_same(twin_)) return true;
    for (size_t i = 0; i < others_found_; ++i) {
      if (other.is_same(others_[i])) return false;
    }
    if (others_found_ == OTHERS) return equal(other, key_);
    if (!candidate_.is_boxed()) candidate_ = Term::share(other);
    return false;
  }

  TermBits key_;
  uint64_t hash_;
  bool is_small_;
  bool is_undecided_ = false;
  size_t others_found_ = 0;
  Term candidate_;       // to be compared
  Term twin_;            // found equal: another block
  Term others_[OTHERS];  // found different
};

}  // namespace rsp
