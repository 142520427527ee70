"""The to-do list of examples/todo.md: four programs that say the same, whatever they are told."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import resprout as rsp
from resprout import _native

from .support import PATIENCE_S, ROOT

pytestmark = [pytest.mark.usefixtures("runtime"), pytest.mark.timeout(600)]  # three programs are compiled

EXAMPLES = ROOT / "examples"
STRICT = ["-Wall", "-Wextra", "-pedantic", "-Werror"]
SESSION = (EXAMPLES / "todo/session.txt").read_text()
GAVE_UP = "todo: the system has ended: shutdown"


@dataclass(frozen=True)
class Ended:
    """A program that has run."""

    status: int
    out: str
    err: str


class Programs:
    """The four, compiled where they have to be."""

    def __init__(self, place: Path) -> None:
        assert _native.__file__ is not None
        self.commands: Mapping[str, Sequence[str]] = {
            "python": [sys.executable, "examples/python/todo/main.py"]
        }
        libraries = Path(_native.__file__).parent
        target = ROOT / "build/todo-example"  # the same each time, so that cargo builds what has changed
        target.mkdir(parents=True, exist_ok=True)
        (target / "libresprout.so").unlink(missing_ok=True)
        (target / "libresprout.so").symlink_to(libraries / "libresprout.so.0")
        self.environment = {**os.environ, "LD_LIBRARY_PATH": str(libraries), "RESPROUT_LIB_DIR": str(target)}
        include, link = f"-I{rsp.include_directory()}", [f"-L{target}", "-lresprout"]
        c, cpp = str(place / "c"), str(place / "cpp")
        sources = sorted(map(str, (EXAMPLES / "c/todo").glob("*.c")))
        self.build("gcc", "-std=c11", *STRICT, include, *sources, "-o", c, *link)
        self.build(
            "g++", "-std=c++17", *STRICT, include, str(EXAMPLES / "cpp/todo/main.cpp"), "-o", cpp, *link
        )
        self.build("cargo", "build", "--quiet", "--package", "todo", "--target-dir", str(target))
        self.commands = {**self.commands, "c": [c], "cpp": [cpp], "rust": [str(target / "debug/todo")]}

    def build(self, *command: str) -> None:
        """Fails with the compiler's own words."""
        assert shutil.which(command[0]) is not None, (
            f"{command[0]} is needed: this test compiles the examples"
        )
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stderr}"

    def run(self, language: str, *arguments: str | Path, commands: str = "") -> Ended:
        """One of them, to its end."""
        done = subprocess.run(
            [*self.commands[language], *map(str, arguments)],
            cwd=ROOT,
            env=self.environment,
            input=commands.encode(),
            capture_output=True,
            timeout=PATIENCE_S,
            check=False,
        )
        return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())


LANGUAGES = ("python", "c", "cpp", "rust")


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Programs:
    """For all tests of this file."""
    return Programs(tmp_path_factory.mktemp("programs"))


def files(directory: Path) -> dict[str, bytes]:
    """What is kept there."""
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def run_all(programs: Programs, place: Path, commands: str) -> Ended:
    """What all four say, which must be the same, as must what they leave on the disk."""
    ended, kept = {}, {}
    for language in LANGUAGES:
        directory = place / language
        shutil.rmtree(directory, ignore_errors=True)
        ended[language] = programs.run(language, "--seconds", "3600", directory, commands=commands)
        kept[language] = files(directory)
    first = ended["python"]
    for language, other in ended.items():
        assert (other.status, other.out) == (first.status, first.out), f"{language}: {other.err}{first.err}"
        assert kept[language] == kept["python"], language
    return first


def test_the_session_of_the_page_says_in_each_language_what_the_page_says(
    programs: Programs, tmp_path: Path
) -> None:
    page = (EXAMPLES / "todo.md").read_text()
    (transcript,) = re.findall(r"```text\n(> .*?)```", page, re.DOTALL)
    done = run_all(programs, tmp_path, SESSION)
    assert done.out == transcript
    assert done.status == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_fourth_crash_ends_the_system_with_a_report(
    programs: Programs, tmp_path: Path, language: str
) -> None:
    crashes = "crash database\n" * 3
    healed = programs.run(language, "--seconds", "3600", tmp_path / "d", commands=crashes)
    assert (healed.status, healed.out.count("again: ")) == (0, 3)
    over = programs.run(language, "--seconds", "3600", tmp_path / "d", commands=crashes + "crash cache\n")
    assert over.status == 1
    assert over.out.endswith("cache ended: killed\ndatabase ended: shutdown\nsystem ended: shutdown\n")
    assert over.err.splitlines().count(GAVE_UP) == 1  # the report beside it is written by who reports
    assert "max_restart" in over.err, "the supervisor's own report says why"
    assert healed.err.count("killed") == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_four_crashes_at_once_the_fourth_is_too_many_by_default(
    programs: Programs, tmp_path: Path, language: str
) -> None:
    """3 restarts within 5 seconds pass, unless --seconds says otherwise: four crashes take no second."""
    crashes = ["crash bob\n", "crash database\n", "crash cache\n", "crash database\n"]
    add = "add bob 2018-12-19 x\n"  # a list is the cache's: its crash is none of those that the system counts
    healed = programs.run(language, tmp_path / "d", commands=add + "".join(crashes))
    assert (healed.status, healed.out.count("again: ")) == (0, 4)
    over = programs.run(language, tmp_path / "d", commands=add + "".join([*crashes, crashes[-1], "status\n"]))
    assert (over.status, over.out.count("again: ")) == (1, 4)
    assert over.out.endswith("bob ended: shutdown\nsystem ended: shutdown\n")
    assert over.err.splitlines().count(GAVE_UP) == 1
    assert "max_restart" in over.err, "the supervisor's own report says why"


@pytest.mark.parametrize("language", LANGUAGES)
def test_commands_come_from_a_file_as_from_standard_input(
    programs: Programs, tmp_path: Path, language: str
) -> None:
    options = ("--seconds", "3600")
    typed = programs.run(language, *options, tmp_path / "typed", commands=SESSION)
    read = programs.run(
        language,
        *options,
        tmp_path / "read",
        EXAMPLES / "todo/session.txt",
        commands="add carol 2018-12-19 x\n",
    )
    assert read.out.startswith("> add bob 2018-12-19 Dentist\n")
    assert (read.status, read.out) == (typed.status, typed.out)
    assert files(tmp_path / "read") == files(tmp_path / "typed"), "nothing came from standard input"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_one_program_keeps_another_finds(programs: Programs, tmp_path: Path, language: str) -> None:
    programs.run(
        language, tmp_path / "d", commands="add bob 2018-12-19 Zahnärztin  14:00\nadd bob 2018-12-20 x"
    )
    for other in LANGUAGES:
        done = programs.run(other, tmp_path / "d", commands="entries bob 2018-12-19")
        assert done.out == "> entries bob 2018-12-19\nbob 2018-12-19: 1\n  1 Zahnärztin  14:00\n", other


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_disk_that_really_refuses_is_an_answer(programs: Programs, tmp_path: Path, language: str) -> None:
    (tmp_path / "bob").mkdir()
    (tmp_path / "bob" / "in the way").touch()
    (tmp_path / "carol.new").mkdir()  # where the new file of that list would be written
    commands = (
        "entries bob 2018-12-19\nadd bob 2018-12-19 x\nadd alice 2018-12-19 x\n"
        "add carol 2018-12-19 x\nentries carol 2018-12-19\nstatus\n"
    )
    done = programs.run(language, tmp_path, commands=commands)
    assert done.status == 0
    assert [line for line in done.out.splitlines() if not line.startswith(">")] == [
        "error: bob: unavailable",
        "error: bob: unavailable",
        "alice: entry 1",
        "error: carol: unavailable",
        "carol 2018-12-19: 0",
        "database 1, cache 1, bob 1, alice 1, carol 1; 6 processes; the database is on",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_directory_that_cannot_be_ends_the_start(programs: Programs, tmp_path: Path, language: str) -> None:
    done = programs.run(language, tmp_path / "no" / "such", commands="status\n")
    assert (done.status, done.out) == (1, "")
    assert "No such file or directory" in done.err
    assert programs.run(language).status == 2
    assert programs.run(language, tmp_path / "d", tmp_path / "no commands").status == 2


BAD = [
    "ad bob 2018-12-19 x",
    "add bob 2018-12-19",
    "add Bob 2018-12-19 x",
    "add cache 2018-12-19 x",
    f"add {'b' * 32} 2018-12-19 x",
    "add bob 2018-13-19 x",
    "add bob 2018-12-32 x",
    "add bob 2018/12/19 x",
    "add böb 2018-12-19 x",
    "entries bob 2018-12-19 x",
    "delete bob",
    "delete bob one",
    "delete bob 0",
    "delete bob 1234567890",
    "delete bob -1",
    "database maybe",
    "crash",
    "crash carol",
    "status now",
    "quit now",
    '"',
]


def test_a_bad_command_is_told_what_is_wrong(programs: Programs, tmp_path: Path) -> None:
    done = run_all(programs, tmp_path, "\n".join(["", *BAD, " \t status \t\r", "# nothing", "quit", "add"]))
    lines = done.out.splitlines()
    for command, said in zip(BAD, zip(lines[::2], lines[1::2], strict=False), strict=False):
        assert said[0] == f"> {command}"
        assert said[1].startswith("error: "), said
    assert lines[2 * len(BAD) :] == [
        "> status",
        "database 1, cache 1, bob 1; 4 processes; the database is on",
        "> quit",
    ]
    assert done.status == 0


NAMES = st.sampled_from(["bob", "alice", "carol"])
DATES = st.sampled_from(["2018-12-19", "2018-12-20"])
TITLES = st.text(st.sampled_from("aä \t\"'\\%{}\r\v\x1c\x85\u2028"), min_size=1, max_size=8)
COMMANDS = st.one_of(
    st.builds("add {} {} x{}".format, NAMES, DATES, TITLES),
    st.builds("add {} {} x{}".format, NAMES, DATES, TITLES),
    st.builds("entries {} {}".format, NAMES, DATES),
    st.builds("entries {} {}".format, NAMES, DATES),
    st.builds("delete {} {}".format, NAMES, st.integers(0, 3)),
    st.sampled_from(
        ["crash database", "crash cache", "status", "database off", "database on", "database on"]
    ),
    st.builds("crash {}".format, NAMES),
    st.builds("crash {}".format, NAMES),
    st.sampled_from(BAD),
)


@settings(
    max_examples=int(os.environ.get("RESPROUT_MODEL_EXAMPLES", "12")),
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # four programs each: to shrink takes many minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(commands=st.lists(COMMANDS, min_size=10, max_size=40))
def test_whatever_they_are_told_all_four_say_the_same(
    programs: Programs, tmp_path: Path, commands: list[str]
) -> None:
    done = run_all(programs, tmp_path, "\n".join(commands))
    for now, before in re.findall(r"again: .*; (\d+) processes, (\d+) before", done.out):
        assert now == before
    over = "system ended: shutdown\n"
    assert (done.status == 1) == done.out.endswith(over)
    assert (GAVE_UP in done.err) == (over in done.out)
