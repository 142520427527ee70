"""GenStatem: events and states, what callbacks ask for, enter calls, how a machine ends."""

from __future__ import annotations

import queue
from collections.abc import Callable
from typing import Any

import pytest

import resprout as rsp
from resprout import Event

from .support import PATIENCE_S, await_down, in_process

pytestmark = pytest.mark.usefixtures("runtime")


class Log:
    """What came, in order; messages share it."""

    __resprout_share__ = True

    def __init__(self) -> None:
        self.entries: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def put(self, entry: object) -> None:
        self.entries.put(entry)

    def take(self, count: int) -> list[Any]:
        return [self.entries.get(timeout=PATIENCE_S) for _ in range(count)]


Deed = Callable[["Scripted", Event], Any]


class Scripted(rsp.GenStatem):
    """Begins in "a", and does what its script says."""

    def init(self, log: Log, deed: Deed | None = None, enters: bool = False) -> object:
        self.log = log
        self.deed = deed
        if enters:
            self.state_enter()
        return "a"

    def handle_event(self, event: Event) -> object:
        self.log.put((event.type, event.content, event.state))
        if event.type == "call" and event.content == "seen":
            return rsp.Reply("ok")
        return None if self.deed is None else self.deed(self, event)

    def terminate(self, reason: object) -> None:
        self.log.put(("terminate", reason, self.state))


def start(deed: Deed | None = None, enters: bool = False) -> tuple[rsp.Pid, Log]:
    log = Log()
    return Scripted.start(log, deed, enters), log


def end_of(deed: Deed) -> Any:
    """What a machine ends for that does this."""

    def body() -> Any:
        log = Log()
        pid, ref = Scripted.start_monitor(log, deed)
        rsp.cast(pid, "go")
        return await_down(ref)

    return in_process(body)


def test_each_event_comes_with_its_kind_and_the_state() -> None:  # S-STM-1, S-STM-2
    def deed(self: Scripted, event: Event) -> object:
        match event:
            case Event("cast", to):
                self.next_state(to)
            case Event("call", what, state, sender):
                assert isinstance(sender, rsp.From)
                return rsp.Reply((what, state))
        return None

    machine, log = start(deed)
    rsp.cast(machine, ("b", 1))
    rsp.send(machine, {"an": "info"})
    assert rsp.call(machine, "ask") == ("ask", ("b", 1))
    rsp.stop(machine)
    assert log.take(4) == [
        ("cast", ("b", 1), "a"),
        ("info", {"an": "info"}, ("b", 1)),
        ("call", "ask", ("b", 1)),
        ("terminate", "normal", ("b", 1)),
    ]


def test_a_reply_may_come_later() -> None:  # S-STM-3
    def deed(self: Scripted, event: Event) -> object:
        if event.type == "call":
            self.next_event("internal", event.sender)
        if event.type == "internal":
            rsp.reply(event.content, "later")
        return rsp.NoReply()

    machine, _log = start(deed)
    assert rsp.call(machine, "ask") == "later"


def test_postponed_and_inserted_events_come_in_order() -> None:  # S-STM-4, S-STM-5
    def deed(self: Scripted, event: Event) -> None:
        if event.content == "go":
            self.next_event("internal", ["any", {"value"}])
            self.next_event("cast", "second")
            self.next_state("b")
        elif event.state == "a":
            self.postpone()

    machine, log = start(deed)
    for content in (["one", {1}], "two", "go", "last"):
        rsp.cast(machine, content)
    assert log.take(8)[3:] == [
        ("internal", ["any", {"value"}], "b"),
        ("cast", "second", "b"),
        ("cast", ["one", {1}], "b"),
        ("cast", "two", "b"),
        ("cast", "last", "b"),
    ]


def test_a_postponed_call_is_answered_when_it_comes_again() -> None:  # S-STM-5
    def deed(self: Scripted, event: Event) -> object:
        if event.content == "go":
            self.next_state("b")
        elif event.state == "a":
            self.postpone()
        else:
            return rsp.Reply("in b")
        return None

    machine, _log = start(deed)

    def body() -> object:
        request = rsp.send_request(machine, "ask")
        rsp.cast(machine, "go")
        return rsp.receive_response(request, timeout=PATIENCE_S)

    assert in_process(body) == "in b"


def test_timeouts_come_with_their_names_and_contents() -> None:  # S-STM-6 to S-STM-10
    def deed(self: Scripted, event: Event) -> None:
        if event.content == "go":
            self.named_timeout("far", 60.0, "old")
            self.named_timeout(("n", 1), 0.002, "named")
            self.state_timeout(0, "state")
            self.event_timeout(0, "ended by the event of the state timeout")
            self.named_timeout("gone", 0)
            self.cancel_timeout("named_timeout", "gone")
            self.named_timeout("gone too", None)
        elif event.type == "state_timeout":
            self.update_timeout("named_timeout", "new", "far")
            self.update_timeout("named_timeout", "at once", "none runs")
        elif event.type == "named_timeout" and event.name == ("n", 1):
            self.event_timeout(0.001, "event")

    machine, log = start(deed)
    rsp.cast(machine, "go")
    assert log.take(5)[1:] == [
        ("state_timeout", "state", "a"),
        ("named_timeout", "at once", "a"),
        ("named_timeout", "named", "a"),
        ("timeout", "event", "a"),
    ]


def test_a_change_ends_the_state_timeout() -> None:  # S-STM-7
    def deed(self: Scripted, event: Event) -> None:
        if event.content == "go":
            self.next_state("b")
            self.named_timeout("witness", 0.02)
        else:
            self.state_timeout(0.005, "of a")

    machine, log = start(deed)
    rsp.cast(machine, "set")
    rsp.cast(machine, "go")
    assert log.take(3)[1:] == [("cast", "go", "a"), ("named_timeout", None, "b")]


def test_enter_calls_bring_the_state_before() -> None:  # S-STM-11, S-STM-13
    def deed(self: Scripted, event: Event) -> None:
        if event.type == "cast":
            self.next_state("b") if event.content == "go" else self.repeat_state()

    machine, log = start(deed, enters=True)
    for content in ("go", "again"):
        rsp.cast(machine, content)
    assert log.take(5) == [
        ("enter", "a", "a"),
        ("cast", "go", "a"),
        ("enter", "a", "b"),
        ("cast", "again", "b"),
        ("enter", "b", "b"),
    ]


class Repeating(rsp.GenStatem):
    """Repeats its state in its enter calls, until it has been entered often enough."""

    def init(self, until: int) -> str:
        self.until = until
        self.entered = 0
        self.state_enter()
        return "a"

    def handle_event(self, event: Event) -> rsp.Reply | None:
        if event.type == "call":
            return rsp.Reply(self.entered)
        self.entered += 1
        if self.entered != self.until:
            self.repeat_state()
        return None


def test_a_state_is_repeated_any_number_of_times() -> None:  # S-STM-17
    assert rsp.call(Repeating.start(100_000), "how often?", timeout=None) == 100_000


def test_one_that_repeats_its_state_for_ever_ends_by_a_signal_and_holds_nobody_up() -> None:  # S-STM-17
    def body() -> None:  # on the lane of the machines
        endless, ref = Repeating.start_monitor(0)
        assert rsp.call(Repeating.start(10), "how often?") == 10
        rsp.exit_signal(endless, "boom")
        assert await_down(ref) == "boom"

    in_process(body)


def test_stop_with_a_reply_answers_before_terminate() -> None:  # S-STM-14
    machine, log = start(lambda _self, _event: rsp.Stop("done", reply="bye"))
    assert rsp.call(machine, "x") == "bye"
    assert log.take(2)[1] == ("terminate", "done", "a")


def test_an_exception_ends_it_in_the_last_good_state() -> None:  # S-STM-15
    def deed(self: Scripted, _event: Event) -> None:
        self.next_state("b")
        raise ValueError("oops")

    machine, log = start(deed)
    with pytest.raises(rsp.CallExit):
        rsp.call(machine, "x")
    assert log.take(2)[1][2] == "a"


BAD_RETURNS: list[Any] = [
    5,
    "text",
    rsp.Reply(1),  # to nobody
    rsp.NoReply(state="b"),
    rsp.NoReply(continue_with=1),
    rsp.Ignore(),
    rsp.Init("b"),
]


@pytest.mark.parametrize("bad", BAD_RETURNS, ids=repr)
def test_what_means_nothing_ends_it(bad: object) -> None:  # S-STM-16
    reason = end_of(lambda _self, _event: bad)
    assert reason[0][0] == "bad_return_from_state_function", reason


def test_a_time_to_wait_is_a_servers() -> None:  # S-STM-16
    reason = end_of(lambda _self, _event: rsp.NoReply(timeout=5))
    assert reason[0] == ("bad_return_from_state_function", ("timeout", 5000))


def test_a_throw_counts_as_the_result() -> None:  # S-STM-16
    def deed(_self: Scripted, event: Event) -> None:
        raise rsp.Throw(rsp.Stop("thrown") if event.content == "go" else None)

    assert end_of(deed) == "thrown"


def test_an_enter_call_may_not_change_the_state() -> None:  # S-STM-12
    def deed(self: Scripted, event: Event) -> None:
        self.next_state("b" if event.type == "cast" else "c")

    def body() -> Any:
        pid, ref = Scripted.start_monitor(
            Log(), lambda s, e: deed(s, e) if e.state != "a" or e.type == "cast" else None, True
        )
        rsp.cast(pid, "go")
        return await_down(ref)

    assert in_process(body)[0] == ("bad_state_enter_return_from_state_function", ("next_state", "c"))


class Door(rsp.GenStatem, restart="transient"):
    """Its states are methods."""

    def init(self, log: Log) -> str:
        self.log = log
        return "locked"

    def in_locked(self, event: Event) -> object:
        if event.content == "unlock":
            self.next_state("open")
        return rsp.Reply("locked") if event.type == "call" else None

    def in_open(self, event: Event) -> object:
        if event.content == "break":
            self.next_state("broken")
        return rsp.Reply("open") if event.type == "call" else None


def test_a_method_for_each_state() -> None:  # S-STM-1
    door = Door.start(Log(), name="door")
    assert rsp.call("door", "look") == "locked"
    rsp.cast(door, "unlock")
    assert rsp.call("door", "look") == "open"
    rsp.cast(door, "break")
    with pytest.raises(rsp.CallExit) as caught:
        rsp.call("door", "look")
    assert "in_broken" in str(caught.value) or "undef" in str(caught.value)


def test_it_is_a_child_with_the_defaults_of_its_class() -> None:  # S-STM-1
    def body() -> None:
        supervisor = rsp.Supervisor.start([rsp.child(Door, Log(), name="door")])
        first = rsp.whereis("door")
        assert first is not None
        ref = rsp.monitor(first)
        rsp.kill(first)
        await_down(ref)
        second = rsp.wait_for_name("door", PATIENCE_S)
        assert second != first
        assert rsp.call("door", "look") == "locked"
        rsp.stop(supervisor)

    in_process(body)


@pytest.mark.parametrize("result", [rsp.Stop("no"), rsp.Fail("no"), rsp.Ignore(), object()], ids=repr)
def test_an_init_that_gives_no_state_fails_the_start(result: object) -> None:  # S-STM-16
    class Bad(rsp.GenStatem):
        def init(self) -> object:
            return result

    with pytest.raises((rsp.StartError, rsp.StartIgnored)):
        Bad.start()


def test_what_only_a_server_has_is_refused_with_the_class() -> None:  # S-STM-1
    with pytest.raises(rsp.BadArgument, match="handle_event in its place"):

        class Calls(rsp.GenStatem):
            def handle_call(self, request: object, sender: rsp.From) -> object:
                return None

    with pytest.raises(rsp.BadArgument, match="as events"):

        class Methods(rsp.GenStatem):
            @rsp.call
            def get(self) -> int:
                return 1


ASKS: dict[str, Callable[[rsp.GenStatem], object]] = {
    "next_state": lambda machine: machine.next_state("b"),
    "repeat_state": lambda machine: machine.repeat_state(),
    "postpone": lambda machine: machine.postpone(),
    "next_event": lambda machine: machine.next_event("internal", 1),
    "event_timeout": lambda machine: machine.event_timeout(1),
    "state_timeout": lambda machine: machine.state_timeout(1),
    "named_timeout": lambda machine: machine.named_timeout("n", 1),
    "update_timeout": lambda machine: machine.update_timeout("timeout", 1),
    "cancel_timeout": lambda machine: machine.cancel_timeout("timeout"),
    "state_enter": lambda machine: machine.state_enter(),
    "state": lambda machine: machine.state,
}


@pytest.mark.parametrize("name", ASKS)
def test_only_callbacks_of_a_machine_ask(name: str) -> None:  # S-STM-1
    with pytest.raises(rsp.WrongContext, match="callback of a GenStatem"):
        ASKS[name](Door())


BAD_ASKS: dict[str, Callable[[rsp.GenStatem], object]] = {
    "state": lambda machine: machine.next_state(object()),
    "type": lambda machine: machine.next_event("timeout", 1),
    "no type": lambda machine: machine.next_event(5, 1),  # type: ignore[arg-type]
    "no sender": lambda machine: machine.next_event("call", 1),
    "a sender": lambda machine: machine.next_event("call", 1, 5),  # type: ignore[arg-type]
    "time": lambda machine: machine.state_timeout(-1),
    "no time": lambda machine: machine.state_timeout("soon"),  # type: ignore[arg-type]
    "content": lambda machine: machine.state_timeout(1, object()),
    "name": lambda machine: machine.named_timeout(object(), 1),
    "a name": lambda machine: machine.update_timeout("timeout", 1, "name"),
    "kind": lambda machine: machine.cancel_timeout("enter"),
}


@pytest.mark.parametrize("name", BAD_ASKS)
def test_a_bad_argument_is_a_defined_exception_and_the_machine_goes_on(name: str) -> None:  # S-STM-1
    def deed(self: Scripted, _event: Event) -> object:
        with pytest.raises((TypeError, ValueError, rsp.WrongContext)) as caught:
            BAD_ASKS[name](self)
        return rsp.Reply(str(caught.value))

    machine, _log = start(deed)
    assert rsp.call(machine, "x")
    assert rsp.call(machine, "seen") == "ok"


def test_native_payloads_that_are_kept_go_with_the_machine() -> None:  # S-STM-18
    def deed(self: Scripted, event: Event) -> None:
        self.postpone()
        self.next_event("internal", object()) if event.content == "last" else None
        if event.type == "internal":
            raise rsp.Exit("enough")

    def body() -> Any:
        pid, ref = Scripted.start_monitor(Log(), deed)
        for content in ([1], {2}, "last"):
            rsp.cast(pid, content)
        return await_down(ref)

    assert in_process(body) == "enough"
