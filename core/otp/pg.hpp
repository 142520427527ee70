// Process groups: OTP's pg (docs/semantics.md, S-PG).
//
// A scope is a server with a name and a store that everybody reads (core/proc/keyed.hpp). All entries are the scope's own, so
// they go with it, and what others put into a store of this name counts for nothing:
//
//   {Group}           -> Pid         a membership, as those who ask for members find it
//   {Group, monitor}  -> {Pid, Ref}  who is told of this group
//   monitor_scope     -> {Pid, Ref}  who is told of all
//
// Which of them are whose only the scope needs to know: core/otp/pg_records.hpp.
//
// A request is a term (resprout/pg.h says which), so a callback can make it and await the answer.
//
// Reading asks nobody. Between the end of a member and the DOWN that the scope gets of it, its memberships stand; so readers leave
// out who is known to be dead.
#pragma once

#include "core/proc/api.hpp"
#include "resprout/server.h"

namespace rsp {

/** What to start. `scope` is an atom that can be a name. */
rsp_start_spec pg_spec(Atom scope);

/** pg:get_members/2: a list; empty too where no such scope runs. Any thread. RSP_ENOMEM. */
[[nodiscard]] rsp_result pg_members(Atom scope, TermBits group, Term* out);

/** pg:which_groups/1: a list; empty too where no such scope runs. Any thread. RSP_ENOMEM. */
[[nodiscard]] rsp_result pg_groups(Atom scope, Term* out);

/** Takes the messages of a subscription that has ended out of the inbox. The owner of `self`, inside a call. */
void pg_flush(Process& self, TermBits subscription);

}  // namespace rsp
