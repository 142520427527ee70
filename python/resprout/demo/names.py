"""The registered names of the demo's processes, and how each tells the recorder that it serves.

A process holds names, never pids: whoever has the name now is the neighbour. Two rules make that enough:

1. A name is registered before the process runs any code (docs/semantics.md, S-NAME-7).
2. A process that starts tells its neighbours by their names. A cast to a free name is dropped: there is
   nobody to tell.

So of two neighbours that start in any order, or again, the later one always finds the name of the earlier,
and nobody has to wait or to try again.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import resprout as rsp

if TYPE_CHECKING:
    from resprout import Pid

ROOT = "demo_root"
STORE = "demo_store"
CACHE = "demo_cache"
DISPATCHER = "demo_dispatcher"
POOL = "demo_pool"
POISONED = "demo_poisoned"
RECORDER = "demo_recorder"

LEVELS = (STORE, CACHE, DISPATCHER, POOL)
"""The names below the root, in the order of their start; the analysers have none."""


def tell_up(place: str, pid: Pid) -> None:
    """Tell the recorder that the process of this place serves now."""
    rsp.cast(RECORDER, ("up", place, pid, time.monotonic_ns()))
