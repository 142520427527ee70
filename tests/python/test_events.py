"""Event managers: handlers that all get what a manager is notified of."""

from __future__ import annotations

from typing import Any

import pytest

import resprout as rsp

from .support import await_down, eventually, in_process, successor

pytestmark = pytest.mark.usefixtures("runtime")


class Log(rsp.GenEvent):
    """Keeps what it has got, and does what it is told."""

    def init(self, *args: Any, fail: Any = None) -> Any:
        self.seen: list[Any] = list(args)
        if fail == "raise":
            raise ValueError("boom")
        return rsp.Fail(fail) if fail == "fail" else fail

    def _do(self, what: Any) -> Any:
        self.seen.append(what)
        if what == "remove":
            return rsp.RemoveHandler()
        if what == "raise":
            raise ValueError("boom")
        if what == "garbage":
            return 42
        if what == "throw":
            raise rsp.Throw(rsp.RemoveHandler())
        if what == "swap":
            return rsp.SwapHandler((Other, 1), ("more",), terminate_args="bye")
        return None

    def handle_event(self, event: Any) -> Any:
        return self._do(event)

    def handle_info(self, message: Any) -> Any:
        return self._do(("info", message))

    def handle_call(self, request: Any) -> Any:
        if request == "seen":
            return rsp.Reply(self.seen)
        if request == "last words":
            return rsp.RemoveHandler("gone")
        return self._do(request)

    def terminate(self, args: Any) -> Any:
        if args == "raise":
            raise ValueError("boom")
        return ("said", args)


class Other(Log):
    pass


def seen(manager: Any, handler: Any = Log) -> Any:
    return rsp.EventManager.call(manager, handler, "seen")


def on_both(body: Any) -> None:
    """In a plain thread, and in a process of a lane."""
    body()
    in_process(body)


def test_events_go_through_all_handlers_the_newest_first() -> None:  # S-EVT-2, S-EVT-3
    def body() -> None:
        manager = rsp.EventManager.start()
        rsp.EventManager.add_handler(manager, Log)
        rsp.EventManager.add_handler(manager, (Log, 7), "x")
        assert rsp.EventManager.which_handlers(manager) == [("Log", 7), "Log"]
        rsp.EventManager.notify(manager, {"a": [1]})
        rsp.EventManager.sync_notify(manager, "b")
        assert seen(manager) == [{"a": [1]}, "b"]
        assert seen(manager, (Log, 7)) == ["x", {"a": [1]}, "b"]
        assert seen(manager, ("Log", 7)) == seen(manager, (Log, 7))
        rsp.EventManager.stop(manager)
        assert not rsp.is_alive(manager)

    on_both(body)


def test_a_handler_whose_init_fails_is_not_added() -> None:  # S-EVT-2
    manager = rsp.EventManager.start()
    for fail, reason in (("fail", "fail"), (42, 42)):
        with pytest.raises(rsp.HandlerError) as failed:
            rsp.EventManager.add_handler(manager, Log, fail=fail)
        assert failed.value.reason == reason
    with pytest.raises(rsp.HandlerError) as failed:
        rsp.EventManager.add_handler(manager, Log, fail="raise")
    assert failed.value.reason[0] == "EXIT"
    assert "ValueError" in str(failed.value)
    assert rsp.EventManager.which_handlers(manager) == []


def test_a_handler_that_is_deleted_says_what_its_terminate_said() -> None:  # S-EVT-4
    manager = rsp.EventManager.start()
    rsp.EventManager.add_handler(manager, Log)
    assert rsp.EventManager.delete_handler(manager, Log, 5) == ("said", 5)
    with pytest.raises(rsp.HandlerError, match="module_not_found"):
        rsp.EventManager.delete_handler(manager, "Log")
    rsp.EventManager.add_handler(manager, Log)
    assert rsp.EventManager.delete_handler(manager, Log, "raise")[0] == "EXIT"


@pytest.mark.parametrize("how", ["remove", "raise", "garbage", "throw"])
def test_a_handler_that_removes_itself_or_fails_goes_alone(how: str) -> None:  # S-EVT-4, S-EVT-7
    manager = rsp.EventManager.start()
    rsp.EventManager.add_handler(manager, Other)
    rsp.EventManager.add_handler(manager, Log)
    rsp.EventManager.add_handler(manager, (Other, 2))
    rsp.EventManager.delete_handler(manager, Other)
    rsp.EventManager.delete_handler(manager, (Other, 2))
    rsp.EventManager.add_handler(manager, Quiet)
    rsp.EventManager.sync_notify(manager, how)
    assert rsp.EventManager.which_handlers(manager) == ["Quiet"]


class Quiet(rsp.GenEvent):
    """Takes everything and does nothing, and has no handle_call."""


def test_a_call_of_one_handler() -> None:  # S-EVT-6, S-EVT-7
    manager = rsp.EventManager.start()
    rsp.EventManager.add_handler(manager, Log)
    rsp.EventManager.add_handler(manager, Quiet)
    with pytest.raises(rsp.HandlerError, match="bad_module"):
        rsp.EventManager.call(manager, Other, "x")
    with pytest.raises(rsp.HandlerError) as failed:
        rsp.EventManager.call(manager, Quiet, "x")
    assert failed.value.reason[0] == "EXIT"
    with pytest.raises(rsp.HandlerError) as failed:
        rsp.EventManager.call(manager, Log, "garbage")
    assert failed.value.reason == 42
    rsp.EventManager.add_handler(manager, Log)
    assert rsp.EventManager.call(manager, Log, "last words") == "gone"
    assert rsp.EventManager.which_handlers(manager) == []


def test_a_handler_is_swapped_with_what_it_leaves_behind() -> None:  # S-EVT-5
    manager = rsp.EventManager.start()
    rsp.EventManager.add_handler(manager, Log)
    rsp.EventManager.swap_handler(manager, Log, Other, "more", terminate_args=5)
    assert seen(manager, Other) == [("said", 5), "more"]
    rsp.EventManager.swap_handler(manager, "nobody", Log)
    assert seen(manager) == ["error"]
    rsp.EventManager.sync_notify(manager, "swap")
    assert rsp.EventManager.which_handlers(manager) == [("Other", 1), ("Other", 1)]
    assert seen(manager, (Other, 1)) == [("said", "bye"), "more"]


def test_who_has_added_a_handler_as_its_own() -> None:  # S-EVT-8, S-EVT-9
    manager = rsp.EventManager.start()
    rsp.EventManager.add_sup_handler(manager, Log)
    rsp.EventManager.sync_notify(manager, "remove")
    assert rsp.receive(timeout=5) == ("gen_event_EXIT", "Log", "normal")
    rsp.EventManager.add_handler(manager, Log)
    rsp.EventManager.swap_sup_handler(manager, Log, Other)
    rsp.EventManager.stop(manager)
    assert rsp.receive(timeout=5) == ("gen_event_EXIT", "Other", "shutdown")

    manager = rsp.EventManager.start()
    rsp.EventManager.add_handler(manager, Log)
    in_process(lambda: rsp.EventManager.add_sup_handler(manager, Other))
    eventually(lambda: rsp.EventManager.which_handlers(manager) == ["Log"], "the handler to go")


def test_other_messages_go_to_handle_info() -> None:  # S-EVT-10
    manager = rsp.EventManager.start()
    rsp.EventManager.add_handler(manager, Log)
    rsp.send(manager, "hello")
    assert seen(manager) == [("info", "hello")]


def test_a_manager_as_a_child_is_started_again_without_handlers() -> None:  # S-EVT-1
    supervisor = rsp.Supervisor.start([rsp.child(rsp.EventManager, name="alarms")])
    first = rsp.whereis("alarms")
    assert first is not None
    rsp.EventManager.add_handler("alarms", Log)
    ref = rsp.monitor(first)
    rsp.kill(first)
    assert await_down(ref) == "killed"
    assert successor(supervisor, first) != first
    assert rsp.EventManager.which_handlers("alarms") == []
    with pytest.raises(TypeError, match="handlers are added"):
        rsp.child(rsp.EventManager, Log)


def test_a_call_of_nobody_is_noproc() -> None:
    rsp.EventManager.notify("nobody has this name", 1)
    with pytest.raises(rsp.CallExit, match="noproc"):
        rsp.EventManager.sync_notify("nobody has this name", 1)
    with pytest.raises(rsp.CallExit, match="noproc"):
        rsp.EventManager.add_handler("nobody has this name", Log)


def test_a_class_of_coroutines_or_with_arguments_is_refused() -> None:
    with pytest.raises(rsp.BadArgument, match="coroutine"):

        class Wrong(rsp.GenEvent):
            async def handle_event(self, event: Any) -> Any: ...

    with pytest.raises(rsp.BadArgument, match="takes arguments"):

        class Needs(rsp.GenEvent):
            def __init__(self, what: Any) -> None: ...
