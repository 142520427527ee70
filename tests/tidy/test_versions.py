"""One version, wherever it is written."""

from __future__ import annotations

import re

from tidy.tree import ROOT

PLACES = {
    "CMakeLists.txt": r"project\(resprout VERSION ([\d.]+)",
    "pyproject.toml": r'^version = "([\d.]+)"',
    "Cargo.toml": r'^version = "([\d.]+)"',
    "CHANGELOG.md": r"^## ([\d.]+)",
    "capi/include/resprout/version.h": r'RSP_VERSION_STRING\s+"([\d.]+)"',
    "rust-sys/Cargo.toml": r'^version = "([\d.]+)"',
    "rust/Cargo.toml": r'^version = "([\d.]+)"',
}


def test_all_places_say_the_same_version() -> None:
    """A place that takes its version from another says none, and is passed over."""
    versions = {}
    for place, pattern in PLACES.items():
        file = ROOT / place
        match = re.search(pattern, file.read_text(), re.MULTILINE) if file.exists() else None
        if match:
            versions[place] = match[1]
    assert "CMakeLists.txt" in versions
    assert len(set(versions.values())) == 1, f"make them equal: {versions}"
