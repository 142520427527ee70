"""Registries: processes by keys that are any terms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from resprout import _native, _options
from resprout._exceptions import BadArgument
from resprout._forms import returning
from resprout._native import Pid
from resprout._values import Atom, Via

__all__ = ["Registry"]

_KEYS = ("unique", "duplicate")  # in the order of rsp_registry_kind


@dataclass(frozen=True)
class Registry:
    """A registry, by its name: finds processes by keys, and keeps a value with each.

    With "unique" keys a key belongs to one process, with "duplicate" ones to any number of them. A key is
    gone before anybody hears of the death of the process that had it. Reading asks no process, and any thread
    may do it. A registry is linked to all that have a key in it: when it ends they end with it, so it comes
    before them in its supervisor, whose child it is as it stands.

        rooms = rsp.Registry("rooms")
        rsp.Supervisor.start_link([rooms, (Room, 7)], strategy="rest_for_one")
        rsp.call(rooms.via(("room", 7)), "who is there?")

    Keys and values are what has a term (docs/python.md, "Values"). Each call raises BadArgument when no
    registry of the name runs.

    Attributes:
        name: registered; what finds it.
        keys: "unique" or "duplicate": which kind to start.
        listeners: names of processes that are sent (register, name, key, pid, value) for each key, and
            (unregister, name, key, pid) when it goes, by a call or by a death.

    Mirrors Elixir's Registry.
    """

    name: str
    keys: str = "unique"
    listeners: Sequence[str] = ()

    def __post_init__(self) -> None:
        if _options.name("name", self.name) is None:
            raise BadArgument("name: a registry has one: it is how all calls find it")
        _options.one_of("keys", self.keys, _KEYS)
        names: object = self.listeners
        if isinstance(names, str | bytes) or not isinstance(names, Sequence):
            raise BadArgument(f"listeners: a list of names is needed, not {self.listeners!r}")
        for index, each in enumerate(self.listeners):
            if _options.name(f"listeners[{index}]", each) is None:
                raise BadArgument(f"listeners[{index}]: a name is needed, not None")

    def _start(self, *, link: bool, timeout: float | None) -> Pid:
        pid: Pid = _native.start_server(registry_dict(self), link, False, timeout)
        return pid

    def start(self, timeout: float | None = None) -> Pid:
        """Start it, linked to nobody: the end of the runtime stops it.

        Raises:
            AlreadyStarted: one of this name runs.

        Blocks.
        """
        return self._start(link=False, timeout=timeout)

    def start_link(self, timeout: float | None = None) -> Pid:
        """start, linked to the caller. Mirrors Registry.start_link/1. Blocks."""
        return self._start(link=True, timeout=timeout)

    def via(self, key: Any) -> Via:
        """Whoever has this unique key, at each use.

        It stands where a server does: call, cast, send, send_request, stop, GenServer.at; and as the `name=`
        of a process that is started, which has the key then before its init runs. Nobody is a CallExit
        "noproc" of a call; to a cast it is no error. Does not block.
        """
        _options.child_id(key)
        return Via(Atom("via"), Atom(self.name), key)

    def register(self, key: Any, value: Any = None) -> None:
        """Give the calling process a key, until it ends or gives it back. Links it to the registry.

        Raises:
            AlreadyRegistered: a process has the unique key, the caller perhaps.
            TypeError: the key or the value has no term.

        Mirrors Registry.register/3. Does not block.
        """
        _native.registry_register(self.name, key, value)

    def unregister(self, key: Any) -> None:
        """Take a key from the calling process, however often it has it. One that it has not is no error.

        Mirrors Registry.unregister/2. Does not block.
        """
        _native.registry_unregister(self.name, key)

    def update_value(self, key: Any, value: Any) -> Any:
        """Give a unique key of the calling process another value; returns what it was.

        Raises:
            BadArgument: the process does not have it, or keys are not unique.

        Mirrors Registry.update_value/3. Does not block.
        """
        return _native.registry_update_value(self.name, key, value)

    def lookup(self, key: Any) -> list[tuple[Pid, Any]]:
        """Who has a key, and with which values, in the order in which they registered.

        Mirrors Registry.lookup/2. Any thread. Does not block.
        """
        return _native.registry_lookup(self.name, key)

    def match(self, key: Any, pattern: Any) -> list[tuple[Pid, Any]]:
        """The same, but only those with a value that fits.

        Args:
            key: as of lookup.
            pattern: the value itself; or Atom("_"), which is anything; or a tuple with Atom("_") in it.

        Mirrors Registry.match/3. Any thread. Does not block.
        """
        return _native.registry_match(self.name, key, pattern)

    def dispatch(self, key: Any, function: Callable[[list[tuple[Pid, Any]]], object]) -> None:
        """Call the function with what lookup finds, in the calling process, unless that is nobody.

        Mirrors Registry.dispatch/3. Any thread. Blocks if the function does.
        """
        if not callable(function):
            raise BadArgument(f"function: something to call is needed, not {function!r}")
        if entries := self.lookup(key):
            function(entries)

    def whereis(self, key: Any) -> Pid | None:
        """The process that has a unique key.

        Raises:
            BadArgument: keys are not unique.

        Mirrors Registry.whereis_name/1. Any thread. Does not block.
        """
        return _native.registry_whereis(self.name, key)

    def keys_of(self, pid: Pid) -> list[Any]:
        """The keys of a process, in the order in which it registered them: one that it has twice, twice.

        Mirrors Registry.keys/2. Any thread. Does not block.
        """
        return _native.registry_keys(self.name, pid)

    def count(self) -> int:
        """How many entries there are. Those that come and go meanwhile are counted, or not.

        Mirrors Registry.count/1. Any thread. Does not block.
        """
        return _native.registry_count(self.name)

    def meta(self, key: Any, default: Any = None) -> Any:
        """What its users have put down with the registry itself under this key; `default`: nothing.

        Mirrors Registry.meta/2. Any thread. Does not block.
        """
        found = _native.registry_meta(self.name, key)
        return default if found is None else found[0]

    def put_meta(self, key: Any, value: Any) -> None:
        """Put something down with the registry itself, in the place of what was there. It goes with it.

        Mirrors Registry.put_meta/3. Any thread. Does not block.
        """
        _native.registry_put_meta(self.name, key, value)

    def delete_meta(self, key: Any) -> None:
        """Take away what was put down. Nothing of this key is no error.

        Mirrors Registry.delete_meta/2. Any thread. Does not block.
        """
        _native.registry_delete_meta(self.name, key)

    # -- the forms that return their failure --

    try_start = returning(start)
    try_start_link = returning(start_link)
    try_register = returning(register)
    try_unregister = returning(unregister)
    try_update_value = returning(update_value)
    try_lookup = returning(lookup)
    try_match = returning(match)
    try_whereis = returning(whereis)
    try_keys_of = returning(keys_of)
    try_count = returning(count)
    try_meta = returning(meta)
    try_put_meta = returning(put_meta)
    try_delete_meta = returning(delete_meta)


def registry_dict(registry: Registry) -> dict[str, Any]:
    """A registry's start as the extension takes it."""
    return {
        "kind": "registry",
        "name": registry.name,
        "via": None,
        "keys": _KEYS.index(registry.keys),
        "listeners": list(registry.listeners),
    }
