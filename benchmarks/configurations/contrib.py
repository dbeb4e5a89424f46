"""The stock OpenTelemetry contrib instrumentations, each with its defaults."""

from fastapi import FastAPI
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from sqlalchemy import Engine

from benchmarks.configurations.bare import cache_answered
from benchmarks.configurations.spans import export_spans, trace_clients

__all__ = ["cache_answered", "instrument"]


def instrument(app: FastAPI, engine: Engine) -> None:
    """Traces the requests, statements and Redis commands of *app*."""
    export_spans()
    trace_clients(engine)
    FastAPIInstrumentor.instrument_app(app)
