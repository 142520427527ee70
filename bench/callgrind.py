"""How many instructions an operation takes, as valgrind's callgrind counts them.

Wall time tells two versions apart where one is a third slower; on a shared machine not less. The number of
instructions is the same from run to run, to a hundredth or better, so it tells a change of a percent. It is
no time: a locked instruction and a cache miss count as one, as everything does.

callgrind counts the whole program: its start, its end and all its threads. So a case runs in two sizes, and
what is told is the difference of instructions over the difference of operations.
"""

from __future__ import annotations

import json
import re
import shutil
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

LIMIT_S = 600
# Parameters of the two sizes of a case. What is not here has no operations to divide by.
SIZES: dict[str, tuple[Sequence[int], Sequence[int]]] = {
    "pingpong": ([10_000], [30_000]),
    "call": ([10_000], [30_000]),
    "spawn_exit": ([10_000, 1_000], [30_000, 1_000]),
    "fan_in": ([100, 300, 1], [100, 300, 3]),
    "link_storm": ([20_000, 1], [20_000, 3]),
    "monitor_storm": ([1, 20_000, 1], [1, 20_000, 3]),
    "watchers_storm": ([20_000, 1, 1], [20_000, 1, 3]),
    "restart": ([5_000], [15_000]),
    "group_restart": ([1_000, 10], [1_000, 30]),
    "start_children": ([10_000, 1_000], [10_000, 21_000]),
    "stop_children": ([10_000, 1], [10_000, 3]),
    "thread_ring": ([503, 20_000], [503, 60_000]),
    "timer_cancel": ([20_000, 1], [60_000, 1]),
    "timer_bulk": ([100_000, 100_000], [200_000, 100_000]),
}
HEADING = f"\n{'case':<14} {'instructions':>12} {'spread':>7}  of one operation"
NOTE = """
instructions: a median, counted by callgrind with one worker, in all threads of the program; the difference
of two sizes over the difference of their operations, so that start and end cancel out; what stands around the
measured part of each operation counts too (the spawns of link_storm). spread: (largest - smallest) / median.
It is no time: a cache miss counts as one, as everything does."""


class CallgrindError(Exception):
    """Something the user has to know; the message says what to do."""


@dataclass(frozen=True)
class Count:
    """Instructions of one operation, from each pair of runs."""

    values: Sequence[float]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def spread(self) -> float:
        """(Largest - smallest) / median."""
        return (max(self.values) - min(self.values)) / max(self.median, 1e-9)

    def row(self, case: str, operation: str) -> str:
        """Under HEADING."""
        return f"{case:<14} {self.median:>12,.0f} {self.spread:>7.2%}  {operation}"

    def fields(self) -> dict[str, object]:
        """For a file of results."""
        return {
            "instructions": round(self.median, 1),
            "min": round(min(self.values), 1),
            "max": round(max(self.values), 1),
            "rounds": len(self.values),
        }


def require() -> None:
    """Fails where there is no valgrind."""
    if shutil.which("valgrind") is None:
        raise CallgrindError(
            "no valgrind, which counts instructions: install it (Debian: apt-get install valgrind)"
        )


def whole_program(command: Sequence[str]) -> tuple[int, int]:
    """Instructions of the program, and its operations, the warm-up's too: `all_ops` of what it prints."""
    # valgrind runs one thread at a time; fair, so that none waits for long.
    counted = ["valgrind", "--tool=callgrind", "--fair-sched=try", "--callgrind-out-file=/dev/null", *command]
    try:
        done = subprocess.run(counted, capture_output=True, text=True, check=False, timeout=LIMIT_S)
    except subprocess.TimeoutExpired as error:
        raise CallgrindError(f"no end after {LIMIT_S} s: {' '.join(counted)}") from error
    collected = re.search(r"^==\d+== Collected : (\d+)", done.stderr, re.MULTILINE)
    if done.returncode != 0 or collected is None:
        raise CallgrindError(f"status {done.returncode}: {' '.join(counted)}\n{done.stdout}{done.stderr}")
    try:
        operations = int(json.loads(done.stdout)["all_ops"])
    except (ValueError, KeyError, TypeError) as error:
        raise CallgrindError(f"no number of operations from {' '.join(command)}:\n{done.stdout}") from error
    return int(collected[1]), operations


def of_one_operation(small: Sequence[str], large: Sequence[str]) -> float:
    """Instructions of an operation, from one run of each."""
    few, few_operations = whole_program(small)
    many, many_operations = whole_program(large)
    if many_operations <= few_operations:
        raise CallgrindError(f"no more operations than the smaller one: {' '.join(large)}")
    return (many - few) / (many_operations - few_operations)


def count(case: str, program: Sequence[str], rounds: int) -> Count:
    """What an operation takes: the program of a case in its two sizes, so many times."""
    small, large = ([*program, *map(str, parameters)] for parameters in SIZES[case])
    return Count([of_one_operation(small, large) for _ in range(rounds)])
