"""What a running behaviour is, has and does, seen from outside: OTP's sys.

    rsp.sys.get_status("cache")  # {'behaviour': 'gen_server', 'module': 'Cache', 'trace': False, ...}
    rsp.sys.get_state("cache")  # what its format_status says
    rsp.sys.trace("cache")  # from now on each event it takes is a record of the logger resprout.trace

Behaviours are servers, state machines, event managers, supervisors, and what is made of these. They answer
between two callbacks, in order with their messages; no callback sees the question, and no timeout ends by it.
A process that is no behaviour (one that was spawned, a thread, a task) finds a request in its mailbox that it
cannot read: CallTimeout, as in OTP.

The state of a Python server is never handed out as an object: two processes would see one mutable thing. What
its format_status says is, which is the reprs of its attributes where it has none of its own. So there is no
replace_state either.
"""

from __future__ import annotations

from typing import Any

from resprout import _native, _options
from resprout._forms import returning
from resprout._server import Server

__all__ = ["get_state", "get_status", "trace", "try_get_state", "try_get_status", "try_trace"]


def get_status(dest: Server, timeout: float | None = 5.0) -> dict[str, Any]:
    """Ask what a behaviour is and does.

    Args:
        dest: a Pid, a name or a Via.
        timeout: seconds; None waits for ever.

    Returns:
        "pid"; "behaviour": "gen_server", "gen_statem", "gen_event" or "supervisor"; "module": the name of its
        callbacks; "status": "running", since one that is suspended answers when it is resumed; "parent": the
        process whose end ends it, itself if it was started without a link; "registered_name", "undefined" if
        it has none; "trace": whether it is traced; "state": as of get_state.

    Raises:
        CallExit: there is no such process, or it ended; CallTimeout.

    Mirrors sys:get_status/2. Blocks.
    """
    status: dict[str, Any] = _native.sys_get_status(dest, timeout)
    return status


def get_state(dest: Server, timeout: float | None = 5.0) -> Any:
    """Ask what a behaviour has in its hands.

    Args:
        dest: as of get_status.
        timeout: the same.

    Returns:
        Of a server what its format_status says; of a state machine a tuple of its state and what that says;
        of an event manager a list of tuples of a handler and what its format_status says, the newest first;
        of an Agent the repr of its value; of a supervisor a dict of its "strategy", "intensity", "period_ms",
        "auto_shutdown", and "children": tuples of the id, the Pid, the type and the module of each.

    Raises:
        CallExit, CallTimeout: as of get_status.

    Mirrors sys:get_state/2. Blocks.
    """
    return _native.sys_get_state(dest, timeout)


def trace(dest: Server, on: bool = True, timeout: float | None = 5.0) -> None:
    """Have a behaviour report each event that it takes, each reply, and each change of state, or no longer.

    Each is a record of the logger resprout.trace at the level NOTICE. What messages hold is in it where
    set_report_contents says so. A process that is started anew is not traced.

    Args:
        dest: as of get_status.
        on: whether it is to be traced.
        timeout: as of get_status.

    Raises:
        CallExit, CallTimeout: as of get_status.
        BadArgument: on is no bool.

    Mirrors sys:trace/3. Blocks.
    """
    _native.sys_trace(dest, _options.flag("on", on), timeout)


# ---- The forms that return their failure ----

try_get_status = returning(get_status)
try_get_state = returning(get_state)
try_trace = returning(trace)
