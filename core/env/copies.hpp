// Copies of this library in one OS process: the shared library twice, or once more inside another module that
// was linked statically. Each has tables, workers and pids of its own, so two that run would confuse every
// handle that wanders between them.
//
// How they find each other. Each copy carries an ELF note, named "resprout", that says where its *running*
// word is. The loader lists all modules with their notes, whatever their symbols' visibility, also those
// opened with RTLD_LOCAL. A copy that is to run sets its word, then reads those of the others: both sides
// store before they load, so of two that start at once at least one is refused.
//
// Rejected: a symbol looked up by name (hidden, or not found in a RTLD_LOCAL module), an environment variable
// (racy, and inherited by children that are right to start a runtime), a named socket or file (namespaces,
// sandboxes, and somebody must clean up).
//
// Limit: modules loaded by dlmopen into another namespace are not listed. Controlled builds know one copy.
#pragma once

#include "core/env/build.hpp"

namespace rsp::env {

// Marks this copy as running. False: another copy runs already, and this one is not marked.
[[nodiscard]] bool claim_os_process() noexcept;

// This copy runs no more.
void release_os_process() noexcept;

}  // namespace rsp::env
