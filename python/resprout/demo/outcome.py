"""What the demo says of one file: figures, or the reason why there are none.

The same list of failures stands in ``native/outcome.hpp``; the values of `FailureKind` are the atoms that
an analyser process exits with.
"""

from __future__ import annotations

import enum
import os
from dataclasses import dataclass


class FailureKind(enum.Enum):
    """Why a file has no figures."""

    EMPTY_FILE = "empty_file"
    BAD_ENCODING = "bad_encoding"
    NUL_BYTE = "nul_byte"
    FILE_CHANGED = "file_changed"
    FILE_VANISHED = "file_vanished"
    UNREADABLE = "unreadable"

    @property
    def lasting(self) -> bool:
        """Whether the listed bytes alone decide it, so that every later run must find the same."""
        return self in (FailureKind.EMPTY_FILE, FailureKind.BAD_ENCODING, FailureKind.NUL_BYTE)


@dataclass(frozen=True)
class Failure:
    """One file's failure.

    Attributes:
        kind: The reason.
        detail: The byte offset for `BAD_ENCODING` and `NUL_BYTE`, errno for `UNREADABLE`, otherwise 0.
    """

    kind: FailureKind
    detail: int = 0

    def __str__(self) -> str:
        """Say it in words, for example ``bad encoding at byte 17``."""
        words = self.kind.value.replace("_", " ")
        if self.kind in (FailureKind.BAD_ENCODING, FailureKind.NUL_BYTE):
            return f"{words} at byte {self.detail}"
        if self.kind is FailureKind.UNREADABLE:
            return f"{words}: {os.strerror(self.detail)}"
        return words


@dataclass(frozen=True)
class Figures:
    """One file's figures; integers only, so that two implementations agree exactly or not at all.

    Attributes:
        lines: Count of LF, plus 1 if the last byte is not LF.
        words: Maximal runs of characters that are not `str.isspace`.
        deepest: Deepest nesting over ``()[]{}`` by a depth counter that mismatches do not move below 0.
        characters: Code points that are not LF.
    """

    lines: int
    words: int
    deepest: int
    characters: int

    @property
    def average_line_length(self) -> float:
        """Code points without LF, per line."""
        return self.characters / self.lines


@dataclass(frozen=True)
class GivenUp:
    """One file that nobody is left for: the pool of its type has given up (``--poison``)."""

    def __str__(self) -> str:
        """Say so."""
        return "given up"


Outcome = Figures | Failure | GivenUp


def is_lasting(outcome: Outcome) -> bool:
    """Whether the outcome follows from the listed bytes alone: figures do, and so do most failures."""
    return isinstance(outcome, Figures) or (isinstance(outcome, Failure) and outcome.kind.lasting)


def printable(path: str) -> str:
    """The path with everything escaped that could disturb a terminal or an encoder."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape", "surrogatepass").decode()
        for character in path
    )
