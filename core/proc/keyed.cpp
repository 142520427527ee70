#include "core/proc/keyed.hpp"

#include <new>

#include "core/base/assert.hpp"
#include "core/env/planted_bug.hpp"
#include "core/env/sometimes.hpp"
#include "core/proc/holdings.hpp"
#include "core/proc/limits.hpp"
#include "core/proc/registry.hpp"
#include "core/proc/ring_shard.hpp"
#include "core/proc/sought_key.hpp"

namespace rsp {
struct KeyedStore {
  struct Entry : Holding {
    KeyedStore* store = nullptr;
    uint64_t opening = 0;
    uint64_t owner = 0;
    Term key;
    Term value;  // the owner's to change, under the lock of its key
    Envelope* notices = nullptr;
    RingLinks<Entry> by_key;
    RingLinks<Entry> by_owner;
  };

  using KeyShard = RingShard<Entry, &Entry::by_key>;
  using OwnerShard = RingShard<Entry, &Entry::by_owner>;

  Atom name{};
  KeyedStore* next = nullptr;  // fixed once it is in the list
  env::Atomic<uint64_t> keeper{0};
  env::Atomic<uint32_t> openings{0};  // how often it was opened: read by who knows the keeper, so relaxed
  bool unique = true;  // written by the keeper while it claims the store, read under a lock of a shard
  KeyShard keys[RING_SHARDS];
  OwnerShard owners[RING_SHARDS];
  Lock words;  // of the two below
  Term listeners;
  Term meta;
};

namespace {

using Entry = KeyedStore::Entry;
using KeyShard = KeyedStore::KeyShard;
using OwnerShard = KeyedStore::OwnerShard;

/** Of the word of a keeper: it is opening or closing the store. */
constexpr uint64_t KEEPER_CLAIM = uint64_t{1} << 63;

/** All stores there are, by name. */
constexpr size_t LISTS = 64;
constinit env::Atomic<KeyedStore*> g_stores[LISTS] = {};

env::Atomic<KeyedStore*>& list_of(Atom name) { return g_stores[name.id % LISTS]; }

/** Under the lock of a shard. */
Entry* ring_of(const KeyShard& shard, const Entry& entry) {
  return shard.table.find(entry.by_key.hash,
                          [&](const Entry& head) { return head.key.is_same(entry.key); });  // K7
}
template <class AnyShard>
Entry* ring_of_owner(const AnyShard& shard, uint64_t hash, uint64_t owner) {
  return shard.table.find(hash, [owner](const Entry& other) { return other.owner == owner; });
}

/** The ring of a key, as one operation sees it. */
class KeyRing {
 public:
  KeyRing(KeyedStore& store, TermBits key) : sought_(key), shard_(store.keys[shard_of(sought_.hash())]) {}

  uint64_t hash() const { return sought_.hash(); }
  KeyShard& shard() const { return shard_; }

  /** Runs `body` with the head, nullptr if there is none, under the lock of the shard. */
  template <class Body>
  auto visit(const Body& body) {
    for (;; sought_.decide()) {
      const Locked locked(shard_.lock);
      Entry* const head = sought_.find(shard_.table, [](const Entry& entry) { return TermBits(entry.key); });
      if (!sought_.is_undecided()) return body(head);
    }
  }

 private:
  SoughtKey sought_;
  KeyShard& shard_;
};

/** Whether it was in the shard. */
bool take_out_by_key(KeyedStore& store, Entry& entry) {
  KeyShard& shard = store.keys[shard_of(entry.by_key.hash)];
  const Locked locked(shard.lock);
  if (shard.opening != entry.opening && !RSP_PLANTED_BUG("keyed: an entry of a former opening is taken out"))
    return false;
  shard.table.remove(&entry, ring_of(shard, entry));
  --shard.size;
  return true;
}

void take_out_by_owner(KeyedStore& store, Entry& entry) {
  OwnerShard& shard = store.owners[shard_of(entry.by_owner.hash)];
  const Locked locked(shard.lock);
  if (shard.opening != entry.opening) return;
  shard.table.remove(&entry, ring_of_owner(shard, entry.by_owner.hash, entry.owner));
  --shard.size;
}

void release_entry(Process&, Holding* holding) {
  Entry* const entry = static_cast<Entry*>(holding);
  const bool was_visible = take_out_by_key(*entry->store, *entry);
  take_out_by_owner(*entry->store, *entry);
  was_visible ? send_notices(entry->notices) : drop_notices(entry->notices);
  mem_delete(entry);
}

/** The store of a keeper, among its holdings. */
struct Opening : Holding {
  KeyedStore* store = nullptr;
};

template <class AnyShard>
void open_shard(AnyShard& shard, uint64_t opening) {
  const Locked locked(shard.lock);
  shard.opening = opening;
}

template <class AnyShard>
void close_shard(AnyShard& shard) {
  decltype(shard.table) former;
  {
    const Locked locked(shard.lock);
    former = shard.table;
    shard.table = decltype(shard.table){};
    shard.opening = 0;
    shard.size = 0;
  }
  former.free_segments();
}

void set_words(KeyedStore& store, Term listeners, Term meta) {
  const Locked locked(store.words);
  store.listeners.swap(listeners);  // what was there goes behind the lock, which is destroyed first
  store.meta.swap(meta);
}

void release_store(Process& self, Holding* holding) {
  Opening* const opening = static_cast<Opening*>(holding);
  KeyedStore& store = *opening->store;
  // First of all: who finds a part closed has been under its lock, and finds no keeper. Pairs with keeper_of.
  store.keeper.store(self.id() | KEEPER_CLAIM, env::RELEASE);
  for (KeyShard& shard : store.keys) close_shard(shard);
  for (OwnerShard& shard : store.owners) close_shard(shard);
  set_words(store, Term::empty(Kind::LIST), Term::empty(Kind::MAP));
  // Pairs with open_keyed: who opens it next finds it closed in all its parts.
  store.keeper.store(0, env::RELEASE);
  mem_delete(opening);
}

/** The store of this name, made if need be. */
KeyedStore* provide_store(Atom name) {
  if (KeyedStore* const known = keyed_store(name)) return known;
  void* const memory = mem_alloc_forever(sizeof(KeyedStore));
  if (memory == nullptr) return nullptr;
  KeyedStore* const made = new (memory) KeyedStore;
  made->name = name;
  made->listeners = Term::empty(Kind::LIST);
  made->meta = Term::empty(Kind::MAP);
  env::Atomic<KeyedStore*>& list = list_of(name);
  KeyedStore* first = list.load(env::ACQUIRE);  // pairs with the CAS below
  do {
    // Another thread may have been faster.
    for (KeyedStore* other = first; other != nullptr; other = other->next) {
      if (other->name != name) continue;
      mem_free_unpublished(memory);
      return other;
    }
    made->next = first;
    // Release: publishes the store to keyed_store.
  } while (!list.compare_exchange_weak(first, made, env::ACQ_REL, env::ACQUIRE));
  return made;
}

/** The own entries of a store as it is open; nullptr: none. */
Entry* own_ring(const Process& self, KeyedStore& store) {
  const uint64_t owner_hash = hash_of_owner(self.id());
  OwnerShard& shard = store.owners[shard_of(owner_hash)];
  const Locked locked(shard.lock);
  return shard.opening == 0 ? nullptr : ring_of_owner(shard, owner_hash, self.id());
}

/** False: keys are not unique. Else *out is the own entry of this key; nullptr: there is none. */
bool find_own(const Process& self, KeyedStore& store, KeyRing& ring, Entry** out) {
  *out = nullptr;
  return ring.visit([&](Entry* head) {
    if (ring.shard().opening == 0) return true;
    if (!store.unique) return false;
    if (head != nullptr && head->owner == self.id()) *out = head;
    return true;
  });
}

/** K3. */
void drop_former(Process& self, const KeyedStore& store, uint64_t opening) {
  for (Holding* holding = first_holding(self); holding != nullptr;) {
    Holding* const next = holding->next;
    if (holding->release == &release_entry) {
      const Entry& entry = *static_cast<Entry*>(holding);
      if (entry.store == &store && entry.opening != opening) release_holding(self, holding);
    }
    holding = next;
  }
}

/** Copies what `each` adds of a ring, if there is room. Returns how much that wants. Under the lock of its shard. */
template <class AnyShard, class Each>
size_t copy_ring(const AnyShard& shard, Entry* head, const Each& each, Findings* out) {
  const size_t length = shard.table.length(head);
  if (length > out->capacity()) return length;
  for (Entry* entry = head; entry != nullptr; entry = shard.table.after(entry, head)) each(*entry);
  return 0;
}

/** `look`, with the room that it says it wants. */
template <class Look>
rsp_result find_all(const KeyedStore& store, const Look& look, Findings* out) {
  if (keeper_of(store).is_none()) return RSP_ENONAME;
  for (size_t wanted = 0; out->reserve(wanted);) {
    wanted = 0;
    const rsp_result result = look(&wanted);
    if (result != RSP_OK || wanted == 0) return result;
  }
  return RSP_ENOMEM;
}

}  // namespace

Findings::~Findings() {
  for (const Finding& finding : *this) drop_term(finding.term);
  if (all_ != few_) mem_free(all_);
}

bool Findings::reserve(size_t count) {
  RSP_ASSERT(size_ == 0);
  if (count <= capacity_) return true;
  // Some more, since the ring may be longer by then.
  const size_t capacity = count + count / 4;
  Finding* const more = static_cast<Finding*>(mem_alloc(capacity * sizeof(Finding)));
  if (more == nullptr) return false;
  if (all_ != few_) mem_free(all_);
  all_ = more;
  capacity_ = capacity;
  return true;
}

KeyedStore* keyed_store(Atom name) {
  // Acquire: pairs with the swap of provide_store.
  KeyedStore* store = list_of(name).load(env::ACQUIRE);
  while (store != nullptr && store->name != name) store = store->next;
  return store;
}

Pid keeper_of(const KeyedStore& store) {
  const uint64_t keeper = store.keeper.load(env::ACQUIRE);  // pairs with the last store of open_keyed
  return (keeper & KEEPER_CLAIM) != 0 ? Pid{} : Pid{keeper, 0, 0};
}

rsp_result open_keyed(Process& self, Atom name, bool unique, const Term& listeners, Pid* holder) {
  if (!prepare_holdings(self)) return RSP_ENOMEM;
  KeyedStore* const store = provide_store(name);
  Opening* const opening = store == nullptr ? nullptr : mem_new<Opening>();
  if (opening == nullptr) return RSP_ENOMEM;
  uint64_t keeper = 0;
  // Acquire: pairs with the last store of release_store.
  if (!store->keeper.compare_exchange_strong(keeper, self.id() | KEEPER_CLAIM, env::ACQ_REL, env::ACQUIRE)) {
    mem_delete(opening);
    *holder = Pid{keeper & ~KEEPER_CLAIM, 0, 0};
    return RSP_ENAMETAKEN;
  }
  store->unique = unique;
  store->openings.fetch_add(1, env::RELAXED);
  set_words(*store, listeners, Term::empty(Kind::MAP));
  for (OwnerShard& shard : store->owners) open_shard(shard, self.id());
  for (KeyShard& shard : store->keys) open_shard(shard, self.id());
  opening->store = store;
  opening->release = &release_store;
  add_holding(self, opening);
  store->keeper.store(self.id(), env::RELEASE);  // pairs with keeper_of
  return RSP_OK;
}

void send_notices(Envelope* notices) {
  while (Envelope* const notice = notices) {
    notices = next_of(notice);
    const Pid to = whereis(Atom{static_cast<uint32_t>(notice->aux)});
    notice->aux = 0;
    if (to.is_none() || post_message(to.id, notice) == Posted::REFUSED) envelope_free(notice);
  }
}

void drop_notices(Envelope* notices) {
  while (Envelope* const notice = notices) {
    notices = next_of(notice);
    envelope_free(notice);
  }
}

Term listeners_of(KeyedStore& store, Pid keeper) {
  const Locked locked(store.words);
  return keeper_of(store) == keeper ? store.listeners : Term::empty(Kind::LIST);
}

rsp_result insert_keyed(Process& self, KeyedStore& store, Pid keeper, TermBits key, TermBits value,
                        Envelope* notices, Pid* holder, Holding** entry_out) {
  const bool has_former = store.openings.load(env::RELAXED) > 1;
  if (has_former && !has_keyed(self, store)) drop_former(self, store, keeper.id);
  Entry* const entry = prepare_holdings(self) ? mem_new<Entry>() : nullptr;
  if (entry == nullptr) {
    RSP_SOMETIMES("no memory for a key of a registry");
    return RSP_ENOMEM;
  }
  entry->release = &release_entry;
  entry->store = &store;
  entry->opening = keeper.id;
  entry->owner = self.id();
  entry->key = Term::share(key);
  entry->value = Term::share(value);
  const uint64_t owner_hash = hash_of_owner(entry->owner);

  KeyRing ring(store, key);
  KeyShard& by_key = ring.shard();
  Term own_block;  // what K7 puts away goes behind the lock
  size_t key_segment = 0;
  rsp_result result = ring.visit([&](Entry* head) {
    if (by_key.opening != keeper.id && !RSP_PLANTED_BUG("keyed: put in without a look at the opening"))
      return RSP_ENONAME;
    if (store.unique && head != nullptr) {
      *holder = Pid{head->owner, 0, 0};
      return RSP_ENAMETAKEN;
    }
    if (head != nullptr) {
      own_block.swap(entry->key);
      entry->key = head->key;
    }
    key_segment = add_to(by_key, entry, head, ring.hash());
    return RSP_OK;
  });
  if (result != RSP_OK) {
    mem_delete(entry);
    return result;
  }
  provide(by_key, key_segment);

  OwnerShard& by_owner = store.owners[shard_of(owner_hash)];
  size_t owner_segment = 0;
  {
    const Locked locked(by_owner.lock);
    if (by_owner.opening != keeper.id) {
      RSP_SOMETIMES("a store closes while an entry is put in");
      result = RSP_ENONAME;
    } else {
      Entry* const head = ring_of_owner(by_owner, owner_hash, entry->owner);
      owner_segment = add_to(by_owner, entry, head, owner_hash);
    }
  }
  if (result != RSP_OK) {
    (void)take_out_by_key(store, *entry);
    mem_delete(entry);
    return result;
  }
  provide(by_owner, owner_segment);
  entry->notices = notices;
  add_holding(self, entry);
  if (entry_out != nullptr) *entry_out = entry;
  return RSP_OK;
}

rsp_result update_keyed(Process& self, KeyedStore& store, TermBits key, TermBits value, Term* old) {
  Term given = Term::share(value);
  KeyRing ring(store, key);
  const rsp_result result = ring.visit([&](Entry* entry) {
    if (ring.shard().opening == 0) return RSP_ENONAME;
    if (!store.unique) return RSP_EINVAL;
    if (entry == nullptr || entry->owner != self.id()) return RSP_EMISMATCH;
    entry->value.swap(given);
    return RSP_OK;
  });
  if (result == RSP_OK) *old = std::move(given);
  return result;
}

bool has_keyed(const Process& self, KeyedStore& store) { return own_ring(self, store) != nullptr; }

void remove_keyed(Process& self, KeyedStore& store, TermBits key) {
  KeyRing ring(store, key);
  Entry* only;
  if (find_own(self, store, ring, &only)) {
    if (only != nullptr) release_holding(self, only);
    return;
  }
  Entry* const head = own_ring(self, store);
  if (head == nullptr) return;
  const auto is_of_key = [&](const Entry& entry) {
    return entry.by_key.hash == ring.hash() && equal(entry.key, key);
  };
  // K4. The head last, since it says where the ring ends.
  for (Entry* entry = head->by_owner.next; entry != head;) {
    Entry* const next = entry->by_owner.next;
    if (is_of_key(*entry)) release_holding(self, entry);
    entry = next;
  }
  if (is_of_key(*head)) release_holding(self, head);
}

void remove_entry(Process& self, Holding* entry) { release_holding(self, entry); }

rsp_result find_keyed(KeyedStore& store, TermBits key, Findings* out) {
  KeyRing ring(store, key);
  const KeyShard& shard = ring.shard();
  const auto add = [out](const Entry& entry) { out->add(entry.owner, entry.value); };
  const auto look = [&](size_t* wanted) {
    return ring.visit([&](Entry* head) {
      if (shard.opening == 0) return RSP_ENONAME;
      *wanted = copy_ring(shard, head, add, out);
      return RSP_OK;
    });
  };
  return find_all(store, look, out);
}

rsp_result find_owner(KeyedStore& store, TermBits key, Pid* out) {
  if (keeper_of(store).is_none()) return RSP_ENONAME;
  KeyRing ring(store, key);
  return ring.visit([&](Entry* entry) {
    if (ring.shard().opening == 0) return RSP_ENONAME;
    if (!store.unique) return RSP_EINVAL;
    *out = entry == nullptr ? Pid{} : Pid{entry->owner, 0, 0};
    return RSP_OK;
  });
}

rsp_result find_keys(KeyedStore& store, Pid owner, Findings* out) {
  const uint64_t owner_hash = hash_of_owner(owner.id);
  OwnerShard& shard = store.owners[shard_of(owner_hash)];
  const auto add = [out](const Entry& entry) { out->add(entry.owner, entry.key); };
  const auto look = [&](size_t* wanted) {
    const Locked locked(shard.lock);
    if (shard.opening == 0) return RSP_ENONAME;
    *wanted = copy_ring(shard, ring_of_owner(shard, owner_hash, owner.id), add, out);
    return RSP_OK;
  };
  return find_all(store, look, out);
}

rsp_result count_keyed(KeyedStore& store, uint64_t* out) {
  *out = 0;
  if (keeper_of(store).is_none()) return RSP_ENONAME;
  for (KeyShard& shard : store.keys) {
    const Locked locked(shard.lock);
    if (shard.opening == 0) return RSP_ENONAME;
    *out += shard.size;
  }
  return RSP_OK;
}

rsp_result meta_of(KeyedStore& store, Term* out) {
  if (keeper_of(store).is_none()) return RSP_ENONAME;
  Term found;  // what *out was may be the last reference to much, and goes behind the lock
  {
    const Locked locked(store.words);
    if (keeper_of(store).is_none()) return RSP_ENONAME;
    found = store.meta;
  }
  *out = std::move(found);
  return RSP_OK;
}

bool replace_meta(KeyedStore& store, const Term& before, const Term& after) {
  Term given = after;
  const Locked locked(store.words);
  if (keeper_of(store).is_none() || !store.meta.is_same(before)) return false;
  store.meta.swap(given);
  return true;
}

}  // namespace rsp
