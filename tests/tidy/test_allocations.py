"""Each function of the C API is named where memory runs out (tests/stress), or makes none."""

from __future__ import annotations

import re

from tidy.tree import ROOT, Source, blank_comments, sources

TABLE = re.compile(r"^const Scenario SCENARIOS\[\] = \{$", re.MULTILINE)
# Memory is there still, or again: for a result that has to be as it is, or nobody looks at; for what frees.
NOT_SHORT = re.compile(
    r"(?:\b(?:EXPECT|ASSERT)_(?:EQ|TRUE|FALSE)\(|\(void\)!?) ?rsp_\w+|(?<!return )\brsp_\w+_free\b"
)

# By what they do instead. As in any call of a process it may have to answer what others have asked it.
NEEDS_NO_MEMORY = {
    "says what does not change": "rsp_result_message rsp_version_number rsp_version_string",
    "reads a word of a process, of the runtime or of a table": """
        rsp_atom_name rsp_current rsp_is_pressed rsp_reqids_size rsp_runtime_is_running rsp_statem_state
        rsp_whereis""",
    "writes a word of a process or of the runtime": """
        rsp_init_ack_later rsp_set_report_contents rsp_set_report_level rsp_statem_repeat_state""",
    "reads a message, or takes the pointer out": """
        rsp_msg_from rsp_msg_get_kind rsp_msg_is_reply rsp_msg_name rsp_msg_native rsp_msg_ref rsp_msg_tag
        rsp_msg_take_native""",
    "makes a term that is no block": """
        rsp_term_atom rsp_term_bool rsp_term_float rsp_term_nil""",
    "reads a term": """
        rsp_term_get_atom rsp_term_get_bool rsp_term_get_bytes rsp_term_get_float
        rsp_term_get_int rsp_term_get_pid rsp_term_get_ref rsp_term_kind rsp_term_size""",
    "fills in a struct of the caller": "rsp_event_spec rsp_pg_spec",
    "gives back": """
        rsp_blocking_end rsp_exception_free rsp_lane_free rsp_msg_free rsp_reqids_free rsp_term_free""",
    "lends its thread to what others have made": "rsp_lane_run",
}


def called_while_memory_is_short(source: Source) -> set[str]:
    """The functions that a table of scenarios is about."""
    if not TABLE.search(source.text):
        return set()
    code = re.sub(r"\s+", " ", blank_comments(source.text))
    return set(re.findall(r"\brsp_\w+", NOT_SHORT.sub("", code)))


def wrong(exported: set[str], called: set[str], needs_none: list[str]) -> list[str]:
    """What to do about each that is in neither place, or in one too many."""
    listed = set(needs_none)
    return (
        [f"{name}: write a Scenario for it in tests/stress" for name in sorted(exported - called - listed)]
        + [f"{name}: has a Scenario, take it out of NEEDS_NO_MEMORY" for name in sorted(listed & called)]
        + [f"{name}: is not exported, take it out of NEEDS_NO_MEMORY" for name in sorted(listed - exported)]
        + [f"{name}: stands in NEEDS_NO_MEMORY twice" for name in listed if needs_none.count(name) > 1]
    )


def test_each_function_is_called_where_memory_is_short_or_needs_none() -> None:
    """See NEEDS_NO_MEMORY."""
    exported = set((ROOT / "capi/symbols.txt").read_text().split())
    called = {name for source in sources() for name in called_while_memory_is_short(source)}
    assert exported & called
    needs_none = " ".join(NEEDS_NO_MEMORY.values()).split()
    assert wrong(exported, called, needs_none) == []


def test_a_function_that_is_nowhere_and_a_row_out_of_date_are_found() -> None:
    """The check itself, on planted mistakes."""
    assert wrong({"rsp_a", "rsp_b"}, {"rsp_a", "capi_test"}, ["rsp_b"]) == []
    for exported, called, needs_none in [
        ({"rsp_a"}, set[str](), list[str]()),
        ({"rsp_a"}, {"rsp_a"}, ["rsp_a"]),
        (set[str](), set[str](), ["rsp_a"]),
        ({"rsp_a"}, set[str](), ["rsp_a", "rsp_a"]),
    ]:
        assert len(wrong(exported, called, needs_none)) == 1


def test_what_sets_a_scenario_up_or_clears_it_away_is_none_of_it() -> None:
    """The reading of a table, on one."""
    rows = """  // rsp_said
  {"do", [](me) { EXPECT_EQ(rsp_before(me), RSP_OK);
    EXPECT_EQ(
        rsp_too(me), RSP_OK);
    (void)!rsp_behind(me);
    if (a) rsp_x_free(me);
    EXPECT_EQ(scarce([&] { return rsp_a(me); }), RSP_OK);
    ask(me, &rsp_b);
    return scarce([&] { return rsp_c_free(me); }); }},
};
"""
    table = "const Scenario SCENARIOS[] = {\n" + rows
    assert called_while_memory_is_short(Source("x.cpp", table)) == {"rsp_a", "rsp_b", "rsp_c_free"}
    assert called_while_memory_is_short(Source("x.cpp", rows)) == set()
