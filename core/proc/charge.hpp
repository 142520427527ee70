// Charges: processes that end with another one, whether they trap exits or not.
//
// A link lets its other end choose: who traps exits goes on. And there may be none. What a process has begun and nobody
// else knows of yet would be left over when it ends: so it is a charge, from its spawn until whoever needs to know of it
// does.
//
//   spawn            CHARGE is made with the process, a record of the one that makes it (SpawnOptions::charge)
//   discharge        the record goes: the process is somebody's
//   end_charge       the record becomes the exit signal kill
//   the end of who   the same for each record that is left, before anybody hears of that end (exit.cpp); but one that
//   has it           was spawned linked to it, too, hears through the link
//
//   C1  Ending a charge needs no memory: the record is the signal.
//   C2  Who hears of the end of a process finds the kills of its charges sent.
//
// A *starter* (SpawnOptions::starter) runs a start function for its parent, as if that ran it (docs/semantics.md,
// S-SUP). What it spawns linked is linked to its parent and not to itself, has that as its parent, and remembers its
// ancestors; and all that it spawns is its charge.
//
//   C3  The parent's half of such a link is on its way before the process begins, so it stands when the parent hears
//       anything of that process or of the starter's end.
//
// All calls: the owner of `self`.
#pragma once

#include "core/base/ids.hpp"
#include "core/proc/process.hpp"

namespace rsp {

/** It may outlive `self`. 0, or one that is over: does nothing. */
void discharge(Process& self, uint64_t charge);

/** The same for all that it has. */
void discharge_all(Process& self);

/** Kills it. 0, or one that is over: does nothing. */
void end_charge(Process& self, uint64_t charge);

/** At exit, of a record that is out of the list: makes it the kill, which the caller sends to *to. False: none is due. */
[[nodiscard]] bool make_last_kill(const Process& self, Envelope* charge, uint64_t* to);

/** The oldest process that is linked to `self` and was made by the starter that is this charge, or none. Looks through
 * the relations that are younger than the charge. */
Pid made_by_starter(const Process& self, uint64_t charge);

}  // namespace rsp
