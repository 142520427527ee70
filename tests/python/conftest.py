"""Fixtures of the package's tests."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

import resprout as rsp

from .native_library import build


def pytest_sessionstart() -> None:
    """Ctrl-C reaches the tests' programs also where a shell runs all this in its background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def runtime() -> Iterator[rsp.Runtime]:
    """A runtime of the test's own, which must stop."""
    running = rsp.Runtime().start()
    try:
        yield running
    finally:
        assert running.stop(), "some code of a process does not return"


@pytest.fixture(scope="session")
def native_library(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of a shared library with native children in C and C++, built for the tests."""
    return build(tmp_path_factory.mktemp("native"))
