"""Which files the demo analyses: chosen, read once and fixed by size and digest at the start.

Rules:
    1. The default is the ``*.py`` files of the running Python's standard library (what is installed under it
       in ``site-packages`` or ``dist-packages`` is not part of it) and, of /usr/share, every regular file
       that is not compressed (``.gz``) and has no NUL in its first 4 KiB. A directory given instead is read
       by the rule of /usr/share.
    2. Every other directory entry that is not a directory is skipped, and counted under its reason.
       Symbolic links are not followed.
    3. A path is counted once even if two roots hold it, and a file with several names once under the first
       of them: the others are skipped as hard links.
    4. The order is that of the bytes of the paths, whatever the file system answers.
    5. A file must keep the bytes it has now. Whoever analyses it compares size and digest and fails with
       `FILE_CHANGED` otherwise.
"""

from __future__ import annotations

import enum
import hashlib
import os
import stat
import sysconfig
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_SNIFF_BYTES = 4096
_READ_BYTES = 1 << 18
_BATCH = 64
_THIRD_PARTY = frozenset({"site-packages", "dist-packages"})
# O_NONBLOCK: a FIFO that takes a file's place after the listing must not block the program.
OPEN_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class CorpusError(Exception):
    """The directory asked for can't be read as one."""


class SkipReason(enum.Enum):
    """Why a directory entry is not analysed."""

    NOT_PYTHON = "not a *.py file of the standard library"
    COMPRESSED = "compressed (.gz)"
    BINARY = "NUL in the first 4 KiB"
    SYMLINK = "symbolic link"
    HARD_LINK = "another name of a listed file"
    SPECIAL = "neither file nor directory"
    UNREADABLE = "unreadable"


class Rule(enum.Enum):
    """Which files of a root are taken."""

    PYTHON_SOURCES = "the *.py files"
    TEXTS = "uncompressed files without NUL in the first 4 KiB"


@dataclass(frozen=True)
class Root:
    """A directory tree to select from."""

    path: str
    rule: Rule


@dataclass(frozen=True)
class CorpusFile:
    """One file to analyse.

    Attributes:
        path: Absolute path; bytes that are no UTF-8 are there as surrogates (`os.fsencode` undoes it).
        size: Bytes read when it was listed.
        digest: SHA-256 of these bytes.
    """

    path: str
    size: int
    digest: bytes

    def is_poisoned(self, ending: str | None) -> bool:
        """Whether it is of the type that the subtree of ``--poison`` takes, if there is one."""
        return ending is not None and self.path.endswith(ending)

    @property
    def key(self) -> tuple[str, bytes]:
        """What the store knows the file by."""
        return (self.path, self.digest)


@dataclass(frozen=True)
class Corpus:
    """The files of one run and the count of what was left out.

    Attributes:
        files: In the order of the bytes of their paths.
        skipped: Entries left out, by reason; reasons that did not occur are not in it.
    """

    files: tuple[CorpusFile, ...]
    skipped: Mapping[SkipReason, int]

    @property
    def total_bytes(self) -> int:
        """The sizes of all files together."""
        return sum(file.size for file in self.files)

    @property
    def commonest_ending(self) -> str:
        """What most of the names end in, as .py; of as many the first; empty: none has an ending."""
        counts = Counter(os.path.splitext(file.path)[1] for file in self.files)
        del counts[""]
        return min(counts, key=lambda ending: (-counts[ending], ending), default="")

    @property
    def total_skipped(self) -> int:
        """The number of entries left out."""
        return sum(self.skipped.values())


def default_roots() -> tuple[Root, ...]:
    """The standard library of the running Python, and /usr/share where there is one."""
    roots = [Root(os.path.realpath(sysconfig.get_path("stdlib")), Rule.PYTHON_SOURCES)]
    if os.path.isdir("/usr/share"):
        roots.append(Root(os.path.realpath("/usr/share"), Rule.TEXTS))
    return tuple(roots)


def select(directory: str | os.PathLike[str] | None = None, *, threads: int | None = None) -> Corpus:
    """List, read and digest the files to analyse. Blocks until all are read.

    Args:
        directory: A tree to take instead of the default roots; a symbolic link to one is resolved.
        threads: Readers at a time; by default as many as there are processors, at most 8.

    Returns:
        The corpus: the same for the same files, on every call.

    Raises:
        CorpusError: `directory` does not exist, is not a directory or may not be listed.
    """
    if directory is None:
        return select_from(default_roots(), threads=threads)
    path = os.path.realpath(directory)
    try:
        os.scandir(path).close()
    except OSError as error:
        raise CorpusError(
            f"{Path(directory)}: {error.strerror}; give a directory that can be listed"
        ) from error
    return select_from((Root(path, Rule.TEXTS),), threads=threads)


def select_from(roots: Iterable[Root], *, threads: int | None = None) -> Corpus:
    """As `select`, from any set of roots."""
    skipped: dict[str, SkipReason] = {}
    candidates: dict[str, bool] = {}
    for root in roots:
        _walk(root, candidates, skipped)
    for path in candidates:
        skipped.pop(path, None)  # left out by one root, taken by another
    ordered = sorted(candidates.items(), key=lambda item: os.fsencode(item[0]))
    batches = [ordered[at : at + _BATCH] for at in range(0, len(ordered), _BATCH)]
    workers = threads or min(8, os.cpu_count() or 1)
    files: list[CorpusFile] = []
    counts = Counter(skipped.values())
    seen: set[tuple[int, int]] = set()
    with ThreadPoolExecutor(workers, thread_name_prefix="resprout-demo-list") as pool:
        for batch in pool.map(_read_batch, batches):
            for read in batch:
                if isinstance(read, SkipReason):
                    counts[read] += 1
                elif read.inode in seen:
                    counts[SkipReason.HARD_LINK] += 1
                else:
                    seen.add(read.inode)
                    files.append(read.file)
    return Corpus(tuple(files), dict(sorted(counts.items(), key=lambda item: item[0].value)))


def spread(corpus: Corpus, count: int) -> Corpus:
    """At most `count` of the files, at even distances in the whole list; the same ones on every call."""
    total = len(corpus.files)
    if count >= total:
        return corpus
    return Corpus(tuple(corpus.files[at * total // count] for at in range(count)), corpus.skipped)


def _walk(root: Root, candidates: dict[str, bool], skipped: dict[str, SkipReason]) -> None:
    """Sort the entries of a tree into candidates (True: a NUL at the start rules it out) and skipped."""
    pending = [root.path]
    while pending:
        directory = pending.pop()
        try:
            with os.scandir(directory) as entries:
                for entry in entries:
                    verdict = _judge(entry, root.rule)
                    if isinstance(verdict, SkipReason):
                        skipped[entry.path] = verdict
                    elif verdict is _Verdict.TAKE:
                        sniffed = root.rule is Rule.TEXTS
                        candidates[entry.path] = candidates.get(entry.path, True) and sniffed
                    elif root.rule is Rule.TEXTS or entry.name not in _THIRD_PARTY:
                        pending.append(entry.path)
        except OSError:
            skipped[directory] = SkipReason.UNREADABLE


class _Verdict(enum.Enum):
    TAKE = enum.auto()
    DESCEND = enum.auto()


def _judge(entry: os.DirEntry[str], rule: Rule) -> _Verdict | SkipReason:
    try:
        if entry.is_symlink():
            return SkipReason.SYMLINK
        if entry.is_dir(follow_symlinks=False):
            return _Verdict.DESCEND
        if not entry.is_file(follow_symlinks=False):
            return SkipReason.SPECIAL
    except OSError:  # some file systems do not tell the type in the listing, and then refuse to be asked
        return SkipReason.UNREADABLE
    if rule is Rule.PYTHON_SOURCES:
        return _Verdict.TAKE if entry.name.endswith(".py") else SkipReason.NOT_PYTHON
    return SkipReason.COMPRESSED if entry.name.endswith(".gz") else _Verdict.TAKE


@dataclass(frozen=True)
class _Read:
    file: CorpusFile
    inode: tuple[int, int]


def _read_batch(batch: Sequence[tuple[str, bool]]) -> list[_Read | SkipReason]:
    buffer = bytearray(_READ_BYTES)
    return [_read(path, sniffed, buffer) for path, sniffed in batch]


def _read(path: str, sniffed: bool, buffer: bytearray) -> _Read | SkipReason:
    """Read the file through once: what is sniffed, counted and digested are the same bytes."""
    try:
        descriptor = os.open(path, OPEN_FLAGS)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                return SkipReason.SPECIAL
            view = memoryview(buffer)
            digest = hashlib.sha256()
            size = 0
            while count := os.readv(descriptor, [buffer]):
                if sniffed and size < _SNIFF_BYTES and 0 in view[: min(count, _SNIFF_BYTES - size)].tobytes():
                    return SkipReason.BINARY
                digest.update(view[:count])
                size += count
        finally:
            os.close(descriptor)
    except OSError:
        return SkipReason.UNREADABLE
    return _Read(CorpusFile(path, size, digest.digest()), (status.st_dev, status.st_ino))
