"""Processes: spawn, send, receive, link, monitor, names, timers, descriptors."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Any, Literal, Protocol, overload

from resprout import _native, _options
from resprout._forms import returning
from resprout._lanes import own_lane
from resprout._native import Pid, Ref
from resprout._values import From

self_pid = _native.self_pid
make_ref = _native.make_ref
link = _native.link
link_async = _native.link_async
unlink = _native.unlink
unalias = _native.unalias
send = _native.send
reply = _native.reply
unregister = _native.unregister
is_alive = _native.is_alive
resume = _native.resume
cancel_timer = _native.cancel_timer
read_timer = _native.read_timer
cancel_select = _native.cancel_select
checkpoint = _native.checkpoint
is_pressed = _native.is_pressed

Overflow = Literal["refuse", "drop_newest", "drop_oldest", "exit"]

AliasMode = Literal["explicit_unalias", "demonitor", "reply"]
Target = Pid | str

_LOOK_AGAIN_S = 0.001
_READ, _WRITE = 1, 2


class HasDescriptor(Protocol):
    """A socket, a file of a pipe, or whatever else has a descriptor."""

    def fileno(self) -> int: ...


def _spawn(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any] | None,
    *,
    handler: bool = False,
    link: bool = False,
    monitor: bool = False,
    trap_exit: bool = False,
    thread_affine: bool = False,
    limits: tuple[int, int, int],
) -> Any:
    if not callable(function):
        raise TypeError(f"a function is needed, not {type(function).__name__}")
    _options.runs_when_called("spawn", function)
    lane = own_lane() if thread_affine else None
    return _native.spawn(function, args, kwargs, handler, link, monitor, trap_exit, lane, limits)


def spawn(
    function: Callable[..., Any],
    *args: Any,
    thread_affine: bool = False,
    trap_exit: bool = False,
    max_messages: int = 0,
    max_message_bytes: int = 0,
    overflow: Overflow = "refuse",
) -> Pid:
    """Make a process that runs `function(*args)` to its end.

    It may receive, call and wait: its thread keeps the frame, and other processes run meanwhile. Its exit
    reason is normal, or what the exception that leaves it says.

    Args:
        function: runs on the lane.
        args: handed over as they are, not copied.
        thread_affine: the process gets a thread of its own, for ever: for handles that are bound to a thread.
        trap_exit: exit signals are messages from the start.
        max_messages, max_message_bytes, overflow: limits of its mailbox, as of limit_mailbox.

    Returns:
        Its Pid: it can be sent to at once.

    Raises:
        BadArgument: a limit is malformed; the text names it.
        SystemLimit: as many processes live as may.
        NotRunning: the runtime has been stopped.

    Any thread. Does not block. Mirrors erlang:spawn/3.
    """
    pid: Pid = _spawn(
        function,
        args,
        None,
        thread_affine=thread_affine,
        trap_exit=trap_exit,
        limits=_options.mailbox(max_messages, max_message_bytes, overflow),
    )
    return pid


def spawn_link(
    function: Callable[..., Any],
    *args: Any,
    thread_affine: bool = False,
    trap_exit: bool = False,
    max_messages: int = 0,
    max_message_bytes: int = 0,
    overflow: Overflow = "refuse",
) -> Pid:
    """spawn, atomically linked to the caller: however fast it ends, the caller gets its own reason.

    Does not block. Mirrors erlang:spawn_link/3.
    """
    pid: Pid = _spawn(
        function,
        args,
        None,
        link=True,
        thread_affine=thread_affine,
        trap_exit=trap_exit,
        limits=_options.mailbox(max_messages, max_message_bytes, overflow),
    )
    return pid


def spawn_monitor(
    function: Callable[..., Any],
    *args: Any,
    thread_affine: bool = False,
    trap_exit: bool = False,
    max_messages: int = 0,
    max_message_bytes: int = 0,
    overflow: Overflow = "refuse",
) -> tuple[Pid, Ref]:
    """spawn, atomically monitored by the caller. Returns the Pid, and the Ref that its Down will carry.

    Does not block. Mirrors erlang:spawn_monitor/3.
    """
    both: tuple[Pid, Ref] = _spawn(
        function,
        args,
        None,
        monitor=True,
        thread_affine=thread_affine,
        trap_exit=trap_exit,
        limits=_options.mailbox(max_messages, max_message_bytes, overflow),
    )
    return both


def spawn_handler(
    handler: Callable[[Any, Any], Any],
    state: Any = None,
    *,
    link: bool = False,
    trap_exit: bool = False,
    thread_affine: bool = False,
    max_messages: int = 0,
    max_message_bytes: int = 0,
    overflow: Overflow = "refuse",
) -> Pid:
    """Make a process that calls `state = handler(state, message)` for each message.

    It has no thread while it waits, so there may be very many. It ends by raising Exit.

    Args:
        handler: runs on the lane, for one message at a time.
        state: handed over as it is, not copied.
        link: atomically linked to the caller.
        trap_exit, thread_affine, max_messages, max_message_bytes, overflow: as of spawn.

    Raises as spawn. Any thread. Does not block.
    """
    pid: Pid = _spawn(
        handler,
        (state,),
        None,
        handler=True,
        link=link,
        trap_exit=trap_exit,
        thread_affine=thread_affine,
        limits=_options.mailbox(max_messages, max_message_bytes, overflow),
    )
    return pid


def receive(
    timeout: float | None = None,
    match: type | tuple[type, ...] | Ref | Callable[[Any], object] | None = None,
) -> Any:
    """Take the oldest message, or the oldest that matches; the others stay in order.

    Args:
        timeout: seconds; None waits for ever, 0 looks once.
        match: a class or a tuple of classes; a Ref, for the message that carries it; or a predicate.

    Raises:
        TimeoutError: none came in time.
        MemoryError: the message is a request, and stays where it is.

    Mirrors receive ... after. Blocks.
    """
    return _native.receive(timeout, match)


@overload
def monitor(target: Target) -> Ref: ...
@overload
def monitor(target: Target, *, alias: AliasMode | None) -> Ref: ...
def monitor(target: Target, *, alias: AliasMode | None = None) -> Ref:
    """Watch a process, or whoever has a name now: exactly one Down will come, also of one that is dead.

    Args:
        target: a Pid, or a name.
        alias: the Ref can be sent to as well, until unalias ("explicit_unalias"), the monitor's end
            ("demonitor"), or the first message ("reply").

    Returns:
        The Ref that the Down carries.

    Does not block. Mirrors erlang:monitor/3.
    """
    return _native.monitor(target, alias)


def demonitor(ref: Ref, *, flush: bool = False) -> bool:
    """End a monitor: no Down of it will come; with `flush`, one that is in the mailbox goes too.

    Returns:
        Whether the monitor was active. An unknown Ref is no error.

    Does not block. Mirrors erlang:demonitor/2 with info.
    """
    return _native.demonitor(ref, flush)


def alias(mode: AliasMode = "explicit_unalias") -> Ref:
    """Make a Ref that can be sent to: until unalias, or with "reply" until the first message came.

    Does not block. Mirrors erlang:alias/1.
    """
    return _native.alias(mode)


def trap_exit(on: bool = True) -> bool:
    """Set whether exit signals to the caller become ExitSignal messages. Returns the former value.

    Does not block. Mirrors erlang:process_flag(trap_exit, On).
    """
    return _native.trap_exit(on)


def limit_mailbox(max_messages: int = 0, max_bytes: int = 0, overflow: Overflow = "refuse") -> None:
    """Limit the mailbox of the calling process, from now on; 0 is no limit.

    Exit signals, Exit, Down, replies and its own timers neither count nor are ever stopped.

    Args:
        max_messages: that may wait.
        max_bytes: that they may occupy: 128 for each, and what its value does where that is copied.
        overflow: what happens to one that is too many. "refuse": the sender gets Overload. "drop_newest" and
            "drop_oldest": it, or the oldest, is dropped. "exit": this process ends with ("limit", "mailbox").

    Does not block.
    """
    _native.limit_mailbox(*_options.mailbox(max_messages, max_bytes, overflow, bytes_field="max_bytes"))


def exit_signal(pid: Pid, reason: Any) -> None:
    """Send an exit signal, with the effects of docs/semantics.md, S-EXIT-8 to S-EXIT-17.

    Args:
        pid: whom to.
        reason: any value; what has no term becomes the text of its repr.

    Any thread. Does not block. Mirrors erlang:exit/2.
    """
    _native.exit_signal(pid, reason)


def kill(pid: Pid) -> None:
    """Send the exit signal that cannot be trapped: the process ends with `killed` at its next checkpoint.

    Any thread. Does not block. Mirrors erlang:exit(Pid, kill).
    """
    _native.exit_signal(pid, "kill")


def register(name: str, pid: Pid | None = None) -> None:
    """Give a process, the caller by default, a name of 1 to 255 characters. It is free as the process ends.

    Raises:
        BadArgument: the name is taken, the process has one or is dead.

    Any thread. Does not block. Mirrors erlang:register/2.
    """
    _native.register(name, pid)


def whereis(name: str) -> Pid | None:
    """The live process of this name; None if nobody has it.

    Any thread. Does not block. Mirrors erlang:whereis/1.
    """
    return _native.whereis(name)


def wait_for_name(name: str, timeout: float | None = 5.0) -> Pid:
    """The live process of this name, as soon as there is one: after a crash, the one that was started anew.

    Who has got the Down, the ExitSignal or the CallExit of the former one does not meet it again here.

    Args:
        name: registered, or about to be.
        timeout: seconds; None waits for ever.

    Raises:
        TimeoutError: nobody had the name in time.

    Blocks.
    """
    deadline = None if timeout is None else time.monotonic() + _options.wait("timeout", timeout)
    nothing = _native.make_ref()
    while (pid := _native.whereis(name)) is None:
        if deadline is not None and time.monotonic() >= deadline:
            raise TimeoutError(f"nobody has had the name {name!r} within {timeout} s")
        # A wait of the runtime, in which other processes of the lane run; no message has this Ref.
        with contextlib.suppress(TimeoutError):
            _native.receive(_LOOK_AGAIN_S, nothing)
    return pid


def send_after(delay: float, to: Target, message: Any) -> Ref:
    """Send `message` after `delay` seconds, never earlier, to a Pid or to who has a name then.

    The message must have a term (docs/python.md, Messages). Returns the timer, for cancel_timer.

    Does not block. Mirrors erlang:send_after/3.
    """
    return _native.send_after(delay, to, message)


def start_timer(delay: float, to: Pid, message: Any) -> Ref:
    """Send TimerFired(ref, message) after `delay` seconds, never earlier. Returns that ref.

    The message must have a term. Does not block. Mirrors erlang:start_timer/3.
    """
    return _native.start_timer(delay, to, message)


def process_info(pid: Pid, timeout: float | None = 5.0) -> dict[str, Any] | None:
    """What a process says about itself: registered_name, label, links, monitors, monitored_by,
    message_queue_len, trap_exit, ancestors, parent, dictionary (a list of (key, value)), timers, aliases,
    status. None if it is dead.

    Args:
        pid: whom to ask.
        timeout: seconds; None waits for ever.

    Raises:
        TimeoutError: it did not come to a checkpoint in time.

    Blocks. Mirrors erlang:process_info/1.
    """
    info: dict[str, Any] | None = _native.process_info(pid, timeout)
    return info


def suspend(pid: Pid, timeout: float | None = 5.0) -> None:
    """Keep a process from running any code, until `resume`. None of its code runs when this returns.

    Messages to it wait; exit signals end it as ever. The end of the caller resumes it. Each of several
    suspensions is to be taken back.

    Args:
        pid: whom, another process.
        timeout: seconds for the code that runs to come to its end or to a wait; None waits for ever.

    Raises:
        NoProcess: it is dead.
        ValueError: it is the caller, or a plain thread.
        TimeoutError: its code ran on; nothing is suspended.

    Blocks. Mirrors erlang:suspend_process/1.
    """
    _native.suspend(pid, timeout)


def detach(reason: Any = "normal") -> None:
    """End the process of the calling plain thread, with `reason`; its next call makes a new one.

    Raises:
        WrongContext: this is a process of a lane, which ends by itself.

    Does not block.
    """
    _native.detach(reason)


def select(descriptor: int | HasDescriptor, *, read: bool = True, write: bool = False) -> Ref:
    """Send DescriptorReady(ref, ...) to the caller, once, when a socket or a pipe is ready. Returns that ref.

    One that is ready already is told of at once; a peer that hangs up, and an error, is readiness. With both
    directions the registration ends when either is ready. It ends with its process. Call cancel_select before
    the descriptor is closed: its number is given out again at once. The descriptor should be non-blocking.

    Raises:
        BadArgument: it is not open, is always ready (a regular file), or is registered for such a direction.
        SystemLimit: the system has no descriptors left, or watches too many.

    Does not block. Mirrors enif_select of erl_nif.
    """
    mode = (_READ if read else 0) | (_WRITE if write else 0)
    if mode == 0:
        raise ValueError("select needs read=True, write=True or both")
    return _native.select(descriptor, mode)


# ---- The forms that return their failure ----

try_make_ref = returning(make_ref)
try_link = returning(link)
try_link_async = returning(link_async)
try_unlink = returning(unlink)
try_unalias = returning(unalias)
try_send = returning(send)
try_reply = returning(reply)
try_unregister = returning(unregister)
try_is_alive = returning(is_alive)
try_resume = returning(resume)
try_cancel_timer = returning(cancel_timer)
try_read_timer = returning(read_timer)
try_cancel_select = returning(cancel_select)
try_checkpoint = returning(checkpoint)
try_is_pressed = returning(is_pressed)
try_spawn = returning(spawn)
try_spawn_link = returning(spawn_link)
try_spawn_monitor = returning(spawn_monitor)
try_spawn_handler = returning(spawn_handler)
try_receive = returning(receive)
try_monitor = returning(monitor)
try_demonitor = returning(demonitor)
try_alias = returning(alias)
try_trap_exit = returning(trap_exit)
try_limit_mailbox = returning(limit_mailbox)
try_exit_signal = returning(exit_signal)
try_kill = returning(kill)
try_register = returning(register)
try_whereis = returning(whereis)
try_wait_for_name = returning(wait_for_name)
try_send_after = returning(send_after)
try_start_timer = returning(start_timer)
try_process_info = returning(process_info)
try_suspend = returning(suspend)
try_detach = returning(detach)
try_select = returning(select)


__all__ = [
    "From",
    "HasDescriptor",
    "alias",
    "cancel_select",
    "cancel_timer",
    "checkpoint",
    "demonitor",
    "detach",
    "exit_signal",
    "is_alive",
    "is_pressed",
    "kill",
    "limit_mailbox",
    "link",
    "link_async",
    "make_ref",
    "monitor",
    "process_info",
    "read_timer",
    "receive",
    "register",
    "reply",
    "resume",
    "select",
    "self_pid",
    "send",
    "send_after",
    "spawn",
    "spawn_handler",
    "spawn_link",
    "spawn_monitor",
    "start_timer",
    "suspend",
    "trap_exit",
    "try_alias",
    "try_cancel_select",
    "try_cancel_timer",
    "try_checkpoint",
    "try_demonitor",
    "try_detach",
    "try_exit_signal",
    "try_is_alive",
    "try_is_pressed",
    "try_kill",
    "try_limit_mailbox",
    "try_link",
    "try_link_async",
    "try_make_ref",
    "try_monitor",
    "try_process_info",
    "try_read_timer",
    "try_receive",
    "try_register",
    "try_reply",
    "try_resume",
    "try_select",
    "try_send",
    "try_send_after",
    "try_spawn",
    "try_spawn_handler",
    "try_spawn_link",
    "try_spawn_monitor",
    "try_start_timer",
    "try_suspend",
    "try_trap_exit",
    "try_unalias",
    "try_unlink",
    "try_unregister",
    "try_wait_for_name",
    "try_whereis",
    "unalias",
    "unlink",
    "unregister",
    "wait_for_name",
    "whereis",
]
