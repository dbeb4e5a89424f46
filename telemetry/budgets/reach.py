"""Alerts that no failure whatever could raise."""

from decimal import ROUND_FLOOR, Decimal
from typing import Final

from telemetry.budgets.model import Alerts, Budget
from telemetry.budgets.windows import BurnPair, schedule

_STEP: Final = Decimal("0.0001")


def least_objective(pairs: tuple[BurnPair, ...]) -> Decimal:
    """The smallest objective of four decimals at which one of some alerts can fire.

    Args:
        pairs: Of the alerts, at least one.
    """
    bound = min(pair.least_objective for pair in pairs)
    return (bound / _STEP).to_integral_value(ROUND_FLOOR) * _STEP + _STEP


def pages(window_days: int) -> tuple[BurnPair, ...]:
    """The alerts of a window that wake somebody.

    Args:
        window_days: 1..90.
    """
    return tuple(pair for pair in schedule(window_days).pairs if pair.severity is Alerts.PAGE)


def never_pages(budget: Budget, window_days: int) -> bool:
    """Whether a budget is to page and never can, not even if every event were over.

    Args:
        budget: Any.
        window_days: 1..90.
    """
    is_page = budget.alerts is Alerts.PAGE
    return is_page and not any(pair.can_fire(budget.objective) for pair in pages(window_days))
