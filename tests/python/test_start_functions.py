"""Children that a function starts."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

import resprout as rsp

from .support import PATIENCE_S, await_down, eventually, in_process, successor

pytestmark = pytest.mark.usefixtures("runtime")


class Echo(rsp.GenServer):
    """Answers a call with what it is asked."""

    def init(self, *args: Any) -> Any:
        if args:
            return args[0]
        rsp.trap_exit(True)
        return None

    def handle_call(self, request: Any, caller: rsp.From) -> Any:
        return rsp.Reply(request)


def supervise(*children: rsp.Child, **options: Any) -> rsp.Pid:
    return rsp.Supervisor.start(list(children), **options)


def failure(function: Callable[..., Any], *args: Any) -> Any:
    """Why a dynamic supervisor could not start such a child, of which it has kept nothing."""
    supervisor = rsp.DynamicSupervisor.start()
    with pytest.raises(rsp.StartError) as caught:
        rsp.DynamicSupervisor.start_child(supervisor, rsp.started_by(function, *args))
    assert rsp.Supervisor.count_children(supervisor) == (0, 0, 0, 0)
    return caught.value.reason


# S-SUP-46, S-SUP-47
def test_a_function_starts_a_child_which_is_the_supervisors() -> None:
    def open_echo(name: str, *, loud: bool) -> rsp.Pid:
        assert loud
        return Echo.start_link(name=name)

    supervisor = supervise(rsp.started_by(open_echo, "echo", loud=True, id="it"))
    [(name, pid, kind, module)] = rsp.Supervisor.which_children(supervisor)
    assert (name, kind) == ("it", "worker")
    assert module.endswith("open_echo")
    assert rsp.whereis("echo") == pid
    assert rsp.call("echo", 5) == 5
    assert rsp.process_info(pid)["links"] == [supervisor]
    assert rsp.process_info(pid)["parent"] == supervisor


# S-SUP-14, S-SUP-26
def test_it_runs_again_at_each_restart() -> None:
    runs = itertools.count()

    def fails_the_second_time() -> rsp.Pid:
        if next(runs) == 1:
            raise ValueError("not now")
        return Echo.start_link()

    supervisor = supervise(rsp.started_by(fails_the_second_time))
    [child] = rsp.Supervisor.which_children(supervisor)
    assert isinstance(child.pid, rsp.Pid)
    rsp.exit_signal(child.pid, "kill")
    assert rsp.call(successor(supervisor, child.pid), "there") == "there"
    assert next(runs) == 3


# S-SUP-45, S-SUP-46
def test_its_arguments_may_come_with_the_call() -> None:
    told: list[Any] = []

    def told_of(*args: Any) -> rsp.Pid:
        told.append(args)
        return Echo.start_link()

    supervisor = supervise(rsp.started_by(told_of, 1), strategy="simple_one_for_one")
    assert rsp.Supervisor.start_child_args(supervisor, 2, timeout=PATIENCE_S) is not None
    assert told == [(1, 2)]


# case 246
def test_a_function_that_declines_fails_or_returns_what_means_nothing() -> None:
    supervisor = rsp.DynamicSupervisor.start()
    ignores = rsp.started_by(rsp.Ignore)
    assert rsp.DynamicSupervisor.start_child(supervisor, ignores) is None
    assert failure(rsp.Fail, "e") == "e"
    assert failure(rsp.Stop, "e") == "e"
    assert failure(lambda: 5) == 5
    assert failure(lambda: None) is None
    # What start_link raises is what it would return elsewhere.
    assert failure(Echo.start_link, rsp.Fail("why")) == "why"
    declines = rsp.started_by(Echo.start_link, rsp.Ignore())
    assert rsp.DynamicSupervisor.start_child(supervisor, declines) is None


# case 247
def test_a_function_that_raises() -> None:
    def raises(error: BaseException) -> None:
        raise error

    (kind, language, name, text), _frames = failure(raises, ValueError("x"))
    assert (kind, language, name, text) == ("exception", "python", "ValueError", "x")
    assert failure(raises, rsp.Exit("r")) == "r"
    (nocatch, value), _frames = failure(raises, rsp.Throw("v"))
    assert (nocatch, value) == ("nocatch", "v")


# S-SUP-48
def test_what_a_failing_function_has_started_is_gone() -> None:
    started: list[rsp.Pid] = []

    def half_way() -> None:
        started.append(Echo.start_link())
        started.append(rsp.spawn_link(rsp.receive))
        raise rsp.Exit("half way")

    assert failure(half_way) == "half way"
    assert [rsp.is_alive(pid) for pid in started] == [False, False]


# S-SUP-49
def test_a_supervisor_that_is_killed_takes_a_function_in_its_middle_along() -> None:
    def body() -> Any:
        own = rsp.self_pid()
        rsp.trap_exit(True)

        def hangs() -> None:
            rsp.send(own, (rsp.self_pid(), Echo.start_link()))
            rsp.receive()

        supervisor = rsp.DynamicSupervisor.start()
        rsp.spawn(rsp.DynamicSupervisor.start_child, supervisor, rsp.started_by(hangs))
        starter, echo = rsp.receive(timeout=PATIENCE_S)
        refs = [rsp.monitor(starter), rsp.monitor(echo)]
        rsp.exit_signal(supervisor, "kill")
        return [await_down(ref) for ref in refs]

    assert in_process(body) == ["killed", "killed"]


# S-SUP-47
def test_a_function_may_name_a_process_that_is_there_already() -> None:
    pid = Echo.start()
    supervisor = supervise(rsp.started_by(lambda: pid, id="a", shutdown="brutal_kill"))
    assert rsp.process_info(pid)["links"] == [supervisor]
    with pytest.raises(rsp.StartError) as caught:
        rsp.Supervisor.start_child(supervisor, rsp.started_by(lambda: pid, id="b"))
    assert caught.value.reason == ("already_started", pid)
    ended = rsp.spawn(lambda: None)
    eventually(lambda: not rsp.is_alive(ended), "its end")
    assert failure(lambda: ended) == "noproc"


def test_a_function_that_cannot_be_one_is_refused() -> None:
    async def opens() -> None:
        pass

    for bad in (5, None, opens):
        with pytest.raises(rsp.BadArgument):
            rsp.started_by(bad)  # type: ignore[arg-type]


# S-SUP-46
def test_what_it_says_of_the_child_is_for_who_asked() -> None:
    starts = itertools.count(1)

    def counts() -> rsp.Started:
        return rsp.Started(Echo.start_link(), ("start", next(starts)))

    supervisor = supervise(rsp.started_by(counts, id="a"))
    rsp.Supervisor.terminate_child(supervisor, "a")
    again = rsp.Supervisor.restart_child_info(supervisor, "a")
    assert again.info == ("start", 2)
    second = rsp.Supervisor.start_child_info(supervisor, rsp.started_by(counts, id="b"))
    assert second.info == ("start", 3)
    assert [child.pid for child in rsp.Supervisor.which_children(supervisor)] == [again.pid, second.pid]
    third = rsp.Supervisor.start_child(supervisor, rsp.started_by(counts, id="c"))
    assert rsp.is_alive(third)
    plain = rsp.Supervisor.start_child_info(supervisor, rsp.child(Echo))
    assert plain.info is None
    declined = rsp.Supervisor.start_child_info(supervisor, rsp.started_by(rsp.Ignore, id="d"))
    assert declined == (None, None)
    refused = rsp.Supervisor.try_restart_child_info(supervisor, "none")
    assert isinstance(refused, rsp.Err)

    def told(what: Any) -> rsp.Started:
        return rsp.Started(Echo.start_link(), what)

    pool = supervise(rsp.started_by(told), strategy="simple_one_for_one")
    assert rsp.Supervisor.start_child_args_info(pool, 42).info == 42
    assert isinstance(rsp.Supervisor.try_start_child_args_info(pool), rsp.Err)


# S-SUP-46
def test_what_it_says_of_the_child_must_make_sense() -> None:
    assert "None" in str(failure(lambda: rsp.Started(None, 1)))
    assert "info" in str(failure(lambda: rsp.Started(Echo.start_link(), object())))
