"""The same answers in plain Python, straight from the definitions: what ``--verify`` compares with.

Nothing here is shared with the analyser in C++ but the definitions themselves. It reads a file as one piece
and asks `str` for everything.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat

from resprout.demo.corpus import OPEN_FLAGS, CorpusFile
from resprout.demo.outcome import Failure, FailureKind, Figures, Outcome

_BRACKETS = re.compile(r"[()\[\]{}]")


def analyse_text(data: bytes) -> Outcome:
    """What the demo must say of these bytes."""
    if not data:
        return Failure(FailureKind.EMPTY_FILE)
    try:
        text = data.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        return Failure(FailureKind.BAD_ENCODING, error.start)
    nul = data.find(b"\0")
    if nul >= 0:
        return Failure(FailureKind.NUL_BYTE, nul)
    line_feeds = text.count("\n")
    return Figures(
        lines=line_feeds + (not text.endswith("\n")),
        words=len(text.split()),  # without an argument: at runs of what str.isspace() is true for
        deepest=_deepest(text),
        characters=len(text) - line_feeds,
    )


def _deepest(text: str) -> int:
    depth = deepest = 0
    for bracket in _BRACKETS.findall(text):
        if bracket in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif depth:
            depth -= 1
    return deepest


def analyse_file(file: CorpusFile) -> Outcome:
    """What the demo must say of a listed file, as it is now. Blocks while it reads."""
    try:
        descriptor = os.open(file.path, OPEN_FLAGS)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return Failure(FailureKind.FILE_CHANGED)
            data = _read_listed(descriptor, file.size)
        finally:
            os.close(descriptor)
    except OSError as error:
        return _refusal(error)
    if len(data) != file.size or hashlib.sha256(data).digest() != file.digest:
        return Failure(FailureKind.FILE_CHANGED)
    return analyse_text(data)


def _read_listed(descriptor: int, size: int) -> bytes:
    """Read to the end of the file, or to one byte beyond its listed size."""
    pieces = []
    wanted = size + 1
    while wanted and (piece := os.read(descriptor, wanted)):
        pieces.append(piece)
        wanted -= len(piece)
    return b"".join(pieces)


def _refusal(error: OSError) -> Failure:
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return Failure(FailureKind.FILE_VANISHED)
    if error.errno in (errno.ELOOP, errno.ENXIO):  # a symbolic link, or a socket, is in its place
        return Failure(FailureKind.FILE_CHANGED)
    return Failure(FailureKind.UNREADABLE, error.errno or 0)
