"""Supervisors beside the model of tests/model: random children, ends, failing starts and calls.

RESPROUT_MODEL_SHRINK=0: a run that fails is not made shorter, which takes minutes where each failure is an
event that does not come.
"""

from __future__ import annotations

import os
import queue
import time
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from model import supervisor as model

import resprout as rsp

from .support import PATIENCE_S, await_down

LONG_S = (
    3600.0  # the period: all restarts of a run count. When they count no more is test_model_of_a_window's.
)
SETTLES_S = 5.0  # what the supervisor is about to do it has done by then
IDS = ("a", "b", "c", "d", "e")

journal: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()
plans: dict[str, deque[str]] = defaultdict(deque)
"""The children's; the model has its own."""


class Journaling(rsp.GenServer):
    """A child that writes down what it lives through."""

    def init(self, name: str) -> object:
        rsp.trap_exit(True)
        self.name = name
        outcome = plans[name].popleft() if plans[name] else model.UP
        if outcome == model.FAIL:
            journal.put(("failed", name))
            return rsp.Stop(model.WHY_FAILED)
        if outcome == model.IGNORE:
            journal.put(("declined", name))
            return rsp.Ignore()
        journal.put(("up", name))
        return None

    def handle_call(self, request: object, sender: rsp.From) -> object:
        return rsp.Stop(request, reply="ending")

    def terminate(self, reason: object) -> None:
        journal.put(("down", self.name, reason))


def child_spec(spec: model.ChildSpec) -> rsp.ChildSpec:
    """The same child, for the library."""
    start = rsp.child(Journaling, spec.id).start
    shutdown = {"timeout": LONG_S}.get(spec.shutdown, spec.shutdown)
    return rsp.ChildSpec(start, spec.id, spec.restart, shutdown, spec.type, spec.significant)


def parent(test: rsp.Pid, specs: list[rsp.ChildSpec], options: dict[str, Any]) -> None:
    """Starts the supervisor, says what came of it, and ends as it is told."""
    rsp.trap_exit(True)
    try:
        rsp.send(test, rsp.Supervisor.start_link(specs, **options))
    except rsp.StartError as error:
        rsp.send(test, ("refused", error.reason))
    while True:
        match rsp.receive():
            case ("leave", reason):
                raise rsp.Exit(reason)


REASONS = st.sampled_from(["normal", "shutdown", ("shutdown", 1), "boom", model.KILL])
PLAN = st.lists(st.sampled_from([model.FAIL, model.FAIL, model.IGNORE, model.UP]), min_size=1, max_size=3)


@st.composite
def specs_of(draw: st.DrawFn, auto_shutdown: str, ids: tuple[str, ...] = IDS) -> model.ChildSpec:
    """A valid child."""
    restart = draw(st.sampled_from(["permanent", "permanent", "transient", "temporary"]))
    return model.ChildSpec(
        id=draw(st.sampled_from(ids)),
        restart=restart,
        shutdown=draw(st.sampled_from(["timeout", "timeout", "infinity", "brutal_kill"])),
        type=draw(st.sampled_from(["worker", "supervisor"])),
        significant=auto_shutdown != "never" and restart != "permanent" and draw(st.booleans()),
    )


@st.composite
def supervisors(draw: st.DrawFn) -> tuple[model.Flags, list[model.ChildSpec]]:
    """Flags and the first children."""
    flags = model.Flags(
        strategy=draw(st.sampled_from(["one_for_one", "one_for_all", "rest_for_one"])),
        max_restarts=draw(st.sampled_from([0, 1, 2, 3, 5, 8])),
        period=LONG_S,
        auto_shutdown=draw(st.sampled_from(["never", "any_significant", "all_significant"])),
    )
    ids = draw(st.lists(st.sampled_from(IDS), max_size=4, unique=True))
    return flags, [draw(specs_of(flags.auto_shutdown, (each,))) for each in ids]


class Comparison(RuleBasedStateMachine):
    """One supervisor after another, each in the library, in the model, and where a subclass says."""

    def __init__(self) -> None:
        super().__init__()
        self.expected: model.Supervisor | None = None
        self.steps = 0  # of this supervisor
        self.pids: dict[int, rsp.Pid] = {}  # by incarnation
        plans.clear()
        take_journal([])

    @property
    def it(self) -> model.Supervisor:
        assert self.expected is not None
        return self.expected

    # ---- For subclasses ----

    def elsewhere(self, *operation: Any) -> Any:
        """The same is done elsewhere: what it is, and with what. Returns the answer, if there is one."""

    def compare_elsewhere(self, events: list[tuple[Any, ...]]) -> None:
        """The children elsewhere live through this, and then the supervisor there is what the model is."""

    def compare_answer(self, answer: Any, expected: Any) -> None:
        """The answer from elsewhere is the model's: ("refused", Reason), "started", "ignored" or "ok"."""

    # ---- Beginning and end ----

    @precondition(lambda self: self.expected is None)
    @rule(what=supervisors(), plan=st.dictionaries(st.sampled_from(IDS), PLAN, max_size=1))
    def start(self, what: tuple[model.Flags, list[model.ChildSpec]], plan: dict[str, list[str]]) -> None:
        flags, specs = what
        self.expected = model.Supervisor(flags)
        self.steps = 0
        self.pids.clear()
        plans.clear()
        for child_id, outcomes in plan.items():
            self.plan(child_id, outcomes)
        options = {
            "strategy": flags.strategy,
            "max_restarts": flags.max_restarts,
            "max_seconds": flags.period,
            "auto_shutdown": flags.auto_shutdown,
        }
        self.parent, self.parent_end = rsp.spawn_monitor(
            parent, rsp.self_pid(), [child_spec(spec) for spec in specs], options
        )
        there = self.elsewhere("start", flags, specs)
        answer = rsp.receive(timeout=PATIENCE_S, match=(tuple, rsp.Pid))
        refused = refusal(lambda: self.it.start(specs))
        self.compare_answer(there, "started" if refused is None else ("refused", refused))
        if refused is not None:
            assert answer == ("refused", refused)
            self.compare_journal()
            self.let_parent_go("normal")
        else:
            assert isinstance(answer, rsp.Pid), answer
            self.pid = answer
            self.end = rsp.monitor(answer)
            self.compare()

    @precondition(lambda self: self.expected is not None and self.steps > 8)
    @rule(reason=st.sampled_from(["normal", "shutdown", "boom"]), by_parent=st.booleans())
    def stop(self, reason: str, by_parent: bool) -> None:
        self.it.stop(reason)
        if by_parent:
            rsp.send(self.parent, ("leave", reason))
        else:
            rsp.stop(self.pid, reason)
        self.elsewhere("parent_ends" if by_parent else "stop", reason)
        self.compare()

    def let_parent_go(self, reason: str) -> None:
        """This supervisor is over."""
        rsp.send(self.parent, ("leave", reason))
        self.elsewhere("over")
        await_down(self.parent_end)
        self.expected = None

    # ---- Ends ----

    @precondition(lambda self: self.expected is not None and any(child.is_up for child in self.it.children))
    @rule(data=st.data(), reason=REASONS)
    def child_ends(self, data: st.DataObject, reason: object) -> None:
        child = data.draw(st.sampled_from([child for child in self.it.children if child.is_up]))
        pid = self.pids[child.incarnation]
        ref = rsp.monitor(pid)
        if reason == model.KILL:
            rsp.kill(pid)
        else:
            assert rsp.call(pid, reason, PATIENCE_S) == "ending"
        await_down(ref)
        self.elsewhere("child_ends", child.spec.id, reason)
        self.it.child_ends(child.spec.id, reason, now=0.0)
        self.compare()

    @precondition(lambda self: self.expected is not None and any(child.is_up for child in self.it.children))
    @rule(data=st.data(), outcomes=PLAN)
    def child_crashes_and_starts_fail(self, data: st.DataObject, outcomes: list[str]) -> None:
        self.plan(data.draw(self.ids), outcomes)
        self.child_ends(data, "boom")

    @precondition(lambda self: self.expected is not None)
    @rule(reason=st.sampled_from(["normal", "shutdown", "boom"]))
    def a_stranger_sends_an_exit_signal(self, reason: str) -> None:
        _stranger, ref = rsp.spawn_monitor(rsp.exit_signal, self.pid, reason)
        assert await_down(ref) == "normal"
        self.elsewhere("exit_signal", reason)
        self.compare()

    # ---- Calls ----

    @property
    def ids(self) -> st.SearchStrategy[str]:
        """Mostly of a child that there is."""
        known = [child.spec.id for child in self.it.children]
        return st.sampled_from([*known, *known, *known, *IDS])

    def plan(self, child_id: str, outcomes: list[str]) -> None:
        """What the next starts of a child come to."""
        for of_one in (plans, self.it.plans):
            of_one[child_id] = deque(outcomes)
        self.elsewhere("plan", child_id, outcomes)

    @precondition(lambda self: self.expected is not None)
    @rule(data=st.data(), plan=st.none() | PLAN)
    def start_child(self, data: st.DataObject, plan: list[str] | None) -> None:
        spec = data.draw(specs_of(self.it.flags.auto_shutdown))
        self.plan(spec.id, plan or [])
        self.compare_call(
            ("start_child", spec),
            lambda: rsp.Supervisor.start_child(self.pid, child_spec(spec)),
            lambda: self.it.start_child(spec),
        )

    @precondition(lambda self: self.expected is not None)
    @rule(data=st.data())
    def terminate_child(self, data: st.DataObject) -> None:
        child_id = data.draw(self.ids)
        self.compare_call(
            ("terminate_child", child_id),
            lambda: rsp.Supervisor.terminate_child(self.pid, child_id),
            lambda: self.it.terminate_child(child_id),
        )

    @precondition(lambda self: self.expected is not None)
    @rule(data=st.data(), plan=st.none() | PLAN)
    def restart_child(self, data: st.DataObject, plan: list[str] | None) -> None:
        child_id = data.draw(self.ids)
        self.plan(child_id, plan or [])
        self.compare_call(
            ("restart_child", child_id),
            lambda: rsp.Supervisor.restart_child(self.pid, child_id),
            lambda: self.it.restart_child(child_id),
        )

    @precondition(lambda self: self.expected is not None)
    @rule(data=st.data())
    def delete_child(self, data: st.DataObject) -> None:
        child_id = data.draw(self.ids)
        self.compare_call(
            ("delete_child", child_id),
            lambda: rsp.Supervisor.delete_child(self.pid, child_id),
            lambda: self.it.delete_child(child_id),
        )

    # ---- Comparing ----

    def compare_call(self, operation: tuple[Any, ...], real: Any, modelled: Any) -> None:
        """All answer the same."""
        there = self.elsewhere(*operation)
        try:
            answer: Any = real()
        except (rsp.StartError, rsp.ChildError) as error:
            # {already_started, Pid}: which pid that is, the comparison of all pids says.
            answer = error.reason[0] if isinstance(error.reason, tuple) else error.reason
        started: list[model.Child | None] = []
        refused = refusal(lambda: started.append(modelled()))
        if refused is not None:
            assert answer == refused
            self.compare_answer(there, ("refused", refused))
        else:
            assert isinstance(answer, rsp.Pid) if started != [None] else answer is None
            nothing = "ignored" if operation[0] in ("start_child", "restart_child") else "ok"
            self.compare_answer(there, nothing if started == [None] else "started")
        self.compare()

    def compare(self) -> None:
        """What the children lived through, what the calls say, which processes there are."""
        self.steps += 1
        self.compare_journal()
        if self.it.ended is not None:
            assert await_down(self.end) == self.it.ended
            assert not any(rsp.is_alive(pid) for pid in self.pids.values())
            self.let_parent_go("normal")
            return
        deadline = time.monotonic() + SETTLES_S
        while (rows := self.rows()) != self.it.which_children() and time.monotonic() < deadline:
            time.sleep(0.001)  # the end of a child of which nobody hears anything
        assert rows == self.it.which_children()
        assert tuple(rsp.Supervisor.count_children(self.pid)) == self.it.count_children()
        self.compare_pids()
        assert take_journal([]) == []

    def rows(self) -> list[tuple[Any, str, str]]:
        """What which_children says, without saying which process."""
        words = {"undefined": "stopped", "restarting": "restarting"}
        return [
            (row.id, words[row.pid] if isinstance(row.pid, str) else "up", row.type)
            for row in rsp.Supervisor.which_children(self.pid)
        ]

    def compare_journal(self) -> None:
        """In the same order, and no more."""
        expected, self.it.events = self.it.events, []
        assert take_journal(expected) == expected
        self.compare_elsewhere(expected)

    def compare_pids(self) -> None:
        """Who was not started again has its process still, and who was has one that nobody had before."""
        running = {row.id: row.pid for row in rsp.Supervisor.which_children(self.pid)}
        for child in self.it.children:
            if not child.is_up:
                continue
            pid = running[child.spec.id]
            assert isinstance(pid, rsp.Pid)
            known = self.pids.get(child.incarnation)
            if known is None:
                assert pid not in self.pids.values(), f"{child.spec.id} should have been started anew"
                self.pids[child.incarnation] = pid
            assert pid == self.pids[child.incarnation], f"{child.spec.id} was started anew"
            assert rsp.is_alive(pid)

    def teardown(self) -> None:
        if self.expected is not None:
            rsp.kill(self.parent)
            await_down(self.parent_end)
            await_down(self.end)
            self.elsewhere("over")


def refusal(call: Callable[[], object]) -> Any:
    """Why the model refuses, if it does."""
    try:
        call()
    except model.RefusedError as refused:
        return refused.reason
    return None


def take_journal(expected: list[Any]) -> list[tuple[Any, ...]]:
    """As many entries as are expected, if they come, and all that are there besides."""
    found: list[tuple[Any, ...]] = []
    try:
        while len(found) < len(expected):
            found.append(journal.get(timeout=SETTLES_S))
        while True:
            found.append(journal.get_nowait())
    except queue.Empty:
        return found


def run_comparison(comparison: type[Comparison], count: int) -> None:
    """So many runs of up to twenty steps."""
    shrinks = os.environ.get("RESPROUT_MODEL_SHRINK") != "0"
    run_state_machine_as_test(
        comparison,
        settings=settings(
            max_examples=count,
            stateful_step_count=20,
            deadline=None,
            phases=[phase for phase in Phase if shrinks or phase not in (Phase.shrink, Phase.explain)],
            suppress_health_check=list(HealthCheck),
        ),
    )
