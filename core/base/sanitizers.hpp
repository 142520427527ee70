// Which sanitizer this build has: gcc says it by a macro, clang by a feature. For what one of them must be told, and for
// tests of what it brings along: an allocator and threads of its own, larger frames.
#pragma once

#if defined(__has_feature)
#define RSP_HAS_FEATURE(name) __has_feature(name)
#else
#define RSP_HAS_FEATURE(name) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || RSP_HAS_FEATURE(address_sanitizer)
#define RSP_ASAN 1
#else
#define RSP_ASAN 0
#endif

#if defined(__SANITIZE_THREAD__) || RSP_HAS_FEATURE(thread_sanitizer)
#define RSP_TSAN 1
#else
#define RSP_TSAN 0
#endif
