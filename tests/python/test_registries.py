"""Registries: processes by keys, found by anybody, called by via."""

from __future__ import annotations

from typing import Any

import pytest

import resprout as rsp

from .support import PATIENCE_S, await_down, in_process, receive, successor

pytestmark = pytest.mark.usefixtures("runtime")

ROOMS = rsp.Registry("test_rooms")
TOPICS = rsp.Registry("test_topics", keys="duplicate", listeners=["test_listener"])


class Holder(rsp.GenServer[None]):
    """Registers its key in init, and answers with what it is asked."""

    def init(self, registry: rsp.Registry, key: Any, value: Any = None) -> None:
        registry.register(key, value)

    def handle_call(self, request: Any, sender: rsp.From) -> Any:
        return rsp.Reply(("replied", request))

    def handle_cast(self, request: Any) -> Any:
        if request == "end":
            return rsp.Stop("normal")
        rsp.reply(*request)
        return None

    @rsp.call
    def where(self) -> rsp.Pid:
        return rsp.self_pid()


@pytest.fixture
def rooms(runtime: rsp.Runtime) -> rsp.Pid:
    return ROOMS.start()


def end(pid: rsp.Pid) -> None:
    ref = rsp.monitor(pid)
    rsp.exit_signal(pid, "kill")
    await_down(ref)


@pytest.mark.usefixtures("rooms")
def test_a_unique_key_belongs_to_one_process() -> None:  # case 275: S-REG-2
    owner = Holder.start(ROOMS, ("room", 7), "blue")
    with pytest.raises(rsp.AlreadyRegistered, match="already_registered") as caught:
        ROOMS.register(("room", 7), "red")
    assert (caught.value.pid, caught.value.value) == (owner, ("already_registered", owner))
    assert ROOMS.whereis(("room", 7)) == owner
    assert ROOMS.lookup(("room", 7)) == [(owner, "blue")]
    assert ROOMS.lookup(("room", 8)) == []
    assert ROOMS.keys_of(owner) == [("room", 7)]
    assert ROOMS.count() == 1
    with pytest.raises(rsp.StartError) as failed:
        Holder.start(ROOMS, ("room", 7))
    assert failed.value.reason[0] == ("already_registered", owner)


@pytest.mark.usefixtures("rooms")
def test_a_key_is_free_when_the_end_of_its_process_is_known() -> None:  # case 276: S-REG-5
    def body() -> None:
        for _ in range(20):
            owner = Holder.start(ROOMS, "k")
            end(owner)
            assert ROOMS.whereis("k") is None
            assert ROOMS.lookup("k") == []
            ROOMS.register("k", 1)
            ROOMS.unregister("k")
            ROOMS.unregister("k")

    in_process(body)


@pytest.mark.usefixtures("rooms")
def test_only_the_owner_updates_a_value() -> None:  # S-REG-7
    def body() -> None:
        ROOMS.register("k", [1])
        assert ROOMS.update_value("k", {"n": 2}) == [1]
        assert ROOMS.lookup("k") == [(rsp.self_pid(), {"n": 2})]

    ROOMS.register("mine")
    with pytest.raises(rsp.BadArgument, match="does not have the key 'k'"):
        ROOMS.update_value("k", 0)
    in_process(body)


def test_duplicate_keys_have_many_entries_and_listeners_hear_of_each() -> None:  # case 277: S-REG-3, S-REG-9
    rsp.register("test_listener")
    TOPICS.start()
    me = rsp.self_pid()
    TOPICS.register("t", (1, "x"))
    TOPICS.register("t", (2, "y"))
    assert TOPICS.lookup("t") == [(me, (1, "x")), (me, (2, "y"))]
    assert TOPICS.match("t", (rsp.Atom("_"), "y")) == [(me, (2, "y"))]
    assert TOPICS.match("t", rsp.Atom("_")) == TOPICS.lookup("t")
    assert TOPICS.match("t", "_") == []
    assert TOPICS.keys_of(me) == ["t", "t"]
    seen: list[Any] = []
    TOPICS.dispatch("t", seen.extend)
    TOPICS.dispatch("nobody", lambda _: seen.append("called"))
    assert seen == TOPICS.lookup("t")
    TOPICS.unregister("t")
    heard = [receive() for _ in range(4)]
    assert heard == [
        ("register", "test_topics", "t", me, (1, "x")),
        ("register", "test_topics", "t", me, (2, "y")),
        ("unregister", "test_topics", "t", me),
        ("unregister", "test_topics", "t", me),
    ]
    for refused in (
        lambda: TOPICS.whereis("t"),
        lambda: TOPICS.update_value("t", 1),
        lambda: rsp.call(TOPICS.via("t"), 1),
        lambda: rsp.cast(TOPICS.via("t"), 1),
    ):
        with pytest.raises(rsp.BadArgument, match="'test_topics' are not unique"):
            refused()


@pytest.mark.usefixtures("rooms")
def test_whoever_has_the_key_is_reached_by_via() -> None:  # case 279: S-REG-11
    def body() -> None:
        via = ROOMS.via(("room", 7))
        for absent in (via, rsp.Registry("no_such_registry").via("k")):
            with pytest.raises(rsp.CallExit) as caught:
                rsp.call(absent, "x")
            assert (caught.value.reason, caught.value.server) == ("noproc", absent)
            rsp.cast(absent, "x")
            for refused in (rsp.send, rsp.send_request):
                with pytest.raises(rsp.BadArgument, match="no live process has"):
                    refused(absent, "x")
        room = Holder.at(via)
        pids = []
        for _ in range(2):  # the same reference finds the next owner
            pids.append(Holder.start(ROOMS, ("room", 7)))
            assert room.where() == pids[-1]
            assert rsp.call(via, [1]) == ("replied", [1])
            assert rsp.receive_response(rsp.send_request(via, 2), PATIENCE_S) == ("replied", 2)
            ref = rsp.monitor(pids[-1])
            rsp.cast(via, "end")
            assert await_down(ref) == "normal"
        assert pids[0] != pids[1]
        ROOMS.register("me")
        rsp.send(ROOMS.via("me"), {"to": "me"})
        assert receive() == {"to": "me"}
        ROOMS.unregister("me")
        Holder.start(ROOMS, "stopped")
        rsp.stop(ROOMS.via("stopped"))
        assert ROOMS.whereis("stopped") is None

    body()
    in_process(body)


def test_the_failure_of_a_call_by_via_names_it_as_an_exit_reason() -> None:  # S-REG-11
    def body() -> Any:
        _pid, ref = rsp.spawn_monitor(rsp.call, ROOMS.via("absent"), "x")
        return await_down(ref)

    reason, call = in_process(body)
    assert (reason, call[0], call[1]) == ("noproc", "call", ("via", "test_rooms", "absent"))


@pytest.mark.usefixtures("rooms")
def test_what_is_put_down_with_a_registry_stays_with_it() -> None:  # S-REG-10
    assert ROOMS.meta("k") is None
    assert ROOMS.meta("k", "default") == "default"
    ROOMS.put_meta("k", None)
    assert ROOMS.meta("k", "default") is None
    ROOMS.put_meta("k", (1, 2))
    assert ROOMS.meta("k") == (1, 2)
    ROOMS.delete_meta("k")
    ROOMS.delete_meta("k")
    assert ROOMS.meta("k", "default") == "default"


def test_a_registry_that_ends_takes_along_who_has_keys_in_it() -> None:  # S-REG-4
    def body() -> None:
        rsp.trap_exit(True)
        tree = rsp.Supervisor.start_link(
            [ROOMS, rsp.child(Holder, ROOMS, "a", name="test_holder_a")], strategy="rest_for_one"
        )
        before = ROOMS.whereis("a")
        assert [each.id for each in rsp.Supervisor.which_children(tree)] == ["test_rooms", "test_holder_a"]
        assert before is not None
        ref = rsp.monitor(before)
        registry = rsp.whereis("test_rooms")
        assert registry is not None
        rsp.exit_signal(registry, "kill")
        await_down(ref)
        after = rsp.wait_for_name("test_holder_a")
        while after == before:
            after = rsp.wait_for_name("test_holder_a")
        assert rsp.call(after, 1) == ("replied", 1)  # its init is over
        assert ROOMS.lookup("a") == [(after, None)]
        rsp.stop(tree)

    in_process(body)


def test_one_registry_of_a_name_runs() -> None:
    first = ROOMS.start()
    with pytest.raises(rsp.AlreadyStarted) as caught:
        ROOMS.start()
    assert caught.value.pid == first
    rsp.stop(first)

    def linked() -> rsp.Pid:
        return ROOMS.start_link()

    in_process(linked)


def test_where_none_runs_each_call_says_so() -> None:
    none = rsp.Registry("no_such_registry")
    for refused in (
        lambda: none.register("k"),
        lambda: none.unregister("k"),
        lambda: none.update_value("k", 1),
        lambda: none.lookup("k"),
        lambda: none.match("k", 1),
        lambda: none.dispatch("k", print),
        lambda: none.whereis("k"),
        lambda: none.keys_of(rsp.self_pid()),
        lambda: none.count(),
        lambda: none.meta("k"),
        lambda: none.put_meta("k", 1),
        lambda: none.delete_meta("k"),
    ):
        with pytest.raises(rsp.BadArgument, match="no registry of the name 'no_such_registry' runs"):
            refused()


@pytest.mark.usefixtures("rooms")
def test_what_has_no_term_is_neither_a_key_nor_a_value() -> None:
    for refused, what in (
        (lambda: ROOMS.register(object(), 1), "key"),
        (lambda: ROOMS.register("k", object()), "value"),
        (lambda: ROOMS.update_value("k", {1, 2}), "value"),
        (lambda: ROOMS.lookup(2**70), "key"),
        (lambda: ROOMS.match("k", print), "pattern"),
        (lambda: ROOMS.put_meta("k", object()), "value"),
    ):
        with pytest.raises(TypeError, match=f"{what} is"):
            refused()
    assert ROOMS.count() == 0
    with pytest.raises(rsp.BadArgument, match="no term"):
        ROOMS.via(object())
    timer: Any = rsp.send_after
    with pytest.raises(TypeError, match="a timer goes to a Pid or a name"):
        timer(0.0, ROOMS.via("k"), 1)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"name": None}, "name: a registry has one"),
        ({"name": ""}, "name: a name has 1 to 255 characters"),
        ({"name": "undefined"}, "name: a name has 1 to 255 characters"),
        ({"name": "r", "keys": "many"}, "keys: 'many' is none of unique, duplicate"),
        ({"name": "r", "listeners": "name"}, "listeners: a list of names is needed"),
        ({"name": "r", "listeners": ["a", None]}, r"listeners\[1\]: a name is needed"),
        ({"name": "r", "listeners": ["a", 5]}, r"listeners\[1\]: a name is a str"),
    ],
)
def test_a_malformed_registry_is_refused_where_it_is_made(options: dict[str, Any], text: str) -> None:
    with pytest.raises(rsp.BadArgument, match=text):
        rsp.Registry(**options)


def test_specifications_with_registries_are_checked_without_a_trace() -> None:
    rsp.Supervisor.check_childspecs([ROOMS, TOPICS])
    with pytest.raises(rsp.BadArgument, match="duplicate_child_name"):
        rsp.Supervisor.start([ROOMS, ROOMS])
    child = rsp.ChildSpec(ROOMS, id="other", restart="temporary")
    tree = rsp.Supervisor.start([child])
    assert rsp.Supervisor.get_childspec(tree, "other").restart == "temporary"


class Named(rsp.GenServer[None]):
    """Has its key before init runs."""

    def init(self, key: Any) -> None:
        assert ROOMS.whereis(key) == rsp.self_pid()

    @rsp.call
    def where(self) -> rsp.Pid:
        return rsp.self_pid()


@pytest.mark.usefixtures("rooms")
def test_a_process_is_started_under_a_key() -> None:  # S-REG-12
    key = ("named", 1)
    first = Named.start(key, name=ROOMS.via(key))
    assert Named.at(ROOMS.via(key)).where() == first
    with pytest.raises(rsp.AlreadyStarted) as caught:
        Named.start(key, name=ROOMS.via(key))
    assert caught.value.pid == first
    end(first)
    assert ROOMS.whereis(key) is None
    with pytest.raises(rsp.StartError) as nowhere:
        Named.start(key, name=rsp.Registry("no_such_registry").via(1))
    assert nowhere.value.reason == ("noproc", ("via", "no_such_registry", 1))
    TOPICS.start()
    with pytest.raises(rsp.StartError) as duplicate:
        Named.start(key, name=TOPICS.via(1))
    assert duplicate.value.reason == ("badarg", ("via", "test_topics", 1))


def test_a_child_has_its_key_again_after_a_restart() -> None:  # S-REG-12
    def body() -> None:
        via = ROOMS.via("child")
        children = [
            ROOMS,
            rsp.child(Named, "child", name=via),
            rsp.child(rsp.receive, name=ROOMS.via("function"), id="function"),
        ]
        tree = rsp.Supervisor.start(children, strategy="rest_for_one")
        assert [each.id for each in rsp.Supervisor.which_children(tree)][1:] == ["Named", "function"]
        assert ROOMS.whereis("function") is not None
        former = Named.at(via).where()
        end(former)
        latter = successor(tree, former, 1)
        assert Named.at(via).where() == latter

    in_process(body)
