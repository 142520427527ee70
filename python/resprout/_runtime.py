"""The runtime of this OS process: started by hand, or by the first call that needs one; stopped at exit."""

from __future__ import annotations

import atexit
import os
import signal
import threading
from types import FrameType, TracebackType
from typing import Any, ClassVar, Self, TypeVar

from resprout import _lanes, _native
from resprout._exceptions import NotRunning
from resprout._native import Pid
from resprout._server import GenServer
from resprout._supervisor import Supervisor

__all__ = ["Runtime", "ensure"]

T = TypeVar("T")

_lock = threading.RLock()
_owner_pid = 0
_lane: _native.Lane | None = None
_ending = False


def _start(workers: int, max_processes: int) -> None:
    global _lane, _owner_pid
    _native.runtime_start(workers, max_processes)
    _owner_pid = os.getpid()
    _lane = _lanes.start_default_lane()
    _native.take_reports(True)
    atexit.unregister(_at_exit)
    atexit.register(_at_exit)


def _stop(timeout: float) -> bool:
    """Stop everything, in the order of docs/python.md, "The end". False: some code does not return."""
    global _lane
    with _lock:
        if _lane is None or os.getpid() != _owner_pid:
            return True
        watch = _Watch()
        watch.start()
        try:
            stopped = _native.runtime_stop(timeout)
        finally:
            watch.end()
        if not stopped:
            return False
        _lane.stop()
        _native.set_default_lane(None)
        _lane = None
        joined = _lanes.join(5.0)
        _native.take_reports(False)
        _native.write_reports()
        return joined


class _Watch(threading.Thread):
    """While the runtime stops: raises ProcessExit in Python code that has run since before, without a call
    of ours.
    """

    GRACE_S = 0.5

    def __init__(self) -> None:
        super().__init__(name="resprout-stop", daemon=True)
        self._done = threading.Event()

    def run(self) -> None:
        waited = self.GRACE_S
        while not self._done.wait(self.GRACE_S):
            _native.interrupt_busy(waited)
            waited += self.GRACE_S

    def end(self) -> None:
        self._done.set()
        self.join()


def _at_exit() -> None:
    global _ending
    _ending = True
    _stop(5.0)


def ensure() -> None:
    """Start a runtime unless one runs."""
    with _lock:
        if _ending:
            raise NotRunning("Python is ending: no process can start any more")
        if not _native.runtime_is_running():
            _start(0, 0)


class Runtime:
    """The runtime, for the length of a with block.

    with resprout.Runtime() as runtime:
        runtime.supervise([Cache])

    Args:
        workers: threads for native processes; None: one for each processor.
        max_processes: None: as many as memory holds.
        stop_timeout: seconds for the orderly part of the stop.
    """

    current: ClassVar[Runtime | None] = None

    def __init__(
        self, *, workers: int | None = None, max_processes: int | None = None, stop_timeout: float = 5.0
    ) -> None:
        self.workers = workers
        self.max_processes = max_processes
        self.stop_timeout = stop_timeout

    def start(self) -> Self:
        """Start it. Raises an Error if one runs already."""
        with _lock:
            _start(self.workers or 0, self.max_processes or 0)
        return self

    def stop(self, timeout: float | None = None) -> bool:
        """Stop it in order: what was started by no process ends with shutdown, the latest first; then all is
        killed.

        Args:
            timeout: seconds for the orderly part.

        Returns:
            False if some code does not return: call it again.
        """
        return _stop(self.stop_timeout if timeout is None else timeout)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def is_running(self) -> bool:
        """Whether it runs and takes new processes."""
        return _native.runtime_is_running()

    def stats(self) -> dict[str, int]:
        """Figures: processes, workers, worker_wake_ups."""
        return _native.runtime_stats()

    def supervise(self, children: Any, **options: Any) -> Pid:
        """Start a supervisor at the root: it stops with the runtime. The arguments are those of
        Supervisor.start.
        """
        return Supervisor.start(children, **options)

    def whereis(self, server: type[T], name: str) -> T:
        """A reference to the server of this type that has the name now, and after each restart."""
        if not issubclass(server, GenServer):
            raise TypeError(f"a GenServer class is needed, not {server!r}")
        reference: T = server.at(name)
        return reference

    def run(self) -> int:
        """Wait until SIGTERM or SIGINT comes; then stop in order. Returns the status for sys.exit: 0.

        Only in the main thread.
        """
        ended = threading.Event()

        def end(_number: int, _frame: FrameType | None) -> None:
            ended.set()

        before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            while not ended.wait(0.1):
                pass
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        return 0
