"""What `cmake --install` puts down is enough to build a program against, wherever it was put."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONSUMER = Path(__file__).parent / "consumer"
EXAMPLES = ROOT / "examples/c"
HEALED = """\
RSP_OK: 20
RSP_OK: 42
RSP_EEXITED: {{"seven",[]},{call,counter,"seven",1000}}
RSP_OK: 1
"""

pytestmark = pytest.mark.timeout(600)  # the library is compiled, twice


def run(*command: str | Path, env: dict[str, str] | None = None) -> str:
    """Runs a command; fails with its own words."""
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **(env or {})},
    )
    if done.returncode != 0:
        pytest.fail(f"{command[0]} ended with {done.returncode}\n{done.stdout}{done.stderr}", pytrace=False)
    return done.stdout


@pytest.fixture(scope="module", params=["shared", "static"])
def installed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation that was moved after it was made, so that nothing may remember its first place."""
    place = tmp_path_factory.mktemp(request.param)
    shared = "ON" if request.param == "shared" else "OFF"
    build = ROOT / "build" / f"package-{request.param}"
    run(
        "cmake",
        "-S",
        ROOT,
        "-B",
        build,
        "-G",
        "Ninja",
        "-DRESPROUT_BUILD_TESTS=OFF",
        f"-DBUILD_SHARED_LIBS={shared}",
    )
    run("cmake", "--build", build, "--parallel", str(len(os.sched_getaffinity(0))))
    run("cmake", "--install", build, "--prefix", place / "first")
    shutil.move(place / "first", place / "moved")
    return place / "moved"


def library_dir(prefix: Path) -> Path:
    """lib, lib64 or lib/<triplet>."""
    (found,) = prefix.glob("lib*/**/libresprout.*[ao]")
    return found.parent


def test_find_package_builds_a_program(installed: Path, tmp_path: Path) -> None:
    """With CMake."""
    run("cmake", "-S", CONSUMER, "-B", tmp_path, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={installed}")
    run("cmake", "--build", tmp_path)
    assert run(tmp_path / "consumer") == "RSP_ENOPROC\n"


def test_pkg_config_builds_a_program(installed: Path, tmp_path: Path) -> None:
    """With nothing but a C compiler and pkg-config."""
    libraries = library_dir(installed)
    flags = run(
        "pkg-config", "--cflags", "--libs", "resprout", env={"PKG_CONFIG_PATH": str(libraries / "pkgconfig")}
    ).split()
    run("cc", CONSUMER / "consumer.c", "-o", tmp_path / "consumer", *flags)
    assert run(tmp_path / "consumer", env={"LD_LIBRARY_PATH": str(libraries)}) == "RSP_ENOPROC\n"


def test_the_example_heals_with_find_package(installed: Path, tmp_path: Path) -> None:
    """The program that the README shows."""
    run("cmake", "-S", EXAMPLES, "-B", tmp_path, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={installed}")
    run("cmake", "--build", tmp_path)
    assert run(tmp_path / "counter") == HEALED


def test_the_example_heals_with_pkg_config(installed: Path, tmp_path: Path) -> None:
    """As strictly as C can be compiled."""
    libraries = library_dir(installed)
    flags = run(
        "pkg-config", "--cflags", "--libs", "resprout", env={"PKG_CONFIG_PATH": str(libraries / "pkgconfig")}
    ).split()
    strict = ["-std=c11", "-Wall", "-Wextra", "-pedantic", "-Werror"]
    run("cc", *strict, EXAMPLES / "counter.c", "-o", tmp_path / "counter", *flags)
    assert run(tmp_path / "counter", env={"LD_LIBRARY_PATH": str(libraries)}) == HEALED


def test_the_library_carries_no_path_of_the_build(installed: Path) -> None:
    """Neither in the package files nor as a run path."""
    libraries = library_dir(installed)
    for file in [*libraries.glob("pkgconfig/*.pc"), *libraries.glob("cmake/resprout/*.cmake")]:
        assert str(ROOT) not in file.read_text(), file
    for library in libraries.glob("libresprout.so"):
        assert "RUNPATH" not in run("readelf", "--dynamic", library)
