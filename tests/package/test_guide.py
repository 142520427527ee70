"""Each C and C++ program of README.md and the guides, with an installed copy, prints what stands below it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from package.installation import ROOT, library_dir, pkg_config, run

pytestmark = pytest.mark.timeout(600)  # the library is compiled

PAGES = [
    "README.md",
    *(
        f"docs/{page}.md"
        for page in ("applications", "c", "cpp", "events", "let-it-crash", "statem", "tables")
    ),
]
GUIDE = "".join((ROOT / page).read_text() for page in PAGES)
BLOCK = re.compile(r"```(c|cpp)\n(.*?)```\n(?:\n```text\n(.*?)```\n)?", re.DOTALL)
PROGRAMS = [match.groups() for match in BLOCK.finditer(GUIDE) if "int main(" in match[2]]
LIBRARIES = [match[2] for match in BLOCK.finditer(GUIDE) if "int main(" not in match[2]]
STRICT = ["-Wall", "-Wextra", "-pedantic", "-Werror"]
COMPILERS = {"c": ["cc", "-std=c11"], "cpp": ["c++", "-std=c++17"]}


def title(program: tuple[str, str, str]) -> str:
    """The heading above a program."""
    before = GUIDE[: GUIDE.index(program[1])]
    return re.findall(r"^##? (.*)$", before, re.MULTILINE)[-1].replace(" ", "-")


def takes_sigterm(process: int) -> bool:
    """Whether a process has a handler for it."""
    status = Path(f"/proc/{process}/status").read_text()
    (caught,) = re.findall(r"^SigCgt:\t(\w+)$", status, re.MULTILINE)
    return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)


def run_until_asked_to_end(program: Path, env: dict[str, str]) -> str:
    """What a program prints that runs until SIGTERM, and then ends in order."""
    with subprocess.Popen([program], stdout=subprocess.PIPE, text=True, env={**os.environ, **env}) as process:
        try:
            while process.poll() is None and not takes_sigterm(process.pid):
                time.sleep(0.01)
            process.terminate()
            printed, _ = process.communicate()
        finally:
            process.kill()
    assert process.returncode == 0
    return printed


def test_the_guide_has_programs() -> None:
    assert len(PROGRAMS) >= 12
    assert len(LIBRARIES) == 1
    assert sum("return rt.run();" in source for _, source, _ in PROGRAMS) == 1
    assert all(printed for _, _, printed in PROGRAMS)


@pytest.mark.parametrize("program", PROGRAMS, ids=title)
def test_a_program_of_the_guide_prints_what_it_says(
    program: tuple[str, str, str], installed: Path, tmp_path: Path
) -> None:
    language, source, printed = program
    libraries = library_dir(installed)
    flags = pkg_config(installed)
    for library in LIBRARIES:
        (tmp_path / "child.c").write_text(library)
        (name,) = re.findall(r"-o (lib\w+\.so)", library)
        include = next(flag for flag in flags if flag.startswith("-I"))
        run("cc", "-std=c11", *STRICT, "-shared", "-fPIC", include, "child.c", "-o", name, cwd=tmp_path)
    (tmp_path / f"program.{language}").write_text(source)
    run(*COMPILERS[language], *STRICT, f"program.{language}", "-o", "program", *flags, cwd=tmp_path)
    env = {"LD_LIBRARY_PATH": str(libraries)}
    if "return rt.run();" in source:
        assert run_until_asked_to_end(tmp_path / "program", env) == printed
    else:
        assert run(tmp_path / "program", env=env, cwd=tmp_path) == printed
