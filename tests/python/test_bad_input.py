"""Each call with what it cannot use: a defined exception that says something, and all goes on as before."""

from __future__ import annotations

import pickle
import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import resprout as rsp

from .support import in_process


class Echo(rsp.GenServer):
    def handle_call(self, request: object, sender: rsp.From) -> object:
        return rsp.Reply(request)


def foreign_pid() -> rsp.Pid:
    """As it comes from another node."""
    maker, (number, _node, creation) = rsp.self_pid().__reduce__()  # type: ignore[misc]
    return maker(number, 77, creation)  # type: ignore[operator,no-any-return]


def no_table() -> rsp.Ets:
    """One that is over."""
    table = rsp.Ets.new()
    table.delete()
    return table


def check_backoff(backoff: rsp.Backoff) -> None:
    rsp.Supervisor.check_childspecs([rsp.child(print, backoff=backoff)])


def load_with(**wrong: Any) -> None:
    application = rsp.Application()
    vars(application).update({"name": "bad", "top": [], **wrong})
    rsp.application.load(application)


BAD: list[Any] = [
    None,
    5,
    -1,
    b"bytes",
    "nobody has this name",
    "x" * 300,
    "",
    object(),
    [],
    float("nan"),
    2**70,
    print,
]

# What is called, with a bad value in each place in turn.
CALLS: dict[str, Callable[[Any], Any]] = {
    "send to": lambda bad: rsp.send(bad, 1),
    "call": lambda bad: rsp.call(bad, 1, 0.01),
    "call timeout": lambda bad: rsp.call("echo", 1, bad),
    "cast": lambda bad: rsp.cast(bad, 1),
    "reply": lambda bad: rsp.reply(bad, 1),
    "stop": lambda bad: rsp.stop(bad, timeout=0.01),
    "link": lambda bad: rsp.link(bad),
    "link_async": lambda bad: rsp.link_async(bad),
    "unlink": lambda bad: rsp.unlink(bad),
    "monitor": lambda bad: rsp.monitor(bad),
    "monitor alias": lambda bad: rsp.monitor("echo", alias=bad),
    "demonitor": lambda bad: rsp.demonitor(bad),
    "alias": lambda bad: rsp.alias(bad),
    "init_stop": lambda bad: rsp.init_stop(bad),
    "run stop_timeout": lambda bad: rsp.run([], 1, stop_timeout=bad),
    "run top": lambda bad: rsp.run(bad, 1),
    "set_report_level": lambda bad: rsp.set_report_level(bad),
    "set_report_contents messages": lambda bad: rsp.set_report_contents(messages=bad),
    "set_report_contents states": lambda bad: rsp.set_report_contents(states=bad),
    "unalias": lambda bad: rsp.unalias(bad),
    "exit_signal": lambda bad: rsp.exit_signal(bad, "x"),
    "kill": lambda bad: rsp.kill(bad),
    "is_alive": lambda bad: rsp.is_alive(bad),
    "suspend": lambda bad: rsp.suspend(bad),
    "resume": lambda bad: rsp.resume(bad),
    "set_label": lambda bad: rsp.set_label(bad),
    "put key": lambda bad: rsp.put(bad, 1),
    "put value": lambda bad: rsp.put("k", bad),
    "get": lambda bad: rsp.get(bad),
    "erase": lambda bad: rsp.erase(bad),
    "process_info": lambda bad: rsp.process_info(bad),
    "process_info timeout": lambda bad: rsp.process_info(rsp.self_pid(), bad),
    "register": lambda bad: rsp.register(bad, rsp.self_pid()),
    "register pid": lambda bad: rsp.register("a new name", bad),
    "unregister": lambda bad: rsp.unregister(bad),
    "whereis": lambda bad: rsp.whereis(bad),
    "wait_for_name": lambda bad: rsp.wait_for_name(bad, 0),
    "wait_for_name timeout": lambda bad: rsp.wait_for_name("nobody", bad if bad is not None else 0),
    "send_after delay": lambda bad: rsp.send_after(bad, "echo", 1),
    "send_after to": lambda bad: rsp.send_after(0.0, bad, 1),
    "send_after message": lambda bad: rsp.send_after(0.0, "echo", {bad} if bad.__hash__ else object()),
    "start_timer delay": lambda bad: rsp.start_timer(bad, rsp.self_pid(), 1),
    "start_timer to": lambda bad: rsp.start_timer(0.0, bad, 1),
    "cancel_timer": lambda bad: rsp.cancel_timer(bad),
    "read_timer": lambda bad: rsp.read_timer(bad),
    "select": lambda bad: rsp.select(bad),
    "cancel_select": lambda bad: rsp.cancel_select(bad),
    "receive timeout": lambda bad: rsp.receive(timeout=bad if bad is not None else 0),
    "receive match": lambda bad: rsp.receive(timeout=0, match=bad),
    "trap_exit": lambda bad: rsp.trap_exit(bad),
    "spawn": lambda bad: rsp.spawn(bad),
    "spawn_handler": lambda bad: rsp.spawn_handler(bad),
    "at": lambda bad: Echo.at(bad),
    "start name": lambda bad: Echo.start(name=bad if bad is not None else 0),
    "start timeout": lambda bad: Echo.start(timeout=bad if bad is not None else "soon"),
    "supervise": lambda bad: rsp.Supervisor.start(bad),
    "start_child": lambda bad: rsp.Supervisor.start_child(bad, Echo, 0.01),
    "start_child child": lambda bad: rsp.Supervisor.start_child("tree", bad),
    "which_children": lambda bad: rsp.Supervisor.which_children(bad, 0.01),
    "count_children": lambda bad: rsp.Supervisor.count_children(bad, 0.01),
    "terminate_child": lambda bad: rsp.Supervisor.terminate_child(bad, "echo", 0.01),
    "terminate_child id": lambda bad: rsp.Supervisor.terminate_child("tree", bad),
    "restart_child": lambda bad: rsp.Supervisor.restart_child(bad, "echo", 0.01),
    "restart_child id": lambda bad: rsp.Supervisor.restart_child("tree", bad),
    "delete_child": lambda bad: rsp.Supervisor.delete_child(bad, "echo", 0.01),
    "delete_child id": lambda bad: rsp.Supervisor.delete_child("tree", bad),
    "get_childspec": lambda bad: rsp.Supervisor.get_childspec(bad, "echo", 0.01),
    "get_childspec id": lambda bad: rsp.Supervisor.get_childspec("tree", bad),
    "get_childspec timeout": lambda bad: rsp.Supervisor.get_childspec("tree", "echo", bad),
    "check_childspecs": lambda bad: rsp.Supervisor.check_childspecs(bad),
    "child fatal": lambda bad: rsp.Supervisor.check_childspecs([rsp.child(print, fatal=bad)]),
    "child backoff": lambda bad: rsp.Supervisor.check_childspecs([rsp.child(print, backoff=bad)]),
    "Backoff min": lambda bad: check_backoff(rsp.Backoff(bad, 10)),
    "Backoff max": lambda bad: check_backoff(rsp.Backoff(1, bad)),
    "Backoff factor": lambda bad: check_backoff(rsp.Backoff(1, 10, factor=bad)),
    "Backoff jitter": lambda bad: check_backoff(rsp.Backoff(1, 10, jitter=bad)),
    "Backoff reset_after": lambda bad: check_backoff(rsp.Backoff(1, 10, reset_after=bad)),
    "send_request": lambda bad: rsp.send_request(bad, 1),
    "receive_response": lambda bad: rsp.receive_response(bad, 0.01),
    "wait_response": lambda bad: rsp.wait_response(bad, 0.01),
    "wait_response timeout": lambda bad: rsp.wait_response(rsp.send_request("nobody", 1), bad),
    "check_response": lambda bad: rsp.check_response("no answer", bad),
    "abandon_request": lambda bad: rsp.abandon_request(bad),
    "multi_call": lambda bad: rsp.multi_call([rsp.node()], bad, 1, 0.01),
    "multi_call nodes": lambda bad: rsp.multi_call(bad, "echo", 1, 0.01),
    "abcast": lambda bad: rsp.abcast([rsp.node()], bad, 1),
    "abcast nodes": lambda bad: rsp.abcast(bad, "echo", 1),
    "Ets": lambda bad: rsp.Ets(bad),
    "Ets new": lambda bad: rsp.Ets.new(bad),
    "Ets new access": lambda bad: rsp.Ets.new(access=bad),
    "Ets new heir": lambda bad: rsp.Ets.new(heir=bad),
    "Ets new heir_data": lambda bad: rsp.Ets.new(heir_data=bad),
    "Ets whereis": lambda bad: rsp.Ets.whereis(bad),
    "Ets insert": lambda bad: no_table().insert(bad, bad),
    "Ets insert_new": lambda bad: no_table().insert_new(bad, bad),
    "Ets lookup": lambda bad: no_table().lookup(bad),
    "Ets member": lambda bad: no_table().member(bad),
    "Ets take": lambda bad: no_table().take(bad),
    "Ets delete_key": lambda bad: no_table().delete_key(bad),
    "Ets update_counter": lambda bad: no_table().update_counter(bad),
    "Ets update_counter increment": lambda bad: no_table().update_counter("k", bad),
    "Ets update_counter initial": lambda bad: no_table().update_counter("k", 1, bad),
    "Ets next": lambda bad: no_table().next(bad),
    "Ets give_away": lambda bad: rsp.Ets.new().give_away(bad),
    "Ets give_away data": lambda bad: no_table().give_away(rsp.self_pid(), bad),
    "Ets set_heir": lambda bad: rsp.Ets.new().set_heir(bad),
    "Ets set_heir data": lambda bad: no_table().set_heir(None, bad),
    "Registry name": lambda bad: rsp.Registry(bad),
    "Registry keys": lambda bad: rsp.Registry("r", bad),
    "Registry listeners": lambda bad: rsp.Registry("r", listeners=bad),
    "Registry register": lambda bad: rsp.Registry("nowhere").register(bad),
    "Registry unregister": lambda bad: rsp.Registry("nowhere").unregister(bad),
    "Registry update_value": lambda bad: rsp.Registry("nowhere").update_value("k", bad),
    "Registry lookup": lambda bad: rsp.Registry("nowhere").lookup(bad),
    "Registry match": lambda bad: rsp.Registry("nowhere").match(bad, bad),
    "Registry dispatch": lambda bad: rsp.Registry("nowhere").dispatch("k", bad),
    "Registry whereis": lambda bad: rsp.Registry("nowhere").whereis(bad),
    "Registry keys_of": lambda bad: rsp.Registry("nowhere").keys_of(bad),
    "Registry meta": lambda bad: rsp.Registry("nowhere").meta(bad),
    "Registry put_meta": lambda bad: rsp.Registry("nowhere").put_meta("k", bad),
    "Registry delete_meta": lambda bad: rsp.Registry("nowhere").delete_meta(bad),
    "Registry start timeout": lambda bad: rsp.Registry("r").start(bad if bad is not None else BAD[4]),
    "EventManager start name": lambda bad: rsp.EventManager.start(name=bad if bad is not None else 0),
    "EventManager start_link": lambda bad: rsp.EventManager.start_link(thread_affine=bad if bad else 0),
    "EventManager add_handler": lambda bad: rsp.EventManager.add_handler(bad, rsp.GenEvent, timeout=0.01),
    "EventManager add_handler handler": lambda bad: rsp.EventManager.add_handler("nobody", bad),
    "EventManager add_sup_handler": lambda bad: rsp.EventManager.add_sup_handler("nobody", bad),
    "EventManager swap_handler": lambda bad: rsp.EventManager.swap_handler("nobody", "x", bad),
    "EventManager swap_sup_handler": lambda bad: rsp.EventManager.swap_sup_handler("nobody", bad, bad),
    "EventManager delete_handler": lambda bad: rsp.EventManager.delete_handler("nobody", bad),
    "EventManager notify": lambda bad: rsp.EventManager.notify(bad, 1),
    "EventManager sync_notify": lambda bad: rsp.EventManager.sync_notify(bad, 1, timeout=0.01),
    "EventManager call": lambda bad: rsp.EventManager.call("nobody", bad, 1),
    "EventManager call manager": lambda bad: rsp.EventManager.call(bad, "x", 1, timeout=0.01),
    "EventManager which_handlers": lambda bad: rsp.EventManager.which_handlers(bad, timeout=0.01),
    "EventManager stop": lambda bad: rsp.EventManager.stop(bad, timeout=0.01),
    "Scope": lambda bad: rsp.Scope(bad),
    "Scope start": lambda bad: rsp.Scope("bad").start(timeout=bad if bad is not None else -1),
    "Scope start_link": lambda bad: rsp.Scope("bad").start_link(timeout=bad if bad is not None else -1),
    "Scope join": lambda bad: rsp.Scope("nobody").join("x", bad),
    "Scope leave": lambda bad: rsp.Scope("nobody").leave("x", bad),
    "Scope get_members": lambda bad: rsp.Scope("nobody").get_members(object() if bad else [object()]),
    "Scope get_local_members": lambda bad: rsp.Scope("nobody").get_local_members([object()]),
    "Scope monitor": lambda bad: rsp.Scope("nobody").monitor(bad),
    "Scope monitor_scope": lambda bad: rsp.Scope(bad).monitor_scope(),
    "Scope demonitor": lambda bad: rsp.Scope("nobody").demonitor(bad),
    "Scope which_groups": lambda bad: rsp.Scope(bad).which_groups(),
    "Agent start": lambda bad: rsp.Agent.start(bad),
    "Agent start name": lambda bad: rsp.Agent.start(dict, name=bad if bad is not None else 0),
    "Agent get": lambda bad: rsp.Agent.get(bad, len, timeout=0.01),
    "Agent get function": lambda bad: rsp.Agent.get("nobody has this name", bad, timeout=0.01),
    "Agent get timeout": lambda bad: rsp.Agent.get("nobody has this name", len, timeout=bad),
    "Agent update": lambda bad: rsp.Agent.update(bad, len, timeout=0.01),
    "Agent get_and_update": lambda bad: rsp.Agent.get_and_update(bad, divmod, timeout=0.01),
    "Agent cast": lambda bad: rsp.Agent.cast(bad, len),
    "Agent cast function": lambda bad: rsp.Agent.cast("nobody has this name", bad),
    "Agent stop": lambda bad: rsp.Agent.stop(bad, timeout=0.01),
    "sys get_status": lambda bad: rsp.sys.get_status(bad, timeout=0.01),
    "sys get_state": lambda bad: rsp.sys.get_state(bad, timeout=0.01),
    "sys get_state timeout": lambda bad: rsp.sys.get_state("nobody has this name", timeout=bad),
    "sys trace": lambda bad: rsp.sys.trace(bad, timeout=0.01),
    "sys trace on": lambda bad: rsp.sys.trace("nobody has this name", bad if bad is not True else 1, 0.01),
    "PartitionSupervisor start": lambda bad: rsp.PartitionSupervisor.start(bad, name="pool", partitions=1),
    "PartitionSupervisor partitions": lambda bad: rsp.PartitionSupervisor.partitions(bad),
    "PartitionSupervisor whereis": lambda bad: rsp.PartitionSupervisor.whereis(bad, 1),
    "PartitionSupervisor via": lambda bad: rsp.call(rsp.PartitionSupervisor.via(bad, bad), 1, 0.01),
    "call PartitionVia": lambda bad: rsp.call(rsp.PartitionVia(bad, bad, bad), 1, 0.01),
    "call via": lambda bad: rsp.call(rsp.Registry("nowhere").via(bad), 1, 0.01),
    "send via": lambda bad: rsp.send(rsp.Registry("nowhere").via(bad), 1),
    "call Via": lambda bad: rsp.call(rsp.Via(bad, bad, bad), 1, 0.01),
    "start_child_args": lambda bad: rsp.Supervisor.start_child_args(bad, timeout=0.01),
    "application load": lambda bad: rsp.application.load(bad),
    "application load name": lambda bad: load_with(name=bad),
    "application load applications": lambda bad: load_with(applications=bad),
    "application load top": lambda bad: load_with(top=bad),
    "application unload": lambda bad: rsp.application.unload(bad),
    "application start": lambda bad: rsp.application.start(bad),
    "application start type": lambda bad: rsp.application.start("nobody", bad),
    "application start timeout": lambda bad: rsp.application.start("nobody", timeout=bad),
    "application ensure_all_started": lambda bad: rsp.application.ensure_all_started(bad, timeout=0.01),
    "application stop": lambda bad: rsp.application.stop(bad),
    "application stop timeout": lambda bad: rsp.application.stop("nobody", bad),
    "workers": lambda bad: rsp.Runtime(workers=bad if bad is not None else 0),
    "stack_signal": lambda bad: rsp.Runtime(stack_signal=bad),
    "is_pressed": lambda bad: rsp.is_pressed(bad),
    "limit_mailbox": lambda bad: rsp.limit_mailbox(overflow=bad),
    "limit_mailbox max": lambda bad: rsp.limit_mailbox(-5 if isinstance(bad, int) and bad > 0 else bad),
    "max_processes": lambda bad: rsp.Runtime(max_processes=bad if bad is not None else 0),
    "stop_timeout": lambda bad: rsp.Runtime(stop_timeout=bad),
    "runtime whereis": lambda bad: rsp.Runtime().whereis(bad, "echo"),
    "call as a decorator": lambda bad: rsp.call(bad),
    "cast as a decorator": lambda bad: rsp.cast(bad),
}


def has_a_term(bad: Any) -> bool:
    return type(bad) in (type(None), int, bytes, str, list, float) and bad != 2**70


# Bad only elsewhere: a value of this kind is what the call wants, or means "no such process".
GOOD: dict[str, Callable[[Any], bool]] = {
    "cast": lambda bad: isinstance(bad, str) and 0 < len(bad) < 256,  # promises nothing
    "init_stop": lambda bad: type(bad) is int and 0 <= bad < 256,  # there is just no program
    "monitor": lambda bad: isinstance(bad, str) and 0 < len(bad) < 256,  # brings noproc
    "send_after to": lambda bad: isinstance(bad, str) and 0 < len(bad) < 256,  # looks when it fires
    "monitor alias": lambda bad: bad is None,
    "whereis": lambda bad: isinstance(bad, str) and len(bad) < 256,
    "wait_for_name timeout": lambda bad: isinstance(bad, int) and bad > 0,
    "register": lambda bad: isinstance(bad, str) and len(bad) < 256,
    "register pid": lambda bad: bad is None,
    "call timeout": lambda bad: bad is None or (isinstance(bad, int) and bad > 0),
    "process_info timeout": lambda bad: bad is None or (isinstance(bad, int) and bad > 0),
    "send_after delay": lambda bad: isinstance(bad, int) and bad > 0,
    "start_timer delay": lambda bad: isinstance(bad, int) and bad > 0,
    "receive timeout": lambda bad: isinstance(bad, int) and bad > 0,
    "start timeout": lambda bad: isinstance(bad, int) and bad > 0,
    "receive match": lambda bad: bad is None or callable(bad),
    "spawn": callable,
    "spawn_handler": callable,
    "at": lambda bad: isinstance(bad, str) and 0 < len(bad) < 256,
    "start name": lambda bad: isinstance(bad, str) and 0 < len(bad) < 256,
    "supervise": lambda bad: bad == [],
    "start_child child": callable,
    "get_childspec timeout": lambda bad: bad is None or (isinstance(bad, int) and bad > 0),
    "check_childspecs": lambda bad: bad == [],
    "child backoff": lambda bad: bad is None,
    "Backoff min": lambda bad: bad == 5,
    "Backoff max": lambda bad: bad == 5,
    "Backoff factor": lambda bad: bad == 5 or bad == 2**70,
    "Backoff reset_after": lambda bad: bad is None or bad == 5,
    "set_report_level": lambda bad: bad == 5,
    "limit_mailbox max": lambda bad: bad == 0 and not isinstance(bad, bool),
    "EventManager start name": lambda bad: isinstance(bad, str) and 0 < len(bad) < 256,
    "EventManager notify": lambda bad: isinstance(bad, str) and 0 < len(bad) < 256,  # promises nothing
    "EventManager start_link": lambda bad: not bad,
    "Scope": lambda bad: isinstance(bad, str) and 0 < len(bad) < 256,
    "Scope start": lambda bad: isinstance(bad, int) and bad > 0,
    "Scope start_link": lambda bad: isinstance(bad, int) and bad > 0,
    "Scope which_groups": lambda bad: isinstance(bad, str) and 0 < len(bad) < 256,  # there is nobody
    "Agent start": lambda bad: bad is print,
    "Agent start name": lambda bad: isinstance(bad, str) and 0 < len(bad) < 256,
    "Agent cast": lambda bad: isinstance(bad, str) and 0 < len(bad) < 256,  # promises nothing
    "Agent cast function": callable,
    "PartitionSupervisor start": callable,
    "Ets new": lambda bad: bad is None or (isinstance(bad, str) and 0 < len(bad) < 256),
    "Ets new heir": lambda bad: bad is None,
    "Ets new heir_data": has_a_term,
    "set_label": has_a_term,
    "put key": has_a_term,
    "put value": has_a_term,
    "get": has_a_term,
    "erase": has_a_term,
    "Ets whereis": lambda bad: isinstance(bad, str) and 0 < len(bad) < 256,
    "Ets set_heir": lambda bad: bad is None,
    "Registry name": lambda bad: isinstance(bad, str) and 0 < len(bad) < 256,
    "Registry listeners": lambda bad: bad == [],
    "Registry start timeout": lambda bad: isinstance(bad, int) and bad > 0,
    "send_request": lambda bad: isinstance(bad, str) and 0 < len(bad) < 256,  # the answer is noproc
    "multi_call": lambda bad: isinstance(bad, str) and 0 < len(bad) < 256,  # a bad node
    "abcast": lambda bad: isinstance(bad, str) and 0 < len(bad) < 256,  # promises nothing
    "multi_call nodes": lambda bad: bad == [],
    "abcast nodes": lambda bad: bad == [],
    "application load name": lambda bad: isinstance(bad, str) and 0 < len(bad) < 256,
    "application load applications": lambda bad: bad == [],
    "application load top": lambda bad: bad in ([], print),
    "workers": lambda bad: bad == 5,
    "max_processes": lambda bad: bad == 5,
    "stack_signal": lambda bad: type(bad) is int and bad in (0, -1),
    "stop_timeout": lambda bad: bad == 5,
    "select": lambda bad: isinstance(bad, int),  # it may be anything's descriptor
}
EXPECTED = (
    TypeError,
    ValueError,
    rsp.CallExit,
    TimeoutError,
    rsp.StartError,
    rsp.ChildError,
    rsp.ApplicationError,
)


@pytest.fixture(autouse=True)
def tree(runtime: rsp.Runtime) -> Iterator[rsp.Pid]:
    """A tree that is there before and after."""
    supervisor = rsp.Supervisor.start([rsp.child(Echo, name="echo")], name="tree")
    yield supervisor
    assert rsp.call("echo", "as before") == "as before"
    assert rsp.whereis("tree") == supervisor
    assert len(rsp.Supervisor.which_children("tree")) == 1


@pytest.mark.parametrize("name", CALLS)
def test_a_bad_argument_is_a_defined_exception(name: str) -> None:
    for bad in BAD:
        if name in GOOD and GOOD[name](bad):
            continue
        with pytest.raises(EXPECTED) as caught:
            CALLS[name](bad)
        assert str(caught.value), f"{name} of {bad!r} says nothing"


PID_CALLS = ["send to", "call", "cast", "stop", "link", "link_async", "unlink", "monitor", "exit_signal"]
PID_CALLS += ["kill", "is_alive", "suspend", "resume", "process_info", "register pid", "start_timer to"]
PID_CALLS += ["send_after to"]
PID_CALLS += ["start_child", "which_children", "count_children", "terminate_child", "restart_child"]
PID_CALLS += ["delete_child", "get_childspec"]


@pytest.mark.parametrize("name", PID_CALLS)
def test_a_pid_of_another_node_is_refused(name: str) -> None:
    with pytest.raises(rsp.BadArgument, match="is no process of this OS process"):
        CALLS[name](foreign_pid())


@pytest.mark.parametrize("name", PID_CALLS)
def test_a_stale_pid_is_harmless(name: str) -> None:  # S-NAT-8: case 300
    def body() -> object:
        pid, ref = rsp.spawn_monitor(lambda: None)
        rsp.receive(timeout=30, match=ref)
        stale = pickle.loads(pickle.dumps(pid))
        try:
            CALLS[name](stale)
        except (rsp.NoProcess, rsp.BadArgument, rsp.CallExit, rsp.StartError) as error:
            return str(error)
        except rsp.ProcessExit:
            return "an exit signal noproc, as it was asked for"
        return "harmless"

    if name == "link_async":
        rsp.spawn(body)  # which ends it, with noproc
    else:
        assert in_process(body)


def test_every_public_function_is_tried() -> None:
    tried = {call.split()[0] for call in CALLS} | {
        "spawn_link",
        "spawn_monitor",
        "child",
        "native_child",
        "started_by",
    }
    functions = {
        name
        for name, value in vars(rsp).items()
        if isinstance(value, types.FunctionType | types.BuiltinFunctionType)
        and not name.startswith(("_", "try_"))  # tests/python/test_forms.py
    }
    # These take no argument that could be bad.
    assert (
        functions
        - tried
        - {
            "get_keys",
            "get_label",
            "self_pid",
            "make_ref",
            "format_reason",
            "checkpoint",
            "detach",
            "exit",
            "include_directory",
            "node",
        }
        == set()
    )


# ---- from the wrong place ----


def test_a_runtime_is_neither_started_nor_stopped_by_its_own_processes(runtime: rsp.Runtime) -> None:
    def body() -> list[str]:
        refused = []
        for call in (runtime.stop, runtime.start, rsp.Runtime().start, rsp.detach):
            with pytest.raises(rsp.WrongContext) as caught:
                call()
            refused.append(str(caught.value))
        return refused

    assert all(in_process(body))
    with pytest.raises(rsp.WrongContext, match="runs already"):
        rsp.Runtime().start()
    with pytest.raises(rsp.WrongContext, match="main thread"):
        in_process(runtime.run)


def test_a_predicate_cannot_receive() -> None:
    def body() -> object:
        rsp.send(rsp.self_pid(), "message")
        with pytest.raises(rsp.WrongContext, match="predicate"):
            rsp.receive(timeout=0, match=lambda message: rsp.receive(timeout=0))
        return rsp.receive(timeout=0)

    assert in_process(body) == "message"


def test_init_may_wait_and_calls_to_itself_fail_at_once() -> None:
    class Inits(rsp.GenServer):
        def init(self) -> None:
            assert rsp.call("echo", "in init") == "in init"
            with pytest.raises(rsp.CallExit):
                rsp.call(rsp.self_pid(), "x", None)

    rsp.stop(Inits.start())
