"""Native processes never take the interpreter's lock: they run, end and come back while a thread holds it."""

from __future__ import annotations

import ctypes

import pytest

import resprout as rsp

from .support import eventually

pytestmark = pytest.mark.usefixtures("runtime")


def test_native_children_run_and_come_back_while_a_thread_holds_the_lock(native_library: str) -> None:
    """The counters are read by the C function that holds the lock, as it begins and before it lets go."""
    children = ctypes.PyDLL(native_library)  # keeps the lock during calls
    children.rounds_played.restype = ctypes.c_uint64
    rsp.Supervisor.start(
        [rsp.native_child(native_library, name, name=name) for name in ("ping", "pong", "phoenix")]
    )
    eventually(children.rounds_played, "the first round")
    seen = (ctypes.c_uint64 * 6)()
    children.hold_the_lock(ctypes.c_int64(2), seen)
    rounds, incarnations, phoenix, rounds_after, incarnations_after, phoenix_after = seen
    assert rounds_after > rounds + 1000, "the ping-pong stood still"
    assert incarnations_after == incarnations + 1, "the killed child did not come back"
    assert phoenix_after != phoenix


def test_python_payloads_that_native_code_drops_are_given_back(native_library: str) -> None:
    """Messages to processes that are dead already, or die before they look, end on threads of the runtime."""

    class Precious:
        __resprout_share__ = True
        alive = 0

        def __init__(self) -> None:
            Precious.alive += 1

        def __del__(self) -> None:
            Precious.alive -= 1

    def never(state: object, message: object) -> object:
        raise AssertionError("it is dead")

    for _ in range(100):
        pid = rsp.spawn_handler(never)
        rsp.kill(pid)
        for _ in range(10):
            rsp.send(pid, Precious())
    eventually(lambda: Precious.alive == 0, "the end of what was sent")
