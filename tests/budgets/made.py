"""Budgets, and requests to hold against them, made in code."""

from collections.abc import Mapping
from decimal import Decimal

from telemetry.budgets.book import BudgetBook
from telemetry.budgets.model import Alerts, Budget, Kind, Place
from telemetry.request.breakdown import Breakdown, Figures
from telemetry.request.ending import Ending
from telemetry.request.repeats import Repeat

MS = 1_000_000


def budget(kind: Kind, limit: str, name: str | None = None) -> Budget:
    """A budget named by its kind."""
    return Budget(name or kind.value, kind, Decimal(limit), Decimal("0.99"), Alerts.TICKET, 50, None, Place(1, 1))


def book(*defaults: Budget, caches: Mapping[str, tuple[Budget, ...]] = {}) -> BudgetBook:
    """A book with *defaults* for all routes."""
    by_name = {one.name: tuple(other for other in defaults if other.name == one.name) for one in defaults}
    return BudgetBook("budgets.yaml", "tests", 28, by_name, (), caches)


def ending(
    sent: Figures,
    final: Figures | None = None,
    status_code: int = 200,
    route: str | None = "/items/{item_id}",
    method: str = "GET",
) -> Ending:
    """A request that nobody broke off."""
    final = sent if final is None else final
    return Ending(Breakdown(method, route, status_code, sent), final, status_code < 500, status_code >= 500)


def repeat(count: int) -> Repeat:
    """A statement that was sent *count* times."""
    return Repeat("SELECT a FROM t WHERE b = ?", count, count * MS, "shop/items.py:7 in read")
