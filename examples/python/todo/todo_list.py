"""The server of one list.

It remembers what the database said last, and answers from that while there is none.
"""

from __future__ import annotations

from database import NAME as DATABASE
from database import UNAVAILABLE, Database

import resprout as rsp


class TodoList(rsp.GenServer):
    """An entry is a line: its date, a space, its title."""

    def init(self, name: str) -> None:
        self.name = name
        self.lines: list[str] | None = None  # nothing is known yet

    @rsp.call
    def entries(self, date: str) -> tuple[object, ...]:
        """("ok" or "cached", the titles of that day with their numbers), or an error."""
        tag = "ok" if self._load() else "cached"
        if self.lines is None:
            return UNAVAILABLE
        day = f"{date} "
        found = enumerate(self.lines, start=1)
        return (tag, [(n, line.removeprefix(day)) for n, line in found if line.startswith(day)])

    @rsp.call
    def add(self, date: str, title: str) -> tuple[object, ...]:
        """("ok", the number of the new entry), or an error: then nothing was changed."""
        if not self._load() or self.lines is None:
            return UNAVAILABLE
        return self._save([*self.lines, f"{date} {title}"])

    @rsp.call
    def delete(self, number: int) -> tuple[object, ...]:
        """("ok", how many are left), or an error: then nothing was changed."""
        if not self._load() or self.lines is None:
            return UNAVAILABLE
        if not 1 <= number <= len(self.lines):
            return ("error", "no_entry")
        return self._save(self.lines[: number - 1] + self.lines[number:])

    def _load(self) -> bool:
        match Database.at(DATABASE).load(self.name):
            case ("ok", list() as lines):
                self.lines = lines
                return True
        return False

    def _save(self, lines: list[str]) -> tuple[object, ...]:
        answer = Database.at(DATABASE).save(self.name, lines)
        if answer[0] == "ok":
            self.lines = lines
        return answer
