"""What belongs to no request is told to all that count, however many applications the process has, and once to each."""

import gc

import pytest
from prometheus_client import CollectorRegistry

from telemetry.budgets.model import Kind
from telemetry.outputs.budget_metrics import budget_metrics_for
from telemetry.outputs.metrics import metrics_for
from telemetry.outputs.outside import OutsideWork
from telemetry.outputs.verdicts import Verdicts
from telemetry.request.lookups import CacheResult
from tests.apps import samples
from tests.budgets.made import book, budget

HITS, SLOW = budget(Kind.HIT_RATIO, "0.5"), budget(Kind.CACHE_LATENCY, "5", "p99_ms")
HIT_EVENTS, SLOW_EVENTS = ("hit_ratio", "users", "", "", "0.5"), ("p99_ms", "users", "", "", "5")


@pytest.fixture
def outside() -> OutsideWork:
    return OutsideWork()


def added(outside: OutsideWork, registry: CollectorRegistry, *budgets: object) -> Verdicts:
    """Budgets of one more application for the namespace `users`."""
    verdicts = Verdicts(book(caches={"users": budgets}), budget_metrics_for(registry))  # type: ignore[dict-item]
    outside.add(metrics_for(registry), verdicts)
    return verdicts


def events(registry: CollectorRegistry) -> dict[tuple[str, ...], float]:
    return dict(samples(registry, "performance_budget_events_total"))


def test_a_second_application_takes_nothing_from_the_first(outside: OutsideWork) -> None:
    first, second = CollectorRegistry(), CollectorRegistry()
    verdicts = added(outside, first, HITS)
    outside.add(metrics_for(second), None)
    outside.lookup_answered("users", CacheResult.HIT)
    outside.queries_added(2)
    for registry in (first, second):
        assert samples(registry, "cache_requests_total") == {("users", "hit"): 1}
        assert samples(registry, "telemetry_statements_outside_requests_total") == {(): 2}
    assert events(first) == {HIT_EVENTS: 1}
    del verdicts


def test_applications_that_share_a_registry_count_once(outside: OutsideWork) -> None:
    registry = CollectorRegistry()
    both = [added(outside, registry, HITS), added(outside, registry, HITS, SLOW)]
    outside.lookup_answered("users", CacheResult.HIT, 1)
    assert samples(registry, "cache_requests_total") == {("users", "hit"): 1}
    assert events(registry) == {HIT_EVENTS: 1, SLOW_EVENTS: 1}
    del both


def test_an_application_that_is_gone_is_told_nothing(outside: OutsideWork) -> None:
    registry = CollectorRegistry()
    verdicts = added(outside, registry, HITS)
    outside.lookup_answered("users", CacheResult.HIT)
    del verdicts
    gc.collect()
    outside.lookup_answered("users", CacheResult.HIT)
    assert events(registry) == {HIT_EVENTS: 1}
