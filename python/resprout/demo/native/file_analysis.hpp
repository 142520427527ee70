#pragma once
// The analysis of one listed file, a step at a time.
//
// Thread: a FileAnalysis belongs to one thread at a time. It allocates nothing; the buffer is the caller's.
//
// States: idle --begin--> open --step (MORE)*--> open --step (DONE)--> idle, with the outcome in place.
// `begin` on an open analysis gives the former file up.
//
// 1. The bytes analysed are the bytes that were listed: another size or digest, a symbolic link or anything
//    but a regular file in its place is FILE_CHANGED, whatever the bytes say. A file that is not there is
//    FILE_VANISHED, every other refusal of the system UNREADABLE with errno.
// 2. A step reads at most one buffer, so that its caller can go back to its mailbox between two steps.
// 3. A file that grows while it is read ends at the first byte beyond its listed size.
//
// Rejected: mmap, because a file cut short meanwhile would be a SIGBUS in a program that never asked for it.

#include <cstdint>
#include <span>

#include "python/resprout/demo/native/outcome.hpp"
#include "python/resprout/demo/native/sha256.hpp"
#include "python/resprout/demo/native/text_analysis.hpp"

namespace rsp_demo {

class FileAnalysis {
 public:
  enum class Step : std::uint8_t { MORE, DONE };

  FileAnalysis() noexcept = default;
  FileAnalysis(const FileAnalysis&) = delete;
  FileAnalysis& operator=(const FileAnalysis&) = delete;
  ~FileAnalysis() { close(); }

  /// Opens the file. What is wrong with it shows in the first step.
  void begin(const char* path, std::uint64_t listed_size, const Sha256Digest& listed_digest) noexcept;

  /// Reads and analyses up to `buffer.size()` bytes (at least 1).
  [[nodiscard]] Step step(std::span<unsigned char> buffer) noexcept;

  /// Valid after a step has answered DONE, until the next `begin`.
  const Outcome& outcome() const noexcept { return outcome_; }

 private:
  Step end(Outcome outcome) noexcept;
  Step end_of_file() noexcept;
  void close() noexcept;

  int fd_ = -1;
  int open_error_ = 0;
  std::uint64_t listed_size_ = 0;
  std::uint64_t read_ = 0;
  Sha256Digest listed_digest_{};
  Sha256 digest_;
  TextAnalysis text_;
  Outcome outcome_;
};

}  // namespace rsp_demo
