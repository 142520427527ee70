"""The whole program, as a user runs it."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import sysconfig
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from .program import Finished, rows, run, start

_COPIED = 300


@dataclass
class Tree:
    """A directory of files that others wrote, with some among them that can't be analysed."""

    path: Path
    good: int = 0
    bad: dict[str, int] = field(default_factory=dict)
    skipped: int = 0

    @property
    def failed(self) -> int:
        return sum(self.bad.values())

    @property
    def machine(self) -> dict[str, int]:
        """What the last line must say, but for the restarts."""
        return {
            "files": self.good + self.failed,
            "results": self.good,
            "failed": self.failed,
            "skipped": self.skipped,
            "lost": 0,
            "mismatches": 0,
        }


def _is_good(path: Path) -> bool:
    data = path.read_bytes()
    return bool(data) and b"\0" not in data and data.decode("utf-8", "ignore").encode() == data


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """Sources of the standard library; every tenth of them has a neighbour that is spoilt."""
    made = Tree(tmp_path_factory.mktemp("tree"))
    library = Path(sysconfig.get_path("stdlib"))
    sources = [
        path for path in sorted(library.glob("*.py")) + sorted(library.glob("*/*.py")) if _is_good(path)
    ]
    for number, source in enumerate(sources[:_COPIED]):
        copy = made.path / source.parent.name / source.name
        copy.parent.mkdir(exist_ok=True)
        shutil.copy(source, copy)
        made.good += 1
        if number % 10 == 0:
            reason, data = (
                ("empty file", b""),
                ("bad encoding", source.read_bytes() + b"\xe9\n"),
                ("NUL byte", source.read_bytes() * 2 + b" " * 4096 + b"\0"),
            )[number // 10 % 3]
            copy.with_suffix(".spoilt").write_bytes(data)
            made.bad[reason] = made.bad.get(reason, 0) + 1
    (made.path / "page.gz").write_bytes(b"compressed, says its name")
    (made.path / "image").write_bytes(b"\x89PNG\0")
    (made.path / "link").symlink_to("page.gz")
    made.skipped = 3
    return made


@pytest.fixture(scope="session")
def plain(tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> tuple[Finished, Path]:
    """A run that nothing disturbed, and its store."""
    store = tmp_path_factory.mktemp("plain") / "store"
    return run(tree.path, "--store", store), store


@pytest.fixture
def filled(plain: tuple[Finished, Path], tmp_path: Path) -> Path:
    """A store that knows all files, to be changed."""
    return Path(shutil.copy(plain[1], tmp_path / "store"))


def test_a_run_answers_for_every_file_and_says_so_in_its_last_line(
    tree: Tree, plain: tuple[Finished, Path]
) -> None:
    done, store = plain
    assert done.status == 0
    assert done.err == ""
    assert done.answers == tree.machine
    assert len(rows(store)) == done.machine["files"]


def test_the_table_has_failures_by_reason_restarts_recovery_and_throughput(
    tree: Tree, plain: tuple[Finished, Path]
) -> None:
    table = plain[0].table
    assert {reason: int(table[reason.lower()]) for reason in tree.bad} == tree.bad
    assert table["symbolic link"] == table["compressed (.gz)"] == table["NUL in the first 4 KiB"] == "1"
    # Each bad file ended an analyser; the run may be over before the last of them is back.
    assert tree.failed - 2 <= int(table["restarts"]) <= tree.failed
    assert table["intensity"] == f"{tree.good + tree.failed + 3} in 3600 s"
    assert table["because"].startswith(f"each of {tree.good + tree.failed} files may end one analyser, once")
    for label in ("recovery time, median", "recovery time, p99"):
        value, unit = table[label].split()
        assert float(value) > 0
        assert unit in ("ns", "us", "ms", "s")
    assert "files/s" in table["throughput"]


def test_progress_is_shown_in_plain_lines_where_nobody_can_see_a_bar(
    tree: Tree, plain: tuple[Finished, Path]
) -> None:
    files = tree.good + tree.failed
    lines = plain[0].out.splitlines()
    assert lines[0].startswith(f"{files} files, {files} of them to analyse; 3 left out; analysers: ")
    assert any(line.startswith(f"{files}/{files} files, {tree.failed} failed, ") for line in lines)
    assert "\x1b" not in plain[0].out


def test_verify_finds_nothing_that_differs(tree: Tree, tmp_path: Path) -> None:
    done = run(tree.path, "--store", tmp_path / "store", "--verify")
    assert (done.status, done.answers) == (0, tree.machine)
    assert done.table["mismatches"] == "0"


def test_a_second_run_takes_everything_from_the_store(tree: Tree, filled: Path) -> None:
    before = rows(filled)
    done = run(tree.path, "--store", filled)
    assert done.answers == tree.machine
    assert done.machine["restarts"] == 0
    files = tree.good + tree.failed
    assert f"0 of them to analyse ({files} are in the store: --fresh forgets them)" in done.out
    assert done.table["known from the store"] == str(tree.good + tree.failed)
    assert rows(filled) == before


def test_fresh_forgets_and_analyses_again(tree: Tree, filled: Path) -> None:
    done = run(tree.path, "--store", filled, "--fresh")
    assert done.answers == tree.machine
    assert done.table["known from the store"] == "0"


@pytest.mark.parametrize("seed", range(1, 6))
def test_chaos_changes_neither_results_nor_the_failed_set(
    tree: Tree, plain: tuple[Finished, Path], tmp_path: Path, seed: int
) -> None:
    store = tmp_path / "store"
    done = run(tree.path, "--store", store, "--chaos", seed, "--verify")
    assert done.status == 0, done.out + done.err
    assert done.answers == tree.machine
    assert rows(store) == rows(plain[1])
    assert done.machine["restarts"] > tree.failed, "nothing was killed"


def test_chaos_over_files_that_are_known_kills_all_the_same(
    tree: Tree, plain: tuple[Finished, Path], filled: Path
) -> None:
    done = run(tree.path, "--store", filled, "--chaos", 1, "--workers", 1)
    assert done.answers == tree.machine
    assert done.machine["restarts"] > 0
    assert rows(filled) == rows(plain[1])


def test_chaos_reaches_every_level_below_the_root(tree: Tree, tmp_path: Path) -> None:
    done = run(tree.path, "--store", tmp_path / "store", "--chaos", 1, "--log")
    killed = [line for line in done.err.splitlines() if " ended: killed; decision: restart" in line]
    for level in ("demo_store", "demo_cache", "demo_dispatcher", "demo_pool", "analyser"):
        assert any(level in line.partition(" child ")[2] for line in killed), level


# ---- The store outlives the program ----

_DIES_AT_ROW = """
put, seen = store.Store._put, []
def dies(self, *row):
    seen.append(row)
    if len(seen) == {row}:
        os.kill(os.getpid(), signal.SIGKILL)
    return put(self, *row)
store.Store._put = dies
"""


@pytest.mark.parametrize("row", [1, 200])
def test_killed_in_the_middle_of_a_transaction_it_goes_on_with_the_rows_it_had(
    tree: Tree, plain: tuple[Finished, Path], tmp_path: Path, row: int
) -> None:
    store = tmp_path / "store"
    killed = run(tree.path, "--store", store, code=_DIES_AT_ROW.format(row=row))
    assert killed.status == -signal.SIGKILL
    kept = rows(store)
    assert len(kept) < row
    assert (len(kept) > 0) == (row > 1), "the first batch is one row"
    done = run(tree.path, "--store", store, "--verify")
    assert (done.status, done.answers) == (0, tree.machine)
    assert done.table["known from the store"] == str(len(kept))
    assert kept.items() <= rows(store).items()
    assert rows(store) == rows(plain[1])


def test_killed_from_outside_at_any_moment_it_loses_and_doubles_nothing(
    tree: Tree, plain: tuple[Finished, Path], tmp_path: Path
) -> None:
    store = tmp_path / "store"
    with start(tree.path, "--store", store, "--chaos", "1") as program:
        assert program.stdout is not None
        program.stdout.readline()  # it knows what is to do, and begins
        program.kill()
    kept = rows(store)
    done = run(tree.path, "--store", store, "--verify")
    assert (done.status, done.answers) == (0, tree.machine)
    assert kept.items() <= rows(store).items()
    assert rows(store) == rows(plain[1])


# ---- Exit status 1 ----


def test_a_row_that_somebody_altered_is_a_mismatch(tree: Tree, filled: Path) -> None:
    with sqlite3.connect(filled) as connection:
        path, words = connection.execute("SELECT path, words FROM outcome WHERE words > 0 LIMIT 1").fetchone()
        connection.execute("UPDATE outcome SET words = words + 1 WHERE path = ?", (path,))
    connection.close()
    done = run(tree.path, "--store", filled, "--verify")
    assert (done.status, done.machine["mismatches"], done.machine["lost"]) == (1, 1, 0)
    (said,) = (line for line in done.out.splitlines() if line.startswith(f"{path.decode()}: run says "))
    assert f"words={words + 1}," in said.partition("expected")[0]
    assert f"words={words}," in said.partition("expected")[2]


def test_a_failure_that_somebody_made_up_is_a_mismatch(tree: Tree, filled: Path) -> None:
    with sqlite3.connect(filled) as connection:
        connection.execute("UPDATE outcome SET detail = detail + 1 WHERE failure = 'bad_encoding'")
    connection.close()
    done = run(tree.path, "--store", filled, "--verify")
    assert (done.status, done.machine["mismatches"]) == (1, tree.bad["bad encoding"])


def test_without_verify_nothing_is_compared_and_the_table_says_so(
    tree: Tree, plain: tuple[Finished, Path]
) -> None:
    assert plain[0].table["mismatches"] == "not compared (--verify does)"


# ---- A subtree that fails for good ----


@pytest.mark.parametrize("options", [(), ("--chaos", 1)], ids=["undisturbed", "chaos"])
def test_a_subtree_that_fails_for_good_takes_what_is_its_own_and_no_more(
    tree: Tree, tmp_path: Path, options: tuple[object, ...]
) -> None:
    store = tmp_path / "store"
    done = run(tree.path, "--store", store, "--poison-ending", ".spoilt", "--verify", *options)
    assert done.status == 0, done.out + done.err
    assert done.answers == {**tree.machine, "failed": 0, "given_up": tree.failed}
    assert done.table["given up"] == f"{tree.failed} (*.spoilt)"
    assert done.table["cause"] == (
        "PoisonError: no analyser takes *.spoilt; after 3 restarts its supervisor gave up"
    )
    assert len(rows(store)) == tree.good
    if not options:
        assert done.machine["restarts"] == 3

    after = run(tree.path, "--store", store, "--verify")  # without the mistake: what was given up is done
    assert after.answers == tree.machine
    assert after.table["known from the store"] == str(tree.good)


def test_what_ends_the_subtree_leaves_the_bad_files_of_other_types_to_the_pool(
    tree: Tree, tmp_path: Path
) -> None:
    done = run("--store", tmp_path / "store", "--verify", "--poison", tree.path)  # of .py, which are the most
    assert done.table["given up"] == f"{tree.good} (*.py)"
    assert (done.status, done.machine["results"], done.machine["given_up"]) == (0, 0, tree.good)
    assert {reason: int(done.table[reason.lower()]) for reason in tree.bad} == tree.bad


def test_files_that_the_store_knows_do_not_need_the_subtree(tree: Tree, filled: Path) -> None:
    done = run(tree.path, "--store", filled, "--poison-ending", ".py")
    assert done.answers == {**tree.machine, "given_up": 0}
    assert done.table["cause"] == "nothing was asked of it"


def test_the_reports_say_that_the_supervisor_gave_up_and_why(tree: Tree, tmp_path: Path) -> None:
    done = run(tree.path, "--store", tmp_path / "store", "--poison-ending", ".spoilt", "--log")
    said = [line for line in done.err.splitlines() if "supervisor demo_poisoned: " in line]
    assert len(said) == 5
    assert all("PoisonError: no analyser takes *.spoilt" in line for line in said[:4])
    assert "it ended more often than max_restarts allows: the supervisor ends" in said[4]
    assert "supervisor demo_root: " not in done.err, "its parent goes on, and has nothing to do"


@pytest.mark.parametrize(
    ("ending", "words"),
    [("", "is no ending of a name"), ("a/b", "is no ending"), (".none", "no file to analyse")],
)
def test_an_ending_that_is_none_is_refused(tree: Tree, tmp_path: Path, ending: str, words: str) -> None:
    done = run(tree.path, "--store", tmp_path / "store", "--poison-ending", ending)
    assert (done.status, done.out) == (2, "")
    assert words in done.err


def test_where_no_name_has_an_ending_there_is_nothing_to_poison(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts/README").write_text("read me")
    done = run("--store", tmp_path / "store", "--poison", tmp_path / "texts")
    assert (done.status, done.out) == (2, "")
    assert "nothing for --poison to take" in done.err
