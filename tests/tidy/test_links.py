"""The links between the documents lead to something: a file, and where one is named a heading in it."""

from __future__ import annotations

import re

from tidy.tree import ROOT, Finding, line_of, report, sources

LINK = re.compile(r"\]\((?![a-z]+:)([^)\s]*)\)")
BLOCK = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def without_blocks(text: str) -> str:
    """The text with its programs blanked; places stay."""
    return BLOCK.sub(lambda block: re.sub(r"[^\n]", " ", block[0]), text)


def anchors(text: str) -> set[str]:
    """What the headings are called in links."""
    headings = HEADING.findall(without_blocks(text))
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


def findings(path: str, text: str) -> list[Finding]:
    """Links of one document that lead nowhere."""
    found = []
    for match in LINK.finditer(without_blocks(text)):
        place, _, anchor = match[1].partition("#")
        target = (ROOT / path).parent / place if place else ROOT / path
        line = line_of(text, match.start())
        if place and not target.exists():
            found.append(Finding(path, line, f"{place} does not exist", "name a path from this document"))
        elif anchor and anchor not in anchors(target.read_text() if place else text):
            found.append(Finding(path, line, f"no heading is #{anchor}", f"look at the headings of {target}"))
    return found


def test_every_link_of_a_document_leads_somewhere() -> None:
    documents = [source for source in sources() if source.suffix == ".md"]
    found = [finding for source in documents for finding in findings(source.path, source.text)]
    assert len(documents) > 10
    assert not found, report(found)


def test_what_leads_nowhere_is_found() -> None:
    text = "# One thing\n[a](#one-thing) [b](README.md) [c](https://example.org/x)\n```\n[d](no)\n```\n"
    assert findings("x.md", text) == []
    wrong = [finding.what for finding in findings("x.md", text + "[e](no.md) [f](#two)\n")]
    assert wrong == ["no.md does not exist", "no heading is #two"]
