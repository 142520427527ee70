"""Which guarantees of docs/semantics.md and which conformance cases a test names.

    python tests/tidy/rules.py             what no test names
    python tests/tidy/rules.py --shrink    take out of untested.txt what a test names by now

A test names a rule by its number, S-MON-3 or S-MON-3..5, in a comment, a name or a docstring. A conformance
test names its case by RSP_CASE(64, …); a test in any language that is part of another case or, as case 304,
about bindings, names it in a comment: case 64.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tidy.tree import ROOT, Source, sources

RULE = re.compile(r"\bS[-_](?P<subject>[A-Z]+)[-_](?P<first>\d+)(?:\.\.(?P<last>\d+))?")
CASE = re.compile(r"\bRSP_CASE\(\s*(\d+)|\bcase (\d+)\b")
UNTESTED = ROOT / "tests/tidy/untested.txt"


def defined_rules() -> set[str]:
    """The numbers that head a row of docs/semantics.md."""
    text = (ROOT / "docs/semantics.md").read_text()
    return set(re.findall(r"^\| (S-[A-Z]+-\d+) \|", text, re.MULTILINE))


def defined_cases() -> set[str]:
    """The cases of tests/conformance/cases.md."""
    text = (ROOT / "tests/conformance/cases.md").read_text()
    return {f"case {number}" for number in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)}


def cited_rules(text: str) -> set[str]:
    """Every rule that a text cites, ranges written out."""
    found = set()
    for match in RULE.finditer(text):
        last = int(match["last"] or match["first"])
        found |= {f"S-{match['subject']}-{number}" for number in range(int(match["first"]), last + 1)}
    return found


def is_test(source: Source) -> bool:
    """Whether the file is a test of the product (and not one of the tree)."""
    path = Path(source.path)
    return (
        source.path.startswith(("tests/", "rust/tests/"))
        and not source.path.startswith("tests/tidy/")
        and path.suffix in {".cpp", ".c", ".py", ".rs"}
    )


def tested(tests: Iterable[Source]) -> set[str]:
    """Rules and cases that these tests name."""
    names = set()
    for source in tests:
        names |= cited_rules(source.text)
        names |= {f"case {match[1] or match[2]}" for match in CASE.finditer(source.text)}
    return names


def listed_untested() -> list[str]:
    """The entries of untested.txt."""
    return [line for line in UNTESTED.read_text().splitlines() if line and not line.startswith("#")]


def main() -> int:
    """See the module's docstring."""
    covered = tested(source for source in sources() if is_test(source))
    if "--shrink" in sys.argv[1:]:
        lines = UNTESTED.read_text().splitlines()
        UNTESTED.write_text("".join(f"{line}\n" for line in lines if line not in covered))
        return 0
    missing = (defined_rules() | defined_cases()) - covered
    print("\n".join(sorted(missing)))
    print(f"{len(missing)} of {len(defined_rules() | defined_cases())} are named by no test")
    return 0


if __name__ == "__main__":
    sys.exit(main())
