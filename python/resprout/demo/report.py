"""What the demo shows: progress while it runs, then a table, then one line for machines.

On a terminal rich draws it, where it is installed; into a pipe, and without rich, go plain lines.
"""

from __future__ import annotations

import importlib.util
import math
import statistics
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from resprout.demo.corpus import SkipReason
    from resprout.demo.outcome import FailureKind

_PLAIN_INTERVAL_S = 1.0


@dataclass(frozen=True)
class Intensity:
    """The restart intensity of a run.

    Attributes:
        restarts: Restarts allowed within the period.
        period_s: The period in seconds.
        reason: Why these were chosen, in one sentence.
    """

    restarts: int
    period_s: float
    reason: str


@dataclass(frozen=True)
class Status:
    """How far a run is.

    Attributes:
        done: Files with figures or a failure.
        failed: Those of them with a failure.
        restarts: Restarts so far.
        bytes_done: The sizes of the files done.
    """

    done: int
    failed: int
    restarts: int
    bytes_done: int


@dataclass(frozen=True)
class Summary:
    """A run that has ended.

    Attributes:
        files: Files listed.
        results: Files with figures.
        failures: Files without, by reason.
        skipped: Directory entries left out, by reason.
        restarts: Restarts made by all supervisors.
        lost: Files without any answer.
        mismatches: Files that differ from plain Python; 0 if nothing was compared.
        total_bytes: The sizes of all files listed.
        elapsed_s: Seconds from the first file handed out to the last answer kept; 0 if all was known.
        recoveries_ns: For each restart the time from the death to the new process.
        intensity: The restart intensity in use.
        verified: Whether the answers were compared with plain Python.
        known: Files that the store knew before the run.
        known_bytes: The sizes of these.
        poison: The type of the files that nobody could take; None: there was none.
        given_up: How many of them have no outcome for that.
        cause: Why nobody could take them.
    """

    files: int
    results: int
    failures: Mapping[FailureKind, int]
    skipped: Mapping[SkipReason, int]
    restarts: int
    lost: int
    mismatches: int
    total_bytes: int
    elapsed_s: float
    intensity: Intensity
    recoveries_ns: Sequence[int] = field(default=())
    verified: bool = False
    known: int = 0
    known_bytes: int = 0
    poison: str | None = None
    given_up: int = 0
    cause: str = ""

    @property
    def failed(self) -> int:
        """The number of files with a failure."""
        return sum(self.failures.values())

    @property
    def exit_status(self) -> int:
        """0, or 1 if a file was lost or differs."""
        return 1 if self.lost or self.mismatches else 0

    @property
    def machine_line(self) -> str:
        """The last line of the output."""
        return (
            f"files={self.files} results={self.results} failed={self.failed} "
            f"skipped={sum(self.skipped.values())} restarts={self.restarts} "
            f"lost={self.lost} mismatches={self.mismatches}"
            + ("" if self.poison is None else f" given_up={self.given_up}")
        )

    def rows(self) -> list[tuple[str, str]]:
        """The table: label and value; an empty value makes a heading."""
        table = [
            ("files", f"{self.files:,} ({_megabytes(self.total_bytes)})"),
            ("  known from the store", f"{self.known:,}"),
            ("results", f"{self.results:,}"),
            ("failed", f"{self.failed:,}"),
        ]
        table += [
            (f"  {kind.value.replace('_', ' ')}", f"{n:,}") for kind, n in _largest_first(self.failures)
        ]
        if self.poison is not None:
            table += [("given up", f"{self.given_up:,} (*{self.poison})"), ("  cause", self.cause)]
        table.append(("skipped", f"{sum(self.skipped.values()):,}"))
        table += [(f"  {reason.value}", f"{n:,}") for reason, n in _largest_first(self.skipped)]
        table += [
            ("restarts", f"{self.restarts:,}"),
            ("  intensity", f"{self.intensity.restarts:,} in {self.intensity.period_s:g} s"),
            ("  because", self.intensity.reason),
            ("recovery time, median", _duration(median_ns(self.recoveries_ns))),
            ("recovery time, p99", _duration(percentile_ns(self.recoveries_ns, 99))),
            ("throughput", self._throughput()),
            ("lost", f"{self.lost:,}"),
            ("mismatches", f"{self.mismatches:,}" if self.verified else "not compared (--verify does)"),
        ]
        return table

    def _throughput(self) -> str:
        if self.elapsed_s <= 0:
            return "-"
        files = (self.results + self.failed + self.given_up - self.known) / self.elapsed_s
        rate = (self.total_bytes - self.known_bytes) / self.elapsed_s
        return f"{_megabytes(rate)}/s, {files:,.0f} files/s, {self.elapsed_s:.2f} s"


def median_ns(values: Sequence[int]) -> float | None:
    """The median, or None of nothing."""
    return statistics.median(values) if values else None


def percentile_ns(values: Sequence[int], percent: int) -> int | None:
    """The nearest-rank percentile: the least value that `percent` of all do not exceed. None of nothing."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def draws_with_rich(stream: TextIO) -> bool:
    """Whether the stream is a terminal and rich is installed."""
    return stream.isatty() and importlib.util.find_spec("rich") is not None


@contextmanager
def progress(
    stream: TextIO, *, files: int, total_bytes: int, clock: Callable[[], float] = time.monotonic
) -> Iterator[Callable[[Status], None]]:
    """Show the progress of a run while the block runs.

    Args:
        stream: Where to write.
        files: How many files there are to do.
        total_bytes: Their sizes together.
        clock: Seconds, for the plain form, which writes at most one line a second and one at the end.

    Yields:
        The function to call with each new `Status`; cheap enough for every file.
    """
    if draws_with_rich(stream):
        with _rich_progress(stream, files, total_bytes) as update:
            yield update
        return
    plain = _PlainProgress(stream, files, clock)
    try:
        yield plain.update
    finally:
        plain.end()


def counter(
    stream: TextIO, verb: str, files: int, clock: Callable[[], float] = time.monotonic
) -> Callable[[int], None]:
    """Show how many of the files are done, at most once a second and at the end, as plain lines.

    Returns:
        The function to call after each file with the number of those done.
    """
    next_line = clock() + _PLAIN_INTERVAL_S

    def count(done: int) -> None:
        nonlocal next_line
        now = clock()
        if now >= next_line or done == files:
            next_line = now + _PLAIN_INTERVAL_S
            stream.write(f"{verb} {done}/{files} files\n")
            stream.flush()

    return count


class _PlainProgress:
    def __init__(self, stream: TextIO, files: int, clock: Callable[[], float]) -> None:
        self._stream = stream
        self._files = files
        self._clock = clock
        self._started = clock()
        self._next_line = self._started + _PLAIN_INTERVAL_S
        self._last: Status | None = None
        self._shown: Status | None = None

    def update(self, status: Status) -> None:
        self._last = status
        now = self._clock()
        if now >= self._next_line:
            self._next_line = now + _PLAIN_INTERVAL_S
            self._write(status, now)

    def end(self) -> None:
        if self._last is not None and self._last != self._shown:
            self._write(self._last, self._clock())

    def _write(self, status: Status, now: float) -> None:
        self._shown = status
        rate = status.bytes_done / (now - self._started) if now > self._started else 0.0
        self._stream.write(
            f"{status.done}/{self._files} files, {status.failed} failed, {status.restarts} restarts, "
            f"{_megabytes(rate)}/s\n"
        )
        self._stream.flush()


@contextmanager
def _rich_progress(stream: TextIO, files: int, total_bytes: int) -> Iterator[Callable[[Status], None]]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (
        TextColumn("{task.fields[done]}/{task.fields[files]} files"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[failed]} failed, {task.fields[restarts]} restarts"),
    )
    with Progress(*columns, console=Console(file=stream)) as display:
        task = display.add_task("", total=total_bytes, files=files, done=0, failed=0, restarts=0)

        def update(status: Status) -> None:
            display.update(
                task,
                completed=status.bytes_done,
                done=status.done,
                failed=status.failed,
                restarts=status.restarts,
            )

        yield update


def write_summary(stream: TextIO, summary: Summary) -> None:
    """Write the table and, as the last line, `Summary.machine_line`."""
    rows = summary.rows()
    if draws_with_rich(stream):
        _write_rich_table(stream, rows)
    else:
        width = max(len(label) for label, _ in rows)
        stream.writelines(f"{label:<{width}}  {value}".rstrip() + "\n" for label, value in rows)
    stream.write(summary.machine_line + "\n")  # past rich, which would fold it on a narrow terminal
    stream.flush()


def _write_rich_table(stream: TextIO, rows: Sequence[tuple[str, str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(show_header=False)
    for label, value in rows:
        table.add_row(Text(label), Text(value))
    Console(file=stream).print(table)


def _largest_first(
    counts: Mapping[FailureKind, int] | Mapping[SkipReason, int],
) -> list[tuple[FailureKind | SkipReason, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0].value))


def _megabytes(count: float) -> str:
    return f"{count / 1e6:,.1f} MB"


def _duration(nanoseconds: float | None) -> str:
    if nanoseconds is None:
        return "- (no restart)"
    for unit, size in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.3g} {unit}"
    return f"{nanoseconds:.3g} ns"
