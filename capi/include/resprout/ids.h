/* Identities: what dies by itself (a process, a reference) is a small struct of integers, passed by value and
 * never freed.
 *
 * A pid names one incarnation of one process for ever: it is never reused while anything can refer to the
 * dead process. Both types are wide enough for the processes of other nodes of an Erlang cluster
 * (NEW_PID_EXT, NEWER_REFERENCE_EXT).
 */
#ifndef RESPROUT_IDS_H
#define RESPROUT_IDS_H

#include <stdint.h>

#include "resprout/result.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A process: id = serial << 32 | index; node 0 is this OS process. All zero is no process. */
typedef struct rsp_pid {
  uint64_t id;
  uint32_t node;
  uint32_t creation;
} rsp_pid;

/** A reference: names a monitor, an alias, a timer, a request. Unique in the run. `len` 0 is no reference. */
typedef struct rsp_ref {
  uint32_t node;
  uint32_t creation;
  uint32_t words[5];
  uint32_t len;
} rsp_ref;

/** An atom: a word known to the whole OS process by a number. 0 is the atom `undefined`, which is never a
 * name. */
typedef struct rsp_atom {
  uint32_t id;
} rsp_atom;

#ifdef __cplusplus
}
#endif

#endif
