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
typedef struct rsp_brush { size_t size; int width; unsigned hair; unsigned long reserved[4]; } rsp_brush;
typedef struct rsp_paint_opts { size_t size; rsp_brush brush; } rsp_paint_opts;
typedef struct rsp_ink { long red; unsigned reserved; } rsp_ink;
int rsp_draw(const rsp_draw_opts* opts, rsp_point at);
int rsp_erase(rsp_point* at);
int rsp_loosen(rsp_loose_opts* opts);
int rsp_paint(rsp_paint_opts* opts, rsp_ink ink);
"""
SOURCE = """
#include "rsp.h"
int rsp_draw(const rsp_draw_opts* opts, rsp_point at) { return opts->a + at.x; }
int rsp_erase(rsp_point* at) { return at->x; }
int rsp_loosen(rsp_loose_opts* opts) { return opts->a; }
int rsp_paint(rsp_paint_opts* opts, rsp_ink ink) { return opts->brush.width + (int)ink.red; }
"""
ORDER = "# the table\nrsp_draw\nrsp_erase\nrsp_loosen\n"
CHANGELOG = "# Changelog\n\n## 2.0\n\n- Erasing is gone: {elsewhere}.\n\n### ABI\n\n- {abi}\n"

RESERVED = "unsigned long reserved[4];"

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
    "a reserved word that means something": [(RESERVED, "unsigned long drops; unsigned long reserved[3];")],
    "a reserved word of two halves, one an enumeration": [
        (RESERVED, "unsigned drops; rsp_color color; unsigned long reserved[3];")
    ],
    "a reserved word that is a pointer": [(RESERVED, "const rsp_pen* pen; unsigned long reserved[3];")],
    "some that are an array": [(RESERVED, "unsigned long drops[3]; unsigned long reserved[1];")],
    "the last of them": [(RESERVED, "double a; double b; long c; rsp_pen* more;")],
    "the only one, where padding follows": [("unsigned reserved;", "unsigned green;")],
    "members at the end behind a reserved word that means something": [
        ("int last;", "int last; size_t more;"),
        (RESERVED, "unsigned long drops; unsigned long reserved[3];"),
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
    "a reserved word that is gone": ([(RESERVED, "unsigned long reserved[3];")], "goes to 48"),
    "a reserved word more": ([(RESERVED, "unsigned long reserved[5];")], "goes to 48"),
    "a member before the reserved words that stay as many": (
        [(RESERVED, "unsigned long drops; unsigned long reserved[4];")],
        "goes to 48",
    ),
    "a gap between what reserved words mean": (
        [(RESERVED, "unsigned drops; unsigned long more; unsigned long reserved[2];")],
        "a gap at 20, before more",
    ),
    "a gap behind what the last reserved word means": (
        [(RESERVED, "unsigned long drops[3]; unsigned more;")],
        "goes to 48",
    ),
    "reserved words with the alignment of something wider": (
        [(RESERVED, "__int128 drops; unsigned long reserved[2];")],
        "drops has elements of 16 bytes",
    ),
    "a reserved word with a meaning that takes the padding behind it too": (
        [("unsigned reserved;", "unsigned long green;")],
        "green has elements of 8 bytes",
    ),
    "a reserved word with a meaning, and a member before it that changed": (
        [
            (RESERVED, "unsigned long drops; unsigned long reserved[3];"),
            ("int width; unsigned hair;", "unsigned hair; int width;"),
        ],
        "struct rsp_brush had",
    ),
    "a reserved word with a meaning, and the struct grew": (
        [(RESERVED, "unsigned long drops; unsigned long reserved[3]; unsigned long more;")],
        "struct rsp_brush must not grow",
    ),
    "a word that is not called reserved, of another type": (
        [("unsigned hair;", "float hair;")],
        "struct rsp_brush had",
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


def test_what_a_reserved_word_has_come_to_mean_stays(tree: Tree) -> None:
    """It is promised like any member, and what is reserved still may get a meaning later."""
    promise = tree.root / "capi" / "abi" / "resprout.abi"
    first = promise.read_text()
    try:
        tree.build([(RESERVED, "unsigned long drops; unsigned long reserved[3];")])
        run(tree.root / "tools" / "check-abi", "--update", tree.root / "lib.so")
        tree.build([(RESERVED, "unsigned long drops; unsigned long dust; unsigned long reserved[2];")])
        assert tree.verdict()[0]
        for after in (RESERVED, "unsigned long dust; unsigned long drops; unsigned long reserved[2];"):
            tree.build([(RESERVED, after)])
            passes, says = tree.verdict()
            assert not passes
            assert "struct rsp_brush had at 16: unsigned long int drops" in says
    finally:
        promise.write_text(first)


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
