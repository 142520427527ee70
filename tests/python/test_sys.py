"""resprout.sys: what running behaviours say of themselves, and what they report when they are traced."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import resprout as rsp

from .support import eventually, in_process, receive

pytestmark = pytest.mark.usefixtures("runtime")


class Till(rsp.GenServer):
    """Counts what it is paid, and tells somebody of every other message."""

    def init(self, coins: int, told: rsp.Pid | None = None) -> None:
        self.coins = coins
        self.told = told

    def handle_call(self, request: Any, _sender: rsp.From) -> Any:
        if request == "wait":
            return rsp.Reply("ok", timeout=0.02)
        self.coins += int(request)
        return rsp.Reply(self.coins)

    def handle_cast(self, request: Any) -> Any:
        self.coins += int(request)

    def handle_info(self, message: Any) -> None:
        if self.told is not None:
            rsp.send(self.told, message)


class Discreet(Till):
    def format_status(self) -> Any:
        return ("coins", self.coins)


class Mute(Till):
    def format_status(self) -> Any:
        raise RuntimeError("nothing to say")


class Lamp(rsp.GenStatem):
    def init(self, power: int = 40) -> str:
        self.power = power
        return "off"

    def handle_event(self, event: Any) -> Any:
        if event.content == "switch":
            self.next_state("on" if event.state == "off" else "off")
        return rsp.Reply("done") if event.type == "call" else None

    def format_status(self) -> Any:
        return self.power


class Listener(rsp.GenEvent):
    def init(self, what: str) -> None:
        self.what = what


class Speaker(Listener):
    def format_status(self) -> Any:
        return self.what


class Grumbler(Listener):
    def format_status(self) -> Any:
        raise RuntimeError("nothing to say")


def on_both(body: Callable[[], object]) -> None:
    """In a plain thread, and in a process of a lane."""
    body()
    in_process(body)


def test_the_status_of_a_server_says_what_it_is() -> None:  # S-SYS-2
    def body() -> None:
        till = Discreet.start_link(7, name="sys_till")
        assert rsp.sys.get_status("sys_till") == {
            "pid": till,
            "behaviour": "gen_server",
            "module": "Discreet",
            "status": "running",
            "parent": rsp.self_pid(),
            "registered_name": "sys_till",
            "trace": False,
            "state": ("coins", 7),
        }
        rsp.stop(till)

    on_both(body)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_state_is_what_format_status_says_and_never_the_object() -> None:  # S-SYS-3
    def body() -> None:
        assert rsp.sys.get_state(Discreet.start(7)) == ("coins", 7)
        assert rsp.sys.get_state(Till.start(7)) == {"coins": "7", "told": "None"}
        assert rsp.sys.get_state(Mute.start(7)) is None

    on_both(body)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_each_behaviour_shows_its_own() -> None:  # S-SYS-3
    lamp = Lamp.start()
    rsp.cast(lamp, "switch")
    assert rsp.sys.get_state(lamp) == ("on", 40)
    assert rsp.sys.get_status(lamp)["behaviour"] == "gen_statem"

    manager = rsp.EventManager.start()
    rsp.EventManager.add_handler(manager, Listener, "a")
    rsp.EventManager.add_handler(manager, (Speaker, 1), "b")
    rsp.EventManager.add_handler(manager, Grumbler, "c")
    assert rsp.sys.get_state(manager) == [
        ("Grumbler", None),
        (("Speaker", 1), "b"),
        ("Listener", {"what": "'a'"}),
    ]
    assert rsp.sys.get_status(manager)["behaviour"] == "gen_event"

    supervisor = rsp.Supervisor.start([rsp.child(Till, 1, id="till")], max_restarts=7)
    state = rsp.sys.get_state(supervisor)
    (child,) = rsp.Supervisor.which_children(supervisor)
    assert state.pop("children") == [("till", child.pid, "worker", "Till")]
    assert state == {
        "strategy": "one_for_one",
        "intensity": 7,
        "period_ms": 5000,
        "auto_shutdown": "never",
    }

    agent = rsp.Agent.start(lambda: {"a": [1]})
    assert rsp.sys.get_state(agent) == "{'a': [1]}"
    assert rsp.sys.get_status(agent)["module"] == "agent"


def test_it_comes_in_order_and_no_callback_sees_it() -> None:  # S-SYS-1
    till = Discreet.start(0, rsp.self_pid())
    for coins in range(1, 50):
        rsp.cast(till, 1)
        assert rsp.sys.get_state(till) == ("coins", coins)
    rsp.send(till, "last")
    assert receive() == "last"


def deaf() -> None:
    while True:
        rsp.receive()


def test_no_process_and_no_behaviour_are_failures_of_a_call() -> None:  # S-SYS-1
    gone = Till.start(1)
    rsp.stop(gone)
    for ask in (rsp.sys.get_status, rsp.sys.get_state, rsp.sys.trace):
        for dest in (gone, "sys_nobody"):
            with pytest.raises(rsp.CallExit) as failed:
                ask(dest)
            assert failed.value.reason == "noproc"
    with pytest.raises(rsp.CallTimeout):
        rsp.sys.get_state(rsp.spawn(deaf), timeout=0.02)
    with pytest.raises(rsp.CallCycle):
        rsp.sys.get_state(rsp.self_pid())
    with pytest.raises(TypeError, match="a Pid, a name or a Via"):
        rsp.sys.get_state(rsp.make_ref())  # type: ignore[arg-type]
    with pytest.raises(rsp.BadArgument, match="on"):
        rsp.sys.trace(Till.start(1), 1)  # type: ignore[arg-type]


def test_one_that_is_suspended_answers_when_it_is_resumed() -> None:  # S-SYS-4
    till = Till.start(1)
    rsp.suspend(till)
    with pytest.raises(rsp.CallTimeout):
        rsp.sys.get_status(till, timeout=0.02)
    rsp.resume(till)
    assert rsp.sys.get_status(till)["status"] == "running"
    with pytest.raises(TimeoutError):
        rsp.receive(timeout=0)


def test_a_server_goes_on_waiting_for_its_timeout() -> None:  # S-SYS-5
    till = Till.start(1, rsp.self_pid())
    assert rsp.call(till, "wait") == "ok"
    rsp.sys.get_state(till)
    assert receive() == "timeout"


@pytest.fixture
def traces(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[int], list[str]]]:
    caplog.set_level(logging.INFO, logger="resprout")

    def first(count: int) -> list[str]:
        def look() -> list[str]:
            rsp.is_alive(rsp.self_pid())  # reports are written between two turns
            return [record.getMessage() for record in caplog.records if record.name == "resprout.trace"]

        return eventually(lambda: (found := look())[count - 1 :] and found, f"{count} records")

    yield first
    rsp.set_report_contents()


def test_a_traced_server_reports_what_it_takes_and_answers(
    traces: Callable[[int], list[str]],
) -> None:  # S-SYS-7, S-SYS-8
    rsp.set_report_contents(messages=True)
    me, till = rsp.self_pid(), Till.start(1, name="sys_traced")
    assert rsp.call(till, 1) == 2
    rsp.sys.trace(till)
    assert rsp.sys.get_status(till)["trace"] is True
    assert rsp.call(till, 2) == 4
    rsp.send(till, "other")
    rsp.sys.trace(till, False)
    assert rsp.call(till, 1) == 5
    who = f"trace_report: sys_traced ({till})"
    assert traces(3) == [
        f"{who} took call from {me}: 'a Python object'",
        f"{who} replied to {me}: 'a Python object'",
        f"{who} took info: 'a Python object'",
    ]


def test_contents_are_left_out_unless_asked_for(
    traces: Callable[[int], list[str]],
) -> None:  # S-SYS-7, S-SYS-8
    me, lamp = rsp.self_pid(), Lamp.start(name="sys_lamp")
    rsp.sys.trace(lamp)
    assert rsp.call(lamp, "switch") == "done"
    who = f"trace_report: sys_lamp ({lamp})"
    assert traces(3) == [
        f"{who} took call from {me}",
        f"{who} replied to {me}",
        f"{who} went from 'off' to 'on'",
    ]
