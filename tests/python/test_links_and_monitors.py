"""Links, monitors, exit signals and trap_exit between Python processes."""

from __future__ import annotations

import pytest

import resprout as rsp

from .support import await_down, in_process, reason_of, receive

pytestmark = pytest.mark.usefixtures("runtime")


def leave(reason: object) -> None:
    raise rsp.Exit(reason)


def dead_pid() -> rsp.Pid:
    pid, ref = rsp.spawn_monitor(lambda: None)
    await_down(ref)
    return pid


def test_an_abnormal_end_spreads_through_links() -> None:  # S-EXIT-18
    def body() -> list[object]:
        def chain(length: int, top: rsp.Pid) -> None:
            if length == 0:
                rsp.send(top, rsp.self_pid())
            else:
                rsp.spawn_link(chain, length - 1, top)
            rsp.receive()

        _pid, ref = rsp.spawn_monitor(chain, 5, rsp.self_pid())
        last = receive(rsp.Pid)
        assert isinstance(last, rsp.Pid)
        rsp.exit_signal(last, "broken")
        return [await_down(ref)]

    assert in_process(body) == ["broken"]


def test_a_normal_end_does_not_spread() -> None:  # S-EXIT-8: case 44
    def body() -> str:
        pid = rsp.spawn_link(rsp.receive)
        ref = rsp.monitor(pid)  # told after the link, which is older
        rsp.send(pid, "go")
        assert await_down(ref) == "normal"
        rsp.checkpoint()
        return "alive"

    assert in_process(body) == "alive"


@pytest.mark.parametrize(
    ("reason", "trapping", "ends_with"),
    [
        ("normal", False, None),  # S-EXIT-8
        ("normal", True, None),
        ("kill", False, "killed"),  # S-EXIT-10
        ("kill", True, "killed"),  # S-EXIT-11
        ("shutdown", False, "shutdown"),  # S-EXIT-12
        (("shutdown", 1), False, ("shutdown", 1)),
        ("other", True, None),  # S-EXIT-13
    ],
)
def test_what_an_exit_signal_does(reason: object, trapping: bool, ends_with: object) -> None:
    def body() -> object:
        me = rsp.self_pid()

        def victim() -> None:
            while True:
                rsp.send(me, rsp.receive())

        pid, ref = rsp.spawn_monitor(victim, trap_exit=trapping)
        rsp.exit_signal(pid, reason)
        if ends_with is not None:
            return await_down(ref)
        if trapping:
            assert receive() == rsp.ExitSignal(me, reason)
        rsp.send(pid, "still there")
        assert receive() == "still there"
        return None

    assert in_process(body) == ends_with


def test_an_exit_signal_to_oneself_ends_it_before_the_next_statement() -> None:  # S-EXIT-14
    reached: list[str] = []

    def suicide(reason: object) -> None:
        rsp.exit_signal(rsp.self_pid(), reason)
        reached.append("never")

    assert in_process(lambda: [reason_of(suicide, r) for r in ("normal", "kill", "why")]) == [
        "normal",
        "killed",
        "why",
    ]
    assert reached == []


def test_link_to_the_dead() -> None:  # S-LINK-3, S-LINK-4
    def body() -> None:
        dead = dead_pid()
        with pytest.raises(rsp.NoProcess) as caught:
            rsp.link(dead)
        assert caught.value.value == "noproc"
        assert rsp.trap_exit(True) is False
        rsp.link(dead)
        assert receive() == rsp.ExitSignal(dead, "noproc")
        rsp.link_async(dead)
        assert receive() == rsp.ExitSignal(dead, "noproc")

    in_process(body)
    assert in_process(lambda: reason_of(lambda: (rsp.link_async(dead_pid()), rsp.receive()))) == "noproc"


def test_links_are_one_and_symmetric() -> None:  # S-LINK-1, S-LINK-5..7
    def body() -> None:
        me = rsp.self_pid()
        rsp.link(me)
        pid = rsp.spawn_link(rsp.receive)
        rsp.link(pid)
        rsp.unlink(pid)
        rsp.unlink(pid)
        ref = rsp.monitor(pid)
        rsp.kill(pid)
        assert await_down(ref) == "killed"
        rsp.checkpoint()

    in_process(body)


def test_an_exit_in_the_mailbox_stays_after_unlink() -> None:  # S-LINK-6
    def body() -> None:
        rsp.trap_exit(True)
        pid = rsp.spawn_link(leave, "gone")
        ref = rsp.monitor(pid)
        assert await_down(ref) in ("gone", "noproc")
        rsp.unlink(pid)
        assert rsp.receive(timeout=0, match=rsp.ExitSignal) == rsp.ExitSignal(pid, "gone")

    in_process(body)


def test_each_monitor_tells_once() -> None:  # S-MON-1, S-MON-5
    def body() -> None:
        pid = rsp.spawn(rsp.receive)
        refs = {rsp.monitor(pid) for _ in range(3)}
        rsp.exit_signal(pid, "bye")
        downs = [receive() for _ in refs]
        assert all(
            isinstance(down, rsp.Down) and down.reason == "bye" and down.object == pid for down in downs
        )
        assert {down.ref for down in downs if isinstance(down, rsp.Down)} == refs
        with pytest.raises(TimeoutError):
            rsp.receive(timeout=0)

    in_process(body)


def test_monitors_of_the_dead_and_of_names() -> None:  # S-MON-2, S-MON-3: case 65, 68, 69
    def body() -> None:
        dead = dead_pid()
        assert await_down(rsp.monitor(dead)) == "noproc"
        pid = rsp.spawn(rsp.receive)
        rsp.register("watched", pid)
        ref = rsp.monitor("watched")
        nobody = rsp.monitor("nobody of this name")
        down = receive(nobody)
        assert isinstance(down, rsp.Down)
        assert (down.object, down.reason) == (("nobody of this name", "nonode@nohost"), "noproc")
        rsp.kill(pid)
        down = receive(ref)
        assert isinstance(down, rsp.Down)
        assert (down.object, down.reason) == (("watched", "nonode@nohost"), "killed")

    in_process(body)


def test_demonitor_and_flush() -> None:  # S-MON-6..8
    def body() -> None:
        pid = rsp.spawn(rsp.receive)
        ref = rsp.monitor(pid)
        assert rsp.demonitor(ref) is True
        assert rsp.demonitor(ref) is False
        fired = rsp.monitor(pid)
        other = rsp.monitor(pid)
        rsp.kill(pid)
        await_down(other)
        # The Down of `fired` has been passed over by the selective receive: flush finds it there too.
        assert rsp.demonitor(fired, flush=True) is False
        with pytest.raises(TimeoutError):
            rsp.receive(timeout=0)

    in_process(body)


def test_a_monitor_may_be_an_alias() -> None:  # S-ALIAS-4
    def body() -> None:
        pid = rsp.spawn_link(rsp.receive)
        ref = rsp.monitor(pid, alias="reply")
        rsp.send(ref, "answer")
        assert receive() == "answer"
        rsp.unlink(pid)
        rsp.kill(pid)
        assert rsp.is_alive(pid) is False
        with pytest.raises(TimeoutError):
            rsp.receive(timeout=0)

    in_process(body)


def test_spawn_link_and_spawn_monitor_are_atomic() -> None:  # S-PROC-2
    def body() -> None:
        rsp.trap_exit(True)
        for number in range(100):
            pid = rsp.spawn_link(leave, number)
            assert receive() == rsp.ExitSignal(pid, number)
            assert reason_of(leave, number) == number

    in_process(body)
