"""Supervisors over Python children: order, restarts, giving up, stopping, callback supervisors."""

from __future__ import annotations

import queue
from typing import Any

import pytest

import resprout as rsp

from .support import PATIENCE_S, await_down, in_process, successor

pytestmark = pytest.mark.usefixtures("runtime")

events: queue.SimpleQueue[object] = queue.SimpleQueue()


@pytest.fixture(autouse=True)
def no_events() -> None:
    while not events.empty():
        events.get()


def all_events() -> list[Any]:
    found = []
    while not events.empty():
        found.append(events.get())
    return found


class Worker(rsp.GenServer):
    def init(self, name: str, trap: bool = True) -> None:
        self.name = name
        rsp.trap_exit(trap)
        events.put(("init", name))

    def handle_call(self, request: object, sender: rsp.From) -> object:
        if isinstance(request, BaseException):
            raise request
        return rsp.Reply(request)

    def terminate(self, reason: object) -> None:
        events.put(("terminate", self.name, reason))


class Broken(rsp.GenServer):
    def init(self) -> object:
        return rsp.Stop("broken")


def children_of(supervisor: rsp.Pid) -> list[Any]:
    return [child.pid for child in rsp.Supervisor.which_children(supervisor)]


def crash(pid: object, error: BaseException | None = None) -> None:
    with pytest.raises(rsp.CallExit):
        rsp.call(pid, error or ValueError("crash"))


def test_children_start_in_order_and_stop_in_reverse() -> None:  # S-SUP-10, S-SUP-29
    supervisor = rsp.Supervisor.start([rsp.child(Worker, name, id=name) for name in "abc"])
    assert all_events() == [("init", name) for name in "abc"]
    assert [child.id for child in rsp.Supervisor.which_children(supervisor)] == ["a", "b", "c"]
    rsp.stop(supervisor, "shutdown")
    assert all_events() == [("terminate", name, "shutdown") for name in "cba"]


def test_a_child_that_fails_is_restarted_alone_with_its_first_arguments() -> None:  # S-SUP-14, S-SUP-22
    supervisor = rsp.Supervisor.start([rsp.child(Worker, "a", name="a"), rsp.child(Worker, "b", name="b")])
    first, other = children_of(supervisor)
    assert isinstance(first, rsp.Pid)
    crash(first)
    assert successor(supervisor, first) == rsp.whereis("a")
    assert children_of(supervisor)[1] == other
    assert all_events()[3:] == [("init", "a")]


def test_a_reference_by_name_follows_the_restart() -> None:
    class Named(rsp.GenServer):
        @rsp.call
        def fail(self) -> None:
            raise ValueError("on demand")

        @rsp.call
        def where(self) -> rsp.Pid:
            return rsp.self_pid()

    supervisor = rsp.Supervisor.start([rsp.child(Named, name="named")])
    ref = Named.at("named")
    before = ref.where()
    with pytest.raises(rsp.CallExit):
        ref.fail()
    again = successor(supervisor, before)
    assert ref.where() == again


@pytest.mark.parametrize(
    ("restart", "error", "left"),
    [
        ("permanent", rsp.Exit("normal"), "pid"),  # S-SUP-16
        ("transient", rsp.Exit("normal"), "undefined"),  # S-SUP-17
        ("transient", rsp.Exit(("shutdown", 1)), "undefined"),
        ("transient", rsp.Exit("other"), "pid"),
        ("temporary", rsp.Exit("other"), "gone"),  # S-SUP-18
    ],
)
def test_which_ends_are_restarted(restart: str, error: BaseException, left: str) -> None:
    supervisor = rsp.Supervisor.start([rsp.child(Worker, "w", restart=restart)])
    (former,) = children_of(supervisor)
    assert isinstance(former, rsp.Pid)
    ref = rsp.monitor(former)
    crash(former, error)
    await_down(ref)
    if left == "pid":
        assert successor(supervisor, former) != former
    else:
        # The supervisor takes the end in before the question, which is sent after it.
        assert children_of(supervisor) == ([] if left == "gone" else ["undefined"])


def test_too_many_restarts_end_the_supervisor() -> None:  # S-SUP-20
    def body() -> object:
        rsp.trap_exit(True)
        supervisor = rsp.Supervisor.start_link([rsp.child(Worker, "w")], max_restarts=2, max_seconds=60)
        ref = rsp.monitor(supervisor)
        (pid,) = children_of(supervisor)
        for _ in range(2):
            assert isinstance(pid, rsp.Pid)
            crash(pid)
            pid = successor(supervisor, pid)
        crash(pid)
        return await_down(ref)

    assert in_process(body) == "shutdown"


def test_a_child_that_fails_at_the_start_stops_those_before_it() -> None:  # S-SUP-11
    with pytest.raises(rsp.StartError) as caught:
        rsp.Supervisor.start([rsp.child(Worker, "first"), rsp.child(Broken, id=7)], name="tree")
    assert caught.value.reason == ("shutdown", ("failed_to_start_child", 7, "broken"))
    assert all_events() == [("init", "first"), ("terminate", "first", "shutdown")]
    assert rsp.whereis("tree") is None


def test_supervisors_nest_and_inner_ones_stop_theirs_first() -> None:  # S-SUP-29
    inner = rsp.SupervisorSpec([rsp.child(Worker, "inner")], name="inner")
    supervisor = rsp.Supervisor.start(
        [rsp.child(Worker, "before", id=1), inner, rsp.child(Worker, "after", id=2)]
    )
    assert [child.type for child in rsp.Supervisor.which_children(supervisor)] == [
        "worker",
        "supervisor",
        "worker",
    ]
    assert [child.id for child in rsp.Supervisor.which_children("inner")] == ["Worker"]
    all_events()
    rsp.stop(supervisor, "shutdown")
    assert [event[1] for event in all_events()] == ["after", "inner", "before"]


def test_a_callback_supervisor_runs_init_again_at_its_own_restart() -> None:  # S-SUP-15
    class Tree(rsp.Supervisor):
        def init(self, name: str) -> rsp.SupervisorSpec:
            events.put(("tree", name))
            return rsp.SupervisorSpec([rsp.child(Worker, name)], max_restarts=0)

    outer = rsp.Supervisor.start([rsp.child(Tree, "leaf")])
    (tree,) = children_of(outer)
    assert isinstance(tree, rsp.Pid)
    (leaf,) = children_of(tree)
    crash(leaf)  # one too many for the inner one
    again = successor(outer, tree)
    assert isinstance(children_of(again)[0], rsp.Pid)
    assert [event[0] for event in all_events()] == ["tree", "init", "terminate", "tree", "init"]


def test_a_callback_supervisor_may_decline_and_may_fail() -> None:
    class Declining(rsp.Supervisor):
        def init(self) -> rsp.Ignore:
            return rsp.Ignore()

    class Failing(rsp.Supervisor):
        def init(self) -> list[rsp.Child]:
            raise ValueError("no children")

    class Silly(rsp.Supervisor):
        def init(self) -> Any:
            return 42

    with pytest.raises(rsp.StartIgnored):
        Declining.start()
    with pytest.raises(rsp.StartError) as caught:
        Failing.start()
    assert caught.value.reason[0] == ("exception", "python", "ValueError", "no children")
    with pytest.raises(rsp.StartError) as caught:
        Silly.start()
    assert caught.value.reason[0] == "bad_return"
    assert caught.value.reason[1][2] == 42


def test_start_child_adds_at_the_end_and_refuses_a_known_id() -> None:  # S-SUP-34
    supervisor = rsp.Supervisor.start([rsp.child(Worker, "a", id="a")], name="growing")
    pid = rsp.Supervisor.start_child("growing", rsp.child(Worker, "b", id="b"))
    assert children_of(supervisor)[1] == pid
    with pytest.raises(rsp.StartError) as caught:
        rsp.Supervisor.start_child(supervisor, rsp.child(Worker, "b", id="b"))
    assert caught.value.reason == ("already_started", pid)
    with pytest.raises(rsp.StartError) as caught:
        rsp.Supervisor.start_child(supervisor, Broken)
    assert caught.value.reason == "broken"
    assert len(children_of(supervisor)) == 2


def test_a_function_is_a_child_too() -> None:
    def ticker(name: str, *, count: int) -> None:
        events.put((name, count))
        rsp.receive()

    supervisor = rsp.Supervisor.start([rsp.child(ticker, "tick", count=3, name="ticker")])
    assert events.get(timeout=PATIENCE_S) == ("tick", 3)
    (pid,) = children_of(supervisor)
    assert rsp.whereis("ticker") == pid
    rsp.send("ticker", "return")
    assert events.get(timeout=PATIENCE_S) == ("tick", 3)


def test_a_child_that_will_not_stop_is_killed_after_its_time() -> None:  # S-SUP-28
    class Stubborn(Worker):
        def terminate(self, reason: object) -> None:
            rsp.receive()

    supervisor = rsp.Supervisor.start([rsp.child(Stubborn, "s", shutdown=0.05), rsp.child(Worker, "w", id=2)])
    ref = rsp.monitor(children_of(supervisor)[0])
    rsp.stop(supervisor, "shutdown")
    assert await_down(ref) == "killed"


def test_brutal_kill_asks_nobody() -> None:
    supervisor = rsp.Supervisor.start([rsp.child(Worker, "w", shutdown="brutal_kill")])
    ref = rsp.monitor(children_of(supervisor)[0])
    rsp.stop(supervisor, "shutdown")
    assert await_down(ref) == "killed"
    assert all_events() == [("init", "w")]


def test_a_killed_supervisor_takes_its_children_along() -> None:  # S-SUP-32
    supervisor = rsp.Supervisor.start([rsp.child(Worker, "w", False)])
    ref = rsp.monitor(children_of(supervisor)[0])
    rsp.kill(supervisor)
    assert await_down(ref) == "killed"
