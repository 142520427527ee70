"""What fails, and how: the exceptions of the package, and what they mean when they leave a process.

Three classes of exception end a process with three shapes of reason (docs/semantics.md, S-EXIT-2 to
S-EXIT-5):
Exit(reason) with `reason`; Error(value) with (value, frames); Throw(value) with (("nocatch", value),
frames). Any other
exception is an error too, with (("exception", "python", type, message), frames).
"""

from __future__ import annotations

from typing import Any

from resprout._describe import format_reason, plain
from resprout._values import Atom

__all__ = [
    "AlreadyRegistered",
    "AlreadyStarted",
    "ApplicationError",
    "BadArgument",
    "CallCycle",
    "CallExit",
    "CallTimeout",
    "ChildError",
    "Error",
    "Exit",
    "ForkedError",
    "HandlerError",
    "NoProcess",
    "NotRunning",
    "Overload",
    "ProcessExit",
    "StartError",
    "StartIgnored",
    "SystemLimit",
    "Throw",
    "WrongContext",
]


class Error(Exception):
    """A failed operation: class *error*.

    Attributes:
        value: what failed: an atom such as "badarg", or any value of the program's own.
        detail: what to do about it, in English; may be empty.
        code: the name of the C API's result code; empty if the program raised it.
    """

    def __init__(self, value: Any = None, detail: str = "", code: str = "") -> None:
        super().__init__(detail or value)
        self.value = value
        self.detail = detail
        self.code = code


class _Refused(Error):
    """An Error that the runtime raises: its value is given by its class."""

    word = "badarg"

    def __init__(self, detail: str = "", code: Any = "") -> None:
        if not isinstance(code, str):  # the reason why a start was refused
            detail, code_name = format_reason(code), ""
        else:
            code_name = code
        super().__init__(Atom(self.word), detail or self.word, code_name)
        self.cause = code


class BadArgument(_Refused, ValueError):
    """An argument is malformed, a name is taken or free, a specification is wrong: `badarg`."""


class AlreadyRegistered(Error, ValueError):
    """A live process has the unique key of a registry: `.pid`, which may be the caller."""

    def __init__(self, pid: Any) -> None:
        super().__init__((Atom("already_registered"), pid), f"already_registered: {pid} has the key")
        self.pid = pid


class NoProcess(_Refused):
    """The process does not exist: `noproc`."""

    word = "noproc"


class SystemLimit(_Refused):
    """A fixed limit is reached: `system_limit`."""

    word = "system_limit"


class Overload(_Refused):
    """The mailbox of the receiver is at its limit, which refuses more; nothing was sent: `overload`."""

    word = "overload"


class NotRunning(_Refused, RuntimeError):
    """No runtime runs: it has been stopped, or Python is ending. Only Runtime starts it again."""

    word = "not_running"


class ForkedError(_Refused, RuntimeError):
    """This OS process was forked from one that runs resprout, whose threads it does not have.

    Stop the runtime before the fork, or use multiprocessing's "spawn" or "forkserver".
    """

    word = "forked"


class WrongContext(_Refused, RuntimeError):
    """The call cannot be made here, or not now; the text says where it can.

    Starting a second runtime, stopping it from one of its own processes, waiting in a signal handler that
    runs while its thread waits, receiving in a predicate of receive.
    """

    word = "wrong_context"


class Exit(BaseException):
    """This process wants to stop, with `reason`: class *exit*. `except Exception` does not catch it."""

    def __init__(self, reason: Any = Atom("normal")) -> None:
        super().__init__(reason)
        self.reason = reason


class ProcessExit(BaseException):
    """An exit signal has ended the process whose code this is.

    It is raised by each call of the runtime from then on, so that the code comes to its end; `finally`
    blocks run.
    Catching it changes nothing.
    """


class Throw(Exception):
    """A non-local return with a value: class *throw*. Somebody above must catch it."""

    def __init__(self, value: Any = None) -> None:
        super().__init__(value)
        self.value = value


class CallExit(Exception):
    """A call has failed: the server ended, or was not there. Uncaught it is class *exit*.

    Attributes:
        reason: why: the server's exit reason, "noproc", "timeout" or "calling_self".
        server, request, timeout: of the call.
    """

    def __init__(self, reason: Any, server: Any = None, request: Any = None, timeout: Any = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.server = server
        self.request = request
        self.timeout = timeout

    def __str__(self) -> str:
        return f"call of {self.server} failed: {format_reason(self.reason)}"


class CallTimeout(CallExit, TimeoutError):
    """No answer in time. The server is not told, and a late answer never arrives."""

    def __str__(self) -> str:
        return f"call of {self.server} failed: timeout: no answer within {self.timeout} s"


class CallCycle(CallExit):
    """The server waits, by its own call, for the caller: the call could only end by its timeout."""


class StartError(Exception):
    """A server or supervisor did not start.

    Attributes:
        reason: why not.
    """

    def __init__(self, reason: Any) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"not started: {format_reason(self.reason)}"


class AlreadyStarted(StartError):
    """The name belongs to a live process: `.pid`."""

    @property
    def pid(self) -> Any:
        """Who has the name."""
        return self.reason[1]


class StartIgnored(StartError):
    """init has declined to start: it returned Ignore()."""


_REFUSALS = {
    "not_found": "not_found: there is no such child; which_children lists those that there are",
    "running": "running: it has a process; terminate_child stops it",
    "restarting": "restarting: its start has failed and is tried again; terminate_child gives that up",
}


class ChildError(Exception):
    """A supervisor has refused to do something about one of its children; the text says what to do.

    Attributes:
        reason: why: "not_found", "running" or "restarting".
        supervisor: its Pid.
        id: of the child, as it was asked for.
    """

    def __init__(self, reason: Any, supervisor: Any = None, id: Any = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.supervisor = supervisor
        self.id = id

    def __str__(self) -> str:
        return f"child {plain(self.id)} of {self.supervisor}: {_REFUSALS.get(self.reason, self.reason)}"


class HandlerError(Exception):
    """An event handler has failed, was not added, or is not there.

    Attributes:
        reason: "bad_module" or "module_not_found": there is no such handler; ("EXIT", R): it has raised; else
            what its init failed with, or what it has returned, which means nothing.
        manager, handler: of the call.
    """

    def __init__(self, reason: Any, manager: Any = None, handler: Any = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.manager = manager
        self.handler = handler

    def __str__(self) -> str:
        return f"handler {self.handler!r} of event manager {self.manager!r}: {self.reason!r}"


class ApplicationError(Exception):
    """An application was not loaded, started, stopped or unloaded; the text says why and what to do.

    Attributes:
        reason: why: ("not_loaded", name), ("already_loaded", name), ("not_started", name),
            ("already_started", name), ("running", name), ("circular_dependency", name), "shutdown" (all are
            being stopped), "timeout", or why the top did not start.
        name: of the application; of ensure_all_started that of the one that did not start.
    """

    def __init__(self, reason: Any, name: Any = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.name = name

    def __str__(self) -> str:
        return f"application {self.name}: {self._why()}"

    def _why(self) -> str:
        match self.reason:
            case ("not_loaded", _):
                return "not_loaded: application.load makes it known"
            case ("already_loaded", _):
                return "already_loaded: application.unload forgets it"
            case ("already_started", _):
                return "already_started: it runs"
            case ("not_started", name) if name == self.name:
                return "not_started: it does not run"
            case ("not_started", name):
                return f"not_started: it needs {name}, which does not run; ensure_all_started starts both"
            case ("running", _):
                return "running: it runs, or is being stopped; application.stop waits until it is gone"
            case ("circular_dependency", name):
                return f"circular_dependency: it needs {name}, which needs it itself"
            case "shutdown":
                return "shutdown: all applications are being stopped"
            case "timeout":
                return "timeout: that was not done in time"
        return format_reason(self.reason)
