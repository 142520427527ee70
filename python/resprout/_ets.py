"""Tables: keys and values that belong to a process, are read by all, and may outlive their owner."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from resprout import _native, _options
from resprout._exceptions import BadArgument
from resprout._forms import returning
from resprout._native import Pid, Ref

__all__ = ["Ets"]

_ACCESS = ("protected", "public", "private")  # in the order of rsp_ets_access
_LEAST, _MOST = -(2**63), 2**63 - 1


@dataclass(frozen=True)
class Ets:
    """A table of keys and values, by its reference. It belongs to the process that has made it.

    When its owner ends it goes to its heir, if that lives, which is sent
    ("ETS-TRANSFER", ref, from_pid, heir_data); else it is over, before anybody hears of the end. Reading asks
    no process, and any thread may do it.

        class Keeper(rsp.GenServer):  # keeps what its heirs have left, until they are back
            def handle_info(self, message):
                match message:
                    case ("ETS-TRANSFER", ref, _, _):
                        self.table = rsp.Ets(ref)

        table = rsp.Ets.new("sessions", heir=rsp.whereis("keeper"))
        table.insert("anna", 7)
        rsp.Ets.whereis("sessions").lookup("anna")

    Keys and values are what has a term (docs/python.md, "Values"); 1 and 1.0 are two keys. Each call raises
    BadArgument when the table is over, or does not allow it: a "protected" table is written by its owner
    alone, a "private" one is read by it alone. A thread that is no process counts as one that owns nothing.

    Attributes:
        ref: what names the table, in messages too: Ets(ref) is the table again.

    Mirrors OTP's ets, of type set.
    """

    ref: Ref

    def __post_init__(self) -> None:
        ref: object = self.ref
        if not isinstance(ref, Ref):
            raise BadArgument(f"ref: the Ref of a table is needed, not {ref!r}")

    @classmethod
    def new(
        cls,
        name: str | None = None,
        *,
        access: str = "protected",
        heir: Pid | None = None,
        heir_data: Any = None,
    ) -> Ets:
        """Make a table, which is the calling process's until that gives it away or ends.

        Args:
            name: found by whereis, as long as the table is there. Names of processes are others.
            access: "protected": the owner writes, all read; "public": all do both; "private": the owner does.
            heir: the process whose it is when its owner ends. One that is dead already: as if None.
            heir_data: what the heir is sent with it.

        Raises:
            BadArgument: a table has the name.

        Mirrors ets:new/2. Does not block.
        """
        _options.name("name", name)
        _options.one_of("access", access, _ACCESS)
        return cls(_native.ets_new(name, _ACCESS.index(access), heir, heir_data))

    @classmethod
    def whereis(cls, name: str) -> Ets | None:
        """The table that has this name, or None. Mirrors ets:whereis/1. Any thread. Does not block."""
        if _options.name("name", name) is None:
            raise BadArgument("name: a name is needed, not None")
        ref = _native.ets_whereis(name)
        return None if ref is None else cls(ref)

    def insert(self, key: Any, value: Any) -> None:
        """Put a value under a key, in the place of what was there.

        Mirrors ets:insert/2. Any thread. Does not block.
        """
        _native.ets_insert(self.ref, key, value)

    def insert_new(self, key: Any, value: Any) -> bool:
        """Put a value under a key that is not there. False: it is, and nothing was changed.

        Mirrors ets:insert_new/2. Any thread. Does not block.
        """
        return _native.ets_insert_new(self.ref, key, value)

    def lookup(self, key: Any, default: Any = None) -> Any:
        """The value of a key; `default`: there is no such key.

        Mirrors ets:lookup/2. Any thread. Does not block.
        """
        found = _native.ets_lookup(self.ref, key)
        return default if found is None else found[0]

    def member(self, key: Any) -> bool:
        """Whether there is such a key. Mirrors ets:member/2. Any thread. Does not block."""
        return _native.ets_member(self.ref, key)

    def take(self, key: Any, default: Any = None) -> Any:
        """Take a key out, and bring its value; `default`: there is no such key.

        Of any number of callers that take one key exactly one gets it. Mirrors ets:take/2. Any thread. Does
        not block.
        """
        found = _native.ets_take(self.ref, key)
        return default if found is None else found[0]

    def delete_key(self, key: Any) -> None:
        """Take a key out. One that is not there is no error.

        Mirrors ets:delete/2. Any thread. Does not block.
        """
        _native.ets_delete_key(self.ref, key)

    def update_counter(self, key: Any, increment: int = 1, initial: int | None = None) -> int:
        """Add to the value of a key, which is an int; returns the sum.

        Args:
            key: the counter.
            increment: what is added; negative: taken off.
            initial: what a key that is not there counts as.

        Raises:
            BadArgument: there is no such key and no initial; its value is no int; the sum has more than 64
                bits. Nothing was changed.

        Mirrors ets:update_counter/4. Any thread. Does not block.
        """
        _options.whole("increment", increment, _LEAST, _MOST)
        if initial is not None:
            _options.whole("initial", initial, _LEAST, _MOST)
        return _native.ets_update_counter(self.ref, key, increment, initial)

    def first(self) -> tuple[Any, Any] | None:
        """Where a walk begins: a key and its value; None: the table is empty.

        Mirrors ets:first_lookup/1. Any thread. Does not block.
        """
        return _native.ets_first(self.ref)

    def next(self, key: Any) -> tuple[Any, Any] | None:
        """What comes behind a key, also behind one that is gone; None: nothing.

        A walk comes by each key that stays exactly once; of those that come and go meanwhile it meets some.
        Mirrors ets:next_lookup/2. Any thread. Does not block.
        """
        return _native.ets_next(self.ref, key)

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        """A walk by first and next: (key, value)."""
        pair = self.first()
        while pair is not None:
            yield pair
            pair = self.next(pair[0])

    def tab2list(self) -> list[tuple[Any, Any]]:
        """All that is in it: (key, value). Not one moment of a table that others change.

        Mirrors ets:tab2list/1. Any thread. Does not block.
        """
        return _native.ets_tab2list(self.ref)

    def info(self) -> dict[str, Any] | None:
        """What it is: id, name, owner, heir, protection, size (entries) and memory (bytes); None: it is over.

        Mirrors ets:info/1. Any thread. Does not block.
        """
        return _native.ets_info(self.ref)

    def give_away(self, pid: Pid, data: Any = None) -> None:
        """Make another process the owner, which is sent ("ETS-TRANSFER", ref, from_pid, data). By the owner.

        Raises:
            NoProcess: it is dead, or passes its own tables on as it ends. The table stays the caller's.

        Mirrors ets:give_away/3. Does not block.
        """
        _native.ets_give_away(self.ref, pid, data)

    def set_heir(self, heir: Pid | None, data: Any = None) -> None:
        """Name another heir, or none. By the owner. Mirrors ets:setopts/2. Does not block."""
        _native.ets_set_heir(self.ref, heir, data)

    def delete(self) -> None:
        """End the table, with all that is in it. By whoever may write into it.

        Mirrors ets:delete/1. Any thread. Does not block.
        """
        _native.ets_delete(self.ref)

    # -- the forms that return their failure --

    try_new = classmethod(returning(new))
    try_whereis = classmethod(returning(whereis))
    try_insert = returning(insert)
    try_insert_new = returning(insert_new)
    try_lookup = returning(lookup)
    try_member = returning(member)
    try_take = returning(take)
    try_delete_key = returning(delete_key)
    try_update_counter = returning(update_counter)
    try_first = returning(first)
    try_next = returning(next)  # noqa: A003
    try_tab2list = returning(tab2list)
    try_give_away = returning(give_away)
    try_set_heir = returning(set_heir)
    try_delete = returning(delete)
