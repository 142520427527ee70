"""Every function of the C API says who may call it, whether it blocks, what it returns and who owns what."""

from __future__ import annotations

import re

from tidy.tree import ROOT, Finding, Source, line_of, report, under

# The comment before it, if any, then RSP_API, the return type, the name.
FUNCTION = re.compile(
    r"(?P<comment>/\*\*(?:(?!\*/).)*\*/)?[ \t\n]*"
    r"^(?:RSP_NODISCARD[ \t\n]+)?RSP_API[ \t\n]+(?P<returns>[^;(]*?)(?P<name>\w+)[ \t\n]*\(",
    re.DOTALL | re.MULTILINE,
)
CONTEXTS = {"any", "process", "callback"}
OPTIONS = re.compile(r"typedef struct (rsp_\w+_opts|rsp_child_spec)\s*\{(.*?)\}", re.DOTALL)


def check_functions(source: Source) -> list[Finding]:
    """Functions of a public header whose contract lacks something."""
    findings = []
    for match in FUNCTION.finditer(source.text):
        line = line_of(source.text, match.start("name"))
        name = match["name"]

        def lacks(what: str, instead: str, line: int = line, name: str = name) -> None:
            findings.append(Finding(source.path, line, f"{name}: {what}", instead))

        if not name.startswith("rsp_"):
            lacks("its name does not begin with rsp_", "only rsp_* is exported")
        comment = match["comment"]
        if comment is None:
            lacks("no contract", "put /** … */ right before it, with @ctx @blocks @retval @owns @since")
            continue
        tags = dict(re.findall(r"^[ \t/*]*@(\w+)(?:\[\w+\])?[ \t]*(\S*)", comment, re.MULTILINE))
        for tag, says in [
            ("ctx", "any, process or callback"),
            ("blocks", "no, or for how long"),
            ("owns", "what becomes whose, or nothing"),
            ("since", "the version it came with"),
        ]:
            if not tags.get(tag):
                lacks(f"no @{tag}", f"say {says}")
        if "rsp_result" in match["returns"] and "*" not in match["returns"] and "retval" not in tags:
            lacks("no @retval", "list each code it returns and when")
        contexts = set(re.split(r"[|,]", tags.get("ctx", "").rstrip(".,;:")))
        if tags.get("ctx") and not contexts & CONTEXTS:
            lacks(f"@ctx {tags['ctx']}", f"begin with one of: {', '.join(sorted(CONTEXTS))}")
    return findings


def test_each_function_has_its_contract() -> None:
    """See check_functions."""
    findings = [
        finding
        for source in under("capi/include/")
        if source.suffix == ".h"
        for finding in check_functions(source)
    ]
    assert not findings, report(findings)


def test_a_missing_contract_is_found() -> None:
    """The check itself, on planted mistakes."""
    whole = (
        "/** Does it.\n * @ctx any\n * @blocks no\n * @retval RSP_OK\n * @owns nothing\n * @since 0.1\n */\n"
    )
    good = Source("x.h", f"{whole}RSP_API rsp_result rsp_do(int x);\n")
    nodiscard = Source("x.h", f"{whole}RSP_NODISCARD RSP_API rsp_result rsp_do(int x);\n")
    assert check_functions(good) == []
    assert check_functions(nodiscard) == []
    bare = Source("x.h", "\nRSP_NODISCARD RSP_API rsp_result rsp_do(int x);\n")
    assert [finding.line for finding in check_functions(bare)] == [2]
    for tag in ("ctx any", "blocks no", "retval RSP_OK", "owns nothing", "since 0.1"):
        assert len(check_functions(Source("x.h", good.text.replace(f"@{tag}", "")))) == 1, tag
    assert len(check_functions(Source("x.h", good.text.replace("ctx any", "ctx worker")))) == 1
    assert len(check_functions(Source("x.h", good.text.replace("rsp_do", "do_it")))) == 1


def test_each_function_is_called_by_a_test_of_the_c_api() -> None:
    """What the bindings happen to call is not enough: their tests say nothing of NULL."""
    called = {name for source in under("tests/capi/") for name in re.findall(r"\brsp_\w+(?=\()", source.text)}
    exported = set((ROOT / "capi/symbols.txt").read_text().split())
    assert exported
    assert not exported - called, f"add a test to tests/capi for {sorted(exported - called)}"


SIZED = re.compile(r"^typedef struct (rsp_\w+) \{\s*size_t size;(.*?)^\} \1;", re.DOTALL | re.MULTILINE)
ROW = re.compile(r"^RSP_CALLER_STRUCT\((\w+),", re.MULTILINE)
LENT_TO_CALLBACKS = {"rsp_server_return", "rsp_supervisor_init"}


def test_each_struct_with_a_size_is_read_by_the_rules_for_it() -> None:
    """core/base/caller_struct.hpp: a row with its first release, or reserved words."""
    sized = {
        name: members for source in under("capi/include/") for name, members in SIZED.findall(source.text)
    }
    assert sized.keys() >= LENT_TO_CALLBACKS
    fixed = {name for name, members in sized.items() if re.search(r"uint64_t reserved\[\d+\];", members)}
    rows = [row for source in under("core/otp/", "capi/src/") for row in ROW.findall(source.text)]
    assert sorted(rows) == sorted(sized.keys() - fixed - LENT_TO_CALLBACKS), (
        "give each struct one RSP_CALLER_STRUCT, in a caller_structs.hpp of core/otp or capi/src"
    )


def test_option_structs_begin_with_their_size() -> None:
    """So that fields can be appended without breaking programs built before."""
    findings = []
    for source in under("capi/include/"):
        for match in OPTIONS.finditer(source.text):
            first = re.sub(r"/\*.*?\*/", "", match[2], flags=re.DOTALL).strip()
            if not first.startswith("size_t size;"):
                findings.append(
                    Finding(
                        source.path,
                        line_of(source.text, match.start()),
                        match[1],
                        "begin it with size_t size;",
                    )
                )
            if f"#define {match[1].upper()}_INIT" not in source.text:
                findings.append(
                    Finding(
                        source.path,
                        line_of(source.text, match.start()),
                        f"{match[1]} has no initializer",
                        f"define {match[1].upper()}_INIT, all zero but the size",
                    )
                )
    assert not findings, report(findings)
