// How often a supervisor may restart: more than `intensity` times within `period`, and it gives up
// (docs/semantics.md, S-SUP).
//
// A ring of the last intensity + 1 times: one comparison a restart, however many there were. The clock has
// nanoseconds; the comparison is inclusive, as in OTP: a restart exactly `period` ago still counts.
#pragma once

#include <cstdint>

#include "core/proc/api.hpp"

namespace rsp {

class RestartWindow {
 public:
  RestartWindow() = default;
  RestartWindow(const RestartWindow&) = delete;
  RestartWindow& operator=(const RestartWindow&) = delete;
  ~RestartWindow() { mem_free(times_); }

  static constexpr uint64_t MAX_INTENSITY = 1'000'000;

  /** False: no memory. An intensity above MAX_INTENSITY counts as that. */
  [[nodiscard]] bool open(uint64_t intensity, uint64_t period_ns) {
    intensity_ = intensity < MAX_INTENSITY ? intensity : MAX_INTENSITY;
    period_ns_ = period_ns;
    if (intensity_ == 0) return true;
    times_ = static_cast<uint64_t*>(mem_alloc(intensity_ * sizeof(uint64_t)));
    return times_ != nullptr;
  }

  /** Counts a restart at `now_ns`. False: it is one too many. */
  [[nodiscard]] bool add(uint64_t now_ns) {
    if (intensity_ == 0) return false;
    uint64_t& oldest = times_[next_];
    // The ring holds the last `intensity` restarts: this one is too many if the oldest of them is still in
    // the window.
    const bool too_many = count_ == intensity_ && now_ns - oldest <= period_ns_;
    oldest = now_ns;
    next_ = next_ + 1 == intensity_ ? 0 : next_ + 1;
    if (count_ < intensity_) ++count_;
    return !too_many;
  }

 private:
  uint64_t* times_ = nullptr;
  uint64_t intensity_ = 0;
  uint64_t period_ns_ = 0;
  uint64_t next_ = 0;
  uint64_t count_ = 0;
};

}  // namespace rsp
