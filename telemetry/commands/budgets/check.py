"""`python -m telemetry budgets check`: says all that is wrong with a budget file."""

import argparse
import sys
from typing import Final

from telemetry.budgets.book import BudgetBook
from telemetry.budgets.check import problems_with_routes
from telemetry.budgets.load import read
from telemetry.budgets.problems import Problem
from telemetry.budgets.unmatched import UNMATCHED_ROUTES
from telemetry.budgets.warnings import warnings_of
from telemetry.commands.budgets import asking
from telemetry.commands.budgets.application import add_app, routes_named
from telemetry.commands.terminal import Commands, show

_NAME: Final = "check"


def add(commands: Commands) -> None:
    """Adds the action."""
    parser = commands.add_parser(
        _NAME,
        help="say all that is wrong with a budget file",
        description="Says all that is wrong with a budget file, each in one line: file:line:column: what; remedy.",
        epilog="Exit code: 0 if it can be used, warnings or not; 2 if not, or if the application cannot be loaded.",
    )
    asking.add_file(parser)
    add_app(parser, is_required=False)
    parser.set_defaults(run=asking.answered(_NAME, _check))


def _check(arguments: argparse.Namespace) -> int:
    path = asking.path_of(arguments)
    book, problems = read(path)
    routes: tuple[tuple[str, str], ...] = ()
    unloaded = None
    if arguments.app is not None:
        try:
            routes = routes_named(arguments.app)
        except asking.UsageError as error:
            unloaded = error
        else:
            problems = _merged(problems, () if book is None else problems_with_routes(book, routes))
    for problem in problems:
        show(sys.stdout, str(problem))
    if unloaded is not None:
        raise unloaded
    if problems or book is None:
        return asking.BAD
    for warning in warnings_of(book, routes):
        show(sys.stdout, f"warning: {warning}")
    show(sys.stdout, _summary(book, routes))
    return asking.OK


def _merged(*problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    return tuple(sorted({problem for group in problems for problem in group}))


def _summary(book: BudgetBook, routes: tuple[tuple[str, str], ...]) -> str:
    caches = sum(map(len, book.caches.values()))
    if not routes:
        return f"{book.path}: can be used; its routes were not looked for, name the application with --app"
    of_routes, of_unmatched = (len(book.applied(those)) - caches for those in (routes, UNMATCHED_ROUTES))
    counts = f"{of_routes} on {len(routes)} routes, {of_unmatched} on unmatched requests, {caches} on caches"
    return f"{book.path}: can be used; budgets: {counts}"
