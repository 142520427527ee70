"""Exceptions and exit reasons: three classes, frames, what a failed call raises, what is reported."""

from __future__ import annotations

import logging
import sys

import pytest

import resprout as rsp

from .support import await_down, eventually, in_process, reason_of

pytestmark = pytest.mark.usefixtures("runtime")


class OddError(Exception):
    """Cannot be made again from its arguments."""

    def __init__(self, *, number: int) -> None:
        super().__init__()
        self.number = number

    def __str__(self) -> str:
        raise RuntimeError("no text")


def raise_it(error: BaseException) -> None:
    raise error


def inner() -> None:
    raise LookupError("deep")


def outer() -> None:
    inner()


def test_an_exception_is_an_error_with_its_python_frames() -> None:  # S-EXIT-5: case 298
    reason = in_process(lambda: reason_of(outer))
    assert isinstance(reason, tuple)
    value, frames = reason
    assert value == ("exception", "python", "LookupError", "deep")
    assert [function for _file, _line, function in frames] == ["inner", "outer"]
    assert {file for file, _line, _function in frames} == {__file__}
    lines = [line for _file, line, _function in frames]
    assert lines == [inner.__code__.co_firstlineno + 1, outer.__code__.co_firstlineno + 1]


def test_the_type_of_an_exception_is_named_with_its_module() -> None:
    reason = in_process(lambda: reason_of(raise_it, OddError(number=1)))
    assert isinstance(reason, tuple)
    assert reason[0] == ("exception", "python", f"{__name__}.OddError", "(its text cannot be made)")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (rsp.Exit("done"), "done"),  # S-EXIT-2
        (rsp.Exit("normal"), "normal"),
        (rsp.Exit(("shutdown", [1, {"a": 2.5}])), ("shutdown", [1, {"a": 2.5}])),
        (SystemExit(), "normal"),  # S-ERR-7
        (SystemExit(0), "normal"),
        (SystemExit(3), ("exit_status", 3)),
        (SystemExit("text"), ("exit_status", "text")),
        (KeyboardInterrupt(), "interrupt"),
    ],
)
def test_exits_are_their_reason(error: BaseException, reason: object) -> None:
    assert in_process(lambda: reason_of(raise_it, error)) == reason


def test_error_and_throw_carry_a_value_and_frames() -> None:  # S-EXIT-3, S-EXIT-4
    value, frames = in_process(lambda: reason_of(raise_it, rsp.Error(("my", "value"))))
    assert value == ("my", "value")
    assert [frame[2] for frame in frames] == ["raise_it"]
    value, frames = in_process(lambda: reason_of(raise_it, rsp.Throw([1])))
    assert value == ("nocatch", [1])
    assert [frame[2] for frame in frames] == ["raise_it"]


def test_errors_of_the_runtime_are_its_word() -> None:
    def body() -> None:
        rsp.unregister("nobody has this name")

    value, frames = in_process(lambda: reason_of(body))
    assert value == "badarg"
    assert frames[-1][2].endswith("body")


def test_the_three_classes_are_caught_apart() -> None:  # S-ERR-1, S-ERR-4
    def attempt(error: BaseException) -> list[str]:
        steps = []
        try:
            raise error
        except rsp.Throw:
            steps.append("throw")
        except rsp.Exit:
            steps.append("exit")
        except Exception:
            steps.append("error")
        finally:
            steps.append("finally")
        return steps

    errors = [rsp.Throw(1), rsp.Exit(1), rsp.Error(1), ValueError()]
    assert in_process(lambda: [attempt(error)[0] for error in errors]) == ["throw", "exit", "error", "error"]
    assert not issubclass(rsp.Exit, Exception)


def test_an_exception_in_finally_replaces_the_pending_one() -> None:  # S-ERR-4
    def body() -> None:
        try:
            raise ValueError("first")
        finally:
            raise KeyError("second")

    value, _frames = in_process(lambda: reason_of(body))
    assert value[2] == "KeyError"


def test_a_reason_that_has_no_term_becomes_text() -> None:
    assert in_process(lambda: reason_of(raise_it, rsp.Exit({1, 2}))) == "{1, 2}"
    assert in_process(lambda: reason_of(raise_it, rsp.Exit(2**100))) == str(2**100)
    assert in_process(lambda: reason_of(raise_it, rsp.Exit(("a", object)))) == ("a", "<class 'object'>")


def test_a_reason_that_no_text_or_term_can_hold_whole_still_says_what_it_was() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert in_process(lambda: reason_of(raise_it, rsp.Exit(deep))) == "<list>"
    assert in_process(lambda: reason_of(raise_it, rsp.Throw(deep)))[0] == ("nocatch", "<list>")
    assert in_process(lambda: reason_of(raise_it, rsp.Exit("\ud800"))) == r"'\ud800'"
    long = rsp.Atom("x" * 256)
    assert in_process(lambda: reason_of(raise_it, rsp.Exit((long, 1)))) == (repr(long), 1)


def test_a_failed_call_that_nobody_catches_is_the_reason_with_the_call() -> None:  # S-SRV-10
    def caller() -> None:
        rsp.call("no such server", "hello", timeout=1.5)

    assert in_process(lambda: reason_of(caller)) == ("noproc", ("call", "no such server", "hello", 1.5))


def test_a_deep_recursion_ends_its_process_alone() -> None:
    def deep() -> None:
        deep()

    value, frames = in_process(lambda: reason_of(deep))
    assert value[2] == "RecursionError"
    assert 0 < len(frames) <= 64


def test_the_state_of_a_dead_process_is_not_kept_by_its_exception() -> None:
    class State:
        pass

    def body() -> int:
        import weakref

        watched: list[weakref.ref[State]] = []

        def crash() -> None:
            state = State()
            watched.append(weakref.ref(state))
            raise ValueError(state)

        reason_of(crash)
        eventually(lambda: watched[0]() is None, "the state's end")
        return sys.getrefcount(State)

    in_process(body)


def test_a_killed_process_cleans_up_and_cannot_act() -> None:  # S-NAT-4: case 296
    seen: list[object] = []

    def victim(parent: rsp.Pid) -> None:
        try:
            rsp.send(parent, "ready")
            rsp.receive()
        finally:
            for act in (lambda: rsp.send(parent, "ghost"), lambda: rsp.spawn(print), rsp.receive):
                try:
                    act()
                except rsp.ProcessExit:
                    seen.append("refused")

    def body() -> object:
        pid, ref = rsp.spawn_monitor(victim, rsp.self_pid())
        assert rsp.receive(timeout=30) == "ready"
        rsp.kill(pid)
        reason = await_down(ref)
        with pytest.raises(TimeoutError):
            rsp.receive(timeout=0)
        return reason

    assert in_process(body) == "killed"
    assert seen == ["refused"] * 3


def test_swallowing_the_end_changes_nothing() -> None:
    def stubborn(parent: rsp.Pid) -> None:
        rsp.send(parent, "ready")
        try:
            rsp.receive()
        except BaseException:
            return

    def body() -> object:
        pid, ref = rsp.spawn_monitor(stubborn, rsp.self_pid())
        assert rsp.receive(timeout=30) == "ready"
        rsp.exit_signal(pid, "told to")
        return await_down(ref)

    assert in_process(body) == "told to"


def test_a_crash_is_one_record_of_the_log_and_an_exit_is_none(
    caplog: pytest.LogCaptureFixture,
) -> None:  # S-ERR-9
    caplog.set_level(logging.INFO, logger="resprout")

    def body() -> None:
        reason_of(raise_it, rsp.Exit("quiet"))
        reason_of(raise_it, ValueError("loud"))

    in_process(body)
    eventually(lambda: caplog.records, "the report")
    rsp.is_alive(rsp.self_pid())
    texts = [record.getMessage() for record in caplog.records if record.name == "resprout.crash"]
    assert len(texts) == 1
    assert "loud" in texts[0]
    assert isinstance(caplog.records[0].__dict__["resprout"], dict)
