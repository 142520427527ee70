"""The process beside the tree that keeps the times: of each end, of each start, of the work's begin and end.

It is in nobody's way: all others cast to it and go on. Times are those of the senders, on the monotonic
clock that C++ and Python share: *down* is when an analyser raised its exit, or when the kill was sent; *up*
when the process that took its place ran its first code.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import resprout as rsp

Place = str | int
"""A registered name, or the number of an analyser."""


@dataclass(frozen=True)
class Record:
    """What was recorded.

    Attributes:
        restarts: How many processes came up in the place of one that had ended.
        recoveries_ns: For each restart whose beginning is known, the time from the end to the new process.
        worked_ns: From the first job that was to do to the last outcome kept; 0 if there was nothing to do.
    """

    restarts: int
    recoveries_ns: tuple[int, ...]
    worked_ns: int


class Recorder(rsp.GenServer[None]):
    """Takes ``(event, place, pid, time)`` of `up` and `down`, ``(event, time)`` of `began` and `complete`."""

    def init(self) -> None:
        """Begin with nothing."""
        self._starts: Counter[Place] = Counter()
        self._serving: dict[Place, rsp.Pid] = {}
        self._downs: dict[Place, int] = {}
        self._recoveries_ns: list[int] = []
        self._began_ns: int | None = None
        self._complete_ns: int | None = None

    def handle_cast(self, message: tuple[object, ...]) -> None:
        """Take a time."""
        match message:
            case ("up", str() | int() as place, rsp.Pid() as pid, int() as time_ns):
                self._up(place, pid, time_ns)
            case ("down", str() | int() as place, rsp.Pid() as pid, int() as time_ns):
                self._down(place, pid, time_ns)
            case ("began", int() as time_ns):  # again by each new dispatcher: the first one counts
                self._began_ns = self._began_ns or time_ns
            case ("complete", int() as time_ns):
                self._complete_ns = self._complete_ns or time_ns
            case _:
                super().handle_cast(message)

    @rsp.call
    def serving(self) -> dict[Place, rsp.Pid]:
        """The processes that serve, by place."""
        return self._serving

    @rsp.call
    def record(self) -> Record:
        """What was recorded so far."""
        restarts = self._starts.total() - len(self._starts)
        worked_ns = 0
        if self._began_ns is not None and self._complete_ns is not None:
            worked_ns = max(0, self._complete_ns - self._began_ns)
        return Record(restarts, tuple(self._recoveries_ns), worked_ns)

    @rsp.call
    def restarts(self) -> int:
        """How many restarts there were so far."""
        return self._starts.total() - len(self._starts)

    def _up(self, place: Place, pid: rsp.Pid, time_ns: int) -> None:
        self._starts[place] += 1
        self._serving[place] = pid
        down_ns = self._downs.pop(place, None)
        if down_ns is not None:
            self._recoveries_ns.append(time_ns - down_ns)

    def _down(self, place: Place, pid: rsp.Pid, time_ns: int) -> None:
        # One that was killed when its time had come anyway is not down twice.
        if self._serving.get(place) == pid:
            del self._serving[place]
            self._downs[place] = time_ns
