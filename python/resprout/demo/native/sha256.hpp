#pragma once
// SHA-256 (FIPS 180-4) of bytes that arrive in chunks.
//
// The analyser compares it with the digest taken when the files were listed, so that a file that has changed
// since is a failure and never a result of other bytes. It guards against accidents, not against forgers.
//
// Thread: a Sha256 belongs to one thread at a time. Memory: none is allocated.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace rsp_demo {

using Sha256Digest = std::array<unsigned char, 32>;

class Sha256 {
 public:
  void update(std::span<const unsigned char> chunk) noexcept;

  /// The digest of all bytes taken. Call it once; `update` after it is a fault of the caller.
  Sha256Digest finish() noexcept;

 private:
  void compress(const unsigned char* block) noexcept;

  std::array<std::uint32_t, 8> state_ = {0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
                                         0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19};
  std::array<unsigned char, 64> block_{};
  std::size_t filled_ = 0;  // bytes of block_ in use: always below 64 between two calls
  std::uint64_t bytes_ = 0;
};

}  // namespace rsp_demo
