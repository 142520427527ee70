// A string literal as a template argument, so that a macro can stand for one object per name in the whole
// program, registered before main even if the code around it never runs.
#pragma once

#include <cstddef>

namespace rsp::env::control {

template <size_t N>
struct Name {
  char text[N];
  consteval Name(const char (&literal)[N]) noexcept : text{} {
    for (size_t i = 0; i < N; ++i) text[i] = literal[i];
  }
};

}  // namespace rsp::env::control
