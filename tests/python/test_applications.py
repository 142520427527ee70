"""Applications: trees that are started and stopped as one, their callbacks, and what is said of them."""

from __future__ import annotations

import gc
import queue
import threading
import weakref
from typing import Any

import pytest

import resprout as rsp
from resprout import application

from .support import PATIENCE_S, eventually, in_process, run_program

pytestmark = pytest.mark.usefixtures("runtime")

events: queue.SimpleQueue[object] = queue.SimpleQueue()


@pytest.fixture(autouse=True)
def no_events() -> None:
    while not events.empty():
        events.get()


def heard(count: int) -> list[Any]:
    return [events.get(timeout=PATIENCE_S) for _ in range(count)]


class Part(rsp.GenServer):
    def init(self, name: str) -> None:
        self.name = name
        rsp.trap_exit(True)
        events.put(f"{name} up")

    def handle_cast(self, request: object) -> object:
        return rsp.Stop(request)

    def terminate(self, reason: object) -> None:
        events.put(f"{self.name} {reason}")


class Shop(rsp.Application):
    """Notes what happens to it."""

    def __init__(self, name: str = "shop", applications: list[str] | None = None) -> None:
        self.name = name
        self.applications = applications or []

    def start(self) -> Any:
        return rsp.Supervisor.start_link([rsp.child(Part, self.name, name=self.name)], max_restarts=0)

    def prep_stop(self) -> None:
        events.put(f"{self.name} prep_stop")

    def stop(self) -> None:
        events.put(f"{self.name} stop")


class Given(Shop):
    """The same, with a top that is given."""

    start = rsp.Application.start

    def __init__(self, top: Any, name: str = "shop") -> None:
        super().__init__(name)
        self.top = top


def running() -> list[str]:
    return [each.name for each in application.which()]


def failure(call: Any, *args: Any) -> rsp.ApplicationError:
    with pytest.raises(rsp.ApplicationError) as caught:
        call(*args)
    return caught.value


STOPPED = ["shop prep_stop", "shop shutdown", "shop stop"]


def test_stop_runs_both_callbacks_around_the_end_of_the_tree() -> None:  # case 283: S-APP-5
    application.load(Shop())
    for _ in range(2):
        application.start("shop")
        assert heard(1) == ["shop up"]
        assert application.which() == [("shop", "temporary")]
        application.stop("shop")
        assert heard(3) == STOPPED
        assert rsp.whereis("shop") is None
    assert application.which() == []
    application.unload("shop")
    assert application.loaded() == []


@pytest.mark.parametrize(
    "top",
    [
        [rsp.child(Part, "shop")],
        rsp.SupervisorSpec([(Part, "shop")], name="shop_top"),
        rsp.child(Part, "shop"),
        (Part, "shop"),
        rsp.started_by(Part.start_link, "shop"),
    ],
    ids=["children", "supervisor", "server", "class and argument", "function"],
)
def test_the_top_may_be_given_in_place_of_a_start(top: Any) -> None:  # S-APP-1, S-APP-2
    application.load(Given(top))
    application.start("shop")
    application.stop("shop")
    assert heard(4) == ["shop up", *STOPPED]


def test_the_callbacks_of_one_load_share_an_object() -> None:
    class Counting(rsp.Application):
        name = "counting"
        starts = 0

        def start(self) -> rsp.Pid:
            self.starts += 1
            self.pid = rsp.self_pid()
            return rsp.Supervisor.start_link([])

        def stop(self) -> None:
            assert rsp.self_pid() != self.pid
            events.put(self.starts)

    application.load(Counting())
    for count in (1, 2):
        application.start("counting")
        application.stop("counting")
        assert heard(1) == [count]
    assert Counting.starts == 0


def test_what_is_needed_is_started_first() -> None:  # case 413: S-APP-4, S-APP-8
    application.load(Shop("shop", ["database", "mail"]))
    application.load(Shop("mail", ["log"]))
    application.load(Shop("database", ["log"]))
    application.load(Shop("log"))
    assert sorted(application.loaded()) == ["database", "log", "mail", "shop"]
    order = ["log", "database", "mail", "shop"]
    assert application.ensure_all_started("shop", "transient") == order
    assert heard(4) == [f"{name} up" for name in order]
    assert application.ensure_all_started("shop") == []
    assert application.which() == [(name, "transient") for name in order]
    application.stop("database")  # nobody looks at those that need it
    assert running() == ["log", "mail", "shop"]


def test_all_stop_in_reverse_with_the_runtime() -> None:  # S-APP-7, S-STOP-1
    program = """
        import resprout as rsp

        class Part(rsp.Application):
            def __init__(self, name, *needs):
                self.name, self.applications = name, needs

            top = []

            def prep_stop(self):
                print(self.name, "prep_stop")

            def stop(self):
                print(self.name, "stop")

        for part in (Part("shop", "database"), Part("database")):
            rsp.application.load(part)
        print(rsp.application.ensure_all_started("shop", "permanent"))
    """
    ended = run_program(program)
    assert ended.status == 0, ended.err
    assert ended.out.splitlines() == [
        "['database', 'shop']",
        "shop prep_stop",
        "shop stop",
        "database prep_stop",
        "database stop",
    ]
    assert ended.err == ""


def test_start_starts_nothing_that_is_needed() -> None:  # case 413: S-APP-3
    application.load(Shop("shop", ["database"]))
    for _ in range(2):
        error = failure(application.start, "shop")
        assert (error.name, error.reason) == ("shop", ("not_started", "database"))
        assert str(error).startswith("application shop: not_started: it needs database")
        if "database" not in application.loaded():
            application.load(Shop("database"))
    assert events.empty()
    application.start("database")
    application.start("shop")
    assert heard(2) == ["database up", "shop up"]


def test_what_was_started_is_stopped_again_if_one_does_not_start() -> None:  # S-APP-4
    class Broken(rsp.Application):
        name = "database"

        def start(self) -> rsp.Fail:
            return rsp.Fail("no disk")

        def stop(self) -> None:
            events.put("never")

    application.load(Shop("shop", ["log", "database"]))
    application.load(Shop("log"))
    application.load(Broken())
    error = failure(application.ensure_all_started, "shop")
    assert (error.name, error.reason) == ("database", "no disk")
    assert str(error) == "application database: 'no disk'"
    assert heard(4) == ["log up", "log prep_stop", "log shutdown", "log stop"]
    assert running() == []
    assert events.empty()


def test_those_that_need_each_other_are_named() -> None:  # S-APP-4
    application.load(Shop("shop", ["bank"]))
    application.load(Shop("bank", ["shop"]))
    error = failure(application.ensure_all_started, "shop")
    assert (error.name, error.reason) == ("bank", ("circular_dependency", "shop"))
    assert "bank: circular_dependency: it needs shop" in str(error)


@pytest.mark.parametrize("name", ["shop", "lädchen"])
def test_what_cannot_be_names_the_application(name: str) -> None:  # case 412: S-APP-1, S-APP-2, S-APP-5
    def refused(word: str, call: Any, *args: Any) -> None:
        error = failure(call, *args)
        assert (error.name, error.reason) == (name, (word, name))
        assert str(error).startswith(f"application {name}: {word}: ")

    refused("not_loaded", application.start, name)
    refused("not_loaded", application.ensure_all_started, name)
    refused("not_loaded", application.unload, name)
    refused("not_started", application.stop, name)
    application.load(Shop(name))
    refused("already_loaded", application.load, Shop(name))
    refused("not_started", application.stop, name)
    application.start(name)
    refused("already_started", application.start, name)
    refused("running", application.unload, name)
    application.stop(name)
    application.unload(name)
    refused("not_loaded", application.start, name)


def start_of(what: Any) -> type[rsp.Application]:
    """An application whose start returns or raises this."""

    class Odd(rsp.Application):
        name = "odd"

        def start(self) -> Any:
            if isinstance(what, BaseException):
                raise what
            return what

        def prep_stop(self) -> None:
            events.put("never")

        stop = prep_stop

    return Odd


def test_a_start_that_raises_or_returns_rubbish_says_so() -> None:  # case 411: S-APP-2
    def reason_of(what: Any) -> Any:
        application.load(start_of(what)())
        error = failure(application.start, "odd")
        assert error.name == "odd"
        application.unload("odd")
        return error.reason

    assert reason_of(7) == 7
    (raised, _frames) = reason_of(ValueError("sorry"))
    assert raised == ("exception", "python", "ValueError", "sorry")
    assert reason_of(rsp.Exit("enough")) == "enough"
    assert reason_of(rsp.Ignore()) == "ignore"
    assert reason_of(rsp.Fail("no")) == "no"
    assert running() == []
    assert events.empty()
    application.load(start_of(None)())
    assert "TypeError: " in (text := str(failure(application.start, "odd")))
    assert "Odd.start returned None, and no Pid" in text


def test_a_callback_that_raises_changes_nothing_of_the_rest() -> None:  # S-APP-5
    class Raising(Shop):
        def prep_stop(self) -> None:
            super().prep_stop()
            raise ValueError("sorry")

        def stop(self) -> Any:
            super().stop()
            return "rubbish"

    application.load(Raising())
    application.start("shop")
    application.stop("shop")
    assert heard(4) == ["shop up", *STOPPED]
    application.start("shop")
    assert heard(1) == ["shop up"]


def test_callbacks_may_block_and_call() -> None:
    class Polite(Shop):
        def prep_stop(self) -> None:
            events.put(rsp.Supervisor.count_children("tree").active)

        def start(self) -> rsp.Pid:
            return rsp.Supervisor.start_link([rsp.child(Part, "shop")], name="tree")

    application.load(Polite())
    application.start("shop")
    application.stop("shop")
    assert heard(4) == ["shop up", 1, "shop shutdown", "shop stop"]


def test_one_that_is_temporary_leaves_the_others_alone() -> None:  # S-APP-6
    application.load(Shop())
    application.load(Shop("other"))
    application.start("other", "permanent")
    application.start("shop")
    assert heard(2) == ["other up", "shop up"]
    rsp.cast("shop", "crash")
    assert heard(3) == ["shop crash", "shop prep_stop", "shop stop"]
    eventually(lambda: running() == ["other"], "the end of the application")
    application.start("shop", "transient")
    assert heard(1) == ["shop up"]


def test_one_that_is_permanent_takes_all_along() -> None:  # case 414: S-APP-7
    for name in ("log", "database", "shop"):
        application.load(Shop(name))
        application.start(name, "permanent" if name == "shop" else "temporary")
    assert heard(3) == ["log up", "database up", "shop up"]
    rsp.cast("shop", "crash")
    assert heard(3) == ["shop crash", "shop prep_stop", "shop stop"]
    assert heard(3) == ["database prep_stop", "database shutdown", "database stop"]
    assert heard(3) == ["log prep_stop", "log shutdown", "log stop"]
    eventually(lambda: running() == [], "the end of all applications")


def test_one_that_is_transient_may_end_with_normal() -> None:  # case 414: S-APP-6, S-APP-7
    class Calm(rsp.Application):
        name = "calm"
        top = rsp.child(Part, "calm", name="calm")

    application.load(Calm())
    application.load(Shop("other"))
    application.start("other")
    application.start("calm", "transient")
    rsp.cast("calm", "normal")
    eventually(lambda: running() == ["other"], "the end of the application")
    assert heard(3) == ["other up", "calm up", "calm normal"]
    application.start("calm", "transient")
    rsp.cast("calm", "crash")
    assert heard(5) == ["calm up", "calm crash", "other prep_stop", "other shutdown", "other stop"]


def test_one_that_is_permanent_ends_the_program() -> None:  # S-APP-7, S-RUN-2
    program = """
        import sys
        import threading
        import resprout as rsp

        class Till(rsp.GenServer):
            def handle_cast(self, request):
                return rsp.Stop(request)

        class Shop(rsp.Application):
            name = "shop"
            top = rsp.child(Till, name="till")

            def stop(self):
                print("closed", flush=True)

        class Opener(rsp.GenServer):
            def init(self):
                return rsp.Init(None, continue_with="open")

            def handle_continue(self, _):
                rsp.application.load(Shop())
                rsp.application.start("shop", "permanent")
                rsp.cast("till", ("exit_status", 7))

        sys.exit(rsp.run([Opener]))
    """
    ended = run_program(program)
    assert ended.status == 7, ended.err
    assert ended.out.splitlines() == ["closed"]
    assert "application shop (permanent) ended: (exit_status, 7); all applications end" in ended.err


def test_a_process_may_start_and_stop_applications() -> None:  # S-APP-2
    def body() -> list[str]:
        application.load(Shop())
        started = application.ensure_all_started("shop")
        application.stop("shop")
        return started

    assert in_process(body) == ["shop"]
    assert heard(4) == ["shop up", *STOPPED]


def test_a_start_that_takes_too_long_goes_on() -> None:  # S-APP-2
    gate = threading.Event()

    class Slow(rsp.Application):
        name = "slow"

        def start(self) -> rsp.Pid:
            gate.wait(PATIENCE_S)
            return rsp.Supervisor.start_link([])

    application.load(Slow())
    error = failure(application.start, "slow", "temporary", 0.001)
    assert error.reason == "timeout"
    assert str(error).startswith("application slow: timeout: ")
    gate.set()
    application.ensure_all_started("slow")
    assert running() == ["slow"]


def test_a_stop_that_takes_too_long_goes_on() -> None:  # S-APP-5
    gate = threading.Event()

    class Slow(rsp.Application):
        name = "slow"
        top = rsp.SupervisorSpec()

        def stop(self) -> None:
            gate.wait(PATIENCE_S)

    application.load(Slow())
    application.start("slow")
    assert failure(application.stop, "slow", 0.001).reason == "timeout"
    assert running() == ["slow"]
    gate.set()
    eventually(lambda: running() == [], "the end of the application")


def test_an_application_is_given_up_when_it_is_unloaded() -> None:  # S-APP-1
    shop = Shop()
    seen = weakref.ref(shop)
    application.load(shop)
    application.start("shop")
    application.stop("shop")
    del shop
    gc.collect()
    assert seen() is not None
    application.unload("shop")
    eventually(lambda: seen() is None, "the object's end")


def test_an_application_is_given_up_with_the_runtime(runtime: rsp.Runtime) -> None:  # S-APP-7
    shop = Shop()
    seen = weakref.ref(shop)
    application.load(shop)
    application.start("shop")
    del shop
    assert runtime.stop()
    gc.collect()
    assert seen() is None
    assert heard(4) == ["shop up", *STOPPED]
