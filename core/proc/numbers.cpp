#include "core/proc/numbers.hpp"

#include "core/env/atomic.hpp"
#include "core/env/thread_locals.hpp"

namespace rsp {
namespace {

constexpr uint64_t BLOCK = 4096;

env::Atomic<uint64_t>& blocks() {
  static env::Atomic<uint64_t> next{1};
  return next;
}

}  // namespace

uint64_t next_number() {
  env::ThreadLocals* const locals = env::thread_locals();
  if (locals->number_next == locals->number_end) {
    locals->number_next = blocks().fetch_add(1, env::RELAXED) * BLOCK;
    locals->number_end = locals->number_next + BLOCK;
  }
  return locals->number_next++;
}

}  // namespace rsp
