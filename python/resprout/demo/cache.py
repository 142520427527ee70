"""The process between the dispatcher and the store: all outcomes that are kept, in memory.

1. It begins with what the store has. Until that is there it answers nobody.
2. An outcome is *kept* when the store has confirmed it; one that does not follow from the bytes of the file
   (`FailureKind.lasting`) as soon as it is here. Only then the dispatcher hears of it, who sends everything
   again that it has not heard of. So a cache that is killed loses nothing.
3. A store that is new gets everything again that the one before has not confirmed. To write a row twice
   changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import resprout as rsp
from resprout.demo.names import CACHE, DISPATCHER, STORE, tell_up
from resprout.demo.outcome import Outcome, is_lasting
from resprout.demo.store_server import StoreServer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Cache(rsp.GenServer[None]):
    """Serves the dispatcher, is served by the store."""

    def init(self) -> rsp.Init:
        """Begin with nothing: the rows come from the store."""
        self._loaded = False
        self._kept: dict[int, Outcome] = {}
        self._unconfirmed: dict[int, Outcome] = {}
        self._curious: rsp.Pid | None = None  # the latest dispatcher; those before it have ended
        return rsp.Init(continue_with=None)

    def handle_continue(self, _: None) -> None:
        """Tell who has to know."""
        tell_up(CACHE, rsp.self_pid())
        StoreServer.at(STORE).load(rsp.self_pid())
        rsp.cast(DISPATCHER, ("cache_up",))

    def handle_cast(self, message: tuple[object, ...]) -> None:
        """Take what the store says."""
        match message:
            case ("store_up",):
                self._on_store_up()
            case ("rows", dict() as rows):
                self._load(rows)
            case ("saved", list() as numbers):
                self._confirm(numbers)
            case _:
                super().handle_cast(message)

    @rsp.cast
    def tell_known(self, dispatcher: rsp.Pid) -> None:
        """Send ``("known", ...)``: all outcomes that are kept, by the number of the file."""
        self._curious = dispatcher
        self._answer()

    @rsp.cast
    def take(self, outcomes: Mapping[int, Outcome]) -> None:
        """Keep outcomes, and send ``("kept", ...)`` for all of them, when it is so.

        The first one of a file stands: another of the same bytes would be the same.
        """
        new = {}
        for number, outcome in outcomes.items():
            if number in self._kept or number in self._unconfirmed:
                continue
            if is_lasting(outcome):
                new[number] = self._unconfirmed[number] = outcome
            else:
                self._kept[number] = outcome
        self._tell_kept(number for number in outcomes if number in self._kept)
        if new:
            StoreServer.at(STORE).put(rsp.self_pid(), new)

    def _answer(self) -> None:
        if self._loaded and self._curious is not None:
            rsp.cast(self._curious, ("known", self._kept))
            self._curious = None

    def _load(self, rows: Mapping[int, Outcome]) -> None:
        if not self._loaded:
            self._loaded = True
            self._kept.update(rows)
            self._answer()

    def _on_store_up(self) -> None:
        if not self._loaded:
            StoreServer.at(STORE).load(rsp.self_pid())
        if self._unconfirmed:
            StoreServer.at(STORE).put(rsp.self_pid(), self._unconfirmed)

    def _confirm(self, numbers: Iterable[int]) -> None:
        confirmed = {
            number: self._unconfirmed.pop(number) for number in numbers if number in self._unconfirmed
        }
        self._kept.update(confirmed)
        self._tell_kept(confirmed)

    def _tell_kept(self, numbers: Iterable[int]) -> None:
        kept = list(numbers)
        if kept:
            rsp.cast(DISPATCHER, ("kept", kept))
