"""Tables: read by all, inherited, given away, gone with their owner."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

import resprout as rsp

from .support import await_down, in_process, receive

pytestmark = pytest.mark.usefixtures("runtime")


class Owner(rsp.GenServer[None]):
    """Makes a table in init, and does with it what it is asked."""

    table: rsp.Ets

    def init(self, options: dict[str, Any]) -> None:
        self.table = rsp.Ets.new(**options)

    def handle_call(self, request: Any, sender: rsp.From) -> Any:
        if request == "table":
            return rsp.Reply(self.table.ref)
        what, *arguments = request
        return rsp.Reply(getattr(self.table, what)(*arguments))


def own(**options: Any) -> tuple[rsp.Pid, rsp.Ets]:
    owner = Owner.start(options)
    return owner, rsp.Ets(rsp.call(owner, "table"))


def end(pid: rsp.Pid) -> None:
    ref = rsp.monitor(pid)
    rsp.exit_signal(pid, "kill")
    await_down(ref)


def test_a_table_outlives_its_owner_with_its_heir() -> None:  # case 320: S-ETS-8
    def body() -> None:
        owner, table = own(name="py_sessions", heir=rsp.self_pid(), heir_data=("some", "data"))
        rsp.call(owner, ("insert", "anna", 7))
        with pytest.raises(rsp.BadArgument, match="only the owner writes into a protected table"):
            table.insert("anna", 8)
        end(owner)
        assert receive() == ("ETS-TRANSFER", table.ref, owner, ("some", "data"))
        assert rsp.Ets.whereis("py_sessions") == table
        assert table.lookup("anna") == 7
        table.insert("anna", 8)
        assert table.info() == {
            "id": table.ref,
            "name": "py_sessions",
            "owner": rsp.self_pid(),
            "heir": rsp.self_pid(),
            "protection": "protected",
            "size": 1,
            "memory": (table.info() or {})["memory"],
        }
        table.delete()

    in_process(body)


def test_without_an_heir_it_is_gone_with_its_owner() -> None:  # case 321: S-ETS-9
    owner, table = own(name="py_mortal")
    end(owner)
    assert rsp.Ets.whereis("py_mortal") is None
    assert table.info() is None
    with pytest.raises(rsp.BadArgument, match="there is no such table"):
        table.lookup("anna")
    rsp.Ets.new("py_mortal").delete()


def test_it_is_given_away() -> None:  # case 322: S-ETS-7
    def body() -> None:
        owner, table = own()
        rsp.call(owner, ("give_away", rsp.self_pid(), "gift"))
        assert receive() == ("ETS-TRANSFER", table.ref, owner, "gift")
        table.insert("k", "mine")
        with pytest.raises(rsp.CallExit, match="badarg, in Ets"):
            rsp.call(owner, ("insert", "k", "theirs"))
        dead, _ = own()
        end(dead)
        with pytest.raises(rsp.NoProcess):
            table.give_away(dead)
        assert table.lookup("k") == "mine"
        table.set_heir(rsp.self_pid())
        table.set_heir(None)
        assert (table.info() or {})["heir"] == "none"
        table.delete()

    in_process(body)


def test_who_reads_and_who_writes() -> None:  # case 324: S-ETS-3
    def tries(table: rsp.Ets) -> tuple[bool, bool]:
        can: list[bool] = []
        for attempt in (lambda: table.lookup("k"), lambda: table.insert("k", 1)):
            try:
                attempt()
                can.append(True)
            except rsp.BadArgument:
                can.append(False)
        return can[0], can[1]

    for access, allowed in (
        ("private", (False, False)),
        ("protected", (True, False)),
        ("public", (True, True)),
    ):
        owner, table = own(access=access)
        assert tries(table) == allowed
        outside: list[tuple[bool, bool]] = []
        thread = threading.Thread(target=lambda table=table, outside=outside: outside.append(tries(table)))
        thread.start()
        thread.join()
        assert outside == [allowed]
        end(owner)


def test_operations_on_one_key() -> None:  # case 325: S-ETS-4
    table = rsp.Ets.new(access="public")
    assert table.insert_new("k", [1, {"a": 2}])
    assert not table.insert_new("k", None)
    assert table.lookup("k") == [1, {"a": 2}]
    assert (table.lookup("none"), table.lookup("none", 5)) == (None, 5)
    assert table.member("k")
    assert not table.member("none")
    assert table.take("k") == [1, {"a": 2}]
    assert (table.take("k"), table.take("k", 5)) == (None, 5)
    table.insert(1, "int")
    table.insert(1.0, "float")
    assert (table.lookup(1), table.lookup(1.0)) == ("int", "float")
    table.delete_key(1)
    table.delete_key(1)
    assert table.tab2list() == [(1.0, "float")]
    table.insert("none", None)
    assert table.lookup("none", 5) is None
    with pytest.raises(rsp.BadArgument, match="no key 'n' to count"):
        table.update_counter("n")
    assert table.update_counter("n", initial=40) == 41
    assert table.update_counter("n", -50) == -9
    with pytest.raises(rsp.BadArgument, match="64 bits"):
        table.update_counter("n", -(2**63))
    with pytest.raises(rsp.BadArgument, match="is no int"):
        table.update_counter(1.0)
    with pytest.raises(TypeError, match="key"):
        table.insert(object(), 1)
    with pytest.raises(TypeError, match="value"):
        table.insert(1, object())
    table.delete()


def test_one_name_is_one_tables() -> None:  # case 327: S-ETS-2
    table = rsp.Ets.new("py_one")
    with pytest.raises(rsp.BadArgument, match="a table of the name 'py_one' is there"):
        rsp.Ets.new("py_one")
    table.delete()
    rsp.Ets.new("py_one").delete()


def test_a_walk_comes_by_each_key_that_stays() -> None:  # case 326: S-ETS-6
    table = rsp.Ets.new(access="public")
    for key in range(300):
        table.insert(key, -key)
    seen = []
    for key, value in table:
        assert value == -key
        seen.append(key)
        table.delete_key(key)
        if key < 300:
            table.insert(key + 1000, -key - 1000)
    assert sorted(key for key in seen if key < 300) == list(range(300))
    assert len(set(seen)) == len(seen)
    table.delete()


KEYS = st.one_of(
    st.integers(0, 5), st.sampled_from([0.0, 1.0, None, True, "k", b"k", rsp.Atom("k"), (1, "k")])
)
VALUES = st.one_of(st.integers(-3, 3), st.text(max_size=3), st.lists(st.integers(0, 2), max_size=2))


def same(key: Any) -> tuple[str, Any]:
    """1, 1.0 and True are three keys; in a dict they are one."""
    return type(key).__name__, key


class Model(RuleBasedStateMachine):
    """A table and a dict, side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.table = rsp.Ets.new(access="public")
        self.model: dict[tuple[str, Any], Any] = {}

    def teardown(self) -> None:
        self.table.delete()

    @rule(key=KEYS, value=VALUES)
    def insert(self, key: Any, value: Any) -> None:
        self.table.insert(key, value)
        self.model[same(key)] = value

    @rule(key=KEYS, value=VALUES)
    def insert_new(self, key: Any, value: Any) -> None:
        assert self.table.insert_new(key, value) == (same(key) not in self.model)
        self.model.setdefault(same(key), value)

    @rule(key=KEYS)
    def take(self, key: Any) -> None:
        assert self.table.take(key, "none") == self.model.pop(same(key), "none")

    @rule(key=KEYS)
    def delete_key(self, key: Any) -> None:
        self.table.delete_key(key)
        self.model.pop(same(key), None)

    @rule(key=KEYS, increment=st.integers(-2, 2), initial=st.one_of(st.none(), st.integers(-1, 1)))
    def count(self, key: Any, increment: int, initial: int | None) -> None:
        before = self.model.get(same(key), initial)
        if type(before) is int:
            self.model[same(key)] = before + increment
            assert self.table.update_counter(key, increment, initial) == before + increment
        else:
            with pytest.raises(rsp.BadArgument):
                self.table.update_counter(key, increment, initial)

    @rule(key=KEYS)
    def lookup(self, key: Any) -> None:
        assert self.table.member(key) == (same(key) in self.model)
        assert self.table.lookup(key, "none") == self.model.get(same(key), "none")

    @invariant()
    def holds_the_same(self) -> None:
        assert {same(key): value for key, value in self.table} == self.model
        assert {same(key): value for key, value in self.table.tab2list()} == self.model
        assert (self.table.info() or {})["size"] == len(self.model)


def test_a_table_is_a_dict_with_keys_of_their_types() -> None:  # S-ETS-4
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        Model, settings=settings(max_examples=30, stateful_step_count=30, deadline=None)
    )
