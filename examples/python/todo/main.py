"""A to-do list that survives its crashes: Saša Jurić's example, under one supervisor (../../todo.md).

python examples/python/todo/main.py [--seconds S] DIRECTORY [COMMANDS]
"""

from __future__ import annotations

import argparse
import logging
import sys

from shell import Shell, SystemEndedError
from system import System

import resprout as rsp


def main() -> int:
    parser = argparse.ArgumentParser(description="a to-do list that survives its crashes")
    parser.add_argument("--seconds", type=int, default=5, help="in which 3 restarts pass, and a 4th does not")
    parser.add_argument("directory", help="where the lists are kept")
    parser.add_argument("commands", nargs="?", type=argparse.FileType(encoding="utf-8"), default="-")
    options = parser.parse_args()
    logging.basicConfig(format="%(name)s: %(message)s")  # the reports of the library, to standard error
    with rsp.Runtime():
        rsp.trap_exit(True)  # the end of the system is a message to us, and not our own
        try:
            system = System.start_link(options.directory, 3, float(options.seconds), name="system")
            Shell(system).run(options.commands)
        except rsp.StartError as error:
            print(f"todo: {error}", file=sys.stderr)
            return 1
        except SystemEndedError as error:
            print(f"todo: the system has ended: {error.reason}", file=sys.stderr)
            return 1  # it gave up: the status that rsp.run gives to such an end
    return 0


if __name__ == "__main__":
    sys.exit(main())
