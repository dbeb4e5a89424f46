"""Tallies as plain lists and numbers: how they go from a worker process to the one that sums up."""

from decimal import Decimal
from typing import Any

from telemetry.budgets.model import Alerts, Budget, Kind, Place, Subject
from telemetry.request.statement import SentStatement
from telemetry.testing.tally import Tallies, Tally, TallyKey


def packed(tallies: Tallies) -> dict[str, Any]:
    """Plain values, which JSON and execnet take."""
    return {
        "requests": tallies.requests,
        "dropped": tallies.dropped,
        "tallies": [[_packed_key(key), _packed_tally(tally)] for key, tally in tallies],
    }


def unpacked(data: dict[str, Any]) -> Tallies:
    """The tallies that were packed."""
    tallies = Tallies(data["requests"], data["dropped"])
    for key, values in data["tallies"]:
        tally = tallies.of(_unpacked_key(key))
        if tally is not None:
            tally.merge(_unpacked_tally(values))
    return tallies


def _packed_key(key: TallyKey) -> list[Any]:
    budget = key.budget
    said = [budget.name, budget.kind.value, str(budget.limit), str(budget.objective), budget.alerts.value]
    return [key.path, list(key.subject), [*said, budget.min_events, budget.owner, list(budget.place)]]


def _unpacked_key(values: list[Any]) -> TallyKey:
    path, subject, (name, kind, limit, objective, alerts, min_events, owner, place) = values
    exact = (Decimal(limit), Decimal(objective))
    budget = Budget(name, Kind(kind), *exact, Alerts(alerts), min_events, owner, Place(*place))
    return TallyKey(path, Subject(*subject), budget)


def _packed_tally(tally: Tally) -> list[Any]:
    counts = [tally.events, tally.over, tally.unknown, tally.breaches, tally.worst]
    return [
        *counts,
        [_packed_statement(statement) for statement in tally.statements],
        list(tally.seen_in),
        tally.outside,
    ]


def _packed_statement(statement: SentStatement) -> list[Any]:
    return [statement.fingerprint, statement.count, statement.source]


def _unpacked_tally(values: list[Any]) -> Tally:
    events, over, unknown, breaches, worst, statements, seen_in, outside = values
    sent = tuple(SentStatement(*statement) for statement in statements)
    return Tally(events, over, unknown, breaches, worst, sent, tuple(seen_in), outside)
