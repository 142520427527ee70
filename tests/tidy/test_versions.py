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


VERSION_H = "capi/include/resprout/version.h"
VERSION_RS = "rust-sys/src/version.rs"


def numbers(place: str, pattern: str) -> list[int]:
    """RSP_VERSION_MAJOR, MINOR, PATCH as a file defines them."""
    text = (ROOT / place).read_text()
    found = [re.search(pattern.format(part), text, re.MULTILINE) for part in ("MAJOR", "MINOR", "PATCH")]
    return [int(match[1]) for match in found if match]


def test_the_parts_of_the_version_are_its_parts() -> None:
    """The numbers for #if, in C and in Rust, against the text."""
    text = re.search(PLACES[VERSION_H], (ROOT / VERSION_H).read_text())
    assert text
    parts = [int(part) for part in text[1].split(".")]
    assert numbers(VERSION_H, r"^#define RSP_VERSION_{} (\d+)$") == parts
    assert numbers(VERSION_RS, r"^pub const RSP_VERSION_{}: u32 = (\d+);$") == parts


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
