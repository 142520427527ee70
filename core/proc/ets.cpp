#include "core/proc/ets.hpp"

#include <utility>

#include "core/env/planted_bug.hpp"
#include "core/env/sometimes.hpp"
#include "core/proc/ets_table.hpp"
#include "core/proc/sought_key.hpp"
#include "core/term/size.hpp"

namespace rsp {
namespace {

/** So many entries and buckets are looked at under a lock. */
constexpr size_t WALK = 128;

enum class Need { READ, WRITE };

/** Under the lock of the shard. E1, E2. */
rsp_result allows(const EtsTable& table, const EtsShard& shard, uint64_t number, EtsCaller caller,
                  Need need) {
  if (shard.opening != number && !RSP_PLANTED_BUG("ets: a shard is used without a look at its number")) {
    RSP_SOMETIMES("a table ends while somebody is on the way into it");
    return RSP_ENOTABLE;
  }
  if (ets_is_over(caller)) return RSP_EXITING;
  if (table.access == EtsAccess::PUBLIC) return RSP_OK;
  if (table.access == EtsAccess::PROTECTED && need == Need::READ) return RSP_OK;
  // Acquire: pairs with the store of who gave the table away.
  return caller.id != 0 && table.owner.load(env::ACQUIRE) == caller.id ? RSP_OK : RSP_EACCESS;
}

/** One key of one table, as one operation sees it. */
struct Spot {
  Spot(const Ref& ref, TermBits wanted) : table(ets_table(ref)), sought(wanted) {
    number = ref.as_local().number;
    if (table != nullptr) shard = &table->shards[shard_of(sought.hash())];
  }

  /** Runs `body` with the entry, nullptr if there is none, under the lock of the shard. */
  template <class Body>
  rsp_result visit(EtsCaller caller, Need need, const Body& body) {
    if (table == nullptr) return RSP_ENOTABLE;
    for (;; sought.decide()) {
      const Locked locked(shard->lock);
      const rsp_result result = allows(*table, *shard, number, caller, need);
      if (result != RSP_OK) return result;
      EtsEntry* const found =
          sought.find(shard->table, [](const EtsEntry& entry) { return TermBits(entry.key); });
      if (!sought.is_undecided()) return body(found);
    }
  }

  EtsTable* table;
  EtsShard* shard = nullptr;
  uint64_t number;
  SoughtKey sought;
};

/** An entry that is not in a table yet, and may come into none. */
class Fresh {
 public:
  Fresh(TermBits key, TermBits value) : entry_(mem_new<EtsEntry>()) {
    if (entry_ == nullptr) {
      RSP_SOMETIMES("no memory for an entry of a table");
      return;
    }
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
    segment_ = add_to(*spot.shard, entry_, static_cast<EtsEntry*>(nullptr), spot.sought.hash());
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

rsp_result put(EtsCaller caller, const Ref& table, TermBits key, TermBits value, bool replace,
               bool* inserted) {
  Spot spot(table, key);
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
rsp_result remove(EtsCaller caller, const Ref& table, TermBits key, EtsEntry** out) {
  Spot spot(table, key);
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

// A walk goes by place (core/proc/ring_table.hpp), and among keys of one place, which are of one hash, by their order.

using Buckets = RingTable<EtsEntry, &EtsEntry::links>;

/** The least place in the bucket of `place` that is not before it. False: there is none. */
bool least_place(const EtsShard& shard, uint64_t place, uint64_t* out) {
  bool found = false;
  for (EtsEntry* entry = shard.table.first_at(place); entry != nullptr;
       entry = Buckets::next_in_bucket(entry)) {
    const uint64_t at = Buckets::place_of(entry);
    if (at < place || (found && at >= *out)) continue;
    found = true;
    *out = at;
  }
  return found;
}

/** The entries of a table, copied: each holds two references of ours. */
class Copies {
 public:
  Copies() = default;
  ~Copies() {
    clear();
    if (all_ != few_) mem_free(all_);
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
    if (all_ != few_) mem_free(all_);
    all_ = all;
    capacity_ = capacity;
    return true;
  }

  void clear() {
    for (size_t i = 0; i < size_; ++i) {
      drop_term(all_[i].key);
      drop_term(all_[i].value);
    }
    size_ = 0;
  }

  void add(const EtsEntry& entry) {
    all_[size_++] = {Term::share(entry.key).release(), Term::share(entry.value).release()};
  }

 private:
  static constexpr size_t FEW = 4;

  TermPair few_[FEW];
  TermPair* all_ = few_;
  size_t size_ = 0;
  size_t capacity_ = FEW;
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

/** Where a walk that takes one entry after the other is. */
struct Cursor {
  size_t shard = 0;
  uint64_t place = 0;
  const TermBits* behind = nullptr;  // the key at that place behind which it goes on; nullptr: from there on

  void go_to(uint64_t next) {
    behind = nullptr;
    place = next;
    if (next == 0) ++shard;
  }
};

/** Whether another key stands where the cursor is, or the same in another block. */
bool has_others(const EtsShard& shard, const Cursor& at) {
  for (EtsEntry* entry = shard.table.first_at(at.place); entry != nullptr;
       entry = Buckets::next_in_bucket(entry)) {
    if (Buckets::place_of(entry) == at.place && !entry->key.is_same(*at.behind)) return true;
  }
  return false;
}

/** Copies the entries of one place. Returns how many there are, if there is no room for them. Under the lock. */
size_t copy_place(const EtsShard& shard, uint64_t place, Copies* out) {
  const auto for_each = [&](const auto& deed) {
    for (EtsEntry* entry = shard.table.first_at(place); entry != nullptr;
         entry = Buckets::next_in_bucket(entry)) {
      if (Buckets::place_of(entry) == place) deed(*entry);
    }
  };
  size_t count = 0;
  for_each([&count](const EtsEntry&) { ++count; });
  if (count > out->room()) return count;
  for_each([out](const EtsEntry& entry) { out->add(entry); });
  return 0;
}

/** Takes the cursor on to where something stands, some buckets at most, and copies that. Returns how much room it wants.
 * Under the lock. */
size_t copy_next(const EtsShard& shard, Cursor* at, Copies* out) {
  if (at->behind != nullptr && !has_others(shard, *at)) {
    at->go_to(at->place + 1);
    if (at->place == 0) return 0;
  }
  for (size_t step = 0; step < WALK; ++step) {
    if (least_place(shard, at->place, &at->place)) return copy_place(shard, at->place, out);
    at->go_to(shard.table.after_bucket(at->place));
    if (at->place == 0) break;
  }
  return 0;
}

/** The first one behind `*key`, or of all; nullptr: there is none. Behind the lock: keys may be large. */
const TermPair* least_of(const Copies& copies, const TermBits* key) {
  const TermPair* least = nullptr;
  for (size_t i = 0; i < copies.size(); ++i) {
    if (key != nullptr && compare_exact(*key, copies[i].key) >= 0) continue;
    if (least == nullptr || compare_exact(copies[i].key, least->key) < 0) least = &copies[i];
  }
  return least;
}

rsp_result copy_all(EtsCaller caller, EtsTable& table, uint64_t number, Copies* out) {
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

rsp_result ets_insert(EtsCaller caller, const Ref& table, TermBits key, TermBits value) {
  bool inserted;
  return put(caller, table, key, value, true, &inserted);
}

rsp_result ets_insert_new(EtsCaller caller, const Ref& table, TermBits key, TermBits value, bool* inserted) {
  return put(caller, table, key, value, false, inserted);
}

rsp_result ets_lookup(EtsCaller caller, const Ref& table, TermBits key, Term* out) {
  Term value;  // what *out was goes behind the lock
  Spot spot(table, key);
  const rsp_result result = spot.visit(caller, Need::READ, [&](const EtsEntry* found) {
    if (found == nullptr) return RSP_EMISMATCH;
    value = found->value;
    return RSP_OK;
  });
  if (result == RSP_OK) *out = std::move(value);
  return result;
}

rsp_result ets_member(EtsCaller caller, const Ref& table, TermBits key, bool* out) {
  Spot spot(table, key);
  return spot.visit(caller, Need::READ, [&](const EtsEntry* found) {
    *out = found != nullptr;
    return RSP_OK;
  });
}

rsp_result ets_take(EtsCaller caller, const Ref& table, TermBits key, Term* out) {
  EtsEntry* entry;
  const rsp_result result = remove(caller, table, key, &entry);
  if (result != RSP_OK) return result;
  if (entry == nullptr) return RSP_EMISMATCH;
  *out = std::move(entry->value);
  mem_delete(entry);
  return RSP_OK;
}

rsp_result ets_delete_key(EtsCaller caller, const Ref& table, TermBits key) {
  EtsEntry* entry;
  const rsp_result result = remove(caller, table, key, &entry);
  mem_delete(entry);
  return result;
}

rsp_result ets_update_counter(EtsCaller caller, const Ref& table, TermBits key, int64_t increment,
                              const int64_t* initial, int64_t* out) {
  Spot spot(table, key);
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

rsp_result ets_next(EtsCaller caller, const Ref& ref, const TermBits* key, Term* key_out, Term* value_out) {
  EtsTable* const table = ets_table(ref);
  if (table == nullptr) return RSP_ENOTABLE;
  const uint64_t number = ref.as_local().number;
  Cursor at;
  if (key != nullptr) {
    const uint64_t key_hash = hash(*key);
    at = Cursor{shard_of(key_hash), Buckets::place_of(key_hash), key};
  }
  Copies copies;
  while (at.shard < RING_SHARDS) {
    size_t wanted;
    {
      EtsShard& shard = table->shards[at.shard];
      const Locked locked(shard.lock);
      const rsp_result result = allows(*table, shard, number, caller, Need::READ);
      if (result != RSP_OK) return result;
      wanted = copy_next(shard, &at, &copies);
    }
    if (!copies.reserve(wanted)) return RSP_ENOMEM;
    if (copies.size() == 0) continue;
    if (const TermPair* const next = least_of(copies, at.behind)) {
      *key_out = Term::share(next->key);
      *value_out = Term::share(next->value);
      return RSP_OK;
    }
    copies.clear();
    at.go_to(at.place + 1);
  }
  return RSP_EMISMATCH;
}

rsp_result ets_tab2list(EtsCaller caller, const Ref& ref, Term* out) {
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
