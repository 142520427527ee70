"""What the tests of an installed copy share: commands, and how programs are built against it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str | Path, env: dict[str, str] | None = None, cwd: Path | None = None) -> str:
    """What a command prints; fails with its own words."""
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**os.environ, **(env or {})},
    )
    if done.returncode != 0:
        pytest.fail(f"{command[0]} ended with {done.returncode}\n{done.stdout}{done.stderr}", pytrace=False)
    return done.stdout


def library_dir(prefix: Path) -> Path:
    """lib, lib64 or lib/<triplet>."""
    (found,) = prefix.glob("lib*/**/libresprout.*[ao]")
    return found.parent


def pkg_config(prefix: Path) -> list[str]:
    """What the README tells a compiler."""
    packages = library_dir(prefix) / "pkgconfig"
    return run("pkg-config", "--cflags", "--libs", "resprout", env={"PKG_CONFIG_PATH": str(packages)}).split()
