"""Agents: values that processes hold, and functions that read and change them."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import Any

import pytest

import resprout as rsp

from .support import PATIENCE_S, await_down, eventually, in_process, successor

pytestmark = pytest.mark.usefixtures("runtime")


def same(value: Any) -> Any:
    return value


def add(value: int, more: int) -> int:
    return value + more


def boom(_value: object) -> Any:
    raise ValueError("boom")


def on_both(body: Any) -> None:
    """In a plain thread, and in a process of a lane."""
    body()
    in_process(body)


def test_get_update_get_and_update_and_cast() -> None:  # case 273: S-AGT-2, S-AGT-3, S-AGT-4
    def body() -> None:
        agent = rsp.Agent.start(lambda: 40)
        assert rsp.Agent.get(agent, same) == 40
        rsp.Agent.update(agent, add, 1)
        assert rsp.Agent.get_and_update(agent, lambda n: ({"was": n}, n + 1)) == {"was": 41}
        rsp.Agent.cast(agent, add, more=10)
        assert rsp.Agent.get(agent, lambda n, by: n * by, by=2) == 104
        rsp.Agent.stop(agent)
        assert not rsp.is_alive(agent)

    on_both(body)


def test_a_function_runs_in_the_agent_on_its_own_value() -> None:  # S-AGT-2
    agent = rsp.Agent.start(dict, a=1)
    assert rsp.Agent.get(agent, lambda _: rsp.self_pid()) == agent
    copy = rsp.Agent.get(agent, same)
    copy["b"] = 2  # the caller's own
    assert rsp.Agent.get(agent, same) == {"a": 1}
    lock = threading.Lock()
    holder = rsp.Agent.start(lambda: lock)  # what could never be sent
    assert rsp.Agent.get(holder, lambda held: held is lock)


def test_what_a_function_raises_ends_the_agent_and_the_call() -> None:  # S-AGT-5
    def body() -> None:
        for call in (rsp.Agent.get, rsp.Agent.update, rsp.Agent.get_and_update):
            agent = rsp.Agent.start(lambda: 1)
            ref = rsp.monitor(agent)
            with pytest.raises(rsp.CallExit) as caught:
                call(agent, boom)
            assert caught.value.reason[0] == ("exception", "python", "ValueError", "boom")
            assert await_down(ref) == caught.value.reason
            with pytest.raises(rsp.CallExit) as caught:
                call(agent, same)
            assert caught.value.reason == "noproc"
        agent = rsp.Agent.start(lambda: 1)
        ref = rsp.monitor(agent)
        rsp.Agent.cast(agent, boom)
        assert await_down(ref)[0] == ("exception", "python", "ValueError", "boom")
        rsp.Agent.cast(agent, boom)

    on_both(body)


def test_a_function_of_get_and_update_returns_a_pair() -> None:  # S-AGT-6
    for result in (5, (1, 2, 3), None, [1, 2]):
        agent = rsp.Agent.start(lambda: 1)
        ref = rsp.monitor(agent)
        with pytest.raises(rsp.CallExit) as caught:
            rsp.Agent.get_and_update(agent, lambda _, it: it, result)
        assert caught.value.reason == ("bad_return_value", result)
        assert await_down(ref) == ("bad_return_value", result)


def test_the_function_of_a_call_that_timed_out_runs_all_the_same() -> None:  # S-AGT-7
    agent = rsp.Agent.start(list)
    go = threading.Event()

    def wait(value: list[int]) -> list[int]:
        while not go.is_set():
            rsp.checkpoint()
        return [*value, 1]

    rsp.Agent.cast(agent, wait)
    with pytest.raises(rsp.CallTimeout):
        rsp.Agent.update(agent, lambda value: [*value, 2], timeout=0.01)
    go.set()
    assert rsp.Agent.get(agent, same) == [1, 2]
    with pytest.raises(TimeoutError):
        rsp.receive(timeout=0)


def test_a_start_whose_function_raises_fails() -> None:  # S-AGT-1
    with pytest.raises(rsp.StartError, match="boom"):
        rsp.Agent.start(boom, 1)
    first = rsp.Agent.start(lambda: 1, name="test_agent")
    with pytest.raises(rsp.AlreadyStarted) as caught:
        rsp.Agent.start(lambda: 1, name="test_agent")
    assert caught.value.pid == first
    assert rsp.Agent.get("test_agent", same) == 1
    rsp.Agent.stop("test_agent")
    with pytest.raises(rsp.CallExit, match="noproc"):
        rsp.Agent.get("test_agent", same)
    rsp.Agent.cast("test_agent", same)

    def linked() -> Any:
        return rsp.Agent.get(rsp.Agent.start_link(lambda: 3), same)

    assert in_process(linked) == 3


def test_a_child_has_a_new_value_after_a_restart() -> None:  # S-AGT-9
    def body() -> None:
        agents = [rsp.child(rsp.Agent, dict, a=1, name="test_agent"), (rsp.Agent, list)]
        tree = rsp.Supervisor.start(agents)
        assert [each.id for each in rsp.Supervisor.which_children(tree)] == ["test_agent", "Agent"]
        settings = rsp.Supervisor.get_childspec(tree, "test_agent")
        assert (settings.restart, settings.shutdown, settings.type) == ("permanent", 5.0, "worker")
        rsp.Agent.update("test_agent", lambda _: {})
        former = rsp.whereis("test_agent")
        assert former is not None
        with pytest.raises(rsp.CallExit):
            rsp.Agent.get("test_agent", boom)
        assert rsp.Agent.get(successor(tree, former), same) == {"a": 1}

    in_process(body)


def test_an_agent_may_call_others() -> None:
    other = rsp.Agent.start(lambda: 20)
    agent = rsp.Agent.start(lambda: 1, thread_affine=True)
    assert rsp.Agent.get(agent, lambda n: n + rsp.Agent.get(other, same)) == 21
    with pytest.raises(rsp.CallExit) as caught:
        rsp.Agent.get(agent, lambda _: rsp.Agent.get(agent, same))
    assert caught.value.reason[0] == "calling_self"


def test_what_a_request_holds_is_given_back() -> None:  # S-AGT-8
    class Held:
        __resprout_share__ = True

    agent = rsp.Agent.start(lambda: None)
    gone = rsp.Agent.start(lambda: None)
    rsp.Agent.stop(gone)
    watches = []
    for target in (agent, gone):
        for _ in range(5):
            held = Held()
            watches.append(weakref.ref(held))
            rsp.Agent.cast(target, lambda value, _held: value, held)
            del held
    assert rsp.Agent.get(agent, same) is None

    def all_gone() -> bool:
        gc.collect()
        return all(watch() is None for watch in watches)

    eventually(all_gone, "the arguments of requests")


def test_what_is_no_agent_of_python_refuses() -> None:
    class Server(rsp.GenServer[None]):
        def handle_call(self, request: Any, sender: rsp.From) -> Any:
            return rsp.Reply(type(request).__name__)

    with pytest.raises(rsp.BadArgument, match="is no agent"):
        rsp.Agent.get(rsp.Registry("test_agents").start(), same)
    server = Server.start()
    assert rsp.Agent.get(server, same) == "NoneType"  # which cannot look into the request
    agent = rsp.Agent.start(lambda: 1)
    assert rsp.call(agent, "what") == ("error", "badarg")
    assert rsp.Agent.get(agent, same) == 1
    assert rsp.receive_response(rsp.send_request(agent, "what"), PATIENCE_S) == ("error", "badarg")


def test_a_function_that_would_never_run_is_refused() -> None:
    async def later(_value: object) -> None: ...

    agent = rsp.Agent.start(lambda: 1)
    for refused in (
        lambda: rsp.Agent.start(later),
        lambda: rsp.Agent.get(agent, later),
        lambda: rsp.child(rsp.Agent, later),
    ):
        with pytest.raises(rsp.BadArgument, match="coroutine"):
            refused()
    with pytest.raises(TypeError, match="starts with a function"):
        rsp.Agent.start()
    rsp.Supervisor.check_childspecs([(rsp.Agent, list)])
