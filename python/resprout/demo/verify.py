"""The comparison behind ``--verify``: results, failed files and the store's rows against plain Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from resprout.demo.outcome import GivenUp, Outcome, is_lasting, printable
from resprout.demo.reference import analyse_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from resprout.demo.corpus import Corpus
    from resprout.demo.store import Key


@dataclass(frozen=True)
class Mismatch:
    """One difference.

    Attributes:
        path: The file.
        where: ``run`` for what the run answered, ``store`` for the row.
        seen: What was found there; None if nothing was.
        expected: What had to be there; None if nothing had.
    """

    path: str
    where: str
    seen: Outcome | None
    expected: Outcome | None

    def __str__(self) -> str:
        """Say which file differs, and how."""
        return (
            f"{printable(self.path)}: {self.where} says {_words(self.seen)}, expected {_words(self.expected)}"
        )


@dataclass(frozen=True)
class Comparison:
    """All differences of a run.

    Attributes:
        lost: Files with neither figures nor a failure.
        differences: In the order of the corpus; a file can be in it twice, for the run and for the store.
    """

    lost: tuple[str, ...]
    differences: tuple[Mismatch, ...]

    @property
    def mismatches(self) -> int:
        """The number of files that differ."""
        return len({difference.path for difference in self.differences})


def lost_files(corpus: Corpus, outcomes: Mapping[str, Outcome]) -> tuple[str, ...]:
    """The files for which the run has no answer at all."""
    return tuple(file.path for file in corpus.files if file.path not in outcomes)


def recompute(corpus: Corpus, on_file: Callable[[int], None] | None = None) -> dict[str, Outcome]:
    """Answer for every file again, in plain Python. Blocks while it reads all of them.

    Args:
        corpus: The files as listed before the run.
        on_file: Told the number of files done, after each.

    Returns:
        The outcome by path.
    """
    expected = {}
    for done, file in enumerate(corpus.files, start=1):
        expected[file.path] = analyse_file(file)
        if on_file is not None:
            on_file(done)
    return expected


def compare(
    corpus: Corpus,
    outcomes: Mapping[str, Outcome],
    rows: Mapping[Key, Outcome],
    expected: Mapping[str, Outcome],
    poison: str | None = None,
) -> Comparison:
    """Hold a run and the store against what is expected.

    A file that the run analysed and that has changed since can't be confirmed any more, and is a mismatch.

    Args:
        corpus: The files of the run.
        outcomes: What the run answered, by path.
        rows: The store's rows of this corpus (`Store.rows_of`).
        expected: The answers of `recompute`.
        poison: The ending of the files that may have been given up; None: none may.

    Returns:
        Lost files and differences. An answer for a file that is not of the corpus is a difference too.
    """
    differences = []
    for file in corpus.files:
        right = expected[file.path]
        seen = outcomes.get(file.path)
        given_up = isinstance(seen, GivenUp) and file.is_poisoned(poison)  # nothing is claimed of it
        if seen is not None and not given_up and seen != right:
            differences.append(Mismatch(file.path, "run", seen, right))
        # Without the bytes nothing can be said of a row about them: it may be an earlier run's, and right.
        row = rows.get(file.key)
        if is_lasting(right) and row != right and not (given_up and row is None):
            differences.append(Mismatch(file.path, "store", row, right))
    listed = {file.path for file in corpus.files}
    differences.extend(
        Mismatch(path, "run", seen, None) for path, seen in sorted(outcomes.items()) if path not in listed
    )
    keys = {file.key for file in corpus.files}
    differences.extend(
        Mismatch(key[0], "store", row, None) for key, row in sorted(rows.items()) if key not in keys
    )
    return Comparison(lost_files(corpus, outcomes), tuple(differences))


def _words(outcome: Outcome | None) -> str:
    return "nothing" if outcome is None else str(outcome)
