"""The trace of a request over budget, or of one that failed, is exported whole, whatever the sampler said."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, Sampler
from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics.exposition import generate_latest

import telemetry
from telemetry.budgets.book import BudgetBook
from telemetry.budgets.model import Alerts, Budget, Kind, Place
from telemetry.settings import Settings
from telemetry.spans import keeper
from tests.apps import called, memory_engine, samples, select
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


def exemplars(sampler: Sampler, paths: str) -> tuple[str, list[str]]:
    registry = CollectorRegistry()
    spans, app = recorded(sampler), app_with(registry)
    for path in paths:
        called(app, f"/{path}")
    (breach,) = (span for span in servers(spans()) if (span.attributes or {}).get("performance.budget.breached"))
    assert breach.context is not None
    lines = generate_latest(registry).decode().splitlines()  # type: ignore[no-untyped-call]
    return f"{breach.context.trace_id:032x}", [line for line in lines if "trace_id" in line]


def test_a_breach_that_was_not_sampled_has_the_only_exemplar() -> None:
    trace_id, lines = fresh(exemplars, ALWAYS_OFF, "03")
    (line,) = lines
    assert line.startswith("performance_budget_over_total{")
    assert trace_id in line


def test_the_duration_of_a_sampled_request_has_an_exemplar() -> None:
    # Alone: a bucket has an exemplar a second.
    trace_id, lines = fresh(exemplars, ALWAYS_ON, "3")
    assert {line.partition("{")[0] for line in lines if trace_id in line} == {
        "performance_budget_over_total",
        "http_server_request_duration_seconds_bucket",
    }


def lost_by(registry: CollectorRegistry) -> tuple[float, list[str], list[str]]:
    """Traces that were counted as exported, reasons for which others were not, and lines with an exemplar."""
    kept = samples(registry, "telemetry_kept_traces_total")[()]
    reasons = [reason for (reason,) in samples(registry, "telemetry_kept_spans_lost_total")]
    lines = generate_latest(registry).decode().splitlines()  # type: ignore[no-untyped-call]
    return kept, reasons, [line for line in lines if "trace_id" in line]


def without_an_exporter() -> object:
    registry = CollectorRegistry()
    trace.set_tracer_provider(TracerProvider(sampler=ALWAYS_OFF, shutdown_on_exit=False))
    called(app_with(registry), "/3")
    return lost_by(registry)


class Redacting(SpanProcessor):
    """Somebody's own processor, which passes on what it sees."""

    def __init__(self, inner: SpanProcessor) -> None:
        self._inner = inner

    def on_end(self, span: ReadableSpan) -> None:
        self._inner.on_end(span)


def with_an_exporter_behind_somebody_s_processor() -> object:
    registry, exporter = CollectorRegistry(), InMemorySpanExporter()
    provider = TracerProvider(sampler=ALWAYS_OFF, shutdown_on_exit=False)
    provider.add_span_processor(Redacting(SimpleSpanProcessor(exporter)))
    trace.set_tracer_provider(provider)
    called(app_with(registry), "/3")
    assert exporter.get_finished_spans() == ()
    return lost_by(registry)


def without_a_server_span() -> object:
    registry, spans = CollectorRegistry(), recorded(ALWAYS_OFF)
    called(app_with(registry, app=FastAPI(telemetry={"exclude": lambda _scope: True})), "/3")
    assert not spans()
    return lost_by(registry)


@pytest.mark.parametrize(
    ("scenario", "reason"),
    [
        (without_an_exporter, "no_exporter"),
        (with_an_exporter_behind_somebody_s_processor, "no_exporter"),
        (without_a_server_span, "no_server_span"),
    ],
)
def test_a_trace_that_nobody_gets_is_counted_as_lost_and_is_no_exemplar(
    scenario: Callable[[], object], reason: str
) -> None:
    assert fresh(scenario) == (0, [reason], [])


def beside_an_application_without_budgets() -> tuple[list[str], float]:
    pytest.MonkeyPatch().setattr(keeper, "MAX_WAITING", 20)
    spans, registry, busy, engine = recorded(ALWAYS_OFF), CollectorRegistry(), FastAPI(), memory_engine()
    app = app_with(registry)
    busy.get("/")(lambda: select(engine))
    telemetry.instrument(busy, registry=registry)
    for _ in range(30):
        called(busy, "/")
    called(app, "/1")
    return [span.name for span in servers(spans())], sum(samples(registry, "telemetry_kept_spans_lost_total").values())


def test_requests_of_an_application_without_budgets_take_no_room() -> None:
    assert fresh(beside_an_application_without_budgets) == (["GET /{n}"], 0)
