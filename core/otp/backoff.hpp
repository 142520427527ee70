// The delay before a child is started again (docs/semantics.md, S-SUP-50): one object a child, of its supervisor alone.
//
//   delay n = min * factor^n, at most max; of that chance takes off up to the part that is `jitter`
//
// n counts the delays since the child has last behaved well: was up for reset_after, or was stopped by a call.
#pragma once

#include "core/proc/api.hpp"
#include "resprout/supervisor.h"

namespace rsp {

struct Child;

class Backoff {
 public:
  explicit Backoff(const rsp_backoff& of) noexcept : options(of) { reset(); }

  const rsp_backoff options;

  /** It is up, from now on. */
  void up(uint64_t now_ns) { up_ns_ = now_ns; }
  /** It has ended by itself, or could not be started. */
  void down(uint64_t now_ns);
  /** It begins with min_ms again. */
  void reset();
  /** When it is to be started again, and from now on by which number; the one before means nothing any more. */
  uint64_t next(uint64_t now_ns);

  /** Which delay is under way; 0: none. */
  uint64_t number = 0;
  // Then:
  TimerRef timer;
  Child* child = nullptr;    // whose it is
  uint64_t key = 0;          // by which it is found
  RingLinks<Backoff> links;  // of the table of delays (supervisor_backoff.cpp)

 private:
  double delay_ms_ = 0;     // the next one
  uint64_t up_ns_ = NEVER;  // NEVER: not up
};

/** RSP_ESPEC: *error is {invalid_backoff, Field}. RSP_ENOMEM. */
[[nodiscard]] rsp_result make_backoff(Backoff** out, Term* error, const rsp_backoff& from);

/** As a map of its fields. */
[[nodiscard]] rsp_result describe(Term* out, const Backoff& backoff);

}  // namespace rsp
