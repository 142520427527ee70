"""One row of the tables: a rule of core/, where it stands, its inversion, and the tests that have to notice.

A row names the numbered case of tests/conformance/cases.md (or a test of tests/capi), a test of tests/python
and one of rust/tests; the case alone, where these languages have no calls for it, or no test of it. The old
text stands exactly once in its file: tests/tidy/test_mutants.py looks. A row whose text is gone is mended,
not dropped: the rule still has to be noticed. New text is compiled with warnings as errors.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

DOORS = ("conformance", "python", "rust")
PYTHON = frozenset({"python"})
RUST = frozenset({"rust"})
CONFORMANCE = frozenset({"conformance"})
ALL = frozenset(DOORS)

# Test files of tests/python.
LINKS = "test_links_and_monitors.py"
PROCESSES = "test_processes.py"
SERVERS = "test_servers.py"
CHILDREN = "test_supervisors.py"
CALLS = "test_supervisor_calls.py"
RULES = "test_rules.py"
MODEL = "test_supervisor_model.py"
SIGNALS = "test_signal_model.py"
TASKS = "test_tasks.py"
TABLES = "test_ets.py"
EVENTS = "test_events.py"
GROUPS = "test_groups.py"
DICTIONARY_TESTS = "test_dictionary.py"
FUNCTIONS = "test_start_functions.py"
APPLICATIONS = "test_applications.py"


@dataclass(frozen=True)
class Mutant:
    """One rule, inverted."""

    rule: str
    file: str
    old: str
    new: str
    case: int | str
    """A number of tests/conformance/cases.md; of what has none, Suite.test below tests/capi."""
    python: str = ""
    """Below tests/python, as pytest names it; empty: there is none."""
    rust: str = ""
    """program::test, below rust/tests; empty: there is none."""
    hangs: frozenset[str] = frozenset()
    """The doors at which a test waits in vain because of it: there a hang counts as having noticed."""

    @property
    def doors(self) -> list[str]:
        """The languages that have a test of it."""
        return [door for door in DOORS if self.test_at(door) != ""]

    def test_at(self, door: str) -> int | str:
        """Its test in one language."""
        if door == "conformance":
            return self.case
        return self.python if door == "python" else self.rust

    def applied_to(self, text: str) -> str:
        """The file's text with the rule inverted."""
        if text.count(self.old) != 1:
            raise ValueError(f"{self.rule}: {self.old!r} is there {text.count(self.old)} times")
        return text.replace(self.old, self.new)

    def mistakes(self, root: Path) -> list[str]:
        """What is wrong with this row, as the tree is."""
        row = f'tests/mutants, "{self.rule}"'
        found = []
        file = root / self.file
        count = file.read_text().count(self.old) if file.is_file() else 0
        if count != 1:
            found.append(f"{row}: its old text is {count} times in {self.file}, not once; mend the row")
        if self.old == self.new:
            found.append(f"{row}: it changes nothing")
        name, _, test = self.python.partition("::")
        if self.python and not has_line(root / "tests" / "python" / name, rf"def {test.partition('[')[0]}\("):
            found.append(f"{row}: there is no {self.python} in tests/python")
        program, _, test = self.rust.partition("::")
        if self.rust and not has_line(root / "rust" / "tests" / f"{program}.rs", rf"fn {test}\("):
            found.append(f"{row}: there is no {self.rust} in rust/tests")
        if isinstance(self.case, str):
            head = "TEST_F({}, {})".format(*self.case.split("."))
            if not any(head in file.read_text() for file in (root / "tests" / "capi").glob("*_test.cpp")):
                found.append(f"{row}: there is no {head} in tests/capi")
            return found
        cases = (root / "tests" / "conformance" / "cases.md").read_text()
        if f"| {self.case} |" not in cases:
            found.append(f"{row}: there is no case {self.case} in tests/conformance/cases.md")
        return found


def has_line(file: Path, begin: str) -> bool:
    """Whether a line of the file begins so."""
    return file.is_file() and re.search(rf"^{begin}", file.read_text(), re.MULTILINE) is not None
