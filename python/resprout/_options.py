"""Checks of options that come from programs: a mistake is a BadArgument that names the field."""

from __future__ import annotations

import inspect
import math
from collections.abc import Collection
from typing import Any

from resprout import _native
from resprout._exceptions import BadArgument

RESTARTS = ("permanent", "transient", "temporary")
TYPES = ("worker", "supervisor")
# In the order of rsp_strategy.
STRATEGIES = ("one_for_one", "one_for_all", "rest_for_one", "simple_one_for_one", "dynamic")
AUTO_SHUTDOWNS = ("never", "any_significant", "all_significant")  # in the order of rsp_auto_shutdown
OVERFLOWS = ("refuse", "drop_newest", "drop_oldest", "exit")

MOST_WORKERS = 1024  # that a runtime may have

_LONGEST_NAME = 255
_MOST = 2**63 - 1
_MOST_MESSAGES = 2**32 - 1
_LONGEST_S = 2**63 // 1_000_000_000  # what the runtime's clock can count


def known(what: str, given: Collection[str], options: Collection[str]) -> None:
    """Refuse keywords that are no options, before some inner function does so in words of its own."""
    unknown = [each for each in given if each not in options]
    if unknown:
        raise TypeError(f"{what} has no option {', '.join(unknown)}: there are {', '.join(options)}")


def one_of(field: str, value: object, words: Collection[str]) -> str:
    """A word of a list."""
    if isinstance(value, str) and value in words:
        return str(value)
    raise BadArgument(f"{field}: {value!r} is none of {', '.join(words)}")


def runs_when_called(field: str, function: Any) -> None:
    """Refuse a function whose call runs nothing of it."""
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        kind = "a coroutine function: nobody would await it. Write it without async; what must use asyncio"
        kind += " calls asyncio.run in a process with thread_affine=True"
    elif inspect.isgeneratorfunction(function):
        kind = "a generator function: nobody would iterate over it"
    else:
        return
    raise BadArgument(f"{field}: {getattr(function, '__qualname__', function)} is {kind}")


def takes_nothing(cls: type) -> None:
    """Refuse a class whose objects cannot be made without arguments."""
    try:
        inspect.signature(cls.__init__).bind(None)  # type: ignore[misc]
    except TypeError:
        raise BadArgument(
            f"{cls.__qualname__}.__init__ takes arguments: those of a start go to init, in the new process"
        ) from None


def name(field: str, value: object) -> str | None:
    """A name to register, or None."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise BadArgument(f"{field}: a name is a str or None, not {value!r}")
    if not 0 < len(value) <= _LONGEST_NAME or value == "undefined":
        raise BadArgument(f"{field}: a name has 1 to {_LONGEST_NAME} characters and is not 'undefined'")
    return value


def flag(field: str, value: object) -> bool:
    """True or False."""
    if isinstance(value, bool):
        return value
    raise BadArgument(f"{field}: True or False is needed, not {value!r}")


def whole(field: str, value: object, least: int, most: int = _MOST) -> int:
    """An int in a range."""
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    raise BadArgument(f"{field}: {value!r} is no int from {least} to {most}")


def seconds(field: str, value: object) -> float:
    """A time above 0."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= _LONGEST_S:
        return float(value)
    raise BadArgument(f"{field}: {value!r} is no time in seconds above 0")


def child_id(value: object) -> object:
    """An id of a child: a value that has a term."""
    try:
        _native.check_term(value)
    except TypeError as error:
        raise BadArgument(f"id: {error}") from None
    return value


def wait(field: str, value: object) -> float:
    """How long a call may wait."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
        return float(value)
    raise BadArgument(f"{field}: a time is 0 or more seconds, or None, not {value!r}")


def shutdown(field: str, value: object) -> tuple[int, int]:
    """How a child is stopped, as the extension takes it: a kind and milliseconds."""
    if value is None:
        return 0, 0
    if value == "brutal_kill":
        return 1, 0
    if value == "infinity" or (isinstance(value, float) and value == math.inf):
        return 3, 0
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _LONGEST_S:
        return 2, math.ceil(value * 1000)
    raise BadArgument(f"{field}: {value!r} is neither seconds nor 'brutal_kill' nor 'infinity'")


def mailbox(
    max_messages: object,
    max_message_bytes: object,
    overflow: object,
    *,
    bytes_field: str = "max_message_bytes",
) -> tuple[int, int, int]:
    """The limits of a mailbox, as the extension takes them."""
    return (
        whole("max_messages", max_messages, 0, _MOST_MESSAGES),
        whole(bytes_field, max_message_bytes, 0),
        OVERFLOWS.index(one_of("overflow", overflow, OVERFLOWS)),
    )


def stall_ms(field: str, value: object) -> int:
    """How long code may compute without a call, as the extension takes it: 0 is for ever."""
    return 0 if value is None else math.ceil(seconds(field, value) * 1000)


def no_stall_limit(options: Collection[str]) -> None:
    """Refuse among keyword arguments of Python code what would do nothing."""
    if "stall_limit" in options:
        raise BadArgument(
            "stall_limit: Python code runs on a lane, where nobody could take its turn away: only a"
            " native_child has a stall limit"
        )


def text(field: str, value: Any) -> str:
    """A text that C code reads."""
    if isinstance(value, str) and value and "\0" not in value:
        return value
    raise BadArgument(f"{field}: a str that is not empty and has no NUL in it is needed, not {value!r}")
