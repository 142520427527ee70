#include "core/otp/backoff.hpp"

#include <algorithm>
#include <limits>

#include "core/otp/caller_structs.hpp"
#include "core/otp/child_spec.hpp"

namespace rsp {
namespace {

constexpr double NS_IN_MS = 1e6;

/** From 0 up to, and without, 1: what a double can tell apart there. */
double chance() { return static_cast<double>(env::random_u64() >> 11) * 0x1p-53; }

/** The field that makes no sense, or `undefined`. Not a number is less than nothing and more than nothing: so each
 * comparison asks for what is right. */
Atom wrong_field(const rsp_backoff& options) {
  if (options.min_ms == 0) return ATOM_MIN;
  if (options.max_ms < options.min_ms) return ATOM_MAX;
  if (!(options.factor >= 1 && options.factor <= std::numeric_limits<double>::max())) return ATOM_FACTOR;
  if (!(options.jitter >= 0 && options.jitter <= 1)) return ATOM_JITTER;
  return ATOM_UNDEFINED;
}

}  // namespace

void Backoff::reset() {
  delay_ms_ = static_cast<double>(options.min_ms);
  up_ns_ = NEVER;
}

void Backoff::down(uint64_t now_ns) {
  if (up_ns_ != NEVER && now_ns >= deadline_after_ms(up_ns_, options.reset_after_ms)) reset();
  up_ns_ = NEVER;
}

uint64_t Backoff::next(uint64_t now_ns) {
  number = next_number();
  const double all_ns = delay_ms_ * NS_IN_MS;
  const double ns = all_ns - all_ns * options.jitter * chance();
  delay_ms_ = std::min(delay_ms_ * options.factor, static_cast<double>(options.max_ms));
  const uint64_t most = NEVER - 1 - now_ns;
  return ns < static_cast<double>(most) ? now_ns + static_cast<uint64_t>(ns) : NEVER - 1;
}

rsp_result make_backoff(Backoff** out, Term* error, const rsp_backoff& from) {
  rsp_backoff options;
  if (!read_struct(&options, from)) return RSP_EINVAL;
  const Atom wrong = wrong_field(options);
  if (wrong.id != 0) return malformed(error, ATOM_INVALID_BACKOFF, wrong);
  if (options.reset_after_ms == 0) options.reset_after_ms = options.max_ms;
  *out = mem_new<Backoff>(options);
  return *out == nullptr ? RSP_ENOMEM : RSP_OK;
}

rsp_result describe(Term* out, const Backoff& backoff) {
  const rsp_backoff& options = backoff.options;
  const auto ms = [](uint64_t value) {
    constexpr uint64_t MOST = INT64_MAX;
    return TermBits::integer(static_cast<int64_t>(std::min(value, MOST)));
  };
  return make_map(out, {{ATOM_MIN, ms(options.min_ms)},
                        {ATOM_MAX, ms(options.max_ms)},
                        {ATOM_FACTOR, TermBits::real(options.factor)},
                        {ATOM_JITTER, TermBits::real(options.jitter)},
                        {ATOM_RESET_AFTER, ms(options.reset_after_ms)}});
}

}  // namespace rsp
