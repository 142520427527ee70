/* Lanes: processes whose code must run on threads of a certain kind, one at a time: under an interpreter's
 * lock, or on one thread for ever. For makers of bindings.
 *
 * A process of a lane is a process like any other, with one more liberty: in its callbacks it may make the
 * calls that block. Its thread keeps the frame; while other processes of the lane have something to do,
 * another thread of the lane does it. Where the lane can have no further thread, such a call says RSP_ELIMIT:
 * at once, where as many wait as can, and else when another process has something to do.
 */
#ifndef RESPROUT_LANE_H
#define RESPROUT_LANE_H

#include "resprout/runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rsp_lane rsp_lane;

typedef struct rsp_lane_hooks {
  size_t size; /* sizeof(rsp_lane_hooks) */
  /** On a thread of the lane, before it runs processes and after each of its sleeps: take the interpreter's
   * lock. */
  void (*acquire)(void* ctx);
  /** On a thread of the lane, before each of its sleeps and when it leaves the lane: let go of that lock. */
  void (*release)(void* ctx);
  /** Makes one more thread call rsp_lane_run; called between acquire and release. RSP_OK, or why not:
   * then the call that waits says RSP_ELIMIT. */
  rsp_result (*start_thread)(void* ctx);
  void* ctx;
} rsp_lane_hooks;

/** Makes a lane. No thread serves it yet.
 * @ctx     any
 * @blocks  no
 * @param[out] out        written only on RSP_OK
 * @param      hooks      copied
 * @param      exclusive  all its processes run on the one thread that calls rsp_lane_run; one that waits
 * makes the others wait
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOMEM
 * @owns    the caller frees *out with rsp_lane_free
 * @since   0.1
 */
RSP_API RSP_NODISCARD rsp_result rsp_lane_new(rsp_lane** out, const rsp_lane_hooks* hooks, bool exclusive);

/** Serves the lane with the calling thread, until rsp_lane_stop. Called without the lock that the hooks take.
 * @ctx     any: a thread that is no process and no worker
 * @blocks  until the lane is stopped
 * @param   lane  not freed before this returns
 * @retval  RSP_OK, RSP_EINVAL
 * @owns    nothing
 * @since   0.1
 */
RSP_API RSP_NODISCARD rsp_result rsp_lane_run(rsp_lane* lane);

/** Lets the threads of the lane return from rsp_lane_run, once all its processes are gone (after
 * rsp_runtime_stop).
 * @ctx     any
 * @blocks  no
 * @param   lane  NULL does nothing
 * @owns    nothing
 * @since   0.1
 */
RSP_API void rsp_lane_stop(rsp_lane* lane);

/** Runs `fn` on the lane, between turns.
 * @ctx     any
 * @blocks  no
 * @param   lane  one of rsp_lane_new
 * @param   fn    runs on a thread of the lane, under what its hooks take; must not unwind
 * @param   arg   passed to fn
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOMEM
 * @owns    arg stays the caller's business: fn is called exactly once, unless the lane is stopped before
 * @since   0.1
 */
RSP_API RSP_NODISCARD rsp_result rsp_lane_post(rsp_lane* lane, void (*fn)(void* arg), void* arg);

/** Frees a lane that no thread serves any more.
 * @ctx     any
 * @blocks  no
 * @param   lane  NULL does nothing
 * @owns    lane is gone
 * @since   0.1
 */
RSP_API void rsp_lane_free(rsp_lane* lane);

#ifdef __cplusplus
}
#endif

#endif
