"""bench/run --instructions counts what an operation takes, and says what it lacks."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from package.installation import ROOT, run

# Two instructions an operation, and a start that costs thousands.
LOOP = """
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char** argv) {
  long left = atol(argv[argc - 1]);
  printf("{\\"%s\\": %ld}\\n", argv[1], left);
#if defined(__x86_64__)
  __asm__ volatile("1: dec %0\\n jnz 1b" : "+r"(left));
#else
  __asm__ volatile("1: subs %0, %0, #1\\n bne 1b" : "+r"(left));
#endif
  return 0;
}
"""


@pytest.fixture(scope="module")
def callgrind() -> ModuleType:
    """bench/callgrind.py, which is in no package."""
    spec = importlib.util.spec_from_file_location("callgrind", ROOT / "bench" / "callgrind.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["callgrind"] = module  # where dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program of so many operations."""
    if shutil.which("valgrind") is None:
        pytest.skip("no valgrind: tools/setup --check")
    folder = tmp_path_factory.mktemp("loop")
    (folder / "loop.c").write_text(LOOP)
    run("cc", "-O1", folder / "loop.c", "-o", folder / "loop")
    return folder / "loop"


def test_start_and_end_are_in_no_count(
    callgrind: ModuleType, loop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop is what two sizes differ in."""
    monkeypatch.setitem(callgrind.SIZES, "loop", ([100_000], [300_000]))
    found = callgrind.count("loop", [str(loop), "all_ops"], 1)
    assert found.median == pytest.approx(2, abs=0.001)
    assert callgrind.whole_program([str(loop), "all_ops", "100000"])[0] > 210_000


def test_a_program_that_does_not_say_its_operations_is_named(callgrind: ModuleType, loop: Path) -> None:
    """It would be divided by nothing."""
    with pytest.raises(callgrind.CallgrindError, match=r"no number of operations from .*loop"):
        callgrind.whole_program([str(loop), "ops", "1000"])


@pytest.mark.parametrize(
    ("case", "says"),
    [("call", "Debian: apt-get install valgrind"), ("idle_memory", "no operations .* in idle_memory")],
)
def test_what_cannot_be_counted_ends_before_anything_is_built(case: str, says: str, tmp_path: Path) -> None:
    """Without valgrind, and where there is no operation."""
    command = [sys.executable, ROOT / "bench" / "run", "--instructions", case]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={"PATH": str(tmp_path)}, timeout=60
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert re.search(says, done.stderr), done.stderr
