"""Event managers: processes with any number of handlers, which all get what the manager is notified of."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import Any

from resprout import _native, _options
from resprout._exceptions import BadArgument, Error, HandlerError, Throw
from resprout._forms import returning
from resprout._lanes import own_lane
from resprout._native import Pid
from resprout._server import NOTHING, Fail, Reply, Server, named, stop
from resprout._values import Atom, Via

__all__ = ["EventManager", "GenEvent", "RemoveHandler", "SwapHandler"]

_OK, _REMOVE, _SWAP, _ERROR, _BAD_RETURN = range(5)  # rsp_event_action
_CALLBACKS = frozenset(("init", "handle_event", "handle_call", "handle_info", "terminate", "format_status"))


@dataclass(frozen=True, slots=True)
class RemoveHandler:
    """Of a callback of a handler: it is removed; its terminate gets "remove_handler". Of handle_call, the
    caller gets `reply`.
    """

    reply: Any = None


@dataclass(frozen=True, slots=True)
class SwapHandler:
    """Of a callback of a handler: another one comes in its place.

    Its own terminate gets `terminate_args`; what that returns is the first argument of the other one's init,
    and `args` and `kwargs` follow. Of handle_call, the caller gets `reply`.
    """

    handler: type[GenEvent] | tuple[type[GenEvent], Any]
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    terminate_args: Any = None
    reply: Any = None


class GenEvent:
    """An event handler: subclass it, and add it to a manager with EventManager.add_handler.

    The state lives in self. Callbacks of one manager never run at the same time. An exception that leaves one
    removes the handler; the manager and its other handlers go on. Mirrors the behaviour gen_event.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for callback in _CALLBACKS & vars(cls).keys():
            _options.runs_when_called("callback", vars(cls)[callback])
        if "__init__" in vars(cls):
            _options.takes_nothing(cls)

    # -- callbacks --

    def init(self, *args: Any, **kwargs: Any) -> Any:
        """Make the state in self: return None. Fail(reason): the handler is not added."""

    def handle_event(self, event: Any) -> Any:
        """Take an event: return None, RemoveHandler or SwapHandler. What all handlers get is one value."""

    def handle_call(self, request: Any) -> Any:
        """Answer a call of this handler: return Reply, RemoveHandler or SwapHandler."""
        raise Error(
            (Atom("undef"), Atom("handle_call")), f"{type(self).__name__} has no handle_call for {request!r}"
        )

    def handle_info(self, message: Any) -> Any:
        """Take any other message of the manager: return None, RemoveHandler or SwapHandler."""

    def terminate(self, args: Any) -> Any:
        """Clean up before the handler goes; what it returns is the result of delete_handler.

        Args:
            args: those of delete_handler or of a swap; or "remove_handler"; "stop": the manager ends;
                ("stop", R): who has added it with add_sup_handler has ended; ("error", _): it has failed.
        """
        return Atom("ok")

    def format_status(self) -> Any:
        """Say what the state is, for sys.get_state of the manager and reports that show states.

        What has no term is shown by its repr. Leave out what nobody should see. Without an override it is the
        attributes of the handler. Mirrors gen_event's format_status/1.
        """
        return {name: repr(value) for name, value in vars(self).items()}

    # -- for the extension --

    def _rsp_init(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        result = self.init(*args, **kwargs)
        if isinstance(result, Fail):
            return _ERROR, None, result.reason, None, False
        return (_OK, None, None, None, False) if result is None else _garbage(result)

    def _rsp_run(self, callback: str, argument: Any) -> tuple[Any, ...]:
        try:
            result = getattr(self, callback)(argument)
        except Throw as thrown:  # counts as what it has returned
            result = thrown.value
        in_call = callback == "handle_call"
        if isinstance(result, RemoveHandler):
            return _REMOVE, result.reply, None, None, False
        if isinstance(result, SwapHandler):
            fresh = _handler(result.handler, tuple(result.args), result.kwargs)
            return _SWAP, result.reply, result.terminate_args, fresh, False
        if in_call and isinstance(result, Reply) and result.continue_with is NOTHING:
            return _OK, result.value, None, None, result.hibernate
        if not in_call and result is None:
            return _OK, None, None, None, False
        return _garbage(result)


def _garbage(result: Any) -> tuple[Any, ...]:
    return _BAD_RETURN, None, result, None, False


def _handler(handler: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    cls, known_by = handler if isinstance(handler, tuple) and len(handler) == 2 else (handler, None)
    if not (inspect.isclass(cls) and issubclass(cls, GenEvent)):
        raise BadArgument(f"handler: a GenEvent class, or it and an id, is needed, not {handler!r}")
    return cls, known_by, args, kwargs


def _name(handler: Any) -> Any:
    """How a handler is known: an atom, or it and the id."""
    cls, *known_by = handler if isinstance(handler, tuple) and len(handler) == 2 else (handler,)
    if inspect.isclass(cls) and issubclass(cls, GenEvent):
        cls = cls.__qualname__
    if not isinstance(cls, str):
        raise BadArgument(f"handler: a GenEvent class, its name, or it and an id, is needed, not {handler!r}")
    _options.name("handler", cls)
    return (Atom(cls), known_by[0]) if known_by and known_by[0] is not None else Atom(cls)


@dataclass(frozen=True)
class EventManagerStart:
    """An event manager as the child of a supervisor."""

    name: str | Via | None = None
    thread_affine: bool = False
    limits: dict[str, Any] = field(default_factory=dict)


def event_manager_dict(start: EventManagerStart) -> dict[str, Any]:
    """A manager's start as the extension takes it."""
    name, via = named(start.name)
    limits = {"max_messages": 0, "max_message_bytes": 0, "overflow": "refuse", **start.limits}
    return {
        "kind": "event_manager",
        "name": name,
        "via": via,
        "lane": own_lane if _options.flag("thread_affine", start.thread_affine) else None,
        "limits": _options.mailbox(**limits),
    }


def _said(result: tuple[bool, Any], manager: Any, handler: Any) -> Any:
    succeeded, value = result
    if not succeeded:
        raise HandlerError(value, manager, handler)
    return value


class EventManager:
    """A process with any number of event handlers. What it is notified of goes through all of them in turn.

        class Log(rsp.GenEvent):
            def init(self, path): self.file = open(path, "a")
            def handle_event(self, event): print(event, file=self.file)

        alarms = rsp.EventManager.start_link()
        rsp.EventManager.add_handler(alarms, Log, "alarms.log")
        rsp.EventManager.notify(alarms, "too hot")

    As a child of a supervisor it is `child(EventManager, name=...)`. The manager of a call is a Pid, a name
    or a Via. A handler is known by its class, or the class and an id: `(Log, 7)`. It runs in the manager, on
    a lane, so a manager that another language has started takes no handlers of Python; `cast` and `call`
    notify such a one, with values that have a term.

    Mirrors the module gen_event.
    """

    @staticmethod
    def _start(name: str | Via | None, thread_affine: bool, timeout: float | None, *, link: bool) -> Pid:
        start = event_manager_dict(EventManagerStart(name, thread_affine))
        pid: Pid = _native.start_server(start, link, False, timeout)
        return pid

    @staticmethod
    def start(
        *, name: str | Via | None = None, thread_affine: bool = False, timeout: float | None = None
    ) -> Pid:
        """Start a manager without handlers, linked to nobody.

        Args:
            name: registered; a str, or the Via of a Registry.
            thread_affine: it gets a thread of its own, for ever.
            timeout: seconds that it may take; None: as long as it takes.

        Raises:
            AlreadyStarted: the name is taken.

        Mirrors gen_event:start/1. Blocks.
        """
        return EventManager._start(name, thread_affine, timeout, link=False)

    @staticmethod
    def start_link(
        *, name: str | Via | None = None, thread_affine: bool = False, timeout: float | None = None
    ) -> Pid:
        """start, linked to the caller, who is its parent. Mirrors gen_event:start_link/1."""
        return EventManager._start(name, thread_affine, timeout, link=True)

    @staticmethod
    def _add(manager: Server, handler: Any, args: Any, kwargs: Any, *, supervised: bool) -> None:
        timeout = kwargs.pop("timeout", None)
        fresh = _handler(handler, args, kwargs)
        _said(_native.event_add(manager, fresh, supervised, None, None, timeout), manager, handler)

    @staticmethod
    def add_handler(manager: Server, handler: Any, *args: Any, **kwargs: Any) -> None:
        """Add a handler in front of the others, and wait until its init is done.

        Args:
            manager: a Pid, a name or a Via.
            handler: a GenEvent class, or it and an id: (Log, 7).
            args, kwargs: of its init, copied, but for:
            timeout: seconds; None waits for ever.

        Raises:
            HandlerError: its init has failed, raised, or returned what means nothing.
            CallExit: there is no such manager; CallTimeout.

        Mirrors gen_event:add_handler/3. Blocks.
        """
        EventManager._add(manager, handler, args, kwargs, supervised=False)

    @staticmethod
    def add_sup_handler(manager: Server, handler: Any, *args: Any, **kwargs: Any) -> None:
        """add_handler, and links the caller to the manager.

        When the caller ends the handler is removed; when the handler is removed the caller gets the message
        ("gen_event_EXIT", handler, reason).

        Mirrors gen_event:add_sup_handler/3. Blocks.
        """
        EventManager._add(manager, handler, args, kwargs, supervised=True)

    @staticmethod
    def delete_handler(manager: Server, handler: Any, args: Any = None, timeout: float | None = None) -> Any:
        """Remove a handler. Returns what its terminate returned.

        Args:
            manager: a Pid, a name or a Via.
            handler: a GenEvent class, its name, or one of them and an id.
            args: for its terminate; must have a term.
            timeout: seconds; None waits for ever.

        Raises:
            HandlerError: "module_not_found": there is no such handler.
            CallExit: there is no such manager; CallTimeout.

        Mirrors gen_event:delete_handler/3. Blocks.
        """
        return _said(_native.event_delete(manager, _name(handler), args, timeout), manager, handler)

    @staticmethod
    def _swap(manager: Server, old: Any, handler: Any, args: Any, kwargs: Any, *, supervised: bool) -> None:
        timeout, last = kwargs.pop("timeout", None), kwargs.pop("terminate_args", None)
        fresh = _handler(handler, args, kwargs)
        _said(_native.event_add(manager, fresh, supervised, _name(old), last, timeout), manager, handler)

    @staticmethod
    def swap_handler(manager: Server, old: Any, handler: Any, *args: Any, **kwargs: Any) -> None:
        """Put a handler in the place of another, whose supervisor it has then.

        Args:
            manager: a Pid, a name or a Via.
            old: as of delete_handler. That it is not there is no error.
            handler: a GenEvent class, or it and an id.
            args, kwargs: of its init, behind what the old one's terminate returned ("error": there was none),
                but for:
            terminate_args: for the old one's terminate.
            timeout: seconds; None waits for ever.

        Raises:
            HandlerError, CallExit, CallTimeout: as of add_handler.

        Mirrors gen_event:swap_handler/3. Blocks.
        """
        EventManager._swap(manager, old, handler, args, kwargs, supervised=False)

    @staticmethod
    def swap_sup_handler(manager: Server, old: Any, handler: Any, *args: Any, **kwargs: Any) -> None:
        """swap_handler, and the new one is as of add_sup_handler. Mirrors gen_event:swap_sup_handler/3."""
        EventManager._swap(manager, old, handler, args, kwargs, supervised=True)

    @staticmethod
    def notify(manager: Server, event: Any) -> None:
        """Notify all handlers, and do not wait. The event is copied once, and all get that copy.

        Mirrors gen_event:notify/2. Does not block, and does not say whether there is such a manager.
        """
        _native.event_notify(manager, event)

    @staticmethod
    def sync_notify(manager: Server, event: Any, timeout: float | None = None) -> None:
        """Notify all handlers, and wait until all have run.

        Raises:
            CallExit: there is no such manager; CallTimeout.

        Mirrors gen_event:sync_notify/2. Blocks.
        """
        _native.event_sync_notify(manager, event, timeout)

    @staticmethod
    def call(manager: Server, handler: Any, request: Any, timeout: float | None = 5.0) -> Any:
        """Call one handler, and wait for its answer.

        Args:
            manager: a Pid, a name or a Via.
            handler: as of delete_handler.
            request: copied.
            timeout: seconds; None waits for ever.

        Raises:
            HandlerError: "bad_module": there is no such handler; else it has failed, and is removed.
            CallExit: there is no such manager; CallTimeout.

        Mirrors gen_event:call/4. Blocks.
        """
        return _said(_native.event_call(manager, _name(handler), request, timeout), manager, handler)

    @staticmethod
    def which_handlers(manager: Server, timeout: float | None = None) -> list[Any]:
        """The names of the handlers, each with its id if it has one; the newest first.

        Mirrors gen_event:which_handlers/1. Blocks.
        """
        return _native.event_which_handlers(manager, timeout)

    @staticmethod
    def stop(manager: Server, reason: Any = "normal", timeout: float | None = None) -> None:
        """Stop it in order: each handler's terminate gets "stop". Mirrors gen_event:stop/3. Blocks."""
        stop(manager, reason, timeout)

    # -- the forms that return their failure --

    try_start = staticmethod(returning(start))
    try_start_link = staticmethod(returning(start_link))
    try_add_handler = staticmethod(returning(add_handler))
    try_add_sup_handler = staticmethod(returning(add_sup_handler))
    try_delete_handler = staticmethod(returning(delete_handler))
    try_swap_handler = staticmethod(returning(swap_handler))
    try_swap_sup_handler = staticmethod(returning(swap_sup_handler))
    try_notify = staticmethod(returning(notify))
    try_sync_notify = staticmethod(returning(sync_notify))
    try_call = staticmethod(returning(call))
    try_which_handlers = staticmethod(returning(which_handlers))
    try_stop = staticmethod(returning(stop))
