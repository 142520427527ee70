/* Registries: processes by keys that are any terms, and with values. A name (resprout/name.h) is one atom for one process;
 * here a process has as many keys as it likes, and with duplicate keys many have the same one: to find the process of a
 * user, of a room, of a connection, or all that have subscribed to a topic.
 *
 *     rsp_registry_opts opts = RSP_REGISTRY_OPTS_INIT;
 *     opts.name = rooms;
 *     result = rsp_registry_start(NULL, &pid, NULL, &opts, NULL);        // or as the first child of a supervisor
 *     ...
 *     result = rsp_registry_register(self, NULL, rooms, key, value);     // the calling process
 *     ...
 *     result = rsp_call_via(self, &reply, NULL, rooms, key, request, 5000);
 *
 * A key is gone before anybody hears of the death of the process that had it. Reading asks no process, and may be done from
 * any thread. A registry is linked to all that have a key in it: when it crashes they end with it, and whoever starts them
 * again finds it empty. So it comes before them in its supervisor.
 */
#ifndef RESPROUT_REGISTRY_H
#define RESPROUT_REGISTRY_H

#include "resprout/server.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rsp_registry_kind {
  RSP_REGISTRY_UNIQUE = 0,   /* a key belongs to one process */
  RSP_REGISTRY_DUPLICATE = 1 /* to any number of them, and to one several times */
} rsp_registry_kind;

/** What a registry is. Begin with RSP_REGISTRY_OPTS_INIT. */
typedef struct rsp_registry_opts {
  size_t size;            /* sizeof(rsp_registry_opts) */
  rsp_atom name;          /* registered, and what all calls take; not `undefined` */
  rsp_registry_kind keys; /* unique */
  const rsp_atom*
      listeners; /* names of processes that are sent {register, Registry, Key, Pid, Value} for each key, and
                                 {unregister, Registry, Key, Pid} when it goes, by call or by death. Copied */
  size_t listener_count;
} rsp_registry_opts;

/* clang-format off */
#define RSP_REGISTRY_OPTS_INIT {sizeof(rsp_registry_opts), {0}, RSP_REGISTRY_UNIQUE, NULL, 0}
/* clang-format on */

/** Says how to start a registry: as `start` of a child specification, or with rsp_server_start. For one of them, once.
 * @ctx     any
 * @blocks  no
 * @param[out] out   filled in as a whole; written only on RSP_OK
 * @param      opts  copied
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOMEM
 * @owns    out->ctx is the caller's until it is handed over; then, or with out->ctx_free(out->ctx), it goes
 * @since   0.1   @mirrors Registry.child_spec/1
 */
RSP_API RSP_NODISCARD rsp_result rsp_registry_spec(rsp_start_spec* out, const rsp_registry_opts* opts);

/** Starts a registry.
 * @ctx     process: an attached thread; any with self NULL: then nobody is linked to it, and rsp_runtime_stop stops it
 * @blocks  until it is there
 * @param[out] out         its process; written only on RSP_OK
 * @param[out] error_out   as of rsp_server_start; may be NULL
 * @param      opts        copied
 * @param      start_opts  NULL: no link; a monitor is refused with RSP_EINVAL
 * @retval  as of rsp_server_start; RSP_ENAMETAKEN: the name, or a registry of that name that has lost it
 * @owns    the caller frees *error_out
 * @since   0.1   @mirrors Registry.start_link/1   @rule S-REG-1
 */
RSP_API RSP_NODISCARD rsp_result rsp_registry_start(rsp_self* self, rsp_pid* out, rsp_term* error_out,
                                                    const rsp_registry_opts* opts,
                                                    const rsp_start_opts* start_opts);

/** Gives the calling process a key, until it ends or gives it back. Links it to the registry.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] holder_out  on RSP_ENAMETAKEN the process that has the key, the caller perhaps; may be NULL
 * @param      registry    its name
 * @param      key         copied
 * @param      value       copied
 * @retval  RSP_OK, RSP_ENAMETAKEN ({already_registered, Pid}), RSP_ENONAME (no such registry runs), RSP_EINVAL, RSP_ENOMEM,
 * RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors Registry.register/3   @rule S-REG-2..5
 */
RSP_API RSP_NODISCARD rsp_result rsp_registry_register(rsp_self* self, rsp_pid* holder_out, rsp_atom registry,
                                                       rsp_term key, rsp_term value);

/** Takes a key from the calling process, however often it has it. One that it has not is no error.
 * @ctx     process, callback
 * @blocks  no
 * @param   registry  its name
 * @param   key       borrowed
 * @retval  RSP_OK, RSP_ENONAME (no such registry runs), RSP_EINVAL, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors Registry.unregister/2   @rule S-REG-6
 */
RSP_API RSP_NODISCARD rsp_result rsp_registry_unregister(rsp_self* self, rsp_atom registry, rsp_term key);

/** Gives a unique key of the calling process another value.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] old_out   what it was; may be NULL; written only on RSP_OK
 * @param      registry  its name
 * @param      key       borrowed
 * @param      value     copied
 * @retval  RSP_OK, RSP_EMISMATCH (the caller has no such key), RSP_ENONAME (no such registry runs), RSP_EINVAL (also: its
 * keys are not unique), RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    the caller frees *old_out
 * @since   0.1   @mirrors Registry.update_value/3   @rule S-REG-7
 */
RSP_API RSP_NODISCARD rsp_result rsp_registry_update_value(rsp_self* self, rsp_term* old_out,
                                                           rsp_atom registry, rsp_term key, rsp_term value);

/** Who has a key, and with which values: a list of {Pid, Value}, in the order in which they registered.
 * @ctx     any
 * @blocks  no
 * @param[out] out       written only on RSP_OK
 * @param      registry  its name
 * @param      key       borrowed
 * @retval  RSP_OK (also with an empty list), RSP_ENONAME (no such registry runs), RSP_EINVAL, RSP_ENOMEM
 * @owns    the caller frees *out
 * @since   0.1   @mirrors Registry.lookup/2   @rule S-REG-5
 */
RSP_API RSP_NODISCARD rsp_result rsp_registry_lookup(rsp_term* out, rsp_atom registry, rsp_term key);

/** As rsp_registry_lookup, but only those with a value that fits.
 * @ctx     any
 * @blocks  no
 * @param[out] out       written only on RSP_OK
 * @param      registry  its name
 * @param      key       borrowed
 * @param      pattern   borrowed: the value itself; or `_`, which is anything; or a tuple with `_` among its elements
 * @retval  RSP_OK (also with an empty list), RSP_ENONAME (no such registry runs), RSP_EINVAL, RSP_ENOMEM
 * @owns    the caller frees *out
 * @since   0.1   @mirrors Registry.match/3
 */
RSP_API RSP_NODISCARD rsp_result rsp_registry_match(rsp_term* out, rsp_atom registry, rsp_term key,
                                                    rsp_term pattern);

/** The process that has a unique key.
 * @ctx     any
 * @blocks  no
 * @param[out] out       all zero: nobody has it; written only on RSP_OK
 * @param      registry  its name
 * @param      key       borrowed
 * @retval  RSP_OK, RSP_ENONAME (no such registry runs), RSP_EINVAL (also: its keys are not unique)
 * @owns    nothing
 * @since   0.1   @mirrors Registry.whereis_name/1   @rule S-REG-5
 */
RSP_API RSP_NODISCARD rsp_result rsp_registry_whereis(rsp_pid* out, rsp_atom registry, rsp_term key);

/** The keys of a process: a list, in the order in which it registered them. One that it has twice is there twice.
 * @ctx     any
 * @blocks  no
 * @param[out] out       written only on RSP_OK
 * @param      registry  its name
 * @param      pid       a local process, dead or alive
 * @retval  RSP_OK (also with an empty list), RSP_ENONAME (no such registry runs), RSP_EINVAL, RSP_ENOMEM
 * @owns    the caller frees *out
 * @since   0.1   @mirrors Registry.keys/2
 */
RSP_API RSP_NODISCARD rsp_result rsp_registry_keys(rsp_term* out, rsp_atom registry, rsp_pid pid);

/** How many entries a registry has. Those that come and go meanwhile are counted, or not.
 * @ctx     any
 * @blocks  no
 * @param[out] out       written only on RSP_OK
 * @param      registry  its name
 * @retval  RSP_OK, RSP_ENONAME (no such registry runs), RSP_EINVAL
 * @owns    nothing
 * @since   0.1   @mirrors Registry.count/1
 */
RSP_API RSP_NODISCARD rsp_result rsp_registry_count(uint64_t* out, rsp_atom registry);

/** What its users have put down with the registry itself. It goes with the registry's process.
 * @ctx     any
 * @blocks  no
 * @param[out] out       written only on RSP_OK
 * @param      registry  its name
 * @param      key       borrowed
 * @retval  RSP_OK, RSP_EMISMATCH (there is nothing of this key), RSP_ENONAME (no such registry runs), RSP_EINVAL
 * @owns    the caller frees *out
 * @since   0.1   @mirrors Registry.meta/2   @rule S-REG-10
 */
RSP_API RSP_NODISCARD rsp_result rsp_registry_meta(rsp_term* out, rsp_atom registry, rsp_term key);

/** Puts something down with the registry itself, in the place of what was there.
 * @ctx     any
 * @blocks  no
 * @param   registry  its name
 * @param   key       copied
 * @param   value     copied
 * @retval  RSP_OK, RSP_ENONAME (no such registry runs), RSP_EINVAL, RSP_ENOMEM
 * @owns    nothing
 * @since   0.1   @mirrors Registry.put_meta/3   @rule S-REG-10
 */
RSP_API RSP_NODISCARD rsp_result rsp_registry_put_meta(rsp_atom registry, rsp_term key, rsp_term value);

/** Takes away what was put down. Nothing of this key is no error.
 * @ctx     any
 * @blocks  no
 * @param   registry  its name
 * @param   key       borrowed
 * @retval  RSP_OK, RSP_ENONAME (no such registry runs), RSP_EINVAL, RSP_ENOMEM
 * @owns    nothing
 * @since   0.1   @mirrors Registry.delete_meta/2   @rule S-REG-10
 */
RSP_API RSP_NODISCARD rsp_result rsp_registry_delete_meta(rsp_atom registry, rsp_term key);

/** Sends a term to whoever has a unique key now.
 * @ctx     any with self NULL, process, callback
 * @blocks  no
 * @param   registry  its name
 * @param   key       borrowed
 * @param   term      copied
 * @retval  RSP_OK, RSP_ENONAME (nobody has the key, or no such registry runs), RSP_EINVAL, RSP_ENOMEM, RSP_EOVERLOAD,
 * RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors Registry.send/2   @rule S-REG-11
 */
RSP_API RSP_NODISCARD rsp_result rsp_send_via(rsp_self* self, rsp_atom registry, rsp_term key, rsp_term term);

/** Sends a cast to whoever has a unique key now. Nobody is no error.
 * @ctx     any with self NULL, process, callback
 * @blocks  no
 * @param   registry  its name; that none runs is no error
 * @param   key       borrowed
 * @param   term      copied
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOMEM, RSP_EOVERLOAD, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors gen_server:cast/2   @rule S-REG-11
 */
RSP_API RSP_NODISCARD rsp_result rsp_cast_via(rsp_self* self, rsp_atom registry, rsp_term key, rsp_term term);

/** Calls whoever has a unique key now, by {via, Registry, Key}; nobody is noproc.
 * @ctx     process: an attached thread
 * @blocks  at most timeout_ms
 * @param[out] out         written only on RSP_OK
 * @param[out] reason_out  as of rsp_call
 * @param      registry    its name
 * @param      key         borrowed
 * @param      request     copied
 * @param      timeout_ms  RSP_INFINITE: no timeout
 * @retval  as of rsp_call
 * @owns    as of rsp_call
 * @since   0.1   @mirrors gen_server:call/3   @rule S-REG-11
 */
RSP_API RSP_NODISCARD rsp_result rsp_call_via(rsp_self* self, rsp_msg** out, rsp_term* reason_out,
                                              rsp_atom registry, rsp_term key, rsp_term request,
                                              uint64_t timeout_ms);

#ifdef __cplusplus
}
#endif

#endif
