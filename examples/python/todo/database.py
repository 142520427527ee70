"""The process that has the files: one for each list, a line for each entry."""

from __future__ import annotations

from pathlib import Path

import resprout as rsp

NAME = "database"
UNAVAILABLE = ("error", "unavailable")


class Database(rsp.GenServer):
    """Answers ("ok", ...), or UNAVAILABLE: a disk that refuses is to be expected, and no reason to die."""

    def init(self, directory: str) -> None:
        self.directory = Path(directory)
        self.directory.mkdir(exist_ok=True)  # where that fails there is no system
        self.is_on = True

    @rsp.call
    def load(self, name: str) -> tuple[str, list[str] | str]:
        """The lines of a list; of one without a file none."""
        if not self.is_on:
            return UNAVAILABLE
        try:
            text = (self.directory / name).read_bytes().decode()
        except FileNotFoundError:
            return ("ok", [])
        except (OSError, UnicodeError):
            return UNAVAILABLE
        return ("ok", text.removesuffix("\n").split("\n") if text else [])

    @rsp.call
    def save(self, name: str, lines: list[str]) -> tuple[str, int | str]:
        """Puts a whole file in the place of the one before; how many lines it has."""
        if not self.is_on:
            return UNAVAILABLE
        try:
            new = self.directory / f"{name}.new"
            new.write_bytes("".join(f"{line}\n" for line in lines).encode())
            new.replace(self.directory / name)
        except OSError:
            return UNAVAILABLE
        return ("ok", len(lines))

    @rsp.call
    def turn(self, on: bool) -> None:
        """As if the disk were lost, or there again."""
        self.is_on = on

    @rsp.call
    def available(self) -> bool:
        """Whether it is on."""
        return self.is_on
