// Streams of tasks: Elixir's Task.async_stream (docs/semantics.md, S-TASK-10 to 15).
//
// A stream is a process, which starts the tasks, watches them, measures their time and keeps what they came to. Its owner
// gives it one input at a time and takes one result at a time, and only when it says so:
//
//   owner: next  -> WANTS   an input: the owner supplies it, or says that there is none any more, and asks again
//                -> VALUE   the next result, as the task sent it
//                -> EXIT    the next result: a task that ended without a value, or was killed for its time
//                -> DONE    no input and no result is left
//                -> the stream has ended: RSP_EEXITED with the reason
//
//   R1  So many inputs are wanted before a result is given as tasks may run. With ordered results, where the next one is slow
//       and others are done, further inputs are wanted for those.
//   R2  All that comes of tasks comes to the stream. Nothing but answers to `next` comes to the owner.
//   R3  Tasks are linked to the stream, but for those that a supervisor starts without link, and the stream traps exits: it
//       ends when it likes, and takes the tasks along.
//   R4  The stream monitors its owner, and stops when that ends. It is not linked to it: where a task's crash shall end the
//       owner, `next` does so, or between two of them a link that is made for the purpose.
#pragma once

#include "core/otp/task_owner.hpp"

namespace rsp {

struct StreamOptions {
  uint64_t max_concurrency = 0;  // 0: as many as there are workers
  uint64_t timeout_ms = 5000;    // for each task
  bool ordered = true;
  bool kill_task = false;  // what has no value in time is killed, and no failure of the stream
  bool link = true;        // whether a crash ends an owner that does not trap exits
  Pid supervisor{};        // of the tasks; none: they have none
};

/** A value, for its owner. */
struct StreamRef {
  Pid pid;
  Pid owner;
};

enum class StreamEvent : uint8_t { WANTS, VALUE, EXIT, DONE };

// All calls: the owner of `self`, inside a call. RSP_ENOTOWNER: of another process's stream.

/** The results of spawn(). */
[[nodiscard]] rsp_result start_stream(Process& self, const StreamOptions& options, StreamRef* out);

/** RSP_OK: *event, with *answer as it says. RSP_EEXITED: *answer is the DOWN of the stream. After any other outcome but
 * RSP_EWOULDBLOCK the stream is given up. */
[[nodiscard]] rsp_result next_of_stream(Process& self, const StreamRef& stream, StreamEvent* event,
                                        Envelope** answer);

/** The next input: takes the child, which is a temporary task, in every case. Once for each WANTS. */
[[nodiscard]] rsp_result supply_stream(Process& self, const StreamRef& stream, Child* child);

/** There is no input any more. */
[[nodiscard]] rsp_result end_input(Process& self, const StreamRef& stream);

/** Stops the tasks that run, and waits until the stream is gone. One that has ended is no error. */
[[nodiscard]] rsp_result halt_stream(Process& self, const StreamRef& stream);

}  // namespace rsp
