"""Builds the native children of the tests as strangers do: from headers alone, linking nothing of ours."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import resprout

HERE = Path(__file__).parent
CHILDREN = HERE.parent / "capi"
STRICT = ["-Wall", "-Wextra", "-pedantic", "-Werror", "-O1", "-fPIC", "-c"]


def include_directory() -> Path:
    """Where the installed package has the headers for makers of native children."""
    place = Path(resprout.include_directory())
    assert (place / "resprout/api.h").exists(), f"no headers in {place}"
    return place


def build(directory: Path) -> str:
    """The path of the shared library that was built there."""
    objects = []
    for compiler, standard, source in [
        ("gcc", "-std=c11", CHILDREN / "native_child.c"),
        ("g++", "-std=c++17", CHILDREN / "native_child_cpp.cpp"),
        ("g++", "-std=c++17", HERE / "native_players.cpp"),
    ]:
        assert shutil.which(compiler) is not None, (
            f"{compiler} is needed: these tests compile native children"
        )
        target = directory / f"{source.stem}.o"
        run([compiler, standard, *STRICT, f"-I{include_directory()}", str(source), "-o", str(target)])
        objects.append(str(target))
    library = directory / "libchildren.so"
    run(["g++", "-shared", *objects, "-o", str(library)])
    return str(library)


def run(command: list[str]) -> None:
    """Fails with the compiler's own words."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stderr}"
