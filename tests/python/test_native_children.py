"""Native children: a Python program builds and watches a tree whose workers are C and C++ processes."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator

import pytest

import resprout as rsp

from .support import await_down, eventually, in_process, successor

pytestmark = pytest.mark.usefixtures("runtime")


def child_of(supervisor: rsp.Pid) -> rsp.Pid:
    pid = rsp.Supervisor.which_children(supervisor)[0].pid
    assert isinstance(pid, rsp.Pid)
    return pid


def test_a_c_server_is_called_watched_and_restarted_from_python(native_library: str) -> None:
    def body() -> None:
        supervisor = rsp.Supervisor.start([rsp.native_child(native_library, "counter", 40, name="counter")])
        pid = child_of(supervisor)
        assert rsp.whereis("counter") == pid
        ref = rsp.monitor(pid)
        assert rsp.call("counter", 2) == 42
        with pytest.raises(rsp.CallExit) as caught:
            rsp.call("counter", ("not", "a number"))  # what it cannot add it ends with
        assert caught.value.reason == ("not", "a number")
        assert await_down(ref) == ("not", "a number")
        successor(supervisor, pid)
        assert rsp.call("counter", 1) == 41

    in_process(body)


def test_a_cpp_exception_is_an_exit_reason_in_python(native_library: str) -> None:
    def body() -> object:
        pid = child_of(rsp.Supervisor.start([rsp.native_child(native_library, "thrower")]))
        ref = rsp.monitor(pid)
        with pytest.raises(rsp.CallExit):
            rsp.call(pid, "anything")
        return await_down(ref)

    reason = in_process(body)
    assert isinstance(reason, tuple)
    assert reason[0] == ("exception", "cpp", "std::out_of_range", "no such thing")


def test_native_and_python_children_share_a_tree(native_library: str) -> None:
    class Front(rsp.GenServer):
        @rsp.call
        def add(self, number: int) -> int:
            return int(rsp.call("back", number))

    rsp.Supervisor.start(
        [rsp.native_child(native_library, "counter", 0, name="back"), rsp.child(Front, name="front")]
    )
    assert [Front.at("front").add(n) for n in (1, 2, 3)] == [1, 3, 6]


VALUES: list[object] = [
    None,
    True,
    -(2**63),
    2**63 - 1,
    1.5,
    "text \u20ac \U0001f600",
    "",
    b"\x00\xff",
    rsp.Atom("an_atom"),
    (1, ("nested", [2, {}])),
    [],
    {"key": [1], (1, 2): {"deep": None}},
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_values_come_back_from_a_native_child_as_they_were(native_library: str, value: object) -> None:
    pid = child_of(rsp.Supervisor.start([rsp.native_child(native_library, "echo")]))
    answer = rsp.call(pid, value)
    assert answer == value
    assert type(answer) is type(value)


def test_pids_and_refs_come_back_too(native_library: str) -> None:
    pid = child_of(rsp.Supervisor.start([rsp.native_child(native_library, "echo")]))
    ref = rsp.make_ref()
    assert rsp.call(pid, [pid, ref]) == [pid, ref]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2**63, "request is an int that needs more than 64 bits"),
        ([1, {"k": {1, 2}}], r"request\[1\]\['k'\] is a set"),
        ("\ud800", "request is a str with lone surrogates"),
        (object(), "request is a object"),
    ],
)
def test_what_has_no_term_is_refused_with_its_place(native_library: str, value: object, text: str) -> None:
    pid = child_of(rsp.Supervisor.start([rsp.native_child(native_library, "echo")]))
    with pytest.raises(TypeError, match=text):
        rsp.call(pid, value)
    assert rsp.call(pid, "still there") == "still there"


def test_messages_reach_a_native_child(native_library: str) -> None:
    drained = ctypes.PyDLL(native_library).messages_drained
    drained.restype = ctypes.c_uint64
    pid = child_of(rsp.Supervisor.start([rsp.native_child(native_library, "drain")]))
    before = drained()
    for number in range(10):
        rsp.send(pid, number)
    eventually(lambda: drained() == before + 10, "the messages")
    rsp.cast("nobody has this name", "and that is no error")


def test_a_library_or_symbol_that_is_missing_is_a_start_error_that_says_so(native_library: str) -> None:
    for library, symbol, word in [
        ("/nowhere/libmissing.so", "counter", "/nowhere/libmissing.so"),
        (native_library, "no_such_symbol", "no_such_symbol"),
        (native_library, "too_new", "too_new"),
    ]:
        with pytest.raises(rsp.StartError) as caught:
            rsp.Supervisor.start([rsp.native_child(library, symbol, id="bad")])
        assert word in repr(caught.value.reason)
    with pytest.raises(rsp.StartError) as caught:
        rsp.Supervisor.start([rsp.native_child(native_library, "counter", "no number", id="bad")])
    kind, (what, child_id, _reason) = caught.value.reason
    assert (kind, what, child_id) == ("shutdown", "failed_to_start_child", "bad")


def test_a_killed_native_child_comes_back(native_library: str) -> None:
    supervisor = rsp.Supervisor.start([rsp.native_child(native_library, "phoenix")])
    pid = child_of(supervisor)
    rsp.kill(pid)
    assert rsp.is_alive(successor(supervisor, pid))


@pytest.fixture
def spinners(native_library: str) -> Iterator[ctypes.PyDLL]:
    """The library whose spinners compute until the end of the test, at which none is left."""
    library = ctypes.PyDLL(native_library)
    library.spinners.restype = ctypes.c_uint64
    library.release_spinners(ctypes.c_bool(False))
    try:
        yield library
    finally:
        library.release_spinners(ctypes.c_bool(True))
        eventually(lambda: library.spinners() == 0, "the spinners")


# S-NAT-9
def test_a_native_child_that_does_not_return_ends_at_its_stall_limit(
    native_library: str, spinners: ctypes.PyDLL, runtime: rsp.Runtime
) -> None:
    def body() -> None:
        spec = rsp.native_child(native_library, "spinner", name="spinner", stall_limit=0.02)
        supervisor = rsp.Supervisor.start([spec])
        pid = child_of(supervisor)
        ref = rsp.monitor(pid)
        rsp.cast(pid, "spin")
        assert await_down(ref) == "stalled"
        assert rsp.is_alive(successor(supervisor, pid))
        assert runtime.stats()["zombies"] == 1

    in_process(body)
    assert spinners.spinners() == 1


# S-NAT-10
def test_a_native_child_is_pinned_to_a_worker_that_there_is(
    native_library: str, runtime: rsp.Runtime
) -> None:
    workers = int(runtime.stats()["workers"])
    specs = [
        rsp.native_child(native_library, "echo", id=number, worker=number) for number in range(workers + 1)
    ]
    supervisor = rsp.Supervisor.start(specs)
    for child in rsp.Supervisor.which_children(supervisor):
        assert isinstance(child.pid, rsp.Pid)
        assert rsp.call(child.pid, "here") == "here"
    with pytest.raises(rsp.StartError) as caught:
        rsp.Supervisor.start([rsp.native_child(native_library, "echo", id="no", worker=workers + 1)])
    assert caught.value.reason == ("shutdown", ("failed_to_start_child", "no", "invalid_worker"))


def test_a_native_child_has_a_mailbox_limit_from_its_start(
    native_library: str, spinners: ctypes.PyDLL
) -> None:
    spec = rsp.native_child(native_library, "spinner", max_messages=2)
    pid = child_of(rsp.Supervisor.start([spec]))
    rsp.cast(pid, "spin")
    eventually(lambda: spinners.spinners() == 1, "the cast")
    rsp.send(pid, 1)
    rsp.send(pid, 2)
    with pytest.raises(rsp.Overload):
        rsp.send(pid, 3)
