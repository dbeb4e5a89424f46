"""`python -m telemetry budgets explain`: says which budgets each route has, and from which line."""

import argparse
import sys
from typing import Final

from telemetry.budgets.check import problems_with_routes
from telemetry.budgets.explain import explained
from telemetry.budgets.problems import BudgetFileError
from telemetry.commands.budgets import asking
from telemetry.commands.budgets.application import add_app, routes_named
from telemetry.commands.terminal import Commands, show

_NAME: Final = "explain"


def add(commands: Commands) -> None:
    """Adds the action."""
    parser = commands.add_parser(
        _NAME,
        help="say which budgets each route has, and from which line",
        description="Says, for each route and each namespace of cache keys, its budgets and the line that states them.",
        epilog="Exit code: 0, or 2 if the file cannot be used or the application cannot be loaded.",
    )
    asking.add_file(parser)
    add_app(parser, is_required=True)
    parser.set_defaults(run=asking.answered(_NAME, _explain))


def _explain(arguments: argparse.Namespace) -> int:
    book = asking.book_of(arguments)
    routes = routes_named(arguments.app)
    problems = problems_with_routes(book, routes)
    if problems:
        raise BudgetFileError(problems)
    show(sys.stdout, explained(book, routes))
    return asking.OK
