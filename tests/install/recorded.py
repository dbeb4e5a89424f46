"""A tracer provider that keeps what it would export."""

import logging
from collections.abc import Callable, Sequence

from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, Sampler
from opentelemetry.trace import SpanKind
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette

import telemetry
from tests.apps import called, header_of

Spans = Callable[[], Sequence[ReadableSpan]]


def recorded(sampler: Sampler = ALWAYS_ON) -> Spans:
    """Sets a provider of the application's own; returns what gives the spans that it exported."""
    provider, exporter = TracerProvider(sampler=sampler, shutdown_on_exit=False), InMemorySpanExporter()
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)

    def spans() -> Sequence[ReadableSpan]:
        provider.force_flush()
        return exporter.get_finished_spans()

    return spans


class Unended(SpanProcessor):
    """Notes the spans that started and have not ended.

    Attributes:
        names: Their names, by their ids.
    """

    def __init__(self) -> None:
        self.names: dict[int, str] = {}

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        self.names[span.get_span_context().span_id] = span.name

    def on_end(self, span: ReadableSpan) -> None:
        if span.context is not None:
            del self.names[span.context.span_id]


def unended() -> Unended:
    """Watches the spans of a provider of the application's own from now on."""
    provider, watcher = TracerProvider(shutdown_on_exit=False), Unended()
    provider.add_span_processor(watcher)
    trace.set_tracer_provider(provider)
    return watcher


def logged(name: str) -> list[str]:
    """Filled with what a logger, and those below it, say from now on."""
    messages: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            messages.append(record.getMessage())

    logging.getLogger(name).addHandler(Keep())
    return messages


def servers(spans: Sequence[ReadableSpan]) -> list[ReadableSpan]:
    """The SERVER spans among *spans*."""
    return [span for span in spans if span.kind is SpanKind.SERVER]


def header_after(endpoint: Callable[[], object]) -> str:
    """The header of a request served by *endpoint*, in a new instrumented application."""
    app = FastAPI()
    app.get("/")(endpoint)
    return header_from(app)


def header_from(app: Starlette, path: str = "/") -> str:
    """Instruments *app* and asks it once."""
    telemetry.instrument(app, registry=CollectorRegistry())
    return header_of(called(app, path))
