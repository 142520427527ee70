"""What a process ends with when Python's own ways out of a program leave it."""

from __future__ import annotations

import queue
import sys
from collections.abc import Callable, Iterator

import pytest

import resprout as rsp


@pytest.fixture(autouse=True)
def runtime() -> Iterator[None]:
    with rsp.Runtime():
        yield


def reason_of(body: Callable[[], object]) -> object:
    """The reason that a process ends with when it runs `body`."""
    reasons: queue.Queue[object] = queue.Queue()

    def watch() -> None:
        rsp.spawn_monitor(body)
        reasons.put(rsp.receive(timeout=30).reason)

    rsp.spawn(watch)
    return reasons.get(timeout=30)


def interrupt() -> None:
    raise KeyboardInterrupt


# S-ERR-7
@pytest.mark.parametrize(
    ("leave", "reason"),
    [
        (lambda: sys.exit(0), "normal"),
        (lambda: sys.exit(), "normal"),
        (lambda: sys.exit(3), ("exit_status", 3)),
        (interrupt, "interrupt"),
    ],
)
def test_the_programs_ways_out_are_exits_of_the_process(leave: Callable[[], object], reason: object) -> None:
    assert reason_of(leave) == reason


# S-ERR-7, S-ERR-1
def test_they_can_be_caught_as_anywhere() -> None:
    def leave() -> None:
        try:
            sys.exit(3)
        except SystemExit as left:
            raise rsp.Exit(("caught", left.code)) from None

    assert reason_of(leave) == ("caught", 3)
