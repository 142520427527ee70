"""The commands, which ../../todo.md lists.

The shell kills, waits and counts; what is started again the supervisors decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from database import NAME as DATABASE
from database import Database
from system import CACHE, server_process
from todo_list import TodoList

import resprout as rsp

USES = {
    "add": "add <list> <date> <title>",
    "entries": "entries <list> <date>",
    "delete": "delete <list> <number>",
    "database": "database on|off",
    "crash": "crash database|cache|<list>",
    "status": "status",
    "quit": "quit",
}
PARTS = (DATABASE, CACHE)
SPACES = " \t\r\n"


class BadCommandError(Exception):
    """What is wrong with a line."""


class SystemEndedError(Exception):
    """The supervisor has given up."""

    def __init__(self, reason: object) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass
class Incarnation:
    """Who has a name now, and which incarnation that is."""

    pid: rsp.Pid
    monitor: rsp.Ref
    number: int = 1


class Shell:
    def __init__(self, system: rsp.Pid) -> None:
        self.system = system
        self.known: dict[str, Incarnation] = {}
        for name in PARTS:
            self._meet(name, rsp.wait_for_name(name))

    def run(self, lines: Iterable[str]) -> None:
        """All commands, up to quit or the end. Raises SystemEndedError."""
        for line in lines:
            command = line.strip(SPACES)
            if not command or command.startswith("#"):
                continue
            print(f"> {command}")
            if command == "quit":
                return
            try:
                self._do(command)
            except BadCommandError as error:
                print(f"error: {error}")

    def _do(self, command: str) -> None:
        word, *_ = fields = re.split(r"[ \t]+", command, maxsplit=3)
        if word not in USES:
            raise BadCommandError(f'there is no command "{word}": {", ".join(USES)}')
        match fields:
            case ["add", name, date, title]:
                check_list(name)
                check_date(date)
                print(f"{name}: entry {answer_of(name, self._list(name).add(date, title))}")
            case ["entries", name, date]:
                check_list(name)
                check_date(date)
                self._entries(name, date)
            case ["delete", name, number]:
                check_list(name)
                check_number(number)
                print(f"{name}: {answer_of(name, self._list(name).delete(int(number)))} left")
            case ["database", "on" | "off" as state]:
                Database.at(DATABASE).turn(state == "on")
                print(f"the database is {state}")
            case ["crash", name]:
                self._crash(name)
            case ["status"]:
                state = "on" if Database.at(DATABASE).available() else "off"
                print(f"{self._who()}; the database is {state}")
            case _:
                raise BadCommandError(f"use: {USES[word]}")

    def _list(self, name: str) -> TodoList:
        """The server of a list, which is there from now on."""
        pid = server_process(name)
        if name not in self.known:
            self._meet(name, pid)
        return TodoList.at(pid)

    def _entries(self, name: str, date: str) -> None:
        answer = self._list(name).entries(date)
        entries = answer_of(name, answer)
        assert isinstance(entries, list)
        print(f"{name} {date}: {len(entries)}{' (cached)' if answer[0] == 'cached' else ''}")
        for number, title in entries:
            print(f"  {number} {title}")

    # ---- crashes ----

    def _crash(self, name: str) -> None:
        if name not in self.known:
            raise BadCommandError(f'nobody is called "{name}": {", ".join(self.known)}')
        before = self._count()
        lost, cache = self.known[name].pid, self.known[CACHE].pid
        rsp.kill(lost)
        self._say_end(name)
        alone = name not in PARTS and is_replaced(cache, lost)
        healed = alone or is_replaced(self.system, lost if name in PARTS else cache)
        others = [] if alone else [other for other in self.known if other != name]
        if healed and DATABASE in others:
            others.remove(DATABASE)  # it comes before the cache, and goes on
        for other in others:
            self._say_end(other)
        if not healed:
            self._give_up()
        for each in (name, *others):
            self._meet(each, rsp.wait_for_name(each) if each in PARTS else server_process(each))
        print(f"again: {self._who()}, {before} before")

    def _say_end(self, name: str) -> None:
        print(f"{name} ended: {rsp.receive(match=self.known[name].monitor).reason}")

    def _give_up(self) -> None:
        end = rsp.receive(match=lambda message: getattr(message, "sender", None) == self.system)
        print(f"system ended: {end.reason}")
        raise SystemEndedError(end.reason)

    # ---- who is there ----

    def _meet(self, name: str, pid: rsp.Pid) -> None:
        number = self.known[name].number + 1 if name in self.known else 1
        self.known[name] = Incarnation(pid, rsp.monitor(pid), number)

    def _who(self) -> str:
        names = ", ".join(f"{name} {each.number}" for name, each in self.known.items())
        return f"{names}; {self._count()} processes"

    def _count(self) -> int:
        below = (rsp.Supervisor.count_children(each).active for each in (self.system, self.known[CACHE].pid))
        return 1 + sum(below)


def is_replaced(supervisor: rsp.Pid, lost: rsp.Pid) -> bool:
    """Asks until the supervisor has dealt with the end of this child. False: it has ended itself."""
    try:
        while any(child.pid in (lost, "restarting") for child in rsp.Supervisor.which_children(supervisor)):
            pass
    except rsp.CallExit:
        return False
    return True


def answer_of(name: str, answer: tuple[object, ...]) -> object:
    """What comes with ("ok", ...)."""
    if answer[0] == "error":
        raise BadCommandError(f"{name}: {answer[1]}")
    return answer[1]


def check_list(text: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,30}", text) or text in PARTS:
        raise BadCommandError(f'"{text}" is no name of a list: a letter, then up to 30 of a-z, 0-9 and _')


def check_date(text: str) -> None:
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])", text):
        raise BadCommandError(f'"{text}" is no date: YYYY-MM-DD')


def check_number(text: str) -> None:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise BadCommandError(f'"{text}" is no number of an entry')
