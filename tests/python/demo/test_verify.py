"""The comparison of a run with plain Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resprout.demo import corpus, verify
from resprout.demo.corpus import Corpus, CorpusFile
from resprout.demo.outcome import Failure, FailureKind, Figures, GivenUp, Outcome, is_lasting
from resprout.demo.verify import Mismatch

if TYPE_CHECKING:
    from pathlib import Path

A = CorpusFile("/a", 1, b"a" * 32)
B = CorpusFile("/b", 1, b"b" * 32)
CORPUS = Corpus((A, B), {})
RIGHT = Figures(1, 2, 3, 4)
WRONG = Figures(1, 2, 3, 5)
BAD = Failure(FailureKind.BAD_ENCODING, 5)
GONE = Failure(FailureKind.FILE_VANISHED)


def run(
    outcomes: dict[str, Outcome],
    rows: dict[tuple[str, bytes], Outcome] | None = None,
    expected: dict[str, Outcome] | None = None,
) -> verify.Comparison:
    if rows is None:
        keys = {file.path: file.key for file in CORPUS.files}
        rows = {keys[path]: outcome for path, outcome in outcomes.items() if is_lasting(outcome)}
    return verify.compare(CORPUS, outcomes, rows, expected or {"/a": RIGHT, "/b": BAD})


def test_equal_answers_and_rows_are_no_mismatch() -> None:
    comparison = run({"/a": RIGHT, "/b": BAD})
    assert comparison == verify.Comparison((), ())
    assert comparison.mismatches == 0


def test_wrong_figures_are_one_mismatch_though_the_row_is_wrong_too() -> None:
    comparison = run({"/a": WRONG, "/b": BAD})
    assert comparison.differences == (
        Mismatch("/a", "run", WRONG, RIGHT),
        Mismatch("/a", "store", WRONG, RIGHT),
    )
    assert comparison.mismatches == 1


def test_a_failure_for_a_good_file_and_figures_for_a_bad_one_are_mismatches() -> None:
    assert run({"/a": BAD, "/b": RIGHT}).mismatches == 2


def test_another_reason_or_offset_is_a_mismatch() -> None:
    for other in (Failure(FailureKind.BAD_ENCODING, 6), Failure(FailureKind.NUL_BYTE, 5)):
        assert run({"/a": RIGHT, "/b": other}).mismatches == 1


def test_a_file_without_an_answer_is_lost() -> None:
    comparison = run({"/b": BAD}, rows={A.key: RIGHT, B.key: BAD})
    assert comparison.lost == ("/a",)
    assert comparison.mismatches == 0
    assert verify.lost_files(CORPUS, {}) == ("/a", "/b")


def test_a_missing_row_and_a_wrong_row_are_mismatches() -> None:
    comparison = run({"/a": RIGHT, "/b": BAD}, rows={A.key: WRONG})
    assert comparison.differences == (
        Mismatch("/a", "store", WRONG, RIGHT),
        Mismatch("/b", "store", None, BAD),
    )
    assert comparison.mismatches == 2


def test_answers_and_rows_from_nowhere_are_mismatches() -> None:
    comparison = run(
        {"/a": RIGHT, "/b": BAD, "/c": RIGHT}, rows={A.key: RIGHT, B.key: BAD, ("/d", bytes(32)): BAD}
    )
    assert comparison.differences == (Mismatch("/c", "run", RIGHT, None), Mismatch("/d", "store", BAD, None))


def test_a_file_gone_before_the_run_needs_no_row_and_may_have_one() -> None:
    expected: dict[str, Outcome] = {"/a": RIGHT, "/b": GONE}
    assert run({"/a": RIGHT, "/b": GONE}, expected=expected).mismatches == 0
    earlier: dict[tuple[str, bytes], Outcome] = {A.key: RIGHT, B.key: BAD}
    assert run({"/a": RIGHT, "/b": GONE}, rows=earlier, expected=expected).mismatches == 0


def test_a_file_gone_after_its_analysis_cannot_be_confirmed() -> None:
    assert run({"/a": RIGHT, "/b": RIGHT}, expected={"/a": RIGHT, "/b": GONE}).mismatches == 1


def test_a_mismatch_says_what_differs_without_disturbing_a_terminal() -> None:
    text = str(Mismatch("/a\x1b[2J\udcff", "run", None, BAD))
    assert text == "/a\\x1b[2J\\udcff: run says nothing, expected bad encoding at byte 5"


def test_recompute_answers_for_every_file(tmp_path: Path) -> None:
    (tmp_path / "good").write_bytes(b"(one) two\nthree")
    (tmp_path / "empty").touch()
    chosen = corpus.select(tmp_path)
    done: list[int] = []
    expected = verify.recompute(chosen, done.append)
    assert expected == {
        str(tmp_path / "good"): Figures(2, 3, 1, 14),
        str(tmp_path / "empty"): Failure(FailureKind.EMPTY_FILE),
    }
    assert done == [1, 2]


# ---- Files that were given up ----

C = CorpusFile("/c.rst", 1, b"c" * 32)


def give_up(rows: dict[tuple[str, bytes], Outcome], poison: str | None) -> verify.Comparison:
    return verify.compare(Corpus((C,), {}), {C.path: GivenUp()}, rows, {C.path: RIGHT}, poison)


def test_of_a_file_that_was_given_up_nothing_is_claimed() -> None:
    assert give_up({}, ".rst") == verify.Comparison((), ())
    assert give_up({C.key: RIGHT}, ".rst") == verify.Comparison((), ())


def test_a_wrong_row_of_one_is_a_mismatch_all_the_same() -> None:
    assert give_up({C.key: WRONG}, ".rst").differences == (Mismatch(C.path, "store", WRONG, RIGHT),)


def test_one_of_another_type_must_not_be_given_up() -> None:
    for poison in (None, ".py"):
        assert give_up({C.key: RIGHT}, poison).differences == (Mismatch(C.path, "run", GivenUp(), RIGHT),)
