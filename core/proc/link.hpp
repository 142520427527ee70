// Links: symmetric, at most one for a pair (docs/semantics.md, S-LINK).
//
// Each side has its own record {peer, active, unlink id}; a process changes only its own and signals the
// other. The protocol is OTP's, with an id and an acknowledgement for unlink, so that both ends agree
// whatever crosses under way:
//
//   LINK sent       make or set active, forget the unlink id      LINK received    make if absent, else
//   ignore UNLINK sent     only if active: inactive, with a fresh id     UNLINK received  if active remove;
//   always acknowledge ACK received    remove if inactive and the ids match          EXIT received    react
//   only if active, then remove
//
// An *incidental* link is one that something needs which one side has done, until that is undone: no call has asked for it. Its
// LINK says so, and both records note it. The first link() of either side makes it a link like any other, and says so by a
// LINK of its own. Who gives it up sends an UNLINK that says so too; if that crosses the LINK, the link stands:
//
//   LINK received, for an incidental record      it is active, and not incidental any more, whatever was sent
//   UNLINK of an incidental one received         by who has asked for the link: nothing, also no acknowledgement; but if the peer
//                                                was dead then (UNCROSSED), it is its exit signal, noproc
//
// All calls: the owner of `self`, while it is not condemned.
#pragma once

#include "core/base/ids.hpp"
#include "core/proc/process.hpp"
#include "core/term/term.hpp"
#include "resprout/result.h"

namespace rsp {

/** `number` of an active record whose peer was dead when the link was asked for. */
inline constexpr uint64_t UNCROSSED = UINT64_MAX;

/** erlang:link/1. A dead `peer`: RSP_ENOPROC if `self` does not trap exits, else RSP_OK and the message
 * EXIT(peer, noproc). */
[[nodiscard]] rsp_result link(Process& self, Pid peer);

/** The same, but never fails: the exit signal noproc follows, and ends a process that does not trap. */
[[nodiscard]] rsp_result link_async(Process& self, Pid peer);

/** As link, but a dead `peer` is RSP_ENOPROC for who traps exits, too, and the link has this note
 * (SpawnOptions::link_note). If it was linked and has ended, its EXIT being in the inbox still, that is no failure. */
[[nodiscard]] rsp_result link_living(Process& self, Pid peer, uint64_t note);

/** As link, of what needs a link for a while: the link is incidental, unless it stands already. */
[[nodiscard]] rsp_result link_incidentally(Process& self, Pid peer);

/** Unlinks if the link is incidental still: any link() in between, of either side, has made it one of the program's own.
 * RSP_ENOMEM: it stays. */
[[nodiscard]] rsp_result unlink_incidental(Process& self, Pid peer);

/** erlang:unlink/1. After it returns the old link has no effect on `self`. RSP_ENOMEM: nothing was changed.
 * */
[[nodiscard]] rsp_result unlink(Process& self, Pid peer);

/** The note (SpawnOptions::link_note) of the link with `peer`; 0: there is no link, or it has none. */
uint64_t link_note(const Process& self, Pid peer);

/** Takes the note off the link with `peer` and off what the inbox has of it. Looks
 * through the inbox. */
void clear_link_note(Process& self, Pid peer);

/** Whether the link stands on this side: if the peer is dead, its EXIT is under way. */
bool is_linked(const Process& self, Pid peer);

/** What forget_link needs memory for, made before there is a link to be forgotten. nullptr when memory is short. */
[[nodiscard]] Envelope* unlink_new();

/** Ends a link without a trace: unlinks, and takes an EXIT of `peer` that has come already out of the inbox.
 * True: there was one, and *reason (may be nullptr) is its reason. Looks through the inbox only if the link
 * had fired. `made`: by unlink_new, consumed; nullptr: without memory the link stays. */
bool forget_link(Process& self, Pid peer, Term* reason, Envelope* made = nullptr);

}  // namespace rsp
