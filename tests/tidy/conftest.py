"""Prints the list of long files, which is advice and no failure, after the tests."""

from __future__ import annotations

import pytest

LONG_FILES = pytest.StashKey[list[str]]()


@pytest.fixture
def record_long_files() -> pytest.StashKey[list[str]]:
    """Where a test leaves the names of long files."""
    return LONG_FILES


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The list itself."""
    names = config.stash.get(LONG_FILES, [])
    if names:
        terminalreporter.section("files above 500 lines: is it one subject?")
        for name in names:
            terminalreporter.line(name)
