"""Plain processes: spawn, send, receive, names, timers, aliases, what messages hold."""

from __future__ import annotations

import copy
import pickle
import socket
import threading
from dataclasses import dataclass
from typing import NamedTuple

import pytest

import resprout as rsp

from .support import PATIENCE_S, await_down, eventually, in_process, reason_of, receive

pytestmark = pytest.mark.usefixtures("runtime")


class Point(NamedTuple):
    x: object
    y: object


@dataclass(frozen=True)
class Frozen:
    value: int


@dataclass
class Mutable:
    values: list[int]


def echo() -> None:
    while True:
        sender, message = rsp.receive()
        rsp.send(sender, message)


def there_and_back(message: object) -> object:
    rsp.send(rsp.spawn_link(echo), (rsp.self_pid(), message))
    return receive()


def test_messages_of_one_sender_arrive_in_order() -> None:  # S-SIG-2
    def body() -> list[object]:
        me = rsp.self_pid()

        def count() -> None:
            for number in range(1000):
                rsp.send(me, number)

        _pid, ref = rsp.spawn_monitor(count)
        got = [receive() for _ in range(1000)]
        assert await_down(ref) == "normal"
        return got

    assert in_process(body) == list(range(1000))


def test_messages_stand_before_the_down_of_their_sender() -> None:  # S-MON-11
    def body() -> list[object]:
        me = rsp.self_pid()
        rsp.spawn_monitor(lambda: rsp.send(me, "last words"))
        return [receive(), type(receive())]

    assert in_process(body) == ["last words", rsp.Down]


def test_mutable_parts_of_a_message_are_copied() -> None:  # S-NAT-6
    message = {
        "list": [1, [2]],
        "set": {3},
        "bytes": bytearray(b"4"),
        "object": Mutable([5]),
        "point": Point([6], 7),
    }
    got = in_process(lambda: there_and_back(message))
    assert got == message
    assert isinstance(got, dict)
    for key in message:
        assert got[key] is not message[key]
    assert got["list"][1] is not message["list"][1]
    assert isinstance(got["point"], Point)


def test_immutable_parts_of_a_message_are_shared() -> None:
    for shared in ("text" * 100, 10**30, (1, ("a", b"b"), frozenset({1})), Frozen(1), Point(1, 2), echo):
        assert in_process(lambda shared=shared: there_and_back(shared)) is shared


def test_a_cyclic_message_keeps_its_shape() -> None:
    cycle: list[object] = [1]
    cycle.append(cycle)
    got = in_process(lambda: there_and_back(cycle))
    assert isinstance(got, list)
    assert got is not cycle
    assert got[1] is got


def test_what_cannot_be_copied_is_refused_at_the_send() -> None:
    def body() -> None:
        with pytest.raises(TypeError, match="cannot be sent"):
            rsp.send(rsp.self_pid(), threading.Lock())
        with pytest.raises(TimeoutError):
            rsp.receive(timeout=0)

    in_process(body)


def test_a_killed_process_takes_nothing_that_was_sent_later() -> None:  # S-SIG-4
    seen: list[object] = []

    def body() -> object:
        pid, ref = rsp.spawn_monitor(lambda: seen.append(rsp.receive()))
        rsp.kill(pid)
        rsp.send(pid, "too late")
        return await_down(ref)

    assert in_process(body) == "killed"
    assert seen == []


def test_is_alive_is_false_after_a_kill() -> None:  # S-PROC-9
    def body() -> list[bool]:
        pid = rsp.spawn(rsp.receive)
        before = rsp.is_alive(pid)
        rsp.kill(pid)
        return [before, rsp.is_alive(pid)]

    assert in_process(body) == [True, False]


def test_a_handler_keeps_its_state_between_messages_and_has_no_thread() -> None:
    def add(total: int, message: object) -> int:
        match message:
            case int(more):
                return total + more
            case ("get", rsp.Pid() as to):
                rsp.send(to, total)
                return total
            case _:
                raise rsp.Exit("enough")

    def body() -> object:
        threads = threading.active_count()
        pids = [rsp.spawn_handler(add, 0) for _ in range(500)]
        for pid in pids:
            rsp.send(pid, 20)
            rsp.send(pid, 22)
            rsp.send(pid, ("get", rsp.self_pid()))
        assert [receive() for _ in pids] == [42] * 500
        assert threading.active_count() <= threads + 1  # the one that takes the lane while this one waits
        ref = rsp.monitor(pids[0])
        rsp.send(pids[0], "stop")
        return await_down(ref)

    assert in_process(body) == "enough"


# ---- receive ----


def test_receive_matches_classes_refs_and_predicates_and_keeps_the_rest_in_order() -> None:  # S-MBOX-1
    def body() -> list[object]:
        me = rsp.self_pid()
        _pid, ref = rsp.spawn_monitor(lambda: None)
        for message in ("a", 1, "b", 2.0, ("tuple",)):
            rsp.send(me, message)
        picked = [receive(int), receive((float, tuple)), type(receive(ref)), receive(lambda m: m == "b")]
        return [*picked, receive(), receive()]

    assert in_process(body) == [1, 2.0, rsp.Down, "b", "a", ("tuple",)]


def test_a_predicate_that_raises_loses_nothing() -> None:
    def body() -> list[object]:
        def picky(message: object) -> bool:
            raise ValueError("no idea")

        rsp.send(rsp.self_pid(), "first")
        rsp.send(rsp.self_pid(), "second")
        for _ in range(2):
            with pytest.raises(ValueError, match="no idea"):
                rsp.receive(timeout=0, match=picky)
        return [receive(), receive()]

    assert in_process(body) == ["first", "second"]


def test_a_timeout_of_zero_looks_once() -> None:  # S-MBOX-2
    def body() -> object:
        with pytest.raises(TimeoutError):
            rsp.receive(timeout=0)
        rsp.send(rsp.self_pid(), "there")
        return rsp.receive(timeout=0)

    assert in_process(body) == "there"


# ---- names ----


def test_a_name_belongs_to_one_live_process() -> None:  # S-NAME-1, S-NAME-2
    def body() -> None:
        first, ref = rsp.spawn_monitor(rsp.receive)
        second = rsp.spawn_link(rsp.receive)
        rsp.register("the name", first)
        assert rsp.whereis("the name") == first
        with pytest.raises(rsp.BadArgument) as caught:
            rsp.register("the name", second)
        assert caught.value.code == "RSP_ENAMETAKEN"
        with pytest.raises(rsp.BadArgument) as caught:
            rsp.register("another name", first)
        assert caught.value.code == "RSP_EHASNAME"
        rsp.send("the name", "go")
        assert await_down(ref) == "normal"
        assert rsp.whereis("the name") is None  # S-NAME-5: free before anybody is told
        rsp.register("the name", second)
        rsp.unregister("the name")
        with pytest.raises(rsp.BadArgument):
            rsp.unregister("the name")
        with pytest.raises(rsp.BadArgument, match="the name"):
            rsp.send("the name", "to nobody")

    in_process(body)


# ---- timers ----


def test_timers_fire_once_and_can_be_cancelled() -> None:  # S-TIMER-1..3
    def body() -> None:
        me = rsp.self_pid()
        late = rsp.send_after(60.0, me, "late")
        left = rsp.read_timer(late)
        assert left is not None
        assert 0 < left <= 60.0
        assert rsp.cancel_timer(late) is not None
        assert rsp.cancel_timer(late) is None
        ref = rsp.start_timer(0.002, me, ("payload", 1))
        rsp.send_after(0.001, me, "soon")
        assert receive() == "soon"
        assert receive() == rsp.TimerFired(ref, ("payload", 1))
        assert rsp.read_timer(ref) is None

    in_process(body)


# ---- descriptors ----


def test_a_descriptor_that_is_ready_is_a_message() -> None:  # S-SEL-1..4
    def body() -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ref = rsp.select(ours)
            theirs.send(b"x")
            assert receive() == rsp.DescriptorReady(ref, readable=True, writable=False)
            assert rsp.cancel_select(ref) is False
            ref = rsp.select(ours.fileno(), read=False, write=True)
            assert receive() == rsp.DescriptorReady(ref, readable=False, writable=True)
            assert ours.recv(1) == b"x"
            ref = rsp.select(ours)
            with pytest.raises(rsp.BadArgument, match="registered for this direction already"):
                rsp.select(ours)
            assert rsp.cancel_select(ref) is True
            theirs.send(b"y")
            with pytest.raises(ValueError, match="read=True"):
                rsp.select(ours, read=False)
        with pytest.raises(ValueError, match="file descriptor"):
            rsp.select(ours)
        with open(__file__) as file, pytest.raises(rsp.BadArgument, match="regular file"):
            rsp.select(file)
        with pytest.raises(TimeoutError):
            rsp.receive(timeout=0)

    in_process(body)


def test_a_timer_to_a_name_finds_its_holder_when_it_fires() -> None:  # S-NAME-6
    def body() -> object:
        rsp.send_after(0.001, "later", "found")
        rsp.register("later")
        return receive()

    assert in_process(body) == "found"


# ---- aliases ----


def test_an_alias_that_is_off_takes_nothing() -> None:  # S-ALIAS-1, S-ALIAS-2
    def body() -> None:
        alias = rsp.alias()
        rsp.send(alias, "on")
        assert receive() == "on"
        assert rsp.unalias(alias) is True
        assert rsp.unalias(alias) is False
        rsp.send(alias, "off")
        once = rsp.alias("reply")
        rsp.send(once, "first")
        rsp.send(once, "second")
        rsp.send(rsp.self_pid(), "end")
        assert [receive(), receive()] == ["first", "end"]

    in_process(body)


# ---- identities ----


def test_pids_and_refs_are_values() -> None:
    def body() -> None:
        pid, ref = rsp.self_pid(), rsp.make_ref()
        for value in (pid, ref):
            assert pickle.loads(pickle.dumps(value)) == value
            assert copy.deepcopy(value) is value
            assert len({value, pickle.loads(pickle.dumps(value))}) == 1
        assert rsp.make_ref() != ref
        assert sorted([rsp.spawn(lambda: None), pid]) is not None

    in_process(body)


def test_a_plain_thread_is_a_process_by_its_first_call() -> None:
    mine = rsp.self_pid()
    theirs: list[rsp.Pid] = []

    def body() -> None:
        theirs.append(rsp.self_pid())
        rsp.send(mine, "hello")

    thread = threading.Thread(target=body)
    thread.start()
    assert rsp.receive(timeout=PATIENCE_S) == "hello"
    ref = rsp.monitor(theirs[0])
    thread.join()
    assert await_down(ref) in ("thread_ended", "noproc")  # S-EXIT-7
    assert theirs[0] != mine


def test_detach_ends_the_process_of_a_thread_and_the_next_call_makes_a_new_one() -> None:
    me = rsp.self_pid()
    seen: list[object] = []
    watcher = rsp.spawn(lambda: seen.append(reason_of_other(me)))
    eventually_monitored(me)
    rsp.detach("enough")
    again = rsp.self_pid()
    assert again != me
    ref = rsp.monitor(watcher)
    await_down(ref)
    assert seen == ["enough"]


def reason_of_other(pid: rsp.Pid) -> object:
    return await_down(rsp.monitor(pid))


def eventually_monitored(pid: rsp.Pid) -> None:
    def look() -> object:
        info = rsp.process_info(pid)
        return info is not None and info["monitored_by"]

    eventually(look, "the monitor")


def test_process_info_says_what_a_process_is_about() -> None:
    def body() -> None:
        me = rsp.self_pid()
        pid = rsp.spawn_link(rsp.receive, trap_exit=True)
        rsp.register("informant", pid)
        rsp.monitor(pid)
        info = rsp.process_info(pid)
        assert info is not None
        assert info["registered_name"] == "informant"
        assert info["links"] == [me]
        assert info["monitored_by"] == [me]
        assert info["trap_exit"] is True
        rsp.kill(pid)
        assert rsp.process_info(pid) is None
        rsp.trap_exit(False)

    def guarded() -> object:
        rsp.trap_exit(True)
        body()
        return None

    in_process(guarded)


def test_reason_of_a_function_that_returns_is_normal() -> None:  # S-EXIT-1
    assert in_process(lambda: reason_of(lambda: "anything")) == "normal"


def test_one_process_too_many_is_refused_and_the_others_live(runtime: rsp.Runtime) -> None:
    runtime.stop()
    runtime.max_processes = 20
    runtime.start()
    rsp.self_pid()  # this thread is one of them
    pids: list[rsp.Pid] = []
    refused = 0
    for _ in range(40):
        try:
            pids.append(rsp.spawn_handler(print))
        except rsp.SystemLimit:
            refused += 1
    assert refused >= 20
    assert all(rsp.is_alive(pid) for pid in pids)


def test_a_suspended_process_runs_again_when_it_is_resumed(  # S-SUSP-1..4
    runtime: rsp.Runtime,
) -> None:
    def body() -> None:
        me = rsp.self_pid()
        pid = rsp.spawn(lambda: rsp.send(me, ("heard", rsp.receive())))
        rsp.suspend(pid)
        rsp.send(pid, 1)
        info = rsp.process_info(pid)
        assert info is not None
        assert (info["status"], info["message_queue_len"]) == ("suspended", 1)
        with pytest.raises(TimeoutError):
            rsp.receive(timeout=0)
        rsp.resume(pid)
        assert receive() == ("heard", 1)
        with pytest.raises(rsp.NoProcess):
            rsp.resume(pid)
        with pytest.raises(ValueError, match="the caller itself"):
            rsp.suspend(me)

    in_process(body)
