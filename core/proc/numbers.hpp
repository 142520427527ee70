// Numbers unique in the run: of references and of unlinks.
#pragma once

#include <cstdint>

namespace rsp {

/** A number that no other call has returned or will; never 0. Any thread; almost always without a shared
 * write. */
uint64_t next_number();

}  // namespace rsp
