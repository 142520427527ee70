"""Lanes: a process that waits in the middle of its code keeps its frame and its thread, and others go on."""

from __future__ import annotations

import sqlite3
import sys
import threading

import pytest

import resprout as rsp

from .support import PATIENCE_S, await_down, in_process, reason_of, receive

pytestmark = pytest.mark.usefixtures("runtime")


def test_processes_go_on_while_others_wait_in_the_middle_of_their_code() -> None:
    def body() -> object:
        me = rsp.self_pid()

        def waiter(number: int) -> None:
            mine = threading.get_ident()
            before = number * 2
            rsp.send(me, "waits")
            got = rsp.receive()
            assert threading.get_ident() == mine
            rsp.send(me, (before, got))

        pids = [rsp.spawn(waiter, number) for number in range(20)]
        for _ in pids:
            assert receive(str) == "waits"
        for number, pid in reversed(list(enumerate(pids))):
            rsp.send(pid, number)
        return sorted(receive() for _ in pids)

    assert in_process(body) == [(number * 2, number) for number in range(20)]


def test_each_kind_of_wait_hands_the_lane_over() -> None:
    class Asked(rsp.GenServer):
        def handle_call(self, request: object, sender: rsp.From) -> object:
            return rsp.Reply(request)

        def terminate(self, reason: object) -> None:
            rsp.call(helper, "in terminate")

    class Late(rsp.GenServer):
        def init(self) -> None:
            rsp.call(helper, "in init")

    helper = Asked.start()

    def body() -> object:
        server = Asked.start()
        rsp.call(server, "call")
        rsp.is_alive(server)
        rsp.process_info(server)
        rsp.stop(Late.start())
        supervisor = rsp.Supervisor.start([Late])
        rsp.Supervisor.which_children(supervisor)
        rsp.stop(supervisor)
        rsp.stop(server)
        with pytest.raises(TimeoutError):
            rsp.receive(timeout=0.001)
        return "all of them"

    assert in_process(body) == "all of them"


def test_a_computing_process_shares_the_interpreter() -> None:
    def body() -> object:
        me = rsp.self_pid()
        stop = threading.Event()

        def compute() -> None:
            while not stop.is_set():
                rsp.checkpoint()

        pid, ref = rsp.spawn_monitor(compute)
        rsp.send_after(0.005, me, "tick")
        stop.set()
        assert receive(str) == "tick"
        assert await_down(ref) == "normal"
        return rsp.is_alive(pid)

    assert in_process(body) is False


def test_a_thread_affine_process_has_one_thread_for_ever() -> None:
    class Store(rsp.GenServer, thread_affine=True):
        def init(self) -> None:
            self.thread = threading.get_ident()
            self.db = sqlite3.connect(":memory:")  # bound to its thread
            self.db.execute("create table t (x)")

        @rsp.call
        def put(self, value: int) -> int:
            rsp.self_pid()
            with pytest.raises(TimeoutError):
                # Other calls come meanwhile, and are left to be handled.
                rsp.receive(timeout=0.001, match=lambda message: False)
            self.db.execute("insert into t values (?)", (value,))
            assert threading.get_ident() == self.thread
            return int(self.db.execute("select count(*) from t").fetchone()[0])

        def terminate(self, reason: object) -> None:
            self.db.close()

    def client(ref: Store, me: rsp.Pid) -> None:
        rsp.send(me, ref.put(1))

    def body() -> object:
        supervisor = rsp.Supervisor.start([rsp.child(Store, name="store")])
        store = Store.at("store")
        for _ in range(10):
            rsp.spawn_link(client, store, rsp.self_pid())
        counts = sorted(receive() for _ in range(10))
        threads = {thread.name for thread in threading.enumerate()}
        assert any(name.startswith("resprout-affine-") for name in threads)
        rsp.stop(supervisor)
        return counts

    assert in_process(body) == list(range(1, 11))


def test_a_thread_affine_function_keeps_its_thread_and_others_wait_for_nothing() -> None:
    def body() -> object:
        me = rsp.self_pid()
        blocker = threading.Event()

        def block() -> None:
            rsp.send(me, threading.current_thread().name)
            blocker.wait()  # blocks its own thread, and no lane

        _pid, ref = rsp.spawn_monitor(block, thread_affine=True)
        name = receive(str)
        assert isinstance(name, str)
        assert name.startswith("resprout-affine-")
        assert reason_of(lambda: None) == "normal"  # the common lane is free
        blocker.set()
        return await_down(ref)

    assert in_process(body) == "normal"


def test_one_too_many_waiting_processes_is_told_so_and_the_others_live() -> None:
    def body() -> None:
        me = rsp.self_pid()

        def wait() -> None:
            rsp.send(me, "waits")
            rsp.receive()

        started = [rsp.spawn_monitor(wait) for _ in range(80)]
        for _ in started:
            receive(str)
        refused = 0
        for pid, ref in started:
            rsp.send(pid, "go on")
            reason = await_down(ref)
            if reason != "normal":
                assert isinstance(reason, tuple)
                assert reason[0] == "system_limit"
                refused += 1
        assert 0 < refused < 40

    in_process(body)


def test_a_wait_that_gets_no_further_thread_is_refused_and_the_others_live(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = threading.Event()
    told = []

    class Asked(rsp.GenServer):
        def handle_call(self, request: object, sender: rsp.From) -> object:
            asked.set()
            return rsp.Reply(request)

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    helper = Asked.start()  # here, since a process that waited for it would leave a spare thread behind

    def body() -> None:
        with monkeypatch.context() as patched:
            patched.setattr(threading.Thread, "start", refuse)
            patched.setattr(sys, "unraisablehook", lambda it: told.append(str(it.exc_value)))
            with pytest.raises(rsp.SystemLimit):
                rsp.call(helper, "which has the lane to wait for")

    in_process(body)
    assert asked.wait(PATIENCE_S)
    assert told == ["can't start new thread"]
    # And the runtime stops (the fixture), though a thread of the lane was never started.


def test_a_process_that_gets_no_thread_of_its_own_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        with pytest.raises(rsp.SystemLimit, match="start new thread"):
            rsp.spawn(lambda: None, thread_affine=True)
    ended = threading.Event()
    rsp.spawn(ended.set, thread_affine=True)
    assert ended.wait(PATIENCE_S)


def test_a_runtime_that_gets_no_thread_for_its_lane_leaves_no_other(
    runtime: rsp.Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert runtime.stop()
    before = threading.enumerate()
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if thread.name.startswith("resprout-lane-"):
            raise RuntimeError("can't start new thread")
        start(thread)

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        with pytest.raises(rsp.SystemLimit):
            rsp.Runtime().start()
    assert threading.enumerate() == before
    with rsp.Runtime():
        assert in_process(lambda: "works") == "works"


def test_lane_threads_are_threads_that_debuggers_see() -> None:
    names = in_process(lambda: [thread.name for thread in threading.enumerate()])
    assert "resprout-lane-0" in names
    assert all(thread.daemon for thread in threading.enumerate() if thread.name.startswith("resprout-"))
