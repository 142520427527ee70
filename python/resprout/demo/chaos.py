"""The process beside the tree that kills processes of it, at every level below the root.

What it kills and after which pause follows from the seed; what the victim is doing then does not: that is the
operating system's choice, and the run must come to the same results whatever it is. Most of the time it waits
until the tree is whole before it strikes; else it strikes into a tree that is still healing.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import resprout as rsp
from resprout.demo.dispatcher import Dispatcher
from resprout.demo.names import CACHE, DISPATCHER, POOL, RECORDER, STORE, tell
from resprout.demo.recorder import Recorder

if TYPE_CHECKING:
    from resprout.demo.recorder import Place

_ANALYSERS = "analysers"
# Of one round, in any order: each level once, the lowest more often, since there are more of them.
_ROUND = (STORE, CACHE, DISPATCHER, POOL, _ANALYSERS, _ANALYSERS, _ANALYSERS)
_LONGEST_PAUSE_S = 0.03
_WAITS = 0.7
_NOT_WHOLE_PAUSE_S = 0.002
_CALL_TIMEOUT_S = 2.0

FEWEST_KILLS = 4 * len(_ROUND)
MOST_KILLS = 20 * len(_ROUND)
_FILES_PER_KILL = 100


def kills_for(files: int) -> int:
    """How many kills a run over so many files gets."""
    return min(MOST_KILLS, max(FEWEST_KILLS, files // _FILES_PER_KILL))


class Chaos(rsp.GenServer):
    """Strikes by timer until it has killed as often as it was told."""

    def init(self, seed: int, kills: int) -> None:
        """Choose the order of the levels, and begin."""
        self._random = random.Random(seed)
        self._left = kills
        self._levels: list[str] = []
        self._waits = True
        self._strike_after(self._random.uniform(0, _LONGEST_PAUSE_S))

    def handle_info(self, message: object) -> None:
        """Strike, or find that it is not the time."""
        if message != "strike":
            super().handle_info(message)
        elif self._waits and not _is_whole():
            self._strike_after(_NOT_WHOLE_PAUSE_S)
        else:
            self._strike()

    @rsp.call
    def is_done(self) -> bool:
        """Whether it has killed all that it was told to kill."""
        return self._left == 0

    def _strike(self) -> None:
        if not self._levels:
            self._levels = self._random.sample(_ROUND, len(_ROUND))
        victims = _victims(self._levels[-1])
        if victims:
            self._kill(*self._random.choice(victims))
            self._levels.pop()
            self._left -= 1
            self._waits = self._random.random() < _WAITS
        if self._left:
            self._strike_after(self._random.uniform(0, _LONGEST_PAUSE_S))

    def _kill(self, place: Place, pid: rsp.Pid) -> None:
        now = time.monotonic_ns()
        ends = [(place, pid)]
        if place == POOL:  # its analysers end with it, through their links
            ends = [(each, served) for each, served in _serving().items() if isinstance(each, int)]
        for each, served in ends:
            tell(RECORDER, ("down", each, served, now))
        rsp.kill(pid)

    def _strike_after(self, seconds: float) -> None:
        rsp.send_after(seconds, rsp.self_pid(), rsp.Atom("strike"))


def _serving() -> dict[Place, rsp.Pid | None]:
    serving: dict[Place, rsp.Pid | None] = Recorder.at(RECORDER).serving()
    return serving


def _victims(level: str) -> list[tuple[Place, rsp.Pid]]:
    """The live processes of a level."""
    if level == _ANALYSERS:
        served = sorted((place, pid) for place, pid in _serving().items() if isinstance(place, int) and pid)
        return list(served)
    pid = rsp.whereis(level)
    return [] if pid is None else [(level, pid)]


def _is_whole() -> bool:
    """Whether the whole chain serves: the dispatcher has what the cache has from the store."""
    if any(rsp.whereis(name) is None for name in (STORE, CACHE, DISPATCHER, POOL)):
        return False
    try:
        return bool(Dispatcher.at(DISPATCHER).is_ready(timeout=_CALL_TIMEOUT_S))
    except rsp.CallExit:
        return False
