"""The end of the interpreter: with whatever lives, the status is right and nothing hangs."""

from __future__ import annotations

import pytest

from .support import PATIENCE_S, run_program

TREE = """
import atexit, itertools, os, sys, threading, time
import resprout as rsp

class Worker(rsp.GenServer):
    def init(self):
        rsp.trap_exit(True)

    def handle_call(self, request, sender):
        if request == "exit":
            sys.exit(3)
        return rsp.Reply(request)

    def terminate(self, reason):
        print("worker ends:", reason)

def compute():
    while True:
        pass

tree = rsp.Supervisor.start([rsp.child(Worker, name="worker")])
"""

ENDS = {
    # what the program does last: its status, what it prints, and the last line of its errors
    "a live tree": ("", 0, "worker ends: shutdown\n", ""),
    "status": ("sys.exit(4)", 4, "worker ends: shutdown\n", ""),
    "an exception in main": ("1 / 0", 1, "worker ends: shutdown\n", "ZeroDivisionError: division by zero"),
    "an exception in the with block": (
        "rsp.Runtime().start()",
        1,
        "worker ends: shutdown\n",
        "resprout._exceptions.WrongContext: a runtime runs already: one lives at a time in an OS process",
    ),
    "sys.exit in a handler": (
        """
print(rsp.try_call("worker", "exit").error.reason)
while rsp.whereis("worker") is None:
    time.sleep(0)
rsp.call("worker", 1)
""",
        0,
        "worker ends: (Atom('exit_status'), 3)\n(Atom('exit_status'), 3)\nworker ends: shutdown\n",
        None,
    ),
    "os._exit": ("os._exit(9)", 9, "", ""),
    "waiting processes": ("for _ in range(30): rsp.spawn(rsp.receive)", 0, "worker ends: shutdown\n", ""),
    "a computing process": ("rsp.spawn(compute)", 0, "worker ends: shutdown\n", ""),
    "a thread-affine process": (
        "rsp.spawn(rsp.receive, thread_affine=True)",
        0,
        "worker ends: shutdown\n",
        "",
    ),
    "a daemon thread that receives": (
        "threading.Thread(target=rsp.receive, daemon=True).start()",
        0,
        "worker ends: shutdown\n",
        None,
    ),
    "a daemon thread that sends": (
        """
pour = lambda: [rsp.cast("worker", 1) for _ in itertools.count()]
threading.Thread(target=pour, daemon=True).start()
""",
        0,
        None,
        None,
    ),
    "atexit before and after": (
        "atexit.register(lambda: print('later:', rsp.call('worker', 1)))",
        0,
        "later: 1\nworker ends: shutdown\n",
        "",
    ),
    "after a stop": ("print(rsp.Runtime().stop())", 0, "worker ends: shutdown\nTrue\n", ""),
}


@pytest.mark.parametrize("end", ENDS)
def test_the_interpreter_ends(end: str) -> None:
    last, status, out, err = ENDS[end]
    ended = run_program(TREE + last)
    assert ended.status == status, ended.err
    if out is not None:
        assert ended.out == out
    if err is not None:
        assert ended.err.strip().rpartition("\n")[2] == err
    assert ended.seconds < PATIENCE_S


def test_the_interpreter_ends_under_load(native_library: str) -> None:
    """Native children play, Python processes call each other, thousands wait, and a thread sends on."""
    ended = run_program(f"""
        import threading
        import resprout as rsp

        class Echo(rsp.GenServer):
            def handle_call(self, request, sender):
                return rsp.Reply(request)

        def ask(server):
            while True:
                rsp.call(server, "again")

        def handle(state, message):
            return state

        library = {native_library!r}
        rsp.Supervisor.start([rsp.native_child(library, n, name=n) for n in ("ping", "pong", "drain")])
        rsp.Supervisor.start([rsp.child(Echo, name=f"echo {{n}}", id=n) for n in range(20)])
        for n in range(20):
            rsp.spawn(ask, f"echo {{n}}")
        idle = [rsp.spawn_handler(handle) for _ in range(2000)]

        def pour():
            while True:
                for pid in idle:
                    rsp.send(pid, ("message", [1, 2, 3]))
                    rsp.send("drain", "message")

        threading.Thread(target=pour, daemon=True).start()
        rsp.call("echo 0", "warm")
        """)
    assert ended.status == 0, ended.err


def test_a_stopped_runtime_stays_stopped_until_it_is_started_again() -> None:
    ended = run_program("""
        import threading
        import resprout as rsp

        told = []

        def wait():
            while told[-1:] != ["NotRunning"]:
                try:
                    rsp.receive()
                except BaseException as error:
                    told.append(type(error).__name__)

        with rsp.Runtime() as runtime:
            thread = threading.Thread(target=wait)
            before = runtime.stats()["processes"]
            thread.start()
            while runtime.stats()["processes"] == before:
                pass
            old = rsp.spawn(rsp.receive)
        thread.join()
        print(told[0], set(told[1:-1]) <= {"ProcessExit"}, told[-1])
        for call in (rsp.self_pid, lambda: rsp.spawn(print), lambda: rsp.send("x", 1), runtime.stats):
            try:
                call()
            except rsp.NotRunning as error:
                assert "Runtime()" in str(error)
            else:
                print("not told")
        with rsp.Runtime():
            print(rsp.is_alive(old), rsp.send(old, "dropped"), rsp.whereis("x"))
        """)
    assert (ended.status, ended.out) == (0, "ProcessExit True NotRunning\nFalse None None\n"), ended.err
