"""The runtime of this OS process: started by hand, or by the first call that needs one; stopped at exit."""

from __future__ import annotations

import atexit
import logging
import os
import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self, TypeVar, cast

from resprout import _lanes, _native, _options
from resprout._exceptions import BadArgument, NotRunning, SystemLimit, WrongContext
from resprout._forms import returning
from resprout._native import Pid
from resprout._server import GenServer
from resprout._supervisor import Supervisor

__all__ = ["Runtime", "ensure", "finish"]

T = TypeVar("T")

_log = logging.getLogger("resprout")
_lock = threading.RLock()
_owner_pid = 0
_lane: _native.Lane | None = None
_watch: _Watch | None = None
_has_started = False
_is_ending = False


class _Watch(threading.Thread):
    """While the runtime stops: raises ProcessExit in Python code that has run since before, without a call
    of ours. Started with the runtime, because at its exit Python may refuse new threads.
    """

    GRACE_S = 0.5

    def __init__(self) -> None:
        super().__init__(name="resprout-stop", daemon=True)
        self._begin = threading.Event()
        self._end = threading.Event()

    def run(self) -> None:
        self._begin.wait()
        waited = self.GRACE_S
        while not self._end.wait(self.GRACE_S):
            _native.interrupt_busy(waited)
            waited += self.GRACE_S

    def begin(self) -> None:
        self._begin.set()

    def end(self) -> None:
        self._end.set()
        self._begin.set()
        self.join()


def _refuse_on_lane(what: str) -> None:
    # Before the lock: a thread that holds it may be waiting for this very process to end.
    if _native.serves_a_lane():
        raise WrongContext(f"a process cannot {what} the runtime it runs in: do it in a plain thread")


def _start(workers: int, max_processes: int, stack_signal: int = 0) -> None:
    global _lane, _owner_pid, _watch, _has_started
    _native.runtime_start(workers, max_processes, stack_signal)
    watch = _Watch()
    try:
        watch.start()
        lane = _lanes.start_default_lane()
    except RuntimeError as error:  # Python can start no thread
        if watch.is_alive():
            watch.end()
        _native.runtime_stop(0)
        raise SystemLimit(f"system_limit: {error}") from error
    _lane, _watch, _owner_pid, _has_started = lane, watch, os.getpid(), True
    _native.take_reports(True)
    atexit.unregister(_at_exit)
    atexit.register(_at_exit)


def _stop(timeout: float) -> bool:
    """Stop everything, in the order of docs/python.md, "The end". False: some code does not return."""
    global _lane, _watch
    _refuse_on_lane("stop")
    with _lock:
        if _lane is None or _watch is None or os.getpid() != _owner_pid:
            return True
        _watch.begin()
        if not _native.runtime_stop(timeout):
            return False
        lane, watch = _lane, _watch
        _lane = _watch = None
        lane.stop()
        _native.set_default_lane(None)
        watch.end()
        joined = _lanes.join(5.0)
        _native.take_reports(False)
        _native.write_reports()
        return joined


def _warn_of_code() -> None:
    _log.warning("the runtime has not stopped: the code of some process does not return")


def finish() -> None:
    """What is left to stop when the runtime itself has been stopped: code that does not return, and lanes."""
    if not _stop(0.0):
        _warn_of_code()


def _at_exit() -> None:
    global _is_ending
    _is_ending = True
    _stop(5.0)


def _after_fork_in_child() -> None:
    global _lock, _lane, _watch
    _lock = threading.RLock()  # another thread of the parent may have held it
    _native.mark_forked()
    _lane = _watch = None


os.register_at_fork(after_in_child=_after_fork_in_child)


def ensure() -> None:
    """Start a runtime, if none ever ran. One that was stopped stays so until Runtime starts it again."""
    with _lock:
        if _native.runtime_is_running():
            return
        if _is_ending:
            raise NotRunning("Python is ending: no process can start any more")
        if _has_started:
            raise NotRunning("the runtime has been stopped: start one with resprout.Runtime()")
        _start(0, 0)


def _stack_signal(value: object) -> int:
    known = (0, -1, *range(signal.SIGRTMIN, signal.SIGRTMAX + 1))
    if isinstance(value, int) and not isinstance(value, bool) and value in known:
        return value
    raise BadArgument(
        f"stack_signal: {value!r} is no real-time signal ({int(signal.SIGRTMIN)} to {int(signal.SIGRTMAX)}),"
        " nor 0 for one that nobody uses, nor -1 for none"
    )


class Runtime:
    """The runtime of this OS process, for the length of a with block.

        with resprout.Runtime() as runtime:
            runtime.supervise([Cache])

    One lives at a time. The first call that needs a runtime starts one with the defaults, which is stopped as
    Python ends.

    Args:
        workers: threads for native processes, 1 to 1024; None: one for each processor that may be used.
        max_processes: how many may live, the runtime's own included; None: as many as memory holds.
        stop_timeout: seconds for the orderly part of the stop.
        stack_signal: the real-time signal by which a thread is asked for its stack when the native code on it
            does not return, for the report of that; 0: one that nobody uses; -1: no thread is asked.

    Raises:
        BadArgument: an option is malformed; the text names it.
    """

    def __init__(
        self,
        *,
        workers: int | None = None,
        max_processes: int | None = None,
        stop_timeout: float = 5.0,
        stack_signal: int = 0,
    ) -> None:
        if workers is not None:
            _options.whole("workers", workers, 1, _options.MOST_WORKERS)
        if max_processes is not None:
            _options.whole("max_processes", max_processes, 2, 2**31)
        self.workers = workers
        self.max_processes = max_processes
        self.stop_timeout = _options.seconds("stop_timeout", stop_timeout)
        self.stack_signal = _stack_signal(stack_signal)

    def start(self) -> Self:
        """Start it: its workers, and the lane that runs Python processes.

        Raises:
            WrongContext: a runtime runs already, or this is a process.
            SystemLimit: the operating system gives no threads.
            ForkedError: this OS process was forked from one in which a runtime ran.
        """
        _refuse_on_lane("start")
        with _lock:
            _start(self.workers or 0, self.max_processes or 0, self.stack_signal)
        return self

    def stop(self, timeout: float | None = None) -> bool:
        """Stop it in order: what was started by no process ends with shutdown, the latest first; then all is
        killed.

        Code that computes is interrupted by ProcessExit after half a second, code that sleeps in C is not.
        Blocks. Not for processes. Does nothing where none runs.

        Args:
            timeout: seconds for the orderly part; None: `stop_timeout`.

        Returns:
            False if some code does not return: call it again.

        Raises:
            WrongContext: this is a process, or another thread stops it.

        Mirrors init:stop/0.
        """
        return _stop(self.stop_timeout if timeout is None else _options.seconds("timeout", timeout))

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if not self.stop():
            _warn_of_code()

    @property
    def is_running(self) -> bool:
        """Whether a runtime runs and takes new processes."""
        return _native.runtime_is_running()

    def stats(self) -> dict[str, int]:
        """Figures: `processes` that live, attached threads and the runtime's own one included; `workers`;
        `worker_wake_ups`; `zombies`, threads whose native code has not returned from a process that is dead;
        `stuck_turns`, callbacks of native code that took so long that their worker was given to another
        thread, and `watchdog_wake_ups`, of the thread that looks for those;
        `dropped_messages`, by the limits of mailboxes.

        Raises:
            NotRunning: none runs.
        """
        return _native.runtime_stats()

    def supervise(self, children: Any, **options: Any) -> Pid:
        """Start a supervisor at the root: it stops with the runtime. All else is as of Supervisor.start."""
        return Supervisor.start(children, **options)

    def whereis(self, server: type[T], name: str) -> T:
        """A reference to the server of this type that has the name now, and after each restart.

        Does not look whether there is one: a call does.
        """
        what: object = server
        if not (isinstance(what, type) and issubclass(what, GenServer)):
            raise BadArgument(f"server: a GenServer class is needed, not {server!r}")
        return cast(T, what.at(name))

    def run(self) -> int:
        """Wait until SIGTERM or SIGINT comes, or somebody stops the runtime.

        Returns the status for sys.exit: 0. The with block around it stops the runtime.

        Raises:
            NotRunning: none runs.
            WrongContext: this is not Python's main thread, where signals arrive.
        """
        if not self.is_running:
            raise NotRunning("no runtime is running: start it first, or use it in a with block")
        if threading.current_thread() is not threading.main_thread():
            raise WrongContext("signals arrive in Python's main thread: call run there")
        ended = threading.Event()

        def end(_number: int, _frame: FrameType | None) -> None:
            ended.set()

        before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            while _native.runtime_is_running() and not ended.wait(0.1):
                pass
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        return 0

    # -- the forms that return their failure --

    try_start = returning(start)
    try_stop = returning(stop)
    try_stats = returning(stats)
    try_supervise = returning(supervise)
    try_run = returning(run)
