"""Fixtures of the tests of an installed copy."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from package.installation import ROOT, run


@pytest.fixture(scope="session", params=["shared", "static"])
def installed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation that was moved after it was made, so that nothing may remember its first place."""
    place = tmp_path_factory.mktemp(request.param)
    shared = "ON" if request.param == "shared" else "OFF"
    build = ROOT / "build" / f"package-{request.param}"
    run(
        "cmake",
        "-S",
        ROOT,
        "-B",
        build,
        "-G",
        "Ninja",
        "-DRESPROUT_BUILD_TESTS=OFF",
        f"-DBUILD_SHARED_LIBS={shared}",
    )
    run("cmake", "--build", build, "--parallel", str(len(os.sched_getaffinity(0))))
    run("cmake", "--install", build, "--prefix", place / "first")
    shutil.move(place / "first", place / "moved")
    return place / "moved"
