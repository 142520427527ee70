"""What everybody tries first, through Python: servers, calls, crashes, monitors, plain processes."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator

import pytest

import resprout as rsp


class Counter(rsp.GenServer[object]):
    def init(self, start: int = 0) -> None:
        self.value = start

    def handle_call(self, request: object, caller: object) -> object:
        if request == "crash":
            raise ValueError("boom")
        self.value += 1
        return rsp.Reply(self.value)


class Relay(rsp.GenServer[object]):
    """Asks another server before it answers: it waits in the middle of its turn."""

    def init(self, to: rsp.Pid) -> None:
        self.to = to

    def handle_call(self, request: object, caller: object) -> object:
        return rsp.Reply(rsp.call(self.to, request))


@pytest.fixture(autouse=True)
def runtime() -> Iterator[rsp.Runtime]:
    with rsp.Runtime() as running:
        yield running


def in_process(body: Callable[[], object]) -> object:
    """What `body` returns when it is run as a process."""
    answers: queue.Queue[object] = queue.Queue()

    def run() -> None:
        try:
            answers.put(body())
        except BaseException as error:
            answers.put(error)
            raise

    rsp.spawn(run)
    answer = answers.get(timeout=30)
    if isinstance(answer, BaseException):
        raise answer
    return answer


def test_a_server_answers_calls() -> None:
    server = Counter.start(5)
    assert [rsp.call(server, "next") for _ in range(3)] == [6, 7, 8]


def test_servers_that_wait_for_each_other_go_on() -> None:
    top = Relay.start(Relay.start(Counter.start(0)))
    assert [rsp.call(top, "next") for _ in range(50)] == list(range(1, 51))


def test_a_crash_fails_the_call_with_its_reason() -> None:  # case 134
    with pytest.raises(rsp.CallExit) as caught:
        rsp.call(Counter.start(0), "crash")
    value, frames = caught.value.reason
    assert value == ("exception", "python", "ValueError", "boom")
    assert frames[-1][2] == "Counter.handle_call"


def test_a_call_to_nobody_is_noproc() -> None:  # case 129
    with pytest.raises(rsp.CallExit) as caught:
        rsp.call("nobody_has_this_name", "next")
    assert caught.value.reason == "noproc"


def test_a_monitor_tells_the_reason_of_an_exception() -> None:  # case 3, case 304
    def body() -> object:
        def divide() -> float:
            return 1 / 0

        pid, ref = rsp.spawn_monitor(divide)
        down = rsp.receive(timeout=30)
        assert (down.ref, down.object) == (ref, pid)
        return down.reason[0]

    assert in_process(body) == ("exception", "python", "ZeroDivisionError", "division by zero")


def test_a_process_that_returns_ends_normally() -> None:  # case 1
    def body() -> object:
        rsp.spawn_monitor(lambda: 42)
        return rsp.receive(timeout=30).reason

    assert in_process(body) == "normal"


def test_a_trapped_exit_is_a_message() -> None:  # case 6
    def body() -> object:
        rsp.trap_exit(True)

        def leave() -> None:
            raise rsp.Exit("bye")

        child = rsp.spawn_link(leave)
        message = rsp.receive(timeout=30)
        assert isinstance(message, rsp.ExitSignal)
        assert message.sender == child
        return message.reason

    assert in_process(body) == "bye"


def test_receive_times_out_and_takes_the_oldest_that_matches() -> None:  # case 95
    def body() -> object:
        with pytest.raises(TimeoutError):
            rsp.receive(timeout=0.01)
        for message in ("a", "b", "go"):
            rsp.send(rsp.self_pid(), message)
        first = rsp.receive(match=lambda message: message == "go", timeout=30)
        return [first, rsp.receive(timeout=30), rsp.receive(timeout=30)]

    assert in_process(body) == ["go", "a", "b"]


def test_a_killed_process_runs_its_finally_once() -> None:  # case 296
    cleaned: queue.Queue[str] = queue.Queue()

    def body() -> object:
        parent = rsp.self_pid()

        def wait_for_ever() -> None:
            try:
                rsp.send(parent, "waiting")
                rsp.receive()
            finally:
                cleaned.put("finally")

        pid, _ref = rsp.spawn_monitor(wait_for_ever)
        assert rsp.receive(timeout=30) == "waiting"
        rsp.kill(pid)
        return rsp.receive(timeout=30).reason

    assert in_process(body) == "killed"
    assert cleaned.get(timeout=30) == "finally"
    assert cleaned.empty()


def test_a_dead_pid_is_harmless() -> None:  # case 300
    def body() -> object:
        pid, _ref = rsp.spawn_monitor(lambda: None)
        rsp.receive(timeout=30)
        rsp.send(pid, "to nobody")
        rsp.kill(pid)
        return rsp.is_alive(pid)

    assert in_process(body) is False
