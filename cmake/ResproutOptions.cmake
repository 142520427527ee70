# The choices of a build, checked here once.

option(BUILD_SHARED_LIBS "Build libresprout.so (OFF: static archives, as the Rust crate does)" ON)

set(RESPROUT_ENV native CACHE STRING "native: real threads and time; sim: seeded, virtual time; explore: all interleavings")
set_property(CACHE RESPROUT_ENV PROPERTY STRINGS native sim explore)
if(NOT RESPROUT_ENV MATCHES "^(native|sim|explore)$")
  message(FATAL_ERROR "RESPROUT_ENV is '${RESPROUT_ENV}': choose native, sim or explore")
endif()

set(RESPROUT_SANITIZE "" CACHE STRING "Comma-separated sanitizers, as after -fsanitize= (empty: none)")

# Sanitizers and the simulations must see each block: mimalloc would hide blocks from them.
set(default_allocator mimalloc)
if(RESPROUT_SANITIZE OR NOT RESPROUT_ENV STREQUAL "native")
  set(default_allocator system)
endif()
set(RESPROUT_ALLOCATOR ${default_allocator} CACHE STRING
    "mimalloc: compiled in and hidden; system: malloc; external: the final link supplies mi_* (Cargo)")
set_property(CACHE RESPROUT_ALLOCATOR PROPERTY STRINGS mimalloc system external)
if(NOT RESPROUT_ALLOCATOR MATCHES "^(mimalloc|system|external)$")
  message(FATAL_ERROR "RESPROUT_ALLOCATOR is '${RESPROUT_ALLOCATOR}': choose mimalloc, system or external")
endif()
if(RESPROUT_ALLOCATOR STREQUAL "external" AND BUILD_SHARED_LIBS)
  message(FATAL_ERROR "RESPROUT_ALLOCATOR=external leaves mi_* to the final link: set BUILD_SHARED_LIBS=OFF")
endif()
if(RESPROUT_ALLOCATOR STREQUAL "mimalloc" AND RESPROUT_SANITIZE)
  message(FATAL_ERROR "mimalloc hides blocks from sanitizers: set RESPROUT_ALLOCATOR=system")
endif()

option(RESPROUT_BUILD_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(RESPROUT_BUILD_PYTHON "Build the Python extension module (pip does it through pyproject.toml)" OFF)
option(RESPROUT_FETCH_DEPS "Fetch missing dependencies while configuring" ${PROJECT_IS_TOP_LEVEL})
option(RESPROUT_UNITY "Compile most files in a few groups, in a fifth of the time" ON)
option(RESPROUT_WERROR "Treat warnings as errors" OFF)
option(RESPROUT_FAULT_INJECTION "Compile in the hook that makes allocations fail (tests only)" OFF)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug, Release, RelWithDebInfo or MinSizeRel" FORCE)
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(RESPROUT_CCACHE ccache)
if(RESPROUT_CCACHE AND PROJECT_IS_TOP_LEVEL AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Paths below the project count as relative: a second clone finds what the first one has compiled. The sloppiness
  # is what ccache asks for before it caches what includes a precompiled header.
  set(launcher "${CMAKE_COMMAND}" -E env "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}" CCACHE_NOHASHDIR=1
    CCACHE_SLOPPINESS=pch_defines,time_macros "${RESPROUT_CCACHE}")
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()
