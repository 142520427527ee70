"""Supervisors: processes that start children and restart them when they end. They run in the core; here is
what
Python says to them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

from resprout import _native
from resprout._exceptions import BadArgument
from resprout._lanes import own_lane
from resprout._native import Pid
from resprout._server import GenServer, Ignore, start_spec

__all__ = ["Child", "ChildSpec", "Supervisor", "SupervisorSpec", "child", "native_child"]

Restart = Literal["permanent", "transient", "temporary"]
Shutdown = float | Literal["brutal_kill", "infinity"]
Strategy = Literal["one_for_one"]

_RESTARTS = {None: 0, "permanent": 1, "transient": 2, "temporary": 3}
_TYPES = {None: 0, "worker": 1, "supervisor": 2}
_STRATEGIES = {"one_for_one": 0}


@dataclass(frozen=True)
class ServerStart:
    """A GenServer class with the arguments of its init."""

    server: type[GenServer[Any]]
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    name: str | None = None
    thread_affine: bool | None = None


@dataclass(frozen=True)
class FunctionStart:
    """A function that runs to its end; it counts as started at once."""

    function: Callable[..., Any]
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    name: str | None = None
    thread_affine: bool = False


@dataclass(frozen=True)
class NativeStart:
    """A server type that a shared library exports: C or C++ code, run by the runtime's own threads."""

    library: str
    symbol: str
    args: Any = None
    name: str | None = None


@dataclass(frozen=True)
class SupervisorSpec:
    """A supervisor: its children and options, or a class whose init returns them."""

    children: Sequence[Any] = ()
    strategy: str = "one_for_one"
    max_restarts: int = 3
    max_seconds: float = 5.0
    name: str | None = None
    supervisor: type[Supervisor] | None = None
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)


Start = ServerStart | FunctionStart | NativeStart | SupervisorSpec


@dataclass(frozen=True)
class ChildSpec:
    """One child of a supervisor.

    Attributes:
        id: unique in the supervisor; None: the name, or else the name of the class, function or symbol.
        start: what to start: made by child, native_child, or GenServer.child_spec.
        restart: "permanent" (the default), "transient" or "temporary".
        shutdown: seconds to end in, "brutal_kill" or "infinity". Default 5.0, for a supervisor "infinity".
        type: "worker" or "supervisor".
    """

    start: Start
    id: Any = None
    restart: str | None = None
    shutdown: float | str | None = None
    type: str | None = None


Child = ChildSpec | SupervisorSpec | type | tuple[Any, ...] | Callable[..., Any]


def child(
    what: type[GenServer[Any]] | type[Supervisor] | Callable[..., Any],
    *args: Any,
    name: str | None = None,
    id: Any = None,
    restart: str | None = None,
    shutdown: float | str | None = None,
    thread_affine: bool | None = None,
    **kwargs: Any,
) -> ChildSpec:
    """A child: a GenServer or Supervisor class, or a function, with its arguments.

    Args:
        what: what to start.
        args, kwargs: of its init, or of the function; the same for every start.
        name: registered before it runs.
        id, restart, shutdown: see ChildSpec.
        thread_affine: it gets a thread of its own, the same one for every start.
    """
    start: Start
    if isinstance(what, type) and issubclass(what, GenServer):
        start = ServerStart(what, args, kwargs, name, thread_affine)
        restart = restart or what._rsp_defaults.get("restart")
        shutdown = what._rsp_defaults.get("shutdown") if shutdown is None else shutdown
    elif isinstance(what, type) and issubclass(what, Supervisor):
        start = SupervisorSpec(name=name, supervisor=what, args=args, kwargs=kwargs)
    elif callable(what):
        start = FunctionStart(what, args, kwargs, name, bool(thread_affine))
    else:
        raise BadArgument(f"a child is a GenServer, a Supervisor or a function, not {what!r}")
    return ChildSpec(start, id, restart, shutdown)


def native_child(
    library: str | os.PathLike[str],
    symbol: str,
    args: Any = None,
    *,
    name: str | None = None,
    id: Any = None,
    restart: str | None = None,
    shutdown: float | str | None = None,
) -> ChildSpec:
    """A child in C or C++: a shared library exports `symbol`, of type rsp_child_entry.

    Args:
        library: path of the shared library.
        symbol: its function.
        args: for its init; must have a term.
        name: registered before it runs.
        id, restart, shutdown: see ChildSpec.
    """
    return ChildSpec(NativeStart(os.fspath(library), symbol, args, name), id, restart, shutdown)


# ---- The form the extension takes ----


def _default_id(start: Start) -> Any:
    if start.name is not None:
        return start.name
    match start:
        case ServerStart():
            return start.server.__qualname__
        case FunctionStart():
            return getattr(start.function, "__qualname__", type(start.function).__qualname__)
        case NativeStart():
            return start.symbol
        case SupervisorSpec():
            return start.supervisor.__qualname__ if start.supervisor else "supervisor"


def _start_dict(start: Start) -> dict[str, Any]:
    match start:
        case ServerStart():
            options = {"name": start.name, "thread_affine": start.thread_affine}
            return start_spec(start.server, start.args, {**start.kwargs, **options})
        case FunctionStart():
            return {
                "kind": "function",
                "function": start.function,
                "args": start.args,
                "kwargs": start.kwargs,
                "name": start.name,
                "lane": own_lane() if start.thread_affine else None,
            }
        case NativeStart():
            return {
                "kind": "native",
                "library": start.library,
                "symbol": start.symbol,
                "args": start.args,
                "name": start.name,
            }
        case SupervisorSpec():
            return supervisor_dict(start)


def supervisor_dict(spec: SupervisorSpec) -> dict[str, Any]:
    """A supervisor as the extension takes it."""
    if spec.strategy not in _STRATEGIES:
        raise BadArgument(f"strategy: {spec.strategy!r} is none of {', '.join(_STRATEGIES)}")
    # What comes from code without types is looked at all the same.
    max_restarts: object = spec.max_restarts
    max_seconds: object = spec.max_seconds
    if isinstance(max_restarts, bool) or not isinstance(max_restarts, int) or max_restarts < 0:
        raise BadArgument(f"max_restarts: {spec.max_restarts!r} is not an int of 0 or more")
    if isinstance(max_seconds, bool) or not isinstance(max_seconds, int | float) or not max_seconds > 0:
        raise BadArgument(f"max_seconds: {spec.max_seconds!r} is not a number above 0")
    return {
        "kind": "supervisor",
        "module": spec.supervisor.__qualname__ if spec.supervisor else None,
        "children": [] if spec.supervisor else [child_dict(each) for each in spec.children],
        "strategy": _STRATEGIES[spec.strategy],
        "max_restarts": spec.max_restarts,
        "period_ms": max(1, round(spec.max_seconds * 1000)),
        "name": spec.name,
        "init": (spec.supervisor, spec.args, spec.kwargs) if spec.supervisor else None,
    }


def to_child_spec(what: Child) -> ChildSpec:
    """Whatever stands for a child, as its specification."""
    if isinstance(what, ChildSpec):
        return what
    if isinstance(what, SupervisorSpec):
        return ChildSpec(what)
    if isinstance(what, tuple) and what:
        return child(what[0], *what[1:])
    if callable(what):
        return child(what)
    raise BadArgument(f"a child is a ChildSpec, a class, (class, arguments...) or a function, not {what!r}")


def child_dict(what: Child) -> dict[str, Any]:
    """A child as the extension takes it."""
    spec = to_child_spec(what)
    if not isinstance(spec.start, ServerStart | FunctionStart | NativeStart | SupervisorSpec):
        raise BadArgument(f"start: {spec.start!r} is nothing that child or native_child makes")
    if spec.restart not in _RESTARTS:
        raise BadArgument(f"restart: {spec.restart!r} is not permanent, transient or temporary")
    if spec.type not in _TYPES:
        raise BadArgument(f"type: {spec.type!r} is not worker or supervisor")
    shutdown, shutdown_ms = _shutdown(spec.shutdown)
    return {
        **_start_dict(spec.start),
        "id": _default_id(spec.start) if spec.id is None else spec.id,
        "restart": _RESTARTS[spec.restart],
        "shutdown": shutdown,
        "shutdown_ms": shutdown_ms,
        "type": _TYPES[spec.type],
    }


def _shutdown(value: float | str | None) -> tuple[int, int]:
    if value is None:
        return 0, 0
    if value == "brutal_kill":
        return 1, 0
    if value == "infinity":
        return 3, 0
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
        return 2, round(value * 1000)
    raise BadArgument(f"shutdown: {value!r} is neither seconds nor brutal_kill nor infinity")


# ---- Supervisors ----


class ChildInfo(NamedTuple):
    """A child as which_children shows it: `pid` is a Pid, "undefined" or "restarting"."""

    id: Any
    pid: Pid | str
    type: str
    module: str


class Supervisor:
    """A supervisor over a list of children; or, subclassed, one whose init returns them.

    class Tree(Supervisor):
        def init(self, size):
            return SupervisorSpec([child(Cache, size, name="cache")], max_restarts=5)

    init runs before any child, and again each time the supervisor itself is restarted.
    """

    def init(self, *args: Any, **kwargs: Any) -> SupervisorSpec | Iterable[Any] | Ignore:
        """Return the children, as a SupervisorSpec or an iterable; or Ignore()."""
        raise NotImplementedError(f"{type(self).__name__} has no init")

    @classmethod
    def _spec(cls, args: tuple[Any, ...], options: dict[str, Any]) -> SupervisorSpec:
        if cls is not Supervisor:
            return SupervisorSpec(name=options.pop("name", None), supervisor=cls, args=args, kwargs=options)
        if len(args) != 1:
            raise TypeError("Supervisor.start takes one list of children")
        return SupervisorSpec(list(args[0]), **options)

    @classmethod
    def start(cls, *args: Any, timeout: float | None = None, **options: Any) -> Pid:
        """Start a supervisor that is linked to nobody, and wait until its children are up.

        Args:
            args: of Supervisor itself, the list of children; of a subclass, the arguments of init.
            timeout: seconds.
            options: strategy, max_restarts, max_seconds, name; of a subclass, name and keyword arguments of
            init.

        Raises:
            StartError: a child did not start; those before it are stopped again.
            BadArgument: a specification is malformed; the text names the field.

        Mirrors supervisor:start_link/2 and /3. Blocks.
        """
        return _native.start_supervisor(supervisor_dict(cls._spec(args, options)), False, timeout)

    @classmethod
    def start_link(cls, *args: Any, timeout: float | None = None, **options: Any) -> Pid:
        """start, linked to the caller: it stops when the caller ends."""
        return _native.start_supervisor(supervisor_dict(cls._spec(args, options)), True, timeout)

    @staticmethod
    def _pid(supervisor: Pid | str) -> Pid:
        if isinstance(supervisor, Pid):
            return supervisor
        pid = _native.whereis(supervisor)
        if pid is None:
            raise BadArgument(f"no live process has the name {supervisor!r}")
        return pid

    @staticmethod
    def start_child(supervisor: Pid | str, what: Child, timeout: float | None = None) -> Pid | None:
        """Start one more child, last in the order. None: its init said Ignore().

        Raises:
            StartError: it did not start, or its id is there already.

        Mirrors supervisor:start_child/2. Blocks.
        """
        return _native.start_child(Supervisor._pid(supervisor), child_dict(what), timeout)

    @staticmethod
    def which_children(supervisor: Pid | str, timeout: float | None = None) -> list[ChildInfo]:
        """The children in order of start. Mirrors supervisor:which_children/1. Blocks."""
        return [ChildInfo(*each) for each in _native.which_children(Supervisor._pid(supervisor), timeout)]


def read_supervisor_init(cls: type[Supervisor], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Run a callback supervisor's init: the dict of its children, None for Ignore, or (what it returned,)."""
    result = cls().init(*args, **kwargs)
    if isinstance(result, Ignore):
        return None
    if isinstance(result, SupervisorSpec):
        if result.supervisor is not None:
            return (result,)
        return supervisor_dict(replace(result, name=None))
    if isinstance(result, list | tuple):
        return supervisor_dict(SupervisorSpec(list(result)))
    return (result,)
