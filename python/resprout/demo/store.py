"""The store: what is known of each file, in SQLite, so that it outlives the program.

Rules:
    1. A row is keyed by path and digest. Only what follows from the bytes of the file is kept (figures, and
       failures that `FailureKind.lasting` is true for): a file that was unreadable today may be readable
       tomorrow.
    2. Every call that writes is one transaction. When it has returned, the row survives a kill -9 of the
       program: it is in the write-ahead log, in the kernel's hands. Only a crash of the machine itself can
       take the latest transactions back, and leaves the older ones whole (``synchronous=NORMAL``).
    3. A row written again is left alone if it says the same. If it says something else, nothing is changed
       and `StoreConflictError` raised: one of the two is wrong, and no order of writing may hide that.
    4. A store belongs to the thread that opened it, as SQLite's connections do.
    5. A file of other origin is refused. A store written by another version of the definitions is emptied:
       its rows can be made again.
"""

from __future__ import annotations

import os
import sqlite3
import time
from typing import TYPE_CHECKING

from resprout.demo.outcome import Failure, FailureKind, Figures, GivenUp, Outcome, is_lasting

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from resprout.demo.corpus import Corpus

Key = tuple[str, bytes]
Row = tuple[object, ...]

_APPLICATION_ID = 0x72737064
# To be raised whenever the table or the meaning of a figure changes.
_DEFINITIONS_VERSION = 1
_BUSY_TIMEOUT_S = 10.0
_BUSY_PAUSE_S = 0.01

# Paths are kept as bytes: a name need not be UTF-8, and SQLite's TEXT must be.
_SCHEMA = """
CREATE TABLE outcome (
  path BLOB NOT NULL,
  digest BLOB NOT NULL CHECK (length(digest) = 32),
  lines INTEGER,
  words INTEGER,
  deepest INTEGER,
  characters INTEGER,
  failure TEXT,
  detail INTEGER,
  PRIMARY KEY (path, digest),
  CHECK ((failure IS NULL AND detail IS NULL AND lines >= 1 AND words >= 0 AND deepest >= 0
          AND characters >= 0)
      OR (failure IS NOT NULL AND detail >= 0 AND lines IS NULL AND words IS NULL AND deepest IS NULL
          AND characters IS NULL))
) WITHOUT ROWID
"""
_COLUMNS = "lines, words, deepest, characters, failure, detail"


class StoreError(Exception):
    """The store's file can't be used."""


class StoreConflictError(Exception):
    """Two different outcomes for the same bytes."""

    def __init__(self, path: str, stored: Outcome, offered: Outcome) -> None:
        """Keep both outcomes for whoever reports it."""
        super().__init__(f"{path!r}: stored {stored}, offered {offered}")
        self.path = path
        self.stored = stored
        self.offered = offered


class Store:
    """An open store. Close it, or use it in a ``with`` statement."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Open the file, and make it if it is not there.

        Args:
            path: Where it is; directories that are missing are made. ``-wal`` and ``-shm`` files stand
                beside it while it is open.

        Raises:
            StoreError: The file is no store of this demo, is damaged or can't be opened.
        """
        self._path = os.fspath(path)
        try:
            os.makedirs(os.path.dirname(os.path.abspath(self._path)), exist_ok=True)
            # No implicit transactions: rule 2 wants to see BEGIN where it is.
            self._connection = sqlite3.connect(self._path, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"{self._path}: {error}; give another path") from error
        try:
            self._prepare()
        except sqlite3.Error as error:
            self._connection.close()
            raise StoreError(f"{self._path}: {error}; {_advice(error)}") from error
        except StoreError:
            self._connection.close()
            raise

    def __enter__(self) -> Store:
        """Return the store itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Close the file. Closing twice does nothing."""
        self._connection.close()

    def _prepare(self) -> None:
        self._connection.execute("PRAGMA synchronous=NORMAL")
        with _Transaction(self._connection):
            application_id = self._pragma("application_id")
            version = self._pragma("user_version")
            tables = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if application_id != _APPLICATION_ID and (application_id or tables):
                raise StoreError(f"{self._path}: not a store of this demo; give another path")
            if application_id != _APPLICATION_ID or version != _DEFINITIONS_VERSION:
                self._connection.execute("DROP TABLE IF EXISTS outcome")
                self._connection.execute(_SCHEMA)
                self._connection.execute(f"PRAGMA application_id={_APPLICATION_ID}")
                self._connection.execute(f"PRAGMA user_version={_DEFINITIONS_VERSION}")
        self._switch_to_wal()  # only now: a foreign file is not to be changed

    def _switch_to_wal(self) -> None:
        """Switch the journal, however many open the same new file at once.

        The switch wants the file for itself. While another connection is about to write, SQLite refuses it
        without waiting, whatever the timeout: the two could wait for each other.
        """
        deadline = time.monotonic() + _BUSY_TIMEOUT_S
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError as error:
                if not _is_busy(error) or time.monotonic() >= deadline:
                    raise
                time.sleep(_BUSY_PAUSE_S)
            else:
                return

    def _pragma(self, name: str) -> int:
        return int(self._connection.execute(f"PRAGMA {name}").fetchone()[0])

    def put(self, path: str, digest: bytes, outcome: Outcome) -> bool:
        """Keep one outcome.

        Args:
            path: The path as in `CorpusFile`.
            digest: The digest of the bytes that the outcome is about.
            outcome: Figures or a lasting failure.

        Returns:
            True if the row is new, False if the same was there already.

        Raises:
            ValueError: The outcome is a failure that does not follow from the bytes.
            StoreConflictError: Another outcome is there for the same bytes.
        """
        return self.put_many([((path, digest), outcome)]) == 1

    def put_many(self, outcomes: Iterable[tuple[Key, Outcome]]) -> int:
        """Keep several outcomes, all of them or none.

        Returns:
            How many of them are new.

        Raises:
            ValueError: As `put`.
            StoreConflictError: As `put`.
        """
        new = 0
        with _Transaction(self._connection):
            for key, outcome in outcomes:
                new += self._put(key, outcome)
        return new

    def _put(self, key: Key, outcome: Outcome) -> int:
        path, digest = key
        if isinstance(outcome, GivenUp) or not is_lasting(outcome):
            raise ValueError(f"outcome: {outcome} does not follow from the bytes of {path!r}; report it only")
        inserted = self._connection.execute(
            f"INSERT INTO outcome (path, digest, {_COLUMNS}) VALUES (?,?,?,?,?,?,?,?) "
            "ON CONFLICT (path, digest) DO NOTHING",
            (os.fsencode(path), digest, *_to_row(outcome)),
        ).rowcount
        if inserted == 0:
            stored = self.get(path, digest)
            assert stored is not None, "the insert found a row that the same transaction can't see"
            if stored != outcome:
                raise StoreConflictError(path, stored, outcome)
        return inserted

    def get(self, path: str, digest: bytes) -> Outcome | None:
        """What is known of these bytes under this path, or None."""
        row = self._connection.execute(
            f"SELECT {_COLUMNS} FROM outcome WHERE path=? AND digest=?", (os.fsencode(path), digest)
        ).fetchone()
        return None if row is None else _from_row(row)

    def rows_of(self, corpus: Corpus) -> dict[Key, Outcome]:
        """All rows about the files of this corpus; those of other corpora and older bytes are left out."""
        wanted = {file.key for file in corpus.files}
        rows = self._connection.execute(f"SELECT path, digest, {_COLUMNS} FROM outcome")
        found = (((os.fsdecode(path), digest), rest) for path, digest, *rest in rows)
        return {key: _from_row(rest) for key, rest in found if key in wanted}

    def clear(self) -> None:
        """Forget all rows, those of other corpora too."""
        with _Transaction(self._connection):
            self._connection.execute("DELETE FROM outcome")

    def count(self) -> int:
        """The number of rows."""
        return int(self._connection.execute("SELECT count(*) FROM outcome").fetchone()[0])


class _Transaction:
    """BEGIN IMMEDIATE ... COMMIT, or ROLLBACK if the block is left by an exception."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:  # SQLite has ended it already after some errors
                self._connection.execute("ROLLBACK")


def default_path() -> str:
    """The store of a run that names none, in the user's directory for states of programs."""
    base = os.environ.get("XDG_STATE_HOME") or os.path.join(os.path.expanduser("~"), ".local", "state")
    return os.path.join(base, "resprout", "demo.sqlite3")


def _is_busy(error: sqlite3.Error) -> bool:
    return "locked" in str(error)


def _advice(error: sqlite3.Error) -> str:
    if _is_busy(error):
        return "another program is using it: wait until it has ended, or give another path"
    return "move it away to begin a new store"


def _to_row(outcome: Figures | Failure) -> Row:
    if isinstance(outcome, Figures):
        return (outcome.lines, outcome.words, outcome.deepest, outcome.characters, None, None)
    return (None, None, None, None, outcome.kind.value, outcome.detail)


def _from_row(row: Iterable[object]) -> Outcome:
    lines, words, deepest, characters, failure, detail = row
    if failure is not None:
        return Failure(FailureKind(failure), _integer(detail))
    return Figures(_integer(lines), _integer(words), _integer(deepest), _integer(characters))


def _integer(value: object) -> int:
    if not isinstance(value, int):
        raise StoreError(f"the store holds {value!r} where a number belongs; move it away to begin a new one")
    return value
