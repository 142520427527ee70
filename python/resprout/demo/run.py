"""One run of the demo: the tree, the process that kills in it, the progress shown, the answers at the end."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import resprout as rsp
from resprout.demo import tree
from resprout.demo.chaos import Chaos
from resprout.demo.dispatcher import Dispatcher
from resprout.demo.names import DISPATCHER, RECORDER
from resprout.demo.recorder import Record, Recorder
from resprout.demo.report import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from resprout.demo.outcome import Outcome

_LOOK_EVERY_S = 0.05
_STOP_TIMEOUT_S = 30.0


class TreeEndedError(Exception):
    """The tree has given up, or could not be started."""


@dataclass(frozen=True)
class Answers:
    """What a run answered.

    Attributes:
        outcomes: By the path of the file.
        record: Restarts and times.
    """

    outcomes: Mapping[str, Outcome]
    record: Record


def run(plan: tree.Plan, seed: int | None, show: Callable[[Status], None]) -> Answers:
    """Analyse all files of the plan that the store does not know, and stop the tree in order.

    Args:
        plan: What to start.
        seed: Of the kills; None: nothing is killed.
        show: Called with the progress, several times a second.

    Raises:
        TreeEndedError: The tree has ended before the run was complete.
    """
    with rsp.Runtime():
        Recorder.start(name=RECORDER)
        try:
            root = tree.start(plan)
        except rsp.StartError as error:
            raise TreeEndedError(f"the tree did not start: {error.reason!r}") from error
        try:
            killer = None if seed is None else Chaos.start(seed, plan.kills, len(plan.corpus.files))
            outcomes = _wait(root, killer, show)
            paths = [file.path for file in plan.corpus.files]
            record: Record = Recorder.at(RECORDER).record()
            return Answers({paths[number]: outcome for number, outcome in outcomes.items()}, record)
        finally:
            _stop(root)


def _wait(root: rsp.Pid, killer: rsp.Pid | None, show: Callable[[Status], None]) -> Mapping[int, Outcome]:
    dispatcher = Dispatcher.at(DISPATCHER)
    while True:
        try:
            progress = dispatcher.progress(timeout=None)
            if progress.loaded:  # one that has just come back does not know yet how far it was
                restarts = Recorder.at(RECORDER).restarts(timeout=None)
                show(Status(progress.done, progress.failed, restarts, progress.bytes_done))
            if progress.complete and (killer is None or Chaos.at(killer).is_done(timeout=None)):
                outcomes: Mapping[int, Outcome] | None = dispatcher.outcomes(timeout=None)
                if outcomes is not None:
                    return outcomes
        except rsp.CallExit:  # it was killed, or has not come back yet
            if not rsp.is_alive(root):
                raise TreeEndedError("the tree has given up") from None
        time.sleep(_LOOK_EVERY_S)


def _stop(root: rsp.Pid) -> None:
    try:
        rsp.stop(root, "shutdown", timeout=_STOP_TIMEOUT_S)
    except rsp.CallTimeout:
        raise
    except rsp.CallExit:
        pass  # it has ended by itself: whoever waited for it has found that out
