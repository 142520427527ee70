"""Limits of mailboxes, and pressure."""

from __future__ import annotations

from typing import Any

import pytest

import resprout as rsp

from .support import in_process, receive


# S-MBOX-7
def test_a_full_mailbox_refuses(runtime: rsp.Runtime) -> None:
    def body() -> list[object]:
        me = rsp.self_pid()
        rsp.limit_mailbox(2)
        rsp.send(me, 1)
        rsp.send(me, 2)
        with pytest.raises(rsp.Overload, match="at its limit") as caught:
            rsp.send(me, 3)
        assert caught.value.code == "RSP_EOVERLOAD"
        assert not rsp.is_pressed(me)
        received = [rsp.receive(timeout=0), rsp.receive(timeout=0)]
        rsp.send(me, 4)
        return [*received, rsp.receive(timeout=0)]

    assert in_process(body) == [1, 2, 4]


# S-MBOX-8
def test_a_full_mailbox_drops_and_counts(runtime: rsp.Runtime) -> None:
    def body() -> object:
        me = rsp.self_pid()
        rsp.limit_mailbox(1, overflow="drop_newest")
        for number in range(10):
            rsp.send(me, number)
        return rsp.receive(timeout=0)

    before = runtime.stats()["dropped_messages"]
    assert in_process(body) == 0
    assert runtime.stats()["dropped_messages"] == before + 9


# S-MBOX-9
def test_a_full_mailbox_ends_its_process(runtime: rsp.Runtime) -> None:
    def flood_oneself() -> None:
        rsp.limit_mailbox(1, overflow="exit")
        rsp.trap_exit(True)
        while True:
            rsp.send(rsp.self_pid(), "more")

    def body() -> object:
        _, ref = rsp.spawn_monitor(flood_oneself)
        return rsp.receive(match=ref).reason

    assert in_process(body) == ("limit", "mailbox")


MANY = 10


def room(pid: rsp.Pid) -> int:
    """How many messages a mailbox takes before it refuses one."""
    for count in range(MANY):
        try:
            rsp.send(pid, count)
        except rsp.Overload:
            return count
    return MANY


class Deaf(rsp.GenServer):
    """Waits for ever in its first cast, and says so to who is named in it."""

    def handle_cast(self, request: Any) -> None:
        rsp.send(request, "busy")
        rsp.receive(match=rsp.make_ref())  # nothing has it


# S-MBOX-6
@pytest.mark.parametrize("way", ["spawn", "spawn_link", "spawn_monitor", "spawn_handler"])
def test_a_process_is_limited_from_its_start(runtime: rsp.Runtime, way: str) -> None:
    def wait(*_: object) -> None:
        rsp.receive(match=rsp.make_ref())  # nothing has it

    def body() -> None:
        limits: dict[str, Any] = {"max_messages": 2, "overflow": "refuse"}
        made = getattr(rsp, way)(wait, **limits)
        pid = made[0] if isinstance(made, tuple) else made
        assert room(pid) in (2, 3)  # a handler takes one
        rsp.trap_exit(True)
        rsp.kill(pid)

    in_process(body)


def test_bytes_count_from_the_start(runtime: rsp.Runtime) -> None:
    def body() -> None:
        pid = rsp.spawn(rsp.receive, None, rsp.make_ref(), max_message_bytes=300)
        assert room(pid) == 2  # each is 128 bytes, and nothing of it is copied

    in_process(body)


@pytest.mark.parametrize("child", [Deaf, rsp.receive], ids=["server", "function"])
def test_a_child_is_limited_by_its_specification_also_when_it_is_started_again(
    runtime: rsp.Runtime, child: Any
) -> None:
    def room_of_busy(pid: rsp.Pid) -> int:
        if child is Deaf:
            rsp.cast(pid, rsp.self_pid())
            assert receive() == "busy"
        return room(pid)

    def body() -> None:
        arguments: tuple[object, ...] = () if child is Deaf else (None, rsp.make_ref())
        spec = rsp.child(child, *arguments, max_messages=3, name="limited")
        runtime.supervise([spec])
        pid = rsp.wait_for_name("limited")
        assert room_of_busy(pid) == 3
        ref = rsp.monitor(pid)
        rsp.kill(pid)
        assert rsp.receive(match=ref).reason == "killed"
        assert room_of_busy(rsp.wait_for_name("limited")) == 3

    in_process(body)


def test_a_server_is_limited_by_the_options_of_its_start(runtime: rsp.Runtime) -> None:
    def body() -> None:
        pid = Deaf.start(max_messages=1, overflow="exit")
        ref = rsp.monitor(pid)
        for number in range(50):
            rsp.send(pid, number)
        assert rsp.receive(match=ref).reason == ("limit", "mailbox")

    in_process(body)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"max_messages": -1}, "max_messages: -1 is no int from 0"),
        ({"max_messages": 2**32}, "max_messages: 4294967296 is no int from 0 to 4294967295"),
        ({"max_message_bytes": 1.5}, "max_message_bytes: 1.5 is no int from 0"),
        ({"overflow": "burst"}, "overflow: 'burst' is none of refuse, drop_newest, drop_oldest, exit"),
    ],
)
def test_a_limit_that_is_none_is_refused(runtime: rsp.Runtime, options: dict[str, Any], text: str) -> None:
    for start in (rsp.spawn, rsp.spawn_link, rsp.spawn_monitor, rsp.spawn_handler):
        with pytest.raises(rsp.BadArgument, match=text):
            start(rsp.receive, **options)
    with pytest.raises(rsp.BadArgument, match=text):
        Deaf.start(**options)


def test_python_code_has_no_stall_limit(runtime: rsp.Runtime) -> None:
    with pytest.raises(TypeError, match="stall_limit"):
        rsp.spawn(rsp.receive, stall_limit=1)  # type: ignore[call-arg]
    with pytest.raises(rsp.BadArgument, match="stall_limit: Python code runs on a lane"):
        Deaf.start(stall_limit=1)
