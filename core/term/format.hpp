// Terms as readable text, in Erlang's notation where Erlang has one.
//
//   nil true 42 1.0e22 ok 'Quoted atom' <0.17.1> #Ref<0.3.2.1.0>
//   <<"bytes">> <<0,255>> "text" {a,b} [a,b] #{k => v}
//
// Pids read <node.index.serial>; refs read their words last first, as Erlang shows them. Control characters
// and the characters that reorder a line of text (U+202A to U+202E, U+2066 to U+2069) are escaped, so that a
// value from outside cannot forge a line of a log. Parts nested deeper than FORMAT_DEPTH read "...".
#pragma once

#include <cstddef>

#include "core/term/term.hpp"

namespace rsp {

inline constexpr unsigned FORMAT_DEPTH = 64;

/// Writes the text, cut at a whole character, and a zero byte into `capacity` bytes (nothing when 0) and
/// returns the length of the whole text, as snprintf does. Cost: the whole text, whatever the capacity.
size_t format(char* buffer, size_t capacity, TermBits term) noexcept;

/// Writes as much as fits, ending in "..." when that is not all, and returns the bytes written without the
/// closing zero. Cost: the capacity, whatever the term. For logs and reports.
size_t format_bounded(char* buffer, size_t capacity, TermBits term) noexcept;

}  // namespace rsp
