// Which code a start specification runs, and the state it begins with.
#pragma once

#include "core/otp/proc_lib.hpp"
#include "core/otp/start_spec.hpp"
#include "core/proc/api.hpp"

namespace rsp {

const Behaviour& behaviour_of(const StartSpec& spec);

/** The state of a new process of this specification, which it shares; nullptr when memory is short. The
 * behaviour's drop frees it. */
void* new_state(StartSpec& spec, const Starter& starter);

}  // namespace rsp
