"""What the runtime reports, as records of Python's logging."""

from __future__ import annotations

import logging
from typing import Any

__all__ = ["write_report"]

_LEVELS = (logging.INFO, logging.WARNING, logging.ERROR)
_LOGGERS = {
    "crash_report": logging.getLogger("resprout.crash"),
    "process_error": logging.getLogger("resprout.crash"),
    "server_report": logging.getLogger("resprout.server"),
    "supervisor_report": logging.getLogger("resprout.supervisor"),
}
_OTHER = logging.getLogger("resprout")
_LONGEST = 1024


def _text(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."


def write_report(level: int, report: dict[str, Any]) -> None:
    """Write one report: called between two turns of a lane, or as the runtime stops."""
    kind = report.get("report", "report")
    logger = _LOGGERS.get(kind, _OTHER)
    number = _LEVELS[level]
    if not logger.isEnabledFor(number):
        return
    fields = {key: value for key, value in report.items() if key != "report"}
    text = ", ".join(f"{key}: {_text(value)}" for key, value in fields.items())
    logger.log(number, "%s: %s", kind, text, extra={"resprout": report})
