"""SIGINT and SIGTERM: Python's main thread notices them wherever it waits."""

from __future__ import annotations

import pytest

from .support import Program

SETUP = """
import signal, sys, threading, time
import resprout as rsp

class Deaf(rsp.GenServer):
    def handle_call(self, request, sender):
        return rsp.NoReply()

class Stubborn(rsp.GenServer):
    def terminate(self, reason):
        rsp.receive()

class Slow(rsp.GenServer):
    def init(self):
        rsp.receive()

def say_when_main_waits():
    # By a name that no function of threading has: main may still wait for the start of this thread.
    frame = None
    while frame is None or frame.f_code.co_name != "wait_until_interrupted":
        frame = sys._current_frames()[threading.main_thread().ident]
        while frame.f_back and frame.f_code.co_name != "wait_until_interrupted":
            frame = frame.f_back
        time.sleep(0)
    print("ready")

runtime = rsp.Runtime().start()
deaf = Deaf.start(name="deaf")
threading.Thread(target=say_when_main_waits).start()
"""

WAITS = {
    "receive": "rsp.receive()",
    "selective receive": "rsp.receive(match=lambda message: False)",
    "call": "rsp.call(deaf, 'anybody?', timeout=None)",
    "start": "Slow.start()",
    "start of a tree": "rsp.Supervisor.start([Slow])",
    "stop": "rsp.stop(Stubborn.start(), timeout=None)",
}


@pytest.mark.parametrize("wait", WAITS)
def test_ctrl_c_ends_a_wait_of_the_main_thread(wait: str) -> None:
    program = Program(
        SETUP
        + f"""
def wait_until_interrupted():
    {WAITS[wait]}

try:
    wait_until_interrupted()
except KeyboardInterrupt:
    # The wait is over, nothing of it is left, and the runtime works on.
    assert rsp.is_alive(deaf)
    print("interrupted")
"""
    )
    program.await_line("ready")
    program.interrupt()
    ended = program.end()
    assert (ended.status, ended.out) == (0, "interrupted\n"), ended.err


def test_an_uncaught_ctrl_c_ends_the_program_as_any_python_program() -> None:
    program = Program(SETUP + "def wait_until_interrupted():\n    rsp.receive()\n\nwait_until_interrupted()")
    program.await_line("ready")
    program.interrupt()
    ended = program.end()
    assert ended.status == -2
    assert ended.err.rstrip().endswith("KeyboardInterrupt")


def test_sigterm_ends_run_and_the_tree_stops_in_order() -> None:
    program = Program("""
        import signal, sys
        import resprout as rsp

        class Worker(rsp.GenServer):
            def init(self, name):
                self.name = name
                rsp.trap_exit(True)

            def terminate(self, reason):
                print(self.name, "ends:", reason, flush=True)

        def say_when_run_runs():
            while signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
                rsp.checkpoint()
            print("ready", flush=True)

        with rsp.Runtime() as runtime:
            runtime.supervise([rsp.child(Worker, "first", name="a"), rsp.child(Worker, "second", name="b")])
            rsp.spawn(say_when_run_runs)
            status = runtime.run()
        sys.exit(status)
    """)
    program.await_line("ready")
    program.terminate()
    ended = program.end()
    assert (ended.status, ended.out) == (0, "second ends: shutdown\nfirst ends: shutdown\n"), ended.err


def test_a_signal_handler_sends_while_its_thread_waits_and_cannot_wait_itself() -> None:
    program = Program("""
        import os, signal
        import resprout as rsp

        me = rsp.self_pid()

        def handler(*_):
            try:
                rsp.receive(timeout=0)
            except rsp.WrongContext as error:
                rsp.send(me, ("refused", error.code))
            rsp.send(me, "handled")

        signal.signal(signal.SIGUSR1, handler)
        rsp.spawn(os.kill, os.getpid(), signal.SIGUSR1)
        print(rsp.receive(), rsp.receive())
    """)
    assert program.end().out == "('refused', '') handled\n"
