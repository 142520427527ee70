// Switches behind RSP_PLANTED_BUG.
#pragma once

#include "core/env/controlled/named.hpp"

namespace rsp::env::control {

class PlantedBugSwitch {
 public:
  explicit PlantedBugSwitch(const char* name) noexcept;
  [[nodiscard]] bool is_on() const noexcept { return on_; }
  [[nodiscard]] const char* name() const noexcept { return name_; }
  [[nodiscard]] PlantedBugSwitch* next() const noexcept { return next_; }
  void set(bool on) noexcept { on_ = on; }

 private:
  const char* name_;
  bool on_ = false;
  PlantedBugSwitch* next_;
};

template <Name NAME>
struct PlantedBug {
  static inline PlantedBugSwitch bug{NAME.text};
};

// The list of all planted bugs of the program, so that a test can require each one to be found.
[[nodiscard]] PlantedBugSwitch* first_planted_bug() noexcept;

// Switches the bug of that name on until the end of the scope. A name that is not planted aborts: a test of
// a bug that is no longer there would test nothing.
class PlantedBugScope {
 public:
  explicit PlantedBugScope(const char* name) noexcept;
  ~PlantedBugScope();
  PlantedBugScope(const PlantedBugScope&) = delete;
  PlantedBugScope& operator=(const PlantedBugScope&) = delete;

 private:
  PlantedBugSwitch* bug_;
};

}  // namespace rsp::env::control
