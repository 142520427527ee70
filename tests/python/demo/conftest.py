"""Fixtures of the demo's tests."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from .native_analyser import NativeAnalyser, build

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def native(tmp_path_factory: pytest.TempPathFactory) -> NativeAnalyser:
    """The analyser in C++, built for the tests with every warning on."""
    directory: Path = tmp_path_factory.mktemp("native")
    assert shutil.which("g++") is not None, "g++ is needed: the analyser is built for these tests"
    return NativeAnalyser(build(directory))
