// Counters behind RSP_SOMETIMES. One OS thread, so plain integers.
#pragma once

#include <cstdint>
#include <string>

#include "core/env/controlled/named.hpp"

namespace rsp::env::control {

class SometimesCounter {
 public:
  explicit SometimesCounter(const char* name) noexcept;
  void hit() noexcept { ++hits_; }
  [[nodiscard]] const char* name() const noexcept { return name_; }
  [[nodiscard]] uint64_t hits() const noexcept { return hits_; }
  [[nodiscard]] const SometimesCounter* next() const noexcept { return next_; }

 private:
  const char* name_;
  uint64_t hits_ = 0;
  SometimesCounter* next_;
};

template <Name NAME>
struct Sometimes {
  static inline SometimesCounter counter{NAME.text};
};

// All counters of the program, in no particular order; null when there is none.
[[nodiscard]] const SometimesCounter* first_sometimes_counter() noexcept;

// How often the branch was reached; 0 also for a name that is nowhere in the program.
[[nodiscard]] uint64_t sometimes_hits(const char* name) noexcept;

// One line a counter, sorted by name: "  12 wake during park".
[[nodiscard]] std::string sometimes_report();

}  // namespace rsp::env::control
