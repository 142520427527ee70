// Identities: processes, references and atoms. Values, compared and copied as numbers are; never freed.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "resprout/exception.hpp"
#include "resprout/ids.h"

namespace resprout {

/** A process. Names one incarnation of it for ever; of a dead one it is harmless. Thread: any. */
class pid {
 public:
  /** No process. */
  pid() noexcept : raw_{0, 0, 0} {}
  explicit pid(rsp_pid raw) noexcept : raw_(raw) {}

  /** Whether it names a process, dead or alive. */
  explicit operator bool() const noexcept { return raw_.id != 0; }
  rsp_pid raw() const noexcept { return raw_; }
  std::string to_string() const { return *this ? detail::show(rsp_term_pid(raw_)) : "(no process)"; }

  friend bool operator==(const pid& a, const pid& b) noexcept {
    return a.raw_.id == b.raw_.id && a.raw_.node == b.raw_.node && a.raw_.creation == b.raw_.creation;
  }
  friend bool operator!=(const pid& a, const pid& b) noexcept { return !(a == b); }
  friend bool operator<(const pid& a, const pid& b) noexcept {
    if (a.raw_.node != b.raw_.node) return a.raw_.node < b.raw_.node;
    if (a.raw_.creation != b.raw_.creation) return a.raw_.creation < b.raw_.creation;
    return a.raw_.id < b.raw_.id;
  }

 private:
  rsp_pid raw_;
};

/** A reference: a monitor, an alias, a timer, a request, a registration. Unique in the run. Thread: any. */
class ref {
 public:
  /** No reference. */
  ref() noexcept : raw_{0, 0, {0, 0, 0, 0, 0}, 0} {}
  explicit ref(const rsp_ref& raw) noexcept : raw_(raw) {}

  explicit operator bool() const noexcept { return raw_.len != 0; }
  const rsp_ref& raw() const noexcept { return raw_; }

  friend bool operator==(const ref& a, const ref& b) noexcept {
    if (a.raw_.len != b.raw_.len || a.raw_.node != b.raw_.node || a.raw_.creation != b.raw_.creation)
      return false;
    for (uint32_t i = 0; i < a.raw_.len; ++i) {
      if (a.raw_.words[i] != b.raw_.words[i]) return false;
    }
    return true;
  }
  friend bool operator!=(const ref& a, const ref& b) noexcept { return !(a == b); }

 private:
  rsp_ref raw_;
};

/** An atom: a word known to the whole OS process. They are never freed, and there can be 1,048,576: make them from words
 * of your program, not from input. Thread: any. */
class atom {
 public:
  /** `undefined`, which is never a name. */
  atom() noexcept : raw_{0} {}
  explicit atom(rsp_atom raw) noexcept : raw_(raw) {}
  /** The atom of this text, made if there is none. Throws Error: it is not UTF-8, or has more than 255 characters. */
  atom(std::string_view text)  // NOLINT(google-explicit-constructor): a name is written as its text
      : atom(try_from(text).value()) {}
  atom(const char* text) : atom(std::string_view(text)) {}  // NOLINT(google-explicit-constructor): the same
  // NOLINTNEXTLINE(google-explicit-constructor): the same
  atom(const std::string& text) : atom(std::string_view(text)) {}

  static result<atom> try_from(std::string_view text) {
    rsp_atom raw{0};
    const rsp_result code = rsp_atom_intern(&raw, text.data(), text.size());
    if (code != RSP_OK) return Err{code};
    return Ok{atom(raw)};
  }

  std::string_view text() const noexcept {
    const char* text = "";
    size_t length = 0;
    detail::ignore(rsp_atom_name(&text, &length, raw_));
    return std::string_view(text, length);
  }
  std::string to_string() const { return std::string(text()); }
  rsp_atom raw() const noexcept { return raw_; }
  explicit operator bool() const noexcept { return raw_.id != 0; }

  friend bool operator==(const atom& a, const atom& b) noexcept { return a.raw_.id == b.raw_.id; }
  friend bool operator!=(const atom& a, const atom& b) noexcept { return !(a == b); }
  friend bool operator<(const atom& a, const atom& b) noexcept { return a.text() < b.text(); }

 private:
  rsp_atom raw_;
};

namespace detail {
/** As the C API takes them. */
inline std::vector<rsp_atom> raw_atoms(const std::vector<atom>& atoms) {
  std::vector<rsp_atom> raw;
  raw.reserve(atoms.size());
  for (const atom& each : atoms) raw.push_back(each.raw());
  return raw;
}
}  // namespace detail

namespace literals {
/** `"shutdown"_atom` */
inline atom operator""_atom(const char* text, size_t length) { return atom(std::string_view(text, length)); }
}  // namespace literals

}  // namespace resprout

template <>
struct std::hash<resprout::pid> {
  size_t operator()(const resprout::pid& pid) const noexcept { return std::hash<uint64_t>()(pid.raw().id); }
};

template <>
struct std::hash<resprout::atom> {
  size_t operator()(const resprout::atom& atom) const noexcept {
    return std::hash<uint32_t>()(atom.raw().id);
  }
};
