"""Progress, table and machine line."""

from __future__ import annotations

import importlib.util
import io
import re
from dataclasses import replace

import pytest

from resprout.demo import report
from resprout.demo.corpus import SkipReason
from resprout.demo.outcome import Failure, FailureKind, Figures
from resprout.demo.report import Intensity, Status, Summary

SUMMARY = Summary(
    files=1203,
    results=1200,
    failures={FailureKind.EMPTY_FILE: 1, FailureKind.BAD_ENCODING: 2},
    skipped={SkipReason.SYMLINK: 4, SkipReason.COMPRESSED: 38},
    restarts=3,
    lost=0,
    mismatches=0,
    total_bytes=50_200_000,
    elapsed_s=2.0,
    intensity=Intensity(100, 5.0, "every bad file ends one worker [by design]"),
    recoveries_ns=(1_000_000, 2_000_000, 30_000),
    verified=True,
    known=203,
    known_bytes=10_000_000,
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_machine_line_has_every_count() -> None:
    assert SUMMARY.machine_line == (
        "files=1203 results=1200 failed=3 skipped=42 restarts=3 lost=0 mismatches=0"
    )


@pytest.mark.parametrize(("lost", "mismatches", "status"), [(0, 0, 0), (1, 0, 1), (0, 1, 1), (300, 256, 1)])
def test_the_exit_status_is_1_if_anything_is_lost_or_differs(lost: int, mismatches: int, status: int) -> None:
    assert replace(SUMMARY, lost=lost, mismatches=mismatches).exit_status == status


def test_the_plain_table_shows_every_figure_and_ends_in_the_machine_line() -> None:
    stream = io.StringIO()
    report.write_summary(stream, SUMMARY)
    *table, last = stream.getvalue().splitlines()
    assert last == SUMMARY.machine_line
    assert [tuple(re.split(r"(?<=\S)  +", line, maxsplit=1)) for line in table] == [
        ("files", "1,203 (50.2 MB)"),
        ("  known from the store", "203"),
        ("results", "1,200"),
        ("failed", "3"),
        ("  bad encoding", "2"),
        ("  empty file", "1"),
        ("skipped", "42"),
        ("  compressed (.gz)", "38"),
        ("  symbolic link", "4"),
        ("restarts", "3"),
        ("  intensity", "100 in 5 s"),
        ("  because", "every bad file ends one worker [by design]"),
        ("recovery time, median", "1 ms"),
        ("recovery time, p99", "2 ms"),
        ("throughput", "20.1 MB/s, 500 files/s, 2.00 s"),
        ("lost", "0"),
        ("mismatches", "0"),
    ]


def test_what_was_not_measured_is_not_shown_as_a_figure() -> None:
    rows = dict(replace(SUMMARY, recoveries_ns=(), verified=False, elapsed_s=0.0).rows())
    assert rows["recovery time, median"] == rows["recovery time, p99"] == "- (no restart)"
    assert rows["mismatches"] == "not compared (--verify does)"
    assert rows["throughput"] == "-"


def test_a_terminal_gets_a_drawn_table_and_the_machine_line_unfolded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    report.write_summary(terminal, SUMMARY)
    lines = terminal.getvalue().splitlines()
    assert lines[-1] == SUMMARY.machine_line
    assert lines[0].startswith("┌")
    assert "[by" in terminal.getvalue()  # square brackets are text, not markup


def test_without_rich_a_terminal_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    assert report.draws_with_rich(Terminal())
    assert not report.draws_with_rich(io.StringIO())
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert not report.draws_with_rich(Terminal())


def test_plain_progress_writes_a_line_a_second_and_one_at_the_end() -> None:
    stream, clock = io.StringIO(), Clock()
    with report.progress(stream, files=100, total_bytes=100_000_000, clock=clock) as update:
        for done in range(1, 26):
            clock.now += 0.125
            update(Status(done, done // 8, 0, done * 1_000_000))
    assert stream.getvalue().splitlines() == [
        "8/100 files, 1 failed, 0 restarts, 8.0 MB/s",
        "16/100 files, 2 failed, 0 restarts, 8.0 MB/s",
        "24/100 files, 3 failed, 0 restarts, 8.0 MB/s",
        "25/100 files, 3 failed, 0 restarts, 8.0 MB/s",
    ]


def test_a_counter_writes_a_line_a_second_and_one_at_the_end() -> None:
    stream, clock = io.StringIO(), Clock()
    count = report.counter(stream, "verified", 9, clock)
    for done in range(1, 10):
        clock.now += 0.25
        count(done)
    assert stream.getvalue().splitlines() == [f"verified {done}/9 files" for done in (4, 8, 9)]


def test_plain_progress_does_not_repeat_its_last_line() -> None:
    stream, clock = io.StringIO(), Clock()
    with report.progress(stream, files=1, total_bytes=1, clock=clock) as update:
        clock.now = 2.0
        update(Status(1, 0, 0, 1))
    assert len(stream.getvalue().splitlines()) == 1


def test_plain_progress_ends_its_last_line_when_the_run_is_broken_off() -> None:
    stream = io.StringIO()

    def break_off() -> None:
        with report.progress(stream, files=9, total_bytes=9, clock=Clock()) as update:
            update(Status(4, 0, 2, 4))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        break_off()
    assert stream.getvalue() == "4/9 files, 0 failed, 2 restarts, 0.0 MB/s\n"


def test_a_terminal_gets_a_bar_with_the_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "150")
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    with report.progress(terminal, files=20, total_bytes=1000) as update:
        update(Status(20, 3, 2, 1000))
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", terminal.getvalue())
    assert "20/20 files" in shown
    assert "3 failed, 2 restarts" in shown


@pytest.mark.parametrize(
    ("values", "median", "p99"),
    [
        ([], None, None),
        ([5], 5, 5),
        ([3, 1], 2, 3),
        (list(range(1, 101)), 50.5, 99),
        (list(range(1, 201)), 100.5, 198),
        (list(range(50, 0, -1)), 25.5, 50),
    ],
)
def test_median_and_nearest_rank(values: list[int], median: float | None, p99: int | None) -> None:
    assert report.median_ns(values) == median
    assert report.percentile_ns(values, 99) == p99


def test_recovery_times_are_shown_in_the_unit_that_fits() -> None:
    shown = []
    for value in (999, 1_500, 2_340_000, 1_200_000_000):
        rows = dict(replace(SUMMARY, recoveries_ns=(value,)).rows())
        shown.append(rows["recovery time, median"])
    assert shown == ["999 ns", "1.5 us", "2.34 ms", "1.2 s"]


def test_failures_are_said_in_words() -> None:
    assert str(Failure(FailureKind.EMPTY_FILE)) == "empty file"
    assert str(Failure(FailureKind.NUL_BYTE, 3)) == "nul byte at byte 3"
    assert str(Failure(FailureKind.UNREADABLE, 13)) == "unreadable: Permission denied"
    assert Figures(4, 0, 0, 10).average_line_length == 2.5
