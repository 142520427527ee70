"""The process beside the tree that kills processes of it, at every level below the root.

The seed decides which level is struck, when (by the share of files that are done) and whether the tree has
healed by then. What the victim is doing at that moment the operating system decides, and the run must come to
the same results whatever it is.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import resprout as rsp
from resprout.demo.dispatcher import Dispatcher, Progress
from resprout.demo.names import CACHE, DISPATCHER, LEVELS, POOL, RECORDER, STORE
from resprout.demo.recorder import Recorder

if TYPE_CHECKING:
    from resprout.demo.recorder import Place

_ANALYSERS = "analysers"
# Of one round, in any order: each level once, the lowest more often, since there are more of them.
_ROUND = (STORE, CACHE, DISPATCHER, POOL, _ANALYSERS, _ANALYSERS, _ANALYSERS)
_SHARE_AMID_HEALING = 0.3
_LONGEST_AMID_HEALING_S = 0.005
_LOOK_EVERY_S = 0.002
_CALL_TIMEOUT_S = 2.0

FEWEST_KILLS = 4 * len(_ROUND)
MOST_KILLS = 20 * len(_ROUND)
_FILES_PER_KILL = 100


def kills_for(files: int) -> int:
    """How many kills a run over so many files gets."""
    return min(MOST_KILLS, max(FEWEST_KILLS, files // _FILES_PER_KILL))


class Chaos(rsp.GenServer[None]):
    """Kills as often as it was told, spread over the whole run."""

    def init(self, seed: int, kills: int, files: int) -> None:
        """Choose where to begin."""
        self._random = random.Random(seed)
        self._kills = self._left = kills
        self._files = files
        self._levels: list[str] = []
        self._choose_next()

    def handle_info(self, message: object) -> None:
        """Look whether it is time to strike."""
        if message != "look":
            super().handle_info(message)
        elif self._is_time() and self._strike():
            if self._left:
                self._choose_next()
        else:
            self._look_after(_LOOK_EVERY_S)

    @rsp.call
    def is_done(self) -> bool:
        """Whether it has killed all that it was told to kill."""
        return self._left == 0

    def _choose_next(self) -> None:
        """Strike when more files are done and all serve again; or at once, while the last strike heals."""
        self._waits = self._random.random() >= _SHARE_AMID_HEALING
        self._done_first = (self._kills - self._left + self._random.random()) / self._kills * self._files
        at_once_s = self._random.uniform(0, _LONGEST_AMID_HEALING_S)
        if not self._levels:
            self._levels = self._random.sample(_ROUND, len(_ROUND))
        self._look_after(_LOOK_EVERY_S if self._waits else at_once_s)

    def _is_time(self) -> bool:
        if not self._waits:
            return True
        progress = _progress()
        return progress is not None and progress.loaded and progress.done >= self._done_first and _is_whole()

    def _strike(self) -> bool:
        """Kill a process of the level whose turn it is. False: it has none now."""
        victims = _victims(self._levels[-1])
        if not victims:
            return False
        self._levels.pop()
        self._left -= 1
        _kill(*self._random.choice(victims))
        return True

    def _look_after(self, seconds: float) -> None:
        rsp.send_after(seconds, rsp.self_pid(), rsp.Atom("look"))


def _kill(place: Place, pid: rsp.Pid) -> None:
    ends = [(place, pid)]
    if place == POOL:  # its analysers end with it, by their links
        ends += _analysers()
    now = time.monotonic_ns()
    for each, served in ends:
        rsp.cast(RECORDER, ("down", each, served, now))
    rsp.kill(pid)


def _serving() -> dict[Place, rsp.Pid]:
    serving: dict[Place, rsp.Pid] = Recorder.at(RECORDER).serving()
    return serving


def _analysers() -> list[tuple[Place, rsp.Pid]]:
    return [(place, pid) for place, pid in _serving().items() if isinstance(place, int)]


def _victims(level: str) -> list[tuple[Place, rsp.Pid]]:
    """The live processes of a level."""
    if level == _ANALYSERS:
        return sorted(_analysers())
    pid = rsp.whereis(level)
    return [] if pid is None else [(level, pid)]


def _progress() -> Progress | None:
    """What the dispatcher says, None if there is none now."""
    try:
        progress: Progress = Dispatcher.at(DISPATCHER).progress(timeout=_CALL_TIMEOUT_S)
    except rsp.CallExit:
        return None
    return progress


def _is_whole() -> bool:
    """Whether no level waits for its restart."""
    return _serving().keys() >= set(LEVELS)
