"""The demo's command line: ``python -m resprout.demo [DIR]``."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, TextIO

import resprout as rsp
from resprout.demo import chaos, corpus, poison, report, verify
from resprout.demo.names import POISONED, ROOT
from resprout.demo.outcome import Failure, Figures, GivenUp
from resprout.demo.recorder import Record
from resprout.demo.run import Answers, TreeEndedError, run
from resprout.demo.store import Store, StoreError, default_path
from resprout.demo.tree import Plan

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from resprout.demo.store import Key

_EPILOG = """\
A file that can't be analysed (empty, bad UTF-8, a NUL) ends the process that tries: its supervisor starts
another, the file gets the reason and is not tried again. Results are kept in the store: a second run finds
them there.

Left out of the list, and counted as skipped: what ends in .gz, has a NUL in its first 4 KiB, can't be read,
is a link or no regular file, or is another name of a file that is listed. The list, all sizes and all digests
are fixed at the start: a file that changes or vanishes later fails for that, and the next run does it.

With --poison the files of one type get a subtree of their own, which fails for good: its supervisor gives up,
the rest goes on, and the table says what was given up, and why.

exit status:
  0    all is well; what --poison took is counted apart
  1    a file was lost, or differs
  2    wrong use
  130  interrupted; the store keeps what is done
  141  nobody reads the output any more; the same
"""
_SHOWN_MISMATCHES = 20
_WRONG_USE = 2
_INTERRUPTED = 128 + signal.SIGINT
_UNREAD = 128 + signal.SIGPIPE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m resprout.demo",
        description="Analyse real files with a pool of processes in C++, under a tree that heals.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "directory",
        metavar="DIR",
        nargs="?",
        help="analyse the files of this tree (default: Python's standard library, and /usr/share)",
    )
    parser.add_argument(
        "--limit", metavar="N", type=_positive, help="only N of the files, spread evenly over all"
    )
    parser.add_argument(
        "--workers",
        metavar="N",
        type=_positive,
        default=len(os.sched_getaffinity(0)),
        help="analyser processes (default: one for each processor, %(default)s)",
    )
    parser.add_argument(
        "--store", metavar="PATH", default=default_path(), help="keep the results here (default: %(default)s)"
    )
    parser.add_argument(
        "--fresh", action="store_true", help="forget what the store holds, and analyse all again"
    )
    parser.add_argument(
        "--chaos",
        metavar="SEED",
        type=int,
        help="kill processes at random, at every level below the root, while it runs",
    )
    parser.add_argument(
        "--poison",
        action="store_true",
        help="give the files of the commonest type to a subtree that can take none, and see it give up",
    )
    parser.add_argument(
        "--poison-ending",
        metavar="ENDING",
        type=_ending,
        help="--poison, and its files are those that end so (.rst)",
    )
    parser.add_argument(
        "--verify",
        action="store_true",
        help="compute everything again in plain Python, and compare results, failures and the store's rows",
    )
    parser.add_argument(
        "--log", action="store_true", help="write the report of every end and restart to stderr"
    )
    return parser


def _positive(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of 1 or more")
    return value


def _ending(text: str) -> str:
    if not text or os.sep in text:
        raise argparse.ArgumentTypeError(f"{text!r} is no ending of a name, as .rst is")
    return text


class _LastEnd(logging.Handler):
    """Remembers what supervisors said last of a child that ended: why one of them gave up, if it did."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.words = ""
        self.poison = ""

    def emit(self, record: logging.LogRecord) -> None:
        match getattr(record, "resprout", None):
            case {
                "errorContext": "child_terminated",
                "supervisor": supervisor,
                "offender": {"id": child},
                "reason": reason,
            }:
                if supervisor == ROOT:
                    self.words = f"{child} ended: {reason!r}"
                if supervisor == POISONED:
                    self.poison = _words(reason)


def _words(reason: object) -> str:
    match reason:
        case (("exception", _, str() as kind, str() as text), _):
            return f"{kind.rpartition('.')[2]}: {text}"
    return rsp.format_reason(reason)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo. Returns the exit status."""
    options = _parser().parse_args(arguments)
    last_end = _configure_log(options.log)
    try:
        return _run(options, sys.stdout, last_end)
    except (corpus.CorpusError, StoreError) as error:
        print(f"resprout.demo: {error}", file=sys.stderr)
        return _WRONG_USE
    except KeyboardInterrupt:
        print("resprout.demo: interrupted", file=sys.stderr)
        return _INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is buffered
        return _UNREAD


def _configure_log(wanted: bool) -> _LastEnd:
    """Write the reports, or none: each bad file is a crash and a restart, and the table counts them."""
    log = logging.getLogger("resprout")
    if wanted:
        logging.basicConfig(format="%(name)s: %(message)s", level=logging.INFO)
    else:
        log.setLevel(logging.CRITICAL)
        log.propagate = False
    last_end = _LastEnd()
    supervisors = logging.getLogger("resprout.supervisor")
    supervisors.setLevel(logging.ERROR)
    supervisors.addHandler(last_end)
    return last_end


def _poisoned(options: argparse.Namespace, listed: corpus.Corpus) -> str | None:
    """What the files for the subtree that fails for good end in; None: there is no such subtree."""
    ending: str | None = options.poison_ending
    if ending is None and not options.poison:
        return None
    ending = ending or listed.commonest_ending
    if not ending or not any(file.is_poisoned(ending) for file in listed.files):
        raise corpus.CorpusError(
            f"no file to analyse ends with {ending or 'a type, as .rst is'}: nothing for --poison to take"
        )
    return ending


def _run(options: argparse.Namespace, out: TextIO, last_end: _LastEnd) -> int:
    with Store(options.store) as store:  # before any work: what is wrong with it is best said now
        if options.fresh:
            store.clear()
    listed = corpus.select(options.directory)
    if options.limit is not None:
        listed = corpus.spread(listed, options.limit)
    if not listed.files:
        raise corpus.CorpusError(
            f"{options.directory or 'the default'}: no file to analyse, and {listed.total_skipped:,} entries "
            "left out (--help says which are); give a directory with texts in it"
        )
    poisoned = _poisoned(options, listed)
    plan = Plan(
        listed,
        options.store,
        options.workers,
        0 if options.chaos is None else chaos.kills_for(len(listed.files)),
        poisoned,
    )
    with Store(options.store) as store:
        known = store.rows_of(listed).keys()
    _announce(plan, known, out)
    try:
        with report.progress(out, files=len(listed.files), total_bytes=listed.total_bytes) as show:
            answers = run(plan, options.chaos, show)
    except TreeEndedError as error:
        print(f"resprout.demo: {error}; {last_end.words or '--log shows why'}", file=sys.stderr)
        answers = Answers({}, Record(0, (), 0))
    except KeyboardInterrupt:
        return _say_interrupted(plan)
    summary = _summarise(plan, answers, known, last_end.poison)
    if options.verify:
        summary = _verify(summary, plan, answers, out)
    report.write_summary(out, summary)
    return summary.exit_status


def _announce(plan: Plan, known: Collection[Key], out: TextIO) -> None:
    files = len(plan.corpus.files)
    stored = f" ({len(known):,} are in the store: --fresh forgets them)" if known else ""
    kills = f"; {plan.kills} of its processes will be killed" if plan.kills else ""
    print(
        f"{files:,} files, {files - len(known):,} of them to analyse{stored}; "
        f"{plan.corpus.total_skipped:,} left out; analysers: {plan.workers}{kills}",
        file=out,
        flush=True,
    )


def _say_interrupted(plan: Plan) -> int:
    with Store(plan.store) as store:
        done = len(store.rows_of(plan.corpus))
    print(
        f"resprout.demo: interrupted; the tree was stopped in order, and the store has {done:,} of "
        f"{len(plan.corpus.files):,} files: run again to go on there",
        file=sys.stderr,
    )
    return _INTERRUPTED


def _summarise(plan: Plan, answers: Answers, known: Collection[Key], cause: str) -> report.Summary:
    outcomes = answers.outcomes
    return report.Summary(
        files=len(plan.corpus.files),
        results=sum(isinstance(outcome, Figures) for outcome in outcomes.values()),
        failures=Counter(outcome.kind for outcome in outcomes.values() if isinstance(outcome, Failure)),
        skipped=plan.corpus.skipped,
        restarts=answers.record.restarts,
        lost=len(verify.lost_files(plan.corpus, outcomes)),
        mismatches=0,
        total_bytes=plan.corpus.total_bytes,
        elapsed_s=answers.record.worked_ns / 1e9,
        recoveries_ns=answers.record.recoveries_ns,
        intensity=plan.intensity,
        known=len(known),
        known_bytes=sum(file.size for file in plan.corpus.files if file.key in known),
        poison=plan.poison,
        given_up=sum(isinstance(outcome, GivenUp) for outcome in outcomes.values()),
        cause=f"{cause}; after {poison.RESTARTS} restarts its supervisor gave up"
        if cause
        else "nothing was asked of it",
    )


def _verify(summary: report.Summary, plan: Plan, answers: Answers, out: TextIO) -> report.Summary:
    expected = verify.recompute(plan.corpus, report.counter(out, "verified", len(plan.corpus.files)))
    with Store(plan.store) as store:
        rows = store.rows_of(plan.corpus)
    comparison = verify.compare(plan.corpus, answers.outcomes, rows, expected, plan.poison)
    for mismatch in comparison.differences[:_SHOWN_MISMATCHES]:
        print(mismatch, file=out)
    if len(comparison.differences) > _SHOWN_MISMATCHES:
        print(f"... and {len(comparison.differences) - _SHOWN_MISMATCHES} more", file=out)
    return replace(summary, verified=True, lost=len(comparison.lost), mismatches=comparison.mismatches)


if __name__ == "__main__":
    sys.exit(main())
