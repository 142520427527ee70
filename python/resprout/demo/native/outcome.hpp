#pragma once
// What the analyser says of one file: figures, or the reason why it has none.
//
// The names of the failures are the atoms that an analyser exits with and the keys under which the report
// counts them; `resprout.demo.outcome.FailureKind` holds the same list, and a test compares the two.

#include <cstdint>
#include <string_view>

namespace rsp_demo {

// X(enumerator, atom, meaning of Outcome::detail)
#define RSP_DEMO_FAILURE_MAP(X)                                                       \
  X(EMPTY_FILE, "empty_file", "0")                                                    \
  X(BAD_ENCODING, "bad_encoding", "offset of the first byte of the sequence refused") \
  X(NUL_BYTE, "nul_byte", "offset of the first NUL")                                  \
  X(FILE_CHANGED, "file_changed", "0")                                                \
  X(FILE_VANISHED, "file_vanished", "0")                                              \
  X(UNREADABLE, "unreadable", "errno of the system call that failed")

enum class Failure : std::uint32_t {
  NONE,
#define RSP_DEMO_FAILURE_ENUMERATOR(name, atom, detail) name,
  RSP_DEMO_FAILURE_MAP(RSP_DEMO_FAILURE_ENUMERATOR)
#undef RSP_DEMO_FAILURE_ENUMERATOR
};

/// The atom of a failure; "none" for Failure::NONE.
constexpr std::string_view failure_name(Failure failure) noexcept {
  switch (failure) {
#define RSP_DEMO_FAILURE_CASE(name, atom, detail) \
  case Failure::name:                             \
    return atom;
    RSP_DEMO_FAILURE_MAP(RSP_DEMO_FAILURE_CASE)
#undef RSP_DEMO_FAILURE_CASE
    case Failure::NONE:
      break;
  }
  return "none";
}

/// Integers only, so that two implementations agree exactly or not at all. The average line length is
/// `characters / lines`, divided by whoever shows it.
struct Figures {
  std::uint64_t lines = 0;       ///< count of LF, plus 1 if the last byte is not LF
  std::uint64_t words = 0;       ///< maximal runs of characters that are not white space
  std::uint64_t deepest = 0;     ///< highest value of the bracket depth counter
  std::uint64_t characters = 0;  ///< code points that are not LF
};

struct Outcome {
  Failure failure = Failure::NONE;
  std::uint64_t detail = 0;  ///< see RSP_DEMO_FAILURE_MAP; 0 with Failure::NONE
  Figures figures;           ///< all zero unless failure is Failure::NONE
};

}  // namespace rsp_demo
