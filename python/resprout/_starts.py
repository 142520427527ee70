"""What a child specification may start, as data; a supervisor besides (resprout._supervisor)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from resprout._native import Pid
from resprout._server import GenServer
from resprout._values import Via

__all__ = ["Started"]


@dataclass(frozen=True)
class MailboxLimits:
    """What may wait in a child's mailbox, from its start on: as of limit_mailbox; 0 is no limit."""

    max_messages: int = 0
    max_message_bytes: int = 0
    overflow: str = "refuse"


@dataclass(frozen=True)
class ServerStart:
    """A GenServer class with the arguments of its init."""

    server: type[GenServer[Any]]
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    name: str | Via | None = None
    thread_affine: bool | None = None
    limits: MailboxLimits = MailboxLimits()


@dataclass(frozen=True)
class FunctionStart:
    """A function that runs to its end; it counts as started at once."""

    function: Callable[..., Any]
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    name: str | Via | None = None
    thread_affine: bool = False
    limits: MailboxLimits = MailboxLimits()


@dataclass(frozen=True)
class TaskStart:
    """A function that runs once: what Task.child_spec starts."""

    function: Callable[..., Any]
    args: tuple[Any, ...] = ()
    name: str | None = None
    thread_affine: bool = False


@dataclass(frozen=True)
class NativeStart:
    """A server type that a shared library exports: C or C++ code, run by the runtime's own threads."""

    library: str
    symbol: str
    args: Any = None
    name: str | Via | None = None
    stall_limit: float | None = None
    limits: MailboxLimits = MailboxLimits()
    worker: int = 0


class Started(NamedTuple):
    """A child that was started, and what its start function says of it: OTP's {ok, Pid, Info}.

    Returned by functions of started_by, and by start_child_info and its kin.

    Attributes:
        pid: the child; None, of what they return: its init said Ignore().
        info: anything that has a term; None: there is nothing to say.
    """

    pid: Pid | None
    info: Any


@dataclass(frozen=True)
class StartedBy:
    """A function that starts the child, and returns its Pid, or a Started."""

    function: Callable[..., Any]
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
