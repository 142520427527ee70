#include "core/proc/program.hpp"

#include "core/env/atomic.hpp"

namespace rsp {
namespace {

constinit env::Atomic<EndProgram> g_end{nullptr};

}  // namespace

// Release: pairs with end_program. Who finds the function finds what it relies on.
void set_end_program(EndProgram end) { g_end.store(end, env::RELEASE); }

bool end_program(const Term& reason) {
  const EndProgram end = g_end.load(env::ACQUIRE);  // pairs with set_end_program
  return end != nullptr && end(reason);
}

}  // namespace rsp
