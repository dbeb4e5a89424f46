"""A breach is logged once for each request, a few times a minute for each route, and says how much was held back."""

import json
import logging

import pytest
from prometheus_client import CollectorRegistry, Counter

from telemetry.budgets.judge import RouteJudge
from telemetry.budgets.model import Kind
from telemetry.outputs.budget_log import LINES_PER_MINUTE, BudgetLog, budget_log_for
from telemetry.outputs.verdicts import Breach
from telemetry.request.breakdown import Figures
from tests.apps import samples
from tests.budgets.made import MS, budget, ending, repeat

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
FIGURES = Figures(300 * MS, MS, 7, db_sum_ns=MS, repeats=(repeat(6),))
JUDGE = RouteJudge([budget(Kind.LATENCY, "250", "p95_ms"), budget(Kind.QUERIES, "3"), budget(Kind.DB_TIME, "1")])


class SteppingClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def breach(route: str | None = "/items/{item_id}", trace_id: str | None = TRACE) -> Breach:
    request = ending(FIGURES, route=route)
    return Breach(request, tuple(verdict for verdict in JUDGE(request) if verdict.is_over), trace_id)


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def log(clock: SteppingClock, registry: CollectorRegistry) -> BudgetLog:
    return BudgetLog(Counter("held_back", "Held back.", registry=registry), clock)


def test_a_line_tells_the_route_what_is_over_and_where_it_comes_from(
    log: BudgetLog, caplog: pytest.LogCaptureFixture
) -> None:
    log(breach())
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("telemetry.budgets", logging.WARNING)
    assert record.getMessage() == (
        'over budget: http_request_method="GET" http_route="/items/{item_id}"'
        f' over="p95_ms 300.00>250, queries 7>3" trace_id="{TRACE}" repeated_count=6'
        ' repeated_statement="SELECT a FROM t WHERE b = ?" repeated_source="shop/items.py:7 in read"'
    )


def test_a_formatter_for_machines_gets_the_same_as_fields(log: BudgetLog, caplog: pytest.LogCaptureFixture) -> None:
    log(breach())
    fields = json.loads(json.dumps(caplog.records[0].__dict__["over_budget"]))
    assert fields["budgets"] == [
        {"budget": "p95_ms", "figure": "300.00", "limit": "250"},
        {"budget": "queries", "figure": "7", "limit": "3"},
    ]
    assert fields["http_route"] == "/items/{item_id}"
    assert fields["trace_id"] == TRACE


def test_what_a_minute_has_no_room_for_is_counted_and_told_by_the_next_line(
    log: BudgetLog, clock: SteppingClock, registry: CollectorRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    for second in range(LINES_PER_MINUTE + 4):
        clock.now = float(second)
        log(breach())
    assert len(caplog.records) == LINES_PER_MINUTE
    assert "held_back" not in caplog.text
    assert samples(registry, "held_back_total") == {(): 4}
    clock.now = 59.9
    log(breach())
    assert len(caplog.records) == LINES_PER_MINUTE
    clock.now = 60.0
    log(breach())
    assert caplog.messages[-1].endswith(" held_back=5")
    clock.now = 61.0
    log(breach())
    assert "held_back" not in caplog.messages[-1]


def test_a_noisy_route_takes_no_line_from_another(log: BudgetLog, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(LINES_PER_MINUTE + 1):
        log(breach("/noisy"))
    log(breach("/quiet"))
    assert '"/quiet"' in caplog.messages[-1]


def test_a_request_without_route_and_trace_is_told_too(log: BudgetLog, caplog: pytest.LogCaptureFixture) -> None:
    log(breach(None, None))
    assert 'http_route="unmatched"' in caplog.text
    assert "trace_id" not in caplog.text


def test_routes_beyond_the_thousandth_are_only_counted(
    log: BudgetLog, registry: CollectorRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(1_002):
        log(breach(f"/{number}"))
    assert len(caplog.records) == 1_000
    assert samples(registry, "held_back_total") == {(): 2}


def test_the_counter_stands_at_0_from_the_start(registry: CollectorRegistry) -> None:
    budget_log_for(registry)
    assert samples(registry, "telemetry_budget_log_lines_held_back_total") == {(): 0}
