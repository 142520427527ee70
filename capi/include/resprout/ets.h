/* Tables: keys and values that belong to a process and that all may read, without asking anybody. A table may outlive its
 * owner: then it goes to its heir.
 *
 *     rsp_ets_opts opts = RSP_ETS_OPTS_INIT;
 *     opts.name = sessions;
 *     opts.heir = keeper;                                              // who has it when the caller ends
 *     result = rsp_ets_new(self, &table, &opts);
 *     result = rsp_ets_insert(self, table, key, value);
 *     ...
 *     result = rsp_ets_whereis(&table, sessions);                      // any thread
 *     result = rsp_ets_lookup(NULL, &value, table, key);
 *
 * A table is named by a reference. It goes into messages as a term (rsp_term_ref), and stays valid until the table is over,
 * whoever owns it; after that each call with it says RSP_ENOTABLE. Keys are compared as by rsp_term_equal: 1 and 1.0 are two.
 *
 * `self` is the caller: what a process may do depends on whether it owns the table. A thread that is no process passes NULL,
 * and may do what everybody may: else RSP_EACCESS. Code in a blocking section (rsp_blocking_begin) passes NULL too, and its call is
 * one of its process, as long as that lives: then RSP_EXITING. What is read is the reader's, and stays when the entry or the
 * table goes.
 *
 * Each call is atomic and isolated, but for those that say so: these go through the table while others change it.
 */
#ifndef RESPROUT_ETS_H
#define RESPROUT_ETS_H

#include <stdbool.h>

#include "resprout/message.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rsp_ets_access {
  RSP_ETS_PROTECTED = 0, /* the owner writes, all read */
  RSP_ETS_PUBLIC = 1,    /* all write and read */
  RSP_ETS_PRIVATE = 2    /* the owner writes and reads */
} rsp_ets_access;

/** What a table is. Begin with RSP_ETS_OPTS_INIT. */
typedef struct rsp_ets_opts {
  size_t size;           /* sizeof(rsp_ets_opts) */
  rsp_atom name;         /* found by rsp_ets_whereis, as long as the table is there; `undefined`: no name */
  rsp_ets_access access; /* protected */
  rsp_pid heir; /* all zero: the table ends with its owner. One that is dead already: as if none were given */
  rsp_term heir_data; /* what the heir is sent. Copied */
} rsp_ets_opts;

/* clang-format off */
#define RSP_ETS_OPTS_INIT {sizeof(rsp_ets_opts), {0}, RSP_ETS_PROTECTED, {0, 0, 0}, {0, 0}}
/* clang-format on */

/** Makes a table. It is the caller's until it is given away, or until the caller ends: then the heir's if that lives, which
 * gets {'ETS-TRANSFER', Table, FromPid, HeirData}; else it is over, before anybody hears of the end.
 * @ctx     process, callback
 * @blocks  no
 * @param[out] out   the table; written only on RSP_OK
 * @param      opts  copied; NULL: the defaults
 * @retval  RSP_OK, RSP_ENAMETAKEN (a table has the name), RSP_EINVAL, RSP_ELIMIT (65,536 tables live), RSP_ENOMEM, RSP_EXITING,
 * RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors ets:new/2   @rule S-ETS-1..3, S-ETS-8, S-ETS-9
 */
RSP_API RSP_NODISCARD rsp_result rsp_ets_new(rsp_self* self, rsp_ref* out, const rsp_ets_opts* opts);

/** The table that has a name.
 * @ctx     any
 * @blocks  no
 * @param[out] out   all zero (len 0): none has it; written only on RSP_OK
 * @param      name  not `undefined`
 * @retval  RSP_OK, RSP_EINVAL, RSP_EFORKED
 * @owns    nothing
 * @since   0.1   @mirrors ets:whereis/1   @rule S-ETS-2
 */
RSP_API RSP_NODISCARD rsp_result rsp_ets_whereis(rsp_ref* out, rsp_atom name);

/** Deletes a table with all that is in it: it is over, and its name free, when this returns. What is many is freed afterwards.
 * @ctx     any with self NULL, process, callback
 * @blocks  no
 * @param   table  one that the caller may write into
 * @retval  RSP_OK, RSP_ENOTABLE, RSP_EACCESS, RSP_EINVAL, RSP_EXITING, RSP_EWRONGTHREAD, RSP_EFORKED
 * @owns    nothing
 * @since   0.1   @mirrors ets:delete/1   @rule S-ETS-10
 */
RSP_API RSP_NODISCARD rsp_result rsp_ets_delete(rsp_self* self, rsp_ref table);

/** Makes another process the owner, which is sent {'ETS-TRANSFER', Table, FromPid, Data}.
 * @ctx     process, callback: the owner
 * @blocks  no
 * @param   table  the caller's
 * @param   to     a local process, not the caller
 * @param   data   copied
 * @retval  RSP_OK, RSP_ENOPROC (it is dead, or passes its own tables on as it ends: the table stays the caller's),
 * RSP_ENOTABLE, RSP_EACCESS (the caller is not the owner), RSP_EINVAL, RSP_ENOMEM, RSP_EXITING, RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors ets:give_away/3   @rule S-ETS-7
 */
RSP_API RSP_NODISCARD rsp_result rsp_ets_give_away(rsp_self* self, rsp_ref table, rsp_pid to, rsp_term data);

/** Names another heir, or none.
 * @ctx     process, callback: the owner
 * @blocks  no
 * @param   table  the caller's
 * @param   heir   a local process; all zero, or one that is dead: none
 * @param   data   what the heir is sent; copied
 * @retval  RSP_OK, RSP_ENOTABLE, RSP_EACCESS (the caller is not the owner), RSP_EINVAL, RSP_ENOMEM, RSP_EXITING,
 * RSP_EWRONGTHREAD
 * @owns    nothing
 * @since   0.1   @mirrors ets:setopts/2   @rule S-ETS-8
 */
RSP_API RSP_NODISCARD rsp_result rsp_ets_set_heir(rsp_self* self, rsp_ref table, rsp_pid heir, rsp_term data);

/** Puts a value under a key, in the place of what was there.
 * @ctx     any with self NULL, process, callback
 * @blocks  no
 * @param   table  one that the caller may write into
 * @param   key    copied
 * @param   value  copied
 * @retval  RSP_OK, RSP_ENOTABLE, RSP_EACCESS, RSP_EINVAL, RSP_ENOMEM, RSP_EXITING, RSP_EWRONGTHREAD, RSP_EFORKED
 * @owns    nothing
 * @since   0.1   @mirrors ets:insert/2   @rule S-ETS-4
 */
RSP_API RSP_NODISCARD rsp_result rsp_ets_insert(rsp_self* self, rsp_ref table, rsp_term key, rsp_term value);

/** Puts a value under a key that is not there.
 * @ctx     any with self NULL, process, callback
 * @blocks  no
 * @param[out] out    whether it was put in; false: the key is there, and nothing was changed; written only on RSP_OK
 * @param      table  one that the caller may write into
 * @param      key    copied
 * @param      value  copied
 * @retval  as of rsp_ets_insert
 * @owns    nothing
 * @since   0.1   @mirrors ets:insert_new/2   @rule S-ETS-4
 */
RSP_API RSP_NODISCARD rsp_result rsp_ets_insert_new(rsp_self* self, bool* out, rsp_ref table, rsp_term key,
                                                    rsp_term value);

/** The value of a key.
 * @ctx     any with self NULL, process, callback
 * @blocks  no
 * @param[out] out    written only on RSP_OK
 * @param      table  one that the caller may read
 * @param      key    borrowed
 * @retval  RSP_OK, RSP_EMISMATCH (there is no such key), RSP_ENOTABLE, RSP_EACCESS, RSP_EINVAL, RSP_EXITING, RSP_EWRONGTHREAD,
 * RSP_EFORKED
 * @owns    the caller frees *out
 * @since   0.1   @mirrors ets:lookup/2   @rule S-ETS-4, S-ETS-5
 */
RSP_API RSP_NODISCARD rsp_result rsp_ets_lookup(rsp_self* self, rsp_term* out, rsp_ref table, rsp_term key);

/** Whether there is such a key.
 * @ctx     any with self NULL, process, callback
 * @blocks  no
 * @param[out] out    written only on RSP_OK
 * @param      table  one that the caller may read
 * @param      key    borrowed
 * @retval  RSP_OK, RSP_ENOTABLE, RSP_EACCESS, RSP_EINVAL, RSP_EXITING, RSP_EWRONGTHREAD, RSP_EFORKED
 * @owns    nothing
 * @since   0.1   @mirrors ets:member/2   @rule S-ETS-4
 */
RSP_API RSP_NODISCARD rsp_result rsp_ets_member(rsp_self* self, bool* out, rsp_ref table, rsp_term key);

/** Takes a key out, and brings its value. Of any number of callers who take one key exactly one gets it.
 * @ctx     any with self NULL, process, callback
 * @blocks  no
 * @param[out] out    written only on RSP_OK
 * @param      table  one that the caller may write into
 * @param      key    borrowed
 * @retval  RSP_OK, RSP_EMISMATCH (there is no such key), RSP_ENOTABLE, RSP_EACCESS, RSP_EINVAL, RSP_EXITING, RSP_EWRONGTHREAD,
 * RSP_EFORKED
 * @owns    the caller frees *out
 * @since   0.1   @mirrors ets:take/2   @rule S-ETS-4
 */
RSP_API RSP_NODISCARD rsp_result rsp_ets_take(rsp_self* self, rsp_term* out, rsp_ref table, rsp_term key);

/** Takes a key out. One that is not there is no error.
 * @ctx     any with self NULL, process, callback
 * @blocks  no
 * @param   table  one that the caller may write into
 * @param   key    borrowed
 * @retval  RSP_OK, RSP_ENOTABLE, RSP_EACCESS, RSP_EINVAL, RSP_EXITING, RSP_EWRONGTHREAD, RSP_EFORKED
 * @owns    nothing
 * @since   0.1   @mirrors ets:delete/2   @rule S-ETS-4
 */
RSP_API RSP_NODISCARD rsp_result rsp_ets_delete_key(rsp_self* self, rsp_ref table, rsp_term key);

/** Adds to the value of a key, which is an integer.
 * @ctx     any with self NULL, process, callback
 * @blocks  no
 * @param[out] out        the sum; written only on RSP_OK
 * @param      table      one that the caller may write into
 * @param      key        copied
 * @param      increment  added; negative: taken off
 * @param      initial    what a key that is not there counts as; NULL: then it is RSP_EMISMATCH
 * @retval  RSP_OK, RSP_EMISMATCH (there is no such key), RSP_ETYPE (its value is no integer), RSP_ELIMIT (the sum does not fit
 * into 64 bits; nothing was changed), RSP_ENOTABLE, RSP_EACCESS, RSP_EINVAL, RSP_ENOMEM, RSP_EXITING, RSP_EWRONGTHREAD,
 * RSP_EFORKED
 * @owns    nothing
 * @since   0.1   @mirrors ets:update_counter/4   @rule S-ETS-4
 */
RSP_API RSP_NODISCARD rsp_result rsp_ets_update_counter(rsp_self* self, int64_t* out, rsp_ref table,
                                                        rsp_term key, int64_t increment,
                                                        const int64_t* initial);

/** Where a walk through a table begins. Keys have an order, which says nothing of them.
 * @ctx     any with self NULL, process, callback
 * @blocks  no
 * @param[out] key_out    written only on RSP_OK
 * @param[out] value_out  its value; may be NULL; written only on RSP_OK
 * @param      table      one that the caller may read
 * @retval  RSP_OK, RSP_EMISMATCH (the table is empty), RSP_ENOTABLE, RSP_EACCESS, RSP_EINVAL, RSP_EXITING, RSP_EWRONGTHREAD,
 * RSP_EFORKED
 * @owns    the caller frees *key_out and *value_out
 * @since   0.1   @mirrors ets:first_lookup/1   @rule S-ETS-6
 */
RSP_API RSP_NODISCARD rsp_result rsp_ets_first(rsp_self* self, rsp_term* key_out, rsp_term* value_out,
                                               rsp_ref table);

/** The key that comes next, also behind one that is not there any more. A walk comes by each key that stays exactly once; of
 * those that come and go meanwhile it meets some.
 * @ctx     any with self NULL, process, callback
 * @blocks  no
 * @param[out] key_out    written only on RSP_OK
 * @param[out] value_out  its value; may be NULL; written only on RSP_OK
 * @param      table      one that the caller may read
 * @param      key        borrowed
 * @retval  RSP_OK, RSP_EMISMATCH (none comes behind it), RSP_ENOTABLE, RSP_EACCESS, RSP_EINVAL, RSP_EXITING, RSP_EWRONGTHREAD,
 * RSP_EFORKED
 * @owns    the caller frees *key_out and *value_out
 * @since   0.1   @mirrors ets:next_lookup/2   @rule S-ETS-6
 */
RSP_API RSP_NODISCARD rsp_result rsp_ets_next(rsp_self* self, rsp_term* key_out, rsp_term* value_out,
                                              rsp_ref table, rsp_term key);

/** All that is in a table: a list of {Key, Value}. Each entry that stays is there exactly once; of those that come and go
 * meanwhile some are: not one moment of a table that others change.
 * @ctx     any with self NULL, process, callback
 * @blocks  no
 * @param[out] out    written only on RSP_OK
 * @param      table  one that the caller may read
 * @retval  RSP_OK (also with an empty list), RSP_ENOTABLE, RSP_EACCESS, RSP_EINVAL, RSP_ENOMEM, RSP_EXITING, RSP_EWRONGTHREAD,
 * RSP_EFORKED
 * @owns    the caller frees *out
 * @since   0.1   @mirrors ets:tab2list/1   @rule S-ETS-6
 */
RSP_API RSP_NODISCARD rsp_result rsp_ets_tab2list(rsp_self* self, rsp_term* out, rsp_ref table);

/** What a table is, also one that the caller may not read: a map of id, name (`undefined`: none), owner, heir (`none`, or a pid),
 * protection (`protected`, `public`, `private`), size (entries) and memory (bytes).
 * @ctx     any
 * @blocks  no
 * @param[out] out    written only on RSP_OK
 * @param      table  any
 * @retval  RSP_OK, RSP_ENOTABLE, RSP_EINVAL, RSP_ENOMEM, RSP_EFORKED
 * @owns    the caller frees *out
 * @since   0.1   @mirrors ets:info/1   @rule S-ETS-11
 */
RSP_API RSP_NODISCARD rsp_result rsp_ets_info(rsp_term* out, rsp_ref table);

#ifdef __cplusplus
}
#endif

#endif
