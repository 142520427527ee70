"""The files of the project, as the tidy checks read them."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Source:
    """One text file: its path from the root, and what is in it."""

    path: str
    text: str

    @property
    def suffix(self) -> str:
        """The file name's ending, with the dot."""
        return Path(self.path).suffix


@dataclass(frozen=True)
class Finding:
    """Something that breaks a rule, and what to do instead."""

    path: str
    line: int
    what: str
    instead: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}\n    -> {self.instead}"


@cache
def sources() -> tuple[Source, ...]:
    """Every text file that is, or is about to be, under version control."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    found = []
    for path in sorted(set(listing.stdout.split("\0")) - {""}):
        file = ROOT / path
        if file.is_symlink() or not file.is_file():
            continue
        content = file.read_bytes()
        if b"\0" not in content:
            found.append(Source(path, content.decode("utf-8")))
    return tuple(found)


def under(*places: str) -> Iterator[Source]:
    """The files whose path begins with one of these."""
    return (source for source in sources() if source.path.startswith(places))


def line_of(text: str, position: int) -> int:
    """The line number, from 1, of a position."""
    return text.count("\n", 0, position) + 1


# The order matters: a string may hold what looks like a comment, and a comment what looks like a string.
_CODE_NOISE = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"(?P<tag>[^(\s]*)\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])'""",
    re.DOTALL,
)


def blank_comments(text: str, *, strings: bool = True) -> str:
    """C or C++ without comments (and contents of strings); lines keep their numbers."""

    def blank(match: re.Match[str]) -> str:
        noise = match.group()
        if noise.startswith(("//", "/*")) or strings:
            return "\n" * noise.count("\n") or " "
        return noise

    return _CODE_NOISE.sub(blank, text)


def report(findings: list[Finding]) -> str:
    """All findings as one message."""
    return f"{len(findings)} found\n" + "\n".join(map(str, findings))
