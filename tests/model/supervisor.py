"""What a supervisor does, as a model: OTP's rules in one page, without processes, messages or time.

The model is told what happens (a child ends, a call is made) and when; it answers what a call answers, and
notes in `events` what the children live through, in order:

    ("up", id)              it was started
    ("failed", id)          its start has failed
    ("declined", id)        its start said ignore
    ("down", id, reason)    its terminate was told this reason; a killed child is told nothing

What the starts of a child come to is planned from outside: `plans` holds the next outcomes of an id, and a
start without a plan succeeds.

tests/python/test_supervisor_model.py compares it with the library. The rules in prose: docs/semantics.md,
S-SUP.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

UP, FAIL, IGNORE = "up", "fail", "ignore"  # what a start comes to
KILL = "kill"  # as a reason: an exit signal that cannot be trapped
WHY_FAILED = "nope"


@dataclass(frozen=True)
class ChildSpec:
    """How a child is treated."""

    id: str
    restart: str = "permanent"
    shutdown: str = "timeout"
    """brutal_kill, or one of those that wait; the children of the model all stop in time."""
    type: str = "worker"
    significant: bool = False


@dataclass(frozen=True)
class Flags:
    """How the supervisor behaves."""

    strategy: str = "one_for_one"
    max_restarts: int = 3
    period: float = 5.0
    auto_shutdown: str = "never"


@dataclass
class Child:
    """A specification, and what has become of it: up, stopped, or restarting."""

    spec: ChildSpec
    state: str = "stopped"
    incarnation: int = 0
    """Of all processes that the supervisor has started the number of the child's."""

    @property
    def is_up(self) -> bool:
        """Whether it has a process."""
        return self.state == "up"


@dataclass(frozen=True)
class RefusedError(Exception):
    """A call that answers {error, Reason}."""

    reason: Any


def is_expected(reason: object) -> bool:
    """Normal, shutdown or {shutdown, _}: no crash."""
    return reason in ("normal", "shutdown") or (
        isinstance(reason, tuple) and len(reason) == 2 and reason[0] == "shutdown"
    )


class Window:
    """The restarts that still count."""

    def __init__(self, flags: Flags) -> None:
        """None yet."""
        self.flags = flags
        self.times: list[float] = []

    def admits(self, now: float) -> bool:
        """Counts a restart. False: it is one too many within the period, both ends of which belong to it."""
        self.times = [now, *(time for time in self.times if time >= now - self.flags.period)]
        return len(self.times) <= self.flags.max_restarts


@dataclass
class Supervisor:
    """A supervisor and its children, in the order of their start."""

    flags: Flags
    plans: dict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    children: list[Child] = field(default_factory=list)
    events: list[tuple[Any, ...]] = field(default_factory=list)
    started: int = 0
    """How many processes."""
    ended: Any = None
    """Its exit reason, once it has one."""

    def __post_init__(self) -> None:
        """The window opens with the supervisor."""
        self.window = Window(self.flags)

    # ---- The beginning and the end ----

    def start(self, specs: list[ChildSpec]) -> None:
        """Starts the children one after another; if one fails, those before it stop, and the start fails."""
        self.children = [Child(spec) for spec in specs]
        for child in list(self.children):
            if not self._start(child):
                why = ("shutdown", ("failed_to_start_child", child.spec.id, WHY_FAILED))
                self._end(why)
                raise RefusedError(why)

    def stop(self, reason: object) -> None:
        """The parent's exit signal, or a stop: all children stop, the last first, and it ends so."""
        self._end(reason)

    def _end(self, reason: object) -> None:
        self._stop_from_the_last(self.children)
        self.ended = reason

    # ---- A child ends by itself ----

    def child_ends(self, child_id: str, reason: object, now: float) -> None:
        """The decision: to start it again, to forget it, to end with it, or nothing."""
        child = self.child(child_id)
        if reason == KILL:
            reason = "killed"
        else:
            self.events.append(("down", child_id, reason))
        child.state = "stopped"
        restart = child.spec.restart
        if restart == "permanent" or (restart == "transient" and not is_expected(reason)):
            return self._restart(child, now)
        if restart == "temporary":
            self.children.remove(child)
        if child.spec.significant and self._ends_with_significant():
            self._end("shutdown")
        return None

    def _ends_with_significant(self) -> bool:
        others = [child for child in self.children if child.spec.significant and child.state != "stopped"]
        return self.flags.auto_shutdown == "any_significant" or not others

    def _restart(self, child: Child, now: float) -> None:
        """Attempts, each of which counts, until one succeeds or is one too many."""
        failed: Child | None = child
        while failed is not None:
            if not self.window.admits(now):
                return self._end("shutdown")
            failed.state = "stopped"
            failed = self._attempt(failed)
            if failed is not None:
                failed.state = "restarting"
        return None

    def _attempt(self, child: Child) -> Child | None:
        """Starts what the strategy says, up to a child whose start fails: that is returned."""
        begin = self.children.index(child)
        first, last = {
            "one_for_one": (begin, begin + 1),
            "rest_for_one": (begin, len(self.children)),
            "one_for_all": (0, len(self.children)),
        }[self.flags.strategy]
        group = self.children[first:last]
        self._stop_from_the_last(group)
        for each in group:
            if each.spec.restart == "temporary":
                self.children.remove(each)
            elif not self._start(each):
                return each
        return None

    # ---- Calls ----

    def start_child(self, spec: ChildSpec) -> Child | None:
        """Adds one at the end. None: its start said ignore. One whose start fails is not kept."""
        for present in self.children:
            if present.spec.id == spec.id:
                raise RefusedError("already_started" if present.is_up else "already_present")
        child = Child(spec)
        self.children.append(child)
        if not self._start(child):
            self.children.remove(child)
            raise RefusedError(WHY_FAILED)
        return child if child.is_up else None

    def terminate_child(self, child_id: str) -> None:
        """Stops it, if it runs; a temporary one is forgotten."""
        child = self._known(child_id)
        self._stop_from_the_last([child])
        if child.spec.restart == "temporary":
            self.children.remove(child)

    def restart_child(self, child_id: str) -> Child | None:
        """Starts one that is stopped. None: its start said ignore."""
        child = self._stopped(child_id)
        if not self._start(child):
            raise RefusedError(WHY_FAILED)
        return child if child.is_up else None

    def delete_child(self, child_id: str) -> None:
        """Forgets one that is stopped."""
        self.children.remove(self._stopped(child_id))

    def which_children(self) -> list[tuple[str, str, str]]:
        """Id, state and type of each."""
        return [(child.spec.id, child.state, child.spec.type) for child in self.children]

    def count_children(self) -> tuple[int, int, int, int]:
        """Specifications, processes, supervisors, workers."""
        supervisors = sum(child.spec.type == "supervisor" for child in self.children)
        active = sum(child.is_up for child in self.children)
        return len(self.children), active, supervisors, len(self.children) - supervisors

    def child(self, child_id: str) -> Child:
        """The child of this id."""
        return next(child for child in self.children if child.spec.id == child_id)

    def _known(self, child_id: str) -> Child:
        if all(child.spec.id != child_id for child in self.children):
            raise RefusedError("not_found")
        return self.child(child_id)

    def _stopped(self, child_id: str) -> Child:
        child = self._known(child_id)
        if child.state != "stopped":
            raise RefusedError("running" if child.is_up else "restarting")
        return child

    # ---- One child ----

    def _start(self, child: Child) -> bool:
        """Whether its start has not failed. A temporary one that declines is forgotten."""
        plan = self.plans[child.spec.id]
        outcome = plan.popleft() if plan else UP
        self.events.append(({UP: "up", FAIL: "failed", IGNORE: "declined"}[outcome], child.spec.id))
        if outcome == UP:
            child.state = "up"
            self.started += 1
            child.incarnation = self.started
        elif outcome == IGNORE:
            child.state = "stopped"
            if child.spec.restart == "temporary":
                self.children.remove(child)
        return outcome != FAIL

    def _stop_from_the_last(self, children: list[Child]) -> None:
        """One after another; each is gone before the next is told."""
        for child in reversed(children):
            if child.is_up and child.spec.shutdown != "brutal_kill":
                self.events.append(("down", child.spec.id, "shutdown"))
            child.state = "stopped"
