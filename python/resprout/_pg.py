"""Process groups: processes under names that are any terms, several under each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from resprout import _native, _options
from resprout._exceptions import BadArgument
from resprout._forms import returning
from resprout._native import Pid, Ref

__all__ = ["Scope"]


@dataclass(frozen=True)
class Scope:
    """A scope of process groups, by its name. A group has any processes as members.

    The name of a group is any value that has a term; the scope without a name is OTP's default one, "pg". A
    member is one until it ends, or has left as often as it has joined. Reading asks no process, and any
    thread may do it: whoever has heard of the end of a member does not find it. A scope is a child of a
    supervisor as it stands, in front of those who use it.

        rooms = rsp.Scope("rooms")
        rsp.Supervisor.start_link([rooms, (Room, 7)])
        rooms.join(("room", 7))
        for pid in rooms.get_members(("room", 7)):
            rsp.send(pid, "hello")

    Mirrors OTP's pg.
    """

    name: str = "pg"

    def __post_init__(self) -> None:
        if _options.name("name", self.name) is None:
            raise BadArgument("name: a scope has one: it is how all calls find it")

    def _start(self, *, link: bool, timeout: float | None) -> Pid:
        pid: Pid = _native.start_server(scope_dict(self), link, False, timeout)
        return pid

    def start(self, timeout: float | None = None) -> Pid:
        """Start it, linked to nobody: the end of the runtime stops it.

        Raises:
            AlreadyStarted: one of this name runs.

        Mirrors pg:start/1. Blocks.
        """
        return self._start(link=False, timeout=timeout)

    def start_link(self, timeout: float | None = None) -> Pid:
        """start, linked to the caller. Mirrors pg:start_link/1. Blocks."""
        return self._start(link=True, timeout=timeout)

    def join(self, group: Any, pids: Pid | Iterable[Pid] | None = None) -> None:
        """Make a process, or several, members of a group; None: the calling one. One that is, is once more.

        Raises:
            CallExit: no such scope runs.
            TypeError: the name of the group has no term.

        Mirrors pg:join/3. Blocks.
        """
        _native.pg_join(self.name, group, _list_of(pids))

    def leave(self, group: Any, pids: Pid | Iterable[Pid] | None = None) -> bool:
        """Take a process, or several, out of a group, each once; None: the calling one.

        Returns:
            False: none of them is a member (not_joined).

        Raises:
            CallExit: no such scope runs.

        Mirrors pg:leave/3. Blocks.
        """
        return _native.pg_leave(self.name, group, _list_of(pids))

    def get_members(self, group: Any) -> list[Pid]:
        """The members of a group, in the order in which they have joined.

        Nobody, where no such scope runs. Mirrors pg:get_members/2. Any thread. Does not block.
        """
        return _native.pg_get_members(self.name, group)

    def get_local_members(self, group: Any) -> list[Pid]:
        """Those of them who are processes of this node.

        Mirrors pg:get_local_members/2. Any thread. Does not block.
        """
        return _native.pg_get_local_members(self.name, group)

    def which_groups(self) -> list[Any]:
        """The groups that have members. Mirrors pg:which_groups/1. Any thread. Does not block."""
        return _native.pg_which_groups(self.name)

    def monitor(self, group: Any) -> tuple[Ref, list[Pid]]:
        """Be told of each change of a group from here on: (ref, "join" or "leave", group, pids).

        Returns:
            ref, which is in all these messages, and the members now.

        Raises:
            CallExit: no such scope runs.

        Mirrors pg:monitor/2. Blocks.
        """
        return _native.pg_monitor(self.name, group)

    def monitor_scope(self) -> tuple[Ref, dict[Any, list[Pid]]]:
        """The same for all groups, those that are to come too. Mirrors pg:monitor_scope/1. Blocks."""
        return _native.pg_monitor_scope(self.name)

    def demonitor(self, ref: Ref) -> bool:
        """End that: nothing of it comes any more, and what waits in the mailbox is taken out.

        Returns:
            False: there is no such monitor.

        Mirrors pg:demonitor/2. Blocks.
        """
        return _native.pg_demonitor(self.name, ref)

    # -- the forms that return their failure --

    try_start = returning(start)
    try_start_link = returning(start_link)
    try_join = returning(join)
    try_leave = returning(leave)
    try_get_members = returning(get_members)
    try_get_local_members = returning(get_local_members)
    try_monitor = returning(monitor)
    try_monitor_scope = returning(monitor_scope)
    try_demonitor = returning(demonitor)


def _list_of(pids: Pid | Iterable[Pid] | None) -> list[Pid]:
    if pids is None:
        return [_native.self_pid()]
    if isinstance(pids, Pid):
        return [pids]
    several: object = pids
    if isinstance(several, str | bytes) or not isinstance(several, Iterable):
        raise BadArgument(f"pids: a Pid, several or None is needed, not {pids!r}")
    return list(several)


def scope_dict(scope: Scope) -> dict[str, Any]:
    """A scope's start as the extension takes it."""
    return {"kind": "scope", "name": scope.name, "via": None}
