/* Exceptions inside a process: error, exit and throw, in a language that has none.
 *
 * Raising stores the exception and returns RSP_NEXT_RAISE, which the callback returns: `return rsp_exit(self,
 * reason);`. Uncaught it ends the process: exit R with R, error E with {E, Frames}, throw V with {{nocatch,
 * V}, Frames}. rsp_try catches.
 */
#ifndef RESPROUT_EXCEPTION_H
#define RESPROUT_EXCEPTION_H

#include "resprout/process.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rsp_class {
  RSP_CLASS_ERROR = 0, /* a bug, or a broken precondition */
  RSP_CLASS_EXIT = 1,  /* this process wants to stop */
  RSP_CLASS_THROW = 2  /* a non-local return; must be caught */
} rsp_class;

/** A caught exception. rsp_exception_free gives value and frames back. */
typedef struct rsp_exception {
  size_t size; /* sizeof(rsp_exception) */
  rsp_class exception_class;
  rsp_term value;
  rsp_term frames; /* a list of {File, Line, Function}; of an exit the empty list */
} rsp_exception;

#define RSP_EXCEPTION_INIT                                   \
  {                                                          \
    sizeof(rsp_exception), RSP_CLASS_ERROR, {0, 0}, { 0, 0 } \
  }

/** Raises: the pending exception of the process, in place of any other.
 * @ctx     callback, process
 * @blocks  no
 * @param   exception_class  one of the three
 * @param   value            copied
 * @param   frames           copied; nil: no frames
 * @retval  RSP_NEXT_RAISE, always: return it from the callback
 * @owns    nothing
 * @since   0.1   @mirrors erlang:raise/3   @rule S-EXIT-2..4
 */
RSP_API RSP_NODISCARD rsp_next rsp_raise(rsp_self* self, rsp_class exception_class, rsp_term value,
                                         rsp_term frames);

/** Raises an exit: this process wants to stop for `reason`.
 * @ctx     callback, process
 * @blocks  no
 * @param   reason  copied
 * @retval  RSP_NEXT_RAISE
 * @owns    nothing
 * @since   0.1   @mirrors erlang:exit/1
 */
RSP_API RSP_NODISCARD rsp_next rsp_exit(rsp_self* self, rsp_term reason);

/** Raises an error.
 * @ctx     callback, process
 * @blocks  no
 * @param   value  copied
 * @retval  RSP_NEXT_RAISE
 * @owns    nothing
 * @since   0.1   @mirrors erlang:error/1
 */
RSP_API RSP_NODISCARD rsp_next rsp_error(rsp_self* self, rsp_term value);

/** Raises a throw.
 * @ctx     callback, process
 * @blocks  no
 * @param   value  copied
 * @retval  RSP_NEXT_RAISE
 * @owns    nothing
 * @since   0.1   @mirrors erlang:throw/1
 */
RSP_API RSP_NODISCARD rsp_next rsp_throw(rsp_self* self, rsp_term value);

/** A protected body: returns RSP_NEXT_RAISE if an exception leaves it, any other value if not. */
typedef rsp_next (*rsp_body)(rsp_self* self, void* ctx);

/** Runs `body`, then `after` (on success, and when an exception left the body). A C++ exception that leaves
 * either is an exception of class error. A body that returns RSP_NEXT_RAISE is caught: RSP_ERAISED and *out
 * says what; to pass it on, rsp_raise it again. An exception raised in `after` replaces that of the body.
 * @ctx     callback, process
 * @blocks  as body and after do
 * @param[out] out       written only on RSP_ERAISED; out->size is set by the caller
 * @param[out] next_out  what the body returned; may be NULL; written only on RSP_OK
 * @param      body      not NULL; runs at once, on this thread
 * @param      after     may be NULL; its result counts only if it is RSP_NEXT_RAISE
 * @param      ctx       passed to both; stays the caller's
 * @retval  RSP_OK, RSP_ERAISED, RSP_EINVAL, RSP_EXITING (the process is to die: body may have run, after has
 * too), RSP_EWRONGTHREAD
 * @owns    the caller frees *out with rsp_exception_free
 * @since   0.1   @mirrors try ... catch ... after   @rule S-ERR-1..6
 */
RSP_API RSP_NODISCARD rsp_result rsp_try(rsp_self* self, rsp_exception* out, rsp_next* next_out,
                                         rsp_body body, rsp_body after, void* ctx);

/** The exit reason of a process that this exception leaves.
 * @ctx     any
 * @blocks  no
 * @param[out] out        written only on RSP_OK
 * @param      exception  of rsp_try, or filled in by the caller; not freed
 * @retval  RSP_OK, RSP_EINVAL
 * @owns    the caller frees *out
 * @since   0.1   @rule S-EXIT-2..4
 */
RSP_API RSP_NODISCARD rsp_result rsp_exception_reason(rsp_term* out, const rsp_exception* exception);

/** Frees what a caught exception holds.
 * @ctx     any
 * @blocks  no
 * @param   exception  NULL does nothing
 * @owns    value and frames are gone
 * @since   0.1
 */
RSP_API void rsp_exception_free(rsp_exception* exception);

/** The reason of an exception of some language: {{exception, Language, Type, Message}, Frames}, or its value
 * if frames is nil.
 * @ctx     any
 * @blocks  no
 * @param[out] out          written only on RSP_OK
 * @param      language     one of the atoms c, cpp, python, rust, or a binding's own
 * @param      type         UTF-8
 * @param      type_len     its bytes
 * @param      message      UTF-8; what is not is replaced
 * @param      message_len  its bytes
 * @param      frames       nil: only the value {exception, Language, Type, Message}
 * @retval  RSP_OK, RSP_EINVAL, RSP_ENOMEM
 * @owns    the caller frees *out
 * @since   0.1   @rule S-EXIT-5
 */
RSP_API RSP_NODISCARD rsp_result rsp_exception_term(rsp_term* out, rsp_atom language, const char* type,
                                                    size_t type_len, const char* message, size_t message_len,
                                                    rsp_term frames);

#ifdef __cplusplus
}
#endif

#endif
