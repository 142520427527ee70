"""Each guarantee is numbered, each number that is cited exists, and each is named by a test."""

from __future__ import annotations

from tidy import rules
from tidy.tree import Finding, Source, line_of, report, sources


def check_citations(source: Source, defined: set[str]) -> list[Finding]:
    """Citations of rules that do not exist."""
    return [
        Finding(
            source.path,
            line_of(source.text, match.start()),
            match.group(),
            "cite a rule of docs/semantics.md, or add it there first",
        )
        for match in rules.RULE.finditer(source.text)
        if not rules.cited_rules(match.group()) <= defined
    ]


def test_cited_rules_exist() -> None:
    """In code, tests and documents."""
    defined = rules.defined_rules()
    findings = [
        finding
        for source in sources()
        if not source.path.startswith("tests/tidy/")
        for finding in check_citations(source, defined)
    ]
    assert not findings, report(findings)


def test_a_rule_that_does_not_exist_is_found() -> None:
    """The check itself."""
    defined = {"S-MON-1", "S-MON-2"}
    assert check_citations(Source("x", "S-MON-1..2, S_MON_2"), defined) == []
    assert len(check_citations(Source("x", "S-MON-1..3"), defined)) == 1
    assert len(check_citations(Source("x", "S-LINK-1"), defined)) == 1


def test_each_guarantee_is_named_by_a_test() -> None:
    """Or stands in untested.txt, a list that only gets shorter."""
    missing = rules.defined_rules() | rules.defined_cases()
    missing -= rules.tested(source for source in sources() if rules.is_test(source))
    listed = set(rules.listed_untested())
    unlisted = sorted(missing - listed)
    assert unlisted == [], "write a test that names it, as in: // S-MON-3"


def test_the_list_of_untested_guarantees_only_holds_such() -> None:
    """What a test names by now, and what does not exist, leaves the list."""
    listed = rules.listed_untested()
    known = rules.defined_rules() | rules.defined_cases()
    assert [entry for entry in listed if entry not in known] == [], "no such rule or case: take it out"
    assert len(listed) == len(set(listed)), "listed twice"
    covered = rules.tested(source for source in sources() if rules.is_test(source))
    assert sorted(set(listed) & covered) == [], "a test names it now: python tests/tidy/rules.py --shrink"
