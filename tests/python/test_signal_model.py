"""Links, monitors and exit signals come to what the model of tests/model allows: programs that run at once.

RESPROUT_MODEL_EXAMPLES, RESPROUT_MODEL_SHRINK: as of supervisor_runs.py.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, assume, example, given, settings
from hypothesis import strategies as st
from model import signals as model

import resprout as rsp

from .signal_programs import MOST_STATES, PROCESSES, PROGRAMS, Program, Run, allowed, named, settled

EXAMPLES = int(os.environ.get("RESPROUT_MODEL_EXAMPLES", "150"))
SHRINKS = os.environ.get("RESPROUT_MODEL_SHRINK") != "0"


@pytest.fixture(autouse=True)
def often_another_thread() -> Iterator[None]:
    """The programs are short: without this each would run to its end before the next begins."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[phase for phase in Phase if SHRINKS or phase not in (Phase.shrink, Phase.explain)],
)
@example(programs=[[("exit", 0, "normal")], [], []], traps=[False] * PROCESSES)  # rare by chance
@given(programs=PROGRAMS.map(named), traps=st.lists(st.booleans(), min_size=PROCESSES, max_size=PROCESSES))
def check_programs(programs: list[Program], traps: list[bool]) -> None:
    """The library's outcome is one of the model's."""
    wanted = allowed(programs, traps)
    assume(wanted is not None)
    assert wanted is not None
    run = Run(programs, traps)
    try:
        assert settled(run, wanted) in wanted
    finally:
        run.end()


def test_signals_come_to_what_the_model_allows(runtime: rsp.Runtime) -> None:  # S-EXIT-8..18, S-LINK-1..10
    check_programs()


def test_model_of_an_unlink_on_both_sides() -> None:  # S-LINK-9
    program = (("link", 1), ("unlink", 1), ("link", 1))
    other = (("link", 0), ("unlink", 0))
    found = model.outcomes((model.Process(program), model.Process(other)), MOST_STATES)
    assert found is not None
    assert {(first.links, second.links) for first, second in found} == {
        (frozenset(), frozenset()),
        (frozenset({1}), frozenset({0})),
    }
