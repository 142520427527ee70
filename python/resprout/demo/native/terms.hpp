#pragma once
// Terms that free themselves, over the table that a native child receives.
//
// Thread: as the terms themselves, any; the table is set by each entry of the library, always to the same
// value. A failure of the runtime (no memory, a term of another shape than agreed on) is an exception: it
// leaves the callback and becomes the reason that the process ends with.

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

#include "resprout/api.h"

namespace rsp_demo {

/// The functions of the runtime.
const rsp_api& rsp() noexcept;
void set_table(const rsp_api* table) noexcept;

/// Throws what `result` means, unless it is RSP_OK or RSP_EXITING: a process that ends has nothing more to
/// do.
void expect(rsp_result result);

/// Owns one reference to a term.
class Term {
 public:
  explicit Term(rsp_term term) noexcept : term_(term) {}
  Term(const Term&) = delete;
  Term& operator=(const Term&) = delete;
  ~Term() { rsp().term_free(term_); }

  rsp_term get() const noexcept { return term_; }

 private:
  rsp_term term_;
};

rsp_atom atom(std::string_view text);

/// Immediate terms: they hold no memory.
rsp_term word(std::string_view text);
rsp_term integer(std::uint64_t value);

Term binary(std::string_view bytes);
Term tuple(std::initializer_list<rsp_term> elements);
Term list(std::span<const rsp_term> elements);

/// Readers of what a message holds; what they return lives as long as the message.
rsp_term element(rsp_term tuple, std::size_t index);
std::int64_t to_integer(rsp_term term);
std::string_view to_bytes(rsp_term term);
bool is_tagged(rsp_term term, rsp_atom tag, std::size_t size);

}  // namespace rsp_demo
