"""The subtree that fails for good, with ``--poison``: it is for the files of one type, and can take none.

It stands for a mistake that no restart heals. Its supervisor starts the analyser again as often as its
intensity allows, and gives up. The root lets that be: the child is *transient*, and a supervisor that gives
up ends with `shutdown`. The dispatcher, which watches it, gives up the files of that type.
"""

from __future__ import annotations

import os
import time

import resprout as rsp
from resprout.demo.names import DISPATCHER, POISONED, RECORDER, tell_up

RESTARTS = 3
PERIOD_S = 3600.0  # longer than a run: a mistake that comes back slowly is the same mistake


class PoisonError(Exception):
    """What is wrong with the analyser, whatever the file."""


class PoisonedAnalyser(rsp.GenServer[None]):
    """Introduces itself as the others do, takes a job, and fails."""

    def init(self) -> rsp.Init:
        """Begin with no job."""
        return rsp.Init(continue_with=None)

    def handle_continue(self, _: None) -> None:
        """Tell who has to know."""
        tell_up(POISONED, rsp.self_pid())
        self._introduce()

    def handle_cast(self, message: object) -> None:
        """Be introduced; fail at any job."""
        match message:
            case "introduce":
                self._introduce()
            case ("analyse", int(), bytes() as path, *_):
                raise PoisonError(f"no analyser takes *{os.path.splitext(os.fsdecode(path))[1]}")
            case _:
                super().handle_cast(message)

    def terminate(self, reason: object) -> None:
        """Tell when it was."""
        rsp.cast(RECORDER, ("down", POISONED, rsp.self_pid(), time.monotonic_ns()))

    def _introduce(self) -> None:
        rsp.cast(DISPATCHER, ("here", POISONED, rsp.self_pid(), []))


def pool() -> rsp.ChildSpec:
    """The subtree, as a child of the root."""
    analyser = rsp.child(PoisonedAnalyser)
    supervisor = rsp.SupervisorSpec([analyser], name=POISONED, max_restarts=RESTARTS, max_seconds=PERIOD_S)
    return rsp.ChildSpec(supervisor, id=POISONED, restart="transient")
