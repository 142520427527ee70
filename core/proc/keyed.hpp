// Stores of entries {key, owner, value}: what a registry keeps (core/otp/registry.hpp), read by any thread without asking
// anybody.
//
// A store belongs to a name and is there for as long as the OS process, as the atom is (about 7 KiB). A process opens it:
// that is its *keeper*, and the store is a holding of it. While it is open other processes put entries in, each a holding of
// its own process. A store that is closed is empty, and may be opened again.
//
//   keyed_store   finds it, with no lock
//   open_keyed    the keeper
//   insert_keyed, update_keyed, remove_keyed, remove_entry   the owner of the entries, for itself
//   the others    any thread
//
// The entries lie in shards by the hash of their key, and once more in shards by their owner, each with a lock of its own
// (core/sync/lock.hpp). Terms do not change, so a reader takes references under the lock and does the rest behind it.
//
//   K1  An entry goes before its owner is seen dead (core/proc/holdings.hpp). So no reader finds one of a dead process, and
//       who knows of a death can put its own in the place.
//   K2  Each shard has the number of the opening that it is in, the keeper's id. An entry has the one that it came in with,
//       and is in the shard exactly if the two are equal. So a close costs the same whatever is in the store: each shard
//       forgets its table, and the entries are freed by their owners, who find that nobody knows them any more.
//   K3  An owner's entries of a former opening go when it puts its first one into a later one, or with it.
//   K4  The ring of an owner's entries is walked by the owner with no lock: nobody else changes its links.
//   K5  Of what an entry owes those who listen (`notices`) the memory was there before it was visible: messages that are
//       made, and each knows the name it goes to. They go out when the entry has gone, unless its store had closed.
//
//   K6  Nobody takes a lock of a store that is closed, but who opens or closes it, or takes his own entries out: a program
//       may fork between two runs of the runtime, and a reader of the parent must not leave a lock held in the child's copy.
//   K7  Entries of one key have it in one block, the oldest one's: so who takes one out finds its ring without a comparison.
//       What a caller looks for is compared as core/proc/sought_key.hpp says.
//
// Rejected: one process that is asked, or that clears up behind the dead (then a key is taken for an instant after its owner
// is known to be dead, and readers have to look whether an owner lives); a list without locks and with epochs, which
// foreign threads would have to join (the code under these locks is ours and short, and no reader keeps what it has seen).
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/ids.hpp"
#include "core/proc/process.hpp"
#include "core/term/term.hpp"
#include "resprout/result.h"

namespace rsp {

struct Holding;
struct KeyedStore;

/** Entries that were found, copied: those of one key in the order they came, or those of one owner. */
class Findings {
 public:
  struct Finding {
    uint64_t owner;
    TermBits term;  // the value, or the key; a reference of ours
  };

  Findings() = default;
  ~Findings();
  Findings(const Findings&) = delete;
  Findings& operator=(const Findings&) = delete;

  const Finding* begin() const { return all_; }
  const Finding* end() const { return all_ + size_; }
  size_t size() const { return size_; }

  /** The reader's own: room for so many. False: memory is short. */
  [[nodiscard]] bool reserve(size_t count);
  size_t capacity() const { return capacity_; }
  void add(uint64_t owner, TermBits term) { all_[size_++] = {owner, Term::share(term).release()}; }

 private:
  static constexpr size_t FEW = 8;

  Finding few_[FEW];
  Finding* all_ = few_;
  size_t size_ = 0;
  size_t capacity_ = FEW;
};

/** nullptr: it was never opened. */
KeyedStore* keyed_store(Atom name);

/** Who has it open; none: nobody. */
Pid keeper_of(const KeyedStore& store);

/** Opens the store of this name for `self`: as long as that lives. `unique`: one entry a key. `listeners`: a list of names.
 * RSP_ENAMETAKEN (*holder is the keeper, or was a moment ago), RSP_ENOMEM. */
[[nodiscard]] rsp_result open_keyed(Process& self, Atom name, bool unique, const Term& listeners,
                                    Pid* holder);

/** The names that `keeper` has given; empty: none, or it is not the keeper. */
Term listeners_of(KeyedStore& store, Pid keeper);

/** Puts an entry of `self` in, as long as `keeper` has the store open. `notices`, chained by `next`, with the name in `aux`,
 * are taken on RSP_OK. *entry_out, if it is not nullptr: the entry, for remove_entry. RSP_ENONAME: it is not open.
 * RSP_ENAMETAKEN: *holder has the key. RSP_ENOMEM. */
[[nodiscard]] rsp_result insert_keyed(Process& self, KeyedStore& store, Pid keeper, TermBits key,
                                      TermBits value, Envelope* notices, Pid* holder,
                                      Holding** entry_out = nullptr);

/** Notices go to who has the names now, or nowhere; or are freed. */
void send_notices(Envelope* notices);
void drop_notices(Envelope* notices);

/** Gives the entry that `self` has under `key` another value; of a unique store. RSP_EMISMATCH: it has none. RSP_EINVAL:
 * the store is not unique. */
[[nodiscard]] rsp_result update_keyed(Process& self, KeyedStore& store, TermBits key, TermBits value,
                                      Term* old);

/** Takes the entries out that `self` has under `key`. */
void remove_keyed(Process& self, KeyedStore& store, TermBits key);

/** Takes out one that `self` has put in. */
void remove_entry(Process& self, Holding* entry);

/** Whether `self` has entries in the store as it is open now. */
bool has_keyed(const Process& self, KeyedStore& store);

/** The owners and values of a key. All of these: RSP_ENONAME (nobody has it open), RSP_ENOMEM. */
[[nodiscard]] rsp_result find_keyed(KeyedStore& store, TermBits key, Findings* out);

/** The owner of a key; none: there is none. RSP_EINVAL: the store is not unique. */
[[nodiscard]] rsp_result find_owner(KeyedStore& store, TermBits key, Pid* out);

/** The keys of an owner. */
[[nodiscard]] rsp_result find_keys(KeyedStore& store, Pid owner, Findings* out);

/** How many entries there are, counted shard by shard. */
[[nodiscard]] rsp_result count_keyed(KeyedStore& store, uint64_t* out);

/** A map that goes with the store as it is open: whatever its users agree about. */
[[nodiscard]] rsp_result meta_of(KeyedStore& store, Term* out);

/** In the place of `before`, which meta_of said. False: it is another one by now, or the store is not open. */
[[nodiscard]] bool replace_meta(KeyedStore& store, const Term& before, const Term& after);

}  // namespace rsp
