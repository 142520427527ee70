"""Supervisors of partitions: many copies of one child, each for a part of all keys."""

from __future__ import annotations

from typing import Any

from resprout import _native, _options
from resprout._exceptions import BadArgument
from resprout._forms import returning
from resprout._native import Pid
from resprout._supervisor import Supervisor, SupervisorSpec
from resprout._values import Atom, PartitionVia

__all__ = ["PartitionSupervisor"]

_PARTITION_OPTIONS = ("name", "partitions", "with_partition", "strategy", "max_restarts", "max_seconds")


class PartitionSupervisor(Supervisor):
    """A supervisor of so many copies of one child, its partitions, each for a part of all keys.

        counters = PartitionSupervisor.start_link(Counter, name="counters", partitions=4)
        Counter.at(PartitionSupervisor.via("counters", "ada")).increment()

    A key that is an int belongs to the partition of its magnitude modulo their number, any other one to that
    of its hash: always the same one, as long as the program runs. The ids of the children are 0, 1, 2, ...

    It takes the options name, which it must have, partitions (default: as many as the runtime has workers),
    with_partition, strategy, max_restarts and max_seconds. It has no subclasses.

    Mirrors Elixir's PartitionSupervisor.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        raise TypeError("a PartitionSupervisor has no init: give it its child")

    @classmethod
    def _spec(cls, args: tuple[Any, ...], options: dict[str, Any]) -> SupervisorSpec:
        if len(args) != 1:
            raise TypeError("PartitionSupervisor starts over one child")
        _options.known("a supervisor of partitions", options, _PARTITION_OPTIONS)
        if options.get("name") is None:
            raise BadArgument("name: a PartitionSupervisor has one: it is how a key finds its partition")
        return SupervisorSpec([args[0]], **{"partitions": "workers", **options})

    @staticmethod
    def via(supervisor: str, key: Any) -> PartitionVia:
        """The partition of this key, at each use: it stands where a server does.

        It is for call, cast, send, send_request, stop and GenServer.at. Does not block.
        """
        _options.name("supervisor", supervisor)
        _options.child_id(key)
        return PartitionVia(Atom("via"), Atom(supervisor), key)

    @staticmethod
    def partitions(supervisor: str) -> int:
        """How many there are.

        Raises:
            BadArgument: no supervisor of partitions has the name.

        Mirrors PartitionSupervisor.partitions/1. Any thread. Does not block.
        """
        return _native.partition_count(supervisor)

    @staticmethod
    def whereis(supervisor: str, key: Any) -> Pid | None:
        """The partition of a key; None: it has no process just now.

        Raises:
            BadArgument: no supervisor of partitions has the name.

        Any thread. Does not block.
        """
        return _native.partition_whereis(supervisor, key)

    # -- the forms that return their failure --

    try_partitions = staticmethod(returning(partitions))
    try_whereis = staticmethod(returning(whereis))
