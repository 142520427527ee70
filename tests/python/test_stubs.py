"""The hand-written types of the extension say what it has."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

import resprout as rsp
from resprout import _native

from .support import ROOT

STUB = ast.parse((ROOT / "python/resprout/_native.pyi").read_text())
FUNCTIONS = {node.name: node for node in STUB.body if isinstance(node, ast.FunctionDef)}
CLASSES = {node.name for node in STUB.body if isinstance(node, ast.ClassDef)}
VALUES = {ast.unparse(node.target) for node in STUB.body if isinstance(node, ast.AnnAssign)}


def test_the_stub_names_what_the_extension_has_and_nothing_else() -> None:
    has = {name for name in vars(_native) if not name.startswith("__")}
    assert set(FUNCTIONS) | CLASSES | VALUES == has


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_a_function_names_its_parameters_as_its_signature_does(name: str) -> None:
    """The first line of the docstring is the signature: "send(to, message)", or pybind11's with types."""
    documented = (getattr(_native, name).__doc__ or "").partition("\n")[0]
    inside = documented[documented.index("(") + 1 : documented.rindex(")")] if "(" in documented else ""
    theirs = []
    depth = 0
    for part in inside.split(","):
        if depth == 0 and part.strip() not in ("", "/", "*"):
            theirs.append(part.split(":")[0].split("=")[0].strip())
        depth += part.count("[") - part.count("]")
    arguments = FUNCTIONS[name].args
    ours = [each.arg for each in [*arguments.posonlyargs, *arguments.args]]
    if arguments.vararg is None and "arg0" not in theirs:
        assert ours == theirs


def test_everything_public_says_what_it_is() -> None:
    silent = [
        name
        for name, value in vars(rsp).items()
        if not name.startswith("_") and callable(value) and not getattr(value, "__doc__", None)
    ]
    assert silent == []


def test_a_program_with_types_is_checked_by_them() -> None:
    """What users see: references have the types of their methods."""
    program = """
import resprout as rsp

class Cache(rsp.GenServer):
    @rsp.call
    def get(self, key: str) -> int:
        return len(key)

cache = Cache.at("cache")
right: int = cache.get("k")
wrong: str = cache.get("k")
cache.get(5)
"""
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    found = [
        line.split("[")[-1] for line in done.stdout.splitlines() if "error" in line and "<string>" in line
    ]
    assert found == ["assignment]", "call-overload]"], done.stdout
