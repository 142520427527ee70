"""The demo's command line: ``python -m resprout.demo [DIR]``."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, TextIO

from resprout.demo import chaos, corpus, report, verify
from resprout.demo.outcome import Failure, Figures
from resprout.demo.recorder import Record
from resprout.demo.run import Answers, TreeEndedError, run
from resprout.demo.store import Store, StoreError, default_path
from resprout.demo.tree import Plan

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from resprout.demo.store import Key

_EPILOG = """\
A file that can't be analysed (empty, bad UTF-8, a NUL) ends the process that tries: its supervisor starts another,
the file gets the reason and is not tried again. Results are kept in the store: a second run finds them there.

exit status: 0 all is well; 1 a file was lost or differs; 2 wrong use; 130 interrupted (the store keeps what is done)
"""
_SHOWN_MISMATCHES = 20
_WRONG_USE = 2
_INTERRUPTED = 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m resprout.demo",
        description="Analyse real files with a pool of C++ processes, under a tree of supervisors that heals.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "directory",
        metavar="DIR",
        nargs="?",
        help="analyse the files of this tree (default: the *.py files of Python's standard library, and /usr/share)",
    )
    parser.add_argument("--limit", metavar="N", type=_positive, help="only N of the files, spread evenly over all")
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
    parser.add_argument("--fresh", action="store_true", help="forget what the store holds, and analyse all again")
    parser.add_argument(
        "--chaos",
        metavar="SEED",
        type=int,
        help="kill processes at random, at every level below the root, while it runs",
    )
    parser.add_argument(
        "--verify",
        action="store_true",
        help="compute everything again in plain Python, and compare results, failures and the store's rows",
    )
    parser.add_argument("--log", action="store_true", help="write the report of every end and restart to stderr")
    return parser


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return value


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo. Returns the exit status."""
    options = _parser().parse_args(arguments)
    _configure_log(options.log)
    try:
        return _run(options, sys.stdout)
    except (corpus.CorpusError, StoreError) as error:
        print(f"resprout.demo: {error}", file=sys.stderr)
        return _WRONG_USE
    except KeyboardInterrupt:
        print("resprout.demo: interrupted; what was done is in the store", file=sys.stderr)
        return _INTERRUPTED


def _configure_log(wanted: bool) -> None:
    log = logging.getLogger("resprout")
    if wanted:
        logging.basicConfig(format="%(name)s: %(message)s", level=logging.INFO)
    else:
        log.setLevel(logging.CRITICAL + 1)  # each bad file is a crash and a restart: the table counts them


def _run(options: argparse.Namespace, out: TextIO) -> int:
    with Store(options.store) as store:  # before any work: what is wrong with it is best said now
        if options.fresh:
            store.clear()
    listed = corpus.select(options.directory)
    if options.limit is not None:
        listed = corpus.spread(listed, options.limit)
    kills = 0 if options.chaos is None else chaos.kills_for(len(listed.files))
    plan = Plan(listed, options.store, options.workers, kills)
    with Store(options.store) as store:
        known = store.rows_of(listed).keys()
    try:
        with report.progress(out, files=len(listed.files), total_bytes=listed.total_bytes) as show:
            answers = run(plan, options.chaos, show)
    except TreeEndedError as error:
        print(f"resprout.demo: {error}; --log shows why", file=sys.stderr)
        answers = Answers({}, Record(0, (), 0))
    summary = _summarise(plan, answers, known)
    if options.verify:
        summary = _verify(summary, plan, answers, out)
    report.write_summary(out, summary)
    return summary.exit_status


def _summarise(plan: Plan, answers: Answers, known: Collection[Key]) -> report.Summary:
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
    )


def _verify(summary: report.Summary, plan: Plan, answers: Answers, out: TextIO) -> report.Summary:
    print("verifying in plain Python ...", file=out, flush=True)
    expected = verify.recompute(plan.corpus)
    with Store(plan.store) as store:
        rows = store.rows_of(plan.corpus)
    comparison = verify.compare(plan.corpus, answers.outcomes, rows, expected)
    for mismatch in comparison.differences[:_SHOWN_MISMATCHES]:
        print(mismatch, file=out)
    if len(comparison.differences) > _SHOWN_MISMATCHES:
        print(f"... and {len(comparison.differences) - _SHOWN_MISMATCHES} more", file=out)
    return replace(summary, verified=True, lost=len(comparison.lost), mismatches=comparison.mismatches)


if __name__ == "__main__":
    sys.exit(main())
