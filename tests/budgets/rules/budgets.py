"""Budgets to make rules of."""

from decimal import Decimal

from telemetry.budgets.alerts import Links
from telemetry.budgets.model import Alerts, Applied, Budget, Kind, Place, Subject
from telemetry.budgets.rules import Ruling
from telemetry.budgets.windows import Schedule, schedule

ITEM = Subject("GET", "/items/{item_id}")
LINKS = Links("https://docs.example.org/runbooks", "https://grafana.example.org")


def budget(
    name: str = "p99_ms",
    objective: str = "0.99",
    *,
    limit: str = "120",
    kind: Kind = Kind.LATENCY,
    alerts: Alerts = Alerts.PAGE,
    owner: str | None = None,
) -> Budget:
    """A budget that needs 50 events to alert."""
    return Budget(name, kind, Decimal(limit), Decimal(objective), alerts, 50, owner, Place(1, 1))


PAGED = Applied(ITEM, budget(owner="catalogue"))
ERRORS = Applied(ITEM, budget("error_rate", "0.999", limit="0.001", kind=Kind.ERROR_RATE))
QUERIES = Applied(ITEM, budget("queries", limit="3", kind=Kind.QUERIES, alerts=Alerts.TICKET))
HITS = Applied(
    Subject(cache_namespace="brands"),
    budget("hit_ratio", "0.9", limit="0.9", kind=Kind.HIT_RATIO, alerts=Alerts.TICKET),
)
QUIET = Applied(Subject("GET", "/reports"), budget(alerts=Alerts.NONE))
SEVERAL = (PAGED, ERRORS, QUERIES, HITS, QUIET)


def ruling(*applied: Applied, when: Schedule | int = 28) -> Ruling:
    """Rules for the service `shop`.

    Args:
        *applied: Its budgets; several of all sorts if none is given.
        when: The schedule, or the window in days.
    """
    times = when if isinstance(when, Schedule) else schedule(when)
    return Ruling("shop", applied or SEVERAL, times, LINKS)
