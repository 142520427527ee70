"""A file of core/ includes only what core/layers.txt lets its layer see; the bindings do not see the core."""

from __future__ import annotations

import re

from tidy.tree import ROOT, Finding, Source, blank_comments, line_of, report, under

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.MULTILINE)

C_STANDARD = set(
    "assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg "
    "stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string tgmath threads "
    "time uchar wchar wctype".split()
)


def read_layers(text: str) -> dict[str, list[str]]:
    """Each layer and what it may include, lowest first."""
    layers = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, _, allowed = line.partition(":")
            layers[name.strip()] = allowed.split()
    return layers


def check_order(layers: dict[str, list[str]]) -> list[str]:
    """Names that a layer may include though they are not below it."""
    below: set[str] = set()
    upward = []
    for name, allowed in layers.items():
        upward += [f"{name}: {entry}" for entry in allowed if entry.split("/")[0] not in below]
        below.add(name)
    return upward


def check_includes(source: Source, layers: dict[str, list[str]]) -> list[Finding]:
    """Includes of one file of core/ that its layer may not have."""
    own = source.path.split("/")[1]
    findings = []
    for match in INCLUDE.finditer(blank_comments(source.text, strings=False)):
        target = match[1]
        line = line_of(source.text, match.start())
        if target.startswith("resprout/"):
            continue
        if not target.startswith("core/"):
            findings.append(
                Finding(
                    source.path,
                    line,
                    f'includes "{target}"',
                    "write the full path from the root: core/<layer>/…",
                )
            )
            continue
        layer, _, file = target.removeprefix("core/").partition("/")
        if layer == own or layer in layers[own] or f"{layer}/{file}" in layers[own]:
            continue
        doors = [entry for entry in layers[own] if entry.startswith(f"{layer}/")]
        instead = (
            f"of {layer} it may include only {', '.join(doors)}"
            if doors
            else f"{own} may include: {' '.join(layers[own]) or 'nothing'}. Move the code, or what it needs"
        )
        findings.append(Finding(source.path, line, f'includes "{target}"', instead))
    return findings


LAYERS = read_layers((ROOT / "core/layers.txt").read_text())


def test_layers_name_only_layers_below_them() -> None:
    """The graph has no cycle because each layer names only earlier lines."""
    assert check_order(LAYERS) == []
    assert check_order({"base": ["env"], "env": []}) == ["base: env"]


def test_each_directory_of_core_is_a_layer() -> None:
    """A new directory is a question about the design, to be answered in layers.txt."""
    directories = {source.path.split("/")[1] for source in under("core/") if source.path.count("/") >= 2}
    assert directories - set(LAYERS) == set(), "add it to core/layers.txt, with what it may include"


def test_core_includes_only_lower_layers() -> None:
    """Includes of core/ against layers.txt."""
    known = [source for source in under("core/") if source.path.split("/")[1] in LAYERS]
    findings = [
        finding
        for source in known
        if source.suffix in {".hpp", ".cpp"}
        for finding in check_includes(source, LAYERS)
    ]
    assert not findings, report(findings)


def test_an_upward_include_is_found() -> None:
    """The check itself, on planted mistakes."""
    layers = {"base": [], "proc": ["base"], "otp": ["base", "proc/api.hpp"]}
    up = Source("core/base/x.hpp", '#pragma once\n#include "core/proc/y.hpp"\n')
    past_the_door = Source("core/otp/x.cpp", '#include "core/proc/api.hpp"\n#include "core/proc/table.hpp"\n')
    relative = Source("core/proc/x.cpp", '#include "y.hpp"\n')
    commented = Source("core/base/x.cpp", '// #include "core/proc/y.hpp"\n')
    assert [finding.line for finding in check_includes(up, layers)] == [2]
    assert [finding.line for finding in check_includes(past_the_door, layers)] == [2]
    assert len(check_includes(relative, layers)) == 1
    assert check_includes(commented, layers) == []


def test_public_headers_include_only_c_and_themselves() -> None:
    """capi/include/**/*.h must compile anywhere: C's standard headers and resprout/*.h, nothing else."""
    findings = []
    for source in under("capi/include/"):
        if source.suffix != ".h":
            continue
        text = blank_comments(source.text, strings=False)
        for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]', text, re.MULTILINE):
            target = match[1]
            if target.removesuffix(".h") not in C_STANDARD and not target.startswith("resprout/"):
                findings.append(
                    Finding(
                        source.path,
                        line_of(text, match.start()),
                        f"includes {target}",
                        "keep to C's standard headers and resprout/*.h",
                    )
                )
    assert not findings, report(findings)


def test_bindings_know_only_the_c_abi() -> None:
    """python/ and rust*/ include resprout/*.h and their own files, never the core."""
    findings = []
    for source in under("python/", "rust", "examples/"):
        if source.suffix not in {".cpp", ".hpp", ".c", ".h"}:
            continue
        for match in INCLUDE.finditer(blank_comments(source.text, strings=False)):
            if match[1].startswith(("core/", "capi/")):
                findings.append(
                    Finding(
                        source.path,
                        line_of(source.text, match.start()),
                        f'includes "{match[1]}"',
                        "use resprout/*.h; if it cannot say what you need, extend the C ABI",
                    )
                )
    assert not findings, report(findings)
