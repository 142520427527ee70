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
PARAMETERS = re.compile(r"\((?P<parameters>[^;]*)\)[ \t\n]*;", re.DOTALL)
TAGGED = re.compile(r"^[ \t]*\*[ \t]*@param(\[out\])?[ \t]+(\w+)[ \t]+(\S)?", re.MULTILINE)
OPTIONS = re.compile(r"typedef struct (rsp_\w+_opts|rsp_child_spec)\s*\{(.*?)\}", re.DOTALL)


def parameter_names(text: str) -> list[str]:
    """The names of a C parameter list, function pointers among them."""
    flat, depth = "", 0
    for character in text:
        depth -= character == ")"
        flat += character if depth == 0 or character not in "," else " "
        depth += character == "("
    names = []
    for parameter in flat.split(","):
        pointer = re.search(r"\(\s*\*\s*(\w+)\s*\)", parameter)
        last = pointer or re.search(r"(\w+)\s*$", parameter)
        if last and last[1] != "void":
            names.append(last[1])
    return names


def is_output(name: str) -> bool:
    """Outputs are called so, and only they."""
    return name == "out" or name.endswith("_out")


def check_parameters(comment: str, parameters: list[str]) -> list[tuple[str, str]]:
    """What is wrong with the @param tags of a function, and what to do instead.

    `self` has none: @ctx says who it may be. An output's capacity stands behind it.
    """
    wanted = [name for name in parameters if name != "self"]
    tags = TAGGED.findall(comment)
    tagged = [name for _, name, _ in tags]
    wrong = [(f"no @param for {name}", "say what it may be") for name in wanted if name not in tagged]
    for name in tagged:
        if name == "self":
            wrong.append(("@param self", "say in @ctx who may call it, and what NULL means"))
        elif name not in wanted:
            wrong.append((f"@param {name}, which is no parameter", "name it as the declaration does"))
    if not wrong and tagged != wanted:
        wrong.append(("its @params are in another order", f"order them {', '.join(wanted)}"))
    for out, name, text in tags:
        if not text:
            wrong.append((f"nothing said of {name}", "say what it may be"))
        if bool(out) != is_output(name):
            wrong.append(
                (f"{name} and @param{out}", "outputs, and only they, are out or x_out, and @param[out]")
            )
    inputs = [name for name in wanted if not is_output(name) and name != "capacity"]
    outputs = [name for name in wanted if is_output(name)]
    first = [name for name in wanted if name != "capacity"][: len(outputs)]
    if inputs and first != outputs:
        wrong.append((f"an output behind {inputs[0]}", "outputs come first, right after self"))
    return wrong


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
        parameters = PARAMETERS.match(source.text, match.end() - 1)
        assert parameters is not None, name
        for what, instead in check_parameters(comment, parameter_names(parameters["parameters"])):
            lacks(what, instead)
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
        "/** Does it.\n * @ctx any\n * @blocks no\n * @param x any\n"
        " * @retval RSP_OK\n * @owns nothing\n * @since 0.1\n */\n"
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


def test_a_parameter_that_is_not_documented_is_found() -> None:
    """The check of parameters, on planted mistakes."""
    names = parameter_names("rsp_self* self, rsp_pid* out, void (*fn)(void* arg, int n), const char* text[2]")
    assert names[:3] == ["self", "out", "fn"]
    assert parameter_names("void") == []
    good = " * @param[out] out  set\n * @param      x  any\n"
    assert check_parameters(good, ["self", "out", "x"]) == []
    assert check_parameters(good, ["out", "capacity", "x"]) == [
        ("no @param for capacity", "say what it may be")
    ]
    for comment, parameters in [
        (good, ["self", "out"]),  # a tag too many
        (good, ["self", "out", "x", "y"]),  # one too few
        (good.replace("any", ""), ["self", "out", "x"]),  # one that says nothing
        (good.replace("[out]", ""), ["self", "out", "x"]),
        (good, ["self", "x", "out"]),
        (good + " * @param      self  not NULL\n", ["self", "out", "x"]),
        (
            " * @param      x  any\n * @param[out] out  set\n",
            ["self", "x", "out"],
        ),  # an output that is not first
    ]:
        assert check_parameters(comment, parameters), (comment, parameters)


def test_each_function_is_called_by_a_test_of_the_c_api() -> None:
    """What the bindings happen to call is not enough: their tests say nothing of NULL."""
    called = {name for source in under("tests/capi/") for name in re.findall(r"\brsp_\w+(?=\()", source.text)}
    exported = set((ROOT / "capi/symbols.txt").read_text().split())
    assert exported
    assert not exported - called, f"add a test to tests/capi for {sorted(exported - called)}"


SIZED = re.compile(r"^typedef struct (rsp_\w+) \{\s*size_t size;(.*?)^\} \1;", re.DOTALL | re.MULTILINE)
ROW = re.compile(r"^RSP_CALLER_STRUCT\((\w+),", re.MULTILINE)
LENT_TO_CALLBACKS = {
    "rsp_agent_state",
    "rsp_event_return",
    "rsp_outcome",
    "rsp_server_return",
    "rsp_start_return",
    "rsp_supervisor_init",
}
GIVEN_A_MEANING = {"rsp_start_spec", "rsp_supervisor_opts"}  # all reserved words of these


def test_each_struct_with_a_size_is_read_by_the_rules_for_it() -> None:
    """core/base/caller_struct.hpp: a row with its first release, or reserved words."""
    sized = {
        name: members for source in under("capi/include/") for name, members in SIZED.findall(source.text)
    }
    assert sized.keys() >= LENT_TO_CALLBACKS
    fixed = {name for name, members in sized.items() if re.search(r"uint64_t reserved\[\d+\];", members)}
    assert not fixed & GIVEN_A_MEANING
    fixed |= GIVEN_A_MEANING
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
