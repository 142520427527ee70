"""Agents: processes that hold a value, which functions read and change that are sent to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from resprout import _native, _options
from resprout._exceptions import BadArgument
from resprout._forms import returning
from resprout._lanes import own_lane
from resprout._native import Pid
from resprout._server import Server, named, stop
from resprout._values import Via

__all__ = ["Agent"]

R = TypeVar("R")

_GET, _UPDATE, _GET_AND_UPDATE = range(3)


@dataclass(frozen=True)
class AgentStart:
    """The function that makes an agent's value, with its arguments."""

    function: Callable[..., Any]
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    name: str | Via | None = None
    thread_affine: bool = False
    limits: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        name: str | Via | None,
        thread_affine: bool,
        limits: dict[str, Any],
    ) -> AgentStart:
        """From what a start is given, with the function first."""
        if not args:
            raise TypeError("an agent starts with a function that makes its value")
        return cls(_function(args[0]), args[1:], kwargs, name, thread_affine, limits)


def _function(function: Any) -> Callable[..., Any]:
    if not callable(function):
        raise BadArgument(f"function: something to call is needed, not {function!r}")
    _options.runs_when_called("function", function)
    called: Callable[..., Any] = function
    return called


def agent_dict(start: AgentStart) -> dict[str, Any]:
    """An agent's start as the extension takes it."""
    name, via = named(start.name)
    limits = {"max_messages": 0, "max_message_bytes": 0, "overflow": "refuse", **start.limits}
    return {
        "kind": "agent",
        "function": _function(start.function),
        "args": tuple(start.args),
        "kwargs": start.kwargs,
        "name": name,
        "via": via,
        "lane": own_lane if start.thread_affine else None,
        "limits": _options.mailbox(**limits),
    }


class Agent:
    """A process that holds a value. Functions that it is sent read and change it; they run in it one by one.

        counter = rsp.Agent.start_link(lambda: 0)
        rsp.Agent.update(counter, lambda n: n + 1)
        rsp.Agent.get(counter, lambda n: n)  # 1

    As a child of a supervisor it is `(Agent, function)`, or `child(Agent, function, name=...)`. The agent of
    a call is a Pid, a name or a Via. What a function returns to the caller is copied, as a message is. An
    exception that leaves a function ends the agent, and the call with a CallExit. For long work take a
    GenServer.

    Mirrors Elixir's Agent.
    """

    @staticmethod
    def _start(args: tuple[Any, ...], options: dict[str, Any], *, link: bool) -> Pid:
        name, affine = options.pop("name", None), options.pop("thread_affine", False)
        timeout = options.pop("timeout", None)
        start = AgentStart.of(args, options, name, _options.flag("thread_affine", affine), {})
        pid: Pid = _native.start_server(agent_dict(start), link, False, timeout)
        return pid

    @staticmethod
    def start(*args: Any, **kwargs: Any) -> Pid:
        """Start an agent that is linked to nobody, and wait until it has its value.

        Args:
            args, kwargs: a function that makes the value in the new process, and its arguments, but for:
            name: registered before it runs: a str, or the Via of a Registry.
            timeout: seconds that it may take; None: as long as it takes.
            thread_affine: the agent gets a thread of its own, for ever.

        Raises:
            StartError: the function raised; AlreadyStarted.

        Mirrors Agent.start/2. Blocks.
        """
        return Agent._start(args, kwargs, link=False)

    @staticmethod
    def start_link(*args: Any, **kwargs: Any) -> Pid:
        """start, linked to the caller, who is its parent. Mirrors Agent.start_link/2."""
        return Agent._start(args, kwargs, link=True)

    @staticmethod
    def get(
        agent: Server,
        function: Callable[..., R],
        *args: Any,
        timeout: float | None = 5.0,
        **kwargs: Any,
    ) -> R:
        """What `function(value, *args, **kwargs)` returns. The value stays.

        Args:
            agent: a Pid, a name or a Via.
            function: runs in the agent, on its lane.
            args, kwargs: copied.
            timeout: seconds; None waits for ever. The function runs also when that has passed.

        Raises:
            CallExit: the function raised, or there is no such agent; CallTimeout.
            BadArgument: the process is an agent, but not one of Python's.

        Mirrors Agent.get/3. Blocks.
        """
        value: R = _native.agent_call(_GET, agent, _function(function), args, kwargs, timeout)
        return value

    @staticmethod
    def update(
        agent: Server,
        function: Callable[..., Any],
        *args: Any,
        timeout: float | None = 5.0,
        **kwargs: Any,
    ) -> None:
        """Put what `function(value, *args, **kwargs)` returns in the value's place. The rest as of get.

        Mirrors Agent.update/3. Blocks.
        """
        _native.agent_call(_UPDATE, agent, _function(function), args, kwargs, timeout)

    @staticmethod
    def get_and_update(
        agent: Server,
        function: Callable[..., tuple[R, Any]],
        *args: Any,
        timeout: float | None = 5.0,
        **kwargs: Any,
    ) -> R:
        """`function(value, *args, **kwargs)` returns a pair: what this returns, and the next value.

        Anything else but a pair ends the agent with ("bad_return_value", it). The rest as of get.

        Mirrors Agent.get_and_update/3. Blocks.
        """
        value: R = _native.agent_call(_GET_AND_UPDATE, agent, _function(function), args, kwargs, timeout)
        return value

    @staticmethod
    def cast(agent: Server, function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """As update, without waiting: nothing says whether there is such an agent. Mirrors Agent.cast/2."""
        _native.agent_cast(agent, _function(function), args, kwargs)

    @staticmethod
    def stop(agent: Server, reason: Any = "normal", timeout: float | None = None) -> None:
        """Stop it in order, as stop does. Mirrors Agent.stop/3. Blocks."""
        stop(agent, reason, timeout)

    # -- the forms that return their failure --

    try_start = staticmethod(returning(start))
    try_start_link = staticmethod(returning(start_link))
    try_get = staticmethod(returning(get))
    try_update = staticmethod(returning(update))
    try_get_and_update = staticmethod(returning(get_and_update))
    try_cast = staticmethod(returning(cast))
    try_stop = staticmethod(returning(stop))
