"""What is said of a budget after tests."""

from collections.abc import Mapping
from typing import Final

from telemetry.budgets.confidence import events_needed, outcome_of
from telemetry.budgets.finding import Finding, Outcome
from telemetry.budgets.judge import Verdict
from telemetry.budgets.model import DETERMINISTIC_KINDS, Kind, decimal_text
from telemetry.budgets.verdict_text import figure_text
from telemetry.testing.tally import Tally, TallyKey

#: Kinds of which each request of a test is held to the limit.
PER_REQUEST: Final = DETERMINISTIC_KINDS
#: Kinds of which the share within one test counts, and only where the test says that its requests are typical.
PER_TEST: Final = frozenset({Kind.ERROR_RATE, Kind.HIT_RATIO})
# All others are times: judged over the whole run, once there are enough.

_TIMES: Final[Mapping[Kind, str]] = {
    Kind.LATENCY: "responses took more than {} ms",
    Kind.DB_TIME: "requests spent more than {} ms in statements",
    Kind.DB_SHARE: "responses spent more than the share {} in the database",
    Kind.CACHE_LATENCY: "look-ups took more than {} ms",
}


def finding_of(key: TallyKey, tally: Tally) -> Finding:
    """What may be said of a budget after all events of *tally*."""
    if key.budget.kind in PER_REQUEST | PER_TEST:
        outcome, needed, message = _counted(key, tally)
    else:
        outcome, needed, message = _timed(key, tally)
    return Finding(
        outcome,
        key.subject,
        key.budget,
        key.path,
        message,
        tally.events,
        tally.over,
        needed,
        tally.statements,
        tally.seen_in,
    )


def is_share_exceeded(key: TallyKey, tally: Tally) -> bool:
    """Whether more events of a test are over than the share that is allowed."""
    return tally.over > key.budget.allowed * tally.events


def _counted(key: TallyKey, tally: Tally) -> tuple[Outcome, int | None, str]:
    limit = key.budget.limit_text
    often = "" if tally.events < 2 else f" ({tally.over} of {tally.events} requests were over)"
    match key.budget.kind:
        case Kind.QUERIES:
            message = f"{key.subject} sent {tally.worst} statements, limit {limit}{often}"
        case Kind.REPEATED_QUERIES:
            message = f"{key.subject} sent {tally.worst} repeated SELECTs, limit {limit}{often}"
        case Kind.ERROR_RATE:
            message = f"{key.subject} failed in {tally.over} of {tally.events} requests, limit {limit}"
        case _:
            hits = tally.events - tally.over
            message = f"{key.subject} hit in {hits} of {tally.events} look-ups, hit ratio at least {limit}"
    return (Outcome.EXCEEDED if tally.breaches else Outcome.WITHIN), None, message


def _timed(key: TallyKey, tally: Tally) -> tuple[Outcome, int | None, str]:
    budget = key.budget
    outcome = outcome_of(tally.events, tally.over, budget.allowed)
    fewest = events_needed(budget.allowed)
    # Fewer say nothing; with more, what it takes depends on how many were over.
    needed = fewest if tally.events < fewest else events_needed(budget.allowed, tally.over)
    seen = f"{tally.over} of {tally.events} {_TIMES[budget.kind].format(budget.limit_text)}"
    if outcome is Outcome.INSUFFICIENT:
        text = f"{key.subject}: {budget.name} {budget.limit_text} is insufficient ({tally.events} of {needed}): {seen}"
    else:
        text = f"{key.subject}: {seen}, allowed is a share of {decimal_text(budget.allowed)}{_worst(key, tally)}"
    return outcome, needed, text


def _worst(key: TallyKey, tally: Tally) -> str:
    if tally.worst is None:
        return ""
    unit = "" if key.budget.kind is Kind.DB_SHARE else " ms"
    return f"; the worst: {figure_text(Verdict(key.budget, tally.worst, tally.over > 0))}{unit}"
