"""run: programs from their start to their end, each an OS process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import resprout as rsp

from .support import PATIENCE_S

pytestmark = pytest.mark.usefixtures("runtime")

PARTS = """
import sys
import time

import resprout as rsp


class Part(rsp.GenServer):
    def init(self, name, stubborn=False):
        self.name, self.stubborn = name, stubborn
        rsp.trap_exit(True)
        print(name, "is up", flush=True)

    def terminate(self, reason):
        print(self.name, "is told", flush=True)
        while self.stubborn:
            time.sleep(0.01)


class Asks(Part):
    def init(self, name, status):
        super().init(name)
        return rsp.Init(continue_with=status)

    def handle_continue(self, status):
        rsp.init_stop(status)


first = rsp.child(Part, "first", id=1)
second = rsp.child(Part, "second", id=2)
stubborn = rsp.child(Part, "stubborn", stubborn=True, id=3, shutdown="infinity")
ready = rsp.child(lambda: print("all are up", flush=True), id=4, restart="temporary")
"""


class Program:
    """A program, as an OS process whose output is read line by line."""

    def __init__(self, call: str, tmp_path: Path, **environment: str) -> None:
        script = tmp_path / "program.py"
        script.write_text(f"{PARTS}\nsys.exit({call})\n")
        self.process = subprocess.Popen(
            [sys.executable, str(script)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )

    def until(self, line: str) -> list[str]:
        """The lines up to this one."""
        assert self.process.stdout is not None
        lines = []
        for read in self.process.stdout:
            lines.append(read.strip())
            if lines[-1] == line:
                return lines
        raise AssertionError(f"{line!r} does not come: {lines}, {self.rest()}")

    def end(self) -> None:
        """It is over, whatever became of it."""
        self.process.kill()
        self.process.communicate()

    def rest(self) -> tuple[int, list[str], str]:
        """Its status, the lines that were not read, and what it wrote to standard error."""
        out, err = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, out.splitlines(), err


Run = Callable[..., Program]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """Begins programs, and ends what is left of them."""
    programs: list[Program] = []

    def begin(call: str, **environment: str) -> Program:
        programs.append(Program(call, tmp_path, **environment))
        return programs[-1]

    yield begin
    for program in programs:
        program.end()


def test_a_signal_ends_it_in_reverse_order(run: Run) -> None:  # S-RUN-3, S-RUN-5
    for number in (signal.SIGTERM, signal.SIGINT):
        program = run("rsp.run([first, second, ready])")
        assert program.until("all are up") == ["first is up", "second is up", "all are up"]
        program.process.send_signal(number)
        assert program.rest() == (0, ["second is told", "first is told"], "")


def test_a_process_ends_it_with_a_status(run: Run) -> None:  # S-RUN-4
    program = run('rsp.run([first, rsp.child(Asks, "asks", 7)])')
    status, lines, _ = program.rest()
    assert (status, lines[-1]) == (7, "first is told")


def test_a_second_signal_ends_it_at_once(run: Run) -> None:  # S-RUN-6
    program = run("rsp.run([stubborn, ready], stop_timeout=None)")
    program.until("all are up")
    program.process.send_signal(signal.SIGINT)
    program.until("stubborn is told")
    program.process.send_signal(signal.SIGINT)
    status, _, _ = program.rest()
    assert status in (1, 128 + signal.SIGINT)  # 1: it sleeps in C, and its end is not waited for


def test_who_is_late_is_named(run: Run) -> None:  # S-STOP-4, S-RUN-3
    program = run("rsp.run([first, stubborn, ready], stop_timeout=0.5)")
    program.until("all are up")
    program.process.send_signal(signal.SIGTERM)
    status, _, err = program.rest()
    assert status == 1
    assert "the permanent child 3 (Part," in err
    assert "did not end as it was told: killed" in err


def test_the_status_follows_from_the_end_of_the_top(run: Run) -> None:  # S-RUN-2
    crashes = 'rsp.run([lambda: rsp.exit("boom")], max_restarts=1)'
    status, _, err = run(crashes).rest()
    assert status == 1
    assert "it ended more often than max_restarts allows" in err


def test_a_top_that_does_not_start_raises(run: Run) -> None:  # S-RUN-2
    status, _, err = run("rsp.run([rsp.child(Part)])").rest()
    assert status == 1
    assert "StartError: not started: child 'Part' did not start: TypeError" in err


def test_the_service_manager_is_told(run: Run, tmp_path: Path) -> None:  # S-RUN-7
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        path = tmp_path / "notify"
        manager.bind(str(path))
        manager.settimeout(PATIENCE_S)
        program = run("rsp.run([first, ready], notify=True)", NOTIFY_SOCKET=str(path))
        assert manager.recv(64) == b"READY=1"
        program.process.send_signal(signal.SIGTERM)
        assert manager.recv(64) == b"STOPPING=1"
        assert program.rest()[0] == 0


def test_nothing_is_to_end_where_no_program_runs() -> None:
    with pytest.raises(rsp.NotRunning, match="no program is running"):
        rsp.init_stop()


def test_what_it_cannot_use_is_named() -> None:
    with pytest.raises(rsp.BadArgument, match="stop_timeout"):
        rsp.run([], stop_timeout=-1)
    with pytest.raises(rsp.BadArgument, match="handle_signals"):
        rsp.run([], handle_signals=1)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a subclass of Supervisor and its arguments"):
        rsp.run([], 5)
