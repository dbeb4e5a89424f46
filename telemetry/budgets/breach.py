"""What it means that an event is over its budget, in words."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from telemetry.budgets.model import Budget, Kind, decimal_text


def breach_text(budget: Budget) -> str:
    """Subject and verb of a sentence, with the limit and its unit: `responses took longer than 250 ms`."""
    return _TEXTS[budget.kind](budget.limit)


def percent(ratio: Decimal) -> str:
    """A ratio as people read it: `0.1 %`."""
    return f"{decimal_text(ratio * 100)} %"


def _of(template: str) -> Callable[[Decimal], str]:
    return lambda limit: template.format(decimal_text(limit))


_TEXTS: Final[Mapping[Kind, Callable[[Decimal], str]]] = {
    Kind.LATENCY: _of("responses took longer than {} ms"),
    Kind.ERROR_RATE: _of("requests ended in a server error"),
    Kind.DB_TIME: _of("requests spent more than {} ms in the database"),
    Kind.DB_SHARE: lambda limit: f"responses spent more than {percent(limit)} of their time in the database",
    Kind.QUERIES: _of("requests sent more queries than {}"),
    Kind.REPEATED_QUERIES: _of("requests sent more repeated queries than {}"),
    Kind.HIT_RATIO: _of("cache look-ups were no hit"),
    Kind.CACHE_LATENCY: _of("cache look-ups took longer than {} ms"),
}
