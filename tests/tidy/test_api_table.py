"""resprout/api.h says what the other headers say, and its entries stay where they are."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tidy.tree import ROOT


def generate(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """tools/generate-api of a tree."""
    command = [sys.executable, str(root / "tools/generate-api"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def members(root: Path) -> list[str]:
    """The table's entries, in order."""
    return re.findall(r"\(\*(\w+)\)\([^;]*;", (root / "capi/include/resprout/api.h").read_text())


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what the tool reads and writes."""
    for part in ("tools/generate-api", "capi/api-order.txt", "capi/include/resprout"):
        target = tmp_path / part
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (ROOT / part).is_dir() else shutil.copy)(ROOT / part, target)
    return tmp_path


def test_the_table_is_up_to_date() -> None:
    """Run tools/generate-api after a change to the public headers."""
    done = generate(ROOT, "--check")
    assert done.returncode == 0, done.stderr


def test_a_new_function_goes_to_the_end_of_the_table(tree: Path) -> None:
    """Wherever it is declared: a child built before must find the others where they were."""
    before = members(tree)
    header = tree / "capi/include/resprout/exception.h"
    declaration = (
        "RSP_API RSP_NODISCARD rsp_result rsp_try_again(rsp_self* self, void (*then)(void* ctx, int n));"
    )
    header.write_text(
        header.read_text().replace("typedef enum rsp_class", f"{declaration}\n\ntypedef enum rsp_class")
    )
    assert generate(tree, "--check").returncode == 1
    assert generate(tree).returncode == 0
    assert members(tree) == [*before, "try_again"]
    assert generate(tree, "--check").returncode == 0


def test_a_listed_function_that_is_gone_is_refused(tree: Path) -> None:
    """Closing the gap would make old children call the wrong function."""
    header = tree / "capi/include/resprout/name.h"
    header.write_text(header.read_text().replace("rsp_whereis(", "rsp_who_is(", 1))
    done = generate(tree)
    assert done.returncode == 1
    assert "rsp_whereis" in done.stderr


def test_a_declaration_that_cannot_be_read_is_refused(tree: Path) -> None:
    """Rather than left out of the table."""
    header = tree / "capi/include/resprout/name.h"
    header.write_text(header.read_text() + "\nRSP_API int rsp_number;\n")
    done = generate(tree)
    assert done.returncode == 1
    assert "name.h" in done.stderr
