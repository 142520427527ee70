"""Supervisors: processes that start children and restart them when they end.

They run in the core; here is what Python says to them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from resprout import _native, _options
from resprout._agent import Agent, AgentStart, agent_dict
from resprout._backoff import Backoff, backoff_tuple
from resprout._events import EventManager, EventManagerStart, event_manager_dict
from resprout._exceptions import BadArgument
from resprout._forms import returning
from resprout._lanes import own_lane
from resprout._native import Pid
from resprout._pg import Scope, scope_dict
from resprout._registry import Registry, registry_dict
from resprout._server import GenServer, Ignore, named, start_spec
from resprout._starts import (
    FunctionStart,
    MailboxLimits,
    NativeStart,
    ServerStart,
    Started,
    StartedBy,
    TaskStart,
)
from resprout._supervisor_calls import SupervisorCalls, pid_of
from resprout._values import Via

__all__ = [
    "Child",
    "ChildSpec",
    "DynamicSupervisor",
    "Supervisor",
    "SupervisorSpec",
    "child",
    "native_child",
    "started_by",
]


@dataclass(frozen=True)
class SupervisorSpec:
    """A supervisor: its children and options, or a class whose init returns them.

    Attributes:
        children: in the order in which they start; they stop in reverse.
        strategy: what happens when a child has ended that is to be restarted. "one_for_one": it is started
            again, alone. "one_for_all": all others are stopped, last first; then all are started in order.
            "rest_for_one": those after it are stopped, last first; then it and they are started in order. A
            group's restart starts also those that had been stopped before, and drops temporary ones.
            "simple_one_for_one": one_for_one, over children that start_child_args starts, each from the one
            child that is given here. "dynamic": what DynamicSupervisor is.
        max_restarts: restarts within max_seconds that pass; one more ends the supervisor. That of a group is
            one.
        max_seconds: the period, in seconds.
        name: registered before anything starts.
        auto_shutdown: when it ends, with "shutdown", because significant children have ended by themselves
            and are not restarted: "never", with the first one ("any_significant"), or when none of them has
            a process any more ("all_significant").
        supervisor: a subclass of Supervisor; then its init returns the children and all options but the name.
        args, kwargs: of that init.
        max_children: of a "dynamic" one: how many there may be, those that are being restarted included.
            None: any number.
        extra_arguments: of a "dynamic" one: a list of values (those that a message can carry) that the init
            of each child, or its function, gets behind its own arguments.
        partitions: of a PartitionSupervisor: how many copies of its one child there are, or "workers": as
            many as those.
        with_partition: of one: the number of a copy is one more argument of its init.
    """

    children: Sequence[Any] = ()
    strategy: str = "one_for_one"
    max_restarts: int = 3
    max_seconds: float = 5.0
    name: str | None = None
    supervisor: type[Supervisor] | None = None
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    auto_shutdown: str = "never"
    max_children: int | None = None
    extra_arguments: Sequence[Any] = ()
    partitions: int | str | None = None
    with_partition: bool = False


Start = (
    ServerStart
    | FunctionStart
    | TaskStart
    | NativeStart
    | AgentStart
    | EventManagerStart
    | Registry
    | Scope
    | StartedBy
    | SupervisorSpec
)


@dataclass(frozen=True)
class ChildSpec:
    """One child of a supervisor.

    Attributes:
        id: unique in the supervisor; None: the name, or else the name of the class, function or symbol.
        start: what to start: made by child, native_child or started_by, or a Registry or Scope.
        restart: "permanent" (the default), "transient" or "temporary".
        shutdown: seconds to end in, "brutal_kill" or "infinity". Default 5.0, for a supervisor "infinity".
        type: "worker" or "supervisor".
        significant: its end may end the supervisor (auto_shutdown of SupervisorSpec). Not of a permanent one.
        fatal: where it would be started again its supervisor ends, in order. Not of a temporary one.
        backoff: it is started again after a delay. Not of a temporary or fatal one.
    """

    start: Start
    id: Any = None
    restart: str | None = None
    shutdown: float | str | None = None
    type: str | None = None
    significant: bool = False
    fatal: bool = False
    backoff: Backoff | None = None


Child = ChildSpec | SupervisorSpec | Registry | Scope | type | tuple[Any, ...] | Callable[..., Any]


def child(
    what: type[GenServer[Any]] | type[Supervisor] | type[Agent] | type[EventManager] | Callable[..., Any],
    *args: Any,
    name: str | Via | None = None,
    id: Any = None,
    restart: str | None = None,
    shutdown: float | str | None = None,
    significant: bool = False,
    fatal: bool = False,
    backoff: Backoff | None = None,
    thread_affine: bool | None = None,
    max_messages: int = 0,
    max_message_bytes: int = 0,
    overflow: str = "refuse",
    **kwargs: Any,
) -> ChildSpec:
    """A child: a GenServer, GenStatem or Supervisor class, EventManager, Agent and its function, a function.

    Args:
        what: what to start.
        args, kwargs: its arguments, of its init, or of the function; the same for every start.
        name: registered before it runs: a str, or the Via of a Registry.
        id, restart, shutdown, significant, fatal, backoff: see ChildSpec.
        thread_affine: it gets a thread of its own, the same one for every start.
        max_messages, max_message_bytes, overflow: limits of its mailbox, as of limit_mailbox. Not of a
            supervisor.

    There is no stall limit: code on a lane is not watched, as that of a native_child is.
    """
    start: Start
    limits = MailboxLimits(max_messages, max_message_bytes, overflow)
    _options.no_stall_limit(kwargs)
    if isinstance(what, type) and issubclass(what, GenServer):
        start = ServerStart(what, args, kwargs, name, thread_affine, limits)
        restart = restart or what._rsp_defaults.get("restart")
        shutdown = what._rsp_defaults.get("shutdown") if shutdown is None else shutdown
    elif isinstance(what, type) and issubclass(what, Supervisor):
        if limits != MailboxLimits():
            raise BadArgument("max_messages: the mailbox of a supervisor has no limits")
        start = what._spec(args, {"name": name, **kwargs})
    elif what is Agent:
        start = AgentStart.of(args, kwargs, name, bool(thread_affine), asdict(limits))
    elif what is EventManager:
        if args or kwargs:
            raise TypeError("an event manager starts without arguments: handlers are added to it")
        start = EventManagerStart(name, bool(thread_affine), asdict(limits))
    elif callable(what):
        _options.runs_when_called("start", what)
        start = FunctionStart(what, args, kwargs, name, bool(thread_affine), limits)
    else:
        raise BadArgument(f"a child is a GenServer, a Supervisor or a function, not {what!r}")
    return ChildSpec(start, id, restart, shutdown, None, significant, fatal, backoff)


def native_child(
    library: str | os.PathLike[str],
    symbol: str,
    args: Any = None,
    *,
    name: str | Via | None = None,
    id: Any = None,
    restart: str | None = None,
    shutdown: float | str | None = None,
    significant: bool = False,
    fatal: bool = False,
    backoff: Backoff | None = None,
    stall_limit: float | None = None,
    worker: int = 0,
    max_messages: int = 0,
    max_message_bytes: int = 0,
    overflow: str = "refuse",
) -> ChildSpec:
    """A child in C or C++: a shared library exports `symbol`, of type rsp_child_entry.

    Args:
        library: path of the shared library.
        symbol: its function.
        args: for its init; must have a term.
        name: registered before it runs: a str, or the Via of a Registry.
        id, restart, shutdown, significant, fatal, backoff: see ChildSpec.
        stall_limit: seconds after which a callback that has neither returned nor called the runtime ends it,
            for the reason "stalled": about 0.01 at least, and not exact. None: never.
        worker: it is pinned to this worker of the runtime, counted from 1: no other one runs it. 0: whichever
            is free. Where there is no such worker it fails to start, for the reason "invalid_worker".
        max_messages, max_message_bytes, overflow: limits of its mailbox, as of limit_mailbox.
    """
    try:
        path = os.fspath(library)
    except TypeError:
        raise BadArgument(f"library: the path of a shared library is needed, not {library!r}") from None
    limits = MailboxLimits(max_messages, max_message_bytes, overflow)
    start = NativeStart(path, symbol, args, name, stall_limit, limits, worker)
    return ChildSpec(start, id, restart, shutdown, None, significant, fatal, backoff)


def started_by(
    function: Callable[..., Any],
    *args: Any,
    id: Any = None,
    restart: str | None = None,
    shutdown: float | str | None = None,
    type: str | None = None,
    significant: bool = False,
    fatal: bool = False,
    backoff: Backoff | None = None,
    **kwargs: Any,
) -> ChildSpec:
    """A child that a function starts, as OTP's {Module, Function, Args} does.

        def open_pool(size):
            load_driver()
            return Pool.start_link(size)

        Supervisor.start_link([started_by(open_pool, 5, id="pool")])

    At each start the function runs in a short process of its own, in the name of the supervisor, and may
    block. It returns the Pid of the child; Started(pid, info), where whoever asked for the start is to know
    more; Ignore(), or Fail(reason); what start_link raises counts as what it tells. What it starts or
    spawns linked is linked to the supervisor, which is its parent; a Pid that is not is linked then. If it
    fails or is ended in the middle, all that it has started and spawned is killed.

    Args:
        function: what starts the child.
        args, kwargs: of the function; the same for every start.
        id, restart, shutdown, type, significant, fatal, backoff: see ChildSpec.

    Mirrors supervisor:child_spec() with its start.
    """
    if not callable(function):
        raise BadArgument(f"start: a function that starts the child is needed, not {function!r}")
    _options.runs_when_called("start", function)
    start = StartedBy(function, args, kwargs)
    return ChildSpec(start, id, restart, shutdown, type, significant, fatal, backoff)


# ---- The form the extension takes ----


def _name_of(function: Callable[..., Any]) -> str:
    return str(getattr(function, "__qualname__", type(function).__qualname__))


def _default_id(start: Start) -> Any:
    if not isinstance(start, StartedBy) and isinstance(start.name, str):
        return start.name
    match start:
        case ServerStart():
            return start.server.__qualname__
        case FunctionStart() | TaskStart() | StartedBy():
            return _name_of(start.function)
        case NativeStart():
            return start.symbol
        case AgentStart():
            return "Agent"
        case EventManagerStart():
            return "EventManager"
        case SupervisorSpec():
            return start.supervisor.__qualname__ if start.supervisor else "supervisor"


def task_dict(start: TaskStart) -> dict[str, Any]:
    """A task as the extension takes it."""
    _options.runs_when_called("function", start.function)
    return {
        "kind": "task",
        "task_type": _name_of(start.function),
        "function": start.function,
        "args": tuple(start.args),
        "kwargs": {},
        "name": _options.name("name", start.name),
        "lane": own_lane if _options.flag("thread_affine", start.thread_affine) else None,
        "limits": _limits(MailboxLimits()),
    }


def _limits(limits: MailboxLimits) -> tuple[int, int, int]:
    return _options.mailbox(limits.max_messages, limits.max_message_bytes, limits.overflow)


def _start_dict(start: Start) -> dict[str, Any]:
    match start:
        case ServerStart():
            server: object = start.server
            if not (isinstance(server, type) and issubclass(server, GenServer)):
                raise BadArgument(f"start.server: a GenServer class is needed, not {start.server!r}")
            options = {"name": start.name, "thread_affine": start.thread_affine, **asdict(start.limits)}
            return start_spec(start.server, start.args, {**start.kwargs, **options})
        case FunctionStart():
            if not callable(start.function):
                raise BadArgument(f"start.function: a function is needed, not {start.function!r}")
            name, via = named(start.name)
            return {
                "kind": "function",
                "function": start.function,
                "args": tuple(start.args),
                "kwargs": start.kwargs,
                "name": name,
                "via": via,
                "lane": own_lane if start.thread_affine else None,
                "limits": _limits(start.limits),
            }
        case TaskStart():
            return task_dict(start)
        case StartedBy():
            if not callable(start.function):
                raise BadArgument(f"start.function: a function is needed, not {start.function!r}")
            return {
                "kind": "started_by",
                "module": _name_of(start.function),
                "function": start.function,
                "args": tuple(start.args),
                "kwargs": start.kwargs,
            }
        case NativeStart():
            try:
                _native.check_term(start.args)
            except TypeError as error:
                raise BadArgument(f"args: {error}") from None
            name, via = named(start.name)
            return {
                "kind": "native",
                "library": _options.text("library", start.library),
                "symbol": _options.text("symbol", start.symbol),
                "args": start.args,
                "name": name,
                "via": via,
                "stall_ms": _options.stall_ms("stall_limit", start.stall_limit),
                "worker": _options.whole("worker", start.worker, 0, _options.MOST_WORKERS),
                "limits": _limits(start.limits),
            }
        case AgentStart():
            return agent_dict(start)
        case EventManagerStart():
            return event_manager_dict(start)
        case Scope():
            return scope_dict(start)
        case Registry():
            return registry_dict(start)
        case SupervisorSpec():
            return supervisor_dict(start)


def supervisor_dict(spec: SupervisorSpec) -> dict[str, Any]:
    """A supervisor as the extension takes it."""
    strategy = _options.one_of("strategy", spec.strategy, _options.STRATEGIES)
    most = spec.max_children
    return {
        "kind": "supervisor",
        "module": spec.supervisor.__qualname__ if spec.supervisor else None,
        "children": [] if spec.supervisor else _child_dicts(spec.children),
        "strategy": _options.STRATEGIES.index(strategy),
        "auto_shutdown": _auto_shutdown(spec.auto_shutdown),
        "max_restarts": _options.whole("max_restarts", spec.max_restarts, 0),
        "period_ms": max(1, round(_options.seconds("max_seconds", spec.max_seconds) * 1000)),
        "name": _options.name("name", spec.name),
        "partitions": _partitions(spec.partitions),
        "with_partition": _options.flag("with_partition", spec.with_partition),
        "max_children": 0 if most is None else _options.whole("max_children", most, 1),
        "extra_arguments": _extra_arguments(spec.extra_arguments),
        "init": (spec.supervisor, spec.args, spec.kwargs) if spec.supervisor else None,
    }


def _extra_arguments(value: object) -> list[Any] | None:
    """As the extension takes it: None is none, which any supervisor may have."""
    if isinstance(value, list | tuple):
        return list(value) or None
    raise BadArgument(f"extra_arguments: a list is needed, not {value!r}")


def _partitions(value: object) -> int:
    """As the extension takes it: 0 is none, and the most is as many as there are workers."""
    if value is None:
        return 0
    return 2**64 - 1 if value == "workers" else _options.whole("partitions", value, 1)


def _auto_shutdown(value: str) -> int:
    known = _options.AUTO_SHUTDOWNS
    return known.index(_options.one_of("auto_shutdown", value, known))


_FIELD = re.compile(r"\w+(\[\d+\])?[.:]")  # how the text about a field begins


def _child_dicts(children: Any) -> list[dict[str, Any]]:
    if isinstance(children, str | bytes | Mapping) or not isinstance(children, Iterable):
        raise BadArgument(f"children: a list of children is needed, not {children!r}")
    made = []
    for index, each in enumerate(children):
        try:
            made.append(child_dict(each))
        except BadArgument as error:
            text = str(error)
            join = "." if _FIELD.match(text) else ": "
            raise BadArgument(f"children[{index}]{join}{text}") from None
    return made


def to_child_spec(what: Child) -> ChildSpec:
    """Whatever stands for a child, as its specification."""
    if isinstance(what, ChildSpec):
        return what
    if isinstance(what, SupervisorSpec | Registry | Scope):
        return ChildSpec(what)
    if isinstance(what, tuple) and what:
        return child(what[0], *what[1:])
    if callable(what):
        return child(what)
    hint = f": give the class, child({type(what).__name__}, ...)" if isinstance(what, GenServer) else ""
    raise BadArgument(
        f"a child is a ChildSpec, a class, (class, arguments...) or a function, not {what!r}{hint}"
    )


def child_dict(what: Child) -> dict[str, Any]:
    """A child as the extension takes it."""
    spec = to_child_spec(what)
    start: object = spec.start
    if not isinstance(start, Start):
        made_by = "child, native_child, started_by or Task.child_spec"
        raise BadArgument(f"start: {start!r} is nothing that {made_by} makes")
    shutdown, shutdown_ms = _options.shutdown("shutdown", spec.shutdown)
    return {
        **_start_dict(spec.start),
        "id": _default_id(spec.start) if spec.id is None else _options.child_id(spec.id),
        "restart": _index("restart", spec.restart, _options.RESTARTS),
        "shutdown": shutdown,
        "shutdown_ms": shutdown_ms,
        "type": _index("type", spec.type, _options.TYPES),
        "significant": _options.flag("significant", spec.significant),
        "fatal": _options.flag("fatal", spec.fatal),
        "backoff": backoff_tuple(spec.backoff),
    }


def _index(field: str, value: str | None, known: tuple[str, ...]) -> int:
    """0 is the default."""
    return 0 if value is None else 1 + known.index(_options.one_of(field, value, known))


# ---- Supervisors ----


_OPTIONS = (
    "strategy",
    "max_restarts",
    "max_seconds",
    "name",
    "auto_shutdown",
    "max_children",
    "extra_arguments",
)


class Supervisor(SupervisorCalls):
    """A supervisor over a list of children; or, subclassed, one whose init returns them.

    class Tree(Supervisor):
        def init(self, size):
            return SupervisorSpec([child(Cache, size, name="cache")], max_restarts=5)

    init runs before any child, and again each time the supervisor itself is restarted. SupervisorSpec says
    what the options mean: what each strategy starts again, how many restarts pass.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _options.runs_when_called("callback", cls.init)

    def init(self, *args: Any, **kwargs: Any) -> SupervisorSpec | Iterable[Any] | Ignore:
        """Return the children, as a SupervisorSpec or an iterable; or Ignore()."""
        raise NotImplementedError(f"{type(self).__name__} has no init")

    @classmethod
    def _spec(cls, args: tuple[Any, ...], options: dict[str, Any]) -> SupervisorSpec:
        if cls is not Supervisor:
            return SupervisorSpec(name=options.pop("name", None), supervisor=cls, args=args, kwargs=options)
        if len(args) != 1:
            raise TypeError("Supervisor.start takes one list of children")
        _options.known("a supervisor", options, _OPTIONS)
        return SupervisorSpec(args[0], **options)

    @classmethod
    def start(cls, /, *args: Any, timeout: float | None = None, **options: Any) -> Pid:
        """Start a supervisor that is linked to nobody, and wait until its children are up.

        Args:
            args: of Supervisor itself, the list of children; of a subclass, the arguments of init.
            timeout: seconds.
            options: strategy, max_restarts, max_seconds, name, auto_shutdown, max_children,
                extra_arguments; of a subclass, name and keyword arguments of init.

        Raises:
            StartError: a child did not start; those before it are stopped again.
            BadArgument: a specification is malformed; the text names the field.

        Mirrors supervisor:start_link/2 and /3, but for the link. Blocks.
        """
        return _native.start_supervisor(supervisor_dict(cls._spec(args, options)), False, timeout)

    @classmethod
    def start_link(cls, /, *args: Any, timeout: float | None = None, **options: Any) -> Pid:
        """start, linked to the caller, and ending with it. Mirrors supervisor:start_link/2 and /3."""
        return _native.start_supervisor(supervisor_dict(cls._spec(args, options)), True, timeout)

    @staticmethod
    def start_child(supervisor: Pid | str, what: Child, timeout: float | None = None) -> Pid | None:
        """Start one more child, last in the order. None: its init said Ignore().

        Raises:
            StartError: it did not start, or its id is there already, or there are max_children; the
                supervisor is not there, ended, or did not answer within `timeout` seconds.
            BadArgument: the specification is malformed, or nobody has the name.

        Mirrors supervisor:start_child/2. Blocks.
        """
        return Supervisor.start_child_info(supervisor, what, timeout).pid

    @staticmethod
    def start_child_info(supervisor: Pid | str, what: Child, timeout: float | None = None) -> Started:
        """start_child, with what the start function says of the child.

        Returns:
            its Pid and that; info None: it says nothing.

        Raises:
            StartError, BadArgument: as of start_child.

        Mirrors supervisor:start_child/2, which returns {ok, Pid, Info}. Blocks.
        """
        return Started(*_native.start_child(pid_of(supervisor), child_dict(what), timeout))

    @staticmethod
    def start_child_args(supervisor: Pid | str, *args: Any, timeout: float | None = None) -> Pid | None:
        """Start one more child of a "simple_one_for_one". None: its init said Ignore().

        Args:
            supervisor: its Pid or name.
            args: more arguments for its init, after those of the specification, at each of its starts; each
                must have a term.
            timeout: seconds; None: until it is up.

        Raises:
            StartError: it did not start, or takes no arguments (a function, whose arguments are those of its
                specification), or the supervisor is of another kind; it is not there, ended, or did not
                answer in time.
            BadArgument: nobody has the name.
            TypeError: an argument has no term.

        Mirrors supervisor:start_child/2. Blocks.
        """
        return Supervisor.start_child_args_info(supervisor, *args, timeout=timeout).pid

    @staticmethod
    def start_child_args_info(supervisor: Pid | str, *args: Any, timeout: float | None = None) -> Started:
        """start_child_args, with what the start function says of the child.

        Returns:
            its Pid and that; info None: it says nothing.

        Raises:
            StartError, BadArgument, TypeError: as of start_child_args.

        Mirrors supervisor:start_child/2, which returns {ok, Pid, Info}. Blocks.
        """
        return Started(*_native.start_child_args(pid_of(supervisor), list(args), timeout))

    @staticmethod
    def check_childspecs(children: Iterable[Child], auto_shutdown: str = "never") -> None:
        """See whether a supervisor would take these children. Nothing is started, and no runtime is needed.

        Args:
            children: as of start.
            auto_shutdown: of the supervisor, as of SupervisorSpec: which children may be significant.

        Raises:
            BadArgument: it would not; the text names the child and the field.

        Mirrors supervisor:check_childspecs/2. Any thread. Does not block.
        """
        _native.check_childspecs(_child_dicts(children), _auto_shutdown(auto_shutdown))

    # -- the forms that return their failure --

    try_start = classmethod(returning(start))
    try_start_link = classmethod(returning(start_link))
    try_start_child = staticmethod(returning(start_child))
    try_start_child_info = staticmethod(returning(start_child_info))
    try_start_child_args = staticmethod(returning(start_child_args))
    try_start_child_args_info = staticmethod(returning(start_child_args_info))


class DynamicSupervisor(Supervisor):
    """A supervisor that has no children until start_child brings them, each with a specification of its own.

    They have no id: which_children shows "undefined", and terminate_child takes the Pid. Each that ends is
    restarted alone; one that is not restarted is forgotten. When the supervisor ends, all are told at once,
    each with its own time to end in.

    Mirrors Elixir's DynamicSupervisor.

        pool = DynamicSupervisor.start_link(max_children=100)
        worker = DynamicSupervisor.start_child(pool, child(Worker, job, restart="transient"))

    It takes the options max_children, extra_arguments, max_restarts, max_seconds and name. A subclass is one
    whose init returns a SupervisorSpec(strategy="dynamic").
    """

    @classmethod
    def _spec(cls, args: tuple[Any, ...], options: dict[str, Any]) -> SupervisorSpec:
        if cls is not DynamicSupervisor:
            return super()._spec(args, options)
        known = ("max_children", "extra_arguments", "max_restarts", "max_seconds", "name")
        return cls._without_children(args, options, known)

    @staticmethod
    def _without_children(
        args: tuple[Any, ...], options: dict[str, Any], known: tuple[str, ...]
    ) -> SupervisorSpec:
        if args:
            raise TypeError("DynamicSupervisor starts without children: start_child brings them")
        _options.known("a dynamic supervisor", options, known)
        return SupervisorSpec(strategy="dynamic", **options)


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
