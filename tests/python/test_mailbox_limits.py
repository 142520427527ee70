"""Limits of mailboxes, and pressure."""

from __future__ import annotations

import pytest

import resprout as rsp

from .support import in_process


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
