"""Supervisors do what the model of tests/model says.

RESPROUT_MODEL_EXAMPLES: how many runs there are; RESPROUT_MODEL_SHRINK: as of supervisor_runs.py.
"""

from __future__ import annotations

import logging
import os

import pytest
from model import supervisor as model

import resprout as rsp

from .supervisor_runs import Comparison, run_comparison

EXAMPLES = int(os.environ.get("RESPROUT_MODEL_EXAMPLES", "150"))


def test_supervisors_do_what_the_model_says(
    runtime: rsp.Runtime, caplog: pytest.LogCaptureFixture
) -> None:  # S-SUP-10..12, S-SUP-16..41
    caplog.set_level(logging.CRITICAL, logger="resprout")  # the reports of all that fails here
    run_comparison(Comparison, EXAMPLES)


def test_model_of_a_window() -> None:  # S-SUP-20
    window = model.Window(model.Flags(max_restarts=2, period=5.0))
    assert [window.admits(now) for now in (0.0, 1.0, 5.0, 5.5, 6.0)] == [True, True, False, False, False]
    assert window.admits(11.1)
    assert not model.Window(model.Flags(max_restarts=0)).admits(0.0)
