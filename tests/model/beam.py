"""An Erlang runtime that plays the programs of the model of signals: tests/model/beam.erl."""

from __future__ import annotations

import ast
import shutil
import subprocess
from pathlib import Path
from typing import Any

from model import signals as model

PATIENCE_S = 60


def is_installed() -> bool:
    """Whether there is an Erlang here."""
    return shutil.which("erl") is not None and shutil.which("erlc") is not None


class Beam:
    """One OS process of it. It ends when it is left."""

    def __init__(self, directory: Path) -> None:
        """Compiles into this directory."""
        source = Path(__file__).with_name("beam.erl")
        subprocess.run(["erlc", "-o", directory, source], check=True, timeout=PATIENCE_S)
        self._erl = subprocess.Popen(
            ["erl", "-noshell", "-pa", directory, "-s", "beam", "main"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Beam:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._erl.communicate(timeout=PATIENCE_S)  # closes its input
        finally:
            self._erl.kill()

    def play(self, programs: list[Any], traps: list[bool]) -> None:
        """Start these, all at once."""
        self._ask(f"{{play,{erlang(traps)},{erlang(programs)}}}")

    def look(self) -> tuple[model.Outcome, ...]:
        """What they have come to so far."""
        found = ast.literal_eval(self._ask("look"))
        return tuple(
            model.Outcome(said[0])
            if len(said) == 1
            else model.Outcome(None, said[0], said[1], frozenset(said[2]))
            for said in found
        )

    def end(self) -> None:
        """Nothing is left of them."""
        self._ask("done")

    def _ask(self, term: str) -> str:
        assert self._erl.stdin is not None
        assert self._erl.stdout is not None
        self._erl.stdin.write(term + ".\n")
        self._erl.stdin.flush()
        answer = self._erl.stdout.readline()
        assert answer.endswith("\n"), f"Erlang has ended at {term}"
        return answer


def erlang(value: Any) -> str:
    """A term of Erlang: strings are atoms."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f"'{value}'"
        case list():
            return "[" + ",".join(map(erlang, value)) + "]"
        case tuple():
            return "{" + ",".join(map(erlang, value)) + "}"
        case int():
            return str(value)
    raise TypeError(f"no term for {value!r}")
