/* Names: an atom for at most one live process, and a process has at most one. A name is free before anybody
 * learns of its holder's death.
 */
#ifndef RESPROUT_NAME_H
#define RESPROUT_NAME_H

#include "resprout/process.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Gives a process a name.
 * @ctx     any with self NULL, process, callback
 * @blocks  no
 * @param   name  not `undefined`
 * @param   pid   a local process
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENAMETAKEN, RSP_EHASNAME, RSP_ENOPROC (dead), RSP_EXITING,
 * RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors erlang:register/2   @rule S-NAME-1..3
 */
RSP_API RSP_NODISCARD rsp_result rsp_register(rsp_self* self, rsp_atom name, rsp_pid pid);

/** Frees a name, whoever has it.
 * @ctx     any with self NULL, process, callback
 * @blocks  no
 * @param   name  not `undefined`
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENONAME, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors erlang:unregister/1   @rule S-NAME-4
 */
RSP_API RSP_NODISCARD rsp_result rsp_unregister(rsp_self* self, rsp_atom name);

/** The live process of this name; all zero if the name is free.
 * @ctx     any
 * @blocks  no
 * @param   name  `undefined` is nobody's
 * @owns    nothing
 * @since   0.1   @mirrors erlang:whereis/1
 */
RSP_API rsp_pid rsp_whereis(rsp_atom name);

#ifdef __cplusplus
}
#endif

#endif
