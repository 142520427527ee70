"""What a process keeps for itself, and says of itself: the dictionary, the label."""

from __future__ import annotations

import logging
from typing import Any

import pytest

import resprout as rsp

from .support import await_down, in_process, receive, successor

pytestmark = pytest.mark.usefixtures("runtime")


class Counter(rsp.GenServer):
    """Counts in its dictionary how often it was asked."""

    def init(self) -> None:
        rsp.set_label(("counter", 7))
        assert rsp.put("asked", 0) is None  # whoever is started anew has nothing

    def handle_call(self, request: Any, sender: rsp.From) -> Any:
        if request == "fail":
            raise ValueError(request)
        asked = rsp.get("asked") + 1
        rsp.put("asked", asked)
        return rsp.Reply(asked)


def info(pid: rsp.Pid) -> dict[str, Any]:
    found = rsp.process_info(pid)
    assert found is not None
    return found


def test_the_dictionary_is_the_process_s_own() -> None:  # S-DICT-1, S-DICT-2
    def body() -> None:
        assert rsp.get_keys() == []
        assert rsp.put("k", [1]) is None
        assert rsp.put("k", 2) == [1]
        assert rsp.get("k") == 2
        assert rsp.put(1, "integer") is None
        assert rsp.put(1.0, "float") is None
        assert (rsp.get(1), rsp.get(1.0), rsp.get(True)) == ("integer", "float", None)
        assert rsp.erase(1) == "integer"
        assert rsp.erase(1) is None
        assert sorted(map(str, rsp.get_keys())) == ["1.0", "k"]
        me = rsp.self_pid()
        rsp.spawn(lambda: rsp.send(me, rsp.get_keys()))
        assert receive() == []

    in_process(body)


def test_a_plain_thread_has_one_too() -> None:  # S-DICT-1
    rsp.put("thread", 1)
    assert rsp.get("thread") == 1
    assert info(rsp.self_pid())["dictionary"] == [("thread", 1)]
    assert rsp.erase("thread") == 1


def test_what_has_no_term_is_refused() -> None:
    with pytest.raises(TypeError, match="value"):
        rsp.put("k", object())
    with pytest.raises(TypeError, match="key"):
        rsp.get(object())
    with pytest.raises(TypeError, match="label"):
        rsp.set_label(object())


def test_a_server_keeps_it_until_it_is_started_anew(  # S-DICT-1, S-DICT-3, S-DICT-4
    runtime: rsp.Runtime,
) -> None:
    supervisor = rsp.Supervisor.start([rsp.child(Counter)])
    first = rsp.Supervisor.which_children(supervisor)[0].pid
    assert isinstance(first, rsp.Pid)
    assert [rsp.call(first, "ask") for _ in range(3)] == [1, 2, 3]
    assert info(first)["dictionary"] == [("asked", 3)]
    assert info(first)["label"] == ("counter", 7)
    with pytest.raises(rsp.CallExit):
        rsp.call(first, "fail")
    assert rsp.call(successor(supervisor, first), "ask") == 1
    rsp.stop(supervisor)


def test_a_label_can_be_read_changed_and_taken_away() -> None:  # S-PROC-13
    def body() -> None:
        assert rsp.get_label() is None
        rsp.set_label("importer")
        assert rsp.get_label() == "importer"
        assert info(rsp.self_pid())["label"] == "importer"
        rsp.set_label(None)
        assert rsp.get_label() is None

    in_process(body)


def test_the_log_says_the_label_of_what_has_no_name(  # S-PROC-13, S-REP-3
    caplog: pytest.LogCaptureFixture,
) -> None:
    def body() -> rsp.Pid:
        pid = Counter.start()
        watch = rsp.monitor(pid)
        with pytest.raises(rsp.CallExit):
            rsp.call(pid, "fail")
        await_down(watch)
        return pid

    with caplog.at_level(logging.ERROR):
        pid = in_process(body)
    lines = [record.getMessage() for record in caplog.records if record.name == "resprout.crash"]
    assert len(lines) == 1
    assert lines[0].startswith(f"crash_report: ('counter', 7) (Counter, {pid}) ended: ValueError: fail")
    assert "asked" not in lines[0]
