"""The process that has the store: one thread, one connection, one transaction for each request.

It keeps nothing that is not in the file. Killed, it leaves a store that is whole; the next one opens it, and
the cache sends again what was not confirmed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import resprout as rsp
from resprout.demo.names import CACHE, STORE, tell_up
from resprout.demo.store import Store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from resprout.demo.corpus import Corpus
    from resprout.demo.outcome import Outcome


class StoreServer(rsp.GenServer[None], thread_affine=True):
    """Answers `load` with all rows of the corpus and `put` with what is saved, both as casts."""

    def init(self, path: str, corpus: Corpus) -> rsp.Init:
        """Open the file: a store that can't be opened can't be started."""
        self._corpus = corpus
        self._store = Store(path)
        return rsp.Init(continue_with=None)

    def handle_continue(self, _: None) -> None:
        """Tell who has to know."""
        tell_up(STORE, rsp.self_pid())
        rsp.cast(CACHE, ("store_up",))

    @rsp.cast
    def load(self, cache: rsp.Pid) -> None:
        """Send ``("rows", ...)``: what is known of this corpus, by the number of the file."""
        rows = self._store.rows_of(self._corpus)
        numbers = {file.key: number for number, file in enumerate(self._corpus.files)}
        rsp.cast(cache, ("rows", {numbers[key]: outcome for key, outcome in rows.items()}))

    @rsp.cast
    def put(self, cache: rsp.Pid, outcomes: Mapping[int, Outcome]) -> None:
        """Keep lasting outcomes, all of them or none, and send ``("saved", ...)``: the numbers."""
        self._store.put_many(
            (self._corpus.files[number].key, outcome) for number, outcome in outcomes.items()
        )
        rsp.cast(cache, ("saved", list(outcomes)))

    def terminate(self, reason: object) -> None:
        """Close the file."""
        self._store.close()
