"""An Erlang runtime beside a model: tests/model/beam.erl, with beam_signals.erl or beam_supervisors.erl."""

from __future__ import annotations

import ast
import shutil
import subprocess
from pathlib import Path
from typing import Any

PATIENCE_S = 60


def is_installed() -> bool:
    """Whether there is an Erlang here."""
    return shutil.which("erl") is not None and shutil.which("erlc") is not None


class Beam:
    """One OS process of it: what it answers, a module of Erlang beside this file says. Ends when left."""

    def __init__(self, module: str, directory: Path) -> None:
        """Compiles into this directory."""
        sources = [Path(__file__).with_name(f"{name}.erl") for name in ("beam", module)]
        subprocess.run(["erlc", "-o", directory, *sources], check=True, timeout=PATIENCE_S)
        self._erl = subprocess.Popen(
            ["erl", "-noshell", "-pa", directory, "-s", "beam", "main", module],
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

    def ask(self, term: Any) -> Any:
        """What the module answers; atoms are strings both ways."""
        assert self._erl.stdin is not None
        assert self._erl.stdout is not None
        self._erl.stdin.write(erlang(term) + ".\n")
        self._erl.stdin.flush()
        answer = self._erl.stdout.readline()
        assert answer.endswith("\n"), f"Erlang has ended at {term!r}"
        return ast.literal_eval(answer)


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
