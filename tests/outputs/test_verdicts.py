"""Verdicts are counted: from 0 on for all that is known, and in a bounded number of series."""

import pytest
from prometheus_client import CollectorRegistry

from telemetry.budgets.build import applied_of
from telemetry.budgets.model import Kind
from telemetry.budgets.unmatched import UNMATCHED_ROUTES
from telemetry.outputs.budget_metrics import budget_metrics_for
from telemetry.outputs.verdicts import Breach, Verdicts
from telemetry.request.breakdown import Figures
from telemetry.request.ending import Ending
from telemetry.request.lookups import CacheResult
from tests.apps import samples
from tests.budgets.made import MS, book, budget, ending

EVENTS, OVER, LIMIT = "performance_budget_events_total", "performance_budget_over_total", "performance_budget_limit"
QUERIES, SLOW = budget(Kind.QUERIES, "3"), budget(Kind.LATENCY, "250", "p95_ms")
CACHES = {"brands": (budget(Kind.HIT_RATIO, "0.9"), budget(Kind.CACHE_LATENCY, "5", "p99_ms"))}
# In the order of the labels' names: budget, cache_namespace, http_request_method, http_route, limit.
ITEM = ("queries", "", "GET", "/items/{item_id}", "3")


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def verdicts(registry: CollectorRegistry) -> Verdicts:
    return Verdicts(book(QUERIES, SLOW, caches=CACHES), budget_metrics_for(registry))


def judged(verdicts: Verdicts, request: Ending) -> None:
    verdicts.count(request, verdicts.of(request))


def asked(queries: int | None, route: str | None = "/items/{item_id}", method: str = "GET") -> Ending:
    return ending(Figures(10 * MS, 1, queries, db_sum_ns=1), route=route, method=method)


def test_all_that_is_known_stands_at_0_from_the_start(verdicts: Verdicts, registry: CollectorRegistry) -> None:
    verdicts.expect([("GET", "/items/{item_id}"), ("POST", "/items/")])
    subjects = [("GET", "/items/{item_id}"), ("POST", "/items/"), *UNMATCHED_ROUTES]
    routes = {
        (name, "", *subject, limit) for subject in subjects for name, limit in (("queries", "3"), ("p95_ms", "250"))
    }
    caches = {("hit_ratio", "brands", "", "", "0.9"), ("p99_ms", "brands", "", "", "5")}
    for name in (EVENTS, OVER):
        assert samples(registry, name) == dict.fromkeys(routes | caches, 0)
    assert set(samples(registry, LIMIT)) == routes | caches


def test_an_application_without_routes_still_counts_what_nothing_served(
    verdicts: Verdicts, registry: CollectorRegistry
) -> None:
    verdicts.expect([])
    assert samples(registry, EVENTS)["queries", "", "GET", "unmatched", "3"] == 0


def test_limits_are_exposed_in_base_units(verdicts: Verdicts, registry: CollectorRegistry) -> None:
    verdicts.expect([])
    limits = {labels[0]: value for labels, value in samples(registry, LIMIT).items()}
    assert limits == {"queries": 3, "p95_ms": 0.25, "hit_ratio": 0.9, "p99_ms": 0.005}


def test_a_method_that_no_route_of_the_template_takes_is_a_request_that_no_route_serves(
    verdicts: Verdicts, registry: CollectorRegistry
) -> None:
    routes = [("GET", "/items/{item_id}"), ("POST", "/items/")]
    verdicts.expect(routes)
    known = set(samples(registry, EVENTS))
    for method in ("POST", "HEAD", "_OTHER"):
        judged(verdicts, asked(9, method=method))
    counted = samples(registry, EVENTS)
    assert set(counted) == known
    assert [counted["queries", "", method, "unmatched", "3"] for method in ("POST", "HEAD", "_OTHER")] == [1, 1, 1]
    in_the_rules = {
        (found.name, subject.cache_namespace, subject.method, subject.route, found.limit_text)
        for subject, found in applied_of(book(QUERIES, SLOW, caches=CACHES), tuple(routes))
    }
    assert known == in_the_rules


def test_each_verdict_is_an_event_and_over_if_it_is(verdicts: Verdicts, registry: CollectorRegistry) -> None:
    for queries in (3, 4, None, 5):
        judged(verdicts, asked(queries))
    assert samples(registry, EVENTS)[ITEM] == 3
    assert samples(registry, OVER)[ITEM] == 2
    assert samples(registry, EVENTS)["p95_ms", "", "GET", "/items/{item_id}", "250"] == 4


def test_a_judgement_alone_is_not_counted(verdicts: Verdicts, registry: CollectorRegistry) -> None:
    verdicts.of(asked(9))
    assert samples(registry, EVENTS)[ITEM] == 0


def test_routes_that_were_not_known_at_the_start_are_bounded_and_none_is_lost(
    verdicts: Verdicts, registry: CollectorRegistry
) -> None:
    verdicts.expect([("GET", "/items/{item_id}")])
    before = len(samples(registry, EVENTS))
    for number in range(1_000):
        judged(verdicts, asked(9, f"/late/{number}"))
    assert len(samples(registry, EVENTS)) - before == 2 * 200
    over = samples(registry, OVER)
    assert over["queries", "", "GET", "unmatched", "3"] == 800
    assert sum(value for labels, value in over.items() if labels[0] == "queries") == 1_000


def test_look_ups_are_counted_by_the_namespaces_of_the_file(verdicts: Verdicts, registry: CollectorRegistry) -> None:
    for result in (CacheResult.HIT, CacheResult.MISS, CacheResult.BYPASS):
        verdicts.lookup_answered("brands", result, 6 * MS)
        verdicts.lookup_answered("others", result, 6 * MS)
    assert samples(registry, EVENTS) == {
        ("hit_ratio", "brands", "", "", "0.9"): 3,
        ("p99_ms", "brands", "", "", "5"): 2,
    }
    assert set(samples(registry, OVER).values()) == {2}


def test_stopped_they_judge_nothing(verdicts: Verdicts, registry: CollectorRegistry) -> None:
    verdicts.stop()
    judged(verdicts, asked(9))
    verdicts.lookup_answered("brands", CacheResult.MISS, 6 * MS)
    verdicts.expect([("GET", "/items/{item_id}")])
    assert samples(registry, EVENTS) == {}


def test_applications_that_share_a_registry_add_up(verdicts: Verdicts, registry: CollectorRegistry) -> None:
    other = Verdicts(book(QUERIES), budget_metrics_for(registry))
    judged(verdicts, asked(9))
    judged(other, asked(9))
    assert samples(registry, OVER)[ITEM] == 2


def test_a_listener_that_fails_keeps_no_other_from_its_turn(
    registry: CollectorRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Breach] = []

    def fails(_breach: Breach) -> None:
        raise RuntimeError("a defect")

    verdicts = Verdicts(book(QUERIES), budget_metrics_for(registry), (fails, told.append))
    request = asked(9)
    breach = Breach(request, verdicts.of(request), None)
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    verdicts.tell(breach)
    assert told == [breach]
