"""What the runtime reports, as records of Python's logging."""

from __future__ import annotations

import bisect
import logging
from typing import Any

from resprout import _native, _options
from resprout._describe import report_text

__all__ = ["NOTICE", "set_report_contents", "set_report_level"]

NOTICE = 25
"""A level of logging between INFO and WARNING, which logging has not: that of traces."""
logging.addLevelName(NOTICE, "NOTICE")

_LEVELS = (logging.INFO, NOTICE, logging.WARNING, logging.ERROR)
_LOGGERS = {
    "crash_report": logging.getLogger("resprout.crash"),
    "process_error": logging.getLogger("resprout.crash"),
    "server_report": logging.getLogger("resprout.server"),
    "supervisor_report": logging.getLogger("resprout.supervisor"),
    "progress": logging.getLogger("resprout.supervisor"),
    "trace_report": logging.getLogger("resprout.trace"),
}
_OTHER = logging.getLogger("resprout")


def set_report_level(level: int) -> None:
    """Set the level from which on reports are made: NOTICE, until this says otherwise.

    What is below it costs nothing, other than a record that a logger throws away, and no format_status is
    asked for it.

    Args:
        level: of logging: INFO (progress: each child that a supervisor has started), NOTICE (traces, ends of
            applications from which nothing follows), WARNING (stuck turns, messages that nobody handles),
            ERROR (all others), or one between or beyond them. Above ERROR: no report is made.

    Raises:
        BadArgument: it is no int from 0 on.
    """
    _native.set_report_level(bisect.bisect_left(_LEVELS, _options.whole("level", level, 0)))


def set_report_contents(*, messages: bool = False, states: bool = False) -> None:
    """Set what reports show of the program's data: nothing, until this says otherwise.

    Args:
        messages: what servers handled last, what waited in mailboxes, and the requests of failed calls.
        states: what servers say of their states (GenServer.format_status).

    Raises:
        BadArgument: an argument is no bool.
    """
    _native.set_report_contents(_options.flag("messages", messages), _options.flag("states", states))


def write_report(level: int, report: dict[str, Any]) -> None:
    """Write one report: called between two turns of a lane, or as the runtime stops."""
    kind = report.get("report", "report")
    logger = _LOGGERS.get(kind, _OTHER)
    number = _LEVELS[level]
    if not logger.isEnabledFor(number):
        return
    logger.log(number, "%s: %s", kind, report_text(report), extra={"resprout": report})
