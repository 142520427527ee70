"""The library's supervisors, OTP's and the model do the same, answer the same and have the same children.

A program is one of test_supervisor_model.py: a supervisor with up to four children, which end, whose starts
fail, and which are started, stopped and forgotten by calls. A difference is a fault of the library, or of the
model.

RESPROUT_ORACLE_PROGRAMS, RESPROUT_ORACLE_SUMMARY: as of test_oracle.py;
RESPROUT_MODEL_SHRINK: as of supervisor_runs.py.
"""

from __future__ import annotations

import logging
import os
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from model import beam
from model import supervisor as model

import resprout as rsp

from .oracle_summary import sum_up
from .supervisor_runs import LONG_S, SETTLES_S, Comparison, run_comparison

COUNT = int(os.environ.get("RESPROUT_ORACLE_PROGRAMS", "100"))
LONG_MS = int(LONG_S * 1000)
CALLS = ("start", "start_child", "restart_child", "terminate_child", "delete_child")


def spec_of(spec: model.ChildSpec) -> tuple[Any, ...]:
    """As beam_supervisors.erl takes it."""
    shutdown = {"timeout": LONG_MS}.get(spec.shutdown, spec.shutdown)
    return spec.id, spec.restart, shutdown, spec.type, spec.significant


def term_of(argument: Any) -> Any:
    """An argument of an operation, for Erlang."""
    match argument:
        case model.ChildSpec():
            return spec_of(argument)
        case model.Flags():
            return argument.strategy, argument.max_restarts, int(argument.period), argument.auto_shutdown
        case list():
            return [term_of(each) for each in argument]
    return argument


@pytest.mark.skipif(not beam.is_installed(), reason="no Erlang here: apt-get install erlang-base")
@pytest.mark.timeout(3600)
def test_erlang_does_what_the_model_says(  # S-SUP-10..12, S-SUP-16..41
    runtime: rsp.Runtime, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, logger="resprout")  # the reports of all that fails here
    counts: Counter[str] = Counter()

    class Oracle(Comparison):
        """With Erlang as the third."""

        def elsewhere(self, *operation: Any) -> Any:
            counts[operation[0]] += 1
            what, arguments = operation[0], operation[1:]
            return erlang.ask((what, *map(term_of, arguments)) if arguments else what)

        def compare_answer(self, answer: Any, expected: Any) -> None:
            assert answer == expected

        def compare_elsewhere(self, events: list[tuple[Any, ...]]) -> None:
            lived: list[tuple[Any, ...]] = []
            state: Any = None
            deadline = time.monotonic() + SETTLES_S
            while True:
                more, state = erlang.ask("look")
                lived += more
                if (lived, state) == (events, self.state()) or time.monotonic() >= deadline:
                    break
                time.sleep(0.001)
            assert lived == events
            assert state == self.state()

        def state(self) -> Any:
            """The model's, as beam_supervisors.erl says it."""
            if self.it.ended is not None:
                return "ended", self.it.ended
            rows = [
                (child_id, "undefined" if child_state == "stopped" else child_state, kind)
                for child_id, child_state, kind in self.it.which_children()
            ]
            return rows, self.it.count_children()

        def teardown(self) -> None:
            super().teardown()
            counts["programs"] += 1

    with beam.Beam("beam_supervisors", tmp_path) as erlang:
        run_comparison(Oracle, COUNT)  # the first program that does not agree ends it
    calls = sum(counts[name] for name in CALLS)
    with capsys.disabled():
        sum_up(
            f"oracle of supervisors: programs={counts['programs']} agreed={counts['programs']} "
            f"({counts['start']} supervisors, {counts['child_ends']} ends of children, {calls} calls)"
        )
    assert counts["programs"] > 0
