"""A finding as text: in a failed test, in a terminal, in a report."""

from typing import Final

from telemetry.budgets.finding import Finding
from telemetry.request.statement import SentStatement

_MAX_SHOWN: Final = 300


def explained(finding: Finding) -> str:
    """What was seen, where the file says so, and the statements; a line each."""
    place = finding.budget.place
    lines = [f"{finding.message} ({finding.path}:{place.line}:{place.column})"]
    lines += [f"    {_sent(statement)}" for statement in finding.statements]
    return "\n".join(lines)


def _sent(statement: SentStatement) -> str:
    text = statement.fingerprint
    shown = text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"
    return f"{statement.count} x {shown}" + (f"\n        at {statement.source}" if statement.source else "")
