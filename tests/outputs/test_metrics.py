"""Prometheus metrics: their names, labels and buckets, and numbers equal to those of the requests."""

import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

import telemetry
from telemetry.outputs.metrics import RequestMetrics, metrics_for
from telemetry.request.breakdown import Breakdown, Figures, LateWork
from telemetry.request.context import sink_of
from telemetry.request.lookups import CacheResult, LookupTally
from tests.apps import call, header_of, memory_engine, samples, select
from tests.server_timing import dur_of, queries_of

SECOND = 1_000_000_000
DURATION, DB_DURATION, DB_QUERIES = (
    "http_server_request_duration_seconds",
    "http_server_request_db_duration_seconds",
    "http_server_request_db_queries",
)


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def metrics(registry: CollectorRegistry) -> RequestMetrics:
    return metrics_for(registry)


def finished(figures: Figures, route: str | None = "/items/{item_id}") -> Breakdown:
    return Breakdown("GET", route, 200, figures)


def test_a_request_is_observed_in_seconds_and_counts(registry: CollectorRegistry, metrics: RequestMetrics) -> None:
    metrics(finished(Figures(elapsed_ns=2 * SECOND, db_busy_ns=SECOND // 2, db_queries=3)))
    assert samples(registry, DURATION + "_sum") == {("GET", "200", "/items/{item_id}"): 2}
    assert samples(registry, DB_DURATION + "_sum") == {("GET", "/items/{item_id}"): 0.5}
    assert samples(registry, DB_QUERIES + "_sum") == {("GET", "/items/{item_id}"): 3}


def test_names_labels_and_types_are_those_that_dashboards_rely_on(
    registry: CollectorRegistry, metrics: RequestMetrics
) -> None:
    lookups = {"brand": LookupTally(hits=1)}
    metrics(finished(Figures(elapsed_ns=1, db_busy_ns=1, db_queries=1, lookups=lookups)))
    families = {family.name: family for family in text_string_to_metric_families(generate_latest(registry).decode())}
    labels = {name: set(families[name].samples[0].labels) - {"le"} for name in (DURATION, DB_DURATION, DB_QUERIES)}
    assert labels == {
        DURATION: {"http_request_method", "http_route", "http_response_status_code"},
        DB_DURATION: {"http_request_method", "http_route"},
        DB_QUERIES: {"http_request_method", "http_route"},
    }
    assert {families[name].type for name in labels} == {"histogram"}
    assert families["cache_requests"].type == "counter"
    assert families["cache_requests"].samples[0].labels == {"cache_namespace": "brand", "cache_result": "hit"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (DURATION, [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]),
        (DB_DURATION, [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10]),
        (DB_QUERIES, [0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 100, 200, 500, 1000]),
    ],
)
def test_buckets_are_those_of_the_conventions(
    registry: CollectorRegistry, metrics: RequestMetrics, name: str, expected: list[float]
) -> None:
    metrics(finished(Figures(elapsed_ns=1, db_busy_ns=1, db_queries=1)))
    (family,) = (family for family in registry.collect() if family.name == name)
    bounds = [sample.labels["le"] for sample in family.samples if sample.name.endswith("_bucket")]
    assert [float(bound) for bound in bounds] == [*expected, float("inf")]


def test_a_figure_that_is_not_known_is_not_observed_as_zero(
    registry: CollectorRegistry, metrics: RequestMetrics
) -> None:
    metrics(finished(Figures(elapsed_ns=SECOND)))
    assert sum(samples(registry, DB_DURATION + "_count").values()) == 0
    assert sum(samples(registry, DB_QUERIES + "_count").values()) == 0
    assert sum(samples(registry, DURATION + "_count").values()) == 1


def test_a_request_without_a_route_is_unmatched(registry: CollectorRegistry, metrics: RequestMetrics) -> None:
    metrics(finished(Figures(elapsed_ns=1, db_busy_ns=1, db_queries=1), route=None))
    assert set(samples(registry, DB_QUERIES + "_count")) == {("GET", "unmatched")}


def test_look_ups_are_counted_by_namespace_and_answer(registry: CollectorRegistry, metrics: RequestMetrics) -> None:
    metrics(finished(Figures(1, lookups={"brand": LookupTally(2, 1, 0), "item": LookupTally(0, 0, 3)})))
    metrics(finished(Figures(1, lookups={"brand": LookupTally(1, 0, 0)})))
    assert samples(registry, "cache_requests_total") == {
        ("brand", "hit"): 3,
        ("brand", "miss"): 1,
        ("item", "bypass"): 3,
    }


def test_namespaces_past_the_limit_share_one_label_and_lose_nothing(
    registry: CollectorRegistry, metrics: RequestMetrics
) -> None:
    for n in range(150):
        for _ in range(2):
            metrics.lookup_answered(f"namespace{n}", CacheResult.HIT)
    counts = samples(registry, "cache_requests_total")
    assert len(counts) == 101
    assert counts["_other", "hit"] == 100
    assert sum(counts.values()) == 300


def test_late_work_is_counted_by_route(registry: CollectorRegistry, metrics: RequestMetrics) -> None:
    metrics.late(LateWork("GET", "/items", SECOND, 4, {"brand": LookupTally(hits=1)}))
    metrics.late(LateWork("GET", None, SECOND, None, {}))
    late = {
        sample.name: sample.value
        for family in registry.collect()
        for sample in family.samples
        if sample.labels.get("http_route") == "/items" and not sample.name.endswith("_created")
    }
    assert sorted(late.values()) == [1, 4]
    assert samples(registry, "cache_requests_total") == {("brand", "hit"): 1}


def test_a_registry_has_its_metrics_once(registry: CollectorRegistry) -> None:
    assert metrics_for(registry) is metrics_for(registry)


@pytest.fixture
def app(registry: CollectorRegistry) -> FastAPI:
    app, engine = FastAPI(), memory_engine()

    @app.get("/select/{n}")
    async def endpoint(n: int) -> None:
        select(engine, n)

    telemetry.instrument(app, registry=registry)
    app.router.on_shutdown.append(engine.dispose)
    return app


@pytest.mark.anyio
async def test_the_metrics_say_what_the_headers_said(registry: CollectorRegistry, app: FastAPI) -> None:
    headers = [header_of(await call(app, f"/select/{n}")) for n in (0, 1, 2, 5)]
    (queries,) = samples(registry, DB_QUERIES + "_sum").values()
    (db_seconds,) = samples(registry, DB_DURATION + "_sum").values()
    (total_seconds,) = samples(registry, DURATION + "_sum").values()
    assert queries == sum(queries_of(header) or 0 for header in headers) == 8
    assert db_seconds * 1000 == pytest.approx(sum(dur_of(header, "db") for header in headers), abs=0.01 * len(headers))
    assert total_seconds * 1000 >= sum(dur_of(header, "total") for header in headers) - 0.01 * len(headers)


@pytest.mark.anyio
async def test_a_thousand_unknown_paths_add_no_series(registry: CollectorRegistry, app: FastAPI) -> None:
    for n in range(1000):
        await call(app, f"/unknown/{n}")
    exposed = [sample.labels.get("http_route") for family in registry.collect() for sample in family.samples]
    assert set(exposed) <= {"unmatched", None}
    assert samples(registry, DURATION + "_count") == {("GET", "404", "unmatched"): 1000}


@pytest.mark.anyio
async def test_methods_that_nobody_knows_share_one_label(registry: CollectorRegistry, app: FastAPI) -> None:
    for method in ("BREW", "propfind", "A" * 100):
        await call(app, "/select/1", method)
    assert {labels[0] for labels in samples(registry, DURATION + "_count")} == {"_OTHER"}


@pytest.mark.anyio
async def test_work_outside_requests_is_counted(registry: CollectorRegistry, app: FastAPI) -> None:
    engine = memory_engine()
    select(engine, 4)
    engine.dispose()
    sink_of().lookup_answered("warm-up", CacheResult.MISS)
    assert samples(registry, "telemetry_statements_outside_requests_total") == {(): 4}
    assert samples(registry, "cache_requests_total") == {("warm-up", "miss"): 1}
    assert samples(registry, DB_QUERIES + "_count") == {}
