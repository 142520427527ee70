// process_info: what a process says about itself, as a map of atoms.
//
// Filled in by the process itself when it takes the request, so it is consistent; links and monitors in order
// of creation.
#pragma once

#include "core/proc/process.hpp"

namespace rsp {

/** Puts the answer into an INFO_REQUEST that is being handled. The owner. */
void fill_info(Process& self, Envelope& request);

}  // namespace rsp
