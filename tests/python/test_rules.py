"""Rules of OTP, one by one: what the tests of the other files pass through without having to notice.

tests/mutants inverts them in the core.
"""

from __future__ import annotations

import queue

import pytest

import resprout as rsp

from .support import await_down, in_process, receive, successor

pytestmark = pytest.mark.usefixtures("runtime")


class Worker(rsp.GenServer):
    def handle_call(self, request: object, sender: rsp.From) -> object:
        if request == "crash":
            raise ValueError("crash")
        return rsp.Stop("normal", reply="ended") if request == "end" else rsp.Reply(request)


def children_of(supervisor: rsp.Pid) -> list[object]:
    return [child.pid for child in rsp.Supervisor.which_children(supervisor)]


def test_a_neighbour_that_exits_kill_ends_with_kill_and_can_be_trapped() -> None:  # S-EXIT-10: case 32
    def leave() -> None:
        rsp.receive()
        raise rsp.Exit("kill")

    def body() -> None:
        rsp.trap_exit(True)
        neighbour = rsp.spawn_link(leave)
        ref = rsp.monitor(neighbour)
        rsp.send(neighbour, "go")
        assert receive(rsp.ExitSignal) == rsp.ExitSignal(neighbour, "kill")
        assert await_down(ref) == "kill"

    in_process(body)


def test_terminate_has_run_when_the_reply_of_a_stop_comes() -> None:  # S-SRV-20: case 136
    log: queue.SimpleQueue[str] = queue.SimpleQueue()

    class Thorough(Worker):
        def terminate(self, reason: object) -> None:
            with pytest.raises(TimeoutError):
                rsp.receive(timeout=0.2, match=float)  # a reply would be faster
            log.put("terminated")

    assert rsp.call(Thorough.start(), "end") == "ended"
    assert log.qsize() == 1


def test_a_restart_longer_ago_than_the_period_does_not_count() -> None:  # S-SUP-20: case 191
    period_s = 0.02

    def body() -> None:
        supervisor = rsp.Supervisor.start([rsp.child(Worker, id="w")], max_restarts=1, max_seconds=period_s)
        for _ in range(4):
            (pid,) = children_of(supervisor)
            assert isinstance(pid, rsp.Pid)
            with pytest.raises(rsp.CallExit):
                rsp.call(pid, "crash")
            successor(supervisor, pid)
            rsp.send_after(period_s + 0.001, rsp.self_pid(), "later")
            assert receive() == "later"
        assert rsp.is_alive(supervisor)

    in_process(body)


def end(pid: object) -> None:
    assert isinstance(pid, rsp.Pid)
    ref = rsp.monitor(pid)
    assert rsp.call(pid, "end") == "ended"
    assert await_down(ref) == "normal"


def start_three(auto_shutdown: str) -> tuple[rsp.Pid, list[object]]:
    """Temporary children, of which the first two are significant."""
    children = [
        rsp.child(Worker, id=name, restart="temporary", significant=name != "c") for name in ("a", "b", "c")
    ]
    supervisor = rsp.Supervisor.start(children, auto_shutdown=auto_shutdown)
    return supervisor, children_of(supervisor)


def test_the_last_of_all_significant_children_ends_the_supervisor() -> None:  # S-SUP-41: case 238
    def body() -> object:
        supervisor, (a, b, c) = start_three("all_significant")
        is_over = rsp.monitor(supervisor)
        end(a)
        end(c)
        assert children_of(supervisor) == [b]
        end(b)
        return await_down(is_over)

    assert in_process(body) == "shutdown"


def test_the_first_of_any_significant_children_ends_the_supervisor() -> None:  # S-SUP-41: case 236
    def body() -> object:
        supervisor, (a, b, c) = start_three("any_significant")
        is_over = rsp.monitor(supervisor)
        end(c)
        assert children_of(supervisor) == [a, b]
        end(a)
        return await_down(is_over)

    assert in_process(body) == "shutdown"


def test_a_strangers_exit_signal_does_not_stop_a_supervisor() -> None:  # S-SUP-19: case 218
    def body() -> None:
        supervisor = rsp.Supervisor.start([rsp.child(Worker, id="w")])
        (pid,) = children_of(supervisor)
        for reason in ("shutdown", "normal", "crash"):
            _stranger, ref = rsp.spawn_monitor(rsp.exit_signal, supervisor, reason)
            assert await_down(ref) == "normal"
        assert children_of(supervisor) == [pid]

    in_process(body)
