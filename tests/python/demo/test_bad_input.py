"""What the program says of input it can't use, of files that move under it, and when it is stopped."""

from __future__ import annotations

import ctypes
import os
import re
import resource
import signal
import sqlite3
from pathlib import Path

import pytest

from .program import Finished, rows, run

_PR_CAPBSET_DROP = 24
_CAP_DAC_OVERRIDE = 1
_CAP_DAC_READ_SEARCH = 2


def _as_anybody() -> None:
    """Take the right to read everything from a root's program: the next exec has it no more."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        for capability in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH):
            if libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
                raise OSError(ctypes.get_errno(), "PR_CAPBSET_DROP")


def _refused(done: Finished, *words: str) -> None:
    """One line on stderr with all of these, and the status of wrong use."""
    assert (done.status, done.out) == (2, "")
    (line,) = done.err.splitlines()
    assert line.startswith("resprout.demo: ")
    for word in words:
        assert word in line


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """A directory of forty texts."""
    directory = tmp_path / "texts"
    directory.mkdir()
    for number in range(40):
        (directory / f"{number:02}.txt").write_text(f"one (two) [three {number}]\n" * (1 + number))
    return directory


# ---- The directory ----


def test_a_directory_that_is_not_there_is_refused(tmp_path: Path) -> None:
    done = run(tmp_path / "nowhere", "--store", tmp_path / "store")
    _refused(
        done, str(tmp_path / "nowhere"), "No such file or directory", "give a directory that can be listed"
    )


def test_a_file_in_the_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run(tmp_path / "file", "--store", tmp_path / "store")
    _refused(done, str(tmp_path / "file"), "Not a directory", "give a directory that can be listed")


def test_a_directory_that_may_not_be_listed_is_refused(tmp_path: Path) -> None:
    (tmp_path / "private").mkdir(mode=0)
    done = run(tmp_path / "private", "--store", tmp_path / "store", before=_as_anybody)
    _refused(done, str(tmp_path / "private"), "Permission denied", "give a directory that can be listed")


def test_a_directory_with_nothing_to_analyse_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    _refused(
        run(empty, "--store", tmp_path / "store"), str(empty), "no file to analyse, and 0 entries left out"
    )
    (empty / "archive.gz").touch()
    _refused(
        run(empty, "--store", tmp_path / "store"), str(empty), "no file to analyse, and 1 entries left out"
    )


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--workers", "0"], "--workers: '0' is no number of 1 or more"),
        (["--limit", "many"], "--limit: 'many' is no number of 1 or more"),
        (["--chaos", "monkey"], "--chaos"),
        (["--small"], "--small"),
    ],
)
def test_options_that_are_none_are_refused(texts: Path, arguments: list[str], word: str) -> None:
    done = run(texts, *arguments)
    assert (done.status, done.out) == (2, "")
    assert word in done.err.splitlines()[-1]


# ---- The files ----


def test_files_and_directories_that_may_not_be_read_are_left_out(texts: Path, tmp_path: Path) -> None:
    (texts / "00.txt").chmod(0)
    (texts / "private").mkdir(mode=0)
    done = run(texts, "--store", tmp_path / "store", "--verify", before=_as_anybody)
    assert done.status == 0
    assert done.answers == _counts(files=39, results=39, skipped=2)
    assert done.table["unreadable"] == "2"


def test_a_name_that_is_not_utf8_is_analysed_like_any_other(texts: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    name = os.fsencode(texts) + b"/caf\xe9\n\x1b[31m"
    Path(os.fsdecode(name)).write_text("one two")
    done = run(texts, "--store", store, "--verify", "--chaos", "1")
    assert (done.status, done.answers) == (0, _counts(files=41, results=41))
    with sqlite3.connect(store) as connection:
        connection.execute("UPDATE outcome SET words = 3 WHERE path = ?", (name,))
    connection.close()
    done = run(texts, "--store", store, "--verify")
    assert (done.status, done.machine["mismatches"]) == (1, 1)
    assert r"/caf\udce9\n\x1b[31m: run says " in done.out


_LISTED = """
select = corpus.select
def then(directory):
    listed = select(directory)
    def path(number): return f"{{directory}}/{{number:02}}.txt"
    {deed}
    return listed
corpus.select = then
"""


_MOVES = """
    os.unlink(path(1))
    open(path(2), "a").write("more")
    os.truncate(path(3), 3)
    os.unlink(path(4)); os.symlink(path(5), path(4))
    os.unlink(path(6)); os.mkfifo(path(6))
    os.chmod(path(7), 0)
"""


@pytest.mark.parametrize("chaos", [(), ("--chaos", "1")], ids=["", "chaos"])
def test_files_that_change_after_they_were_listed_fail_with_that_reason_and_are_not_kept(
    texts: Path, tmp_path: Path, chaos: tuple[str, ...]
) -> None:
    store = tmp_path / "store"
    code = _LISTED.format(deed=_MOVES)
    done = run(texts, "--store", store, "--verify", *chaos, code=code, before=_as_anybody)
    assert (done.status, done.answers) == (0, _counts(files=40, results=34, failed=6)), done.out + done.err
    reasons = ("file vanished", "file changed", "unreadable")
    assert [done.table[reason] for reason in reasons] == ["1", "4", "1"]
    assert len(rows(store)) == 34


# ---- The store ----


def test_a_store_that_is_none_of_ours_is_refused_and_left_alone(texts: Path, tmp_path: Path) -> None:
    store = tmp_path / "notes"
    store.write_text("not a database, and dear to somebody")
    _refused(run(texts, "--store", store), str(store), "move it away to begin a new store")
    assert store.read_text() == "not a database, and dear to somebody"


def test_the_database_of_another_program_is_refused_and_left_alone(texts: Path, tmp_path: Path) -> None:
    store = tmp_path / "accounts"
    with sqlite3.connect(store) as connection:
        connection.execute("CREATE TABLE account (name TEXT)")
    connection.close()
    before = store.read_bytes()
    _refused(
        run(texts, "--store", store, "--fresh"), str(store), "not a store of this demo; give another path"
    )
    assert store.read_bytes() == before


def test_a_store_where_none_can_be_is_refused(texts: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    _refused(run(texts, "--store", tmp_path / "file" / "store"), "give another path")
    _refused(run(texts, "--store", tmp_path), str(tmp_path), "give another path")


def _no_room() -> None:
    """A file may not grow beyond what an empty store needs."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))


def test_a_store_that_cannot_grow_ends_the_tree_which_says_why(texts: Path, tmp_path: Path) -> None:
    for number in range(1000):
        (texts / f"{number:04}-{'long name ' * 20}").write_text(f"{number}")
    done = run(texts, "--store", tmp_path / "store", before=_no_room)
    assert (done.status, done.machine["lost"]) == (1, 1040)
    assert re.search(r"the tree has given up; demo_store ended: .*sqlite3\.\w+Error", done.err), done.err


# ---- Stopped by hand ----

_INTERRUPTED_AT_THE_FIRST_LOOK = """
def interrupted(self, status):
    os.kill(os.getpid(), signal.SIGINT)
    signal.sigtimedwait([], 10)
report._PlainProgress.update = interrupted
"""


@pytest.mark.parametrize("chaos", [(), ("--chaos", "1")], ids=["", "chaos"])
def test_interrupted_it_stops_in_order_and_says_what_it_has(
    texts: Path, tmp_path: Path, chaos: tuple[str, ...]
) -> None:
    store = tmp_path / "store"
    done = run(texts, "--store", store, *chaos, code=_INTERRUPTED_AT_THE_FIRST_LOOK)
    assert done.status == 128 + signal.SIGINT
    (line,) = done.err.splitlines()
    said = re.search(r"the tree was stopped in order, and the store has (\d+) of 40 files: run again", line)
    assert said is not None, line
    assert int(said[1]) == len(rows(store))
    assert not list(tmp_path.glob("store-*")), "the store was not closed in order"
    assert run(texts, "--store", store, "--verify").answers == _counts(files=40, results=40)


def test_interrupted_while_it_lists_it_says_so(texts: Path, tmp_path: Path) -> None:
    code = _LISTED.format(deed="os.kill(os.getpid(), signal.SIGINT)")
    done = run(texts, "--store", tmp_path / "store", code=code)
    assert (done.status, done.out, done.err) == (128 + signal.SIGINT, "", "resprout.demo: interrupted\n")


def test_output_that_nobody_reads_any_more_ends_it_without_a_word(texts: Path, tmp_path: Path) -> None:
    code = "reading, writing = os.pipe(); os.dup2(writing, 1); os.close(reading)"
    done = run(texts, "--store", tmp_path / "store", code=code)
    assert (done.status, done.err) == (128 + signal.SIGPIPE, "")


def _counts(*, files: int, results: int, failed: int = 0, skipped: int = 0) -> dict[str, int]:
    return {
        "files": files,
        "results": results,
        "failed": failed,
        "skipped": skipped,
        "lost": 0,
        "mismatches": 0,
    }
