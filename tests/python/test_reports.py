"""What reports say of a Python server that ends, and what they leave out unless asked."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

import resprout as rsp

from .support import eventually

pytestmark = pytest.mark.usefixtures("runtime")


@pytest.fixture(autouse=True)
def log_of_reports(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.INFO, logger="resprout")
    yield
    rsp.set_report_contents()
    rsp.set_report_level(rsp.NOTICE)


class Account(rsp.GenServer):
    def init(self) -> None:
        self.balance = 100

    @rsp.call
    def withdraw(self, amount: int) -> None:
        raise ValueError("too much")

    @rsp.call
    def ask(self, other: str) -> Any:
        return rsp.call(other, "secret")


class Discreet(Account):
    def format_status(self) -> Any:
        return ("account", len(str(self.balance)))


class Mute(Account):
    def format_status(self) -> Any:
        raise RuntimeError("nothing to say")


def report(caplog: pytest.LogCaptureFixture, logger: str) -> dict[str, Any]:
    """The only report of a logger, as data."""

    def look() -> list[dict[str, Any]]:
        rsp.is_alive(rsp.self_pid())  # reports are written between two turns
        return [vars(record)["resprout"] for record in caplog.records if record.name == logger]

    (only,) = eventually(look, f"a record of {logger}")
    return dict(only)


def end(server: type[Account]) -> None:
    """Make a server end by a call."""
    with pytest.raises(rsp.CallExit):
        server.at(server.start()).withdraw(7)


def test_a_report_says_whose_call_it_was_and_nothing_of_its_contents(
    caplog: pytest.LogCaptureFixture,
) -> None:  # S-REP-2, S-REP-3
    end(Account)
    of_server = report(caplog, "resprout.server")
    assert of_server["client"] == rsp.self_pid()
    assert not {"last_message", "state"} & of_server.keys()
    of_crash = report(caplog, "resprout.crash")
    assert (of_crash["class"], of_crash["message_queue_len"], of_crash["links"]) == ("error", 0, [])
    assert "messages" not in of_crash


def test_the_request_of_a_failed_call_is_shown_only_where_messages_are(
    caplog: pytest.LogCaptureFixture,
) -> None:  # S-REP-3
    with pytest.raises(rsp.CallExit):
        Account.at(Account.start()).ask("nobody")
    why, (tag, server, request, _) = report(caplog, "resprout.crash")["reason"]
    assert (why, tag, server, request) == ("noproc", "call", "nobody", "_")
    caplog.clear()
    rsp.set_report_contents(messages=True)
    with pytest.raises(rsp.CallExit):
        Account.at(Account.start()).ask("nobody")
    assert report(caplog, "resprout.crash")["reason"][1][2] == "secret"


def test_the_state_is_what_the_server_says_it_is(caplog: pytest.LogCaptureFixture) -> None:  # S-REP-3
    rsp.set_report_contents(states=True)
    end(Account)
    assert report(caplog, "resprout.server")["state"] == {"balance": "100"}
    caplog.clear()
    end(Discreet)
    assert report(caplog, "resprout.server")["state"] == ("account", 3)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_format_status_that_raises_says_nothing(caplog: pytest.LogCaptureFixture) -> None:  # S-REP-3
    rsp.set_report_contents(states=True)
    end(Mute)
    of_server = report(caplog, "resprout.server")
    assert of_server["state"] is None
    assert of_server["reason"][0][:4] == ("exception", "python", "ValueError", "too much")


def test_the_supervisor_says_what_it_decided(caplog: pytest.LogCaptureFixture) -> None:  # S-REP-4
    rsp.Supervisor.start([rsp.child(Account, name="account")], max_restarts=1)
    rsp.wait_for_name("account")
    with pytest.raises(rsp.CallExit):
        rsp.call("account", "what it cannot")
    assert report(caplog, "resprout.supervisor")["decision"] == "restart"
    assert "decision: restart" in caplog.text


def test_progress_is_reported_where_it_is_asked_for(caplog: pytest.LogCaptureFixture) -> None:  # S-REP-7
    rsp.Supervisor.start([rsp.child(Account, id="early")])
    rsp.set_report_level(logging.INFO)
    supervisor = rsp.Supervisor.start([rsp.child(Account, id="late")], name="progress")
    of_start = report(caplog, "resprout.supervisor")
    (child,) = rsp.Supervisor.which_children(supervisor)
    assert (of_start["report"], of_start["supervisor"]) == ("progress", "progress")
    assert (of_start["started"]["id"], of_start["started"]["pid"]) == ("late", child.pid)
    (record,) = (record for record in caplog.records if record.name == "resprout.supervisor")
    assert record.levelno == logging.INFO
    assert f"supervisor progress: the child late (Account, {child.pid}) is up" in record.getMessage()


class Asked(Account):
    """Counts how often its state is asked for."""

    statuses = 0

    def format_status(self) -> Any:
        Asked.statuses += 1
        return self.balance


@pytest.mark.parametrize(
    ("level", "made"),
    [
        (logging.DEBUG, 1),
        (rsp.NOTICE, 1),
        (logging.WARNING, 1),
        (logging.ERROR, 1),
        (logging.ERROR + 1, 0),
        (1000, 0),
    ],
)
def test_what_is_below_the_level_is_not_made(
    caplog: pytest.LogCaptureFixture, level: int, made: int
) -> None:  # S-REP-6
    rsp.set_report_contents(states=True)
    rsp.set_report_level(level)
    Asked.statuses = 0
    end(Asked)
    rsp.set_report_level(rsp.NOTICE)
    end(Account)

    def ended() -> list[str]:
        rsp.is_alive(rsp.self_pid())  # reports are written between two turns
        of_servers = [record.getMessage() for record in caplog.records if record.name == "resprout.server"]
        return [text.split()[1] for text in of_servers]

    # The reports come in order: behind the other server's there is none of this one.
    eventually(lambda: "Account" in ended(), "a record of the other")
    assert ended() == ["Asked"] * made + ["Account"]
    assert Asked.statuses == made
