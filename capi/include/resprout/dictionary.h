/* The process dictionary: keys and values, terms both, that a process keeps for its own code. It is there in each callback,
 * in a server's as in a bare process's, and on a thread that attached itself; nobody else changes it, and all may see it by
 * rsp_process_info. It goes with the process: one that a supervisor starts anew begins with an empty one.
 *
 *     if (rsp_put(self, NULL, rsp_term_atom(requests), rsp_term_int(0)) != RSP_OK) return ...;
 *     ...
 *     rsp_term count;
 *     if (rsp_get(self, &count, rsp_term_atom(requests)) != RSP_OK) return ...;
 *
 * What a server needs to do its work belongs into its state, where its callbacks see it come and go. The dictionary is for
 * what code far below them asks for: who the request is for, a trace, a cache that a library has for each process.
 */
#ifndef RESPROUT_DICTIONARY_H
#define RESPROUT_DICTIONARY_H

#include "resprout/process.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Sets the value of a key. A key costs some 50 to 110 bytes and what the two terms occupy; keys are compared as by
 * rsp_term_equal, and are found at once however many there are.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] previous_out  the value before, nil if there was none; may be NULL; written only on RSP_OK
 * @param      key           any term, copied
 * @param      value         any term, copied; nil reads as no value, but is one: the key is there
 * @retval  RSP_OK, RSP_EINVAL (self is NULL, key or value is not a term), RSP_ENOMEM (nothing has changed), RSP_EXITING,
 * RSP_EWRONGTHREAD, RSP_EFORKED
 * @owns    the caller frees *previous_out; key and value stay the caller's
 * @since   0.1   @mirrors erlang:put/2   @rule S-DICT-1, S-DICT-2
 */
RSP_API RSP_NODISCARD rsp_result rsp_put(rsp_self* self, rsp_term* previous_out, rsp_term key,
                                         rsp_term value);

/** The value of a key.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] out  nil: there is none; written only on RSP_OK
 * @param      key  any term
 * @retval  RSP_OK, RSP_EINVAL (self or out is NULL, key is not a term), RSP_EXITING, RSP_EWRONGTHREAD, RSP_EFORKED
 * @owns    the caller frees *out
 * @since   0.1   @mirrors erlang:get/1   @rule S-DICT-2
 */
RSP_API RSP_NODISCARD rsp_result rsp_get(rsp_self* self, rsp_term* out, rsp_term key);

/** Takes a key out. One that is not there is no error.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] previous_out  its value, nil if there was none; may be NULL; written only on RSP_OK
 * @param      key           any term
 * @retval  RSP_OK, RSP_EINVAL (self is NULL, key is not a term), RSP_EXITING, RSP_EWRONGTHREAD, RSP_EFORKED
 * @owns    the caller frees *previous_out
 * @since   0.1   @mirrors erlang:erase/1   @rule S-DICT-2
 */
RSP_API RSP_NODISCARD rsp_result rsp_erase(rsp_self* self, rsp_term* previous_out, rsp_term key);

/** All keys, a list in no order.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] out  written only on RSP_OK
 * @retval  RSP_OK, RSP_EINVAL (self or out is NULL), RSP_ENOMEM, RSP_ELIMIT (as rsp_term_list), RSP_EXITING,
 * RSP_EWRONGTHREAD, RSP_EFORKED
 * @owns    the caller frees *out
 * @since   0.1   @mirrors erlang:get_keys/0   @rule S-DICT-2
 */
RSP_API RSP_NODISCARD rsp_result rsp_get_keys(rsp_self* self, rsp_term* out);

#ifdef __cplusplus
}
#endif

#endif
