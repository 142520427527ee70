#include "core/proc/report_text.hpp"

#include <cstring>
#include <string_view>

#include "core/term/format.hpp"

namespace rsp {
namespace {

/** So much of one value: a long one leaves room for those behind it. */
constexpr size_t MAX_VALUE = 1024;

class Text {
 public:
  explicit Text(std::span<char> out) : out_(out) {}

  void add(std::string_view text) {
    const size_t fits = std::min(text.size(), room());
    std::memcpy(out_.data() + length_, text.data(), fits);
    length_ += fits;
  }

  void add(TermBits value) {
    length_ += format_bounded(out_.data() + length_, std::min(room(), MAX_VALUE), value);
  }

  /** One byte is kept back for the end of the last line. */
  size_t room() const { return out_.size() - length_ - 1; }

  size_t close() {
    out_[length_++] = '\n';
    return length_;
  }

 private:
  std::span<char> out_;
  size_t length_ = 0;
};

bool says_something(TermBits value) {
  return !value.is_nil() && !value.is(ATOM_UNDEFINED) && !(value.kind() == Kind::LIST && value.size() == 0);
}

/** The name, the label or the pid of what it is about. */
TermBits subject(std::span<const TermPair> pairs) {
  for (const Atom key : {ATOM_SUPERVISOR, ATOM_REGISTERED_NAME, ATOM_PROCESS_LABEL, ATOM_PID}) {
    for (const TermPair& pair : pairs) {
      if (pair.key.is(key) && says_something(pair.value)) return pair.value;
    }
  }
  return TermBits::nil();
}

}  // namespace

size_t format_report(std::span<char> out, rsp_report_level level, std::span<const TermPair> pairs) {
  static constexpr std::string_view LEVELS[] = {"info", "notice", "warning", "error"};
  Text text(out);
  text.add("resprout ");
  text.add(LEVELS[level]);
  text.add(": ");
  text.add(pairs.front().value);
  const TermBits of = subject(pairs);
  if (!of.is_nil()) {
    text.add(" of ");
    text.add(of);
  }
  for (const TermPair& pair : pairs.subspan(1)) {
    if (!says_something(pair.value) || pair.value.is_same(of)) continue;
    text.add("\n    ");
    text.add(pair.key);
    text.add(": ");
    text.add(pair.value);
  }
  return text.close();
}

}  // namespace rsp
