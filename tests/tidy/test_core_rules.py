"""The core has one source of time, randomness and concurrency, core/env, so that a simulation owns them."""

from __future__ import annotations

import re

from tidy.tree import Finding, Source, blank_comments, line_of, report, under

# What only core/env may name, and what to use instead.
FORBIDDEN = {
    r"std::(?:atomic|memory_order)\w*|\b__(?:atomic|sync)_\w+|#\s*include\s*<(?:atomic|stdatomic\.h)>": (
        "env::Atomic of core/env/atomic.hpp, which the explorer can interleave"
    ),
    r"std::(?:jthread|thread|async|this_thread)\b|#\s*include\s*<thread>|\bpthread_\w+": (
        "env::Thread of core/env/thread.hpp"
    ),
    r"std::(?:\w*mutex|condition_variable\w*|\w*lock(?:_guard)?|\w*semaphore|latch|barrier|future)\b": (
        "env::wait and env::wake_one of core/env/wait.hpp, or a lock-free structure of core/sync"
    ),
    r"std::chrono|\b(?:clock_gettime|gettimeofday|clock|time)\s*\(|\b__rdtsc\b": (
        "env::now_ns of core/env/clock.hpp"
    ),
    r"#\s*include\s*<random>|std::random_device|\b(?:rand|srand|random|getrandom|arc4random)\s*\(": (
        "env::random_u64 of core/env/random.hpp"
    ),
    r"\b(?:usleep|nanosleep|clock_nanosleep|sched_yield)\s*\(|::sleep\s*\(": "env::wait for the event",
    r"\bthread_local\b|\b__thread\b": "env::thread_locals: a cached address is wrong once a fiber has moved",
    r"\b(?:mmap|munmap|madvise)\s*\(": "env::map_pages of core/env/pages.hpp",
}
# The one door to moodycamel::ConcurrentQueue, which brings atomics of its own.
QUEUE_DOOR = "core/sync/native_inject_queue.hpp"
# User code's exceptions end, and are raised again, in the one place that calls it.
THROW = re.compile(r"\bthrow\b(?!\s*;)")  # passing on what a callback threw is no throw of ours
MAY_THROW = "core/proc/trampoline."


def check_environment(source: Source) -> list[Finding]:
    """Uses of what belongs to core/env."""
    text = blank_comments(source.text)
    return [
        Finding(source.path, line_of(text, match.start()), match.group().strip(), f"use {instead}")
        for pattern, instead in FORBIDDEN.items()
        for match in re.finditer(rf"(?<![\w.>])(?<!\w::)(?:{pattern})", text)
    ]


def core_code() -> list[Source]:
    """C++ of the core."""
    return [source for source in under("core/") if source.suffix in {".hpp", ".cpp"}]


def test_only_env_has_time_randomness_and_threads() -> None:
    """See FORBIDDEN."""
    findings = [
        finding
        for source in core_code()
        if not source.path.startswith("core/env/") and source.path != QUEUE_DOOR
        for finding in check_environment(source)
    ]
    assert not findings, report(findings)


def test_a_second_source_of_concurrency_is_found() -> None:
    """The check itself, on planted mistakes and on what only looks like one."""
    for line in (
        "std::atomic<int> count;",
        "#include <atomic>",
        "auto t = std::chrono::steady_clock::now();",
        "int r = rand();",
        "std::lock_guard guard(lock);",
        "thread_local int x;",
        "pthread_self();",
        "  ::usleep(10);",
    ):
        assert len(check_environment(Source("core/x.cpp", line))) == 1, line
    for line in (
        "// std::atomic is not for us",
        "env::Atomic<int> count;",
        "env::thread_locals();",
        "self.clock();",
        'log("time (ms)");',
        "deadline_time(3);",
    ):
        assert check_environment(Source("core/x.cpp", line)) == [], line


def test_the_queue_of_others_has_one_door() -> None:
    """moodycamel orders per producer thread, so it must not become a mailbox by accident."""
    findings = [
        Finding(source.path, line_of(source.text, match.start()), match.group(), f"include {QUEUE_DOOR}")
        for source in core_code()
        if source.path != QUEUE_DOOR
        for match in re.finditer(
            r"concurrentqueue\.h|moodycamel::", blank_comments(source.text, strings=False)
        )
    ]
    assert not findings, report(findings)


def test_core_does_not_throw() -> None:
    """Core code runs between frames of four languages: failures are results."""
    findings = [
        Finding(source.path, line_of(source.text, match.start()), "throw", "return an rsp_result")
        for source in core_code()
        if not source.path.startswith(MAY_THROW)
        for match in THROW.finditer(blank_comments(source.text))
    ]
    assert not findings, report(findings)


def test_headers_keep_their_names_to_themselves() -> None:
    """`using namespace` in a header changes what every file after it means."""
    findings = [
        Finding(source.path, line_of(source.text, match.start()), match.group(), "write the namespace out")
        for source in under("core/", "capi/", "python/")
        if source.suffix in {".h", ".hpp"}
        for match in re.finditer(r"\busing\s+namespace\b", blank_comments(source.text))
    ]
    assert not findings, report(findings)
