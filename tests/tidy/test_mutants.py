"""The table of tests/mutants says what is in the tree, and its tool takes nothing else for a mutant found."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from mutants import __main__ as tool
from mutants import doors
from tidy.tree import ROOT


def test_each_row_has_its_text_once_and_its_tests() -> None:
    assert [mistake for row in tool.MUTANTS for mistake in row.mistakes(ROOT)] == []
    changes = [(row.file, row.old, row.new) for row in tool.MUTANTS]
    assert len(set(changes)) == len(changes)
    assert len({row.rule for row in tool.MUTANTS}) == len(changes)


def test_each_row_changes_the_core_and_nothing_else() -> None:
    assert {row.file.partition("/")[0] for row in tool.MUTANTS} == {"core"}
    assert {door for row in tool.MUTANTS for door in row.hangs} <= {"conformance", "python", "rust"}


def test_a_row_that_is_out_of_date_says_which(tmp_path: Path) -> None:
    row = tool.MUTANTS[0]
    for text, times in [("", 0), (2 * row.old, 2)]:
        (tmp_path / row.file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / row.file).write_text(text)
        (tmp_path / "tests" / "conformance").mkdir(parents=True, exist_ok=True)
        (tmp_path / "tests" / "conformance" / "cases.md").write_text("")
        mistakes = row.mistakes(tmp_path)
        assert len(mistakes) == 4  # nor are its tests and its case there
        assert f'"{row.rule}": its old text is {times} times' in mistakes[0]
        with pytest.raises(ValueError, match=f"is there {times} times"):
            row.applied_to(text)
    assert row.applied_to(f"before {row.old} behind") == f"before {row.new} behind"


def test_only_a_test_that_says_so_has_failed(tmp_path: Path) -> None:
    log = ROOT / "a log"
    assert doors.verdict(0, False, 1.0, log).word == "passed"
    assert doors.verdict(1, True, 1.0, log).word == "failed"
    assert doors.verdict(None, False, 1.0, log).word == "hung"
    assert doors.verdict(-11, False, 1.0, log).word == "ended by status -11 (see a log)"
    row = tool.MUTANTS[0]
    accepted = {
        (word, door)
        for word in ("passed", "failed", "hung", "ended by status -11 (see a log)")
        for door in ("conformance", "python", "rust")
        if tool.is_found(row, door, doors.Verdict(word, 1.0))
    }
    assert accepted == {("failed", door) for door in ("conformance", "python", "rust")} | {
        ("hung", door) for door in row.hangs
    }


def test_what_hangs_is_ended(tmp_path: Path) -> None:
    status, _output, _seconds = doors.run_test(
        ["sh", "-c", "sleep 600; true"], tmp_path / "log", 0.1, {**os.environ}
    )
    assert status is None
