"""Values that processes exchange: atoms, and the messages that the runtime itself sends."""

from __future__ import annotations

import datetime
import decimal
import fractions
import pathlib
import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from resprout._native import Pid, Ref

if TYPE_CHECKING:
    from resprout._exceptions import CallExit

__all__ = [
    "Atom",
    "CallRequest",
    "CastRequest",
    "DescriptorReady",
    "Down",
    "ExitSignal",
    "From",
    "Opaque",
    "PartitionVia",
    "Response",
    "TimerFired",
    "Via",
]


class Atom(str):
    """A word known to every language: `normal`, `shutdown`, `noproc`, and whatever a program makes one.

    It is a str, equal to the plain str of the same letters: `down.reason == "killed"` is what it looks like.
    What a
    plain str becomes on its way to a native process is a string, an Atom becomes an atom; between Python
    processes
    both stay what they are.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Atom({super().__repr__()})"

    def __reduce__(self) -> tuple[type[Atom], tuple[str]]:
        return Atom, (str(self),)

    def __str__(self) -> str:
        return str.__str__(self)


@dataclass(frozen=True, slots=True)
class Down:
    """A monitored process has ended, or was not there (`reason == "noproc"`).

    Attributes:
        ref: of the monitor.
        type: "process".
        object: the Pid, or (name, node) if a name was monitored.
        reason: why it ended.
    """

    ref: Ref
    type: str
    object: Pid | tuple[Atom, str]
    reason: Any


@dataclass(frozen=True, slots=True)
class ExitSignal:
    """A linked process has ended, or one sent an exit signal; the receiver traps exits."""

    sender: Pid
    reason: Any


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A timer of start_timer has fired."""

    ref: Ref
    message: Any


@dataclass(frozen=True, slots=True)
class DescriptorReady:
    """A descriptor of select is ready. The registration is over."""

    ref: Ref
    readable: bool
    writable: bool


class From(NamedTuple):
    """Whom the reply to a request goes to: any process may give it, once."""

    pid: Pid
    ref: Ref


class Via(NamedTuple):
    """Whoever has a unique key of a registry, at each use: what Registry.via makes."""

    via: Atom
    registry: Atom
    key: Any


class PartitionVia(NamedTuple):
    """The partition of a key, at each use: what PartitionSupervisor.via makes."""

    via: Atom
    supervisor: Atom
    key: Any


@dataclass(frozen=True, slots=True)
class CallRequest:
    """A call, as a process that is no GenServer receives it: answer it with reply(sender, value)."""

    sender: From
    request: Any


@dataclass(frozen=True, slots=True)
class CastRequest:
    """A cast, as a process that is no GenServer receives it."""

    request: Any


@dataclass(frozen=True, slots=True)
class Response:
    """What came of a request of send_request, as a process receives it that does not wait for it.

    Attributes:
        ref: the request.
        reply: what the server replied.
        error: the CallExit of a server that ended. As a message that is a Down: check_response and
            receive_response make it one.
        label: of a request of a RequestIds.
    """

    ref: Ref
    reply: Any = None
    error: CallExit | None = None
    label: Any = None

    def get(self) -> Any:
        """The reply; raises the CallExit if the server has ended."""
        if self.error is not None:
            raise self.error
        return self.reply


@dataclass(frozen=True, slots=True)
class Opaque:
    """A message of native code that no other language can look into."""


def immutable_types() -> frozenset[type]:
    """Types of the standard library whose objects never change: messages share them."""
    return frozenset(
        {
            datetime.date,
            datetime.datetime,
            datetime.time,
            datetime.timedelta,
            datetime.timezone,
            decimal.Decimal,
            fractions.Fraction,
            pathlib.Path,
            pathlib.PosixPath,
            pathlib.PurePath,
            pathlib.PurePosixPath,
            range,
            re.Pattern,
            slice,
            uuid.UUID,
        }
    )
