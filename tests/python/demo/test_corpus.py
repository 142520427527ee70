"""The choice of files."""

from __future__ import annotations

import hashlib
import os
import socket
import sysconfig
from typing import TYPE_CHECKING

import pytest

from resprout.demo import corpus
from resprout.demo.corpus import CorpusError, Root, Rule, SkipReason

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, data: bytes = b"text\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def paths(chosen: corpus.Corpus) -> list[str]:
    return [file.path for file in chosen.files]


def test_a_directory_is_taken_whole_with_sizes_and_digests(tmp_path: Path) -> None:
    one = write(tmp_path / "one.txt", b"one")
    deep = write(tmp_path / "a" / "b" / "deep", b"x" * 1_000_000)
    empty = write(tmp_path / "empty", b"")
    chosen = corpus.select(tmp_path)
    assert {file.path: (file.size, file.digest) for file in chosen.files} == {
        str(path): (len(path.read_bytes()), hashlib.sha256(path.read_bytes()).digest())
        for path in (one, deep, empty)
    }
    assert chosen.skipped == {}
    assert chosen.total_bytes == 1_000_003
    assert chosen.total_skipped == 0


def test_compressed_files_are_skipped(tmp_path: Path) -> None:
    write(tmp_path / "page.1.gz")
    kept = write(tmp_path / "gz")
    chosen = corpus.select(tmp_path)
    assert paths(chosen) == [str(kept)]
    assert chosen.skipped == {SkipReason.COMPRESSED: 1}


@pytest.mark.parametrize(("at", "taken"), [(0, False), (4095, False), (4096, True), (300_000, True)])
def test_a_nul_counts_in_the_first_four_kib_only(tmp_path: Path, at: int, taken: bool) -> None:
    path = write(tmp_path / "file", b"a" * at + b"\0" + b"a" * 10)
    chosen = corpus.select(tmp_path)
    assert paths(chosen) == ([str(path)] if taken else [])
    assert chosen.skipped == ({} if taken else {SkipReason.BINARY: 1})


def test_symbolic_links_are_skipped_and_not_followed(tmp_path: Path) -> None:
    target = write(tmp_path / "tree" / "file")
    (tmp_path / "tree" / "link").symlink_to(target)
    (tmp_path / "tree" / "loop").symlink_to(tmp_path / "tree")
    (tmp_path / "tree" / "nowhere").symlink_to(tmp_path / "missing")
    chosen = corpus.select(tmp_path / "tree")
    assert paths(chosen) == [str(target)]
    assert chosen.skipped == {SkipReason.SYMLINK: 3}


def test_a_directory_named_by_a_link_is_resolved(tmp_path: Path) -> None:
    target = write(tmp_path / "tree" / "file")
    (tmp_path / "link").symlink_to(tmp_path / "tree")
    assert paths(corpus.select(tmp_path / "link")) == [str(target)]


def test_fifos_and_sockets_are_skipped_unopened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "fifo")
    monkeypatch.chdir(tmp_path)  # the path of a socket must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        chosen = corpus.select(tmp_path)
    assert paths(chosen) == []
    assert chosen.skipped == {SkipReason.SPECIAL: 2}


def test_a_file_with_two_names_is_taken_once_under_the_first(tmp_path: Path) -> None:
    second = write(tmp_path / "b" / "second")
    first = tmp_path / "a-first"
    first.hardlink_to(second)
    chosen = corpus.select(tmp_path)
    assert paths(chosen) == [str(first)]
    assert chosen.skipped == {SkipReason.HARD_LINK: 1}


def test_what_cannot_be_read_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may read everything, so the refusal is made up."""
    write(tmp_path / "refused")
    kept = write(tmp_path / "kept")
    write(tmp_path / "closed" / "inside")
    real_open, real_scandir = os.open, os.scandir

    def refuse_open(path: str, flags: int) -> int:
        if path.endswith("refused"):
            raise PermissionError(13, "Permission denied", path)
        return real_open(path, flags)

    def refuse_scandir(path: str) -> object:
        if path.endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return real_scandir(path)

    monkeypatch.setattr(os, "open", refuse_open)
    monkeypatch.setattr(os, "scandir", refuse_scandir)
    chosen = corpus.select(tmp_path)
    assert paths(chosen) == [str(kept)]
    assert chosen.skipped == {SkipReason.UNREADABLE: 2}


def test_a_file_that_vanishes_while_it_is_listed_is_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "gone")
    real_open = os.open

    def vanish(path: str, flags: int) -> int:
        os.unlink(path)
        return real_open(path, flags)

    monkeypatch.setattr(os, "open", vanish)
    assert corpus.select(tmp_path).skipped == {SkipReason.UNREADABLE: 1}


@pytest.mark.parametrize("name", ["missing", "file"])
def test_what_is_no_directory_is_refused_by_name(tmp_path: Path, name: str) -> None:
    write(tmp_path / "file")
    with pytest.raises(CorpusError, match=f"{name}: .*give a directory"):
        corpus.select(tmp_path / name)


def test_the_order_is_that_of_the_bytes_of_the_paths(tmp_path: Path) -> None:
    names = [b"B", b"a", b"a-", b"a/x", b"\xff", "é".encode(), "\uffff".encode(), "🦀".encode(), b"a\n"]
    for name in names:
        target = os.path.join(os.fsencode(tmp_path), name.replace(b"a/", b"a./"))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as file:
            file.write(name)
    chosen = corpus.select(tmp_path)
    encoded = [os.fsencode(path) for path in paths(chosen)]
    assert len(encoded) == len(names)
    assert encoded == sorted(encoded)
    assert corpus.select(tmp_path, threads=1) == chosen


def test_python_sources_are_only_the_py_files_outside_site_packages(tmp_path: Path) -> None:
    module = write(tmp_path / "json" / "decoder.py")
    binary = write(tmp_path / "strange.py", b"\0")
    write(tmp_path / "json" / "notes.txt")
    write(tmp_path / "site-packages" / "other.py")
    write(tmp_path / "dist-packages" / "other.py")
    chosen = corpus.select_from([Root(str(tmp_path), Rule.PYTHON_SOURCES)])
    assert paths(chosen) == [str(module), str(binary)]
    assert chosen.skipped == {SkipReason.NOT_PYTHON: 1}


def test_roots_that_overlap_count_nothing_twice(tmp_path: Path) -> None:
    module = write(tmp_path / "python" / "module.py", b"\0")
    notes = write(tmp_path / "python" / "notes.txt")
    write(tmp_path / "python" / "archive.gz")
    roots = [Root(str(tmp_path / "python"), Rule.PYTHON_SOURCES), Root(str(tmp_path), Rule.TEXTS)]
    for order in (roots, roots[::-1]):
        chosen = corpus.select_from(order)
        assert paths(chosen) == [str(module), str(notes)]
        assert sum(chosen.skipped.values()) == 1


def test_the_default_is_the_standard_library_and_usr_share() -> None:
    chosen = corpus.select()
    found = set(paths(chosen))
    assert os.path.realpath(os.path.join(sysconfig.get_path("stdlib"), "json", "decoder.py")) in found
    assert any(path.startswith("/usr/share/") for path in found)
    assert not any("/site-packages/" in path for path in found)
    assert not any(path.endswith(".gz") for path in found)
    assert len(found) == len(chosen.files)
    assert corpus.select() == chosen
