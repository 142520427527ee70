"""Breaks the rules of core/ one at a time: do the tests of three languages notice? `make mutants`.

    python -m tests.mutants                        every row of of_proc.py, of_otp.py and of_trees.py
    python -m tests.mutants "traps exits" monitor  rows whose rule or file has one of these in it
    python -m tests.mutants --list                 the rows

Each row inverts one rule in a copy of the tree, where the library and the conformance tests are built anew.
Its numbered case has to fail, and so have its test of the Python package and its test of the crates, of which
nothing is built anew: only the library they load is another one. So the tests assert what they say, and no
rule is in a binding.

First all of these tests have to pass with the library as it is. A mistake in a table, a test that is not
there and a library that is not the one loaded are errors, never a mutant found.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from .doors import ROOT, TREE, Doors, TroubleError, Verdict, build, copy_tree, mutate, run_or_fail
from .mutant import DOORS, Mutant
from .of_events import OF_EVENTS
from .of_otp import OF_OTP
from .of_proc import OF_PROC
from .of_trees import OF_TREES

MUTANTS = [*OF_PROC, *OF_OTP, *OF_EVENTS, *OF_TREES]
LOGS = ROOT / "build" / "logs" / "mutants"
PASSES_WITHIN_S = 120.0
HANGS_AFTER_S = 15.0  # a test of the tables takes less than one second where nothing waits in vain


def try_unmutated(doors: Doors, rows: Sequence[Mutant]) -> None:
    """All tests of the rows pass with the library as it is."""
    copy_tree()
    log = LOGS / "unmutated.build.log"
    log.write_bytes(b"")
    run_or_fail(["cmake", "--preset", "dev"], log, TREE)
    build(log)
    doors.build_crates({row.rust.partition("::")[0] for row in MUTANTS if row.rust}, LOGS / "crates.log")
    doors.check_library()
    for door in DOORS:
        log = LOGS / f"unmutated.{door}.log"
        tests = list(dict.fromkeys(row.test_at(door) for row in rows if door in row.doors))
        if not tests:
            continue
        came_to = doors.test(door, tests, log, 5 * PASSES_WITHIN_S)
        print(f"  {door:<12} {len(tests):>3} tests {came_to.word} in {came_to.seconds:.0f} s", flush=True)
        if came_to.word != "passed":
            tail = log.read_text(errors="replace")[-4000:]
            raise TroubleError(f"{tail}\nnothing is mutated, and {door} does not pass")


def try_mutant(doors: Doors, mutant: Mutant, number: int) -> dict[str, Verdict]:
    """What the mutant came to at each door."""
    undo = mutate(mutant)
    try:
        log = LOGS / f"{number:02}.build.log"
        log.write_bytes(b"")
        build(log)
        doors.check_library()

        def test(door: str) -> Verdict:
            limit_s = HANGS_AFTER_S if door in mutant.hangs else PASSES_WITHIN_S
            return doors.test(door, [mutant.test_at(door)], LOGS / f"{number:02}.{door}.log", limit_s)

        with ThreadPoolExecutor(len(DOORS)) as threads:  # some of them wait, for as long as they may
            return dict(zip(mutant.doors, threads.map(test, mutant.doors), strict=True))
    finally:
        undo()


def is_found(mutant: Mutant, door: str, came_to: Verdict) -> bool:
    """Whether the door has found it: by a test that failed, or that hung where the row says it may."""
    return came_to.word == "failed" or (came_to.word == "hung" and door in mutant.hangs)


def try_all(doors: Doors, rows: Sequence[Mutant]) -> list[str]:
    """What was not found, one line for each mutant and door."""
    survived = []
    for number, row in enumerate(rows, 1):
        begin = time.monotonic()
        at = f"[{number:>2}/{len(rows)}] {row.rule:<56}"
        try:
            found = try_mutant(doors, row, number)
        except TroubleError as trouble:
            survived += [f"{row.rule} ({row.file}), {door}: {trouble}" for door in row.doors]
            print(f"{at} {trouble}", flush=True)
            continue
        words = "  ".join(
            f"{door} {came_to.word} {came_to.seconds:2.0f} s" for door, came_to in found.items()
        )
        print(f"{at} {words}  all {time.monotonic() - begin:3.0f} s", flush=True)
        for door, came_to in found.items():
            if not is_found(row, door, came_to):
                survived.append(f"{row.rule} ({row.file}), {door} {came_to.word}: {row.test_at(door)}")
                print(f"        NOT FOUND: {survived[-1]}", flush=True)
    return survived


def main() -> int:
    """Runs the chosen rows; the exit status is 0 when each was found in each language."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("words", nargs="*", help="rows whose rule or file has one of these in it")
    parser.add_argument("--list", action="store_true", help="print the rows and stop")
    options = parser.parse_args()
    words = options.words or [""]
    rows = [row for row in MUTANTS if any(word in row.rule + row.file for word in words)]
    if not rows:
        parser.error("no row has any of these words in its rule or its file (see --list)")
    if options.list:
        for row in rows:
            print(f"{row.rule} ({row.file})\n    case {row.case}, {row.python}, {row.rust}")
        return 0
    missing = [tool for tool in ["cmake", "cargo", "ldd"] if shutil.which(tool) is None]
    if missing:
        raise TroubleError(f"{', '.join(missing)} not found: run tools/setup")
    if mistakes := [mistake for row in MUTANTS for mistake in row.mistakes(ROOT)]:
        raise TroubleError("\n".join(mistakes))
    LOGS.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    doors = Doors()
    print("the library as it is:", flush=True)
    try_unmutated(doors, rows)
    survived = try_all(doors, rows)
    build(LOGS / "unmutated.build.log")  # the copy is as it was for the next run
    print("\n".join(["", *survived, ""]) if survived else "")
    minutes = (time.monotonic() - begin) / 60
    tries = sum(len(row.doors) for row in rows)
    print(f"{len(rows)} mutants, {tries} tries at {len(DOORS)} doors, in {minutes:.1f} minutes")
    print(f"{tries - len(survived)} passed, {len(survived)} failed")
    return 1 if survived else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except TroubleError as trouble:
        print(f"mutants: {trouble}", file=sys.stderr)
        sys.exit(2)
