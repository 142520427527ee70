"""The process between the dispatcher and the store: all outcomes in memory, and the writing of what is new.

1. It begins with what the store has. Until that is there it answers nobody.
2. An outcome is *kept* when the store has confirmed it; one that does not follow from the bytes of the file
   (`FailureKind.lasting`) when it is in memory. Only then the dispatcher hears of it, who sends everything
   again that it has not heard of. So a cache that is killed loses nothing.
3. One batch is on its way at a time, and what comes meanwhile is the next batch: the slower the store, the
   larger its transactions.
4. A store that is new gets the batch again that the one before has not confirmed. To write a row twice changes
   nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import resprout as rsp
from resprout.demo.names import CACHE, DISPATCHER, STORE, tell, tell_up
from resprout.demo.outcome import Outcome, is_lasting
from resprout.demo.store_server import StoreServer

if TYPE_CHECKING:
    from collections.abc import Mapping


class Cache(rsp.GenServer):
    """Serves the dispatcher, is served by the store."""

    def init(self) -> rsp.Init:
        """Begin with nothing: the rows come from the store."""
        self._loaded = False
        self._outcomes: dict[int, Outcome] = {}
        self._next: dict[int, Outcome] = {}
        self._sent: dict[int, Outcome] = {}
        self._batch = 0
        self._curious: list[rsp.Pid] = []
        return rsp.Init(continue_with=None)

    def handle_continue(self, _: None) -> None:
        """Tell who has to know."""
        tell_up(CACHE, rsp.self_pid())
        StoreServer.at(STORE).load(rsp.self_pid())
        tell(DISPATCHER, ("cache_up",))

    def handle_cast(self, message: tuple[object, ...]) -> None:
        """Take what the store says."""
        match message:
            case ("store_up",):
                self._store_is_up()
            case ("rows", dict() as rows):
                self._load(rows)
            case ("saved", batch) if batch == self._batch:
                self._confirm()
            case ("saved", _):
                pass  # of a batch that was sent twice: confirmed already
            case _:
                super().handle_cast(message)

    @rsp.cast
    def tell_known(self, dispatcher: rsp.Pid) -> None:
        """Send all outcomes, and the numbers of those that are not kept yet."""
        if self._loaded:
            self._answer(dispatcher)
        else:
            self._curious.append(dispatcher)

    @rsp.cast
    def take(self, outcomes: Mapping[int, Outcome]) -> None:
        """Keep outcomes. The first one of a file stands: another of the same bytes would be the same."""
        kept = []
        for number, outcome in outcomes.items():
            stands = self._outcomes.setdefault(number, outcome)
            if not is_lasting(stands):
                kept.append(number)
            elif stands is outcome:
                self._next[number] = outcome
            elif number not in self._next and number not in self._sent:
                kept.append(number)
        if kept:
            tell(DISPATCHER, ("kept", kept))
        self._send_next()

    def _answer(self, dispatcher: rsp.Pid) -> None:
        rsp.cast(dispatcher, ("known", self._outcomes, [*self._sent, *self._next]))

    def _load(self, rows: Mapping[int, Outcome]) -> None:
        if self._loaded:
            return
        self._loaded = True
        self._outcomes = {**self._outcomes, **rows}
        for dispatcher in self._curious:
            self._answer(dispatcher)
        self._curious.clear()
        self._send_next()

    def _store_is_up(self) -> None:
        if not self._loaded:
            StoreServer.at(STORE).load(rsp.self_pid())
        if self._sent:
            self._send()

    def _confirm(self) -> None:
        if self._sent:
            tell(DISPATCHER, ("kept", list(self._sent)))
            self._sent = {}
            self._send_next()

    def _send_next(self) -> None:
        if self._next and not self._sent:
            self._sent, self._next = self._next, {}
            self._batch += 1
            self._send()

    def _send(self) -> None:
        StoreServer.at(STORE).put(rsp.self_pid(), self._batch, self._sent)
