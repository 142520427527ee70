// The two ways to run a case, of which a build has one: runner_native.cpp and runner_seeded.cpp.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/conformance/harness/case.hpp"

namespace conformance {

/// The seed chooses.
constexpr uint32_t ANY_WORKERS = 0;

/// A case is a test for each of these.
std::vector<uint32_t> worker_counts();

/// The body of such a test.
void run_as_test(const Case& a_case, uint32_t workers);

}  // namespace conformance
