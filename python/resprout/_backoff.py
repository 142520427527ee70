"""How long a supervisor waits before it starts a child again."""

from __future__ import annotations

import math
from dataclasses import dataclass

from resprout import _options
from resprout._exceptions import BadArgument

__all__ = ["Backoff"]


@dataclass(frozen=True)
class Backoff:
    """A growing delay before each restart of a child.

        child(Feed, restart="permanent", backoff=Backoff(0.1, 30))

    The supervisor does everything else meanwhile, and the child is "restarting". Each attempt still counts
    for max_restarts.

    Attributes:
        min: the first delay, in seconds.
        max: the longest one.
        factor: how many times as long as the one before each further delay is; at least 1.
        jitter: the part of each delay, from 0 to 1, that chance takes off.
        reset_after: a child that was up for so many seconds has behaved well: it begins with min again. None:
            max.
    """

    min: float
    max: float
    factor: float = 2.0
    jitter: float = 0.1
    reset_after: float | None = None


def backoff_tuple(backoff: object) -> tuple[int, int, float, float, int] | None:
    """A backoff as the extension takes it: milliseconds and numbers."""
    if backoff is None:
        return None
    if not isinstance(backoff, Backoff):
        raise BadArgument(f"backoff: a Backoff or None is needed, not {backoff!r}")
    least = _ms("backoff.min", backoff.min)
    most = _ms("backoff.max", backoff.max)
    if most < least:
        raise BadArgument(f"backoff.max: {backoff.max!r} is less than min, which is {backoff.min!r}")
    factor = _number("backoff.factor", backoff.factor, 1.0, math.inf)
    jitter = _number("backoff.jitter", backoff.jitter, 0.0, 1.0)
    reset = 0 if backoff.reset_after is None else _ms("backoff.reset_after", backoff.reset_after)
    return least, most, factor, jitter, reset


def read_backoff(settings: dict[str, float] | None) -> Backoff | None:
    """A backoff as a supervisor tells it."""
    if settings is None:
        return None
    return Backoff(
        min=settings["min"] / 1000,
        max=settings["max"] / 1000,
        factor=settings["factor"],
        jitter=settings["jitter"],
        reset_after=settings["reset_after"] / 1000,
    )


def _ms(field: str, value: object) -> int:
    return math.ceil(_options.seconds(field, value) * 1000)


def _number(field: str, value: object, least: float, most: float) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and least <= value <= most and math.isfinite(value):  # type: ignore[operator, arg-type]
        return float(value)  # type: ignore[arg-type]
    at_most = "" if most == math.inf else f" to {most:g}"
    raise BadArgument(f"{field}: {value!r} is no number from {least:g}{at_most or ' on'}")
