"""Applications that cannot be: which field is wrong, before anything is loaded."""

from __future__ import annotations

from typing import Any

import pytest

import resprout as rsp
from resprout import application

pytestmark = pytest.mark.usefixtures("runtime")


class Part(rsp.GenServer):
    """Needs no more."""


class Shop(rsp.Application):
    def __init__(self, name: str = "shop", applications: list[str] | None = None) -> None:
        self.name = name
        self.applications = applications or []

    def start(self) -> rsp.Pid:
        return rsp.Supervisor.start_link([])


class Given(rsp.Application):
    name = "given"

    def __init__(self, top: Any) -> None:
        self.top = top


class Nameless(rsp.Application):
    top: Any = ()


class Both(Shop):
    top: Any = ()


class Neither(rsp.Application):
    name = "neither"


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        (Shop, r"give an object, Shop\(\)"),
        ("shop", "a subclass of Application is needed, not 'shop'"),
        (Nameless(), "name: an application has one"),
        (Shop(""), "name: a name has 1 to 255"),
        (Shop("shop", ["log", None]), r"applications\[1\]: "),  # type: ignore[list-item]
        (Shop("shop", "log"), "applications: a list of names is needed, not 'log'"),  # type: ignore[arg-type]
        (Both(), "top: Both has both a start and a top"),
        (Neither(), "top: Neither has neither a start nor a top"),
        (Given(7), "top: a child is .* not 7"),
        (Given([7]), r"top: children\[0\]: a child is"),
        (Given(rsp.SupervisorSpec(strategy="some")), "top: strategy: 'some' is none of"),
        (Given(rsp.child(Part, "x", name=rsp.Registry("r").via("key"))), "top: .*Registry"),
        (Given([(Part, "a"), (Part, "b")]), "two children have the id 'Part'"),
    ],
)
def test_a_malformed_application_is_refused(wrong: Any, text: str) -> None:
    with pytest.raises(rsp.BadArgument, match=text):
        application.load(wrong)
    assert application.loaded() == []


def test_malformed_calls_are_refused() -> None:
    with pytest.raises(rsp.BadArgument, match="type: 'forever' is none of temporary, transient, permanent"):
        application.start("shop", "forever")
    with pytest.raises(rsp.BadArgument, match="name: a name is a str or None, not 7"):
        application.stop(7)  # type: ignore[arg-type]
    with pytest.raises(rsp.BadArgument, match="a time is 0 or more seconds"):
        application.stop("shop", -1)


def test_callbacks_that_nobody_would_await_are_refused() -> None:
    with pytest.raises(rsp.BadArgument, match=r"callback stop: .* is a coroutine function"):

        class Lazy(rsp.Application):
            async def stop(self) -> None:  # type: ignore[override]
                pass
