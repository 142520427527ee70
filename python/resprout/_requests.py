"""Requests that are sent first and answered later: send_request, receive_response, RequestIds, multi_call."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any, NamedTuple, overload

from resprout import _native
from resprout._exceptions import BadArgument, CallExit
from resprout._forms import returning
from resprout._native import Pid, Ref
from resprout._values import Atom, Down, Response

__all__ = [
    "MultiCall",
    "RequestIds",
    "abandon_request",
    "abcast",
    "check_response",
    "multi_call",
    "node",
    "receive_response",
    "send_request",
    "try_abandon_request",
    "try_abcast",
    "try_check_response",
    "try_multi_call",
    "try_receive_response",
    "try_send_request",
    "try_wait_response",
    "wait_response",
]


def send_request(server: Any, request: Any) -> Ref:
    """Send a request and return at once; receive_response waits for its answer.

    A process that does not wait gets the answer as a message: a Response, or a Down if the server ended.

    Args:
        server: a Pid, a name or a ServerRef. Of a free name the answer is the failure "noproc".
        request: copied (docs/python.md, "Messages").

    Mirrors gen_server:send_request/2. Does not block.
    """
    return _native.send_request(server, request)


def abandon_request(request: Ref) -> None:
    """Give a request up: nothing of it comes later. Does not block."""
    _native.abandon_request(request)


def _response(message: Response | Down, timeout: Any = None) -> Response:
    if isinstance(message, Response):
        return message
    server: Pid | Atom = message.object if isinstance(message.object, Pid) else message.object[0]
    return Response(message.ref, error=CallExit(message.reason, server, None, timeout))


class RequestIds:
    """Requests of one process, each under a label, which is any object. Their answers come in any order.

    An object that its process lets go of gives up all that is in it, and nothing of them comes later.

        ids = rsp.RequestIds()
        for url in urls:
            ids.send_request(fetcher, url, label=url)
        while response := rsp.receive_response(ids, timeout=5.0):
            print(response.label, response.get())

    Mirrors gen_server:reqids_new/0 and its kin.
    """

    __slots__ = ("_labels", "_set")

    def __init__(self) -> None:
        self._set = _native.RequestSet()
        self._labels: dict[Ref, Any] = {}

    def add(self, request: Ref, label: Any) -> None:
        """Put a request in. Raises BadArgument if it is in already, or another process made it."""
        self._set.add(request)
        self._labels[request] = label

    def send_request(self, server: Any, request: Any, label: Any) -> Ref:
        """Send a request, and put it in. Does not block."""
        ref = send_request(server, request)
        try:
            self.add(ref, label)
        except BaseException:
            abandon_request(ref)
            raise
        return ref

    def __len__(self) -> int:
        return len(self._labels)

    def to_list(self) -> list[tuple[Ref, Any]]:
        """Each request with its label, in the order they were put in."""
        return list(self._labels.items())

    def abandon(self) -> None:
        """Give up all requests that are in it. Does not block."""
        self._set.clear()
        self._labels.clear()

    def _labelled(self, response: Response, delete: bool) -> Response:
        response = dataclasses.replace(response, label=self._labels[response.ref])
        if delete:
            self._set.remove(response.ref)
            del self._labels[response.ref]
        return response

    def _wait(self, timeout: float | None, delete: bool, give_up: bool) -> Response | None:
        if not self._labels:
            return None
        try:
            message = self._set.wait(timeout, give_up)
        except TimeoutError:
            if give_up:
                self.abandon()
            raise
        return None if message is None else self._labelled(_response(message, timeout), delete)

    def _check(self, message: Any, delete: bool) -> Response | None:
        if not isinstance(message, Response | Down) or message.ref not in self._labels:
            return None
        return self._labelled(_response(message), delete)

    # -- the forms that return their failure --

    try_add = returning(add)
    try_send_request = returning(send_request)


@overload
def receive_response(request: Ref, timeout: float | None = None) -> Any: ...
@overload
def receive_response(
    request: RequestIds, timeout: float | None = None, delete: bool = True
) -> Response | None: ...
def receive_response(request: Any, timeout: float | None = None, delete: bool = True) -> Any:
    """Wait for the answer to a request: its reply. At the timeout the request is given up.

    Of a RequestIds: wait for any answer, which is a Response; None if it is empty. At the timeout all are
    given up.

    Args:
        request: a Ref of send_request, or a RequestIds.
        timeout: seconds; None waits for ever.
        delete: whether an answered request is out of its RequestIds. If not it stays in, and nothing of it
            comes again.

    Raises:
        CallExit: the server ended, or does not exist. (Of a RequestIds it is in the Response.)
        TimeoutError: no answer in time.
        BadArgument: the request is over, or another process made it.

    Mirrors gen_server:receive_response/2, /3. Blocks.
    """
    if isinstance(request, RequestIds):
        return request._wait(timeout, delete, give_up=True)
    return _response(_native.wait_response(request, timeout, True), timeout).get()


@overload
def wait_response(request: Ref, timeout: float | None = None) -> Any: ...
@overload
def wait_response(
    request: RequestIds, timeout: float | None = None, delete: bool = True
) -> Response | None: ...
def wait_response(request: Any, timeout: float | None = None, delete: bool = True) -> Any:
    """As receive_response, but at the timeout nothing is given up: it may be waited for again.

    Mirrors gen_server:wait_response/2, /3. Blocks.
    """
    if isinstance(request, RequestIds):
        return request._wait(timeout, delete, give_up=False)
    return _response(_native.wait_response(request, timeout, False), timeout).get()


def check_response(message: Any, request: Ref | RequestIds, delete: bool = True) -> Response | None:
    """What came of a request, if this message is its answer: the request is over then. Else None.

    Args:
        message: as receive or handle_info has it.
        request: a Ref of send_request, or a RequestIds.
        delete: as of receive_response.

    Mirrors gen_server:check_response/2, /3. Does not block.
    """
    if isinstance(request, RequestIds):
        return request._check(message, delete)
    if not isinstance(request, Ref):
        raise BadArgument(f"request: a Ref of send_request or a RequestIds is needed, not {request!r}")
    is_answer = isinstance(message, Response | Down) and message.ref == request
    return _response(message) if is_answer else None


# ---- Several nodes ----


def node() -> Atom:
    """The name of this node: "nonode@nohost", as long as it is not one of several. Mirrors erlang:node/0."""
    name: Atom = _native.node()
    return name


class MultiCall(NamedTuple):
    """What came of multi_call: (node, reply) of each node that replied, and the other nodes."""

    replies: list[tuple[str, Any]]
    bad_nodes: list[str]


def _names_of(nodes: Iterable[str]) -> list[str]:
    if isinstance(nodes, str | bytes) or not isinstance(nodes, Iterable):
        raise BadArgument(f"nodes: a list of their names is needed, not {nodes!r}")
    return list(nodes)


def multi_call(nodes: Iterable[str], name: str, request: Any, timeout: float | None = None) -> MultiCall:
    """Call whoever has the name, on each of these nodes, and wait for all of them.

    A node where nobody has it, that gives no reply in time or cannot be reached is a bad one. Late replies
    are dropped.

    Args:
        nodes: of node(): no other one can be reached.
        name: of a server.
        request: what has a term (docs/python.md, "Values").
        timeout: seconds; None waits for ever.

    Mirrors gen_server:multi_call/4. Blocks.
    """
    nodes = _names_of(nodes)
    done = MultiCall([], [])
    for each, reply in zip(nodes, _native.multi_call(nodes, name, request, timeout), strict=True):
        if reply is None:
            done.bad_nodes.append(each)
        else:
            done.replies.append((each, reply[0]))
    return done


def abcast(nodes: Iterable[str], name: str, request: Any) -> None:
    """Cast to whoever has the name, on each of these nodes. Nothing says whom it reaches.

    Mirrors gen_server:abcast/3. Does not block.
    """
    _native.abcast(_names_of(nodes), name, request)


# ---- The forms that return their failure ----

try_send_request = returning(send_request)
try_abandon_request = returning(abandon_request)
try_receive_response = returning(receive_response)
try_wait_response = returning(wait_response)
try_check_response = returning(check_response)
try_multi_call = returning(multi_call)
try_abcast = returning(abcast)
