"""The query string of a request stays out of its SERVER span where the trace is ours to choose."""

from typing import Any

from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import CollectorRegistry

import telemetry
from tests.apps import called
from tests.fresh import fresh


def spans_of_a_request_with_a_secret() -> list[dict[str, Any]]:
    app, exporter = FastAPI(), InMemorySpanExporter()

    @app.get("/")
    def endpoint() -> None: ...

    telemetry.instrument(app, registry=CollectorRegistry())
    provider = trace.get_tracer_provider()
    assert isinstance(provider, TracerProvider)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    called(app, "/?token=secret")
    return [dict(span.attributes or {}) for span in exporter.get_finished_spans()]


def test_no_attribute_of_any_span_holds_it() -> None:
    spans = fresh(spans_of_a_request_with_a_secret)
    assert [span["http.request.method"] for span in spans] == ["GET"]
    assert "secret" not in repr(spans)
