"""The trace of a request over budget, or of one that failed, is exported whole, whatever the sampler said."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from fastapi import FastAPI
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, Sampler
from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics.exposition import generate_latest

import telemetry
from telemetry.budgets.book import BudgetBook
from telemetry.budgets.model import Alerts, Budget, Kind, Place
from telemetry.settings import Settings
from tests.apps import called, memory_engine, select
from tests.fresh import fresh
from tests.install.recorded import recorded, servers

QUERIES = Budget("queries", Kind.QUERIES, Decimal(2), Decimal("0.99"), Alerts.TICKET, 1, None, Place(1, 1))
BOOK = BudgetBook("budgets.yaml", "any", 28, {"queries": (QUERIES,)}, (), {})


def app_with(registry: CollectorRegistry, settings: Settings | None = None, app: FastAPI | None = None) -> FastAPI:
    app, engine = app or FastAPI(), memory_engine()

    @app.get("/{n}")
    def endpoint(n: int) -> None:
        select(engine, n)
        if n == 1:
            raise RuntimeError("a failure")

    telemetry.instrument(app, registry=registry, budgets=BOOK, settings=settings)
    return app


def exported_for(sampler: Sampler, paths: str, make: Callable[..., FastAPI] = app_with) -> list[tuple[str, int]]:
    """Per trace that was exported: name of its SERVER span and number of its other spans of statements."""
    spans, app = recorded(sampler), make(CollectorRegistry())
    for path in paths:
        called(app, f"/{path}")
    found = spans()
    traces = {span.context.trace_id: span for span in servers(found) if span.context}
    assert {span.context.trace_id for span in found if span.context} <= set(traces)
    return [
        (
            server.name,
            sum(span.name.startswith("SELECT") for span in found if span.context and span.context.trace_id == trace),
        )
        for trace, server in traces.items()
    ]


def test_of_what_is_not_sampled_only_the_breach_and_the_failure_are_exported() -> None:
    assert fresh(exported_for, ALWAYS_OFF, "0123") == [("GET /{n}", 1), ("GET /{n}", 3)]


def with_native_off(registry: CollectorRegistry) -> FastAPI:
    return app_with(registry, app=FastAPI(telemetry={"tracing": False, "metrics": False}))


def with_contrib(registry: CollectorRegistry) -> FastAPI:
    app = with_native_off(registry)
    FastAPIInstrumentor.instrument_app(app)
    return app


@pytest.mark.parametrize("make", [with_native_off, with_contrib])
def test_whoever_opens_the_server_span_it_is_exported_with_the_others(make: Callable[..., FastAPI]) -> None:
    assert fresh(exported_for, ALWAYS_OFF, "023", make) == [("GET /{n}", 3)]


def test_what_is_sampled_is_exported_once() -> None:
    assert fresh(exported_for, ALWAYS_ON, "03") == [("GET /{n}", 0), ("GET /{n}", 3)]


def described(sampler: Sampler) -> list[tuple[str, list[str]]]:
    """Name of each span of a request over its budget, with the names of what it says."""
    spans, app = recorded(sampler), app_with(CollectorRegistry())
    called(app, "/3")
    return sorted((span.name, sorted(span.attributes or ())) for span in spans())


def test_what_is_kept_says_as_much_as_what_is_sampled() -> None:
    kept = fresh(described, ALWAYS_OFF)
    assert kept == fresh(described, ALWAYS_ON)
    said = {name for _, names in kept for name in names}
    assert {"db.statement", "http.request.method"} <= said


def with_none_kept(registry: CollectorRegistry) -> FastAPI:
    return app_with(registry, Settings(kept_traces_per_minute=0))


def test_it_can_be_switched_off() -> None:
    assert fresh(exported_for, ALWAYS_OFF, "13", with_none_kept) == []


def exemplars(sampler: Sampler) -> tuple[str, list[str]]:
    registry = CollectorRegistry()
    spans, app = recorded(sampler), app_with(registry)
    called(app, "/0")
    called(app, "/3")
    (breach,) = (span for span in servers(spans()) if (span.attributes or {}).get("performance.budget.breached"))
    assert breach.context is not None
    lines = generate_latest(registry).decode().splitlines()  # type: ignore[no-untyped-call]
    return f"{breach.context.trace_id:032x}", [line for line in lines if "trace_id" in line]


def test_a_breach_that_was_not_sampled_has_the_only_exemplar() -> None:
    trace_id, lines = fresh(exemplars, ALWAYS_OFF)
    (line,) = lines
    assert line.startswith("performance_budget_over_total{")
    assert trace_id in line


def test_the_duration_of_a_sampled_request_has_an_exemplar() -> None:
    trace_id, lines = fresh(exemplars, ALWAYS_ON)
    assert {line.partition("{")[0] for line in lines if trace_id in line} == {
        "performance_budget_over_total",
        "http_server_request_duration_seconds_bucket",
    }
