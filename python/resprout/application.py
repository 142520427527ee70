"""The calls of applications: load, start, ensure_all_started, stop, unload, which, loaded.

    rsp.application.load(Shop())
    rsp.application.ensure_all_started("shop", "permanent")
    ...
    rsp.application.stop("shop")

What an application is says Application. Each call takes the name of one, may be made in any thread and any
process, and blocks until the controller has answered. Mirrors the module application.
"""

from __future__ import annotations

from resprout import _native, _options
from resprout._application import Application, ApplicationInfo, application_dict, name_of
from resprout._forms import returning

__all__ = [
    "ensure_all_started",
    "load",
    "loaded",
    "start",
    "stop",
    "try_ensure_all_started",
    "try_load",
    "try_loaded",
    "try_start",
    "try_stop",
    "try_unload",
    "try_which",
    "unload",
    "which",
]

_TYPES = ("temporary", "transient", "permanent")  # in the order of rsp_application_type


def _type(value: object) -> int:
    return _TYPES.index(_options.one_of("type", value, _TYPES))


def load(application: Application) -> None:
    """Make an application known, so that it can be started. What it needs may be loaded later.

    Args:
        application: an object of a subclass; the runtime holds it until it is unloaded.

    Raises:
        ApplicationError: ("already_loaded", name).
        BadArgument: it is malformed; the text names the field.

    Mirrors application:load/1. Blocks.
    """
    _native.load_application(application_dict(application))


def unload(name: str) -> None:
    """Forget an application that does not run.

    Raises:
        ApplicationError: ("not_loaded", name), ("running", name).

    Mirrors application:unload/1. Blocks.
    """
    _native.unload_application(name_of(name))


def start(name: str, type: str = "temporary", timeout: float | None = None) -> None:
    """Start an application that is loaded, and wait until its top is up.

    Args:
        name: of the application.
        type: what it means when the top ends by itself. "temporary": it is reported. "transient": the same if
            it ends with "normal"; else as "permanent": the program that run runs ends, for that reason, or
            all applications are stopped where none runs.
        timeout: seconds; None: until it is up. A timeout leaves it starting.

    Raises:
        ApplicationError: ("not_loaded", name); ("already_started", name); ("not_started", dependency): start
            that first; ("running", name): it is being stopped; "timeout"; why the top did not start.
        BadArgument: the type is none of these.

    Mirrors application:start/2. Blocks.
    """
    _native.start_application(name_of(name), _type(type), timeout)


def ensure_all_started(name: str, type: str = "temporary", timeout: float | None = None) -> list[str]:
    """Start an application, and before it all those that it needs and that do not run.

    If one does not start in time, those that this call has started are stopped again, but for those that
    another call has asked for meanwhile or another application needs.

    Args:
        name: of the application.
        type: of all that it starts, as of start.
        timeout: seconds for all; None: no end.

    Returns:
        The names of those that it has started, in order.

    Raises:
        ApplicationError: its name is that of the one that did not start, its reason what start says of that
            one, or ("circular_dependency", dependency); "timeout".

    Mirrors application:ensure_all_started/2. Blocks.
    """
    return [str(each) for each in _native.ensure_all_started(name_of(name), _type(type), timeout)]


def stop(name: str, timeout: float | None = None) -> None:
    """Stop an application, and wait until it is gone: prep_stop, its top and all below, stop, in that order.

    Those that need it are not looked at.

    Args:
        name: of the application.
        timeout: seconds; None: however long it takes. A timeout leaves it stopping.

    Raises:
        ApplicationError: ("not_started", name); "timeout".

    Mirrors application:stop/1. Blocks.
    """
    _native.stop_application(name_of(name), timeout)


def which() -> list[ApplicationInfo]:
    """The applications that run, in order of start. Mirrors application:which_applications/0. Blocks."""
    return [ApplicationInfo(str(name), str(kind)) for name, kind in _native.which_applications()]


def loaded() -> list[str]:
    """The names of all that are loaded, of those that run too.

    Mirrors application:loaded_applications/0. Blocks.
    """
    return [str(each) for each in _native.loaded_applications()]


# ---- The forms that return their failure ----

try_load = returning(load)
try_unload = returning(unload)
try_start = returning(start)
try_ensure_all_started = returning(ensure_all_started)
try_stop = returning(stop)
try_which = returning(which)
try_loaded = returning(loaded)
