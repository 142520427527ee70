"""What the comparisons with Erlang came to: a line each on the screen, and in a file that tests/run shows."""

from __future__ import annotations

import os


def sum_up(line: str) -> None:
    """Print it, and add it to the file that RESPROUT_ORACLE_SUMMARY names, if it does."""
    print(f"\n{line}")
    if path := os.environ.get("RESPROUT_ORACLE_SUMMARY"):
        with open(path, "a") as summary:
            summary.write(f"{line}\n")
