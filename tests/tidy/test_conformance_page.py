"""docs/conformance.md names the cases and tests of today; whether all passed, `make check` finds out."""

from __future__ import annotations

import argparse
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from typing import Any

from tidy.tree import ROOT


def load_tool() -> Any:
    """The program tests/cases as a module."""
    loader = SourceFileLoader("conformance_cases", str(ROOT / "tests/cases"))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules[loader.name] = module  # where dataclasses look for it
    loader.exec_module(module)
    return module


def test_the_page_lists_the_cases_and_tests_of_today() -> None:
    """Else: make conformance."""
    tool = load_tool()
    sections = tool.cases_by_section()
    cases = {case.number: case for all_of_one in sections.values() for case in all_of_one}
    tool.read_sources(cases)
    native, simulated = tool.Outcome(), tool.Outcome()
    for case in cases.values():
        simulated.tests[case.number] = sum(case.files.values())
        native.tests[case.number] = simulated.tests[case.number] * len(tool.WORKERS.split(","))
    options = argparse.Namespace(workers=tool.WORKERS, seeds=tool.SEEDS)
    assert tool.PAGE.read_text() == tool.page(sections, native, simulated, options)


def test_tests_elsewhere_are_found_by_what_their_comments_name() -> None:
    """In C++, Python and Rust; the case of a switch is none."""
    tool = load_tool()
    cpp = '// S-SUP-1: case 187, case 188\n// case 243, 245: both\n  case 7:\n    f("case 8");\n'
    assert tool.cases_named(cpp) == {187, 188, 243, 245}
    assert tool.cases_named("def test_it() -> None:  # case 280: S-PART-1\n    case 9:\n") == {280}
    cases = {case.number: case for all_of_one in tool.cases_by_section().values() for case in all_of_one}
    tool.read_sources(cases)
    for number in (296, 298, 300, 304):
        assert "rust/tests/failures.rs" in cases[number].elsewhere
        assert any(name.endswith(".py") for name in cases[number].elsewhere)
    assert tool.ran(cases[312], ["1"], 20) == ("", "1, 2, 8", "")
    assert tool.ran(cases[304], ["1"], 20) == ("", "", "")


def test_what_did_not_pass_is_said() -> None:
    """And so is a case that no test has."""
    tool = load_tool()
    case = tool.Case(7, "It holds.", {"links.cpp": 2})
    passed, less = tool.Outcome(), tool.Outcome()
    passed.tests[7], less.tests[7] = 2, 1
    assert tool.verdict(case, passed, passed, ["1"]) == "passed"
    assert tool.verdict(case, passed, less, ["1"]) == "failed"
    assert tool.verdict(case, passed, passed, ["1", "2"]) == "failed"
    assert tool.verdict(tool.Case(8, "No."), passed, passed, ["1"]) == "no test"
