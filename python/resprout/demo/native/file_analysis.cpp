#include "python/resprout/demo/native/file_analysis.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace rsp_demo {
namespace {

Outcome refusal(int error) noexcept {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return {Failure::FILE_VANISHED, 0, {}};
    case ELOOP:  // O_NOFOLLOW: a symbolic link has taken the place of the file
    case ENXIO:  // a socket has
      return {Failure::FILE_CHANGED, 0, {}};
    default:
      return {Failure::UNREADABLE, static_cast<std::uint64_t>(error), {}};
  }
}

}  // namespace

void FileAnalysis::begin(const char* path, std::uint64_t listed_size,
                         const Sha256Digest& listed_digest) noexcept {
  close();
  listed_size_ = listed_size;
  listed_digest_ = listed_digest;
  read_ = 0;
  digest_ = Sha256();
  text_ = TextAnalysis();
  outcome_ = Outcome();
  do {
    // O_NONBLOCK: opening a FIFO that has taken the place of the file must not wait for a writer.
    fd_ = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  } while (fd_ < 0 && errno == EINTR);
  open_error_ = fd_ < 0 ? errno : 0;
}

FileAnalysis::Step FileAnalysis::step(std::span<unsigned char> buffer) noexcept {
  if (fd_ < 0) {
    return end(refusal(open_error_));
  }
  if (read_ == 0) {
    struct stat status;
    if (fstat(fd_, &status) != 0) {
      return end(refusal(errno));
    }
    if (!S_ISREG(status.st_mode)) {
      return end({Failure::FILE_CHANGED, 0, {}});
    }
  }
  ssize_t got = 0;
  do {
    got = read(fd_, buffer.data(), buffer.size());
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    return end(refusal(errno));
  }
  if (got == 0) {
    return end_of_file();
  }
  const std::span<const unsigned char> chunk = buffer.first(static_cast<std::size_t>(got));
  read_ += chunk.size();
  if (read_ > listed_size_) {
    return end({Failure::FILE_CHANGED, 0, {}});
  }
  digest_.update(chunk);
  text_.update(chunk);
  return Step::MORE;
}

FileAnalysis::Step FileAnalysis::end_of_file() noexcept {
  if (read_ != listed_size_ || digest_.finish() != listed_digest_) {
    return end({Failure::FILE_CHANGED, 0, {}});
  }
  return end(text_.finish());
}

FileAnalysis::Step FileAnalysis::end(Outcome outcome) noexcept {
  close();
  outcome_ = outcome;
  return Step::DONE;
}

void FileAnalysis::close() noexcept {
  if (fd_ >= 0) {
    ::close(fd_);
    fd_ = -1;
  }
}

}  // namespace rsp_demo
