"""`python -m telemetry budgets report`: what is left of each budget."""

import argparse
import sys
from typing import Final

from telemetry.budgets.book import BudgetBook
from telemetry.budgets.history import Window
from telemetry.budgets.report import Report, Source, reported
from telemetry.budgets.report_text import as_json, table
from telemetry.budgets.tallies import Pair, added_up, extrapolated, slices_of
from telemetry.commands.budgets import asking
from telemetry.commands.terminal import Commands, show

_NAME: Final = "report"
_DAY_SECONDS: Final = 86_400


def add(commands: Commands) -> None:
    """Adds the action."""
    parser = commands.add_parser(
        _NAME,
        help="say what is left of each budget, the worst first",
        description="Says what is left of each budget over the window of the file, the worst first.",
        epilog="Exit code: 0 with a report, whatever it says; 2 bad file, bad usage or no answer; 3 nothing is known.",
    )
    asking.add_file(parser)
    asking.add_prometheus(parser)
    parser.add_argument(
        "--read",
        choices=("counters", "rules"),
        default="counters",
        help="the counters themselves (default), or what the rules of `budgets build` record of them, which is cheaper",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=asking.answered(_NAME, _report))


def _report(arguments: argparse.Namespace) -> int:
    book, prometheus = asking.book_of(arguments), asking.prometheus_of(arguments)
    window = Window(book.window_days * _DAY_SECONDS, prometheus.now())
    report = reported(book, prometheus, window, _source(arguments.read, book))
    show(sys.stdout, as_json(report) if arguments.json else table(report))
    return asking.OK if _is_known(report) else asking.INSUFFICIENT


def _source(what: str, book: BudgetBook) -> Source:
    if what == "rules":
        return Source(Pair.slices(book.service, book.window_days), added_up, slices_of(book.window_days))
    return Source(Pair.counters(book.service), extrapolated)


def _is_known(report: Report) -> bool:
    return any(row.tally.events for row in report.rows)
