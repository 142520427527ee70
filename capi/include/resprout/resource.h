/* What a process has for as long as it lives: memory of its own, and resources. However the process ends, by itself, by
 * a fault that is caught, killed or with the runtime, they are given back after the last of its code: resources before
 * anybody hears of its end, memory when its messages have been dropped too.
 *
 *     static void close_it(void *file) { fclose(file); }
 *     ...
 *         FILE *log = fopen("log", "a");
 *         if (log == NULL) return rsp_error(self, ...);
 *         if (rsp_resource_add(self, NULL, close_it, log) != RSP_OK) { fclose(log); return ...; }
 *
 * Where its code runs on when the process is dead to all others (killed in a blocking section, or when it did not come
 * back; a thread that attached itself and has not detached), that code has memory and resources still: its own thread
 * gives them back when the callback returns, when it detaches, or when it ends. A process that a supervisor starts anew
 * begins with neither.
 */
#ifndef RESPROUT_RESOURCE_H
#define RESPROUT_RESOURCE_H

#include "resprout/process.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A resource of a process. All zero is none. */
typedef struct rsp_resource {
  uint64_t id;
} rsp_resource;

/** Memory that lives as long as the process: uninitialised, aligned for every type. It is the process's own: what others
 * are to have is sent, or got from malloc. Up to 1,024 bytes come off chunks of 1 to 4 KiB, the first of which the
 * process gets with its first piece; larger ones are blocks of their own.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] out    the piece; written only on RSP_OK
 * @param      bytes  0 is taken for 1
 * @retval  RSP_OK, RSP_EINVAL (self or out is NULL), RSP_ENOMEM, RSP_EXITING, RSP_EWRONGTHREAD, RSP_EFORKED
 * @owns    the process: it goes with it, or by rsp_region_free
 * @since   0.1   @rule S-RES-1, S-RES-2
 */
RSP_API RSP_NODISCARD rsp_result rsp_region_alloc(rsp_self* self, void** out, size_t bytes);

/** Gives a piece back before the process ends. What was small is used again for pieces of about its size, and goes back
 * to the system when no small piece is in use; what was large goes back at once.
 * @ctx     process, callback
 * @blocks  no
 * @param   piece  of rsp_region_alloc, of this process; NULL: nothing happens
 * @param   bytes  as it was asked for: another number is undefined, and not always found out
 * @retval  RSP_OK, RSP_EINVAL (self is NULL; there is no such piece, as far as can be seen), RSP_EXITING (nothing was
 * done: it goes with the process), RSP_EWRONGTHREAD, RSP_EFORKED
 * @owns    takes the piece on RSP_OK
 * @since   0.1   @rule S-RES-2
 */
RSP_API RSP_NODISCARD rsp_result rsp_region_free(rsp_self* self, void* piece, size_t bytes);

/** Has a function called when the process ends, once, whatever ends it: the latest first, each after the state's own
 * free function. It is called on the process's thread and has no `self`: calls for the process are refused. It must not
 * block, and must not unwind; memory of the process it may use.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] out      for rsp_resource_remove; may be NULL; written only on RSP_OK
 * @param      release  called with ctx
 * @param      ctx      what there is to release
 * @retval  RSP_OK, RSP_EINVAL (self or release is NULL), RSP_ENOMEM, RSP_EXITING, RSP_EWRONGTHREAD, RSP_EFORKED: on all
 * but RSP_OK the resource stays the caller's
 * @owns    the process owns ctx, only on RSP_OK
 * @since   0.1   @rule S-RES-3..6
 */
RSP_API RSP_NODISCARD rsp_result rsp_resource_add(rsp_self* self, rsp_resource* out,
                                                  void (*release)(void* ctx), void* ctx);

/** Takes a resource away from the process: its function will not be called.
 * @ctx     process, callback
 * @blocks  no
 * @param   resource  of rsp_resource_add, of this process
 * @retval  RSP_OK, RSP_EINVAL (self is NULL), RSP_EMISMATCH (the process has no such resource, or not any more),
 * RSP_EXITING (nothing was done: its function will be called), RSP_EWRONGTHREAD, RSP_EFORKED
 * @owns    the caller owns the resource, only on RSP_OK
 * @since   0.1   @rule S-RES-5
 */
RSP_API RSP_NODISCARD rsp_result rsp_resource_remove(rsp_self* self, rsp_resource resource);

#ifdef __cplusplus
}
#endif

#endif
