// The program, for who is far below its top (core/runtime/run.hpp): asking for its end, and saying why.
#pragma once

#include "core/term/term.hpp"

namespace rsp {

/** Asks for the end of the program, which ends for this reason as if its top had. False: nobody runs one. */
using EndProgram = bool (*)(const Term& reason);

/** Whoever runs programs, before the first runs; for good. */
void set_end_program(EndProgram end);

bool end_program(const Term& reason);

}  // namespace rsp
