"""Supervisors whose children come and go: simple_one_for_one and DynamicSupervisor."""

from __future__ import annotations

import logging
import threading

import pytest

import resprout as rsp

from .support import PATIENCE_S, await_down, eventually, successor

pytestmark = pytest.mark.usefixtures("runtime")


@pytest.fixture(autouse=True)
def no_reports(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, logger="resprout")


class Listing(rsp.GenServer):
    """Answers with the arguments of its init."""

    def init(self, *args: object, **kwargs: object) -> object:
        if args == ("ignore",):
            return rsp.Ignore()
        if args == ("fail",):
            raise ValueError("nope")
        self.given = (list(args), kwargs)
        return None

    def handle_call(self, request: object, sender: rsp.From) -> object:
        if request == "crash":
            raise ValueError("crash")
        if request == "end":
            return rsp.Stop("normal", reply="ended")
        return rsp.Reply(self.given)


class Pool(rsp.DynamicSupervisor):
    def init(self, most: int) -> rsp.SupervisorSpec:
        return rsp.SupervisorSpec(strategy="dynamic", max_children=most)


def pids(supervisor: rsp.Pid) -> list[object]:
    return [each.pid for each in rsp.Supervisor.which_children(supervisor)]


def end(server: rsp.Pid, how: str) -> None:
    watch = rsp.monitor(server)
    rsp.try_call(server, how)
    await_down(watch)


# case 243
def test_max_children_is_a_limit_that_an_end_makes_room_in() -> None:
    pool = rsp.DynamicSupervisor.start_link(max_children=1)
    first = rsp.DynamicSupervisor.start_child(pool, rsp.child(Listing))
    with pytest.raises(rsp.StartError, match="max_children"):
        rsp.DynamicSupervisor.start_child(pool, rsp.child(Listing))
    rsp.DynamicSupervisor.terminate_child(pool, first)
    second = rsp.DynamicSupervisor.start_child(pool, rsp.child(Listing))
    assert pids(pool) == [second]


# S-SUP-42
def test_extra_arguments_are_behind_the_childs_own_at_each_start() -> None:
    pool = rsp.DynamicSupervisor.start_link(extra_arguments=["shared", 7])
    first = rsp.DynamicSupervisor.start_child(pool, rsp.child(Listing, "own", key=1))
    assert rsp.call(first, "given") == (["own", "shared", 7], {"key": 1})
    end(first, "crash")
    assert rsp.call(successor(pool, first), "given") == (["own", "shared", 7], {"key": 1})


# case 245
def test_children_have_no_ids() -> None:
    pool = rsp.DynamicSupervisor.start_link()
    for _ in range(2):
        rsp.DynamicSupervisor.start_child(pool, rsp.child(Listing, id="same"))
    assert [each.id for each in rsp.Supervisor.which_children(pool)] == ["undefined", "undefined"]
    with pytest.raises(rsp.ChildError, match="not_found"):
        rsp.DynamicSupervisor.terminate_child(pool, "same")


# S-SUP-44
def test_nothing_is_kept_of_a_start_that_is_declined_or_fails() -> None:
    pool = rsp.DynamicSupervisor.start_link()
    assert rsp.DynamicSupervisor.start_child(pool, rsp.child(Listing, "ignore")) is None
    with pytest.raises(rsp.StartError, match="nope"):
        rsp.DynamicSupervisor.start_child(pool, rsp.child(Listing, "fail"))
    assert pids(pool) == []


# case 249
def test_a_permanent_child_is_restarted_with_its_arguments_and_a_temporary_one_forgotten() -> None:
    pool = rsp.DynamicSupervisor.start_link()
    former = rsp.DynamicSupervisor.start_child(pool, rsp.child(Listing, 1, two=2))
    assert former is not None
    end(former, "end")
    eventually(lambda: pids(pool) not in ([former], ["restarting"], []), "it runs again")
    (now,) = pids(pool)
    assert rsp.call(now, "given") == ([1], {"two": 2})
    passing = rsp.DynamicSupervisor.start_child(pool, rsp.child(Listing, restart="temporary"))
    assert passing is not None
    end(passing, "crash")
    eventually(lambda: pids(pool) == [now], "it is forgotten")


# case 250
def test_one_crash_too_many_ends_it_and_all_children() -> None:
    pool = rsp.DynamicSupervisor.start(max_restarts=0)
    watch = rsp.monitor(pool)
    children = [rsp.DynamicSupervisor.start_child(pool, rsp.child(Listing)) for _ in range(3)]
    assert children[0] is not None
    rsp.try_call(children[0], "crash")
    assert await_down(watch) == "shutdown"
    assert not any(rsp.is_alive(child) for child in children if child is not None)


# case 254
def test_simple_one_for_one_appends_arguments_and_a_restart_keeps_them() -> None:
    pattern = rsp.child(Listing, "one", id="it")
    supervisor = rsp.Supervisor.start_link([pattern], strategy="simple_one_for_one")
    former = rsp.Supervisor.start_child_args(supervisor, "two", 3)
    assert former is not None
    assert rsp.call(former, "given") == (["one", "two", 3], {})
    end(former, "crash")
    eventually(lambda: pids(supervisor) not in ([former], ["restarting"]), "it runs again")
    (now,) = pids(supervisor)
    assert rsp.call(now, "given") == (["one", "two", 3], {})
    assert rsp.Supervisor.start_child_args(supervisor, "x") is not None
    assert rsp.Supervisor.count_children(supervisor) == (1, 2, 0, 2)
    with pytest.raises(rsp.StartError, match="simple_one_for_one"):
        rsp.Supervisor.start_child(supervisor, rsp.child(Listing))


def test_what_takes_no_arguments_is_given_none() -> None:
    idle = threading.Event()
    supervisor = rsp.Supervisor.start_link(
        [rsp.child(idle.wait, PATIENCE_S, id="it", restart="temporary")], strategy="simple_one_for_one"
    )
    with pytest.raises(rsp.StartError, match="invalid_mfa"):
        rsp.Supervisor.start_child_args(supervisor, 1)
    assert rsp.Supervisor.start_child_args(supervisor) is not None
    idle.set()
    with pytest.raises(rsp.StartError, match="invalid_child_spec"):
        rsp.Supervisor.start_child_args(rsp.DynamicSupervisor.start_link(), 1)
    with pytest.raises(TypeError, match="args"):
        rsp.Supervisor.start_child_args(supervisor, object())


def test_one_as_a_child_and_one_whose_init_says_so() -> None:
    top = rsp.Supervisor.start_link(
        [
            rsp.child(rsp.DynamicSupervisor, name="pool", id="pool", max_children=1),
            rsp.child(Pool, 1, id="other"),
        ]
    )
    for each in rsp.Supervisor.which_children(top):
        assert each.type == "supervisor"
        assert isinstance(each.pid, rsp.Pid)
        rsp.DynamicSupervisor.start_child(each.pid, rsp.child(Listing))
        with pytest.raises(rsp.StartError, match="max_children"):
            rsp.DynamicSupervisor.start_child(each.pid, rsp.child(Listing))
    assert rsp.whereis("pool") is not None


@pytest.mark.parametrize(
    ("start", "error", "text"),
    [
        (lambda: rsp.DynamicSupervisor.start([]), TypeError, "start_child brings them"),
        (lambda: rsp.DynamicSupervisor.start(strategy="one_for_all"), TypeError, "has no option strategy"),
        (lambda: rsp.DynamicSupervisor.start(max_children=0), rsp.BadArgument, "max_children"),
        (lambda: rsp.Supervisor.start([], max_children=1), rsp.BadArgument, "invalid_max_children"),
        (lambda: rsp.DynamicSupervisor.start(extra_arguments="ab"), rsp.BadArgument, "a list is needed"),
        (lambda: rsp.Supervisor.start([], extra_arguments=[1]), rsp.BadArgument, "invalid_extra_arguments"),
        (lambda: rsp.TaskSupervisor.start(extra_arguments=[1]), TypeError, "no option extra_arguments"),
        (lambda: rsp.Supervisor.start([], strategy="simple_one_for_one"), rsp.BadArgument, "bad_start_spec"),
        (
            lambda: rsp.Supervisor.start([rsp.child(Listing)], strategy="dynamic"),
            rsp.BadArgument,
            "bad_start_spec",
        ),
    ],
)
def test_mistakes_are_told(start: object, error: type[Exception], text: str) -> None:
    assert callable(start)
    with pytest.raises(error, match=text):
        start()
