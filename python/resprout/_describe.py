"""Exit reasons and reports as text for people: what an exception's message and a line of the log say.

Reasons are data, for programs; docs/semantics.md has their shapes. Here each shape gets its sentence.
"""

from __future__ import annotations

from typing import Any

from resprout._values import Atom

__all__ = ["format_reason", "plain", "report_text"]

_LONGEST = 1024
_DEEPEST = 16  # nested reasons: a call that failed because a call failed because ...

_WORDS = {
    "noproc": "noproc: there is no such process; a name is free while its owner is being restarted",
    "calling_self": "calling_self: a process cannot wait for its own answer",
    "reached_max_restart_intensity": "it ended more often than max_restarts allows: the supervisor ends",
}


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."


def _shown(value: Any, depth: int) -> str:
    if isinstance(value, Atom):
        return str(value)
    if depth == 0:
        return repr(value)
    if type(value) is tuple:
        inner = [_shown(each, depth - 1) for each in value]
        return f"({inner[0]},)" if len(inner) == 1 else f"({', '.join(inner)})"
    if type(value) is list:
        return f"[{', '.join(_shown(each, depth - 1) for each in value)}]"
    if type(value) is dict:
        pairs = (f"{_shown(key, depth - 1)}: {_shown(each, depth - 1)}" for key, each in value.items())
        return f"{{{', '.join(pairs)}}}"
    return repr(value)


def plain(value: Any) -> str:
    """A value as repr shows it, but for atoms, which are bare words."""
    return _cut(_shown(value, _DEEPEST))


def _place(frames: list[Any]) -> str:
    """Where it happened: the innermost frame."""
    match frames:
        case [(str() as file, int() as line, str() as function), *_]:
            return f", in {function} ({file}:{line})" if function else f" ({file}:{line})"
    return ""


def _failure(value: Any, frames: list[Any]) -> str:
    """An error or a throw: what stands before the frames."""
    match value:
        case ("exception", str() as language, str() as kind, str() as message):
            origin = "" if language == "python" else f" ({language})"
            return f"{kind}{origin}: {message}{_place(frames)}"
        case ("undef", str() as callback):
            return f"it has no {callback} (undef)"
        case ("nocatch", thrown):
            return f"a throw that nobody caught: {plain(thrown)}{_place(frames)}"
    return f"{plain(value)}{_place(frames)}"


def format_reason(reason: Any) -> str:
    """The reason of a Down, an ExitSignal, a CallExit or a StartError in words: what failed, and where.

    For people; its wording may change. Mirrors Exception.format_exit/1 (Elixir).
    """
    return _reason(reason, _DEEPEST)


def _reason(reason: Any, depth: int) -> str:
    if isinstance(reason, str) and reason in _WORDS:
        return _WORDS[reason]
    if type(reason) is not tuple or depth == 0:
        return plain(reason)
    match reason:
        case ("shutdown", ("failed_to_start_child", child, why)) | ("failed_to_start_child", child, why):
            return _cut(f"child {plain(child)} did not start: {_reason(why, depth - 1)}")
        case ("library", str(), str() as symbol, str() as why):
            return f"{why} (to load {symbol})"
        case ("bad_return_value", returned):
            return f"bad_return_value: a callback returned {plain(returned)}, and no Reply, NoReply or Stop"
        case ("already_started", holder):
            return f"already_started: {plain(holder)} has the name or the id"
        case ("start_spec", why):
            return f"the specification of the children is malformed: {_reason(why, depth - 1)}"
        case ("supervisor_data", why):
            return f"the options of the supervisor are malformed: {_reason(why, depth - 1)}"
        case ("duplicate_child_name", child):
            return (
                f"two children have the id {plain(child)} (duplicate_child_name): give each an id= of its own"
            )
        case ("bad_combination", [("auto_shutdown", _), _]):
            return (
                "a child is significant, and its supervisor's auto_shutdown is never (bad_combination):"
                " no end of a child would end it"
            )
        case ("bad_combination", [("restart", "temporary"), (what, _)]):
            return f"a child is temporary, and so never started again (bad_combination): {what} is in vain"
        case ("bad_combination", [("fatal", _), ("backoff", _)]):
            return "a child is fatal, and so never started again (bad_combination): backoff is in vain"
        case ("bad_combination", [("restart", _), _]):
            return (
                "a child is significant and permanent (bad_combination): it is restarted, and so never ends;"
                " make it transient or temporary"
            )
        case (why, ("call", server, _, _)):
            return _cut(f"its call of {plain(server)} failed: {_reason(why, depth - 1)}")
        case (value, list() as frames):
            return _cut(_failure(value, frames))
    return plain(reason)


# ---- Reports ----

_STAGES = {
    "start_error": "did not start",
    "child_terminated": "ended",
    "shutdown_error": "did not end as it was told",
    "shutdown": "is not started again",
}


def _who(name: Any, module: Any, pid: Any) -> str:
    """Name, kind and pid, without what is not there: counter (Counter, <0.4.1>)."""
    known = [str(each) for each in (module, pid) if each not in (None, "undefined")]
    if name in (None, "undefined"):
        name = known.pop(0) if known else "a process"
    elif name == module:
        known.pop(0)
    shown = name if isinstance(name, str) else plain(name)
    return f"{shown} ({', '.join(known)})" if known else shown


def _name(report: dict[str, Any]) -> Any:
    """The registered name, or else the label."""
    name = report.get("registered_name")
    return report.get("process_label") if name in (None, "undefined") else name


def _fields(report: dict[str, Any], keys: tuple[str, ...]) -> str:
    """The rest of a report, in its order."""
    rest = (
        f"; {key}: {plain(report[key])}" for key in keys if report.get(key) not in (None, [], "undefined")
    )
    return "".join(rest)


def _where(stack: Any, system_call: Any) -> str:
    """Where native code is: the innermost frames. All of them are in the report itself."""
    if type(stack) is not list or not stack:
        return ""
    waits = f", waiting in system call {system_call}" if isinstance(system_call, int) else ""
    return f"{waits}, at {', from '.join(str(each) for each in stack[:4])}"


def _traced(report: dict[str, Any]) -> str:
    """What a traced process has done: took call from <0.4.1>: request."""
    event = report.get("event")
    client = plain(report.get("client"))
    content = f": {plain(report['last_message'])}" if "last_message" in report else ""
    match event:
        case "state_change":
            return f"went from {plain(report.get('from'))} to {plain(report.get('to'))}"
        case "reply":
            return f"replied to {client}{content}"
        case "call":
            return f"took call from {client}{content}"
        case ("timeout", name):
            return f"took timeout {plain(name)}{content}"
    return f"took {plain(event)}{content}"


def report_text(report: dict[str, Any]) -> str:
    """A report in one line."""
    why = format_reason(report.get("reason"))
    match report.get("report"):
        case "supervisor_report" if type(offender := report.get("offender")) is dict:
            stage = report.get("errorContext")
            what = _STAGES.get(str(stage), plain(stage))
            child = _who(offender.get("id"), offender.get("module"), offender.get("pid"))
            restart = plain(offender.get("restart"))
            by = plain(report.get("supervisor"))
            decided = _fields(report, ("decision",))
            return f"supervisor {by}: the {restart} child {child} {what}: {why}{decided}"
        case "progress" if type(started := report.get("started")) is dict:
            child = _who(started.get("id"), started.get("module"), started.get("pid"))
            return f"supervisor {plain(report.get('supervisor'))}: the child {child} is up"
        case "server_report":
            who = _who(_name(report), report.get("module"), report.get("pid"))
            return f"{who} ended: {why}{_fields(report, ('last_message', 'client', 'state'))}"
        case "crash_report" | "process_error":
            who = _who(_name(report), report.get("initial_call"), report.get("pid"))
            return f"{who} ended: {why}{_fields(report, ('ancestors', 'messages', 'dictionary'))}"
        case "application_report":
            which = f"application {plain(report.get('application'))} ({plain(report.get('type'))})"
            follows = "; all applications end" if report.get("decision") == "shutdown" else ""
            return f"{which} ended: {format_reason(report.get('exited'))}{follows}"
        case "trace_report":
            return f"{_who(_name(report), None, report.get('pid'))} {_traced(report)}"
        case "stuck_turn":
            who = _who(report.get("registered_name"), None, report.get("pid"))
            took = report.get("milliseconds")
            where = _where(report.get("native_stack"), report.get("system_call"))
            return f"{who} has computed for {took} ms and not returned{where}: its worker is another's now"
    return ", ".join(f"{key}: {plain(value)}" for key, value in report.items() if key != "report")
