"""Forked children: they are told what they are, and nothing hangs."""

from __future__ import annotations

from .support import run_program


def test_a_forked_child_gets_a_clear_error_from_each_call() -> None:
    ended = run_program("""
        import os, sys
        import resprout as rsp

        class Server(rsp.GenServer):
            pass

        runtime = rsp.Runtime().start()
        me, ref = rsp.self_pid(), rsp.make_ref()
        rsp.Supervisor.start([rsp.child(Server, name="server")])
        calls = [
            rsp.self_pid, rsp.make_ref, rsp.receive, rsp.checkpoint, rsp.alias, runtime.stats, runtime.start,
            Server.start, rsp.detach,
            lambda: rsp.spawn(print), lambda: rsp.spawn_link(print), lambda: rsp.spawn_handler(print),
            lambda: rsp.send(me, 1), lambda: rsp.send("server", 1), lambda: rsp.cast("server", 1),
            lambda: rsp.call("server", 1), lambda: rsp.stop("server"), lambda: rsp.is_alive(me),
            lambda: rsp.link(me), lambda: rsp.unlink(me), lambda: rsp.monitor(me), lambda: rsp.demonitor(ref),
            lambda: rsp.exit_signal(me, "x"), lambda: rsp.trap_exit(True), lambda: rsp.register("x"),
            lambda: rsp.unregister("server"), lambda: rsp.whereis("server"), lambda: rsp.process_info(me),
            lambda: rsp.send_after(1, me, 1), lambda: rsp.cancel_timer(ref), lambda: rsp.unalias(ref),
            lambda: rsp.select(0), lambda: rsp.cancel_select(ref),
            lambda: rsp.Supervisor.start([Server]), lambda: rsp.Supervisor.which_children(me),
            lambda: rsp.Supervisor.start_child(me, Server), lambda: rsp.Supervisor.count_children(me),
            lambda: rsp.Supervisor.terminate_child(me, 1), lambda: rsp.Supervisor.restart_child(me, 1),
            lambda: rsp.Supervisor.delete_child(me, 1), lambda: rsp.Supervisor.get_childspec(me, 1),
            lambda: rsp.Supervisor.check_childspecs([Server]),
        ]
        child = os.fork()
        if child == 0:
            for number, call in enumerate(calls):
                try:
                    print(number, call())
                except rsp.ForkedError as error:
                    assert "spawn" in str(error)
            print("child", runtime.stop(), flush=True)
            sys.exit(7)  # the ordinary way out, atexit and all
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        print(rsp.is_alive(rsp.whereis("server")))
        """)
    assert (ended.status, ended.out) == (0, "child True\n7\nTrue\n"), ended.err


def test_a_child_forked_in_a_process_or_after_the_stop_is_told_or_works() -> None:
    ended = run_program("""
        import os, sys
        import resprout as rsp

        def fork(main):
            child = os.fork()
            if child == 0:
                try:
                    rsp.send(main, "from the child")
                except rsp.ForkedError:
                    os._exit(5)
            rsp.send(main, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))

        runtime = rsp.Runtime().start()
        rsp.spawn(fork, rsp.self_pid())
        print(rsp.receive(timeout=30))
        runtime.stop()
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            with rsp.Runtime():
                rsp.send(rsp.self_pid(), "a runtime of its own")
                print(rsp.receive(timeout=30))
            sys.exit(6)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """)
    assert (ended.status, ended.out) == (0, "5\na runtime of its own\n6\n"), ended.err


def test_multiprocessing_spawn_works_beside_a_runtime() -> None:
    ended = run_program("""
        import multiprocessing
        import resprout as rsp

        rsp.spawn(rsp.receive)
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            print(pool.map(abs, [-1, 2]))
        """)
    assert (ended.status, ended.out) == (0, "[1, 2]\n"), ended.err
