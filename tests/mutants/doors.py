"""The copy of the tree with one rule inverted, and the tests in three languages that load its library."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .mutant import Mutant

ROOT = Path(__file__).resolve().parents[2]
AREA = ROOT / "build" / "mutants"
TREE = AREA / "tree"
BUILD = TREE / "build" / "dev"  # as far from its sources as in the tree itself: ccache has most of it already
LIBRARY = BUILD / "libresprout.so.0"
COPIED = ["CMakeLists.txt", "CMakePresets.json", "cmake", "core", "capi", "tests", "python"]
BUILT = {"__pycache__", "target"}
TARGETS = ["resprout", "test_conformance", "test_capi"]


class TroubleError(Exception):
    """Something that says nothing about the tests: a mistake of the table or of the machine."""


@dataclass(frozen=True)
class Verdict:
    """What one test came to: `passed`, `failed`, or `hung`."""

    word: str
    seconds: float


# ---- The copy of the tree ----


def copied_files(base: Path) -> Iterator[Path]:
    """The files of COPIED under this directory, relative to it."""
    for top in COPIED:
        place = base / top
        for file in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if file.is_file() and not BUILT.intersection(file.relative_to(base).parts):
                yield file.relative_to(base)


def copy_tree() -> None:
    """Makes the copy equal to the tree. What is so already keeps its time: little is built anew."""
    wanted = set(copied_files(ROOT))
    TREE.mkdir(parents=True, exist_ok=True)
    for stray in set(copied_files(TREE)) - wanted:
        (TREE / stray).unlink()
    for file in wanted:
        content = (ROOT / file).read_bytes()
        copy = TREE / file
        if not copy.exists() or copy.read_bytes() != content:
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(content)
            copy.chmod((ROOT / file).stat().st_mode)
    for name in [".deps", ".venv"]:
        link = TREE / name
        if not link.is_symlink():
            link.symlink_to(ROOT / name)


def build(log: Path) -> None:
    """Builds the library and the tests in C++ of the copy."""
    run_or_fail(["cmake", "--build", str(BUILD), "--target", *TARGETS], log, TREE)


def mutate(mutant: Mutant) -> Callable[[], object]:
    """Puts the mutant into the copy. Returns what takes it out."""
    file = TREE / mutant.file
    text = (ROOT / mutant.file).read_text()
    file.write_text(mutant.applied_to(text))
    return lambda: file.write_text(text)


# ---- The three doors ----


class Doors:
    """The tests of three languages, all of which load the library of the copy."""

    def __init__(self) -> None:
        """Nothing is built or looked for yet."""
        self.programs: dict[str, Path] = {}
        self.env = {
            **os.environ,
            "LD_LIBRARY_PATH": str(BUILD),
            "RESPROUT_TEST_WORKERS": "2",
            "RESPROUT_MODEL_EXAMPLES": "200",
            "RESPROUT_MODEL_SHRINK": "0",
        }

    def test(self, door: str, tests: Sequence[Any], log: Path, limit_s: float) -> Verdict:
        """Runs these tests of one language."""
        if door == "conformance":
            return self.conformance(tests, log, limit_s)
        return (self.python if door == "python" else self.rust)(tests, log, limit_s)

    def build_crates(self, used: Iterable[str], log: Path) -> None:
        """Builds the programs of the crates' tests, and notes where those that are used are."""
        env = {**os.environ, "RESPROUT_LIB_DIR": str(BUILD), "CARGO_TARGET_DIR": str(AREA / "cargo")}
        command = ["cargo", "test", "--package", "resprout", "--tests", "--no-run", "--message-format=json"]
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
        log.write_text(done.stdout + done.stderr)
        if done.returncode != 0:
            raise TroubleError(f"the crates do not build:\n{done.stderr}")
        for line in done.stdout.splitlines():
            message = json.loads(line)
            if message.get("executable") and message["target"]["name"] in used:
                self.programs[message["target"]["name"]] = Path(message["executable"])

    def check_library(self) -> None:
        """Whether it is the copy's library that Python and each program of the crates load."""
        look = "import resprout._native, pathlib; print(pathlib.Path('/proc/self/maps').read_text())"
        done = subprocess.run(
            [sys.executable, "-c", look], env=self.env, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise TroubleError(f"{done.stderr}{sys.executable} cannot load the package: use .venv/bin/python")
        loaded = {line.split()[-1] for line in done.stdout.splitlines() if "libresprout.so" in line}
        if {Path(path).resolve() for path in loaded} != {LIBRARY.resolve()}:
            raise TroubleError(f"Python loads {sorted(loaded)} and not {LIBRARY}")
        for program in self.programs.values():
            done = subprocess.run(
                ["ldd", str(program)], env=self.env, capture_output=True, text=True, check=True
            )
            found = re.search(r"libresprout\.so\S* => (\S+)", done.stdout)
            if found is None or Path(found[1]).resolve() != LIBRARY.resolve():
                raise TroubleError(f"{program} does not load {LIBRARY}:\n{done.stdout}")

    def conformance(self, cases: Sequence[int | str], log: Path, limit_s: float) -> Verdict:
        """All tests of these cases, and those of tests/capi that are given by their names."""
        numbered = ":".join(f"*.case_{case}_*" for case in cases if isinstance(case, int))
        named = ":".join(case for case in cases if isinstance(case, str))
        seconds = 0.0
        for program, wanted in (("test_conformance", numbered), ("test_capi", named)):
            if not wanted:
                continue
            found = self.gtest(program, wanted, log, limit_s)
            seconds += found.seconds
            if found.word != "passed":
                return Verdict(found.word, seconds)
        return Verdict("passed", seconds)

    def gtest(self, name: str, wanted: str, log: Path, limit_s: float) -> Verdict:
        """The tests of one program that a filter names."""
        program = str(BUILD / "tests" / name)
        command = [program, f"--gtest_filter={wanted}", "--gtest_fail_fast"]
        status, output, seconds = run_test(command, log, limit_s, self.env)
        ran = re.search(r"^\[==========\] (\d+) tests? from .* ran\.", output, re.MULTILINE)
        failed = re.search(r"^\[  FAILED  \] \d+ tests?, listed below:", output, re.MULTILINE)
        if status == 0 and (ran is None or ran[1] == "0"):
            raise TroubleError(f"there is no test {wanted} (see {log})")
        return verdict(status, failed is not None, seconds, log)

    def python(self, tests: Sequence[str], log: Path, limit_s: float) -> Verdict:
        """These tests of the package, as pytest names them below tests/python."""
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
        status, output, seconds = run_test(
            [*command, *(f"tests/python/{test}" for test in tests)], log, limit_s, self.env
        )
        if status in (2, 3, 4, 5):
            raise TroubleError(f"pytest cannot run {' '.join(tests)}:\n{output}")
        return verdict(status, re.search(r"^FAILED ", output, re.MULTILINE) is not None, seconds, log)

    def rust(self, tests: Sequence[str], log: Path, limit_s: float) -> Verdict:
        """These tests of the crates, each `program::name`."""
        seconds = 0.0
        for test in tests:
            program, _, name = test.partition("::")
            if program not in self.programs:
                raise TroubleError(f"the crates have no test program {program} ({test})")
            status, output, more = run_test(
                [str(self.programs[program]), "--exact", name], log, limit_s, self.env
            )
            seconds += more
            if status == 0 and "test result: ok. 1 passed" not in output:
                raise TroubleError(f"there is no test {test} (see {log})")
            if status != 0:
                return verdict(status, "test result: FAILED. 0 passed; 1 failed" in output, seconds, log)
        return Verdict("passed", seconds)


def verdict(status: int | None, said_failed: bool, seconds: float, log: Path) -> Verdict:
    """What an exit status means; `said_failed`: the test itself has said that it failed."""
    if status is None:
        return Verdict("hung", seconds)
    if status == 0:
        return Verdict("passed", seconds)
    if said_failed:
        return Verdict("failed", seconds)
    return Verdict(f"ended by status {status} (see {log.relative_to(ROOT)})", seconds)


def run_test(
    command: Sequence[str], log: Path, limit_s: float, env: dict[str, str]
) -> tuple[int | None, str, float]:
    """Exit status (none: it hung), output and seconds."""
    begin = time.monotonic()
    with log.open("wb") as file:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    try:
        status: int | None = process.wait(timeout=limit_s)
    except subprocess.TimeoutExpired:
        status = None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return status, log.read_text(errors="replace"), time.monotonic() - begin


def run_or_fail(command: Sequence[str], log: Path, directory: Path) -> None:
    """Runs what has to succeed."""
    with log.open("ab") as file:
        status = subprocess.run(
            command, cwd=directory, stdin=subprocess.DEVNULL, stdout=file, stderr=file, check=False
        ).returncode
    if status != 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-30:])
        raise TroubleError(f"{tail}\n{' '.join(command)}: exit status {status}")
