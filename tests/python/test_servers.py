"""GenServer: init, calls and casts, results of callbacks, terminate, stop, references."""

from __future__ import annotations

import pickle
import queue
from typing import Any

import pytest

import resprout as rsp

from .support import await_down, in_process, receive

pytestmark = pytest.mark.usefixtures("runtime")


class Counter(rsp.GenServer):
    def init(self, start: int = 0) -> None:
        self.value = start

    @rsp.call
    def add(self, more: int) -> int:
        self.value += more
        return self.value

    @rsp.cast
    def reset(self, value: int = 0) -> None:
        self.value = value


class Scripted(rsp.GenServer[object]):
    """Does what it is told, and says what it does."""

    def init(self, log: queue.SimpleQueue[object], result: object = None) -> object:
        self.log = log
        if isinstance(result, BaseException):
            raise result
        return result

    def handle_call(self, request: object, sender: rsp.From) -> object:
        self.log.put(("call", request))
        if isinstance(request, BaseException):
            raise request
        if request == "later":
            self.sender = sender
            return rsp.NoReply()
        return request

    def handle_cast(self, request: object) -> object:
        if request == "answer":
            rsp.reply(self.sender, "late")
            rsp.reply(self.sender, "twice")
            return None
        self.log.put(("cast", request))
        return request

    def handle_info(self, message: object) -> object:
        self.log.put(("info", message))
        return None

    def handle_continue(self, argument: object) -> None:
        self.log.put(("continue", argument))

    def terminate(self, reason: object) -> None:
        self.log.put(("terminate", reason))


class Shared:
    """A log that messages share."""

    __resprout_share__ = True

    def __init__(self) -> None:
        self.log: queue.SimpleQueue[object] = queue.SimpleQueue()

    def put(self, entry: object) -> None:
        self.log.put(entry)

    def entries(self) -> list[Any]:
        found = []
        while not self.log.empty():
            found.append(self.log.get())
        return found


def reason_of_call(server: object, request: object, timeout: float | None = 30.0) -> Any:
    with pytest.raises(rsp.CallExit) as caught:
        rsp.call(server, request, timeout)
    return caught.value.reason


# ---- init ----


def test_init_gives_the_state_and_may_continue_before_any_message() -> None:  # S-SRV-1
    log = Shared()
    pid = Scripted.start(log, rsp.Init(state="the state", continue_with="now"))
    rsp.send(pid, "message")
    rsp.call(pid, rsp.Reply("ok"))
    assert log.entries() == [("continue", "now"), ("info", "message"), ("call", rsp.Reply("ok"))]


class Continuing(rsp.GenServer):
    """Continues until it has done so often enough."""

    def init(self, until: int) -> rsp.Init:
        self.until = until
        self.continues = 0
        return rsp.Init(continue_with="on")

    def handle_call(self, request: object, sender: rsp.From) -> rsp.Reply:
        return rsp.Reply(self.continues)

    def handle_continue(self, argument: object) -> rsp.NoReply | None:
        self.continues += 1
        return None if self.continues == self.until else rsp.NoReply(continue_with=argument)


def test_continues_are_any_number() -> None:  # S-SRV-46
    assert rsp.call(Continuing.start(100_000), "how many?", timeout=None) == 100_000


def test_one_that_continues_for_ever_ends_by_a_signal_and_holds_nobody_up() -> None:  # S-SRV-46
    def body() -> None:  # on the lane of the servers
        endless, ref = Continuing.start_monitor(0)
        assert rsp.call(Continuing.start(10), "how many?") == 10
        rsp.exit_signal(endless, "boom")
        assert await_down(ref) == "boom"

    in_process(body)


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (rsp.Stop("why"), "why"),  # S-SRV-2
        (rsp.Fail("quietly"), "quietly"),  # S-SRV-3
        (rsp.NoReply(), ("bad_return_value", repr(rsp.NoReply()))),  # S-SRV-5
        (rsp.Init(timeout=-1), ("bad_return_value", repr(rsp.Init(timeout=-1)))),
        (rsp.Exit("left"), "left"),  # S-SRV-6
    ],
)
def test_an_init_that_fails_leaves_nothing(result: object, reason: object) -> None:
    log = Shared()

    def body() -> None:
        rsp.trap_exit(True)
        for start in (Scripted.start, Scripted.start_link, Scripted.start_monitor):
            with pytest.raises(rsp.StartError) as caught:
                start(log, result, name="failing")
            assert caught.value.reason == reason
            assert rsp.whereis("failing") is None  # S-NAME-8
        with pytest.raises(TimeoutError):
            rsp.receive(timeout=0)  # S-START-3, S-START-6

    in_process(body)
    assert log.entries() == []  # S-SRV-8: no terminate


def test_an_init_that_raises_fails_with_the_exception() -> None:
    with pytest.raises(rsp.StartError) as caught:
        Scripted.start(Shared(), ValueError("bad"))
    value, frames = caught.value.reason
    assert value == ("exception", "python", "ValueError", "bad")
    assert frames[0][2] == "Scripted.init"


def test_an_init_may_decline() -> None:  # S-SRV-4
    with pytest.raises(rsp.StartIgnored):
        Scripted.start(Shared(), rsp.Ignore())


def test_an_init_that_takes_too_long_is_killed() -> None:  # S-START-4
    class Sleeper(rsp.GenServer):
        def init(self) -> None:
            rsp.receive()

    with pytest.raises(rsp.StartError) as caught:
        Sleeper.start(timeout=0.02, name="sleeper")
    assert caught.value.reason == "timeout"
    assert rsp.whereis("sleeper") is None


def test_a_taken_name_is_already_started() -> None:  # S-NAME-7
    pid = Counter.start(name="the counter")
    with pytest.raises(rsp.AlreadyStarted) as caught:
        Counter.start(name="the counter")
    assert caught.value.pid == pid


# ---- calls ----


def test_references_call_and_cast_by_method() -> None:
    pid = Counter.start(1, name="counter")
    for ref in (Counter.at(pid), Counter.at("counter")):
        ref.reset(40)
        assert ref.add(2) == 42
        assert ref.add(more=1, timeout=5.0) == 43
        assert pickle.loads(pickle.dumps(ref)) == ref
        assert {ref: 1}[ref] == 1
        assert rsp.call(ref, rsp.MethodCall("add", (0,), None)) == 43


def test_a_mistake_of_the_caller_is_the_callers() -> None:
    counter = Counter.at(Counter.start())
    with pytest.raises(TypeError):
        counter.add()
    with pytest.raises(TypeError):
        counter.reset(1, 2)
    with pytest.raises(AttributeError, match="neither a @call nor a @cast"):
        counter.init(1)
    assert counter.add(1) == 1


def test_a_call_ends_in_one_way() -> None:  # S-SRV-9..12
    log = Shared()
    pid = Scripted.start(log)
    assert rsp.call(pid, rsp.Reply("answer")) == "answer"
    assert reason_of_call("no such name", 1) == "noproc"
    with pytest.raises(rsp.CallTimeout) as caught:
        rsp.call(pid, "later", timeout=0.02)
    assert isinstance(caught.value, TimeoutError)
    assert (caught.value.reason, caught.value.server, caught.value.request) == ("timeout", pid, "later")
    rsp.cast(pid, "answer")
    assert reason_of_call(pid, rsp.Stop("normal")) == "normal"
    assert reason_of_call(pid, 1) == "noproc"
    with pytest.raises(TimeoutError):
        rsp.receive(timeout=0)  # the late answer never arrives


def test_try_call_returns_what_call_raises() -> None:  # S-ERR-8
    pid = Counter.start(1)
    assert rsp.try_call(pid, rsp.MethodCall("add", (1,), None)) == rsp.Ok(2)
    failed = rsp.try_call("no such name", 1)
    assert isinstance(failed, rsp.Err)
    assert isinstance(failed.error, rsp.CallExit)
    assert failed.error.reason == "noproc"


def test_anybody_may_give_the_reply_once() -> None:  # S-SRV-17
    def body() -> object:
        me = rsp.self_pid()

        class Delegating(rsp.GenServer):
            def handle_call(self, request: object, sender: rsp.From) -> object:
                rsp.send(me, sender)
                return rsp.NoReply()

        server = Delegating.start()
        rsp.spawn_link(lambda: rsp.send(me, ("got", rsp.call(server, "question"))))
        sender = receive(rsp.From)
        rsp.reply(sender, "from elsewhere")
        rsp.reply(sender, "again")
        return receive()

    assert in_process(body) == ("got", "from elsewhere")


def test_calling_oneself_and_each_other_fails_at_once() -> None:  # S-SRV-12: case 131
    class Friend(rsp.GenServer):
        def handle_call(self, request: object, sender: rsp.From) -> object:
            match request:
                case "self":
                    return rsp.Reply(reason_of_call(rsp.self_pid(), "x", None))
                case ("ask", rsp.Pid() as other, request):
                    return rsp.Reply(rsp.call(other, request, None))
            return rsp.Reply(request)

    one, two = Friend.start(), Friend.start()
    assert rsp.call(one, "self") == "calling_self"
    with pytest.raises(rsp.CallExit) as caught:
        rsp.call(one, ("ask", two, ("ask", one, "x")))
    # Two was refused, and ended of it; so did one, which waited for two.
    assert caught.value.reason[0][0] == "calling_self"
    assert not rsp.is_alive(one)


def test_what_a_callback_passes_over_is_handled_in_its_place() -> None:  # S-SRV-14
    class Picky(rsp.GenServer):
        def init(self) -> None:
            self.seen: list[object] = []

        def handle_cast(self, request: object) -> None:
            self.seen.append(rsp.receive(timeout=30, match=float))

        def handle_call(self, request: object, sender: rsp.From) -> object:
            return rsp.Reply(self.seen)

        def handle_info(self, message: object) -> None:
            self.seen.append(message)

    def body() -> object:
        picky = Picky.start()
        # Cast in one turn of this process: the server finds all of it in its mailbox.
        rsp.cast(picky, "pick")
        for message in ("a", 1, 2.5, "b"):
            rsp.send(picky, message)
        return rsp.call(picky, "seen")

    assert in_process(body) == [2.5, "a", 1, "b"]


# ---- results ----


def test_stop_with_a_reply_terminates_first() -> None:  # S-SRV-20
    log = Shared()
    pid = Scripted.start(log)
    ref = rsp.monitor(pid)
    assert rsp.call(pid, rsp.Stop("enough", reply="bye")) == "bye"
    assert log.entries()[1:] == [("terminate", "enough")]
    assert await_down(ref) == "enough"


def test_garbage_is_a_bad_return_value() -> None:  # S-SRV-22
    log = Shared()
    assert reason_of_call(Scripted.start(log), 42) == ("bad_return_value", 42)
    assert log.entries()[1:] == [("terminate", ("bad_return_value", 42))]


def test_a_throw_is_a_return_value() -> None:  # S-SRV-7
    log = Shared()
    assert rsp.call(Scripted.start(log), rsp.Throw(rsp.Reply("thrown"))) == "thrown"
    assert reason_of_call(Scripted.start(log), rsp.Throw("nothing")) == ("bad_return_value", "nothing")
    with pytest.raises(rsp.StartError) as caught:
        Scripted.start(log, rsp.Throw(rsp.Stop("thrown")))
    assert caught.value.reason == "thrown"


def test_an_exception_terminates_with_the_last_good_state() -> None:  # S-SRV-23
    log = Shared()
    value, frames = reason_of_call(Scripted.start(log), KeyError("k"))
    assert value == ("exception", "python", "KeyError", "'k'")
    assert frames[-1][2] == "Scripted.handle_call"
    (_call, (what, reason)) = log.entries()
    assert what == "terminate"
    assert reason[0] == value


def test_state_may_be_returned() -> None:
    class Functional(rsp.GenServer[int]):
        def init(self, start: int) -> int:
            return start

        def handle_call(self, request: int, sender: rsp.From) -> rsp.Reply[int]:
            return rsp.Reply(self.state, state=self.state + request)

    pid = Functional.start(1)
    assert [rsp.call(pid, 10), rsp.call(pid, 100), rsp.call(pid, 0)] == [1, 11, 111]


def next_entry(log: Shared) -> object:
    return log.log.get(timeout=30.0)


def test_a_server_hears_that_no_message_came() -> None:  # S-SRV-15
    log = Shared()
    pid = Scripted.start(log, rsp.Init(timeout=0.005))
    assert next_entry(log) == ("info", "timeout")
    for result in (rsp.Reply("ok", timeout=0.005), rsp.Reply("ok", timeout=0)):
        assert rsp.call(pid, result) == "ok"
        assert next_entry(log) == ("call", result)
        assert next_entry(log) == ("info", "timeout")
    rsp.cast(pid, rsp.NoReply(timeout=0.005))
    assert next_entry(log) == ("cast", rsp.NoReply(timeout=0.005))
    assert next_entry(log) == ("info", "timeout")
    # A message ends the wait; None is no time.
    rsp.cast(pid, rsp.NoReply(timeout=30.0))
    assert rsp.call(pid, rsp.Reply("ok", timeout=None)) == "ok"
    rsp.stop(pid)
    assert ("info", "timeout") not in log.entries()


def test_a_server_that_hibernates_wakes_with_a_message() -> None:  # S-SRV-31
    log = Shared()
    pid = Scripted.start(log, rsp.Init(state="the state", hibernate=True))
    for result in (rsp.Reply("ok", hibernate=True), rsp.Reply("again", hibernate=True)):
        assert rsp.call(pid, result) == result.value
        assert next_entry(log) == ("call", result)
    rsp.send(pid, "wake")
    assert next_entry(log) == ("info", "wake")


@pytest.mark.parametrize(
    "wait",
    [
        {"timeout": -1},
        {"timeout": float("nan")},
        {"timeout": True},
        {"timeout": "soon"},
        {"timeout": 10**400},
        {"hibernate": 1},
        {"hibernate": True, "timeout": 1.0},
        {"continue_with": "it", "timeout": 1.0},
        {"continue_with": "it", "hibernate": True},
    ],
)
def test_a_wait_that_means_nothing_is_a_bad_return_value(wait: dict[str, Any]) -> None:  # S-SRV-22
    log = Shared()
    for bad in (rsp.Reply("never", state="never", **wait), rsp.NoReply(state="never", **wait)):
        reason = ("bad_return_value", repr(bad))
        assert reason_of_call(Scripted.start(log), bad) == reason
        assert log.entries()[1:] == [("terminate", reason)]


def test_a_message_without_a_handler_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:  # S-SRV-24
    counter = Counter.start()
    rsp.send(counter, "surprise")
    assert Counter.at(counter).add(1) == 1
    assert "no handle_info for a message, a str" in caplog.text
    assert "surprise" not in caplog.text


def test_a_request_without_a_handler_ends_the_server_with_undef() -> None:
    value, _frames = reason_of_call(Counter.start(), "what?")
    assert value == ("undef", "handle_call")


# ---- terminate and stop ----


def test_stop_runs_terminate_and_wants_its_reason() -> None:  # S-SRV-25, S-SRV-28
    log = Shared()
    pid = Scripted.start(log)
    rsp.stop(pid, "my reason")
    assert log.entries() == [("terminate", "my reason")]
    with pytest.raises(rsp.CallExit) as caught:
        rsp.stop(pid)
    assert caught.value.reason == "noproc"


def test_the_parents_exit_terminates_a_trapping_server() -> None:  # S-SRV-25, S-SRV-26
    log = Shared()

    class Trapping(Scripted):
        def init(self, log: object, result: object = None) -> None:
            self.log = log
            rsp.trap_exit(True)

    def parent(test: rsp.Pid) -> None:
        server = Trapping.start_link(log)
        stranger, ref = rsp.spawn_monitor(rsp.exit_signal, server, "a stranger's")
        await_down(ref)
        rsp.call(server, rsp.Reply(stranger))
        rsp.send(test, server)
        rsp.receive()
        raise rsp.Exit("the parent's")

    def body() -> object:
        pid = rsp.spawn(parent, rsp.self_pid())
        server = receive(rsp.Pid)
        assert isinstance(server, rsp.Pid)
        ref = rsp.monitor(server)
        rsp.send(pid, "go")
        return await_down(ref)

    assert in_process(body) == "the parent's"
    (_what, signal), _call, terminated = log.entries()
    assert isinstance(signal, rsp.ExitSignal)
    assert terminated == ("terminate", "the parent's")


def test_an_exception_in_terminate_replaces_the_reason() -> None:  # S-SRV-27
    class Clumsy(rsp.GenServer):
        def terminate(self, reason: object) -> None:
            raise rsp.Exit("tripped")

    pid = Clumsy.start()
    with pytest.raises(rsp.CallExit) as caught:
        rsp.stop(pid)
    assert caught.value.reason == "tripped"


class Warming(rsp.GenServer):
    """Is ready when it has gone on so many times; ends before that if it is told."""

    def init(self, steps: int, ends: bool = False) -> rsp.Init:
        with pytest.raises(rsp.WrongContext, match="init and terminate"):
            self.init_ack()
        self.init_ack_later()
        self.ends = ends
        return rsp.Init(continue_with=steps)

    def handle_continue(self, steps: int) -> object:
        if steps > 0:
            return rsp.NoReply(continue_with=steps - 1)
        if self.ends:
            return rsp.Stop("not today")
        self.init_ack()
        with pytest.raises(rsp.WrongContext, match="over already"):
            self.init_ack()
        with pytest.raises(rsp.WrongContext, match="only the init"):
            self.init_ack_later()
        return None

    @rsp.call
    def ping(self) -> str:
        return "pong"


def test_a_server_may_be_started_later_than_its_init_is_done() -> None:  # S-START-10
    assert Warming.at(Warming.start(3)).ping() == "pong"
    with pytest.raises(rsp.StartError) as failed:
        Warming.start(3, ends=True)
    assert failed.value.reason == "not today"
    with pytest.raises(rsp.WrongContext):
        in_process(lambda: Warming.init_ack(Warming.__new__(Warming)))
