"""The tree of the demo, and how many restarts it puts up with.

    root
      store       one thread, SQLite
      cache       all outcomes in memory
      poisoned    with --poison: a supervisor whose analyser can take none of its files (poison.py)
      dispatcher  what is to do, and who does it
      pool        a supervisor of its own:
        analyser 1 .. N    C++, on the runtime's threads

Each is started again alone when it ends: its neighbours find it by its name. So no more is done again than
what the one process knew that ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import resprout as rsp
from resprout import _native
from resprout.demo import poison
from resprout.demo.cache import Cache
from resprout.demo.dispatcher import Dispatcher
from resprout.demo.names import CACHE, DISPATCHER, POOL, RECORDER, ROOT, STORE, tell_up
from resprout.demo.report import Intensity
from resprout.demo.store_server import StoreServer

if TYPE_CHECKING:
    from resprout.demo.corpus import Corpus

_LIBRARY = "libresprout_demo_analyser.so"
_BUFFER_BYTES = 1 << 16
_ROOT_PERIOD_S = 5.0
_POOL_PERIOD_S = 3600.0
_UNFORESEEN = 3  # what a supervisor allows that is told nothing


@dataclass(frozen=True)
class Plan:
    """What a tree is started with.

    Attributes:
        corpus: The files.
        store: The path of the store.
        workers: How many analysers.
        kills: How many processes will be killed on purpose.
        poison: Files whose paths end so get an analyser that can take none of them; None: no file does.
    """

    corpus: Corpus
    store: str
    workers: int
    kills: int
    poison: str | None = None

    @property
    def intensity(self) -> Intensity:
        """Of the pool.

        A bad file ends an analyser, and no file does so twice, so that the files bound the restarts of a run
        however fast they come. The period is longer than a run: an analyser that ends of the same file again
        and again uses them up at any speed.
        """
        files = len(self.corpus.files)
        why = f"each of {files:,} files may end one analyser, once"
        restarts = files + _UNFORESEEN
        if self.kills:
            # A kill ends one analyser; one of the dispatcher may bring back the bad file of each.
            restarts += self.kills * self.workers
            why += f", and each of {self.kills:,} kills up to {self.workers} more"
        return Intensity(restarts, _POOL_PERIOD_S, f"{why}; {_UNFORESEEN} more are unforeseen")

    @property
    def root_restarts(self) -> int:
        """How many restarts the root allows in its period: nothing below it ends but by a kill."""
        return self.kills + _UNFORESEEN


class Pool(rsp.Supervisor):
    """The supervisor of the analysers."""

    def init(self, workers: int, restarts: int) -> rsp.SupervisorSpec:
        """Describe the analysers."""
        pool = rsp.whereis(
            POOL
        )  # init runs in a process of its own, when the supervisor has its name already
        if pool is not None:
            tell_up(POOL, pool)
        analysers = [_analyser(place) for place in range(1, workers + 1)]
        return rsp.SupervisorSpec(analysers, max_restarts=restarts, max_seconds=_POOL_PERIOD_S)


def _analyser(place: int) -> rsp.ChildSpec:
    args = (place, _BUFFER_BYTES, rsp.Atom(DISPATCHER), rsp.Atom(RECORDER))
    return rsp.native_child(library(), "analyser", args, id=place)


def library() -> Path:
    """The shared library of the analysers: beside the extension module, wherever that is installed."""
    assert _native.__file__ is not None
    return Path(_native.__file__).with_name("demo") / _LIBRARY


def start(plan: Plan) -> rsp.Pid:
    """Start the tree, and wait until all of it is up."""
    children = [
        rsp.child(StoreServer, plan.store, plan.corpus, name=STORE),
        rsp.child(Cache, name=CACHE),
        *([] if plan.poison is None else [poison.pool()]),  # before the dispatcher, which watches it
        rsp.child(Dispatcher, plan.corpus, plan.poison, name=DISPATCHER),
        rsp.child(Pool, plan.workers, plan.intensity.restarts, name=POOL),
    ]
    return rsp.Supervisor.start(
        children, name=ROOT, max_restarts=plan.root_restarts, max_seconds=_ROOT_PERIOD_S
    )
