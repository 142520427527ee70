"""GenServer: a process with a state that answers calls and takes casts."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Concatenate,
    Final,
    Generic,
    NamedTuple,
    ParamSpec,
    Self,
    TypeVar,
    overload,
)

from resprout import _native, _options
from resprout._exceptions import BadArgument, Error
from resprout._forms import Err, Failure, Ok, returning
from resprout._lanes import own_lane
from resprout._native import Pid, Ref
from resprout._values import Atom, From, PartitionVia, Via

__all__ = [
    "KEEP",
    "NOTHING",
    "Fail",
    "GenServer",
    "Ignore",
    "Init",
    "MethodCall",
    "NoReply",
    "Reply",
    "Server",
    "ServerRef",
    "Stop",
    "call",
    "cast",
    "stop",
    "try_call",
    "try_cast",
    "try_stop",
]

P = ParamSpec("P")
R = TypeVar("R")
if TYPE_CHECKING:
    # A server without a type of state is one whose state is in self.
    from typing_extensions import TypeVar as TypeVarWithDefault

    S = TypeVarWithDefault("S", default=Any)
else:
    S = TypeVar("S")
T = TypeVar("T")

log = logging.getLogger("resprout")


class _Marker:
    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


KEEP: Final[Any] = _Marker("KEEP")
NOTHING: Final[Any] = _Marker("NOTHING")


# ---- What a callback returns ----


@dataclass(frozen=True, slots=True)
class Reply(Generic[R]):
    """Of handle_call: answer the caller and go on. The rest as of NoReply."""

    value: R
    state: Any = KEEP
    continue_with: Any = NOTHING
    timeout: float | None = None
    hibernate: bool = False


@dataclass(frozen=True, slots=True)
class NoReply:
    """Go on. Of handle_call: the caller waits, and anybody may reply() later.

    One of these may come before the next message: handle_continue, if `continue_with` is given; handle_info
    with "timeout", if no message comes for `timeout` seconds; or with `hibernate` the server gives back what
    memory the runtime keeps for it.
    """

    state: Any = KEEP
    continue_with: Any = NOTHING
    timeout: float | None = None
    hibernate: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """Run terminate and end with `reason`; of handle_call, the caller gets `reply` first. Of init: the start
    fails.
    """

    reason: Any = "normal"
    reply: Any = NOTHING


@dataclass(frozen=True, slots=True)
class Init:
    """Of init: go on with `state`. The rest as of NoReply."""

    state: Any = KEEP
    continue_with: Any = NOTHING
    timeout: float | None = None
    hibernate: bool = False


@dataclass(frozen=True, slots=True)
class Ignore:
    """Of init: there will be no process, and that is no error."""


@dataclass(frozen=True, slots=True)
class Fail:
    """Of init: the start fails with `reason`, without a report."""

    reason: Any


# ---- Calls ----

Server = Pid | str | Via | PartitionVia


class MethodCall(NamedTuple):
    """A call of a method marked with @call or @cast, on its way."""

    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any] | None


def _decorated(function: object, what: str) -> Callable[..., Any]:
    if inspect.isfunction(function):
        _options.runs_when_called(f"@{what}", function)
        return function
    raise TypeError(
        f"{what}(server, request) needs both; before a method, @{what} stands without arguments: {function!r}"
    )


class _ClientMethod:
    """A method that clients use through a reference. Inside the server it is an ordinary method."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.name = function.__name__
        self.signature = inspect.signature(function)
        self.__doc__ = function.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Self:
        # What a server calls on itself is its method, which has the same types.
        return self if instance is None else self.function.__get__(instance, owner)


class CallMethod(_ClientMethod, Generic[P, R]):
    """A method that clients call: `ref.method(...)` sends the request and waits for what the body returns.

    The body may also return Reply, NoReply or Stop.
    """

    @overload
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R: ...
    @overload
    def __call__(self, *args: Any, timeout: float | None, **kwargs: Any) -> R: ...
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Only through a reference: `Cache.at("cache").get("k")`."""
        raise TypeError(
            f"{self.name} is a call: make it through a reference, Type.at(pid or name).{self.name}(...)"
        )

    @overload
    def try_call(self, *args: P.args, **kwargs: P.kwargs) -> Ok[R] | Err[Failure]: ...
    @overload
    def try_call(self, *args: Any, timeout: float | None, **kwargs: Any) -> Ok[R] | Err[Failure]: ...
    def try_call(self, *args: Any, **kwargs: Any) -> Any:
        """The call, which returns its failure: `Cache.at("cache").get.try_call("k")` is an Ok or an Err."""
        return self(*args, **kwargs)  # which says how


class CastMethod(_ClientMethod, Generic[P]):
    """A method that clients cast: `ref.method(...)` sends the request and returns at once."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Only through a reference: `Cache.at("cache").put("k", b"v")`."""
        raise TypeError(
            f"{self.name} is a cast: make it through a reference, Type.at(pid or name).{self.name}(...)"
        )

    def try_cast(self, *args: P.args, **kwargs: P.kwargs) -> Ok[None] | Err[Failure]:
        """The cast, which returns its failure: `Cache.at("cache").put.try_cast("k", b"v")`."""
        self(*args, **kwargs)  # which says how
        return Ok(None)


@overload
def call(server: Callable[Concatenate[Any, P], R], /) -> CallMethod[P, R]: ...
@overload
def call(server: Any, request: Any, timeout: float | None = 5.0) -> Any: ...
def call(server: Any, request: Any = NOTHING, timeout: float | None = 5.0) -> Any:
    """Send a request and wait for its answer. As a decorator (`@call`): a method that clients call.

    Args:
        server: a Pid, a name or a ServerRef.
        request: copied (docs/python.md, "Messages").
        timeout: seconds; None waits for ever.

    Raises:
        CallExit: the server ended, or does not exist.
        CallTimeout: no answer in time.
        CallCycle: the server waits for the caller.

    Mirrors gen_server:call/3. Blocks.
    """
    if request is NOTHING:
        return CallMethod(_decorated(server, "call"))
    return _native.call(server, request, timeout)


@overload
def cast(server: Callable[Concatenate[Any, P], None], /) -> CastMethod[P]: ...
@overload
def cast(server: Any, request: Any) -> None: ...
def cast(server: Any, request: Any = NOTHING) -> Any:
    """Send a request without an answer. As a decorator (`@cast`): a method that clients cast.

    Args:
        server: a Pid, a name or a ServerRef; nobody having the name is no error.
        request: copied (docs/python.md, "Messages").

    Mirrors gen_server:cast/2. Does not block, and does not say whether it arrives.
    """
    if request is NOTHING:
        return CastMethod(_decorated(server, "cast"))
    return _native.cast(server, request)


_try_call = returning(_native.call)
_try_cast = returning(_native.cast)


def try_call(server: Any, request: Any, timeout: float | None = 5.0) -> Ok[Any] | Err[Failure]:
    """call, with its arguments: the answer as Ok, a failure as Err. Blocks."""
    return _try_call(server, request, timeout)


def try_cast(server: Any, request: Any) -> Ok[None] | Err[Failure]:
    """cast, with its arguments: Ok(None), or a failure, such as Overload, as Err. Does not block."""
    return _try_cast(server, request)


def stop(server: Any, reason: Any = "normal", timeout: float | None = None) -> None:
    """Stop a server or a supervisor in order: terminate runs, and it ends with `reason`.

    Args:
        server: a Pid, a name or a ServerRef.
        reason: any value.
        timeout: seconds; None waits for ever.

    Raises:
        CallExit: it ended with another reason.
        CallTimeout: it did not end in time.

    Mirrors gen_server:stop/3. Blocks.
    """
    _native.stop(server, reason, timeout)


try_stop = returning(stop)


# ---- References ----


class _BoundCall:
    """A method of a server at one place."""

    __slots__ = ("_is_call", "_method", "_target")

    def __init__(self, target: Server, method: CallMethod[..., Any] | CastMethod[...]) -> None:
        self._target = target
        self._method = method
        self._is_call = isinstance(method, CallMethod)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        timeout = kwargs.pop("timeout", 5.0) if self._is_call else None
        # A mistake of the caller is the caller's: the server would end of it.
        try:
            self._method.signature.bind(None, *args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{self._method.function.__qualname__}: {error}") from None
        request = MethodCall(self._method.name, args, kwargs or None)
        if self._is_call:
            return _native.call(self._target, request, timeout)
        return _native.cast(self._target, request)

    try_call = try_cast = returning(__call__)


class ServerRef:
    """A server, by pid or by name, with the calls of its type. A name is looked up at each call."""

    __slots__ = ("_target", "_type")
    __resprout_share__ = True  # it never changes

    def __init__(self, server_type: type[GenServer[Any]], target: Server) -> None:
        self._type = server_type
        self._target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return ServerRef, (self._type, self._target)

    @property
    def __resprout_target__(self) -> Server:
        return self._target

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._type, name, None)
        if isinstance(method, CallMethod | CastMethod):
            return _BoundCall(self._target, method)
        raise AttributeError(f"{self._type.__name__}.{name} is neither a @call nor a @cast")

    def __repr__(self) -> str:
        return f"<{self._type.__name__} at {self._target!r}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ServerRef) and (self._type, self._target) == (other._type, other._target)

    def __hash__(self) -> int:
        return hash((self._type, self._target))


# ---- GenServer ----

_CALLBACKS = frozenset(("init", "handle_call", "handle_cast", "handle_info", "handle_continue", "terminate"))


class GenServer(Generic[S]):
    """A server: subclass it, and start it with start, start_link or as a child of a supervisor.

    The state lives in self, or is what init returns, then found in `self.state` and changed by the results'
    `state=`. Callbacks of one server never run at the same time; while one waits, other processes run.
    Defaults of its child specification are given with the class: `class Cache(GenServer,
    restart="transient", shutdown=2.0)`; `thread_affine=True` gives each of its processes one thread for its
    whole life. Mirrors the behaviour gen_server.
    """

    state: S
    _rsp_defaults: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(
        cls,
        *,
        restart: str | None = None,
        shutdown: float | str | None = None,
        thread_affine: bool | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init_subclass__(**kwargs)
        if restart is not None:
            _options.one_of("restart", restart, _options.RESTARTS)
        _options.shutdown("shutdown", shutdown)
        for callback in _CALLBACKS & vars(cls).keys():
            _options.runs_when_called("callback", vars(cls)[callback])
        if "__init__" in vars(cls):
            _options.takes_nothing(cls)
        given = {"restart": restart, "shutdown": shutdown, "thread_affine": thread_affine}
        cls._rsp_defaults = {
            **cls._rsp_defaults,
            **{key: value for key, value in given.items() if value is not None},
        }

    # -- callbacks --

    def init(self, *args: Any, **kwargs: Any) -> Any:
        """Make the state. None: it is in self. Else the state itself, or Init, Stop, Fail or Ignore."""

    def handle_call(self, request: Any, sender: From) -> Any:
        """Answer a call: return Reply, NoReply or Stop."""
        raise Error(
            (Atom("undef"), Atom("handle_call")), f"{type(self).__name__} has no handle_call for {request!r}"
        )

    def handle_cast(self, request: Any) -> Any:
        """Take a cast: return None, NoReply or Stop."""
        raise Error(
            (Atom("undef"), Atom("handle_cast")), f"{type(self).__name__} has no handle_cast for {request!r}"
        )

    def handle_info(self, message: Any) -> Any:
        """Take any other message: return None, NoReply or Stop."""
        kind = type(message).__qualname__
        log.warning(
            "%s %s: no handle_info for a message, a %s", type(self).__name__, _native.self_pid(), kind
        )

    def handle_continue(self, argument: Any) -> Any:
        """Go on after a result with continue_with, before the next message."""
        raise Error((Atom("undef"), Atom("handle_continue")), f"{type(self).__name__} has no handle_continue")

    def terminate(self, reason: Any) -> None:
        """Clean up before an orderly end (docs/semantics.md, S-SRV-25 and S-SRV-26)."""

    def format_status(self) -> Any:
        """Say what the state is, for sys.get_state, and for reports that show states (set_report_contents).

        What has no term is shown by its repr. Leave out what nobody should see. Without an override it is the
        attributes of the server. Mirrors gen_server's format_status/1.
        """
        return {name: repr(value) for name, value in vars(self).items()}

    # -- what its callbacks may say of its start --

    def init_ack_later(self) -> None:
        """In init: the start is not over when init is, but when init_ack says so.

        The server runs, and takes messages; who starts it, a supervisor too, waits on. For a child that is
        there for others only when it has done more than an init should.

        Raises:
            WrongContext: this is no init.
        """
        _native.init_ack_later()

    def init_ack(self) -> None:
        """Say that the start is over, and went well. One that ends before that has failed to start.

        Raises:
            WrongContext: it is over, or this is no callback between init and terminate.

        Mirrors proc_lib:init_ack/1.
        """
        _native.init_ack()

    # -- starting --

    @classmethod
    def _start(cls, args: tuple[Any, ...], kwargs: dict[str, Any], *, link: bool, monitor: bool) -> Any:
        timeout = kwargs.pop("timeout", None)
        return _native.start_server(start_spec(cls, args, kwargs), link, monitor, timeout)

    @classmethod
    def start(cls, *args: Any, **kwargs: Any) -> Pid:
        """Start a server that is linked to nobody, and wait until its init is done.

        Args:
            args, kwargs: of init, but for:
            name: registered before init runs: a str, or the Via of a Registry.
            timeout: seconds that init may take; None: as long as it takes.
            thread_affine: overrides the class's.
            max_messages, max_message_bytes, overflow: limits of its mailbox, as of limit_mailbox.

        Raises:
            StartError: init failed; AlreadyStarted, StartIgnored.

        Mirrors gen_server:start/4. Blocks.
        """
        pid: Pid = cls._start(args, kwargs, link=False, monitor=False)
        return pid

    @classmethod
    def start_link(cls, *args: Any, **kwargs: Any) -> Pid:
        """start, linked to the caller, who is its parent. Mirrors gen_server:start_link/4."""
        pid: Pid = cls._start(args, kwargs, link=True, monitor=False)
        return pid

    @classmethod
    def start_monitor(cls, *args: Any, **kwargs: Any) -> tuple[Pid, Ref]:
        """start, monitored by the caller. Mirrors gen_server:start_monitor/4."""
        both: tuple[Pid, Ref] = cls._start(args, kwargs, link=False, monitor=True)
        return both

    @classmethod
    def at(cls: type[T], target: Server) -> T:
        """A reference to a server of this type: its calls and casts as methods.

        A name, or the key of a Via or PartitionVia, is looked up at each call, so the reference survives
        restarts.
        """
        if not isinstance(target, Pid | Via | PartitionVia):
            if not isinstance(target, str):
                raise BadArgument(f"target: a Pid or a name is needed, not {target!r}")
            target = _options.name("target", target) or ""
        reference: Any = ServerRef(cast_type(cls), target)
        typed: T = reference
        return typed

    # -- the forms that return their failure --

    try_init_ack_later = returning(init_ack_later)
    try_init_ack = returning(init_ack)
    try_start = classmethod(returning(start))
    try_start_link = classmethod(returning(start_link))
    try_start_monitor = classmethod(returning(start_monitor))


def cast_type(cls: Any) -> type[GenServer[Any]]:
    """The class, which is one of servers."""
    server: type[GenServer[Any]] = cls
    return server


def named(name: Any) -> tuple[str | None, Via | None]:
    """What a start is registered under: its name, or a key of a registry."""
    return (None, name) if isinstance(name, Via) else (_options.name("name", name), None)


def start_spec(cls: type[GenServer[Any]], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """What the extension needs to start a server. Takes the options out of `kwargs`."""
    _options.no_stall_limit(kwargs)
    name, via = named(kwargs.pop("name", None))
    affine = kwargs.pop("thread_affine", None)
    if affine is None:
        affine = cls._rsp_defaults.get("thread_affine", False)
    limits = _options.mailbox(
        kwargs.pop("max_messages", 0), kwargs.pop("max_message_bytes", 0), kwargs.pop("overflow", "refuse")
    )
    return {
        "kind": "server",
        "server": cls,
        "args": args,
        "kwargs": kwargs,
        "name": name,
        "via": via,
        "lane": own_lane if affine else None,
        "limits": limits,
    }
