"""Process groups: processes under names that are any terms."""

from __future__ import annotations

from typing import Any

import pytest

import resprout as rsp

from .support import await_down, eventually, in_process, successor

pytestmark = pytest.mark.usefixtures("runtime")


def idle() -> rsp.Pid:
    return rsp.spawn_handler(lambda state, message: state)


@pytest.fixture
def rooms() -> rsp.Scope:
    scope = rsp.Scope("rooms")
    scope.start()
    return scope


def test_members_join_and_leave(rooms: rsp.Scope) -> None:  # S-PG-2, S-PG-3, S-PG-4
    a, b = idle(), idle()
    assert rooms.get_members("x") == []
    assert not rooms.leave("x", a)
    rooms.join("x", a)
    rooms.join("x", [b, a])
    rooms.join(("room", 7), iter([b]))
    assert rooms.get_members("x") == rooms.get_local_members("x") == [a, b, a]
    assert sorted(rooms.which_groups(), key=str) == [("room", 7), "x"]
    assert rooms.leave("x", a)
    assert rooms.leave("x", [a, b])
    assert rooms.get_members("x") == []
    assert rooms.which_groups() == [("room", 7)]


def test_a_process_joins_itself_in_its_init(rooms: rsp.Scope) -> None:  # S-PG-2
    class Member(rsp.GenServer[Any]):
        def init(self) -> Any:
            rooms.join("servers")

    pids = [Member.start() for _ in range(3)]
    assert rooms.get_members("servers") == pids
    rooms.join("threads")
    assert rooms.get_members("threads") == [rsp.self_pid()]


def test_a_member_that_ends_is_gone_when_its_end_is_heard_of(rooms: rsp.Scope) -> None:  # S-PG-5
    for _ in range(50):
        pid = idle()
        rooms.join("x", [pid, pid])
        ref = rsp.monitor(pid)
        rsp.kill(pid)
        await_down(ref)
        assert rooms.get_members("x") == []
    eventually(lambda: rooms.which_groups() == [], "the group to go")


def test_changes_are_told(rooms: rsp.Scope) -> None:  # S-PG-6
    a, b = idle(), idle()
    rooms.join("x", a)
    ref, now = rooms.monitor("x")
    assert now == [a]
    everything, groups = rooms.monitor_scope()
    assert groups == {"x": [a]}
    rooms.join("x", b)
    assert rsp.receive(timeout=5) == (ref, "join", "x", [b])
    assert rsp.receive(timeout=5) == (everything, "join", "x", [b])
    rooms.leave("x", a)
    assert rooms.demonitor(ref)
    assert not rooms.demonitor(ref)
    assert rsp.receive(timeout=5) == (everything, "leave", "x", [a])
    rsp.kill(b)
    assert rsp.receive(timeout=5) == (everything, "leave", "x", [b])
    assert rooms.demonitor(everything)
    rooms.join("x", a)
    with pytest.raises(TimeoutError):
        rsp.receive(timeout=0)


def test_a_scope_as_a_child_is_started_again_without_groups() -> None:  # S-PG-1
    scope = rsp.Scope()
    supervisor = rsp.Supervisor.start([scope])
    first = rsp.whereis("pg")
    assert first is not None
    with pytest.raises(rsp.AlreadyStarted):
        scope.start_link()
    pid = idle()
    scope.join("x", pid)
    ref = rsp.monitor(first)
    rsp.kill(first)
    await_down(ref)
    assert successor(supervisor, first) != first
    assert scope.get_members("x") == []
    assert rsp.is_alive(pid)


def test_without_a_scope_there_is_nobody() -> None:  # S-PG-4
    scope = rsp.Scope("no such scope")
    assert scope.get_members("x") == scope.which_groups() == []
    with pytest.raises(rsp.CallExit, match="noproc"):
        scope.join("x")
    with pytest.raises(rsp.CallExit, match="noproc"):
        in_process(lambda: scope.monitor("x"))


def test_what_cannot_be_a_group_or_a_member_is_refused(rooms: rsp.Scope) -> None:
    with pytest.raises(TypeError):
        rooms.join(object())
    with pytest.raises(TypeError):
        rooms.join("x", ["no pid"])  # type: ignore[list-item]
    with pytest.raises(rsp.BadArgument, match="pids"):
        rooms.join("x", 5)  # type: ignore[arg-type]
    with pytest.raises(rsp.BadArgument, match="name"):
        rsp.Scope(None)  # type: ignore[arg-type]
