"""Alert windows follow the workbook, whatever the window of the budgets."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.budgets.model import Alerts
from telemetry.budgets.windows import promql_duration, schedule


def _pairs(window_days: int) -> list[tuple[str, str, str, str]]:
    return [
        (pair.name, promql_duration(pair.long), promql_duration(pair.short), str(pair.factor))
        for pair in schedule(window_days).pairs
    ]


def test_30_days_are_the_table_of_the_workbook() -> None:
    assert _pairs(30) == [
        ("page_fast", "1h", "5m", "14.4"),
        ("page_slow", "6h", "30m", "6"),
        ("ticket_fast", "1d", "2h", "3"),
        ("ticket_slow", "3d", "6h", "1"),
    ]


def test_28_days_alert_on_nobody_who_keeps_the_budget() -> None:
    assert _pairs(28) == [
        ("page_fast", "1h", "5m", "13.44"),
        ("page_slow", "6h", "30m", "5.6"),
        ("ticket_fast", "1d", "2h", "2.8"),
        # 10 % of 28 days in 3 days would be 0.93.
        ("ticket_slow", "3d", "6h", "1"),
    ]


def test_other_windows_scale_those_of_their_alerts() -> None:
    assert _pairs(7)[0] == ("page_fast", "14m", "1m10s", "14.4")
    assert _pairs(90)[3] == ("ticket_slow", "9d", "18h", "1")


@given(st.integers(1, 90))
def test_every_window_has_windows_that_can_be_measured(window_days: int) -> None:
    times = schedule(window_days)
    assert [pair.severity for pair in times.pairs] == [Alerts.PAGE, Alerts.PAGE, Alerts.TICKET, Alerts.TICKET]
    for pair in times.pairs:
        # A rate needs samples: at least four scrapes.
        assert 4 * times.scrape <= pair.short < pair.long <= times.window
        assert pair.factor >= 1
    assert [pair.long for pair in times.pairs] == sorted(pair.long for pair in times.pairs)
    assert [pair.factor for pair in times.pairs] == sorted((pair.factor for pair in times.pairs), reverse=True)


@given(st.integers(1, 90), st.decimals("0.0001", "0.9999", places=4))
def test_a_pair_can_fire_above_its_least_objective_only(window_days: int, objective: Decimal) -> None:
    for pair in schedule(window_days).pairs:
        # The burn of a service that always fails.
        highest = 1 / (1 - objective)
        assert pair.can_fire(objective) == (highest > pair.factor)
        if abs(objective - pair.least_objective) > Decimal("1e-9"):
            assert pair.can_fire(objective) == (objective > pair.least_objective)


def test_a_loose_objective_never_pages() -> None:
    fast, slow, *_ = schedule(30).pairs
    assert not fast.can_fire(Decimal("0.93"))
    assert fast.can_fire(Decimal("0.931"))
    assert not slow.can_fire(Decimal("0.83"))
    assert slow.can_fire(Decimal("0.84"))


def test_a_faster_schedule_divides_every_time_and_no_factor() -> None:
    times, fast = schedule(28), schedule(28).faster(60)
    assert [pair.factor for pair in fast.pairs] == [pair.factor for pair in times.pairs]
    assert [promql_duration(window) for window in fast.burn_windows] == ["5s", "30s", "1m", "2m", "6m", "24m", "1h12m"]
    assert (fast.evaluation, fast.down) == (timedelta(milliseconds=500), timedelta(seconds=2))


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (timedelta(days=28), "28d"),
        (timedelta(hours=25), "1d1h"),
        (timedelta(minutes=84), "1h24m"),
        (timedelta(milliseconds=1500), "1s500ms"),
    ],
)
def test_durations_are_written_as_promql_reads_them(duration: timedelta, text: str) -> None:
    assert promql_duration(duration) == text
