"""A to-do list that survives its crashes: Saša Jurić's example, under one supervisor (../../todo.md).

python examples/python/todo/main.py [--seconds S] DIRECTORY [COMMANDS]
"""

from __future__ import annotations

import argparse
import io
import logging
import sys
from collections.abc import Iterable
from pathlib import Path

from shell import Shell, SystemEndedError
from system import System

import resprout as rsp


def commands_of(file: str | None) -> Iterable[str]:
    if file is None:
        return io.TextIOWrapper(sys.stdin.buffer, "utf-8", "replace", newline="\n")
    return Path(file).read_bytes().decode("utf-8", "replace").split("\n")


def main() -> int:
    parser = argparse.ArgumentParser(description="a to-do list that survives its crashes")
    parser.add_argument("--seconds", type=int, default=5, help="in which 3 restarts pass, and a 4th does not")
    parser.add_argument("directory", help="where the lists are kept")
    parser.add_argument("commands", nargs="?", help="a file (default: standard input)")
    options = parser.parse_args()
    try:
        commands = commands_of(options.commands)
    except OSError as error:
        parser.error(str(error))
    logging.basicConfig(format="%(name)s: %(message)s")  # the reports of the library, to standard error
    return run(options.directory, float(options.seconds), commands)


def run(directory: str, seconds: float, commands: Iterable[str]) -> int:
    with rsp.Runtime():
        rsp.trap_exit(True)  # the end of the system is a message to us, and not our own
        try:
            system = System.start_link(directory, 3, seconds, name="system")
            Shell(system).run(commands)
        except rsp.StartError as error:
            print(f"todo: {error}", file=sys.stderr)
            return 1
        except SystemEndedError as error:
            print(f"todo: the system has ended: {error.reason}", file=sys.stderr)
            return 1  # it gave up: the status that rsp.run gives to such an end
    return 0


if __name__ == "__main__":
    assert isinstance(sys.stdout, io.TextIOWrapper)
    sys.stdout.reconfigure(encoding="utf-8")
    sys.exit(main())
