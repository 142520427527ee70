/* Applications: a tree of processes with a name, which is started and stopped as one, after those that it needs.
 *
 *     rsp_application_spec shop = RSP_APPLICATION_SPEC_INIT;
 *     shop.name = shop_atom;
 *     shop.applications = &database_atom;                // it needs this one
 *     shop.application_count = 1;
 *     shop.supervisor = &top;
 *     rsp_result result = rsp_application_load(NULL, NULL, &shop);
 *     if (result == RSP_OK)
 *         result = rsp_application_ensure_all_started(NULL, NULL, &error, shop_atom, RSP_APPLICATION_PERMANENT, RSP_INFINITE);
 *
 * Above the top supervisor stands a process of the runtime's own, the master. It stops the application: prep_stop, the top and
 * all below it, stop, in that order. The stop of the runtime stops all applications, the one that was started last first.
 */
#ifndef RESPROUT_APPLICATION_H
#define RESPROUT_APPLICATION_H

#include "resprout/supervisor.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What the end of an application's top means that nobody has asked for. */
typedef enum rsp_application_type {
  RSP_APPLICATION_TEMPORARY = 0, /* it is reported, and nothing else */
  RSP_APPLICATION_TRANSIENT =
      1, /* for `normal` the same; else as for a permanent one. A supervisor that gives up ends with
                                    `shutdown`, which is not `normal` */
  RSP_APPLICATION_PERMANENT =
      2 /* all applications end: the program that rsp_run runs ends, for the reason of the top;
                                    where none runs they are stopped in reverse order of start, and the runtime goes on */
} rsp_application_type;

/** Runs in a process of its own, and may wait. What it raises is reported as of any process, and changes nothing. */
typedef rsp_next (*rsp_application_callback)(rsp_self* self, void* ctx);

/** An application. Begin with RSP_APPLICATION_SPEC_INIT. */
typedef struct rsp_application_spec {
  size_t size;                  /* sizeof(rsp_application_spec) */
  rsp_atom name;                /* of the application; no process has it */
  const rsp_atom* applications; /* those that must run before it starts; copied */
  size_t application_count;
  const rsp_supervisor_spec* supervisor; /* its top, copied; or */
  const rsp_start_spec*
      start; /* what starts it, copied: a function (rsp_start_more) that gives the pid of the top, or any process */
  rsp_application_callback prep_stop; /* before the top is told to end, or when it has ended; may be NULL */
  rsp_application_callback stop;      /* when the top is gone; may be NULL */
  void* ctx;                          /* lent to both */
  void (*ctx_free)(
      void* ctx); /* called once, when the application is neither loaded nor running; may be NULL */
  rsp_lane* lane; /* of the two processes that run them; NULL: workers */
} rsp_application_spec;

/* clang-format off */
#define RSP_APPLICATION_SPEC_INIT \
  {sizeof(rsp_application_spec), {0}, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL}
/* clang-format on */

/** Makes an application known, so that it can be started. What it needs may be loaded later.
 * @ctx     process: an attached thread; any with self NULL
 * @blocks  for the answer of the controller, a process of the runtime's own
 * @param[out] error_out  {already_loaded, Name}; what is wrong with the top, as of rsp_supervisor_start_spec; may be NULL; written
 * on RSP_EEXITED and RSP_ESPEC
 * @param      spec       copied
 * @retval  RSP_OK, RSP_EEXITED (refused), RSP_ESPEC, RSP_EINVAL, RSP_EWOULDBLOCK, RSP_ENOMEM, RSP_ELIMIT, RSP_ESTOPPED,
 * RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    ctx, and those of the top, are the runtime's, but for RSP_EINVAL; the caller frees *error_out
 * @since   0.1   @mirrors application:load/1   @rule S-APP-1
 */
RSP_API RSP_NODISCARD rsp_result rsp_application_load(rsp_self* self, rsp_term* error_out,
                                                      const rsp_application_spec* spec);

/** Forgets an application that does not run.
 * @ctx     process: an attached thread; any with self NULL
 * @blocks  for the answer of the controller
 * @param[out] error_out  {not_loaded, Name}, {running, Name}; may be NULL; written on RSP_EEXITED
 * @param      name       of the application
 * @retval  as of rsp_application_start
 * @owns    the caller frees *error_out
 * @since   0.1   @mirrors application:unload/1   @rule S-APP-1
 */
RSP_API RSP_NODISCARD rsp_result rsp_application_unload(rsp_self* self, rsp_term* error_out, rsp_atom name);

/** Starts an application, and waits until its top is up.
 * @ctx     process: an attached thread; any with self NULL. In a callback send the request {start, Name, Type} to
 * `application_controller` with rsp_send_request_name
 * @blocks  until it is up, at most timeout_ms; a timeout leaves it starting
 * @param[out] error_out   {not_loaded, Name}; {already_started, Name}; {not_started, Dependency}: start that first; {running, Name}: it is
 * being stopped; shutdown: all are being stopped; why the top did not start; may be NULL; written on RSP_EEXITED
 * @param      name        of the application
 * @param      type        what its end means
 * @param      timeout_ms  RSP_INFINITE: no timeout
 * @retval  RSP_OK, RSP_EEXITED (refused or failed), RSP_ETIMEDOUT, RSP_EINVAL, RSP_EWOULDBLOCK, RSP_ENOMEM, RSP_ELIMIT,
 * RSP_ESTOPPED, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    the caller frees *error_out
 * @since   0.1   @mirrors application:start/2   @rule S-APP-2, S-APP-3
 */
RSP_API RSP_NODISCARD rsp_result rsp_application_start(rsp_self* self, rsp_term* error_out, rsp_atom name,
                                                       rsp_application_type type, uint64_t timeout_ms);

/** Starts an application, and before it all those that it needs and that do not run. If one does not start in time, those that
 * this call has started are stopped again, but for those that another call has asked for meanwhile or that another
 * application needs.
 * @ctx     process: an attached thread; any with self NULL
 * @blocks  until all are up, at most timeout_ms, and until what it has started is stopped if one fails
 * @param[out] started_out  the names of those that this call has started, in order; may be NULL; written only on RSP_OK
 * @param[out] error_out    {Name, E}: what was said of this one, as by rsp_application_start; {Name, {circular_dependency, Name}};
 * may be NULL; written on RSP_EEXITED
 * @param      name         of the application
 * @param      type         of all that it starts
 * @param      timeout_ms   for all starts; RSP_INFINITE: no timeout
 * @retval  as of rsp_application_start
 * @owns    the caller frees *started_out and *error_out
 * @since   0.1   @mirrors application:ensure_all_started/2   @rule S-APP-4
 */
RSP_API RSP_NODISCARD rsp_result rsp_application_ensure_all_started(rsp_self* self, rsp_term* started_out,
                                                                    rsp_term* error_out, rsp_atom name,
                                                                    rsp_application_type type,
                                                                    uint64_t timeout_ms);

/** Stops an application, and waits until it is gone: prep_stop runs, its top gets the exit signal `shutdown` and is waited for as
 * long as it takes, stop runs. Those that need it are not looked at.
 * @ctx     process: an attached thread; any with self NULL. In a callback send the request {stop, Name} to
 * `application_controller` with rsp_send_request_name
 * @blocks  until it is gone, at most timeout_ms; a timeout leaves it stopping
 * @param[out] error_out   {not_started, Name}; may be NULL; written on RSP_EEXITED
 * @param      name        of the application
 * @param      timeout_ms  RSP_INFINITE: no timeout
 * @retval  as of rsp_application_start
 * @owns    the caller frees *error_out
 * @since   0.1   @mirrors application:stop/1   @rule S-APP-5
 */
RSP_API RSP_NODISCARD rsp_result rsp_application_stop(rsp_self* self, rsp_term* error_out, rsp_atom name,
                                                      uint64_t timeout_ms);

/** The applications that run, in order of start: a list of {Name, temporary or transient or permanent}.
 * @ctx     process: an attached thread; any with self NULL. In a callback send the request `which_applications` to
 * `application_controller` with rsp_send_request_name
 * @blocks  for the answer of the controller
 * @param[out] out  written only on RSP_OK
 * @retval  as of rsp_application_start
 * @owns    the caller frees *out
 * @since   0.1   @mirrors application:which_applications/0   @rule S-APP-8
 */
RSP_API RSP_NODISCARD rsp_result rsp_application_which(rsp_self* self, rsp_term* out);

/** The names of all applications that are loaded, as a list; those that run are among them.
 * @ctx     process: an attached thread; any with self NULL. In a callback send the request `loaded_applications` to
 * `application_controller` with rsp_send_request_name
 * @blocks  for the answer of the controller
 * @param[out] out  written only on RSP_OK
 * @retval  as of rsp_application_start
 * @owns    the caller frees *out
 * @since   0.1   @mirrors application:loaded_applications/0   @rule S-APP-8
 */
RSP_API RSP_NODISCARD rsp_result rsp_application_loaded(rsp_self* self, rsp_term* out);

#ifdef __cplusplus
}
#endif

#endif
