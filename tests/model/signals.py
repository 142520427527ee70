"""What links, monitors and exit signals may come to, as a model: all outcomes of small programs run at once.

A program is a list of operations of one process; the processes are numbered:

    ("link", p)  ("unlink", p)                links to p and back
    ("monitor", p, name)                      a monitor, which the program calls by this name
    ("demonitor", name)                       with flush
    ("exit", p, reason)                       an exit signal
    ("trap", on)                              trap_exit
    ("leave", reason)                         the end

Sending puts a signal into the receiver's queue. The receiver handles its queue in order, and may do so
between any two operations; to itself it must. Whose end has been decided runs no more of its program; what
was sent to it before it is closed meets the real reason, what is sent later meets nobody. Then it tells who
was linked to it and who watched it, in any order. `outcomes` tries all orders of these steps.

Erlang's runtime (seen in OTP 25) differs in two places, and with `beam` the model allows what it does, too. A
process there can be sent to while it tells of its end, and what reaches it then is handled when it comes to
it: links and monitors meet noproc, possibly after others that were made when it could not be sent to any
more. And an exit signal that a process sends to itself may act later if it traps exits.

tests/python/test_signal_model.py compares it with the library. The rules in prose: docs/semantics.md, S-EXIT,
S-LINK, S-MON.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

Signal = tuple[Any, ...]
ACTIVE = "active"  # a link; one that is being undone has the number of its unlink in the place of this


class Process(NamedTuple):
    """One process: immutable, so that states can be told apart."""

    program: tuple[Signal, ...] = ()
    traps: bool = False
    reason: Any = None
    """Why it ends; None while it lives."""
    exits: bool = False
    """It tells of its end, and has signals to handle, as Erlang's may."""
    closed: bool = False
    """Nothing can be sent to it any more."""
    queue: tuple[Signal, ...] = ()
    links: frozenset[tuple[int, Any]] = frozenset()
    """Who it is linked to, and how."""
    monitors: frozenset[str] = frozenset()
    """Its own, by name."""
    watchers: frozenset[tuple[int, str]] = frozenset()
    """Who watches it, and by what name."""
    mailbox: tuple[Signal, ...] = ()
    answers: tuple[Any, ...] = ()
    """What its operations said: "noproc", or whether a monitor was on."""
    unlinks: int = 0

    def link_to(self, peer: int) -> Any:
        """None, ACTIVE, or the number of the unlink that is under way."""
        return next((how for other, how in self.links if other == peer), None)

    def with_link(self, peer: int, how: Any) -> Process:
        """The same with this link instead of the one there may be; None: without."""
        others = frozenset(link for link in self.links if link[0] != peer)
        return self._replace(links=others if how is None else others | {(peer, how)})


State = tuple[Process, ...]


class Outcome(NamedTuple):
    """What is left of a process: of one that has ended, the reason."""

    reason: Any
    mailbox: tuple[Signal, ...] = ()
    answers: tuple[Any, ...] = ()
    links: frozenset[int] = frozenset()


def changed(state: State, number: int, **what: Any) -> State:
    """The state with another process of this number."""
    return replaced(state, number, state[number]._replace(**what))


def replaced(state: State, number: int, process: Process) -> State:
    """The state with this process instead."""
    return (*state[:number], process, *state[number + 1 :])


def sent(state: State, to: int, signal: Signal) -> State:
    """The signal is in the queue of its receiver, if there is one."""
    return state if state[to].closed else changed(state, to, queue=(*state[to].queue, signal))


# ---- Operations ----


def operate(state: State, me: int, *, beam: bool) -> State:
    """The next operation of a program."""
    (word, *arguments), *rest = state[me].program
    state = changed(state, me, program=tuple(rest))
    operation = {
        "link": link,
        "unlink": unlink,
        "monitor": monitor,
        "demonitor": demonitor,
        "exit": partial(exit_signal, beam=beam),
        "trap": lambda state, me, on: changed(state, me, traps=on),
        "leave": lambda state, me, reason: changed(state, me, reason=reason),
    }[word]
    return operation(state, me, *arguments)  # type: ignore[no-any-return, operator]


def link(state: State, me: int, peer: int) -> State:
    """At most one link; to the dead it is an error, or, where exits are trapped, an exit signal."""
    if peer == me or state[me].link_to(peer) == ACTIVE:
        return state
    if not state[peer].closed:
        state = replaced(state, me, state[me].with_link(peer, ACTIVE))
        return sent(state, peer, ("link", me))
    if state[me].traps:
        return sent(state, me, ("exit", peer, "noproc"))
    return changed(state, me, answers=(*state[me].answers, "noproc"))


def unlink(state: State, me: int, peer: int) -> State:
    """From now on nothing comes of the link; it is gone when the other end knows."""
    if state[me].link_to(peer) != ACTIVE:
        return state
    if state[peer].closed:
        return replaced(state, me, state[me].with_link(peer, None))
    number = state[me].unlinks + 1
    state = replaced(state, me, state[me].with_link(peer, number)._replace(unlinks=number))
    return sent(state, peer, ("unlink", me, number))


def monitor(state: State, me: int, peer: int, name: str) -> State:
    """Of the dead the answer is noproc; of oneself there is none."""
    if peer == me:
        return state
    state = changed(state, me, monitors=state[me].monitors | {name})
    if state[peer].closed:
        return sent(state, me, ("down", peer, name, "noproc"))
    return sent(state, peer, ("monitor", me, name))


def demonitor(state: State, me: int, name: str) -> State:
    """Whether it was on; if not, what it has told is taken out of the mailbox."""
    process = state[me]
    was_on = name in process.monitors
    left = tuple(message for message in process.mailbox if message[0] != "down" or message[2] != name)
    return changed(
        state, me, monitors=process.monitors - {name}, mailbox=left, answers=(*process.answers, was_on)
    )


def exit_signal(state: State, me: int, peer: int, reason: Any, *, beam: bool) -> State:
    """To oneself it acts before the next operation."""
    if beam and peer == me and state[me].traps:
        return sent(state, me, ("late exit", me, reason))
    state = sent(state, peer, ("exit", me, reason))
    while peer == me and state[me].queue and state[me].reason is None:
        state = handle(state, me)
    return state


# ---- Signals ----


def handle(state: State, me: int) -> State:
    """The oldest signal of the queue: what it does to who receives it."""
    (word, peer, *rest), *queue = state[me].queue
    state = changed(state, me, queue=tuple(queue))
    process = state[me]
    if word == "link":
        return state if process.link_to(peer) else replaced(state, me, process.with_link(peer, ACTIVE))
    if word == "unlink":
        if process.link_to(peer) == ACTIVE:
            state = replaced(state, me, process.with_link(peer, None))
        return sent(state, peer, ("unlinked", me, *rest))
    if word == "unlinked":
        return (
            state if process.link_to(peer) != rest[0] else replaced(state, me, process.with_link(peer, None))
        )
    if word == "monitor":
        return changed(state, me, watchers=process.watchers | {(peer, rest[0])})
    if word == "down":
        if rest[0] not in process.monitors:
            return state
        message = (word, peer, *rest)
        return changed(state, me, monitors=process.monitors - {rest[0]}, mailbox=(*process.mailbox, message))
    if word == "exit":
        return receive_exit(state, me, peer, rest[0], by_link=False)
    if word == "late exit":  # normal is as from another by then
        ignored = rest[0] == "normal" and not process.traps
        return state if ignored else receive_exit(state, me, peer, rest[0], by_link=False)
    assert word == "link broke"
    how = process.link_to(peer)
    state = replaced(state, me, process.with_link(peer, None))
    return receive_exit(state, me, peer, rest[0], by_link=True) if how == ACTIVE else state


def receive_exit(state: State, me: int, peer: int, reason: Any, *, by_link: bool) -> State:
    """A message, an end, or nothing."""
    process = state[me]
    if process.reason is not None:
        return state
    if reason == "kill" and not by_link:
        return changed(state, me, reason="killed")
    if process.traps:
        return changed(state, me, mailbox=(*process.mailbox, ("exit", peer, reason)))
    if reason == "normal" and (by_link or peer != me):
        return state
    return changed(state, me, reason=reason)


# ---- All orders ----


def steps(state: State, *, beam: bool) -> Iterator[State]:
    """What may happen next."""
    for me, process in enumerate(state):
        if process.reason is None:
            if process.queue:
                yield handle(state, me)
            if process.program:
                yield operate(state, me, beam=beam)
        elif not process.closed and not process.exits:
            yield close(state, me)
            if beam:
                yield changed(state, me, exits=True, program=())
        else:
            yield from tell(state, me)
            if process.exits and process.queue:
                yield handle_with_noproc(state, me)
            if not process.closed:
                yield changed(state, me, closed=True)


def tell(state: State, me: int) -> Iterator[State]:
    """One of those who are to know of its end does."""
    process = state[me]
    for peer, how in process.links:
        told = replaced(state, me, process.with_link(peer, None))
        yield sent(told, peer, ("link broke", me, process.reason)) if how == ACTIVE else told
    for peer, name in process.watchers:
        told = changed(state, me, watchers=process.watchers - {(peer, name)})
        yield sent(told, peer, ("down", me, name, process.reason))


def handle_with_noproc(state: State, me: int) -> State:
    """The oldest signal of the queue of one that tells of its end."""
    (word, peer, *rest), *queue = state[me].queue
    if word == "link":
        return sent(changed(state, me, queue=tuple(queue)), peer, ("link broke", me, "noproc"))
    if word == "monitor":
        return sent(changed(state, me, queue=tuple(queue)), peer, ("down", me, rest[0], "noproc"))
    return handle(state, me)


def close(state: State, me: int) -> State:
    """All that was sent so far is handled; nothing can be sent any more."""
    while state[me].queue:
        state = handle(state, me)
    return changed(state, me, closed=True, program=())


def outcome(process: Process) -> Outcome:
    """What the comparison looks at."""
    if process.reason is not None:
        return Outcome(process.reason)
    links = frozenset(peer for peer, how in process.links if how == ACTIVE)
    return Outcome(None, process.mailbox, process.answers, links)


def crosses(state: State) -> bool:
    """A process unlinks next from one that has ended, whose exit signal for this link is under way to it."""
    return any(
        process.reason is None
        and process.program[:1] == (("unlink", peer),)
        and how == ACTIVE
        and state[peer].closed
        for process in state
        for peer, how in process.links
    )


def outcomes(
    state: State, most_states: int, *, beam: bool = False, visit: Callable[[State], object] = lambda _: None
) -> set[tuple[Outcome, ...]] | None:
    """All that the programs may come to; None: there are more states on the way than these.

    Each of these states is given to `visit`.
    """
    found = set()
    seen = {state}
    waiting = [state]
    while waiting:
        at_end = True
        state = waiting.pop()
        visit(state)
        for after in steps(state, beam=beam):
            at_end = False
            if after not in seen:
                seen.add(after)
                waiting.append(after)
        if at_end:
            found.add(tuple(outcome(process) for process in state))
        if len(seen) > most_states:
            return None
    return found
