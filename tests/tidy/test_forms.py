"""docs/forms.md is what tools/generate-forms writes, and a test compares both forms of each call."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

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
    rows = [line for line in (ROOT / "docs/forms.md").read_text().splitlines() if ".hpp` |" in line]
    listed = set(re.findall(r"`(?:\w+::)?try_(\w+)`", "\n".join(rows)))
    assert listed - compared - CANNOT_FAIL_ALONE == set(), "compare them in tests/cpp/forms_test.cpp"


def test_both_forms_of_each_call_of_python_are_compared() -> None:
    """Each is a key of the tables of its test."""
    text = (ROOT / "tests/python/test_forms.py").read_text()
    compared = {
        name.replace("Fails.", "GenServer.").replace("Machine.", "GenStatem.")
        for name in re.findall(r'^    "([\w.]+)": ', text, re.MULTILINE)
    }
    rows = re.findall(r"^\| `\w+\.py` \| `([\w.]+)` \|", (ROOT / "docs/forms.md").read_text(), re.MULTILINE)
    assert len(rows) > 150
    assert set(rows) - compared == set(), "compare them in tests/python/test_forms.py"


def test_a_missing_form_of_python_is_noticed(tmp_path: Path) -> None:
    """Of a copy of the package from which one is taken out."""
    for part in ("tools", "python/resprout", "capi/include", "docs"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("*.so*", "__pycache__"))
    for module, form in [
        ("_process.py", "try_link"),
        ("_ets.py", "try_lookup"),
        ("application.py", "try_stop"),
    ]:
        source = tmp_path / "python/resprout" / module
        text = source.read_text()
        source.write_text(re.sub(rf"^ *{form} = .*\n", "", text, flags=re.MULTILINE))
        done = subprocess.run(
            [sys.executable, tmp_path / "tools/generate-forms", "--check"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode != 0
        assert f"has no {form}" in done.stderr
        source.write_text(text)
