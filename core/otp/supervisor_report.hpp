// What supervisors report (docs/semantics.md, S-SUP).
#pragma once

#include "core/otp/child_spec.hpp"
#include "core/proc/api.hpp"

namespace rsp {

/** The specification of a child, with the defaults filled in, as a map that begins with this pair. */
[[nodiscard]] rsp_result describe(Term* out, const Child& child, TermPair first);

/** `context` is start_error, child_terminated, shutdown_error or shutdown; `decision`, what the supervisor does about it:
 * restart, shutdown (it ends) or none. */
void report_child(Process& self, Atom context, TermBits reason, const Child& child, Atom decision);

/** `child` is up. For people who follow what happens: the level is info, which is not made by default. */
void report_progress(Process& self, const Child& child);

/** A message that no supervisor understands. */
void report_unexpected(Process& self, const Envelope& message);

}  // namespace rsp
