// Structs that a caller fills in: options, specifications, tables of callbacks. They grow with the library,
// so the caller's may be shorter than ours (compiled against an older header) or longer (against a newer
// one). Each is read through this file, and through nothing else.
//
// Rules:
//   1. It begins with `size_t size`, the caller's sizeof. A size that no header can have given is refused:
//      below that of the first release, above CALLER_STRUCT_MAX, or such that an array would be misaligned.
//   2. Members are appended, never moved. Zero is the default of each that the first release did not have.
//   3. Shorter than ours: what is missing is zero.
//   4. Longer than ours: accepted where all that we do not know is zero, which asks for nothing. Anything
//      else asks for what this library cannot do, and is refused rather than ignored.
//   5. In an array the first element's size is the step, and every element has it.
//   6. One that stands in another by value would move what follows, so it never grows: its size is exact, and
//      it ends in reserved words, as long as there are any, to which later releases give a meaning. Until then zero.
//   7. None ends in padding. An appended member would fall into it, where an older caller has garbage, and
//      the size would not tell.
//   8. One that is kept by its address is checked when it is handed over. A member that the first release did
//      not have is read only where `size` covers it.
//
// Rejected: a version number in place of a size (says nothing about an array's step), getters and setters
// on an opaque struct (an allocation and a line for each option, in every language), a pointer in place of
// rule 6 (one more variable for each child of a C program's first supervisor).
#pragma once

#include <cstddef>
#include <cstring>
#include <type_traits>

namespace rsp {

/** No struct will be longer: what a size above it says is that the struct was never filled in. */
inline constexpr size_t CALLER_STRUCT_MAX = 4096;

struct StructSizes {
  size_t first;  // of the first release
  size_t ours;
  size_t alignment;
};

/** Rules 1 and 4, of a struct of `size` bytes at `from`. */
[[nodiscard]] bool is_readable(const void* from, size_t size, const StructSizes& sizes) noexcept;

/** Rule 1 alone: of a struct that we fill in, and whose size the caller has set. */
[[nodiscard]] bool is_possible(size_t size, const StructSizes& sizes) noexcept;

/** Rule 3: `ours` bytes at `out`, from a struct that is_readable. */
void copy_known(void* out, const void* from, size_t size, size_t ours) noexcept;

/** What there is to know of a struct: a row of RSP_CALLER_STRUCT. */
template <class Struct>
struct CallerStruct;

/** `first_last` is the last member of the first release, `last` that of today. */
#define RSP_CALLER_STRUCT(Struct, first_last, last)                                                       \
  template <>                                                                                             \
  struct CallerStruct<Struct> {                                                                           \
    static constexpr StructSizes SIZES{offsetof(Struct, first_last) + sizeof(Struct::first_last),         \
                                       sizeof(Struct), alignof(Struct)};                                  \
    static_assert(offsetof(Struct, size) == 0 && std::is_trivially_copyable_v<Struct>);                   \
    static_assert(offsetof(Struct, last) + sizeof(Struct::last) == sizeof(Struct), "padding at the end"); \
    static_assert(SIZES.first % SIZES.alignment == 0, "the first release had padding at the end");        \
    static_assert(sizeof(Struct) <= CALLER_STRUCT_MAX);                                                   \
  }

template <class Struct>
[[nodiscard]] bool is_readable(const Struct& from) noexcept {
  // Nearly always, and cheap enough for each message.
  if (from.size == sizeof(Struct)) return true;
  return is_readable(&from, from.size, CallerStruct<Struct>::SIZES);
}

template <class Struct>
[[nodiscard]] bool is_writable(const Struct& out) noexcept {
  return is_possible(out.size, CallerStruct<Struct>::SIZES);
}

/** Ours, of the caller's. False: it is not readable. */
template <class Struct>
[[nodiscard]] bool read_struct(Struct* out, const Struct& from) noexcept {
  if (!is_readable(from)) return false;
  copy_known(out, &from, from.size, sizeof(Struct));
  out->size = sizeof(Struct);
  return true;
}

/** Fills in the caller's, which is_writable: as far as it goes, and zero where it goes further than ours. */
template <class Struct>
void write_struct(Struct* out, const Struct& value) noexcept {
  const size_t size = out->size;
  copy_known(out, &value, sizeof(Struct), size);
  out->size = size;
}

/** Rule 6. */
template <class Struct>
[[nodiscard]] bool is_readable_inside(const Struct& from) noexcept {
  if (from.size != sizeof(Struct)) return false;
  if constexpr (requires { from.reserved; }) {
    for (const auto word : from.reserved) {
      if (word != 0) return false;
    }
  }
  return true;
}

/** Rule 5: the elements of a caller's array, each as ours. */
template <class Struct>
class CallerArray {
 public:
  CallerArray(const Struct* first, size_t count) noexcept
      : first_(reinterpret_cast<const unsigned char*>(first)),
        step_(count == 0 || first == nullptr ? 0 : first->size),
        count_(count) {}

  [[nodiscard]] bool is_readable() const noexcept {
    if (count_ == 0) return true;
    if (first_ == nullptr || !is_possible(step_, CallerStruct<Struct>::SIZES)) return false;
    for (size_t i = 0; i < count_; ++i) {
      if (at(i).size != step_ || !rsp::is_readable(at(i))) return false;
    }
    return true;
  }

  size_t size() const noexcept { return count_; }

  /** Of an array that is_readable. */
  Struct operator[](size_t index) const noexcept {
    Struct element;
    copy_known(&element, &at(index), step_, sizeof(Struct));
    element.size = sizeof(Struct);
    return element;
  }

 private:
  const Struct& at(size_t index) const noexcept {
    return *reinterpret_cast<const Struct*>(first_ + index * step_);
  }

  const unsigned char* first_;
  size_t step_;
  size_t count_;
};

}  // namespace rsp
