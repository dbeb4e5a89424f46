"""`python -m telemetry budgets gate`: after a deploy."""

import argparse
import json
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from telemetry.budgets.finding import Outcome
from telemetry.budgets.gate import Gate, gated
from telemetry.budgets.gate_text import as_json, table
from telemetry.budgets.history import Window
from telemetry.budgets.junit import junit_xml
from telemetry.budgets.sarif import sarif_log
from telemetry.commands.budgets import asking
from telemetry.commands.budgets.application import add_app, routes_named
from telemetry.commands.terminal import Commands, show

_NAME: Final = "gate"


def add(commands: Commands) -> None:
    """Adds the action."""
    parser = commands.add_parser(
        _NAME,
        help="hold what Prometheus counted since a deploy against the budgets",
        description="Holds what a Prometheus counted since a deploy against the budgets of a file.",
        epilog="Exit code: 0 within, 1 exceeded, 2 bad file, bad usage or no answer, 3 not enough data to say so.",
    )
    asking.add_file(parser)
    asking.add_prometheus(parser)
    parser.add_argument(
        "--since", type=asking.length, default="1h", metavar="LENGTH", help="how long ago the deploy was; default 1h"
    )
    parser.add_argument(
        "--need",
        choices=("all", "any"),
        default="all",
        help="how many budgets must have had enough events for exit code 0; default all",
    )
    add_app(parser, is_required=False)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write JUnit XML, too")
    parser.add_argument("--sarif", type=Path, metavar="FILE", help="write SARIF, too")
    parser.set_defaults(run=asking.answered(_NAME, _gate))


def _gate(arguments: argparse.Namespace) -> int:
    book, prometheus = asking.book_of(arguments), asking.prometheus_of(arguments)
    routes = None if arguments.app is None else routes_named(arguments.app)
    gate = gated(book, prometheus, Window(arguments.since, prometheus.now()), routes)
    if arguments.junit is not None:
        arguments.junit.write_text(junit_xml(gate.findings, f"budgets of {gate.service}"), encoding="utf-8")
    if arguments.sarif is not None:
        log = sarif_log(gate.findings, _version())
        arguments.sarif.write_text(json.dumps(log, indent=2, ensure_ascii=False), encoding="utf-8")
    show(sys.stdout, as_json(gate) if arguments.json else table(gate))
    return _code(gate, arguments.need)


def _code(gate: Gate, need: str) -> int:
    if gate.number(Outcome.EXCEEDED):
        return asking.EXCEEDED
    wanted = len(gate.judged) if need == "all" else 1
    is_known = gate.judged and gate.number(Outcome.WITHIN) >= wanted
    return asking.OK if is_known else asking.INSUFFICIENT


def _version() -> str:
    try:
        return version("candid-telemetry")
    except PackageNotFoundError:
        return "0"
