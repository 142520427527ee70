"""tools/check-abi tells what breaks programs built before from what does not."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from package.installation import ROOT, run

HEADER = """
#include <stddef.h>
typedef enum rsp_color { RSP_RED = 0, RSP_BLUE = 1 } rsp_color;
typedef struct rsp_point { int x; int y; } rsp_point;
typedef struct rsp_pen { size_t size; int width; int spare; } rsp_pen;
typedef struct rsp_draw_opts {
  size_t size; int a; int b; rsp_pen pen; rsp_color color; int last;
} rsp_draw_opts;
typedef struct rsp_loose_opts { size_t size; int a; } rsp_loose_opts;
int rsp_draw(const rsp_draw_opts* opts, rsp_point at);
int rsp_erase(rsp_point* at);
int rsp_loosen(rsp_loose_opts* opts);
"""
SOURCE = """
#include "rsp.h"
int rsp_draw(const rsp_draw_opts* opts, rsp_point at) { return opts->a + at.x; }
int rsp_erase(rsp_point* at) { return at->x; }
int rsp_loosen(rsp_loose_opts* opts) { return opts->a; }
"""
ORDER = "# the table\nrsp_draw\nrsp_erase\nrsp_loosen\n"
CHANGELOG = "# Changelog\n\n## 2.0\n\n- Erasing is gone: {elsewhere}.\n\n### ABI\n\n- {abi}\n"

Edit = tuple[str, str]


class Tree:
    """A tree with what tools/check-abi looks at, and a library of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in ("tools", "capi/include"):
            (root / folder).mkdir(parents=True)
        shutil.copy(ROOT / "tools" / "check-abi", root / "tools")
        self.build([])
        run(root / "tools" / "check-abi", "--update", root / "lib.so")

    def build(
        self,
        edits: Sequence[Edit],
        *,
        order: str = ORDER,
        number: int = 0,
        abi: str = "",
        elsewhere: str = "",
    ) -> None:
        """Writes the sources with these texts replaced wherever they stand, and compiles them."""
        header, source = HEADER, SOURCE
        for old, new in edits:
            assert old in header + source, old
            header, source = header.replace(old, new), source.replace(old, new)
        include = self.root / "capi" / "include"
        (include / "rsp.h").write_text(header)
        (self.root / "rsp.c").write_text(source)
        (self.root / "capi" / "api-order.txt").write_text(order)
        (self.root / "CHANGELOG.md").write_text(CHANGELOG.format(abi=abi, elsewhere=elsewhere))
        soname = f"-Wl,-soname,libresprout.so.{number}"
        run(
            "cc",
            "-g",
            "-shared",
            "-fPIC",
            "-I",
            include,
            self.root / "rsp.c",
            soname,
            "-o",
            self.root / "lib.so",
        )

    def verdict(self) -> tuple[bool, str]:
        """Whether the check passes, and what it says."""
        command = [self.root / "tools" / "check-abi", self.root / "lib.so"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.stderr == ""
        return done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """One for all: each test builds its own library in it."""
    return Tree(tmp_path_factory.mktemp("abi"))


WELCOME: dict[str, list[Edit]] = {
    "nothing": [],
    "a function": [
        (
            "int rsp_loosen(rsp_loose_opts* opts) {",
            "int rsp_more(void) { return 1; }\nint rsp_loosen(rsp_loose_opts* opts) {",
        )
    ],
    "an enumerator": [("RSP_BLUE = 1", "RSP_BLUE = 1, RSP_GREEN = 2")],
    "a member at the end of options": [("int last;", "int last; size_t more; int c; int d;")],
    "another name for a type": [
        ("typedef struct rsp_point", "typedef int rsp_int;\ntypedef struct rsp_point"),
        ("int x;", "rsp_int x;"),
    ],
}
BREAKS: dict[str, tuple[list[Edit], str]] = {
    "a function that is gone": ([("rsp_erase(", "rsp_wipe(")], "rsp_erase is gone"),
    "a parameter of another type": (
        [("rsp_erase(rsp_point*", "rsp_erase(rsp_pen*"), ("at->x", "at->width")],
        "rsp_erase was",
    ),
    "a parameter that is const now": (
        [("rsp_erase(rsp_point*", "rsp_erase(const rsp_point*")],
        "rsp_erase was",
    ),
    "a result of another type": ([("int rsp_erase(", "long rsp_erase(")], "rsp_erase was"),
    "an enumerator of another value": ([("RSP_BLUE = 1", "RSP_BLUE = 2")], "enum rsp_color had RSP_BLUE"),
    "an enumerator in between": (
        [("RSP_BLUE = 1", "RSP_GREEN = 1, RSP_BLUE = 2")],
        "enum rsp_color had RSP_BLUE",
    ),
    "an enumerator that is gone": ([(", RSP_BLUE = 1", "")], "enum rsp_color had RSP_BLUE"),
    "a member of a plain struct": ([("int y;", "int y; int z;")], "struct rsp_point must not grow"),
    "members that changed places": ([("int x; int y;", "int y; int x;")], "struct rsp_point had"),
    "a member of another type and the same size": (
        [("int a; int b;", "float a; int b;")],
        "struct rsp_draw_opts had",
    ),
    "a member in the middle of options": (
        [("int a; int b;", "int a; long n; int b;")],
        "struct rsp_draw_opts had",
    ),
    "a member at the end and another changed": (
        [("int a; int b;", "int b; int a;"), ("int last;", "int last; size_t more;")],
        "struct rsp_draw_opts had",
    ),
    "a member in what were an older program's padding bytes": (
        [("size_t size; int a; } rsp_loose_opts", "size_t size; int a; int b; } rsp_loose_opts")],
        "within them",
    ),
    "a member of a struct inside another": (
        [("int spare;", "int spare; size_t more;")],
        "struct rsp_pen must not grow",
    ),
}


@pytest.mark.parametrize("what", WELCOME)
def test_what_is_added_passes(tree: Tree, what: str) -> None:
    """New functions and enumerators, and members where an older program's struct ends."""
    tree.build(WELCOME[what])
    passes, says = tree.verdict()
    assert passes, says


@pytest.mark.parametrize("what", BREAKS)
def test_what_breaks_is_named(tree: Tree, what: str) -> None:
    """Whatever an older program would stumble over, by its name."""
    edits, named = BREAKS[what]
    tree.build(edits)
    passes, says = tree.verdict()
    assert not passes
    assert named in says.replace("@@", "")


def test_the_table_only_grows_at_its_end(tree: Tree) -> None:
    """A native child finds functions by their places."""
    tree.build([], order="rsp_draw\nrsp_loosen\nrsp_erase\n")
    passes, says = tree.verdict()
    assert not passes
    assert "place 1" in says
    tree.build([], order=ORDER + "rsp_more\n")
    assert tree.verdict()[0]


def test_a_break_passes_with_a_new_number_that_the_change_log_explains(tree: Tree) -> None:
    """The number alone is not enough, nor a line elsewhere, nor one of another number."""
    gone = [("rsp_erase(", "rsp_wipe(")]
    tree.build(gone, abi="libresprout.so.1: rsp_erase is gone")
    assert not tree.verdict()[0]
    tree.build(gone, number=1, elsewhere="libresprout.so.1")
    assert not tree.verdict()[0]
    tree.build(gone, number=1, abi="libresprout.so.10: rsp_erase is gone")
    assert not tree.verdict()[0]
    tree.build(gone, number=1, abi="`libresprout.so.1`: rsp_erase is gone")
    assert tree.verdict()[0]


def test_a_library_without_debug_information_is_refused(tree: Tree) -> None:
    """It would have no types to compare."""
    tree.build([])
    run("strip", "--strip-debug", tree.root / "lib.so")
    done = subprocess.run(
        [tree.root / "tools" / "check-abi", tree.root / "lib.so"], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "no debug information" in done.stderr
