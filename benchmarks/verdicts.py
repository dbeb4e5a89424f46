"""What the verdict on one request costs: six budgets, judged and counted."""

import time
from decimal import Decimal
from typing import Final

from prometheus_client import CollectorRegistry

from telemetry.budgets.book import BudgetBook
from telemetry.budgets.model import Alerts, Budget, Kind, Place
from telemetry.outputs.budget_metrics import budget_metrics_for
from telemetry.outputs.verdicts import Verdicts
from telemetry.request.breakdown import Breakdown, Figures
from telemetry.request.ending import Ending
from telemetry.request.repeats import Repeat

_MS: Final = 1_000_000
_REQUESTS: Final = 2_000
_TRACE_ID: Final = "4bf92f3577b34da6a3ce929d0e0e4736"
# Over in two of the six, as its queries and those that are repeated, so that this is paid for, too.
_LIMITS: Final = {
    Kind.LATENCY: "250",
    Kind.ERROR_RATE: "0.001",
    Kind.DB_TIME: "150",
    Kind.DB_SHARE: "0.8",
    Kind.QUERIES: "3",
    Kind.REPEATED_QUERIES: "4",
}
#: How many budgets a request is held against.
VERDICT_BUDGETS: Final = len(_LIMITS)


def verdicts_us(rounds: int) -> list[float]:
    """CPU time of a verdict on six budgets with their twelve counters, µs, one value for each round.

    Args:
        rounds: Measurements of 2,000 requests each, >= 1; one more is not counted.
    """
    by_key = {kind.value: (_budget(kind, limit),) for kind, limit in _LIMITS.items()}
    verdicts = Verdicts(
        BudgetBook("budgets.yaml", "benchmark", 28, by_key, (), {}), budget_metrics_for(CollectorRegistry())
    )
    verdicts.expect([("GET", "/items/{item_id}")])
    return [_round_us(verdicts) for _ in range(rounds + 1)][1:]


def _round_us(verdicts: Verdicts) -> float:
    figures = Figures(60 * _MS, 30 * _MS, 9, db_sum_ns=35 * _MS, repeats=(Repeat("SELECT a FROM t", 7, _MS, None),))
    breakdown = Breakdown("GET", "/items/{item_id}", 200, figures)
    began_ns = time.thread_time_ns()
    for _ in range(_REQUESTS):
        ending = Ending(breakdown, figures, is_served=True, has_failed=False)
        verdicts.count(ending, verdicts.of(ending), _TRACE_ID)
    return (time.thread_time_ns() - began_ns) / _REQUESTS / 1_000


def _budget(kind: Kind, limit: str) -> Budget:
    return Budget(kind.value, kind, Decimal(limit), Decimal("0.99"), Alerts.TICKET, 50, None, Place(1, 1))
