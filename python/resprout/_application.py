"""Applications: what one is."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from resprout import _options
from resprout._exceptions import BadArgument
from resprout._native import Pid
from resprout._server import Fail, Ignore
from resprout._starts import StartedBy
from resprout._supervisor import Child, ChildSpec, SupervisorSpec, child_dict

__all__ = ["Application", "ApplicationInfo"]

_CALLBACKS = ("start", "prep_stop", "stop")


class ApplicationInfo(NamedTuple):
    """An application that runs: its type is "temporary", "transient" or "permanent"."""

    name: str
    type: str


class Application:
    """A tree of processes with a name, which is started and stopped as one, after those that it needs.

        class Shop(rsp.Application):
            name = "shop"
            applications = ["database"]

            def start(self):
                return rsp.Supervisor.start_link([Till, Stock])

        rsp.application.load(Shop())
        rsp.application.ensure_all_started("shop", "permanent")

    The calls are functions of resprout.application. One object is the application as long as that is loaded,
    and stays through all its starts: what start puts into self is there for prep_stop and stop. Each of the
    three runs in a process of its own, and may block.

    Attributes:
        name: of the application; no process has it.
        applications: the names of those that must run before it starts.
        top: what it starts, in place of start: a list of children, a Supervisor class, a SupervisorSpec, or
            what child, native_child or started_by makes, of which what only a supervisor looks at (id,
            restart, shutdown) does not count. The difference: a supervisor that is given here stops in order
            what it has started already, when the application is stopped before it is up; what start does
            then is cut off, and all that it has started and spawned is killed.

    Mirrors the behaviour application.
    """

    name: str
    applications: Sequence[str] = ()
    top: Child | Sequence[Any] | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for callback in _CALLBACKS:
            _options.runs_when_called(f"callback {callback}", getattr(cls, callback))

    def start(self) -> Pid | Ignore | Fail:
        """Start the top, and return its Pid: return Supervisor.start_link(...).

        Linked to the process that this runs in it has its parent in the application itself. Fail(reason): the
        application does not start. Mirrors Module:start/2.
        """
        raise NotImplementedError(f"{type(self).__name__} has neither start nor top")

    def prep_stop(self) -> None:
        """Run before the top is told to end, or when it has ended by itself. Mirrors Module:prep_stop/1.

        What it raises is reported, and changes nothing of the rest; what it returns does not matter.
        """

    def stop(self) -> None:
        """Run when the top is gone; else as prep_stop. Mirrors Module:stop/1."""


def name_of(name: object) -> str:
    """The name of an application."""
    known = _options.name("name", name)
    if known is None:
        raise BadArgument("name: an application has one: a str")
    return known


def _overrides(application: Application, callback: str) -> bool:
    return getattr(type(application), callback) is not getattr(Application, callback)


def _needed(names: object) -> list[str]:
    if isinstance(names, str | bytes) or not isinstance(names, Iterable):
        raise BadArgument(f"applications: a list of names is needed, not {names!r}")
    needed = []
    for index, each in enumerate(names):
        name = _options.name(f"applications[{index}]", each)
        if name is None:
            raise BadArgument(f"applications[{index}]: a name is a str, not None")
        needed.append(name)
    return needed


def _start_of(application: Application) -> Callable[[], Pid | Ignore | Fail]:
    @functools.wraps(application.start)
    def start() -> Pid | Ignore | Fail:
        started: Any = application.start()
        if started is None:  # as a reason that would be "normal", which says nothing
            raise TypeError(f"{type(application).__qualname__}.start returned None, and no Pid")
        return started  # type: ignore[no-any-return]

    return start


def _top_dict(application: Application) -> dict[str, Any]:
    """What it starts, as the extension takes it."""
    top: Any = application.top
    starts = _overrides(application, "start")
    if starts == (top is not None):
        has = "both a start and a top" if starts else "neither a start nor a top"
        raise BadArgument(f"top: {type(application).__qualname__} has {has}: one of them says what it starts")
    if starts:
        what: Child = ChildSpec(StartedBy(_start_of(application)))
    else:
        what = SupervisorSpec(top) if isinstance(top, list) else top
    try:
        made = child_dict(what)
    except BadArgument as error:
        raise BadArgument(f"top: {error}") from None
    if made.get("via") is not None:
        raise BadArgument("top: it cannot be registered in a Registry: give it a name that is a str")
    return made


def application_dict(application: object) -> dict[str, Any]:
    """An application as the extension takes it."""
    if not isinstance(application, Application):
        is_class = isinstance(application, type) and issubclass(application, Application)
        hint = f": give an object, {application.__name__}()" if is_class else ""  # type: ignore[attr-defined]
        raise BadArgument(f"an object of a subclass of Application is needed, not {application!r}{hint}")
    return {
        "name": name_of(getattr(application, "name", None)),
        "applications": _needed(application.applications),
        "top": _top_dict(application),
        "prep_stop": application.prep_stop if _overrides(application, "prep_stop") else None,
        "stop": application.stop if _overrides(application, "stop") else None,
    }
