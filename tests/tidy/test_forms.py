"""docs/forms.md is what tools/generate-forms writes, and a test compares both forms of each call."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tidy.tree import ROOT

# An initializer list of terms, each of which is refused where it is made; the name of a type, which fails
# only where there can be no more atoms; what is kept for ever, for which there may be no memory.
CANNOT_FAIL_ALONE = {"term::list", "term::map", "handler_name", "set_report_sink"}
# What stands before the name in an AGREE of tests/cpp/forms_test.cpp, or declares the object that does.
WRITTEN = re.compile(r"(\w+)(?:<.*>)?(?:::|[({])")
DECLARED = r"(?:auto {0} = (\w+)|(?!return\b)\b(\w+)(?:<[^;=]*>)? {0}\b)"


def test_the_table_of_forms_is_current() -> None:
    """Else: tools/generate-forms."""
    done = subprocess.run(
        [sys.executable, ROOT / "tools/generate-forms", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def owner_of(of: str, test: str, text: str) -> str:
    """The class or namespace of a call, by what stands before its name; of a class of the test, its base."""
    if not of:
        return ""
    if written := WRITTEN.match(of):
        owner = written[1]
    else:
        declared = DECLARED.format(of.removesuffix("."))
        found = re.findall(declared, test) or re.findall(declared, text)
        assert found, f"{of} is declared nowhere"
        owner = "".join(found[0])
    base = re.search(rf"^struct {owner} : (\w+)<", text, re.MULTILINE)
    return base[1] if base else owner


def test_both_forms_of_each_call_are_compared() -> None:
    """Case 312 is as long as the table."""
    text = (ROOT / "tests/cpp/forms_test.cpp").read_text()
    compared = set(re.findall(r'agree\(\s*"(\w+::\w+)"', text))
    for test in text.split("TEST_P(")[1:]:
        for of, name in re.findall(r"AGREE\(([^,]*), (\w+)", test):
            compared.add(f"{owner_of(of, test, text)}::{name}".removeprefix("::"))
    page = (ROOT / "docs/forms.md").read_text()
    rows = re.findall(r"^\| `\w+\.hpp` \| `[^`]+` \| `((?:\w+::)?)try_(\w+)` \|", page, re.MULTILINE)
    listed = {owner + name for owner, name in rows}
    assert len(listed) > 150
    assert compared - listed == set(), "which is these in docs/forms.md?"
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


def copy_of_the_tree(into: Path) -> None:
    """What tools/generate-forms reads."""
    for part in ("tools", "python/resprout", "capi/include", "docs"):
        shutil.copytree(ROOT / part, into / part, ignore=shutil.ignore_patterns("*.so*", "__pycache__"))


def complaint_in(tree: Path) -> str:
    """What tools/generate-forms says of it."""
    done = subprocess.run(
        [sys.executable, tree / "tools/generate-forms", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    return done.stderr


def test_a_missing_form_of_cpp_is_noticed(tmp_path: Path) -> None:
    """Of a copy of the headers in which one has another name."""
    copy_of_the_tree(tmp_path)
    for header, owner, name in [
        ("process.hpp", "", "checkpoint"),
        ("process.hpp", "", "blocking"),
        ("agent.hpp", "agent::", "cast"),
        ("spawn.hpp", "", "spawn_link"),
    ]:
        source = tmp_path / "capi/include/resprout" / header
        text = source.read_text()
        source.write_text(re.sub(rf"\btry_{name}\b", "attempt", text))
        assert f"{header}: {owner}{name} has no try_{name}" in complaint_in(tmp_path)
        source.write_text(text)


def test_a_missing_form_of_python_is_noticed(tmp_path: Path) -> None:
    """Of a copy of the package from which one is taken out."""
    copy_of_the_tree(tmp_path)
    for module, form in [
        ("_process.py", "try_link"),
        ("_ets.py", "try_lookup"),
        ("application.py", "try_stop"),
    ]:
        source = tmp_path / "python/resprout" / module
        text = source.read_text()
        source.write_text(re.sub(rf"^ *{form} = .*\n", "", text, flags=re.MULTILINE))
        assert f"has no {form}" in complaint_in(tmp_path)
        source.write_text(text)
