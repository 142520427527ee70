"""Restarts that are delayed, and children without which a supervisor ends."""

from __future__ import annotations

import logging
from typing import Any

import pytest

import resprout as rsp

from .support import await_down, eventually, successor

pytestmark = pytest.mark.usefixtures("runtime")

FOR_EVER = rsp.Backoff(3600, 3600, factor=1, jitter=0)
SHORT = rsp.Backoff(0.001, 0.002, jitter=0.5)


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, logger="resprout")


class Worker(rsp.GenServer):
    def handle_call(self, request: object, sender: rsp.From) -> object:
        if request == "crash":
            raise ValueError("crash")
        return rsp.Reply(request)


def named(name: str, **options: Any) -> rsp.ChildSpec:
    return rsp.child(Worker, id=name, **options)


def pids(supervisor: rsp.Pid) -> dict[Any, Any]:
    return {child.id: child.pid for child in rsp.Supervisor.which_children(supervisor)}


def crash(pid: Any) -> None:
    with pytest.raises(rsp.CallExit):
        rsp.call(pid, "crash")


def test_a_supervisor_does_everything_else_while_a_restart_is_delayed() -> None:  # S-SUP-51: case 401
    supervisor = rsp.Supervisor.start([named("a", backoff=FOR_EVER), named("b")])
    crash(pids(supervisor)["a"])
    eventually(lambda: pids(supervisor)["a"] == "restarting", "the end of a")
    with pytest.raises(rsp.ChildError, match="restarting"):
        rsp.Supervisor.restart_child(supervisor, "a")
    b = pids(supervisor)["b"]
    crash(b)
    successor(supervisor, b, 1)
    rsp.Supervisor.terminate_child(supervisor, "a")
    assert pids(supervisor)["a"] == "undefined"
    assert rsp.Supervisor.restart_child(supervisor, "a") == pids(supervisor)["a"]
    crash(pids(supervisor)["a"])
    rsp.stop(supervisor)  # at once


def test_a_child_is_started_again_after_its_delay_and_each_attempt_counts() -> None:  # S-SUP-52: case 404
    supervisor = rsp.Supervisor.start([named("a", backoff=SHORT)], max_restarts=1, max_seconds=3600)
    monitor = rsp.monitor(supervisor)
    first = pids(supervisor)["a"]
    crash(first)
    second = successor(supervisor, first)
    crash(second)
    assert await_down(monitor) == "shutdown"


def test_a_fatal_child_that_crashes_ends_its_supervisor() -> None:  # S-SUP-55: case 407
    children = [named("a"), named("b", fatal=True)]
    supervisor = rsp.Supervisor.start(children, max_restarts=100)
    assert rsp.Supervisor.get_childspec(supervisor, "b").fatal
    assert not rsp.Supervisor.get_childspec(supervisor, "a").fatal
    monitor = rsp.monitor(supervisor)
    other = rsp.monitor(pids(supervisor)["a"])
    crash(pids(supervisor)["b"])
    assert await_down(other) == "shutdown"
    assert await_down(monitor) == "shutdown"


def test_a_supervisor_tells_what_it_was_told() -> None:  # S-SUP-56: case 408
    backoff = rsp.Backoff(0.25, 4, factor=1.5, jitter=0.25)
    supervisor = rsp.Supervisor.start([named("a", backoff=backoff), named("b")])
    told = rsp.Supervisor.get_childspec(supervisor, "a").backoff
    assert told == rsp.Backoff(0.25, 4, factor=1.5, jitter=0.25, reset_after=4)
    assert rsp.Supervisor.get_childspec(supervisor, "b").backoff is None


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"backoff": 1}, "backoff: a Backoff or None is needed"),
        ({"backoff": rsp.Backoff(0, 1)}, r"backoff\.min: 0 is no time in seconds above 0"),
        ({"backoff": rsp.Backoff(2, 1)}, r"backoff\.max: 1 is less than min"),
        ({"backoff": rsp.Backoff(1, 2, factor=0.9)}, r"backoff\.factor: 0\.9 is no number from 1 on"),
        ({"backoff": rsp.Backoff(1, 2, factor=float("nan"))}, r"backoff\.factor: nan"),
        ({"backoff": rsp.Backoff(1, 2, factor=float("inf"))}, r"backoff\.factor: inf"),
        ({"backoff": rsp.Backoff(1, 2, jitter=1.1)}, r"backoff\.jitter: 1\.1 is no number from 0 to 1"),
        ({"backoff": rsp.Backoff(1, 2, reset_after=-1)}, r"backoff\.reset_after: -1 is no time"),
        ({"fatal": 1}, "fatal: True or False is needed, not 1"),
        ({"fatal": True, "restart": "temporary"}, "a child is temporary.*fatal is in vain"),
        ({"backoff": SHORT, "restart": "temporary"}, "a child is temporary.*backoff is in vain"),
        ({"backoff": SHORT, "fatal": True}, "a child is fatal.*backoff is in vain"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(options: dict[str, Any], what: str) -> None:  # S-SUP-56
    with pytest.raises(rsp.BadArgument, match=what):
        rsp.Supervisor.check_childspecs([named("a", **options)])
    with pytest.raises(rsp.BadArgument, match=what):
        rsp.Supervisor.start([named("a", **options)])
