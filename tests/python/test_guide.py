"""Every Python program of docs/ runs, and prints what its comments say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from .support import PATIENCE_S, ROOT, run_program

PROGRAMS = [
    program
    for guide in (
        "python.md",
        "supervision.md",
        "registry.md",
        "tasks.md",
        "agents.md",
        "sys.md",
        "partitions.md",
        "let-it-crash.md",
        "statem.md",
        "tables.md",
        "events.md",
        "groups.md",
        "applications.md",
    )
    for program in re.findall(r"```python\n(.*?)```", (ROOT / "docs" / guide).read_text(), re.DOTALL)
]


def promised(program: str) -> list[str]:
    """What follows `# ` after a print, or alone on a line at the end."""
    return re.findall(r"^ *(?:print\(.*\)  )?# (.*)$", program, re.MULTILINE)


def test_the_guide_has_programs() -> None:
    assert len(PROGRAMS) >= 6


@pytest.mark.parametrize(
    "program", PROGRAMS, ids=lambda program: program.split("class ")[-1].split("(")[0][:12]
)
def test_a_program_of_the_guide_prints_what_it_says(program: str, tmp_path: Path) -> None:
    if "import pytest" in program:
        (tmp_path / "test_it.py").write_text(program)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_it.py"]
        done = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
        assert done.returncode == 0, done.stdout
        return
    ended = run_program(program)
    assert ended.status == 0, ended.err
    assert ended.out.splitlines() == promised(program)


def test_the_programs_are_strictly_typed(tmp_path: Path) -> None:
    programs = [*PROGRAMS, *re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)]
    files = []
    for number, program in enumerate(programs):
        files.append(f"program_{number}.py")
        (tmp_path / files[-1]).write_text(program)
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", "cache", *files]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
