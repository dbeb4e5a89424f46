"""`python -m telemetry budgets schema`: for editors."""

import argparse
import sys

from telemetry.budgets.schema import schema_text
from telemetry.commands.terminal import Commands, show


def add(commands: Commands) -> None:
    """Adds the action."""
    parser = commands.add_parser(
        "schema",
        help="print the JSON Schema of budget files, for editors",
        description="Prints the JSON Schema of budget files, from which editors complete and check them.",
    )
    parser.set_defaults(run=_schema)


def _schema(_arguments: argparse.Namespace) -> int:
    show(sys.stdout, schema_text().rstrip())
    return 0
