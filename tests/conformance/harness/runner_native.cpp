// Real threads: each case on 1 and on 2 workers, or as many as the environment says.

#include "core/env/build.hpp"

#if defined(RSP_ENV_NATIVE)

#include <cstdlib>
#include <string>

#include "tests/conformance/harness/runner.hpp"

namespace conformance {

std::vector<uint32_t> worker_counts() {
  const char* const wanted = getenv("RESPROUT_TEST_WORKERS");
  const std::string text = wanted == nullptr || *wanted == '\0' ? "1,2" : wanted;
  std::vector<uint32_t> counts;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    counts.push_back(static_cast<uint32_t>(std::stoul(text.substr(begin, end - begin))));
    begin = end + 1;
  }
  return counts;
}

void run_as_test(const Case& a_case, uint32_t workers) { run_case(a_case, workers); }

}  // namespace conformance

#endif
