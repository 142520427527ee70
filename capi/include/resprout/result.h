/* Result codes: one list feeds the enum, the names and the messages.
 *
 * Three kinds of failure never mix. Misuse or refusal of a call is an rsp_result. The death of a process is
 * an exit reason, delivered as a signal. A broken invariant of the library aborts with a report.
 */
#ifndef RESPROUT_RESULT_H
#define RESPROUT_RESULT_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32)
#define RSP_API
#else
#define RSP_API __attribute__((visibility("default")))
#endif

#if defined(__GNUC__)
#define RSP_NODISCARD __attribute__((warn_unused_result))
#else
#define RSP_NODISCARD
#endif

/** Whether a struct that begins with its size goes as far as this member: one that an older library lends
 * to a callback may not. */
#define RSP_HAS(type, pointer, member) ((pointer)->size >= offsetof(type, member) + sizeof((pointer)->member))

/* X(name, value, message): values never change; new ones are appended. */
#define RSP_RESULT_MAP(X)                                                                                    \
  X(RSP_OK, 0, "done")                                                                                       \
  X(RSP_EINVAL, 1,                                                                                           \
    "badarg: an argument is NULL, malformed or out of range, or a struct did not begin with its _INIT")      \
  X(RSP_ENOMEM, 2, "out of memory: nothing was changed")                                                     \
  X(RSP_ELIMIT, 3, "system_limit: a fixed limit is reached; nothing was changed")                            \
  X(RSP_ENOPROC, 4, "noproc: the process does not exist")                                                    \
  X(RSP_ETIMEDOUT, 5, "timeout: the deadline passed first")                                                  \
  X(RSP_EWOULDBLOCK, 6,                                                                                      \
    "this call would block a worker: in a callback use rsp_await or the *_request form of the same call")    \
  X(RSP_EXITING, 7, "the calling process is ending: return from its code; every further call says the same") \
  X(RSP_ENOTPROCESS, 8, "only a process may call this: use rsp_attach to make this thread one")              \
  X(RSP_EWRONGTHREAD, 9, "this process handle belongs to another thread, or its callback has returned")      \
  X(RSP_EALREADY, 10,                                                                                        \
    "already done: one runtime lives at a time, a thread is attached once, and a descriptor is registered "  \
    "once in each direction")                                                                                \
  X(RSP_ESTOPPED, 11, "no runtime is running: call rsp_runtime_start first")                                 \
  X(RSP_ENAMETAKEN, 12, "badarg: the name is registered for another live process, or is a table's")          \
  X(RSP_EHASNAME, 13, "badarg: the process already has a registered name")                                   \
  X(RSP_ENONAME, 14, "badarg: no live process is registered under this name")                                \
  X(RSP_EEXITED, 15, "the process at the other end ended: the reason says why")                              \
  X(RSP_ECALLINGSELF, 16, "calling_self: a process cannot wait for its own answer")                          \
  X(RSP_EMISMATCH, 17, "nothing matches: no such message, no such key")                                      \
  X(RSP_ETYPE, 18, "the term is of another type")                                                            \
  X(RSP_ESPEC, 19,                                                                                           \
    "the child specification or the supervisor options are malformed: the detail names the field")           \
  X(RSP_ELIBRARY, 20, "the shared library or the symbol in it cannot be loaded: the detail says why")        \
  X(RSP_EFORKED, 21,                                                                                         \
    "this OS process was forked from one that runs resprout: start a runtime after the fork")                \
  X(RSP_ETWOCOPIES, 22, "another copy of libresprout lives in this OS process: load only one")               \
  X(RSP_ERAISED, 23,                                                                                         \
    "an exception of the calling process is pending: return from the callback, or rsp_try it")               \
  X(RSP_EOS, 24, "the operating system refused (threads, memory maps or descriptors used up)")               \
  X(RSP_EIGNORE, 25, "ignore: the start was declined by init; there is no process and no error")             \
  X(RSP_EOVERLOAD, 26, "overload: the mailbox of the receiver is at its limit; nothing was sent")            \
  X(RSP_ENOREQUEST, 27, "no_request: the collection is empty, there is nothing to wait for")                 \
  X(RSP_ENOTOWNER, 28,                                                                                       \
    "badarg: only the process that started a task may await it, yield to it, shut it down or ignore it")     \
  X(RSP_ENOTABLE, 29,                                                                                        \
    "badarg: there is no such table: it was deleted, or its owner ended and no heir lived")                  \
  X(RSP_EACCESS, 30,                                                                                         \
    "badarg: the table does not allow it: only the owner writes into a protected table, reads a private "    \
    "one, gives a table away or names its heir")                                                             \
  X(RSP_EHANDLER, 31, "the event handler has failed, or was not added: the reason says why")

typedef enum rsp_result {
#define RSP_RESULT_ENUM(name, value, message) name = value,
  RSP_RESULT_MAP(RSP_RESULT_ENUM)
#undef RSP_RESULT_ENUM
} rsp_result;

/** The code's name, "RSP_EINVAL"; "RSP_UNKNOWN" for a value outside the list.
 * @ctx     any
 * @blocks  no
 * @param   result  any value
 * @owns    nothing; the text lives as long as the library
 * @since   0.1
 */
RSP_API const char* rsp_result_name(rsp_result result);

/** What the code means and what to do about it, one English sentence.
 * @ctx     any
 * @blocks  no
 * @param   result  any value
 * @owns    nothing; the text lives as long as the library
 * @since   0.1
 */
RSP_API const char* rsp_result_message(rsp_result result);

#ifdef __cplusplus
}
#endif

#endif
