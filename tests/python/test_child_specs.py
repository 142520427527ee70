"""Child specifications: defaults, and mistakes, refused with the field named before anything starts."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

import resprout as rsp

from .support import run_program

pytestmark = pytest.mark.usefixtures("runtime")

started: list[str] = []


class Worker(rsp.GenServer):
    def init(self) -> None:
        started.append("a worker")


def task() -> None:
    """A child that is a function, and does not end by itself."""
    rsp.receive()


def native(**options: Any) -> rsp.ChildSpec:
    return rsp.native_child(options.pop("library", "lib.so"), options.pop("symbol", "symbol"), **options)


BAD_CHILDREN: dict[str, tuple[Callable[[], Any], str]] = {
    "None": (lambda: None, "a child is a ChildSpec"),
    "number": (lambda: 5, "a child is a ChildSpec"),
    "empty tuple": (lambda: (), "a child is a ChildSpec"),
    "tuple of no class": (lambda: (5, 1), "a child is a GenServer"),
    "start": (lambda: rsp.ChildSpec(None), "start: None"),  # type: ignore[arg-type]
    "restart": (lambda: rsp.child(Worker, restart="sometimes"), "restart: 'sometimes' is none of permanent"),
    "restart of another type": (lambda: rsp.child(Worker, restart=["permanent"]), "restart: "),  # type: ignore[arg-type]
    "shutdown": (lambda: rsp.child(Worker, shutdown="soon"), "shutdown: 'soon'"),
    "shutdown below 0": (lambda: rsp.child(Worker, shutdown=-1), "shutdown: -1"),
    "shutdown nan": (lambda: rsp.child(Worker, shutdown=float("nan")), "shutdown: nan"),
    "shutdown too long": (lambda: rsp.child(Worker, shutdown=1e300), "shutdown: 1e"),
    "shutdown bool": (lambda: rsp.child(Worker, shutdown=True), "shutdown: True"),
    "type": (lambda: rsp.ChildSpec(rsp.child(Worker).start, type="robot"), "type: 'robot' is none of worker"),
    "name": (lambda: rsp.child(Worker, name=5), "name: a name is a str or None, not 5"),  # type: ignore[arg-type]
    "name too long": (lambda: rsp.child(Worker, name="x" * 256), "name: a name has 1 to 255"),
    "empty name": (lambda: rsp.child(task, name=""), "name: a name has 1 to 255"),
    "undefined name": (lambda: native(name="undefined"), "name: a name has 1 to 255"),
    "id": (lambda: rsp.child(Worker, id=object()), "id: it is a object"),
    "library": (lambda: native(library=None), "library: the path of a shared library"),
    "library with NUL": (lambda: native(library="lib\0.so"), "library: a str that is not empty"),
    "symbol": (lambda: native(symbol=""), "symbol: a str that is not empty"),
    "native args": (lambda: native(args=[{1}]), r"args: it\[0\] is a set"),
    "stall limit": (lambda: native(stall_limit="1"), "stall_limit: '1' is no time in seconds above 0"),
    "stall limit of 0": (lambda: native(stall_limit=0), "stall_limit: 0 is no time"),
    "worker": (lambda: native(worker="1"), "worker: '1' is no int from 0 to 1024"),
    "worker below 0": (lambda: native(worker=-1), "worker: -1 is no int from 0 to 1024"),
    "worker beyond all": (lambda: native(worker=1025), "worker: 1025 is no int from 0 to 1024"),
    "stall limit of Python code": (
        lambda: rsp.child(Worker, stall_limit=1),
        "stall_limit: Python code runs on a lane",
    ),
    "stall limit of a function": (
        lambda: rsp.child(task, stall_limit=1),
        "stall_limit: Python code runs on a lane",
    ),
    "max_messages": (lambda: rsp.child(Worker, max_messages="1"), "max_messages: '1' is no int from 0"),  # type: ignore[arg-type]
    "max_message_bytes": (lambda: rsp.child(task, max_message_bytes=-1), "max_message_bytes: -1 is no int"),
    "overflow": (lambda: native(overflow="explode"), "overflow: 'explode' is none of refuse, drop_newest"),
    "limits of a supervisor": (
        lambda: rsp.child(rsp.Supervisor, max_messages=1),
        "the mailbox of a supervisor",
    ),
    "inner strategy": (lambda: rsp.SupervisorSpec([], strategy="all_for_one"), "strategy: 'all_for_one'"),
    "inner child": (lambda: rsp.SupervisorSpec([Worker, 5]), r"children\[1\]: a child is"),
}


# By child or native_child, which do not know the place.
REFUSED_AS_IT_IS_MADE = (
    "library",
    "tuple of no class",
    "stall limit of Python code",
    "stall limit of a function",
    "limits of a supervisor",
)


@pytest.mark.parametrize("mistake", BAD_CHILDREN)
def test_a_mistake_in_a_child_is_refused_with_its_place_and_field(mistake: str) -> None:  # S-SUP-8
    make, text = BAD_CHILDREN[mistake]
    started.clear()
    with pytest.raises(rsp.BadArgument, match=text):
        rsp.Supervisor.start([make()])
    with pytest.raises(rsp.BadArgument, match=text):
        rsp.Supervisor.check_childspecs([make()])
    if mistake not in REFUSED_AS_IT_IS_MADE:
        with pytest.raises(rsp.BadArgument, match=r"^children\[1\](\.|: )"):
            rsp.Supervisor.start([Worker, make()])
    assert started == []


BAD_OPTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "strategy": (
        {"strategy": "all_for_one"},
        "strategy: 'all_for_one' is none of one_for_one, one_for_all, rest_for_one",
    ),
    "strategy of another type": ({"strategy": []}, "strategy: "),
    "max_restarts below 0": ({"max_restarts": -1}, "max_restarts: -1"),
    "max_restarts too many": ({"max_restarts": 2**63}, "max_restarts: "),
    "max_restarts float": ({"max_restarts": 1.0}, "max_restarts: 1.0"),
    "max_restarts None": ({"max_restarts": None}, "max_restarts: None"),
    "max_seconds 0": ({"max_seconds": 0}, "max_seconds: 0"),
    "max_seconds infinite": ({"max_seconds": float("inf")}, "max_seconds: inf"),
    "max_seconds text": ({"max_seconds": "5"}, "max_seconds: '5'"),
    "name": ({"name": b"x"}, "name: a name is a str"),
}


@pytest.mark.parametrize("mistake", BAD_OPTIONS)
def test_a_mistake_in_the_options_is_refused_with_its_field(mistake: str) -> None:
    options, text = BAD_OPTIONS[mistake]
    started.clear()
    with pytest.raises(rsp.BadArgument, match=text):
        rsp.Supervisor.start([Worker], **options)
    assert started == []


@pytest.mark.parametrize("children", [None, 5, "abc", {"a": Worker}])
def test_what_is_no_list_of_children_is_refused(children: Any) -> None:
    with pytest.raises(rsp.BadArgument, match="children: a list of children is needed"):
        rsp.Supervisor.start(children)


def test_two_children_of_one_id_are_refused() -> None:
    with pytest.raises(rsp.BadArgument, match="duplicate_child_name"):
        rsp.Supervisor.start([Worker, Worker])
    assert started == []


def test_mistakes_in_a_class_are_found_where_the_class_is() -> None:
    with pytest.raises(rsp.BadArgument, match="restart: 'x'"):
        type("Bad", (rsp.GenServer,), {}, restart="x")
    with pytest.raises(rsp.BadArgument, match="shutdown: 'x'"):
        type("Bad", (rsp.GenServer,), {}, shutdown="x")


def test_the_mistake_of_a_callback_supervisor_is_the_reason_of_its_failed_start() -> None:
    class Tree(rsp.Supervisor):
        def init(self) -> rsp.SupervisorSpec:
            return rsp.SupervisorSpec([rsp.child(Worker, restart="x")])

    with pytest.raises(rsp.StartError) as caught:
        Tree.start()
    value, _frames = caught.value.reason
    assert value == "badarg"


def test_a_child_has_the_defaults_of_its_class_and_kind() -> None:
    class Fast(rsp.GenServer, restart="temporary", shutdown="brutal_kill"):
        pass

    class Inherits(Fast):
        pass

    for cls in (Fast, Inherits):
        spec = rsp.child(cls)
        assert (spec.restart, spec.shutdown) == ("temporary", "brutal_kill")
    assert rsp.child(Fast, restart="permanent", shutdown=1.5).restart == "permanent"
    tree = rsp.Supervisor.start(
        [Worker, (Fast,), task, rsp.child(task, name="named"), rsp.SupervisorSpec(())]
    )
    shown = [(child.id, child.type) for child in rsp.Supervisor.which_children(tree)]
    prefix = test_a_child_has_the_defaults_of_its_class_and_kind.__name__
    assert shown == [
        ("Worker", "worker"),
        (f"{prefix}.<locals>.Fast", "worker"),
        ("task", "worker"),
        ("named", "worker"),
        ("supervisor", "supervisor"),
    ]


# ---- Specifications that are only looked at ----


def test_good_specifications_are_taken_and_nothing_is_started() -> None:  # S-SUP-8
    class Affine(rsp.GenServer, thread_affine=True):
        pass

    class Tree(rsp.Supervisor):
        def init(self) -> rsp.SupervisorSpec:
            raise AssertionError("it is not run")

    started.clear()
    threads = set(threading.enumerate())
    rsp.Supervisor.check_childspecs([])
    rsp.Supervisor.check_childspecs(
        child
        for child in [
            rsp.child(Worker, name="a"),
            (Worker,),
            Affine,
            rsp.child(lambda: None, id="function", thread_affine=True),
            Tree,
            rsp.SupervisorSpec([Worker, Affine], strategy="rest_for_one"),
            rsp.native_child("nowhere.so", "nothing"),
        ]
    )
    assert started == []
    assert rsp.whereis("a") is None
    assert set(threading.enumerate()) <= threads


BAD_LISTS: dict[str, tuple[list[Any], str]] = {
    "two of one id": ([Worker, Worker], "two children have the id 'Worker'.*give each an id= of its own"),
    "in the first": ([rsp.child(Worker, restart="always")], r"^children\[0\]\.restart: 'always' is none of"),
    "in another": (
        [Worker, rsp.child(Worker, shutdown="soon")],
        r"^children\[1\]\.shutdown: 'soon' is neither",
    ),
    "no child": ([Worker, 5], r"^children\[1\]: a child is"),
    "in an inner one": ([rsp.SupervisorSpec([Worker, None])], r"^children\[0\]\.children\[1\]: a child is"),
    "two in an inner one": ([rsp.SupervisorSpec([Worker, Worker])], "two children have the id 'Worker'"),
    "strategy of an inner one": (
        [rsp.SupervisorSpec([], strategy="all_for_one")],
        r"^children\[0\]\.strategy: 'all_for_one' is none of one_for_one, one_for_all, rest_for_one",
    ),
}


@pytest.mark.parametrize("mistake", BAD_LISTS)
def test_a_mistake_is_named_and_a_start_names_it_in_the_same_words(mistake: str) -> None:  # S-SUP-8
    children, text = BAD_LISTS[mistake]
    started.clear()
    with pytest.raises(rsp.BadArgument, match=text) as checked:
        rsp.Supervisor.check_childspecs(children)
    with pytest.raises(rsp.BadArgument) as refused:
        rsp.Supervisor.start(children)
    assert str(checked.value) == str(refused.value)
    assert started == []


@pytest.mark.parametrize("children", [None, 5, "abc", {"a": Worker}])
def test_what_is_no_list_is_refused(children: Any) -> None:
    with pytest.raises(rsp.BadArgument, match="children: a list of children is needed"):
        rsp.Supervisor.check_childspecs(children)


def test_to_look_at_specifications_needs_no_runtime_and_keeps_nothing() -> None:
    ended = run_program("""
        import gc, weakref
        import resprout as rsp
        from resprout import _native

        class Affine(rsp.GenServer, thread_affine=True):
            pass

        class Argument:
            pass

        argument = Argument()
        gone = weakref.ref(argument)
        children = [rsp.child(Affine, argument), rsp.SupervisorSpec([rsp.child(print, argument)])]
        rsp.Supervisor.check_childspecs(children)
        try:
            rsp.Supervisor.check_childspecs([*children, *children])
        except rsp.BadArgument as error:
            print("duplicate_child_name" in str(error))
        del argument, children
        gc.collect()
        print(gone(), _native.runtime_is_running())
        """)
    assert (ended.status, ended.out) == (0, "True\nNone False\n"), ended.err
