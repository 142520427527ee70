"""Requests that are sent first and answered later: send_request, RequestIds, multi_call."""

from __future__ import annotations

from typing import Any

import pytest

import resprout as rsp

from .support import PATIENCE_S, in_process, receive

pytestmark = pytest.mark.usefixtures("runtime")


class Servant(rsp.GenServer[None]):
    """Replies with what it is asked; ends when it is asked "die"; leaves "never" open until it is told."""

    def init(self) -> None:
        self.open: list[rsp.From] = []

    def handle_call(self, request: Any, sender: rsp.From) -> Any:
        if request == "die":
            return rsp.Stop("boom")
        if request == "never":
            self.open.append(sender)
            return rsp.NoReply()
        return rsp.Reply(request)

    def handle_info(self, message: Any) -> None:
        for sender in self.open:
            rsp.reply(sender, message)
        self.open.clear()


def expect_nothing() -> None:
    with pytest.raises(TimeoutError):
        rsp.receive(timeout=0)


def on_both(body: Any) -> None:
    """In a plain thread, and in a process of a lane."""
    body()
    in_process(body)


def test_a_request_is_answered_later() -> None:  # S-SRV-16
    def body() -> None:
        servant = Servant.start()
        requests = [rsp.send_request(servant, {"number": number}) for number in range(3)]
        for number, request in reversed(list(enumerate(requests))):
            assert rsp.receive_response(request, PATIENCE_S) == {"number": number}
        with pytest.raises(rsp.BadArgument, match="is over"):
            rsp.receive_response(requests[0], PATIENCE_S)
        end = rsp.send_request(servant, "die")
        with pytest.raises(rsp.CallExit) as caught:
            rsp.receive_response(end, PATIENCE_S)
        assert (caught.value.reason, caught.value.server) == ("boom", servant)
        expect_nothing()

    on_both(body)


def test_waiting_keeps_a_request_and_receiving_gives_it_up() -> None:  # S-SRV-16
    def body() -> None:
        servant = Servant.start()
        request = rsp.send_request(servant, "never")
        for timeout in (0, 0.001):
            with pytest.raises(TimeoutError):
                rsp.wait_response(request, timeout)
        rsp.send(servant, "late")
        assert rsp.wait_response(request, PATIENCE_S) == "late"
        request = rsp.send_request(servant, "never")
        with pytest.raises(TimeoutError):
            rsp.receive_response(request, 0.001)
        rsp.send(servant, "late")
        given_up = rsp.send_request(servant, "x")
        rsp.abandon_request(given_up)
        assert rsp.call(servant, "meet") == "meet"
        expect_nothing()

    on_both(body)


def test_a_free_name_fails_requests_and_takes_casts() -> None:  # S-SRV-13, S-SRV-43
    def body() -> None:
        rsp.cast("nobody_here", "x")
        rsp.abcast([rsp.node()], "nobody_here", "x")
        for value in ("x", object):  # with a term and without one
            request = rsp.send_request("nobody_here", value)
            with pytest.raises(rsp.CallExit) as caught:
                rsp.receive_response(request, PATIENCE_S)
            assert (caught.value.reason, caught.value.server) == ("noproc", "nobody_here")
        expect_nothing()

    on_both(body)


def test_a_collection_empties_as_its_answers_come() -> None:  # S-SRV-41
    def body() -> None:
        ids = rsp.RequestIds()
        assert rsp.receive_response(ids) is None
        label = object()
        ids.send_request(Servant.start(), "first", label)
        ids.send_request(Servant.start(), "die", "second")
        third = rsp.send_request(Servant.start(), "third")
        ids.add(third, "third")
        with pytest.raises(rsp.BadArgument, match="already"):
            ids.add(third, "again")
        assert len(ids) == 3
        assert [each for _ref, each in ids.to_list()] == [label, "second", "third"]
        seen = {}
        while response := rsp.receive_response(ids, PATIENCE_S):
            seen[response.label] = response
        assert seen[label].get() == "first"
        assert seen["third"].reply == "third"
        with pytest.raises(rsp.CallExit, match="boom"):
            seen["second"].get()
        assert len(ids) == 0
        expect_nothing()

    on_both(body)


def test_a_collection_is_given_up_at_the_timeout_and_when_it_goes() -> None:  # S-SRV-42
    def body() -> None:
        servant = Servant.start()
        ids = rsp.RequestIds()
        ids.send_request(servant, "never", 1)
        with pytest.raises(TimeoutError):
            rsp.wait_response(ids, 0.001)
        assert len(ids) == 1
        with pytest.raises(TimeoutError):
            rsp.receive_response(ids, 0.001)
        assert len(ids) == 0
        ids.send_request(servant, "kept", 2)
        kept = rsp.receive_response(ids, PATIENCE_S, delete=False)
        assert kept is not None
        assert kept.reply == "kept"
        assert len(ids) == 1
        ids.send_request(servant, "never", 3)
        ids.send_request(servant, "answered", 4)
        assert rsp.call(servant, "meet") == "meet"
        ids.abandon()
        assert len(ids) == 0
        ids.send_request(servant, "never", 5)
        ids.send_request(servant, "answered", 6)
        assert rsp.call(servant, "meet") == "meet"
        del ids
        rsp.send(servant, "late")
        assert rsp.call(servant, "meet") == "meet"
        expect_nothing()

    on_both(body)


def test_a_message_is_checked_against_requests() -> None:  # S-SRV-40
    def body() -> None:
        servant = Servant.start()
        request = rsp.send_request(servant, ["x"])
        ids = rsp.RequestIds()
        ids.send_request(servant, "die", "last")
        rsp.send(rsp.self_pid(), "chaff")
        first, second, third = sorted((receive() for _ in range(3)), key=lambda each: type(each).__name__)
        assert isinstance(first, rsp.Down)
        assert isinstance(second, rsp.Response)
        assert rsp.check_response(third, request) is None
        assert rsp.check_response(third, ids) is None
        assert rsp.check_response(first, request) is None
        assert rsp.check_response(second, ids) is None
        answer = rsp.check_response(second, request)
        assert answer is not None
        assert answer.get() == ["x"]
        failure = rsp.check_response(first, ids)
        assert failure is not None
        assert failure.label == "last"
        assert isinstance(failure.error, rsp.CallExit)
        assert failure.error.reason == "boom"
        assert len(ids) == 0

    on_both(body)


class Asker(rsp.GenServer[None]):
    """Collects in handle_info, as a server does."""

    def init(self, boss: rsp.Pid) -> None:
        self.boss = boss
        self.ids = rsp.RequestIds()
        for number in range(3):
            self.ids.send_request(Servant.start(), number, f"number {number}")

    def handle_info(self, message: Any) -> None:
        response = rsp.check_response(message, self.ids)
        assert response is not None
        rsp.send(self.boss, (response.label, response.get()))


def test_a_server_collects_in_handle_info() -> None:  # S-SRV-40
    Asker.start(rsp.self_pid())
    assert sorted(receive() for _ in range(3)) == [("number 0", 0), ("number 1", 1), ("number 2", 2)]


def test_a_collection_is_of_one_process() -> None:  # S-SRV-41
    ids = rsp.RequestIds()
    ids.send_request(Servant.start(), "never", 1)

    def body() -> None:
        with pytest.raises(rsp.BadArgument, match="of another process"):
            ids.send_request(Servant.start(), "x", 2)
        with pytest.raises(rsp.BadArgument):
            rsp.wait_response(ids, 0)

    in_process(body)
    assert len(ids) == 1
    expect_nothing()


def test_a_multi_call_tells_bad_nodes_from_good_ones() -> None:  # S-SRV-44
    def body() -> None:
        servant = Servant.start(name="multi_servant")
        here = rsp.node()
        assert here == "nonode@nohost"
        done = rsp.multi_call([here, "far@away"], "multi_servant", ("x", 1), PATIENCE_S)
        assert done == rsp.MultiCall([(here, ("x", 1))], ["far@away"])
        assert rsp.multi_call([here], "nobody_here", 1) == ([], [here])
        assert rsp.multi_call([here], "multi_servant", "never", 0.001) == ([], [here])
        rsp.send(servant, "late")
        with pytest.raises(TypeError, match="request"):
            rsp.multi_call([here], "multi_servant", object())
        rsp.stop(servant)
        expect_nothing()

    on_both(body)
