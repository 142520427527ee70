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
