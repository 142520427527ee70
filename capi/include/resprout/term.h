/* Terms: the values that messages, replies and exit reasons are made of, the same in every language.
 *
 * A term is an immutable value of one of twelve kinds: nil, boolean, 64-bit integer, double, atom, pid,
 * reference, binary, string (UTF-8), tuple, list, map. An rsp_term is 16 bytes, passed by value; its fields
 * are private to the library. All zero is nil, so `rsp_term t = {0, 0};` is a term.
 *
 * Ownership, the whole of it:
 *   - What a constructor returns is yours. Free it with rsp_term_free, once. Nil, booleans, integers, floats,
 *     atoms and pids hold no memory: freeing them is allowed and does nothing.
 *   - Constructors of containers copy (add a reference to) what you put in: you still own, and free, your
 * own.
 *   - Readers of containers lend: an element lives as long as its container. To keep it, rsp_term_copy it.
 *   - rsp_term_copy adds a reference; nothing is ever duplicated.
 *
 *     rsp_atom point;
 *     rsp_term pair;
 *     if (rsp_atom_intern(&point, "point", 5) != RSP_OK) return;
 *     rsp_term elements[] = {rsp_term_atom(point), rsp_term_int(3)};
 *     if (rsp_term_tuple(&pair, elements, 2) != RSP_OK) return;
 *     ...
 *     rsp_term_free(pair);
 *
 * Any thread may call every function here, at any time, whether a runtime is running or not, and a term made
 * by one thread may be used and freed by another. Terms that one thread only reads need no lock.
 *
 * A struct of a kind outside the list, or with bits that no function here would return, is refused with
 * RSP_EINVAL. A struct that holds a stale or made-up address cannot be recognised: do not use a term after
 * you have freed it.
 */
#ifndef RESPROUT_TERM_H
#define RESPROUT_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resprout/ids.h"
#include "resprout/result.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A term. The fields are private. All zero is nil. */
typedef struct rsp_term {
  uint64_t meta;
  uint64_t data;
} rsp_term;

/** What a term is. Values never change. */
typedef enum rsp_kind {
  RSP_KIND_NIL = 0,
  RSP_KIND_BOOL = 1,
  RSP_KIND_INT = 2,
  RSP_KIND_FLOAT = 3,
  RSP_KIND_ATOM = 4,
  RSP_KIND_PID = 5,
  RSP_KIND_REF = 6,
  RSP_KIND_BINARY = 7,
  RSP_KIND_STRING = 8,
  RSP_KIND_TUPLE = 9,
  RSP_KIND_LIST = 10,
  RSP_KIND_MAP = 11,
  RSP_KIND_INVALID = 255 /* not a term */
} rsp_kind;

/** One entry of a map to be built. */
typedef struct rsp_term_pair {
  rsp_term key;
  rsp_term value;
} rsp_term_pair;

/* ---- Atoms ---- */

/** The atom of this text, made if it does not exist. Atoms are never freed, and there can be 1,048,576: make
 * them from words of your program, not from input.
 * @ctx     any
 * @blocks  no
 * @param[out] out   written only on RSP_OK
 * @param      text  UTF-8, at most 255 code points; need not end in a zero byte; may be NULL when len is 0
 * @param      len   its bytes
 * @retval  RSP_OK, RSP_EINVAL (out or text is NULL, not UTF-8, too long), RSP_ELIMIT (no more atoms),
 *          RSP_ENOMEM
 * @owns    nothing: text is copied
 * @since   0.1   @mirrors erlang:binary_to_atom/1
 */
RSP_API RSP_NODISCARD rsp_result rsp_atom_intern(rsp_atom* out, const char* text, size_t len);

/** The text of an atom.
 * @ctx     any
 * @blocks  no
 * @param[out] out      UTF-8, followed by a zero byte; lives as long as the library; written only on RSP_OK
 * @param[out] len_out  its bytes without that zero; may be NULL; written only on RSP_OK
 * @param      atom     one that rsp_atom_intern or another function returned
 * @retval  RSP_OK, RSP_EINVAL (out is NULL, there is no such atom)
 * @owns    nothing
 * @since   0.1   @mirrors erlang:atom_to_binary/1
 */
RSP_API RSP_NODISCARD rsp_result rsp_atom_name(const char** out, size_t* len_out, rsp_atom atom);

/* ---- Constructors that need no memory ---- */

/** The term nil: no value; Python's None. It is also the term of the atom `nil`.
 * @ctx     any
 * @blocks  no
 * @retval  nil
 * @owns    nothing: needs no rsp_term_free
 * @since   0.1   @mirrors nil (Elixir)
 */
RSP_API rsp_term rsp_term_nil(void);

/** A boolean. It is also the term of the atom `true` or `false`.
 * @ctx     any
 * @blocks  no
 * @param   value  which of the two
 * @retval  a term of kind RSP_KIND_BOOL
 * @owns    nothing: needs no rsp_term_free
 * @since   0.1   @mirrors true, false
 */
RSP_API rsp_term rsp_term_bool(bool value);

/** An integer.
 * @ctx     any
 * @blocks  no
 * @param   value  any
 * @retval  a term of kind RSP_KIND_INT
 * @owns    nothing: needs no rsp_term_free
 * @since   0.1   @mirrors integer()
 */
RSP_API rsp_term rsp_term_int(int64_t value);

/** A double. Infinities and NaN are values like others (all NaN are one value, equal to itself); a node of an
 * Erlang cluster does not accept them.
 * @ctx     any
 * @blocks  no
 * @param   value  any
 * @retval  a term of kind RSP_KIND_FLOAT
 * @owns    nothing: needs no rsp_term_free
 * @since   0.1   @mirrors float()
 */
RSP_API rsp_term rsp_term_float(double value);

/** The term of an atom. Those of `true`, `false` and `nil` are of the kinds RSP_KIND_BOOL and RSP_KIND_NIL,
 * so that there is one term for each word.
 * @ctx     any
 * @blocks  no
 * @param   atom  one that rsp_atom_intern or another function returned
 * @retval  the term; one of kind RSP_KIND_INVALID when there is no such atom
 * @owns    nothing: needs no rsp_term_free
 * @since   0.1   @mirrors atom()
 */
RSP_API rsp_term rsp_term_atom(rsp_atom atom);

/** The term of a pid.
 * @ctx     any
 * @blocks  no
 * @param   pid  one that another function returned
 * @retval  a term of kind RSP_KIND_PID; one of kind RSP_KIND_INVALID when no function can have returned this
 * pid
 * @owns    nothing: needs no rsp_term_free
 * @since   0.1   @mirrors pid()
 */
RSP_API rsp_term rsp_term_pid(rsp_pid pid);

/* ---- Constructors that allocate ---- */

/** The term of a reference.
 * @ctx     any
 * @blocks  no
 * @param[out] out  written only on RSP_OK; free it with rsp_term_free
 * @param      ref  one that another function returned
 * @retval  RSP_OK, RSP_EINVAL (out is NULL, ref is no reference), RSP_ENOMEM
 * @owns    *out is the caller's
 * @since   0.1   @mirrors reference()
 */
RSP_API RSP_NODISCARD rsp_result rsp_term_ref(rsp_term* out, rsp_ref ref);

/** Bytes.
 * @ctx     any
 * @blocks  no
 * @param[out] out    written only on RSP_OK; free it with rsp_term_free
 * @param      bytes  copied; may be NULL when len is 0
 * @param      len    at most 4,294,967,294
 * @retval  RSP_OK, RSP_EINVAL (out or bytes is NULL), RSP_ELIMIT (len), RSP_ENOMEM
 * @owns    *out is the caller's; bytes stay the caller's
 * @since   0.1   @mirrors binary()
 */
RSP_API RSP_NODISCARD rsp_result rsp_term_binary(rsp_term* out, const void* bytes, size_t len);

/** Text. To an Erlang node it travels as a binary.
 * @ctx     any
 * @blocks  no
 * @param[out] out   written only on RSP_OK; free it with rsp_term_free
 * @param      text  UTF-8, copied; zero bytes count as characters; may be NULL when len is 0
 * @param      len   its bytes, at most 4,294,967,294
 * @retval  RSP_OK, RSP_EINVAL (out or text is NULL, not UTF-8), RSP_ELIMIT (len), RSP_ENOMEM
 * @owns    *out is the caller's; text stays the caller's
 * @since   0.1   @mirrors String.t() (Elixir)
 */
RSP_API RSP_NODISCARD rsp_result rsp_term_string(rsp_term* out, const char* text, size_t len);

/** A tuple.
 * @ctx     any
 * @blocks  no
 * @param[out] out       written only on RSP_OK; free it with rsp_term_free
 * @param      elements  each is copied (gets a reference); may be NULL when count is 0
 * @param      count     how many
 * @retval  RSP_OK, RSP_EINVAL (out or elements is NULL, an element is no term), RSP_ELIMIT (more than 2^32 -
 * 1 terms inside each other, shared ones counted each time), RSP_ENOMEM
 * @owns    *out is the caller's; the elements stay the caller's to free, on failure too
 * @since   0.1   @mirrors erlang:list_to_tuple/1
 */
RSP_API RSP_NODISCARD rsp_result rsp_term_tuple(rsp_term* out, const rsp_term* elements, size_t count);

/** A list: a row of terms in one block, so any element is reached at once.
 * @ctx     any
 * @blocks  no
 * @param[out] out       written only on RSP_OK; free it with rsp_term_free
 * @param      elements  each is copied (gets a reference); may be NULL when count is 0
 * @param      count     how many
 * @retval  RSP_OK, RSP_EINVAL (out or elements is NULL, an element is no term), RSP_ELIMIT (as
 * rsp_term_tuple), RSP_ENOMEM
 * @owns    *out is the caller's; the elements stay the caller's to free, on failure too
 * @since   0.1   @mirrors list()
 */
RSP_API RSP_NODISCARD rsp_result rsp_term_list(rsp_term* out, const rsp_term* elements, size_t count);

/** A map. Keys are compared as by rsp_term_equal: 1 and 1.0 are two keys. Of equal keys the last pair counts.
 * @ctx     any
 * @blocks  no
 * @param[out] out    written only on RSP_OK; free it with rsp_term_free
 * @param      pairs  keys and values are copied (get a reference); in any order; may be NULL when count is 0
 * @param      count  how many pairs
 * @retval  RSP_OK, RSP_EINVAL (out or pairs is NULL, a key or value is no term), RSP_ELIMIT (as
 * rsp_term_tuple), RSP_ENOMEM
 * @owns    *out is the caller's; keys and values stay the caller's to free, on failure too
 * @since   0.1   @mirrors maps:from_list/1
 */
RSP_API RSP_NODISCARD rsp_result rsp_term_map(rsp_term* out, const rsp_term_pair* pairs, size_t count);

/* ---- Ownership ---- */

/** A further reference to a term.
 * @ctx     any
 * @blocks  no
 * @param   term  any term, also one that is lent
 * @retval  the same term, to be freed once more; what is no term comes back as it is
 * @owns    the result is the caller's; the argument stays what it was
 * @since   0.1
 */
RSP_API rsp_term rsp_term_copy(rsp_term term);

/** Gives one reference back; the last one frees the term and what it alone holds. What holds no memory, and
 * what is no term, is left alone. Any depth is freed in constant stack.
 * @ctx     any
 * @blocks  no
 * @param   term  the caller's own
 * @owns    takes the caller's reference: do not use the term, nor anything lent from it, afterwards
 * @since   0.1
 */
RSP_API void rsp_term_free(rsp_term term);

/* ---- Readers ---- */

/** What the term is.
 * @ctx     any
 * @blocks  no
 * @param   term  anything
 * @retval  its kind; RSP_KIND_INVALID when it is no term
 * @owns    nothing
 * @since   0.1   @mirrors is_atom/1, is_binary/1, ...
 */
RSP_API rsp_kind rsp_term_kind(rsp_term term);

/** The value of a boolean.
 * @ctx     any
 * @blocks  no
 * @param[out] out   written only on RSP_OK
 * @param      term  of kind RSP_KIND_BOOL
 * @retval  RSP_OK, RSP_EINVAL (out is NULL, not a term), RSP_ETYPE
 * @owns    nothing
 * @since   0.1
 */
RSP_API RSP_NODISCARD rsp_result rsp_term_get_bool(bool* out, rsp_term term);

/** The value of an integer.
 * @ctx     any
 * @blocks  no
 * @param[out] out   written only on RSP_OK
 * @param      term  of kind RSP_KIND_INT; a float is not converted
 * @retval  RSP_OK, RSP_EINVAL (out is NULL, not a term), RSP_ETYPE
 * @owns    nothing
 * @since   0.1
 */
RSP_API RSP_NODISCARD rsp_result rsp_term_get_int(int64_t* out, rsp_term term);

/** The value of a float.
 * @ctx     any
 * @blocks  no
 * @param[out] out   written only on RSP_OK
 * @param      term  of kind RSP_KIND_FLOAT; an integer is not converted
 * @retval  RSP_OK, RSP_EINVAL (out is NULL, not a term), RSP_ETYPE
 * @owns    nothing
 * @since   0.1
 */
RSP_API RSP_NODISCARD rsp_result rsp_term_get_float(double* out, rsp_term term);

/** The atom of an atom term; of a boolean `true` or `false`, of nil `nil`.
 * @ctx     any
 * @blocks  no
 * @param[out] out   written only on RSP_OK
 * @param      term  of kind RSP_KIND_ATOM, RSP_KIND_BOOL or RSP_KIND_NIL
 * @retval  RSP_OK, RSP_EINVAL (out is NULL, not a term), RSP_ETYPE
 * @owns    nothing
 * @since   0.1
 */
RSP_API RSP_NODISCARD rsp_result rsp_term_get_atom(rsp_atom* out, rsp_term term);

/** The pid of a pid term.
 * @ctx     any
 * @blocks  no
 * @param[out] out   written only on RSP_OK
 * @param      term  of kind RSP_KIND_PID
 * @retval  RSP_OK, RSP_EINVAL (out is NULL, not a term), RSP_ETYPE
 * @owns    nothing
 * @since   0.1
 */
RSP_API RSP_NODISCARD rsp_result rsp_term_get_pid(rsp_pid* out, rsp_term term);

/** The reference of a reference term.
 * @ctx     any
 * @blocks  no
 * @param[out] out   written only on RSP_OK
 * @param      term  of kind RSP_KIND_REF
 * @retval  RSP_OK, RSP_EINVAL (out is NULL, not a term), RSP_ETYPE
 * @owns    nothing
 * @since   0.1
 */
RSP_API RSP_NODISCARD rsp_result rsp_term_get_ref(rsp_ref* out, rsp_term term);

/** The bytes of a binary or a string. A zero byte that does not count follows them; inside there may be
 * others.
 * @ctx     any
 * @blocks  no
 * @param[out] out      lent: lives as long as the term; written only on RSP_OK, never NULL then
 * @param[out] len_out  how many; written only on RSP_OK
 * @param      term     of kind RSP_KIND_BINARY or RSP_KIND_STRING
 * @retval  RSP_OK, RSP_EINVAL (out or len_out is NULL, not a term), RSP_ETYPE
 * @owns    nothing
 * @since   0.1
 */
RSP_API RSP_NODISCARD rsp_result rsp_term_get_bytes(const char** out, size_t* len_out, rsp_term term);

/** Elements of a tuple or list, pairs of a map, bytes of a binary or string.
 * @ctx     any
 * @blocks  no
 * @param[out] out   written only on RSP_OK
 * @param      term  of one of these five kinds
 * @retval  RSP_OK, RSP_EINVAL (out is NULL, not a term), RSP_ETYPE
 * @owns    nothing
 * @since   0.1   @mirrors tuple_size/1, length/1, map_size/1, byte_size/1
 */
RSP_API RSP_NODISCARD rsp_result rsp_term_size(size_t* out, rsp_term term);

/** One element of a tuple or list.
 * @ctx     any
 * @blocks  no
 * @param[out] out    lent: lives as long as the container; rsp_term_copy it to keep it; written on
 *                   RSP_OK only
 * @param      term   of kind RSP_KIND_TUPLE or RSP_KIND_LIST
 * @param      index  from 0
 * @retval  RSP_OK, RSP_EINVAL (out is NULL, not a term, index is not below the size), RSP_ETYPE
 * @owns    nothing: do not free *out
 * @since   0.1   @mirrors element/2, lists:nth/2 (counted from 0)
 */
RSP_API RSP_NODISCARD rsp_result rsp_term_element(rsp_term* out, rsp_term term, size_t index);

/** The value of a key.
 * @ctx     any
 * @blocks  no
 * @param[out] out  lent: lives as long as the map; rsp_term_copy it to keep it; written only on RSP_OK
 * @param      map  of kind RSP_KIND_MAP
 * @param      key  compared as by rsp_term_equal
 * @retval  RSP_OK, RSP_EMISMATCH (no such key), RSP_EINVAL (out is NULL, not a term), RSP_ETYPE
 * @owns    nothing: do not free *out
 * @since   0.1   @mirrors maps:find/2
 */
RSP_API RSP_NODISCARD rsp_result rsp_term_map_get(rsp_term* out, rsp_term map, rsp_term key);

/** One pair of a map; the pairs stand in the order of their keys.
 * @ctx     any
 * @blocks  no
 * @param[out] key_out    lent: lives as long as the map; written only on RSP_OK
 * @param[out] value_out  lent: lives as long as the map; written only on RSP_OK
 * @param      map        of kind RSP_KIND_MAP
 * @param      index      from 0
 * @retval  RSP_OK, RSP_EINVAL (key_out or value_out is NULL, not a term, index is not below the size),
 *          RSP_ETYPE
 * @owns    nothing: free neither
 * @since   0.1   @mirrors maps:to_list/1
 */
RSP_API RSP_NODISCARD rsp_result rsp_term_map_pair(rsp_term* key_out, rsp_term* value_out, rsp_term map,
                                                   size_t index);

/* ---- Comparing and showing ---- */

/** Whether two terms are exactly equal: 1 and 1.0 are not, nor are a binary and a string, nor 0.0 and -0.0.
 * @ctx     any
 * @blocks  no
 * @param   a  left
 * @param   b  right
 * @retval  true or false; what is no term equals nothing
 * @owns    nothing
 * @since   0.1   @mirrors =:=/2
 */
RSP_API bool rsp_term_equal(rsp_term a, rsp_term b);

/** The order of terms by value: number < atom < reference < pid < tuple < map < list < binary and string. 1
 * and 1.0 compare as equal, and so do a binary and a string with the same bytes.
 * @ctx     any
 * @blocks  no
 * @param[out] out  -1, 0 or 1: a is before, equal to, after b; written only on RSP_OK
 * @param      a    left
 * @param      b    right
 * @retval  RSP_OK, RSP_EINVAL (out is NULL, a or b is no term)
 * @owns    nothing
 * @since   0.1   @mirrors </2, ==/2
 */
RSP_API RSP_NODISCARD rsp_result rsp_term_compare(int* out, rsp_term a, rsp_term b);

/** Readable text in Erlang's notation, as snprintf would write it: cut to the buffer at a whole character,
 * always ended by a zero byte, while *len_out is the length of the whole. Control characters are escaped;
 * parts nested more than 64 levels deep read "...". Call with capacity 0 to learn the length.
 * @ctx     any
 * @blocks  no
 * @param[out] out       may be NULL when capacity is 0; written only on RSP_OK
 * @param      capacity  bytes at out
 * @param[out] len_out   bytes of the whole text without the zero; may be NULL; written only on RSP_OK
 * @param      term      any term
 * @retval  RSP_OK, RSP_EINVAL (out is NULL and capacity is not 0, not a term)
 * @owns    nothing
 * @since   0.1   @mirrors io_lib:format("~tp", [Term])
 */
RSP_API RSP_NODISCARD rsp_result rsp_term_format(char* out, size_t capacity, size_t* len_out, rsp_term term);

#ifdef __cplusplus
}
#endif

#endif
