"""Each memory order stronger than relaxed names its partner, or the rule that asks for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import PurePosixPath

from tidy.tree import Finding, Source, blank_comments, report, sources, under

# They give the orders: what an operation of theirs pairs with, its caller knows.
GIVE_THE_ORDERS = ("core/env/atomic.hpp", "core/env/native/atomic.hpp", "core/env/controlled/")

ORDER = re.compile(
    r"\b(?:ACQUIRE|RELEASE|ACQ_REL|SEQ_CST)\b|\bstore_then\("
    r"|\bmemory_order(?:_|::)(?:acquire|release|acq_rel|seq_cst)\b"
)
STD_OPERATION = re.compile(r"(?:\.|->)(?:load|store|exchange|fetch_\w+|compare_exchange_\w+)\(")

# What a comment may say. That an operation acquires says what the code says, and nothing of who releases.
PAIRS = re.compile(r"\bpairs? with (?P<partner>(?:[^.;:]|::)+)", re.IGNORECASE)
PUBLISHES = re.compile(r"\bpublish(?:es|ed) [^.;]+ to \w")  # who looks for it
AS_IN = re.compile(r"\bas in \w")  # where it is said
# A count of owners: all but the last one pair with the last one.
COUNTS_DOWN = re.compile(r"\bfetch_sub\(")
LAST_OWNER = re.compile(r"\blast (?:owner|reference|share)\b")
RULE = re.compile(r"\b(?:[A-Z]{1,2}\d{1,2}|rule \d{1,2})\b")

# Rules as the head of a file has them: "//   M1  The owner", "// 1. A descriptor".
DEFINED = re.compile(r"^// +(?:(?P<name>[A-Z]{1,2}\d{1,2}) +|(?P<number>\d{1,2})\. )\S", re.MULTILINE)
FILE = re.compile(r"[\w/]+\.[ch]pp\b")
# Of the partner's words, those that can only be names of the code.
NAME = re.compile(r"\w+_\w+|\w+(?=\(\)|::)|(?<=::)\w+")

PLANTED = "RSP_PLANTED_BUG("
STATEMENT_ENDS = (";", "{", "}", ":")
# What a comment above it is about, too, if it is all there is between the comment and a statement.
OPENS = re.compile(r"do \{|for \(;;\) \{|(?!\}|(?:if|for|while|switch|else)\b).*\{")
MARKS = re.compile(r"^(?://+|/\*+|\*(?!/))|\*/$")


class Lines:
    """A file's lines: code and comments apart, and which belong to planted mistakes."""

    def __init__(self, source: Source) -> None:
        lines = source.text.splitlines()
        self.indents = [line[: len(line) - len(line.lstrip())] for line in lines]
        self.code = [line.strip() for line in blank_comments(source.text).splitlines()]
        without = blank_comments(source.text, strings=False).splitlines()
        self.comments = [
            MARKS.sub("", line[len(code.rstrip()) :].strip()).strip()
            for line, code in zip(lines, without, strict=True)
        ]
        self.planted: set[int] = set()
        for number, code in enumerate(self.code):
            if PLANTED in code and number not in self.planted:
                self.planted |= self._planted_at(number)

    def first_of(self, number: int) -> int:
        """The first line of this line's statement. A comment in the midst of it is a part."""
        first = number
        for above in range(number - 1, -1, -1):
            code = self.code[above]
            if code.endswith(STATEMENT_ENDS) or code.startswith("#"):
                break
            if code:
                first = above
            elif not self.comments[above]:
                break
        return first

    def last_of(self, number: int) -> int:
        """The last line of this line's statement; of one with a block, the line that opens it."""
        while number + 1 < len(self.code) and not self.code[number].endswith(STATEMENT_ENDS):
            number += 1
        return number

    def statement(self, number: int) -> str:
        """The code of this line's statement."""
        return " ".join(self.code[self.first_of(number) : self.last_of(number) + 1])

    def _planted_at(self, number: int) -> set[int]:
        """What runs only where this mistake is planted: a statement, or a block up to its end or its else."""
        condition = self.statement(number)
        if "||" in condition or f"!{PLANTED}" in condition:
            return set()
        last = self.last_of(number)
        if not self.code[last].endswith("{"):
            return set(range(number, last + 1))
        end = last + 1
        while not (self.code[end].startswith("}") and self.indents[end] == self.indents[number]):
            end += 1
        goes_on = self.code[end].startswith("} else if")
        return set(range(number, end if goes_on else end + 1))

    def about(self, number: int) -> str:
        """What is said in this line's statement, at its end, and directly above it.

        Also above the function or endless loop that begins with it, and above a mistake planted in between.
        """
        first = self.first_of(number)
        said = self.comments[first : self.last_of(number) + 1]
        above = first - 1
        while above >= 0 and self.code[above]:
            opening = self.first_of(above)
            if above in self.planted:
                above -= 1
            elif self.code[above].endswith("{") and OPENS.fullmatch(self.statement(above)):
                above = opening - 1
            else:
                break
        while above >= 0 and not self.code[above] and self.comments[above]:
            said.insert(0, self.comments[above])
            above -= 1
        return " ".join(said)

    def each_comment(self) -> Iterator[tuple[int, str]]:
        """Where a comment begins, and all of it: one at the end of a line is one by itself."""
        begin, said = 0, ""
        for number, comment in enumerate(self.comments):
            if said and (self.code[number] or not comment):
                yield begin, said
                said = ""
            if comment and self.code[number]:
                yield number, comment
            elif comment:
                begin = begin if said else number
                said = f"{said} {comment}"
        if said:
            yield begin, said


def rules_in_head(source: Source) -> set[str]:
    """The rules that the file's opening comment defines."""
    head = source.text[: source.text.find("\n#")]
    return {match["name"] or f"rule {match['number']}" for match in DEFINED.finditer(head)}


@cache
def rules_of_files() -> dict[str, set[str]]:
    """The rules of each file."""
    return {source.path: rules_in_head(source) for source in under("core/", "python/native/")}


@cache
def words_of_code() -> set[str]:
    """Whatever has a name in C++, and the names of the files."""
    cpp = [source for source in sources() if source.suffix in {".h", ".hpp", ".cpp"}]
    words = {word for source in cpp for word in re.findall(r"\w+", blank_comments(source.text))}
    return words | {PurePosixPath(source.path).stem for source in cpp}


def rules_in_reach(source: Source, said: str) -> set[str]:
    """The rules of this file, of its header, and of the files that the comment names."""
    header = str(PurePosixPath(source.path).with_suffix(".hpp"))
    found = rules_in_head(source) | rules_of_files().get(header, set())
    for name in FILE.findall(said):
        for path, rules in rules_of_files().items():
            if path.endswith(f"/{name}") or path == name:
                found |= rules
    return found


def says_why(source: Source, statement: str, said: str) -> bool:
    """Whether these words name a partner of the statement's order."""
    if PAIRS.search(said) or PUBLISHES.search(said) or AS_IN.search(said):
        return True
    if COUNTS_DOWN.search(statement) and LAST_OWNER.search(said):
        return True
    return not rules_in_reach(source, said).isdisjoint(RULE.findall(said))


def check_orders(source: Source) -> list[Finding]:
    """Orders without a partner, except in planted mistakes."""
    lines = Lines(source)
    findings = []
    seen = -1
    for number, code in enumerate(lines.code):
        first = lines.first_of(number)
        if first <= seen or number in lines.planted or not ORDER.search(code):
            continue
        seen = lines.last_of(number)
        said = lines.about(number)
        if not says_why(source, lines.statement(number), said):
            instead = "say what it pairs with, or which rule of this file, or of which other, asks for it"
            findings.append(Finding(source.path, number + 1, code, instead))
    return findings


def check_partners(source: Source) -> list[Finding]:
    """Partners that the code does not have."""
    return [
        Finding(source.path, number + 1, match.group(), f"nothing is called {name}: name what is there")
        for number, said in Lines(source).each_comment()
        for match in PAIRS.finditer(said)
        for name in NAME.findall(match["partner"])
        if name not in words_of_code()
    ]


def check_std_operations(source: Source) -> list[Finding]:
    """Operations of std::atomic that leave their order to a default, which is the strongest."""
    if "std::atomic" not in blank_comments(source.text):
        return []
    lines = Lines(source)
    return [
        Finding(source.path, number + 1, code, "give the order")
        for number, code in enumerate(lines.code)
        if STD_OPERATION.search(code) and "memory_order" not in lines.statement(number)
    ]


def checked() -> list[Source]:
    """C++ with atomics."""
    return [
        source
        for source in under("core/", "python/")
        if source.suffix in {".hpp", ".cpp"} and not source.path.startswith(GIVE_THE_ORDERS)
    ]


def test_each_order_names_its_partner() -> None:
    """In the core, its environment, and the native part of the Python package."""
    findings = [finding for source in checked() for finding in check_orders(source)]
    assert not findings, report(findings)


def test_each_partner_exists() -> None:
    """One that was renamed goes on in comments."""
    findings = [finding for source in checked() for finding in check_partners(source)]
    assert not findings, report(findings)


def test_no_order_is_left_to_a_default() -> None:
    """env::Atomic has no defaults."""
    findings = [finding for source in checked() for finding in check_std_operations(source)]
    assert not findings, report(findings)


HEAD = "// A word.\n//\n//   W1  Two sides.\n// 1. Both.\n#pragma once\n"


def lines_found(code: str, head: str = HEAD) -> list[int]:
    """The lines of `code`, from 1, with an order that names no partner."""
    return [finding.line - head.count("\n") for finding in check_orders(Source("core/x/w.hpp", head + code))]


def test_an_order_without_a_partner_is_found() -> None:
    """Whatever stands near it, and whatever it says of the order itself."""
    for code in (
        "word.store(1, env::RELEASE);",
        "word.store(1, env::RELEASE);  // the second",
        "// Release: what was written before.\nword.store(1, env::RELEASE);",
        "// W2\nword.store(1, env::RELEASE);",  # no rule of this file
        "a();  // pairs with f\nword.store(1, env::RELEASE);",
        "word.store(1, env::RELEASE);\na();  // pairs with f",
        "// Pairs with f.\n\nword.store(1, env::RELEASE);",
        "// Pairs with f.\na();\nword.store(1, env::RELEASE);",
        "// Pairs with f.\nif (a()) {\n  word.store(1, env::RELEASE);\n}",
        "word.fetch_add(1, env::ACQ_REL);  // the last owner sees the others",
        "env::store_then(word, 1);",
        'if (RSP_PLANTED_BUG("x") || word.exchange(1, env::ACQUIRE)) {\n}',
        'if (!RSP_PLANTED_BUG("x")) word.store(1, env::RELEASE);',
    ):
        assert len(lines_found(code)) == 1, code
    assert len(check_orders(Source("core/env/native/w.cpp", "word.store(1, RELEASE);"))) == 1
    plain = "word.store(1, std::memory_order_release);"
    assert len(check_orders(Source("python/native/w.cpp", plain))) == 1


def test_an_order_with_a_partner_is_let_be() -> None:
    """Said on the statement or above it, in the words that there are for it."""
    for code in (
        "word.store(1, env::RELEASE);  // pairs with f",
        "// Acquire: what was\n// written before; pairs\n// with f.\nword.load(env::ACQUIRE);",
        "// W1\nword.store(1, env::RELEASE);",
        "word.store(1, env::RELEASE);  // rule 1",
        "// M1 of mailbox.hpp.\nword.store(1, env::RELEASE);",
        "// Release: publishes the item to next().\nword.store(1, env::RELEASE);",
        "// The last owner sees the others.\nif (word.fetch_sub(1, env::ACQ_REL) != 1) return;",
        "// Pairs with f.\nif (a &&\n    word.load(env::ACQUIRE) == 1)\n  return;",
        "// Pairs with f.\nvoid g() {\n  word.store(1, env::RELEASE);\n}",
        "do {\n  a();\n  // Pairs with f.\n} while (\n    !word.exchange(1, env::RELEASE));",
        "word.store(1, env::RELAXED);",
        'a("env::RELEASE");  // env::RELEASE',
    ):
        assert lines_found(code) == [], code


def test_planted_mistakes_need_no_partner() -> None:
    """What stands beside them does, and has it from above them."""
    block = 'if (RSP_PLANTED_BUG("x")) {\n  a.store(env::RELEASE);\n} else {\n  b.store(env::RELEASE);\n}'
    assert lines_found(block) == [4]
    assert lines_found(f"// Pairs with f.\n{block}") == []
    chain = 'if (RSP_PLANTED_BUG("x")) {\n  a();\n} else if (word.exchange(1, env::ACQUIRE)) {\n}'
    assert lines_found(chain) == [3]
    assert lines_found(f"// Pairs with f.\n{chain}") == []
    one = 'if (RSP_PLANTED_BUG("x")) word.store(1, env::RELEASE);\nword.store(2, env::RELEASE);'
    assert lines_found(one) == [2]


def test_a_partner_that_does_not_exist_is_found() -> None:
    """By a name that can be nothing else."""
    for said, count in (
        ("pairs with the load in no_such_thing", 1),
        ("pairs with nosuchthing()", 1),
        ("pairs with Mailbox::nosuchthing", 1),
        ("pairs with after_push of signal.hpp", 0),
        ("pairs with Mailbox::push", 0),
        ("pairs with the push below. Of no_such_thing", 0),
    ):
        assert len(check_partners(Source("core/x/w.cpp", f"a();  // {said}\n// b_c_d"))) == count, said


def test_an_order_by_default_is_found() -> None:
    """Of std::atomic, where it is sequentially consistent and looks like nothing."""
    for code, count in (
        ("std::atomic<int> a;\nint b = a.load();", 1),
        ("std::atomic<int> a;\na.store(\n    1);", 1),
        ("std::atomic<int> a;\na.store(1,\n        std::memory_order_relaxed);", 0),
        ("Words a;\na.store(1);", 0),
    ):
        assert len(check_std_operations(Source("python/native/w.cpp", code))) == count, code
