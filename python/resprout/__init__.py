"""Erlang/OTP fault tolerance: cheap processes, links, monitors, servers and supervision trees.

    import resprout as rsp

    class Cache(rsp.GenServer):
        def init(self, capacity): ...

    with rsp.Runtime() as runtime:
        runtime.supervise([rsp.child(Cache, 1_000, name="cache")])

docs/python.md explains what runs where, what messages may hold and what blocks.
"""

from __future__ import annotations

import enum
import os
import pickle
from sys import flags as _flags

from resprout import (
    _exceptions,
    _lanes,
    _native,
    _reports,
    _runtime,
    _server,
    _starts,
    _statem,
    _supervisor,
    _values,
)
from resprout import application as application
from resprout import sys as sys
from resprout._agent import *
from resprout._application import *
from resprout._backoff import *
from resprout._describe import format_reason as format_reason
from resprout._dictionary import *
from resprout._ets import *
from resprout._events import *
from resprout._exceptions import *
from resprout._forms import *
from resprout._native import Pid as Pid
from resprout._native import Ref as Ref
from resprout._partition_supervisor import *
from resprout._pg import *
from resprout._process import *
from resprout._registry import *
from resprout._reports import NOTICE as NOTICE
from resprout._reports import set_report_contents as set_report_contents
from resprout._reports import set_report_level as set_report_level
from resprout._requests import *
from resprout._run import *
from resprout._runtime import Runtime as Runtime
from resprout._server import *
from resprout._starts import *
from resprout._statem import *
from resprout._supervisor import *
from resprout._supervisor_calls import *
from resprout._tasks import *
from resprout._values import *

__version__ = _native.version


def exit(reason: object = "normal") -> None:
    """End the calling process with `reason`: raises Exit. Mirrors erlang:exit/1."""
    raise Exit(reason)


def include_directory() -> str:
    """Where the headers for native children are: a directory for the compiler's -I."""
    assert _native.__file__ is not None
    return os.path.join(os.path.dirname(_native.__file__), "include")


def _bind() -> None:
    for module in (_values, _exceptions, _server, _starts, _statem):
        for name in module.__all__:
            if name in _NATIVE_KNOWS:
                _native.bind(name, getattr(module, name))
    _native.bind("immutable_types", _values.immutable_types())
    _native.bind("enum_type", enum.Enum)
    _native.bind("pickle_dumps", pickle.dumps)
    _native.bind("pickle_loads", pickle.loads)
    _native.bind("ensure_runtime", _runtime.ensure)
    _native.bind("new_lane_thread", _lanes.new_lane_thread)
    _native.bind("write_report", _reports.write_report)
    _native.bind("read_supervisor_init", _supervisor.read_supervisor_init)
    _native.set_strict(_flags.dev_mode or os.environ.get("RESPROUT_STRICT", "") not in ("", "0"))


_NATIVE_KNOWS = frozenset(_native.bindable_names())
_bind()
