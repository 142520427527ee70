"""The tree.

system        rest_for_one: the lists have what the database said, so they begin anew when it does
  database
  cache       a dynamic supervisor
    bob       the server of a list, from the first time that somebody asks for it
"""

from __future__ import annotations

from database import NAME as DATABASE
from database import Database
from todo_list import TodoList

import resprout as rsp

CACHE = "cache"


class System(rsp.Supervisor):
    def init(self, directory: str, restarts: int, seconds: float) -> rsp.SupervisorSpec:
        database = rsp.child(Database, directory, name=DATABASE, thread_affine=True)  # it waits for a disk
        cache = rsp.SupervisorSpec(strategy="dynamic", name=CACHE, max_restarts=restarts, max_seconds=seconds)
        return rsp.SupervisorSpec(
            [database, cache], strategy="rest_for_one", max_restarts=restarts, max_seconds=seconds
        )


def server_process(name: str) -> rsp.Pid:
    """The server of a list: the one that there is, or a new one."""
    registered = f"list {name}"
    pid = rsp.whereis(registered)
    if pid is None:
        pid = rsp.DynamicSupervisor.start_child(CACHE, rsp.child(TodoList, name, name=registered))
        assert pid is not None
    return pid
