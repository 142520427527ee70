"""The library and Erlang's own runtime play the same programs, and both come to what the model allows.

A program is a few processes that link, monitor, kill each other and end, at once; many may come to several
outcomes, according to who was faster. So what is compared is the set that the model of tests/model/signals.py
allows: each of the two must be in it, and what the library comes to must be possible in Erlang. A difference
is a fault of the library, or of the model.

RESPROUT_ORACLE_PROGRAMS: how many; RESPROUT_ORACLE_SUMMARY: a file that gets what they came to;
RESPROUT_MODEL_SHRINK: as of supervisor_runs.py.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from model import beam
from model import signals as model

import resprout as rsp

from .oracle_summary import sum_up
from .signal_programs import PROCESSES, PROGRAMS, Program, Run, allowed, named, settled

COUNT = int(os.environ.get("RESPROUT_ORACLE_PROGRAMS", "100"))
SHRINKS = os.environ.get("RESPROUT_MODEL_SHRINK") != "0"


class ErlangRun:
    """The same programs in Erlang."""

    def __init__(self, erlang: beam.Beam, programs: list[Program], traps: list[bool]) -> None:
        """They begin at once."""
        self._erlang = erlang
        erlang.ask(("play", traps, programs))

    def look(self) -> tuple[model.Outcome, ...]:
        """What they have come to so far."""
        return tuple(
            model.Outcome(said[0])
            if len(said) == 1
            else model.Outcome(None, said[0], said[1], frozenset(said[2]))
            for said in self._erlang.ask("look")
        )

    def end(self) -> None:
        """Nothing is left of them."""
        self._erlang.ask("done")


def kinds(programs: list[Program], found: tuple[model.Outcome, ...]) -> set[str]:
    """What happened, as far as that is certain from how it ended."""
    ended = {number for number, outcome in enumerate(found) if outcome.reason is not None}
    aimed_at = {operation[1] for program in programs for operation in program if operation[0] == "exit"}
    leaves = {
        number
        for number, program in enumerate(programs)
        if any(operation[0] == "leave" for operation in program)
    }
    happened = set()
    if ended - aimed_at - leaves:
        happened.add("death by link")
    if any(
        operation[0] == "unlink" and operation[1] != number and operation[1] in ended
        for number, program in enumerate(programs)
        for operation in program
    ):
        happened.add("unlink from one that ends")
    if len(ended) > 1:
        happened.add("two deaths")
    return happened


@pytest.mark.skipif(not beam.is_installed(), reason="no Erlang here: apt-get install erlang-base")
@pytest.mark.timeout(3600)
def test_erlang_comes_to_what_the_model_allows(  # S-EXIT-8..18, S-LINK-1..10
    runtime: rsp.Runtime, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counts: Counter[str] = Counter()
    crossings: set[bool] = set()

    @settings(
        max_examples=COUNT,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[phase for phase in Phase if SHRINKS or phase not in (Phase.shrink, Phase.explain)],
    )
    @given(
        programs=PROGRAMS.map(named), traps=st.lists(st.booleans(), min_size=PROCESSES, max_size=PROCESSES)
    )
    def play(programs: list[Program], traps: list[bool]) -> None:
        crossings.clear()
        wanted = allowed(programs, traps, visit=lambda state: crossings.add(model.crosses(state)))
        possible = allowed(programs, traps, beam=True)
        assume(wanted is not None and possible is not None)
        assert wanted is not None
        assert possible is not None
        run = Run(programs, traps)
        try:
            here = settled(run, wanted)
        finally:
            run.end()
        elsewhere = ErlangRun(erlang, programs, traps)
        try:
            there = settled(elsewhere, possible)
        finally:
            elsewhere.end()
        counts["programs"] += 1
        counts["agreed"] += here in wanted and here in possible and there in possible
        counts["one outcome"] += len(wanted) == 1
        counts["crossing unlink and exit"] += True in crossings  # in some order of its steps
        counts.update(kinds(programs, there))
        assert here in wanted
        assert here in possible
        assert there in possible

    with beam.Beam("beam_signals", tmp_path) as erlang:
        play()
    shares = ", ".join(
        f"{kind} {100 * counts[kind] // counts['programs']} %"
        for kind in (
            "death by link",
            "unlink from one that ends",
            "crossing unlink and exit",
            "two deaths",
            "one outcome",
        )
    )
    with capsys.disabled():
        sum_up(f"oracle: programs={counts['programs']} agreed={counts['agreed']} ({shares})")
    assert counts["agreed"] == counts["programs"] > 0
    # Some in a hundred programs have one: of a few hundred there may be none.
    assert counts["crossing unlink and exit"] > 0 or COUNT < 1000
