"""FastAPI's own telemetry, with the contrib instrumentations for what it does not trace; for reference."""

from fastapi import FastAPI
from sqlalchemy import Engine

from benchmarks.configurations.bare import cache_answered
from benchmarks.configurations.spans import export_spans, trace_clients

__all__ = ["cache_answered", "instrument"]


def instrument(app: FastAPI, engine: Engine) -> None:  # noqa: ARG001 - all configurations are called alike
    """Traces statements and Redis commands; FastAPI traces its requests by itself once spans go anywhere."""
    export_spans()
    trace_clients(engine)
