"""What a supervisor that runs is asked about its children."""

from __future__ import annotations

from typing import Any, NamedTuple

from resprout import _native, _options
from resprout._backoff import Backoff, read_backoff
from resprout._exceptions import BadArgument
from resprout._forms import returning
from resprout._native import Pid
from resprout._starts import Started

__all__ = ["ChildCounts", "ChildInfo", "ChildSettings"]


class ChildInfo(NamedTuple):
    """A child as which_children shows it: `pid` is a Pid, "undefined" or "restarting"."""

    id: Any
    pid: Pid | str
    type: str
    module: str


class ChildCounts(NamedTuple):
    """How many children a supervisor has: `specs` are all, `active` those with a process."""

    specs: int
    active: int
    supervisors: int
    workers: int


class ChildSettings(NamedTuple):
    """The specification of a child with the defaults filled in, but for what is started.

    Attributes:
        id: unique in the supervisor.
        restart: "permanent", "transient" or "temporary".
        shutdown: seconds to end in, "brutal_kill" or "infinity".
        type: "worker" or "supervisor".
        module: the name of the class or of the native type; of a function "handler".
        significant: its end may end the supervisor.
        fatal: where it would be started again its supervisor ends.
        backoff: the delay before it is started again, if there is one.
    """

    id: Any
    restart: str
    shutdown: float | str
    type: str
    module: str
    significant: bool
    fatal: bool = False
    backoff: Backoff | None = None


def pid_of(supervisor: Pid | str) -> Pid:
    """Who is meant, which must be somebody if it is a name."""
    if isinstance(supervisor, Pid):
        return supervisor
    pid = _native.whereis(supervisor)
    if pid is None:
        raise BadArgument(f"no live process has the name {supervisor!r}")
    return pid


class SupervisorCalls:
    """The calls about the children of a supervisor.

    Each takes the supervisor's Pid or its name, blocks until it has answered, and may be made in any thread
    and any process. A supervisor that is not there, or ends meanwhile, is a CallExit, one that does not
    answer within the timeout a CallTimeout; what it was asked for it does all the same.
    """

    @staticmethod
    def terminate_child(supervisor: Pid | str, id: Any, timeout: float | None = None) -> None:
        """Stop a child, as its specification says, and wait until it is gone. One that is stopped is fine.

        The specification stays, but that of a temporary child, and nothing starts the child again but
        restart_child and the restart of a group that it is in.

        Args:
            supervisor: its Pid or name.
            id: of the child, as which_children has it.
            timeout: seconds; None: until it is gone. The supervisor stops it all the same.

        Raises:
            ChildError: "not_found".
            CallExit: the supervisor is not there, or ended. CallTimeout: no answer in time.
            BadArgument: nobody has the name, or the id has no term.

        Mirrors supervisor:terminate_child/2. Blocks.
        """
        _native.terminate_child(pid_of(supervisor), _options.child_id(id), timeout)

    @staticmethod
    def restart_child(supervisor: Pid | str, id: Any, timeout: float | None = None) -> Pid | None:
        """Start a child again that is stopped, in its old place. None: its init said Ignore().

        Args:
            supervisor, id: as of terminate_child.
            timeout: seconds; None: until it is up.

        Raises:
            ChildError: "running", "restarting" or "not_found".
            StartError: it did not start, and stays stopped.
            CallExit, CallTimeout, BadArgument: as of terminate_child.

        Mirrors supervisor:restart_child/2. Blocks.
        """
        return SupervisorCalls.restart_child_info(supervisor, id, timeout).pid

    @staticmethod
    def restart_child_info(supervisor: Pid | str, id: Any, timeout: float | None = None) -> Started:
        """restart_child, with what the start function says of the child.

        Returns:
            its Pid and that; info None: it says nothing.

        Raises:
            ChildError, StartError, CallExit, CallTimeout, BadArgument: as of restart_child.

        Mirrors supervisor:restart_child/2, which returns {ok, Pid, Info}. Blocks.
        """
        return Started(*_native.restart_child(pid_of(supervisor), _options.child_id(id), timeout))

    @staticmethod
    def delete_child(supervisor: Pid | str, id: Any, timeout: float | None = None) -> None:
        """Forget the specification of a child that is stopped; its id is free then.

        Args:
            supervisor, id: as of terminate_child.
            timeout: seconds; None: no end.

        Raises:
            ChildError: "running", "restarting" or "not_found".
            CallExit, CallTimeout, BadArgument: as of terminate_child.

        Mirrors supervisor:delete_child/2. Blocks.
        """
        _native.delete_child(pid_of(supervisor), _options.child_id(id), timeout)

    @staticmethod
    def which_children(supervisor: Pid | str, timeout: float | None = None) -> list[ChildInfo]:
        """The children in order of start. Mirrors supervisor:which_children/1. Blocks."""
        return [ChildInfo(*each) for each in _native.which_children(pid_of(supervisor), timeout)]

    @staticmethod
    def count_children(supervisor: Pid | str, timeout: float | None = None) -> ChildCounts:
        """How many children there are.

        Args:
            supervisor: its Pid or name.
            timeout: seconds; None: no end.

        Raises:
            CallExit, CallTimeout: as of terminate_child.
            BadArgument: nobody has the name.

        Mirrors supervisor:count_children/1. Blocks.
        """
        return ChildCounts(**_native.count_children(pid_of(supervisor), timeout))

    @staticmethod
    def get_childspec(supervisor: Pid | str, id: Any, timeout: float | None = None) -> ChildSettings:
        """The specification of a child, with the defaults filled in.

        Args:
            supervisor: its Pid or name.
            id: of the child, or the Pid of its process.
            timeout: seconds; None: no end.

        Raises:
            ChildError: "not_found".
            CallExit, CallTimeout, BadArgument: as of terminate_child.

        Mirrors supervisor:get_childspec/2. Blocks.
        """
        spec = _native.get_childspec(pid_of(supervisor), _options.child_id(id), timeout)
        shutdown = spec["shutdown"]
        return ChildSettings(
            id=spec["id"],
            restart=spec["restart"],
            shutdown=shutdown / 1000 if isinstance(shutdown, int) else shutdown,
            type=spec["type"],
            module=spec["module"],
            significant=spec["significant"],
            fatal=spec.get("fatal", False),
            backoff=read_backoff(spec.get("backoff")),
        )

    # -- the forms that return their failure --

    try_terminate_child = staticmethod(returning(terminate_child))
    try_restart_child = staticmethod(returning(restart_child))
    try_restart_child_info = staticmethod(returning(restart_child_info))
    try_delete_child = staticmethod(returning(delete_child))
    try_which_children = staticmethod(returning(which_children))
    try_count_children = staticmethod(returning(count_children))
    try_get_childspec = staticmethod(returning(get_childspec))
