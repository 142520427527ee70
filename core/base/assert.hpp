// Assertions: a broken invariant of the library ends the OS process with a report.
//
// Misuse by a caller is an rsp_result and the death of a process is an exit reason; what comes here is
// neither: it is a defect of resprout itself (or memory that somebody else has damaged), and going on would
// spread it.
//
// RSP_ASSERT        always on; for checks that cost a compare or two.
// RSP_DEBUG_ASSERT  on unless NDEBUG; for checks that walk a structure or sit in the innermost loops.
// RSP_UNREACHABLE   a place no legal state leads to.
//
// One condition per assertion, so that the report names the one that broke. Any thread may call; nothing is
// allocated and no lock is taken, so an assertion may fire inside the allocator or on a damaged heap.
#pragma once

namespace rsp {

/// Writes "file:line: message" to standard error and aborts.
[[noreturn]] void assert_failed(const char* file, int line, const char* what) noexcept;

}  // namespace rsp

#define RSP_ASSERT(condition) \
  (__builtin_expect(!(condition), 0) ? ::rsp::assert_failed(__FILE__, __LINE__, #condition) : (void)0)

#ifdef NDEBUG
// Still compiled, so that it cannot rot; never evaluated.
#define RSP_DEBUG_ASSERT(condition) ((void)sizeof(!(condition)))
#else
#define RSP_DEBUG_ASSERT(condition) RSP_ASSERT(condition)
#endif

#define RSP_UNREACHABLE(message) ::rsp::assert_failed(__FILE__, __LINE__, "unreachable: " message)
