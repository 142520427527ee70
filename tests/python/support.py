"""What the tests of the package share: code run as a process, programs run in an interpreter of their own."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import resprout as rsp

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 30.0  # how long a test waits for what must come: never reached where all is well


def in_process(body: Callable[[], object]) -> Any:
    """What `body` returns, or raises, when it is run as a process."""
    answers: queue.Queue[tuple[bool, object]] = queue.Queue()

    def run() -> None:
        try:
            answers.put((True, body()))
        except BaseException as error:
            answers.put((False, error))
            raise

    rsp.spawn(run)
    succeeded, answer = answers.get(timeout=PATIENCE_S)
    if not succeeded:
        assert isinstance(answer, BaseException)
        raise answer
    return answer


def receive(match: Any = None) -> Any:
    """The next message, which must come."""
    return rsp.receive(timeout=PATIENCE_S, match=match)


def reason_of(body: Callable[..., object], *args: object, trap_exit: bool = False) -> Any:
    """The exit reason of a process that runs `body`. To be called in a process."""
    _pid, ref = rsp.spawn_monitor(body, *args, trap_exit=trap_exit)
    down = receive(ref)
    assert isinstance(down, rsp.Down)
    return down.reason


def await_down(ref: rsp.Ref) -> Any:
    """The reason of the Down that this monitor brings."""
    down = receive(ref)
    assert isinstance(down, rsp.Down)
    return down.reason


def eventually(look: Callable[[], T], what: str) -> T:
    """The first true answer of `look`, for what tells nobody that it has come."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        if answer := look():
            return answer
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.002)


def successor(supervisor: rsp.Pid, former: rsp.Pid, index: int = 0) -> rsp.Pid:
    """The pid of the child that took the place of `former`."""

    def look() -> rsp.Pid | None:
        pid = rsp.Supervisor.which_children(supervisor)[index].pid
        return pid if isinstance(pid, rsp.Pid) and pid != former else None

    found = eventually(look, "the child's successor")
    assert found is not None
    return found


@dataclass
class Ended:
    """How a program ended."""

    status: int
    out: str
    err: str
    seconds: float


class Program:
    """A Python program in an interpreter of its own. It says where it is by lines on its standard output."""

    def __init__(self, source: str, *options: str) -> None:
        self._started = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, *options, "-c", textwrap.dedent(source)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )

    def await_line(self, expected: str) -> None:
        """The next line it writes must be this one."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline().rstrip("\n")
        if line != expected:
            self._process.kill()
            raise AssertionError(f"{line!r} and not {expected!r}: {self._process.communicate()}")

    def interrupt(self) -> None:
        """Ctrl-C."""
        self._process.send_signal(signal.SIGINT)

    def terminate(self) -> None:
        """SIGTERM."""
        self._process.terminate()

    def end(self, within_s: float = PATIENCE_S) -> Ended:
        """Waits for its end; one that does not come is a failure, and the program is killed."""
        try:
            out, err = self._process.communicate(timeout=within_s)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGABRT)
            out, err = self._process.communicate()
            raise AssertionError(f"it does not end: {out}{err}") from None
        return Ended(self._process.returncode, out, err, time.monotonic() - self._started)


def run_program(source: str, *options: str) -> Ended:
    """Runs a program to its end."""
    return Program(source, *options).end()
