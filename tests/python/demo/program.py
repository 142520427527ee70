"""The demo as a program of its own: started, watched, killed, its output read."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MACHINE_LINE = re.compile(
    r"files=\d+ results=\d+ failed=\d+ skipped=\d+ restarts=\d+ lost=\d+ mismatches=\d+( given_up=\d+)?"
)
_LIMIT_S = 100

# Runs the demo after a piece of code that reaches into it, where something has to happen at one moment.
_PRELUDE = """
import os, signal, sys
from resprout.demo import __main__ as demo, corpus, report, store
{code}
sys.exit(demo.main(sys.argv[1:]))
"""


@dataclass(frozen=True)
class Finished:
    """A run that is over."""

    status: int
    out: str
    err: str

    @property
    def machine(self) -> dict[str, int]:
        """The last line, which must be the one for machines."""
        last = self.out.splitlines()[-1] if self.out else ""
        assert MACHINE_LINE.fullmatch(last), f"{self.out}{self.err}"
        return {key: int(value) for key, value in (word.split("=") for word in last.split())}

    @property
    def answers(self) -> dict[str, int]:
        """What of it must be the same however often something was restarted."""
        return {key: value for key, value in self.machine.items() if key != "restarts"}

    @property
    def table(self) -> dict[str, str]:
        """The table: value by label."""
        rows = (re.split(r"(?<=\S)  +", line.strip(), maxsplit=1) for line in self.out.splitlines())
        return {row[0]: row[1] for row in rows if len(row) == 2}


def command(*arguments: object, code: str | None = None) -> list[str]:
    """The command line of the demo, with `code` run first in the same interpreter."""
    start = ["-m", "resprout.demo"] if code is None else ["-c", _PRELUDE.format(code=code)]
    return [sys.executable, *start, *map(str, arguments)]


def start(*arguments: object) -> subprocess.Popen[str]:
    """Start the demo."""
    return subprocess.Popen(
        command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_environment()
    )


def run(*arguments: object, code: str | None = None, before: Callable[[], object] | None = None) -> Finished:
    """Run the demo to its end; `before` runs in the child before the program does."""
    done = subprocess.run(
        command(*arguments, code=code),
        capture_output=True,
        text=True,
        check=False,
        timeout=_LIMIT_S,
        env=_environment(),
        preexec_fn=before,
    )
    return Finished(done.returncode, done.stdout, done.stderr)


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONUTF8": "1", "COLUMNS": "100"}


def rows(store: Path) -> dict[tuple[bytes, bytes], tuple[object, ...]]:
    """All rows of a store, by path and digest; fails if there are two of one file."""
    with sqlite3.connect(store) as connection:
        read = connection.execute("SELECT * FROM outcome").fetchall()
    connection.close()
    assert len({path for path, *_ in read}) == len(read)
    return {(path, digest): tuple(rest) for path, digest, *rest in read}
