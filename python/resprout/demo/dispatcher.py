"""The process that hands out files: to whom, which are still to do, and what came out.

1. It begins with what the cache knows; the rest is to do. It finds the analysers through their supervisor, and
   those that start later tell it themselves.
2. An analyser has a few jobs at a time, in order, and is monitored. When it ends, the file that its reason names
   has failed, and is not tried again. All its other jobs go back: it was killed, or did not get to them.
3. A dispatcher that is new takes over the jobs of the one before: an analyser that introduces itself says what it
   has to do.
4. What came out goes to the cache, again after each new cache, until the cache says it is kept. The run is
   complete when that is so for every file.
"""

from __future__ import annotations

import os
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import resprout as rsp
from resprout.demo.cache import Cache
from resprout.demo.names import CACHE, DISPATCHER, POOL, RECORDER, tell, tell_up
from resprout.demo.outcome import Failure, FailureKind, Figures, Outcome, is_lasting

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from resprout.demo.corpus import Corpus

# Enough that an analyser has something to do while its last result and the next job are on their way.
_JOBS_AT_A_TIME = 8
_FAILURES = {kind.value: kind for kind in FailureKind}


@dataclass(frozen=True)
class Progress:
    """How far the run is.

    Attributes:
        done: Files whose outcome is kept.
        failed: Those of them that failed.
        bytes_done: The sizes of the files done.
        complete: Whether that is all.
    """

    done: int
    failed: int
    bytes_done: int
    complete: bool


@dataclass
class _Analyser:
    pid: rsp.Pid
    jobs: set[int] = field(default_factory=set)


class Dispatcher(rsp.GenServer):
    """Serves the analysers, is served by the cache."""

    def init(self, corpus: Corpus) -> rsp.Init:
        """Begin with nothing: what is known comes from the cache."""
        self._files = corpus.files
        self._numbers = {os.fsencode(file.path): number for number, file in enumerate(corpus.files)}
        self._loaded = False
        self._outcomes: dict[int, Outcome] = {}
        self._unkept: set[int] = set()
        self._todo: deque[int] = deque()
        self._analysers: dict[rsp.Ref, _Analyser] = {}
        self._at: dict[int, _Analyser] = {}
        self._failed = self._bytes_done = 0
        self._began = self._told_complete = False
        return rsp.Init(continue_with=None)

    def handle_continue(self, _: None) -> None:
        """Tell who has to know."""
        tell_up(DISPATCHER, rsp.self_pid())
        Cache.at(CACHE).tell_known(rsp.self_pid())

    def handle_cast(self, message: tuple[object, ...]) -> None:
        """Take what analysers and the cache say."""
        match message:
            case ("figures", int() as number, *figures):
                self._on_outcome(number, Figures(*cast("list[int]", figures)))
            case ("here", _, rsp.Pid() as pid, list() as numbers):
                self._on_analyser(pid, numbers)
            case ("kept", list() as numbers):
                self._on_kept(numbers)
            case ("known", dict() as outcomes, list() as unkept):
                self._load(outcomes, unkept)
            case ("cache_up",):
                self._cache_is_up()
            case _:
                super().handle_cast(message)

    def handle_info(self, message: object) -> None:
        """Take the end of an analyser."""
        match message:
            case rsp.Down(ref=ref, reason=reason) if ref in self._analysers:
                self._on_end(self._analysers.pop(ref), reason)
            case _:
                super().handle_info(message)

    @rsp.call
    def progress(self) -> Progress:
        """How far the run is."""
        done = len(self._outcomes) - len(self._unkept)
        return Progress(done, self._failed, self._bytes_done, self._is_complete())

    @rsp.call
    def is_ready(self) -> bool:
        """Whether it knows what is to do."""
        return self._loaded

    @rsp.call
    def outcomes(self) -> Mapping[int, Outcome] | None:
        """All outcomes by the number of the file, or None as long as the run is not complete."""
        return self._outcomes if self._is_complete() else None

    # ---- analysers ----

    def _on_analyser(self, pid: rsp.Pid, numbers: Iterable[int]) -> None:
        analyser = next((known for known in self._analysers.values() if known.pid == pid), None)
        if analyser is not None:
            return  # it told so when it started, and was asked as well
        analyser = _Analyser(pid)
        self._analysers[rsp.monitor(pid)] = analyser
        for number in numbers:
            if number not in self._at and number not in self._outcomes:
                self._at[number] = analyser
                analyser.jobs.add(number)
        self._supply(analyser)

    def _supply(self, analyser: _Analyser) -> None:
        while self._loaded and len(analyser.jobs) < _JOBS_AT_A_TIME:
            number = self._take_todo()
            if number is None:
                return
            if not self._began:
                self._began = True
                tell(RECORDER, ("began", time.monotonic_ns()))
            self._at[number] = analyser
            analyser.jobs.add(number)
            file = self._files[number]
            job = (rsp.Atom("analyse"), number, os.fsencode(file.path), file.size, file.digest)
            rsp.cast(analyser.pid, job)

    def _take_todo(self) -> int | None:
        while self._todo:
            number = self._todo.popleft()
            if number not in self._outcomes and number not in self._at:
                return number
        return None

    def _on_end(self, analyser: _Analyser, reason: object) -> None:
        failed = self._read_failure(reason)
        if failed is not None:
            self._on_outcome(*failed)
        for number in sorted(analyser.jobs, reverse=True):
            del self._at[number]
            self._todo.appendleft(number)
        for other in self._analysers.values():
            self._supply(other)

    def _read_failure(self, reason: object) -> tuple[int, Failure] | None:
        """Which file failed, and how: the reason of an analyser that was given a bad one."""
        match reason:
            case (str() as kind, bytes() as path, int() as detail) if kind in _FAILURES and path in self._numbers:
                return self._numbers[path], Failure(_FAILURES[kind], detail)
        return None

    # ---- outcomes ----

    def _on_outcome(self, number: int, outcome: Outcome) -> None:
        analyser = self._at.pop(number, None)
        if analyser is not None:
            analyser.jobs.discard(number)
        if number not in self._outcomes:  # else it was done twice, by the analysers of two dispatchers
            self._outcomes[number] = outcome
            self._unkept.add(number)
            Cache.at(CACHE).take({number: outcome})
        if analyser is not None:
            self._supply(analyser)

    def _on_kept(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            if number in self._unkept:
                self._unkept.remove(number)
                self._count(number)
        self._tell_complete()

    def _count(self, number: int) -> None:
        self._failed += isinstance(self._outcomes[number], Failure)
        self._bytes_done += self._files[number].size

    def _is_complete(self) -> bool:
        return self._loaded and len(self._outcomes) == len(self._files) and not self._unkept

    def _tell_complete(self) -> None:
        if self._began and self._is_complete():
            tell(RECORDER, ("complete", time.monotonic_ns()))

    # ---- the cache ----

    def _load(self, outcomes: dict[int, Outcome], unkept: Iterable[int]) -> None:
        if self._loaded:
            return
        self._loaded = True
        self._outcomes = {**outcomes, **self._outcomes}
        self._unkept |= set(unkept)
        for number in self._outcomes.keys() - self._unkept:
            self._count(number)
        self._todo.extend(number for number in range(len(self._files)) if number not in self._outcomes)
        self._find_analysers()

    def _find_analysers(self) -> None:
        """Introduce ourselves to the analysers that started before us."""
        try:
            children = rsp.Supervisor.which_children(POOL)
        except (rsp.BadArgument, rsp.CallExit):
            return  # their supervisor is about to start: so are they, and they will tell
        for each in children:
            if isinstance(each.pid, rsp.Pid):
                rsp.cast(each.pid, rsp.Atom("introduce"))
        for analyser in self._analysers.values():
            self._supply(analyser)

    def _cache_is_up(self) -> None:
        if not self._loaded:
            Cache.at(CACHE).tell_known(rsp.self_pid())
            return
        for number, outcome in self._outcomes.items():
            if not is_lasting(outcome) and number not in self._unkept:
                self._unkept.add(number)  # the cache before had it in memory alone
                self._failed -= 1
                self._bytes_done -= self._files[number].size
        if self._unkept:
            Cache.at(CACHE).take({number: self._outcomes[number] for number in self._unkept})
