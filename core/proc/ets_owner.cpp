// Whose a table is: made, given away, inherited, deleted.
#include <new>

#include "core/env/planted_bug.hpp"
#include "core/env/sometimes.hpp"
#include "core/env/thread_locals.hpp"
#include "core/proc/envelope.hpp"
#include "core/proc/ets_book.hpp"
#include "core/proc/message.hpp"
#include "core/proc/numbers.hpp"
#include "core/proc/post.hpp"
#include "core/proc/receive.hpp"
#include "core/proc/registry.hpp"
#include "core/proc/table.hpp"

namespace rsp {

constinit EtsBook ets_book;

namespace {

Ref ref_of(uint64_t number, uint32_t slot) { return Ref::local(LocalRef{number, 0}, slot); }

// ---- With the book ----

EtsTable* ring_of(uint64_t owner) {
  return ets_book.live.find(hash_of_owner(owner), [owner](const EtsTable& other) {
    return other.owner.load(env::RELAXED) == owner;
  });
}

/** For an owner for whom it is counted already. */
void add_table(EtsTable& table, uint64_t owner) {
  EtsOwners& owners = ets_book.live;
  table.owner.store(owner, env::RELEASE);  // pairs with the look of who reads or writes
  owners.add(&table, ring_of(owner), hash_of_owner(owner));
  if (owners.is_full() && owners.missing() == 0) owners.grow();
}

void remove_from_owner(EtsTable& table) {
  const uint64_t owner = table.owner.load(env::RELAXED);
  ets_book.live.remove(&table, ring_of(owner));
  ets_count_of(owner).fetch_sub(1, env::RELAXED);
}

/** E3. False: `owner` is ending, and nothing was changed. */
bool claim_for(uint64_t owner) {
  env::Atomic<uint32_t>& count = ets_count_of(owner);
  count.fetch_add(1, env::RELAXED);  // published by the name word
  if (RSP_PLANTED_BUG("ets: given to whoever is alive")) {
    if (table().live(Pid{owner, 0, 0}) != nullptr) return true;
  } else if (confirm_open_name(Pid{owner, 0, 0})) {
    // Its slot stays its own until it has had the book once more, because of the count.
    if (!table().at(Pid{owner, 0, 0}.index())->passes_tables_on ||
        RSP_PLANTED_BUG("ets: given to one that passes its tables on"))
      return true;
  }
  count.fetch_sub(1, env::RELAXED);
  RSP_SOMETIMES("a table would have gone to a process that is ending");
  return false;
}

/** A live table has another owner, for whom claim_for has counted it. */
void change_owner(EtsTable& table, uint64_t owner) {
  remove_from_owner(table);
  add_table(table, owner);
}

/** E1: the table is over, and the caller's. */
void close_number(EtsTable& table) {
  if (table.named != nullptr) table.named->table.store(nullptr, env::RELEASE);  // pairs with ets_whereis
  table.named = nullptr;
  table.number.store(0, env::RELEASE);  // pairs with ets_table
  remove_from_owner(table);
}

// ---- Without it ----

/** What the ring of owners wants to grow. */
void provide_for_owners() {
  EtsOwners& owners = ets_book.live;
  size_t bytes = 0;
  {
    const Locked locked(ets_book.lock);
    if (owners.is_full()) bytes = owners.missing();
  }
  void* segment = bytes == 0 ? nullptr : mem_alloc_forever(bytes);
  if (segment == nullptr) return;
  {
    const Locked locked(ets_book.lock);
    if (owners.is_full() && owners.missing() == bytes) {
      owners.provide(segment);
      owners.grow();
      segment = nullptr;
    }
  }
  if (segment != nullptr) mem_free_unpublished(segment);
}

/** The name, made if need be; nullptr: memory is short. */
EtsName* provide_name(Atom atom) {
  env::Atomic<EtsName*>& list = ets_book.names[atom.id % EtsBook::LISTS];
  EtsName* first = list.load(env::ACQUIRE);  // pairs with the CAS below
  EtsName* made = nullptr;
  do {
    for (EtsName* known = first; known != nullptr; known = known->next) {
      if (known->atom != atom) continue;
      if (made != nullptr) mem_free_unpublished(made);  // another thread was faster
      return known;
    }
    if (made == nullptr) {
      void* const memory = mem_alloc_forever(sizeof(EtsName));
      if (memory == nullptr) return nullptr;
      made = new (memory) EtsName;
      made->atom = atom;
    }
    made->next = first;
    // Release: publishes the name to ets_whereis.
  } while (!list.compare_exchange_weak(first, made, env::ACQ_REL, env::ACQUIRE));
  return made;
}

/** A slot that is the caller's. RSP_ELIMIT, RSP_ENOMEM. */
rsp_result take_slot(EtsTable** out) {
  {
    const Locked locked(ets_book.lock);
    if ((*out = ets_book.free) != nullptr) {
      ets_book.free = (*out)->next_free;
      return RSP_OK;
    }
    if (ets_book.begun == EtsBook::MAX_TABLES) return RSP_ELIMIT;
  }
  void* const memory = mem_alloc_forever(sizeof(EtsTable));
  if (memory == nullptr) return RSP_ENOMEM;
  EtsTable* const made = new (memory) EtsTable;
  {
    const Locked locked(ets_book.lock);
    if (ets_book.begun < EtsBook::MAX_TABLES) {
      made->slot = ets_book.begun++;
      ets_book.slots[made->slot].store(made, env::RELEASE);  // pairs with ets_table
      *out = made;
      return RSP_OK;
    }
  }
  mem_free_unpublished(memory);
  return RSP_ELIMIT;
}

void open_shards(EtsTable& table, uint64_t number) {
  for (EtsShard& shard : table.shards) {
    const Locked locked(shard.lock);
    shard.opening = number;
  }
}

// ---- Messages ----

/** {'ETS-TRANSFER', Table, From, Data}, not sent. */
rsp_result make_transfer(const Ref& table, Pid from, TermBits data, Envelope** out) {
  Term ref;
  Term text;
  rsp_result result = make_ref(&ref, table);
  if (result == RSP_OK) result = make_tuple(&text, {TermBits(ATOM_ETS_TRANSFER), ref, from, data});
  if (result != RSP_OK) return result;
  Envelope* const message = envelope_new_plain(EnvelopeKind::MESSAGE);
  if (message == nullptr) return RSP_ENOMEM;
  message->from = from.id;
  message->term = text.release();
  *out = message;
  return RSP_OK;
}

/** E4. *out is nullptr where there is none to be: nobody is the heir, or the owner is. */
rsp_result make_heir_message(const Ref& table, Pid owner, Pid heir, TermBits data, Envelope** out) {
  *out = nullptr;
  return heir.is_none() || heir == owner ? RSP_OK : make_transfer(table, owner, data, out);
}

/** An heir that lives; else none. */
Pid living(Pid heir) { return table().live(heir) == nullptr ? Pid{} : heir; }

void send_transfer(uint64_t to, Envelope* message) {
  // Past the limits of a mailbox, as all that a process must hear.
  if (!try_post(to, message)) envelope_free(message);
}

void drop_message(Envelope* message) {
  if (message != nullptr) envelope_free(message);
}

/** With the book: the live table, which is the caller's. RSP_ENOTABLE, RSP_EACCESS. */
rsp_result find_own(const Process& self, const Ref& ref, EtsTable** out) {
  *out = ets_table(ref);
  if (*out == nullptr) return RSP_ENOTABLE;
  return (*out)->owner.load(env::RELAXED) == self.id() ? RSP_OK : RSP_EACCESS;
}

/** With the book: to its heir, if that can be. */
bool pass_to_heir(EtsTable& table, Envelope** message) {
  if (table.heir_message == nullptr || !claim_for(table.heir.id)) return false;
  change_owner(table, table.heir.id);
  *message = table.heir_message;
  table.heir_message = nullptr;
  return true;
}

/** One table of a process that is ending; false: it has none. */
bool pass_on_one(Process& self) {
  EtsTable* table;
  Envelope* message = nullptr;
  uint64_t heir = 0;
  {
    const Locked locked(ets_book.lock);
    self.passes_tables_on = true;
    table = ring_of(self.id());
    if (table == nullptr) return false;
    if (pass_to_heir(*table, &message)) {
      heir = table->heir.id;
    } else {
      close_number(*table);
      message = table->heir_message;
      table->heir_message = nullptr;
    }
  }
  if (heir != 0) {
    send_transfer(heir, message);
    return true;
  }
  drop_message(message);
  (void)ets_close_shards(*table);
  ets_keep_closed(*table, self);
  return true;
}

}  // namespace

EtsTable* ets_table(const Ref& ref) {
  const LocalRef local = ref.as_local();
  if (!ref.is_local() || local.owner != 0 || local.number == 0 || ref.slot_hint() >= EtsBook::MAX_TABLES)
    return nullptr;
  EtsTable* const table = ets_book.slots[ref.slot_hint()].load(env::ACQUIRE);  // pairs with take_slot
  // Acquire: pairs with the store of ets_new.
  return table != nullptr && table->number.load(env::ACQUIRE) == local.number ? table : nullptr;
}

rsp_result ets_new(Process& self, const EtsOptions& options, Ref* out) {
  EtsName* const name = options.name.id == 0 ? nullptr : provide_name(options.name);
  if (name == nullptr && options.name.id != 0) return RSP_ENOMEM;
  EtsTable* table;
  rsp_result result = take_slot(&table);
  if (result != RSP_OK) return result;
  const uint64_t number = next_number();
  const Ref ref = ref_of(number, table->slot);
  table->access = options.access;
  table->heir = living(options.heir);
  table->heir_data = Term::share(options.heir_data);
  table->name.store(options.name.id, env::RELEASE);  // pairs with ets_whereis
  result = make_heir_message(ref, self.pid(), table->heir, table->heir_data, &table->heir_message);
  if (result != RSP_OK) {
    ets_give_slot_back(*table);
    return result;
  }
  open_shards(*table, number);
  {
    const Locked locked(ets_book.lock);
    if (name != nullptr && name->table.load(env::RELAXED) != nullptr) {
      result = RSP_ENAMETAKEN;
    } else {
      ets_count_of(self.id()).fetch_add(1, env::RELAXED);
      add_table(*table, self.id());
      table->named = name;
      table->number.store(number, env::RELEASE);  // E1; pairs with ets_table and ets_whereis
      if (name != nullptr) name->table.store(table, env::RELEASE);  // pairs with ets_whereis
    }
  }
  if (result != RSP_OK) {
    (void)ets_close_shards(*table);
    drop_message(table->heir_message);
    table->heir_message = nullptr;
    ets_give_slot_back(*table);
    return result;
  }
  self.flags |= process_flag::TABLES;
  provide_for_owners();
  *out = ref;
  return RSP_OK;
}

Ref ets_whereis(Atom name) {
  // Pairs with provide_name.
  EtsName* known = ets_book.names[name.id % EtsBook::LISTS].load(env::ACQUIRE);
  while (known != nullptr && known->atom != name) known = known->next;
  // Pairs with ets_new.
  EtsTable* const table = known == nullptr ? nullptr : known->table.load(env::ACQUIRE);
  if (table == nullptr) return Ref{};
  // If the slot is another table's by now, the name was free in between, and so is the answer.
  const uint64_t number = table->number.load(env::ACQUIRE);  // E1; pairs with ets_new
  // Pairs with ets_new, and with the next one.
  const bool is_its =
      number != 0 && table->name.load(env::ACQUIRE) == name.id && table->number.load(env::ACQUIRE) == number;
  return is_its ? ref_of(number, table->slot) : Ref{};
}

EtsCaller ets_caller(const Process* self) {
  if (self != nullptr) return EtsCaller(self->id());
  const Process* const inside = static_cast<const Process*>(env::thread_locals()->section);
  EtsCaller caller(inside == nullptr ? 0
                                     : inside->id());  // its slot stays its own until its code has returned
  caller.in_section = inside != nullptr;
  return caller;
}

bool ets_is_over(const EtsCaller& caller) {
  return caller.in_section && is_known_dead(Pid{caller.id, 0, 0}) &&
         !RSP_PLANTED_BUG("ets: a call for the dead");
}

rsp_result ets_delete(EtsCaller caller, const Ref& ref) {
  EtsTable* table;
  Envelope* message;
  {
    if (ets_table(ref) == nullptr) return RSP_ENOTABLE;  // E6
    const Locked locked(ets_book.lock);
    table = ets_table(ref);
    if (table == nullptr) return RSP_ENOTABLE;
    if (ets_is_over(caller)) return RSP_EXITING;
    const bool is_own = caller.id != 0 && table->owner.load(env::RELAXED) == caller.id;
    if (table->access != EtsAccess::PUBLIC && !is_own) return RSP_EACCESS;
    close_number(*table);
    message = table->heir_message;
    table->heir_message = nullptr;
  }
  drop_message(message);
  ets_bury(*table, ets_close_shards(*table));
  return RSP_OK;
}

rsp_result ets_give_away(Process& self, const Ref& ref, Pid to, TermBits data) {
  if (to == self.pid()) return RSP_EINVAL;
  EtsTable* table;
  Pid heir;
  Term heir_data;
  {
    const Locked locked(ets_book.lock);
    const rsp_result found = find_own(self, ref, &table);
    if (found != RSP_OK) return found;
    heir = table->heir;
    heir_data = table->heir_data;
  }
  Envelope* gift = nullptr;
  Envelope* for_heir = nullptr;
  rsp_result result = make_transfer(ref, self.pid(), data, &gift);
  if (result == RSP_OK) result = make_heir_message(ref, to, heir, heir_data, &for_heir);
  if (result == RSP_OK) {
    const Locked locked(ets_book.lock);
    // Anybody may have deleted it meanwhile, if it is public.
    result = find_own(self, ref, &table);
    if (result == RSP_OK && !claim_for(to.id)) result = RSP_ENOPROC;
    if (result == RSP_OK) {
      change_owner(*table, to.id);
      std::swap(table->heir_message, for_heir);
    }
  }
  drop_message(for_heir);
  if (result != RSP_OK) {
    drop_message(gift);
    return result;
  }
  provide_for_owners();
  pay_for_send(&self);
  send_transfer(to.id, gift);
  return RSP_OK;
}

rsp_result ets_set_heir(Process& self, const Ref& ref, Pid heir, TermBits data) {
  const Pid wanted = living(heir);
  Envelope* message;
  Term given = Term::share(data);
  rsp_result result = make_heir_message(ref, self.pid(), wanted, data, &message);
  if (result != RSP_OK) return result;
  {
    const Locked locked(ets_book.lock);
    EtsTable* table;
    result = find_own(self, ref, &table);
    if (result == RSP_OK) {
      table->heir = wanted;
      table->heir_data.swap(given);
      std::swap(table->heir_message, message);
    }
  }
  drop_message(message);
  return result;
}

bool pass_on_tables(Process& self, uint32_t at_most) {
  // Relaxed: what is given to it from here on the look behind close_name finds (E3).
  if (!self.has(process_flag::TABLES) && ets_count_of(self.id()).load(env::RELAXED) == 0) return true;
  for (uint32_t i = 0; i < at_most; ++i) {
    if (!pass_on_one(self)) return true;
  }
  return false;
}

void pass_on_last_tables(Process& self) {
  // Relaxed: behind the exchange of close_name, which has taken over what confirm_open_name saw (E3).
  if (ets_count_of(self.id()).load(env::RELAXED) == 0) return;
  while (pass_on_one(self)) {
  }
}

rsp_result ets_info(const Ref& ref, Term* out) {
  Pid owner;
  Pid heir;
  Atom name;
  EtsTable* const table = ets_table(ref);
  if (table == nullptr) return RSP_ENOTABLE;
  EtsAccess access;
  {
    const Locked locked(ets_book.lock);
    if (ets_table(ref) == nullptr) return RSP_ENOTABLE;
    owner = Pid{table->owner.load(env::RELAXED), 0, 0};
    heir = table->heir;
    name = Atom{table->name.load(env::RELAXED)};
    access = table->access;
  }
  const uint64_t number = ref.as_local().number;
  uint64_t size = 0;
  uint64_t bytes = sizeof(EtsTable);
  for (EtsShard& shard : table->shards) {
    const Locked locked(shard.lock);
    if (shard.opening != number) return RSP_ENOTABLE;
    size += shard.size;
    bytes += shard.bytes + shard.table.bytes();
  }
  Term id;
  const rsp_result result = make_ref(&id, ref);
  if (result != RSP_OK) return result;
  constexpr Atom PROTECTIONS[] = {ATOM_PROTECTED, ATOM_PUBLIC, ATOM_PRIVATE};
  return make_map(out, {
                           {ATOM_ID, id},
                           {ATOM_NAME, TermBits(name)},
                           {ATOM_OWNER, TermBits(owner)},
                           {ATOM_HEIR, heir.is_none() ? TermBits(ATOM_NONE) : TermBits(heir)},
                           {ATOM_PROTECTION, TermBits(PROTECTIONS[static_cast<size_t>(access)])},
                           {ATOM_SIZE, TermBits::integer(static_cast<int64_t>(size))},
                           {ATOM_MEMORY, TermBits::integer(static_cast<int64_t>(bytes))},
                       });
}

}  // namespace rsp
