// Names: an atom for at most one live local process.
//
// The table is the atom table: each atom has a word that holds the id of the process it names (atom_holder).
// Each process has a name word, serial:31 | claimed:1 | atom:32, with the state of its one name:
//
//   NONE      serial, 0, 0     no name
//   CLAIMED   serial, 1, atom  somebody is registering or unregistering this name for it
//   NAMED     serial, 0, atom  it has this name
//   CLOSED    serial, 1, 0     it is ending and will never have a name again
//
//   register    CAS NONE -> CLAIMED; CAS the atom's word from a free entry to the pid; CAS CLAIMED -> NAMED
//   unregister  CAS NAMED -> CLAIMED; take the pid out of the atom's word by CAS; CAS CLAIMED -> NONE
//   exit        exchange to CLOSED; then take the pid out of the atom's word by CAS
//   spawn       stores NONE with the new serial, before the mailbox opens
//
//   N1  An entry of the atom's word is free if it is 0, or if the name word of its process is CLOSED or of
//       another serial. So nobody is in the way of a name after its exit has passed the exchange: not even
//       when a registrar was stopped half-way.
//   N2  A registrar whose last CAS fails finds CLOSED or another serial: it takes its own entry out by CAS
//       and answers that the process is dead.
//   N3  Names are released before the mailbox is closed, so DEAD implies that they are gone.
//   N4  A name is visible to whereis from NAMED on, and taken for other registrars from the entry on.
//
// Any thread may call everything but open_name and close_name.
#pragma once

#include "core/proc/process.hpp"
#include "core/term/atom.hpp"
#include "resprout/result.h"

namespace rsp {

/** erlang:register/2. RSP_ENAMETAKEN (then `holder` is who has it), RSP_EHASNAME, RSP_ENOPROC (dead or not
 * local), RSP_EINVAL (`undefined`). */
[[nodiscard]] rsp_result register_name(Atom name, Pid pid, Pid* holder = nullptr);

/** erlang:unregister/1, by any process. RSP_ENONAME if the name is free. */
[[nodiscard]] rsp_result unregister_name(Atom name);

/** erlang:whereis/1: the live process of this name, or no pid. */
Pid whereis(Atom name);

/** The name of this process, or `undefined`. */
Atom name_of(const Process& process);

/** Any thread: whether this process may have a name still. If so, it sees, once it has closed that, what the caller has
 * written before. */
[[nodiscard]] bool confirm_open_name(Pid pid);

/** Whoever prepares the slot for a process with this serial. */
void open_name(Process& process, uint32_t serial);

/** The owner, when the process ends: gives the name back for ever. */
void close_name(Process& process);

}  // namespace rsp
