"""Programs of processes that do what tests/model/signals.py knows, and how the library runs them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from model import signals as model

import resprout as rsp

from .support import PATIENCE_S, receive

MOST_STATES = 20_000  # of a run, in the model: a second of work
SETTLES_S = 5.0  # what is under way has arrived by then
PROCESSES = 3

Program = list[tuple[Any, ...]]

REASONS = st.sampled_from(["normal", "kill", "boom", "boom"])
PEERS = st.integers(0, PROCESSES - 1)
RELATIONS = st.one_of(
    st.tuples(st.just("link"), PEERS),
    st.tuples(st.just("unlink"), PEERS),
    st.tuples(st.just("monitor"), PEERS),
    st.tuples(st.just("demonitor")),
)
ENDS = st.one_of(
    st.tuples(st.just("exit"), PEERS, REASONS),
    st.tuples(st.just("trap"), st.booleans()),
    st.tuples(st.just("leave"), REASONS),
)
PAUSE = st.just(("pause",))  # the model has none: its steps come in all orders anyway
OPERATIONS = (RELATIONS | RELATIONS | ENDS | PAUSE).map(lambda operation: [operation])
# By chance alone hardly anybody unlinks from one that it is linked with, whose exit signal may cross that.
UNDONE = PEERS.map(lambda peer: [("link", peer), ("unlink", peer)])
PROGRAMS = st.lists(
    st.lists(OPERATIONS | OPERATIONS | OPERATIONS | UNDONE, min_size=1, max_size=5).map(
        lambda pieces: [operation for piece in pieces for operation in piece][:5]
    ),
    min_size=PROCESSES,
    max_size=PROCESSES,
)


def named(programs: list[Program]) -> list[Program]:
    """The same; each monitor has a name, and a demonitor takes the latest of its program, if there is one."""
    found = []
    for number, program in enumerate(programs):
        latest, with_names = None, []
        for step, operation in enumerate(program):
            if operation[0] == "monitor":
                latest = f"{number}.{step}"
                with_names.append((*operation, latest))
            elif operation[0] != "demonitor":
                with_names.append(operation)
            elif latest is not None:
                with_names.append((*operation, latest))
        found.append(with_names)
    return found


class Player:
    """What a process of a run does: its program, and then it says what it has received."""

    def __init__(self, test: rsp.Pid, number: int) -> None:
        self.test = test
        self.number = number
        self.refs: dict[str, rsp.Ref] = {}
        self.answers: list[Any] = []
        self.mailbox: list[object] = []

    def run(self) -> None:
        """Until it ends of its program, or of a signal."""
        while True:
            match receive():
                case ("play", pids, program):
                    self.pids: list[rsp.Pid] = pids
                    for operation in program:
                        self.do(*operation)
                case "report":
                    rsp.send(self.test, ("report", self.number, self.outcome()))
                case message:
                    self.mailbox.append(message)

    def do(self, word: str, *arguments: Any) -> None:
        """One operation."""
        match (word, *arguments):
            case ("link", peer):
                try:
                    rsp.link(self.pids[peer])
                except rsp.NoProcess:
                    self.answers.append("noproc")
            case ("unlink", peer):
                rsp.unlink(self.pids[peer])
            case ("monitor", peer, name):
                self.refs[name] = rsp.monitor(self.pids[peer])
            case ("demonitor", name):
                self.answers.append(rsp.demonitor(self.refs[name], flush=True))
            case ("exit", peer, reason):
                rsp.exit_signal(self.pids[peer], reason)
            case ("trap", on):
                rsp.trap_exit(on)
            case ("leave", reason):
                raise rsp.Exit(reason)
            case ("pause",):
                with contextlib.suppress(TimeoutError):
                    rsp.receive(timeout=0.002, match=float)  # which nobody sends

    def outcome(self) -> tuple[Any, ...]:
        """As the model has it, but for the links."""
        names = {ref: name for name, ref in self.refs.items()}
        mailbox: list[tuple[Any, ...]] = []
        for message in self.mailbox:
            if isinstance(message, rsp.ExitSignal):
                mailbox.append(("exit", self.pids.index(message.sender), message.reason))
            else:
                assert isinstance(message, rsp.Down)
                assert isinstance(message.object, rsp.Pid)
                mailbox.append(("down", self.pids.index(message.object), names[message.ref], message.reason))
        return tuple(mailbox), tuple(self.answers)


def play(test: rsp.Pid, number: int) -> None:
    """The body of a process."""
    Player(test, number).run()


class Run:
    """The programs in the library, all at once."""

    def __init__(self, programs: list[Program], traps: list[bool]) -> None:
        started = [
            rsp.spawn_monitor(play, rsp.self_pid(), number, trap_exit=trap)
            for number, trap in enumerate(traps)
        ]
        self.pids = [pid for pid, _ref in started]
        self.ends = {ref: number for number, (_pid, ref) in enumerate(started)}
        self.reasons: dict[int, Any] = {}
        for pid, program in zip(self.pids, programs, strict=True):
            rsp.send(pid, ("play", self.pids, program))

    def look(self) -> tuple[model.Outcome, ...]:
        """What it has come to so far."""
        reports: dict[int, Any] = {}
        for pid in self.pids:
            rsp.send(pid, "report")
        while len(reports.keys() | self.reasons.keys()) < len(self.pids):
            match receive():
                case rsp.Down() as down:
                    self.reasons[self.ends[down.ref]] = down.reason
                case ("report", number, outcome):
                    reports[number] = outcome
        return tuple(
            model.Outcome(self.reasons[number])
            if number in self.reasons
            else model.Outcome(None, reports[number][0], reports[number][1], self.links_of(pid))
            for number, pid in enumerate(self.pids)
        )

    def links_of(self, pid: rsp.Pid) -> frozenset[int]:
        """Who it is linked to."""
        info = rsp.process_info(pid, PATIENCE_S)
        return frozenset() if info is None else frozenset(map(self.pids.index, info["links"]))

    def end(self) -> None:
        """Nothing is left of it."""
        for pid in self.pids:
            rsp.kill(pid)
        while len(self.reasons) < len(self.pids):
            down = receive(rsp.Down)
            assert isinstance(down, rsp.Down)
            self.reasons[self.ends[down.ref]] = down.reason
        while True:
            try:
                rsp.receive(timeout=0)  # a report that nobody waited for
            except TimeoutError:
                return


def allowed(
    programs: list[Program],
    traps: list[bool],
    *,
    beam: bool = False,
    visit: Callable[[model.State], object] = lambda _: None,
) -> set[tuple[model.Outcome, ...]] | None:
    """What the model says these may come to; None: it is too much to say. `visit` as of model.outcomes."""
    processes = [
        model.Process(tuple(operation for operation in program if operation != ("pause",)), trap)
        for program, trap in zip(programs, traps, strict=True)
    ]
    return model.outcomes(tuple(processes), MOST_STATES, beam=beam, visit=visit)


def settled(run: Any, wanted: set[tuple[model.Outcome, ...]]) -> tuple[model.Outcome, ...]:
    """What a run has come to, looked at until it is wanted; or what it has come to in the end.

    Nobody is told when the last signal has arrived.
    """
    deadline = time.monotonic() + SETTLES_S
    while True:
        found: tuple[model.Outcome, ...] = run.look()
        if found in wanted or time.monotonic() >= deadline:
            return found
        time.sleep(0.001)
