#include "core/proc/ets.hpp"

#include <utility>

#include "core/env/planted_bug.hpp"
#include "core/env/sometimes.hpp"
#include "core/proc/ets_table.hpp"
#include "core/term/size.hpp"

namespace rsp {
namespace {

/** So many entries and buckets are looked at under a lock. */
constexpr size_t WALK = 128;

enum class Need { READ, WRITE };

/** Under the lock of the shard. E1, E2. */
rsp_result allows(const EtsTable& table, const EtsShard& shard, uint64_t number, uint64_t caller, Need need) {
  if (shard.opening != number && !RSP_PLANTED_BUG("ets: a shard is used without a look at its number")) {
    RSP_SOMETIMES("a table ends while somebody is on the way into it");
    return RSP_ENOTABLE;
  }
  if (table.access == EtsAccess::PUBLIC) return RSP_OK;
  if (table.access == EtsAccess::PROTECTED && need == Need::READ) return RSP_OK;
  // Acquire: pairs with the store of who gave the table away.
  return caller != 0 && table.owner.load(env::ACQUIRE) == caller ? RSP_OK : RSP_EACCESS;
}

EtsEntry* find(const EtsShard& shard, uint64_t hash, TermBits key) {
  return shard.table.find(hash, [key](const EtsEntry& other) { return equal(other.key, key); });
}

/** One key of one table, as one operation sees it. */
struct Spot {
  Spot(const Ref& ref, TermBits wanted) : table(ets_table(ref)), key(wanted), key_hash(hash(wanted)) {
    number = ref.as_local().number;
    if (table != nullptr) shard = &table->shards[shard_of(key_hash)];
  }

  /** Runs `body` with the entry, nullptr if there is none, under the lock of the shard. */
  template <class Body>
  rsp_result visit(uint64_t caller, Need need, const Body& body) const {
    if (table == nullptr) return RSP_ENOTABLE;
    const Locked locked(shard->lock);
    const rsp_result result = allows(*table, *shard, number, caller, need);
    return result == RSP_OK ? body(find(*shard, key_hash, key)) : result;
  }

  EtsTable* table;
  EtsShard* shard = nullptr;
  uint64_t number;
  TermBits key;
  uint64_t key_hash;
};

/** An entry that is not in a table yet, and may come into none. */
class Fresh {
 public:
  Fresh(TermBits key, TermBits value) : entry_(mem_new<EtsEntry>()) {
    if (entry_ == nullptr) return;
    entry_->key = Term::share(key);
    entry_->value = Term::share(value);
    entry_->bytes = ets_entry_bytes(key, value);
  }
  ~Fresh() { mem_delete(entry_); }
  Fresh(const Fresh&) = delete;
  Fresh& operator=(const Fresh&) = delete;

  bool failed() const { return entry_ == nullptr; }
  EtsEntry& entry() const { return *entry_; }

  /** Under the lock: into the table, which has no such key. */
  void put(const Spot& spot) {
    spot.shard->bytes += entry_->bytes;
    segment_ = add_to(*spot.shard, entry_, static_cast<EtsEntry*>(nullptr), spot.key_hash);
    entry_ = nullptr;
  }

  /** Under the lock: its value for that of the entry which is there. */
  void exchange(const Spot& spot, EtsEntry& other) {
    spot.shard->bytes += entry_->bytes - other.bytes;
    other.value.swap(entry_->value);
    std::swap(other.bytes, entry_->bytes);
  }

  /** Behind the lock. */
  void settle(const Spot& spot) { provide(*spot.shard, segment_); }

 private:
  EtsEntry* entry_;
  size_t segment_ = 0;
};

/** Under the lock. */
void take_out(const Spot& spot, EtsEntry* entry) {
  spot.shard->table.remove(entry, entry);
  --spot.shard->size;
  spot.shard->bytes -= entry->bytes;
}

rsp_result put(uint64_t caller, const Ref& table, TermBits key, TermBits value, bool replace,
               bool* inserted) {
  const Spot spot(table, key);
  if (spot.table == nullptr) return RSP_ENOTABLE;
  Fresh fresh(key, value);
  if (fresh.failed()) return RSP_ENOMEM;
  const rsp_result result = spot.visit(caller, Need::WRITE, [&](EtsEntry* found) {
    *inserted = found == nullptr;
    if (found == nullptr) {
      fresh.put(spot);
    } else if (replace) {
      fresh.exchange(spot, *found);
    }
    return RSP_OK;
  });
  if (result == RSP_OK) fresh.settle(spot);
  return result;
}

/** Takes the entry of a key out; *out is nullptr if there is none. */
rsp_result remove(uint64_t caller, const Ref& table, TermBits key, EtsEntry** out) {
  const Spot spot(table, key);
  *out = nullptr;
  return spot.visit(caller, Need::WRITE, [&](EtsEntry* found) {
    if (found != nullptr) take_out(spot, found);
    *out = found;
    return RSP_OK;
  });
}

rsp_result add(int64_t value, int64_t increment, int64_t* sum) {
  return __builtin_add_overflow(value, increment, sum) ? RSP_ELIMIT : RSP_OK;
}

// ---- Walks ----

/** What comes first in a walk: by place, and among those of one place by key. */
bool is_before(uint64_t place, TermBits key, uint64_t other_place, TermBits other) {
  return place != other_place ? place < other_place : compare_exact(key, other) < 0;
}

using Buckets = RingTable<EtsEntry, &EtsEntry::links>;

/** The first entry of the bucket at `place`, or of those behind `*behind` at that place. */
EtsEntry* least_of(const EtsShard& shard, uint64_t place, const TermBits* behind) {
  EtsEntry* least = nullptr;
  for (EtsEntry* entry = shard.table.first_at(place); entry != nullptr;
       entry = Buckets::next_in_bucket(entry)) {
    const uint64_t at = Buckets::place_of(entry);
    if (behind != nullptr && !is_before(place, *behind, at, entry->key)) continue;
    if (least == nullptr || is_before(at, entry->key, Buckets::place_of(least), least->key)) least = entry;
  }
  return least;
}

/** The entries of a table, copied: each holds two references of ours. */
class Copies {
 public:
  Copies() = default;
  ~Copies() {
    for (size_t i = 0; i < size_; ++i) {
      drop_term(all_[i].key);
      drop_term(all_[i].value);
    }
    mem_free(all_);
  }
  Copies(const Copies&) = delete;
  Copies& operator=(const Copies&) = delete;

  size_t size() const { return size_; }
  size_t room() const { return capacity_ - size_; }
  const TermPair& operator[](size_t index) const { return all_[index]; }

  /** Room for so many more. */
  [[nodiscard]] bool reserve(size_t more) {
    if (room() >= more) return true;
    const size_t capacity = size_ + more > 2 * capacity_ ? size_ + more : 2 * capacity_;
    TermPair* const all = static_cast<TermPair*>(mem_alloc(capacity * sizeof(TermPair)));
    if (all == nullptr) return false;
    for (size_t i = 0; i < size_; ++i) all[i] = all_[i];
    mem_free(all_);
    all_ = all;
    capacity_ = capacity;
    return true;
  }

  void add(const EtsEntry& entry) {
    all_[size_++] = {Term::share(entry.key).release(), Term::share(entry.value).release()};
  }

 private:
  TermPair* all_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

/** Copies a shard's entries from *place on, some buckets of them; *place 0 at the end. Returns how much room it wants for
 * more. Under the lock. */
size_t copy_some(const EtsShard& shard, uint64_t* place, Copies* out) {
  size_t steps = 0;
  do {
    size_t length = 0;
    for (EtsEntry* entry = shard.table.first_at(*place); entry != nullptr;
         entry = Buckets::next_in_bucket(entry))
      ++length;
    if (length > out->room()) return length;
    for (EtsEntry* entry = shard.table.first_at(*place); entry != nullptr;
         entry = Buckets::next_in_bucket(entry))
      out->add(*entry);
    *place = shard.table.after_bucket(*place);
    steps += length + 1;
  } while (*place != 0 && steps < WALK);
  return WALK;
}

rsp_result copy_all(uint64_t caller, EtsTable& table, uint64_t number, Copies* out) {
  for (EtsShard& shard : table.shards) {
    uint64_t place = 0;
    size_t wanted = WALK;
    do {
      if (!out->reserve(wanted)) return RSP_ENOMEM;
      const Locked locked(shard.lock);
      const rsp_result result = allows(table, shard, number, caller, Need::READ);
      if (result != RSP_OK) return result;
      wanted = copy_some(shard, &place, out);
    } while (place != 0 || wanted > WALK);
  }
  return RSP_OK;
}

}  // namespace

uint64_t ets_entry_bytes(TermBits key, TermBits value) {
  return sizeof(EtsEntry) + term_bytes(key, UINT64_MAX) + term_bytes(value, UINT64_MAX);
}

rsp_result ets_insert(uint64_t caller, const Ref& table, TermBits key, TermBits value) {
  bool inserted;
  return put(caller, table, key, value, true, &inserted);
}

rsp_result ets_insert_new(uint64_t caller, const Ref& table, TermBits key, TermBits value, bool* inserted) {
  return put(caller, table, key, value, false, inserted);
}

rsp_result ets_lookup(uint64_t caller, const Ref& table, TermBits key, Term* out) {
  Term value;  // what *out was goes behind the lock
  const Spot spot(table, key);
  const rsp_result result = spot.visit(caller, Need::READ, [&](const EtsEntry* found) {
    if (found == nullptr) return RSP_EMISMATCH;
    value = found->value;
    return RSP_OK;
  });
  if (result == RSP_OK) *out = std::move(value);
  return result;
}

rsp_result ets_member(uint64_t caller, const Ref& table, TermBits key, bool* out) {
  const Spot spot(table, key);
  return spot.visit(caller, Need::READ, [&](const EtsEntry* found) {
    *out = found != nullptr;
    return RSP_OK;
  });
}

rsp_result ets_take(uint64_t caller, const Ref& table, TermBits key, Term* out) {
  EtsEntry* entry;
  const rsp_result result = remove(caller, table, key, &entry);
  if (result != RSP_OK) return result;
  if (entry == nullptr) return RSP_EMISMATCH;
  *out = std::move(entry->value);
  mem_delete(entry);
  return RSP_OK;
}

rsp_result ets_delete_key(uint64_t caller, const Ref& table, TermBits key) {
  EtsEntry* entry;
  const rsp_result result = remove(caller, table, key, &entry);
  mem_delete(entry);
  return result;
}

rsp_result ets_update_counter(uint64_t caller, const Ref& table, TermBits key, int64_t increment,
                              const int64_t* initial, int64_t* out) {
  const Spot spot(table, key);
  if (spot.table == nullptr) return RSP_ENOTABLE;
  int64_t sum = 0;
  if (initial == nullptr) {
    const rsp_result result = spot.visit(caller, Need::WRITE, [&](EtsEntry* found) {
      if (found == nullptr) return RSP_EMISMATCH;
      if (found->value.kind() != Kind::INT) return RSP_ETYPE;
      const rsp_result added = add(found->value.as_int(), increment, &sum);
      if (added == RSP_OK) found->value = Term::integer(sum);
      return added;
    });
    if (result == RSP_OK) *out = sum;
    return result;
  }
  Fresh fresh(key, TermBits::integer(0));
  if (fresh.failed()) return RSP_ENOMEM;
  const rsp_result result = spot.visit(caller, Need::WRITE, [&](EtsEntry* found) {
    if (found != nullptr && found->value.kind() != Kind::INT) return RSP_ETYPE;
    EtsEntry& entry = found != nullptr ? *found : fresh.entry();
    const rsp_result added = add(found != nullptr ? entry.value.as_int() : *initial, increment, &sum);
    if (added != RSP_OK) return added;
    entry.value = Term::integer(sum);
    if (found == nullptr) fresh.put(spot);
    return RSP_OK;
  });
  if (result != RSP_OK) return result;
  fresh.settle(spot);
  *out = sum;
  return RSP_OK;
}

rsp_result ets_next(uint64_t caller, const Ref& ref, const TermBits* key, Term* key_out, Term* value_out) {
  EtsTable* const table = ets_table(ref);
  if (table == nullptr) return RSP_ENOTABLE;
  const uint64_t number = ref.as_local().number;
  const uint64_t key_hash = key == nullptr ? 0 : hash(*key);
  uint64_t place = key == nullptr ? 0 : Buckets::place_of(key_hash);
  Term next_key;
  Term next_value;
  for (size_t i = key == nullptr ? 0 : shard_of(key_hash); i < RING_SHARDS; ++i) {
    EtsShard& shard = table->shards[i];
    bool found = false;
    do {
      const Locked locked(shard.lock);
      const rsp_result result = allows(*table, shard, number, caller, Need::READ);
      if (result != RSP_OK) return result;
      for (size_t step = 0; step < WALK && !found; ++step) {
        const EtsEntry* const entry = least_of(shard, place, key);
        found = entry != nullptr;
        if (found) {
          next_key = entry->key;
          next_value = entry->value;
        }
        key = nullptr;
        place = shard.table.after_bucket(place);
        if (place == 0) break;
      }
    } while (place != 0 && !found);
    if (found) {
      *key_out = std::move(next_key);
      *value_out = std::move(next_value);
      return RSP_OK;
    }
  }
  return RSP_EMISMATCH;
}

rsp_result ets_tab2list(uint64_t caller, const Ref& ref, Term* out) {
  EtsTable* const table = ets_table(ref);
  if (table == nullptr) return RSP_ENOTABLE;
  Copies copies;
  rsp_result result = copy_all(caller, *table, ref.as_local().number, &copies);
  if (result != RSP_OK) return result;
  TermBits* const rows = static_cast<TermBits*>(mem_alloc(sizeof(TermBits) * (copies.size() + 1)));
  if (rows == nullptr) return RSP_ENOMEM;
  size_t made = 0;
  while (result == RSP_OK && made < copies.size()) {
    Term row;
    result = make_tuple(&row, {copies[made].key, copies[made].value});
    if (result == RSP_OK) rows[made++] = row.release();
  }
  if (result == RSP_OK) result = make_list(out, std::span<const TermBits>(rows, made));
  for (size_t i = 0; i < made; ++i) drop_term(rows[i]);
  mem_free(rows);
  return result;
}

}  // namespace rsp
