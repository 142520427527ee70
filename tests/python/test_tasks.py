"""Tasks: Task, TaskSupervisor, async_stream."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from typing import Any

import pytest

import resprout as rsp

from .support import PATIENCE_S, await_down, in_process, reason_of, receive

pytestmark = pytest.mark.usefixtures("runtime")


def never() -> None:
    rsp.receive()


def fail() -> int:
    raise rsp.Exit("boo")


def triple(number: int) -> int:
    return number * 3


def tell_and_wait(item: Any, owner: rsp.Pid) -> None:
    rsp.send(owner, rsp.self_pid())
    rsp.receive()


def expect_nothing() -> None:
    with pytest.raises(TimeoutError):
        rsp.receive(timeout=0)


def reasons(results: Iterator[rsp.Ok[Any] | rsp.Err]) -> list[Any]:
    """Ok by its value, Err by its reason."""
    return [result.value if isinstance(result, rsp.Ok) else result.error.reason for result in results]


# ---- One task ----


def test_a_task_is_awaited_and_leaves_nothing_behind() -> None:  # S-TASK-2
    assert rsp.Task.async_(triple, 14).await_() == 42
    shared = {"a": [1]}
    value = rsp.Task.async_(lambda: shared).await_()
    assert value == shared
    assert value is not shared  # a copy, as every message
    expect_nothing()


def test_await_gives_up_at_its_timeout_and_the_task_goes_on() -> None:  # S-TASK-3
    task = rsp.Task.async_(never)
    with pytest.raises(rsp.CallTimeout) as caught:
        task.await_(0.01)
    assert (caught.value.reason, caught.value.server) == ("timeout", task.pid)
    assert rsp.is_alive(task.pid)
    with pytest.raises(rsp.BadArgument, match="over"):
        task.await_()
    rsp.unlink(task.pid)
    rsp.kill(task.pid)


def test_await_of_a_task_that_failed_says_why() -> None:  # S-TASK-3, S-TASK-7
    def body() -> list[Any]:
        rsp.trap_exit()
        seen = []
        for function in (fail, lambda: rsp.exit("normal"), lambda: 1 / 0):
            task = rsp.Task.async_(function)
            with pytest.raises(rsp.CallExit) as caught:
                task.await_()
            seen.append(caught.value.reason)
            assert receive(rsp.ExitSignal).sender == task.pid
        return seen

    boo, normal, error = in_process(body)
    assert (boo, normal) == ("boo", "normal")
    assert error[0][:3] == ("exception", "python", "ZeroDivisionError")


def test_an_await_that_fails_is_the_exit_of_its_process() -> None:  # S-TASK-3
    def body() -> Any:
        return reason_of(lambda: rsp.Task.async_(never).await_(0.01))

    assert in_process(body)[0] == "timeout"


def test_a_crash_ends_the_owner_that_does_not_trap() -> None:  # S-TASK-1
    assert in_process(lambda: reason_of(lambda: [rsp.Task.async_(fail), rsp.receive()])) == "boo"


def test_another_process_may_do_nothing_with_a_task() -> None:  # S-TASK-9
    task = rsp.Task.async_(never)

    def body() -> int:
        for call in (task.await_, task.yield_, task.shutdown, task.ignore):
            with pytest.raises(rsp.BadArgument, match="only the process that started a task"):
                call()
        return 1

    assert in_process(body)
    assert rsp.is_alive(task.pid)
    assert task.shutdown() is None


def test_yield_may_be_asked_again() -> None:  # S-TASK-4
    def slow() -> str:
        rsp.receive()
        return "v"

    task = rsp.Task.async_(slow)
    assert task.yield_(0.005) is None
    rsp.send(task.pid, "on")
    assert task.yield_(PATIENCE_S) == rsp.Ok("v")
    expect_nothing()


def test_shutdown_stops_a_task_or_gives_what_came_of_it() -> None:  # S-TASK-5
    def deaf(owner: rsp.Pid) -> None:
        rsp.trap_exit()
        rsp.send(owner, "deaf")
        while True:
            rsp.receive()

    def body() -> None:
        rsp.trap_exit()
        assert rsp.Task.async_(never).shutdown() is None
        done = rsp.Task.async_(triple, 1)
        await_down(rsp.monitor(done.pid))
        assert receive(rsp.ExitSignal).sender == done.pid
        assert done.shutdown() == rsp.Ok(3)
        task = rsp.Task.async_(deaf, rsp.self_pid())
        assert receive() == "deaf"
        killed = task.shutdown(0.01)
        assert isinstance(killed, rsp.Err)
        assert killed.error.reason == "killed"
        task = rsp.Task.async_(deaf, rsp.self_pid())
        assert receive() == "deaf"
        assert task.shutdown("brutal_kill") is None
        expect_nothing()

    in_process(body)


def test_an_ignored_task_runs_on_unlinked() -> None:  # S-TASK-6
    task = rsp.Task.async_(never)
    assert task.ignore() is None
    ref = rsp.monitor(task.pid)
    rsp.exit_signal(task.pid, "boo")
    assert await_down(ref) == "boo"
    expect_nothing()


def test_a_task_that_blocks_has_a_thread_of_its_own() -> None:
    gate = threading.Event()

    def block() -> bool:
        return gate.wait(PATIENCE_S)

    blocked = rsp.Task.async_(block, thread_affine=True)
    assert rsp.Task.async_(triple, 1).await_() == 3
    gate.set()
    assert blocked.await_(PATIENCE_S) is True


# ---- Under supervisors ----


def test_a_server_hears_of_tasks_that_it_does_not_await() -> None:  # S-TASK-2, S-TASK-8
    class Asker(rsp.GenServer[None]):
        def init(self) -> None:
            self.tasks = rsp.TaskSupervisor.start_link()
            self.open: dict[rsp.Ref, rsp.From] = {}

        def handle_call(self, request: Any, sender: rsp.From) -> Any:
            task = rsp.TaskSupervisor.async_nolink(self.tasks, request)
            self.open[task.ref] = sender
            return rsp.NoReply()

        def handle_info(self, message: Any) -> None:
            match message:
                case rsp.Response(ref=ref, reply=value):
                    rsp.demonitor(ref, flush=True)
                    rsp.reply(self.open.pop(ref), ("ok", value))
                case rsp.Down(ref=ref, reason=reason):
                    rsp.reply(self.open.pop(ref), ("exit", reason))

    asker = Asker.start()
    assert rsp.call(asker, lambda: 42) == ("ok", 42)
    assert rsp.call(asker, fail) == ("exit", "boo")
    assert rsp.call(asker, lambda: 43) == ("ok", 43)


def test_a_task_supervisor_counts_limits_and_stops_its_tasks() -> None:  # S-TASK-8
    tasks = rsp.TaskSupervisor.start(max_children=1)
    task = rsp.TaskSupervisor.async_nolink(tasks, never)
    assert rsp.TaskSupervisor.count_children(tasks).active == 1
    with pytest.raises(rsp.StartError, match="max_children"):
        rsp.TaskSupervisor.async_(tasks, never)
    rsp.stop(tasks, "shutdown")
    ended = task.yield_(PATIENCE_S)
    assert isinstance(ended, rsp.Err)
    assert ended.error.reason == "shutdown"
    expect_nothing()


def test_async_of_a_supervisor_is_linked_to_its_owner() -> None:  # S-TASK-8
    tasks = rsp.TaskSupervisor.start()
    assert rsp.TaskSupervisor.async_(tasks, triple, 2).await_() == 6

    def body() -> Any:
        return reason_of(lambda: [rsp.TaskSupervisor.async_(tasks, fail), rsp.receive()])

    assert in_process(body) == "boo"
    assert rsp.is_alive(tasks)


def test_a_task_is_a_temporary_child() -> None:  # S-TASK-7
    tree = rsp.Supervisor.start([rsp.Task.child_spec(never, id="task")])
    assert rsp.Supervisor.get_childspec(tree, "task").restart == "temporary"
    runs = itertools.count(1)
    third = threading.Event()

    def count() -> None:
        if next(runs) == 3:
            third.set()
            rsp.receive()

    rsp.Supervisor.start_child(tree, rsp.Task.child_spec(count, id="again", restart="permanent"))
    assert third.wait(PATIENCE_S)
    rsp.stop(tree)


# ---- Streams ----


def test_a_stream_gives_results_in_order() -> None:  # S-TASK-11
    assert reasons(rsp.Task.async_stream(range(20), triple, max_concurrency=4)) == [3 * i for i in range(20)]
    unordered = rsp.Task.async_stream(range(20), triple, max_concurrency=4, ordered=False)
    assert sorted(reasons(unordered)) == [3 * i for i in range(20)]
    assert reasons(rsp.Task.async_stream([], triple)) == []
    expect_nothing()


def test_a_crash_is_a_result_without_a_link_or_in_an_owner_that_traps_exits() -> None:  # S-TASK-13
    def work(number: int) -> int:
        return number if number != 2 else fail()

    tasks = rsp.TaskSupervisor.start()
    assert reasons(rsp.TaskSupervisor.async_stream_nolink(tasks, [1, 2, 3], work)) == [1, "boo", 3]

    def trapping() -> list[Any]:
        rsp.trap_exit()
        seen = reasons(rsp.Task.async_stream([1, 2, 3], work))
        expect_nothing()
        return seen

    assert in_process(trapping) == [1, "boo", 3]
    assert in_process(lambda: reason_of(lambda: list(rsp.Task.async_stream([1, 2, 3], work)))) == "boo"
    linked = rsp.TaskSupervisor.async_stream(tasks, [1, 3], work)
    assert reasons(linked) == [1, 3]


def test_items_are_consumed_as_results_are_taken() -> None:  # S-TASK-10, S-TASK-15
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in itertools.count():
            taken.append(number)
            yield number

    stream = rsp.Task.async_stream(items(), triple, max_concurrency=3, ordered=False)
    assert taken == []
    for number in range(1, 4):
        next(stream)
        assert len(taken) == number + 2
    stream.close()
    assert list(stream) == []
    expect_nothing()


def test_leaving_the_loop_stops_the_tasks_that_run() -> None:  # S-TASK-15
    me = rsp.self_pid()
    stream = rsp.Task.async_stream(itertools.count(), tell_or_return, me, max_concurrency=2)
    assert next(stream) == rsp.Ok("first")
    ref = rsp.monitor(receive(rsp.Pid))
    stream.close()
    assert await_down(ref) == "shutdown"
    expect_nothing()


def tell_or_return(item: int, owner: rsp.Pid) -> str:
    if item != 0:
        tell_and_wait(item, owner)
    return "first"


def test_an_iterator_that_raises_ends_the_stream() -> None:  # S-TASK-15
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        list(rsp.Task.async_stream(items(), triple, max_concurrency=2))
    expect_nothing()


def test_a_task_that_takes_too_long_ends_the_stream_or_is_killed() -> None:  # S-TASK-12
    def work(number: int) -> int:
        if number == 1:
            rsp.receive()
        return number

    killed = rsp.Task.async_stream([1, 2], work, timeout=0.03, on_timeout="kill_task", max_concurrency=2)
    assert reasons(killed) == ["timeout", 2]
    with pytest.raises(rsp.CallTimeout):
        list(rsp.Task.async_stream([1, 2], work, timeout=0.03))
    expect_nothing()


def test_a_supervisor_that_refuses_ends_the_stream() -> None:  # S-TASK-14
    tasks = rsp.TaskSupervisor.start(max_children=1)
    with pytest.raises(rsp.CallExit, match="max_children"):
        list(rsp.TaskSupervisor.async_stream_nolink(tasks, [1, 2], lambda _: never(), max_concurrency=2))


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"max_concurrency": 0}, "max_concurrency"),
        ({"on_timeout": "ignore"}, "on_timeout"),
        ({"timeout": 0}, "timeout"),
        ({"ordered": 1}, "ordered"),
        ({"thread_affine": 1}, "thread_affine"),
    ],
)
def test_a_bad_option_is_refused_before_anything_runs(options: dict[str, Any], field: str) -> None:
    with pytest.raises(rsp.BadArgument, match=field):
        rsp.Task.async_stream([1], triple, **options)


@pytest.mark.parametrize("bad", [None, 5, "text", object()])
def test_what_is_no_function_is_refused(bad: Any) -> None:
    with pytest.raises(rsp.BadArgument, match="function"):
        rsp.Task.async_(bad)
    with pytest.raises(rsp.BadArgument, match="function"):
        rsp.Task.child_spec(bad)
    with pytest.raises(rsp.BadArgument, match="function"):
        rsp.Task.async_stream([1], bad)
    tasks = rsp.TaskSupervisor.start()
    with pytest.raises(rsp.BadArgument, match="function"):
        rsp.TaskSupervisor.async_nolink(tasks, bad)


@pytest.mark.parametrize("bad", [-1, "soon", float("nan"), object()])
def test_a_bad_timeout_is_refused(bad: Any) -> None:
    task = rsp.Task.async_(never)
    for call in (task.await_, task.yield_, task.shutdown):
        with pytest.raises((rsp.BadArgument, TypeError, ValueError, OverflowError)):
            call(bad)
    assert task.shutdown() is None
