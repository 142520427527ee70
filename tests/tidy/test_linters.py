"""The linters are tests: what they say in an editor, they say here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tidy.tree import ROOT, sources


def run(*command: str) -> None:
    """Fails with the linter's own words."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.fail(f"{' '.join(command[:4])}\n{done.stdout}{done.stderr}", pytrace=False)


def python_files() -> list[str]:
    """All Python, the scripts without an ending too."""
    return [
        source.path
        for source in sources()
        if source.suffix in {".py", ".pyi"} or source.text.startswith("#!/usr/bin/env python3")
    ]


def test_ruff_is_content() -> None:
    """Fix what can be fixed with: .venv/bin/ruff check --fix"""
    run(sys.executable, "-m", "ruff", "check", "--quiet", *python_files())


def test_the_formats_are_kept() -> None:
    """Mend with: tools/format"""
    run(sys.executable, "-m", "ruff", "format", "--check", *python_files())
    clang_format = str(Path(sys.executable).with_name("clang-format"))
    c_files = [source.path for source in sources() if source.suffix in {".h", ".hpp", ".c", ".cpp"}]
    run(clang_format, "--dry-run", "--Werror", *c_files)


def test_mypy_is_content_with_the_tools_and_tests() -> None:
    """Strict."""
    run(sys.executable, "-m", "mypy", "tests/tidy", "tests/run")
    run(sys.executable, "-m", "mypy", "tests/seeds")  # each program is a __main__
    run(sys.executable, "-m", "mypy", "tests/mutants/__main__.py", "tests/model")


@pytest.mark.skipif(not (ROOT / "python/resprout/__init__.py").exists(), reason="there is no Python package")
def test_mypy_is_content_with_the_package() -> None:
    """Strict, as users with typed code see it."""
    run(sys.executable, "-m", "mypy", "python/resprout")
