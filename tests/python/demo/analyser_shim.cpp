// The C door through which the tests reach the analyser without a runtime.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "python/resprout/demo/native/file_analysis.hpp"
#include "python/resprout/demo/native/text_analysis.hpp"

using rsp_demo::FileAnalysis;
using rsp_demo::Outcome;
using rsp_demo::Sha256;
using rsp_demo::Sha256Digest;
using rsp_demo::TextAnalysis;

extern "C" {

struct ShimOutcome {
  const char* failure;
  std::uint64_t detail;
  std::uint64_t lines;
  std::uint64_t words;
  std::uint64_t deepest;
  std::uint64_t characters;
};

static ShimOutcome shim_outcome(const Outcome& outcome) {
  return {rsp_demo::failure_name(outcome.failure).data(),
          outcome.detail,
          outcome.figures.lines,
          outcome.figures.words,
          outcome.figures.deepest,
          outcome.figures.characters};
}

// `chunk_bytes` 0: the whole text at once.
ShimOutcome shim_analyse(const unsigned char* text, std::size_t size, std::size_t chunk_bytes) {
  const std::span<const unsigned char> bytes(text, size);
  if (chunk_bytes == 0) {
    return shim_outcome(rsp_demo::analyse_text(bytes));
  }
  TextAnalysis analysis;
  for (std::size_t at = 0; at < size; at += chunk_bytes) {
    analysis.update(bytes.subspan(at, std::min(chunk_bytes, size - at)));
  }
  return shim_outcome(analysis.finish());
}

ShimOutcome shim_analyse_file(const char* path, std::uint64_t size, const unsigned char* digest,
                              std::size_t buffer_bytes) {
  Sha256Digest listed;
  std::copy_n(digest, listed.size(), listed.begin());
  std::vector<unsigned char> buffer(buffer_bytes);
  FileAnalysis analysis;
  analysis.begin(path, size, listed);
  while (analysis.step(buffer) == FileAnalysis::Step::MORE) {
  }
  return shim_outcome(analysis.outcome());
}

void shim_sha256(const unsigned char* text, std::size_t size, std::size_t chunk_bytes, unsigned char* out) {
  const std::span<const unsigned char> bytes(text, size);
  Sha256 sha256;
  for (std::size_t at = 0; at < size; at += chunk_bytes) {
    sha256.update(bytes.subspan(at, std::min(chunk_bytes, size - at)));
  }
  const Sha256Digest digest = sha256.finish();
  std::copy(digest.begin(), digest.end(), out);
}

bool shim_is_space(std::uint32_t code_point) { return rsp_demo::is_space(code_point); }

// The atom of the failure with this number, "none" past the last.
const char* shim_failure_name(std::uint32_t number) {
  return rsp_demo::failure_name(static_cast<rsp_demo::Failure>(number)).data();
}

}  // extern "C"
