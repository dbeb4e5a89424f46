"""`python -m telemetry budgets build`: writes what others need to know of a budget file."""

import argparse
import sys
from pathlib import Path
from typing import Final

from telemetry.budgets.alerts import Links
from telemetry.budgets.build import Plan, applied_of, built, differences, has_dashboards, owners_of, write
from telemetry.budgets.check import problems_with_routes
from telemetry.budgets.problems import BudgetFileError
from telemetry.budgets.receivers import LOCAL, load_receivers
from telemetry.commands.budgets import asking
from telemetry.commands.budgets.application import add_app, routes_named
from telemetry.commands.terminal import Commands, show
from telemetry.errors import ConfigurationError

_NAME: Final = "build"
_LINKS: Final = Links()
_ADDRESSES: Final = ("http://", "https://")
# Prometheus scrapes four times a second then.
_FASTEST: Final = 60


def add(commands: Commands) -> None:
    """Adds the action."""
    parser = commands.add_parser(
        _NAME,
        help="write Prometheus rules with their tests, configurations and dashboards",
        description="Writes the files that are generated from a budget file. They are to be committed.",
        epilog="Exit code: 0 if they are as they should be; 1 with --check if not; 2 if something cannot be used.",
    )
    asking.add_file(parser)
    add_app(parser, is_required=True)
    parser.add_argument(
        "--out", type=Path, default=Path("dashboards"), help="directory to write to; default dashboards"
    )
    parser.add_argument("--check", action="store_true", help="write nothing, and show what would change")
    parser.add_argument(
        "--receivers",
        type=Path,
        metavar="FILE",
        help="whom alerts are sent to in this environment; default: a webhook on 127.0.0.1:9099",
    )
    parser.add_argument(
        "--runbooks",
        default=_LINKS.runbooks,
        metavar="URL",
        help=f"where the pages of the alerts are; default {_LINKS.runbooks}",
    )
    parser.add_argument(
        "--grafana", default=_LINKS.grafana, metavar="URL", help=f"where alerts link to; default {_LINKS.grafana}"
    )
    parser.add_argument(
        "--faster",
        type=int,
        choices=range(1, _FASTEST + 1),
        default=1,
        metavar="TIMES",
        help=f"divide all times of rules and alerts, for demonstrations and tests; 1 to {_FASTEST}, where an hour is a"
        " minute; default 1",
    )
    parser.set_defaults(run=asking.answered(_NAME, _build))


def _build(arguments: argparse.Namespace) -> int:
    files, out = built(_plan(arguments)), arguments.out
    if not has_dashboards():
        show(sys.stderr, f"{_NAME}: no dashboards, for want of Grafana's SDK: install candid-telemetry[dashboards]")
    if not arguments.runbooks.startswith(_ADDRESSES):
        what = (
            f"alerts link to {arguments.runbooks}, which is no address that can be opened; name one with --runbooks URL"
        )
        show(sys.stderr, f"{_NAME}: {what}")
    if arguments.check:
        difference = differences(files, out)
        if difference:
            show(sys.stdout, difference.rstrip("\n"))
            show(sys.stderr, f"{_NAME}: {out} is not what the budgets say; run the same without --check, and commit")
        return asking.EXCEEDED if difference else asking.OK
    changed = write(files, out)
    for path in changed:
        show(sys.stdout, f"wrote {path}")
    show(sys.stdout, f"{len(files)} files in {out}, {len(changed)} of them changed")
    return asking.OK


def _plan(arguments: argparse.Namespace) -> Plan:
    book = asking.book_of(arguments)
    routes = routes_named(arguments.app)
    problems = problems_with_routes(book, routes)
    if problems:
        raise BudgetFileError(problems)
    applied = applied_of(book, routes)
    try:
        receivers = LOCAL if arguments.receivers is None else load_receivers(arguments.receivers, owners_of(applied))
    except ConfigurationError as error:
        raise asking.UsageError(str(error)) from error
    return Plan(book, applied, receivers, Links(arguments.runbooks, arguments.grafana), arguments.faster)
