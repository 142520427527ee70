"""What `cmake --install` puts down is enough to build a program against, wherever it was put."""

from __future__ import annotations

from pathlib import Path

import pytest
from package.installation import ROOT, library_dir, pkg_config, run

CONSUMER = Path(__file__).parent / "consumer"
EXAMPLES = ROOT / "examples/c"
CPP_EXAMPLES = ROOT / "examples/cpp"
HEALED = """\
RSP_OK: 20
RSP_OK: 42
RSP_EEXITED: {{"seven",[]},{call,counter,"seven",1000}}
RSP_OK: 1
"""

pytestmark = pytest.mark.timeout(600)  # the library is compiled, twice


def test_find_package_builds_a_program(installed: Path, tmp_path: Path) -> None:
    """With CMake."""
    run("cmake", "-S", CONSUMER, "-B", tmp_path, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={installed}")
    run("cmake", "--build", tmp_path)
    assert run(tmp_path / "consumer") == "RSP_ENOPROC\n"
    assert run(tmp_path / "consumer_cpp") == "42\n"


def test_pkg_config_builds_a_program(installed: Path, tmp_path: Path) -> None:
    """With nothing but a C compiler and pkg-config."""
    libraries = library_dir(installed)
    flags = pkg_config(installed)
    run("cc", CONSUMER / "consumer.c", "-o", tmp_path / "consumer", *flags)
    assert run(tmp_path / "consumer", env={"LD_LIBRARY_PATH": str(libraries)}) == "RSP_ENOPROC\n"


def test_the_example_heals_with_find_package(installed: Path, tmp_path: Path) -> None:
    """The program that the README shows."""
    run("cmake", "-S", EXAMPLES, "-B", tmp_path, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={installed}")
    run("cmake", "--build", tmp_path)
    assert run(tmp_path / "counter") == HEALED


def test_the_to_do_list_is_built_with_find_package(installed: Path, tmp_path: Path) -> None:
    """In C and in C++; what it does is in tests/python/test_todo_example.py."""
    (tmp_path / "commands").write_text("add bob 2018-12-19 Dentist\ncrash database\n")
    said = []
    for example in (EXAMPLES, CPP_EXAMPLES):
        build = tmp_path / example.name
        run("cmake", "-S", example, "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={installed}")
        run("cmake", "--build", build)
        said.append(run(build / "todo", tmp_path / f"lists of {example.name}", tmp_path / "commands"))
    assert said[0] == said[1]
    assert said[0].endswith("again: database 2, cache 2, bob 2; 4 processes, 4 before\n")


def test_the_example_heals_with_pkg_config(installed: Path, tmp_path: Path) -> None:
    """As strictly as C can be compiled."""
    libraries = library_dir(installed)
    flags = pkg_config(installed)
    strict = ["-std=c11", "-Wall", "-Wextra", "-pedantic", "-Werror"]
    run("cc", *strict, EXAMPLES / "counter.c", "-o", tmp_path / "counter", *flags)
    assert run(tmp_path / "counter", env={"LD_LIBRARY_PATH": str(libraries)}) == HEALED


def test_the_licences_of_what_is_compiled_in_are_installed(installed: Path) -> None:
    """NOTICE has mimalloc's, which asks for it."""
    found = {file.name for file in installed.glob("share/doc/resprout/*")}
    assert found == {"LICENSE-APACHE", "LICENSE-MIT", "NOTICE"}


def test_the_library_carries_no_path_of_the_build(installed: Path) -> None:
    """Neither in the package files nor as a run path."""
    libraries = library_dir(installed)
    for file in [*libraries.glob("pkgconfig/*.pc"), *libraries.glob("cmake/resprout/*.cmake")]:
        assert str(ROOT) not in file.read_text(), file
    for library in libraries.glob("libresprout.so"):
        assert "RUNPATH" not in run("readelf", "--dynamic", library)
