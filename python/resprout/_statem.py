"""GenStatem: a server that is in a state, whose one handler gets each event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from resprout import _native, _options
from resprout._exceptions import BadArgument, Error
from resprout._forms import returning
from resprout._server import CallMethod, CastMethod, GenServer
from resprout._values import Atom, From

__all__ = ["Event", "GenStatem"]

_OF_SERVERS = frozenset(("handle_call", "handle_cast", "handle_info", "handle_continue"))


@dataclass(frozen=True, slots=True)
class Event:
    """What happens to a state machine.

    `match event: case Event("cast", "push", "locked"): ...`

    Attributes:
        type: "call", "cast", "info", "internal" (of next_event), "timeout" (the event timeout),
            "state_timeout", "named_timeout" or "enter".
        content: what was sent, or given to next_event or to the timeout; of "enter" the state before.
        state: the state the machine is in.
        sender: of "call", whom a reply goes to.
        name: of "named_timeout".
    """

    type: str
    content: Any
    state: Any
    sender: From | None = None
    name: Any = None


class GenStatem(GenServer[Any]):
    """A state machine: subclass it, and start, supervise, call, cast to and stop it as a GenServer.

    What init returns is the first state: any value that has a term (docs/python.md, "Values"). Each event is
    given to handle_event, which may call next_state, postpone, next_event and the rest of what is below: that
    happens when it has returned. Its data live in self. Mirrors the behaviour gen_statem.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name, value in vars(cls).items():
            if name in _OF_SERVERS:
                raise BadArgument(f"{name}: a GenStatem has handle_event in its place")
            if isinstance(value, CallMethod | CastMethod):
                raise BadArgument(
                    f"{name}: a GenStatem gets its calls and casts as events, by call() and cast()"
                )
        if "handle_event" in vars(cls):
            _options.runs_when_called("callback", vars(cls)["handle_event"])

    # -- callbacks --

    def init(self, *args: Any, **kwargs: Any) -> Any:
        """Return the first state; or Stop, Fail or Ignore. It may ask for what handle_event may."""

    def handle_event(self, event: Event) -> Any:
        """Take an event: return None or NoReply(hibernate=...) to go on, Reply(value) of a call, or Stop.

        Without an override it calls the method named after the state, `in_locked(self, event)` in the state
        "locked". Stop with a reply sends it before terminate runs.
        """
        method = getattr(self, f"in_{event.state}", None)
        if method is None:
            raise Error(
                (Atom("undef"), Atom("handle_event")),
                f"{type(self).__name__} has neither handle_event nor in_{event.state}",
            )
        return method(event)

    @property
    def state(self) -> Any:
        """The state it is in: in terminate and format_status the last good one. For its own callbacks."""
        return _native.statem_state()

    # -- what happens when a callback has returned --

    def next_state(self, state: Any) -> None:
        """Go to this state. One that is equal is no change. Mirrors gen_statem's next_state."""
        _native.statem_next_state(state)

    def repeat_state(self) -> None:
        """Make the state enter call anew. Mirrors gen_statem's repeat_state."""
        _native.statem_repeat_state()

    def postpone(self) -> None:
        """Let the event come again when the state has changed. Mirrors gen_statem's postpone."""
        _native.statem_postpone()

    def next_event(self, event_type: str, content: Any, sender: From | None = None) -> None:
        """Insert an event before all others that wait.

        Args:
            event_type: "internal", "cast", "info", or "call" with `sender`.
            content: any value.
            sender: of a call, the From of whom its answer goes to.

        Mirrors gen_statem's next_event.
        """
        _native.statem_next_event(event_type, content, sender)

    def event_timeout(self, seconds: float | None, content: Any = None) -> None:
        """Get the event "timeout" if none comes for so long. None: end it. Mirrors gen_statem's timeout."""
        _native.statem_start_timeout("timeout", None, seconds, content)

    def state_timeout(self, seconds: float | None, content: Any = None) -> None:
        """Get the event "state_timeout" if the state does not change for so long. None: end it.

        Mirrors gen_statem's state_timeout.
        """
        _native.statem_start_timeout("state_timeout", None, seconds, content)

    def named_timeout(self, name: Any, seconds: float | None, content: Any = None) -> None:
        """Get the event "named_timeout" with this name after a time, whatever happens. None: end it.

        Mirrors gen_statem's {timeout, Name}.
        """
        _native.statem_start_timeout("named_timeout", name, seconds, content)

    def update_timeout(self, event_type: str, content: Any, name: Any = None) -> None:
        """Give a timeout another content, and leave its time. One that does not run comes at once.

        Args:
            event_type: "timeout", "state_timeout" or "named_timeout", the last with `name`.
            content: any value that has a term.
            name: of "named_timeout".
        """
        _native.statem_update_timeout(event_type, name, content)

    def cancel_timeout(self, event_type: str, name: Any = None) -> None:
        """End a timeout: its event does not come. The rest as of update_timeout."""
        _native.statem_cancel_timeout(event_type, name)

    def state_enter(self) -> None:
        """In init: get the event "enter" whenever a state is entered. Mirrors gen_statem's state_enter."""
        _native.statem_state_enter()

    # -- the forms that return their failure --

    try_next_state = returning(next_state)
    try_repeat_state = returning(repeat_state)
    try_postpone = returning(postpone)
    try_next_event = returning(next_event)
    try_event_timeout = returning(event_timeout)
    try_state_timeout = returning(state_timeout)
    try_named_timeout = returning(named_timeout)
    try_update_timeout = returning(update_timeout)
    try_cancel_timeout = returning(cancel_timeout)
    try_state_enter = returning(state_enter)
