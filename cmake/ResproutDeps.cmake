# The two libraries that are compiled into ours, and where their sources come from.
#
#   resprout_deps_queue   moodycamel::ConcurrentQueue, header only
#   resprout_deps_alloc   mimalloc's headers; its objects (resprout_mimalloc) go into resprout_core: override off,
#                         hidden, local-dynamic TLS
#
# mimalloc is never linked as a library. A shared libmimalloc overrides malloc or binds our mi_* to another copy in the
# same process (the Rust crate, another extension module): blocks then cross allocators and the process crashes.
# tools/check-library looks at every built library for traces of that.

find_package(Threads REQUIRED)

# Empty: not downloaded. Give a tag's tarball together with its hash to build from upstream's sources.
set(RESPROUT_QUEUE_URL "" CACHE STRING "Tarball of ConcurrentQueue")
set(RESPROUT_QUEUE_HASH "" CACHE STRING "SHA256=... of that tarball")
set(RESPROUT_MIMALLOC_URL "" CACHE STRING "Tarball of mimalloc")
set(RESPROUT_MIMALLOC_HASH "" CACHE STRING "SHA256=... of that tarball")
set(RESPROUT_MIMALLOC_SOURCE_DIR "" CACHE PATH "Unpacked mimalloc source")
set(RESPROUT_MIMALLOC_INCLUDE_DIR "" CACHE PATH "Headers of the mimalloc that the final link supplies")

# Sets <out> to the unpacked tarball, or to nothing. file(DOWNLOAD) and not FetchContent: without a network it gives
# up at once, where FetchContent retries for more than a minute.
function(resprout_download out name url hash)
  set(${out} "" PARENT_SCOPE)
  if(NOT RESPROUT_FETCH_DEPS OR NOT url)
    return()
  endif()
  if(NOT hash)
    message(FATAL_ERROR "${name}: a URL without its hash is not trusted; give SHA256=... too")
  endif()
  set(tar "${CMAKE_BINARY_DIR}/_deps/${name}.tar.gz")
  file(DOWNLOAD "${url}" "${tar}" EXPECTED_HASH "${hash}" INACTIVITY_TIMEOUT 15 STATUS status)
  list(GET status 0 code)
  if(NOT code EQUAL 0)
    message(STATUS "${name}: download failed: ${status}")
    return()
  endif()
  file(ARCHIVE_EXTRACT INPUT "${tar}" DESTINATION "${CMAKE_BINARY_DIR}/_deps/${name}")
  file(GLOB dirs LIST_DIRECTORIES true "${CMAKE_BINARY_DIR}/_deps/${name}/*")
  list(GET dirs 0 dir)
  set(${out} "${dir}" PARENT_SCOPE)
endfunction()

# ---- ConcurrentQueue -------------------------------------------------------------------------------------------
# Debian, upstream's install and the tarball put the header in three different places.
find_path(RESPROUT_QUEUE_INCLUDE_DIR concurrentqueue.h
  PATH_SUFFIXES concurrentqueue/moodycamel concurrentqueue moodycamel)
if(NOT RESPROUT_QUEUE_INCLUDE_DIR)
  resprout_download(dir concurrentqueue "${RESPROUT_QUEUE_URL}" "${RESPROUT_QUEUE_HASH}")
  if(NOT dir)
    message(FATAL_ERROR "ConcurrentQueue not found: run tools/setup, or install libconcurrentqueue-dev, or set "
      "RESPROUT_QUEUE_INCLUDE_DIR to the directory of concurrentqueue.h")
  endif()
  set(RESPROUT_QUEUE_INCLUDE_DIR "${dir}" CACHE PATH "Directory of concurrentqueue.h" FORCE)
endif()
add_library(resprout_deps_queue INTERFACE)
target_include_directories(resprout_deps_queue SYSTEM INTERFACE "${RESPROUT_QUEUE_INCLUDE_DIR}")

# ---- mimalloc --------------------------------------------------------------------------------------------------
add_library(resprout_deps_alloc INTERFACE)
if(RESPROUT_ALLOCATOR STREQUAL "external")
  target_include_directories(resprout_deps_alloc SYSTEM INTERFACE "${RESPROUT_MIMALLOC_INCLUDE_DIR}")
elseif(RESPROUT_ALLOCATOR STREQUAL "mimalloc")
  # The given directory, then what tools/fetch-mimalloc unpacked, then the pinned tarball, then the fetch itself.
  set(dir "${RESPROUT_MIMALLOC_SOURCE_DIR}")
  set(fetched "${PROJECT_SOURCE_DIR}/.deps/mimalloc")
  if(NOT dir AND EXISTS "${fetched}/src/static.c")
    set(dir "${fetched}")
  endif()
  if(NOT dir)
    resprout_download(dir mimalloc "${RESPROUT_MIMALLOC_URL}" "${RESPROUT_MIMALLOC_HASH}")
  endif()
  if(NOT dir AND RESPROUT_FETCH_DEPS)
    execute_process(COMMAND "${PROJECT_SOURCE_DIR}/tools/fetch-mimalloc" RESULT_VARIABLE failed)
    if(NOT failed)
      set(dir "${fetched}")
    endif()
  endif()
  if(NOT EXISTS "${dir}/src/static.c")
    message(FATAL_ERROR "mimalloc's source not found: run tools/fetch-mimalloc, or set RESPROUT_MIMALLOC_SOURCE_DIR "
      "to its unpacked source, or RESPROUT_ALLOCATOR=system")
  endif()
  add_library(resprout_mimalloc OBJECT "${dir}/src/static.c")  # this one file is the whole library
  target_include_directories(resprout_mimalloc SYSTEM PRIVATE "${dir}/include" "${dir}/src")
  target_compile_definitions(resprout_mimalloc PRIVATE MI_BUILD_RELEASE NDEBUG)
  target_compile_options(resprout_mimalloc PRIVATE -w -O2 -ftls-model=local-dynamic)
  target_include_directories(resprout_deps_alloc SYSTEM INTERFACE "${dir}/include")
endif()
if(NOT RESPROUT_ALLOCATOR STREQUAL "system")
  target_compile_definitions(resprout_deps_alloc INTERFACE RESPROUT_USE_MIMALLOC=1)
endif()
