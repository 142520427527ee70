// Registry: processes by keys that are any terms, as many as they like (docs/semantics.md, S-REG). Elixir's Registry. (The
// names of processes, one atom for one process, are core/proc/registry.hpp.)
//
// What it knows is a store that everybody reads (core/proc/keyed.hpp). Its process is a server that has the store open and
// does nothing else: no call goes through it. It traps exits and is linked to whoever has a key, so its crash takes them
// along, and who comes after it begins with nothing.
//
// Calls with `self`: the owner of `self`, inside a call. The others: any thread. All of them: RSP_ENONAME where no registry
// of that name runs, and RSP_ENOMEM.
#pragma once

#include "core/base/caller_struct.hpp"
#include "core/proc/api.hpp"
#include "resprout/registry.h"

namespace rsp {

RSP_CALLER_STRUCT(rsp_registry_opts, listener_count, listener_count);

/** What to start. RSP_EINVAL: malformed. On RSP_OK out->ctx is the caller's, until it is handed to a start. */
[[nodiscard]] rsp_result make_registry_spec(rsp_start_spec* out, const rsp_registry_opts& opts);

/** Registry.register/3. RSP_ENAMETAKEN: *holder has the key. */
[[nodiscard]] rsp_result register_key(Process& self, Atom registry, TermBits key, TermBits value,
                                      Pid* holder);

/** Registry.unregister/2. */
[[nodiscard]] rsp_result unregister_key(Process& self, Atom registry, TermBits key);

/** Registry.update_value/3: puts `value` in the place of *old. RSP_EMISMATCH: the key is not the caller's. RSP_EINVAL: keys
 * are not unique. */
[[nodiscard]] rsp_result update_value(Process& self, Atom registry, TermBits key, TermBits value, Term* old);

/** Registry.lookup/2: a list of {Pid, Value}. */
[[nodiscard]] rsp_result lookup_key(Atom registry, TermBits key, Term* out);

/** Registry.match/3: of these the ones whose value is `pattern`, in which `_` is anything: as the whole, or as an element of
 * the tuple that it is. */
[[nodiscard]] rsp_result match_key(Atom registry, TermBits key, TermBits pattern, Term* out);

/** Registry.whereis_name/1; none: nobody. RSP_EINVAL: keys are not unique. */
[[nodiscard]] rsp_result whereis_key(Atom registry, TermBits key, Pid* out);

/** Registry.keys/2: a list. */
[[nodiscard]] rsp_result keys_of(Atom registry, Pid pid, Term* out);

/** Registry.count/1. */
[[nodiscard]] rsp_result count_keys(Atom registry, uint64_t* out);

/** Registry.meta/2, put_meta/3, delete_meta/2. RSP_EMISMATCH: there is no such key. */
[[nodiscard]] rsp_result get_meta(Atom registry, TermBits key, Term* out);
[[nodiscard]] rsp_result put_meta(Atom registry, TermBits key, TermBits value);
[[nodiscard]] rsp_result delete_meta(Atom registry, TermBits key);

/** {via, Registry, Key}: what the failure of a call names as the server. */
Term via_term(Atom registry, TermBits key);

}  // namespace rsp
