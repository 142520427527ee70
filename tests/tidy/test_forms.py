"""docs/forms.md is what tools/generate-forms writes, and a test compares both forms of each call."""

from __future__ import annotations

import re
import subprocess
import sys

from tidy.tree import ROOT

# An initializer list of terms, each of which is refused where it is made; the name of a type, which fails
# only where there can be no more atoms.
CANNOT_FAIL_ALONE = {"list", "map", "handler_name"}


def test_the_table_of_forms_is_current() -> None:
    """Else: tools/generate-forms."""
    done = subprocess.run(
        [sys.executable, ROOT / "tools/generate-forms", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_both_forms_of_each_call_are_compared() -> None:
    """Case 312 is as long as the table."""
    text = (ROOT / "tests/cpp/forms_test.cpp").read_text()
    compared = set(re.findall(r"AGREE\([^,]*, (\w+)", text)) | set(
        re.findall(r'agree\(\s*"\w+::(\w+)"', text)
    )
    listed = set(re.findall(r"`(?:\w+::)?try_(\w+)`", (ROOT / "docs/forms.md").read_text()))
    assert listed - compared - CANNOT_FAIL_ALONE == set(), "compare them in tests/cpp/forms_test.cpp"
