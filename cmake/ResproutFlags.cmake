# resprout_flags: how every translation unit of ours is compiled and linked (not what users of the library inherit).

add_library(resprout_flags INTERFACE)

target_compile_options(resprout_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wundef -Wcast-align -Wimplicit-fallthrough -Wvla
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor -Woverloaded-virtual -Wextra-semi>
  $<$<BOOL:${RESPROUT_WERROR}>:-Werror>)

# gcc 12 takes "text" + std::string for an overlapping copy (gcc bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(resprout_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)
endif()

# Frame pointers are for debuggers and profilers: three instructions a function, one in fourteen of what a message takes.
# What ships has none; the stacks of stuck code are unwound by the tables that exceptions use (core/env/stack_trace.hpp).
target_compile_options(resprout_flags INTERFACE $<$<NOT:$<CONFIG:Release>>:-fno-omit-frame-pointer>)

# Hardening. Fortify needs optimisation and gets in the way of sanitizers.
target_compile_options(resprout_flags INTERFACE -fstack-protector-strong)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|i.86)$")
  target_compile_options(resprout_flags INTERFACE -fcf-protection)
endif()
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  target_compile_options(resprout_flags INTERFACE -fstack-clash-protection)
  target_link_options(resprout_flags INTERFACE
    LINKER:-z,relro LINKER:-z,now LINKER:-z,noexecstack)
endif()

if(RESPROUT_SANITIZE)
  target_compile_options(resprout_flags INTERFACE
    "-fsanitize=${RESPROUT_SANITIZE}" -fno-sanitize-recover=all)
  if(RESPROUT_SANITIZE MATCHES "undefined")
    # In C any int may stand in an enumeration, and what comes through the C API is checked by reading it.
    target_compile_options(resprout_flags INTERFACE -fno-sanitize=enum)
  endif()
  target_link_options(resprout_flags INTERFACE "-fsanitize=${RESPROUT_SANITIZE}")
  # gcc says that its thread sanitizer does not model fences. We know: no fence of ours hands data over, and the
  # store-load handshakes that need one are proved by the explorer and the loom models.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(resprout_flags INTERFACE -Wno-tsan)
  endif()
else()
  target_compile_definitions(resprout_flags INTERFACE
    $<$<CONFIG:Release,RelWithDebInfo,MinSizeRel>:_FORTIFY_SOURCE=2>)
endif()

# The standard library's own checks, wherever the build is not the one that ships.
target_compile_definitions(resprout_flags INTERFACE $<$<NOT:$<CONFIG:Release>>:_GLIBCXX_ASSERTIONS>)
