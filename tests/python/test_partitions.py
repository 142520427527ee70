"""Partitions: copies of one child, each for a part of the keys."""

from __future__ import annotations

from typing import Any

import pytest

import resprout as rsp

from .support import await_down, in_process, successor

pytestmark = pytest.mark.usefixtures("runtime")

POOL = "test_pool"


class Part(rsp.GenServer[None]):
    def init(self, *args: Any) -> None:
        self.args = args

    @rsp.call
    def where(self) -> tuple[rsp.Pid, tuple[Any, ...]]:
        return rsp.self_pid(), self.args

    def handle_call(self, request: Any, sender: rsp.From) -> Any:
        return rsp.Reply((rsp.self_pid(), request))


def owner(key: object) -> rsp.Pid | None:
    return rsp.PartitionSupervisor.whereis(POOL, key)


def test_a_key_belongs_to_one_partition() -> None:  # case 280: S-PART-1, S-PART-2
    tree = rsp.PartitionSupervisor.start(Part, name=POOL, partitions=3)
    assert rsp.PartitionSupervisor.partitions(POOL) == 3
    children = rsp.PartitionSupervisor.which_children(tree)
    assert [each.id for each in children] == [0, 1, 2]
    for each in children:
        assert owner(each.id) == owner(each.id + 3) == owner(-each.id) == each.pid
    for key in ("ada", ("user", 7), 1.5, b"key"):
        via = rsp.PartitionSupervisor.via(POOL, key)
        assert Part.at(via).where() == (owner(key), ())
        assert rsp.call(via, {"x": 1}) == (owner(key), {"x": 1})
        assert rsp.receive_response(rsp.send_request(via, 2)) == (owner(key), 2)
    assert len({owner(("user", number)) for number in range(60)}) == 3


def test_one_that_ends_is_restarted_alone() -> None:  # S-PART-3
    def body() -> None:
        tree = rsp.PartitionSupervisor.start_link(Part, name=POOL, partitions=2)
        former, other = owner(0), owner(1)
        assert former is not None
        ref = rsp.monitor(former)
        rsp.kill(former)
        await_down(ref)
        assert owner(0) != former  # never a dead one
        assert successor(tree, former) == owner(2)
        assert owner(1) == other
        rsp.Supervisor.terminate_child(tree, 1)
        assert owner(1) is None
        for nobody in (rsp.PartitionSupervisor.via(POOL, 1), rsp.PartitionSupervisor.via("no_pool", 1)):
            with pytest.raises(rsp.CallExit, match="noproc") as caught:
                rsp.call(nobody, "x")
            assert caught.value.server == nobody
            rsp.cast(nobody, "x")
            with pytest.raises(rsp.BadArgument):
                rsp.send(nobody, "x")

    in_process(body)


def test_the_number_is_an_argument_if_asked_for() -> None:  # S-PART-4
    children = [
        rsp.child(rsp.PartitionSupervisor, (Part, "one"), name=POOL, partitions=2, with_partition=True)
    ]
    rsp.Supervisor.start(children)
    for number in range(2):
        assert Part.at(rsp.PartitionSupervisor.via(POOL, number)).where()[1] == ("one", number)


def test_there_are_as_many_as_workers_if_no_number_is_given(runtime: rsp.Runtime) -> None:  # S-PART-1
    rsp.PartitionSupervisor.start((rsp.Agent, dict), name=POOL)
    assert rsp.PartitionSupervisor.partitions(POOL) == runtime.stats()["workers"]
    rsp.Agent.update(rsp.PartitionSupervisor.via(POOL, "k"), lambda value: {**value, "k": 1})
    assert rsp.Agent.get(rsp.PartitionSupervisor.via(POOL, "k"), lambda value: value) == {"k": 1}


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "name: a PartitionSupervisor has one"),
        ({"name": POOL, "partitions": 0}, "partitions: 0 is no int"),
        ({"name": POOL, "partitions": "many"}, "partitions: 'many' is no int"),
        ({"name": POOL, "partitions": 2**30}, "invalid_partitions"),
        ({"name": POOL, "strategy": "dynamic"}, "invalid_strategy"),
        ({"name": POOL, "with_partition": 1}, "with_partition: True or False"),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, Any], text: str) -> None:  # S-PART-1
    with pytest.raises(rsp.BadArgument, match=text):
        rsp.PartitionSupervisor.start(Part, **options)


def test_mistakes_are_told() -> None:
    with pytest.raises(TypeError, match="has no option auto_shutdown"):
        rsp.PartitionSupervisor.start(Part, name=POOL, auto_shutdown="any_significant")
    with pytest.raises(rsp.BadArgument, match="invalid_auto_shutdown"):
        rsp.Supervisor.start(
            [rsp.SupervisorSpec([Part], name=POOL, partitions=2, auto_shutdown="any_significant")]
        )
    with pytest.raises(TypeError, match="over one child"):
        rsp.PartitionSupervisor.start(name=POOL)
    with pytest.raises(TypeError, match="has no init"):
        type("Mine", (rsp.PartitionSupervisor,), {})
    for refused in (lambda: rsp.PartitionSupervisor.partitions("no_pool"), lambda: owner("k")):
        with pytest.raises(rsp.BadArgument, match="no supervisor of partitions has the name"):
            refused()
