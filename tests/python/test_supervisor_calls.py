"""The strategies of supervisors over Python children, and the calls about children."""

from __future__ import annotations

import logging
import queue
from collections.abc import Callable
from typing import Any

import pytest

import resprout as rsp

from .support import PATIENCE_S, await_down, eventually, successor

pytestmark = pytest.mark.usefixtures("runtime")

events: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()


@pytest.fixture(autouse=True)
def no_events(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, logger="resprout")  # the reports of all that fails here
    all_events()


def all_events() -> list[tuple[str, str]]:
    found = []
    while not events.empty():
        found.append(events.get())
    return found


class Worker(rsp.GenServer):
    def init(self, name: str) -> None:
        rsp.trap_exit(True)
        self.name = name
        events.put(("up", name))

    def handle_call(self, request: object, sender: rsp.From) -> object:
        if request == "crash":
            raise ValueError("crash")
        if request == "end":
            return rsp.Stop("normal", reply="ended")
        return rsp.Reply(request)

    def terminate(self, reason: object) -> None:
        events.put(("down", self.name))


class Changing(Worker):
    """What its init does is in `now`."""

    now: Callable[[], object] = staticmethod(lambda: None)

    def init(self, name: str) -> object:  # type: ignore[override]
        super().init(name)
        return Changing.now()


@pytest.fixture(autouse=True)
def init_does(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Sets what the init of Changing does from now on."""

    def set_it(now: Callable[[], object]) -> None:
        monkeypatch.setattr(Changing, "now", staticmethod(now))

    set_it(lambda: None)
    return set_it


def named(name: str, **options: Any) -> rsp.ChildSpec:
    return rsp.child(Worker, name, id=name, **options)


def pids(supervisor: rsp.Pid) -> dict[Any, Any]:
    return {child.id: child.pid for child in rsp.Supervisor.which_children(supervisor)}


def crash(pid: object) -> None:
    with pytest.raises(rsp.CallExit):
        rsp.call(pid, "crash")


def refusal(call: Callable[[], object]) -> rsp.ChildError:
    with pytest.raises(rsp.ChildError) as caught:
        call()
    return caught.value


# ---- Strategies ----


@pytest.mark.parametrize(
    ("strategy", "group"),
    [
        ("one_for_one", "b"),
        ("one_for_all", "abcd"),  # case 187
        ("rest_for_one", "bcd"),  # case 188
    ],
)
def test_a_strategy_restarts_its_group_and_nobody_else(strategy: str, group: str) -> None:
    supervisor = rsp.Supervisor.start([named(name) for name in "abcd"], strategy=strategy)
    before = pids(supervisor)
    all_events()
    crash(before["b"])
    last = group[-1]
    successor(supervisor, before[last], "abcd".index(last))
    stopped = [("down", name) for name in reversed(group) if name != "b"]
    assert all_events() == [("down", "b"), *stopped, *(("up", name) for name in group)]
    now = pids(supervisor)
    assert [name for name in now if now[name] != before[name]] == list(group)
    assert [rsp.call(now[name], name) for name in "abcd"] == list("abcd")


@pytest.mark.parametrize("strategy", ["one_for_all", "rest_for_one"])
def test_a_group_starts_what_had_been_stopped_and_drops_temporary_ones(strategy: str) -> None:  # case 187
    children = [named("a"), named("b", restart="transient"), named("c"), named("d", restart="temporary")]
    supervisor = rsp.Supervisor.start(children, strategy=strategy)
    first = pids(supervisor)
    ref = rsp.monitor(first["b"])
    rsp.call(first["b"], "end")
    await_down(ref)
    rsp.Supervisor.terminate_child(supervisor, "c")
    assert (pids(supervisor)["b"], pids(supervisor)["c"]) == ("undefined", "undefined")
    crash(first["a"])
    successor(supervisor, first["a"])
    now = pids(supervisor)
    assert list(now) == ["a", "b", "c"]
    assert all(isinstance(pid, rsp.Pid) for pid in now.values())


def test_a_group_restart_counts_once() -> None:  # S-SUP-21
    supervisor = rsp.Supervisor.start(
        [named(name) for name in "abcd"], strategy="one_for_all", max_restarts=1, max_seconds=60
    )
    ref = rsp.monitor(supervisor)
    first = pids(supervisor)
    crash(first["d"])
    successor(supervisor, first["d"], 3)
    crash(pids(supervisor)["a"])
    assert await_down(ref) == "shutdown"


def test_a_callback_supervisor_and_an_inner_one_have_strategies_too() -> None:
    class Tree(rsp.Supervisor):
        def init(self) -> rsp.SupervisorSpec:
            return rsp.SupervisorSpec([named("a"), named("b")], strategy="one_for_all")

    inner = rsp.SupervisorSpec([named("a"), named("b")], strategy="one_for_all", name="inner")
    rsp.Supervisor.start([inner, rsp.child(Tree, name="tree")])
    for name in ("inner", "tree"):
        supervisor = rsp.whereis(name)
        assert supervisor is not None
        first = pids(supervisor)
        crash(first["b"])
        assert successor(supervisor, first["a"]) != first["a"]


# ---- Stopping one, starting it again, forgetting it ----


def test_a_child_that_was_terminated_stays_listed_and_can_be_started_again() -> None:  # case 229
    rsp.Supervisor.start([named("a"), named("b"), named("c")], name="tree", max_restarts=0)
    tree = rsp.whereis("tree")
    assert tree is not None
    first = pids(tree)
    rsp.Supervisor.terminate_child("tree", "b")
    assert not rsp.is_alive(first["b"])
    assert pids(tree) == {**first, "b": "undefined"}
    again = rsp.Supervisor.restart_child("tree", "b")
    assert again not in (None, first["b"])
    assert pids(tree) == {**first, "b": again}  # case 233: in its place
    assert all_events()[3:] == [("down", "b"), ("up", "b")]


def test_to_terminate_one_that_is_stopped_is_fine() -> None:  # case 228
    supervisor = rsp.Supervisor.start([named("a")])
    for _ in range(3):
        rsp.Supervisor.terminate_child(supervisor, "a")
    assert all_events() == [("up", "a"), ("down", "a")]


def test_a_temporary_one_goes_with_its_process() -> None:  # case 229
    supervisor = rsp.Supervisor.start([named("a", restart="temporary"), named("b")])
    rsp.Supervisor.terminate_child(supervisor, "a")
    assert list(pids(supervisor)) == ["b"]
    assert refusal(lambda: rsp.Supervisor.terminate_child(supervisor, "a")).reason == "not_found"


def test_one_that_is_deleted_is_forgotten_and_its_id_is_free() -> None:  # case 229
    supervisor = rsp.Supervisor.start([named("a"), named("b")])
    rsp.Supervisor.terminate_child(supervisor, "a")
    with pytest.raises(rsp.StartError, match="already_present"):  # case 225
        rsp.Supervisor.start_child(supervisor, named("a"))
    rsp.Supervisor.delete_child(supervisor, "a")
    assert list(pids(supervisor)) == ["b"]
    assert isinstance(rsp.Supervisor.start_child(supervisor, named("a")), rsp.Pid)
    assert list(pids(supervisor)) == ["b", "a"]


@pytest.mark.parametrize("value", [None, 7, 1.5, b"bytes", ("pool", 3), ["list"], {"a": 1}, rsp.Atom("atom")])
def test_an_id_is_any_value_that_has_a_term(value: Any) -> None:
    child_id = ("an id with", value)
    supervisor = rsp.Supervisor.start([rsp.ChildSpec(named("a").start, id=child_id), named("b")])
    rsp.Supervisor.terminate_child(supervisor, child_id)
    assert rsp.Supervisor.which_children(supervisor)[0].pid == "undefined"
    assert rsp.Supervisor.restart_child(supervisor, child_id) is not None
    assert rsp.Supervisor.get_childspec(supervisor, child_id).id == child_id


def test_a_start_that_fails_or_is_declined_leaves_it_stopped(
    init_does: Callable[[Callable[[], object]], None],
) -> None:  # case 229
    supervisor = rsp.Supervisor.start([rsp.child(Changing, "a")], max_restarts=0)
    rsp.Supervisor.terminate_child(supervisor, "Changing")
    init_does(lambda: rsp.Stop("nope"))
    with pytest.raises(rsp.StartError, match="not started: 'nope'") as caught:
        rsp.Supervisor.restart_child(supervisor, "Changing")
    assert caught.value.reason == "nope"
    init_does(rsp.Ignore)
    assert rsp.Supervisor.restart_child(supervisor, "Changing") is None
    assert pids(supervisor) == {"Changing": "undefined"}
    init_does(lambda: None)
    assert isinstance(rsp.Supervisor.restart_child(supervisor, "Changing"), rsp.Pid)


# ---- Refusals ----


def test_one_that_runs_can_neither_be_started_again_nor_deleted() -> None:  # case 226
    supervisor = rsp.Supervisor.start([named("a")])
    first = pids(supervisor)
    for call in (rsp.Supervisor.restart_child, rsp.Supervisor.delete_child):
        refused = refusal(lambda call=call: call(supervisor, "a"))  # type: ignore[misc]
        assert (refused.reason, refused.supervisor, refused.id) == ("running", supervisor, "a")
        assert str(refused) == (
            f"child 'a' of {supervisor}: running: it has a process; terminate_child stops it"
        )
    assert pids(supervisor) == first


@pytest.mark.parametrize("name", ["terminate_child", "restart_child", "delete_child", "get_childspec"])
def test_of_a_child_that_there_is_not_each_says_not_found(name: str) -> None:  # case 227
    supervisor = rsp.Supervisor.start([named("a")])
    refused = refusal(lambda: getattr(rsp.Supervisor, name)(supervisor, "x"))
    assert (refused.reason, refused.id) == ("not_found", "x")
    assert str(refused) == (
        f"child 'x' of {supervisor}: not_found: there is no such child;"
        " which_children lists those that there are"
    )
    with pytest.raises(rsp.BadArgument, match="id: it is a object"):
        getattr(rsp.Supervisor, name)(supervisor, object())
    with pytest.raises(rsp.BadArgument, match="no live process has the name 'nobody'"):
        getattr(rsp.Supervisor, name)("nobody", "a")


def test_one_whose_restart_fails_is_restarting_until_it_is_terminated(
    init_does: Callable[[Callable[[], object]], None],
) -> None:  # case 187, case 229
    supervisor = rsp.Supervisor.start([rsp.child(Changing, "a", id="a"), named("b")], max_restarts=10**9)
    first = pids(supervisor)
    init_does(lambda: rsp.Stop("nope"))
    all_events()
    crash(first["a"])
    assert events.get(timeout=PATIENCE_S) == ("down", "a")
    for _ in range(2):  # attempts: the second is made when the first has failed
        assert events.get(timeout=PATIENCE_S) == ("up", "a")
    assert pids(supervisor) == {"a": "restarting", "b": first["b"]}
    for call in (rsp.Supervisor.restart_child, rsp.Supervisor.delete_child):
        refused = refusal(lambda call=call: call(supervisor, "a"))  # type: ignore[misc]
        assert refused.reason == "restarting"
        assert str(refused) == (
            f"child 'a' of {supervisor}: restarting: its start has failed and is tried again;"
            " terminate_child gives that up"
        )
    rsp.Supervisor.terminate_child(supervisor, "a")
    all_events()
    assert pids(supervisor) == {"a": "undefined", "b": first["b"]}
    init_does(lambda: None)
    assert isinstance(rsp.Supervisor.restart_child(supervisor, "a"), rsp.Pid)
    assert all_events() == [("up", "a")]


# ---- A supervisor that does not answer ----

CALLS: dict[str, Callable[[Any], object]] = {
    "which_children": rsp.Supervisor.which_children,
    "count_children": rsp.Supervisor.count_children,
    "terminate_child": lambda supervisor: rsp.Supervisor.terminate_child(supervisor, "a"),
    "restart_child": lambda supervisor: rsp.Supervisor.restart_child(supervisor, "a"),
    "delete_child": lambda supervisor: rsp.Supervisor.delete_child(supervisor, "a"),
    "get_childspec": lambda supervisor: rsp.Supervisor.get_childspec(supervisor, "a"),
}


@pytest.mark.parametrize("name", CALLS)
def test_one_that_is_gone_is_a_failed_call(name: str) -> None:
    supervisor = rsp.Supervisor.start([named("a")])
    rsp.stop(supervisor, "shutdown")
    with pytest.raises(rsp.CallExit, match=f"call of {supervisor} failed: noproc") as caught:
        CALLS[name](supervisor)
    asked = name if name in ("which_children", "count_children") else (name, "a")
    assert (caught.value.reason, caught.value.server, caught.value.request) == ("noproc", supervisor, asked)


def test_one_that_ends_meanwhile_is_a_failed_call_with_its_reason() -> None:
    class Deadly(Worker):
        def terminate(self, reason: object) -> None:
            tree = rsp.whereis("tree")
            assert tree is not None
            rsp.kill(tree)

    rsp.Supervisor.start([rsp.child(Deadly, "a", id="a")], name="tree")
    with pytest.raises(rsp.CallExit) as caught:
        rsp.Supervisor.terminate_child("tree", "a")
    assert caught.value.reason == "killed"


def test_one_that_is_busy_is_a_timeout_and_does_it_all_the_same() -> None:
    waits = ["the first time"]

    class Slow(Worker):
        def terminate(self, reason: object) -> None:
            if waits:
                waits.pop()
                rsp.receive()

    supervisor = rsp.Supervisor.start([rsp.child(Slow, "a", id="a", shutdown="infinity"), named("b")])
    slow = pids(supervisor)["a"]
    for call in (
        lambda: rsp.Supervisor.terminate_child(supervisor, "a", timeout=0.01),
        lambda: rsp.Supervisor.restart_child(supervisor, "a", 0.01),
        lambda: rsp.Supervisor.delete_child(supervisor, "b", 0.01),
        lambda: rsp.Supervisor.get_childspec(supervisor, "b", 0.01),
        lambda: rsp.Supervisor.count_children(supervisor, 0.01),
    ):
        with pytest.raises(rsp.CallTimeout, match=r"no answer within 0\.01 s"):
            call()
    with pytest.raises(rsp.StartError, match="timeout"):
        rsp.Supervisor.start_child(supervisor, named("c"), timeout=0.01)
    rsp.send(slow, "go on")
    # What was asked meanwhile is done now, one after another.
    eventually(lambda: pids(supervisor).get("c"), "the child that was added")
    now = pids(supervisor)
    assert isinstance(now["a"], rsp.Pid)
    assert now["a"] != slow
    assert list(now) == ["a", "b", "c"]


def test_the_call_that_failed_in_init_is_no_failed_call_of_the_supervisor(
    init_does: Callable[[Callable[[], object]], None],
) -> None:
    supervisor = rsp.Supervisor.start([rsp.child(Changing, "a", id="a")])
    rsp.Supervisor.terminate_child(supervisor, "a")
    init_does(lambda: rsp.call("nobody", "?", timeout=1.0))
    with pytest.raises(rsp.StartError, match="its call of 'nobody' failed: noproc"):
        rsp.Supervisor.restart_child(supervisor, "a")
    # Nor is one of the same supervisor, which waits for this very start.
    init_does(lambda: rsp.Supervisor.count_children(supervisor, timeout=0.01))
    with pytest.raises(rsp.StartError, match=r"its call of .* failed: timeout"):
        rsp.Supervisor.restart_child(supervisor, "a")
    assert pids(supervisor) == {"a": "undefined"}


def test_a_process_may_ask_its_own_supervisor() -> None:
    class Manager(rsp.GenServer):
        @rsp.call
        def replace(self, name: str) -> rsp.Pid | None:
            rsp.Supervisor.terminate_child("tree", name)
            return rsp.Supervisor.restart_child("tree", name)

    tree = rsp.Supervisor.start([named("a"), rsp.child(Manager, name="manager")], name="tree")
    former = pids(tree)["a"]
    again = Manager.at("manager").replace("a")
    assert again == pids(tree)["a"] != former


# ---- Questions ----


def test_children_are_counted() -> None:  # case 231
    inner = rsp.SupervisorSpec([named("x")], name="inner")
    supervisor = rsp.Supervisor.start([named("a"), named("b"), inner])
    rsp.Supervisor.terminate_child(supervisor, "a")
    assert rsp.Supervisor.count_children(supervisor) == rsp.ChildCounts(
        specs=3, active=2, supervisors=1, workers=2
    )
    rsp.Supervisor.terminate_child(supervisor, "inner")
    rsp.Supervisor.delete_child(supervisor, "inner")
    assert rsp.Supervisor.count_children(supervisor) == (2, 1, 0, 2)
    assert rsp.Supervisor.count_children(rsp.Supervisor.start([])) == (0, 0, 0, 0)


def test_a_specification_has_its_defaults() -> None:  # case 234
    class Fast(rsp.GenServer, restart="transient", shutdown=0.25):
        pass

    def task() -> None:
        rsp.receive()

    supervisor = rsp.Supervisor.start(
        [
            named("a"),
            rsp.child(Fast, id=("fast", 1)),
            rsp.child(task, id="task", restart="temporary", shutdown="brutal_kill"),
            rsp.child(Worker, "w", id="patient", shutdown=float("inf")),
            rsp.SupervisorSpec([], name="inner"),
            rsp.ChildSpec(named("m").start, id="typed", type="supervisor"),
        ]
    )
    fast = f"{test_a_specification_has_its_defaults.__name__}.<locals>.Fast"
    expected: list[tuple[Any, ...]] = [
        ("a", "permanent", 5.0, "worker", "Worker", False),
        (("fast", 1), "transient", 0.25, "worker", fast, False),
        ("task", "temporary", "brutal_kill", "worker", "handler", False),
        ("patient", "permanent", "infinity", "worker", "Worker", False),
        ("inner", "permanent", "infinity", "supervisor", "supervisor", False),
        ("typed", "permanent", "infinity", "supervisor", "Worker", False),
    ]
    for each in expected:
        assert rsp.Supervisor.get_childspec(supervisor, each[0]) == (*each, False, None)  # fatal, backoff
    (a, *_) = rsp.Supervisor.which_children(supervisor)
    assert isinstance(a.pid, rsp.Pid)
    assert rsp.Supervisor.get_childspec(supervisor, a.pid) == (*expected[0], False, None)
    rsp.Supervisor.terminate_child(supervisor, "a")
    assert rsp.Supervisor.get_childspec(supervisor, "a").shutdown == 5.0
    assert refusal(lambda: rsp.Supervisor.get_childspec(supervisor, a.pid)).reason == "not_found"


def significant(name: str, restart: str = "temporary") -> rsp.ChildSpec:
    return rsp.child(Worker, name, id=name, restart=restart, significant=True)


# cases 236, 237
@pytest.mark.parametrize("restart", ["transient", "temporary"])
def test_a_supervisor_ends_with_a_significant_child(restart: str) -> None:
    children = [rsp.child(Worker, "a", id="a"), significant("b", restart)]
    supervisor = rsp.Supervisor.start(children, auto_shutdown="any_significant")
    assert rsp.Supervisor.get_childspec(supervisor, "b").significant
    pids = {each.id: each.pid for each in rsp.Supervisor.which_children(supervisor)}
    monitor = rsp.monitor(supervisor)
    assert rsp.call(pids["b"], "end") == "ended"
    assert await_down(monitor) == "shutdown"
    assert all_events() == [("up", "a"), ("up", "b"), ("down", "b"), ("down", "a")]


# case 242
def test_a_significant_child_that_would_be_in_vain_is_refused() -> None:
    with pytest.raises(rsp.BadArgument, match=r"significant.*auto_shutdown"):
        rsp.Supervisor.start([significant("a")])
    with pytest.raises(rsp.BadArgument, match="permanent"):
        rsp.Supervisor.check_childspecs([significant("a", "permanent")], auto_shutdown="any_significant")
    rsp.Supervisor.check_childspecs([significant("a")], auto_shutdown="all_significant")
    with pytest.raises(rsp.BadArgument, match="significant: True or False is needed, not 1"):
        rsp.Supervisor.check_childspecs([rsp.child(Worker, "a", significant=1)])  # type: ignore[arg-type]
    with pytest.raises(rsp.BadArgument, match="auto_shutdown: 'always' is none of never"):
        rsp.Supervisor.start([], auto_shutdown="always")
