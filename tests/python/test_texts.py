"""What people read: the messages of exceptions and the lines of the log say what failed, and what to do."""

from __future__ import annotations

import logging
import queue
from collections.abc import Callable
from typing import Any

import pytest

import resprout as rsp
from resprout._describe import report_text

from .support import PATIENCE_S, eventually, in_process, reason_of

pytestmark = pytest.mark.usefixtures("runtime")


class Shop(rsp.GenServer):
    def init(self, stock: int = 1) -> None:
        self.stock = 10 // stock

    @rsp.call
    def sell(self, count: int) -> int:
        self.stock -= count
        return self.stock

    @rsp.call
    def ask(self, other: str) -> Any:
        return rsp.call(other, "how are you")

    def handle_cast(self, request: object) -> Any:
        return request


def text_of(fails: Callable[[], object], kind: type[BaseException]) -> str:
    with pytest.raises(kind) as caught:
        fails()
    return str(caught.value)


# ---- Calls ----


def test_a_failed_call_says_what_happened_in_the_server_and_where() -> None:
    shop = Shop.at(Shop.start())
    text = text_of(lambda: shop.sell("one"), rsp.CallExit)  # type: ignore[arg-type]
    assert "TypeError: unsupported operand" in text
    assert "in Shop.sell (" in text
    assert "test_texts.py:" in text
    assert "Atom(" not in text


def test_a_call_that_failed_because_a_call_failed_says_both() -> None:
    shop = Shop.at(Shop.start())
    text = text_of(lambda: shop.ask("nobody"), rsp.CallExit)
    assert "its call of 'nobody' failed: noproc: there is no such process" in text


def test_a_call_without_an_answer_says_how_long_it_waited() -> None:
    silent = rsp.spawn(rsp.receive, None, int)
    text = text_of(lambda: rsp.call(silent, "?", timeout=0.01), rsp.CallTimeout)
    assert text == f"call of {silent} failed: timeout: no answer within 0.01 s"


def test_a_server_without_the_callback_is_named_by_it() -> None:
    assert "it has no handle_call" in text_of(lambda: rsp.call(Shop.start(), "?"), rsp.CallExit)


def test_wrong_arguments_of_a_call_name_the_method() -> None:
    shop: Any = Shop.at(Shop.start())
    assert text_of(lambda: shop.sell(1, 2), TypeError) == "Shop.sell: too many positional arguments"
    assert text_of(lambda: Shop.sell(1), TypeError) == (
        "sell is a call: make it through a reference, Type.at(pid or name).sell(...)"
    )
    assert text_of(lambda: Shop.at(5), rsp.BadArgument) == (  # type: ignore[arg-type]
        "target: a Pid or a name is needed, not 5"
    )


# ---- Starts ----


def test_a_failed_start_says_which_child_and_why() -> None:
    text = text_of(lambda: rsp.Supervisor.start([rsp.child(Shop, 0, name="shop")]), rsp.StartError)
    assert text.startswith("not started: child 'shop' did not start: ZeroDivisionError: ")
    assert "in Shop.init (" in text


def test_a_library_that_is_not_there_is_named_once() -> None:
    child = rsp.native_child("/nowhere/libnone.so", "none")
    text = text_of(lambda: rsp.Supervisor.start([child]), rsp.StartError)
    assert text.count("/nowhere/libnone.so") == 1
    assert text.endswith("(to load none)")


def test_a_name_that_is_taken_says_who_has_it() -> None:
    holder = Shop.start(name="shop")
    assert str(holder) in text_of(lambda: Shop.start(name="shop"), rsp.AlreadyStarted)


def test_two_children_of_one_id_say_what_to_do() -> None:
    text = text_of(lambda: rsp.Supervisor.start([Shop, Shop]), rsp.BadArgument)
    assert "two children have the id 'Shop'" in text
    assert "id= of its own" in text


def test_an_option_that_is_none_names_those_there_are() -> None:
    text = text_of(lambda: rsp.Supervisor.start([Shop], max_restart=3), TypeError)
    assert text == (
        "a supervisor has no option max_restart: there are strategy, max_restarts, max_seconds, name,"
        " auto_shutdown, max_children, extra_arguments"
    )


def test_what_is_no_child_is_shown_with_its_place() -> None:
    text = text_of(lambda: rsp.Supervisor.start([Shop, {"start": Shop}]), rsp.BadArgument)
    assert text.startswith("children[1]: a child is a ChildSpec")
    text = text_of(lambda: rsp.Supervisor.start([Shop()]), rsp.BadArgument)
    assert text.endswith("give the class, child(Shop, ...)")


# ---- Functions of which a call runs nothing ----


async def coroutine(*_: object) -> None:
    raise AssertionError("nobody awaits it")


def generator(*_: object) -> Any:
    yield


@pytest.mark.parametrize(("function", "word"), [(coroutine, "coroutine"), (generator, "generator")])
@pytest.mark.parametrize(
    "give",
    [
        rsp.spawn,
        rsp.spawn_handler,
        rsp.child,
        rsp.call,
        rsp.cast,
        lambda function: rsp.Supervisor.start([function]),
        lambda function: type("Server", (rsp.GenServer,), {"init": function}),
        lambda function: type("Server", (rsp.GenServer,), {"handle_info": function}),
        lambda function: type("Tree", (rsp.Supervisor,), {"init": function}),
    ],
)
def test_a_function_whose_call_runs_nothing_is_refused(
    give: Callable[[Any], object], function: Callable[..., Any], word: str
) -> None:
    text = text_of(lambda: give(function), rsp.BadArgument)
    assert f"{function.__qualname__} is a {word} function" in text


def test_a_server_that_has_its_init_in_the_wrong_place_is_told_where_it_goes() -> None:
    def takes_one(self: object, stock: int) -> None: ...

    text = text_of(lambda: type("Wrong", (rsp.GenServer,), {"__init__": takes_one}), rsp.BadArgument)
    assert text == "Wrong.__init__ takes arguments: those of a start go to init, in the new process"
    assert type("Right", (rsp.GenServer,), {"__init__": lambda self, stock=1: None})


# ---- The log ----


def lines(caplog: pytest.LogCaptureFixture, logger: str) -> list[str]:
    def look() -> list[str]:
        rsp.is_alive(rsp.self_pid())  # reports are written between two turns
        return [record.getMessage() for record in caplog.records if record.name == logger]

    return eventually(look, f"a record of {logger}")


def test_a_crash_in_a_tree_is_a_readable_line_of_each_logger(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="resprout")
    rsp.Supervisor.start([rsp.child(Shop, name="shop")])
    pid = rsp.whereis("shop")
    rsp.try_call("shop", "what it cannot")
    why = "it has no handle_call (undef)"
    assert lines(caplog, "resprout.server")[0].startswith(f"server_report: shop (Shop, {pid}) ended: {why}")
    assert lines(caplog, "resprout.crash")[0].startswith(f"crash_report: shop (Shop, {pid}) ended: {why}")
    assert f"the permanent child shop (Shop, {pid}) ended: {why}" in lines(caplog, "resprout.supervisor")[0]


def test_a_bad_return_value_says_what_would_be_good(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="resprout")
    rsp.cast(Shop.start(), 5)
    assert "a callback returned 5, and no Reply, NoReply or Stop" in lines(caplog, "resprout.server")[0]


@pytest.mark.parametrize(
    ("leaves", "says"),
    [
        (rsp.Error(("disk", rsp.Atom("full"))), "('disk', full), in raise_it"),
        (rsp.Throw("ball"), "a throw that nobody caught: 'ball', in raise_it"),
        (ValueError("x" * 5000), "x" * 900),
    ],
)
def test_each_kind_of_end_has_its_words(
    leaves: BaseException, says: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="resprout")

    def raise_it() -> None:
        raise leaves

    raise_it.__qualname__ = "raise_it"
    raise_it.__code__ = raise_it.__code__.replace(co_qualname="raise_it")
    in_process(lambda: reason_of(raise_it))
    (line,) = lines(caplog, "resprout.crash")
    assert says in line
    assert len(line) < 2000


def test_a_callback_that_does_not_return_is_named() -> None:
    report: dict[str, object] = {
        "report": "stuck_turn",
        "pid": "<0.7.1>",
        "registered_name": "digger",
        "milliseconds": 12,
    }
    assert report_text(report).startswith("digger (<0.7.1>) has computed for 12 ms and not returned: ")
    report["native_stack"] = ["dig+0x1 (libdig.so+0x11)", "libdig.so+0x20"]
    assert "returned, at dig+0x1 (libdig.so+0x11), from libdig.so+0x20: its worker" in report_text(report)
    report["system_call"] = 7
    assert "returned, waiting in system call 7, at dig+0x1" in report_text(report)


def test_an_application_whose_top_ends_is_named() -> None:
    report: dict[str, object] = {
        "report": "application_report",
        "application": rsp.Atom("shop"),
        "exited": rsp.Atom("shutdown"),
        "type": rsp.Atom("permanent"),
        "decision": rsp.Atom("shutdown"),
    }
    assert report_text(report) == "application shop (permanent) ended: shutdown; all applications end"
    report |= {"type": rsp.Atom("temporary"), "decision": rsp.Atom("none")}
    assert report_text(report) == "application shop (temporary) ended: shutdown"


NATIVE = (("exception", "cpp", "std::bad_alloc", "no memory"), [])


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (rsp.Atom("normal"), "normal"),
        ("a plain text", "'a plain text'"),
        ((rsp.Atom("shutdown"), {rsp.Atom("left"): [1, "b"]}), "(shutdown, {left: [1, 'b']})"),
        ((5,), "(5,)"),
        (NATIVE, "std::bad_alloc (cpp): no memory"),
        (
            (NATIVE, (rsp.Atom("call"), "db", "get", 5.0)),
            "its call of 'db' failed: std::bad_alloc (cpp): no memory",
        ),
        ((("odd", 1), [("f.c", "no line", "f")]), "('odd', 1)"),
        (("call", 1, 2), "('call', 1, 2)"),
        ((), "()"),
    ],
)
def test_a_reason_reads_as_what_it_is(reason: object, text: str) -> None:
    assert rsp.format_reason(reason) == text


def test_who_is_ended_by_a_link_is_told_how_to_live_on() -> None:
    def linked() -> None:
        rsp.spawn_link(rsp.exit, "gone")
        rsp.receive()

    def body() -> str:
        try:
            linked()
        except rsp.ProcessExit as error:
            return str(error)
        return "it was not ended"

    answers: queue.Queue[str] = queue.Queue()
    rsp.spawn(lambda: answers.put(body()))
    assert "trap_exit()" in answers.get(timeout=PATIENCE_S)


# ---- Waiting for a name ----


def test_who_was_told_of_a_crash_waits_for_the_new_one_and_meets_no_other() -> None:
    rsp.Supervisor.start([rsp.child(Shop, name="shop")], max_restarts=100)
    for _ in range(50):
        former = rsp.whereis("shop")
        assert isinstance(rsp.try_call("shop", "what it cannot"), rsp.Err)
        assert rsp.wait_for_name("shop", timeout=30.0) != former
        assert Shop.at("shop").sell(1) == 9


def test_a_process_waits_for_a_name_while_others_run() -> None:
    def late() -> None:
        rsp.receive()
        rsp.register("late")
        rsp.receive()

    pid = rsp.spawn(late)
    rsp.send_after(0.01, pid, "now")
    assert in_process(lambda: rsp.wait_for_name("late", timeout=None)) == pid


def test_a_name_that_nobody_takes_is_waited_for_no_longer_than_said() -> None:
    rsp.send(rsp.self_pid(), "a message that stays")
    text = text_of(lambda: rsp.wait_for_name("nobody", timeout=0.01), TimeoutError)
    assert text == "nobody has had the name 'nobody' within 0.01 s"
    assert rsp.receive(timeout=0) == "a message that stays"
