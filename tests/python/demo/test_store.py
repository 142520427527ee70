"""The store in SQLite."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from resprout.demo.corpus import Corpus, CorpusFile
from resprout.demo.outcome import Failure, FailureKind, Figures, GivenUp
from resprout.demo.store import Store, StoreConflictError, StoreError, default_path

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = bytes(range(32))
OTHER_DIGEST = bytes(32)
FIGURES = Figures(3, 14, 1, 59)
LASTING = [FIGURES, Figures(1, 0, 0, 0)] + [Failure(kind, 7) for kind in FailureKind if kind.lasting]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "store.sqlite3"


def test_what_was_put_is_there_after_the_store_is_opened_again(path: Path) -> None:
    with Store(path) as store:
        for number, outcome in enumerate(LASTING):
            assert store.put(f"/file{number}", DIGEST, outcome)
    with Store(path) as store:
        assert [store.get(f"/file{number}", DIGEST) for number in range(len(LASTING))] == LASTING
        assert store.count() == len(LASTING)


def test_the_key_is_path_and_digest(path: Path) -> None:
    with Store(path) as store:
        store.put("/a", DIGEST, FIGURES)
        assert store.get("/a", OTHER_DIGEST) is None
        assert store.get("/b", DIGEST) is None
        assert store.put("/a", OTHER_DIGEST, Failure(FailureKind.EMPTY_FILE))
        assert store.get("/a", DIGEST) == FIGURES
        assert store.count() == 2


def test_putting_the_same_again_changes_nothing(path: Path) -> None:
    with Store(path) as store:
        assert store.put("/a", DIGEST, FIGURES) is True
        assert store.put("/a", DIGEST, FIGURES) is False
        assert store.count() == 1


@pytest.mark.parametrize("offered", [Figures(3, 14, 1, 60), Failure(FailureKind.NUL_BYTE, 3)])
def test_another_outcome_for_the_same_bytes_is_a_conflict(path: Path, offered: Figures | Failure) -> None:
    with Store(path) as store:
        store.put("/a", DIGEST, FIGURES)
        with pytest.raises(StoreConflictError) as caught:
            store.put_many([(("/b", DIGEST), FIGURES), (("/a", DIGEST), offered)])
        assert (caught.value.path, caught.value.stored, caught.value.offered) == ("/a", FIGURES, offered)
        assert store.get("/a", DIGEST) == FIGURES
        assert store.get("/b", DIGEST) is None
        assert store.put("/c", DIGEST, FIGURES)


def test_a_failure_of_the_moment_is_refused(path: Path) -> None:
    with Store(path) as store:
        for kind in (FailureKind.FILE_CHANGED, FailureKind.FILE_VANISHED, FailureKind.UNREADABLE):
            with pytest.raises(ValueError, match="does not follow from the bytes"):
                store.put("/a", DIGEST, Failure(kind, 13))
        with pytest.raises(ValueError, match="given up does not follow from the bytes"):
            store.put("/a", DIGEST, GivenUp())
        assert store.count() == 0


def test_several_are_counted_when_new(path: Path) -> None:
    with Store(path) as store:
        store.put("/1", DIGEST, FIGURES)
        assert store.put_many(((f"/{number}", DIGEST), FIGURES) for number in range(5)) == 4
        assert store.put_many([]) == 0


def test_names_that_are_not_utf8_are_kept_apart(path: Path) -> None:
    names = [os.fsdecode(b"/\xff"), os.fsdecode(b"/\xfe"), "/ÿ", "/a\nb", "/🦀"]
    with Store(path) as store:
        for number, name in enumerate(names):
            assert store.put(name, DIGEST, Figures(1, number, 0, 0))
        assert [store.get(name, DIGEST) for name in names] == [Figures(1, n, 0, 0) for n in range(5)]


def test_rows_of_a_corpus_leave_other_files_and_other_bytes_out(path: Path) -> None:
    corpus = Corpus((CorpusFile("/a", 1, DIGEST), CorpusFile("/b", 1, DIGEST)), {})
    with Store(path) as store:
        store.put("/a", DIGEST, FIGURES)
        store.put("/b", OTHER_DIGEST, FIGURES)
        store.put("/c", DIGEST, FIGURES)
        assert store.rows_of(corpus) == {("/a", DIGEST): FIGURES}


def test_a_file_of_other_origin_is_refused_and_left_alone(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.sqlite3"
    connection = sqlite3.connect(foreign)
    connection.execute("CREATE TABLE outcome (x)")
    connection.commit()
    connection.close()
    before = foreign.read_bytes()
    with pytest.raises(StoreError, match="not a store of this demo"):
        Store(foreign)
    text = tmp_path / "text"
    text.write_text("a text that nobody wants to lose, and long enough to be taken for a header\n" * 9)
    with pytest.raises(StoreError, match="not a database"):
        Store(text)
    assert foreign.read_bytes() == before


def test_a_path_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="give another path"):
        Store(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="give another path"):
        Store(tmp_path / "file" / "store")


def test_rows_of_other_definitions_are_dropped(path: Path) -> None:
    with Store(path) as store:
        store.put("/a", DIGEST, FIGURES)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version=999")
    connection.close()
    with Store(path) as store:
        assert store.count() == 0
        assert store.put("/a", DIGEST, FIGURES)
    with Store(path) as store:
        assert store.count() == 1


def test_opening_waits_for_whoever_writes_before_the_journal_is_switched(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store(path) as store:
        store.put("/a", DIGEST, FIGURES)
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("PRAGMA journal_mode=DELETE")
    waits: list[float] = []
    switch = Store._switch_to_wal

    def begin_writing(store: Store) -> None:
        writer.execute("BEGIN IMMEDIATE")
        switch(store)

    def end_writing(seconds: float) -> None:
        waits.append(seconds)
        writer.execute("COMMIT")

    monkeypatch.setattr(Store, "_switch_to_wal", begin_writing)
    monkeypatch.setattr("resprout.demo.store.time.sleep", end_writing)
    with Store(path) as store:
        assert store.get("/a", DIGEST) == FIGURES
    assert len(waits) == 1
    writer.close()
    witness = sqlite3.connect(path)  # a new one: the writer remembers the journal it began with
    assert witness.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    witness.close()


def test_a_store_that_stays_locked_is_refused_without_advice_to_remove_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Store(path).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr("resprout.demo.store._BUSY_TIMEOUT_S", 0.0)
    with pytest.raises(StoreError, match="locked; another program is using it"):
        Store(path)
    other.close()


def test_many_can_open_a_new_store_at_once(tmp_path: Path) -> None:
    failures: list[Exception] = []
    for round_number in range(50):
        ready = threading.Barrier(4)

        def open_it(path: Path = tmp_path / f"{round_number}", ready: threading.Barrier = ready) -> None:
            ready.wait(30)
            try:
                Store(path).close()
            except (StoreError, sqlite3.Error) as error:
                failures.append(error)

        threads = [threading.Thread(target=open_it) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failures == []


def test_two_writers_of_one_store_put_no_row_twice(path: Path) -> None:
    """Two connections, as two programs would have; each thread opens its own."""
    ready = threading.Barrier(2)
    new: list[int] = []

    def write() -> None:
        with Store(path) as store:
            ready.wait(30)
            new.append(sum(store.put(f"/{number}", DIGEST, FIGURES) for number in range(300)))

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(new) == 300
    with Store(path) as store:
        assert store.count() == 300


def test_a_store_belongs_to_its_thread(path: Path) -> None:
    refused: list[sqlite3.ProgrammingError] = []

    def use() -> None:
        try:
            store.count()
        except sqlite3.ProgrammingError as error:
            refused.append(error)

    with Store(path) as store:
        thread = threading.Thread(target=use)
        thread.start()
        thread.join()
    assert len(refused) == 1


WRITER = """
import sys
from resprout.demo.outcome import Figures
from resprout.demo.store import Store
store = Store(sys.argv[1])
number = 0
while True:
    store.put(f"/{number}", bytes(32), Figures(1, number, 0, 0))
    print(number, flush=True)
    number += 1
"""


@pytest.mark.parametrize("acknowledged", [1, 50, 777])
def test_what_a_killed_program_has_put_is_there(path: Path, acknowledged: int) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True, env=environment
    ) as writer:
        assert writer.stdout is not None
        last = -1
        for _ in range(acknowledged):
            last = int(writer.stdout.readline())
        os.kill(writer.pid, signal.SIGKILL)
        last = max([last, *map(int, writer.stdout.read().splitlines(keepends=False))])
    with Store(path) as store:
        assert [store.get(f"/{number}", bytes(32)) for number in range(last + 1)] == [
            Figures(1, number, 0, 0) for number in range(last + 1)
        ]
        assert store.count() in (last + 1, last + 2)  # the kill can fall between put and print
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_the_default_path_is_in_the_users_state_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    assert default_path() == "/state/resprout/demo.sqlite3"
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", "/home/someone")
    assert default_path() == "/home/someone/.local/state/resprout/demo.sqlite3"
