"""Both forms of each call that can fail say the same of the same input.

docs/forms.md lists them, and tests/tidy holds this file against the list.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any, get_args

import pytest

import resprout as rsp

from .support import in_process

NOBODY = "nobody has this name"
ELSEWHERE = rsp.Registry(NOBODY)
SCOPE = rsp.Scope(NOBODY)
Argument = Any


class Fails(rsp.GenServer):
    """Its start fails. Made by hand it is an object like any other, which no server is."""

    def init(self) -> rsp.Fail:
        return rsp.Fail("no")


class Machine(rsp.GenStatem):
    """Made by hand, as above."""


class Sums(rsp.GenServer):
    @rsp.call
    def add(self, number: int) -> int:
        return 1 + number

    @rsp.cast
    def forget(self, number: int) -> None: ...


class Topless(rsp.Application):
    name = "topless"


def dead() -> rsp.Pid:
    pid, ref = rsp.spawn_monitor(lambda: None)
    rsp.receive(match=ref)
    return pid


def full() -> rsp.Pid:
    """The calling process, whose mailbox takes no more."""
    rsp.limit_mailbox(max_messages=1)
    rsp.send(rsp.self_pid(), 1)
    return rsp.self_pid()


def gone() -> rsp.Ets:
    """A table that is over."""
    table = rsp.Ets.new()
    table.delete()
    return table


def named() -> str:
    """The name of a table."""
    rsp.Ets.new("table")
    return "table"


def awaited() -> rsp.Task[int]:
    """A task whose outcome was taken."""
    task = rsp.Task.async_(lambda: 1)
    assert task.await_() == 1
    return task


def tree() -> rsp.Pid:
    return rsp.Supervisor.start_link([])


def collected() -> tuple[rsp.RequestIds, rsp.Ref]:
    """A collection, and a request that is in it."""
    ids = rsp.RequestIds()
    return ids, ids.send_request(NOBODY, 1, "label")


CHILD = rsp.child(Fails)

# What a process calls, with arguments of which it fails. A method has its object first.
CALLS: dict[str, Callable[[], tuple[Argument, ...]]] = {
    "alias": lambda: ([],),
    "cancel_timer": lambda: (1,),
    "cancel_select": lambda: (1,),
    "demonitor": lambda: (1,),
    "detach": lambda: (),
    "exit_signal": lambda: (1, 2),
    "is_alive": lambda: (1,),
    "is_pressed": lambda: (1,),
    "kill": lambda: (1,),
    "limit_mailbox": lambda: (-1,),
    "link": lambda: (dead(),),
    "link_async": lambda: (1,),
    "monitor": lambda: ("",),
    "process_info": lambda: (rsp.self_pid(), -1),
    "put": lambda: (object(), 1),
    "read_timer": lambda: (1,),
    "receive": lambda: (0,),
    "register": lambda: (NOBODY, dead()),
    "resume": lambda: (dead(),),
    "select": lambda: (10**6,),
    "send": lambda: (full(), 2),
    "send_after": lambda: (-1, NOBODY, 1),
    "start_timer": lambda: (-1, rsp.self_pid(), 1),
    "suspend": lambda: (dead(),),
    "unalias": lambda: (1,),
    "unlink": lambda: (1,),
    "unregister": lambda: (NOBODY,),
    "wait_for_name": lambda: (NOBODY, 0),
    "whereis": lambda: (1,),
    "abandon_request": lambda: (1,),
    "abcast": lambda: (1, NOBODY, 1),
    "call": lambda: (NOBODY, 1),
    "cast": lambda: (full(), 2),
    "check_response": lambda: (1, 2),
    "multi_call": lambda: (1, NOBODY, 1),
    "receive_response": lambda: (rsp.make_ref(),),
    "reply": lambda: (1, 2),
    "stop": lambda: (NOBODY,),
    "wait_response": lambda: (rsp.make_ref(),),
    "RequestIds.add": lambda: (*collected(), "label"),
    "RequestIds.send_request": lambda: (rsp.RequestIds(), full(), 1, "label"),
    "init_stop": lambda: (0,),
    "run": lambda: ([],),
    "Runtime.run": lambda: (rsp.Runtime(),),
    "Runtime.start": lambda: (rsp.Runtime(),),
    "Runtime.stop": lambda: (rsp.Runtime(),),
    "Runtime.supervise": lambda: (rsp.Runtime(), [CHILD]),
    "Fails.init_ack": lambda: (Fails(),),
    "Fails.init_ack_later": lambda: (Fails(),),
    "Fails.start": lambda: (),
    "Fails.start_link": lambda: (),
    "Fails.start_monitor": lambda: (),
    "Machine.cancel_timeout": lambda: (Machine(), "timeout"),
    "Machine.event_timeout": lambda: (Machine(), 1),
    "Machine.named_timeout": lambda: (Machine(), "name", 1),
    "Machine.next_event": lambda: (Machine(), "internal", 1),
    "Machine.next_state": lambda: (Machine(), "open"),
    "Machine.postpone": lambda: (Machine(),),
    "Machine.repeat_state": lambda: (Machine(),),
    "Machine.state_enter": lambda: (Machine(),),
    "Machine.state_timeout": lambda: (Machine(), 1),
    "Machine.update_timeout": lambda: (Machine(), "timeout", 1),
    "Supervisor.start": lambda: ([CHILD],),
    "Supervisor.start_link": lambda: ([CHILD],),
    "Supervisor.start_child": lambda: (tree(), CHILD),
    "Supervisor.start_child_info": lambda: (tree(), CHILD),
    "Supervisor.start_child_args": lambda: (tree(), 1),
    "Supervisor.start_child_args_info": lambda: (tree(), 1),
    "Supervisor.terminate_child": lambda: (tree(), "none"),
    "Supervisor.restart_child": lambda: (tree(), "none"),
    "Supervisor.restart_child_info": lambda: (tree(), "none"),
    "Supervisor.delete_child": lambda: (tree(), "none"),
    "Supervisor.get_childspec": lambda: (tree(), "none"),
    "Supervisor.which_children": lambda: (dead(),),
    "Supervisor.count_children": lambda: (dead(),),
    "PartitionSupervisor.partitions": lambda: (NOBODY,),
    "PartitionSupervisor.whereis": lambda: (NOBODY, 1),
    "Agent.start": lambda: (divmod, 1, 0),
    "Agent.start_link": lambda: (divmod, 1, 0),
    "Agent.get": lambda: (NOBODY, len),
    "Agent.update": lambda: (NOBODY, len),
    "Agent.get_and_update": lambda: (NOBODY, len),
    "Agent.cast": lambda: (full(), len),
    "Agent.stop": lambda: (NOBODY,),
    "Task.async_": lambda: (1,),
    "Task.await_": lambda: (awaited(),),
    "Task.yield_": lambda: (awaited(),),
    "Task.shutdown": lambda: (awaited(),),
    "Task.ignore": lambda: (awaited(),),
    "Task.async_stream": lambda: ([1], 1),
    "TaskSupervisor.async_": lambda: (dead(), print),
    "TaskSupervisor.async_nolink": lambda: (dead(), print),
    "TaskSupervisor.async_stream": lambda: (NOBODY, [1], print),
    "TaskSupervisor.async_stream_nolink": lambda: (NOBODY, [1], print),
    "EventManager.start": lambda: ([],),
    "EventManager.add_handler": lambda: (NOBODY, rsp.GenEvent),
    "EventManager.add_sup_handler": lambda: (NOBODY, rsp.GenEvent),
    "EventManager.delete_handler": lambda: (rsp.EventManager.start_link(), "none"),
    "EventManager.swap_handler": lambda: (NOBODY, "none", rsp.GenEvent),
    "EventManager.swap_sup_handler": lambda: (NOBODY, "none", rsp.GenEvent),
    "EventManager.notify": lambda: (full(), 2),
    "EventManager.sync_notify": lambda: (NOBODY, 1),
    "EventManager.call": lambda: (rsp.EventManager.start_link(), "none", 1),
    "EventManager.which_handlers": lambda: (NOBODY,),
    "EventManager.stop": lambda: (NOBODY,),
    "Registry.register": lambda: (ELSEWHERE, 1),
    "Registry.unregister": lambda: (ELSEWHERE, 1),
    "Registry.update_value": lambda: (ELSEWHERE, 1, 2),
    "Registry.lookup": lambda: (ELSEWHERE, 1),
    "Registry.match": lambda: (ELSEWHERE, 1, 2),
    "Registry.whereis": lambda: (ELSEWHERE, 1),
    "Registry.keys_of": lambda: (ELSEWHERE, rsp.self_pid()),
    "Registry.count": lambda: (ELSEWHERE,),
    "Registry.meta": lambda: (ELSEWHERE, 1),
    "Registry.put_meta": lambda: (ELSEWHERE, 1, 2),
    "Registry.delete_meta": lambda: (ELSEWHERE, 1),
    "Scope.join": lambda: (SCOPE, 1),
    "Scope.leave": lambda: (SCOPE, 1),
    "Scope.monitor": lambda: (SCOPE, 1),
    "Scope.monitor_scope": lambda: (SCOPE,),
    "Scope.demonitor": lambda: (SCOPE, rsp.make_ref()),
    "Scope.get_members": lambda: (SCOPE, object()),
    "Scope.get_local_members": lambda: (SCOPE, object()),
    "Ets.new": lambda: (named(),),
    "Ets.whereis": lambda: (None,),
    "Ets.insert": lambda: (gone(), 1, 2),
    "Ets.insert_new": lambda: (gone(), 1, 2),
    "Ets.lookup": lambda: (gone(), 1),
    "Ets.member": lambda: (gone(), 1),
    "Ets.take": lambda: (gone(), 1),
    "Ets.delete_key": lambda: (gone(), 1),
    "Ets.update_counter": lambda: (gone(), 1),
    "Ets.first": lambda: (gone(),),
    "Ets.next": lambda: (gone(), 1),
    "Ets.tab2list": lambda: (gone(),),
    "Ets.give_away": lambda: (gone(), rsp.self_pid()),
    "Ets.set_heir": lambda: (gone(), None),
    "Ets.delete": lambda: (gone(),),
    "application.load": lambda: (Topless(),),
    "application.start": lambda: (NOBODY,),
    "application.ensure_all_started": lambda: (NOBODY,),
    "application.stop": lambda: (NOBODY,),
    "application.unload": lambda: (NOBODY,),
    "sys.get_status": lambda: (NOBODY,),
    "sys.get_state": lambda: (NOBODY,),
    "sys.trace": lambda: (NOBODY,),
}

# What fails nowhere but where no runtime runs.
WITHOUT_A_RUNTIME: dict[str, tuple[Argument, ...]] = {
    "checkpoint": (),
    "make_ref": (),
    "trap_exit": (),
    "set_label": (1,),
    "get_label": (),
    "get": (1,),
    "erase": (1,),
    "get_keys": (),
    "spawn": (print,),
    "spawn_link": (print,),
    "spawn_monitor": (print,),
    "spawn_handler": (print,),
    "send_request": (NOBODY, 1),
    "Runtime.stats": (rsp.Runtime(),),
    "EventManager.start_link": (),
    "Registry.start": (ELSEWHERE,),
    "Registry.start_link": (ELSEWHERE,),
    "Scope.start": (SCOPE,),
    "Scope.start_link": (SCOPE,),
    "application.which": (),
    "application.loaded": (),
}
OURS = {"Fails": Fails, "Machine": Machine}
FAILURES = get_args(rsp.Failure)


@pytest.fixture
def stopped() -> None:
    """There was a runtime, and no call starts another one."""
    with rsp.Runtime():
        pass


def forms(name: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """What raises, and what returns."""
    owner, _, call = name.rpartition(".")
    where = OURS.get(owner) or (getattr(rsp, owner) if owner else rsp)
    return getattr(where, call), getattr(where, f"try_{call.rstrip('_')}")


def said(error: BaseException) -> tuple[object, ...]:
    return type(error), str(error), {name: repr(value) for name, value in vars(error).items()}


def both(name: str, arguments: tuple[Argument, ...]) -> None:
    raising, returning = forms(name)
    with pytest.raises(Exception) as caught:
        raising(*arguments)
    if isinstance(caught.value, FAILURES):
        failed = returning(*arguments)
        assert isinstance(failed, rsp.Err)
        assert said(failed.error) == said(caught.value)
    else:  # a mistake, of which a compiler of C++ would not make a program
        with pytest.raises((TypeError, ValueError)) as mistake:
            returning(*arguments)
        assert said(mistake.value) == said(caught.value)


# S-ERR-8
@pytest.mark.parametrize("name", CALLS)
def test_both_forms_say_the_same(name: str, runtime: rsp.Runtime) -> None:
    def body() -> None:
        rsp.trap_exit(name != "link")  # to one who traps its noproc is a message
        both(name, CALLS[name]())

    in_process(body)


# S-ERR-8
@pytest.mark.parametrize("name", WITHOUT_A_RUNTIME)
def test_both_forms_say_that_no_runtime_runs(name: str, stopped: None) -> None:
    both(name, WITHOUT_A_RUNTIME[name])
    failed = forms(name)[1](*WITHOUT_A_RUNTIME[name])
    assert isinstance(failed.error, rsp.NotRunning)


# S-ERR-8
def test_a_method_of_a_server_has_both_forms(runtime: rsp.Runtime) -> None:
    nowhere = Sums.at(NOBODY)
    with pytest.raises(rsp.CallExit) as caught:
        nowhere.add(1)
    failed = nowhere.add.try_call(1)
    assert isinstance(failed, rsp.Err)
    assert said(failed.error) == said(caught.value)
    with pytest.raises(TypeError, match="number"):
        nowhere.add.try_call()  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="through a reference"):
        Sums.add.try_call(1)
    with pytest.raises(TypeError, match="through a reference"):
        Sums.forget.try_cast(1)

    def body() -> None:
        myself = Sums.at(full())
        with pytest.raises(rsp.Overload) as refused:
            myself.forget(1)
        answer = myself.forget.try_cast(1)
        assert isinstance(answer, rsp.Err)
        assert said(answer.error) == said(refused.value)

    in_process(body)


def test_what_does_not_fail_is_ok(runtime: rsp.Runtime) -> None:
    started = Sums.try_start()
    assert isinstance(started, rsp.Ok)
    assert Sums.at(started.value).add.try_call(1) == rsp.Ok(2)
    assert Sums.at(started.value).forget.try_cast(1) == rsp.Ok(None)
    assert rsp.try_call(started.value, rsp.MethodCall("add", (2,), None)) == rsp.Ok(3)
    assert rsp.try_is_alive(started.value) == rsp.Ok(True)
    assert isinstance(rsp.Supervisor.try_start([]), rsp.Ok)


@pytest.mark.parametrize("end", [rsp.exit, lambda: rsp.kill(rsp.self_pid())])
def test_the_end_of_the_caller_is_no_failure_of_a_call(end: Callable[[], None], runtime: rsp.Runtime) -> None:
    """An Exit and a ProcessExit pass through."""

    def match(_message: object) -> bool:
        end()
        rsp.checkpoint()
        return True

    def body() -> None:
        rsp.send(rsp.self_pid(), 1)
        rsp.try_receive(0, match)

    with pytest.raises((rsp.Exit, rsp.ProcessExit)):
        in_process(body)


@pytest.mark.parametrize("name", [*CALLS, *WITHOUT_A_RUNTIME])
def test_a_form_is_found_under_its_name(name: str) -> None:
    """As a function that is sent to another process is."""
    form = forms(name)[1]
    assert pickle.loads(pickle.dumps(form)) == form
    assert form.__doc__
