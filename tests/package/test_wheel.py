"""A wheel holds all that the package needs and no more, and works where only the wheel is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.skipif(not (ROOT / "python/native").is_dir(), reason="there is no Python package"),
    pytest.mark.timeout(600),
]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built with the tools of this environment, in a directory that later runs use again."""
    place = tmp_path_factory.mktemp("wheel")
    options = ["--no-build-isolation", "--no-deps", "--config-settings=build-dir=build/wheel"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", *options, "--wheel-dir", str(place), "."],
        cwd=ROOT,
        env={"CC": "cc", "CXX": "c++", **os.environ},  # as in tools/setup: to ccache, names are compilers
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        pytest.fail(f"{done.stdout}{done.stderr}", pytrace=False)
    (built,) = place.glob("*.whl")
    return built


def test_a_wheel_holds_the_library_its_headers_and_the_licences(wheel: Path) -> None:
    """One file of each library: wheels have no symbolic links."""
    names = zipfile.ZipFile(wheel).namelist()
    libraries = [name for name in names if re.search(r"/libresprout\.so", name)]
    assert libraries == ["resprout/libresprout.so.0"]
    assert any(re.fullmatch(r"resprout/_native\..*\.so", name) for name in names)
    assert "resprout/include/resprout/result.h" in names
    assert {Path(name).name for name in names if "/licenses/" in name} >= {
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "NOTICE",
    }
    others = [name for name in names if not name.startswith("resprout/include/")]
    assert [name for name in others if name.endswith((".cpp", ".hpp", ".a"))] == []


Python = Callable[..., str]


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Python:
    """Runs the interpreter of an environment that holds the wheel and nothing else; returns what it wrote."""
    place = tmp_path_factory.mktemp("installed")
    venv.create(place / "venv", with_pip=True)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LD_"))}

    def run(*arguments: object) -> str:
        command = [str(place / "venv/bin/python"), *map(str, arguments)]
        done = subprocess.run(command, cwd=place, env=clean, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.fail(f"{' '.join(command)}\n{done.stdout}{done.stderr}", pytrace=False)
        return done.stdout

    run("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel)
    return run


def test_a_wheel_works_in_an_empty_environment(python: Python) -> None:
    """Where nothing of the source tree can be found."""
    python("-c", "import resprout, resprout._native")


def test_the_demo_runs_from_a_wheel(python: Python, tmp_path: Path) -> None:
    """With its children in C++, and without the packages that draw on a terminal."""
    texts = tmp_path / "texts"
    texts.mkdir()
    for number in range(30):
        (texts / str(number)).write_text("(" * number)
    last = python("-m", "resprout.demo", texts, "--store", tmp_path / "store", "--verify", "--chaos", 1)
    assert re.search(r"^files=30 results=29 failed=1 skipped=0 restarts=\d+ lost=0 mismatches=0$", last, re.M)
