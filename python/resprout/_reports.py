"""What the runtime reports, as records of Python's logging."""

from __future__ import annotations

import logging
from typing import Any

from resprout._describe import report_text

__all__ = ["write_report"]

_LEVELS = (logging.INFO, logging.WARNING, logging.ERROR)
_LOGGERS = {
    "crash_report": logging.getLogger("resprout.crash"),
    "process_error": logging.getLogger("resprout.crash"),
    "server_report": logging.getLogger("resprout.server"),
    "supervisor_report": logging.getLogger("resprout.supervisor"),
}
_OTHER = logging.getLogger("resprout")


def write_report(level: int, report: dict[str, Any]) -> None:
    """Write one report: called between two turns of a lane, or as the runtime stops."""
    kind = report.get("report", "report")
    logger = _LOGGERS.get(kind, _OTHER)
    number = _LEVELS[level]
    if not logger.isEnabledFor(number):
        return
    logger.log(number, "%s: %s", kind, report_text(report), extra={"resprout": report})
