"""Nothing is kept of what is gone: processes, messages, states, exceptions."""

from __future__ import annotations

import gc
import sys
import weakref
from typing import Any

import pytest

import resprout as rsp

from .support import await_down, eventually, in_process

pytestmark = pytest.mark.usefixtures("runtime")


class Thing:
    __resprout_share__ = True


def nothing() -> None:
    """Ends at once."""


def spawn_and_await(count: int) -> None:
    for _ in range(count):
        _pid, ref = rsp.spawn_monitor(nothing)
        assert await_down(ref) == "normal"


def test_ten_thousand_processes_leave_nothing_behind(runtime: rsp.Runtime) -> None:
    def body() -> None:
        spawn_and_await(100)
        gc.collect()
        processes = runtime.stats()["processes"]
        references = sys.getrefcount(nothing)
        objects = len(gc.get_objects())
        blocks = sys.getallocatedblocks()
        spawn_and_await(10_000)
        gc.collect()
        assert runtime.stats()["processes"] == processes
        assert sys.getrefcount(nothing) <= references + 5
        assert len(gc.get_objects()) <= objects + 100
        assert sys.getallocatedblocks() <= blocks + 1000

    in_process(body)


def test_a_message_is_not_kept_for_the_next_one() -> None:
    """The reference is gone when the next handler runs."""
    alive: list[bool] = []
    last: list[weakref.ref[Thing]] = []

    def handle(state: object, message: Any) -> object:
        if last:
            alive.append(last.pop()() is not None)
        if message == "end":
            raise rsp.Exit("normal")
        last.append(weakref.ref(message))
        return None

    def body() -> None:
        pid = rsp.spawn_handler(handle)
        ref = rsp.monitor(pid)
        for _ in range(10):
            rsp.send(pid, Thing())
        rsp.send(pid, "end")
        await_down(ref)

    in_process(body)
    assert alive == [False] * 10


def test_a_dead_server_gives_up_its_state_and_its_unread_messages() -> None:
    class Holder(rsp.GenServer):
        def init(self, thing: Thing) -> None:
            self.thing = thing

        def handle_call(self, request: object, sender: rsp.From) -> object:
            raise ValueError(self.thing, request)

    thing, message = Thing(), Thing()
    watched = [weakref.ref(thing), weakref.ref(message)]
    pid = Holder.start(thing)
    with pytest.raises(rsp.CallExit):
        rsp.call(pid, message)
    rsp.send(pid, message)
    del thing, message
    eventually(lambda: all(ref() is None for ref in watched), "the end of state and messages")


def be_killed(watched: list[weakref.ref[Any]], instance: object) -> None:
    """Returns in a process that was killed."""
    watched.append(weakref.ref(instance))
    try:
        rsp.kill(rsp.self_pid())
        while True:
            rsp.checkpoint()
    except rsp.ProcessExit:
        pass


def test_what_is_killed_in_its_init_gives_up_what_it_has_made() -> None:  # S-SRV-47, S-EVT-11
    watched: list[weakref.ref[Any]] = []

    class Doomed(rsp.GenServer):
        def init(self) -> None:
            be_killed(watched, self)

    class DoomedMachine(rsp.GenStatem):
        def init(self) -> str:
            be_killed(watched, self)
            return "a"

    class DoomedHandler(rsp.GenEvent):
        def init(self) -> None:
            be_killed(watched, self)

    for doomed in (Doomed, DoomedMachine):
        with pytest.raises(rsp.StartError):
            doomed.start()
    with pytest.raises(rsp.CallExit):
        rsp.EventManager.add_handler(rsp.EventManager.start(), DoomedHandler)
    assert len(watched) == 3
    eventually(lambda: all(ref() is None for ref in watched), "the end of what was made")


def test_what_is_killed_as_it_swaps_gives_up_what_was_to_come() -> None:  # S-EVT-11
    watched: list[weakref.ref[Any]] = []

    class Swapping(rsp.GenEvent):
        def handle_event(self, thing: Thing) -> rsp.SwapHandler:
            be_killed(watched, thing)
            return rsp.SwapHandler(Swapping, (thing,))

    manager = rsp.EventManager.start()
    rsp.EventManager.add_handler(manager, Swapping)
    with pytest.raises(rsp.CallExit):
        rsp.EventManager.sync_notify(manager, Thing())
    eventually(lambda: watched and watched[0]() is None, "the end of the argument")


def test_what_a_supervisor_keeps_goes_with_it() -> None:
    class Child(rsp.GenServer):
        def init(self, thing: Thing) -> None:
            pass

    thing = Thing()
    watched = weakref.ref(thing)
    supervisor = rsp.Supervisor.start([rsp.child(Child, thing)])
    del thing
    assert watched() is not None
    rsp.stop(supervisor)
    eventually(lambda: watched() is None, "the end of the arguments")


def test_an_object_that_ends_between_two_turns_may_send_and_not_wait() -> None:
    refused: list[type[BaseException]] = []
    main = rsp.self_pid()

    class Last:
        __resprout_share__ = True

        def __del__(self) -> None:
            rsp.send(main, "given back")
            try:
                rsp.receive(timeout=0)
            except rsp.WrongContext as error:
                refused.append(type(error))
            except TimeoutError:
                refused.append(TimeoutError)

    def never(state: object, message: object) -> object:
        raise AssertionError("it is dead")

    pid = rsp.spawn_handler(never)
    rsp.kill(pid)
    rsp.send(pid, Last())
    assert rsp.receive(timeout=30) == "given back"
    eventually(lambda: refused, "the answer to the wait")
    assert refused[0] in (rsp.WrongContext, TimeoutError)
