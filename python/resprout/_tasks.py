"""Tasks: processes that run one function once, whose value is awaited. Elixir's Task and Task.Supervisor.

Words that Python keeps for itself have an underscore behind them: async_, await_, yield_.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from resprout import _native, _options
from resprout._exceptions import BadArgument, CallExit, CallTimeout
from resprout._forms import Err, Ok, returning
from resprout._native import Pid, Ref
from resprout._starts import TaskStart
from resprout._supervisor import ChildSpec, DynamicSupervisor, SupervisorSpec, task_dict
from resprout._supervisor_calls import pid_of
from resprout._values import Atom

__all__ = ["Task", "TaskSupervisor"]

R = TypeVar("R")


def _spec(function: Callable[..., Any], args: tuple[Any, ...], thread_affine: bool) -> dict[str, Any]:
    if not callable(function):
        raise BadArgument(f"function: a function is needed, not {function!r}")
    return task_dict(TaskStart(function, args, thread_affine=thread_affine))


@dataclass(frozen=True, slots=True)
class Task(Generic[R]):
    """A task, for the process that has started it: its owner.

        task = rsp.Task.async_(fetch, url)
        ...
        page = task.await_()

    The value is one message, a Response with `ref`; then comes the Down of the task's process. await_,
    yield_, shutdown and ignore take both, and are for the owner alone. A server that does not wait gets
    them in handle_info: after the Response, `demonitor(task.ref, flush=True)` keeps the Down away.

    Attributes:
        pid: its process.
        ref: of its value, and the monitor.
    """

    pid: Pid
    ref: Ref

    @staticmethod
    def async_(function: Callable[..., R], *args: Any, thread_affine: bool = False) -> Task[R]:
        """Run `function(*args)` in a process linked to the caller: the crash of either ends the other.

        Args:
            function: what it returns is copied to the owner (docs/python.md, "Messages").
            args: handed over as they are, not copied.
            thread_affine: it gets a thread of its own: for code that blocks.

        Mirrors Task.async/1. Does not block.
        """
        return Task(*_native.task_async(_spec(function, args, thread_affine)))

    @staticmethod
    def child_spec(
        function: Callable[..., Any],
        *args: Any,
        name: str | None = None,
        id: Any = None,
        restart: str | None = None,
        shutdown: float | str | None = None,
        significant: bool = False,
        thread_affine: bool = False,
    ) -> ChildSpec:
        """A task as a child of a supervisor, which nobody awaits; temporary, unless `restart` says otherwise.

        Args:
            function, args, thread_affine: as of async_.
            name: registered before it runs.
            id, restart, shutdown, significant: see ChildSpec.

        Mirrors Task.child_spec/1.
        """
        if not callable(function):
            raise BadArgument(f"function: a function is needed, not {function!r}")
        start = TaskStart(function, args, name, thread_affine)
        return ChildSpec(start, id, restart, shutdown, significant=significant)

    def await_(self, timeout: float | None = 5.0) -> R:
        """Wait for the value.

        Args:
            timeout: seconds; None waits for ever. When it is over the task is not stopped, and stays linked;
                its value never arrives.

        Raises:
            CallExit: the task ended without a value; `reason` says why.
            CallTimeout: no value in time.
            BadArgument: it is another process's task, or its outcome was taken before.

        Mirrors Task.await/2. Blocks.
        """
        outcome = _native.task_yield(self.pid, self.ref, timeout, True)
        if outcome is None:
            raise CallTimeout(Atom("timeout"), self.pid, Atom("await"), timeout)
        if outcome[0] == "exit":
            raise CallExit(outcome[1], self.pid, Atom("await"), timeout)
        value: R = outcome[1]
        return value

    def yield_(self, timeout: float | None = 5.0) -> Ok[R] | Err | None:
        """Wait for the outcome: the value as Ok, an end without one as Err; None when the time is over.

        Then it may be asked again. Mirrors Task.yield/2. Blocks.
        """
        return self._outcome(_native.task_yield(self.pid, self.ref, timeout, False))

    def shutdown(self, timeout: float | str = 5.0) -> Ok[R] | Err | None:
        """Unlink the task, stop it, and wait until it is gone.

        Args:
            timeout: seconds that it has after `shutdown`, before it is killed; or "brutal_kill": it is killed
                at once, or "infinity".

        Returns:
            The value that it had sent, as Ok; None where this call has stopped it; else Err: it ended for
            another reason, "killed" after the time, too.

        Mirrors Task.shutdown/2. Blocks.
        """
        how, timeout_ms = _options.shutdown("timeout", timeout)
        return self._outcome(_native.task_shutdown(self.pid, self.ref, how, timeout_ms))

    def ignore(self) -> Ok[R] | Err | None:
        """Unlink the task and let it run: nothing of it comes later. What has come already is returned.

        Mirrors Task.ignore/1. Does not block.
        """
        return self._outcome(_native.task_ignore(self.pid, self.ref))

    def _outcome(self, outcome: tuple[str, Any] | None) -> Ok[R] | Err | None:
        if outcome is None:
            return None
        kind, value = outcome
        return Ok(value) if kind == "ok" else Err(CallExit(value, self.pid, Atom("await")))

    @staticmethod
    def async_stream(
        items: Iterable[Any],
        function: Callable[..., R],
        *args: Any,
        max_concurrency: int | None = None,
        ordered: bool = True,
        timeout: float | None = 5.0,
        on_timeout: str = "exit",
        thread_affine: bool = False,
    ) -> Generator[Ok[R] | Err, None, None]:
        """Run `function(item, *args)` in a task for each item, so many at a time. Yields Ok and Err.

        Items are taken as results are asked for: none before the first result is, then so many ahead as
        tasks may run. There is one result for each. A task that crashes ends the caller; if that trapped
        exits when the stream began, the result is an Err. Leaving the loop, or closing the generator, stops
        the tasks that run.

        Args:
            items: any iterable; it may be endless.
            function, args, thread_affine: as of Task.async_.
            max_concurrency: how many tasks run at a time. None: as many as the runtime has workers.
            ordered: results in the order of the items, or as they come.
            timeout: seconds for each task; None: no end.
            on_timeout: "exit": the loop raises CallTimeout; "kill_task": that task is killed, and its result
                is an Err with the reason "timeout".

        Raises (when iterated over):
            CallTimeout: a task took too long. CallExit: a task could not be started.

        Mirrors Task.async_stream/3. Blocks when iterated over.
        """
        options = _stream_options(max_concurrency, ordered, timeout, on_timeout, True, None)
        return _results(items, _input(function, args, thread_affine), options)

    # -- the forms that return their failure --

    try_async = staticmethod(returning(async_))
    try_await = returning(await_)
    try_yield = returning(yield_)
    try_shutdown = returning(shutdown)
    try_ignore = returning(ignore)
    try_async_stream = staticmethod(returning(async_stream))


def _stream_options(
    max_concurrency: int | None,
    ordered: bool,
    timeout: float | None,
    on_timeout: str,
    link: bool,
    supervisor: Pid | None,
) -> tuple[Any, ...]:
    most = 0 if max_concurrency is None else _options.whole("max_concurrency", max_concurrency, 1)
    kill_task = _options.one_of("on_timeout", on_timeout, ("exit", "kill_task")) == "kill_task"
    if timeout is not None:
        timeout = _options.seconds("timeout", timeout)
    return most, timeout, _options.flag("ordered", ordered), link, kill_task, supervisor


def _input(
    function: Callable[..., Any], args: tuple[Any, ...], thread_affine: bool
) -> Callable[[Any], dict[str, Any]]:
    _spec(function, (None, *args), thread_affine)  # before anything runs
    return lambda item: _spec(function, (item, *args), thread_affine)


def _results(
    items: Iterable[Any], spec_of: Callable[[Any], dict[str, Any]], options: tuple[Any, ...]
) -> Generator[Ok[Any] | Err, None, None]:
    if not isinstance(items, Iterable):
        raise BadArgument(f"items: an iterable is needed, not {items!r}")
    return _iterate(iter(items), spec_of, options)


def _iterate(
    items: Iterator[Any], spec_of: Callable[[Any], dict[str, Any]], options: tuple[Any, ...]
) -> Generator[Ok[Any] | Err, None, None]:
    stream = _native.task_async_stream(*options)
    try:
        while (said := _native.task_stream_next(*stream)) is not None:
            kind, value = said
            if kind == "wants":
                try:
                    item = next(items)
                except StopIteration:
                    _native.task_stream_end_input(*stream)
                else:
                    _native.task_stream_supply(*stream, spec_of(item))
            elif kind == "failed":
                raise _stream_failure(value, stream[0], options[1])
            else:
                yield Ok(value) if kind == "ok" else Err(CallExit(value, stream[0], Atom("async_stream")))
    finally:
        _native.task_stream_halt(*stream)


def _stream_failure(reason: Any, stream: Pid, timeout: float | None) -> CallExit:
    if isinstance(reason, tuple) and reason and reason[0] == "timeout":
        return CallTimeout(Atom("timeout"), stream, Atom("async_stream"), timeout)
    return CallExit(reason, stream, Atom("async_stream"), timeout)


class TaskSupervisor(DynamicSupervisor):
    """A supervisor of tasks: a DynamicSupervisor, whose children are temporary.

        tasks = rsp.TaskSupervisor.start_link(name="tasks")
        task = rsp.TaskSupervisor.async_nolink("tasks", fetch, url)

    Mirrors Elixir's Task.Supervisor.
    """

    @classmethod
    def _spec(cls, args: tuple[Any, ...], options: dict[str, Any]) -> SupervisorSpec:
        if cls is not TaskSupervisor:
            return super()._spec(args, options)
        known = ("max_children", "max_restarts", "max_seconds", "name")
        return cls._without_children(args, options, known)

    @staticmethod
    def async_(
        supervisor: Pid | str, function: Callable[..., R], *args: Any, thread_affine: bool = False
    ) -> Task[R]:
        """Task.async_, as a child of a supervisor. It is linked to the caller, too.

        Raises:
            StartError: the supervisor refuses ("max_children"), is not there or ended.

        Mirrors Task.Supervisor.async/2. Blocks until it is started.
        """
        spec = _spec(function, args, thread_affine)
        return Task(*_native.task_supervisor_async(pid_of(supervisor), spec, True))

    @staticmethod
    def async_nolink(
        supervisor: Pid | str, function: Callable[..., R], *args: Any, thread_affine: bool = False
    ) -> Task[R]:
        """The same without the link to the caller: a crash is nothing but an outcome.

        Mirrors Task.Supervisor.async_nolink/2. Blocks until it is started.
        """
        spec = _spec(function, args, thread_affine)
        return Task(*_native.task_supervisor_async(pid_of(supervisor), spec, False))

    @staticmethod
    def async_stream(
        supervisor: Pid | str,
        items: Iterable[Any],
        function: Callable[..., R],
        *args: Any,
        max_concurrency: int | None = None,
        ordered: bool = True,
        timeout: float | None = 5.0,
        on_timeout: str = "exit",
        thread_affine: bool = False,
    ) -> Generator[Ok[R] | Err, None, None]:
        """Task.async_stream, with tasks that are children of a supervisor.

        Mirrors Task.Supervisor.async_stream/4. Blocks when iterated over.
        """
        options = _stream_options(max_concurrency, ordered, timeout, on_timeout, True, pid_of(supervisor))
        return _results(items, _input(function, args, thread_affine), options)

    @staticmethod
    def async_stream_nolink(
        supervisor: Pid | str,
        items: Iterable[Any],
        function: Callable[..., R],
        *args: Any,
        max_concurrency: int | None = None,
        ordered: bool = True,
        timeout: float | None = 5.0,
        on_timeout: str = "exit",
        thread_affine: bool = False,
    ) -> Generator[Ok[R] | Err, None, None]:
        """The same without links to the caller: a crash is an Err, whether the caller traps exits or not.

        Mirrors Task.Supervisor.async_stream_nolink/4. Blocks when iterated over.
        """
        options = _stream_options(max_concurrency, ordered, timeout, on_timeout, False, pid_of(supervisor))
        return _results(items, _input(function, args, thread_affine), options)

    # -- the forms that return their failure --

    try_async = staticmethod(returning(async_))
    try_async_nolink = staticmethod(returning(async_nolink))
    try_async_stream = staticmethod(returning(async_stream))
    try_async_stream_nolink = staticmethod(returning(async_stream_nolink))
