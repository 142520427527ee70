// Numbers for choosers that follow a seed. xorshift64*: a choice costs one number, so it is cheap before all.
#pragma once

#include <cstdint>

#include "core/env/controlled/engine.hpp"

namespace rsp::env::control {

class SeededRandom {
 public:
  explicit SeededRandom(uint64_t seed) noexcept
      : state_((seed + 0x9e3779b97f4a7c15u) * 0xbf58476d1ce4e5b9u | 1) {
    for (int i = 0; i < 4; ++i) next();
  }

  uint64_t next() noexcept {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545f4914f6cdd1du;
  }

  // 0 .. limit-1
  uint32_t below(uint32_t limit) noexcept { return static_cast<uint32_t>(((next() >> 32) * limit) >> 32); }

  // Never for n = 0.
  bool one_in(uint32_t n) noexcept { return n != 0 && below(n) == 0; }

  // One of `set`, which is not empty.
  uint32_t any_of(ThreadSet set) noexcept {
    for (uint32_t skip = below(count(set)); skip > 0; --skip) set &= set - 1;
    return lowest(set);
  }

 private:
  uint64_t state_;
};

}  // namespace rsp::env::control
