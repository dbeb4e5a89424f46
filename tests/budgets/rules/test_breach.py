"""A limit is told with its unit."""

from decimal import Decimal

import pytest

from telemetry.budgets.breach import breach_text
from telemetry.budgets.model import Kind
from tests.budgets.rules.budgets import budget


@pytest.mark.parametrize(
    ("kind", "limit", "text"),
    [
        (Kind.LATENCY, "120.50", "responses took longer than 120.5 ms"),
        (Kind.ERROR_RATE, "0.001", "requests ended in a server error"),
        (Kind.DB_TIME, "40", "requests spent more than 40 ms in the database"),
        (Kind.DB_SHARE, "0.8", "responses spent more than 80 % of their time in the database"),
        (Kind.QUERIES, "3", "requests sent more queries than 3"),
        (Kind.REPEATED_QUERIES, "4", "requests sent more repeated queries than 4"),
        (Kind.HIT_RATIO, "0.9", "cache look-ups were no hit"),
        (Kind.CACHE_LATENCY, "5", "cache look-ups took longer than 5 ms"),
    ],
)
def test_each_kind_has_its_words(kind: Kind, limit: str, text: str) -> None:
    assert breach_text(budget(kind=kind, limit=limit)) == text


def test_no_kind_lacks_words() -> None:
    for kind in Kind:
        assert breach_text(budget(kind=kind, limit=str(Decimal("0.5"))))
