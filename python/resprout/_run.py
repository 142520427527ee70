"""The top of a program: a supervisor from its start to the end, and the status the program ends with."""

from __future__ import annotations

from typing import Any

from resprout import _native, _options
from resprout._exceptions import NotRunning, WrongContext
from resprout._forms import returning
from resprout._runtime import Runtime, finish
from resprout._supervisor import Supervisor, supervisor_dict

__all__ = ["init_stop", "run", "try_init_stop", "try_run"]


def run(
    top: Any,
    *args: Any,
    stop_timeout: float | None = 30.0,
    handle_signals: bool = True,
    notify: bool = False,
    **options: Any,
) -> int:
    """Run a program: start a runtime, if none runs, and the top supervisor; stop it all in order at the end.

        sys.exit(resprout.run([Cache, Store], strategy="rest_for_one"))

    It ends when SIGTERM or SIGINT comes, when init_stop asks for it, or when the top has ended. Children stop
    in reverse order, each within its own time and all within stop_timeout: who is late is killed, and named
    in a report of its supervisor. A second signal kills what is left at once. Blocks. A runtime that ran
    before is stopped, too.

    Args:
        top: the children, or a subclass of Supervisor, whose init gets args.
        stop_timeout: seconds for the orderly stop of all; None: as long as it takes.
        handle_signals: SIGTERM and SIGINT end it. Without, the handlers of Python's signal module run when it
            has returned, and not before: init_stop ends it.
        notify: tell the service manager that NOTIFY_SOCKET names (systemd) READY=1, STOPPING=1, and
            WATCHDOG=1 in half the time that WATCHDOG_USEC says.
        options: of Supervisor.start.

    Returns:
        The status for sys.exit. The top ended by itself: 0 for "normal", N for ("exit_status", N), else 1,
        for the "shutdown" of one that gave up too. Asked to end: 0, or what init_stop said; 1 if something
        was late; 128 and the number of the second signal.

    Raises:
        StartError: the top did not start.
        BadArgument: an option is malformed; the text names it.
        WrongContext: this is a process, or another thread runs a program.

    Mirrors application:start/2 of a permanent application.
    """
    if stop_timeout is not None:
        _options.seconds("stop_timeout", stop_timeout)
    _options.flag("handle_signals", handle_signals)
    _options.flag("notify", notify)
    if isinstance(top, type) and issubclass(top, Supervisor):
        spec = top._spec(args, options)
    elif args:
        raise TypeError("run takes one list of children, or a subclass of Supervisor and its arguments")
    else:
        spec = Supervisor._spec((top,), options)
    if _native.serves_a_lane():
        raise WrongContext("a process cannot run a program: do it in a plain thread")
    ran_before = _native.runtime_is_running()
    if not ran_before:
        Runtime().start()
    try:
        return _native.run(supervisor_dict(spec), stop_timeout, handle_signals, notify)
    finally:
        if not (ran_before and _native.runtime_is_running()):
            finish()


def init_stop(status: int = 0) -> None:
    """Ask for the end of the program that run runs, with this status. The first who asks decides.

    From anywhere, a process too. Does not block. Mirrors init:stop/1.

    Args:
        status: 0 to 255.

    Raises:
        NotRunning: no thread is in run.
        BadArgument: it is no such number.
    """
    _options.whole("status", status, 0, 255)
    try:
        _native.init_stop(status)
    except NotRunning as error:
        raise NotRunning("no program is running: init_stop ends one that run has begun") from error


# ---- The forms that return their failure ----

try_run = returning(run)
try_init_stop = returning(init_stop)
