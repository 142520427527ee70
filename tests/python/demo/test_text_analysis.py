"""The analyser in C++ against the definitions and against plain Python."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resprout.demo import corpus, reference
from resprout.demo.corpus import CorpusFile
from resprout.demo.outcome import Failure, FailureKind, Figures

if TYPE_CHECKING:
    from pathlib import Path

    from resprout.demo.outcome import Outcome

    from .native_analyser import NativeAnalyser

BAD = FailureKind.BAD_ENCODING
# Texts rich in what the analyser looks at; a plain st.text() hardly ever has a bracket next to a line feed.
PIECES = st.sampled_from(
    [
        "(",
        "[",
        "{",
        ")",
        "]",
        "}",
        "\n",
        "\r\n",
        " ",
        "\t",
        "word",
        "x" * 9,
        "é",
        "—",
        "\u2028",
        "\u3000",
        "🦀",
    ]
)
TEXTS = st.lists(PIECES | st.characters(exclude_categories=["Cs"]), max_size=60).map("".join)
# Bytes at the edges of UTF-8, in any order: most sequences are wrong, each in its own way.
EDGE_BYTES = st.lists(
    st.sampled_from(
        bytes.fromhex(
            "00 0A 20 28 29 41 7F 80 8F 90 9F A0 BF C0 C1 C2 DF E0 E1 EC ED EE EF F0 F1 F3 F4 F5 F8 FF"
        )
    ),
    max_size=24,
).map(bytes)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a", Figures(1, 1, 0, 1)),
        (b"\n", Figures(1, 0, 0, 0)),
        (b"a\n", Figures(1, 1, 0, 1)),
        (b"a\nb", Figures(2, 2, 0, 2)),
        (b"a\r\nb\r\n", Figures(2, 2, 0, 4)),
        (b" two  words ", Figures(1, 2, 0, 12)),
        (b"eightby8 eightby8 9", Figures(1, 3, 0, 19)),
        (b"(()", Figures(1, 1, 2, 3)),
        (b"([{}])", Figures(1, 1, 3, 6)),
        (b"(]([)", Figures(1, 1, 2, 5)),
        (b")))(", Figures(1, 1, 1, 4)),
        (b"()" * 100, Figures(1, 1, 1, 200)),
        (b"(" * 100 + b")" * 300 + b"[", Figures(1, 1, 100, 401)),
        ("é\u3000ü\n".encode(), Figures(1, 2, 0, 3)),
        ("\ufeffa".encode(), Figures(1, 1, 0, 2)),
        (b"a\x1cb\x85".replace(b"\x85", "\x85".encode()), Figures(1, 2, 0, 4)),
        (b"", Failure(FailureKind.EMPTY_FILE)),
        (b"\0", Failure(FailureKind.NUL_BYTE, 0)),
        (b"plain text then \0 and \0", Failure(FailureKind.NUL_BYTE, 16)),
        (b"\0" + b"a" * 20 + b"\0" * 20, Failure(FailureKind.NUL_BYTE, 0)),
        (b"\0\x80", Failure(BAD, 1)),
        (b"\x80", Failure(BAD, 0)),
        (b"abc\xff", Failure(BAD, 3)),
        (b"\xc0\x80", Failure(BAD, 0)),
        (b"\xc1\xbf", Failure(BAD, 0)),
        (b"\xe0\x9f\xbf", Failure(BAD, 0)),
        (b"\xed\x9f\xbf", Figures(1, 1, 0, 1)),
        (b"\xed\xa0\x80", Failure(BAD, 0)),
        (b"\xf0\x8f\xbf\xbf", Failure(BAD, 0)),
        (b"\xf4\x8f\xbf\xbf", Figures(1, 1, 0, 1)),
        (b"\xf4\x90\x80\x80", Failure(BAD, 0)),
        (b"\xf5\x80\x80\x80", Failure(BAD, 0)),
        (b"0123456789\xe2\x82", Failure(BAD, 10)),
        (b"\xe2\x82\xac\xe2\x28\xa1", Failure(BAD, 3)),
    ],
)
def test_both_analysers_follow_the_definitions(
    native: NativeAnalyser, data: bytes, expected: Outcome
) -> None:
    assert reference.analyse_text(data) == expected
    assert native.analyse_text(data) == expected
    for chunk_bytes in range(1, 10):
        assert native.analyse_text(data, chunk_bytes) == expected


def test_white_space_is_that_of_str_isspace_for_every_code_point(native: NativeAnalyser) -> None:
    assert [point for point in range(0x110000) if native.is_space(point) != chr(point).isspace()] == []


def test_words_are_split_by_every_white_space_and_by_nothing_else(native: NativeAnalyser) -> None:
    for first in range(0, 0x110000, 0x100):
        points = [point for point in range(first, first + 0x100) if point and not 0xD800 <= point < 0xE000]
        data = "".join(f"a{chr(point)}b" for point in points).encode()
        assert native.analyse_text(data) == reference.analyse_text(data)


def test_str_split_splits_at_str_isspace() -> None:
    """What the reference takes for granted of this Python."""
    for point in range(sys.maxunicode + 1):
        character = chr(point)
        assert len(f"a{character}b".split()) == 1 + character.isspace()


def test_the_failures_have_the_same_names_in_both_languages(native: NativeAnalyser) -> None:
    assert native.failure_names() == [kind.value for kind in FailureKind]


def test_every_two_bytes_are_taken_or_refused_as_by_python(native: NativeAnalyser) -> None:
    for pair in range(0x10000):
        data = pair.to_bytes(2, "big")
        assert native.analyse_text(data) == reference.analyse_text(data)


@given(data=TEXTS.map(str.encode), chunk_bytes=st.integers(0, 20))
@settings(max_examples=300, deadline=None)
def test_texts_have_the_same_figures_in_any_chunks(
    native: NativeAnalyser, data: bytes, chunk_bytes: int
) -> None:
    assert native.analyse_text(data, chunk_bytes) == reference.analyse_text(data)


@given(before=TEXTS.map(str.encode), data=EDGE_BYTES | st.binary(max_size=40), chunk_bytes=st.integers(0, 20))
@settings(max_examples=500, deadline=None)
def test_any_bytes_have_the_same_outcome_in_any_chunks(
    native: NativeAnalyser, before: bytes, data: bytes, chunk_bytes: int
) -> None:
    whole = before + data
    assert native.analyse_text(whole, chunk_bytes) == reference.analyse_text(whole)


@given(data=st.binary(max_size=300), chunk_bytes=st.integers(1, 130))
@settings(max_examples=500, deadline=None)
def test_the_digest_is_sha256(native: NativeAnalyser, data: bytes, chunk_bytes: int) -> None:
    assert native.sha256(data, chunk_bytes) == hashlib.sha256(data).digest()


def test_the_digest_is_sha256_at_every_length_of_padding(native: NativeAnalyser) -> None:
    for size in range(260):
        data = bytes(range(256)) * 2
        assert native.sha256(data[:size], 64) == hashlib.sha256(data[:size]).digest()


def test_real_files_have_the_same_outcome(native: NativeAnalyser) -> None:
    files = corpus.select().files
    sample = files[:: max(1, len(files) // 1500)]
    assert len(sample) >= 500
    outcomes = {file.path: native.analyse_file(file) for file in sample}
    assert outcomes == {file.path: reference.analyse_file(file) for file in sample}


def listed(path: Path, data: bytes) -> CorpusFile:
    path.write_bytes(data)
    return CorpusFile(str(path), len(data), hashlib.sha256(data).digest())


def both(native: NativeAnalyser, file: CorpusFile) -> Outcome:
    outcome = native.analyse_file(file)
    assert outcome == reference.analyse_file(file)
    return outcome


@pytest.mark.parametrize("now", [b"another", b"a text cut", b"a text that grew", b""])
def test_a_file_with_other_bytes_than_listed_is_a_change(
    native: NativeAnalyser, tmp_path: Path, now: bytes
) -> None:
    file = listed(tmp_path / "file", b"a text cut ")
    (tmp_path / "file").write_bytes(now)
    assert both(native, file) == Failure(FailureKind.FILE_CHANGED)


@pytest.mark.parametrize("size", [0, 3, 5])
def test_a_size_other_than_listed_is_a_change_though_the_digest_fits(
    native: NativeAnalyser, tmp_path: Path, size: int
) -> None:
    file = replace(listed(tmp_path / "file", b"text"), size=size)
    assert both(native, file) == Failure(FailureKind.FILE_CHANGED)


def test_a_change_is_the_reason_before_anything_in_the_bytes(native: NativeAnalyser, tmp_path: Path) -> None:
    file = listed(tmp_path / "file", b"fine")
    (tmp_path / "file").write_bytes(b"\0\xff..")
    assert both(native, file) == Failure(FailureKind.FILE_CHANGED)


def test_a_file_that_is_gone_has_vanished(native: NativeAnalyser, tmp_path: Path) -> None:
    file = listed(tmp_path / "file", b"text")
    (tmp_path / "file").unlink()
    assert both(native, file) == Failure(FailureKind.FILE_VANISHED)
    (tmp_path / "file").mkdir()
    inner = CorpusFile(str(tmp_path / "text" / "file"), 1, bytes(32))
    (tmp_path / "text").write_bytes(b"a file where a directory was")
    assert both(native, inner) == Failure(FailureKind.FILE_VANISHED)


@pytest.mark.parametrize("kind", ["symlink", "directory", "fifo"])
def test_what_is_no_regular_file_any_more_has_changed(
    native: NativeAnalyser, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "file"
    file = listed(path, b"text")
    path.rename(tmp_path / "target")
    if kind == "symlink":
        path.symlink_to(tmp_path / "target")
    elif kind == "directory":
        path.mkdir()
    else:
        os.mkfifo(path)
    assert both(native, file) == Failure(FailureKind.FILE_CHANGED)


def test_a_name_the_system_refuses_is_unreadable_with_its_errno(native: NativeAnalyser) -> None:
    file = CorpusFile("/" + "x" * 300, 1, bytes(32))
    outcome = both(native, file)
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.UNREADABLE
    assert str(outcome) == f"unreadable: {os.strerror(outcome.detail)}"


def test_a_name_that_is_not_utf8_is_read(native: NativeAnalyser, tmp_path: Path) -> None:
    name = os.path.join(os.fsencode(tmp_path), b"\xff\xfe")
    with open(name, "wb") as file:
        file.write(b"text\n")
    (only,) = corpus.select(tmp_path).files
    assert both(native, only) == Figures(1, 1, 0, 4)


def test_the_size_of_the_buffer_makes_no_difference(native: NativeAnalyser, tmp_path: Path) -> None:
    file = listed(tmp_path / "file", "eine Zeile — (und [eine] zweite)\n".encode() * 50)
    for buffer_bytes in (1, 2, 3, 7, 8, 1000, 1 << 20):
        assert native.analyse_file(file, buffer_bytes) == reference.analyse_file(file)


def test_no_descriptor_is_left_open(native: NativeAnalyser, tmp_path: Path) -> None:
    good = listed(tmp_path / "good", b"text")
    (tmp_path / "directory").mkdir()
    directory = CorpusFile(str(tmp_path / "directory"), 1, bytes(32))
    before = os.listdir("/proc/self/fd")
    for file in (good, directory, CorpusFile(good.path, 3, bytes(32)), CorpusFile("/nowhere", 1, bytes(32))):
        both(native, file)
    assert os.listdir("/proc/self/fd") == before


def test_ascii_is_analysed_many_times_faster_than_in_plain_python(native: NativeAnalyser) -> None:
    """A ratio within one run, with a wide margin: it finds a lost fast path, and bears a busy machine."""
    data = b"def function(argument, *others):\n    return [argument, others]\n" * 40_000

    def best_of_five(analyse: object) -> float:
        assert callable(analyse)
        times = []
        for _ in range(5):
            start = time.perf_counter()
            analyse(data)
            times.append(time.perf_counter() - start)
        return min(times)

    assert best_of_five(native.analyse_text) * 5 < best_of_five(reference.analyse_text)
