"""What holds for every file."""

from __future__ import annotations

import re

import pytest
from tidy.tree import ROOT, Finding, Source, line_of, report, sources, under

CODE = {".c", ".cpp", ".h", ".hpp", ".S", ".py", ".pyi", ".rs"}
LONG, TOO_LONG = 500, 700

# Spelt in pieces, so that this file does not find itself.
UNFINISHED = re.compile(
    "|".join(
        ["TO" + "DO", "FIX" + "ME", r"(?<!X)XX" + r"X(?!X)", "HA" + "CK", r"not (?:yet )?imple" + "mented"]
    )
)
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:ro" + r"ot|wo" + r"rk|fa" + r"rm)/\w")
HOSTS = re.compile(
    "|".join(
        re.escape(first + "." + second)
        for first, second in [("pypi", "org"), ("pythonhosted", "org"), ("crates", "io"), ("npmjs", "org"),
                              ("deb.debian", "org"), ("snapshot.debian", "org"), ("proxy.golang", "org")]
    )
)  # fmt: skip


def code() -> list[Source]:
    """Every source file of ours."""
    return [source for source in sources() if source.suffix in CODE]


def find(pattern: re.Pattern[str], source: Source, instead: str) -> list[Finding]:
    """Every match of a pattern as a finding."""
    return [
        Finding(source.path, line_of(source.text, match.start()), match.group(), instead)
        for match in pattern.finditer(source.text)
    ]


def long_files(limit: int) -> list[tuple[int, str]]:
    """Files with more lines than the limit, longest first."""
    lengths = [(source.text.count("\n"), source.path) for source in code()]
    return sorted((entry for entry in lengths if entry[0] > limit), reverse=True)


def test_no_file_is_too_long(
    record_long_files: pytest.StashKey[list[str]], request: pytest.FixtureRequest
) -> None:
    """Above 500 lines a file is named in the summary, above 700 it fails: it has more than one subject."""
    request.config.stash[record_long_files] = [f"{path}: {lines} lines" for lines, path in long_files(LONG)]
    assert long_files(TOO_LONG) == [], "split it by subject"


def test_nothing_is_left_unfinished() -> None:
    """What is not there has no API; what is there is done."""
    advice = "finish it, or take it out"
    findings = [finding for source in code() for finding in find(UNFINISHED, source, advice)]
    assert not findings, report(findings)


def test_no_path_of_one_machine() -> None:
    """The project builds wherever it is put."""
    advice = "derive it from the file's own place, or take it from the environment"
    findings = [finding for source in sources() for finding in find(MACHINE_PATH, source, advice)]
    assert not findings, report(findings)


def test_no_registry_is_named() -> None:
    """Where packages come from is the user's configuration. Lock files are made by their tools."""
    findings = [
        finding
        for source in sources()
        if not source.path.endswith(".lock")
        for finding in find(HOSTS, source, "leave the host to pip, cargo and apt")
    ]
    assert not findings, report(findings)


def test_the_patterns_find_what_they_are_for() -> None:
    """The checks themselves, on planted mistakes."""
    assert UNFINISHED.search("// TO" + "DO: later")
    assert MACHINE_PATH.search("see /ro" + "ot/project")
    assert not MACHINE_PATH.search("tests/wo" + "rk/x")
    assert HOSTS.search("https://py" + "pi.org/simple")


@pytest.mark.parametrize("suffix", [".h", ".hpp"])
def test_headers_say_what_they_are_and_are_read_once(suffix: str) -> None:
    """A header opens with a comment (or the include guard, then the comment)."""
    findings = []
    for source in under("core/", "capi/", "python/native/"):
        if source.suffix != suffix:
            continue
        if suffix == ".hpp" and "#pragma once" not in source.text:
            findings.append(Finding(source.path, 1, "no #pragma once", "add it after the opening comment"))
        if suffix == ".h" and not re.search(r"#ifndef (\w+_H)\n#define \1\n", source.text):
            findings.append(
                Finding(source.path, 1, "no include guard", "public headers are C: #ifndef RESPROUT_…_H")
            )
        if not re.match(r"(#pragma once\n+)?(//|/\*)", source.text):
            findings.append(
                Finding(
                    source.path, 1, "no opening comment", "say what it is, who may call what, and its rules"
                )
            )
    assert not findings, report(findings)


def test_text_is_clean() -> None:
    """Line ends, spaces at the end of a line, the end of the file."""
    findings = []
    for source in sources():
        if source.suffix == ".md" or source.path.startswith("LICENSE"):
            continue
        findings += find(re.compile(r"[ \t]+$", re.MULTILINE), source, "remove spaces at the end of the line")
        findings += find(re.compile("\r"), source, "use \\n alone")
        if source.text and not source.text.endswith("\n"):
            findings.append(
                Finding(
                    source.path, line_of(source.text, len(source.text)), "no newline", "end the file with one"
                )
            )
    assert not findings, report(findings)


def test_scripts_can_be_run() -> None:
    """A file that begins with #! is executable."""
    findings = [
        Finding(source.path, 1, "is not executable", f"chmod +x {source.path}")
        for source in sources()
        if source.text.startswith("#!") and not (ROOT / source.path).stat().st_mode & 0o100
    ]
    assert not findings, report(findings)
