"""The process that hands out files: to whom, which are still to do, and what came out.

1. It begins with what the cache has; the rest is to do. It finds the analysers through their supervisor, and
   those that start later tell it themselves.
2. An analyser has a few jobs at a time, in order, and is monitored. When it ends, the file that its reason
   names has failed, and is not tried again. All its other jobs go back: it was killed, or did not get to
   them.
3. A dispatcher that is new takes over the jobs of the one before: an analyser that introduces itself says
   what it has to do.
4. With --poison the files of one type are for an analyser of their own, whose supervisor will give up. Then
   nobody is left for them, and each that has no outcome is given up.
5. What came out goes to the cache in batches, one at a time, and what comes meanwhile is the next batch: the
   slower the store, the larger its transactions. A new cache gets everything again that the one before has
   not confirmed. The run is complete when the outcome of every file is kept.
"""

from __future__ import annotations

import os
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import resprout as rsp
from resprout.demo.cache import Cache
from resprout.demo.names import CACHE, DISPATCHER, POISONED, POOL, RECORDER, tell_up
from resprout.demo.outcome import Failure, FailureKind, Figures, GivenUp, Outcome

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
        loaded: Whether the dispatcher knows yet what is done; until then the other figures are 0.
        done: Files whose outcome is kept.
        failed: Those of them that failed.
        bytes_done: The sizes of the files done.
        complete: Whether that is all.
    """

    loaded: bool
    done: int
    failed: int
    bytes_done: int
    complete: bool


@dataclass
class _Analyser:
    pid: rsp.Pid
    is_poisoned: bool
    jobs: set[int] = field(default_factory=set)


class Dispatcher(rsp.GenServer[None]):
    """Serves the analysers, is served by the cache."""

    def init(self, corpus: Corpus, poison: str | None = None) -> rsp.Init:
        """Begin with nothing: what is known comes from the cache."""
        self._files = corpus.files
        self._numbers = {os.fsencode(file.path): number for number, file in enumerate(corpus.files)}
        self._poison = poison
        self._poisoned_pool: rsp.Ref | None = None
        # Some of them are done already: see _next_job. By whether they are for the poisoned analyser.
        self._todo: dict[bool, deque[int]] = {False: deque(), True: deque()}
        for number, file in enumerate(corpus.files):
            self._todo[file.is_poisoned(poison)].append(number)
        self._loaded = False
        self._kept: dict[int, Outcome] = {}
        self._unkept: dict[int, Outcome] = {}
        self._is_saving = False
        self._analysers: dict[rsp.Ref, _Analyser] = {}
        self._at: dict[int, _Analyser] = {}
        self._failed = self._bytes_done = 0
        return rsp.Init(continue_with=None)

    def handle_continue(self, _: None) -> None:
        """Tell who has to know."""
        tell_up(DISPATCHER, rsp.self_pid())
        if self._poison is not None:
            self._poisoned_pool = rsp.monitor(POISONED)  # one that has given up already is down at once
        Cache.at(CACHE).tell_known(rsp.self_pid())

    def handle_cast(self, message: tuple[object, ...]) -> None:
        """Take what analysers and the cache say."""
        match message:
            case (
                "figures",
                int() as number,
                int() as lines,
                int() as words,
                int() as deepest,
                int() as characters,
            ):
                self._on_outcome(number, Figures(lines, words, deepest, characters))
            case ("here", place, rsp.Pid() as pid, list() as numbers):
                self._on_analyser(pid, place == POISONED, numbers)
            case ("kept", list() as numbers):
                self._on_kept(numbers)
            case ("known", dict() as outcomes):
                self._load(outcomes)
            case ("cache_up",):
                self._on_cache_up()
            case _:
                super().handle_cast(message)

    def handle_info(self, message: object) -> None:
        """Take the end of an analyser."""
        match message:
            case rsp.Down(ref=ref, reason=reason) if ref in self._analysers:
                self._on_end(self._analysers.pop(ref), reason)
            case rsp.Down(ref=ref) if ref == self._poisoned_pool:
                self._poisoned_pool = None
                self._give_up()
            case _:
                super().handle_info(message)

    @rsp.call
    def progress(self) -> Progress:
        """How far the run is."""
        return Progress(self._loaded, len(self._kept), self._failed, self._bytes_done, self._is_complete())

    @rsp.call
    def outcomes(self) -> Mapping[int, Outcome] | None:
        """All outcomes by the number of the file, or None as long as the run is not complete."""
        return self._kept if self._is_complete() else None

    # ---- analysers ----

    def _on_analyser(self, pid: rsp.Pid, is_poisoned: bool, numbers: Iterable[int]) -> None:
        if any(known.pid == pid for known in self._analysers.values()):
            return  # it told so when it started, and was asked as well
        analyser = _Analyser(pid, is_poisoned)
        self._analysers[rsp.monitor(pid)] = analyser
        for number in numbers:
            if self._is_open(number):
                self._assign(number, analyser)
        self._supply(analyser)

    def _supply(self, analyser: _Analyser) -> None:
        while self._loaded and len(analyser.jobs) < _JOBS_AT_A_TIME:
            number = self._next_job(self._todo[analyser.is_poisoned])
            if number is None:
                return
            self._assign(number, analyser)
            file = self._files[number]
            job = (rsp.Atom("analyse"), number, os.fsencode(file.path), file.size, file.digest)
            rsp.cast(analyser.pid, job)

    def _assign(self, number: int, analyser: _Analyser) -> None:
        self._at[number] = analyser
        analyser.jobs.add(number)

    def _next_job(self, todo: deque[int]) -> int | None:
        while todo:
            number = todo.popleft()
            if self._is_open(number):
                return number
        return None

    def _is_open(self, number: int) -> bool:
        """Whether it is still to do, and nobody is at it."""
        return number not in self._kept and number not in self._unkept and number not in self._at

    def _on_end(self, analyser: _Analyser, reason: object) -> None:
        failed = self._read_failure(reason)
        if failed is not None:
            self._on_outcome(*failed)
        for number in sorted(analyser.jobs, reverse=True):
            del self._at[number]
            self._todo[analyser.is_poisoned].appendleft(number)
        self._give_up()
        for other in self._analysers.values():
            self._supply(other)

    def _give_up(self) -> None:
        """Give up what is left of the poisoned type, if nobody is left for it."""
        if self._loaded and self._poisoned_pool is None:
            while (number := self._next_job(self._todo[True])) is not None:
                self._on_outcome(number, GivenUp())

    def _read_failure(self, reason: object) -> tuple[int, Failure] | None:
        """Which file failed, and how: the reason of an analyser that was given a bad one."""
        match reason:
            case (str() as kind, bytes() as path, int() as detail):
                if kind in _FAILURES and path in self._numbers:
                    return self._numbers[path], Failure(_FAILURES[kind], detail)
        return None

    # ---- outcomes ----

    def _on_outcome(self, number: int, outcome: Outcome) -> None:
        analyser = self._at.pop(number, None)
        if number not in self._kept:  # else it was done twice, by the analysers of two dispatchers
            self._unkept.setdefault(number, outcome)
            self._save()
        if analyser is not None:
            analyser.jobs.discard(number)
            self._supply(analyser)

    def _save(self) -> None:
        if self._unkept and not self._is_saving:
            self._is_saving = True
            Cache.at(CACHE).take(self._unkept)

    def _on_kept(self, numbers: Iterable[int]) -> None:
        self._keep({number: self._unkept.pop(number) for number in numbers if number in self._unkept})
        self._is_saving = False
        self._save()

    def _keep(self, outcomes: Mapping[int, Outcome]) -> None:
        self._kept.update(outcomes)
        for number, outcome in outcomes.items():
            self._failed += isinstance(outcome, Failure)
            self._bytes_done += self._files[number].size
        if self._is_complete():
            rsp.cast(RECORDER, ("complete", time.monotonic_ns()))

    def _is_complete(self) -> bool:
        return self._loaded and len(self._kept) == len(self._files)

    # ---- the cache ----

    def _load(self, outcomes: Mapping[int, Outcome]) -> None:
        if self._loaded:
            return
        self._loaded = True
        self._keep(outcomes)
        if not self._is_complete():
            rsp.cast(RECORDER, ("began", time.monotonic_ns()))
        self._give_up()
        self._find_analysers()

    def _find_analysers(self) -> None:
        """Introduce ourselves to the analysers that started before us."""
        for pool in (POOL, POISONED):
            try:
                children = rsp.Supervisor.which_children(pool)
            except (rsp.BadArgument, rsp.CallExit):
                continue  # their supervisor is about to start: so are they, and they will tell
            for each in children:
                if isinstance(each.pid, rsp.Pid):
                    rsp.cast(each.pid, rsp.Atom("introduce"))
        for analyser in self._analysers.values():
            self._supply(analyser)

    def _on_cache_up(self) -> None:
        if self._loaded:
            self._is_saving = False
            self._save()
        else:
            Cache.at(CACHE).tell_known(rsp.self_pid())
