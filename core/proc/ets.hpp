// Tables of keys and values that belong to a process and are read by all (docs/semantics.md, S-ETS): OTP's ets, of type set.
// (The table of the processes is core/proc/table.hpp.)
//
// A table is named by a reference, which is valid in messages; one that is over is told from one that lives by its number, in
// every call: RSP_ENOTABLE. What a caller may do with a table is decided here, by who calls: a process, or 0, which is
// nobody: RSP_EACCESS. Code in a blocking section (core/proc/blocking.hpp) calls for its process; when that has been ended there, all
// its calls are refused: RSP_EXITING.
//
//   core/proc/ets.cpp         what is in a table: any thread
//   core/proc/ets_owner.cpp   whose it is: made, given away, inherited, deleted
//   core/proc/ets_closed.cpp  what becomes of its contents
//   core/proc/ets_table.hpp   the table itself, and the rules of both
#pragma once

#include <cstdint>

#include "core/base/ids.hpp"
#include "core/proc/process.hpp"
#include "core/term/term.hpp"
#include "resprout/result.h"

namespace rsp {

/** Who may write, and who may read. */
enum class EtsAccess : uint8_t {
  PROTECTED,  // the owner, all
  PUBLIC,     // all, all
  PRIVATE,    // the owner, the owner
};

/** Who calls. */
struct EtsCaller {
  constexpr EtsCaller(uint64_t process) : id(process) {}  // NOLINT: implicit

  uint64_t id;              // of a process; 0: nobody
  bool in_section = false;  // its code is, on this thread: it may be dead
};

/** Who calls on this thread: `self`; if that is nullptr the process that is in a section here, or nobody. */
EtsCaller ets_caller(const Process* self);

struct EtsOptions {
  Atom name{};  // `undefined`: none
  EtsAccess access = EtsAccess::PROTECTED;
  Pid heir;  // none: the table ends with its owner
  TermBits heir_data = TermBits::nil();
};

// ---- Whose it is (ets_owner.cpp) ----

/** ets:new/2. RSP_ENAMETAKEN, RSP_ELIMIT (that many tables live), RSP_ENOMEM. */
[[nodiscard]] rsp_result ets_new(Process& self, const EtsOptions& options, Ref* out);

/** ets:whereis/1, by any thread; no reference: no table has this name. */
Ref ets_whereis(Atom name);

/** ets:delete/1. */
[[nodiscard]] rsp_result ets_delete(EtsCaller caller, const Ref& ref);

/** ets:give_away/3, by the owner. RSP_EINVAL: to itself. RSP_ENOPROC: `to` is ending. RSP_ENOMEM. */
[[nodiscard]] rsp_result ets_give_away(Process& self, const Ref& ref, Pid to, TermBits data);

/** ets:setopts/2 with {heir, ...}, by the owner. None: nobody. RSP_ENOMEM. */
[[nodiscard]] rsp_result ets_set_heir(Process& self, const Ref& ref, Pid heir, TermBits data);

/** The exit of a process, before its name is closed: at most so many of its tables go to their heirs, or are over. True: it has
 * none left, but what it is given this moment. */
[[nodiscard]] bool pass_on_tables(Process& self, uint32_t at_most);

/** The exit, when the name is closed, and the mailbox is not: what it was given since. None comes to it any more. */
void pass_on_last_tables(Process& self);

/** The exit, when all have heard of it: frees at most so many entries and buckets of the tables that were over with it. True:
 * none is left. */
[[nodiscard]] bool free_tables(Process& self, uint32_t at_most);

/** The same at once; if there are many, by a process that is made for it. */
void free_tables(Process& self);

// ---- What is in it (ets.cpp) ----

/** ets:insert/2. RSP_ENOMEM. */
[[nodiscard]] rsp_result ets_insert(EtsCaller caller, const Ref& table, TermBits key, TermBits value);

/** ets:insert_new/2. *inserted: the key was not there. RSP_ENOMEM. */
[[nodiscard]] rsp_result ets_insert_new(EtsCaller caller, const Ref& table, TermBits key, TermBits value,
                                        bool* inserted);

/** ets:lookup/2. RSP_EMISMATCH: there is no such key. */
[[nodiscard]] rsp_result ets_lookup(EtsCaller caller, const Ref& table, TermBits key, Term* out);

/** ets:member/2. */
[[nodiscard]] rsp_result ets_member(EtsCaller caller, const Ref& table, TermBits key, bool* out);

/** ets:take/2. RSP_EMISMATCH. */
[[nodiscard]] rsp_result ets_take(EtsCaller caller, const Ref& table, TermBits key, Term* out);

/** ets:delete/2. */
[[nodiscard]] rsp_result ets_delete_key(EtsCaller caller, const Ref& table, TermBits key);

/** ets:update_counter/3,4: `initial` counts if there is no such key; nullptr: RSP_EMISMATCH. RSP_ETYPE: the value is no
 * integer. RSP_ELIMIT: the sum is none. RSP_ENOMEM. */
[[nodiscard]] rsp_result ets_update_counter(EtsCaller caller, const Ref& table, TermBits key,
                                            int64_t increment, const int64_t* initial, int64_t* out);

/** ets:first_lookup/1, with `key` nullptr, and next_lookup/2. RSP_EMISMATCH: no key comes behind.
 * RSP_ENOMEM. */
[[nodiscard]] rsp_result ets_next(EtsCaller caller, const Ref& ref, const TermBits* key, Term* key_out,
                                  Term* value_out);

/** ets:tab2list/1: a list of {Key, Value}. RSP_ENOMEM. */
[[nodiscard]] rsp_result ets_tab2list(EtsCaller caller, const Ref& ref, Term* out);

/** ets:info/1, by anybody: a map. RSP_ENOMEM. */
[[nodiscard]] rsp_result ets_info(const Ref& ref, Term* out);

}  // namespace rsp
