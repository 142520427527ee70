"""The two forms of a call that can fail: one raises, try_ and its name returns an Ok or an Err."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeAlias, TypeVar

from resprout import _native
from resprout._exceptions import ApplicationError, CallExit, ChildError, Error, HandlerError, StartError

__all__ = ["Err", "Failure", "Ok"]

P = ParamSpec("P")
R = TypeVar("R")
if TYPE_CHECKING:
    # Of a task, whose outcome has no other failure.
    from typing_extensions import TypeVar as TypeVarWithDefault

    E = TypeVarWithDefault("E", bound=Exception, default=CallExit, covariant=True)
else:
    E = TypeVar("E")

# What a call of the package raises where it fails. Neither the end of the caller (Exit, ProcessExit) nor what
# Python says of the call itself (TypeError, MemoryError) is one.
Failure: TypeAlias = (
    Error | CallExit | StartError | ChildError | ApplicationError | HandlerError | TimeoutError
)
_FAILURES = (Error, CallExit, StartError, ChildError, ApplicationError, HandlerError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Ok(Generic[R]):
    """What a call has returned."""

    value: R


@dataclass(frozen=True, slots=True)
class Err(Generic[E]):
    """Why a call has failed: `error` is what its other form raises."""

    error: E


def returning(call: Callable[P, R]) -> Callable[P, Ok[R] | Err[Failure]]:
    """The form of a call that returns its failure.

        try_link = returning(link)

    It is called try_ and the name of the call, without the underscore behind a word that Python keeps for
    itself, and takes the same arguments, in the same threads and processes.

    Args:
        call: a function; or in the body of a class a method of it. What comes back is a plain function, which
            staticmethod or classmethod makes one of theirs.

    Returns:
        A function that returns Ok or Err, and raises what is no Failure.
    """
    function: Any = getattr(call, "__func__", call)
    name = f"try_{function.__name__.rstrip('_')}"

    @functools.wraps(function)
    def returns(*args: P.args, **kwargs: P.kwargs) -> Ok[R] | Err[Failure]:
        try:
            return Ok(function(*args, **kwargs))
        except _FAILURES as error:
            return Err(error)

    # Where it is found, so that it is pickled as other functions are.
    is_native = function.__module__ == _native.__name__
    owner = "" if is_native else function.__qualname__.rpartition(".")[0]
    returns.__module__ = "resprout" if is_native else function.__module__
    returns.__qualname__ = f"{owner}.{name}" if owner else name
    returns.__name__ = name
    returns.__doc__ = (
        f"{function.__name__}, with its arguments: what it returns as Ok, what it raises as Err.\n\n"
        "What is no Failure, a TypeError above all, is raised. Blocks where that does."
    )
    return returns
