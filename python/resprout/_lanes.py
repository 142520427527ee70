"""The threads that run Python processes: ordinary threading.Threads, so debuggers and faulthandler see
them.
"""

from __future__ import annotations

import itertools
import threading
import time

from resprout import _native
from resprout._exceptions import SystemLimit

_threads: list[threading.Thread] = []
_affine_numbers = itertools.count()
_spare_numbers = itertools.count(1)


def _serve(lane: _native.Lane, name: str) -> None:
    thread = threading.Thread(target=lane.run, name=name, daemon=True)
    _threads[:] = [each for each in _threads if each.is_alive()]
    thread.start()
    _threads.append(thread)  # now that it can be joined: the system may have refused it


def new_lane_thread(lane: _native.Lane) -> None:
    """One more thread for a lane: its other threads hold frames that wait."""
    _serve(lane, f"{lane.name}-spare-{next(_spare_numbers)}")


def start_default_lane() -> _native.Lane:
    """The lane of every process that has none of its own."""
    lane = _native.Lane("resprout-lane-0", False)
    _native.set_default_lane(lane)
    _serve(lane, lane.name)
    return lane


def own_lane() -> _native.OwnLane:
    """A lane with one thread, for one process or one child; its thread ends with what owns this.

    Raises SystemLimit if the system refuses the thread.
    """
    lane = _native.Lane(f"resprout-affine-{next(_affine_numbers)}", True)
    try:
        _serve(lane, lane.name)
    except RuntimeError as error:  # Python can start no thread
        raise SystemLimit(f"system_limit: {error}") from error
    return _native.OwnLane(lane)


def join(timeout: float) -> bool:
    """Wait for the threads of stopped lanes. False: some code does not return."""
    deadline = time.monotonic() + timeout
    for thread in list(_threads):
        thread.join(max(0.0, deadline - time.monotonic()))
    return not any(thread.is_alive() for thread in _threads)
