"""`python -m telemetry budgets`: what is done with a budget file."""

from collections.abc import Callable
from typing import Final

from telemetry.commands.budgets import build, check, explain, gate, report, schema, suggest
from telemetry.commands.terminal import Commands

# Each file of this package adds its own action.
_ACTIONS: Final[tuple[Callable[[Commands], None], ...]] = (
    check.add,
    explain.add,
    build.add,
    schema.add,
    gate.add,
    report.add,
    suggest.add,
)


def add(commands: Commands) -> None:
    """Adds the command with its actions."""
    parser = commands.add_parser("budgets", help="check, explain, build, gate, report and suggest performance budgets")
    actions = parser.add_subparsers(required=True, metavar="action")
    for add_action in _ACTIONS:
        add_action(actions)
