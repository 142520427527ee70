"""The demo's C++ analyser, called through ctypes."""

from __future__ import annotations

import ctypes
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from resprout.demo.outcome import Failure, FailureKind, Figures

if TYPE_CHECKING:
    from resprout.demo.corpus import CorpusFile
    from resprout.demo.outcome import Outcome

ROOT = Path(__file__).resolve().parents[3]
_NATIVE = ROOT / "python" / "resprout" / "demo" / "native"
_SOURCES = [
    _NATIVE / "file_analysis.cpp",
    _NATIVE / "sha256.cpp",
    _NATIVE / "text_analysis.cpp",
    Path(__file__).with_name("analyser_shim.cpp"),
]
_WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]


def build(directory: Path, *extra: str) -> Path:
    """Compile the analyser and its shim into a shared library in `directory`."""
    library = directory / "libanalyser_shim.so"
    compiler = os.environ.get("CXX", "g++").split()
    flags = ["-std=c++20", "-O2", "-fPIC", "-shared", *_WARNINGS, *extra, f"-I{ROOT}"]
    subprocess.run([*compiler, *flags, *map(str, _SOURCES), "-o", str(library)], check=True)
    return library


class _ShimOutcome(ctypes.Structure):
    _fields_ = (
        ("failure", ctypes.c_char_p),
        ("detail", ctypes.c_uint64),
        ("lines", ctypes.c_uint64),
        ("words", ctypes.c_uint64),
        ("deepest", ctypes.c_uint64),
        ("characters", ctypes.c_uint64),
    )


class NativeAnalyser:
    """The functions of the shim, with Python's types."""

    def __init__(self, library: Path) -> None:
        self._library = ctypes.CDLL(str(library))
        self._library.shim_analyse.restype = _ShimOutcome
        self._library.shim_analyse_file.restype = _ShimOutcome
        self._library.shim_is_space.restype = ctypes.c_bool
        self._library.shim_is_space.argtypes = [ctypes.c_uint32]
        self._library.shim_failure_name.restype = ctypes.c_char_p
        self._library.shim_sha256.restype = None

    def analyse_text(self, data: bytes, chunk_bytes: int = 0) -> Outcome:
        """The outcome of `data`, cut into chunks unless `chunk_bytes` is 0."""
        return _outcome(
            self._library.shim_analyse(data, ctypes.c_size_t(len(data)), ctypes.c_size_t(chunk_bytes))
        )

    def analyse_file(self, file: CorpusFile, buffer_bytes: int = 1 << 16) -> Outcome:
        """The outcome of a listed file."""
        return _outcome(
            self._library.shim_analyse_file(
                os.fsencode(file.path), ctypes.c_uint64(file.size), file.digest, ctypes.c_size_t(buffer_bytes)
            )
        )

    def sha256(self, data: bytes, chunk_bytes: int) -> bytes:
        """The digest of `data`, cut into chunks."""
        digest = ctypes.create_string_buffer(32)
        self._library.shim_sha256(data, ctypes.c_size_t(len(data)), ctypes.c_size_t(chunk_bytes), digest)
        return digest.raw

    def is_space(self, code_point: int) -> bool:
        """Whether the analyser takes the code point for white space."""
        return bool(self._library.shim_is_space(code_point))

    def failure_names(self) -> list[str]:
        """The atoms of all failures, in order."""
        names: list[str] = []
        while (name := self._library.shim_failure_name(len(names) + 1).decode()) != "none":
            names.append(name)
        return names


def _outcome(raw: _ShimOutcome) -> Outcome:
    figures = (raw.lines, raw.words, raw.deepest, raw.characters)
    if raw.failure == b"none":
        assert raw.detail == 0
        return Figures(*figures)
    assert figures == (0, 0, 0, 0)
    return Failure(FailureKind(raw.failure.decode()), raw.detail)
